"""Ctrl-C, and SIGTERM of a service manager: a command stops at once and publishes nothing more.

Python runs a signal's handler only between two steps of the main thread, Dagster puts its own in its
place, and a run that is interrupted there goes on with the next step. So the signals of a command are
blocked, a thread waits for them, says what is to be said and ends the process. That is safe because
every file is written aside and swapped in: a killed process damages nothing (`tests/flow/test_kill.py`).
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Generator

SIGNALS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
NAMES = {
    signal.SIGINT: "Ctrl-C",
    signal.SIGTERM: "a request to end (SIGTERM)",
    signal.SIGHUP: "the end of its terminal (SIGHUP)",
}
PATIENCE = 1.5  # seconds that the last words may take


@contextlib.contextmanager
def stopping(last_words: Callable[[str], None]) -> Generator[None]:
    """End this process at the first signal; `last_words` is told by what, in words.

    It is called in another thread while the main one still works, and may take `PATIENCE`; a second
    signal ends the process without waiting. The exit code is 128 and the number of the signal, as a
    shell gives it. Outside the main thread nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    over = threading.Event()

    def wait() -> None:
        number = signal.sigwait(SIGNALS)
        if over.is_set():
            return
        saying = threading.Thread(
            target=_say, args=(last_words, NAMES[signal.Signals(number)]), daemon=True
        )
        saying.start()
        threading.Thread(target=_second, args=(number,), daemon=True).start()
        saying.join(PATIENCE)
        _end(number)

    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    waiting = threading.Thread(target=wait, name="interrupts", daemon=True)
    waiting.start()
    try:
        yield
    finally:
        over.set()
        if waiting.ident is not None:
            signal.pthread_kill(waiting.ident, signal.SIGTERM)  # wakes that thread alone
        waiting.join()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _say(last_words: Callable[[str], None], name: str) -> None:
    # Whatever goes wrong while saying it, the process ends.
    with contextlib.suppress(Exception):
        last_words(name)


def _second(number: int) -> None:
    signal.sigwait(SIGNALS)
    _end(number)


def _end(number: int) -> None:
    os._exit(128 + number)
