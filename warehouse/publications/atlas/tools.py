"""Pages with a script (comparison, search, SQL), what their scripts read, and the two that explain."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from catalog.languages import of_table
from warehouse.publications import page
from warehouse.publications.atlas import rules
from warehouse.publications.atlas.common import Voice
from warehouse.publications.atlas.read import FILE, AtlasRelease, Row
from warehouse.publications.page import lookup
from warehouse.publications.vendor import MODULE, WASM, WORKER
from warehouse.publications.vendor import read as vendored

MEGABYTES = 17  # of a first use of SQL: engine, worker and the file of the release
SCRIPTS = Path(__file__).parent / "scripts"
EXAMPLES = {
    "ex_population": "select scale, system, vintage, period, value::bigint as population, source_id\nfrom latest\nwhere metro_id = 'es-barcelona' and indicator_id = 'population'\norder by value",
    "ex_comparable": "select verdict, reasons, scale_a, scale_b, value_a::bigint as a, value_b::bigint as b\nfrom comparable('population', 'es-barcelona', 'fr-lyon', '2014')",
    "ex_green": "select round(value, 1) as share, rank, \"of\", metro_id\nfrom ranking\nwhere indicator_id = 'green_area_share' and scale = 'urban_centre' and period = '2020'\norder by rank, metro_id\nlimit 20",
    "ex_governance": "select metro_id, body, model, year_created, head_selection\nfrom governance_profile\norder by metro_id",
    "ex_coverage": "select indicator_id, scale, system, metros, countries, first_period, last_period\nfrom coverage\norder by metros desc, indicator_id\nlimit 30",
}


def _script(value: Any) -> Any:
    """JSON for a script element: nothing in it can end the element."""
    return page.safe(json.dumps(value, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c"))


def compare(voice: Voice) -> dict[str, Any]:
    """The page of comparison."""
    release, w = voice.release, voice.w
    by: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for i, r in release.indicators.items():
        if r["metropolises"]:
            by[r["theme"]].append((i, voice.titles[i]))
    groups = [
        (voice.theme(t), sorted(by[t], key=lambda x: voice.f.order(x[1])))
        for t in lookup.themes()
        if t in by
    ]

    def group(name: str) -> dict[str, str]:
        return {k.removeprefix(f"{name}."): v for k, v in w.items() if k.startswith(f"{name}.")}

    own = {k.removeprefix("co_"): v for k, v in w.items() if k.startswith("co_")}
    kept = (
        "choose",
        "one_more",
        "no",
        "no_figure",
        "pair",
        "yes",
        "with_care",
        "left_out",
        "remove",
        "unknown",
        "nobody",
    )
    words = {
        **{k: own[k] for k in kept},
        **{
            k: w[k]
            for k in ("t_metropolis", "t_value", "t_year", "t_territory", "t_source", "as_table")
        },
        **{k: group(k) for k in ("unit", "scale", "system", "publisher")},
        "titles": {i: voice.titles[i] for rows in by.values() for i, _ in rows},
        "colon": voice.f.colon,
    }
    return {
        "title": w.co_title,
        "description": w.co_lede,
        "section": "compare",
        "scripts": ("compare.js",),
        "groups": groups,
        "rules": [
            {"verdict": r["verdict"], "says": r.get(f"sentence_{voice.lang}") or r["sentence_en"]}
            for r in release.rules
        ],
        "words": _script(words),
        "foot": voice.foot(),
    }


def search(voice: Voice) -> dict[str, Any]:
    """The page of search."""
    words = {k.removeprefix("se_"): v for k, v in voice.w.items() if k.startswith("se_")}
    words |= {k.removeprefix("library."): v for k, v in voice.w.items() if k.startswith("library.")}
    return {
        "title": voice.w.search,
        "search": False,
        "scripts": ("search.js",),
        "words": _script(words),
        "foot": voice.foot(),
    }


def data(voice: Voice, megabytes: int) -> dict[str, Any]:
    """The page of data, with SQL in the browser."""
    w, release = voice.w, voice.release
    kept = ("loading", "ready", "running", "cancelled", "failed", "done", "more")
    return {
        "title": w.d_title,
        "description": w.d_lede,
        "section": "data",
        "scripts": ("sql.js",),
        "size": megabytes,
        "examples": [{"title": w[k], "sql": sql} for k, sql in EXAMPLES.items()],
        "tables": [
            {
                **t,
                "rows": voice.f.number(t["rows"]),
                "translation": of_table(t["name"], voice.lang),
            }
            for t in release.tables
        ],
        "release": release.name,
        "words": _script({k: w[f"d_{k}"] for k in kept}),
        "foot": voice.foot(),
    }


def about(voice: Voice) -> dict[str, Any]:
    """How to read the pages."""
    w = voice.w
    parts = [
        (
            "figures",
            w.ab_figures,
            (w.ab_figures_1, w.ab_figures_2, w.ab_figures_3, w.m_unknown_say, w.m_picture),
        ),
        ("rankings", w.ab_rank, (w.ab_rank_1,)),
        ("map", w.ab_map, (w.ab_map_1, w.ab_map_2)),
        ("mistakes", w.ab_wrong, (w.report_say, w.ab_wrong_1)),
    ]
    scales = [
        (k.removeprefix("scale."), v, w[f"scale_means.{k.removeprefix('scale.')}"])
        for k, v in w.items()
        if k.startswith("scale.")
    ]
    return {
        "title": w.ab_title,
        "description": w.ab_lede,
        "parts": parts,
        "scales": scales,
        "foot": voice.foot(),
    }


def design(voice: Voice) -> dict[str, Any]:
    """The design system, shown."""
    w, f, charts = voice.w, voice.f, page.charts
    line = [
        (f"{n}", [(2000.0 + y, 10.0 + n * 6 + y * (3 - n) / 4) for y in range(20)])
        for n in range(4)
    ]
    shown = [
        (
            w.ds_bars,
            charts.bars(
                [
                    ("A", 8.0, f.number(8), ""),
                    ("B", 5.0, f.number(5), ""),
                    ("C", None, w.unknown_short, ""),
                ],
                w.ds_bars,
            ),
        ),
        (w.ds_lines, charts.lines(line, w.ds_lines, f.number)),
        (
            w.ds_ranges,
            charts.ranges(
                [("A", 2, 4, 9, w.m_range.format(low=2, high=9, of=20))], w.ds_ranges, 20
            ),
        ),
    ]
    return {
        "title": w.ds_title,
        "description": w.ds_lede,
        "charts": [(caption, page.safe(svg)) for caption, svg in shown],
        "foot": voice.foot(),
    }


def names(release: AtlasRelease) -> bytes:
    """What the search of all languages shares: every name of each metropolis, and its size."""
    listed = []
    for m in release.metros:
        found = release.search_names.get(m, [])
        listed.append(" ".join(dict.fromkeys(n for n in found if n)))
    sizes = [round((r["population"] or 0) / 1000) for r in release.metros.values()]
    return json.dumps(
        {"names": listed, "sizes": sizes}, ensure_ascii=False, separators=(",", ":")
    ).encode()


def index(voice: Voice, stories: list[Row], briefs: list[Row]) -> bytes:
    """What the search of one language adds: titles of metropolises, indicators, bodies, laws, pages."""
    release, w = voice.release, voice.w
    metros = [[k, voice.names[k], voice.country(m)] for k, m in release.metros.items()]
    others: list[list[str]] = [
        ["indicator", voice.titles[i], voice.theme(r["theme"]), f"indicator/{i}.html"]
        for i, r in release.indicators.items()
    ]
    others += [["theme", voice.theme(t), "", f"theme/{t}.html"] for t in lookup.themes()]
    others += [["story", s["title"], "", f"story/{s['id']}.html"] for s in stories]
    others += [["brief", b["title"], "", f"brief/{b['id']}.html"] for b in briefs]
    others += [
        # The line begins with the kind, which the search says already.
        [
            d["kind"],
            d["title"],
            d[f"line_{voice.lang}"].split(", ", 1)[-1],
            f"library.html#{d['item_id']}",
        ]
        for d in release.library
    ]
    seen: dict[str, str] = {}
    for m in release.metros.values():
        seen.setdefault(m["iso3"], voice.country(m))
    others += [["country", name, "", f"country/{iso3}.html"] for iso3, name in sorted(seen.items())]
    for metro_id, p in release.profiles.items():
        if metro_id not in voice.names:
            continue
        there = f"metro/{metro_id}.html#governance"
        if p["body"]:
            others.append(["body", p["body"], voice.names[metro_id], there])
        if p["legal_citation"]:
            others.append(["law", p["legal_citation"], voice.names[metro_id], there])
    pages = {
        "governance": w.go_title,
        "library": w.li_title,
        "compare": w.co_title,
        "sdg": w.fw_sdg,
        "nua": w.fw_nua,
        "data": w.d_title,
        "sources": w.so_title,
        "about": w.ab_title,
    }
    others += [["page", title, "", f"{name}.html"] for name, title in pages.items()]
    return json.dumps(
        {"metros": metros, "others": others}, ensure_ascii=False, separators=(",", ":")
    ).encode()


def scripts(release: AtlasRelease) -> Iterator[tuple[str, bytes]]:
    """(name, content) of the scripts."""
    for file in sorted(SCRIPTS.glob("*.js")):
        yield file.name, file.read_bytes()
    yield "rules.js", rules.module(release.rules).encode()
    yield "names.json", names(release)
    yield MODULE, vendored(MODULE)
    yield WORKER, vendored(WORKER)


def packed(folder: Path) -> Iterator[tuple[str, bytes]]:
    """(name, content) of what the page of data loads on a click: the database, and the release's file."""
    yield f"{WASM}.gz", _gzip(vendored(WASM))
    yield f"{FILE}.gz", _gzip((folder / FILE).read_bytes())


def _gzip(raw: bytes) -> bytes:
    """Compressed alike at any time: no date inside."""
    import gzip

    return gzip.compress(raw, compresslevel=6, mtime=0)
