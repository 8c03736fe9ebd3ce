"""The bridge from series to indicators."""

import shutil
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import catalog
from catalog.contents import FOLDER
from warehouse import tables
from warehouse.methods import frameworks
from warehouse.methods.frameworks import series_framework


def test_one_observation_under_three_indicators_is_one_record_and_three_rows(tmp_path):
    rows = {
        "SeriesCode": ["VC_DSR_MORT", "VC_DSR_MORT", "SH_H2O_SAFE", "OLD"],
        "Indicator": ["1.5.1;11.5.1;13.1.1", "1.5.1;11.5.1;13.1.1", "6.1.1", "11.b.1"],
        "recorded_to": pa.array([None, None, None, 0], pa.timestamp("us")),
    }
    pq.write_table(pa.table(rows), tmp_path / "un.parquet")
    pq.write_table(pa.table({"geo": ["A"]}), tmp_path / "other.parquet")
    found = series_framework(
        {
            ("un_sdg", "goal13"): tmp_path / "un.parquet",
            ("eurostat", "x"): tmp_path / "other.parquet",
        }
    ).to_pylist()
    assert [(r["series"], r["code"], r["target"], r["goal"], r["records"]) for r in found] == [
        ("SH_H2O_SAFE", "6.1.1", "6.1", "6", 1),
        ("VC_DSR_MORT", "1.5.1", "1.5", "1", 2),
        ("VC_DSR_MORT", "11.5.1", "11.5", "11", 2),
        ("VC_DSR_MORT", "13.1.1", "13.1", "13", 2),
    ]
    assert {(r["source_id"], r["dataset"], r["framework"]) for r in found} == {
        ("un_sdg", "goal13", "sdg")
    }


def test_no_history_gives_no_rows():
    assert series_framework({}).num_rows == 0


def made(known, name):
    """The rows of a table that the catalog alone makes."""
    given: Any = SimpleNamespace(statement=tables.of(name), catalog=known)
    return frameworks.make(given).to_pylist()


def test_a_new_framework_is_one_file(tmp_path):
    folder = tmp_path / "catalog"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (folder / "frameworks" / "oslo.yaml").write_text(
        "- code: A1\n"
        "  title: People in the city\n"
        "  titles: {ca: Gent a la ciutat}\n"
        "  official: [en]\n"
        "  indicators: [population, area]\n"
        "  source: a text that was opened\n",
        encoding="utf-8",
    )
    known = catalog.load(folder)
    row = next(r for r in made(known, "framework") if r["framework"] == "oslo")
    assert (row["code"], row["title_ca"], row["official"]) == ("A1", "Gent a la ciutat", "en")
    assert [r for r in made(known, "indicator_framework") if r["framework"] == "oslo"] == [
        {"indicator_id": i, "framework": "oslo", "code": "A1"} for i in ("area", "population")
    ]
    assert ("area", "oslo", "A1") in known.answers()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("indicators: [populatoin]", "there is no indicator 'populatoin'"),
        ("official: [fr]", "there is no title in 'fr'"),
    ],
)
def test_a_mistake_in_a_framework_is_a_sentence(tmp_path, text, said):
    folder = tmp_path / "catalog"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (folder / "frameworks" / "oslo.yaml").write_text(
        f'- {{code: "1", title: t, source: s, {text}}}\n', encoding="utf-8"
    )
    with pytest.raises(Exception, match=said):
        catalog.load(folder)


def test_the_official_wording_is_told_from_translations():
    listed = {(r["framework"], r["code"]): r for r in made(catalog.load(), "framework")}
    sdg = listed["sdg", "11.5.2"]
    assert sdg["title_es"] and sdg["title_fr"] and sdg["title_ca"]
    assert sdg["official"] == "en, es, fr"  # Catalan is a translation by volunteers
    assert "not a text of the United Nations" in sdg["note"]
    assert (listed["sdg", "11.5.3"]["official"], listed["sdg", "11.5.3"]["title_es"]) == (
        "en",
        None,
    )
    assert listed["sdg", "11.6.1"]["title_ca"] is None  # the text translates another indicator
    assert "the area they live" in listed["sdg", "16.1.4"]["title"]
    assert not any(r["official"] and "ca" in r["official"].split(", ") for r in listed.values())


def test_unseen_numbers_of_the_new_urban_agenda_stay_empty():
    seen = {int(r["code"]) for r in made(catalog.load(), "framework") if r["framework"] == "nua"}
    assert seen == {*range(1, 13), 19, 35, 36}


def test_an_indicator_says_each_number_once():
    rows = made(catalog.load(), "indicator_framework")
    assert len({tuple(r.values()) for r in rows}) == len(rows) > 40
    codes = {(r["framework"], r["code"]) for r in made(catalog.load(), "framework")}
    assert {(r["framework"], r["code"]) for r in rows} <= codes
