"""BibTeX: pybtex reads the entry and formats it."""

from __future__ import annotations

import json
from pathlib import Path

BY = "pybtex reads and formats the entry"


def check(folder: Path, release: Path) -> list[str]:
    """Sentences about an entry that cannot be read or names another release."""
    from pybtex.database import parse_file
    from pybtex.style.formatting.unsrt import Style

    name = json.loads((release / "release.json").read_text("utf-8"))["release"]
    try:
        found = parse_file(str(folder / "citation.bib"), bib_format="bibtex")
        entries = list(found.entries.values())
        text = next(iter(Style().format_bibliography(found))).text.render_as("text")
    except Exception as error:
        return [f"citation.bib: {type(error).__name__}: {str(error)[:150]}"]
    said = []
    if len(entries) != 1 or entries[0].fields.get("version") != name:
        said.append(f"citation.bib is not one entry of release {name}.")
    if not {"title", "year"} <= set(entries[0].fields) or "author" not in entries[0].persons:
        said.append("citation.bib lacks author, title or year.")
    authors = entries[0].persons.get("author", [])
    if len(authors) != 1 or authors[0].first_names or len(authors[0].last_names) != 1:
        said.append(f"the author is read as a person, not as an organisation: '{text}'.")
    return said


def _edit(old: str, new: str):
    def plant(folder: Path) -> None:
        path = folder / "citation.bib"
        text = path.read_text("utf-8")
        assert old in text, old
        path.write_text(text.replace(old, new, 1), "utf-8")

    return plant


FAULTS = {
    "a brace that is not closed": _edit("title = {", "title = {{"),
    "an author taken for a person": _edit(
        "author = {{World Observatory of Metropolitan Areas}}",
        "author = {World Observatory of Metropolitan Areas}",
    ),
    "another release": _edit("version = {20", "version = {19"),
}
