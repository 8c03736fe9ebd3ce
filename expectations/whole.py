"""Rules of the release as a whole: what no table can prove alone."""

from __future__ import annotations

from catalog.contents import Catalog
from expectations.rule import Kind, Rule, listed, not_fewer, text
from warehouse.tables.columns.figure import FIGURE_KEY

LOSS = 0.20
# Words of a column's name that speak of a person.
PERSONAL = (
    "email|e_mail|phone|telephone|mobile_number|first_name|last_name|surname|full_name|respondent|"
    "contact|street|postal_address|home_address|ip_address|birth|passport|national_id|tax_id|iban"
)
CARRYING = ("observation", "part", "country_context", "latest", "ranking", "trend", "coverage")


def of_release(catalog: Catalog) -> list[Rule]:
    """Keys, accounting, licence, privacy, territory and loss over all tables together."""
    return [
        _keys(),
        _snapshots(),
        _units(),
        _scale(),
        _accounted(),
        _counted(),
        _ranges(),
        *(_licence(name) for name in CARRYING),
        _privacy(),
        not_fewer(
            "release", "observations", "count(*)", LOSS, "critical", name="observations_kept"
        ),
        not_fewer(
            "release",
            "metropolises",
            "count(distinct metro_id)",
            LOSS,
            "critical",
            name="metropolises_kept",
        ),
        not_fewer(
            "release",
            "indicators",
            "count(distinct indicator_id)",
            LOSS,
            "critical",
            name="indicators_kept",
        ),
    ]


def _rule(name: str, kind: Kind, sentence: str, sql: str, *needs: str, column: str = "") -> Rule:
    return Rule(
        name, kind, "release", "table", "critical", sentence, sql, column=column, needs=needs
    )


def _keys() -> Rule:
    columns = listed(FIGURE_KEY)
    return _rule(
        "figure_once",
        "keys",
        "A figure appears once over observation, part and context together; else one record became two.",
        f"select {columns} from (select {columns} from candidate union all select {columns} from part "
        f"union all select {columns} from country_context) group by all having count(*) > 1",
        "part",
        "country_context",
    )


def _snapshots() -> Rule:
    return _rule(
        "snapshot_listed",
        "structure",
        "Every figure that a source served names a snapshot that the table snapshot lists; else "
        "make the table snapshot again.",
        "select source_id, dataset, snapshot_id, count(*) as figures from (select * from (select "
        "source_id, dataset, snapshot_id, provenance from candidate) union all select source_id, "
        "dataset, snapshot_id, provenance from part union all select source_id, dataset, snapshot_id, "
        "provenance from country_context) where snapshot_id not in "
        "(select snapshot_id from snapshot) group by all",
        "part",
        "country_context",
        "snapshot",
        column="snapshot_id",
    )


def _units() -> Rule:
    return _rule(
        "link_has_unit",
        "keys",
        "Every link of the crosswalk is about a unit of spatial_unit; else make the registry again.",
        "select system, vintage, code, metro_id from crosswalk anti join spatial_unit "
        "using (system, vintage, code)",
        "crosswalk",
        "spatial_unit",
        column="code",
    )


def _scale() -> Rule:
    return _rule(
        "scale_as_registered",
        "structure",
        "Every figure has the scale that the registry gives to its unit; else the scale was read "
        "from somewhere else.",
        "select c.unit_id, c.vintage, c.scale, u.scale as registered, count(*) as figures from "
        "candidate c left join spatial_unit u using (unit_id, vintage) "
        "where u.scale is distinct from c.scale group by all",
        "spatial_unit",
        column="scale",
    )


def _accounted() -> Rule:
    return _rule(
        "accounting_balanced",
        "coverage",
        "Every dataset with figures is accounted for and balanced: records = observations + parts + "
        "context + quarantined + excluded + not_computable; else a record was lost on the way.",
        "select source_id, dataset, a.records, a.observations, a.parts, a.context, a.quarantined, "
        "a.excluded, a.not_computable "
        "from (select distinct source_id, dataset from candidate "
        "union select source_id, dataset from accounting) full join accounting a using (source_id, "
        "dataset) where a.balanced is not true or a.records is distinct from a.observations + "
        "a.parts + a.context + a.quarantined + a.excluded + a.not_computable",
        "accounting",
        column="dataset",
    )


def _counted() -> Rule:
    return _rule(
        "accounting_recounted",
        "coverage",
        "The observations of each dataset are as many as its accounting says (datasets that serve "
        "an older edition are left out); else the tables are of different runs: build again.",
        "select source_id, dataset, a.observations as accounted, coalesce(o.n, 0) as counted from "
        "accounting a left join (select source_id, dataset, count(*) filter (where recorded_to is "
        "null) as n, count(stale_since) as stale from candidate group by all) o using (source_id, "
        "dataset) where a.observations <> coalesce(o.n, 0) and coalesce(o.stale, 0) = 0",
        "accounting",
        column="dataset",
    )


def _ranges() -> Rule:
    return _rule(
        "value_in_range",
        "ranges",
        "Every figure lies in the plausible range of its indicator (one that is served as stale was "
        "judged by the range of its time); else the table was changed after it was judged: build "
        "again.",
        "select indicator_id, metro_id, unit_id, period, series_key, value, range_min, range_max "
        "from candidate join indicator using (indicator_id, unit) where stale_since is null "
        "and (value < range_min or value > range_max)",
        "indicator",
        column="value",
    )


def _licence(name: str) -> Rule:
    relation = "candidate" if name == "observation" else name
    return _rule(
        f"licence_{name}",
        "structure",
        f"Every figure of the table {name} is of a dataset that may be redistributed; else leave "
        "its rows out of the release, or correct 'redistributable' in catalog/providers.",
        f"select source_id, dataset, count(*) as figures from {relation} anti join (select "
        "source_id, dataset from source where redistributable) using (source_id, dataset) "
        "group by all",
        *dict.fromkeys(([] if relation == "candidate" else [name]) + ["source"]),
        column="dataset",
    )


def _privacy() -> Rule:
    names = (*CARRYING[1:], "quarantine", "member_org", "metro", "crosswalk", "spatial_unit")
    described = " union all ".join(
        f'select {text(n)} as "table", column_name as "column" from (describe {r})'
        for n, r in [("observation", "candidate"), *((n, n) for n in names)]
    )
    return _rule(
        "no_personal_data",
        "structure",
        "No column's name speaks of a person (name, address, phone, e-mail, birth, identity "
        "number); else keep it out of the release.",
        f"select * from ({described}) where regexp_matches(\"column\", '(^|_)({PERSONAL})(_|$)')",
        *names,
    )
