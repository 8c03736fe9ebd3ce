"""Facts of desk research as rows of the tables of governance, beside what cities answer.

A fact holds from the day or year that its source says; one that the source does not date is taken to
hold since the body was created, and says so (`dated`). What is only recalled is left out.
"""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa

from warehouse import query
from warehouse.tables import governance as tables
from warehouse.tables.statement import Table

_FACT = """
create temp table fact as
with told as (
  select r.*, r.metro_id || '/' || trim(regexp_replace(lower(strip_accents(r.name)),
    '[^a-z0-9]+', '-', 'g'), '-') as body_id
  from row r where not r.recalled
)
select body_id, metro_id, name, field, value, role,
  coalesce(year(valid_from), as_of, min(try_cast(value as bigint)) filter (where field =
    'year_created') over (partition by body_id), $read_year)::bigint as valid_from,
  valid_from is not null or as_of is not null as dated, note, source_id, confidence,
  $status as status, $wave as wave
from told;
"""
_VALUE = "max_by(f.value, (f.valid_from, f.value)) filter (where f.field = '{}')"
_YES = "case {} when 'yes' then '{}' when 'no' then '{}' end"


def desk_tables(
    rows: list[dict[str, Any]], wave: str, status: str, read_on: str
) -> dict[str, pa.Table]:
    """Name to rows that join those of surveys, with `gov_fact`.

    rows: as `catalog.models.desk.rows`. Rows of the typed tables carry `ref_year, wave, response_id,
    origin` in place of their validity; every name of a table is there.
    """
    con = query.memory(serial=True)
    con.register("row", pa.Table.from_pylist(rows, schema=_ROW))
    con.execute(_FACT, {"wave": wave, "status": status, "read_year": int(read_on[:4])})
    value = _VALUE.format
    made = {
        "gov_territory": _carried(
            con,
            tables.GOV_TERRITORY,
            "metro_id",
            {
                "perimeter": "'authority'",
                "n_municipalities": value("n_municipalities"),
                "delimitation": value("delimitation"),
            },
            ("n_municipalities", "delimitation"),
        ),
        "gov_body": _carried(
            con,
            tables.GOV_BODY,
            "body_id, metro_id",
            {
                "name": "any_value(f.name)",
                "legal_form": value("legal_form"),
                "legal_basis": value("legal_basis"),
                "legal_citation": value("legal_citation"),
                "year_created": value("year_created"),
                "year_abolished": value("year_abolished"),
                "membership": _YES.format(value("compulsory"), "compulsory", "voluntary"),
                "n_members": value("n_members"),
                "levies_taxes": value("own_taxes"),
            },
            (
                *("legal_form", "legal_basis", "legal_citation", "year_created"),
                *("year_abolished", "compulsory", "n_members", "own_taxes"),
            ),
        ),
    }
    made["gov_competence"] = _plain(
        con,
        "select body_id, metro_id, value as field, role, null::boolean as regulates, valid_from "
        "from fact where field = 'competence'",
    )
    made["gov_representation"] = pa.concat_tables(
        [
            _carried(
                con,
                tables.GOV_REPRESENTATION,
                "body_id, metro_id",
                {"organ": f"'{organ}'", "selection": value(f"{organ}_selection"), "seats": seats},
                (f"{organ}_selection", f"{organ}_seats"),
            )
            for organ, seats in (("head", "1"), ("assembly", value("assembly_seats")))
        ]
    )
    made["gov_fact"] = con.sql(
        f"select {', '.join(tables.GOV_FACT.names)} from fact order by "
        f"{', '.join(tables.GOV_FACT.key)}"
    ).to_arrow_table()
    return made


_ROW = pa.schema(
    [(n, pa.string()) for n in ("desk_id", "metro_id", "name", "field", "value", "role")]
    + [("as_of", pa.int64()), ("valid_from", pa.date32())]
    + [(n, pa.string()) for n in ("note", "source_id", "confidence")]
    + [("recalled", pa.bool_())]
)


def _carried(con, table: Table, keys: str, columns: dict[str, str], fields: tuple[str, ...]):
    """One row for each year in which one of the fields changes; the others carry on."""
    listed = ", ".join(f"'{f}'" for f in fields)
    picked = ", ".join(f'({sql})::{table.column(n).type} as "{n}"' for n, sql in columns.items())
    named = ", ".join(f"p.{k}" for k in keys.split(", "))
    return _plain(
        con,
        f"""with p as (select distinct {keys}, valid_from from fact where field in ({listed}))
        select {named}, {picked}, p.valid_from from p join fact f using ({keys})
        where f.valid_from <= p.valid_from group by {named}, p.valid_from""",
    )


def _plain(con: duckdb.DuckDBPyConnection, sql: str) -> pa.Table:
    return con.sql(
        f"""select * exclude (valid_from), valid_from as ref_year,
          (select any_value(wave) from fact) as wave, 'desk research' as response_id,
          (select any_value(status) from fact) as origin from ({sql}) order by all"""
    ).to_arrow_table()
