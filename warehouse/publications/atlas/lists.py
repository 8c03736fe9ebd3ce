"""Pages that list: the start, places, countries, indicators, themes, frameworks, sources."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from catalog.languages import translated
from catalog.models import hole
from warehouse.publications import page
from warehouse.publications.atlas.common import Voice, source_anchor
from warehouse.publications.atlas.indicator import nothing
from warehouse.publications.atlas.read import AtlasRelease, Row
from warehouse.publications.page import lookup

LARGEST = 40
REGIONS = {"Africa": "002", "Americas": "019", "Asia": "142", "Europe": "150", "Oceania": "009"}
NUA_NUMBERS = 77  # of the monitoring framework of the New Urban Agenda
SIZES = (10e6, 5e6, 2e6, 1e6, 5e5, 0)  # classes of size, by lower bound


def size_class(population: float | None) -> int | None:
    """The class of size of a metropolis: the place of its lower bound in `SIZES`."""
    if not population:
        return None
    return next(n for n, least in enumerate(SIZES) if population >= least)


def size_text(voice: Voice, n: int | None) -> str:
    """A class of size in words."""
    w, f = voice.w, voice.f
    if n is None:
        return w.unknown_short
    if n == 0:
        return w.size_over.format(a=f.inhabitants(SIZES[0]))
    if SIZES[n] == 0:
        return w.size_under.format(a=f.inhabitants(SIZES[n - 1]))
    return w.size_between.format(a=f.short(SIZES[n]), b=f.inhabitants(SIZES[n - 1]))


def start(voice: Voice, stories: list[Row]) -> dict[str, Any]:
    """The first page of a language."""
    release, w, f = voice.release, voice.w, voice.f
    with_figures = sum(1 for i in release.indicators.values() if i["metropolises"])
    lede = w.s_lede.format(
        n=f.number(len(release.metros)),
        c=f.number(len({m["iso3"] for m in release.metros.values()})),
        i=f.number(with_figures),
    )
    first = sorted(release.metros.values(), key=lambda m: (-(m["population"] or 0), m["metro_id"]))[
        :12
    ]
    members = [m for m in first if m]
    return {
        "title": w.s_title,
        "description": lede,
        "lede": lede,
        "search": False,
        "map": world(voice, label=w.s_map),
        "map_title": w.s_map,
        "largest": [(m["metro_id"], voice.names[m["metro_id"]]) for m in members],
        "themes": [(t, voice.theme(t), f.number(len(_with(release, t)))) for t in lookup.themes()],
        "stories": stories,
        "bodies": f.number(len(release.profiles)),
        "foot": voice.foot(),
    }


def world(voice: Voice, label: str) -> Any:
    """All metropolises as points."""
    metros, spots = voice.release.metros, voice.release.spots
    marks = [(*spot, page.world.radius(metros[m]["population"]), "") for m, spot in spots.items()]
    return page.safe(page.world.drawn(marks, label=label)) if marks else ""


def _with(release: AtlasRelease, theme: str) -> list[str]:
    return [i for i, r in release.indicators.items() if r["theme"] == theme and r["metropolises"]]


def places(voice: Voice) -> dict[str, Any]:
    """Metropolises by region and country, and the largest of all."""
    release, w, f = voice.release, voice.w, voice.f
    by: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for m in release.metros.values():
        by[m["region"]][m["iso3"]].append(m["metro_id"])
    regions = []
    for region in sorted(by, key=lambda r: f.order(f.country(REGIONS.get(r, r)))):
        countries = [
            (iso3, voice.country(release.metros[ids[0]]), f.number(len(ids)))
            for iso3, ids in by[region].items()
        ]
        regions.append(
            (f.country(REGIONS.get(region, region)), sorted(countries, key=lambda c: f.order(c[1])))
        )
    largest = sorted(
        release.metros.values(), key=lambda m: (-(m["population"] or 0), m["metro_id"])
    )[:LARGEST]
    return {
        "title": w.nav_places,
        "description": w.p_lede,
        "section": "places",
        "regions": regions,
        "largest": [_place(voice, m) for m in largest if m["population"]],
        "foot": voice.foot(),
    }


def _place(voice: Voice, m: Row) -> Row:
    profile = voice.release.profiles.get(m["metro_id"])
    return {
        "id": m["metro_id"],
        "name": voice.names[m["metro_id"]],
        "iso3": m["iso3"],
        "country": voice.country(m),
        "population": voice.people(m["population"]) if m["population"] else voice.w.unknown_short,
        "year": m["population_period"] or "",
        "scale": voice.w.code("scale", m["population_scale"]) if m["population_scale"] else "",
        "body": profile["body"] if profile else "",
    }


def country(voice: Voice, iso3: str, metros: list[Row]) -> dict[str, Any]:
    """The metropolises of a country, and its own figures as context."""
    w, f, name = voice.w, voice.f, voice.country(metros[0])
    ordered = sorted(metros, key=lambda m: (-(m["population"] or 0), m["metro_id"]))
    context = [
        {
            "id": r["indicator_id"],
            "title": voice.titles[r["indicator_id"]],
            "value": voice.figure(r["value"], r["unit"]),
            "period": r["period"],
            "publisher": voice.publisher(r),
            "anchor": source_anchor(r),
        }
        for r in voice.release.context.get(iso3, ())
        if r["indicator_id"] in voice.titles
    ]
    return {
        "title": name,
        "description": w.c_description.format(name=name),
        "section": "places",
        "crumbs": (("places.html", w.nav_places),),
        "says": w.some(len(metros), "n_metros", shown=f.number(len(metros))),
        "metros": [_place(voice, m) for m in ordered],
        "context": sorted(context, key=lambda c: f.order(c["title"])),
        "foot": voice.foot(),
    }


def _listed(voice: Voice, ids: list[str]) -> list[Row]:
    release, f = voice.release, voice.f
    rows = [
        {
            "id": i,
            "title": voice.titles[i],
            "unit": voice.unit(release.indicators[i]["unit"]),
            "n": release.indicators[i]["metropolises"] or 0,
            "says": voice.w.some(
                release.indicators[i]["metropolises"] or 0,
                "n_metros",
                shown=f.number(release.indicators[i]["metropolises"] or 0),
            )
            if release.indicators[i]["metropolises"]
            else nothing(voice, release.indicators[i]),
        }
        for i in ids
    ]
    return sorted(rows, key=lambda r: (-r["n"], f.order(r["title"])))


def indicators(voice: Voice) -> dict[str, Any]:
    """All indicators by theme: those with figures of metropolises first."""
    release, w = voice.release, voice.w
    by: dict[str, list[str]] = defaultdict(list)
    for i, r in release.indicators.items():
        by[r["theme"]].append(i)
    found = []
    for theme in [*lookup.themes(), *sorted(set(by) - set(lookup.themes()))]:
        rows = _listed(voice, by.get(theme, []))
        found.append(
            (
                theme,
                voice.theme(theme),
                [r for r in rows if r["n"]],
                [r for r in rows if not r["n"]],
            )
        )
    n = sum(1 for r in release.indicators.values() if r["metropolises"])
    return {
        "title": w.nav_indicators,
        "description": w.il_lede.format(n=n, of=len(release.indicators)),
        "section": "indicators",
        "themes": found,
        "foot": voice.foot(),
    }


def themes(voice: Voice) -> dict[str, Any]:
    """The themes, and the way to the frameworks."""
    release, f = voice.release, voice.f
    tiles = []
    for t in lookup.themes():
        every = [i for i, r in release.indicators.items() if r["theme"] == t]
        held = _with(release, t)
        metros = {r["metro_id"] for i in held for r in release.by_indicator.get(i, ())}
        tiles.append(
            {
                "id": t,
                "title": voice.theme(t),
                "says": voice.w.th_says.format(
                    n=f.number(len(held)),
                    of=f.number(len(every)),
                    m=voice.w.some(len(metros), "n_metros", shown=f.number(len(metros))),
                ),
            }
        )
    return {
        "title": voice.w.nav_themes,
        "description": voice.w.th_lede,
        "section": "themes",
        "tiles": tiles,
        "agendas": [_agenda(voice, name) for name in agendas(release)],
        "foot": voice.foot(),
    }


def theme(voice: Voice, theme_id: str) -> dict[str, Any]:
    """One theme: its indicators, and how many metropolises of each region have a figure."""
    release, w, f = voice.release, voice.w, voice.f
    ids = [i for i, r in release.indicators.items() if r["theme"] == theme_id]
    rows = _listed(voice, ids)
    have: dict[str, set[str]] = defaultdict(set)
    for i in ids:
        for r in release.by_indicator.get(i, ()):
            have[release.metros[r["metro_id"]]["region"]].add(r["metro_id"])
    of = Counter(m["region"] for m in release.metros.values())
    bars = [
        (
            f.country(REGIONS.get(region, region)),
            100 * len(have[region]) / of[region],
            w.th_share.format(n=f.number(len(have[region])), of=f.number(of[region])),
            "",
        )
        for region in sorted(of, key=lambda r: (-len(have[r]) / of[r], r))
    ]
    title = voice.theme(theme_id)
    total = len(set().union(*have.values())) if have else 0
    finding = w.th_finding.format(n=f.number(total), of=f.number(len(release.metros)))
    thin = total * 10 < len(release.metros)
    return {
        "title": title,
        "description": finding,
        "section": "themes",
        "crumbs": (("themes.html", w.nav_themes),),
        "finding": finding,
        "thin": w.th_thin if thin else "",
        "ages": _ages(voice, theme_id),
        "chart": page.safe(page.charts.bars(bars, finding, most=100)),
        "with_figures": [r for r in rows if r["n"]],
        "without": [r for r in rows if not r["n"]],
        "foot": voice.foot(),
    }


def _ages(voice: Voice, theme_id: str) -> list[str]:
    """How new the newest figures of a theme are; why they are old, where the catalog says so, and which
    dataset would fill the hole."""
    found, w, stated = voice.release.ages.get(theme_id), voice.w, hole.load()
    if not found:
        return []
    number = voice.f.number
    told = [
        w.th_age.format(year=found["median"]),
        w.th_recent.format(
            n=number(found["recent"]), of=number(found["metropolises"]), since=stated.fresh_from
        ),
    ]
    if found["median"] < stated.fresh_from:
        for theme in stated.themes:
            if theme.theme == theme_id:
                reason = theme.reason.en
                told.append(translated(reason, voice.lang) or reason)
                told.append(w.th_would_fill.format(dataset=theme.would_fill))
    return told


def agendas(release: AtlasRelease) -> list[str]:
    """The frameworks that have a page: those that the texts know, then the others of the release."""
    return list(dict.fromkeys(("sdg", "nua", *(e["framework"] for e in release.frameworks))))


def _agenda(voice: Voice, name: str) -> dict[str, str]:
    """Name and one line of a framework; its file's name where the texts do not know it."""
    w = voice.w
    return {
        "name": name,
        "title": w.get(f"fw_{name}") or name.upper(),
        "says": w.get(f"fw_{name}_short") or "",
    }


def framework(voice: Voice, name: str) -> dict[str, Any]:
    """The SDG or the New Urban Agenda: which indicators answer to which heading, and where they stand."""
    release, w, f = voice.release, voice.w, voice.f
    by: dict[str, list[str]] = defaultdict(list)
    for answer in release.answers:
        if answer["framework"] == name:
            by[answer["code"]].append(answer["indicator_id"])
    progress: dict[str, Counter] = defaultdict(Counter)
    for rows in release.progress.values():
        for r in rows:
            progress[r["indicator_id"]][r["progress"]] += 1
    found: list[Row] = []
    for entry in (e for e in release.frameworks if e["framework"] == name):
        listed = []
        for i in sorted(by.get(entry["code"], ()), key=lambda i: f.order(voice.titles[i])):
            r = release.indicators[i]
            stand = ""
            parts = release.slices(i)
            if parts:
                import numpy as np

                key, rows = parts[0]
                median = float(np.median([x["value"] for x in rows]))
                stand = w.fw_stand.format(
                    where=voice.kind(*key[:3]),
                    n=w.some(len(rows), "n_metros", shown=f.number(len(rows))),
                    median=voice.figure(median, key[3]),
                )
            done = f.semicolon.join(
                f"{w.code('progress', p)}{f.colon}{n}" for p, n in sorted(progress[i].items())
            )
            says = stand or nothing(voice, r)
            listed.append(
                {
                    "id": i,
                    "title": voice.titles[i],
                    "says": f"{says} {done}".strip(),
                    "none": not parts,
                }
            )
        found.append(
            {
                "code": entry["code"],
                "title": entry.get(f"title_{voice.lang}")
                or (entry["title"] if voice.lang == "en" else "")
                or w.code(name, entry["code"], entry["title"]),
                "indicators": listed,
            }
        )
    found.sort(key=lambda e: _order(e["code"]))
    answered = sum(1 for e in found if any(not i["none"] for i in e["indicators"]))
    return {
        "title": _agenda(voice, name)["title"],
        "description": (w.get(f"fw_{name}_lede") or "").format(
            n=len(found), of=NUA_NUMBERS, k=answered
        ),
        "section": "themes",
        "crumbs": (("themes.html", w.nav_themes),),
        "entries": found,
        "foot": voice.foot(),
    }


def _order(code: str) -> list[tuple[int, str]]:
    return [(int(p), "") if p.isdigit() else (99, p) for p in code.split(".")]


def sources(voice: Voice) -> dict[str, Any]:
    """Every dataset of the release that may be redistributed, with licence and attribution."""
    w, f = voice.w, voice.f
    used = Counter(
        (r["source_id"], r["dataset"]) for rows in voice.release.figures.values() for r in rows
    )
    used.update(
        (r["source_id"], r["dataset"]) for rows in voice.release.context.values() for r in rows
    )
    found = []
    for (source_id, dataset), n in sorted(used.items()):
        s = voice.release.sources.get((source_id, dataset), {})
        found.append(
            {
                "anchor": f"{source_id}-{dataset}",
                "who": voice.publisher({"source_id": source_id, "dataset": dataset}),
                "title": voice.dataset(s, dataset),
                "how": w.code("provenance", s.get("provenance"), ""),
                "by": s.get("derived_by") or "",
                "licence": voice.licence(s),
                "licence_url": s.get("licence_url") or "",
                "attribution": s.get("attribution") or "",
                "homepage": s.get("homepage") or "",
                "n": f.number(n),
            }
        )
    return {
        "title": w.so_title,
        "description": w.so_lede,
        "section": "data",
        "sources": found,
        "foot": voice.foot(),
    }


def issues(voice: Voice) -> dict[str, Any]:
    """The known issues, by source; what rules found comes after what people stated."""
    w, f = voice.w, voice.f
    listed = {s["anchor"] for s in sources(voice)["sources"]}
    by: dict[str, list[Row]] = defaultdict(list)
    for i in voice.release.issues:
        own = {"source_id": i["source_id"], "dataset": i["dataset"] or ""}
        said = [
            w.ki_number.format(n=f.number(i["number"])) if i["number"] else "",
            w.ki_rule if i["origin"] == "rule" else "",
            w.ki_since.format(day=f.date(i["since"])) if i["since"] else "",
            w.ki_told.format(day=f.date(i["told_on"])) if i["told_on"] else w.ki_not_told,
        ]
        by[voice.publisher(own)].append(
            {
                **{k: voice.text(i, k) for k in ("figures", "fault", "evidence", "done")},
                "id": i["issue_id"],
                "anchor": source_anchor(own) if source_anchor(own) in listed else "",
                "dataset": i["dataset"] or i["source_id"],
                "indicator": (i["indicator_id"], voice.titles[i["indicator_id"]])
                if i["indicator_id"] in voice.titles
                else (),
                "action": w.code("issue_action", i["action"]),
                "said": " ".join(s for s in said if s),
            }
        )
    return {
        "title": w.ki_title,
        "description": w.ki_lede,
        "section": "data",
        "crumbs": (("data.html", w.nav_data),),
        "groups": sorted(by.items(), key=lambda g: f.order(g[0])),
        "report": voice.mail("known-issues"),
        "foot": voice.foot(),
    }
