"""Ctrl-C and SIGTERM at random points: the command stops at once, publishes nothing, and the next completes.

Two points in the suite; `make soak` tries as many as `OBSERVATORY_INTERRUPTS` says, in builds with an
atlas. The seed is printed; `OBSERVATORY_SEED` replays it.
"""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import time

import pytest

from tests.flow import stopped
from tests.flow.observatory import copied

pytestmark = pytest.mark.system

SOAK = os.environ.get("OBSERVATORY_INTERRUPTS")
POINTS = int(SOAK or 2)
SEED = int(os.environ.get("OBSERVATORY_SEED", random.randrange(10**6)))
AT_ONCE = 20.0  # seconds; 2 on a quiet machine
LATEST = 12.0  # seconds until a signal in the suite; a build takes longer


def interrupt(process: subprocess.Popen[str], after: float, number: signal.Signals, times: int):
    """Exit code, seconds to the end since the signal, and what was said."""
    try:
        out, _ = process.communicate(timeout=after)
        return process.returncode, 0.0, out
    except subprocess.TimeoutExpired:
        pass
    start = time.monotonic()
    for _ in range(times):
        process.send_signal(number)
        time.sleep(0.05)
    out, _ = process.communicate(timeout=AT_ONCE)
    return process.returncode, time.monotonic() - start, out


@pytest.mark.parametrize("with_release", [False, True], ids=["empty", "with a release"])
def test_an_interrupt_publishes_nothing_and_the_next_build_completes(some, tmp_path, with_release):
    print(f"OBSERVATORY_SEED={SEED}")
    dice = random.Random(f"{SEED} {with_release}")
    observatory = copied(some, tmp_path)
    home = observatory.home
    longest = stopped.with_atlas(observatory) if SOAK else LATEST
    good, site = stopped.parquet_hashes(home), stopped.pages(home)
    interrupted = False
    for n, (fresh, after) in enumerate(stopped.moments(dice, POINTS, longest), 1):
        if fresh:
            stopped.emptied(home, releases=with_release)
            interrupted = False
        before = stopped.whole(home, good, site)
        number = dice.choice([signal.SIGINT, signal.SIGTERM])
        times = dice.choice([1, 2])
        code, took, out = interrupt(stopped.begun(observatory), after, number, times)
        now = stopped.whole(home, good, site)
        how = f"{number.name} x{times} after {after:.1f} s{'' if fresh else ' more'}"
        print(f"{n}: {how}: {code}, {took:.1f} s, {stopped.phase(home)}, {now}")
        assert "Traceback" not in out, out
        if code == 0:
            interrupted = False
            continue
        # In the first moments of a process, before any of our code runs, the system ends it.
        assert code in (128 + number, -number), out
        published = re.search(r"release (\S+) had been published", out)
        if "Stopped" in out:
            interrupted |= times == 1
            assert published or "nothing was published" in out
        # A second signal may come before the words of the first one.
        if "Stopped" in out or times == 1:
            assert now == before + ([published[1]] if published else [])
        status = observatory("status")
        said = "was interrupted by" in status.out
        assert said or not interrupted
        # A build that was stopped before it recorded its beginning leaves the state as it was.
        assert status.code in (1, 2) or (now and not said)
    run = observatory("build")
    assert run.code == 0, run.out + run.err
    if interrupted:
        assert "was interrupted by" in run.err
    assert stopped.whole(home, good, site)
    assert stopped.parquet_hashes(home) == good
    assert stopped.pages(home) == site
    assert observatory("status").code == 0
