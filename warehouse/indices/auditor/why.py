"""The evidence of a finding: the key of its sentence, what the sentence names, its effect on ranks."""

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


@dataclass(frozen=True)
class Effect:
    """How many ranks of the index the slip moved, and the furthest move; None where unknown.

    `sure` is false where the slip may as well be in a stage that the index does not follow, so that
    no rank may have moved at all. `least` and `most` are the ends of both numbers where the published
    figures leave them open, as for a unit whose own figures are lost; None where they do not.
    """

    moved: int | None = None
    furthest: int | None = None
    sure: bool = True
    least: tuple[int, int] | None = None
    most: tuple[int, int] | None = None

    @property
    def ends(self) -> tuple[tuple[int, int], tuple[int, int]] | None:
        """((fewest, nearest), (most, furthest)), apart from `sure`; None where unknown."""
        if self.moved is None or self.furthest is None:
            return None
        one = (self.moved, self.furthest)
        return self.least or one, self.most or one

    def allows(self, moved: int, furthest: int) -> bool:
        """Whether these numbers are among those that are told."""
        if self.ends is None:
            return False
        if not moved and not self.sure:
            return True
        (few, near), (many, far) = self.ends
        return few <= moved <= many and near <= furthest <= far

    def or_else(self, other: Effect) -> Effect:
        """Both, where the published figures do not tell which of the two it is."""
        if self.ends is None or other.ends is None:
            return Effect()
        (few, near), (many, far) = self.ends
        (few_, near_), (many_, far_) = other.ends
        least, most = (min(few, few_), min(near, near_)), (max(many, many_), max(far, far_))
        sure = self.sure and other.sure
        if least == most:
            return Effect(*least, sure)
        return Effect(self.moved, self.furthest, sure, least, most)


@dataclass(frozen=True)
class Candidate:
    """One slip of an explanation that the published figures do not tell from another."""

    why: Why
    about: tuple[str, ...]
    effect: Effect
