"""How often the rules for national and regional figures are wrong, and what they miss.

    python -m benchmarks.simulations.shared

writes docs/simulations-shared.md: alarms on files in which every place has a figure of its own, and
the share of planted copies that are found, by the SQL and thresholds that the observatory uses.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from catalog.models.comparability import load
from warehouse.methods.shared_value import FIGURE, shared_values

SEED = 20261130
FILES = 60
COUNTRIES = 30
Make = Callable[[], np.ndarray]
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


def rates(rng: np.random.Generator, cities: int, years: int) -> np.ndarray:
    """(COUNTRIES, cities, years) deaths per 1,000 inhabitants in whole numbers: few steps in a country."""
    shape = (COUNTRIES, cities, years)
    country = 10 + 1.5 * rng.standard_normal((COUNTRIES, 1, 1))
    place = rng.standard_normal((*shape[:2], 1))
    return np.round(country + place + rng.normal(0, 0.4, shape)).clip(0)


def ages(rng: np.random.Generator, cities: int, years: int) -> np.ndarray:
    """(COUNTRIES, cities, years) median ages in whole years: coarse, and slow."""
    shape = (COUNTRIES, cities, years)
    level = (
        40 + 2 * rng.standard_normal((COUNTRIES, 1, 1)) + 2 * rng.standard_normal((*shape[:2], 1))
    )
    return np.round(level + rng.normal(0.25, 0.05, (*shape[:2], 1)) * np.arange(years))


def excesses(rng: np.random.Generator, cities: int, years: int) -> np.ndarray:
    """(COUNTRIES, cities, years) hours above a limit: none in most places, some in the others."""
    shape = (COUNTRIES, cities, years)
    clean = rng.beta(3, 1, (COUNTRIES, 1, 1))
    return np.where(rng.random(shape) < clean, 0, rng.geometric(0.05, shape) + 0.0)


def climate(rng: np.random.Generator, cities: int, years: int, decimals: int) -> np.ndarray:
    """(COUNTRIES, cities, years) of weather in which places along a line are like their neighbours."""

    def smooth(noise: np.ndarray) -> np.ndarray:
        near = np.exp(-0.5 * (np.subtract.outer(np.arange(cities), np.arange(cities)) / 3) ** 2)
        near /= np.sqrt((near**2).sum(axis=1, keepdims=True))
        return np.einsum("ij,cjy->ciy", near, noise)

    level = 2 * smooth(rng.standard_normal((COUNTRIES, cities, 1)))
    weather = 2 * rng.standard_normal((COUNTRIES, 1, years))
    own = smooth(rng.standard_normal((COUNTRIES, cities, years)))
    return np.round(18 + level + weather + 0.7 * own, decimals)


def monthly_rents(rng: np.random.Generator, cities: int, years: int) -> np.ndarray:
    """(COUNTRIES, cities, years) twelve times a rent of a month rounded to a tenth."""
    level = 7 * np.exp(
        0.3 * rng.standard_normal((COUNTRIES, 1, 1))
        + 0.2 * rng.standard_normal((COUNTRIES, cities, 1))
    )
    own = np.exp(np.cumsum(rng.normal(0.02, 0.03, (COUNTRIES, cities, years)), axis=2))
    return np.round(12 * np.round(level * own, 1), 1)


def figures(files: np.ndarray, note: str = "") -> pa.Table:
    """Rows of whole files, a dataset each, from (files, countries, cities, years); note: the footnote of
    the first country."""
    f, c, m, y = (a.ravel() for a in np.indices(files.shape))
    place = pa.array([f"{i:02d}-{j:03d}" for i, j in zip(c, m, strict=True)])
    year = [str(2000 + int(t)) for t in y]
    given = {
        "fate": pa.repeat("observation", files.size),
        "metro_id": place,
        "unit_id": place,
        "series_key": place,
        "dataset": pa.array([str(i) for i in f]),
        "iso3": pa.array([f"C{i:02d}" for i in c]),
        "period": pa.array(year),
        "period_start": pa.array([datetime.date(2000 + int(t), 1, 1) for t in y]),
        "value": pa.array(files.ravel()),
        "unit": pa.repeat("PC", files.size),
        "note": pa.array(np.where(c == 0, note, "")),
    }
    return pa.table({n: given.get(n, pa.repeat("x", files.size)) for n in FIGURE})


def found(files: list[np.ndarray], note: str = "") -> list[set[tuple[str, str]]]:
    """(place, kind) of what the rules find in each file."""
    made: list[set[tuple[str, str]]] = [set() for _ in files]
    for r in shared_values(figures(np.stack(files), note), load().shared).to_pylist():
        made[int(r["dataset"])].add((r["unit_id"], r["kind"]))
    return made


def clean() -> list[tuple[str, float, float]]:
    """(kind of file, percent of countries called national, of places called regional), no copies."""
    rng, rows = np.random.default_rng(SEED), []
    for cities in (3, 6, 20):
        for decimals, full in ((1, 0.0), (0, 0.0), (1, 0.3), (1, 0.7)):
            named = f"percentages, {cities} cities, {decimals} decimals, {full:.0%} at 100"
            alarms = found(
                [percents(rng, cities, decimals, full)[:, :, None] for _ in range(FILES)]
            )
            rows.append((named, *_rates(alarms, cities)))
    for cities in (4, 12):
        for decimals in (2, 0, -2):
            named = f"incomes, {cities} cities, 10 years, rounded to {10.0**-decimals:g}"
            alarms = found([incomes(rng, cities, 10, decimals) for _ in range(FILES // 4)])
            rows.append((named, *_rates(alarms, cities)))
    kinds: list[tuple[str, Callable[[int], np.ndarray]]] = [
        ("death rates in whole numbers", lambda n: rates(rng, n, 12)),
        ("median ages in whole years", lambda n: ages(rng, n, 15)),
        ("hours above a limit, mostly none", lambda n: excesses(rng, n, 12)),
        ("temperatures of neighbours, 1 decimal", lambda n: climate(rng, n, 12, 1)),
        ("rain of neighbours, whole numbers", lambda n: climate(rng, n, 12, 0)),
        ("rents of a month times twelve", lambda n: monthly_rents(rng, n, 10)),
    ]
    for named, make in kinds:
        for cities in (6, 25):
            alarms = found([make(cities) for _ in range(FILES // 4)])
            rows.append((f"{named}, {cities} cities", *_rates(alarms, cities)))
    return rows


def _rates(alarms: list[set[tuple[str, str]]], cities: int) -> tuple[float, float]:
    national = sum(len({p[:2] for p, kind in a if kind == "national"}) for a in alarms)
    regional = sum(len({p for p, kind in a if kind == "regional"}) for a in alarms)
    countries = len(alarms) * COUNTRIES
    return 100 * national / countries, 100 * regional / (countries * cities)


def planted_national() -> list[tuple[str, list[float]]]:
    """(kind, percent of files in which the copies are found, by the share of cities that have one)."""
    rng, rows = np.random.default_rng(SEED + 1), []

    def rates_of(cities: int, value: float, make: Make, note: str) -> list[float]:
        hits = []
        for share in (0.5, 0.8, 1.0):
            files = [make() for _ in range(FILES)]
            for values in files:
                values[0, : round(share * cities)] = value
            seen = sum(("00-000", "national") in f for f in found(files, note))
            hits.append(100 * seen / FILES)
        return hits

    for cities in (3, 6, 20):
        for value, full, note in (
            (86.5, 0.3, ""),
            (100.0, 0.3, ""),
            (100.0, 0.3, "The country's office"),
            (100.0, 0.7, "The country's office"),
        ):
            told = f"{cities} cities at {value:g}, elsewhere {full:.0%} at 100"
            hits = rates_of(
                cities, value, lambda n=cities, f=full: percents(rng, n, 1, f)[:, :, None], note
            )
            rows.append((told + (", one footnote" if note else ""), hits))
    for cities in (6, 20):
        told = f"{cities} cities with a death rate of 14, in whole numbers"
        rows.append((told, rates_of(cities, 14, lambda n=cities: rates(rng, n, 1), "")))
    return rows


def planted_regional() -> list[tuple[str, list[float]]]:
    """(kind, percent of files in which two places of one region are found, by years that agree)."""
    rng, rows = np.random.default_rng(SEED + 2), []
    kinds: list[tuple[str, Make]] = [
        (f"incomes rounded to {10.0**-d:g}", lambda d=d: incomes(rng, 12, 10, d))
        for d in (2, 0, -2)
    ]
    kinds += [
        ("temperatures of one weather station, 1 decimal", lambda: climate(rng, 12, 10, 1)),
        ("median ages in whole years", lambda: ages(rng, 12, 10)),
    ]
    for named, make in kinds:
        hits = []
        for years in (2, 3, 5, 10):
            files = [make() for _ in range(FILES // 4)]
            for values in files:
                values[0, 6, :years] = values[0, 0, :years]
            seen = sum(("00-006", "regional") in f for f in found(files))
            hits.append(100 * seen / len(files))
        rows.append((named, hits))
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

A figure beyond which nothing lies, such as 0 or 100 %, or the least and greatest of several countries, is reached by real places: it is called national only where at least {rule.bound_share:.0%} of the country show it and one footnote of the provider is theirs. Figures so coarse that few steps cover a country, such as death rates in whole numbers, prove nothing either. Both are misses by design, not errors. Six neighbours in one climate may agree to a tenth of a degree in one of their years: that is the largest rate of false alarms above.

## The figure of a region given to two of 12 metropolises, percent of files in which it is found

| file | 2 years | 3 | 5 | 10 |
|---|---|---|---|---|
{regional}

Two figures are never enough by the rule. Places are compared by what is left when the movement of their country is taken off, with the rounding of their country (tens, hundreds, twelfths), and with the periods in which the same two places differ: neighbours in one climate are more alike than a country. The column `chance` of table `shared_value` says how sure the rule is. Coarse and slow series, such as median ages in whole years, are missed.
""",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
