"""What makes a release folder understandable alone: README, licences, citation, dictionary as data,
methodology, quality report, llms.txt.

`write` is called by the release while it is made, when its tables are complete; everything is read
from them. Texts for people are the templates beside this file, in the languages that their names
end in; an analyst edits them there.
"""

from __future__ import annotations

import csv
import functools
import io
import json
from pathlib import Path
from typing import Any

from catalog.models import hole as holes_stated
from warehouse.publications import citation
from warehouse.publications.model import LANGUAGES, Release

FOLDER = Path(__file__).parent
FILES = {
    "observatory.duckdb": "all tables in one DuckDB file",
    "parquet/": "the same tables, one Parquet file each",
    "dictionary.html": "what every table, column and code means",
    "dictionary.csv": "the same as data, one row per column; also dictionary.json",
    "LICENCES.md": "the licence and attribution of each dataset; also licences.csv",
    "CITATION.cff": "how to cite; also CITATION.bib",
    "METHODOLOGY.md": "how figures are made and compared",
    "QUALITY.md": "what was counted, refused and measured about this release",
    "RECENCY.md": "what there is per theme and member metropolis, how old it is, what would fill the holes",
    "CHANGES.md": "what changed since the release before",
    "data_docs/": "the verdict of every expectation on every table",
    "crosswalk/": "which code of which system belongs to which metropolis, usable alone",
    "SHA256SUMS": "checksums of all files",
}
LICENCE_COLUMNS = (
    *("source_id", "dataset", "title", "provider_title", "licence", "spdx", "licence_url"),
    *("attribution", "credit", "retrieved", "figures", "homepage"),
)
COLUMN_COLUMNS = ("table", "column", "type", "meaning", "unit", "among", "key", "null")


def write(folder: Path) -> None:
    """Write the documents of the release in `folder`; its tables and `release.json` are there."""
    release = Release(folder)
    for language in LANGUAGES:
        if not (FOLDER / f"readme.{language}.md.jinja").is_file():
            continue  # a language whose guide nobody has written yet
        name = "README.md" if language == "en" else f"README.{language}.md"
        _text(folder / name, _readme(release, language))
    _text(folder / "LICENCES.md", _render("licences.md.jinja", release=release))
    _text(folder / "licences.csv", _csv(LICENCE_COLUMNS, release.sources))
    _text(folder / "CITATION.cff", citation.cff(release))
    _text(folder / "CITATION.bib", citation.bibtex(release))
    listed = dictionary(release)
    _text(folder / "dictionary.json", citation.dumps(listed))
    _text(folder / "dictionary.csv", _csv(COLUMN_COLUMNS, _columns(listed)))
    _text(folder / "METHODOLOGY.md", _render("methodology.md.jinja", **_method(release)))
    _text(folder / "QUALITY.md", _render("quality.md.jinja", **_quality(release)))
    if "recency" in release.tables:
        _text(folder / "RECENCY.md", _render("recency.md.jinja", **_recency(release)))
    _text(folder / "llms.txt", _render("llms.txt.jinja", release=release, files=FILES))


def dictionary(release: Release) -> dict[str, Any]:
    """The data dictionary as data: tables with meaning, key, rows, licence and columns."""
    return {
        "release": release.name,
        "tables": [
            {
                "table": t.name,
                "meaning": t.meaning,
                "key": list(t.key),
                "rows": t.rows,
                "licence": t.licence,
                "columns": [
                    {
                        "column": f.name,
                        "type": f.type,
                        "meaning": f.meaning,
                        "unit": f.unit,
                        "among": f.among,
                        "key": f.name in t.key,
                        "null": f.null,
                    }
                    for f in t.fields
                ],
            }
            for t in release.tables.values()
        ],
    }


def _columns(listed: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"table": t["table"], **c} for t in listed["tables"] for c in t["columns"]]


def _readme(release: Release, language: str) -> str:
    counts = {
        name: release.tables[name].rows
        for name in ("observation", "metro")
        if name in release.tables
    }
    return _render(
        f"readme.{language}.md.jinja",
        release=release,
        counts=counts,
        cited=citation.sentence(release),
        about=release.text("description", language),
        title=release.text("title", language),
        number=_numbers(language),
    )


def _method(release: Release) -> dict[str, Any]:
    scales = sorted(release.rows("scale"), key=lambda r: r["size_order"])
    statuses = [r for r in release.rows("status") if r["provider"] == "sdmx" and r["flag"]]
    derived = [r for r in release.rows("indicator") if r["formula"]]
    return {
        "release": release,
        "scales": scales,
        "statuses": sorted(statuses, key=lambda r: r["precedence"]),
        "derived": derived,
        "rules": release.rows("comparability_rule"),
        "known": release.tables,
    }


def _quality(release: Release) -> dict[str, Any]:
    def counted(table: str, sql: str) -> list[dict[str, Any]]:
        return release.sql(sql).to_pylist() if table in release.tables else []

    accounts = counted(
        "accounting",
        "select source_id, sum(records)::bigint as records, sum(observations)::bigint as observations, "
        "sum(context)::bigint as context, sum(quarantined)::bigint as quarantined, "
        "sum(excluded)::bigint as excluded, bool_and(balanced) as balanced "
        "from accounting group by all order by source_id",
    )
    refused = counted(
        "quarantine",
        "select reason, count(*) as n from quarantine group by all order by n desc, reason",
    )
    missing = counted(
        "not_computable",
        "select reason, count(*) as n from not_computable group by all order by n desc, reason",
    )
    crosswalk = counted(
        "crosswalk_quality",
        "from crosswalk_quality where stage = 'after_review' and system = 'all' and precision is not null "
        "order by role, region",
    )
    stale = counted(
        "observation",
        "select source_id, dataset, count(*) as n, min(stale_since) as since from observation "
        "where stale_since is not null and recorded_to is null group by all order by all",
    )
    statuses = counted(
        "observation",
        "select obs_status, count(*) as n from observation where recorded_to is null "
        "group by all order by n desc, obs_status",
    )
    covered = counted(
        "coverage",
        "select i.theme, count(distinct c.indicator_id) as indicators, "
        "sum(c.figures)::bigint as figures, min(c.first_period) as since, "
        "max(c.last_period) as until "
        "from coverage as c join indicator as i using (indicator_id) group by all order by theme",
    )
    return {
        "release": release,
        "accounts": accounts,
        "refused": refused,
        "missing": missing,
        "crosswalk": crosswalk,
        "stale": stale,
        "statuses": statuses,
        "covered": covered,
    }


def _recency(release: Release) -> dict[str, Any]:
    by_metro = (
        "select theme, metro_id, count(*) filter (state <> 'none') as figures, "
        "count(*) filter (state = 'recent') as recent, max(year) as newest, bool_or(member) as member "
        "from recency group by all"
    )
    themes = release.sql(
        f"with m as ({by_metro}) select theme, any_value(i.indicators) as indicators, "
        "count(*) filter (figures > 0) as metros, count(*) filter (recent > 0) as recent, "
        "floor(median(newest))::bigint as median from m join (select theme, "
        "count(distinct indicator_id) filter (state <> 'none') as indicators from recency group by theme) "
        "as i using (theme) group by theme order by theme"
    ).to_pylist()
    cells: dict[str, dict[str, str]] = {}
    for row in release.sql(
        f"{by_metro} having bool_or(member) order by metro_id, theme"
    ).to_pylist():
        told = (
            f"{row['figures']} ({row['recent']} recent), {row['newest']}"
            if row["figures"]
            else "none"
        )
        cells.setdefault(row["metro_id"], {})[row["theme"]] = told
    holes = release.sql(
        "select string_agg(distinct indicator_id, ', ' order by indicator_id) as indicators, "
        "count(distinct metro_id) as members, reason, would_fill from recency "
        "where member and would_fill is not null group by reason, would_fill "
        "order by members desc, indicators"
    ).to_pylist()
    stated = holes_stated.load()
    old = {t["theme"] for t in themes if (t["median"] or stated.fresh_from) < stated.fresh_from}
    return {
        "release": release,
        "fresh_from": stated.fresh_from,
        "old": [t for t in stated.themes if t.theme in old],
        "themes": themes,
        "members": [{"metro_id": m, "cells": c} for m, c in cells.items()],
        "holes": holes,
    }


BEGIN, END = "<!-- counts of a release", "<!-- end of counts -->"


def with_counts(text: str, release: Release) -> str:
    """A text whose counts, between the marks, are those of the release.

    Raises `ValueError` where the text has no such marks.
    """
    begin = text.index(BEGIN)
    after = text.index("-->", begin) + len("-->\n")
    return f"{text[:after]}\n{counts(release)}\n{text[text.index(END, after) :]}"


def counts(release: Release) -> str:
    """Figures by provenance, metropolises by their number of indicators, and themes, as Markdown."""
    figures = "from observation where recorded_to is null and value is not null"
    named = {
        "as upstream serves them, besides World Urbanization Prospects": f"{figures} "
        "and provenance = 'upstream' and source_id <> 'wup' and obs_status <> 'F'",
        "World Urbanization Prospects 2018, estimates": f"{figures} and source_id = 'wup' "
        "and obs_status <> 'F'",
        "projections (`obs_status` F)": f"{figures} and obs_status = 'F'",
        "of upstreams, through a third party that reshaped them (always named)": f"{figures} "
        "and provenance = 'carrier' and source_id <> 'carrier' and obs_status <> 'F'",
        "derived by third parties (provider `carrier`, always named)": f"{figures} "
        "and provenance = 'carrier' and source_id = 'carrier' and obs_status <> 'F'",
        "computed here by a stated formula": f"{figures} and provenance = 'computed' "
        "and obs_status <> 'F'",
        "country context, counted apart": "from country_context where recorded_to is null "
        "and value is not null",
    }
    origins = [
        {"what": what, **release.sql(f"select count(*) as n {sql}").to_pylist()[0]}
        for what, sql in named.items()
    ]
    (metros,) = release.sql(
        "select count(*) as metros, count(*) filter (n >= 2) as two, count(*) filter (n >= 10) as ten, "
        "count(*) filter (n >= 40) as forty from (select metro_id, count(distinct indicator_id) as n "
        f"{figures} and obs_status <> 'F' group by metro_id)"
    ).to_pylist()
    (indicators,) = release.sql(
        "select count(*) as n, count(*) filter (figures > 0) as metropolitan from indicator"
    ).to_pylist()
    themes = release.sql(
        "with newest as (select theme, metro_id, max(year) as year from recency group by all), "
        "age as (select theme, floor(median(year))::bigint as median from newest group by theme) "
        "select replace(theme, '_', ' ') as theme, count(distinct i.indicator_id) as indicators, "
        "count(distinct metro_id) as metros, count(*) as figures, any_value(age.median) as median "
        "from (from observation where recorded_to is null and value is not null) "
        "join indicator as i using (indicator_id) left join age using (theme) "
        "group by theme order by figures desc, theme"
    ).to_pylist()
    return _render("counts.md.jinja", origins=origins, m=metros, i=indicators, themes=themes)


def _render(template: str, **values: Any) -> str:
    """A template of this folder; what it names and is not given is an error, never an empty text."""
    return _templates().get_template(template).render(**values)


@functools.cache
def _templates():
    """The templates of this folder, each compiled once."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # Markdown and plain text, not HTML
    )
    environment.filters["cell"] = _cell
    environment.filters["number"] = _numbers("en")
    environment.filters["percent"] = lambda v: "" if v is None else f"{100 * v:.1f} %"
    return environment


def _cell(value: object) -> str:
    """A value in a cell of a Markdown table."""
    return "" if value is None else str(value).replace("|", "\\|").replace("\n", " ")


def _numbers(language: str):
    from babel.numbers import format_decimal

    return lambda value: format_decimal(value, locale=language)


def _csv(columns: tuple[str, ...], rows: list[dict[str, Any]]) -> str:
    sink = io.StringIO()
    writer = csv.DictWriter(sink, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: _plain(v) for k, v in row.items()} for row in rows)
    return sink.getvalue()


def _plain(value: object) -> object:
    return json.dumps(value) if isinstance(value, bool) else value


def _text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
