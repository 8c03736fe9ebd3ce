"""The page of a metropolis: its territories, figures, comparability, peers and government."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
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
from warehouse.publications.atlas.governance import sheet
from warehouse.publications.atlas.read import AtlasRelease, Row
from warehouse.publications.page import lookup

LINES = 5  # series in one picture
PEERS = 5
SHORT = 12  # a page of so few figures needs no list of its sections


class CommonParts:
    """What the pages of all metropolises share, computed once."""

    def __init__(self, release: AtlasRelease):
        self.newest = newest(release)
        self.kinds = Counter()
        for rows in release.figures.values():
            self.kinds.update({(r["scale"], r["system"], r["vintage"]) for r in rows})
        self.of_theme = Counter(
            i["theme"] for i in release.indicators.values() if i["figures"] and i["metropolises"]
        )
        self.place = {theme: n for n, theme in enumerate(lookup.themes())}


def territories(release: AtlasRelease, metro_id: str) -> list[Row]:
    """The territories of a metropolis of which a population or an area is known, largest first.

    One row per unit and edition: scale, system, vintage, unit_id, population, year, area. The newest
    figure stands before the list of units.
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


def context(voice: Voice, metro_id: str, shared: CommonParts) -> dict[str, Any]:
    """Everything that `metropolis.html` shows of one metropolis in one language."""
    release, w, f = voice.release, voice.w, voice.f
    metro, name = release.metros[metro_id], voice.names[metro_id]
    rows = release.figures.get(metro_id, [])
    lands = territories(release, metro_id)
    themes = _themes(voice, rows, shared)
    governance = sheet(voice, metro_id, lands)
    ranges = _ranges(voice, metro_id)
    lede = _lede(voice, name, metro, lands)
    drawn = _lines(voice, rows)
    listed = [p for p in release.peers.get(metro_id, ()) if p["peer_id"] in release.metros][:PEERS]
    peers = [_peer(voice, p) for p in listed]
    facts = [w.m_member] if metro.get("metropolis_member") else []
    if metro.get("name_local") and metro["name_local"] != name:
        facts.append(w.m_local_name.format(name=metro["name_local"]))
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
        "m": {"id": metro_id, "name": name, "iso3": metro["iso3"], "country": voice.country(metro)},
        "lede": lede,
        "facts": facts,
        "jump": jump if len(rows) > SHORT else [],
        "territories_say": _territories_say(voice, lands),
        **_lands(voice, lands),
        "themes": themes,
        "lines": drawn,
        "lines_title": w.m_lines,
        "scales": _scales(voice, rows, shared),
        "compare_with": ",".join([metro_id, *first]),
        "compare_text": w.m_compare_with.format(names=f.listed(voice.names[i] for i in first))
        if first
        else w.m_compare_any,
        "peers": peers,
        "peers_unknown": _unknown_of_peers(voice, listed),
        "locator": _locator(name, metro),
        "governance": governance,
        "members": _members(voice, metro_id),
        "ranges": ranges,
        "ranges_title": w.m_ranges_title.format(name=name),
        "unknown": _unknown(voice, rows, lands, governance, shared),
        "changes": _changes(voice, metro_id),
        "report": voice.mail(metro_id),
        "jsonld": _jsonld(metro_id, name, metro, lede),
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
        "label": voice.where(t),
        "population": voice.people(t["population"]) if t["population"] else w.unknown_short,
        "year": t["year"],
        "area": f"{f.number(t['area'])}\u00a0km²" if t["area"] else w.unknown_short,
        "means": w.code("scale_means", t["scale"], ""),
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


def _themes(voice: Voice, rows: list[Row], shared: CommonParts) -> list[Row]:
    by: dict[str, list[Row]] = defaultdict(list)
    for r in rows:
        by[r["theme"]].append(r)
    f, w, release = voice.f, voice.w, voice.release
    found = []
    for theme in sorted(by, key=lambda t: (shared.place.get(t, 99), t)):
        shown = []
        ordered = sorted(
            by[theme],
            key=lambda r: (-year(r["period"]), voice.titles[r["indicator_id"]], r["series"]),
        )
        for r in ordered:
            shown.append(
                {
                    "id": r["indicator_id"],
                    "title": voice.titles[r["indicator_id"]],
                    "value": f.percent(r["value"])
                    if r["unit"] == "PC"
                    else f.value(r["value"], r["unit"]),
                    "unit": "" if r["unit"] == "PC" else voice.unit(r["unit"]),
                    "period": r["period"],
                    "old": year(r["period"]) <= shared.newest - OLD,
                    "tags": tags(r, w),
                    "where": voice.where(r),
                    "trend": trend(r, w, f),
                    "spark": page.safe(
                        page.charts.spark(points(release.series.get(r["series"], ())))
                    ),
                    "source": source_anchor(r),
                    "publisher": voice.publisher(r["source_id"]),
                }
            )
        found.append({"id": theme, "title": voice.theme(theme), "rows": shown})
    return found


def _lines(voice: Voice, rows: list[Row]) -> Any:
    """Populations over years, one line per territory; empty where there is none of three years."""
    found = []
    for r in rows:
        if r["indicator_id"] == "population":
            measured = points(voice.release.series.get(r["series"], ()))
            if len(measured) > 2:
                found.append((voice.w.code("scale", r["scale"]), measured))
    found.sort(key=lambda s: -s[1][-1][1])
    if not found:
        return ""
    return page.safe(page.charts.lines(found[:LINES], voice.w.m_lines, voice.people, zero=True))


def _scales(voice: Voice, rows: list[Row], shared: CommonParts) -> list[str]:
    kinds: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for r in rows:
        kinds[r["scale"], r["system"], r["vintage"]].add(r["indicator_id"])
    w = voice.w
    ordered = sorted(kinds, key=lambda k: (-shared.kinds[k], k))
    return [
        w.some(
            shared.kinds[k] - 1,
            "m_scale",
            shown=voice.f.number(shared.kinds[k] - 1),
            where=voice.kind(*k),
            k=w.some(len(kinds[k]), "n_indicators"),
        )
        for k in ordered
    ]


def _peer(voice: Voice, p: Row) -> Row:
    w, metro = voice.w, voice.release.metros[p["peer_id"]]
    why = [
        w[key].format(what=voice.features(p[column]))
        for key, column in (("alike", "similar_in"), ("differs", "different_in"))
        if p[column]
    ]
    return {
        "id": p["peer_id"],
        "name": voice.names[p["peer_id"]],
        "country": voice.country(metro),
        "why": "; ".join(why),
    }


def _unknown_of_peers(voice: Voice, listed: list[Row]) -> str:
    """What is not known of any of them, once."""
    every = [set((p["unknown_in"] or "").split(", ")) for p in listed]
    shared = set.intersection(*every) - {""} if every else set()
    ordered = ", ".join(f for f in lookup.features() if f in shared)
    return voice.w.not_known_in.format(what=voice.features(ordered)) if ordered else ""


def _locator(name: str, metro: Row) -> Any:
    """Where it lies: a point on the map of the world."""
    if metro.get("latitude") is None or metro.get("longitude") is None:
        return ""
    x, y = page.world.project(metro["longitude"], metro["latitude"])
    return page.safe(
        page.world.drawn([(float(x), float(y), 13.0, "here")], root="../../", label=name)
    )


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


def _unknown(
    voice: Voice, rows: list[Row], lands: list[Row], governance: Any, shared: CommonParts
) -> list[str]:
    w, said = voice.w, []
    held: dict[str, set[str]] = defaultdict(set)
    for r in rows:
        held[r["theme"]].add(r["indicator_id"])
    none, some = [], []
    for theme in lookup.themes():
        n, of = len(held.get(theme, ())), shared.of_theme[theme]
        if not n:
            none.append(voice.theme(theme))
        elif n < of:
            some.append(w.m_known_theme.format(theme=voice.theme(theme), n=n, of=of))
    if none:
        said.append(w.m_unknown_themes.format(themes=voice.f.listed(none)))
    if some:
        said.append(w.m_known_themes.format(themes="; ".join(some)))
    without = sum(1 for t in lands if not t["area"])
    if without:
        said.append(w.m_unknown_area.format(n=without, of=len(lands)))
    if not governance:
        said.append(w.m_unknown_gov)
    return said


def _changes(voice: Voice, metro_id: str) -> list[str]:
    w, said = voice.w, voice.release.changes
    if not said.get("from"):
        return [w.m_changes_first]
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


def _jsonld(metro_id: str, name: str, metro: Row, lede: str) -> Any:
    """schema.org for machines that read pages; `<` is escaped, as in any script."""
    said: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Place",
        "name": name,
        "identifier": metro_id,
        "description": lede,
    }
    if metro.get("latitude") is not None:
        point = {"latitude": metro["latitude"], "longitude": metro["longitude"]}
        said["geo"] = {"@type": "GeoCoordinates", **point}
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return page.safe(text.replace("<", "\\u003c"))
