"""What the figures of the bundled vintage promise: how many, how new, of which places, and what is missing."""

import csv
import gzip

import pytest

from catalog import load
from catalog.models import hole

pytestmark = pytest.mark.system

RICH = "AUT BEL BGR HRV CYP CZE DNK EST FIN FRA DEU GRC HUN IRL ITA LVA LTU LUX MLT NLD POL PRT ROU"
RICH += " SVK SVN ESP SWE GBR USA"
# Dataset, code, value: outliers of the files that are errors, whatever their metropolis.
OUTLIERS = (
    ("EN4008V", 206338.61), ("EN3010V", 227.5), ("TT1003V", 221139), ("TT1079V", 1073473),
    ("TT1057I", 4237.2), ("TE1001I", 1412), ("SA2004I", 4619), ("EC1020I", 91.06),
    ("SA1011I", 154.8), ("EC1001I", 118.58), ("EC3039V", 1892335),
)  # fmt: skip
TOLD = {
    "house_price": 2024, "apartment_price": 2024, "average_rent_per_m2": 2023, "road_deaths": 2023,
    "cars_per_1000": 2023, "unemployment_rate_cities": 2024, "median_age": 2023,
}  # fmt: skip
MISSING = {
    "pm10_concentration": None,
    "no2_concentration": None,
    "municipal_waste": None,
    "average_household_income": 2014,
    "commuting_by_car": 2011,
    "commuting_by_public_transport": 2011,
}


def one(built, sql):
    [[value]] = built.sql(sql)
    return value


def test_a_hundred_indicators_have_figures_of_metropolises(built):
    assert one(built, "select count(distinct indicator_id) from latest") >= 100
    by = dict(
        built.sql("select provenance, count(distinct indicator_id) from observation group by all")
    )
    assert {"upstream", "carrier", "computed"} <= set(by)


def test_a_thousand_metropolises_have_ten_indicators(built):
    many = """select count(*) from (select metro_id from latest group by 1
              having count(distinct indicator_id) >= 10)"""
    assert one(built, many) >= 1_000


@pytest.mark.parametrize(
    ("theme", "without"), [("access_to_housing", ""), ("mobility", "public_transport_access")]
)
def test_housing_and_mobility_are_known_of_750_metropolises(built, theme, without):
    sql = f"""select count(distinct metro_id) from latest join indicator using (indicator_id)
              where theme = '{theme}' and indicator_id <> '{without}'"""
    assert one(built, sql) >= 750


def test_each_theme_is_recent_at_the_median_or_its_page_says_why(built):
    stated = hole.load()
    medians = dict(
        built.sql(
            """select theme, median(newest) from (
                 select theme, metro_id, max(year) as newest from recency where value is not null
                 group by all) group by theme"""
        )
    )
    old = {t for t, year in medians.items() if year < stated.fresh_from}
    assert old == {t.theme for t in stated.themes}
    [page] = (built.home / "releases" / "current").glob("RECENCY.md")
    text = page.read_text(encoding="utf-8")
    assert all(t.reason.en in text and t.would_fill in text for t in stated.themes)


def test_members_in_europe_and_the_united_states_have_forty_indicators(built):
    listed = ", ".join(f"'{c}'" for c in RICH.split())
    known = dict(
        built.sql(
            f"""select m.metro_id, count(distinct l.indicator_id) from member_org as m
                left join latest as l using (metro_id)
                where m.iso3 in ({listed}) and m.metro_id is not null group by all"""
        )
    )
    assert len(known) >= 11
    assert {m: n for m, n in known.items() if n < 40} == {}


def test_barcelona_answers_in_one_query_and_says_what_it_lacks(built):
    rows = built.sql(
        """select indicator_id, year, value, scale, reason, would_fill from recency
           where metro_id = 'es-barcelona'"""
    )
    told = {r[0]: r[1:] for r in rows}
    for indicator, year in TOLD.items():
        known = told[indicator]
        assert known[0] >= year and known[1] is not None and known[2], (indicator, known)
    for indicator, year in MISSING.items():
        known = told[indicator]
        assert known[0] == year and known[3] and known[4], (indicator, known)
    assert not any("Outside Europe" in (r[4] or "") for r in rows)


@pytest.mark.parametrize(("code", "value"), OUTLIERS, ids=[c for c, _ in OUTLIERS])
def test_each_outlier_of_the_files_is_in_quarantine_with_its_reason(built, code, value):
    of = f"series_key like '%indic_ur={code}%'"
    reasons = built.sql(
        f"""select reason, detail from quarantine
            where {of} and abs(try_cast(value_text as double) - {value}) < 0.01"""
    )
    assert reasons and all(reason and detail for reason, detail in reasons)
    shown = f"select count(*) from observation where {of} and abs(value - {value}) < 0.01"
    assert one(built, f"{shown} and recorded_to is null") == 0


def test_every_comparable_figure_is_ranked_or_says_why_not(built):
    of = """indicator_id, scale, system, vintage, sex, age, unit, period, source_id, dataset, unit_id"""
    lost = f"""
        select count(*) from observation as o
        join (select indicator_id from indicator where between_places) using (indicator_id)
        anti join not_comparable using ({of}, series_key)
        anti join ranking using ({of})
        where recorded_to is null and value is not null and obs_status <> 'F'
          and scale not in ('country', 'region')"""
    assert one(built, lost) == 0


def test_every_metropolis_has_the_newest_of_each_total_that_it_has(built):
    lost = """
        select count(*) from observation
        anti join latest using (metro_id, indicator_id, scale, system)
        where recorded_to is null and value is not null and obs_status <> 'F' and sex = '_T'
          and age = '_T' and scale not in ('country', 'region')"""
    assert one(built, lost) == 0


def test_every_record_and_every_computed_figure_is_accounted_for(built):
    assert one(built, "select count(*) from accounting where not balanced") == 0
    missing = """select count(*) from (select distinct indicator_id from observation
                 where source_id = 'observatory' and provenance = 'computed')
                 where indicator_id not in (select dataset from accounting)"""
    assert one(built, missing) == 0
    unread = """select count(*) from shared_value as s
                anti join not_comparable as n using (indicator_id, unit_id, period, series_key)"""
    assert one(built, unread) == 0


def test_no_reason_is_empty(built):
    for table in ("quarantine", "not_computable", "not_comparable"):
        reason = "reasons" if table == "not_comparable" else "reason"
        empty = f"select count(*) from {table} where coalesce({reason}, '') = ''"
        assert one(built, empty) == 0, table


@pytest.mark.parametrize("name", ["urb_cenv", "urb_ceduc", "urb_cfermor", "urb_ctour", "urb_ctran"])
def test_figures_at_random_are_the_cells_of_the_file_that_was_carried(built, real_data, name):
    """Read with the csv module alone: value, place, year and code, in the unit that the catalog states."""
    with gzip.open(real_data / f"eurostat_carried/{name}_2025-04.csv.gz", "rt") as file:
        cells = {
            (r["indic_ur"], r["cities"], r["TIME_PERIOD"]): r["OBS_VALUE"]
            for r in csv.DictReader(file, delimiter=";")
        }
    mended = [c for c in load().corrections if c.dataset == name and c.action == "scale"]
    places = ", ".join(f"'{c.match['indic_ur']}'" for c in mended)
    other = (
        f"and regexp_extract(series_key, 'indic_ur=([^;]+)', 1) not in ({places})" if places else ""
    )
    rows = built.sql(
        f"""select * from (
              select regexp_extract(series_key, 'indic_ur=([^;]+)', 1), unit_id, period, value, unit
              from observation join snapshot using (snapshot_id, source_id, dataset)
              where dataset = '{name}' and recorded_to is null and value is not null
                and upstream_vintage like '%April 2025%' {other}
              order by all)
            using sample reservoir(200 rows) repeatable (18)"""
    )
    assert len(rows) == 200
    for code, unit_id, period, value, unit in rows:
        factor = 1_000 if unit == "TONNE" else 1  # served in thousands of tonnes
        cell = cells[code, unit_id.removeprefix("eurostat_city:"), period]
        assert value == pytest.approx(float(cell) * factor, rel=1e-12), (code, unit_id, period)


WRONG_YEARS = (
    ("TT1081V", "BE001C", "2020"), ("TT1020V", "FR004C", "2011"), ("SA2007V", "PT003C", "2022"),
    ("SA2016V", "RO001C", "2009"), ("CR2001V", "BE001C", "2004"), ("CR1008V", "HU001C", "2022"),
    ("SA1025V", "PL001C", "2009"),
)  # fmt: skip


@pytest.mark.parametrize(("code", "city", "year"), WRONG_YEARS, ids=[c for c, _, _ in WRONG_YEARS])
def test_a_country_and_year_that_a_column_got_wrong_is_kept_out(built, code, city, year):
    of = f"series_key like '%cities={city};%indic_ur={code}%' and period = '{year}'"
    assert one(built, f"select count(*) from quarantine where {of} and reason = 'correction'") == 1
    assert one(built, f"select count(*) from observation where {of} and recorded_to is null") == 0
    others = f"series_key like '%cities={city};%indic_ur={code}%' and recorded_to is null"
    assert one(built, f"select count(*) from observation where {others}") >= 1


def test_prefectures_of_china_have_their_scale_and_are_never_the_headline_beside_an_area(built):
    kept = "select count(distinct metro_id) from observation where system = 'cmcc_prefecture'"
    assert one(built, kept) >= 35
    scales = "select distinct scale from observation where system = 'cmcc_prefecture'"
    assert one(built, scales) == "prefecture"
    beside = """select count(*) from headline where indicator_id = 'co2_emissions'
                and scale = 'prefecture' and metro_id in (
                  select metro_id from latest where indicator_id = 'co2_emissions' and scale = 'fua')"""
    assert one(built, beside) == 0


@pytest.mark.parametrize(
    ("indicator", "unit_id", "year"),
    [
        ("empty_dwellings", "eurostat_city:UK001C", "2017"),
        ("public_libraries", "eurostat_city:HU001C", "2015"),
        ("bicycle_network", "eurostat_city:NL001C", "2023"),
    ],
)
def test_a_count_that_changes_its_meaning_without_a_flag_has_a_break(
    built, indicator, unit_id, year
):
    of = f"indicator_id = '{indicator}' and unit_id = '{unit_id}' and period = '{year}'"
    assert (
        one(built, f"select count(*) from observation where {of} and break_origin = 'source'") == 1
    )
    assert one(built, f"select count(*) from series_break where {of}") == 1
