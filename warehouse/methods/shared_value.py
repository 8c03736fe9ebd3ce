"""Figures that stand for more than their place: a national one given to every city, a region's given
to each metropolis in it, and what is computed from them.

Judged on the provider's whole file, whether a place is on a metropolis or not. The most frequent
figure of a country in a period is national where at least half of its places show it and chance would
hardly do so: one place shows it as often as those of the other countries do, and at least as often as
rounding makes two figures agree (Chernoff's bound of the binomial tail; Hoeffding 1963, Journal of the
American Statistical Association 58). Two places of a country share the figure of a region where they
agree in three different figures or more, which rounding would give to less than a hundredth of a pair.
How often that is wrong is in docs/simulations-shared.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from catalog.contents import Catalog
from catalog.models import comparability
from catalog.models.comparability import SharedFigures
from warehouse import query, store, tables
from warehouse.inputs import Inputs
from warehouse.methods.claimed import claimed
from warehouse.tables import Table

FIGURE = (
    *("fate", "metro_id", "iso3", "indicator_id", "source_id", "dataset", "sex", "age", "unit"),
    *(
        "system",
        "vintage",
        "scale",
        "unit_id",
        "series_key",
        "period",
        "period_start",
        "value",
        "note",
    ),
)
PLACED = (
    "recorded_to is null and value is not null and obs_status <> 'F' and scale <> 'region' and "
    "(fate in ('observation', 'part', 'context') or "
    "fate = 'quarantine' and reason in ('no_metro', 'part_of_metro'))"
)
# What the rules compare and never read.
CODED = (
    *("source_id", "dataset", "sex", "age", "iso3", "system", "vintage", "unit_id", "period"),
    *("series_key", "metro_id", "scale"),
)
SAME = ("system", "vintage", "unit_id", "period")


def shared_values(
    figure: pa.Table, rule: SharedFigures, made_of: Mapping[str, Sequence[str]] | None = None
) -> pa.Table:
    """Table `shared_value` from the current, measured figures of whole files (columns `FIGURE`).

    made_of: indicator to those that its figures are computed from, by us or by the provider.
    """
    stated = tables.of("shared_value")
    named = type(rule).model_fields.keys() - {"follows", "full"}
    params = {n: getattr(rule, n) for n in named}
    full = [(unit, value) for unit, values in rule.full.items() for value in values]
    # As numbers: what it groups by a dozen texts takes a third of the time, and of the memory.
    figure, texts = query.coded(figure, CODED)
    with query.memory() as con:
        con.register(
            "full_figure",
            pa.table(
                {
                    "unit": pa.array([u for u, _ in full], pa.string()),
                    "value": pa.array([v for _, v in full], pa.float64()),
                }
            ),
        )
        # No figure is set beside one of another indicator, so that memory and time stay those of a part.
        alike = []
        for part in query.runs(figure, "indicator_id"):
            con.register("figure", part)
            alike.append(con.sql(query.text("shared_value"), params=params).to_arrow_table())
        con.register("figure", figure)
        every = found = pa.concat_tables(alike)
        for _ in range(len(made_of or {})):
            con.register("found", found)
            con.register("every", every)
            con.register("follows", _pairs(made_of or {}))
            found = con.sql(
                f"""
                select distinct on (f.indicator_id, f.system, f.vintage, f.unit_id, f.sex, f.age,
                        f.unit, f.source_id, f.dataset, f.series_key, f.period)
                    f.metro_id, f.unit_id, f.indicator_id, f.scale, f.system, f.vintage, f.sex,
                    f.age, f.unit, f.source_id, f.dataset, f.series_key, f.period, f.value,
                    s.kind, s.units, s."of", s.chance, s.indicator_id as through
                from found as s
                join follows as m on m.of = s.indicator_id
                join figure as f on f.indicator_id = m.indicator_id
                    and {" and ".join(f"f.{c} = s.{c}" for c in SAME)}
                anti join every as e on e.indicator_id = f.indicator_id
                    and e.sex = f.sex and e.age = f.age and e.unit = f.unit
                    and e.dataset = f.dataset and {" and ".join(f"e.{c} = f.{c}" for c in SAME)}
                where f.fate = 'observation'
                order by all
                """
            ).to_arrow_table()
            if not len(found):
                break
            every = pa.concat_tables([every, found], promote_options="permissive")
    return store.conform(
        query.decoded(every, {n: t for n, t in texts.items() if n != "iso3"}), stated
    )


def _pairs(made_of: Mapping[str, Sequence[str]]) -> pa.Table:
    pairs = [(i, of) for i, ofs in sorted(made_of.items()) for of in ofs]
    return pa.table(
        {
            "indicator_id": pa.array([i for i, _ in pairs], pa.string()),
            "of": pa.array([of for _, of in pairs], pa.string()),
        }
    )


def made_of(catalog: Catalog) -> dict[str, list[str]]:
    """Indicator to those it is computed from: by its formula, or by the provider as the rules say."""
    ours = {
        i.id: sorted({p.indicator for p in i.derived.inputs.values()})
        for i in catalog.indicators.values()
        if i.derived
    }
    return ours | {k: list(v) for k, v in comparability.load().shared.follows.items()}


def make(given: Inputs) -> pa.Table:
    """Table `shared_value`."""
    # Not by name here: what is given away is freed once it is written as numbers.
    return shared_values(
        claimed(given, FIGURE, PLACED), comparability.load().shared, made_of(given.catalog)
    )


def facts(catalog: Catalog, statement: Table) -> object:
    """What of the catalog decides the table."""
    return comparability.load().shared, made_of(catalog)
