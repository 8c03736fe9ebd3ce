"""How often and how many at once a host is asked; the limits are stated in catalog/providers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from catalog.models.model import RequestLimits
from sources.errors import Retriable
from sources.transport.wire import Later

LONGEST_PAUSE = 120.0  # seconds that a refresh waits because a host asks for it


class Host:
    """The queue before one host: requests begin evenly spaced, a stated number at once."""

    def __init__(
        self,
        limits: RequestLimits,
        pause: Callable[[float], object] = time.sleep,
        *,
        spaced: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._places = threading.Semaphore(limits.concurrent)
        self._gap = 1.0 / limits.per_second if spaced else 0.0
        self._pause = pause
        self._clock = clock
        self._lock = threading.Lock()
        self._next = 0.0
        self._closed_until = 0.0

    @contextmanager
    def turn(self, where: str) -> Generator[None]:
        """Wait for a place and for the next moment; the place is kept while the block runs.

        When the block fails because the host asks for a rest, the whole queue keeps it; raises
        `Retriable` at once where that is longer than a refresh waits.
        """
        with self._places:
            with self._lock:
                now = self._clock()
                if now < self._closed_until:
                    raise Retriable(
                        f"{where}: the host asked to wait {self._closed_until - now:.0f} s more; "
                        "refresh again after that."
                    )
                begins = max(now, self._next)
                self._next = begins + self._gap
            if begins > now:
                self._pause(begins - now)
            try:
                yield
            except Later as later:
                self._rest(later.after or 0.0)
                raise

    def _rest(self, seconds: float) -> None:
        with self._lock:
            until = self._clock() + seconds
            if seconds > LONGEST_PAUSE:
                self._closed_until = max(self._closed_until, until)
            else:
                self._next = max(self._next, until)
