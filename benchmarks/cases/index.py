"""Ranges of ranks: 1,000 draws of weights and normalisation, 1,000 metropolises, 50 indicators."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.case import Case, Goal, Way

UNITS, INDICATORS, DRAWS, SEED = 1_000, 50, 1_000, 8
SCALINGS = ("min_max", "z", "rank")
# pyarrow loads pandas when it first hands out a column, so that it is loaded beforehand here too.
LOADED = ("pandas", "pyarrow.parquet", "warehouse.indices.steps.robustness", "numpy.random")


def make(folder: Path) -> str:
    """A table of figures, some of them skewed and some where less is better."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(SEED)
    values = rng.standard_normal((UNITS, INDICATORS))
    values[:, ::3] = np.exp(values[:, ::3])
    columns = {f"i{n}": values[:, n] for n in range(INDICATORS)}
    pq.write_table(pa.table(columns), folder / "figures.parquet")
    return f"{DRAWS:,} draws x {UNITS:,} units x {INDICATORS} indicators"


def _spec():
    from catalog.models.index_spec import IndexSpec

    return IndexSpec.model_validate(
        {
            "units": {"key": "unit"},
            "indicators": [
                {"id": f"i{n}", "direction": "lower" if n % 5 == 4 else "higher"}
                for n in range(INDICATORS)
            ],
            "normalise": {"method": SCALINGS[0]},
            "robustness": {
                "draws": DRAWS,
                "seed": SEED,
                "weights": "any",
                "normalise": [{"method": s} for s in SCALINGS[1:]],
            },
        }
    )


def _write(low: np.ndarray, high: np.ndarray, out: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    units = pa.array(np.arange(len(low)))
    ends = [pa.array(np.asarray(x, dtype=np.int64)) for x in (low, high)]
    pq.write_table(pa.table([units, *ends], names=["unit", "low", "high"]), out)


def ours(folder: Path, out: Path) -> None:
    """`rank_range`: three matrices, one product for each, all ranks at once."""
    import pyarrow.parquet as pq

    from warehouse.indices.steps import engine, robustness

    table = pq.read_table(folder / "figures.parquet")
    raw = np.column_stack([c.to_numpy() for c in table.columns])
    names = [str(n) for n in range(len(raw))]
    spec = _spec()
    found = robustness.rank_range(spec, engine.run(spec, engine.Data(names, names, raw)))
    _write(found.low, found.high, out)


def _draws() -> tuple[np.ndarray, np.ndarray]:
    cube = np.random.default_rng(SEED).random((DRAWS, 1 + INDICATORS))
    weights = -np.log1p(-cube[:, 1:])
    return (cube[:, 0] * 3).astype(int), weights / weights.sum(axis=1, keepdims=True)


def _loop(folder: Path, out: Path, cached: bool) -> None:
    import pandas as pd

    frame = pd.read_parquet(folder / "figures.parquet")
    for n in range(4, INDICATORS, 5):
        frame[f"i{n}"] = -frame[f"i{n}"]

    def scaled(which: int) -> pd.DataFrame:
        match SCALINGS[which]:
            case "min_max":
                return 100 * (frame - frame.min()) / (frame.max() - frame.min())
            case "z":
                return (frame - frame.mean()) / frame.std()
            case _:
                return 100 * (len(frame) - frame.rank(ascending=False)) / (len(frame) - 1)

    kept = {which: scaled(which) for which in range(3)} if cached else {}
    scalings, weights = _draws()
    ranks = {}
    for draw in range(DRAWS):
        which = int(scalings[draw])
        table = kept[which] if cached else scaled(which)
        score = (table * weights[draw]).sum(axis=1)
        ranks[draw] = score.rank(ascending=False, method="min")
    all_ranks = pd.DataFrame(ranks)
    low = all_ranks.quantile(0.05, axis=1, interpolation="lower")
    high = all_ranks.quantile(0.95, axis=1, interpolation="higher")
    _write(low.to_numpy(), high.to_numpy(), out)


def loop(folder: Path, out: Path) -> None:
    """pandas, all steps in each draw."""
    _loop(folder, out, cached=False)


def cached_loop(folder: Path, out: Path) -> None:
    """pandas, the three normalisations kept."""
    _loop(folder, out, cached=True)


PANEL_INDICATORS, YEARS = 100, 20


def make_panel(folder: Path) -> str:
    """A panel as CSV, as a publisher would give it: one row a unit and year."""
    import pyarrow as pa
    import pyarrow.csv as pc

    rng = np.random.default_rng(SEED)
    base = rng.standard_normal((UNITS, PANEL_INDICATORS))
    values = [base + 0.3 * rng.standard_normal(base.shape) for _ in range(YEARS)]
    whole = np.round(np.concatenate(values), 4)
    columns: dict[str, object] = {"unit": [f"u{n}" for n in range(UNITS)] * YEARS}
    columns["year"] = np.repeat(np.arange(2001, 2001 + YEARS), UNITS)
    columns |= {f"i{n}": whole[:, n] for n in range(PANEL_INDICATORS)}
    pc.write_csv(pa.table(columns), folder / "panel.csv")
    return (
        f"{DRAWS:,} draws x {UNITS:,} units x {PANEL_INDICATORS} indicators x {YEARS} years, "
        f"{(folder / 'panel.csv').stat().st_size / 1e6:.0f} MB"
    )


def panel(folder: Path, out: Path) -> None:
    """`index run` without its pages: read, every stage of every year, the range of each rank."""
    from catalog.models.index_spec import IndexSpec
    from warehouse.indices.panel import runs
    from warehouse.indices.steps import robustness
    from warehouse.indices.tables_in import Sheets

    spec = IndexSpec.model_validate(
        {
            "units": {"key": "unit"},
            "years": {"column": "year"},
            "indicators": [{"id": f"i{n}"} for n in range(PANEL_INDICATORS)],
            "robustness": {"draws": DRAWS, "seed": SEED, "weights": "any"},
        }
    )
    done, _ = runs(spec, Sheets(folder / "panel.csv"))
    found = [robustness.rank_range(run.spec, run.result) for run in done]
    _write(*(np.concatenate([getattr(f, end) for f in found]) for end in ("low", "high")), out)


def panel_loop(folder: Path, out: Path) -> None:
    """pandas, a year and a draw at a time."""
    import pandas as pd

    frame = pd.read_csv(folder / "panel.csv")
    cube = np.random.default_rng(SEED).random((DRAWS, PANEL_INDICATORS))
    weights = -np.log1p(-cube)
    weights /= weights.sum(axis=1, keepdims=True)
    low, high = [], []
    for _, year in frame.groupby("year"):
        values = year.drop(columns=["unit", "year"]).reset_index(drop=True)
        scaled = 100 * (values - values.min()) / (values.max() - values.min())
        ranks = {
            d: (scaled * weights[d]).sum(axis=1).rank(ascending=False, method="min")
            for d in range(DRAWS)
        }
        table = pd.DataFrame(ranks)
        low.append(table.quantile(0.05, axis=1, interpolation="lower").to_numpy())
        high.append(table.quantile(0.95, axis=1, interpolation="higher").to_numpy())
    _write(np.concatenate(low), np.concatenate(high), out)


CASES = [
    Case(
        "rank ranges",
        make,
        (
            Way("observatory", ours, LOADED),
            Way("pandas loop", loop, ("pandas",)),
            Way("pandas loop, normalised once", cached_loop, ("pandas",)),
        ),
        (Goal("pandas loop", faster=50), Goal("pandas loop, normalised once", faster=10)),
    ),
    Case(
        "an index of 20 years",
        make_panel,
        (
            Way("observatory", panel, LOADED),
            Way("pandas loop", panel_loop, ("pandas",)),
        ),
        (Goal("pandas loop", faster=2),),
        rounds=1,
    ),
]
