"""Facts of desk research as rows of the tables of governance, beside what cities answer.

A fact holds from the day or year that its source says; one that the source does not date is taken to
hold since the body was created, and says so (`dated`). What is only recalled is left out. A fact that a
later wave withdrew keeps its row in `gov_fact` and enters no other table. A value that rests on an
encyclopaedia alone is named in `weak_fields`: it is published and decides no model.
"""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa

from warehouse import query, tables
from warehouse.tables.statement import Table

FACT = tables.of("gov_fact")

_FACT = """
create temp table every_fact as
with told as (select * from row where not recalled)
select body_id, metro_id, name, field, value, role,
  coalesce(year(valid_from), as_of, min(try_cast(value as bigint)) filter (where field =
    'year_created' and withdrawn_in is null) over (partition by body_id, metro_id), year(read_on))::bigint
    as valid_from,
  valid_from is not null or as_of is not null as dated, note, source_id, tier, confidence,
  count(*) filter (where tier <> 'encyclopaedia' and withdrawn_in is null) over
    (partition by body_id, metro_id, field, value) = 0 as weak,
  withdrawn_in, withdrawn_reason, status, wave
from told;

create temp table fact as select * from every_fact where withdrawn_in is null;
"""
_NEWEST = (
    "(f.valid_from, f.wave, f.tier <> 'encyclopaedia', f.value)) filter (where f.field = '{}')"
)
_VALUE = "max_by(f.value, " + _NEWEST
_WEAK = "max_by(f.weak, " + _NEWEST
_YES = "case {} when 'yes' then '{}' when 'no' then '{}' end"


def desk_tables(rows: list[dict[str, Any]]) -> dict[str, pa.Table]:
    """Name to rows that join those of surveys, with `gov_fact`.

    rows: as `catalog.desk.rows`. Rows of the typed tables carry `ref_year, wave, response_id,
    origin` in place of their validity; every name of a table is there.
    """
    con = query.memory(serial=True)
    con.register("row", pa.Table.from_pylist(rows, schema=_ROW))
    con.execute(_FACT)
    value = _VALUE.format
    made = {
        "gov_territory": _carried(
            con,
            tables.of("gov_territory"),
            {
                "n_municipalities": ("n_municipalities", value("n_municipalities")),
                "n_districts": ("n_districts", value("n_districts")),
                "area_km2": ("area_km2", value("area_km2")),
                "population": ("population", value("population")),
                "delimitation": ("delimitation", value("delimitation")),
                "n_bodies": (
                    "no_metropolitan_body",
                    f"case {value('no_metropolitan_body')} when 'yes' then 0 end",
                ),
            },
            # The perimeter of a body is its own territory; that of a metropolis was not stated.
            {"perimeter": "case when f.body_id <> '' then 'authority' end"},
        ),
        "gov_body": _carried(
            con,
            tables.of("gov_body"),
            {
                "legal_form": ("legal_form", value("legal_form")),
                "legal_basis": ("legal_basis", value("legal_basis")),
                "legal_citation": ("legal_citation", value("legal_citation")),
                "year_created": ("year_created", value("year_created")),
                "year_abolished": ("year_abolished", value("year_abolished")),
                "membership": (
                    "compulsory",
                    _YES.format(value("compulsory"), "compulsory", "voluntary"),
                ),
                "n_members": ("n_members", value("n_members")),
                "levies_taxes": ("own_taxes", value("own_taxes")),
            },
            {"name": "any_value(f.name)"},
        ),
    }
    made["gov_competence"] = _plain(
        con,
        "select body_id, metro_id, value as field, max_by(role, (wave, source_id)) as role, "
        "null::boolean as regulates, case when bool_and(weak) then 'field' end as weak_fields, "
        "valid_from, max(wave) as wave, any_value(status) as status "
        "from fact where field = 'competence' group by all",
    )
    made["gov_representation"] = pa.concat_tables(
        [
            _carried(
                con,
                tables.of("gov_representation"),
                {"selection": (f"{organ}_selection", value(f"{organ}_selection")), **seats},
                {"organ": f"'{organ}'"} | ({"seats": "1"} if organ == "head" else {}),
            )
            for organ, seats in (
                ("head", {}),
                ("assembly", {"seats": ("assembly_seats", value("assembly_seats"))}),
            )
        ]
    )
    made["gov_fact"] = con.sql(
        f"select {', '.join(FACT.names)} from every_fact order by {', '.join(FACT.key)}"
    ).to_arrow_table()
    return made


_ROW = pa.schema(
    [(n, pa.string()) for n in ("body_id", "metro_id", "name", "field", "value", "role")]
    + [("as_of", pa.int64()), ("valid_from", pa.date32())]
    + [(n, pa.string()) for n in ("note", "source_id", "tier", "confidence")]
    + [("recalled", pa.bool_()), ("status", pa.string()), ("wave", pa.string())]
    + [("read_on", pa.date32()), ("withdrawn_in", pa.string()), ("withdrawn_reason", pa.string())]
)


def _carried(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    columns: dict[str, tuple[str, str]],
    plain: dict[str, str],
) -> pa.Table:
    """One row for each year in which one of the fields changes; the others carry on.

    columns: name to (field of the facts, SQL of its value); plain: name to SQL that is of no field.
    """
    listed = ", ".join(f"'{field}'" for field, _ in columns.values())
    shown = {n: sql for n, (_, sql) in columns.items()} | plain
    picked = ", ".join(f'({sql})::{table.column(n).type} as "{n}"' for n, sql in shown.items())
    weak = ", ".join(
        f"case when {_WEAK.format(field)} then '{n}' end" for n, (field, _) in columns.items()
    )
    # Every body has a row of its own, also one of which no text says what this table asks.
    every = f"or f.body_id not in (select body_id from fact where field in ({listed}))"
    every = every if table is tables.of("gov_body") else ""
    # Only a territory may be that of a metropolis without a body.
    of = "true" if table is tables.of("gov_territory") else "f.body_id <> ''"
    ordered = table.names[: table.names.index("valid_from")]
    return _plain(
        con,
        f"""with p as (select distinct body_id, metro_id, valid_from from fact f
            where (field in ({listed}) {every}) and {of}),
          made as (select f.body_id, p.metro_id, {picked},
            nullif(concat_ws(', ', {weak}), '') as weak_fields, p.valid_from,
            coalesce(max(f.wave) filter (where f.field in ({listed})), max(f.wave)) as wave, any_value(f.status) as status
          from p join fact f using (body_id, metro_id)
          where f.valid_from <= p.valid_from group by f.body_id, p.metro_id, p.valid_from)
        select {_known(ordered, [*shown, "body_id", "metro_id", "weak_fields"], table)},
          valid_from, wave, status from made""",
    )


def _known(names: tuple[str, ...], made: list[str], table: Table) -> str:
    """Every column of the table in its order; what desk research does not ask is null."""
    return ", ".join(
        f'"{n}"' if n in made else f'null::{table.column(n).type} as "{n}"' for n in names
    )


def _plain(con: duckdb.DuckDBPyConnection, sql: str) -> pa.Table:
    return con.sql(
        f"""select * exclude (valid_from, wave, status), valid_from as ref_year, wave,
          'desk research' as response_id, status as origin from ({sql}) order by all"""
    ).to_arrow_table()
