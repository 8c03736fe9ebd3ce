"""Who governs: the part of a metropolis's page, and the page of governance with its library."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from warehouse.publications import page
from warehouse.publications.atlas.common import Voice
from warehouse.publications.atlas.read import AtlasRelease, Row

FIRST_YEAR = 1960
DESK = "desk research"
SHARE = "share_of_metropolis_governed"
UNDECIDED = "not_decided"
ON_A_PAGE = 6  # documents of the library that the page of a metropolis names


def sheet(voice: Voice, metro_id: str) -> dict[str, Any] | None:
    """What is known of the government of one metropolis; None where nothing is."""
    release, w, f = voice.release, voice.w, voice.f
    p = release.profiles.get(metro_id)
    if not p:
        return None
    body = p["body"] or w.unknown_short
    said = [
        w.g_since.format(body=body, year=p["year_created"])
        if p["year_created"]
        else w.g_no_year.format(body=body)
    ]
    model = p["model"] or "unknown"
    said.append(f"{voice.model(p['model'])}. {w.code('model_means', model, '')}".strip())
    pairs: list[tuple[str, str]] = []

    def pair(key: str, value: Any) -> None:
        pairs.append((key, str(value) if value not in (None, "") else w.unknown_short))

    if why := reason(w, p):
        pair(w.g_why, why)
    pair(w.g_head, w.code("head", p["head_selection"]) if p["head_selection"] else "")
    chosen = w.code("assembly", p["assembly_selection"]) if p["assembly_selection"] else ""
    seats = w.g_seats.format(n=f.number(p["assembly_seats"])) if p["assembly_seats"] else ""
    pair(w.g_assembly, f.semicolon.join(t for t in (chosen, seats) if t))
    n, when = p["n_municipalities"], p["n_municipalities_year"]
    pair(
        w.g_municipalities,
        w.g_as_of.format(n=f.number(n), year=when) if n and when else f.number(n) if n else "",
    )
    basis = voice.choice("legal_basis", p["legal_basis"]) if p["legal_basis"] else ""
    pair(w.g_law, f.colon.join(t for t in (basis, p["legal_citation"] or "") if t))
    pair(w.g_form, w.code("legal_form", p["legal_form"]) if p["legal_form"] else "")
    pair(
        w.g_taxes,
        voice.choice("yes_no", p["levies_taxes"]) if p["levies_taxes"] else "",
    )
    pair(w.g_share, share(voice, metro_id))
    if p["fragmentation"] is not None:
        pair(
            w.g_fragmentation,
            w.g_as_of.format(n=f.number(p["fragmentation"], 1), year=p["fragmentation_period"]),
        )
    spans, legend = timeline(voice, metro_id)
    return {
        "sentences": said,
        "pairs": pairs,
        "powers": powers(voice, p["body_id"]),
        "spans": spans,
        "legend": legend,
        "spans_title": w.g_spans.format(body=body),
        "status": w.g_status_desk if str(p["status"]).startswith(DESK) else w.g_status_city,
        "sources": cited(voice, metro_id),
    }


def reason(w: page.Words, p: Row) -> str:
    """Why the model is what it is, or which facts are missing, in the language.

    p: a row of `governance_profile` or `governance_body`; of an older release, its words in English.
    """
    if p.get("missing_facts"):
        codes = p["missing_facts"].split(", ")
        return w.g_missing.format(facts=", ".join(w.code("missing_fact", c) for c in codes))
    said = p["reason"] or ""
    return w.code("rule", p["rule"], said) if p.get("rule") else said


def share(voice: Voice, metro_id: str) -> str:
    """The share of the inhabitants that the body governs, as table `latest` computes it."""
    for r in voice.release.figures.get(metro_id, ()):
        if r["indicator_id"] == SHARE and r["headline"] and r["value"] is not None:
            said = voice.w.g_share_is.format(p=voice.f.percent(r["value"], 0))
            return voice.w.g_as_of.format(n=said, year=r["period"])
    return ""


def powers(voice: Voice, body_id: str | None) -> list[str]:
    """Fields in which a body has powers, with its role where that is known."""
    found: dict[str, str] = {}
    for c in voice.release.powers.get(body_id or "", ()):
        name = voice.choice("field", c["field"])
        role = voice.choice("role", c["role"]).lower() if c["role"] else ""
        found[name] = role or found.get(name, "")
    return [
        f"{n} ({r})" if r else n
        for n, r in sorted(found.items(), key=lambda i: voice.f.order(i[0]))
    ]


def timeline(voice: Voice, metro_id: str) -> tuple[Any, list[tuple[str, str]]]:
    """The models of a metropolis's bodies over the years: a picture, and what its colours mean as
    (class, model with its years); empty for a single span."""
    rows, last = [], last_year(voice.release)
    years: dict[str, list[str]] = {}
    for b in _bodies(voice.release, metro_id):
        spans = []
        for m in voice.release.models.get(b["body_id"], ()):
            if not m["year_from"]:
                continue
            model = m["model"] or "unknown"
            spans.append((max(m["year_from"], FIRST_YEAR), m["year_to"] or last, f"g-{model}"))
            years.setdefault(model, []).append(f"{m['year_from']}–{m['year_to'] or ''}")
        if spans:
            rows.append((b["name"], spans))
    if len(rows) < 2 and sum(len(s) for _, s in rows) < 2:
        return "", []
    label = voice.w.g_spans.format(body=voice.names[metro_id])
    names = {m: voice.w.model_undecided if m == "unknown" else voice.model(m) for m in years}
    legend = [(f"g-{m}", f"{names[m]} ({', '.join(y)})") for m, y in years.items()]
    return page.safe(page.charts.spans(rows, label, (FIRST_YEAR, last))), legend


def last_year(release: AtlasRelease) -> int:
    """The year until which a span without end is drawn: that of the newest fact or source."""
    years = [m["year_from"] or 0 for rows in release.models.values() for m in rows]
    years += [s["read_on"].year for s in release.gov_sources if s.get("read_on")]
    return max(years, default=2020)


def _bodies(release: AtlasRelease, metro_id: str) -> list[Row]:
    return list({b["body_id"]: b for b in release.bodies.get(metro_id, ())}.values())


def _only(languages: str | None) -> str:
    """The language of a document that has one; of several, none."""
    found = (languages or "").split()
    return found[0] if len(found) == 1 else ""


def shelf(voice: Voice, metro_id: str) -> list[Row]:
    """What the library has on a metropolis, the newest first."""
    return [
        {
            "id": r["item_id"],
            "title": r["title"],
            "lang": _only(r["languages"]),
            "kind": voice.w.code("library", r["kind"]),
            "what": what(voice, r),
        }
        for r in voice.release.shelf.get(metro_id, ())[:ON_A_PAGE]
    ]


def what(voice: Voice, item: Row) -> str:
    """What an item of the library is or does, in the language; in English where it has no other."""
    return item.get(f"what_{voice.lang}") or item["what"]


def networks(voice: Voice, metro_id: str) -> str:
    """Networks of which a source says that the city is a member, with the year of that source."""
    listed = [
        voice.w.g_as_of.format(n=r["network_name"], year=r["year"])
        if r["year"]
        else r["network_name"]
        for r in voice.release.networks.get(metro_id, ())
    ]
    return voice.w.g_networks.format(names=voice.f.listed(listed)) if listed else ""


def cited(voice: Voice, metro_id: str) -> list[Row]:
    """The sources of the facts of a metropolis, each once."""
    w, found = voice.w, {}
    for fact in voice.release.facts.get(metro_id, ()):
        if not fact.get("url") or fact["source_id"] in found:
            continue
        found[fact["source_id"]] = {
            "url": fact["url"],
            "title": fact["title"],
            "says": f"{w.code('source_kind', fact['kind'])}, {w.code('confidence', fact['confidence'])}",
        }
    return [found[k] for k in sorted(found)]


def overview(voice: Voice, briefs: list[Row]) -> dict[str, Any]:
    """Models on a map and over time, and all bodies with their size and how their head is chosen."""
    from warehouse.publications.atlas.lists import size_class, size_text

    release, w, f = voice.release, voice.w, voice.f
    profiles = release.profiles
    count: dict[str, int] = defaultdict(int)
    for p in profiles.values():
        count[p["model"] or "unknown"] += 1
    models = sorted(count, key=lambda m: (m == "unknown", -count[m], m))
    legend = [(m, f"{voice.model(m if m != 'unknown' else None)} ({count[m]})") for m in models]
    rows: list[Row] = [
        {
            "id": i,
            "name": voice.names[i],
            "country": voice.country(release.metros[i]),
            "body": p["body"] or "",
            "model": voice.model(p["model"]),
            "since": p["year_created"] or w.unknown_short,
            "head": w.code("head", p["head_selection"]) if p["head_selection"] else w.unknown_short,
            "size": size_text(voice, size_class(release.metros[i]["population"])),
            "direct": p["head_selection"] == "direct",
            "population": release.metros[i]["population"] or 0,
        }
        for i, p in profiles.items()
        if i in release.metros
    ]
    rows.sort(key=lambda r: (-r["population"], r["id"]))
    direct = [r for r in rows if r["direct"]]
    finding = w.go_finding.format(
        n=f.number(len(profiles)),
        models=f.listed(
            f"{voice.model(m if m != 'unknown' else None).lower()} ({count[m]})" for m in models
        ),
    )
    return {
        "title": w.go_title,
        "description": finding,
        "section": "governance",
        "finding": finding,
        "map": _map(voice, finding),
        "legend": legend,
        "means": [
            (m, voice.model(m), w.code("model_means", m, "")) for m in models if m != "unknown"
        ],
        "direct": _by_size(direct),
        "governed": _governed(voice),
        "briefs": briefs,
        "rows": rows,
        **_over_time(voice),
        "fields": _fields(voice),
        "foot": voice.foot(),
    }


def _by_size(rows: list[Row]) -> list[tuple[str, list[Row]]]:
    """Rows that are in the order of size, by class of size."""
    found: dict[str, list[Row]] = defaultdict(list)
    for r in rows:
        found[r["size"]].append(r)
    return list(found.items())


def _map(voice: Voice, label: str) -> Any:
    spots = voice.release.spots
    marks = [
        (*spots[i], 6.0, f"g-{p['model'] or 'unknown'}")
        for i, p in voice.release.profiles.items()
        if i in spots
    ]
    return page.safe(page.world.drawn(marks, label=label)) if marks else ""


def _over_time(voice: Voice) -> dict[str, Any]:
    """Bodies at the end of each decade by their model, in the world and by region, and what changed to what."""
    from warehouse.publications.atlas.lists import REGIONS

    by_region: dict[str, list[Row]] = defaultdict(list)
    for r in voice.release.decades:
        by_region[r["region"]].append(r)
    world = by_region.pop("", [])
    regions = [
        (voice.f.country(REGIONS.get(name, name)), _decades(voice, rows, world))
        for name, rows in by_region.items()
    ]
    return {
        "world": _decades(voice, world, world),
        "regions": sorted(regions, key=lambda r: voice.f.order(r[0])),
        "changes": _changes(voice),
    }


def _decades(voice: Voice, rows: list[Row], world: list[Row]) -> dict[str, Any] | None:
    """One picture with its table; models and decades are those of the world, so that pictures compare."""
    w, f = voice.w, voice.f
    decades = sorted({r["decade"] for r in world if r["decade"] >= FIRST_YEAR})
    if not decades or not rows:
        return None
    last = {r["model"]: r["bodies"] for r in world if r["decade"] == decades[-1]}
    models = sorted({r["model"] for r in world}, key=lambda m: (m == UNDECIDED, -last.get(m, 0), m))
    names = {m: w.model_undecided if m == UNDECIDED else voice.model(m) for m in models}
    count = {(r["model"], r["decade"]): r["bodies"] for r in rows}
    totals = [
        f.number(sum(count.get((m, d), 0) for m in models)) for d in (decades[0], decades[-1])
    ]
    title = w.go_lines.format(before=totals[0], first=decades[0], now=totals[1], last=decades[-1])
    series = [
        (names[m], [(float(d), float(count.get((m, d), 0))) for d in decades]) for m in models
    ]
    return {
        "title": title,
        "chart": page.safe(page.charts.lines(series, title, f.number, zero=True)),
        "years": [w.decade.format(n=d) for d in decades],
        "rows": [(names[m], *(f.number(count.get((m, d), 0)) for d in decades)) for m in models],
    }


def _changes(voice: Voice) -> list[Row]:
    """Dated changes: a body in place of another, or another model of the same body."""

    def model(code: str | None) -> str:
        return voice.model(code).lower() if code and code != UNDECIDED else ""

    found = []
    for r in voice.release.reforms:
        if r["metro_id"] not in voice.names:
            continue
        models = [model(r["from_model"]), model(r["to_model"])]
        found.append(
            {
                "year": r["year"],
                "id": r["metro_id"],
                "name": voice.names[r["metro_id"]],
                "what": r["to_name"] if r["change"] == "model" else r["what"],
                "models": " → ".join(m or voice.w.unknown_short for m in models)
                if any(models)
                else "",
            }
        )
    return found


def _governed(voice: Voice) -> dict[str, Any]:
    """How much of each metropolis its body governs: half of them, the least and the most."""
    import numpy as np

    w, f = voice.w, voice.f
    rows = [
        r
        for r in voice.release.by_indicator.get(SHARE, ())
        if r["headline"] and r["value"] is not None
    ]
    if not rows:
        return {"title": "", "rows": []}
    rows.sort(key=lambda r: (-r["value"], r["metro_id"]))
    middle = float(np.median([r["value"] for r in rows]))
    title = w.go_governed.format(n=f.number(len(rows)), p=f.percent(middle, 0))
    chart = page.charts.distribution(
        [r["value"] for r in rows],
        title,
        lambda v: f.percent(v, 0),
        [(middle, f.percent(middle, 0))],
    )
    listed = [(r["metro_id"], voice.unique[r["metro_id"]], f.percent(r["value"], 0)) for r in rows]
    return {"title": title, "chart": page.safe(chart), "rows": listed, "id": SHARE}


def _fields(voice: Voice) -> dict[str, Any]:
    """How many bodies have powers in which field."""
    release, w, f = voice.release, voice.w, voice.f
    count: dict[str, set[str]] = defaultdict(set)
    for body, rows in release.powers.items():
        for r in rows:
            count[r["field"]].add(body)
    ordered = sorted(count, key=lambda k: (-len(count[k]), k))
    rows = [
        (voice.choice("field", k), float(len(count[k])), f.number(len(count[k])), "")
        for k in ordered
    ]
    if not rows:
        return {"chart": "", "title": ""}
    title = w.go_fields.format(
        field=rows[0][0].lower(), n=rows[0][2], of=f.number(len(release.powers))
    )
    return {"chart": page.safe(page.charts.bars(rows, title)), "title": title}


def library(voice: Voice) -> dict[str, Any]:
    """Laws and documents: what each metropolitan body rests on, and everything that was read."""
    release, w, f = voice.release, voice.w, voice.f
    laws = [
        {
            "id": i,
            "name": voice.names[i],
            "body": p["body"] or "",
            "basis": voice.choice("legal_basis", p["legal_basis"]) if p["legal_basis"] else "",
            "citation": p["legal_citation"] or "",
            "since": p["year_created"] or "",
        }
        for i, p in release.profiles.items()
        if i in release.metros and (p["legal_citation"] or p["legal_basis"])
    ]
    laws.sort(key=lambda r: f.order(r["name"]))
    kinds: dict[str, list[Row]] = defaultdict(list)
    for item in release.library:
        kinds[item["kind"]].append(
            {
                "id": item["item_id"],
                "url": item["address"],
                "title": item["title"],
                "lang": _only(item["languages"]),
                "what": what(voice, item),
                "line": item[f"line_{voice.lang}"],
            }
        )
    documents = [
        (kind, w.code("library_all", kind), sorted(rows, key=lambda d: f.order(d["title"])))
        for kind, rows in sorted(kinds.items(), key=lambda k: (-len(k[1]), k[0]))
    ]
    return {
        "title": w.li_title,
        "description": w.li_lede,
        "section": "governance",
        "crumbs": (("governance.html", w.nav_governance),),
        "laws": laws,
        "documents": documents,
        "foot": voice.foot(),
    }
