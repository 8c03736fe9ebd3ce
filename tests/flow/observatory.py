"""The command line as the flow tests and `make rehearse` run it: on a home and a checkout of their own."""

import atexit
import functools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

ROOT = Path(__file__).parents[2]

# Loaded by every Python process of a run: an attempt to leave this machine is an error.
NO_NETWORK = """
import sys

def _refuse(event, args):
    if event in ("socket.connect", "socket.getaddrinfo"):
        host = args[1][0] if event == "socket.connect" and isinstance(args[1], tuple) else args[0]
        if isinstance(host, str) and host not in ("127.0.0.1", "localhost", "::1"):
            raise OSError(f"no network in tests, but something asked for {host}")

sys.addaudithook(_refuse)
"""


@dataclass(frozen=True)
class Run:
    """A finished command: what it said, how long it took, how much memory it used."""

    code: int
    out: str
    err: str
    seconds: float
    peak: float  # GB


class Warm:
    """The process of `tests/flow/warm.py`, one for each worker of the tests."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).parent / "warm.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"GX_ANALYTICS_ENABLED": "false"},
        )
        atexit.register(self.process.kill)

    def ask(self, **command: object) -> dict:
        """Run a command to its end: its exit code and peak memory."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


warm = functools.cache(Warm)


class Observatory:
    """The command line on one home folder, without network."""

    def __init__(self, home: Path, guard: Path, root: Path = ROOT):
        self.home, self.guard, self.root = home, guard, root
        self.publications = ""  # half a minute of each build; they have tests of their own

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "OBSERVATORY_HOME": str(self.home),
            "PYTHONPATH": f"{self.guard}{os.pathsep}{self.root}",
            "COLUMNS": "200",
            "OBSERVATORY_PUBLICATIONS": self.publications,
        }

    def command(self, *args: str) -> list[str]:
        return [sys.executable, "-m", "pipelines.cli", *args]

    def __call__(self, *args: str) -> Run:
        with tempfile.TemporaryDirectory() as folder:
            out, err = Path(folder) / "out", Path(folder) / "err"
            start = time.monotonic()
            told = warm().ask(
                args=args,
                env=self.environment,
                cwd=str(self.root),
                guard=str(self.guard / "sitecustomize.py"),
                out=str(out),
                err=str(err),
            )
            took = time.monotonic() - start
            said = (p.read_text(encoding="utf-8", errors="replace") for p in (out, err))
            return Run(told["code"], *said, took, told["peak"])

    @property
    def file(self) -> Path:
        """The DuckDB file of the current release."""
        return self.home / "releases" / "current" / "observatory.duckdb"

    def sql(self, query: str) -> list[tuple]:
        """Rows of a query on the current release."""
        with duckdb.connect(str(self.file), read_only=True) as con:
            return con.execute(query).fetchall()

    def accounting(self) -> dict:
        return {f"{r[0]}/{r[1]}": r[2:] for r in self.sql("from accounting")}


INDEX = "social_cohesion"  # the index of a checkout of few indicators
ROOMS = ("catalog", "sources", "warehouse", "expectations", "assets", "pipelines")


def checkout(folder: Path, indicators: set[str] | None = None, index: str = "") -> Path:
    """A copy of the code, so that a test may edit the catalog; of these indicators alone, if said.

    With indicators goes one index at most, made with few draws: such a graph is built in a fifth
    of the time.
    """
    for room in ROOMS:
        # The bundled vintage too: a soak takes an hour, in which ours may become another.
        shutil.copytree(ROOT / room, folder / room)
    if indicators is not None:
        for file in (folder / "catalog" / "indicators").glob("*.yaml"):
            if file.stem not in indicators:
                file.unlink()
                continue
            # What it is compared by instead may be none of these.
            said = file.read_text(encoding="utf-8")
            kept = [n for n in indicators if f"compare_instead: {n}\n" in said]
            if not kept:
                said = re.sub(r"(?m)^compare_instead: .*\n", "", said)
                file.write_text(said, encoding="utf-8")
        for file in (folder / "catalog" / "indices").glob("*.yaml"):
            said = re.sub(r"draws: \d+", "draws: 10", file.read_text(encoding="utf-8"))
            file.write_text(said, encoding="utf-8") if file.stem == index else file.unlink()
    return folder


def copied(observatory: Observatory, folder: Path, code: bool = False) -> Observatory:
    """A copy of its home that a test may spoil; of its code too, where the catalog is edited."""
    home = shutil.copytree(observatory.home, folder / "home", symlinks=True)
    root = observatory.root
    if code:
        root = shutil.copytree(root, folder / "code", symlinks=True)
    return Observatory(home, observatory.guard, root)
