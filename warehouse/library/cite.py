"""Citations of library items: BibTeX, CSL-JSON and RIS.

An item is cited by its title in its own language; an address that serves a copy is given as such, and
the document itself is named. What is not known (an author, a day) is left out. The abstract is the
sentence on what the item is or does, in English or as `what` gives it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from catalog.models.library import LibraryItem

CSL = {"law": "legislation", "reform": "legislation", "plan": "report", "report": "report"}
RIS = {"law": "STAT", "reform": "STAT", "plan": "RPRT", "report": "RPRT"}
_BIBTEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "%": r"\%",
        "&": r"\&",
        "#": r"\#",
        "$": r"\$",
        "_": r"\_",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)


What = Callable[[LibraryItem], str]


def _english(item: LibraryItem) -> str:
    return item.what


def bibtex(items: Sequence[LibraryItem], what: What = _english) -> str:
    """BibTeX entries, UTF-8, one an item."""
    return "\n".join(_entry(i, what(i)) for i in items)


def _entry(item: LibraryItem, what: str) -> str:
    kind = "techreport" if CSL.get(item.kind) == "report" and not _press(item) else "misc"
    holder = "institution" if kind == "techreport" else "howpublished"
    fields = [("title", f"{{{_tex(item.title)}}}"), (holder, _tex(item.publisher))]
    if item.date:
        fields.append(("year", item.date[:4]))
        if item.date[5:7]:
            fields.append(("month", str(int(item.date[5:7]))))
    fields += [("url", item.address), ("langid", item.languages[0])]
    note = "; ".join(x for x in (item.title_en, _copy(item)) if x)
    fields += [("note", _tex(note)), ("abstract", _tex(what))]
    body = ",\n".join(f"  {k} = {{{v}}}" for k, v in fields)
    return f"@{kind}{{{item.id},\n{body}\n}}\n"


def _tex(text: str) -> str:
    return text.translate(_BIBTEX)


def _press(item: LibraryItem) -> bool:
    return item.source_kind == "press"


def _copy(item: LibraryItem) -> str:
    return f"copy of: {item.document}" if item.document else ""


def csl(items: Sequence[LibraryItem], what: What = _english) -> str:
    """A CSL-JSON list, as citation managers read it."""
    made = []
    for item in items:
        kind = "article-newspaper" if _press(item) else CSL.get(item.kind, "webpage")
        one: dict[str, object] = {
            "id": item.id,
            "type": kind,
            "title": item.title,
            "publisher": item.publisher,
            "URL": item.address,
            "language": item.languages[0],
            "abstract": what(item),
        }
        if item.date:
            one["issued"] = {"date-parts": [[int(x) for x in item.date.split("-")]]}
        if note := "; ".join(x for x in (item.title_en, _copy(item)) if x):
            one["note"] = note
        made.append(one)
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


def ris(items: Sequence[LibraryItem], what: What = _english) -> str:
    """RIS records, one an item."""
    return "\n".join(_record(i, what(i)) for i in items)


def _record(item: LibraryItem, what: str) -> str:
    kind = "NEWS" if _press(item) else RIS.get(item.kind, "ELEC")
    lines = [
        ("TY", kind),
        ("ID", item.id),
        ("TI", item.title),
        ("TT", item.title_en),
        ("PB", item.publisher),
        ("UR", item.address),
        ("LA", item.languages[0]),
        ("AB", what),
    ]
    if item.date:
        year, month, day = (*item.date.split("-"), "", "")[:3]
        lines += [("PY", year), ("DA", f"{year}/{month}/{day}/")]
    if item.document:
        lines.append(("N1", _copy(item)))
    return "".join(f"{tag}  - {' '.join(value.split())}\n" for tag, value in lines) + "ER  - \n"


FORMATS: dict[str, Callable[[Sequence[LibraryItem], What], str]] = {
    "bibtex": bibtex,
    "csl": csl,
    "ris": ris,
}
