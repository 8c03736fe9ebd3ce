"""The lock of a home: one holder, a waiting one is told who, a kill frees it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from pipelines import lock

ROOT = Path(lock.__file__).parent.parent
HOLD = """
import sys, time
from pathlib import Path
from pipelines import lock
with lock.held(Path(sys.argv[1]), "observatory build"), lock.alive(Path(sys.argv[2]), "run1"):
    print("held", flush=True)
    time.sleep(60)
"""


def hold(path: Path, signs: Path) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), str(signs)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    return child


def test_the_second_waits_is_told_who_holds_it_and_a_kill_frees_it(tmp_path):
    path, signs = tmp_path / "run.lock", tmp_path / "alive"
    child = hold(path, signs)
    told: list[str] = []
    waiting = threading.Event()
    entered = threading.Event()

    def on_wait(sentence: str) -> None:
        told.append(sentence)
        waiting.set()

    def second() -> None:
        with lock.held(path, "observatory refresh", on_wait):
            entered.set()

    thread = threading.Thread(target=second)
    thread.start()
    assert waiting.wait(10)
    assert not entered.is_set()
    assert f"observatory build (process {child.pid}, since " in told[0]
    assert lock.holder(path) == told[0]
    assert lock.is_alive(signs, "run1") is True
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    thread.join(10)
    assert entered.is_set()
    assert lock.holder(path) is None
    assert lock.is_alive(signs, "run1") is False
    assert lock.is_alive(signs, "run1") is None  # the sign of the dead was removed


def test_within_one_process_the_lock_is_one(tmp_path):
    path = tmp_path / "run.lock"
    with lock.held(path, "build"):
        with lock.held(path, "run"):
            pass
        assert lock.holder(path) is not None
    assert lock.holder(path) is None


def test_an_error_inside_frees_the_lock(tmp_path):
    path = tmp_path / "run.lock"
    try:
        with lock.held(path, "build"):
            raise ValueError
    except ValueError:
        pass
    assert lock.holder(path) is None


def test_a_sign_of_life_ends_with_its_block(tmp_path):
    with lock.alive(tmp_path, "run"):
        assert lock.is_alive(tmp_path, "run") is True
    assert lock.is_alive(tmp_path, "run") is None
