"""The cases of docs/governance.md are what the tables say."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "governance.md"
CASES = re.findall(
    r"^\| ([a-z]{2}-[a-z-]+) \| (.+?) \| (\w+) \| (.+?) \|$", PAGE.read_text(encoding="utf-8"), re.M
)


@pytest.fixture(scope="module")
def profile(tmp_path_factory):
    from governed import released

    made = released(tmp_path_factory.mktemp("cases"))
    return {r["metro_id"]: r for r in made.read("governance_profile").to_pylist()}


def test_there_are_twenty_cases_each_with_a_reason_to_disagree():
    assert len(CASES) == 20 == len({c[0] for c in CASES})
    assert all(len(c[3]) > 20 for c in CASES)


@pytest.mark.parametrize(("metro", "body", "model", "_why"), CASES, ids=[c[0] for c in CASES])
def test_a_case_is_what_the_table_says(profile, metro, body, model, _why):
    assert (profile[metro]["body"], profile[metro]["model"]) == (body, model)


def test_the_library_of_profiles_is_wide(profile):
    import csv

    from catalog import load
    from catalog.loader import FOLDER

    assert load()
    with (FOLDER / "metros" / "metro.csv").open(encoding="utf-8", newline="") as file:
        about = {r["metro_id"]: r for r in csv.DictReader(file)}
    with (FOLDER / "metros" / "member_org.csv").open(encoding="utf-8", newline="") as file:
        members = {r["metro_id"] for r in csv.DictReader(file)}
    outside = [m for m in profile if about[m]["iso3"] not in ("FRA", "ITA")]
    assert len(profile) >= 200 and len(outside) >= 150
    assert len(members & set(profile)) >= 44
    assert {about[m]["region"] for m in profile} >= {
        "Africa",
        "Americas",
        "Asia",
        "Europe",
        "Oceania",
    }
