"""Two definitions of an indicator side by side: what differs, in words, and whether values compare.

For editions of one collection whose codebook says, per indicator, level, year, source, unit and
text; and for reading what such a codebook notes of its changes (`observatory index definitions`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from catalog.models.index_spec import Codebook

AGE = re.compile(r"age[sd]?\s+(\d+\s*-\s*\d+|\d+\+)|(\d+) and over", re.IGNORECASE)
PER = re.compile(r"\bper\s+(?:[\d,]+\s+)?([A-Za-z][\w ]*)", re.IGNORECASE)
# What differs, gravest first: field, words of the label, verdict for values across the two.
KINDS = (
    ("concept", "another concept", "no"),
    ("method", "another method", "no"),
    ("age", "another age range", "no"),
    ("denominator", "another denominator", "no"),
    ("unit", "another unit", "no"),
    ("level", "another geographic level", "no"),
    ("source", "new source", "with care"),
    ("description", "described otherwise", "with care"),
    ("year", "updated year", "with care"),
    ("place", "moved in the framework", "yes"),
)
NEW, SAME, GONE = "new indicator", "same data", "gone"
NOT_KNOWN = "not known"
_OTHER = "(another)"  # a field that is said to differ, without saying what it was


@dataclass(frozen=True)
class Definition:
    """One edition's definition of an indicator; what is not said is empty."""

    level: str = ""
    year: str = ""
    source: str = ""
    unit: str = ""
    age: str = ""
    denominator: str = ""
    concept: str = ""
    description: str = ""
    method: str = ""
    place: str = ""


def read(row: Mapping[str, object], book: Codebook) -> Definition:
    """One row of a codebook, its columns named by `book`; age range and denominator out of its words."""

    def said(name: str) -> str:
        value = row.get(name, "") if name else ""
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        return " ".join(str(value).split())

    age = AGE.search(f"{said(book.description)} {said(book.unit)}")
    per = PER.search(said(book.unit))
    return Definition(
        level=said(book.level),
        year=said(book.year),
        source=said(book.source),
        unit=said(book.unit),
        age=next((g for g in age.groups() if g), "").replace(" ", "") if age else "",
        denominator=per[1].strip() if per else "",
        concept=said(book.concept),
        description=said(book.description),
        place=said(book.place),
    )


def before(after: Definition, note: str) -> Definition | None:
    """The earlier definition as far as a note of changes tells it; None where there was none.

    Notes are read by their grammar: `New indicator`; `Updated year`; `New source`; `None, same
    data`; `Moved ... from SDG a to SDG b`; `updated calculation methodology`; `Changed [what] from
    a to b`, where what is an age range, a denominator or, unsaid, the concept; `a rather than b`.
    Raises `ValueError` for a note that none of this fits.
    """
    text = " ".join(note.split())
    if re.match(r"new indicator", text, re.IGNORECASE):
        return None
    was: dict[str, str] = {}
    if re.search(r"updated year", text, re.IGNORECASE):
        was["year"] = _OTHER
    if re.search(r"new source", text, re.IGNORECASE):
        was["source"] = _OTHER
    if re.search(r"methodolog", text, re.IGNORECASE):
        was["method"] = _OTHER
    if found := re.search(r"moved .*from SDG (\w+) to SDG (\w+)", text, re.IGNORECASE):
        was["place"] = found[1]
    if found := re.search(r"changed (?:(.*?) )?from (.+) to (.+)", text, re.IGNORECASE):
        what = (found[1] or "").lower()
        was["age" if "age" in what else "denominator" if "denominator" in what else "concept"] = (
            found[2]
        )
    if found := re.search(r"(\S.*) rather than (.+)", text, re.IGNORECASE):
        was["concept"] = found[2]
    if not was and not re.match(r"none\b", text, re.IGNORECASE):
        raise ValueError(f"The note '{note}' says no change that is known; add its form.")
    return replace(after, **was)


def differences(earlier: Definition, later: Definition) -> list[str]:
    """The fields in which two definitions differ but for capitals, gravest first."""
    order = [k[0] for k in KINDS]
    found = [
        f.name
        for f in fields(Definition)
        if getattr(earlier, f.name).casefold() != getattr(later, f.name).casefold()
    ]
    return sorted(found, key=order.index)


def label(earlier: Definition | None, later: Definition) -> tuple[str, str]:
    """(what changed in words, verdict on comparing values of the two editions)."""
    if earlier is None:
        return NEW, "no"
    found = differences(earlier, later)
    named = {k: (words, verdict) for k, words, verdict in KINDS}
    if not found:
        return SAME, "yes"
    verdicts = [named[f][1] for f in found]
    worst = next(v for v in ("no", "with care", "yes") if v in verdicts)
    return "; ".join(named[f][0] for f in found), worst
