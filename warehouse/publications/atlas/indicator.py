"""The page of an indicator: what it is, where the metropolises are, and what may be ranked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from warehouse.publications import page
from warehouse.publications.atlas.common import Voice, points, source_anchor, year
from warehouse.publications.atlas.read import AtlasRelease, Row, Slice

CLASSES = 5  # on the map, and of a ranking
LISTED = 1  # kinds of territory whose figures a page lists; all are in the file
LARGEST = 5  # metropolises whose series are drawn
LEAST = 8  # figures below which no distribution is drawn
SERIES = 5  # measured values below which no series is drawn


@dataclass(frozen=True)
class KindOfTerritory:
    """The figures of one kind of territory, as all languages show them."""

    key: Slice
    rows: list[Row]  # those of a ranking in its order
    ranked: bool
    median: float
    countries: int
    years: str
    usual: str  # the period of most
    spread: page.charts.Spread | None  # of figures that are not too few for a picture


class IndicatorFacts:
    """What the page of an indicator shows in all languages, computed once."""

    def __init__(self, release: AtlasRelease, indicator_id: str):
        self.release, self.id = release, indicator_id

    @cached_property
    def parts(self) -> list[KindOfTerritory]:
        """Its figures by kind of territory, the most frequent first."""
        better = self.release.indicators[self.id]["direction"]
        return [_part(self.release, k, rows, better) for k, rows in self.release.slices(self.id)]

    @cached_property
    def first(self) -> list[Row]:
        """The figures of the most frequent kind of territory, in the order of the release."""
        return self.release.slices(self.id)[0][1]

    @cached_property
    def cuts(self) -> list[float]:
        """The values that part these into fifths; none of few figures."""
        return fifths(self.first) if len(self.first) >= CLASSES else []

    @cached_property
    def located(self) -> list[Row]:
        """Those of which the place is known."""
        return [r for r in self.first if r["metro_id"] in self.release.spots]

    @cached_property
    def marks(self) -> str:
        """Their points on the map, by fifths."""
        import numpy as np

        values = [r["value"] for r in self.located]
        fifth = np.searchsorted(self.cuts, values).tolist() if self.cuts else [2] * len(values)
        return page.world.marks(
            (
                *self.release.spots[m],
                page.world.radius(self.release.metros[m]["population"]),
                f"c{1 + k}",
            )
            for m, k in zip((r["metro_id"] for r in self.located), fifth, strict=True)
        )

    @cached_property
    def sources(self) -> list[tuple[tuple[str, str], int]]:
        """Its sources and datasets, with their number of figures, the most frequent first."""
        rows = self.release.by_indicator.get(self.id, ())
        used = Counter((r["source_id"], r["dataset"]) for r in rows)
        return sorted(used.items(), key=lambda u: (-u[1], u[0]))

    @cached_property
    def longest(self) -> list[tuple[Row, list[tuple[float, float]]]]:
        """The series of the largest metropolises: (figure, points)."""
        release = self.release
        long = [r for r in self.first if release.series.measured(r["series"]) >= SERIES]
        long.sort(
            key=lambda r: (-(release.metros[r["metro_id"]]["population"] or 0), r["metro_id"])
        )
        return [(r, points(release, r)) for r in long[:LARGEST]]


def fifths(rows: list[Row]) -> list[float]:
    """The four values that part the figures into five groups of equal number."""
    import numpy as np

    return [float(q) for q in np.quantile([r["value"] for r in rows], [0.2, 0.4, 0.6, 0.8])]


def ranked(rows: list[Row], better: str | None) -> bool:
    """Whether the release ranks these figures and one end of the scale is the better one."""
    return better in ("higher", "lower") and sum(r["rank"] is not None for r in rows) * 2 > len(
        rows
    )


def context(voice: Voice, facts: IndicatorFacts) -> dict[str, Any]:
    """Everything that `indicator.html` shows of one indicator in one language."""
    release, w, indicator_id = voice.release, voice.w, facts.id
    i, title = release.indicators[indicator_id], voice.titles[indicator_id]
    definition = i.get(f"definition_{voice.lang}") or i["definition_en"]
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
    shown = [_shown(voice, part, better, n) for n, part in enumerate(facts.parts)]
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
        "nothing": nothing(voice, i) if not shown else "",
        **(_picture(voice, facts) if shown else {"map": "", "lines": ""}),
        "left_out": _left_out(voice, indicator_id),
        "sources": _sources(voice, facts),
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
    release: AtlasRelease, key: Slice, rows: list[Row], better: str | None
) -> KindOfTerritory:
    import numpy as np

    allowed = ranked(rows, better)
    way = -1 if better == "higher" else 1
    return KindOfTerritory(
        key=key,
        rows=sorted(rows, key=lambda r: way * r["value"]) if allowed else rows,
        ranked=allowed,
        median=float(np.median([r["value"] for r in rows])),
        countries=len({release.metros[r["metro_id"]]["iso3"] for r in rows}),
        years=_years(rows),
        usual=Counter(r["period"] for r in rows).most_common(1)[0][0],
        spread=page.charts.spread([r["value"] for r in rows]) if len(rows) >= LEAST else None,
    )


def _shown(voice: Voice, part: KindOfTerritory, better: str | None, place: int) -> dict[str, Any]:
    """One kind of territory: a sentence, a distribution and a table."""
    w, f, rows = voice.w, voice.f, part.rows
    scale, system, vintage, unit = part.key

    show = voice.shown(unit)
    finding = w.i_median.format(n=f.number(len(rows)), median=voice.figure(part.median, unit))
    marked = [(part.median, show(part.median))]
    chart = page.safe(page.charts.distribution(part.spread, finding, show, marked))
    return {
        "anchor": f"{scale}-{system}-{vintage}-{unit}".lower(),
        "title": voice.kind(scale, system, vintage),
        "means": w.code("scale_means", scale, ""),
        "says": w.i_part.format(
            n=w.some(len(rows), "n_metros", shown=f.number(len(rows))),
            c=w.some(part.countries, "n_countries"),
            years=part.years,
        ),
        "unit": voice.unit(unit),
        "finding": finding,
        "chart": chart,
        "ranked": part.ranked,
        "rank_says": w.i_ranked
        if part.ranked
        else w.i_not_ranked_none
        if better not in ("higher", "lower")
        else w.i_not_ranked,
        "usual": part.usual,
        "groups": _groups(voice, part, show) if place < LISTED else [],
        "open": place == 0,
    }


def _groups(
    voice: Voice, part: KindOfTerritory, show: Callable[[float], str]
) -> list[tuple[str, Any]]:
    """(range of ranks as written, the metropolises with their figures as HTML): fifths of what is ranked,
    else all by name."""
    rows = part.rows
    if part.ranked:
        groups = fifth_parts(voice, [r["value"] for r in rows])
    else:
        rows = sorted(rows, key=lambda r: voice.place[r["metro_id"]])
        groups = [("", 0, len(rows))]
    # The year of most is said once; a figure of another one says its own.
    written = [
        show(r["value"]) + ("" if r["period"] == part.usual else f" ({r['period']})") for r in rows
    ]
    listed = [
        f"{voice.links[r['metro_id']]} {page.escaped(text)}"
        for r, text in zip(rows, written, strict=True)
    ]
    return [(text, page.safe(" · ".join(listed[first:last]))) for text, first, last in groups]


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


def _picture(voice: Voice, facts: IndicatorFacts) -> dict[str, Any]:
    """The map of the first kind of territory, and the series of its largest metropolises."""
    w, f, key, cuts = voice.w, voice.f, facts.parts[0].key, facts.cuts
    title = w.i_map.format(
        title=voice.titles[facts.id],
        years=facts.parts[0].years,
        n=f.number(len(facts.located)),
    )

    show = voice.shown(key[3])
    legend = []
    if cuts and len(set(cuts)) == len(cuts):
        edges = [show(c) for c in cuts]
        legend = [(1, w.i_up_to.format(a=edges[0]))]
        legend += [
            (k + 2, w.i_between.format(a=edges[k], b=edges[k + 1])) for k in range(len(cuts) - 1)
        ]
        legend.append((CLASSES, w.i_above.format(a=edges[-1])))
    return {
        "map": page.safe(page.world.drawn(facts.marks, label=title)) if facts.marks else "",
        "map_title": title,
        "map_where": voice.kind(*key[:3]),
        "legend": legend,
        # Empty where each figure bears its sign.
        "unit": voice.written(facts.first[0]["value"], key[3])[1],
        **_series(voice, facts, show),
    }


def _series(voice: Voice, facts: IndicatorFacts, show: Callable[[float], str]) -> dict[str, Any]:
    series = [(voice.names[r["metro_id"]], measured) for r, measured in facts.longest]
    breaks = [voice.release.breaks.get(r["series"], set()) for r, _ in facts.longest]
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


def _sources(voice: Voice, facts: IndicatorFacts) -> list[Row]:
    found = []
    for (source_id, dataset), n in facts.sources:
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
