"""Two definitions of an indicator side by side: what differs, in words, and whether values compare.

For editions of one collection whose codebook says, per indicator, level, year, source, unit and
text; and for reading what such a codebook notes of its changes (`observatory index definitions`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from catalog.models.index_spec import Codebook

# Age ranges as they are written: from and to, from, or to.
AGES = (
    (re.compile(r"\bage[sd]?\s+(\d+)\s*(?:-|–|to)\s*(\d+)\b", re.IGNORECASE), "{0}-{1}"),
    (
        re.compile(r"\b(\d+)\s*(?:-|–|to)\s*(\d+)[\s-]+years?[\s-]+(?:old|of age)", re.IGNORECASE),
        "{0}-{1}",
    ),
    (re.compile(r"\bage[sd]?\s+(\d+)\s*\+", re.IGNORECASE), "{0}+"),
    (
        re.compile(r"\b(\d+)\s*(?:years?\s+)?(?:and|or) (?:over|older|above)\b", re.IGNORECASE),
        "{0}+",
    ),
    (
        re.compile(
            r"\b(?:under|below|less than)\s+(?:age\s+)?(\d+)(?:\s+years?|\b(?!\s*%))", re.IGNORECASE
        ),
        "<{0}",
    ),
)
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

    per = PER.search(said(book.unit))
    return Definition(
        level=said(book.level),
        year=said(book.year),
        source=said(book.source),
        unit=said(book.unit),
        age=_age(f"{said(book.concept)} {said(book.description)} {said(book.unit)}"),
        denominator=per[1].strip() if per else "",
        concept=said(book.concept),
        description=said(book.description),
        place=said(book.place),
    )


def _age(words: str) -> str:
    for pattern, form in AGES:
        if found := pattern.search(words):
            return form.format(*found.groups())
    return ""


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


# What a codebook must say for two editions to be compared, and how a reader calls it.
_NEEDED = {
    "concept": "the concept",
    "age": "the age range",
    "denominator": "the denominator",
    "unit": "the unit",
    "source": "the source",
    "year": "the year",
}
_EMPTY = frozenset(
    [
        "a",
        "an",
        "and",
        "at",
        "by",
        "for",
        "from",
        "in",
        "of",
        "on",
        "or",
        "per",
        "than",
        "the",
        "to",
        "with",
        "who",
        "that",
    ]
)


def compare(earlier: Definition, later: Definition) -> tuple[str, str, str]:
    """(what changed in words, verdict on comparing values, what a person has to decide).

    Two codebooks are compared by what their fields mean: years as years, ages as ranges, units and
    names without regard to order, plural, capitals and signs. A concept in other words may be the
    same, and what one of the two does not say may have changed: then the verdict is `not known`,
    unless something else already says no.
    """
    known, asked = [], []
    named = {k: (words, verdict) for k, words, verdict in KINDS}
    for field in (k[0] for k in KINDS):
        a, b = (getattr(d, field) for d in (earlier, later))
        if not a and not b:
            continue
        if not a or not b:
            if field in _NEEDED:
                edition = "later" if a else "earlier"
                asked.append(f"{_NEEDED[field]} is not said in the {edition} edition")
            continue
        if meaning(field, a) == meaning(field, b):
            continue
        if field == "concept":
            asked.append(f"the concept is worded otherwise: '{a}' and '{b}'")
        else:
            known.append(field)
    verdicts = [named[f][1] for f in known]
    worst = next((v for v in ("no", "with care", "yes") if v in verdicts), "yes")
    if asked and worst != "no":
        worst = NOT_KNOWN
    changed = "; ".join(named[f][0] for f in known) or ("" if asked else SAME)
    return changed, worst, "; ".join(asked)


def meaning(field: str, words: str) -> object:
    """What a field says, without regard to how it is written."""
    if field == "year":
        years = tuple(sorted(set(re.findall(r"\b(?:19|20)\d\d\b", words))))
        return years or words.casefold()
    if field == "age":
        return words
    text = words.casefold().replace("%", " percent ").replace("per cent", "percent")
    text = text.replace("percentage", "percent")
    text = re.sub(r"(?<=\d)[,\u00a0\u202f](?=\d{3}\b)", "", text)
    tokens = re.findall(r"[^\W_]+", text)
    if field == "source":  # the year of a source's edition is not its name
        tokens = [t for t in tokens if not re.fullmatch(r"(?:19|20)\d\d", t)]
    tokens = [
        t[:-1] if len(t) > 3 and t.endswith("s") and not t.endswith("ss") else t for t in tokens
    ]
    return frozenset(t for t in tokens if t not in _EMPTY)
