"""From facts on bodies to models of governance, profiles and figures beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from catalog import desk
from catalog.contents import Catalog
from catalog.models import typology as rules
from catalog.models.typology import TypologyRule
from warehouse import query
from warehouse.errors import WarehouseError
from warehouse.inputs import Inputs
from warehouse.tables import Table

FEWEST = 5  # metropolises behind a published median
# Of several bodies of a metropolis, the one with most standing says the model.
ORDER = ("special_status", "supramunicipal", "intermunicipal", "informal", "none")
# What the rules ask, in words: what of it is not known is named where nothing is decided.
ASKED = {
    "legal_form": "its legal form",
    "legal_basis": "the kind of act that it rests on",
    "membership": "whether municipalities must join it",
    "n_municipalities": "how many municipalities it covers",
    "head": "how its head is chosen",
    "assembly": "how its assembly is chosen",
}


def _newest(table: str, column: str, where: str = "true") -> str:
    """The newest known value of a column up to the year of point p, as a scalar subquery.

    A value that rests on an encyclopaedia alone is left out.
    """
    strong = f"not list_contains(string_split(coalesce(t.weak_fields, ''), ', '), '{column}')"
    return (
        f'(select max_by(t."{column}", (t.valid_from, t.wave)) from {table} t '
        f'where t.body_id = p.body_id and t.valid_from <= p.year and t."{column}" is not null '
        f"and {where} and {strong})"
    )


def models(tables: Mapping[str, pa.Table], ladder_of: Sequence[TypologyRule]) -> pa.Table:
    """`gov_model` from `gov_body`, `gov_representation`, `gov_territory`; each body by its own facts.

    Raises `WarehouseError` where the SQL of a rule cannot be read.
    """
    named = ("name", "legal_form", "legal_basis", "membership", "levies_taxes", "tier")
    known = ", ".join(f"{_newest('gov_body', c)} as {c}" for c in named)
    ladder = " ".join(f"when ({r.when}) then '{r.id}'" for r in ladder_of)
    missing = ", ".join(f"case when {c} is null then '{c}' end" for c in ASKED)
    lacking = ", ".join(f"case when {c} is null then '{words}' end" for c, words in ASKED.items())
    of_rule = pa.table(
        {
            k: pa.array([getattr(r, k) for r in ladder_of], pa.string())
            for k in ("id", "model", "reason")
        }
    )
    sql = f"""
    with p as (
      select body_id, metro_id, valid_from as year from gov_body
      union select body_id, metro_id, valid_from from gov_representation
      where body_id in (select body_id from gov_body)
      union select body_id, metro_id, valid_from from gov_territory
      where body_id in (select body_id from gov_body)
      union select body_id, metro_id, year_created from gov_body where year_created is not null
    ), b as (
      select p.body_id, p.metro_id, p.year, {known},
        {_newest("gov_body", "model")} as answered,
        (select max_by(t.year_abolished, (t.valid_from, t.wave)) from gov_body t
          where t.body_id = p.body_id and t.year_abolished is not null) as abolished,
        -- A law may be older than the body that it creates.
        (select max_by(t.year_created, (t.valid_from, t.wave)) from gov_body t
          where t.body_id = p.body_id and t.year_created is not null) as created,
        {_newest("gov_territory", "n_municipalities")} as n_municipalities,
        {_newest("gov_representation", "selection", "t.organ = 'head'")} as head,
        {_newest("gov_representation", "selection", "t.organ = 'assembly'")} as assembly
      from p
    ), decided as (
      select *, case {ladder} end as rule, nullif(concat_ws('; ', {lacking}), '') as lacking,
        nullif(concat_ws(', ', {missing}), '') as missing_facts from b
      where (abolished is null or year < abolished) and (created is null or year >= created)
    ), changed as (
      select d.*, case r.model when 'as_answered' then d.answered else r.model end as model,
        coalesce(r.reason, 'not decided: ' || coalesce('no source read, other than an encyclopaedia, '
          || 'states ' || lacking, 'no rule holds, though all that the rules ask is known')) as reason,
        lag(coalesce(rule, '')) over w as before,
        lead(rule) over w as next_rule, lead(year) over w as next_year
      from decided d left join rule r on r.id = d.rule window w as (partition by d.body_id order by year)
    ), last_word as (
      -- The reason of what is not decided names what is lacking in the end, not at the beginning.
      select body_id, max_by(reason, year) as reason, max_by(coalesce(missing_facts, ''), year) as missing_facts
      from changed where rule is null group by all
    )
    select c.body_id, metro_id, year as year_from,
      coalesce(lead(year) over (partition by c.body_id order by year), abolished) as year_to,
      model, rule, case when rule is null then l.reason else c.reason end as reason,
      case when rule is null then nullif(l.missing_facts, '') end as missing_facts
    from changed c left join last_word l using (body_id)
    where before is distinct from coalesce(rule, '') order by c.body_id, year_from
    """
    try:
        return query.run(sql, {**tables, "rule": of_rule})
    except Exception as error:
        raise WarehouseError(
            f"catalog/surveys/typology.yaml: a rule cannot be read ({str(error).splitlines()[0]}); "
            "correct its 'when'."
        ) from None


def bodies(tables: Mapping[str, pa.Table], same_as: Mapping[str, str] | None = None) -> pa.Table:
    """`governance_body` from the typed tables, `gov_model`, `gov_fact`: every body by its newest facts.

    same_as: entries of a body that is entered at another metropolis, to the entry that counts.
    """
    order = ", ".join(f"'{m}'" for m in ORDER)
    newest = "max_by({}, (valid_from, wave)) filter (where {} is not null)".format

    def of(column: str) -> str:
        return f"{newest(column, column)} as {column}"

    def dated(column: str) -> str:
        # A year that no text states is no year: a fact without one is taken to hold since creation.
        return (
            f"{of(column)}, {newest('wave', column)} as {column}_wave, "
            f"max(valid_from) filter (where {column} is not null) as {column}_from"
        )

    def year_of(column: str) -> str:
        return (
            f"case when {column}_wave in (select wave from gov_fact) then (select max(f.valid_from) "
            f"from gov_fact f where f.body_id = p.body_id and f.field = '{column}' and f.dated and "
            f"f.withdrawn_in is null and try_cast(f.value as double) = {column}) "
            f"else {column}_from end as {column}_year"
        )

    sql = f"""
    with body as (
      select body_id, metro_id, {of("name")}, {of("year_created")}, {of("year_abolished")},
        {of("legal_form")}, {of("legal_basis")}, {of("legal_citation")}, {of("membership")},
        {of("n_members")}, {of("levies_taxes")}, max_by(origin, (valid_from, wave)) as origin
      from gov_body group by body_id, metro_id
    ), stands as (
      select body_id, model, rule, reason, missing_facts from gov_model
      qualify row_number() over (partition by body_id order by year_from desc) = 1
    ), place as (
      select body_id, {dated("n_municipalities")}, {dated("n_districts")}, {dated("area_km2")},
        {dated("population")}
      from gov_territory where body_id <> '' group by body_id
    ), organ as (
      select body_id,
        max_by(selection, (valid_from, wave)) filter (where organ = 'head'
          and selection is not null) as head_selection,
        max_by(selection, (valid_from, wave)) filter (where organ = 'assembly'
          and selection is not null) as assembly_selection,
        max_by(seats, (valid_from, wave)) filter (where organ = 'assembly'
          and seats is not null) as assembly_seats
      from gov_representation group by body_id
    ), power as (
      select body_id, count(distinct field) as competences,
        string_agg(distinct field, ', ' order by field) as competence_fields
      from gov_competence where valid_to is null and coalesce(role, '') <> 'none' group by body_id
    ), texts as (
      select body_id, count(distinct source_id) as sources, count(*) as facts,
        count(*) filter (where weak) as weak_facts
      from gov_fact where withdrawn_in is null and body_id <> '' group by body_id
    ), placed as (
      select *, year_abolished is not null as former,
        row_number() over (partition by metro_id, year_abolished is not null order by
          coalesce(list_position([{order}], model), 9), coalesce(competences, 0) desc,
          coalesce(n_municipalities, 0) desc, body_id) as place
      from body left join stands using (body_id) left join place using (body_id)
        left join organ using (body_id) left join power using (body_id) left join texts using (body_id)
    )
    select body_id, metro_id, name, s.same_as,
      case when former then 'former' when model is null then 'undecided' when place = 1 then 'main'
        else 'also' end as standing,
      model, coalesce(reason, 'not decided: no fact is dated before its abolition') as reason,
      coalesce(rule, case when missing_facts is not null then 'missing_facts'
        when reason is null then 'abolished_before' else 'undecided' end) as rule, missing_facts,
      year_created, year_abolished, legal_form, legal_basis, legal_citation, membership, n_members,
      levies_taxes, n_municipalities, {year_of("n_municipalities")}, n_districts,
      {year_of("n_districts")}, area_km2, {year_of("area_km2")}, population, {year_of("population")}, head_selection, assembly_selection, assembly_seats,
      competences, competence_fields, coalesce(sources, 0) as sources, coalesce(facts, 0) as facts,
      coalesce(weak_facts, 0) as weak_facts, origin as status
    from placed p left join same s using (body_id) order by body_id
    """
    pairs = list((same_as or {}).items())
    same = {
        name: pa.array([p[n] for p in pairs], pa.string())
        for n, name in enumerate(("body_id", "same_as"))
    }
    return query.run(sql, {**tables, "same": pa.table(same)})


def profile(tables: Mapping[str, pa.Table]) -> pa.Table:
    """`governance_profile` from `governance_body`, `gov_territory`, `gov_fact`, `latest` and `source`.

    The body with most standing says the model; of several of one model, the one with more fields of
    competence, then with more municipalities. `governed_by` names them all and says why.
    """
    sql = """
    with main as (
      select * from governance_body where standing in ('main', 'undecided')
      qualify row_number() over (partition by metro_id order by standing,
        coalesce(competences, 0) desc, coalesce(n_municipalities, 0) desc, body_id) = 1
    ), others as (
      select metro_id, count(*) filter (where standing <> 'former') as bodies,
        count(*) filter (where standing in ('main', 'also')) as governing,
        count(*) filter (where standing = 'former') as former,
        string_agg(name || ' (' || coalesce(replace(model, '_', ' '), 'not decided') || ')', '; '
          order by standing = 'main' desc, standing = 'also' desc, name)
          filter (where standing <> 'former') as governed_by
      from governance_body group by metro_id
    ), whole as (
      select metro_id,
        max_by(n_bodies, (valid_from, wave)) filter (where n_bodies is not null
          and not list_contains(string_split(coalesce(weak_fields, ''), ', '), 'n_bodies')) as n_bodies,
        max_by(origin, (valid_from, wave)) as origin,
        max_by(n_municipalities, (valid_from, wave)) filter (where n_municipalities is not null)
          as n_municipalities,
        max(valid_from) filter (where n_municipalities is not null) as n_municipalities_year
      from gov_territory where body_id = '' group by metro_id
    ), said as (
      select metro_id, max_by(origin, (valid_from, wave)) as said_by from gov_territory
      where body_id = '' and n_bodies = 0 group by metro_id
    ), fragmented as (
      select metro_id, value as fragmentation, period as fragmentation_period from latest
      join source using (source_id, dataset)
      where indicator_id = 'local_governments_per_100000' and scale = 'fua' and redistributable
      qualify row_number() over (partition by metro_id order by vintage desc, system, unit_id) = 1
    ), texts as (
      select metro_id, count(distinct source_id) as sources from gov_fact
      where withdrawn_in is null group by metro_id
    ), every as (select metro_id from others union select metro_id from whole)
    select e.metro_id,
      coalesce(m.model, case when w.n_bodies = 0 and coalesce(o.bodies, 0) = 0 then 'none' end) as model,
      case when m.body_id is not null then m.reason
        when w.n_bodies = 0 and d.said_by = 'survey' then 'the city says that there is no body'
        when w.n_bodies = 0 then 'a text says that there is no metropolitan body'
        when d.said_by is not null
          then 'not known: only an encyclopaedia says that there is no metropolitan body'
        when o.former > 0 then 'not known: the bodies that are known were abolished'
        else 'not known: no body is known' end as reason,
      case when m.body_id is not null then m.rule
        when w.n_bodies = 0 and d.said_by = 'survey' then 'no_body_city'
        when w.n_bodies = 0 then 'no_body_text'
        when d.said_by is not null then 'no_body_weak'
        when o.former > 0 then 'abolished' else 'no_body_known' end as rule, m.missing_facts,
      m.body_id, m.name as body, coalesce(o.bodies, 0) as bodies,
      coalesce(o.governing, 0) as governing_bodies, o.governed_by, m.year_created,
      m.legal_form, m.legal_basis, m.legal_citation,
      coalesce(m.n_municipalities, w.n_municipalities) as n_municipalities,
      case when m.n_municipalities is not null then m.n_municipalities_year
        else w.n_municipalities_year end as n_municipalities_year,
      m.levies_taxes, m.head_selection, m.assembly_selection, m.assembly_seats, m.competences,
      m.competence_fields, f.fragmentation, f.fragmentation_period,
      coalesce(t.sources, 0) as sources,
      coalesce(m.status, w.origin, 'desk research, not confirmed by the city') as status
    from every e left join main m using (metro_id) left join others o using (metro_id)
    left join whole w using (metro_id) left join said d using (metro_id)
    left join fragmented f using (metro_id) left join texts t using (metro_id)
    order by e.metro_id
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


def make(given: Inputs) -> pa.Table:
    """Table `gov_model`, `governance_profile` or `governance_outcome`."""
    read = {n: given[n] for n in given.statement.inputs}
    match given.statement.name:
        case "gov_model":
            return models(read, rules.load())
        case "governance_body":
            return bodies(read, desk.same_as(desk.load(given.catalog.folder)))
        case "governance_profile":
            return profile(read)
        case _:
            return outcome(read)


def facts(catalog: Catalog, statement: Table) -> object:
    """The rules of the typology and the waves of desk research, as they are written."""
    waves = sorted((catalog.folder / desk.WAVES).glob("*.yaml"))
    files = [catalog.folder / "surveys" / "typology.yaml", *waves]
    return catalog.version(*(str(p.relative_to(catalog.folder)) for p in files))
