"""What changed between two releases, figure by figure, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from warehouse import query
from warehouse.tables.columns.figure import FIGURE_KEY

KINDS = ("new", "gone", "revised", "moved", "flag only")
# A figure is the same one in both releases by all of its key but when it was recorded.
KEY = tuple(name for name in FIGURE_KEY if name != "recorded_from")
_FIGURE = (
    *KEY,
    *("scale", "value", "flags", "obs_status", "provenance"),
    *("snapshot_id", "record_no", "recorded_from", "recorded_to"),
)


@dataclass(frozen=True)
class Changed:
    """What of catalog and code differs between the makers of two releases."""

    indicators: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    catalog: bool = False  # what stands for all: units, statuses, corrections
    code: bool = False


def diff(
    before: Mapping[str, query.Rows], after: Mapping[str, query.Rows], changed: Changed
) -> pa.Table:
    """One row per figure that differs, largest move in percent first.

    before, after: the tables observation, part (where there is one), country_context, snapshot,
    crosswalk and spatial_unit of each release. Columns: kind (of `KINDS`; `moved` is to another metropolis), cause (upstream
    revision, crosswalk change, catalog change, code change, computed from what changed, not known),
    the figure's key, metro_id (null for a country), value_before, value_after, change,
    change_percent, flags_before, flags_after.
    """
    listed = ", ".join(_FIGURE)
    with query.memory() as con:
        for side, given in (("a", before), ("b", after)):
            for name, rows in given.items():
                query.show(con, f"{name}_{side}", rows)
            parts = f"select metro_id, {listed} from part_{side} union all by name "
            con.execute(
                f"create temp view figure_{side} as "
                f"select metro_id, {listed} from observation_{side} union all by name "
                f"{parts if 'part' in given else ''}"
                f"select null::varchar as metro_id, {listed} from country_context_{side}"
            )
            con.execute(f"create temp view unit_{side} as from spatial_unit_{side}")
        sql = query.text("diff").format(
            key=", ".join(KEY), shared=", ".join(KEY), order=", ".join(f"m.{k}" for k in KEY)
        )
        given = {
            "indicators": list(changed.indicators),
            "providers": list(changed.providers),
            "catalog": changed.catalog,
            "code": changed.code,
        }
        return con.sql(sql, params=given).to_arrow_table()


def counts(found: pa.Table, by: Sequence[str]) -> list[dict]:
    """Differences counted by columns, most first; nulls are left out."""
    with query.memory() as con:
        con.register("found", found)
        named = ", ".join(by)
        there = " and ".join(f"{b} is not null" for b in by)
        rows = con.sql(
            f"select {named}, count(*) as figures from found where {there} group by all "
            f"order by figures desc, {named}"
        )
        return rows.to_arrow_table().to_pylist()
