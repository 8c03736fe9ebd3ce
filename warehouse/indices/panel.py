"""An index of one year or of many from one statement: read, fill over time, run each year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from catalog.models.index_spec import IndexSpec, of_year
from warehouse.errors import WarehouseError
from warehouse.indices import tables_in
from warehouse.indices.steps import engine
from warehouse.indices.steps.engine import Data


@dataclass(frozen=True)
class Run:
    """One year of an index; `year` is None where the statement has no years."""

    year: int | None
    spec: IndexSpec
    result: engine.IndexResult


def stated(spec: IndexSpec, sheets: tables_in.Sheets) -> dict[int | None, IndexSpec]:
    """The statement of each year, with its goalposts; {None: spec} for an index without years."""
    listed = tables_in.years(spec, sheets)
    specs = {y: of_year(spec, y) for y in listed} if listed else {None: spec}
    return {
        y: tables_in.with_goalposts(s, tables_in.goalposts(s, sheets)) for y, s in specs.items()
    }


def runs(spec: IndexSpec, sheets: tables_in.Sheets) -> tuple[list[Run], list[str]]:
    """The index of each year, and sentences on years that cannot be made and units that come and go.

    Raises `WarehouseError` for a mistake in the tables, or where no year can be made.
    """
    specs = stated(spec, sheets)
    given = {year: tables_in.data(one, sheets) for year, one in specs.items()}
    if spec.years is None:
        return [Run(None, specs[None], engine.run(specs[None], given[None]))], []
    by_year = {year: data for year, data in given.items() if year is not None}
    if spec.years.fill != "none":
        by_year = filled(by_year, spec.years.fill, spec.years.at_most)
    pool = stacked(list(by_year.values())) if _pooled(spec) else None
    done, told = [], _comings(by_year)
    for year, data in by_year.items():
        try:
            done.append(Run(year, specs[year], engine.run(specs[year], data, pool)))
        except WarehouseError as error:
            told.append(f"{year}: no index. {error}")
    if not done:
        raise WarehouseError("\n".join(told))
    return done, told


def _comings(data: Mapping[int, Data]) -> list[str]:
    """A sentence on units that are not there in the first or the last year, as renamed ones are not."""
    years = sorted(data)
    first, last = data[years[0]].units, data[years[-1]].units
    gone = [u for u in first if u not in set(last)]
    new = [u for u in last if u not in set(first)]
    if not gone or not new:
        return []

    def shown(units: list[str]) -> str:
        return ", ".join(units[:8]) + (f" and {len(units) - 8} more" if len(units) > 8 else "")

    return [
        f"Only in {years[0]} and not in {years[-1]}: {shown(gone)}; only in {years[-1]}: {shown(new)}. "
        "If one was renamed, give it the same code in all years: its change of rank is not worked out."
    ]


def _pooled(spec: IndexSpec) -> bool:
    rules = [spec.normalise, *(u.normalise for u in spec.indicators if u.normalise)]
    overs = {r.over for r in [*rules, *spec.robustness.normalise]}
    if overs == {"year", "years"}:
        raise WarehouseError(
            "normalise.over is 'years' in one place of the spec and 'year' in another; say the "
            "same in all."
        )
    return overs == {"years"}


def stacked(data: list[Data]) -> Data:
    """The data of several years as rows one below the other."""
    first = data[0]
    return Data(
        [u for d in data for u in d.units],
        [n for d in data for n in d.names],
        np.concatenate([d.raw for d in data]),
        {k: np.concatenate([d.denominators[k] for d in data]) for k in first.denominators},
        {k: [v for d in data for v in d.groups[k]] for k in first.groups},
    )


def filled(data: Mapping[int, Data], how: str, at_most: int) -> dict[int, Data]:
    """Missing raw values from the same unit's other years: `previous`, or on the `linear` way."""
    years = sorted(data)
    units = sorted({u for d in data.values() for u in d.units})
    place = {u: n for n, u in enumerate(units)}
    width = next(iter(data.values())).raw.shape[1]
    cube = np.full((len(years), len(units), width), np.nan)
    rows = {y: [place[u] for u in data[y].units] for y in years}
    for n, year in enumerate(years):
        cube[n, rows[year]] = data[year].raw
    time = np.array(years, dtype=np.float64)[:, None, None]
    before, before_at = _last(cube, time)
    after, after_at = (a[::-1] for a in _last(cube[::-1], time[::-1]))
    with np.errstate(all="ignore"):
        if how == "previous":
            made = np.where(time - before_at <= at_most, before, np.nan)
        else:
            share = (time - before_at) / (after_at - before_at)
            made = np.where(
                after_at - before_at <= at_most + 1, before + share * (after - before), np.nan
            )
    whole = np.where(np.isnan(cube), made, cube)
    return {
        y: replace(
            data[y],
            raw=whole[n, rows[y]],
            carried=np.isnan(data[y].raw) & ~np.isnan(whole[n, rows[y]]),
        )
        for n, y in enumerate(years)
    }


def _last(cube: np.ndarray, time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each cell the newest value up to its year, and the year that it is of."""
    value, year = np.full_like(cube, np.nan), np.full_like(cube, np.nan)
    now, when = np.full(cube.shape[1:], np.nan), np.full(cube.shape[1:], np.nan)
    for n in range(len(cube)):
        there = ~np.isnan(cube[n])
        now, when = np.where(there, cube[n], now), np.where(there, time[n], when)
        value[n], year[n] = now, when
    return value, year
