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
    # The answer has a pipe of its own: whatever a library prints, such as a bar of progress, goes elsewhere.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
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
    print(json.dumps(answer), file=answers, flush=True)
    os._exit(0)  # nothing is left to do, and the thread below is still reading


def _end_with_the_first() -> None:
    while os.read(0, 1):  # not by sys.stdin, whose lock would be missed when the interpreter ends
        pass
    os._exit(share.ORPHAN)


if __name__ == "__main__":
    main()
