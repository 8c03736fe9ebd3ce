"""Ctrl-C and SIGTERM at random points: the command stops at once, publishes nothing, and the next completes.

Two points in the suite; `make soak` tries as many as `OBSERVATORY_INTERRUPTS` says. The seed is printed;
`OBSERVATORY_SEED` replays it.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time

import pytest

from tests.flow.observatory import Observatory, copied
from tests.flow.test_kill import parquet_hashes

pytestmark = pytest.mark.system

POINTS = int(os.environ.get("OBSERVATORY_INTERRUPTS", "2"))
SEED = int(os.environ.get("OBSERVATORY_SEED", random.randrange(10**6)))
AT_ONCE = 20.0  # seconds; 2 on a quiet machine
LATEST = 12.0  # seconds until a signal; a build takes longer


def interrupt(observatory: Observatory, after: float, number: signal.Signals, times: int):
    """Exit code, seconds to the end since the signal, and what was said."""
    process = subprocess.Popen(
        observatory.command("build"),
        env=observatory.environment,
        cwd=observatory.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    time.sleep(after)
    if process.poll() is not None:
        out, _ = process.communicate()
        return process.returncode, 0.0, out
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
    good = parquet_hashes(home)
    kept = ("releases",) if with_release else ()
    for name in {"tables", "dagster", "snapshots", "releases"} - set(kept):
        shutil.rmtree(home / name)
    (home / "status.json").unlink()
    before = sorted(p.name for p in (home / "releases").glob("2*"))
    interrupted = False
    for n in range(POINTS):
        after = dice.uniform(0.5, LATEST)
        number = dice.choice([signal.SIGINT, signal.SIGTERM])
        times = dice.choice([1, 2])
        code, took, out = interrupt(observatory, after, number, times)
        print(f"{n + 1}: {number.name} x{times} after {after:.1f} s: {code}, {took:.1f} s")
        if code == 0:
            continue
        assert "Traceback" not in out
        # In the first moments of a process, before any of our code runs, the system ends it.
        assert code in (128 + number, -number), out
        if code == 128 + number and times == 1 and "Stopped" in out:
            interrupted = True
            assert "nothing was published" in out
        assert sorted(p.name for p in (home / "releases").glob("2*")) == before
        status = observatory("status")
        said = "was interrupted by" in status.out
        assert said or not interrupted
        # A build that was stopped before it recorded its beginning leaves the state as it was.
        assert status.code in (1, 2) or (with_release and not said)
    run = observatory("build")
    assert run.code == 0, run.out + run.err
    if interrupted:
        assert "was interrupted by" in run.err
    assert parquet_hashes(home) == good
    assert observatory("status").code == 0
