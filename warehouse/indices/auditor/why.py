"""The evidence of a finding: the key of its sentence, and what the sentence names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Why:
    """One explanation: its class, the sentence (a key of `words.yaml`, group `why`) and what it names.

    `others` are the other columns or units that it concerns; `side` is the stage that is off: input
    (the one before), output (the one itself), or "" where that cannot be told.
    """

    kind: str
    key: str
    params: Mapping[str, object] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    side: str = ""
