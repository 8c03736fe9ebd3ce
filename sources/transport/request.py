"""What a provider module answers when asked how to fetch a dataset; no network here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class Request:
    """One HTTP request: `params` are repeated keys in order, never comma lists.

    `filename` names what comes back, with the suffix of its format. `form` is sent as the body of
    a POST where it is given.
    """

    url: str
    filename: str
    params: tuple[tuple[str, str], ...] = ()
    form: tuple[tuple[str, str], ...] = ()
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Validators:
    """What upstream said of the copy at hand, so that it can answer "not modified"."""

    etag: str = ""
    last_modified: str = ""

    def __bool__(self) -> bool:
        """Whether there is anything to ask with."""
        return bool(self.etag or self.last_modified)


@dataclass(frozen=True)
class Answer:
    """What came back. `url` is the last address, after redirects, without secrets.

    `not_modified`: the copy at hand is still what upstream serves, and no file was written.
    `encoding` is the Content-Encoding that was taken off on the way to the file.
    """

    status: int
    url: str
    media_type: str
    retrieved_at: datetime
    etag: str = ""
    last_modified: str = ""
    not_modified: bool = False
    encoding: str = ""


@dataclass(frozen=True)
class Fetched:
    """The file that a provider's own `download` made; `answer` is that of its last request.

    `rewritten` says how the bytes differ from what was served (pages joined), empty: not at all.
    """

    path: Path
    answer: Answer
    filename: str = ""
    rewritten: str = ""
