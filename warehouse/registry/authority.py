"""The territories of metropolitan bodies as sums of local units: population, area, share of the metropolis.

A sum is made only where the number of municipalities found is the number that a text states for the body (of
counties where the list is of counties); else the row says what is missing. What a body covers of the functional urban area of its metropolis is
counted over local units of one list and one edition.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from catalog import Catalog
from catalog.models.territory import BodyTerritory, LocalList
from warehouse import query, tables
from warehouse.inputs import Inputs
from warehouse.registry import files
from warehouse.tables.statement import Table

SYSTEM = "authority"
SUMS = {
    "eurostat_lau_2019": "sums_lau_2019",
    "insee_commune_2019": "sums_commune_2019",
    "us_census_county_2019": "sums_county_2019",
}
FOLDER = Path(__file__).parents[2] / "catalog"

_UNITS = """
create temp table unit as
select 'eurostat_lau_2019' as list, lau as code, name, nuts3 as region,
  try_cast(population as double) as population, try_cast(area_km2 as double) as area_km2,
  nullif(fua, '') as fua, part = 'core' as core
from read_csv(getvariable('local'), all_varchar = true)
where not (iso3 = 'FRA')
union all
-- Communes of France: populations and groupings of one list, functional urban areas of the other.
select 'insee_commune_2019', c.code, c.name, nullif(c.grouping, ''), try_cast(c.population as double),
  null, nullif(u.fua, ''), u.part = 'core'
from read_csv(getvariable('communes'), all_varchar = true) c
left join read_csv(getvariable('local'), all_varchar = true) u on u.lau = 'FR_' || c.code
union all
-- Counties of the United States: no areas, and no list of counties of a functional urban area.
select 'us_census_county_2019', code, name, null, try_cast(population as double), null, null, null
from read_csv(getvariable('counties'), all_varchar = true);
"""
_FOUND = """
create temp table found as
select t.body_id, t.list, u.code, u.name, u.population, u.area_km2, u.fua, coalesce(u.core, false) as core,
  case when t.counties then null when t.digits > 0 then left(u.code, t.digits) else u.code end
    as municipality
from territory t join unit u on u.list = t.list
where list_contains(t.units, u.code) or list_contains(t.regions, u.region);

-- The number that a text states for the year nearest to the edition of the list; undated ones last.
create temp table stated as
select body_id, n as municipalities_stated, year as stated_year, source_id as stated_source from said
qualify row_number() over (partition by body_id order by year is null, abs(year - getvariable('edition')), year desc,
  wave desc, n) = 1;

create temp table home as
select b.body_id, b.metro_id, b.name, min(c.code) as fua
from body b left join read_csv(getvariable('links'), all_varchar = true) c on c.metro_id = b.metro_id
  and c.system = 'eurostat_fua' and c.vintage = '2019' and c.relation in ('exact', 'close')
group by all;

create temp table whole as
select list, fua, sum(population::decimal(18, 3))::double as population,
  sum(case when core then population::decimal(18, 3) end)::double as core_population,
  count(*) as units, count(population) as with_population
from unit where fua is not null group by all;
"""
_SUMS = """
select t.body_id, h.metro_id, t.list, h.name,
  count(f.code) as units_found, any_value(t.counties_stated) as counties_stated,
  case when not any_value(t.counties) then count(distinct f.municipality) end as municipalities_found,
  s.municipalities_stated, s.stated_year, s.stated_source,
  coalesce(case when any_value(t.counties) then count(f.code) = any_value(t.counties_stated)
      else count(distinct f.municipality) = s.municipalities_stated end, false)
    and count(f.population) = count(f.code) as complete,
  sum(f.population::decimal(18, 3))::double as population,
  case when count(f.area_km2) = count(f.code) then sum(f.area_km2::decimal(18, 6))::double end as area_km2,
  any_value(h.fua) as fua,
  any_value(case when w.units = w.with_population then w.population end) as fua_population,
  any_value(case when w.units = w.with_population then w.core_population end) as core_population,
  sum(case when f.fua = h.fua then f.population::decimal(18, 3) else 0 end)::double as in_fua,
  sum(case when f.fua = h.fua and f.core then f.population::decimal(18, 3) else 0 end)::double as in_core,
  count(f.code) - count(f.population) as without_population, any_value(t.evidence) as evidence,
  any_value(t.missing) as not_stated, any_value(t.counties_source) as counties_source,
  any_value(t.check_area_km2) as check_area_km2, any_value(t.check_population) as check_population,
  any_value(t.check_source) as check_source
from territory t join home h using (body_id) left join found f using (body_id)
left join stated s using (body_id) left join whole w on w.list = t.list and w.fua = h.fua
group by t.body_id, h.metro_id, t.list, h.name, s.municipalities_stated, s.stated_year, s.stated_source
"""


def connect(
    territories: Sequence[BodyTerritory],
    lists: dict[str, LocalList],
    bodies: Iterable[tuple[str, str, str]],
    said: Iterable[tuple[str, int, int | None, str, str]],
    folder: Path = FOLDER,
) -> duckdb.DuckDBPyConnection:
    """A connection with `territory, unit, found, stated, home, whole` and `sums` of all territories.

    bodies: (body, metropolis, name); said: (body, number of municipalities, its year, source, wave).
    """
    con = query.memory(serial=True)
    con.register(
        "territory",
        pa.table(
            {
                "body_id": pa.array([t.body for t in territories], pa.string()),
                "list": pa.array([t.list for t in territories], pa.string()),
                "units": pa.array([t.units for t in territories], pa.list_(pa.string())),
                "regions": pa.array([t.regions for t in territories], pa.list_(pa.string())),
                "missing": pa.array([t.missing or None for t in territories], pa.string()),
                "counties": pa.array(
                    [lists[t.list].units == "county" for t in territories], pa.bool_()
                ),
                "counties_stated": pa.array([t.stated for t in territories], pa.int64()),
                "counties_source": pa.array(
                    [t.stated_source or None for t in territories], pa.string()
                ),
                "digits": pa.array([t.municipality_digits for t in territories], pa.int64()),
                "evidence": pa.array([t.evidence for t in territories], pa.string()),
                "check_area_km2": pa.array([t.check_area_km2 for t in territories], pa.float64()),
                "check_population": pa.array([t.check_population for t in territories], pa.int64()),
                "check_source": pa.array(
                    [t.check_source or None for t in territories], pa.string()
                ),
            }
        ),
    )
    con.register("body", _rows(("body_id", "metro_id", "name"), bodies))
    con.register(
        "said",
        _rows(("body_id", "n", "year", "source_id", "wave"), said, whole=("n", "year")),
    )
    for name, value in (
        ("local", str(folder / lists["eurostat_lau_2019"].file)),
        ("communes", str(folder / lists["insee_commune_2019"].file)),
        ("counties", str(folder / lists["us_census_county_2019"].file)),
        ("links", str(folder / "metros" / "crosswalk.csv")),
        ("spatial", str(folder / "metros" / "spatial_unit.csv")),
        ("edition", int(lists["eurostat_lau_2019"].edition)),
    ):
        con.execute(f"set variable {name} = $value", {"value": value})
    con.execute(_UNITS)
    con.execute(_FOUND)
    con.execute(f"create temp table sums as {_SUMS}")
    return con


def _rows(names: Sequence[str], rows: Iterable[tuple], whole: Sequence[str] = ()) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return pa.table(
        {
            n: pa.array(c, pa.int64() if n in whole else pa.string())
            for n, c in zip(names, columns, strict=True)
        }
    )


_AGGLOMERATION = """
left join (
  select c.metro_id, any_value(u.unit_id) as agglomeration_unit_id,
    any_value(try_cast(u.population as double)) as agglomeration_population,
    any_value(try_cast(u.population_year as bigint)) as agglomeration_year
  from read_csv(getvariable('links'), all_varchar = true) c
  join read_csv(getvariable('spatial'), all_varchar = true) u using (system, code, vintage)
  where c.system = 'un_wup2018' and c.relation = 'exact' group by c.metro_id having count(*) = 1
) using (metro_id)
"""


def units(con: duckdb.DuckDBPyConnection) -> pa.Table:
    """`authority_unit`: every local unit behind every territory, complete or not."""
    return con.sql(
        """select body_id, list, code, name, municipality, population, area_km2, fua, core
           from found order by body_id, code"""
    ).to_arrow_table()


def territories(con: duckdb.DuckDBPyConnection) -> pa.Table:
    """`authority_territory`: sums of territories, or what is missing for them."""
    return con.sql(
        f"""select body_id, metro_id, list, units_found, counties_stated, counties_source,
             municipalities_found, municipalities_stated, stated_year, stated_source, complete,
             case when complete then population end as population,
             case when complete then area_km2 end as area_km2,
             case when complete then population / area_km2 end as density,
             case when complete then 100000 * municipalities_found / population end
               as municipalities_per_100000,
             case when fua is not null then 'eurostat_fua:' || fua end as fua_unit_id, fua_population,
             case when complete then 100 * in_fua / fua_population end as share_of_fua,
             case when complete then 100 * in_core / core_population end as share_of_core,
             agglomeration_unit_id, agglomeration_population, agglomeration_year,
             case when complete then 100 * population / agglomeration_population end
               as percent_of_agglomeration,
             case when complete and area_km2 is null then 'the list of local units has no areas for it'
               when complete then null
               when not_stated is not null then not_stated
               when counties_stated is not null then units_found || ' of ' || counties_stated
                 || ' counties are in the list of local units'
               when municipalities_stated is null then 'no text states how many municipalities it has'
               when municipalities_found <> municipalities_stated then municipalities_found
                 || ' of ' || municipalities_stated || ' municipalities are in the list of local units'
               else without_population || ' local units have no population' end as missing,
             evidence, check_area_km2, check_population, check_source,
             case when complete then 100 * (area_km2 / check_area_km2 - 1) end as area_difference,
             case when complete then 100 * (population / check_population - 1) end
               as population_difference
           from sums {_AGGLOMERATION} order by body_id"""
    ).to_arrow_table()


def not_computable(territories: pa.Table) -> pa.Table:
    """What is missing of `authority_territory`, as rows of `not_computable`, a row an indicator.

    An incomplete territory has no sum at all; a complete one may lack areas, municipalities or the local
    units of its functional urban area.
    """
    return query.run(
        f"""
        select i.indicator_id, t.metro_id, '{SYSTEM}:' || t.body_id as unit_id, 'authority' as scale,
          '{SYSTEM}' as system, '2019' as vintage, '_T' as sex, '_T' as age, '2019' as period,
          case when not t.complete or i.indicator_id = 'area' then t.missing
            when i.indicator_id = 'local_governments' and t.municipalities_found is null
              then 'the list has counties, not municipalities'
            when i.indicator_id = 'share_of_metropolis_governed' and t.share_of_fua is null
              then case when t.fua_unit_id is null
                then 'no list has the local units of its functional urban area'
                else 'local units of its functional urban area have no population in the list' end
          end as reason
        from territories t, (values ('area'), ('population'), ('local_governments'),
          ('share_of_metropolis_governed')) i(indicator_id)
        where reason is not null
        order by all
        """,
        {"territories": territories},
    )


_RECORDS = """
with long as (
  unpivot (select body_id as code, name as code_label, list, 'authority' as level,
      population as population_persons, area_km2, municipalities_found::double as n_municipalities, population / area_km2 as density,
      100 * in_fua / fua_population as share_of_fua, 100 * in_core / core_population as share_of_core
    from sums where complete
    qualify row_number() over (partition by metro_id order by population desc, body_id) = 1)
  on population_persons, area_km2, density, n_municipalities, share_of_fua, share_of_core
  into name variable value value
  union all
  unpivot (select fua as code, fua as code_label, list, 'fua' as level,
      case when list like 'insee%' then sum(population::decimal(18, 3))::double end as population_persons,
      100 * max(population) / sum(population::decimal(18, 3))::double as share_of_largest,
      1 / sum(((population / total) ^ 2)::decimal(18, 15))::double as effective_number
    from (select *, sum(population::decimal(18, 3)) over (partition by list, fua)::double as total
      from unit where fua is not null)
    group by list, fua having count(population) = count(*) and sum(population::decimal(18, 3)) > 0)
  on population_persons, share_of_largest, effective_number
  into name variable value value
)
select level, code, code_label, variable, '2019' as period, value::decimal(20, 6)::varchar as value
from long where list = getvariable('list') order by level, code, variable
"""


def records(con: duckdb.DuckDBPyConnection, of: str) -> bytes:
    """The sums made from one list as tidy CSV, and the structure of every functional urban area in it.

    Columns: level (authority, fua), code, code_label, variable, period, value. Of France the populations
    of functional urban areas too, which the list of the European Union does not have.
    """
    con.execute("set variable list = $list", {"list": of})
    table = con.sql(_RECORDS).to_arrow_table()
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.column_names)
    for row in zip(*(c.to_pylist() for c in table.columns), strict=True):
        *rest, value = row
        writer.writerow([*rest, value.rstrip("0").rstrip(".") if "." in value else value])
    return text.getvalue().encode()


def registered(con: duckdb.DuckDBPyConnection) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows of `spatial_unit` and of `crosswalk` for territories that are complete.

    Of several bodies of one metropolis the one with most inhabitants: a metropolis has one main unit of
    each system. The others are in `authority_territory`.
    """
    rows = con.sql(
        """select s.body_id, s.metro_id, s.name, s.list, s.population, s.area_km2, s.evidence, u.iso3
           from sums s left join iso u using (metro_id) where complete
           qualify row_number() over (partition by s.metro_id order by s.population desc, body_id) = 1
           order by body_id"""
    ).to_arrow_table()
    spatial, links = [], []
    for r in rows.to_pylist():
        spatial.append(
            {
                "unit_id": f"{SYSTEM}:{r['body_id']}",
                "system": SYSTEM,
                "code": r["body_id"],
                "vintage": "2019",
                "scale": "authority",
                "name": r["name"],
                "iso3": r["iso3"],
                "population": r["population"],
                "population_year": 2019,
                "area_km2": r["area_km2"],
                "composition": r["evidence"],
                "note": f"Sum of local units ({r['list']}).",
            }
        )
        links.append(
            {
                "metro_id": r["metro_id"],
                "system": SYSTEM,
                "code": r["body_id"],
                "vintage": "2019",
                "relation": "exact",
                "method": "stated",
                "score": 1,
                "evidence": r["evidence"],
                "decided_by": "source",
            }
        )
    return spatial, links


def from_catalog(folder: Path = FOLDER) -> duckdb.DuckDBPyConnection:
    """`connect` with what the catalog states: territories, lists, bodies and their numbers."""
    from catalog import desk, territory

    lists, found = territory.load(folder)
    facts = [s for s in desk.said(desk.load(folder)) if s.body and not s.withdrawn_in]
    bodies = {s.body: (s.metro, s.name) for s in facts}
    if unknown := sorted({t.body for t in found} - set(bodies)):
        raise ValueError(
            f"catalog/territories: no wave of desk research has the body '{unknown[0]}'; correct it."
        )
    said = [
        (s.body, int(s.fact.text), s.fact.as_of, s.fact.source, s.wave)
        for s in facts
        if s.fact.field == "n_municipalities" and s.fact.source
    ]
    con = connect(found, lists, [(b, m, n) for b, (m, n) in sorted(bodies.items())], said, folder)
    con.execute(
        "create temp table iso as select metro_id, iso3 from read_csv($m, all_varchar = true)",
        {"m": str(folder / "metros" / "metro.csv")},
    )
    return con


def write(folder: Path = FOLDER) -> list[str]:
    """Write the sums into `territories/` and the territories into the registry; says what was done.

    Rows of the system `authority` in `spatial_unit.csv` and `crosswalk.csv` are replaced, all others
    stay as they are.
    """
    con = from_catalog(folder)
    said = []
    for of, name in SUMS.items():
        content = records(con, of)
        (folder / "territories" / f"{name}.csv").write_bytes(content)
        said.append(f"{name}.csv: {len(content.splitlines()) - 1} rows")
    spatial, links = registered(con)
    for statement, rows in ((tables.of("spatial_unit"), spatial), (tables.of("crosswalk"), links)):
        path = folder / "metros" / f"{statement.name}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            kept = [r for r in csv.DictReader(file) if r["system"] != SYSTEM]
        blank = dict.fromkeys(statement.names)
        files.write(path.parent, statement, [*kept, *(blank | r for r in rows)])
        said.append(f"{path.name}: {len(rows)} rows of {SYSTEM}")
    return said


def make(given: Inputs) -> pa.Table:
    """Table `authority_unit` or `authority_territory`: from the catalog alone, like the registry."""
    con = from_catalog(given.catalog.folder)
    return units(con) if given.statement.name == "authority_unit" else territories(con)


def facts(catalog: Catalog, statement: Table) -> object:
    """The territories and the numbers of municipalities, as they are written."""
    from catalog.desk import WAVES

    files = [*(catalog.folder / "territories").glob("*"), *(catalog.folder / WAVES).glob("*.yaml")]
    return catalog.version(*(str(p.relative_to(catalog.folder)) for p in files))
