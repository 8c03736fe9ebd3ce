"""How often the rules for national and regional figures are wrong, and what they miss.

    python -m benchmarks.simulations.shared

writes docs/simulations-shared.md: alarms on files in which every place has a figure of its own, and
the share of planted copies that are found, by the SQL and thresholds that the observatory uses.
"""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from catalog.models.comparability import load
from warehouse.methods.shared_value import FIGURE, shared_values

SEED = 20261130
FILES = 60
COUNTRIES = 30
PAGE = Path(__file__).parents[2] / "docs" / "simulations-shared.md"


def percents(rng: np.random.Generator, cities: int, decimals: int, full: float) -> np.ndarray:
    """(COUNTRIES, cities) percentages of one year; `full` of them are 100 by nature."""
    made = np.round(100 * rng.beta(6, 2, (COUNTRIES, cities)), decimals)
    return np.where(rng.random(made.shape) < full, 100.0, made)


def incomes(rng: np.random.Generator, cities: int, years: int, decimals: int) -> np.ndarray:
    """(COUNTRIES, cities, years) figures that grow at random, most with their country."""
    shape = (COUNTRIES, cities, years)
    level = (
        10
        + 0.3 * rng.standard_normal((COUNTRIES, 1, 1))
        + 0.2 * rng.standard_normal((*shape[:2], 1))
    )
    together = np.cumsum(rng.normal(0.02, 0.02, (COUNTRIES, 1, years)), axis=2)
    own = np.cumsum(rng.normal(0, 0.01, shape), axis=2)
    return np.round(np.exp(level + together + own), decimals)


def figures(values: np.ndarray) -> pa.Table:
    """Rows of a whole file from (countries, cities, years)."""
    c, m, y = (a.ravel() for a in np.indices(values.shape))
    place = pa.array([f"{i:02d}-{j:03d}" for i, j in zip(c, m, strict=True)])
    year = [str(2000 + int(t)) for t in y]
    given = {
        "fate": pa.repeat("observation", values.size),
        "metro_id": place,
        "unit_id": place,
        "series_key": place,
        "iso3": pa.array([f"C{i:02d}" for i in c]),
        "period": pa.array(year),
        "period_start": pa.array([datetime.date(2000 + int(t), 1, 1) for t in y]),
        "value": pa.array(values.ravel()),
        "unit": pa.repeat("PC", values.size),
    }
    return pa.table({n: given.get(n, pa.repeat("x", values.size)) for n in FIGURE})


def found(values: np.ndarray) -> set[tuple[str, str]]:
    """(place, kind) of what the rules find in a file."""
    rows = shared_values(figures(values), load().shared).to_pylist()
    return {(r["unit_id"], r["kind"]) for r in rows}


def clean() -> list[tuple[str, float, float]]:
    """(kind of file, percent of countries called national, of places called regional), no copies."""
    rng, rows = np.random.default_rng(SEED), []
    for cities in (3, 6, 20):
        for decimals, full in ((1, 0.0), (0, 0.0), (1, 0.3), (1, 0.7)):
            named = f"percentages, {cities} cities, {decimals} decimals, {full:.0%} at 100"
            alarms = [
                found(percents(rng, cities, decimals, full)[:, :, None]) for _ in range(FILES)
            ]
            rows.append((named, *_rates(alarms, cities)))
    for cities in (4, 12):
        for decimals in (2, 0, -2):
            named = f"incomes, {cities} cities, 10 years, rounded to {10.0**-decimals:g}"
            alarms = [found(incomes(rng, cities, 10, decimals)) for _ in range(FILES // 4)]
            rows.append((named, *_rates(alarms, cities)))
    return rows


def _rates(alarms: list[set[tuple[str, str]]], cities: int) -> tuple[float, float]:
    national = sum(len({p[:2] for p, kind in a if kind == "national"}) for a in alarms)
    regional = sum(len({p for p, kind in a if kind == "regional"}) for a in alarms)
    countries = len(alarms) * COUNTRIES
    return 100 * national / countries, 100 * regional / (countries * cities)


def planted_national() -> list[tuple[str, list[float]]]:
    """(kind, percent of files in which the copies are found, by the share of cities that have one)."""
    rng, rows = np.random.default_rng(SEED + 1), []
    for cities in (3, 6, 20):
        for value, full in ((86.5, 0.3), (100.0, 0.3), (100.0, 0.7)):
            hits = []
            for share in (0.5, 0.8, 1.0):
                n, seen = round(share * cities), 0
                for _ in range(FILES):
                    values = percents(rng, cities, 1, full)
                    values[0, :n] = value
                    seen += ("00-000", "national") in found(values[:, :, None])
                hits.append(100 * seen / FILES)
            rows.append((f"{cities} cities at {value:g}, elsewhere {full:.0%} at 100", hits))
    return rows


def planted_regional() -> list[tuple[str, list[float]]]:
    """(kind, percent of files in which two places of one region are found, by years that agree)."""
    rng, rows = np.random.default_rng(SEED + 2), []
    for decimals in (2, 0, -2):
        hits = []
        for years in (2, 3, 5, 10):
            seen = 0
            for _ in range(FILES // 4):
                values = incomes(rng, 12, 10, decimals)
                values[0, 1, :years] = values[0, 0, :years]
                seen += ("00-001", "regional") in found(values)
            hits.append(100 * seen / (FILES // 4))
        rows.append((f"incomes rounded to {10.0**-decimals:g}", hits))
    return rows


def main() -> None:
    """Write the page."""
    rule = load().shared
    alarms = "\n".join(f"| {k} | {a:.3f} | {b:.3f} |" for k, a, b in clean())
    national = "\n".join(
        f"| {k} | {' | '.join(f'{h:.0f}' for h in hits)} |" for k, hits in planted_national()
    )
    regional = "\n".join(
        f"| {k} | {' | '.join(f'{h:.0f}' for h in hits)} |" for k, hits in planted_regional()
    )
    PAGE.write_text(
        f"""# What the rules for national and regional figures find and miss

Files of {COUNTRIES} countries, {FILES} a row (a quarter of that where there are years), seed {SEED}; `python -m benchmarks.simulations.shared` writes this page by the SQL that the observatory uses (`warehouse/sql/shared_value.sql`): at least {rule.units} places and {rule.share:.0%} of the country, chance at most {rule.chance:g}; at least {rule.distinct} different figures that two places share, of which rounding would give at most {rule.expected:g} pairs.

## False alarms: every place has a figure of its own

| file | countries called national, % | places called regional, % |
|---|---|---|
{alarms}

## A national figure given to cities of one country, percent of files in which it is found

| file | half of the cities | 80 % | all |
|---|---|---|---|
{national}

Where most cities elsewhere show the same figure, few cities that all show it prove nothing, and the rule says nothing: that is a miss by design, not an error.

## The figure of a region given to two of 12 metropolises, percent of files in which it is found

| file | 2 years | 3 | 5 | 10 |
|---|---|---|---|---|
{regional}

Two figures are never enough by the rule. Where figures are rounded so coarsely that neighbours which grow together agree, up to 3 % of places are called regional wrongly; the column `chance` of table `shared_value` says how sure the rule is.
""",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
