"""kill -9 at random points of a build: nothing published is damaged, the next build completes.

In the suite one build is killed; `make soak` kills as many as `OBSERVATORY_KILLS` says, with an atlas.
The seed is printed, so that a failure can be replayed with `OBSERVATORY_SEED`.
"""

import os
import random
import shutil
import signal
import subprocess

import pytest

from tests.flow import stopped
from tests.flow.observatory import copied

pytestmark = pytest.mark.system

SOAK = os.environ.get("OBSERVATORY_KILLS")
KILLS = int(SOAK or 1)
LONGEST = 10.0  # seconds until a kill in the suite; a build takes longer
SEED = int(os.environ.get("OBSERVATORY_SEED", random.randrange(10**6)))


def test_killed_builds_damage_nothing(some, tmp_path):
    """A published release stands, everything it was made from is gone; builds are killed.

    At last the release goes too, and what the last build publishes is byte for byte the release
    of another home: it was made from nothing, through all these kills.
    """
    print(f"OBSERVATORY_SEED={SEED}")
    dice = random.Random(SEED)
    observatory = copied(some, tmp_path)
    home = observatory.home
    longest = stopped.with_atlas(observatory) if SOAK else LONGEST
    good, site = stopped.parquet_hashes(home), stopped.pages(home)
    for n, (fresh, after) in enumerate(stopped.moments(dice, KILLS, longest), 1):
        if fresh:
            stopped.emptied(home, releases=True)
        process, end = stopped.begun(observatory), "had finished"
        try:
            process.communicate(timeout=after)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            end = stopped.phase(home)
        now = stopped.whole(home, good, site)
        print(f"kill {n}: after {after:.1f} s{'' if fresh else ' more'}: {end}, {now}")
        [[count]] = observatory.sql("select count(*) from observation")
        assert count > 20_000
        assert stopped.parquet_hashes(home) == good
        assert not list(home.rglob("*.duckdb.wal"))
    shutil.rmtree(home / "releases")
    run = observatory("build")
    assert run.code == 0, run.out + run.err
    assert len(good) > 25
    assert stopped.parquet_hashes(home) == good == stopped.parquet_hashes(some.home)
    assert stopped.pages(home) == site
    assert not list((home / "releases").glob(".building*"))
    assert not list((home / "tables").rglob("*.part"))
