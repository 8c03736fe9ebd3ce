"""Names and identifiers of metropolises: what a reader calls them, in which language."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from warehouse.registry.assemble import MetroDraft, Registry
from warehouse.registry.countries import countries
from warehouse.registry.gazetteer import NaturalEarth
from warehouse.registry.matching.match import (
    PlaceIndex,
    compact,
    distance_km,
    identifiers,
    slug,
    variants,
)

# Language that Natural Earth holds and that is the main local one of these countries.
LOCAL = {
    "es": "AR BO CL CO CR CU DO EC ES GQ GT HN MX NI PA PE PR PY SV UY VE",
    "fr": "BF BJ CD CF CG CI FR GA GN GP GF MC ML MQ NE RE SN TG YT",
    "de": "AT DE LI",
    "pt": "AO BR CV GW MZ PT ST",
    "zh": "CN HK MO TW",
    "ar": "AE BH DZ EG IQ JO KW LB LY MA MR OM PS QA SA SD SY TN YE",
    "ru": "RU",
    "ja": "JP",
    "ko": "KP KR",
}
_LANGUAGE = {iso2: lang for lang, codes in LOCAL.items() for iso2 in codes.split()}


def link_natural_earth(registry: Registry, places: list[NaturalEarth]) -> dict[str, str]:
    """Give metropolises their Natural Earth place, by GeoNames id or by name and distance.

    Returns metropolis key -> how it was found. One place names one metropolis, the most populous
    place first.
    """
    by_gid = {m.gazetteer.key: k for k, m in sorted(registry.metros.items()) if m.gazetteer}
    how: dict[str, str] = {}
    for ne in sorted(places, key=lambda n: (-(n.place.population or 0), n.place.key)):
        place = ne.place
        if ne.mega and not registry.blind:  # else the truth that it says would be looked at
            place = replace(place, names=(*place.names, ne.mega))
        link = registry.index.match(place)
        target = link.target if link.decision == "accept" else None
        method = "name+distance"
        if target is None and ne.geonameid in by_gid:
            target, method = by_gid[ne.geonameid], "GeoNames id"
        if target is not None and registry.metros[target].natural_earth is None:
            registry.metros[target].natural_earth = ne
            how[target] = method
    return how


# A centre without a name is called by where it is; its number stays as its provider gives it.
_UNNAMED = {
    "ca": ("Centre pr\u00f2xim a {}", "Centre sense nom {}"),
    "es": ("Centro cercano a {}", "Centro sin nombre {}"),
    "fr": ("Centre pr\u00e8s de {}", "Centre sans nom {}"),
}


def described(name: str, lang: str) -> str:
    """A name that is a description of ours, in another language; empty for a real name."""
    for english, said in zip(("Centre near ", "Unnamed centre "), _UNNAMED[lang], strict=True):
        if name.startswith(english):
            return said.format(name.removeprefix(english))
    return ""


def english(metro: MetroDraft) -> str:
    """The name that a reader knows: the alias; else Natural Earth's English one where it is one
    of the founder's names or aliases; else the gazetteer's where it is in the founder's label;
    else the label's own.
    """
    label = re.sub(r"\s*\((greater city|Greater|NUTS 2010)\)", "", metro.founder.name)
    near = metro.gazetteer.names[0] if metro.gazetteer else ""
    if label.startswith("Unnamed centre"):
        return f"Centre near {near}" if near else label
    return metro.alias or _known(metro, label) or _own(metro, label, near)


def _known(metro: MetroDraft, label: str) -> str:
    """Natural Earth's English name, or its plain one where only that is in the label."""
    if metro.natural_earth is None:
        return ""
    said = dict(variants(label))
    also = said | {compact(a): 0.9 for a in metro.place.aliases}
    plain, full = metro.natural_earth.place.names[0], metro.natural_earth.names.get("en", "")
    if compact(plain) in said and full == f"{plain} City" and compact(full) not in said:
        return plain
    return next((n for n in (full, plain) if n and compact(n) in also), "")


def _own(metro: MetroDraft, label: str, near: str) -> str:
    """The label's own name: the gazetteer's spelling, the English one in parentheses, the head."""
    head = re.sub(r"\s*[(\[].*", "", label).split(",")[0].strip() or label
    if near and (
        "?" in label or (compact(near) != compact(head) and compact(near) in dict(variants(label)))
    ):
        return near
    inside = re.search(r"\(([^)]+)\)", label)
    if inside and metro.founder.system == "un_wup2018" and not inside[1].startswith("in"):
        return inside[1]
    return head


def local(metro: MetroDraft) -> str:
    """The name in the local language, where Natural Earth holds it; else empty."""
    lang = _LANGUAGE.get(metro.founder.iso2, "")
    return metro.natural_earth.names.get(lang, "") if metro.natural_earth and lang else ""


def name_and_identify(
    registry: Registry,
    places: list[NaturalEarth],
    pinned: Mapping[str, str] | None = None,
    retired: Iterable[str] = (),
) -> None:
    """Set `name` and `metro_id` of every metropolis; ids depend on names, never on order.

    `pinned`: founder's key to the identifier that it has and keeps, whatever its name is now;
    `retired` identifiers are never given again.
    """
    metros = [registry.metros[k] for k in sorted(registry.metros)]
    for m in metros:
        m.name = registry.names.get(m.key) or english(m)
    homonyms = Counter((m.founder.iso2, slug(m.name)) for m in metros)
    nearby = PlaceIndex(n.place for n in places)
    admins = {n.place.key: n.admin for n in places}
    held = pinned or {}
    taken = {*held.values(), *retired}
    new = [m for m in metros if m.key not in held]
    rows = []
    for m in new:
        admin = ""
        plain = f"{m.founder.iso2.lower()}-{slug(m.name)}"
        if homonyms[m.founder.iso2, slug(m.name)] > 1 or plain in taken:
            admin = _admin(m, registry, nearby, admins)
        rows.append((m.founder.iso2, m.name, admin))
    for m in metros:
        m.metro_id = held.get(m.key, "")
    for m, metro_id in zip(new, identifiers(rows, taken), strict=True):
        m.metro_id = metro_id


def _admin(m: MetroDraft, registry: Registry, nearby: PlaceIndex, admins: dict[str, str]) -> str:
    """What tells a homonym apart: its state, the label's, that of a known place, a neighbour."""
    if m.founder.iso2 == "US" and m.gazetteer is not None:
        return m.gazetteer.admin
    if registry.alias(m.founder).admin:
        return registry.alias(m.founder).admin
    if "," in m.founder.name:
        return m.founder.name.split(",")[1].strip()
    if m.natural_earth is not None:
        return m.natural_earth.admin
    own = [k for k in registry.metros if registry.metros[k].founder.iso2 == m.founder.iso2]
    others = sorted(
        (
            distance_km(m.place.latitude, m.place.longitude, o.place.latitude, o.place.longitude)
            or 9e9,
            k,
        )
        for k, o in ((k, registry.metros[k]) for k in own)
        if k != m.key and o.name != m.name and (o.founder.population or 0) > 3e5
    )
    if others and others[0][0] < 9e8:
        return f"near {registry.metros[others[0][1]].name}"
    return m.founder.code


def country_name(iso2: str) -> str:
    """Country name in English."""
    return countries()[iso2].name
