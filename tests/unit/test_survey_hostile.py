"""Files that could do more than hold answers are refused, each with a sentence."""

from __future__ import annotations

import gzip
import zipfile

import pytest
import survey_files as files

from sources.errors import SourceError
from warehouse.surveys.exports.hostile import Hostile, admit, door
from warehouse.surveys.exports.read import read

SHEET = "xl/worksheets/sheet1.xml"
RELS = "xl/worksheets/_rels/sheet1.xml.rels"
LINKS = (
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    b'<Relationship Id="r" Type="http://x/%s" Target="%s" TargetMode="External"/></Relationships>'
)


def sheet(cells: bytes) -> bytes:
    return (
        b'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/'
        b'spreadsheetml/2006/main"><sheetData>' + cells + b"</sheetData></worksheet>"
    )


def cell(place: bytes, inner: bytes = b"<v>1</v>") -> bytes:
    return sheet(b'<row r="1"><c r="' + place + b'">' + inner + b"</c></row>")


BOMB = b'<!DOCTYPE z [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
# What is put into (or over) the parts of a workbook -> a word of the sentence that refuses it.
WORKBOOKS = {
    "macros": ({"xl/vbaProject.bin": b"x"}, "macros"),
    "macro type": ({"[Content_Types].xml": b"<Types>application/vnd.ms-excel.sheet.macroEnabled</Types>"}, "macros"),
    "macro sheet": ({"xl/macrosheets/sheet1.xml": b"<x/>"}, "macro sheets"),
    "dialog sheet": ({"xl/dialogsheets/sheet1.xml": b"<x/>"}, "macro sheets"),
    "active control": ({"xl/activeX/activeX1.xml": b"<x/>"}, "active controls"),
    "embedded object": ({"xl/embeddings/oleObject1.bin": b"x"}, "embedded objects"),
    "embedded workbook": ({"xl/embeddings/a.xlsx": b"x"}, "embedded objects"),
    "other workbook": ({"xl/externalLinks/externalLink1.xml": b"<x/>"}, "other workbooks"),
    "data connection": ({"xl/connections.xml": b"<x/>"}, "data connections"),
    "query": ({"xl/queryTables/q.xml": b"<x/>"}, "data connections"),
    "ribbon": ({"customUI/customUI.xml": b"<x/>"}, "add-ins"),
    "web extension": ({"xl/webextensions/w.xml": b"<x/>"}, "add-ins"),
    "program part": ({"xl/strange.bin": b"MZ"}, "program part"),
    "DDE": ({SHEET: cell(b"A1", b"<f>cmd|'/c calc'!A0</f>")}, "formula"),
    "web service": ({SHEET: cell(b"A1", b'<f>WEBSERVICE("http://x")</f>')}, "formula"),
    "entities": ({SHEET: BOMB + cell(b"A1")}, "entities"),
    "outside entity": ({"xl/workbook.xml": b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>'}, "entities"),
    "entities in the strings": ({"xl/sharedStrings.xml": BOMB + b"<sst/>"}, "entities"),
    "entities in properties": ({"docProps/core.xml": b"<!doctype x><x/>"}, "entities"),
    "UTF-16": ({SHEET: "<?xml?><x/>".encode("utf-16")}, "UTF-8"),
    "far column": ({SHEET: cell(b"XFD1")}, "reaches to"),
    "far row": ({SHEET: cell(b"ZZ1048576")}, "reaches to"),
    "beyond the sheet": ({SHEET: cell(b"A9999999")}, "reaches to"),
    "hidden place": ({SHEET: cell(b"&#88;FD1")}, "hides"),
    "place in single quotes": ({SHEET: b"<worksheet><c r='XFD1'/></worksheet>"}, "reaches to"),
    "place without a blank": ({SHEET: b'<worksheet><c t="s"r="XFD1"/></worksheet>'}, "reaches to"),
    "place behind a sign": ({SHEET: b'<worksheet><c t=">" r= "XFD1"/></worksheet>'}, "hides"),
    "place spelled apart": ({SHEET: b'<worksheet><c r = "XFD1"/></worksheet>'}, "hides"),
    "remote image": ({RELS: LINKS % (b"image", b"http://x/i.png")}, "outside itself"),
    "remote template": ({RELS: LINKS % (b"attachedTemplate", b"http://x/t")}, "outside itself"),
    "link to a file": ({RELS: LINKS % (b"hyperlink", b"file:///etc/passwd")}, "outside itself"),
    "link that runs": ({RELS: LINKS % (b"hyperlink", b"javascript:x")}, "outside itself"),
    "path outside": ({"../../evil.xml": b"<x/>"}, "outside itself"),
    "absolute path": ({"/etc/cron.d/x": b"x"}, "outside itself"),
    "zip bomb": ({"xl/media/a.xml": b"0" * (40 << 20)}, "zip bomb"),
    "too many parts": ({f"xl/media/{n}.xml": b"<x/>" for n in range(4001)}, "parts"),
}  # fmt: skip


@pytest.mark.parametrize("name", WORKBOOKS)
def test_a_hostile_workbook_is_refused(name, tmp_path):
    put, word = WORKBOOKS[name]
    path = files.zipped(tmp_path / "a.xlsx", files.parts(tmp_path / "plain.xlsx") | put)
    with pytest.raises(Hostile, match=word) as refused:
        admit(path)
    assert str(refused.value).startswith("a.xlsx") and str(refused.value).endswith(".")


def twice(path):
    with zipfile.ZipFile(path, "w") as archive, pytest.warns(UserWarning):
        archive.writestr("a.csv", "KEY,SubmissionDate\n")
        archive.writestr("a.csv", "KEY,SubmissionDate\n")


def locked(path):
    path.write_bytes(files.zipped(path, {"a.csv": b"KEY\n1\n"}).read_bytes())
    raw = bytearray(path.read_bytes())
    for sign, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        raw[raw.index(sign) + at] |= 1
    path.write_bytes(bytes(raw))


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
OTHERS = {
    "password.xlsx": (OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
    "old.xls": (OLE, "old format"),
    "empty.csv": (b"", "empty"),
    "page.csv": (b"<!doctype html><html></html>", "HTML"),
    "paper.csv": (b"%PDF-1.7", "PDF"),
    "form.xml": (b"<?xml version='1.0'?><x/>", "XML"),
    "packed.csv": (gzip.compress(b"a;b\n1;2\n"), "gzip"),
    "wide.csv": (b"a," * 6000 + b"\n1\n", "columns"),
    "cut.xlsx": (b"PK\3\4" + b"x" * 50, "damaged"),
    "nothing.zip": (b"PK\5\6" + b"\0" * 18, "incomplete"),
    "zeros.csv": (b"_id;q\n1;\0\n", "zero bytes"),
    "deep.json": (b"[" * 5000 + b"]" * 5000, "JSON"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_hostile_files_are_refused(name, tmp_path):
    raw, word = OTHERS[name]
    path = tmp_path / name
    path.write_bytes(raw)
    with pytest.raises(SourceError, match=word) as refused:
        read(path)
    assert "Traceback" not in str(refused.value)


@pytest.mark.parametrize(("make", "word"), [(twice, "twice"), (locked, "password")])
def test_hostile_archives_are_refused(make, word, tmp_path):
    make(tmp_path / "a.zip")
    with pytest.raises(Hostile, match=word):
        admit(tmp_path / "a.zip")


def test_an_archive_in_the_archive_a_link_and_a_large_file_are_refused(tmp_path, monkeypatch):
    inner = files.zipped(tmp_path / "inner.zip", {"a.csv": b"KEY\n"}).read_bytes()
    with pytest.raises(Hostile, match="unpack it"):
        admit(files.zipped(tmp_path / "outer.zip", {"inner.zip": inner}))
    (tmp_path / "link.csv").symlink_to("/etc/hostname")
    with pytest.raises(Hostile, match="a link"):
        admit(tmp_path / "link.csv")
    monkeypatch.setattr("warehouse.surveys.exports.hostile.MAX_FILE", 10)
    (tmp_path / "large.csv").write_text("_id;q\n1;2222222222\n")
    with pytest.raises(Hostile, match="limit"):
        admit(tmp_path / "large.csv")


def test_plain_files_pass_and_links_to_pages_do_too(tmp_path):
    content = files.parts(tmp_path / "plain.xlsx") | {
        RELS: LINKS % (b"hyperlink", b"https://example.org")
    }
    path = files.zipped(tmp_path / "a.xlsx", content)
    assert read(path).tool == "kobo"
    assert len(WORKBOOKS) + len(OTHERS) >= 30


def test_an_answer_may_look_like_a_place(tmp_path):
    inner = b"<is><t>so r = \"XFD1\", p='x' and a &gt; b</t></is>"
    parts = files.parts(tmp_path / "plain.xlsx") | {SHEET: cell(b"A1", inner)}
    admit(files.zipped(tmp_path / "a.xlsx", parts))


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        (b"<f>1+1</f><v>2</v>", "=1+1"),
        (b'<f t="shared" si="0"/><v>2</v>', ""),
        (b"<f>SUM(B1:B9)</f>", "=SUM(B1:B9)"),
        (b"<x:f>1</x:f>", ""),
    ],
)
def test_a_formula_that_only_computes_is_text_and_is_named(tmp_path, inner, text):
    rows = b'<row r="1"><c r="A1" t="inlineStr"><is><t>_id</t></is></c><c r="B1" t="inlineStr"><is><t>q1</t></is></c></row>'
    rows += b'<row r="2"><c r="A2"><v>7</v></c><c r="B2" s="3">' + inner + b"</c></row>"
    parts = files.parts(tmp_path / "plain.xlsx") | {SHEET: sheet(rows)}
    path = files.zipped(tmp_path / "a.xlsx", parts)
    let_in = door(path)
    assert let_in.formulas == ("answers!B2",) and let_in.raw == path.read_bytes()
    export = read(path)
    assert export.left_out == ("answers!B2",)
    assert [a["value"] for a in export.answers.to_pylist()] == ["7", text]


def test_links_to_files_of_the_web_do_no_harm(tmp_path):
    for target in (b"ftp://ftp.example.org/law.pdf", b"sftp://x.org/a", b"tel:+34930000000"):
        content = files.parts(tmp_path / "plain.xlsx") | {RELS: LINKS % (b"hyperlink", target)}
        assert read(files.zipped(tmp_path / "a.xlsx", content)).tool == "kobo"


def test_a_template_saved_by_another_library_is_let_in(tmp_path):
    rules = b'<dataValidations count="1"><dataValidation type="whole" sqref="B2" promptTitle="Superf&#237;cie"/></dataValidations>'
    parts = files.parts(tmp_path / "plain.xlsx")
    xml = parts[SHEET].replace(b"<pageMargins", rules + b"<pageMargins")
    assert b"&#237;" in xml
    assert read(files.zipped(tmp_path / "a.xlsx", parts | {SHEET: xml})).tool == "kobo"
