"""Bring the overlays of `catalog/languages` up to date: `python -m catalog.translations`.

New texts come in untranslated, translations written beside the English move over, texts that are
gone are left out. It prints what each language lacks.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from catalog import yaml_files
from catalog.languages import FOLDER, SOURCE, languages, one_line, overlay
from catalog.models.model import Texts


def texts(root: Path) -> Iterator[tuple[str, str, dict[str, str]]]:
    """(place, English text, translations beside it) of every text for people.

    Those of the catalog are whatever its models call `Texts`; those of interfaces are the files
    `words.yaml` of the warehouse.
    """
    import catalog
    from catalog import survey_loader
    from catalog.models import comparability, hole, publication, story

    known = catalog.load()
    read = {
        **{f"indicators/{i}": x for i, x in known.indicators.items()},
        **{f"indices/{i}": x for i, x in known.indices.items()},
        "themes": list(known.themes.values()),
        "peers": known.peers,
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
    for path in sorted(root.glob("warehouse/**/words.yaml")):
        for said in _of_words(yaml_files.content(path, [])):
            beside = {k: v for k, v in said.items() if k != SOURCE}
            yield path.relative_to(root).as_posix(), said[SOURCE], beside


def _of_model(value: Any) -> Iterator[Texts]:
    if isinstance(value, Texts):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _of_model(getattr(value, name))
    elif isinstance(value, dict | list | tuple):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _of_model(inner)


def _of_words(value: Any) -> Iterator[dict[str, str]]:
    if isinstance(value, str):
        yield {SOURCE: value}
    elif isinstance(value, dict) and isinstance(value.get(SOURCE), str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _of_words(inner)


def update(root: Path, folder: Path = FOLDER) -> dict[str, int]:
    """Bring every overlay up to date; language to the number of texts that it does not translate."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    found = list(texts(root))
    lacking = {}
    for lang in languages(folder)[:-1]:
        path = folder / f"{lang}.po"
        known = overlay(path, path.stat().st_mtime_ns)
        made = Catalog(locale=lang, project="World Observatory of Metropolitan Areas", fuzzy=False)
        lacking[lang] = 0
        for file, english, beside in found:
            key = one_line(english)
            string = one_line(beside.get(lang, "")) or known.get(key, "")
            message = made.get(key)
            string = string or (str(message.string) if message else "")
            made.add(key, string, locations=[(file, 0)])
        lacking[lang] = sum(1 for m in made if m.id and not m.string)
        with path.open("wb") as out:
            write_po(out, made, width=98, include_previous=False, omit_header=True)
    return lacking


if __name__ == "__main__":
    for code, count in update(Path(__file__).parents[1]).items():
        print(f"{code}: {count} texts without translation" if count else f"{code}: complete")
