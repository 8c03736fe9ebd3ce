"""The lease of a home: one holder, a waiting one is told who, a kill frees it, an expiry elsewhere."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

import pipelines
from pipelines import lease
from pipelines.lease import FolderRegister, Mark
from warehouse.home import Home

ROOT = Path(pipelines.__file__).parent.parent
HOLD = """
import sys, time
from pathlib import Path
from pipelines import lease
from warehouse.home import Home
home = Home.at(sys.argv[1])
with lease.hold(lease.of(home), "observatory build"), lease.shown(lease.signs(home), "run1"):
    print("held", flush=True)
    time.sleep(60)
"""


class Memory:
    """A register in memory, as an object store is one: text and version."""

    def __init__(self) -> None:
        self.text, self.version = "", 0

    def read(self) -> tuple[str, str]:
        return self.text, str(self.version)

    def swap(self, text: str, version: str) -> bool:
        if version != str(self.version):
            return False
        self.text, self.version = text, self.version + 1
        return True


def hold(home: Home) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, home.address],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    return child


def test_the_second_waits_is_told_who_holds_it_and_a_kill_frees_it(tmp_path):
    waits_until_it_is_killed(Home(tmp_path))


def waits_until_it_is_killed(home: Home) -> None:
    register, signs = lease.of(home), lease.signs(home)
    child = hold(home)
    told: list[str] = []
    waiting, entered = threading.Event(), threading.Event()

    def on_wait(sentence: str) -> None:
        told.append(sentence)
        waiting.set()

    def second() -> None:
        with lease.hold(register, "observatory refresh", on_wait):
            entered.set()

    thread = threading.Thread(target=second)
    thread.start()
    assert waiting.wait(30)
    assert not entered.is_set()
    assert f"observatory build (process {child.pid}, since " in told[0]
    holder = lease.holder(register)
    assert holder is not None and holder.words in told[0]
    assert lease.is_shown(signs, "run1") is True
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    thread.join(30)
    assert entered.is_set()
    assert lease.holder(register) is None
    assert lease.is_shown(signs, "run1") is False
    assert lease.is_shown(signs, "run1") is None  # the sign of the dead was removed


def test_two_threads_of_one_process_never_hold_it_together(tmp_path):
    register = FolderRegister(tmp_path / "run.lock")
    inside, most = [], []

    def work() -> None:
        for _ in range(5):
            with lease.hold(register, "work"):
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.001)
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(most) == 20 and set(most) == {1}


def test_an_error_inside_gives_it_back():
    register = Memory()
    with pytest.raises(ValueError), lease.hold(register, "build"):
        raise ValueError
    assert lease.holder(register) is None


@pytest.mark.parametrize(("left", "free"), [(60.0, False), (-1.0, True)])
def test_a_holder_on_another_machine_is_believed_until_its_lease_ends(left, free):
    register = Memory()
    other = replace(Mark.mine("the run 12345678"), place="elsewhere/1", until=time.time() + left)
    register.swap(other.text, "0")
    assert (lease.holder(register) is None) is free
    if free:
        with lease.hold(register, "build"):
            pass
    else:
        assert "on elsewhere" in other.words


def test_a_later_process_of_the_same_number_is_another_one():
    mine = Mark.mine("build")
    assert mine.lives
    assert not replace(mine, born="1").lives


def test_while_it_is_held_it_is_renewed(monkeypatch):
    monkeypatch.setattr(lease, "BEAT", 0.01)
    register = Memory()
    with lease.hold(register, "build"):
        first = Mark.of(register.text)
        while Mark.of(register.text) == first:
            time.sleep(0.01)
        assert first is not None and lease.holder(register) != first
    assert register.text == ""


def test_who_lost_it_is_interrupted(monkeypatch):
    monkeypatch.setattr(lease, "BEAT", 0.01)
    ended, register = threading.Event(), Memory()
    monkeypatch.setattr(os, "kill", lambda pid, number: ended.set())
    with lease.hold(register, "build"):
        thief = replace(Mark.mine("another"), holder="other")
        while not register.swap(thief.text, register.read()[1]):
            pass
        assert ended.wait(30)
    assert register.text == thief.text  # what another holds is not given back


def test_a_record_that_cannot_be_read_holds_nobody_off():
    register = Memory()
    register.swap("half a rec", "0")
    with lease.hold(register, "build"):
        holder = lease.holder(register)
        assert holder is not None and holder.who == "build"


def test_a_sign_ends_with_its_block_and_is_never_seen_half_made(tmp_path):
    signs = lease.signs(Home(tmp_path))
    with lease.shown(signs, "run"):
        assert lease.is_shown(signs, "run") is True
    assert lease.is_shown(signs, "run") is None

    # A sign that is being made must never be taken for one of a dead process and removed.
    wrong = []

    def look() -> None:
        while not over.is_set():
            if lease.is_shown(signs, "run") is False:
                wrong.append(1)

    over = threading.Event()
    thread = threading.Thread(target=look)
    thread.start()
    for _ in range(200):
        with lease.shown(signs, "run"):
            pass
    over.set()
    thread.join()
    assert not wrong
