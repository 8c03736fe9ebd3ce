"""Figures to measure the comparative methods on: metropolises, indicators, 25 years, two editions.

Made by DuckDB from a hash of each row's place, so the same on each machine. The columns are those
of table `observation`, rows in its order (what is first); figures have two decimals, as
statistics are published; 4 % of them are missing, 2 % flagged. Each was published twice: the first
edition stood until the second came.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

YEARS = 25
INDICATORS = 40
FIRST, SECOND = "2024-01-01", "2025-01-01"

_PANEL = f"""
with place as (
    select metro, indicator, year, edition,
        (hash(metro, indicator, year) % 1000003) / 1000003 as chance,
        (hash(metro, indicator, year, edition) % 1000003) / 1000003 as noise
    from range({{metros}}) m(metro), range({INDICATORS}) i(indicator),
        range(1999, {1999 + YEARS}) y(year), range(2) e(edition)
)
select
    format('m-{{{{:05d}}}}', metro) as metro_id,
    format('s:{{{{:05d}}}}', metro) as unit_id,
    format('indicator_{{{{:02d}}}}', indicator) as indicator_id,
    'fua' as scale, 's' as system, 'v' as vintage, '_T' as sex, '_T' as age, 'person' as unit,
    's' as source_id, 'd' as dataset,
    format('i={{{{:02d}}}};m={{{{:05d}}}}', indicator, metro) as series_key,
    year::varchar as period, make_date(year, 1, 1) as period_start, make_date(year, 12, 31) as period_end,
    'A' as freq,
    if(chance < 0.04, null,
        round(100 * (indicator + 1) + 0.5 * (year - 1999) + 20 * noise + edition * (chance < 0.1)::int, 2)
    ) as value,
    null::double as lower, null::double as upper,
    if(chance < 0.04, 'M', if(chance > 0.98, 'E', 'A')) as obs_status,
    if(chance > 0.98, 'e', '') as flags, 'F' as conf_status,
    null::varchar as break_origin, 'upstream' as provenance,
    'x' as snapshot_id, 1::bigint as record_no,
    if(edition = 0, timestamp '{FIRST}', timestamp '{SECOND}') as recorded_from,
    if(edition = 0, timestamp '{SECOND}', null) as recorded_to,
    null::timestamp as stale_since
from place
order by edition desc, indicator_id, metro_id, year
"""


def parquet(target: Path, metros: int) -> int:
    """Write the panel as Parquet, in the order of the published table; answers its rows."""
    with duckdb.connect() as con:
        con.execute(
            f"copy ({_PANEL.format(metros=metros)}) to '{target}' "
            "(format parquet, compression zstd, row_group_size 122880)"
        )
    return metros * INDICATORS * YEARS * 2
