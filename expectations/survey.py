"""Rules between answers of the governance survey, stated in `catalog/surveys/governance.yaml`.

The same SQL judges a file before it comes in (the message names its cell) and the published tables
after. Some rules need what the registry or ISO 4217 says: relations `known` and `currency`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from catalog import survey_loader
from catalog.models.survey import Survey, SurveyRule
from expectations.rule import Rule
from warehouse.surveys.governance.wide import asked_in, lay_out
from warehouse.surveys.intake.words import label, number

if TYPE_CHECKING:
    import duckdb

    from warehouse.surveys.intake.cells import Checked, Problem

_VALUE = re.compile(r"\{=([a-z_]+)\}")
_QUESTION = re.compile(r"\{([a-z0-9_]+)\}")
_EXTRA = {
    "known_population": "known.population",
    "per_head": "b.expenditure * 1e6 / r.population",
    "revenue_sum": "b.revenue_sum",
    "bodies_described": "r.bodies_described",
    "roles_given": "b.roles_given",
    "density": "r.population / r.area_km2",
    "body_of": "(select min(metro_id) from body_known where slug = name_key(b.body_name))",
}


def problems(checked: Checked, populations: Mapping[tuple[str, str], float]) -> list[Problem]:
    """Every rule that a file breaks, at the cell of the rule's first question.

    `populations`: what the registry says, by metropolis and scale.
    """
    survey, con = checked.survey, checked.con
    lay_out(con, checked.answers, survey, _needed(survey))
    _known(con, populations)
    found = []
    for rule in survey.rules:
        values = _VALUE.findall(rule.text.en)
        for response, entry, *said in broken(con, rule, values, survey):
            text = words(rule, survey, checked.lang, dict(zip(values, said, strict=True)))
            place = checked.at(response, entry, rule.questions[0])
            if not place[1]:
                place = checked.at(response, "", rule.questions[0])
            found.append(
                checked.problem(place, rule.questions[0], text, rule.severity == "critical")
            )
    return found


def broken(
    con: duckdb.DuckDBPyConnection, rule: SurveyRule, values: list[str], survey: Survey
) -> list[tuple]:
    """(response, entry, *values) of each case that breaks a rule; relations r, b, known, currency."""
    prefix = {q.name: "b" if survey.group_of(q.name).repeat else "r" for q in survey.questions}
    picked = "".join(f", {_EXTRA.get(v) or f'{prefix[v]}.{v}'}" for v in values)
    base = "b join r using (response)" if rule.of == "body" else "r"
    entry = "b.entry" if rule.of == "body" else "''"
    known = "left join known on known.metro_id = r.metro_id and known.scale = r.perimeter"
    return con.sql(
        f"select r.response, {entry}{picked} from {base} {known} where {rule.bad} order by all"
    ).fetchall()


def words(rule: SurveyRule, survey: Survey, lang: str, values: Mapping[str, Any]) -> str:
    """The rule's sentence, with the wording of its questions and the values that break it."""
    text = getattr(rule.text, lang)
    text = _VALUE.sub(lambda m: _plain(values.get(m[1], "…"), lang), text)
    return _QUESTION.sub(lambda m: f"«{label(survey, m[1], lang)}»", text)


def for_typed(name: str) -> list[Rule]:
    """The rules of one typed table, on what stands now; each names the questions by their wording.

    Rules on bodies judge `gov_body`, those on the metropolis `gov_territory`; they read the other
    tables of governance by their names.
    """
    of = {"gov_body": "body", "gov_territory": "response"}.get(name)
    if of is None:
        return []
    survey = survey_loader.survey()
    made = [_typed(rule, name, survey) for rule in survey.rules if rule.of == of and _judged(rule)]
    return [*made, _jump(name)]


_UNJUDGED = {
    "population_near_the_registry",  # what the registry says is read when the file comes in
    "currency_is_known",
    "no_body_means_no_body",
    "bodies_are_described",  # a wave may describe one body of two
    "density_is_plausible",  # of a response, whose table holds no body
    "body_of_this_metropolis",  # which bodies are known is read when the file comes in
    # What is future depends on the day; a table is judged the same on every day.
    *("reference_year_is_past", "plans_are_approved_already"),
    *("fiscal_year_is_past", "abolished_already"),
}


def _judged(rule: SurveyRule) -> bool:
    return rule.id not in _UNJUDGED


def _typed(rule: SurveyRule, table: str, survey: Survey) -> Rule:
    stands = "valid_to is null"
    sql = f"""
    with r as (select t.*, c.body_id as r_body, t.valid_from as ref_year
      from (select distinct body_id, metro_id from candidate) c
      join gov_territory t on t.metro_id = c.metro_id and t.body_id in (c.body_id, '') and t.{stands}
      qualify row_number() over (partition by c.body_id order by t.body_id desc) = 1),
    b as (select c.*, c.metro_id as response, c.body_id as entry, f.*, a.*, k.* from candidate c
      left join (select body_id as f_body, max(amount) filter (where item = 'expenditure') as expenditure,
        max(amount) filter (where item = 'investment') as investment,
        max(amount) filter (where item = 'debt') as debt, max(currency) as currency,
        max(fiscal_year) as fiscal_year,
        max(amount) filter (where item = 'revenue_own_taxes') as rev_own_taxes,
        sum(amount) filter (where unit = 'percent') as revenue_sum,
        count(*) filter (where unit = 'percent') as revenue_shares
        from gov_finance where {stands} group by all) f on f.f_body = c.body_id
      left join (select body_id as a_body, max(seats) as seats_total, max(women_seats) as women_seats,
        max(civil_society_seats) as civil_society_seats
        from gov_representation where organ = 'assembly' and {stands} group by all) a
        on a.a_body = c.body_id
      left join (select body_id as k_body, count(role) as roles_given from gov_competence
        where {stands} group by all) k on k.k_body = c.body_id
      where c.{stands})
    select b.body_id, b.name from b left join r on r.r_body = b.entry where {rule.bad}
    """
    return Rule(
        rule.id,
        "ranges",
        table,
        "table",
        # A city's own contradiction is shown, and is no reason to publish nothing.
        "warning",
        f"Told where it is broken: {words(rule, survey, 'en', {})}.",
        sql,
        column="body_id",
        needs=("gov_territory", "gov_finance", "gov_representation", "gov_competence"),
    )


def _jump(table: str) -> Rule:
    number_of, key = (
        ("n_members", "body_id")
        if table == "gov_body"
        else ("n_municipalities", "metro_id, body_id")
    )
    return Rule(
        "no_jump_between_waves",
        "ranges",
        table,
        "table",
        "warning",
        f"No {number_of} changes by more than half from one wave to the next; else ask the city.",
        f"select {key}, valid_from, {number_of}, before from (select *, lag({number_of}) over "
        f"(partition by {key} order by valid_from, wave) as before from candidate) "
        f"where abs({number_of} / before - 1) > 0.5",
        column=number_of,
    )


def _needed(survey: Survey) -> set[str]:
    needed = {"metro_id", "perimeter", "ref_year"}
    for rule in survey.rules:
        needed |= asked_in(rule.bad, survey) | set(rule.questions)
        needed |= {v for v in _VALUE.findall(rule.text.en) if v not in _EXTRA}
        for extra in _VALUE.findall(rule.text.en):
            needed |= asked_in(_EXTRA.get(extra, ""), survey)
    return needed


def _known(con: duckdb.DuckDBPyConnection, populations: Mapping[tuple[str, str], float]) -> None:
    import pycountry

    con.register(
        "known",
        pa.table(
            {
                "metro_id": pa.array([m for m, _ in populations], pa.string()),
                "scale": pa.array([s for _, s in populations], pa.string()),
                "population": pa.array(list(populations.values()), pa.float64()),
            }
        ),
    )
    from warehouse.surveys.governance.desk_wave import names

    bodies = tuple((m, name) for m, name, _ in names())
    bodies += _short(bodies)
    con.register(
        "known_names",
        pa.table(
            {
                n: pa.array([b[i] for b in bodies], pa.string())
                for i, n in enumerate(("metro_id", "name"))
            }
        ),
    )
    # As the tables of governance compare names: letters and digits of every script.
    con.execute(
        r"create or replace macro name_key(v) as trim(regexp_replace(lower(strip_accents(v)), "
        r"'[^\p{L}\p{N}]+', '-', 'g'), '-')"
    )
    con.execute(
        "create or replace temp table body_known as select distinct metro_id, name_key(name) as slug "
        "from known_names"
    )
    codes = [c.alpha_3 for c in pycountry.currencies]  # type: ignore[attr-defined]
    con.register("currency", pa.table({"code": pa.array(codes, pa.string())}))


@functools.lru_cache(maxsize=1)
def _short(bodies: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """What people call bodies for short: `Grand Lyon` is the Métropole de Lyon.

    A generic word beside the name of the metropolis, where no other metropolis is called so.
    """
    from warehouse.registry import known
    from warehouse.registry.matching.match import compact
    from warehouse.registry.matching.wording import cores, words

    metros = known.metros()
    called: dict[str, set[str]] = {}
    for metro_id, metro in metros.items():
        for name in metro.names:
            called.setdefault(compact(name["name"]), set()).add(metro_id)
    before, after = ([w for w in group if " " not in w] for group in words())
    made = set()
    for metro_id, name in bodies:
        own = [metros[metro_id].row["name"]] if metro_id in metros else []
        for core in (*cores(name), *own):
            if cores(core):  # Greater London, of the Greater London Authority
                made.add((metro_id, core))
            elif called.get(compact(core)) == {metro_id}:
                made |= {(metro_id, f"{w}{of}{core}") for w in before for of in (" ", " de ")}
                made |= {(metro_id, f"{core} {w}") for w in after}
    return tuple(sorted(made))


def _plain(value: Any, lang: str) -> str:
    if isinstance(value, (int, float)):
        return number(round(float(value), 2), lang)
    return str(value)
