"""Trends and peers over a panel of metropolises, against pandas and SciPy as one would write them."""

from __future__ import annotations

from pathlib import Path

from benchmarks.case import Case, Goal, Way

KEYS = [
    *("metro_id", "unit_id", "indicator_id", "scale", "system", "vintage", "sex", "age", "unit"),
    *("source_id", "dataset"),
]
FIRST, LAST = 2014, 2023
NEIGHBOURS = 10
# Slopes of figures with two decimals stand half-way between two roundings, but not times pi.
SLOPE = "round(slope * pi(), 6)"


def _panel(metros: int):
    def make(folder: Path) -> str:
        from benchmarks import panel

        rows = panel.parquet(folder / "panel.parquet", metros)
        return f"{rows:,} figures, two editions"

    return make


# As the release keeps them (warehouse.published.CODES), where the panel has them.
_CODES = (
    "scale",
    "system",
    "vintage",
    "sex",
    "age",
    "freq",
    "obs_status",
    "provenance",
    "source_id",
)


def _release(metros: int):
    def make(folder: Path) -> str:
        import duckdb

        from warehouse import query

        said = _panel(metros)(folder)
        with duckdb.connect() as con:
            con.execute(f"attach '{folder / 'panel.duckdb'}' as r (storage_version 'v1.0.0')")
            con.execute("use r")
            source = f"read_parquet('{folder / 'panel.parquet'}')"
            for name in _CODES:
                con.execute(
                    f"create type {name}_e as enum (select distinct {name} from {source} order by 1)"
                )
            typed = ", ".join(f"{n}::{n}_e as {n}" for n in _CODES)
            con.execute(f"create table observation as select * replace ({typed}) from {source}")
            con.execute(query.text("ols_trend"))
        return said

    return make


def _ols_ours(folder: Path, out: Path) -> object:
    import duckdb

    with duckdb.connect(str(folder / "panel.duckdb"), read_only=True) as con:
        return con.sql(f"from ols_trend({FIRST}, {LAST})").to_arrow_table()


def _ols_pandas(intervals: bool):
    """Closed form by pandas; without `intervals` from the editions, of which the newest is taken first."""

    def run(folder: Path, out: Path) -> object:
        import pandas as pd

        validity = "recorded_to" if intervals else "recorded_from"
        columns = [*KEYS, "period_start", "value", "obs_status", "freq", validity]
        frame = pd.read_parquet(folder / "panel.parquet", columns=columns)
        year = pd.to_datetime(frame["period_start"]).dt.year
        asked = year.between(FIRST, LAST) & (frame["freq"] == "A")
        if intervals:
            asked &= frame["recorded_to"].isna()
        frame = frame[asked].assign(x=year - FIRST)
        if not intervals:
            frame = frame.sort_values("recorded_from").drop_duplicates([*KEYS, "x"], keep="last")
        frame = frame[(frame["obs_status"] != "F") & frame["value"].notna()]
        frame = frame.rename(columns={"value": "y"})
        frame = frame.assign(xy=frame.x * frame.y, xx=frame.x**2, yy=frame.y**2, points=1)
        sums = ["points", "x", "y", "xy", "xx", "yy"]
        s = frame.groupby(KEYS, observed=True, sort=False)[sums].sum()
        s = s[s.points >= 3].reset_index()
        covariance, spread = s.points * s.xy - s.x * s.y, s.points * s.xx - s.x**2
        s["slope"] = covariance / spread
        s["r2"] = covariance**2 / (spread * (s.points * s.yy - s.y**2))
        return s[[*KEYS, "points", "slope", "r2"]]

    return run


def _sen_ours(folder: Path, out: Path) -> object:
    from warehouse.methods.trend import trend

    return trend(folder / "panel.parquet", frozenset())


def _sen_scipy(folder: Path, out: Path) -> object:
    import pandas as pd
    from scipy.stats import kendalltau, theilslopes

    columns = ["indicator_id", "unit_id", "period_start", "value", "recorded_to"]
    frame = pd.read_parquet(folder / "panel.parquet", columns=columns)
    frame = frame[frame["recorded_to"].isna() & frame["value"].notna()]
    frame = frame.assign(year=pd.to_datetime(frame["period_start"]).dt.year)
    rows = []
    for (indicator, unit), group in frame.groupby(["indicator_id", "unit_id"], observed=True):
        slope, _, lower, upper = theilslopes(group["value"], group["year"])
        p = kendalltau(group["year"], group["value"]).pvalue
        rows.append((indicator, unit, slope, lower, upper, p))
    return pd.DataFrame(rows, columns=["indicator_id", "unit_id", "slope", "lower", "upper", "p"])


def _places(texts):
    """Each text's place among the sorted distinct ones, and these."""
    import numpy as np
    import pyarrow.compute as pc

    encoded = texts.combine_chunks().dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    names = np.array(encoded.dictionary.to_pylist(), dtype=object)[order]
    return place[encoded.indices.to_numpy()], names


def _peers_ours(folder: Path, out: Path) -> None:
    import duckdb
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    from warehouse.methods.peers import nearest, scale

    with duckdb.connect(str(folder / "panel.duckdb"), read_only=True) as con:
        found = con.sql(
            f"""
            select metro_id, indicator_id, value from observation
            where recorded_to is null and value is not null and period_start = '{LAST}-01-01'
            """
        ).to_arrow_table()
    (row, names), (column, properties) = (_places(found[c]) for c in ("metro_id", "indicator_id"))
    values = np.full((len(names), len(properties)), np.nan)
    values[row, column] = found["value"].to_numpy()
    near, _ = nearest(scale(values), NEIGHBOURS)
    table = {
        "metro_id": np.repeat(names, NEIGHBOURS),
        "place": np.tile(np.arange(NEIGHBOURS), len(names)),
        "peer_id": names[near].ravel(),
    }
    pq.write_table(pa.table(table), out)


def _peers_pandas(folder: Path, out: Path) -> None:
    import numpy as np
    import pandas as pd

    columns = ["metro_id", "indicator_id", "period_start", "value", "recorded_to"]
    frame = pd.read_parquet(folder / "panel.parquet", columns=columns)
    year = pd.to_datetime(frame["period_start"]).dt.year
    frame = frame[frame["recorded_to"].isna() & (year == LAST)]
    wide = frame.pivot(index="metro_id", columns="indicator_id", values="value")
    spread = 1.4826 * (wide - wide.median()).abs().median()
    z = ((wide - wide.median()) / spread).to_numpy()
    rows = []
    for at, name in enumerate(wide.index):
        apart = (z - z[at]) ** 2
        apart[np.isnan(apart)] = 2.0
        apart = apart[:, ~np.isnan(z[at])].mean(axis=1).round(9)
        apart[at] = np.inf
        order = np.argsort(apart, kind="stable")[:NEIGHBOURS]
        rows += [(name, place, wide.index[j]) for place, j in enumerate(order)]
    pd.DataFrame(rows, columns=["metro_id", "place", "peer_id"]).to_parquet(out)


CASES = [
    Case(
        "trend ols 1e7",
        _release(5000),
        (
            Way("ours", _ols_ours, ("duckdb", "pyarrow")),
            Way("pandas", _ols_pandas(False), ("pandas", "pyarrow.parquet")),
            Way("pandas, intervals given", _ols_pandas(True), ("pandas", "pyarrow.parquet")),
        ),
        (Goal("pandas", faster=30, memory=0.6),),
        compare=("metro_id::varchar", "indicator_id::varchar", "points", SLOPE),
    ),
    Case(
        "trend theil-sen 1e6",
        _panel(500),
        (
            # pyarrow loads pandas with the first array that it makes of numpy's.
            Way(
                "ours",
                _sen_ours,
                ("duckdb", "pandas", "warehouse.methods.trend"),
            ),
            Way("scipy", _sen_scipy, ("pandas", "scipy.stats", "pyarrow.parquet")),
        ),
        (Goal("scipy", faster=40, memory=0.6),),
        compare=("indicator_id::varchar", "unit_id::varchar", SLOPE),
    ),
    Case(
        "peers 1e7",
        _release(5000),
        (
            Way(
                "ours",
                _peers_ours,
                ("duckdb", "pandas", "pyarrow.parquet", "warehouse.methods.peers"),
            ),
            Way("pandas", _peers_pandas, ("pandas", "numpy", "pyarrow.parquet")),
        ),
        (Goal("pandas", faster=12, memory=0.6),),
    ),
]
