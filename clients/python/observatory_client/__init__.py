"""Read a release of the World Observatory of Metropolitan Areas, from a folder or an address.

    import observatory_client as observatory

    release = observatory.open("https://example.org/releases/current/")
    release.metro("es-barcelona")

Every file is verified against the release's SHA256SUMS. What cannot be answered is an
`ObservatoryError` whose text says why and what to do.
"""

from observatory_client.errors import (
    AmbiguousName,
    NotComparable,
    NotVerified,
    ObservatoryError,
    UnknownName,
)
from observatory_client.release import Release

__all__ = [
    "AmbiguousName",
    "NotComparable",
    "NotVerified",
    "ObservatoryError",
    "Release",
    "UnknownName",
    "open",
]


def open(at: str, *, cache: str | None = None) -> Release:
    """The release in a folder, or at an address (http or https) under which its files are served.

    `cache` is where files from an address are kept; a folder of the user's unless it is given.
    Raises `ObservatoryError` where there is no release.
    """
    return Release(at, cache=cache)
