"""Bring the overlays of `catalog/languages` up to date: `python -m catalog.translations`.

New texts come in untranslated, translations written beside the English move over, texts that are
gone are left out. It prints what each language lacks. A file that cannot be read whole is named, and
nothing is written.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from catalog import yaml_files
from catalog.languages import FOLDER, SOURCE, languages, one_line, overlay
from catalog.models.model import Texts
from catalog.yaml_files import CatalogError

_LINE = re.compile(r'|#.*|(msgid|msgstr)? ?"(\\.|[^"\\])*"')


def texts(root: Path) -> Iterator[tuple[str, str, dict[str, str]]]:
    """(place, English text, translations beside it) of every text for people.

    Those of the catalog are whatever its models call `Texts`; those of interfaces are the files
    `words.yaml` of the warehouse. Raises CatalogError, a sentence for each mistake in any of them.
    """
    import catalog
    from catalog import survey_loader
    from catalog.models import comparability, hole, known_issue, publication, story

    known = catalog.load()
    read = {
        **{f"indicators/{i}": x for i, x in known.indicators.items()},
        **{f"indices/{i}": x for i, x in known.indices.items()},
        "themes": list(known.themes.values()),
        "peers": known.peers,
        **{
            f"known_issues/{p}": [x for x in known.known_issues if x.provider == p]
            for p in dict.fromkeys(x.provider for x in known.known_issues)
        },
        **{
            f"corrections/{p}": [x for x in known.corrections if x.provider == p]
            for p in dict.fromkeys(x.provider for x in known.corrections)
        },
        "known_issues": known_issue.texts(),
        "comparability": comparability.load(),
        "holes": hole.load(),
        "publication": publication.load(),
        **{f"stories/{i}": x for i, x in story.load().items()},
        "surveys/governance": survey_loader.survey(),
        "surveys/messages": survey_loader.messages(),
    }
    for place, model in read.items():
        for text in _of_model(model):
            yield f"catalog/{place}.yaml", text.en, text.beside
    for row in _rows(known.folder / "metros" / "correction.csv"):
        for english in (row["reason"], row["source"]):
            yield "catalog/metros/correction.csv", english, {}
    problems: list[str] = []
    for path in sorted(root.glob("warehouse/**/words.yaml")):
        place = path.relative_to(root).as_posix()
        said = yaml_files.content(path, problems)
        for text in _of_words(said, place, "the file", problems):
            yield place, text[SOURCE], {k: v for k, v in text.items() if k != SOURCE}
    if problems:
        raise CatalogError("\n".join(problems))


def _rows(path: Path) -> list[dict[str, str]]:
    import csv

    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _of_model(value: Any) -> Iterator[Texts]:
    if isinstance(value, Texts):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _of_model(getattr(value, name))
    elif isinstance(value, dict | list | tuple):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _of_model(inner)


def _of_words(value: Any, place: str, key: str, problems: list[str]) -> Iterator[dict[str, str]]:
    """Every text in a part of a `words.yaml`; what is none is a sentence in `problems`."""
    if isinstance(value, str) and value.strip():
        yield {SOURCE: value}
    elif isinstance(value, dict) and set(value) & set(languages()):
        if wrong := [k for k, v in value.items() if not isinstance(v, str) or not v.strip()]:
            problems.append(
                f"{place}: '{key}' has no text in {', '.join(map(str, wrong))}; write it."
            )
        elif SOURCE not in value:
            problems.append(f"{place}: '{key}' has no text in {SOURCE}; write it.")
        else:
            yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(name, bool):
                problems.append(f"{place}: a key in {key} is read as yes or no; put it in quotes.")
            yield from _of_words(inner, place, str(name), problems)
    elif value is not None or key != "the file":
        problems.append(f"{place}: '{key}' is {value!r}, not text; write it, in quotes.")


def update(root: Path, folder: Path = FOLDER) -> dict[str, int]:
    """Bring every overlay up to date; language to the number of texts that it does not translate.

    Raises CatalogError where a text or an overlay cannot be read whole; then no overlay is changed.
    """
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    found = list(texts(root))
    lacking, written = {}, {}
    for lang in languages(folder)[:-1]:
        path = folder / f"{lang}.po"
        known = _known(path)
        made = Catalog(locale=lang, project="World Observatory of Metropolitan Areas", fuzzy=False)
        for file, english, beside in found:
            key = one_line(english)
            string = one_line(beside.get(lang, "")) or known.get(key, "")
            message = made.get(key)
            string = string or (str(message.string) if message else "")
            made.add(key, _set(string, lang), locations=[(file, 0)])
        lacking[lang] = sum(1 for m in made if m.id and not m.string)
        out = io.BytesIO()
        write_po(out, made, width=98, include_previous=False, omit_header=True)
        written[path] = out.getvalue()
    for path, raw in written.items():
        path.write_bytes(raw)
    return lacking


def _set(text: str, lang: str) -> str:
    """A text with no-break spaces where its language has signs that must not begin a line."""
    if lang != "fr":
        return text
    return re.sub(r"(?<=\S) (?=[;:?!»%])|(?<=«) |(?<=\d) (?=\d{3}(?!\d))", "\u00a0", text)


def _known(path: Path) -> dict[str, str]:
    """The translations of an overlay; CatalogError where a line of it is none of a gettext file.

    babel leaves such a line out with a warning, and cuts a text that no quotation mark closes.
    """
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not _LINE.fullmatch(line.strip()):
            raise CatalogError(
                f"catalog/languages/{path.name}: line {number} is not valid gettext: {line.strip()}; "
                'mend it: a comment, or msgid, msgstr and a text in "quotes".'
            )
    return overlay(path, path.stat().st_mtime_ns)


if __name__ == "__main__":
    try:
        lacks = update(Path(__file__).parents[1])
    except CatalogError as mistakes:
        sys.exit(f"{mistakes}\nThe overlays were left as they are.")
    for code, count in lacks.items():
        print(f"{code}: {count} texts without translation" if count else f"{code}: complete")
