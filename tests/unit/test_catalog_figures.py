"""The catalog against the figures that come with the software: nothing unbound, nothing twice."""

import re
from pathlib import Path

import duckdb
import pytest

from catalog import loader
from sources.read import read
from sources.store.pack import bundled
from warehouse.methods.where import condition

CATALOG = loader.load()
BUNDLED = [
    (s.provider, s.dataset, p)
    for s, p in bundled()
    if (s.provider, s.dataset) in CATALOG.bound_datasets()
]
PARTS = {("eurostat", "met_10r_3gdp"), ("eurostat", "met_pjanaggr3")}
FILES: dict[tuple[str, str], list[tuple[str, Path]]] = {}
for _s, _p in bundled():
    FILES.setdefault((_s.provider, _s.dataset), []).append((_s.reader, _p))


# Read, yet never bundled: their licence forbids to pass them on.
READ_ELSEWHERE = {("who", "aap_2022"): "who/who_aap_2021_v9_11august2022.xlsx"}


def test_what_comes_with_the_software_is_bound_and_only_what_was_read_is_verified():
    packed = {(s.provider, s.dataset) for s, _ in bundled()}
    assert packed == {(p, d) for p, d, _ in BUNDLED}
    verified = {
        (b.provider, b.dataset)
        for i in CATALOG.indicators.values()
        for b in i.bindings
        if b.verified
    }
    assert verified == packed | READ_ELSEWHERE.keys()


def test_a_binding_that_no_file_proves_says_what_is_missing():
    missing = re.compile(r"\bread\b|no figure of this code|licence of the file was not seen")
    silent = {
        (i.id, b.provider, b.dataset, b.note)
        for i in CATALOG.indicators.values()
        for b in i.bindings
        if not b.verified and not missing.search(b.note)
    }
    assert silent == set()


def test_a_binding_verified_elsewhere_finds_its_records_there(real_data):
    for (provider, dataset), file in READ_ELSEWHERE.items():
        records = read(provider, real_data / file, dataset)
        con = duckdb.connect()
        con.register("records", records)
        for i, n in CATALOG.bindings(provider, dataset):
            where = condition(CATALOG.indicators[i].bindings[n].where, set(records.column_names))
            asked = f"select count(value) > 5000 from records where {where}"
            assert con.sql(asked).fetchall() == [(True,)]


def test_a_greater_city_is_told_by_its_label_and_not_by_its_code():
    path = next(p for _, d, p in BUNDLED if p.name == "urb_ctran@2025-11.csv.gz")
    con = duckdb.connect()
    con.register("records", read("eurostat", path, "urb_ctran"))
    con.execute("set variable units = $units", {"units": str(CATALOG.csv("spatial_unit"))})
    rows = con.sql(
        """
        select distinct cities, contains(cities_label, '(greater city)') as greater, scale
        from records left join read_csv(getvariable('units'), all_varchar = true) u
        on u.code = cities and u.system = 'eurostat_city' and u.vintage = '2025'
        where not regexp_full_match(cities, '[A-Z]{2}')
        """
    ).fetchall()
    assert {code[-1] for code, _, _ in rows} == {"C"}
    assert all(scale == ("greater_city" if greater else "city") for _, greater, scale in rows)
    assert sum(greater for _, greater, _ in rows) == 106


@pytest.mark.parametrize(("provider", "dataset"), FILES, ids=str)
def test_every_record_has_one_indicator_or_a_reason_and_a_plausible_value(provider, dataset):
    con = duckdb.connect(config={"threads": 1})
    for n, (reader, path) in enumerate(FILES[provider, dataset]):
        con.register(f"edition_{n}", read(reader, path, dataset))
    editions = " union all by name ".join(
        f"select * from edition_{n}" for n in range(len(FILES[provider, dataset]))
    )
    con.sql(f"create view records as {editions}")
    columns = set(con.sql("from records").columns)
    statement = CATALOG.dataset(provider, dataset)
    left_out = [f"({condition(e.where, columns)})" for e in statement.exclude]
    con.sql(
        f"create view used as select * from records where not ({' or '.join(left_out) or 'false'})"
    )
    bindings = [(CATALOG.indicators[i], n) for i, n in CATALOG.bindings(provider, dataset)]
    claims = " + ".join(f"({condition(i.bindings[n].where, columns)})::int" for i, n in bindings)
    assert con.sql(f"select distinct {claims} from used").fetchall() == [(1,)]
    # A part of a dataset need not hold what the catalog leaves out of the whole.
    for test in [] if (provider, dataset) in PARTS else left_out:
        assert con.sql(f"select count(*) from records where {test}").fetchall()[0][0] > 0, test
    for i, n in bindings:
        b = i.bindings[n]
        where = f"value is not null and {condition(b.where, columns)}"
        least, most = i.range.min, i.range.context_max or i.range.max
        if b.unit == i.unit:
            assert least is not None and most is not None, i.id
        fits = f"value * {b.factor} between {least} and {most}" if b.unit == i.unit else "true"
        found, plausible = con.sql(
            f"select count(*), count(*) filter ({fits}) from used where {where}"
        ).fetchall()[0]
        assert (found > 0) is b.verified, f"{i.id}: binding {n} says verified {b.verified}"
        if i.id not in SET_ASIDE:
            # Voluntary statistics hold values of another unit and plain errors: few.
            allowed = 0.045 if dataset.startswith("urb_") else 0
            assert found - plausible <= allowed * found, f"{i.id}: {found - plausible} of {found}"


# Known to hold values that no reader should believe: Sydney's product of 0 (a correction drops it)
# and urban centres whose buildings the satellite missed.
SET_ASIDE = {"gdp", "built_up_area"}


def jump(indicator: str) -> float:
    """The change above which an indicator's figure is marked as a break."""
    rule = CATALOG.indicators[indicator].break_rule
    assert rule is not None
    return rule.relative_change


def test_redrawn_regions_are_marked_and_measuring_is_not():
    limit = jump("area")
    path = next(p for _, d, p in BUNDLED if d == "met_d3area")
    con = duckdb.connect(config={"threads": 1})
    con.register("records", read("eurostat", path, "met_d3area"))
    marked = con.sql(
        f"""
        select metroreg, period, before, value, flags from (
            select *, lag(value) over (partition by landuse, metroreg order by period) as before
            from records where regexp_full_match(metroreg, '[A-Z]{{2}}[0-9]{{3}}MC?'))
        where abs(value / before - 1) > {limit}
        """
    ).fetchall()
    found = {(m, p): (before, value, flags) for m, p, before, value, flags in marked}
    assert found["LV001MC", "2018"] == (304, 10444, "")
    assert found["EL001MC", "2018"][2] == ""
    assert not [m for m, _ in found if m == "ES002M"]
    assert len(marked) == 76
    assert sum(p in ("2013", "2018", "2021") for _, p, *_ in marked) == 57


def test_counts_of_offences_jump_only_where_coverage_changed():
    path = next(p for _, d, p in BUNDLED if d == "met_crim_gen")
    con = duckdb.connect(config={"threads": 1})
    con.register("records", read("eurostat", path, "met_crim_gen"))
    limit = jump("recorded_robberies")
    marked = con.sql(
        f"""
        select metroreg, iccs, period from (
            select *, lag(value) over (partition by iccs, metroreg order by period) as before
            from records where iccs <> 'ICCS0101' and regexp_full_match(metroreg, '[A-Z]{{2}}[0-9]{{3}}MC?'))
        where value > 0 and abs(value / before - 1) > {limit} order by all
        """
    ).fetchall()
    assert [(m, p) for m, _, p in marked if m != "ES002M"] == [("RO001MC", "2017")]
    assert ("ES002M", "ICCS0401", "2010") in marked
