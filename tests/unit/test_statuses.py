"""Flags to statuses through the mapping table."""

import csv
from pathlib import Path

import pytest

from warehouse.methods.statuses import MISSING, Resolved, resolve

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests" / "fixtures"

STATUS = [
    {"provider": "eurostat", "flag": f, "obs_status": o, "conf_status": c, "precedence": p}
    for f, o, c, p in [
        ("", "A", None, 99),
        ("b", "B", None, 1),
        ("e", "E", None, 2),
        ("p", "P", None, 3),
        ("c", "Q", "C", 0),
        ("|C", None, "C", 50),
    ]
] + [{"provider": "un_sdg", "flag": "CA", "obs_status": "A", "conf_status": None, "precedence": 1}]


def test_the_smallest_precedence_decides_and_a_break_is_never_hidden():
    assert resolve("eurostat", ["bep", "ep", ""], STATUS) == [
        Resolved("", "A", "F", False),
        Resolved("bep", "B", "F", True),
        Resolved("ep", "E", "F", False),
    ]


def test_confidentiality_travels_apart():
    assert resolve("eurostat", ["|C", "e|C", "c"], STATUS) == [
        Resolved("c", "Q", "C", False),
        Resolved("e|C", "E", "C", False),
        Resolved("|C", "A", "C", False),
    ]


def test_a_whole_text_goes_before_its_letters_and_the_unknown_stays_unknown():
    assert resolve("un_sdg", ["CA"], STATUS)[0].obs_status == "A"
    assert resolve("eurostat", ["xq"], STATUS) == [Resolved("xq", None, "F", False)]


def test_a_forecast_is_never_hidden():
    status = [*STATUS, {**STATUS[1], "flag": "f", "obs_status": "F", "precedence": 8}]
    [bf] = resolve("eurostat", ["bf"], status)
    assert (bf.obs_status, bf.is_break, bf.is_forecast) == ("B", True, True)


# The 58 combinations of Eurostat's code list OBS_STATUS (dictionary of flags).
EUROSTAT = (FIXTURES / "eurostat" / "flag_combinations.txt").read_text().split()
# CL_OBS_STATUS by its own hierarchy of codes, highest first.
ORDER = "BOMLHQJSDKWIFEPNUVGA"


@pytest.fixture(scope="module")
def mapping():
    with (ROOT / "catalog" / "statuses.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("end", ["", "|C"])
def test_the_highest_of_the_official_order_is_the_one_status(mapping, end):
    one = {r["flag"]: r["obs_status"] for r in mapping if r["provider"] == "eurostat"}
    found = {r.flags: r for r in resolve("eurostat", [c + end for c in EUROSTAT], mapping)}
    for text in EUROSTAT:
        tokens = [*text, *([end] if end else [])]
        best = min((one[t] for t in tokens), key=ORDER.index)
        assert found[text + end].obs_status == best, text
        assert found[text + end].conf_status == ("C" if end or "c" in text else "F")
        assert found[text + end].is_break == ("b" in text)
        assert found[text + end].is_forecast == ("f" in text)


def test_every_provider_maps_in_the_official_order(mapping):
    for r in mapping:
        if r["obs_status"]:
            place = ORDER.index(r["obs_status"]) + 1
            assert int(r["precedence"]) == place, r
    assert {r["flag"] for r in mapping if r["provider"] == "sdmx"} == {*ORDER, ""}


def test_the_dictionary_of_eurostat_is_the_one_tested(real_data):
    file = real_data / "eurostat" / "codelists" / "obs_status.dic"
    listed = [line.split("\t")[0] for line in file.read_text(encoding="utf-8").splitlines()]
    assert listed == EUROSTAT


def test_kinds_of_missing_stay_apart(mapping):
    kinds = {r.flags: r.obs_status for r in resolve("sdmx", MISSING, mapping)}
    assert kinds == {m: m for m in MISSING}
    assert resolve("eurostat", ["z"], mapping)[0].obs_status == "M"
    assert resolve("un_sdg", ["NA"], mapping)[0].obs_status == "O"
