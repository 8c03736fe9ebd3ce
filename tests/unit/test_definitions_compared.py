"""Definitions of two editions: what differs, what it is called, whether values compare."""

from collections import Counter
from typing import Any

import pytest

from warehouse.methods.definitions import Definition, before, differences, label, read

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
        place="9",
    )


def test_two_records_alone_are_enough():
    later = read(ROW)
    earlier = read({**ROW, "Year": 2016, "Geographic Level": "City"})
    assert differences(earlier, later) == ["level", "year"]
    assert label(earlier, later) == ("another geographic level; updated year", "no")
    with pytest.raises(ValueError, match="no change that is known"):
        before(later, "Something else entirely")


def test_all_57_indicators_of_the_us_metros(real_data):
    from python_calamine import CalamineWorkbook

    file = real_data / "known_answers" / "us_metros_2019" / "codebook.xlsx"
    names, *rows = CalamineWorkbook.from_path(str(file)).get_sheet_by_name("Codebook").to_python()
    listed: list[dict[str, Any]] = [dict(zip(map(str, names), r, strict=True)) for r in rows]
    verdicts = Counter()
    for row in listed:
        note, after = row["Changes from 2018"].strip(), read(row)
        found = label(before(after, note), after)
        assert found == NOTES[note], row["Indicator"]
        verdicts[found[1]] += 1
        # What the note says of today stands in the fields of today.
        if note.startswith("Moved"):
            assert note.endswith(f"SDG {after.place}")
        if note.startswith("Changed age"):
            assert note.endswith(after.age)
        if note.startswith("Changed denominator"):
            assert note.endswith(after.denominator)
    assert len(listed) == 57
    assert verdicts == {"no": 34, "with care": 19, "yes": 4}
    # Without the note: a threshold taken from the index of 2018 shows that the indicator was there.
    known = [("2018 SDSN US Cit" in r["Threshold Rationale"]) for r in listed]
    new = [r["Changes from 2018"].startswith("New indicator") for r in listed]
    assert not any(k and n for k, n in zip(known, new, strict=True))
    assert sum(k != n for k, n in zip(known, new, strict=True)) == 39
