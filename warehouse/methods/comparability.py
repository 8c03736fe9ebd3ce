"""What may be compared with what, and why not.

`classes` says once per series and run of years what decides a verdict; the rules of
`catalog/comparability.yaml` are SQL over two such figures. They are evaluated set-based: in the
release by the macros `comparable` and `comparable_over_time`, here for the groups of the ranking.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from catalog.contents import Catalog
from catalog.languages import languages
from catalog.models import comparability
from catalog.models.comparability import Comparability
from catalog.models.comparability import ComparabilityRule as Reason
from warehouse import query, store, tables
from warehouse.inputs import Inputs
from warehouse.methods.breaks import SERIES
from warehouse.tables import Table

# What a figure of a group must share with the others before any rule is asked.
GROUP = (
    *("indicator_id", "scale", "system", "vintage", "sex", "age", "unit", "period"),
    *("source_id", "dataset"),
)


TOTAL = "absolute_count"  # the reason of catalog/comparability.yaml


def classes(
    observation: pa.Table,
    shared_value: pa.Table,
    boundary_version: pa.Table,
    series_break: pa.Table,
    bound: Sequence[dict[str, str]],
    rules: Comparability,
    totals: Sequence[str] = (),
) -> pa.Table:
    """Table `comparability_class` from current rows of table `observation`.

    shared_value: table of that name. bound: what the catalog says of each binding: indicator_id,
    source_id, dataset, unit, sex, age, concept, definition (distinct in the first six). totals:
    indicators that are not compared between places.
    """
    names = ("indicator_id", "source_id", "dataset", "unit", "sex", "age", "concept", "definition")
    given = {n: pa.array([b[n] for b in bound], pa.string()) for n in names}
    named = ("source_id", "begins", "note", "concept")
    flags = [(f.provider, f.begins, f.note, f.concept) for f in rules.flag_concepts]
    columns = list(zip(*flags, strict=True)) or [()] * len(named)
    concepts = dict(zip(named, columns, strict=True))
    numbered = query.numbered(
        observation, row_no=(), series_no=SERIES, figure_no=("series_no", "period")
    )
    with query.memory(over=[numbered]) as con:
        con.register("observation", numbered)
        con.register("shared_value", shared_value)
        con.register("boundary_version", boundary_version)
        con.register("series_break", series_break)
        con.register("bound", pa.table(given))
        con.register(
            "flag_concept", pa.table({k: pa.array(v, pa.string()) for k, v in concepts.items()})
        )
        params = {"totals": list(totals)}
        found = con.sql(query.text("comparability_class"), params=params).to_arrow_table()
    return store.conform(found, tables.of("comparability_class"))


def rule_table(rules: Comparability) -> pa.Table:
    """Table `comparability_rule`."""
    rows = [
        {
            "code": r.code,
            "verdict": r.verdict,
            **{f"sentence_{lang}": getattr(r.text, lang) for lang in languages()},
            "rule": predicate(r, rules),
        }
        for r in rules.rules
    ]
    return store.conform(pa.Table.from_pylist(rows), tables.of("comparability_rule"))


def not_comparable(
    observation: pa.Table, comparability_class: pa.Table, rules: Comparability
) -> pa.Table:
    """Table `not_comparable`: figures of a ranking group that must not be ranked in it.

    The reference of a group is its most usual kind of figure (definition, concept, not copied, no
    jump later); whoever has the verdict `no` beside it is left out. The rules ask for equality, so
    those that stay are comparable with each other.
    """
    with query.memory(over=[observation]) as con:
        con.register("observation", observation)
        con.register("comparability_class", comparability_class)
        found = con.sql(
            query.text("not_comparable").format(
                group=", ".join(GROUP),
                # Totals are not ranked at all: table indicator says so, once for all their figures.
                reasons=reasons(
                    rules, [r for r in rules.rules if r.verdict == "no" and r.code != TOTAL]
                ),
            )
        ).to_arrow_table()
    return store.conform(found, tables.of("not_comparable"))


def predicate(reason: Reason, rules: Comparability) -> str:
    """When a reason applies, as SQL over figures a and b."""
    return reason.when.format(tolerance_years=rules.tolerance_years)


def reasons(rules: Comparability, which: Iterable[Reason]) -> str:
    """SQL: the codes of the reasons that apply to a and b, joined by `; `, empty for none."""
    cases = ", ".join(f"CASE WHEN {predicate(r, rules)} THEN '{r.code}' END" for r in which)
    return f"concat_ws('; ', {cases})"


def macros(rules: Comparability) -> list[tuple[str, str, str]]:
    """(name, SQL that makes it, its comment) of each table macro in the release.

    Written so that clients since DuckDB 1.1 run them: no lambda, no function younger than that.
    """
    every = reasons(rules, rules.rules)
    no = reasons(rules, [r for r in rules.rules if r.verdict == "no"])
    template = query.text("comparable")
    made = []
    for name, parameters, first, second, comment in (
        (
            "comparable",
            "an_indicator, metro_a, metro_b, a_period",
            ("metro_a", "a_period"),
            ("metro_b", "a_period"),
            "Whether two metropolises may be compared by an indicator in a period, per pair of "
            "their figures, with the reasons: FROM comparable('population', 'es-barcelona', "
            "'fr-lyon', '2015'). Connect to the file or USE it first.",
        ),
        (
            "comparable_over_time",
            "an_indicator, a_metro, from_period, to_period",
            ("a_metro", "from_period"),
            ("a_metro", "to_period"),
            "Whether two periods of one metropolis may be compared by an indicator, with the "
            "reasons: FROM comparable_over_time('population', 'es-barcelona', '2005', '2015'). "
            "Connect to the file or USE it first.",
        ),
    ):
        sql = template.format(
            name=name,
            parameters=parameters,
            metro_a=first[0],
            period_a=first[1],
            metro_b=second[0],
            period_b=second[1],
            reasons=every,
            no=no,
        )
        made.append((name, sql, comment))
    return made


def make(given: Inputs) -> pa.Table:
    """Table `comparability_class`, `not_comparable` or `comparability_rule`."""
    stated = comparability.load()
    match given.statement.name:
        case "comparability_class":
            looked_up = [given[n] for n in ("shared_value", "boundary_version", "series_break")]
            said = (bindings(given.catalog), stated, totals(given.catalog))
            return query.joined(
                classes(part, *looked_up, *said) for part in given.by_indicator("observation")
            )
        case "not_comparable":
            kinds = given["comparability_class"]
            return query.joined(
                not_comparable(part, kinds, stated) for part in given.by_indicator("observation")
            )
        case _:
            return rule_table(stated)


def facts(catalog: Catalog, statement: Table) -> object:
    """What of the catalog decides each of the tables."""
    stated = comparability.load()
    match statement.name:
        case "comparability_class":
            return stated.flag_concepts, bindings(catalog), totals(catalog)
        case "not_comparable":
            return stated.rules
        case _:
            return stated


def totals(catalog: Catalog) -> list[str]:
    """Indicators whose figures are not compared between places."""
    return sorted(i.id for i in catalog.indicators.values() if not i.between_places)


def bindings(catalog: Catalog) -> list[dict[str, str]]:
    """What the catalog says of each binding that matters to comparisons; one row a variant."""
    found = {}
    for i in catalog.indicators.values():
        for b in i.bindings:
            key = (i.id, b.provider, b.dataset, b.unit, b.sex, b.age)
            said = found.get(key, ("", ""))
            found[key] = (said[0] or b.concept, said[1] or b.definition)
    names = ("indicator_id", "source_id", "dataset", "unit", "sex", "age", "concept", "definition")
    return [dict(zip(names, (*k, *v), strict=True)) for k, v in sorted(found.items())]
