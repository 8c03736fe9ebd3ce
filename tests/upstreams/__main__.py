"""`python -m tests.upstreams` prints what becomes of each fault; with `serve`, upstreams are played
until the command is interrupted, for a refresh by hand; with `rehearse`, four refreshes with every
dataset are run against them (minutes).
"""

from __future__ import annotations

import contextlib
import sys
import threading

from tests.upstreams.matrix import as_markdown
from tests.upstreams.server import Upstreams


def main(words: list[str]) -> None:
    """Print the table, serve, or rehearse."""
    if words == ["rehearse"]:
        from tests.upstreams import rehearse

        sys.exit(rehearse.main())
    if words != ["serve"]:
        sys.stdout.write(as_markdown())
        return
    with Upstreams().start() as server:
        print(f"export OBSERVATORY_UPSTREAM={server.url}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1:])
