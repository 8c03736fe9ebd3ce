"""The data dictionary: one HTML page that says what every table, column and code means.

Derived from `tables.py` and the published dictionaries. It loads nothing from anywhere: no script,
font or style of another host.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

import pyarrow as pa

from catalog.languages import languages
from warehouse.tables import Column, Table

# Dictionaries shown whole, with the columns to show; the registry is too long for a page.
SHOWN = {
    "scale": ("scale", "name", "meaning", "metropolitan"),
    "unit": ("unit", "name", "symbol", "dimension", "denominator", "note"),
    "status": ("provider", "flag", "obs_status", "conf_status", "meaning", "source"),
    "source": (
        "source_id",
        "dataset",
        "title",
        "provenance",
        "licence",
        "attribution",
        "redistributable",
    ),
    "framework": ("framework", "code", "title"),
}
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: #1a6b8f; }
@media (prefers-color-scheme: dark) { :root { --accent: #7cc4e4; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 0 auto; padding: 1.5rem; }
h1 { line-height: 1.2; } h2 { margin-top: 3rem; border-bottom: 2px solid var(--line); }
h3 { margin: 2rem 0 .3rem; } a { color: var(--accent); }
nav ul { columns: 20rem; padding-left: 1.2rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border: 1px solid var(--line); }
th { background: var(--soft); } code { font-size: .92em; overflow-wrap: anywhere; }
.facts { color: color-mix(in srgb, currentColor 70%, transparent); margin: .2rem 0 .6rem; }
dt { margin-top: 1rem; } dd { margin-left: 1.2rem; }
@media print { nav { display: none; } }
"""


def page(
    statements: Mapping[str, Table],
    dictionaries: Mapping[str, pa.Table],
    counts: Mapping[str, int],
    info: Mapping[str, str],
) -> str:
    """The whole page as HTML.

    `dictionaries` are the published dictionary tables by name (those not given are left out),
    `counts` rows by table, `info` what is under the title, such as the release.
    """
    figures = [t for t in statements.values() if t.kind != "dictionary"]
    lists = [t for t in statements.values() if t.kind == "dictionary"]
    facts = " · ".join(f"{escape(k)}: <strong>{escape(v)}</strong>" for k, v in info.items())
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        "<title>Data dictionary · World Observatory of Metropolitan Areas</title>",
        f"<style>{_STYLE}</style></head><body>",
        "<h1>Data dictionary of the World Observatory of Metropolitan Areas</h1>",
        f'<p class="facts">{facts}</p>',
        "<p>The same tables are in <code>observatory.duckdb</code> and, one file each, in "
        "<code>parquet/</code>. A value means nothing without its scale, system and vintage: "
        "compare only within one. What we compile is under CC BY 4.0; each figure keeps the "
        "licence of its dataset, in table <a href='#source'><code>source</code></a>.</p>",
        _contents(figures, lists, dictionaries),
        "<h2 id='figures'>Tables of figures</h2>",
        *(_statement(t, counts, statements) for t in figures),
        "<h2 id='dictionaries'>Dictionaries</h2>",
        *(_statement(t, counts, statements) for t in lists),
    ]
    if "indicator" in dictionaries:
        listed = dictionaries["indicator"]
        parts += ["<h2 id='indicators'>Indicators</h2>", _by_theme(listed), _indicators(listed)]
    for name, columns in SHOWN.items():
        if name in dictionaries:
            parts += [f"<h2 id='codes-{name}'>Codes of table {name}</h2>"]
            parts += [_rows(columns, dictionaries[name].select(columns).to_pylist())]
    return "\n".join([*parts, "</body></html>\n"])


def _contents(
    figures: Iterable[Table], lists: Iterable[Table], dictionaries: Mapping[str, pa.Table]
) -> str:
    links = [f"<li><a href='#{t.name}'><code>{t.name}</code></a></li>" for t in (*figures, *lists)]
    if "indicator" in dictionaries:
        links.append("<li><a href='#indicators'>Indicators</a></li>")
    links += [
        f"<li><a href='#codes-{n}'>Codes of <code>{n}</code></a></li>"
        for n in SHOWN
        if n in dictionaries
    ]
    return f"<nav aria-label='Contents'><ul>{''.join(links)}</ul></nav>"


def _statement(t: Table, counts: Mapping[str, int], statements: Mapping[str, Table]) -> str:
    rows = f"{counts[t.name]:,} rows · " if t.name in counts else ""
    head = ("column", "type", "meaning", "unit", "one of", "may be null")
    body = "".join(_column(t, c, statements) for c in t.columns)
    return (
        f"<section><h3 id='{t.name}'><code>{t.name}</code></h3><p>{escape(t.meaning)}</p>"
        f"<p class='facts'>{rows}key: <code>{escape(', '.join(t.key))}</code> · sorted by: "
        f"<code>{escape(_sorted_by(t))}</code></p><div class='scroll'><table>{_head(head)}"
        f"<tbody>{body}</tbody></table></div></section>"
    )


def _sorted_by(t: Table) -> str:
    return ", ".join(f"{n[1:]} descending, null first" if n[0] == "-" else n for n in t.sort)


def _column(t: Table, c: Column, statements: Mapping[str, Table]) -> str:
    table = c.among.split(".")[0]
    among = f"<code>{escape(c.among)}</code>" if c.among else ""
    if table in statements and table != t.name:
        among = f"<a href='#{table}'>{among}</a>"
    unit = "column <code>unit</code>" if c.unit == "unit" else escape(c.unit)
    key = " <small>(key)</small>" if c.name in t.key else ""
    return (
        f"<tr><td><code>{escape(c.name)}</code>{key}</td><td>{c.type}</td>"
        f"<td>{escape(c.meaning)}</td><td>{unit}</td><td>{among}</td>"
        f"<td>{'yes' if c.null else 'no'}</td></tr>"
    )


def _by_theme(table: pa.Table) -> str:
    """How many indicators each theme has, and of how many there are figures of metropolises."""
    rows = table.to_pylist()
    origins = ("upstream", "carrier", "computed")
    head = ("theme", "indicators", "with figures of metropolises", *origins, "countries only")
    counted = []
    for theme in [*sorted({str(r["theme"]) for r in rows}), "all"]:
        of = [r for r in rows if theme in ("all", r["theme"])]
        there = [r for r in of if r["figures"]]
        by = [sum(o in str(r["provenance"]).split(", ") for r in there) for o in origins]
        context = sum(r["kind"] == "context" for r in of)
        counted.append(dict(zip(head, (theme, len(of), len(there), *by, context), strict=True)))
    words = "An indicator that several origins feed counts under each of them."
    return _rows(head, counted) + f"<p class='facts'>{words}</p>"


def _indicators(table: pa.Table) -> str:
    return "<dl>" + "".join(_indicator(r) for r in table.to_pylist()) + "</dl>"


def _indicator(r: Mapping[str, object]) -> str:
    others = " · ".join(
        f"<span lang='{x}'>{escape(str(r[f'title_{x}']))}</span>" for x in languages()[:-1]
    )
    facts = [
        ("theme", r["theme"]),
        ("there is", r["availability"]),
        ("from", r["provenance"]),
        ("unit", r["unit"]),
        ("better", {"none": "neither"}.get(str(r["direction"]), r["direction"])),
        ("formula", r["formula"]),
        ("SDG", r["sdg"]),
        ("New Urban Agenda", r["nua"]),
        ("plausible from", r["range_min"]),
        ("plausible to", r["range_max"]),
    ]
    listed = " · ".join(f"{k}: {escape(str(v))}" for k, v in facts if v not in (None, ""))
    caveats = f"<dd>Caveats: {escape(str(r['caveats_en']))}</dd>" if r["caveats_en"] else ""
    name = escape(str(r["indicator_id"]))
    return (
        f"<dt id='indicator-{name}'><strong>{escape(str(r['title_en']))}</strong> "
        f"<code>{name}</code></dt><dd>{escape(str(r['definition_en']))}</dd><dd>{others}</dd>"
        f"<dd class='facts'>{listed}</dd>{caveats}"
    )


def _rows(columns: Iterable[str], rows: Iterable[Mapping[str, object]]) -> str:
    columns = tuple(columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{_cell(row[c])}</td>" for c in columns) + "</tr>" for row in rows
    )
    return f"<div class='scroll'><table>{_head(columns)}<tbody>{body}</tbody></table></div>"


def _head(columns: Iterable[str]) -> str:
    cells = "".join(f"<th scope='col'>{escape(c)}</th>" for c in columns)
    return f"<thead><tr>{cells}</tr></thead>"


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else escape(str(value))
