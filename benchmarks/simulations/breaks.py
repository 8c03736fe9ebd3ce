"""How often the rule for breaks without a flag is wrong, and what it misses.

    python -m benchmarks.simulations.breaks

writes docs/simulations-breaks.md: false alarms on series without a break, of several kinds, and the
share of planted jumps that are found, by the SQL and the threshold that the observatory uses.
"""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from catalog.models.comparability import load
from warehouse import store, tables
from warehouse.methods.breaks import find

SEED = 20261123
SERIES = 4_000
LENGTHS = (6, 8, 12, 20, 30)
JUMPS = (1.25, 1.5, 2.0, 4.0, 10.0)
PEOPLE_JUMPS = (1.03, 1.06, 1.1, 1.15, 1.3)
PEOPLE_NOISE = (0.002, 0.005, 0.01)
PAGE = Path(__file__).parents[2] / "docs" / "simulations-breaks.md"


def levels(kind: str, n: int, rng: np.random.Generator) -> np.ndarray:
    """(SERIES, n) figures without a break."""
    shape = (SERIES, n)
    spread = rng.uniform(0.01, 0.08, (SERIES, 1))
    normal = rng.standard_normal(shape)
    match kind:
        case "steady growth, noise":
            growth = rng.normal(0.01, 0.02, (SERIES, 1)) * np.arange(n)
            return 1e5 * np.exp(growth + spread * normal)
        case "noise that remembers 0.3":
            made = np.empty(shape)
            made[:, 0] = normal[:, 0] / np.sqrt(1 - 0.09)
            for t in range(1, n):
                made[:, t] = 0.3 * made[:, t - 1] + normal[:, t]
            return 1e5 * np.exp(spread * made)
        case "random walk":
            return 1e5 * np.exp(np.cumsum(spread * normal, axis=1))
        case "random walk, heavy tails (t, 3 df)":
            return 1e5 * np.exp(np.cumsum(spread * rng.standard_t(3, shape), axis=1))
        case _:
            return rng.poisson(mean(kind), shape).astype(float)


def mean(kind: str) -> float:
    """The mean of a kind of counts."""
    return float(kind.rsplit(maxsplit=1)[-1].replace(",", ""))


KINDS = (
    "steady growth, noise",
    "noise that remembers 0.3",
    "random walk",
    "random walk, heavy tails (t, 3 df)",
    "counts of about 5",
    "counts of about 50",
    "counts of about 5,000",
)


def observations(values: np.ndarray, *, counts: bool, indicator: str = "") -> pa.Table:
    """table `observation`, each row of `values` (series, years from 1990) a series."""
    series, years = values.shape
    size = values.size
    name = pa.array([str(i) for i in range(series)]).take(
        pa.array(np.repeat(np.arange(series), years))
    )
    year = np.tile(np.arange(1990, 1990 + years), series)
    given = {
        "unit_id": name,
        "series_key": name,
        "metro_id": name,
        "period": pa.array(year.astype(str)),
        "period_start": pa.array(
            [datetime.date(y, 1, 1) for y in range(1990, 1990 + years)] * series
        ),
        "value": pa.array(values.ravel()),
        "freq": pa.repeat("A", size),
        "unit": pa.repeat("NR" if counts else "KM2", size),
        "indicator_id": pa.repeat(indicator, size),
        "sex": pa.repeat("_T", size),
        "age": pa.repeat("_T", size),
        "obs_status": pa.repeat("A", size),
    }
    columns = {}
    for f in store.schema(tables.of("observation")):
        plain = (
            pa.nulls(size, f.type) if f.nullable or f.type != pa.string() else pa.repeat("", size)
        )
        columns[f.name] = given.get(f.name, plain)
    return pa.table(columns)


def found(values: np.ndarray, *, counts: bool = False, indicator: str = "") -> set[tuple[int, int]]:
    """(series, place) of each break that the rule finds."""
    none = store.empty(tables.of("boundary_version"))
    rows = find(observations(values, counts=counts, indicator=indicator), none, load().breaks)
    return {(int(r["unit_id"]), int(r["period"]) - 1990) for r in rows.to_pylist()}


def false_alarms() -> list[tuple[str, int, float, float]]:
    """(kind, years, percent of series with an alarm, percent of steps)."""
    rng, rows = np.random.default_rng(SEED), []
    for kind in KINDS:
        for n in LENGTHS:
            alarms = found(levels(kind, n, rng), counts=kind.startswith("counts"))
            series = len({s for s, _ in alarms})
            rows.append((kind, n, 100 * series / SERIES, 100 * len(alarms) / (SERIES * (n - 1))))
    return rows


def hits() -> list[tuple[str, float, float]]:
    """(kind, factor, percent of planted jumps found at their place), series of 12 years."""
    rng, rows, n = np.random.default_rng(SEED + 1), [], 12
    for kind in KINDS:
        for factor in JUMPS:
            values = levels(kind, n, rng)
            at = rng.integers(1, n - 1, SERIES)  # any step but the last, which nothing confirms
            later = np.arange(n) >= at[:, None]
            if kind.startswith("counts"):
                values = rng.poisson(mean(kind) * np.where(later, factor, 1.0)).astype(float)
            else:
                values = np.where(later, values * factor, values)
            alarms = found(values, counts=kind.startswith("counts"))
            rows.append(
                (kind, factor, 100 * sum((i, int(a)) in alarms for i, a in enumerate(at)) / SERIES)
            )
    return rows


def populations(n: int, noise: float, rng: np.random.Generator) -> np.ndarray:
    """(SERIES, n) populations of territories that stay the same: up to 4 percent a year, with changes
    of pace, and the noise of registers."""
    pace = rng.normal(0.005, 0.012, (SERIES, 1)).clip(-0.03, 0.04)
    drift = pace + 0.002 * np.cumsum(rng.standard_normal((SERIES, n)), axis=1)
    return 3e5 * np.exp(np.cumsum(drift, axis=1) + noise * rng.standard_normal((SERIES, n)))


def of_people() -> list[str]:
    """A row of Markdown for each noise: series with an alarm, and jumps found, the newest too."""
    rng, rows, n = np.random.default_rng(SEED + 2), [], 12
    for noise in PEOPLE_NOISE:
        alarms = len({s for s, _ in found(populations(n, noise, rng), indicator="population")})
        cells = [f"{100 * noise:g}", f"{100 * alarms / SERIES:.2f}"]
        for last in (False, True):
            for factor in PEOPLE_JUMPS:
                at = np.full(SERIES, n - 1) if last else rng.integers(1, n - 1, SERIES)
                jumped = populations(n, noise, rng)
                jumped = np.where(np.arange(n) >= at[:, None], jumped * factor, jumped)
                seen = found(jumped, indicator="population")
                share = sum((i, int(a)) in seen for i, a in enumerate(at)) / SERIES
                cells.append(f"{100 * share:.0f}")
        rows.append("| " + " | ".join(cells) + " |")
    return rows


def main() -> None:
    """Write the page."""
    rule = load().breaks
    clean = "\n".join(f"| {k} | {n} | {s:.2f} | {p:.3f} |" for k, n, s, p in false_alarms())
    by_kind: dict[str, list[float]] = {}
    for kind, _, share in hits():
        by_kind.setdefault(kind, []).append(share)
    planted = "\n".join(
        f"| {k} | " + " | ".join(f"{s:.0f}" for s in shares) + " |" for k, shares in by_kind.items()
    )
    heads = " | ".join(f"x {j:g}" for j in JUMPS)
    jumps = " | ".join(f"x {j:g}{last}" for last in ("", ", newest") for j in PEOPLE_JUMPS)
    people = "\n".join(of_people())
    PAGE.write_text(
        f"""# What the rule for breaks without a flag finds and misses

{SERIES:,} series a row, seed {SEED}; `python -m benchmarks.simulations.breaks` writes this page by the SQL that the observatory uses (`warehouse/sql/breaks.sql`), threshold {rule.threshold:g}, least step {rule.least_change:g}, floor {rule.floor:g}. Noise is 1 to 8 percent a year, another for each series.

## False alarms on series without a break

| series | years | series with an alarm, % | steps with an alarm, % |
|---|---|---|---|
{clean}

## Planted jumps found at their year, percent of series of 12 years

| series | {heads} |
|---|{"---|" * len(JUMPS)}
{planted}

The jump is at any step but the last: nothing confirms a jump in the newest figure, so it is found a year later.

## Stocks of people, homes and land

Threshold {rule.threshold:g}, least step {rule.slow.least_change:g}, floor {rule.slow.floor:g}; the newest figure needs no confirmation. Populations of 12 years that grow by -3 to 4 percent, another for each series, with changes of pace and the noise of registers.

| noise, % | series with an alarm, % | {jumps} |
|---|---|{"---|" * 2 * len(PEOPLE_JUMPS)}
{people}
""",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
