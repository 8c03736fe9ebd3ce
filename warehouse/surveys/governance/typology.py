"""From facts on bodies to models of governance, profiles and figures beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from catalog.models.typology import TypologyRule
from warehouse import query
from warehouse.errors import WarehouseError

FEWEST = 5  # metropolises behind a published median
# Of several bodies of a metropolis, the one with most standing says the model.
ORDER = ("special_status", "supramunicipal", "intermunicipal", "informal", "none")


def _newest(table: str, column: str, where: str = "true", key: str = "body_id") -> str:
    """The newest known value of a column up to the year of point p, as a scalar subquery."""
    return (
        f'(select max_by(t."{column}", (t.valid_from, t.wave)) from {table} t where t.{key} = p.{key} '
        f'and t.valid_from <= p.year and t."{column}" is not null and {where})'
    )


def models(tables: Mapping[str, pa.Table], rules: Sequence[TypologyRule]) -> pa.Table:
    """`gov_model` from `gov_body`, `gov_representation`, `gov_territory`.

    Raises `WarehouseError` where the SQL of a rule cannot be read.
    """
    named = ("name", "legal_form", "legal_basis", "membership", "levies_taxes", "tier")
    known = ", ".join(f"{_newest('gov_body', c)} as {c}" for c in named)
    ladder = " ".join(f"when ({r.when}) then '{r.id}'" for r in rules)
    of_rule = pa.table(
        {
            k: pa.array([getattr(r, k) for r in rules], pa.string())
            for k in ("id", "model", "reason")
        }
    )
    sql = f"""
    with p as (
      select body_id, metro_id, valid_from as year from gov_body
      union select body_id, metro_id, valid_from from gov_representation
      where body_id in (select body_id from gov_body)
    ), b as (
      select p.body_id, p.metro_id, p.year, {known},
        {_newest("gov_body", "model")} as answered,
        {_newest("gov_body", "year_abolished")} as abolished,
        {_newest("gov_territory", "n_municipalities", key="metro_id")} as n_municipalities,
        {_newest("gov_representation", "selection", "t.organ = 'head'")} as head,
        {_newest("gov_representation", "selection", "t.organ = 'assembly'")} as assembly
      from p
    ), decided as (select *, case {ladder} end as rule from b),
    changed as (
      select d.*, case r.model when 'as_answered' then d.answered else r.model end as model,
        coalesce(r.reason, 'not known: what the sources say of it decides nothing') as reason,
        lag(coalesce(rule, '')) over w as before
      from decided d left join rule r on r.id = d.rule window w as (partition by d.body_id order by year)
    )
    select body_id, metro_id, year as year_from,
      coalesce(lead(year) over (partition by body_id order by year), abolished) as year_to,
      model, rule, reason
    from changed where before is distinct from coalesce(rule, '') order by body_id, year_from
    """
    try:
        return query.run(sql, {**tables, "rule": of_rule})
    except Exception as error:
        raise WarehouseError(
            f"catalog/surveys/typology.yaml: a rule cannot be read ({str(error).splitlines()[0]}); "
            "correct its 'when'."
        ) from None


def profile(tables: Mapping[str, pa.Table]) -> pa.Table:
    """`governance_profile` from the typed tables, `gov_model`, `gov_fact`, `latest` and `source`."""
    order = ", ".join(f"'{m}'" for m in ORDER)
    newest = "max_by({}, (valid_from, wave)) filter (where {} is not null)".format

    def of(column: str) -> str:
        return f"{newest(column, column)} as {column}"

    sql = f"""
    with body as (
      select body_id, metro_id, {of("name")}, {of("year_created")}, {of("legal_form")},
        {of("legal_basis")}, {of("legal_citation")}, {of("levies_taxes")}, {of("year_abolished")},
        max_by(origin, (valid_from, wave)) as origin
      from gov_body group by all having year_abolished is null
    ), stands as (select * from gov_model qualify row_number() over (
        partition by body_id order by year_from desc) = 1),
    main as (
      select b.*, m.model, m.reason, count(*) over (partition by b.metro_id) as bodies
      from body b join stands m using (body_id)
      qualify row_number() over (partition by b.metro_id order by
        coalesce(list_position([{order}], m.model), 9), b.body_id) = 1
    ), place as (
      select metro_id, {of("n_municipalities")}, {of("n_bodies")}, max(valid_from) filter
        (where n_municipalities is not null) as n_municipalities_year,
        max_by(origin, (valid_from, wave)) as origin from gov_territory group by all
    ), organ as (
      select body_id, max_by(selection, (valid_from, wave)) filter (where organ = 'head'
          and selection is not null) as head_selection,
        max_by(selection, (valid_from, wave)) filter (where organ = 'assembly'
          and selection is not null) as assembly_selection,
        max_by(seats, (valid_from, wave)) filter (where organ = 'assembly'
          and seats is not null) as assembly_seats
      from gov_representation group by all
    ), power as (
      select body_id, count(distinct field) as competences,
        string_agg(distinct field, ', ' order by field) as competence_fields
      from gov_competence where valid_to is null and coalesce(role, '') <> 'none' group by all
    ), whole as (
      select metro_id, value as fragmentation, period as fragmentation_period from latest
      join source using (source_id, dataset)
      where indicator_id = 'local_governments_per_100000' and scale = 'fua' and redistributable
      qualify row_number() over (partition by metro_id order by vintage desc, system, unit_id) = 1
    ), texts as (select metro_id, count(distinct source_id) as sources from gov_fact group by all)
    select metro_id, coalesce(m.model, case when p.n_bodies = 0 then 'none' end) as model,
      coalesce(m.reason, case when p.n_bodies = 0 then 'the city says that there is no body' end,
        'not known: no body is known') as reason,
      m.body_id, m.name as body, coalesce(m.bodies, 0) as bodies, m.year_created, m.legal_form,
      m.legal_basis, m.legal_citation, p.n_municipalities, p.n_municipalities_year, m.levies_taxes,
      o.head_selection, o.assembly_selection, o.assembly_seats,
      coalesce(w.competences, 0) as competences, coalesce(w.competence_fields, '') as competence_fields,
      f.fragmentation, f.fragmentation_period, coalesce(t.sources, 0) as sources,
      coalesce(m.origin, p.origin) as status
    from main m full join place p using (metro_id) left join organ o using (body_id)
    left join power w using (body_id) left join whole f using (metro_id)
    left join texts t using (metro_id) order by metro_id
    """
    return query.run(sql, tables)


def outcome(tables: Mapping[str, pa.Table]) -> pa.Table:
    """`governance_outcome` from `governance_profile`, `latest` and `source`.

    Open figures alone; one figure for each metropolis, scale and delineation (the first unit by code).
    """
    sql = f"""
    with grouped as (
      select 'model' as "grouping", model as "of", metro_id from governance_profile
      where model is not null
      union all
      select 'competence', unnest(string_split(competence_fields, ', ')), metro_id
      from governance_profile where competence_fields <> ''
    ), figure as (
      select l.* from latest l join source s using (source_id, dataset) where s.redistributable
      qualify row_number() over (partition by metro_id, indicator_id, scale, system, vintage, unit
        order by unit_id) = 1
    )
    select "grouping", "of", indicator_id, scale, system, vintage, unit,
      count(*) as metropolises,
      case when count(*) >= {FEWEST} then quantile_cont(value, 0.5) end as median,
      case when count(*) >= {FEWEST} then quantile_cont(value, 0.25) end as quartile_1,
      case when count(*) >= {FEWEST} then quantile_cont(value, 0.75) end as quartile_3,
      min(period) as first_period, max(period) as last_period,
      case when count(*) < {FEWEST} then 'fewer than {FEWEST} metropolises: no figure' end as note
    from grouped join figure using (metro_id) group by all order by all
    """
    return query.run(sql, tables)
