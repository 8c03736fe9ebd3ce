"""Workbooks: whole or refused, and cells as text."""

import contextlib
import datetime as dt
import random

import pytest
from books import book
from hypothesis import given
from hypothesis import strategies as st

from sources.errors import Invalid
from sources.formats import workbook

ROWS = [["Code", "Name"], [724, "Spain"], [4.5, None]]


def test_numbers_dates_and_blanks_become_text():
    cells = [724.0, 4.5, "x", "", True, dt.date(2020, 1, 2), dt.datetime(2020, 1, 2, 3, 4)]
    assert workbook.texts(cells).to_pylist() == [
        "724",
        "4.5",
        "x",
        "",
        "TRUE",
        "2020-01-02",
        "2020-01-02 03:04:00",
    ]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_text_of_a_number_reads_back_as_the_same_number(numbers):
    texts = workbook.texts(numbers).to_pylist()
    assert [float(t) for t in texts] == numbers
    assert not any(t.endswith(".0") for t in texts)


@given(st.integers(0, 18_277))
def test_letters_of_columns_are_those_of_excel(place):
    from openpyxl.utils import get_column_letter

    assert workbook.letter(place) == get_column_letter(place + 1)


def test_finds_the_table_below_a_title_and_drops_padding_and_blank_rows(tmp_path):
    rows = [["A title"], [], [*ROWS[0], None, None], ROWS[1], [None, None], ROWS[2]]
    sheet = workbook.find(
        workbook.open_book(book(tmp_path / "a.xlsx", {"Notes": [["n"]], "Data": rows})),
        lambda names: "Code" in names,
    )
    assert sheet is not None
    assert (sheet.name, sheet.names, sheet.first_row) == ("Data", ["Code", "Name"], 4)
    assert [c.to_pylist() for c in sheet.columns] == [["724", "4.5"], ["Spain", ""]]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([["Code", "Code"], [1, 2]], "names the column 'Code' twice"),
        ([["Code", None], [1, 2]], "column B holds cells and has no name in row 1"),
        ([["Code", "Name"]], "has a header and no records"),
    ],
)
def test_a_table_that_loses_cells_is_refused(tmp_path, rows, words):
    path = book(tmp_path / "a.xlsx", {"Data": rows})
    with pytest.raises(Invalid, match=words):
        workbook.find(workbook.open_book(path), lambda names: "Code" in names)


def test_every_cut_and_every_changed_byte_that_matters_is_noticed(tmp_path):
    path = book(tmp_path / "a.xlsx", {"Data": ROWS * 50})
    raw = path.read_bytes()
    whole = workbook.open_book(path).rows("Data")
    chance = random.Random(7)
    for _ in range(40):
        with pytest.raises(Invalid, match=r"a\.xlsx .*download"):
            workbook.open_book(path, raw[: chance.randrange(10, len(raw))])
        changed = bytearray(raw)
        changed[chance.randrange(len(raw))] ^= 0xFF
        with contextlib.suppress(Invalid):
            assert workbook.open_book(path, bytes(changed)).rows("Data") == whole


def test_what_is_no_workbook_is_said(tmp_path, written):
    import io
    import zipfile

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("data.csv", "a,b\n1,2\n")
    for content, words in (
        (stream.getvalue(), "zip archive and no workbook"),
        (b"a,b\n1,2\n", "no Excel workbook"),
        (b"<html><body>Sign in</body></html>", "web page"),
        (b"", "empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 900, "breaks off"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "protected by a password",
        ),
    ):
        with pytest.raises(Invalid, match=words):
            workbook.open_book(written("x.xlsx", content))


def test_a_cut_xls_is_refused_without_a_word_of_the_parser(real_data, capfd):
    path = real_data / "registry" / "WUP2018-F12-Cities_Over_300K.xls"
    raw = path.read_bytes()
    chance = random.Random(3)
    for cut in [600, len(raw) - 1, *(chance.randrange(10, len(raw)) for _ in range(30))]:
        with pytest.raises(Invalid):
            workbook.open_book(path, raw[:cut])
    damaged = bytearray(raw)
    damaged[30_000:30_500] = b"\xff" * 500
    with pytest.raises(Invalid, match="damaged"):
        workbook.open_book(path, bytes(damaged))
    assert capfd.readouterr().err == ""
