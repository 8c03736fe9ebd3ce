"""A client of the local upstreams that waits for nothing, for tests."""

from catalog.models.model import RequestLimits
from sources.transport.http import Client
from tests.upstreams.hosts import ANSWERS
from tests.upstreams.server import Upstreams

QUICK = RequestLimits(concurrent=8, per_second=50)


def asking(
    server: Upstreams, waited: list[float] | None = None, patience: float = 5.0, tries: int = 2
) -> Client:
    """`waited` gathers the pauses in seconds, none of which is slept; `patience` is the time-out."""
    pauses = waited if waited is not None else []
    return Client(
        limits=dict.fromkeys(ANSWERS, QUICK),
        upstream=server.url,
        pause=pauses.append,
        timeout=(patience, patience),
        tries=tries,
    )


def patient(fault: str) -> float:
    """Seconds that an answer is waited for: few where none will come."""
    return 0.2 if fault == "timeout" else 5.0
