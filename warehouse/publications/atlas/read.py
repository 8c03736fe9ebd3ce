"""What the atlas reads of a release, once, as plain rows by metropolis and by indicator.

A release of another year may lack a table or a column; then what depends on it is empty, and the
pages say that it is not known. Nothing is computed here that the release does not state, save which
of several populations is first.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.errors import WarehouseError
from warehouse.publications.page import world

if TYPE_CHECKING:
    import pyarrow as pa

FILE = "observatory.duckdb"
Row = dict[str, Any]
Slice = tuple[str, str, str, str]  # scale, system, vintage, unit
# Which territory's population sorts and sizes a metropolis: the one that most of the world has.
POPULATION = ("un_wup2018", "eurostat_metro", "eurostat_fua", "oecd_fua", "ghsl_ucdb")
SERIES = (
    *("indicator_id", "unit_id", "system", "vintage", "scale", "unit", "source_id", "dataset"),
    "series_key",
)
_TOTALS = "sex = '_T' and age = '_T'"

_HOLES = (
    "select metro_id, indicator_id, year, reason from recency "
    "where member and state <> 'recent' and reason is not null order by all"
)

# The year of the newest figure of each metropolis, and how many have a recent one, by theme.
_AGES = (
    "select theme, floor(median(newest))::bigint as median, count(*) as metropolises, "
    "count(*) filter (recent) as recent from (select theme, metro_id, max(year) as newest, "
    "bool_or(state = 'recent') as recent from recency where year is not null group by all) group by theme"
)


class Points:
    """The values of all series as three columns: half a million small objects would be 200 MB."""

    def __init__(self, table: pa.Table):
        """table: series (numbered from 1, in order), period, value, obs_status."""
        import numpy as np

        number = table["series"].to_numpy()
        places = np.arange(2 + number.max(initial=0))
        self._starts: list[int] = [*np.searchsorted(number, places).tolist(), len(number)]
        self._periods, self._values = _values(table["period"]), table["value"].to_numpy()
        self._status = _values(table["obs_status"])
        measured = np.array([s != "F" for s in self._status], bool)
        self._measured: list[int] = [0, *np.cumsum(measured).tolist()]

    def of(self, series: int) -> list[tuple[str, float, str]]:
        """(period, value, status) of a series, in order; none of one that has none."""
        here = self._place(series)
        values = self._values[here].tolist()
        return list(zip(self._periods[here], values, self._status[here], strict=True))

    def measured(self, series: int) -> int:
        """How many values of a series are no projections."""
        here = self._place(series)
        return self._measured[here.stop] - self._measured[here.start]

    def _place(self, series: int) -> slice:
        n = min(series, len(self._starts) - 2)
        return slice(self._starts[n], self._starts[n + 1])


@dataclass
class AtlasRelease:
    """A release as the pages need it. Rows are dictionaries with the column names of the release."""

    name: str
    metros: dict[str, Row]
    indicators: dict[str, Row]
    figures: dict[str, list[Row]]  # by metropolis: newest figure of each series, with its trend
    series: Points  # by figure["series"]
    breaks: dict[int, set[int]]  # by series: years from which it is not what it was before
    classes: dict[int, list[Row]]  # by series: what decides what it may be compared with
    territories: dict[str, list[Row]]  # by metropolis
    peers: dict[str, list[Row]]
    bodies: dict[str, list[Row]]
    profiles: dict[str, Row]
    powers: dict[str, list[Row]]  # by body
    organs: dict[str, list[Row]]  # by body
    models: dict[str, list[Row]]  # by body
    facts: dict[str, list[Row]]  # by metropolis
    gov_territories: dict[str, list[Row]]
    gov_sources: list[Row]
    members: dict[str, list[Row]]
    # Bodies at the end of each decade by model and region; '' is the whole world.
    decades: list[Row]
    reforms: list[Row]  # dated changes of a body or of its model, the newest first
    library: list[Row]
    shelf: dict[str, list[Row]]  # of the library, by metropolis
    networks: dict[str, list[Row]]
    progress: dict[str, list[Row]]
    index_ranges: dict[str, list[Row]]
    indices: dict[str, Row]
    rules: list[Row]
    sources: dict[tuple[str, str], Row]
    context: dict[str, list[Row]]  # by country, ISO3
    coverage: dict[str, list[Row]]  # by indicator
    left_out: dict[str, list[Row]]  # by indicator: what no ranking holds
    frameworks: list[Row]
    issues: list[Row]  # known issues of the sources
    answers: list[Row]  # which indicator answers to which number of a framework
    holes: dict[str, list[Row]]  # by metropolis of a member: what is old or missing, and why
    ages: dict[str, Row]  # by theme: how old the newest figures of the metropolises are
    search_names: dict[str, list[str]]
    changes: Row
    tables: list[Row] = field(default_factory=list)

    @cached_property
    def by_indicator(self) -> dict[str, list[Row]]:
        """The newest figures by indicator, the metropolises in order."""
        found: dict[str, list[Row]] = defaultdict(list)
        for metro in self.figures.values():
            for row in metro:
                found[row["indicator_id"]].append(row)
        return found

    @cached_property
    def spots(self) -> dict[str, tuple[float, float]]:
        """Where on the map of the world a metropolis lies, of those of which it is known."""
        placed = [
            m
            for m in self.metros.values()
            if m["latitude"] is not None and m["longitude"] is not None
        ]
        xs, ys = world.project([m["longitude"] for m in placed], [m["latitude"] for m in placed])
        return {m["metro_id"]: (float(x), float(y)) for m, x, y in zip(placed, xs, ys, strict=True)}

    @cached_property
    def _slices(self) -> dict[str, list[tuple[Slice, list[Row]]]]:
        return {}

    def slices(self, indicator_id: str) -> list[tuple[Slice, list[Row]]]:
        """The newest figures of an indicator by kind of territory and unit, the most frequent first."""
        if indicator_id not in self._slices:
            self._slices[indicator_id] = _sliced(self.by_indicator.get(indicator_id, ()))
        return self._slices[indicator_id]


def _sliced(rows: Iterable[Row]) -> list[tuple[Slice, list[Row]]]:
    found: dict[Slice, dict[str, Row]] = defaultdict(dict)
    for r in rows:
        if r["value"] is None:
            continue
        key = (r["scale"], r["system"], r["vintage"], r["unit"])
        known = found[key].get(r["metro_id"])
        if known is None or r["period"] > known["period"]:
            found[key][r["metro_id"]] = r
    return sorted(
        ((k, list(by.values())) for k, by in found.items()), key=lambda s: (-len(s[1]), s[0])
    )


def read(folder: Path) -> AtlasRelease:
    """Read a finished release; WarehouseError where the folder is none."""
    import duckdb

    file = folder / FILE
    if not file.is_file():
        raise WarehouseError(
            f"{folder}: there is no {FILE}; name the folder of a release, or run `observatory build`."
        )
    try:
        with duckdb.connect(str(file), read_only=True) as con:
            return _read(con, folder)
    except duckdb.Error as error:
        first = str(error).splitlines()[0]
        raise WarehouseError(f"{file} cannot be read as a release ({first}).") from None


def _read(con, folder: Path) -> AtlasRelease:
    there = {
        (t, c)
        for t, c in con.sql("select table_name, column_name from duckdb_columns()").fetchall()
    }
    tables = {t for t, _ in there}
    missing = [t for t in ("metro", "indicator", "latest", "observation") if t not in tables]
    if missing:
        raise WarehouseError(f"{folder}: the release has no table {', '.join(missing)}.")
    con.execute("set threads = 1")  # rows in one order, also where SQL leaves it open
    con.execute("set enable_progress_bar = false")  # it is printed among the command's words

    def rows(needs: str | Sequence[str], sql: str) -> list[Row]:
        needed = [needs] if isinstance(needs, str) else needs
        return _rows(con.sql(sql).to_arrow_table()) if tables >= set(needed) else []

    _figures(con, tables)
    figures = rows("latest", _FIGURE_ROWS.format(**_also(tables)))
    return AtlasRelease(
        name=_name(folder),
        metros={m["metro_id"]: m for m in _metros(rows, there)},
        indicators={i["indicator_id"]: i for i in rows("indicator", "from indicator order by all")},
        figures=_by(figures, "metro_id"),
        series=Points(con.sql(_POINTS).to_arrow_table()),
        breaks={
            k: {r["year"] for r in v}
            for k, v in _by(rows("series_break", _BREAKS), "series").items()
        },
        classes=_by(rows("comparability_class", _CLASSES), "series"),
        territories=_by(rows(("spatial_unit", "crosswalk"), _TERRITORIES), "metro_id"),
        peers=_by(rows("peer", "from peer order by metro_id, place"), "metro_id"),
        bodies=_by(
            rows("gov_body", "from gov_body order by metro_id, body_id, valid_from"), "metro_id"
        ),
        profiles={
            p["metro_id"]: p
            for p in rows("governance_profile", "from governance_profile order by metro_id")
        },
        powers=_by(
            rows("gov_competence", "from gov_competence order by body_id, field, valid_from"),
            "body_id",
        ),
        organs=_by(rows("gov_representation", "from gov_representation order by all"), "body_id"),
        models=_by(rows("gov_model", "from gov_model order by body_id, year_from"), "body_id"),
        facts=_by(rows("gov_fact", _FACTS), "metro_id"),
        gov_territories=_by(
            rows("gov_territory", "from gov_territory order by metro_id, perimeter, valid_from"),
            "metro_id",
        ),
        gov_sources=rows("gov_source", "from gov_source order by source_id"),
        decades=rows("governance_trend", _DECADES),
        reforms=rows(("governance_change", "governance_body"), _REFORMS),
        library=rows("library_item", "from library_item order by item_id"),
        shelf=_by(rows(("library_item", "library_link"), _SHELF), "metro_id"),
        networks=_by(rows("network_membership", _NETWORKS), "metro_id"),
        members=_by(rows("member_org", "from member_org order by member_id"), "metro_id"),
        progress=_by(rows("target_progress", _PROGRESS), "metro_id"),
        index_ranges=_by(
            rows("index_rank_range", "from index_rank_range order by all"), "metro_id"
        ),
        indices={
            i["index_id"]: i for i in rows("index_definition", "from index_definition order by all")
        },
        rules=rows("comparability_rule", "from comparability_rule order by code"),
        sources={
            (s["source_id"], s["dataset"]): s for s in rows("source", "from source order by all")
        },
        context=_by(rows("country_context", _CONTEXT), "iso3"),
        coverage=_by(rows("coverage", "from coverage order by all"), "indicator_id"),
        left_out=_by(rows("not_comparable", _LEFT_OUT), "indicator_id"),
        frameworks=rows("framework", "from framework order by all"),
        issues=rows(
            "known_issue", "from known_issue order by source_id, dataset, origin = 'rule', issue_id"
        ),
        answers=rows("indicator_framework", "from indicator_framework order by all")
        or rows("indicator", _ANSWERS),
        holes=_by(rows("recency", _HOLES), "metro_id"),
        ages={r["theme"]: r for r in rows("recency", _AGES)},
        search_names={
            r["metro_id"]: r["names"]
            for r in rows(
                "metro_name",
                "select metro_id, list(distinct name order by name) as names from metro_name group by 1 order by 1",
            )
        },
        changes=_changes(folder),
        tables=rows(
            (),
            "select table_name as name, comment, estimated_size as rows from duckdb_tables() where not temporary order by 1",
        ),
    )


def _rows(table: pa.Table) -> list[Row]:
    columns = [_values(column) for column in table.columns]
    names = table.column_names
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _values(column: pa.ChunkedArray) -> list[Any]:
    """The values of a column; texts that are equal are one object, which Arrow would make each anew."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        column = column.dictionary_encode()
    if pa.types.is_dictionary(column.type):
        coded = column.combine_chunks()
        texts = [*coded.dictionary.to_pylist(), None]
        return [texts[code] for code in coded.indices.fill_null(len(texts) - 1).to_pylist()]
    whole = not column.null_count and (pa.types.is_integer(kind) or pa.types.is_floating(kind))
    return column.to_numpy().tolist() if whole else column.to_pylist()


def _name(folder: Path) -> str:
    """The name of the release, also where `current` points at it."""
    return folder.resolve().name


def _by(rows: Iterable[Row], key: str) -> dict[Any, list[Row]]:
    found: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[key]].append(row)
    return dict(found)


def _changes(folder: Path) -> Row:
    file = folder / "diff.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def _metros(rows, there) -> list[Row]:
    listed = ", ".join(f"'{s}'" for s in POPULATION)
    return rows(
        ("metro", "latest"),
        f"""
        with first as (
            select metro_id, value, period, scale, system,
                row_number() over (
                    partition by metro_id
                    order by list_position([{listed}], system::varchar) nulls last, period desc, unit_id
                ) as place
            from figure where indicator_id = 'population'
        )
        select m.*, f.value as population, f.period as population_period, f.scale as population_scale
        from metro as m left join first as f on m.metro_id = f.metro_id and f.place = 1
        order by m.metro_id
        """,
    )


def _figures(con, tables: set[str]) -> None:
    """Temporary tables: each series with a number, and the newest figure of each that is the
    metropolis's own. A figure of a part of it is no figure of the whole."""
    keys = ", ".join(SERIES)
    part = (
        "where not exists (from crosswalk as c where c.relation = 'part_of' and c.metro_id = l.metro_id "
        "and c.system = l.system and c.system || ':' || c.code = l.unit_id and c.vintage = l.vintage)"
        if "crosswalk" in tables
        else ""
    )
    con.execute(f"create temp table figure as select * from latest as l {part}")
    con.execute(
        f"create temp table numbered as select *, row_number() over (order by metro_id, {keys}) as series "
        f"from (select distinct metro_id, {keys} from figure)"
    )


def _also(tables: set[str]) -> dict[str, str]:
    """Columns of tables that may be missing, or nulls in their place."""
    trend = "trend" in tables
    rank = "ranking" in tables
    headline = "headline" in tables
    return {
        "headline": "h.metro_id is null," if headline else "",
        "from_headline": f"left join headline as h on {_same('h', 'f')} and h.metro_id = f.metro_id "
        "and h.period = f.period"
        if headline
        else "",
        "trend": "t.direction, t.direction_corrected, t.slope_percent, t.first_period as trend_first"
        if trend
        else "null as direction, null as direction_corrected, null as slope_percent, null as trend_first",
        "from_trend": f"left join trend as t on {_same('t', 'f', drop=('series_key',))} and t.metro_id = f.metro_id and t.last_period = f.period "
        "and t.sex = f.sex and t.age = f.age"
        if trend
        else "",
        "rank": 'r.rank, r."of" as rank_of' if rank else "null as rank, null as rank_of",
        "from_rank": f"left join ranking as r on {_same('r', 'f', drop=('series_key',))} and r.metro_id = f.metro_id and r.period = f.period "
        "and r.sex = f.sex and r.age = f.age"
        if rank
        else "",
    }


def _same(a: str, b: str, drop: tuple[str, ...] = ()) -> str:
    return " and ".join(f"{a}.{k} = {b}.{k}" for k in SERIES if k not in drop)


_FIGURE_ROWS = f"""
select n.series, f.metro_id, {", ".join(f"f.{k}" for k in SERIES if k != "series_key")}, f.period, f.value,
    f.obs_status, f.stale_since is not null as stale, {{trend}}, {{rank}}, row_number() over (
        partition by f.metro_id, f.indicator_id
        order by {{headline}} f.period desc, list_position([{", ".join(f"'{s}'" for s in POPULATION)}], f.system::varchar) nulls last,
            f.unit_id, f.vintage desc, n.series
    ) = 1 as headline
from figure as f
join numbered as n on {_same("n", "f")} and n.metro_id = f.metro_id
join indicator as i on i.indicator_id = f.indicator_id
{{from_trend}}
{{from_rank}}
{{from_headline}}
order by f.metro_id, i.theme, f.indicator_id, f.period desc, f.system, f.unit_id, f.unit, f.dataset, f.series_key
"""
_POINTS = f"""
select n.series, o.period, o.value, o.obs_status
from observation as o
join numbered as n on {_same("n", "o")} and n.metro_id = o.metro_id
where o.recorded_to is null and o.value is not null and o.{_TOTALS.replace(" and ", " and o.")}
order by n.series, o.period
"""
_BREAKS = f"""
select n.series, year(b.period_start) as year
from series_break as b
join numbered as n on {_same("n", "b", drop=("scale",))} and n.metro_id = b.metro_id
where b.{_TOTALS.replace(" and ", " and b.")}
order by n.series, year
"""
_CLASSES = f"""
select n.series, year(c.first_start) as first_year, year(c.last_start) as last_year,
    c.* exclude (metro_id, {", ".join(SERIES)}, sex, age, first_start, last_start, figures)
from comparability_class as c
join numbered as n on {_same("n", "c")} and n.metro_id = c.metro_id
where c.{_TOTALS.replace(" and ", " and c.")}
order by n.series, c.first_start, c.last_start
"""
_TERRITORIES = """
select c.metro_id, c.relation, u.unit_id, u.system, u.code, u.vintage, u.scale, u.name, u.population, u.population_year,
    u.area_km2, u.composition, u.note
from crosswalk as c
join spatial_unit as u using (system, code, vintage)
where u.scale not in ('country', 'region')
order by all
"""
_FACTS = """
select f.*, s.title, s.url, s.kind, s.read_on
from gov_fact as f left join gov_source as s using (source_id)
order by f.metro_id, f.body_id, f.field, f.valid_from, f.value, f.source_id
"""
_DECADES = """
select decade, region, model, bodies from governance_trend
where decade is not null and model is not null order by region, decade, model
"""
_REFORMS = """
select c.*, a.name as from_name, z.name as to_name
from governance_change as c left join governance_body as a on a.body_id = c.from_body_id
left join governance_body as z on z.body_id = c.to_body_id
where c.year is not null order by c.year desc, c.metro_id, c.what
"""
_SHELF = """
select l.target as metro_id, i.* from library_link as l join library_item as i using (item_id)
where l."to" = 'metro' order by l.target, i.year desc nulls last, i.item_id
"""
# A text that mentions a city does not make it a member.
# Releases before table `indicator_framework` say it in two columns.
_ANSWERS = """
select indicator_id, framework, trim(unnest(string_split(codes, ','))) as code
from (select indicator_id, unnest(['sdg', 'nua']) as framework, unnest([sdg, nua]) as codes from indicator)
where codes is not null order by all
"""
_NETWORKS = """
select metro_id, network_name, max(year_seen) as year from network_membership
where metro_id is not null and role <> 'mention' group by all order by all
"""
_PROGRESS = "from target_progress where progress <> 'not_available' order by all"
_CONTEXT = """
select iso3, indicator_id, period, value, unit, source_id, dataset
from country_context
where recorded_to is null and value is not null and scale = 'country' and sex = '_T' and age = '_T' and obs_status <> 'F'
qualify row_number() over (partition by iso3, indicator_id order by period desc, unit, source_id, dataset, series_key) = 1
order by iso3, indicator_id
"""
_LEFT_OUT = """
select indicator_id, scale, system, vintage, unit, period, metro_id, reasons
from not_comparable
order by all
"""
