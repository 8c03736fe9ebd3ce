"""How time and memory grow from one to a hundred million figures.

`python -m benchmarks.growth [ROWS ...]` (default 1e6 1e7 1e8) makes a panel of two editions for each
size with the columns that the questions ask for, in the order and types of the published file, and
asks each question in a process of its own, with the settings of `warehouse/query.py` and DuckDB limited to
`MEMORY`. It fails where time grows more than `SLACK` times as fast as the rows, or a process takes
more than 8 GB. Needs 12 bytes of disk a figure, in the folder that TMPDIR names.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.__main__ import _peak
from benchmarks.panel import FIRST, INDICATORS, SECOND, YEARS

SIZES = (1_000_000, 10_000_000, 100_000_000)
MEMORY = "6GB"
MOST_MB, SLACK = 8 * 1024, 1.3
NOISE = 0.05  # seconds that a question takes whatever the rows

# As benchmarks/panel.py, but a figure at a time, so that no size needs to be sorted.
_MAKE = f"""
create table observation as
select
    ('indicator_' || lpad(indicator::varchar, 2, '0')) as indicator_id,
    ('s:' || lpad(metro::varchar, 6, '0')) as unit_id,
    ('m-' || lpad(metro::varchar, 6, '0')) as metro_id,
    'fua'::code_e as scale, 's'::code_e as system, 'v'::code_e as vintage, '_T'::code_e as sex,
    '_T'::code_e as age, 'person' as unit, 's'::code_e as source_id, 'd' as dataset,
    'A'::code_e as freq, 'A'::code_e as obs_status,
    'upstream'::code_e as provenance, 'x' as snapshot_id, 1::bigint as record_no,
    'i' || indicator || 'm' || metro as series_key,
    year::varchar as period, make_date(year, 1, 1) as period_start,
    round(100.0 * (indicator + 1) + 0.5 * (year - 1999)
        + 20 * ((hash(metro, indicator, year, edition) % 1000003) / 1000003), 2) as value,
    if(edition = 0, timestamp '{FIRST}', timestamp '{SECOND}') as recorded_from,
    if(edition = 0, timestamp '{SECOND}', null) as recorded_to
from (
    select
        n // {YEARS} // {{metros}} as indicator, n // {YEARS} % {{metros}} as metro,
        1999 + n % {YEARS} as year, edition
    from (
        select n % {{half}} as n, 1 - n // {{half}} as edition  -- what stands comes first
        from range(2 * {{half}}) r(n)
    )
)
"""
_STANDS = "recorded_to is null and value is not null"
_SERIES = (
    "indicator_id, unit_id, metro_id, scale, system, vintage, sex, age, unit, source_id, dataset"
)
QUESTIONS = {
    "as-of": "select indicator_id, unit_id, period, value from observation where recorded_from <= "
    "timestamp '2024-06-01' and (recorded_to is null or recorded_to > timestamp '2024-06-01')",
    "latest": f"select {_SERIES}, max(period) as period, arg_max(value, period) as value "
    f"from observation where {_STANDS} group by all",
    "trend ols": "from ols_trend(2014, 2023)",
    "ranking": "select * from ({ranking})",
    "publish": "from observation",
}


def make(file: Path, metros: int) -> None:
    """A file of `metros` x indicators x years x two editions, as the published one is made."""
    import duckdb

    from warehouse import query

    with duckdb.connect() as con:
        _bound(con, file.parent)
        con.execute(f"attach '{file}' as r (storage_version 'v1.0.0')")
        con.execute("use r")
        con.execute("create type code_e as enum ('fua', 's', 'v', '_T', 'A', 'upstream')")
        con.execute(_MAKE.format(metros=metros, half=metros * INDICATORS * YEARS))
        con.execute(query.text("ols_trend"))


def ask(file: Path, question: str) -> dict[str, float]:
    """In the child: the rows, written to Parquet, and what it took."""
    import duckdb

    from warehouse import query, store, tables

    out = file.parent / "out"
    with duckdb.connect(config=query.SETTINGS) as con:
        _bound(con, file.parent)
        con.execute(f"attach '{file}' as panel (read_only)")
        con.execute("use panel")
        con.register("not_comparable", store.empty(tables.of("not_comparable")))
        con.execute(
            "create temp table indicator as select distinct indicator_id, 'higher' as direction "
            "from observation"
        )
        start = time.perf_counter()
        if question == "publish":
            con.execute(f"attach '{out}.duckdb' as r (storage_version 'v1.0.0')")
            con.execute("create table r.observation as from observation")
        else:
            sql = QUESTIONS[question].format(ranking=query.text("ranking"))
            con.execute(f"copy ({sql}) to '{out}.parquet' (format parquet)")
        took = time.perf_counter() - start
    for made in file.parent.glob("out*"):
        made.unlink()
    return {"seconds": took, "peak": _peak()}


def _bound(con, folder: Path) -> None:
    con.execute(f"set memory_limit = '{MEMORY}'")
    con.execute(f"set temp_directory = '{folder / 'spill'}'")


def main() -> None:
    """Ask everything of every size; the form with dashes is this module calling itself."""
    if sys.argv[1:2] == ["--ask"]:
        return print(json.dumps(ask(Path(sys.argv[2]), sys.argv[3])))
    sizes = [int(float(a)) for a in sys.argv[1:]] or SIZES
    missed, before = [], {}
    print("| question | figures | seconds | ns a figure | peak MB |")
    print("| --- | ---: | ---: | ---: | ---: |", flush=True)
    for size in sizes:
        with tempfile.TemporaryDirectory() as place:
            file = Path(place) / "panel.duckdb"
            metros = size // (INDICATORS * YEARS * 2)
            make(file, metros)
            for question in QUESTIONS:
                took = _child(file, question)
                seconds, peak = took["seconds"], took["peak"]
                print(
                    f"| {question} | {size:,} | {seconds:.2f} | {seconds / size * 1e9:.0f} "
                    f"| {peak:,.0f} |",
                    flush=True,
                )
                if question in before:
                    rows, was = before[question]
                    if seconds > SLACK * (was + NOISE) * size / rows:
                        missed.append(
                            f"{question}: {seconds:.2f} s for {size:,}, {was:.2f} for {rows:,}"
                        )
                if peak > MOST_MB:
                    missed.append(f"{question}: {peak:,.0f} MB for {size:,} figures")
                before[question] = size, seconds
    if missed:
        sys.exit("\nGrows too fast:\n" + "\n".join(missed))
    print("\nTime grows no faster than rows; no process takes 8 GB.")


def _child(file: Path, question: str) -> dict[str, float]:
    import subprocess

    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.growth", "--ask", str(file), question],
        check=False,
        stdout=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        sys.exit(f"It stopped in: {question}")
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
