"""The page of a metropolis: its territories, figures, comparability, peers and government."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from functools import cached_property
from typing import Any

from warehouse.publications import page
from warehouse.publications.atlas.common import (
    OLD,
    Voice,
    newest,
    points,
    source_anchor,
    tags,
    trend,
    year,
)
from warehouse.publications.atlas.governance import networks, sheet, shelf
from warehouse.publications.atlas.read import AtlasRelease, Row
from warehouse.publications.page import lookup
from warehouse.registry.known import UNDRAWN

LINES = 5  # series in one picture
PEERS = 5
SHORT = 20  # a page of so few figures needs no list of its sections
OF_A_THEME = 4  # indicators that a page shows of each theme; all are in the files
# Units that say how large a metropolis is, or only yes: they come after shares and rates.
COUNTS = frozenset({"NR", "PERSON", "PERSON_NET", "TONNE", "M3", "MIO_EUR", "MIO_USD", "YES_NO"})
KINDS = 2  # kinds of territory with which a comparison is offered


class CommonParts:
    """What the pages of all metropolises share, computed once."""

    def __init__(self, release: AtlasRelease):
        self.newest = newest(release)
        self.kinds = Counter()
        for rows in release.figures.values():
            self.kinds.update({(r["scale"], r["system"], r["vintage"]) for r in rows})
        self.theme: dict[str, str] = {k: i["theme"] for k, i in release.indicators.items()}
        self.place = {theme: n for n, theme in enumerate(lookup.themes())}
        # What an official is asked about comes first: the population and what an agenda names, then shares
        # and rates, of these what has a better and a worse end, then what most metropolises have.
        ordered = sorted(
            release.indicators.values(),
            key=lambda i: (
                not (i["sdg"] or i["nua"] or i["indicator_id"] == "population"),
                i["unit"] in COUNTS,
                i["direction"] not in ("higher", "lower"),
                -(i["metropolises"] or 0),
                i["indicator_id"],
            ),
        )
        self.order = {i["indicator_id"]: n for n, i in enumerate(ordered)}
        # A count says nothing beside the share or rate that it makes.
        self.instead = {
            k: i.get("compare_instead")
            for k, i in release.indicators.items()
            if k != "population" and i.get("compare_instead")
        }


class MetropolisFacts:
    """What the page of a metropolis shows in all languages, computed once."""

    def __init__(self, release: AtlasRelease, metro_id: str, shared: CommonParts):
        self.release, self.id, self.shared = release, metro_id, shared
        self.rows = release.figures.get(metro_id, [])

    @cached_property
    def lands(self) -> list[Row]:
        """The territories that a page shows, largest first."""
        return shown(territories(self.release, self.id))

    @cached_property
    def themes(self) -> dict[str, list[Row]]:
        """The figures that a page shows, by theme."""
        return selected(self.rows, self.shared)

    @cached_property
    def unknown_themes(self) -> list[str]:
        """Themes without any figure."""
        known = {self.shared.theme[r["indicator_id"]] for r in self.rows}
        return [t for t in lookup.themes() if t not in known]

    @cached_property
    def growth(self) -> list[tuple[Row, list[tuple[float, float]]]]:
        """The longest series of the population of each kind of territory: (figure, points), largest first."""
        found: dict[tuple[str, str], tuple[Row, list[tuple[float, float]]]] = {}
        for r in self.rows:
            if r["indicator_id"] == "population" and r["system"] not in UNDRAWN:
                measured = points(self.release, r)
                key = (r["scale"], r["system"])
                if len(measured) > 2 and (key not in found or found[key][1][-1] < measured[-1]):
                    found[key] = (r, measured)
        return list(found.values())

    @cached_property
    def kinds(self) -> list[tuple[tuple[str, str, str], int]]:
        """The kinds of territory with the most indicators, and how many."""
        kinds: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        for r in self.rows:
            kinds[r["scale"], r["system"], r["vintage"]].add(r["indicator_id"])
        of = self.shared.kinds
        ordered = sorted(kinds, key=lambda k: (-len(kinds[k]), -of[k], k))[:KINDS]
        return [(k, len(kinds[k])) for k in ordered]

    @cached_property
    def mark(self) -> str:
        """Where it lies: a point on the map of the world; empty where that is not known."""
        spot = self.release.spots.get(self.id)
        return page.world.marks([(*spot, 13.0, "here")]) if spot else ""


def territories(release: AtlasRelease, metro_id: str) -> list[Row]:
    """The territories of a metropolis of which a population or an area is known, largest first.

    One row per unit and edition: scale, system, vintage, unit_id, population, year, area. The newest
    figure is before the list of units.
    """
    found: dict[tuple[str, str], Row] = {}
    for u in release.territories.get(metro_id, ()):
        if u["relation"] == "part_of":
            continue
        found[u["unit_id"], u["vintage"]] = {
            **{k: u[k] for k in ("scale", "system", "vintage", "unit_id", "name")},
            "population": u["population"],
            "year": str(u["population_year"] or ""),
            "area": u["area_km2"],
        }
    for r in release.figures.get(metro_id, ()):
        if r["indicator_id"] not in ("population", "area") or r["value"] is None:
            continue
        row = found.setdefault(
            (r["unit_id"], r["vintage"]),
            {
                **{k: r[k] for k in ("scale", "system", "vintage", "unit_id")},
                "name": "",
                "population": None,
                "year": "",
                "area": None,
            },
        )
        if r["indicator_id"] == "area":
            row["area"] = r["value"]
        elif not row["population"] or r["period"] >= row["year"]:
            row["population"], row["year"] = r["value"], r["period"]
    kept = [t for t in found.values() if t["population"] or t["area"]]
    return sorted(
        kept, key=lambda t: (-(t["population"] or 0), -(t["area"] or 0), t["unit_id"], t["vintage"])
    )


def shown(lands: list[Row]) -> list[Row]:
    """What draws a territory, largest first; of editions of one scale and system that say nearly the
    same, the newest one of which the area is known."""
    kept: list[Row] = []
    for t in sorted(lands, key=lambda t: (not t["area"], -int((t["year"] or "0")[:4]))):
        alike = [k for k in kept if (k["scale"], k["system"]) == (t["scale"], t["system"])]
        if t["system"] in UNDRAWN or any(_close(k["population"], t["population"]) for k in alike):
            continue
        kept.append(t)
    return [t for t in lands if any(t is k for k in kept)]


def _close(a: float | None, b: float | None) -> bool:
    """Whether two populations differ by less than a tenth; what is not known adds nothing."""
    return not a or not b or abs(a - b) < max(a, b) / 10


def context(voice: Voice, facts: MetropolisFacts) -> dict[str, Any]:
    """Everything that `metropolis.html` shows of one metropolis in one language."""
    release, w, f, metro_id = voice.release, voice.w, voice.f, facts.id
    metro, name = release.metros[metro_id], voice.names[metro_id]
    lands = facts.lands
    themes = _themes(voice, facts)
    governance = sheet(voice, metro_id)
    ranges = _ranges(voice, metro_id)
    lede = _lede(voice, name, metro, lands)
    listed = [p for p in release.peers.get(metro_id, ()) if p["peer_id"] in release.metros][:PEERS]
    peers, peers_say = _peers(voice, listed)
    said = [w.m_member] if metro.get("metropolis_member") else []
    if metro.get("name_local") and metro["name_local"] != name:
        said.append(w.m_local_name.format(name=metro["name_local"]))
    jump = [("territories", w.m_territories), ("figures", w.m_figures), ("compare", w.m_compare)]
    jump += [
        ("peers", w.m_peers),
        ("governance", w.m_governance),
        ("unknown", w.m_unknown),
        ("sources", w.m_sources),
    ]
    first = [p["id"] for p in peers[:2]]
    return {
        "title": name,
        "description": w.m_description.format(name=name),
        "section": "places",
        "scripts": ("report.js",),
        "policy": page.safe(page.SCRIPTED),
        "m": {"id": metro_id, "name": name, "iso3": metro["iso3"], "country": voice.country(metro)},
        "lede": lede,
        "facts": said,
        "jump": jump if sum(len(t["rows"]) for t in themes) > SHORT else [],
        "territories_say": _territories_say(voice, lands),
        **_lands(voice, lands),
        "themes": themes,
        "more": _more(voice, facts),
        **_growth(voice, facts),
        "scales": _scales(voice, facts),
        "compare_with": ",".join([metro_id, *first]),
        "compare_text": w.m_compare_with.format(names=f.listed(voice.names[i] for i in first))
        if first
        else w.m_compare_any,
        "peers": peers,
        "peers_say": peers_say,
        "peers_unknown": _unknown_of_peers(voice, listed),
        "locator": page.safe(page.world.drawn(facts.mark, label=name)) if facts.mark else "",
        "governance": governance,
        "members": _members(voice, metro_id),
        "networks": networks(voice, metro_id),
        "shelf": shelf(voice, metro_id),
        "ranges": ranges,
        "ranges_title": w.m_ranges_title.format(name=name),
        "unknown": _unknown(voice, facts, governance),
        "holes": _holes(voice, metro_id),
        "changes": _changes(voice, metro_id),
        "report": voice.mail(metro_id),
        "jsonld": _jsonld(metro_id, name, metro),
        "foot": voice.foot(),
    }


def _lede(voice: Voice, name: str, metro: Row, lands: list[Row]) -> str:
    w, country = voice.w, voice.country(metro)
    known = [t for t in lands if t["population"]]
    if not known:
        return w.m_lede_none.format(name=name, country=country)
    high, low = known[0], known[-1]
    if voice.people(high["population"]) == voice.people(low["population"]):
        return w.m_lede_one.format(
            name=name,
            country=country,
            scale=w.code("scale", high["scale"]),
            n=voice.f.inhabitants(high["population"]),
            year=high["year"],
        )
    return w.m_lede_range.format(
        name=name,
        country=country,
        low=voice.people(low["population"]),
        high=voice.f.inhabitants(high["population"]),
    )


def _land(voice: Voice, t: Row, most: float = 0, widest: float = 0) -> Row:
    """A row of the table of territories; most and widest: what the pictures are measured by."""
    f, w, charts = voice.f, voice.w, page.charts
    return {
        "scale": t["scale"],
        "label": voice.where(t),
        "population": voice.people(t["population"]) if t["population"] else w.unknown_short,
        "year": t["year"],
        "area": f"{f.number(t['area'])}\u00a0km²" if t["area"] else w.unknown_short,
        "means": w.code("scale_means", t["scale"], ""),  # of the only one; of several, once below
        "square": page.safe(charts.square(t["area"] / widest)) if t["area"] and widest else "",
        "bar": page.safe(charts.bar(t["population"] / most)) if t["population"] and most else "",
    }


def _lands(voice: Voice, lands: list[Row]) -> dict[str, Any]:
    if len(lands) < 2:  # a sentence says it all
        return {"territories": [], "territories_title": ""}
    w = voice.w
    known = [t for t in lands if t["population"]]
    title = w.m_territories
    if len(known) > 1:
        title = w.m_territories_title.format(
            largest=w.code("scale", known[0]["scale"]),
            smallest=w.code("scale", known[-1]["scale"]),
            low=voice.f.inhabitants(known[-1]["population"]),
            high=voice.people(known[0]["population"]),
        )
    most = max((t["population"] for t in known), default=0)
    widest = max((t["area"] or 0 for t in lands), default=0)
    return {
        "territories": [_land(voice, t, most, widest) for t in lands],
        "territories_title": title,
    }


def _territories_say(voice: Voice, lands: list[Row]) -> str:
    w = voice.w
    if not lands:
        return w.m_no_territories
    if len(lands) > 1:
        return w.some(len(lands), "m_territories")
    row = _land(voice, lands[0])
    people = lands[0]["population"]
    row["population"] = voice.f.inhabitants(people) if people else w.m_people_unknown
    return w.m_territories_one.format(**row)


def selected(rows: list[Row], shared: CommonParts) -> dict[str, list[Row]]:
    """By theme, one figure of each indicator, of the indicators that a page shows; newest first."""
    first = {r["indicator_id"]: r for r in rows if r["headline"]}
    by: dict[str, list[Row]] = defaultdict(list)
    for i, r in first.items():
        if shared.instead.get(i) not in first:
            by[shared.theme[i]].append(r)
    found = {}
    for theme in sorted(by, key=lambda t: (shared.place.get(t, 99), t)):
        kept = sorted(by[theme], key=lambda r: shared.order[r["indicator_id"]])[:OF_A_THEME]
        found[theme] = sorted(
            kept, key=lambda r: (-year(r["period"]), shared.order[r["indicator_id"]])
        )
    return found


def _themes(voice: Voice, facts: MetropolisFacts) -> list[Row]:
    w, f = voice.w, voice.f
    found = []
    for theme, listed in facts.themes.items():
        lines = []
        for r in listed:
            value, unit = voice.written(r["value"], r["unit"])
            title = voice.titles[r["indicator_id"]]
            lines.append(
                {
                    "id": r["indicator_id"],
                    "title": title,
                    "value": value,
                    # A title such as Cars per 1,000 inhabitants says the unit; that of a count is none.
                    "unit": "" if r["unit"] == "NR" or unit.lower() in title.lower() else unit,
                    "period": r["period"],
                    "old": year(r["period"]) <= facts.shared.newest - OLD,
                    "tags": tags(r, w),
                    "where": voice.where(r),
                    "trend": trend(r, w, f),
                    "source": source_anchor(r),
                    "publisher": _publisher(voice, r),
                }
            )
        found.append({"id": theme, "title": voice.theme(theme), "rows": lines})
    return found


def _publisher(voice: Voice, r: Row) -> str:
    """Who publishes a figure, where the name of its territory does not say it already."""
    who = voice.publisher(r)
    return "" if who == voice.w.code("system", r["system"]) else who


def _more(voice: Voice, facts: MetropolisFacts) -> str:
    """How many figures the files hold beyond those of the page."""
    n = len(facts.rows) - sum(len(rows) for rows in facts.themes.values())
    return voice.w.some(n, "m_more", shown=voice.f.number(n)) if n else ""


def _growth(voice: Voice, facts: MetropolisFacts) -> dict[str, Any]:
    """How populations changed: a sentence for one territory, lines for several; empty for none."""
    w, f, breaks_of = voice.w, voice.f, voice.release.breaks
    found = [
        (w.code("scale", r["scale"]), p, voice.where(r), breaks_of.get(r["series"], set()))
        for r, p in facts.growth
    ]
    series = sorted(found, key=lambda s: (-s[1][-1][1], s[2]))[:LINES]
    # From the last break on: what was counted before it is another territory, or counted otherwise.
    whole = [(where, page.charts.runs(p, breaks)[-1]) for _, p, where, breaks in series]
    said = next(
        (
            w.m_grew.format(
                where=where,
                a=f.inhabitants(run[0][1]),
                first=f"{run[0][0]:.0f}",
                b=voice.people(run[-1][1]),
                last=f"{run[-1][0]:.0f}",
            )
            for where, run in whole
            if len(run) > 2
        ),
        "",
    )
    if len(series) < 2:
        return {"growth": said, "lines": "", "lines_title": "", "lines_cut": ""}
    breaks = [s[3] for s in series]
    drawn = page.charts.lines(
        [s[:2] for s in series], w.m_lines, voice.people, zero=True, breaks=breaks
    )
    cut = any(len(page.charts.runs(s[1], s[3])) > 1 for s in series)
    return {
        "growth": "",
        "lines": page.safe(drawn),
        "lines_title": said,
        "lines_cut": w.lines_cut if cut else "",
    }


def _scales(voice: Voice, facts: MetropolisFacts) -> list[str]:
    w, of = voice.w, facts.shared.kinds
    return [
        w.some(
            of[k] - 1,
            "m_scale",
            shown=voice.f.number(of[k] - 1),
            where=voice.kind(*k),
            k=w.some(n, "n_indicators"),
        )
        for k, n in facts.kinds
    ]


def _peers(voice: Voice, listed: list[Row]) -> tuple[list[Row], str]:
    """The most alike, and what they have in common with the metropolis, said once where it is the same."""
    w, found = voice.w, []
    alike = {p["similar_in"] for p in listed}
    for p in listed:
        why = [
            w[key].format(what=voice.features(p[column]))
            for key, column in (("alike", "similar_in"), ("differs", "different_in"))
            if p[column] and not (key == "alike" and len(alike) == 1)
        ]
        metro = voice.release.metros[p["peer_id"]]
        found.append(
            {
                "id": p["peer_id"],
                "name": voice.names[p["peer_id"]],
                "country": voice.country(metro),
                "why": voice.f.semicolon.join(why),
            }
        )
    same = alike.pop() if len(alike) == 1 else ""
    return found, w.m_peers_alike.format(what=voice.features(same)) if same else w.m_peers_say


def _unknown_of_peers(voice: Voice, listed: list[Row]) -> str:
    """What is not known of any of them, once."""
    every = [set((p["unknown_in"] or "").split(", ")) for p in listed]
    shared = set.intersection(*every) - {""} if every else set()
    ordered = ", ".join(f for f in lookup.features() if f in shared)
    return voice.w.not_known_in.format(what=voice.features(ordered)) if ordered else ""


def _members(voice: Voice, metro_id: str) -> str:
    names = [m["name"] for m in voice.release.members.get(metro_id, ())]
    return voice.w.m_members.format(names=voice.f.listed(names)) if names else ""


def _ranges(voice: Voice, metro_id: str) -> Any:
    w, f, rows = voice.w, voice.f, []
    stated = voice.release.indices
    of = 1
    for r in voice.release.index_ranges.get(metro_id, ()):
        if r["rank_low"] is None or r["index_id"] not in stated:
            continue
        title = voice.title(stated[r["index_id"]])
        written = w.m_range.format(
            low=f.number(r["rank_low"]), high=f.number(r["rank_high"]), of=f.number(r["of"])
        )
        # Each index has its own number of units: ranks as shares of it share one axis.
        share = 100 / max(r["of"] - 1, 1)
        rows.append(
            (
                title,
                *(1 + (r[k] - 1) * share for k in ("rank_low", "rank_median", "rank_high")),
                written,
            )
        )
        of = 101
    return (
        page.safe(page.charts.ranges(rows, w.m_ranges_title.format(name=voice.names[metro_id]), of))
        if rows
        else ""
    )


def _unknown(voice: Voice, facts: MetropolisFacts, governance: Any) -> list[str]:
    w, said = voice.w, []
    none = [voice.theme(t) for t in facts.unknown_themes]
    if none:
        said.append(w.m_unknown_themes.format(themes=voice.f.listed(none)))
    if not governance:
        said.append(w.m_unknown_gov)
    if not said:
        titles = {r["indicator_id"] for r in facts.rows}
        lacking = len(voice.release.by_indicator.keys() - titles)
        said.append(w.m_unknown_count.format(all=len(voice.release.by_indicator), lacking=lacking))
    return said


def _holes(voice: Voice, metro_id: str) -> list[tuple[str, str]]:
    """(indicators, with the year of the newest figure where there is one; why there is nothing newer)."""
    why: dict[str, list[str]] = {}
    for row in voice.release.holes.get(metro_id, ()):
        title = voice.titles.get(row["indicator_id"])
        if title:
            year = f" ({row['year']})" if row["year"] else ""
            why.setdefault(row["reason"], []).append(f"{title}{year}")
    return [(voice.f.listed(t), voice.translated(r)) for r, t in why.items()]


def _changes(voice: Voice, metro_id: str) -> list[str]:
    w, said = voice.w, voice.release.changes
    if not said.get("from"):
        return []
    found = []
    kinds = [r for r in said.get("by_metro", ()) if r.get("metro_id") == metro_id]
    if kinds:
        what = voice.f.listed(
            w.code("kind", r["kind"]).format(n=voice.f.number(r["figures"])) for r in kinds
        )
        found.append(w.m_changes_counts.format(before=said["from"], what=what))
    for r in said.get("largest", ()):
        if r.get("metro_id") == metro_id and r["indicator_id"] in voice.titles:
            before, after = (voice.figure(r[k], r["unit"]) for k in ("value_before", "value_after"))
            found.append(
                w.m_changes_row.format(
                    title=voice.titles[r["indicator_id"]],
                    period=r["period"],
                    before=before,
                    after=after,
                )
            )
    return found or [w.m_changes_other.format(before=said["from"])]


def _jsonld(metro_id: str, name: str, metro: Row) -> Any:
    """schema.org for machines that read pages; `<` is escaped, as in any script."""
    said: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Place",
        "name": name,
        "identifier": metro_id,
    }
    if metro.get("latitude") is not None:
        point = {"latitude": metro["latitude"], "longitude": metro["longitude"]}
        said["geo"] = {"@type": "GeoCoordinates", **point}
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return page.safe(text.replace("<", "\\u003c"))
