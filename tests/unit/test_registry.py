"""The registry's CSV files: what `warehouse/tables` states of them, and how good they are."""

import csv
import gzip
import os
import re
import subprocess
import sys
from collections import Counter

import pytest
from places import home, links, rows, units

from catalog.loader import load
from warehouse import tables
from warehouse.registry import boundaries, calibration, members, pins, quality, quality_page, truth
from warehouse.registry.assemble import Joined, Registry
from warehouse.registry.build import METROS, build
from warehouse.registry.gazetteer import Gazetteer
from warehouse.registry.matching.calibrated import Worth, fit
from warehouse.registry.matching.match import MatchLink
from warehouse.registry.quality_page import PAGE
from warehouse.registry.rules import REVIEW_COLUMNS, aliases, decisions
from warehouse.registry.unit import RegistryError, Unit

GENERATED = (
    *("metro", "metro_name", "spatial_unit", "crosswalk", "member_org", "boundary_version"),
    *("unit_relation", "redirect", "change", "pin", "crosswalk_quality", "crosswalk_coverage"),
)
TABLES = (
    tables.of("boundary_version"),
    tables.of("unit_relation"),
    tables.of("crosswalk_quality"),
    tables.of("crosswalk_coverage"),
    tables.of("metro"),
    tables.of("metro_name"),
    tables.of("spatial_unit"),
    tables.of("crosswalk"),
    tables.of("member_org"),
)


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
def test_a_file_has_the_columns_the_key_and_the_order_of_its_statement(table):
    found = rows(table.name)
    assert tuple(found[0]) == table.names
    keys = [tuple(r[k] for k in table.key) for r in found]
    assert [k for k, n in Counter(keys).items() if n > 1] == []
    order = [tuple(r[k] for k in table.sort) for r in found]
    assert order == sorted(order)


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
def test_no_cell_is_empty_that_may_not_be(table):
    must = [c.name for c in table.columns if not c.null and "empty where" not in c.meaning]
    assert [(r, c) for r in rows(table.name) for c in must if not r[c]][:5] == []


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
def test_every_cell_reads_as_the_type_of_its_column(table):
    for column in table.columns:
        cells = {r[column.name] for r in rows(table.name)} - {""}
        if column.type == tables.NUMBER:
            assert [c for c in cells if float(c) != float(c)] == []
        elif column.type == tables.WHOLE:
            assert [c for c in cells if str(int(c)) != c] == []
        elif column.type == tables.FLAG:
            assert cells <= {"true", "false"}


@pytest.mark.parametrize("name", (*GENERATED, "review", "alias", "name", "m49"))
def test_a_file_is_utf8_with_lf_and_no_bom(name):
    raw = (METROS / f"{name}.csv").read_bytes()
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in raw
    assert raw.endswith(b"\n")
    assert "\ufffd" not in raw.decode()


def test_scales_and_relations_come_from_closed_lists():
    with (METROS.parent / "scales.csv").open(encoding="utf-8", newline="") as file:
        scales = {r["scale"] for r in csv.DictReader(file)}
    assert {r["scale"] for r in rows("spatial_unit")} <= scales
    allowed = {"exact", "close", "broad", "narrow", "part_of"}
    assert {r["relation"] for r in rows("crosswalk")} == allowed
    assert {r["decided_by"] for r in rows("crosswalk")} <= {"matcher", "reviewer", "source"}
    assert all(0 <= float(r["score"]) <= 1 for r in rows("crosswalk") if r["score"])


def test_no_link_points_nowhere():
    metros = {r["metro_id"] for r in rows("metro")}
    assert {r["metro_id"] for r in rows("crosswalk")} <= metros
    assert {r["metro_id"] for r in rows("member_org")} <= metros
    assert {r["metro_id"] for r in rows("metro_name")} <= metros
    assert set(links()) <= set(units())


def test_no_two_units_of_one_system_are_one_metropolis_silently():
    main = Counter(
        (r["metro_id"], k[0], k[2], units()[k]["scale"])
        for k, r in links().items()
        if r["relation"] != "part_of"
    )
    assert [k for k, n in main.items() if n > 1] == []


def test_a_link_never_leaves_its_country_but_for_territories_filed_apart():
    country = {r["metro_id"]: r["iso3"] for r in rows("metro")}
    pairs = {
        (units()[k]["iso3"], country[r["metro_id"]])
        for k, r in links().items()
        if units()[k]["iso3"] != country[r["metro_id"]]
    }
    assert pairs <= {
        ("CHN", "HKG"), ("CHN", "MAC"), ("USA", "PRI"), ("USA", "MEX"), ("FRA", "REU"),
        ("REU", "FRA"), ("GLP", "FRA"), ("MTQ", "FRA"), ("GUF", "FRA"), ("MYT", "FRA"), ("FRA", "GLP"), ("FRA", "MTQ"), ("FRA", "GUF"), ("FRA", "MYT"), ("MAR", "ESH"),
        ("SRB", "XKX"), ("ISR", "PSE"), ("PSE", "ISR"),
    }  # fmt: skip


def test_countries_and_regions_are_units_without_a_metropolis():
    wide = [k for k, u in units().items() if u["scale"] in ("country", "region")]
    assert not set(wide) & set(links())
    assert units()["m49", "724", "current"]["iso3"] == "ESP"
    assert units()["m49", "1", "current"]["scale"] == "region"
    assert units()["iso3166", "NAM", "current"]["name"] == "Namibia"
    assert units()["eurostat_country", "EL", "current"]["iso3"] == "GRC"
    assert units()["eurostat_country", "UK", "current"]["iso3"] == "GBR"
    assert units()["eurostat_metro", "ES_NM", "NUTS2021"]["scale"] == "region"


@pytest.mark.parametrize(
    ("system", "vintage", "count"),
    [
        ("un_wup2018", "2018", 1860),
        ("eurostat_fua", "2019", 669),
        ("oecd_fua", "2012", 281),
        ("oecd_fua", "2024", 550),
        ("eurostat_city", "2025", 428),
        ("urb_percep", "2023", 80),
    ],
)
def test_every_unit_of_these_systems_has_its_metropolis(system, vintage, count):
    listed = [
        k
        for k, u in units().items()
        if (k[0], k[2]) == (system, vintage) and "no figure of it is held" not in u["note"]
    ]
    assert len(listed) == count
    assert [k for k in listed if k not in links()] == []


def test_every_metro_region_and_every_large_centre_has_its_metropolis():
    listed = [
        k for k in units() if k[0] == "eurostat_metro" and units()[k]["scale"] == "metro_region"
    ]
    assert len([k for k in listed if k[2] == "NUTS2021"]) == 298
    listed += [k for k in units() if (k[0], k[2]) == ("ghsl_ucdb", "R2019A")]
    doubtful = "no evidence of a metropolis by itself"
    assert [
        k for k in listed if k not in links() and not units()[k]["no_metro"].startswith(doubtful)
    ] == []
    assert all(float(units()[k]["population"]) >= 3e5 for k in listed if k[0] == "ghsl_ucdb")


@pytest.mark.parametrize(
    ("system", "vintage", "count", "least"),
    [
        ("us_cbsa", "2018", 384, 165),
        ("us_cbsa", "2023", 387, 165),
        ("ghsl_ucdb", "R2024A", 1000, 900),
        ("carbon_monitor", "v0325", 806, 450),
        ("nzt_city", "2022", 1177, 1100),
    ],
)
def test_new_systems_found_no_metropolis_and_join_those_there_are(system, vintage, count, least):
    listed = [k for k in units() if (k[0], k[2]) == (system, vintage)]
    assert len(listed) == count
    assert len([k for k in listed if k in links()]) >= least
    founded = (METROS / "pin.csv").read_text(encoding="utf-8").splitlines()
    assert not [line for line in founded if line.startswith(f"{system}:{vintage}:")]


def test_the_largest_areas_of_the_united_states_are_on_their_metropolis():
    on = {
        c: links()["us_cbsa", c, "2023"]["metro_id"] for c in ("35620", "31080", "12060", "16980")
    }
    assert on == {
        "35620": "us-new-york",
        "31080": "us-los-angeles",
        "12060": "us-atlanta",
        "16980": "us-chicago",
    }


def test_catalan_names_are_those_that_were_accepted():
    names = {r["metro_id"]: r["name_ca"] for r in rows("metro")}
    assert (names["gb-london"], names["es-zaragoza"], names["cl-la-serena"]) == (
        "Londres",
        "Saragossa",
        "",
    )
    decided = list(csv.DictReader((METROS / "catalan.csv").open(encoding="utf-8")))
    assert {r["decision"] for r in decided} == {"accepted", "rejected"}
    assert all(r["reason"] and r["source"].startswith("Unicode CLDR") for r in decided)
    assert (METROS / "UNICODE-LICENSE.txt").exists()


def test_no_two_delineations_share_a_vintage():
    """A city as UN-Habitat draws it and as its country does are two units, each of its own scale."""
    both = [units()["unhabitat_city", "PL_WARSZAWA", v] for v in ("2024", "2024-national")]
    assert [u["scale"] for u in both] == ["urban_centre", "city"]
    assert "Statistics Poland" in both[1]["note"]
    assert {u["scale"] for k, u in units().items() if k[0] == "unhabitat_city"} == {"urban_centre", "city"}  # fmt: skip
    for provider, dataset in (("un_habitat", "open_space"), ("un_habitat", "green_areas"), ("un_sdg", "goal11_urban")):  # fmt: skip
        rules = load().providers[provider].datasets[dataset].territory
        named = {r.vintage for r in rules if r.system == "unhabitat_city"}
        assert named == ({"2024"} if dataset == "green_areas" else {"2024", "2024-national"})
    # One (system, vintage) is one scale, but for lists that hold several and say so unit by unit.
    scales: dict[tuple[str, str], set[str]] = {}
    for (system, _, vintage), u in units().items():
        scales.setdefault((system, vintage), set()).add(u["scale"])
    several = {k for k, found in scales.items() if len(found - {"country", "region"}) > 1}
    assert several == {("eurostat_city", "2019"), ("eurostat_city", "2025"), ("unsd_city", "2024")}


def test_greater_cities_are_told_by_their_label():
    cities = [
        u
        for u in units().values()
        if (u["system"], u["vintage"]) == ("eurostat_city", "2025")
        and "no figure of it is held" not in u["note"]
    ]
    assert Counter(u["scale"] for u in cities) == {"greater_city": 106, "city": 322}
    assert units()["eurostat_city", "FR001C", "2025"]["scale"] == "greater_city"


@pytest.mark.parametrize(
    ("metro_id", "codes"),
    [
        (
            "es-barcelona",
            [
                ("un_wup2018", "22525", "2018"), ("eurostat_metro", "ES002M", "NUTS2021"),
                ("eurostat_fua", "ES002L2", "2019"), ("oecd_fua", "ES002", "2012"),
                ("oecd_fua", "ES002F", "2024"), ("ghsl_ucdb", "2051", "R2019A"),
                ("unhabitat_city", "ES_BARCELONA", "2024"), ("urb_percep", "ES|Barcelona", "2023"),
                ("sp_trn_publ", "ES|Barcelona", "2020"), ("unsd_city", "ES_BARCELONA", "2024"),
            ],
        ),
        ("fr-paris", [("eurostat_city", "FR001C", "2025"), ("eurostat_metro", "FR001MC", "NUTS2021")]),
        ("gr-athens", [("eurostat_metro", "EL001MC", "NUTS2021"), ("oecd_fua", "GR001", "2012")]),
        ("lv-riga", [("eurostat_metro", "LV001MC", "NUTS2021"), ("eurostat_fua", "LV001L1", "2019")]),
        ("gb-london", [("eurostat_metro", "UK001MC", "NUTS2021"), ("urb_percep", "UK|London", "2023")]),
        ("es-madrid", [("eurostat_metro", "ES001MC", "NUTS2021")]),
        ("na-windhoek", [("ghsl_ucdb", "3260", "R2019A"), ("unhabitat_city", "NA_WINDHOEK", "2024")]),
        ("hk-hong-kong", [("unhabitat_city", "CN_HONG_KONG", "2024"), ("sp_trn_publ", "HK|Hong Kong", "2020")]),
    ],
)  # fmt: skip
def test_a_metropolis_has_these_codes(metro_id, codes):
    assert {c: home(*c) for c in codes} == dict.fromkeys(codes, metro_id)


def test_the_barcelona_metro_region_is_the_province_and_says_so():
    unit = units()["eurostat_metro", "ES002M", "NUTS2021"]
    assert "ES511" in unit["composition"] and "NUTS 2010" in unit["composition"]
    assert "province" in unit["note"] and "36 municipalities" in unit["note"]
    assert links()["eurostat_metro", "ES002M", "NUTS2021"]["relation"] == "broad"


def test_the_overseas_departments_are_where_they_are():
    places = {r["metro_id"]: float(r["latitude"]) for r in rows("metro") if r["latitude"]}
    assert places["fr-saint-denis"] < -20
    assert 14 < places["fr-fort-de-france"] < 15
    assert home("oecd_fua", "FR030F", "2024") == "fr-saint-denis"


def test_almost_every_metropolis_has_a_point():
    assert len([r for r in rows("metro") if not r["latitude"]]) <= 5


def test_a_member_without_a_row_says_why_it_has_none():
    with (members.LIBRARY / "networks.csv").open(encoding="utf-8", newline="") as file:
        texts = [r for r in csv.DictReader(file) if r["network"] == members.NETWORK]
    here = {r["metro_id"] for r in rows("member_org")}
    without = [
        t
        for t in texts
        if t["metro_id"]
        and t["role"] != "mention"
        and not {t["metro_id"], t["inside_metro_id"]} & here
    ]
    assert {t["metro_id"] for t in without} == {"pt-lisbon", "ir-ahwaz"}
    assert all("not in member_org: " in t["note"] for t in without)


def test_members_were_all_seen_and_mark_their_metropolis():
    marked = {r["metro_id"] for r in rows("metro") if r["metropolis_member"] == "true"}
    assert {r["metro_id"] for r in rows("member_org")} == marked
    assert len(rows("member_org")) == 65
    assert all(r["evidence"] for r in rows("member_org"))
    # Texts name these beside the network, and none says that they are members.
    seen = {r["metro_id"] for r in rows("member_org") if r["membership"] == "seen"}
    assert seen == {
        *("tr-antalya", "ml-bamako", "id-makassar", "co-medellin", "us-atlanta", "ma-casablanca"),
        *(
            "id-jakarta",
            "bo-la-paz",
            "in-delhi",
            "br-rio-de-janeiro",
            "cn-shanghai",
            "gb-liverpool",
        ),
    }
    joined = {r["name"]: r["member_since"] for r in rows("member_org")}
    three = ("Kazan", "Goyang", "Métropole du Grand Paris")
    assert [joined[name] for name in three] == ["2019"] * 3
    for r in rows("member_org"):
        told = members.stated(r["name"], r["metro_id"], r["evidence"])
        assert {k: "" if v is None else str(v) for k, v in told.items()} == {k: r[k] for k in told}


def test_a_members_own_territory_is_the_one_a_text_states():
    found = {r["member_id"]: r for r in rows("member_org")}
    said = {
        k: (r["territory"], r["municipalities"], r["municipalities_year"])
        for k, r in found.items()
        if r["municipalities"]
    }
    assert said == {
        "es-area-metropolitana-de-barcelona": ("es-barcelona-amb", "36", "2011"),
        "fr-grand-lyon-metropole-de-lyon": ("fr-lyon-metropole", "59", "2022"),
        "fr-metropole-du-grand-paris": ("fr-paris-metropole", "131", "2016"),
        "gb-greater-manchester-combined-authority": ("gb-manchester-gmca", "10", "2017"),
        "it-citta-metropolitana-di-torino": ("it-turin-citta-metropolitana", "312", "2023"),
        # A city's own territory is its one municipality in the European list.
        "de-berlin": ("local_unit:DE_11000000", "1", "2019"),
        "es-barcelona-city": ("local_unit:ES_08019", "1", "2019"),
        "es-madrid": ("local_unit:ES_28079", "1", "2019"),
        "fr-ville-de-paris": ("local_unit:FR_75056", "1", "2019"),
        "gr-athens": ("local_unit:EL_45010000", "1", "2019"),
    }
    assert all((r["territory_source"][:4] == "http") == (k in said) for k, r in found.items())


def test_names_are_unique_and_readable():
    assert tuple(rows("metro_name")[0]) == tables.of("metro_name").names
    names = {r["metro_id"]: r["name"] for r in rows("metro")}
    for metro_id, name in (
        ("us-new-york", "New York"),
        ("eg-cairo", "Cairo"),
        ("th-bangkok", "Bangkok"),
        ("tw-new-taipei", "New Taipei"),
    ):
        assert names[metro_id] == name
    assert [n for n in names.values() if not n.strip() or "?" in n or "\x82" in n] == []


def test_decisions_and_aliases_speak_of_units_that_there_are():
    for key in decisions(METROS / "review.csv") | aliases(METROS / "alias.csv"):
        assert key in units()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("a,1,2,perhaps,x,why,2026-01-01", "'perhaps' is no decision"),
        ("a,1,2,reject,,why,2026-01-01\na,1,2,reject,,why,2026-01-01", "decided twice"),
    ],
)
def test_a_wrong_decision_is_a_sentence(tmp_path, line, said):
    (tmp_path / "review.csv").write_text(",".join(REVIEW_COLUMNS) + "\n" + line + "\n")
    with pytest.raises(RegistryError, match=said):
        decisions(tmp_path / "review.csv")


@pytest.fixture(scope="module")
def gazetteer():
    return Gazetteer()


class TestDecisions:
    """A reviewer's decision overrides the matcher, in both directions."""

    def registry(self, gazetteer, tmp_path, line):
        (tmp_path / "review.csv").write_text(",".join(REVIEW_COLUMNS) + "\n" + line)
        registry = Registry(gazetteer, decisions(tmp_path / "review.csv"))
        for code, name, at in (("1", "Barcelona", (41.38, 2.18)), ("2", "Madrid", (40.42, -3.7))):
            registry.found(
                Unit(
                    "wup",
                    code,
                    "2018",
                    "agglomeration",
                    name,
                    "ES",
                    latitude=at[0],
                    longitude=at[1],
                )
            )
        registry.add([Unit("fua", "F1", "2019", "fua", "Barcelona", "ES", population=5e6)], False)
        return {j.unit.code: j for j in registry.joined}

    def test_the_matcher_alone(self, gazetteer, tmp_path):
        found = self.registry(gazetteer, tmp_path, "")["F1"]
        assert (found.metro, found.decided_by, found.relation) == ("wup:2018:1", "matcher", "close")

    def test_accept(self, gazetteer, tmp_path):
        line = "fua,F1,2019,accept,wup:2018:2,a person knows,2026-01-01\n"
        found = self.registry(gazetteer, tmp_path, line)["F1"]
        assert (found.metro, found.decided_by) == ("wup:2018:2", "reviewer")
        assert found.evidence == "a person knows (2026-01-01)"

    def test_reject(self, gazetteer, tmp_path):
        line = "fua,F1,2019,reject,,another Barcelona,2026-01-01\n"
        assert "F1" not in self.registry(gazetteer, tmp_path, line)

    def test_a_decision_for_a_metropolis_that_is_none(self, gazetteer, tmp_path):
        line = "fua,F1,2019,accept,wup:2018:9,a slip,2026-01-01\n"
        with pytest.raises(RegistryError, match="which is no metropolis"):
            self.registry(gazetteer, tmp_path, line)


def test_a_missing_list_is_a_sentence(tmp_path):
    with pytest.raises(RegistryError, match="give the folder that holds it"):
        build(tmp_path, tmp_path / "out")


@pytest.fixture(scope="session")
def built(real_data, tmp_path_factory):
    """The registry as the lists give it today, built once, in another process's order of hashes."""
    out = tmp_path_factory.mktemp("registry")
    code = (
        "import sys; from pathlib import Path; from warehouse.registry.build import build; "
        "build(Path(sys.argv[1]), Path(sys.argv[2]), page=Path(sys.argv[2]) / 'page.md')"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(real_data), str(out)],
        check=True,
        cwd=METROS.parents[1],
        env=os.environ | {"PYTHONHASHSEED": "7"},
    )
    return out


@pytest.mark.system
@pytest.mark.parametrize(
    "name", [*(f"{n}.csv" for n in GENERATED), "local_unit.csv.gz", "calibration.json"]
)
def test_the_files_are_what_the_lists_give_today_whatever_the_hash_seed(built, name):
    kept = (METROS / name).read_bytes()
    if name in ("spatial_unit.csv", "crosswalk.csv"):
        # The territories of bodies are added by `observatory registry authorities`.
        of_bodies = re.compile(rb"authority:|[^,]+,authority,")
        kept = b"".join(x for x in kept.splitlines(keepends=True) if not of_bodies.match(x))
    assert (built / name).read_bytes() == kept, "run: observatory registry build, then authorities"


@pytest.mark.system
def test_the_page_of_the_quality_is_what_the_build_gives(built):
    assert (built / "page.md").read_text("utf-8") == PAGE.read_text("utf-8")


def test_the_page_says_what_the_tables_say():
    measured, covered = _typed("crosswalk_quality"), _typed("crosswalk_coverage")
    said = quality_page.page(measured, covered, METROS / "truth", calibration.read(METROS))
    assert said == PAGE.read_text("utf-8")


def test_the_page_says_that_the_hold_out_was_seen_while_the_truth_rules_changed():
    said = PAGE.read_text("utf-8")
    assert "not blind" in said
    for when, precision, recall in quality_page.CHANGES:
        assert f"| {when} | {precision:.3f} | {recall:.3f} |" in said


def test_the_probability_of_a_link_is_reliable_on_held_out_pairs():
    held = calibration.read(METROS)["holdout"]
    assert held["brier"] < 0.005 < held["brier_of_score"] < held["brier_of_base_rate"]
    assert held["expected_calibration_error"] < 0.01
    assert sum(b["candidates"] for b in held["bins"]) == held["candidates"] > 1000
    for b in held["bins"]:
        if b["candidates"] >= 10:
            assert abs(b["said"] - b["right"]) < 0.06


def test_the_score_of_a_link_is_its_probability_and_empty_where_nothing_measures_it():
    made = calibration.read(METROS)
    kinds = {(r["decided_by"], r["method"]) for r in rows("crosswalk") if not r["score"]}
    assert kinds == {
        ("matcher", "code"), ("matcher", "code+distance"), ("matcher", "distance+population"),
        ("reviewer", "review"),
    }  # fmt: skip
    assert {r["score"] for r in rows("crosswalk") if r["method"] == "founder"} == {"1"}
    rates = {(r["system"], r["method"]): f"{r['score']:g}" for r in made["rates"]}
    assert set(rates) == {("geonames", "name+distance"), ("wikidata", "name+distance")}
    for r in rows("crosswalk"):
        if (r["system"], r["method"]) in rates:
            assert r["score"] == rates[r["system"], r["method"]]
    unit = Unit("s", "1", "v", "fua", "Alba", "ES")
    two = Joined(unit, "a", "close", "name", "", "matcher", (("a", 0.95), ("b", 0.88)))
    one = Joined(unit, "a", "close", "name", "", "matcher", (("a", 0.95),))
    found = [calibration.score(x, made) for x in (two, one)]
    assert found == [calibration.worth(made).of(s)[0] for s in ((0.95, 0.88), (0.95,))]
    assert found[0] is not None and found[1] is not None and found[0] < found[1]


def test_a_probability_rises_with_the_score_falls_with_rivals_and_sums_to_one_at_most():
    worth = calibration.worth(calibration.read(METROS))
    alone = [worth.of((n / 1000,))[0] for n in range(1001)]
    assert alone == sorted(alone) and alone[0] < 0.5 < alone[-1] <= 1
    for rivals in ((0.9,), (0.9, 0.9), (0.95, 0.7, 0.6)):
        beside = [worth.of((n / 1000, *rivals)) for n in range(1001)]
        assert [p[0] for p in beside] == sorted(p[0] for p in beside)
        assert all(p[0] <= a for p, a in zip(beside, alone, strict=True))
        assert all(sum(p) <= 1.002 for p in beside)
    assert worth.of(()) == ()


def test_the_fit_finds_the_coefficients_that_made_its_cases():
    true, cases = Worth(-6, 9), []
    for scores in ((0.5,), (0.7,), (0.9,), (0.9, 0.6), (0.8, 0.8), (0.7, 0.6, 0.5)):
        said = true.of(scores)
        for at, p in enumerate(said):
            cases += [(scores, at)] * round(1000 * p)
        cases += [(scores, None)] * round(1000 * (1 - sum(said)))
    found = fit(cases)
    assert (found.intercept, found.slope) == pytest.approx((-6, 9), abs=0.05)
    with pytest.raises(ValueError, match="only where some candidates are wrong"):
        fit([((0.9,), 0)])


def test_calibration_looks_at_no_held_out_pair_and_at_no_alias():
    pairs = [p for p in truth.read_all() if p.set == "ghsl_centres"]
    links = {p.one: MatchLink("", None, 1.0, "accept", "name", "", (("m", 0.9),)) for p in pairs}
    home = {p.other: "m" for p in pairs}
    tuned = calibration.cases(pairs, links, home, set(), "tune")
    assert len(tuned) == len({p.one for p in pairs if truth.role(p.iso2) == "tune"})
    assert set(tuned) == {((0.9,), 0)}
    one = next(p.one for p in pairs if p.role == "tune")
    assert len(calibration.cases(pairs, links, home, {one}, "tune")) == len(tuned) - 1


def _typed(name: str) -> list[dict]:
    """Rows of a table with numbers as numbers, as the build holds them."""
    statement = {t.name: t for t in TABLES}[name]
    kinds = {tables.NUMBER: float, tables.WHOLE: int, tables.FLAG: "true".__eq__}
    return [
        {
            c.name: kinds.get(c.type, str)(r[c.name])
            if r[c.name] or c.type == tables.TEXT
            else None
            for c in statement.columns
        }
        for r in rows(name)
    ]


def test_the_crosswalk_keeps_its_promise():
    assert quality.gate(_typed("crosswalk_quality"), _typed("crosswalk_coverage")) == []


def test_the_gate_can_fail():
    measured = _typed("crosswalk_quality")
    low = [r | {"precision": 0.97} if r["system"] == "all" else r for r in measured]
    assert "precision" in quality.gate(low, [])[0]
    linked = [r | {"correct": 1} if r["role"] == "must_reject" else r for r in measured]
    assert "must be rejected" in quality.gate(linked, [])[0]
    twice = [_typed("crosswalk_coverage")[0] | {"one_to_one_violations": 1}]
    assert "two main units" in quality.gate(measured, twice)[0]


def test_fewer_than_a_hundred_pairs_are_not_measured():
    for r in _typed("crosswalk_quality"):
        if r["role"] != "must_reject":
            assert r["measured"] == (r["pairs"] >= 100) == (r["recall"] is not None)


def test_every_system_of_the_crosswalk_is_measured_or_said_not_to_be():
    # Territories of bodies are stated with their evidence (catalog/territories), not matched.
    listed = {r["system"] for r in rows("crosswalk")} - {"authority"}
    counted = {r["system"] for r in _typed("crosswalk_quality")} - {"all", *quality.GATED}
    assert counted == listed
    table = PAGE.read_text("utf-8").split("## By system")[1].split("## By region")[0]
    for system in listed:
        lines = [line for line in table.splitlines() if line.startswith(f"| {system} | ")]
        assert {line.split(" | ")[1] for line in lines} == {"before review", "after review"}
    for system in ("eurostat_fua", "sp_trn_publ", "un_wup2018", "urb_percep"):
        assert f"| {system} | before review | both | 0 | not measured | not measured |" in table


def test_shares_and_intervals_follow_from_the_counts():
    (r,) = [
        r
        for r in _typed("crosswalk_quality")
        if (r["stage"], r["role"], r["system"], r["region"])
        == ("before_review", "holdout", "all", "all")
    ]
    assert r["precision"] == round(r["correct"] / r["linked"], 4) >= 0.98
    assert r["recall"] == round(r["correct"] / r["pairs"], 4) >= 0.95
    assert r["precision_low"] < r["precision"] < r["precision_high"] <= 1
    assert quality.Counted(353, 353, 347, 0).row("", "", "", "")["precision_low"] == 0.9634


def test_frozen_pairs_are_disjoint_by_country_and_stand_in_no_two_roles():
    pairs = truth.read_all()
    for p in pairs:
        if p.set not in ("geonames", "namesakes", "traps"):
            assert p.role == truth.role(p.iso2)
    positive = {(p.one, p.other) for p in pairs if p.role != "must_reject"}
    negative = {(p.one, p.other) for p in pairs if p.role == "must_reject"}
    assert not positive & negative
    assert {p.set for p in pairs} | {"sets"} == {f.stem for f in truth.TRUTH.glob("*.csv")}
    with (truth.TRUTH / "sets.csv").open(encoding="utf-8", newline="") as file:
        described = {r["set"] for r in csv.DictReader(file) if r["rule"] and r["source"]}
    assert described == {p.set for p in pairs}


def test_no_pair_that_must_be_rejected_is_linked():
    pairs = [p for p in truth.read_all() if p.role == "must_reject"]
    assert len(pairs) > 150
    assert [p for p in pairs if home(*p.one) and home(*p.one) == home(*p.other)] == []


def test_the_frozen_pairs_are_what_their_rules_give(real_data, tmp_path):
    truth.freeze(real_data, tmp_path)
    for path in tmp_path.glob("*.csv"):
        assert path.read_bytes() == (truth.TRUTH / path.name).read_bytes(), path.name


def test_the_wrong_links_of_a_public_crosswalk_are_not_ours(real_data):
    """739 audited links of Eurostat cities to Wikidata, 101 wrong; not redistributable, so not kept."""
    path = real_data / "registry" / "eurostat_city_wikidata_2017_audited.csv"
    with path.open(encoding="utf-8", newline="") as file:
        listed = list(csv.DictReader(file))
    item = {r["code"]: r["metro_id"] for r in rows("crosswalk") if r["system"] == "wikidata"}
    accepted, right, linked = [], 0, 0
    for r in listed:
        ours, theirs = home("eurostat_city", r["id"], "2025"), item.get(r["wikicity"])
        if r["suspect"] == "True" and ours and ours == theirs:
            accepted.append(r)
        # Numbers were given anew since: only a code that still bears the name is the same city.
        unit = units().get(("eurostat_city", r["id"], "2025"))
        if r["suspect"] == "False" and theirs and ours and unit and r["official"] == unit["name"]:
            linked += 1
            right += ours == theirs
    assert len([r for r in listed if r["suspect"] == "True"]) == 101
    assert accepted == []
    assert right == linked > 40


def test_a_unit_on_no_metropolis_says_why_and_what_to_do():
    off = [u for k, u in units().items() if k not in links()]
    cities = [u for u in off if u["scale"] not in ("country", "region")]
    assert [u["unit_id"] for u in cities if "review.csv" not in u["no_metro"]] == []
    assert [u["unit_id"] for k, u in units().items() if k in links() and u["no_metro"]] == []
    assert "smaller than the 300,000" in units()["unhabitat_city", "AU_HOBART", "2024"]["no_metro"]
    assert "nearest metropolis: " in units()["unhabitat_city", "AU_HOBART", "2024"]["no_metro"]
    suburb = units()["unsd_city", "MX_JAL_ZAPOPAN", "2024"]["no_metro"]
    assert suburb.startswith("a part of mx-guadalajara, as far as names tell: GeoNames has Zapopan")
    assert "add 'unsd_city,MX_JAL_ZAPOPAN,2024,accept,mx-guadalajara,<reason>,<date>'" in suburb
    several = units()["sp_trn_publ", "AR|San Martin", "2020"]["no_metro"]
    assert "of GeoNames' places of the name none is plainly meant: " in several
    # Whoever reads it is told where the city is, or that no gazetteer knows it.
    known = ("GeoNames", "reviewer rejected", "told apart")
    assert [u["unit_id"] for u in cities if not any(k in u["no_metro"] for k in known)] == []


def test_identifiers_are_pinned(tmp_path):
    ids = {r["founder"]: r["metro_id"] for r in rows("pin")}
    assert set(ids.values()) == {r["metro_id"] for r in rows("metro")}
    assert ids["un_wup2018:2018:22525"] == "es-barcelona"
    (tmp_path / "pin.csv").write_text("founder,metro_id,since\na:1:x,xx-alba,2026-01-01\n")
    known = pins.read(tmp_path)
    assert pins.after_build(known, {"a:1:x": "xx-alba", "a:1:y": "xx-bora"}, "2026-02-02") == [
        ("a:1:x", "xx-alba", "2026-01-01"),
        ("a:1:y", "xx-bora", "2026-02-02"),
    ]
    with pytest.raises(
        RegistryError, match=r"'xx-alba' .* would vanish; add a row to redirect.csv"
    ):
        pins.after_build(known, {"a:1:y": "xx-bora"}, "2026-02-02")
    (tmp_path / "redirect.csv").write_text(
        "metro_id,new_metro_id,date,reason\nxx-alba,xx-bora,2026-02-01,One city.\n"
    )
    known = pins.read(tmp_path)
    assert pins.after_build(known, {"a:1:y": "xx-bora"}, "2026-02-02")[0][1] == "xx-bora"
    assert "xx-alba" in known.taken()
    said = pins.changes({"xx-alba": "Alba"}, {"xx-bora": "Bora"}, known, "2026-02-02")
    assert said == [
        ("2026-02-02", "xx-alba", "merged", "is now xx-bora: One city."),
        ("2026-02-02", "xx-bora", "added", "Bora"),
    ]


def test_relations_nest_and_name_units_that_there_are():
    known = {(u["unit_id"], u["vintage"]) for u in units().values()}
    found = rows("unit_relation")
    assert {(r["unit_id"], r["vintage"]) for r in found} <= known
    assert {(r["other_unit_id"], r["other_vintage"]) for r in found} <= known
    said = {(r["unit_id"], r["relation"], r["other_unit_id"]) for r in found}
    assert {
        ("eurostat_city:ES002C1", "part_of", "eurostat_city:ES002K2"),
        ("eurostat_city:ES002C1", "core_of", "eurostat_fua:ES002L2"),
        ("eurostat_city:ES512C1", "part_of", "eurostat_fua:ES002L2"),
        ("eurostat_fua:ES002L2", "approximated_by", "eurostat_metro:ES002M"),
        ("oecd_fua:ES002F", "successor_of", "oecd_fua:ES002"),
    } <= said
    (moved,) = [r for r in found if r["unit_id"] == "oecd_fua:ES002F" and r["relation"] == "successor_of"]  # fmt: skip
    assert "x 1.3" in moved["evidence"] or "x 1.2" in moved["evidence"]
    # Numbers that were given anew are no succession; the metropolis is what follows on.
    assert ("oecd_fua:NL001F", "successor_of", "oecd_fua:NL002") in said
    assert ("oecd_fua:NL001F", "successor_of", "oecd_fua:NL001") not in said
    for r in found:
        if r["relation"] == "successor_of":
            one, other = ((*r[p + "unit_id"].split(":", 1), r[p + "vintage"]) for p in ("", "other_"))  # fmt: skip
            assert home(*one) == home(*other) != ""
            assert one[0] == other[0] and one[2] != other[2]
    assert ("eurostat_city:UK016C", "successor_of", "eurostat_city:UK016C1") not in said


def test_local_units_add_up_to_their_functional_urban_area():
    with gzip.open(METROS / "local_unit.csv.gz", "rt", encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert tuple(found[0]) == tables.of("local_unit").names
    assert len(found) == 28_023
    inside = [r for r in found if r["fua"] == "ES002L2"]
    whole = units()["eurostat_fua", "ES002L2", "2019"]
    assert len(inside) == 135
    assert sum(float(r["population"]) for r in inside) == float(whole["population"])
    assert abs(sum(float(r["area_km2"]) for r in inside) - float(whole["area_km2"])) < 0.01
    assert Counter(r["part"] for r in inside)["core"] == 34
    # Square metres and km2 are in one column of the source.
    assert 800 < float(units()["eurostat_fua", "DE001L1", "2019"]["area_km2"]) < 40_000


@pytest.mark.parametrize(
    ("unit", "spans"),
    [
        ("LV001MC", [("", "2017", 304.0), ("2018", "", 10444.0)]),
        ("EL001MC", [("", "2017", 3817.0), ("2018", "", 2812.0)]),
        # A single year out of line is an error of the list, not a boundary.
        ("NL009M", [("", "", None)]),
        ("ES002M", [("", "", None)]),
    ],
)
def test_a_redrawn_boundary_is_a_dated_version(unit, spans):
    found = [r for r in rows("boundary_version") if r["unit_id"] == f"eurostat_metro:{unit}"]
    assert [(r["valid_from"], r["valid_to"]) for r in found] == [s[:2] for s in spans]
    assert [float(r["area_km2"]) for r in found if spans[0][2]] == [s[2] for s in spans if s[2]]


def test_a_later_edition_that_redraws_is_a_version_of_its_own():
    found = {(r["unit_id"], r["vintage"]): r for r in rows("boundary_version")}
    was, now = found["oecd_fua:ES002", "2012"], found["oecd_fua:ES002F", "2024"]
    assert [(v["version"], v["population"]) for v in (was, now)] == [("1", "3846697"), ("2", "5093635")]  # fmt: skip
    assert (now["redraws"], now["earlier"], now["edition"]) == ("oecd_fua:ES002", "2012", "2024")
    assert "where its own growth would give 4,209,294" in now["evidence"]
    assert found["eurostat_fua:ES001L3", "2019"]["redraws"] == "eurostat_fua:ES001L2"
    # The same code is the same delineation, and an area that grew as before was not redrawn.
    for key in (("eurostat_fua:ES002L2", "2019"), ("oecd_fua:ES003F", "2024")):
        assert key not in found or not found[key]["redraws"]
    chained = [r for r in rows("boundary_version") if r["redraws"]]
    for r in chained:
        earlier = found[r["redraws"], r["earlier"]]
        assert int(r["version"]) == int(earlier["version"]) + 1
    # A later edition tells all years anew: no year may cut its series.
    assert all(not r["valid_from"] and not r["valid_to"] for r in chained)


def test_a_jump_of_water_alone_is_no_new_boundary():
    total, land = {"total": 100.0, "land": 80.0}, {"total": 150.0, "land": 80.0}
    assert boundaries.redrawn({2001: total, 2002: land}) == []
    assert boundaries.redrawn({2001: total, 2004: {"total": 150.0, "land": 120.0}}) == [
        (2001, 2004)
    ]


def test_a_city_and_its_greater_city_are_both_main_and_secondary_cities_are_parts():
    found = {c: links()["eurostat_city", c, "2019"]["relation"] for c in ("ES002C1", "ES002K2", "ES512C1")}  # fmt: skip
    assert found == {"ES002C1": "narrow", "ES002K2": "close", "ES512C1": "part_of"}


def test_names_that_sources_got_wrong_are_not_ours():
    said = {(r["metro_id"], r["name"]) for r in rows("metro_name")}
    assert ("ne-maradi", "Niamey") not in said
    assert ("us-huntsville", "Madison") not in said
    assert ("ma-fes", "Fez") in said
    assert [n for _, n in said if "?" in n] == []
    assert home("geonames", "786714", "current") == "xk-pristina"
