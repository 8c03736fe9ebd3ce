"""kill -9 at random points of a build: nothing published is damaged, the next build completes.

`OBSERVATORY_KILLS` sets the number of kills (2 in the suite; `make soak` does 20). The seed is
printed, so that a failure can be replayed with `OBSERVATORY_SEED`.
"""

import hashlib
import os
import random
import shutil
import signal
import subprocess
import time

from tests.flow.conftest import ROOT

KILLS = int(os.environ.get("OBSERVATORY_KILLS", "2"))
SEED = int(os.environ.get("OBSERVATORY_SEED", random.randrange(10**6)))


def parquet_hashes(home):
    folder = (home / "releases" / "current").resolve() / "parquet"
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.glob("*.parquet")}


def test_killed_builds_damage_nothing(observatory):
    print(f"OBSERVATORY_SEED={SEED}")
    dice = random.Random(SEED)
    good = parquet_hashes(observatory.home)
    duration = 20.0
    for n in range(KILLS):
        # Half of what was made is gone: the killed build has real work to do at every point.
        made = sorted((observatory.home / "tables").rglob("*.parquet"))
        for path in dice.sample(made, len(made) // 2):
            path.unlink()
        process = subprocess.Popen(
            observatory.command("build"),
            env=observatory.environment,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait = dice.uniform(0.5, duration)
        time.sleep(wait)
        finished = process.poll() is not None
        os.killpg(process.pid, signal.SIGKILL) if not finished else None
        process.wait()
        print(f"kill {n + 1}: after {wait:.1f} s{' (had finished)' if finished else ''}")
        [[count]] = observatory.sql("select count(*) from observation")
        assert count > 80_000
        assert parquet_hashes(observatory.home) == good
        assert not list(observatory.home.rglob("*.duckdb.wal"))
    shutil.rmtree(observatory.home / "tables" / "indicator", ignore_errors=True)
    run = observatory("build")
    assert run.code == 0, run.out + run.err
    assert parquet_hashes(observatory.home) == good
    assert not list((observatory.home / "releases").glob(".building*"))
    assert not list((observatory.home / "tables").rglob("*.part"))
