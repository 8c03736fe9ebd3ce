"""The page of an indicator: what it is, where the metropolises are, and what may be ranked."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from warehouse.publications import page
from warehouse.publications.atlas.common import Voice, points, source_anchor, year
from warehouse.publications.atlas.read import AtlasRelease, Row

CLASSES = 5  # on the map, and of a ranking
LISTED = 1  # kinds of territory whose figures a page lists; all are in the file
LARGEST = 5  # metropolises whose series are drawn
LEAST = 8  # figures below which no distribution is drawn
Slice = tuple[str, str, str, str]  # scale, system, vintage, unit


def slices(release: AtlasRelease, indicator_id: str) -> list[tuple[Slice, list[Row]]]:
    """The newest figures of an indicator by kind of territory and unit, the most frequent first."""
    found: dict[Slice, dict[str, Row]] = defaultdict(dict)
    for r in release.by_indicator.get(indicator_id, ()):
        if r["value"] is None:
            continue
        key = (r["scale"], r["system"], r["vintage"], r["unit"])
        known = found[key].get(r["metro_id"])
        if known is None or r["period"] > known["period"]:
            found[key][r["metro_id"]] = r
    return sorted(
        ((k, list(by.values())) for k, by in found.items()), key=lambda s: (-len(s[1]), s[0])
    )


def fifths(rows: list[Row]) -> list[float]:
    """The four values that part the figures into five groups of equal number."""
    import numpy as np

    return [float(q) for q in np.quantile([r["value"] for r in rows], [0.2, 0.4, 0.6, 0.8])]


def ranked(rows: list[Row], better: str | None) -> bool:
    """Whether the release ranks these figures and one end of the scale is the better one."""
    return better in ("higher", "lower") and sum(r["rank"] is not None for r in rows) * 2 > len(
        rows
    )


def context(voice: Voice, indicator_id: str) -> dict[str, Any]:
    """Everything that `indicator.html` shows of one indicator in one language."""
    release, w = voice.release, voice.w
    i, title = release.indicators[indicator_id], voice.titles[indicator_id]
    definition = i.get(f"definition_{voice.lang}") or i["definition_en"]
    parts = slices(release, indicator_id)
    better = i["direction"]
    pairs = [(w.t_unit, voice.unit(i["unit"])), (w.i_theme, voice.theme(i["theme"]))]
    pairs.append((w.i_better, w.code("better", better or "none")))
    answers: dict[str, list[str]] = {}
    for a in release.answers:
        if a["indicator_id"] == indicator_id:
            answers.setdefault(a["framework"], []).append(a["code"])
    for name, codes in sorted(answers.items(), key=lambda x: (x[0] != "sdg", x[0])):
        pairs.append((w.get(f"i_{name}") or name.upper(), ", ".join(codes)))
    if i["formula"]:
        pairs.append((w.i_formula, i["formula"]))
    shown = [_part(voice, k, rows, better, n) for n, (k, rows) in enumerate(parts)]
    return {
        "title": title,
        "description": definition,
        "section": "indicators",
        "crumbs": (
            ("indicators.html", w.nav_indicators),
            (f"theme/{i['theme']}.html", voice.theme(i["theme"])),
        ),
        "i": {
            "id": indicator_id,
            "title": title,
            "definition": definition,
            "caveats": voice.text(i, "caveats"),
        },
        "pairs": pairs,
        "parts": shown,
        "nothing": nothing(voice, i) if not parts else "",
        **(_picture(voice, indicator_id, parts[0]) if parts else {"map": "", "lines": ""}),
        "left_out": _left_out(voice, indicator_id),
        "sources": _sources(voice, indicator_id),
        "report": voice.mail(indicator_id),
        "foot": voice.foot(),
    }


def nothing(voice: Voice, i: Row) -> str:
    """Why an indicator has no figures of metropolises, as far as the release says."""
    if i["kind"] == "context":
        return voice.w.i_context
    return voice.w.i_nothing_yet if not i["figures"] else voice.w.i_countries_only


def _years(rows: list[Row]) -> str:
    years = sorted({year(r["period"]) for r in rows})
    return str(years[0]) if len(years) == 1 else f"{years[0]}–{years[-1]}"


def _part(
    voice: Voice, key: Slice, rows: list[Row], better: str | None, place: int
) -> dict[str, Any]:
    """One kind of territory: a sentence, a distribution and a table."""
    import numpy as np

    w, f, release = voice.w, voice.f, voice.release
    scale, system, vintage, unit = key
    allowed = ranked(rows, better)
    countries = len({release.metros[r["metro_id"]]["iso3"] for r in rows})
    median = float(np.median([r["value"] for r in rows]))

    def show(value: float) -> str:
        return voice.written(value, unit)[0]

    finding = w.i_median.format(n=f.number(len(rows)), median=voice.figure(median, unit))
    chart = ""
    if len(rows) >= LEAST:
        chart = page.safe(
            page.charts.distribution(
                [r["value"] for r in rows], finding, show, [(median, show(median))]
            )
        )
    # The year of most is said once; a figure of another one says its own.
    usual = Counter(r["period"] for r in rows).most_common(1)[0][0]
    if allowed:
        ordered = sorted(rows, key=lambda r: -r["value"] if better == "higher" else r["value"])
        groups = fifth_parts(voice, [r["value"] for r in ordered])
    else:
        ordered = sorted(rows, key=lambda r: f.order(voice.unique[r["metro_id"]]))
        groups = [("", 0, len(ordered))]
    listed = [
        (
            r["metro_id"],
            voice.unique[r["metro_id"]],
            show(r["value"]) + ("" if r["period"] == usual else f" ({r['period']})"),
        )
        for r in ordered
    ]
    return {
        "anchor": f"{scale}-{system}-{vintage}-{unit}".lower(),
        "title": voice.kind(scale, system, vintage),
        "means": w.code("scale_means", scale, ""),
        "says": w.i_part.format(
            n=w.some(len(rows), "n_metros", shown=f.number(len(rows))),
            c=w.some(countries, "n_countries"),
            years=_years(rows),
        ),
        "unit": voice.unit(unit),
        "finding": finding,
        "chart": chart,
        "ranked": allowed,
        "rank_says": w.i_ranked
        if allowed
        else w.i_not_ranked_none
        if better not in ("higher", "lower")
        else w.i_not_ranked,
        "usual": usual,
        "groups": [(text, listed[first:last]) for text, first, last in groups]
        if place < LISTED
        else [],
        "open": place == 0,
    }


def fifth_parts(voice: Voice, values: list[float]) -> list[tuple[str, int, int]]:
    """The fifths of an ordered list, as (range of ranks as written, first, last); ties together."""
    n, first, found = len(values), 0, []
    for k in range(1, CLASSES + 1):
        last = max(round(n * k / CLASSES), first)
        while 0 < last < n and values[last] == values[last - 1]:
            last += 1
        if last > first:
            text = f"{voice.f.number(first + 1)}–{voice.f.number(last)}"
            found.append((text, first, last))
        first = last
    return found


def _picture(voice: Voice, indicator_id: str, part: tuple[Slice, list[Row]]) -> dict[str, Any]:
    """The map of the first kind of territory, and the series of its largest metropolises."""
    key, rows = part
    release, w, f = voice.release, voice.w, voice.f
    located = [r for r in rows if release.metros[r["metro_id"]]["latitude"] is not None]
    title = w.i_map.format(
        title=voice.titles[indicator_id], years=_years(rows), n=f.number(len(located))
    )
    cuts = fifths(rows) if len(rows) >= CLASSES else []
    marks = []
    if located:
        xs, ys = page.world.project(
            [release.metros[r["metro_id"]]["longitude"] for r in located],
            [release.metros[r["metro_id"]]["latitude"] for r in located],
        )
        for r, x, y in zip(located, xs, ys, strict=True):
            size = page.world.radius(release.metros[r["metro_id"]]["population"])
            group = 1 + sum(r["value"] > c for c in cuts) if cuts else 3
            marks.append((float(x), float(y), size, f"c{group}"))

    def show(value: float) -> str:
        return voice.written(value, key[3])[0]

    legend = []
    if cuts and len(set(cuts)) == len(cuts):
        edges = [show(c) for c in cuts]
        legend = [(1, w.i_up_to.format(a=edges[0]))]
        legend += [
            (k + 2, w.i_between.format(a=edges[k], b=edges[k + 1])) for k in range(len(cuts) - 1)
        ]
        legend.append((CLASSES, w.i_above.format(a=edges[-1])))
    return {
        "map": page.safe(page.world.drawn(marks, label=title)) if marks else "",
        "map_title": title,
        "map_where": voice.kind(*key[:3]),
        "legend": legend,
        "unit": voice.written(rows[0]["value"], key[3])[
            1
        ],  # empty where each figure bears its sign
        **_series(voice, rows, show),
    }


def _series(voice: Voice, rows: list[Row], show) -> dict[str, Any]:
    release = voice.release
    long = [r for r in rows if len(points(release.series.get(r["series"], ()))) >= 5]
    long.sort(key=lambda r: (-(release.metros[r["metro_id"]]["population"] or 0), r["metro_id"]))
    shown = long[:LARGEST]
    series = [(voice.names[r["metro_id"]], points(release.series[r["series"]])) for r in shown]
    breaks = [release.breaks.get(r["series"], set()) for r in shown]
    title = voice.w.i_lines.format(names=voice.f.listed(n for n, _ in series))
    if not series:
        return {"lines": "", "lines_title": "", "lines_cut": "", "lines_rows": []}
    table = []
    for (name, p), years in zip(series, breaks, strict=True):
        run = page.charts.runs(p, years)[-1]
        first, last = (f"{show(v)} ({year:.0f})" for year, v in (run[0], run[-1]))
        table.append({"name": name, "first": first if len(run) > 1 else "", "last": last})
    return {
        "lines": page.safe(page.charts.lines(series, title, show, breaks=breaks)),
        "lines_title": title,
        "lines_cut": voice.w.lines_cut if any(breaks) else "",
        "lines_rows": table,
    }


def _left_out(voice: Voice, indicator_id: str) -> list[str]:
    """What no ranking holds, by reason, in the language."""
    rows = voice.release.left_out.get(indicator_id, ())
    sentences = {
        r["code"]: r.get(f"sentence_{voice.lang}") or r["sentence_en"] for r in voice.release.rules
    }
    by: dict[str, set[str]] = defaultdict(set)
    for r in rows:
        for code in (r["reasons"] or "").split("; "):
            if r["metro_id"] in voice.names:
                by[code].add(voice.names[r["metro_id"]])
    found = []
    for code in sorted(by):
        names = sorted(by[code], key=voice.f.order)
        shown = names[:8]
        more = (
            [voice.w.some(len(names) - 8, "more", shown=voice.f.number(len(names) - 8))]
            if len(names) > 8
            else []
        )
        found.append(f"{sentences.get(code, code)} {voice.f.listed([*shown, *more])}.")
    return found


def _sources(voice: Voice, indicator_id: str) -> list[Row]:
    used = Counter(
        (r["source_id"], r["dataset"]) for r in voice.release.by_indicator.get(indicator_id, ())
    )
    found = []
    for (source_id, dataset), n in sorted(used.items(), key=lambda u: (-u[1], u[0])):
        s = voice.release.sources.get((source_id, dataset), {})
        found.append(
            {
                "anchor": source_anchor({"source_id": source_id, "dataset": dataset}),
                "who": voice.publisher({"source_id": source_id, "dataset": dataset}),
                "title": voice.dataset(s, dataset),
                "licence": voice.licence(s),
                "n": voice.f.number(n),
            }
        )
    return found
