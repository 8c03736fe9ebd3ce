"""Definitions of two editions: what differs, what it is called, whether values compare."""

import csv
from collections import Counter
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from catalog.models.index_spec import Codebook
from catalog.models.index_spec import read as spec_of
from pipelines.commands.index import index
from warehouse.indices import definitions
from warehouse.indices.definitions import Definition, before, differences, label

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "indices" / "us_metros_2019.yaml"
BOOK = spec_of(EXAMPLE).codebook
assert BOOK is not None

# Every kind of note in the codebook of the US metropolitan index of 2019, by what it says.
NOTES = {
    "New indicator": ("new indicator", "no"),
    "Updated year": ("updated year", "with care"),
    "New source": ("new source", "with care"),
    "None, same data": ("same data", "yes"),
    "New source, covers; production-related GHG emissions rather than consumption-related CO2 "
    "emissions": ("another concept; new source", "no"),
    "Moved indicator from SDG 10 to SDG 3": ("moved in the framework", "yes"),
    "Moved indicator from SDG 8 to SDG 9": ("moved in the framework", "yes"),
    "Changed age range from 25+ to 25-34": ("another age range", "no"),
    "Changed from low-carbon energy generation to renewable production": ("another concept", "no"),
    "New source, and updated calculation methodology": ("another method; new source", "no"),
    "Changed denominator from all workers to STEM workers": ("another denominator", "no"),
}
ROW = {
    "Indicator name": "Higher education",
    "Description": "Percentage of the population aged 25-34 with a degree",
    "Year": 2017.0,
    "Units": "Count per 1,000 STEM workers",
    "Geographic Level": "MSA",
    "Source": "A survey",
    "SDG": 9.0,
}


def read(row) -> Definition:
    return definitions.read(row, BOOK or Codebook(id="", concept=""))


@pytest.mark.parametrize(("note", "expected"), NOTES.items())
def test_each_note_has_its_label_and_verdict(note, expected):
    after = read(ROW)
    assert label(before(after, note), after) == expected


def test_a_row_is_read_into_fields():
    assert read(ROW) == Definition(
        level="MSA",
        year="2017",
        source="A survey",
        unit="Count per 1,000 STEM workers",
        age="25-34",
        denominator="STEM workers",
        concept="Higher education",
        description="Percentage of the population aged 25-34 with a degree",
        place="9",
    )


def test_two_records_alone_are_enough():
    later = read(ROW)
    earlier = read({**ROW, "Year": 2016, "Geographic Level": "City"})
    assert differences(earlier, later) == ["level", "year"]
    assert label(earlier, later) == ("another geographic level; updated year", "no")
    assert differences(later, read({**ROW, "Indicator name": "higher  EDUCATION"})) == []
    assert label(
        later, read({**ROW, "Description": "Share of those aged 25-34 with a degree"})
    ) == (
        "described otherwise",
        "with care",
    )
    with pytest.raises(ValueError, match="no change that is known"):
        before(later, "Something else entirely")


def test_all_57_indicators_of_the_us_metros(real_data):
    from python_calamine import CalamineWorkbook

    file = real_data / "known_answers" / "us_metros_2019" / "codebook.xlsx"
    names, *rows = CalamineWorkbook.from_path(str(file)).get_sheet_by_name("Codebook").to_python()
    listed = [dict(zip(map(str, names), r, strict=True)) for r in rows]
    verdicts = Counter()
    for row in listed:
        note, after = str(row["Changes from 2018"]).strip(), read(row)
        found = label(before(after, note), after)
        assert found == NOTES[note], row["Indicator"]
        verdicts[found[1]] += 1
        # What the note says of today is in the fields of today.
        if note.startswith("Moved"):
            assert note.endswith(f"SDG {after.place}")
        if note.startswith("Changed age"):
            assert note.endswith(after.age)
        if note.startswith("Changed denominator"):
            assert note.endswith(after.denominator)
    assert len(listed) == 57
    assert verdicts == {"no": 34, "with care": 19, "yes": 4}
    # Without the note: a threshold taken from the index of 2018 shows that the indicator was there.
    known = [("2018 SDSN US Cit" in str(r["Threshold Rationale"])) for r in listed]
    new = [str(r["Changes from 2018"]).startswith("New indicator") for r in listed]
    assert not any(k and n for k, n in zip(known, new, strict=True))
    assert sum(k != n for k, n in zip(known, new, strict=True)) == 39


def test_the_command_reads_the_published_codebook(real_data, tmp_path):
    file = real_data / "known_answers" / "us_metros_2019" / "codebook.xlsx"
    said = CliRunner().invoke(
        index, ["definitions", str(EXAMPLE), str(file), "-o", str(tmp_path)], catch_exceptions=False
    )
    assert said.output.startswith("57 indicators: 34 no, 19 with care, 4 yes")
    assert Counter(r["verdict"] for r in table(tmp_path)) == {"no": 34, "with care": 19, "yes": 4}


HEADER = ["id", "concept", "unit", "year", "changes"]
LATER = [
    ["jobs", "Jobs", "per 100 inhabitants", "2019", "Updated year"],
    ["pay", "Pay", "EUR", "2019", "Something else entirely"],
    ["smog", "Smog", "ug/m3", "2018", "None, same data"],
    ["parks", "Parks", "%", "2019", "New indicator"],
]
EARLIER = [
    ["pay", "Pay", "USD", "2018", ""],
    ["jobs", "JOBS", "per 100 workers", "2019", ""],
    ["smog", "Smog", "ug/m3", "2018", ""],
    ["rent", "Rent", "EUR", "2018", ""],
]


def table(folder: Path) -> list[dict[str, str]]:
    with (folder / "definitions.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def command(tmp_path: Path, later, earlier=None, **codebook):
    mapped = dict(zip(HEADER, HEADER, strict=True)) | codebook
    stated = {
        "units": {"key": "city"},
        "indicators": [{"id": "jobs"}, {"id": "pay"}],
        "codebook": {k: v for k, v in mapped.items() if v} if codebook.get("id") != "" else None,
    }
    (tmp_path / "spec.yaml").write_text(yaml.safe_dump(stated))
    files = []
    for name, rows in (("later", later), ("earlier", earlier)):
        if rows is not None:
            files.append(tmp_path / f"{name}.csv")
            with files[-1].open("w", newline="") as file:
                csv.writer(file).writerows([HEADER, *rows])
    words = ["definitions", str(tmp_path / "spec.yaml"), *map(str, files), "-o", str(tmp_path)]
    return CliRunner().invoke(index, words)


def test_two_codebooks_side_by_side(tmp_path):
    said = command(tmp_path, LATER, EARLIER)
    assert said.exit_code == 0, said.output
    assert [(r["indicator"], r["verdict"], r["changed"]) for r in table(tmp_path)] == [
        ("jobs", "no", "another denominator; another unit"),
        ("pay", "no", "another unit; updated year"),
        ("smog", "yes", "same data"),
        ("parks", "no", "new indicator"),
        ("rent", "no", "gone"),
    ]


@pytest.mark.parametrize(
    ("earlier", "later", "verdict"),
    [
        ({"concept": "Childhood obesity"}, {"concept": "Obese children"}, "not known"),
        ({"concept": "Jobs in research"}, {"concept": "Research jobs"}, "yes"),
        ({"unit": "%"}, {"unit": "Percent"}, "yes"),
        ({"unit": "per 100,000 inhabitants"}, {"unit": "Per 100000 inhabitants"}, "yes"),
        ({"unit": "per 100,000 inhabitants"}, {"unit": "per 100,000 workers"}, "no"),
        ({"source": "Census Bureau, 2017"}, {"source": "Census bureau 2018"}, "yes"),
        ({"source": "Census Bureau"}, {"source": ""}, "not known"),
        ({"year": "2013-2017"}, {"year": "2017, 2013"}, "yes"),
        ({"year": "2016"}, {"year": "2017"}, "with care"),
        ({"age": "25-34"}, {"age": "25+"}, "no"),
        ({"age": ""}, {"age": "25+"}, "not known"),
    ],
)
def test_fields_are_compared_by_what_they_mean(earlier, later, verdict):
    base = {"concept": "Jobs", "unit": "%", "source": "A survey", "year": "2017"}
    changed, found, asked = definitions.compare(
        Definition(**base | earlier), Definition(**base | later)
    )
    assert found == verdict, (changed, asked)
    assert bool(asked) == (verdict == "not known")


@pytest.mark.parametrize(
    ("words", "age"),
    [
        ("Share of people aged 25-34 with a degree", "25-34"),
        ("Ages 15 to 64", "15-64"),
        ("Adults 25 and over", "25+"),
        ("Population aged 65+", "65+"),
        ("Children under 5 years", "<5"),
        ("Deaths of 15-24 year old people", "15-24"),
        ("15-24 years old", "15-24"),
        ("less than 30% of income", ""),
    ],
)
def test_ages_are_read_as_they_are_written(words, age):
    assert read({**ROW, "Description": words}).age == age


def test_what_words_do_not_tell_is_asked_and_a_decision_is_data(tmp_path):
    earlier = [["work", "Jobs", "per 100 inhabitants", "2019", ""], *EARLIER[2:]]
    earlier.append(["parks", "Green space", "%", "2019", ""])
    said = command(tmp_path, LATER, earlier)
    found = {r["indicator"]: r for r in table(tmp_path)}
    assert (found["jobs"]["verdict"], found["jobs"]["changed"]) == (
        "yes",
        "was called work; same data",
    )
    assert found["parks"]["verdict"] == "not known"
    assert found["parks"]["to_decide"] == (
        "the concept is worded otherwise: 'Green space' and 'Parks'"
    )
    assert "1 ask for a person's decision" in said.output
    decided = {"parks": {"verdict": "with care", "reason": "Parks are most of it."}}
    command(tmp_path, LATER, earlier, decisions=decided)
    parks = {r["indicator"]: r for r in table(tmp_path)}["parks"]
    assert (parks["verdict"], parks["to_decide"]) == ("with care", "")
    assert parks["decided"] == "Parks are most of it."
    wrong = command(tmp_path, LATER, earlier, decisions={"park": decided["parks"]})
    assert "codebook.decisions names 'park'" in str(wrong.exception)


def test_one_codebook_and_its_notes(tmp_path):
    said = command(tmp_path, LATER)
    assert said.exit_code == 0, said.output
    found = {r["indicator"]: r for r in table(tmp_path)}
    assert [found[i]["verdict"] for i in ("jobs", "pay", "smog", "parks")] == [
        *("with care", "not known", "yes", "no")
    ]
    assert "'Something else entirely' says no change that is known" in found["pay"]["changed"]
    assert "1 not known" in said.output


@pytest.mark.parametrize(
    ("change", "rows", "sentence"),
    [
        ({"id": ""}, LATER, "add 'codebook' with their columns"),
        ({"changes": ""}, LATER, "give its codebook as EARLIER"),
        ({"unit": "units"}, LATER, "there is no column 'units'; did you mean 'unit'?"),
        ({}, [*LATER, LATER[0]], "line 6: 'jobs' appears twice"),
        ({}, [["", *LATER[0][1:]]], "line 2: column 'id' is empty"),
    ],
)
def test_what_cannot_be_compared_is_a_sentence(tmp_path, change, rows, sentence):
    said = command(tmp_path, rows, **change)
    assert said.exit_code and sentence in str(said.exception)
    assert not (tmp_path / "definitions.csv").exists()
