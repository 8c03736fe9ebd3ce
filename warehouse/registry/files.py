"""The registry's CSV files, in the columns and the order of their statements."""

from __future__ import annotations

import csv
import gzip
import io
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from warehouse import tables
from warehouse.registry import boundaries, calibration, countries, europe_lists, naming, reasons
from warehouse.registry.assemble import MetroDraft, Registry
from warehouse.registry.matching.match import fold, variants
from warehouse.registry.relations import Relation
from warehouse.registry.rules import NameByHand
from warehouse.registry.unit import Unit

# Files that are edited by hand bear short names.
BY_COUNTY = ("carbon_monitor", "oecd_fua")
FILES = {"metro_redirect": "redirect", "metro_change": "change"}


def metros(
    registry: Registry, members: set[object], catalan: Mapping[str, str]
) -> list[dict[str, object]]:
    """The rows of `metro`; `members` are the identifiers that a member government points at, `catalan`
    the Catalan names by identifier."""
    return [
        {
            "metro_id": m.metro_id,
            "name": m.name,
            "name_ca": catalan.get(m.metro_id, "") or naming.described(m.name, "ca"),
            "name_es": _language(m, "es"),
            "name_fr": _language(m, "fr"),
            "name_local": naming.local(m),
            "iso2": m.founder.iso2,
            "iso3": countries.countries()[m.founder.iso2].iso3,
            "country": naming.country_name(m.founder.iso2),
            "region": countries.countries()[m.founder.iso2].region,
            "subregion": countries.countries()[m.founder.iso2].subregion,
            "latitude": m.place.latitude,
            "longitude": m.place.longitude,
            "metropolis_member": m.metro_id in members,
        }
        for m in registry.metros.values()
    ]


def _language(m: MetroDraft, lang: str) -> str:
    known = m.natural_earth.names.get(lang, "") if m.natural_earth else ""
    return known or naming.described(m.name, lang)


def units_of(registry: Registry, units: Iterable[Unit]) -> Iterable[dict[str, object]]:
    """Every unit; one on no metropolis says why."""
    on = {j.unit.key for j in registry.joined}
    doubts = {unit.key: link for unit, link in registry.undecided}
    for u in units:
        why = "" if u.key in on else reasons.why(registry, u, doubts)
        mended = _mended(registry, u)
        yield {
            "unit_id": f"{u.system}:{u.code}",
            "iso3": countries.countries()[u.iso2].iso3 if u.iso2 else "",
            "no_metro": why,
        } | {
            name: getattr(mended, name)
            for name in tables.of("spatial_unit").names
            if name not in ("unit_id", "iso3", "no_metro")
        }


def _mended(registry: Registry, unit: Unit) -> Unit:
    """A unit with the point that `alias.csv` corrects and, where its list gives a code alone, the name that
    it gives; the note says both, and what the list itself says."""
    alias, notes = registry.alias(unit), [unit.note, unit.doubt]
    if alias.name and unit.name == unit.code:
        notes.append(f"Named: {alias.reason}")
        unit = replace(unit, name=alias.name)
    if alias.iso2:
        notes.append(f"Corrected: {alias.reason}")
    if alias.latitude is not None and unit.latitude is not None:
        notes.append(
            f"Corrected from latitude {unit.latitude}, longitude {unit.longitude}: {alias.reason}"
        )
        unit = replace(unit, latitude=alias.latitude, longitude=alias.longitude)
    said = "; ".join(n for n in notes if n)
    return replace(unit, note=said) if said != unit.note else unit


def local_units(out: Path, found: list[dict[str, Any]]) -> int:
    """The local units, compressed: 28,000 lines that nobody edits."""
    texts = []
    for u in found:
        core = u["city"] or u["greater_city"]
        row = u | {
            "iso3": europe_lists.iso3(u["country"]),
            "part": ("core" if core else "hinterland") if u["fua"] else "",
        }
        texts.append([_text(row[c]) for c in tables.of("local_unit").names])
    table(out / "local_unit.csv.gz", tables.of("local_unit").names, sorted(texts))
    return len(texts)


def crosswalk(registry: Registry, worth: Mapping[str, Any]) -> list[dict[str, object]]:
    """The rows of `crosswalk`; a member government is no territorial unit.

    `worth` is the content of `calibration.json`.
    """
    return [
        {
            "metro_id": registry.metros[j.metro].metro_id,
            "system": j.unit.system,
            "code": j.unit.code,
            "vintage": j.unit.vintage,
            "relation": j.relation,
            "method": j.method,
            "score": calibration.score(j, worth),
            "evidence": j.evidence,
            "decided_by": j.decided_by,
        }
        for j in registry.joined
        if j.unit.system != "member"
    ]


def boundary_versions(
    sources: Path, units: list[Unit], links: list[Relation]
) -> list[dict[str, object]]:
    """The rows of `boundary_version`: dated ones, and the one of every unit with an area."""
    dated = boundaries.metro_regions(sources)
    within = [*dated, *boundaries.listed(units, dated)]
    every = boundaries.editions(links, units, within, sources)
    return [{name: getattr(v, name) for name in tables.of("boundary_version").names} for v in every]


def names(
    path: Path, registry: Registry, by_hand: list[NameByHand], catalan: Mapping[str, str]
) -> int:
    """Every name of every metropolis that a system, Natural Earth or CLDR gives, with its source.

    A label that lost letters (`S?o Paulo`) is no name; `name.csv` says which others are wrong.
    """
    found: set[tuple[str, str, str, str, str]] = set()
    wrong = {(n.founder, n.lang, n.name) for n in by_hand if n.kind == "wrong"}
    for m in registry.metros.values():
        found.add((m.metro_id, m.name, "en", "primary", "registry"))
        if m.natural_earth is not None:
            for lang, name in m.natural_earth.names.items():
                if (m.key, lang, name) not in wrong:
                    found.add((m.metro_id, name, lang, "translation", "Natural Earth"))
        # The same name in Latin letters, by rule and not by a person.
        # Not of Arabic (consonants alone) nor Japanese (read as if it were Chinese).
        for lang in ("zh", "ru", "ko"):
            name = m.natural_earth.names.get(lang, "") if m.natural_earth else ""
            if name and (m.key, lang, name) not in wrong and naming.local(m) == name:
                latin = " ".join(w.capitalize() for w in fold(name).split())
                found.add((m.metro_id, latin, lang, "transliteration", "anyascii"))
    for j in registry.joined:
        # The oldest codes of the SDG database join two cities in one (`AMSTERDAM-UTRECHT`).
        joint = (j.unit.system, j.unit.vintage) == ("unsd_city", "2017")
        if j.relation != "part_of" and j.unit.system != "member" and not joint:
            m = registry.metros[j.metro]
            found.update(
                (m.metro_id, n, "", "label", j.unit.system)
                for n in j.unit.names
                if "?" not in n and (m.key, "", n) not in wrong
            )
    ids = {m.metro_id for m in registry.metros.values()}
    found.update(
        (m, name, "ca", "translation", "Unicode CLDR") for m, name in catalan.items() if m in ids
    )
    for n in by_hand:
        if n.kind == "alias":
            found.add((registry.metros[n.founder].metro_id, n.name, n.lang, "alias", n.source))
    kept = sorted(found - counties(found))
    table(path, tables.of("metro_name").names, kept)
    return len(kept)


def counties(found: Collection[tuple[str, ...]]) -> set[tuple[str, ...]]:
    """Rows of `metro_name` that are names of counties of the United States, and of no metropolis.

    The OECD and Carbon Monitor call an area there after its main county (Richland for Columbia): their
    names count where another source gives the metropolis the same.
    """
    named = defaultdict(set)
    for metro_id, name, _, _, source in found:
        if metro_id.startswith("us-") and source not in BY_COUNTY:
            named[metro_id] |= {key for key, _ in variants(name)}
    return {
        r
        for r in found
        if r[0].startswith("us-")
        and r[4] in BY_COUNTY
        and not any(key in named[r[0]] for key, _ in variants(r[1]))
    }


def write(out: Path, statement: tables.Table, rows: Iterable[Mapping[str, object]]) -> int:
    """Write one dictionary in the columns and the order of its statement."""
    texts = [tuple(_text(r[c]) for c in statement.names) for r in rows]
    at = [statement.names.index(k) for k in statement.sort]
    texts.sort(key=lambda r: tuple(r[i] for i in at))
    table(out / f"{FILES.get(statement.name, statement.name)}.csv", statement.names, texts)
    return len(texts)


def table(path: Path, header: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Write one CSV file, whole or not at all; compressed where its name ends in `.gz`.

    The same rows give the same bytes.
    """
    body = io.StringIO(newline="")
    writer = csv.writer(body, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    raw = body.getvalue().encode()
    part = path.with_name(path.name + ".part")
    part.write_bytes(gzip.compress(raw, 9, mtime=0) if path.suffix == ".gz" else raw)
    part.replace(path)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value)
