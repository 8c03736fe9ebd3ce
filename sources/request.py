"""What a provider module answers when asked how to fetch a dataset; no network here."""

from __future__ import annotations

from dataclasses import dataclass, field


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
