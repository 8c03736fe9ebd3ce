"""Who governs: the part of a metropolis's page, and the page of governance with its library."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from warehouse.publications import page
from warehouse.publications.atlas.common import Voice
from warehouse.publications.atlas.read import AtlasRelease, Row
from warehouse.publications.page import lookup

FIRST_YEAR = 1960
DESK = "desk research"


def sheet(voice: Voice, metro_id: str, lands: list[Row]) -> dict[str, Any] | None:
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

    why = reason(voice, p)
    if why:
        pair(w.g_why, why)
    pair(w.g_head, w.code("head", p["head_selection"]) if p["head_selection"] else "")
    chosen = w.code("assembly", p["assembly_selection"]) if p["assembly_selection"] else ""
    seats = w.g_seats.format(n=f.number(p["assembly_seats"])) if p["assembly_seats"] else ""
    pair(w.g_assembly, "; ".join(t for t in (chosen, seats) if t))
    n, when = p["n_municipalities"], p["n_municipalities_year"]
    pair(
        w.g_municipalities,
        w.g_as_of.format(n=f.number(n), year=when) if n and when else f.number(n) if n else "",
    )
    basis = lookup.choice("legal_basis", p["legal_basis"], voice.lang) if p["legal_basis"] else ""
    pair(w.g_law, ": ".join(t for t in (basis, p["legal_citation"] or "") if t))
    pair(w.g_form, p["legal_form"])
    pair(
        w.g_taxes,
        lookup.choice("yes_no", p["levies_taxes"], voice.lang) if p["levies_taxes"] else "",
    )
    pair(w.g_share, share(voice, metro_id, lands))
    if p["fragmentation"] is not None:
        pair(
            w.g_fragmentation,
            w.g_as_of.format(n=f.number(p["fragmentation"], 1), year=p["fragmentation_period"]),
        )
    spans = timeline(voice, metro_id)
    return {
        "sentences": said,
        "pairs": pairs,
        "powers": powers(voice, p["body_id"]),
        "spans": spans,
        "spans_title": w.g_spans.format(body=body),
        "status": w.g_status_desk if str(p["status"]).startswith(DESK) else w.g_status_city,
        "sources": cited(voice, metro_id),
    }


def reason(voice: Voice, p: Row) -> str:
    """Why the model is what it is, in the language; the release's own words in English."""
    for m in voice.release.models.get(p["body_id"], ()):
        if m["model"] == p["model"] and m["rule"]:
            return voice.w.code("rule", m["rule"], m["reason"])
    return ""


def share(voice: Voice, metro_id: str, lands: list[Row]) -> str:
    """The share of the inhabitants that the body governs, where both populations are known."""
    governed = [
        t["population"]
        for t in voice.release.gov_territories.get(metro_id, ())
        if t["perimeter"] == "authority" and t["population"]
    ]
    governed += [t["population"] for t in lands if t["scale"] == "authority" and t["population"]]
    whole = [
        t
        for t in lands
        if t["scale"] in ("fua", "metro_region", "agglomeration") and t["population"]
    ]
    if not governed or not whole:
        return ""
    order = {"fua": 0, "agglomeration": 1, "metro_region": 2}
    base = min(whole, key=lambda t: (order[t["scale"]], t["system"], t["vintage"]))
    return voice.w.g_share_is.format(
        p=voice.f.percent(100 * governed[0] / base["population"], 0), where=voice.where(base)
    )


def powers(voice: Voice, body_id: str | None) -> list[str]:
    """Fields in which a body has powers, with its role where that is known."""
    found: dict[str, str] = {}
    for c in voice.release.powers.get(body_id or "", ()):
        name = lookup.choice("field", c["field"], voice.lang)
        role = lookup.choice("role", c["role"], voice.lang).lower() if c["role"] else ""
        found[name] = role or found.get(name, "")
    return [
        f"{n} ({r})" if r else n
        for n, r in sorted(found.items(), key=lambda i: voice.f.order(i[0]))
    ]


def timeline(voice: Voice, metro_id: str) -> Any:
    """The models of a metropolis's bodies over the years, as a picture; empty for a single span."""
    rows, last = [], last_year(voice.release)
    for b in _bodies(voice.release, metro_id):
        spans = [
            (max(m["year_from"], FIRST_YEAR), m["year_to"] or last, f"g-{m['model'] or 'unknown'}")
            for m in voice.release.models.get(b["body_id"], ())
            if m["year_from"]
        ]
        if spans:
            rows.append((b["name"], spans))
    if len(rows) < 2 and sum(len(s) for _, s in rows) < 2:
        return ""
    label = voice.w.g_spans.format(body=voice.names[metro_id])
    return page.safe(page.charts.spans(rows, label, (FIRST_YEAR, last)))


def last_year(release: AtlasRelease) -> int:
    """The year until which a span without end is drawn: that of the newest fact or source."""
    years = [m["year_from"] or 0 for rows in release.models.values() for m in rows]
    years += [s["read_on"].year for s in release.gov_sources if s.get("read_on")]
    return max(years, default=2020)


def _bodies(release: AtlasRelease, metro_id: str) -> list[Row]:
    return list({b["body_id"]: b for b in release.bodies.get(metro_id, ())}.values())


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


def overview(voice: Voice) -> dict[str, Any]:
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
        "direct": direct,
        "rows": rows,
        **_over_time(voice),
        "fields": _fields(voice),
        "foot": voice.foot(),
    }


def _map(voice: Voice, label: str) -> Any:
    release = voice.release
    placed = [
        i
        for i in release.profiles
        if i in release.metros and release.metros[i]["latitude"] is not None
    ]
    if not placed:
        return ""
    xs, ys = page.world.project(
        [release.metros[i]["longitude"] for i in placed],
        [release.metros[i]["latitude"] for i in placed],
    )
    marks = [
        (float(x), float(y), 6.0, f"g-{release.profiles[i]['model'] or 'unknown'}")
        for i, x, y in zip(placed, xs, ys, strict=True)
    ]
    return page.safe(page.world.drawn(marks, root="../", label=label))


def _over_time(voice: Voice) -> dict[str, Any]:
    """Bodies that exist in each year, by the model that they have in it."""
    w, last = voice.w, last_year(voice.release)
    spans = [m for rows in voice.release.models.values() for m in rows if m["year_from"]]
    if not spans:
        return {"lines": "", "lines_title": "", "lines_rows": []}
    models = sorted({m["model"] for m in spans if m["model"]})
    first = max(FIRST_YEAR, min(m["year_from"] for m in spans))

    def alive(model: str, year: int) -> int:
        return sum(
            1
            for m in spans
            if m["model"] == model and m["year_from"] <= year and (m["year_to"] or 9999) > year
        )

    years = range(first, last + 1)
    series = [(voice.model(m), [(float(y), float(alive(m, y))) for y in years]) for m in models]
    series.sort(key=lambda s: -s[1][-1][1])
    title = w.go_lines.format(
        n=voice.f.number(sum(int(s[1][-1][1]) for s in series)), year=last, first=first
    )
    return {
        "lines": page.safe(page.charts.lines(series, title, voice.f.number, zero=True)),
        "lines_title": title,
        "lines_rows": [
            (name, *(voice.f.number(p[y - first][1]) for y in _decades(first, last)))
            for name, p in series
        ],
        "lines_years": list(_decades(first, last)),
    }


def _decades(first: int, last: int) -> list[int]:
    return [*list(range(first - first % 10 + 10, last, 10))[-5:], last]


def _fields(voice: Voice) -> dict[str, Any]:
    """How many bodies have powers in which field."""
    release, w, f = voice.release, voice.w, voice.f
    count: dict[str, set[str]] = defaultdict(set)
    for body, rows in release.powers.items():
        for r in rows:
            count[r["field"]].add(body)
    ordered = sorted(count, key=lambda k: (-len(count[k]), k))
    rows = [
        (lookup.choice("field", k, voice.lang), float(len(count[k])), f.number(len(count[k])), "")
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
            "basis": lookup.choice("legal_basis", p["legal_basis"], voice.lang)
            if p["legal_basis"]
            else "",
            "citation": p["legal_citation"] or "",
            "since": p["year_created"] or "",
        }
        for i, p in release.profiles.items()
        if i in release.metros and (p["legal_citation"] or p["legal_basis"])
    ]
    laws.sort(key=lambda r: f.order(r["name"]))
    used: dict[str, set[str]] = defaultdict(set)
    for metro_id, facts in release.facts.items():
        for fact in facts:
            used[fact["source_id"]].add(metro_id)
    documents: list[Row] = [
        {
            "url": s["url"],
            "title": s["title"],
            "says": f"{w.code('source_kind', s['kind'])}, {w.code('confidence', s['confidence'])}",
            "metros": [
                (m, voice.names[m]) for m in sorted(used[s["source_id"]]) if m in voice.names
            ],
        }
        for s in release.gov_sources
    ]
    documents.sort(key=lambda d: f.order(d["title"]))
    return {
        "title": w.li_title,
        "description": w.li_lede,
        "section": "governance",
        "crumbs": (("governance.html", w.nav_governance),),
        "laws": laws,
        "documents": documents,
        "foot": voice.foot(),
    }
