"""What `make build` promises, on the release that one real offline build made."""

import hashlib
import json

import pytest

from catalog import loader
from tests import promises
from warehouse import tables

pytestmark = pytest.mark.system


def test_the_build_counts_what_it_promises(built):
    [[figures]] = built.sql(
        """select count(*) from observation
           where recorded_to is null and value is not null and obs_status <> 'F'
             and provenance = 'upstream' and source_id <> 'wup'"""
    )
    assert figures >= 80_000
    metros = dict(
        built.sql(
            "select metro_id, count(distinct indicator_id) from observation "
            "where value is not null and obs_status <> 'F' group by all"
        )
    )
    assert sum(n >= 2 for n in metros.values()) >= 1_000
    assert sum(n >= 10 for n in metros.values()) >= 200
    [[indicators]] = built.sql("select count(distinct indicator_id) from observation")
    assert indicators >= 30


def test_the_dictionary_says_what_there_is_of_each_indicator(built):
    rows = built.sql("select indicator_id, kind, figures, provenance, availability from indicator")
    assert len(rows) >= 80
    some = {r[0]: r[3] for r in rows if r[2]}
    assert len(some) >= 40
    assert {p for found in some.values() for p in found.split(", ")} == {
        "upstream", "carrier", "computed",
    }  # fmt: skip
    assert not [i for i, kind, n, *_ in rows if kind == "context" and n]
    said = {i: words for i, _, _, _, words in rows}
    assert "no snapshot" in said["air_pollution_deaths"]
    assert said["burglaries_per_100000"].startswith("Not computable yet")
    assert said["safe_drinking_water"].startswith("Context only")
    counted = dict(
        built.sql(
            "select indicator_id, count(*) from observation where recorded_to is null "
            "and value is not null and obs_status <> 'F' group by all"
        )
    )
    assert {i: n for i, _, n, _, _ in rows if n} == counted


def test_memory_stays_small(built):
    facts = json.loads((built.home / "first_build.json").read_text())
    assert facts["peak GB"] < 1.5


def test_every_record_has_one_fate(built):
    rows = built.sql("from accounting")
    assert len(rows) >= 15
    for source, dataset, _, records, *fates, _, balanced in rows:
        assert balanced and records == sum(fates), (source, dataset)
    [[quarantined]] = built.sql("select count(*) from quarantine")
    assert quarantined == sum(r[7] for r in rows)
    assert built.sql("select count(*) from quarantine where detail = '' or reason = ''") == [(0,)]


def test_no_figure_is_of_a_part_or_of_a_retired_metropolis_and_keys_are_true(built):
    known = tables.published(loader.load())
    looked_at = set(promises.of_units(built.sql))
    assert {n for n in known if n.startswith("comparison_")} <= looked_at
    assert {"latest", "ranking", "trend", "index_score", "index_rank_range"} <= looked_at
    [[parts, retired]] = built.sql(
        "select (select count(*) from crosswalk where relation = 'part_of'), "
        "(select count(*) from metro_redirect)"
    )
    assert parts > 100
    assert retired > 100
    assert promises.figures_of_parts(built.sql) == []
    assert promises.retired_metropolises(built.sql) == []
    assert promises.series_without_reason(built.sql) == []
    assert promises.repeated(built.sql, {n: t.key for n, t in known.items()}) == []


def test_barcelona_shows_several_scales_and_nothing_mixed(built):
    rows = built.sql(
        """select indicator_id, scale, system, period, value, unit, obs_status, source_id
           from latest where metro_id = 'es-barcelona' order by all"""
    )
    scales = {r[1] for r in rows}
    assert {"fua", "metro_region", "agglomeration", "urban_centre"} <= scales
    assert not scales & {"country", "region"}
    assert all(r[6] != "F" for r in rows)
    [area] = [r for r in rows if r[0] == "area" and r[2] == "eurostat_metro"]
    assert area[4] == pytest.approx(7728, abs=5), "ES002M is the whole province (NUTS 3 ES511)"
    [[note, composition]] = built.sql(
        "select note, composition from spatial_unit "
        "where system = 'eurostat_metro' and code = 'ES002M' and vintage = 'NUTS2021'"
    )
    assert "province" in note and "ES511" in composition
    twice = built.sql(
        """select indicator_id, scale, system, vintage, unit from latest
           where metro_id = 'es-barcelona' group by all having count(*) > 1"""
    )
    assert twice == [], "one figure for each scale, delineation and unit"


@pytest.mark.parametrize(
    ("unit", "before", "after"),
    [("eurostat_metro:LV001MC", 304, 10444), ("eurostat_metro:EL001MC", 3817, 2812)],
)
def test_the_redrawn_areas_of_2018_are_right_and_marked(built, unit, before, after):
    rows = built.sql(
        f"""select period, value, flags, break_origin from observation
            where indicator_id = 'area' and unit_id = '{unit}' and period in ('2017', '2018')
              and recorded_to is null order by period"""
    )
    assert [round(r[1]) for r in rows] == [before, after]
    assert [r[3] for r in rows] == [None, "observatory"]
    assert all("b" not in r[2] for r in rows), "the source flags nothing; the mark is ours"


def test_no_trend_crosses_a_break(built):
    crossing = built.sql(
        """select count(*) from trend t join observation o
           using (indicator_id, system, vintage, unit_id, sex, age, unit, dataset)
           where o.break_origin is not null and o.recorded_to is null
             and o.period > t.first_period and o.period <= t.last_period"""
    )
    assert crossing == [(0,)]
    assert built.sql("select min(points) from trend")[0][0] >= 5


def test_bundled_data_cannot_be_mistaken_for_live_data(built):
    rows = built.sql("select distinct origin from snapshot")
    assert rows == [("bundled",)]
    missing = built.sql(
        "select count(*) from snapshot where coalesce(upstream_vintage, '') = '' "
        "or licence = '' or attribution = '' or url = ''"
    )
    assert missing == [(0,)]


def test_every_table_and_column_has_a_comment(built):
    assert built.sql("select table_name from duckdb_tables() where comment is null") == []
    assert (
        built.sql("select table_name, column_name from duckdb_columns() where comment is null "
                  "and not internal")
        == []
    )  # fmt: skip


def test_checksums_hold(built):
    folder = (built.home / "releases" / "current").resolve()
    listed = (folder / "SHA256SUMS").read_text().splitlines()
    assert len(listed) > 30
    for line in listed:
        digest, name = line.split("  ", 1)
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name


def test_a_second_build_has_nothing_new(observatory):
    before = (observatory.home / "releases" / "current").resolve()
    again = observatory("build")
    assert again.code == 0 and "nothing new" in (again.out + again.err).lower()
    assert (observatory.home / "releases" / "current").resolve() == before
