"""Briefs for elected officials and technical teams: a page each, in every language, with figures of a release.

A brief is `catalog/briefs/<name>.<language>.md` (Markdown with Jinja) and `catalog/briefs/<name>.sql`: named
queries over the tables of a release (`-- name`, then one SELECT). A query that gives one row is that
row in the text; any other is a list. Words for models and scales are those of the questionnaire.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.loader import FOLDER as CATALOG
from warehouse.errors import WarehouseError
from warehouse.publications.model import LANGUAGES, Release

if TYPE_CHECKING:
    from warehouse.publications.page import Words

FOLDER = CATALOG / "briefs"
# Queries whose answer is one row; every other is a list, also where it has one row.
SINGLE = ("counts", "governed", "undecided", "range", "missing")
BODIES = {
    "ca": ("una entitat", "{} entitats"),
    "es": ("una entidad", "{} entidades"),
    "fr": ("un organisme", "{} organismes"),
    "en": ("one body", "{} bodies"),
}
FRAMEWORKS = {
    "sdg": {
        "ca": "Objectius de Desenvolupament Sostenible",
        "es": "Objetivos de Desarrollo Sostenible",
        "fr": "Objectifs de développement durable",
        "en": "Sustainable Development Goals",
    },
    "nua": {
        "ca": "Nova Agenda Urbana",
        "es": "Nueva Agenda Urbana",
        "fr": "Nouveau Programme pour les villes",
        "en": "New Urban Agenda",
    },
}
# Scales that the questionnaire does not ask about.
SCALES = {
    "municipality": {"ca": "El municipi", "es": "El municipio", "fr": "La commune", "en": "The municipality"},
    "greater_city": {"ca": "La gran ciutat", "es": "La gran ciudad", "fr": "La grande ville", "en": "The greater city"},
    "urban_centre": {"ca": "El centre urbà", "es": "El centro urbano", "fr": "Le centre urbain", "en": "The urban centre"},
}  # fmt: skip


def names() -> list[str]:
    """The briefs that there are, in alphabetical order."""
    return sorted(p.stem for p in FOLDER.glob("*.sql"))


def write(release: Release, folder: Path) -> list[Path]:
    """Write every brief in every language as `<folder>/<language>/<name>.md`; the paths."""
    made = []
    for name in names():
        answered = answers(release, name)
        for language in LANGUAGES:
            path = folder / language / f"{name}.md"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(render(release, name, language, answered), encoding="utf-8")
            made.append(path)
    return made


def render(
    release: Release, name: str, language: str, answered: dict[str, Any] | None = None
) -> str:
    """One brief as Markdown; `answered`: its `answers`, which no language changes.

    Raises `WarehouseError` where there is no such brief in that language, or a query cannot be read.
    """
    import jinja2

    from warehouse.publications.page.formats import formats

    path = FOLDER / f"{name}.{language}.md"
    if not path.exists() or name not in names():
        raise WarehouseError(
            f"There is no brief '{name}' in '{language}'; there are {', '.join(names())} in "
            f"{', '.join(LANGUAGES)}."
        )
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # Markdown, not HTML
    )
    number, titles = formats(language).number, _titles()[language]
    one, many = BODIES[language]
    words = {
        "n": number,
        "bodies": lambda n: one if n == 1 else many.format(number(n)),
        "model": functools.partial(_choice, "model", language),
        "scale": functools.partial(_scale, language),
        "system": lambda code: titles.code("system", code),
        "index": functools.partial(_index, language),
        "framework": lambda code: FRAMEWORKS.get(code, {}).get(language, code.upper()),
    }
    text = environment.from_string(path.read_text(encoding="utf-8"))
    answered = answers(release, name) if answered is None else answered
    body = text.render(**words, **answered).rstrip()
    return f"{body}\n\n---\n{_from(release, language)}\n"


@functools.lru_cache(maxsize=1)
def _titles() -> dict[str, Words]:
    from warehouse.publications import page

    return page.words()


def answers(release: Release, name: str) -> dict[str, Any]:
    """What the queries of a brief give, by their names: a row, a list of rows, or None.

    Raises `WarehouseError` where one cannot be answered from this release.
    """
    sql = (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    found: dict[str, Any] = {}
    for key, query in re.findall(r"^-- (\w+)\n(.*?);[ \t]*$", sql, re.S | re.M):
        try:
            rows = [{k: _cell(v) for k, v in r.items()} for r in release.sql(query).to_pylist()]
        except Exception as error:
            raise WarehouseError(
                f"catalog/briefs/{name}.sql: the query '{key}' cannot be answered from this release "
                f"({str(error).splitlines()[0]}); correct it."
            ) from None
        found[key] = (rows[0] if rows else None) if key in SINGLE else rows
    return found


def _cell(value: Any) -> Any:
    return value.replace("|", "\\|") if isinstance(value, str) else value


def _choice(listed: str, language: str, code: str) -> str:
    from catalog import survey_loader

    choice = survey_loader.survey().choices[listed].get(code)
    return getattr(choice, language) if choice else code


def _index(language: str, code: str) -> str:
    import catalog

    spec = catalog.load().indices.get(code)
    return getattr(spec.title, language) if spec else code


def _scale(language: str, code: str) -> str:
    if code in SCALES:
        return SCALES[code][language]
    return _choice("perimeter", language, code)


def _from(release: Release, language: str) -> str:
    said = {
        "ca": "Edició {} de l'observatori.",
        "es": "Edición {} del observatorio.",
        "fr": "Édition {} de l'observatoire.",
        "en": "Release {} of the observatory.",
    }
    return said[language].format(release.name)
