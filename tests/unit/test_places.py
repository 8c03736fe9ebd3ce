"""A figure is on the place that it is of: what lists get wrong about places, and the mending."""

import math

import pytest
from places import links, rows, units

from warehouse.registry import cities, corrections, read
from warehouse.registry.unit import RegistryError

CENTRE = {"P15": "1014460.158", "B15": "1.037683964"}


def test_a_centre_with_less_built_up_land_than_anyone_lives_on_is_no_evidence_of_a_city():
    assert "1.0 m2 each; below 10 m2" in read._doubt(CENTRE)
    assert "0.0 m2 each" in read._doubt(CENTRE | {"B15": ""})
    assert read._doubt(CENTRE | {"B15": "12"}) == ""
    assert "QA2_1V" in read._doubt(CENTRE | {"B15": "120", "QA2_1V": "0"})
    assert read._doubt(CENTRE | {"B15": "120", "QA2_1V": "1"}) == ""


def test_no_metropolis_is_founded_by_a_doubtful_centre_alone():
    doubtful = {
        k
        for k, u in units().items()
        if k[0] == "ghsl_ucdb" and "below 10 m2 one of the two is wrong" in u["note"]
    }
    assert len(doubtful) > 150
    founders = {tuple(r["founder"].split(":", 2)) for r in rows("pin")}
    assert not {(s, v, c) for s, c, v in doubtful} & founders
    for metro_id in ("er-massawa", "pe-unnamed-centre-529", "in-darjeeling"):
        assert metro_id not in {r["metro_id"] for r in rows("metro")}
        [row] = [r for r in rows("redirect") if r["metro_id"] == metro_id]
        assert row["reason"] and not row["new_metro_id"]
    # A list of its own and the gazetteer confirm this one; the centre's figures are not used for it.
    assert links()["unhabitat_city", "ET_BAHIR_DAR", "2024"]["metro_id"] == "et-bahir-dar"
    assert ("ghsl_ucdb", "4849", "R2019A") not in links()


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("CN_XUCHENG_JIANGSU", "JIANGSU"),
        ("CN_SUZHOU_ANHUI", "ANHUI"),
        ("CN_NANTONG_JINGSU", "JIANGSU"),
        ("CA_MONTREAL_QUE", "QUE"),
        ("US_NEW_YORK_NY", "NY"),
        ("MX_VER_MINATITLAN", "VER"),
        ("CA_LONDON_ON", "ON"),
        ("CN_BAOTOU_NEIMENGGU", "NEIMENGGU"),
        ("CO_ANT_MEDELLIN", "ANT"),
        ("US_PORTLAND_ME", "ME"),
        ("US_SALT_LAKE_CITY", ""),
        ("BR_RIO_DE_JANEIRO", ""),
        ("CN_BEIJING", ""),
        ("ES_BARCELONA", ""),
    ],
)
def test_the_province_in_a_code_is_read(code, state):
    assert cities._admin(code) == state


def test_a_code_and_a_label_that_contradict_each_other_are_on_no_metropolis_and_say_so():
    for code in ("CN_XUCHENG_JIANGSU", "CN_CHANGZHI_HUNAN", "CN_BICHENG_CHONGQING"):
        key = ("unhabitat_city", code, "2024")
        assert key not in links()
        assert "contradict each other" in units()[key]["no_metro"]
    assert links()["unsd_city", "CN_SUZHOU_ANHUI", "2024"]["metro_id"] == "cn-suzhou-anhui"


def test_a_third_partys_point_is_believed_only_where_it_bears_the_name():
    assert ("sp_trn_publ", "GB|Torbay", "2020") not in links()
    assert not cities._geocoded("Torbay", "Corby", "2652381")
    assert not cities._geocoded("El Paso", "Colorado Springs", "5417598")
    assert cities._geocoded("Abu Zaby", "Abu Dhabi", "292968")


def test_a_place_in_hong_kong_is_not_in_mainland_china():
    assert units()["ghsl_ucdb", "12291", "R2019A"]["iso3"] == "HKG"
    link = links()["ghsl_ucdb", "12291", "R2019A"]
    assert (link["metro_id"], link["relation"]) == ("hk-hong-kong", "part_of")


def test_cadiz_is_in_the_area_of_cadiz_and_algeciras_in_its_own():
    area = {c: units()["eurostat_fua", c, "2019"] for c in ("ES522L1", "ES532L1")}
    assert {c: u["name"] for c, u in area.items()} == {"ES522L1": "Cádiz", "ES532L1": "Algeciras"}
    assert {c: float(u["population"]) for c, u in area.items()} == {
        "ES522L1": 252_633,
        "ES532L1": 145_599,
    }
    on = {c: links()["eurostat_fua", c, "2019"]["metro_id"] for c in area}
    assert on == {"ES522L1": "es-cadiz", "ES532L1": "es-algeciras"}


def test_a_point_that_a_list_gets_wrong_is_corrected_and_the_note_says_what_it_said():
    metro = {r["metro_id"]: r for r in rows("metro")}
    right = {
        "us-dallas": (32.78, -96.81),
        "br-vale-do-aco": (-19.47, -42.54),
        "cn-songyuan": (45.13, 124.83),
    }
    for metro_id, (latitude, longitude) in right.items():
        row = metro[metro_id]
        assert math.isclose(float(row["latitude"]), latitude, abs_tol=0.01)
        assert math.isclose(float(row["longitude"]), longitude, abs_tol=0.01)
    unit = units()["un_wup2018", "23823", "2018"]
    assert float(unit["latitude"]) > 45
    assert "Corrected from latitude 27.6217" in unit["note"]


def test_one_place_is_one_metropolis():
    leeds = {links()[k]["metro_id"] for k in (
        ("un_wup2018", "204592", "2018"), ("eurostat_fua", "UK003L2", "2019"),
    )}  # fmt: skip
    assert leeds == {"gb-leeds"}
    [row] = [r for r in rows("redirect") if r["metro_id"] == "gb-west-yorkshire"]
    assert row["new_metro_id"] == "gb-leeds"


def test_metropolises_bear_their_own_names():
    name = {r["metro_id"]: r for r in rows("metro")}
    said = ("de-nurenberg", "kr-suweon", "gb-the-potteries", "de-duesseldorf", "gb-leeds")
    assert [name[m]["name"] for m in said] == [
        *("Nuremberg", "Suwon", "Stoke-on-Trent", "Düsseldorf", "Leeds")
    ]
    for metro_id, other in (("br-grande-vitoria", "Vila Velha"), ("us-virginia-beach", "Norfolk")):
        assert other not in (name[metro_id]["name_es"], name[metro_id]["name_fr"])


def test_a_correction_of_a_list_fails_when_the_list_no_longer_says_what_it_corrects(tmp_path):
    file = tmp_path / "correction.csv"
    head = "list,code,column,expected,value,reason,source,since\n"
    file.write_text(head + "areas,A1,people,10,12,a slip,the source,2026-11-30\n", encoding="utf-8")
    assert corrections.mended("areas", [{"id": "A1", "people": 10}], "id", file) == [
        {"id": "A1", "people": 12}
    ]
    with pytest.raises(RegistryError, match=r"areas A1 no longer says '10' in people"):
        corrections.mended("areas", [{"id": "A1", "people": 11}], "id", file)
    with pytest.raises(RegistryError, match=r"no longer says"):
        corrections.mended("areas", [], "id", file)
    bare = tmp_path / "bare.csv"
    bare.write_text(head + "areas,A1,people,10,12,,,\n", encoding="utf-8")
    with pytest.raises(RegistryError, match=r"give the reason"):
        corrections.mended("areas", [], "id", bare)
