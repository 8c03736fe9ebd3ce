"""The second process of a large site: `python -m` this module, started by `share.beside`."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import threading
from pathlib import Path

from warehouse.publications.atlas import share, site


def main() -> None:
    """The second process: read the job, do it, say what was written or why it was not."""
    asked = sys.stdin.buffer.readline()
    if not asked:
        os._exit(share.ORPHAN)
    threading.Thread(target=_end_with_the_first, daemon=True).start()
    job = json.loads(asked)
    try:
        stories = Path(job["stories"]) if job["stories"] else None
        options = site.Options(job["address"], job["contact"], stories)
        mine = share.Share(job["place"], job["of"])
        counted = site.write(Path(job["release"]), Path(job["folder"]), options, mine)
        answer = dataclasses.asdict(counted)
    except Exception as error:
        answer = {"error": str(error) or type(error).__name__}
    print(json.dumps(answer), flush=True)


def _end_with_the_first() -> None:
    sys.stdin.buffer.read()
    os._exit(share.ORPHAN)


if __name__ == "__main__":
    main()
