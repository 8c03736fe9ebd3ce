"""As-of, latest, ranking and publishing over ten million figures of two editions.

The yardsticks are pandas as one would write it (sort, drop duplicates by the key of a figure) and,
for as-of and latest, the form without stored validity: the newest edition per key by `arg_max`.
What is measured is the finding of the rows, in memory; latest is the newest period of each series.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.case import Case, Goal, Way
from benchmarks.cases.trends import _release

KEY = ["indicator_id", "unit_id", "period"]  # what tells two rows of the result apart
# The key of a figure but for when it was recorded: what a user must go by.
FIGURE = [
    *("indicator_id", "system", "vintage", "unit_id", "sex", "age", "unit", "period"),
    *("source_id", "dataset", "series_key"),
]
MOMENT = "2024-06-01"
METROS = 5000
GIVEN = (*KEY, "value")


def _ask(sql: str):
    """What the published file answers, as an Arrow table."""

    def run(folder: Path, out: Path) -> object:
        import duckdb

        with duckdb.connect(str(folder / "panel.duckdb"), read_only=True) as con:
            return con.sql(sql).to_arrow_table()

    return run


def _newest(where: str) -> str:
    """The same from a table that keeps editions but not until when each stood."""
    return (
        f"select {', '.join(FIGURE)}, arg_max({{'value': value}}, recorded_from).value as value "
        f"from observation where {where} group by all"
    )


def _pandas(moment: str | None, newest_period: bool = False):
    def run(folder: Path, out: Path) -> object:
        import pandas as pd

        rows = pd.read_parquet(
            folder / "panel.parquet", columns=[*FIGURE, "value", "recorded_from"]
        )
        if moment:
            rows = rows[rows["recorded_from"] <= moment]
        rows = rows.sort_values([*FIGURE, "recorded_from"]).drop_duplicates(FIGURE, keep="last")
        if newest_period:
            series = [c for c in FIGURE if c != "period"]
            rows = rows[rows["value"].notna()].sort_values([*series, "period"])
            rows = rows.drop_duplicates(series, keep="last")
        return rows[list(GIVEN)]

    return run


def _rank_ours(folder: Path, out: Path) -> object:
    import duckdb

    from warehouse import query, store, tables

    with duckdb.connect(str(folder / "panel.duckdb"), read_only=True) as con:
        con.register("not_comparable", store.empty(tables.of("not_comparable")))
        con.execute(
            "create temp view indicator as select distinct indicator_id, unit::varchar as unit, "
            "'higher' as direction from observation"
        )
        columns = 'indicator_id, unit_id, period, value, rank, "of"'
        return con.sql(f"select {columns} from ({query.text('ranking')})").to_arrow_table()


def _rank_pandas(folder: Path, out: Path) -> object:
    import pandas as pd

    columns = [*FIGURE, "value", "obs_status", "recorded_from"]
    rows = pd.read_parquet(folder / "panel.parquet", columns=columns)
    rows = rows.sort_values("recorded_from").drop_duplicates(FIGURE, keep="last")
    rows = rows[rows["value"].notna() & (rows["obs_status"] != "F")]
    groups = rows.groupby([c for c in FIGURE if c not in ("unit_id", "series_key")])["value"]
    rows = rows.assign(
        rank=groups.rank(method="min", ascending=False).astype("int64"),
        of=groups.transform("size").astype("int64"),
    )
    return rows[[*GIVEN, "rank", "of"]]


def _counted(file: Path, out: Path) -> None:
    """What the published file holds, so that the ways can be compared."""
    import duckdb

    with duckdb.connect(str(file), read_only=True) as con:
        con.execute(
            "copy (select indicator_id::varchar as indicator_id, count(*) as n, count(value) as v "
            f"from observation group by all order by all) to '{out}' (format parquet)"
        )


def _publish_ours(folder: Path, out: Path) -> None:
    import duckdb

    from warehouse import published, tables
    from warehouse.tables import Table

    # A closed list is beside the figures in a release; here it is made from them.
    parquet = folder / "parquet"
    parquet.mkdir(exist_ok=True)
    target = folder / "ours.duckdb"
    target.unlink(missing_ok=True)
    link = parquet / "observation.parquet"
    link.unlink(missing_ok=True)
    link.symlink_to(folder / "panel.parquet")
    stated: dict[str, Table] = {"observation": tables.of("observation")}
    lists = {
        "metro": ("metro_id", tables.of("metro")),
        "indicator": ("indicator_id", tables.of("indicator")),
    }
    for name, (column, _) in lists.items():
        duckdb.sql(
            f"copy (select distinct {column} from '{link}' order by 1) "
            f"to '{parquet / name}.parquet' (format parquet)"
        )
        stated[name] = Table(
            name, "A closed list.", (tables.Column(column, "VARCHAR", "Its key."),), (column,)
        )
    published.write(target, parquet, stated)
    _counted(target, out)


def _publish_pandas(folder: Path, out: Path) -> None:
    import duckdb
    import pandas as pd

    target = folder / "pandas.duckdb"
    target.unlink(missing_ok=True)
    frame = pd.read_parquet(folder / "panel.parquet")  # noqa: F841
    with duckdb.connect() as con:
        con.execute(f"attach '{target}' as r (storage_version 'v1.0.0')")
        con.execute("create table r.observation as select * from frame")
    _counted(target, out)


SERIES = ", ".join(c for c in FIGURE if c != "period")
LAST = "max(period) as period, arg_max(value, period) as value"
DUCKDB, PANDAS = ("duckdb", "pyarrow"), ("pandas", "pyarrow.parquet")
STANDS = f"recorded_from <= '{MOMENT}' and (recorded_to is null or recorded_to > '{MOMENT}')"
SAME = (*KEY, "round(value, 9) as value")
CASES = [
    Case(
        "as-of 1e7",
        _release(METROS),
        (
            Way(
                "intervals",
                _ask(f"select {', '.join(GIVEN)} from observation where {STANDS}"),
                DUCKDB,
            ),
            Way("arg_max", _ask(_newest(f"recorded_from <= '{MOMENT}'")), DUCKDB),
            Way("pandas", _pandas(MOMENT), PANDAS),
        ),
        (Goal("pandas", faster=20), Goal("arg_max", faster=2.5)),
        SAME,
    ),
    Case(
        "latest 1e7",
        _release(METROS),
        (
            Way(
                "intervals",
                _ask(
                    f"select {SERIES}, {LAST} from observation "
                    "where recorded_to is null and value is not null group by all"
                ),
                DUCKDB,
            ),
            Way(
                "arg_max",
                _ask(
                    f"select {SERIES}, {LAST} from ({_newest('true')}) "
                    "where value is not null group by all"
                ),
                DUCKDB,
            ),
            Way("pandas", _pandas(None, newest_period=True), PANDAS),
        ),
        (Goal("pandas", faster=20), Goal("arg_max", faster=2.5)),
        SAME,
    ),
    Case(
        "ranking 1e7",
        _release(METROS),
        (
            Way("observatory", _rank_ours, ("duckdb", "warehouse.store")),
            Way("pandas", _rank_pandas, PANDAS),
        ),
        (Goal("pandas", faster=5, memory=0.6),),
        (*SAME, "rank", '"of"'),
    ),
    Case(
        "publish 1e7",
        _release(METROS),
        (
            Way("observatory", _publish_ours, ("duckdb", "warehouse.published")),
            Way("pandas to DuckDB", _publish_pandas, ("duckdb", *PANDAS)),
        ),
        (Goal("pandas to DuckDB", faster=2.2, memory=0.6),),
    ),
]
