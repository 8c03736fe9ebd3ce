"""What can go wrong with the world outside, in four kinds; each error is one sentence.

A sentence says what is wrong, where, and how to mend it; nothing above this room shows a traceback
for one of these.
"""


class SourceError(Exception):
    """Base of all errors about what a provider served; `str(error)` is a whole sentence.

    `status` is the HTTP status where one was answered, `said` the beginning of its body: services
    tell in it what is wrong.
    """

    status: int = 0
    said: bytes = b""


class Retriable(SourceError):
    """The same request may succeed later: time-outs, 429, 5xx, a body cut short."""


class Gone(SourceError):
    """The dataset is no longer there: moved, closed or never existed under this code."""


class Invalid(SourceError):
    """The content is not what it should be: wrong format, unknown columns, duplicates."""


class Refused(SourceError):
    """We or the provider said no: too large, a forbidden redirect, missing rights."""


def excerpt(value: bytes | str, size: int = 60) -> str:
    """A short quotation for a sentence: one line, cut at `size` characters."""
    words = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    words = " ".join(words[: 4 * size].split())
    return words if len(words) <= size else words[: size - 1] + "…"
