"""Stories: short texts on a transformation, each number bound to a query on the release.

A file of `catalog/stories/` says a title, a summary and paragraphs in four languages. `{key}` in a
text is the number of that key: its SQL returns one value, written as `as` says. `at_least` and
`at_most` are what the text takes for granted; where a release no longer bears it out, the build fails
and names the story and the number, so that somebody reads the text again.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from warehouse.errors import WarehouseError
from warehouse.publications import page
from warehouse.publications.atlas.common import Voice
from warehouse.publications.atlas.read import FILE, Row

FOLDER = Path(__file__).parents[3] / "catalog" / "stories"
KINDS = ("count", "people", "percent", "year", "money", "decimal", "name")


def load(folder: Path = FOLDER) -> list[dict[str, Any]]:
    """All stories in the order of their names; WarehouseError where one is not whole."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found = []
    for file in sorted(folder.glob("*.yaml")):
        story = {
            "id": file.stem,
            **(yaml.load(file.read_text(encoding="utf-8"), Loader=loader) or {}),
        }
        if faults := list(_problems(story)):
            raise WarehouseError(f"{file.name}: {' '.join(faults)}")
        found.append(story)
    return found


def _problems(story: dict[str, Any]):
    texts = [
        *(story.get("paragraphs") or []),
        *([story["chart"]["title"]] if story.get("chart") else []),
    ]
    for key in ("title", "summary"):
        texts.append(story.get(key) or {})
    if not story.get("paragraphs"):
        yield "it has no paragraphs."
    used: dict[str, set[str]] = {}
    for text in texts:
        for lang in page.LANGUAGES:
            if not str(text.get(lang) or "").strip():
                yield f"a text that begins '{str(text.get('en', ''))[:40]}' is missing in {lang}."
            used.setdefault(lang, set()).update(re.findall(r"{(\w+)}", str(text.get(lang) or "")))
    known = set(story.get("numbers") or {})
    for lang, keys in used.items():
        for key in sorted(keys - known):
            yield f"the text in {lang} uses {{{key}}}, of which there is no number."
        for key in sorted(known - keys):
            yield f"the text in {lang} does not use the number {{{key}}}."
    for key, n in (story.get("numbers") or {}).items():
        if n.get("as") not in KINDS:
            yield f"number {key}: `as` is none of {', '.join(KINDS)}."


def numbers(story: dict[str, Any], release: Path) -> dict[str, Any]:
    """The numbers of a story by its queries; WarehouseError where one is not as the text takes it."""
    import duckdb

    found: dict[str, Any] = {}
    with duckdb.connect(str(release / FILE), read_only=True) as con:
        con.execute("set threads = 1")
        for key, n in story.get("numbers", {}).items():
            where = f"Story {story['id']}, number {key}"
            try:
                rows = con.execute(n["sql"]).fetchall()
            except duckdb.Error as error:
                raise WarehouseError(
                    f"{where}: {str(error).splitlines()[0]}; mend its query."
                ) from None
            if len(rows) != 1 or len(rows[0]) != 1 or rows[0][0] is None:
                raise WarehouseError(
                    f"{where}: the query gives no single value; mend it or the text."
                )
            value = rows[0][0]
            low, high = n.get("at_least"), n.get("at_most")
            if (low is not None and value < low) or (high is not None and value > high):
                limits = " and ".join(
                    t
                    for t in (
                        f"at least {low}" if low is not None else "",
                        f"at most {high}" if high is not None else "",
                    )
                    if t
                )
                raise WarehouseError(
                    f"{where} is {value}, and the text takes it to be {limits}; read the text again and mend it."
                )
            found[key] = value
        if chart := story.get("chart"):
            try:
                found["chart"] = con.execute(chart["sql"]).fetchall()
            except duckdb.Error as error:
                raise WarehouseError(
                    f"Story {story['id']}, chart: {str(error).splitlines()[0]}."
                ) from None
    return found


def written(voice: Voice, story: dict[str, Any], values: dict[str, Any]) -> dict[str, str]:
    """The numbers as the language writes them."""
    f = voice.f
    how = {
        "count": f.number,
        "people": f.inhabitants,
        "percent": lambda v: f.percent(v, 0),
        "year": str,
        "money": f.number,
        "decimal": lambda v: f.number(v, 1),
        "name": lambda v: voice.names.get(v, str(v)),
    }
    return {k: how[n["as"]](values[k]) for k, n in story.get("numbers", {}).items()}


def tiles(voice: Voice, stories: list[dict[str, Any]], values: dict[str, dict]) -> list[Row]:
    """Title and summary of each story."""
    return [
        {
            "id": s["id"],
            "title": s["title"][voice.lang],
            "summary": s["summary"][voice.lang].format(**written(voice, s, values[s["id"]])),
        }
        for s in stories
    ]


def context(voice: Voice, story: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """The page of one story in one language."""
    w, lang = voice.w, voice.lang
    given = written(voice, story, values)
    chart, title, rows = "", "", []
    if c := story.get("chart"):
        title = c["title"][lang].format(**given)
        rows = [
            (_name(voice, c, row[0]), float(row[1]), _value(voice, c, row[1]), "")
            for row in values["chart"]
            if row[1] is not None
        ]
        chart = page.safe(page.charts.bars(rows, title))
    return {
        "title": story["title"][lang],
        "description": story["summary"][lang].format(**given),
        "section": "stories",
        "crumbs": (("stories.html", w.nav_stories),),
        "summary": story["summary"][lang].format(**given),
        "paragraphs": [p[lang].format(**given) for p in story["paragraphs"]],
        "chart": chart,
        "chart_title": title,
        "numbers": [(given[k], n["sql"].strip()) for k, n in story.get("numbers", {}).items()],
        "links": [(link["to"], link["text"][lang]) for link in story.get("links", ())],
        "report": voice.mail(f"story/{story['id']}"),
        "foot": voice.foot(),
    }


def _name(voice: Voice, chart: dict[str, Any], key: Any) -> str:
    kind = chart.get("names", "metropolis")
    if kind == "metropolis":
        return voice.names.get(key, str(key))
    if kind == "region":
        from warehouse.publications.atlas.lists import REGIONS

        return voice.f.country(REGIONS.get(key, key))
    return voice.kind(*str(key).split("|")) if kind == "territory" else str(key)


def _value(voice: Voice, chart: dict[str, Any], value: float) -> str:
    return {"people": voice.people, "percent": lambda v: voice.f.percent(v, 0)}.get(
        chart.get("as", ""), voice.f.number
    )(value)
