"""The languages of the observatory: English in the catalog's files, one overlay for each other.

An overlay is a gettext file, `catalog/languages/<code>.po`, as translators' tools read and write
it: the English text, then the translation. A language exists once its file is here. A text that an
overlay lacks is shown in English, and counted in the published table `language`. The
meanings of the published tables are in `catalog/languages/tables.csv`: one row for each table, one
column for each language.
"""

from __future__ import annotations

import csv
import functools
import re
from pathlib import Path

FOLDER = Path(__file__).parent / "languages"
SOURCE = "en"
_BLANKS = re.compile(r"[ \t\r\n]+")


def languages(folder: Path | None = None) -> tuple[str, ...]:
    """Codes of all languages, ISO 639-1 in alphabetical order, the source language last."""
    return _languages(folder or FOLDER)


@functools.cache
def _languages(folder: Path) -> tuple[str, ...]:
    return (*sorted(p.stem for p in folder.glob("*.po")), SOURCE)


def translated(text: str, lang: str, folder: Path | None = None) -> str | None:
    """The translation of an English text; None where the overlay has none."""
    if lang == SOURCE:
        return text
    path = _file(folder or FOLDER, lang)
    return overlay(path, path.stat().st_mtime_ns).get(one_line(text))


@functools.cache
def _file(folder: Path, lang: str) -> Path:
    return folder / f"{lang}.po"


def of_table(table: str, lang: str, folder: Path | None = None) -> str | None:
    """The meaning of a published table in a language other than English; None where it is missing."""
    path = (folder or FOLDER) / "tables.csv"
    return _tables(path, path.stat().st_mtime_ns).get(table, {}).get(lang) or None


@functools.lru_cache(maxsize=4)
def _tables(path: Path, _stamp: int) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["table"]: row for row in csv.DictReader(file)}


def own_name(lang: str) -> str:
    """The name of a language in that language, such as català; the code where CLDR has none."""
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(lang).get_display_name(lang) or lang
    except UnknownLocaleError:
        return lang


@functools.lru_cache(maxsize=16)
def overlay(path: Path, _stamp: int) -> dict[str, str]:
    """English text to translation, of one file; the stamp is its time, so that a change is seen."""
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        found = read_po(file, locale=path.stem)
    return {one_line(str(m.id)): str(m.string) for m in found if m.id and m.string}


def one_line(text: str) -> str:
    """A text as a key: how its lines are broken in a file does not matter; no-break spaces stay."""
    return _BLANKS.sub(" ", text).strip(" ")
