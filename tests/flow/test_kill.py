"""kill -9 at random points of a build: nothing published is damaged, the next build completes.

In the suite one build of a part of the graph is killed; `make soak` kills as many builds of the
whole as `OBSERVATORY_KILLS` says. The seed is printed, so that a failure can be replayed with
`OBSERVATORY_SEED`.
"""

import hashlib
import os
import random
import shutil
import signal
import subprocess
import time

import pytest

from tests.flow.observatory import copied

pytestmark = pytest.mark.system

WHOLE = os.environ.get("OBSERVATORY_KILLS")
KILLS = int(WHOLE or 1)
LONGEST = 10.0 if WHOLE is None else 25.0  # seconds until a kill; a build takes longer
SEED = int(os.environ.get("OBSERVATORY_SEED", random.randrange(10**6)))


def parquet_hashes(home):
    folder = (home / "releases" / "current").resolve() / "parquet"
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.glob("*.parquet")}


def test_killed_builds_damage_nothing(request, tmp_path):
    """A published release stands, everything it was made from is gone; builds are killed.

    At last the release goes too, and what the last build publishes is byte for byte the release
    of another home: it was made from nothing, through all these kills.
    """
    print(f"OBSERVATORY_SEED={SEED}")
    built = request.getfixturevalue("built" if WHOLE else "some")
    observatory = copied(built, tmp_path)
    dice = random.Random(SEED)
    home = observatory.home
    good = parquet_hashes(home)
    for name in ("tables", "dagster", "snapshots"):
        shutil.rmtree(home / name)
    for n in range(KILLS):
        if n and n % 3 == 0:  # what is done stays done: without this, later kills find no work
            shutil.rmtree(home / "tables", ignore_errors=True)
        process = subprocess.Popen(
            observatory.command("build"),
            env=observatory.environment,
            cwd=observatory.root,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait = dice.uniform(0.5, LONGEST)
        time.sleep(wait)
        finished = process.poll() is not None
        os.killpg(process.pid, signal.SIGKILL) if not finished else None
        process.wait()
        print(f"kill {n + 1}: after {wait:.1f} s{' (had finished)' if finished else ''}")
        [[count]] = observatory.sql("select count(*) from observation")
        assert count > 20_000
        assert parquet_hashes(home) == good
        assert not list(home.rglob("*.duckdb.wal"))
    shutil.rmtree(home / "releases")
    run = observatory("build")
    assert run.code == 0, run.out + run.err
    assert len(good) > 25
    assert parquet_hashes(home) == good == parquet_hashes(built.home)
    assert not list((home / "releases").glob(".building*"))
    assert not list((home / "tables").rglob("*.part"))
