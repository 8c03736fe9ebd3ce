"""CSL JSON: citeproc reads the entry and writes a bibliography with it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.validate.common import edit_json

BY = "citeproc-py formats the entry"
NEEDED = ("id", "type", "title", "author", "issued", "publisher", "version")


def check(folder: Path, release: Path) -> list[str]:
    """Sentences about an entry that a citation processor does not take."""
    from citeproc import (
        Citation,
        CitationItem,
        CitationStylesBibliography,
        CitationStylesStyle,
        formatter,
    )
    from citeproc.source.json import CiteProcJSON

    entries = json.loads((folder / "citation.json").read_text("utf-8"))
    about = json.loads((release / "release.json").read_text("utf-8"))
    try:
        missing = [n for n in NEEDED if not entries[0].get(n)]
        if missing:
            return [f"citation.json lacks {', '.join(missing)}."]
        source = CiteProcJSON(entries)
        style = CitationStylesStyle("harvard-cite-them-right", validate=False)
        made = CitationStylesBibliography(style, source, formatter.plain)
        made.register(Citation([CitationItem(entries[0]["id"])]))
        text = str(made.bibliography()[0])
    except Exception as error:
        return [f"citation.json: {type(error).__name__}: {str(error)[:150]}"]
    wanted = (about["publisher"], about["release"][:4])
    said = [f"the bibliography '{text}' lacks '{w}'." for w in wanted if w not in text]
    if entries[0]["version"] != about["release"]:
        said.append("citation.json is of another release.")
    if entries[0]["type"] != "dataset":
        said.append(f"citation.json is of type {entries[0]['type']}.")
    return said


FAULTS = {
    "no author": lambda f: edit_json(f / "citation.json", lambda d: d[0].pop("author")),
    "a date in words": lambda f: edit_json(
        f / "citation.json", lambda d: d[0].update(issued={"date-parts": [["soon"]]})
    ),
    "another release": lambda f: edit_json(f / "citation.json", lambda d: d[0].update(version="1")),
    "another kind": lambda f: edit_json(f / "citation.json", lambda d: d[0].update(type="book")),
}
