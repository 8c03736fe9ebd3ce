"""Runs commands in forks of a process that has the heavy libraries loaded: seconds less for each.

Each command is a process of its own all the same, with its own environment, folder and output; only
third-party libraries are shared, none of the project's modules. Started by `tests/flow/observatory.py`,
asked by lines of JSON on its standard input.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import traceback
from pathlib import Path

LIBRARIES = (
    "click",
    "dagster",
    "duckdb",
    "great_expectations",
    "pandas",
    "pyarrow.parquet",
    "yaml",
)


def serve() -> None:
    """Fork for each line; answer with the exit code and the peak memory in GB."""
    for name in LIBRARIES:
        __import__(name)
    for line in sys.stdin:
        asked = json.loads(line)
        pid = os.fork()
        if not pid:
            _become(asked)
        _, status, used = os.wait4(pid, 0)
        told = {"code": os.waitstatus_to_exitcode(status), "peak": used.ru_maxrss / 1e6}
        print(json.dumps(told), flush=True)


def _become(asked: dict) -> None:
    """In the fork: the command as `python -m pipelines.cli` would run it; never returns."""
    code = 1
    try:
        os.environ.clear()
        os.environ.update(asked["env"])
        os.chdir(asked["cwd"])
        sys.path[:0] = asked["env"]["PYTHONPATH"].split(os.pathsep)
        for target, name in ((0, os.devnull), (1, asked["out"]), (2, asked["err"])):
            fd = os.open(name, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
            os.dup2(fd, target)
            os.close(fd)
        exec(Path(asked["guard"]).read_text(encoding="utf-8"), {"__name__": "sitecustomize"})
        sys.argv = ["observatory", *asked["args"]]
        runpy.run_module("pipelines.cli", run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as left:
        said = left.code
        code = said if isinstance(said, int) else int(said is not None)
        if isinstance(said, str):
            print(said, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve()
