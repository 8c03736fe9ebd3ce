"""The tables of the library, and the line of each item in the four languages of the observatory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from catalog import Catalog, bibliography
from catalog.bibliography import Library
from catalog.models.library import LibraryItem
from warehouse.inputs import Inputs
from warehouse.tables.statement import Table

LANGUAGES = ("ca", "es", "fr", "en")
# What a kind of item is called; places and themes have their names in the registry and the catalog.
KIND = {
    "law": {"ca": "Llei", "es": "Ley", "fr": "Loi", "en": "Law"},
    "reform": {"ca": "Reforma", "es": "Reforma", "fr": "Réforme", "en": "Reform"},
    "plan": {"ca": "Pla", "es": "Plan", "fr": "Plan", "en": "Plan"},
    "programme": {"ca": "Programa", "es": "Programa", "fr": "Programme", "en": "Programme"},
    "project": {"ca": "Projecte", "es": "Proyecto", "fr": "Projet", "en": "Project"},
    "network": {"ca": "Xarxa", "es": "Red", "fr": "Réseau", "en": "Network"},
    "report": {"ca": "Informe", "es": "Informe", "fr": "Rapport", "en": "Report"},
    "case": {"ca": "Cas", "es": "Caso", "fr": "Cas", "en": "Case"},
}
NO_DATE = {"ca": "sense data", "es": "sin fecha", "fr": "sans date", "en": "no date"}
WORLD = {"ca": "general", "es": "general", "fr": "général", "en": "general"}


def make(given: Inputs) -> pa.Table:
    """Table `library_item`, `library_link` or `network_membership`."""
    from warehouse import store

    library = bibliography.load(given.catalog.folder)
    rows: list[dict[str, Any]]
    match given.statement.name:
        case "library_item":
            rows = list(items(library, given.catalog, _names(given["metro"])))
        case "library_link":
            rows = list(links(library))
        case _:
            rows = list(memberships(library))
    made = pa.Table.from_pylist(rows, schema=store.schema(given.statement))
    return made.sort_by([(k, "ascending") for k in given.statement.sort])


def facts(catalog: Catalog, statement: Table) -> object:
    """Every file of the library, as it is written."""
    files = sorted((catalog.folder / bibliography.WHERE).rglob("*.csv"))
    return catalog.version(*(str(p.relative_to(catalog.folder)) for p in files))


def _names(metro: pa.Table) -> dict[str, dict[str, str]]:
    """Metropolis to its name in each language; the name in English where there is no other."""
    return {
        r["metro_id"]: {lang: r.get(f"name_{lang}") or r["name"] for lang in LANGUAGES}
        for r in metro.to_pylist()
    }


def items(
    library: Library, catalog: Catalog, names: dict[str, dict[str, str]]
) -> Iterator[dict[str, Any]]:
    """The rows of `library_item`."""
    from catalog.models import hosts

    known = hosts.load(catalog.folder)
    for item in library.items:
        yield {
            "item_id": item.id,
            "kind": item.kind,
            "title": item.title,
            "title_en": item.title_en,
            "date": item.date or None,
            "year": int(item.date[:4]) if item.date else None,
            "languages": " ".join(item.languages),
            "publisher": item.publisher,
            "address": item.address,
            "hosting": known.of(item.address),
            "document": item.document or None,
            "source_kind": item.source_kind,
            "what": item.what,
            **{
                f"what_{lang}": getattr(library.sentences.get(item.id), lang, None)
                for lang in ("ca", "es", "fr")
            },
        } | {f"line_{lang}": line(item, catalog, names, lang) for lang in LANGUAGES}


def line(item: LibraryItem, catalog: Catalog, names: dict[str, dict[str, str]], lang: str) -> str:
    """One line on an item: its kind, date, metropolises and themes in that language."""
    places = ", ".join(names.get(m, {}).get(lang, m) for m in item.metro_ids) or WORLD[lang]
    themes = ", ".join(getattr(catalog.themes[t].title, lang).lower() for t in item.themes)
    parts = [f"{KIND[item.kind][lang]}, {item.date or NO_DATE[lang]}", places, themes]
    return " · ".join(p for p in parts if p)


def links(library: Library) -> Iterator[dict[str, Any]]:
    """The rows of `library_link`: what an item is tied to; by theme where the item does not say it."""
    by_theme: dict[str, list[tuple[str, str]]] = {}
    for t in library.themes:
        by_theme.setdefault(t.theme, []).append((t.framework, t.code))
    for item in library.items:
        stated = [("metro", m) for m in item.metro_ids]
        stated += [("body", b) for b in item.body_ids]
        stated += [("theme", t) for t in item.themes]
        stated += [("sdg", c) for c in item.sdg_targets]
        stated += [("nua", c) for c in item.nua_paragraphs]
        derived = {pair for t in item.themes for pair in by_theme.get(t, [])} - set(stated)
        for pairs, basis in ((stated, "stated"), (sorted(derived), "theme")):
            for kind, target in dict.fromkeys(pairs):
                yield {"item_id": item.id, "to": kind, "target": target, "basis": basis}


def memberships(library: Library) -> Iterator[dict[str, Any]]:
    """The rows of `network_membership`, with how much of the network is known."""
    coverage = {n.network: n for n in library.networks}
    for m in library.memberships:
        known = coverage.get(m.network)
        yield {
            "network": m.network,
            "network_name": known.name if known else m.network,
            "coverage": known.coverage if known else "partial",
            "member": m.member,
            "country": m.country,
            "metro_id": m.metro_id or None,
            "inside_metro_id": m.inside_metro_id or None,
            "role": m.role,
            "member_since": m.member_since or None,
            "year_seen": int(m.year_seen) if m.year_seen else None,
            "note": m.note or None,
            "source": m.source,
        }
