"""LibreOffice opens workbooks under a Spanish and a French locale: the numbers are the same numbers."""

import csv
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from openpyxl import load_workbook

from warehouse.publications.model import Release
from warehouse.publications.workbooks import Workbooks

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]
LOCALES = {"es": ("es-ES", "."), "fr": ("fr-FR", "\u202f")}
SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse">
<value>{locale}</value></prop></item></oor:items>
"""


def convert(path: Path, form: str, locale: str, folder: Path) -> Path:
    """The file as LibreOffice writes it, in a profile of that locale."""
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(SETTINGS.format(locale=locale))
    program = shutil.which("soffice")
    if program is None:
        pytest.fail("LibreOffice is missing: apt-get install libreoffice-calc.")
    done = subprocess.run(
        [
            *(program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to"),
            *(form, "--outdir", str(folder), str(path)),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    # A text file is of one sheet, whose name is in that of the file.
    made = sorted(folder.glob(f"{path.stem}*.{form.partition(':')[0]}"))
    assert made, done.stdout + done.stderr
    return made[0]


@pytest.mark.parametrize("language", LOCALES)
def test_numbers_open_as_the_same_numbers(small, tmp_path, language):
    locale, separator = LOCALES[language]
    book = tmp_path / "book.xlsx"
    Workbooks(Release(small)).metro("gr-athens", language, book)
    given = [
        (c.row, c.column, c.value)
        for c in (c for row in load_workbook(book).worksheets[1].iter_rows() for c in row)
        if isinstance(c.value, (int, float))
    ]
    assert len(given) >= 10
    again = convert(book, "ods", locale, tmp_path)
    back = convert(again, "xlsx", locale, tmp_path / "back")
    sheet = load_workbook(back).worksheets[1]
    assert [(r, c, sheet.cell(r, c).value) for r, c, _ in given] == given
    # What a person sees: the separators of the locale, on a figure of seven digits.
    shown = convert(
        book,
        "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,2",
        locale,
        tmp_path / "csv",
    )
    with shown.open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    expected = "2.009.876" if language == "es" else "2\u202f009\u202f876"
    assert any(re.sub("[\u00a0\u202f ]", separator, cell) == expected for cell in cells), cells
