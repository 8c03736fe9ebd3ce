"""Reference metadata: generated from a release, in four languages, as pages and as data."""

import json
from pathlib import Path

import pytest
from released import copied

from warehouse.publications import metadata
from warehouse.publications.model import LANGUAGES, Release


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("metadata")
    release = Release(copied(folder / "of"))
    assert metadata.write(release, folder / "made") == len(LANGUAGES) * 5
    return folder / "made"


def test_each_indicator_and_the_whole_have_a_page_in_each_language(made):
    for language in LANGUAGES:
        names = {p.stem for p in (made / language).iterdir()}
        assert names == {"index", "population", "gdp", "employment_rate", "green_area_share"}
    text = (made / "ca" / "population.html").read_text(encoding="utf-8")
    assert '<html lang="ca">' in text
    assert "Què mesura" in text
    assert "1 xifres van ser substituïdes per la seva font" in text
    assert "http://" not in text.split("<main")[0]


def test_numbers_are_those_of_the_release(made):
    data = json.loads((made / "metadata.json").read_text(encoding="utf-8"))["metadata"]["en"]
    assert data["population"]["S.13.1"][0] == (
        "36 figures are measured, 0 estimated, 4 projected; 0 are missing at the source."
    )
    assert data["employment_rate"]["S.13.1"][0].endswith("2 are missing at the source.")
    assert data["population"]["S.3.8"] == ["2010 to 2018"]
    assert data["gdp"]["S.18.1"][0].startswith("Source: oecd: Table cities_gdp")


def test_the_calendar_is_that_of_the_schedule_and_no_contact_is_made_up(made):
    from catalog.models import publication

    data = json.loads((made / "metadata.json").read_text(encoding="utf-8"))["metadata"]["en"]
    assert publication.load().calendar.cron in data["release"]["S.8.1"][0]
    assert data["release"]["S.1.1"] == [
        "World Observatory of Metropolitan Areas; no address is stated."
    ]


def test_text_of_a_release_is_never_html(made):
    text = (made / "en" / "population.html").read_text(encoding="utf-8")
    assert "Read &quot;this&quot; (en), first." in text
