"""Figures made up for datasets that the catalog states and the bundled vintage does not hold.

Their codes come from the bindings of indicators and from the registry; the numbers mean nothing but
lie in the plausible range of the indicators that bind them.
"""

from __future__ import annotations

import csv
from functools import cache
from itertools import islice, product
from math import prod

from catalog import load
from catalog.models.model import Dataset
from tests.upstreams.tables import Row, Table

YEARS = ("2019", "2020", "2021")
_AREAS = 3
# Where a formula of the catalog combines figures they have to fit each other: dataset to code to a
# factor of the figures that bear it.
_AGES = {"TOTAL": 1e6, "Y_LT15": 0.15e6, "Y15-64": 0.65e6, "Y_GE65": 0.2e6, "F": 0.51, "M": 0.49}
_WASTE_AND_GREEN = {"EN4008V": 500.0, "EN5001V": 20.0}  # thousand tonnes, km2
_PRICE_AND_INCOME = {"SA1051V": 200_000.0, "EC3039V": 25_000.0}
FITTING = {
    "met_pjanaggr3": _AGES,
    "met_pjangrp3": {"Y_LT5": 0.05e6},
    **{d: {"DE1001V": 1e6} for d in ("urb_cpop1", "urb_lpop1")},
    **dict.fromkeys(("urb_cenv", "urb_lenv"), _WASTE_AND_GREEN),
    **dict.fromkeys(("urb_clivcon", "urb_llivcon"), _PRICE_AND_INCOME),
}


@cache
def catalog():
    """The catalog as it stands."""
    return load()


def stated(provider: str) -> dict[str, Dataset]:
    """The datasets that the catalog states for a provider."""
    found = catalog().providers.get(provider)
    return found.datasets if found else {}


def datasets(provider: str) -> list[str]:
    """Their names."""
    return sorted(stated(provider))


@cache
def codes_of(system: str) -> tuple[str, ...]:
    """The first codes of a list of territories in the registry."""
    with catalog().csv("spatial_unit").open(encoding="utf-8", newline="") as stream:
        found = (r["code"] for r in csv.DictReader(stream) if r["system"] == system)
        return tuple(islice(dict.fromkeys(found), _AREAS))


def wheres(provider: str, dataset: str) -> list[dict[str, list[str]]]:
    """What the indicators bind: dimension to codes; regular expressions are left out."""
    made = []
    for indicator in catalog().indicators.values():
        for b in indicator.bindings:
            if (b.provider, b.dataset) == (provider, dataset):
                pairs = {d: [c] if isinstance(c, str) else list(c) for d, c in b.where.items()}
                made.append(
                    {d: [c for c in cs if not c.startswith("~")] for d, cs in pairs.items()}
                )
    return made


def plausible(provider: str, dataset: str, where: dict[str, list[str]]) -> tuple[float, float]:
    """Two figures as served that the indicator bound so finds plausible, the lower first."""
    low, high = 10.0, 90.0
    for indicator in catalog().indicators.values():
        for b in indicator.bindings:
            codes = {d: [c] if isinstance(c, str) else list(c) for d, c in b.where.items()}
            if (b.provider, b.dataset) == (provider, dataset) and all(
                set(cs) <= set(codes.get(d, ())) for d, cs in where.items()
            ):
                low = max(low, (indicator.range.min or 0.0) / b.factor)
                high = (indicator.range.max or max(low, 1) * 10) / b.factor
    return min(low, high), high


def table(provider: str, dataset: str) -> Table | None:
    """A small table with every code that an indicator binds, for some territories and years."""
    found = stated(provider).get(dataset)
    if found is None:
        return None
    rule = found.territory[-1]
    bound = wheres(provider, dataset) or [{}]
    dimensions = list(dict.fromkeys(["freq", *(d for w in bound for d in w), rule.code]))
    areas = codes_of(rule.system) or ("ES002M", "FR001MC", "DE011M")
    rows: dict[tuple[tuple[str, ...], str], Row] = {}
    for where in bound:
        low, high = plausible(provider, dataset, where)
        own = {"freq": ["A"], rule.code: list(areas)} | {d: c for d, c in where.items() if c}
        for codes in product(*(own.get(d, ["_T"]) for d in dimensions)):
            factors = [f for code, f in FITTING.get(dataset, {}).items() if code in codes]
            for year in YEARS:
                value = low + (high - low) * (len(rows) % 80) / 160
                if factors:
                    value = prod(factors) * (1 + YEARS.index(year) / 100)
                rows.setdefault((codes, year), Row(codes, year, f"{value:.6g}"))
    return Table(dataset.upper(), found.title, dimensions, list(rows.values()))


@cache
def eurostat(dataset: str) -> Table | None:
    """A dataset of Eurostat that the catalog states."""
    return table("eurostat", dataset)
