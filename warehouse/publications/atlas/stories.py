"""Stories: short texts on a transformation, each number bound to a query on the release.

They are in `catalog/stories/`; `catalog/models/story.py` states their shape. Where a release no longer
bears out what a text takes for granted, the atlas is not made, and the sentence names the story and the
number, so that somebody reads the text again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from catalog.models.story import Chart, Story
from warehouse.errors import WarehouseError
from warehouse.publications import page
from warehouse.publications.atlas.common import Voice
from warehouse.publications.atlas.read import FILE, Row


def numbers(name: str, story: Story, release: Path) -> dict[str, Any]:
    """The numbers of a story by its queries, and the rows of its chart.

    WarehouseError where a query gives no single value, or one that the text does not bear.
    """
    import duckdb

    found: dict[str, Any] = {}
    with duckdb.connect(str(release / FILE), read_only=True) as con:
        con.execute("set threads = 1")
        for key, n in story.numbers.items():
            where = f"Story {name}, number {key}"
            rows = _asked(con, n.sql, where)
            if len(rows) != 1 or len(rows[0]) != 1 or rows[0][0] is None:
                raise WarehouseError(
                    f"{where}: the query gives no single value; mend it or the text."
                )
            value = rows[0][0]
            limits = [
                *(
                    [f"at least {n.at_least:g}"]
                    if n.at_least is not None and value < n.at_least
                    else []
                ),
                *(
                    [f"at most {n.at_most:g}"]
                    if n.at_most is not None and value > n.at_most
                    else []
                ),
            ]
            if limits:
                raise WarehouseError(
                    f"{where} is {value}, and the text takes it to be {limits[0]}; read the text again "
                    "and mend it."
                )
            found[key] = value
        if story.chart:
            found["chart"] = _asked(con, story.chart.sql, f"Story {name}, chart")
    return found


def _asked(con, sql: str, where: str) -> list[tuple]:
    import duckdb

    try:
        return con.execute(sql).fetchall()
    except duckdb.Error as error:
        raise WarehouseError(f"{where}: {str(error).splitlines()[0]}; mend its query.") from None


def written(voice: Voice, story: Story, values: dict[str, Any]) -> dict[str, str]:
    """The numbers as the language writes them."""
    f = voice.f
    how = {
        "count": f.number,
        "people": f.inhabitants,
        "percent": lambda v: f.percent(v, 0),
        "year": str,
        "decimal": lambda v: f.number(v, 1),
        "name": lambda v: voice.names.get(v, str(v)),
    }
    return {k: how[n.as_](values[k]) for k, n in story.numbers.items()}


def tiles(voice: Voice, stories: dict[str, Story], values: dict[str, dict]) -> list[Row]:
    """Title and summary of each story."""
    found = []
    for name, story in stories.items():
        given = written(voice, story, values[name])
        texts = (getattr(t, voice.lang).format(**given) for t in (story.title, story.summary))
        found.append(dict(zip(("title", "summary"), texts, strict=True)) | {"id": name})
    return found


def listed(voice: Voice, tiles: list[Row]) -> dict[str, Any]:
    """The page that lists the stories."""
    return {
        "title": voice.w.nav_stories,
        "description": voice.w.st_lede,
        "section": "stories",
        "stories": tiles,
        "foot": voice.foot(),
    }


def context(voice: Voice, name: str, story: Story, values: dict[str, Any]) -> dict[str, Any]:
    """The page of one story in one language."""
    w, lang = voice.w, voice.lang
    given = written(voice, story, values)
    summary = getattr(story.summary, lang).format(**given)
    chart, title = "", ""
    if story.chart:
        title = getattr(story.chart.title, lang).format(**given)
        rows = [
            (_name(voice, story.chart, what), float(value), _value(voice, story.chart, value), "")
            for what, value in values["chart"]
            if value is not None
        ]
        chart = page.safe(page.charts.bars(rows, title))
    return {
        "title": getattr(story.title, lang).format(**given),
        "description": summary,
        "section": "stories",
        "crumbs": (("stories.html", w.nav_stories),),
        "summary": summary,
        "paragraphs": [getattr(p, lang).format(**given) for p in story.paragraphs],
        "chart": chart,
        "chart_title": title,
        "numbers": [(given[k], n.sql.strip()) for k, n in story.numbers.items()],
        "links": [(link.to, getattr(link.text, lang)) for link in story.links],
        "report": voice.mail(f"story/{name}"),
        "foot": voice.foot(),
    }


def _name(voice: Voice, chart: Chart, key: Any) -> str:
    from warehouse.publications.atlas.lists import REGIONS

    match chart.names:
        case "region":
            return voice.f.country(REGIONS.get(key, key))
        case "territory":
            return voice.kind(*str(key).split("|"))
        case _:
            return voice.names.get(key, str(key))


def _value(voice: Voice, chart: Chart, value: float) -> str:
    f = voice.f
    how = {
        "people": voice.people,
        "percent": lambda v: f.percent(v, 0),
        "decimal": lambda v: f.number(v, 1),
    }
    return how.get(chart.as_, f.number)(value)
