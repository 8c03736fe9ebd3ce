"""The licence gate: figures that may not be redistributed never enter a release.

Table `source` says which datasets may; it states derived indicators too, each as closed as what it
is computed from. `gate` takes closed rows out, `leaks` looks for them in the finished file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from warehouse import query
from warehouse.errors import WarehouseError
from warehouse.methods.comparison import indicators
from warehouse.tables import Table

# Counts of records are no figures; without them the proof that no record is lost would not hold.
OPEN = frozenset({"accounting"})


def guarded(statement: Table) -> bool:
    """Whether each row of the table falls under the licence of one dataset."""
    return (
        statement.kind == "figures"
        and statement.name not in OPEN
        and {"source_id", "dataset"} <= set(statement.names)
    )


def wide(statement: Table) -> list[str]:
    """The indicators of a wide table, whose cells fall under different licences; else none."""
    return indicators(statement) if statement.name.startswith("comparison_") else []


def gate(
    table: pa.Table, statement: Table, source: pa.Table, latest: pa.Table | None = None
) -> pa.Table:
    """The rows that may be published.

    In a wide table the cells that come from a closed dataset become null; `latest`, from before
    the gate, says where a cell comes from. Raises `WarehouseError` where figures come from a
    dataset that table `source` does not state.
    """
    if guarded(statement):
        return _open_rows(table, statement, source)
    if wide(statement) and latest is not None:
        return _open_cells(table, statement, source, latest)
    return table


def licences(table: pa.Table, statement: Table, source: pa.Table) -> dict[str, str]:
    """For the footer: the licence and attribution of every dataset in the table, as JSON."""
    if not guarded(statement):
        return {}
    stated = _stated(source)
    listed = {
        f"{pair[0]}/{pair[1]}": {k: stated[pair][k] for k in ("licence", "attribution")}
        for pair in _pairs(table)
        if pair in stated
    }
    return {"licences": json.dumps(listed, ensure_ascii=False)}


def leaks(con, statements: Mapping[str, Table]) -> list[str]:
    """Sentences about closed or unlicensed figures in the database that `con` uses; none is good.

    `con` is a DuckDB connection whose tables are the published ones.
    """
    found = []
    for name, statement in statements.items():
        if guarded(statement):
            closed = con.sql(
                f"""
                select distinct f.source_id || '/' || f.dataset as dataset
                from {name} as f left join source as s using (source_id, dataset)
                where f.dataset is not null and coalesce(not s.redistributable, true)
                order by all
                """
            ).fetchall()
            if closed:
                found.append(
                    f"Table {name} holds figures of {', '.join(d for (d,) in closed)}, which may "
                    "not be redistributed; take them out or change 'redistributable' in "
                    "catalog/providers."
                )
        for i in wide(statement):
            ((cells,),) = con.sql(
                f"""
                select count(*)
                from {name} as w anti join latest as l
                on l.indicator_id = '{i}' and l.sex = '_T' and l.age = '_T'
                    and l.metro_id = w.metro_id and l.system = w.system and l.vintage = w.vintage
                    and l.unit_id = w.unit_id and l.value = w."{i}"
                where w."{i}" is not null
                """
            ).fetchall()
            if cells:
                found.append(
                    f"Table {name}, column {i}: {cells} figures are not in table latest, so "
                    "their licence is unknown; build the table again."
                )
    return found


def _open_rows(table: pa.Table, statement: Table, source: pa.Table) -> pa.Table:
    stated, pairs = _stated(source), _pairs(table)
    if unknown := ["/".join(map(str, p)) for p in pairs if p not in stated]:
        raise WarehouseError(
            f"Table {statement.name} holds figures of {', '.join(unknown)}, which table source does "
            "not state, so their licence is unknown; add the dataset to catalog/providers."
        )
    for provider, dataset in pairs:
        if not stated[provider, dataset]["redistributable"]:
            other = pc.or_(
                pc.not_equal(table.column("source_id"), provider),
                pc.not_equal(table.column("dataset"), dataset),
            )
            table = table.filter(pc.fill_null(other, True))
    return table


def _stated(source: pa.Table) -> dict[tuple[str, str], dict]:
    return {(r["source_id"], r["dataset"]): r for r in source.to_pylist()}


def _pairs(table: pa.Table) -> list[tuple[str, str]]:
    """The distinct (source_id, dataset) of a table, in order; a row that names neither holds no figure."""
    named = table.select(["source_id", "dataset"]).unify_dictionaries()
    found = named.group_by(["source_id", "dataset"]).aggregate([]).to_pylist()
    pairs = [(r["source_id"], r["dataset"]) for r in found]
    return sorted((p for p in pairs if p != (None, None)), key=str)


def _open_cells(table: pa.Table, statement: Table, source: pa.Table, latest: pa.Table) -> pa.Table:
    named = wide(statement)
    closed = query.run(
        """
        select distinct l.indicator_id, l.metro_id, l.system, l.vintage, l.unit_id
        from latest as l join source as s using (source_id, dataset)
        where not s.redistributable and l.sex = '_T' and l.age = '_T'
        """,
        {"latest": latest, "source": source},
    )
    if not closed.num_rows:
        return table
    replaced = ", ".join(
        f"""if((metro_id, system, vintage, unit_id) in (
            select (metro_id, system, vintage, unit_id) from closed where indicator_id = '{i}'
        ), null, "{i}{suffix}") as "{i}{suffix}" """
        for i in named
        for suffix in ("", "__period", "__status")
    )
    some = " or ".join(f'"{i}" is not null' for i in named)
    return query.run(
        f"select * from (select * replace ({replaced}) from wide) where {some}",
        {"wide": table, "closed": closed},
    )
