"""One real build of the whole graph, offline, shared by the flow tests; copies are cheap."""

import fcntl
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

ROOT = Path(__file__).parent.parent.parent

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


class Observatory:
    """The command line on one home folder, without network."""

    def __init__(self, home: Path, guard: Path, root: Path = ROOT):
        self.home, self.guard, self.root = home, guard, root

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "OBSERVATORY_HOME": str(self.home),
            "PYTHONPATH": f"{self.guard}{os.pathsep}{self.root}",
            "COLUMNS": "200",
        }

    def command(self, *args: str) -> list[str]:
        return [sys.executable, "-m", "pipelines.cli", *args]

    def __call__(self, *args: str) -> Run:
        start = time.monotonic()
        done = subprocess.run(
            self.command(*args),
            env=self.environment,
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
        )
        return Run(done.returncode, done.stdout, done.stderr, time.monotonic() - start)

    def sql(self, query: str) -> list[tuple]:
        """Rows of a query on the current release."""
        file = self.home / "releases" / "current" / "observatory.duckdb"
        with duckdb.connect(str(file), read_only=True) as con:
            return con.execute(query).fetchall()

    def accounting(self) -> dict:
        return {f"{r[0]}/{r[1]}": r[2:] for r in self.sql("from accounting")}


@pytest.fixture(scope="session")
def guard(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("guard")
    (folder / "sitecustomize.py").write_text(NO_NETWORK)
    return folder


@pytest.fixture(scope="session")
def built(tmp_path_factory, guard) -> Observatory:
    """A home after one `observatory build`; treat it as read-only."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # of all workers of this session: the first to come here builds
    observatory = Observatory(folder / "built", guard)
    facts = observatory.home / "first_build.json"
    with (folder / "built.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not facts.exists():
            run = observatory("build")
            assert run.code == 0, run.out + run.err
            memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
            took = {"seconds": round(run.seconds, 1), "peak GB": round(memory, 2)}
            facts.write_text(json.dumps(took))
    return observatory


@pytest.fixture
def observatory(built, guard, tmp_path) -> Observatory:
    """A copy of the built home that a test may spoil."""
    home = tmp_path / "home"
    shutil.copytree(built.home, home, symlinks=True)
    return Observatory(home, guard)
