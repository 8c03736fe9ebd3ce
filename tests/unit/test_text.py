"""Bytes from a path: what is refused, and with which sentence."""

import gzip
import json
import os

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sources.errors import Gone, Invalid, Refused, Retriable, SourceError
from sources.formats import envelope, text
from sources.read import PROVIDERS, read

PAGE = b"<!DOCTYPE html><html><head><title>EU Login</title></head><body>Sign in</body></html>"


@given(st.binary())
def test_gzip_is_transparent(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("gz")
    content = b"a,b\n" + content
    plain, packed = folder / "plain", folder / "packed.csv"
    plain.write_bytes(content)
    half = len(content) // 2
    packed.write_bytes(gzip.compress(content[:half]) + gzip.compress(content[half:]))
    assert text.load(packed) == text.load(plain) == content


@pytest.mark.parametrize("cut", [1, 8, 20, 60])
def test_cut_gzip_says_so(written, cut):
    whole = gzip.compress(os.urandom(200))
    with pytest.raises(Invalid, match=r"a\.tsv is a gzip file that breaks off .* fetch it again"):
        text.load(written("a.tsv", whole[:-cut]))


def test_damaged_gzip_says_so(written):
    whole = bytearray(gzip.compress(b"a" * 1000))
    whole[-6] ^= 0xFF
    with pytest.raises(Invalid, match=r"damaged gzip file \(CRC check failed"):
        text.load(written("a.gz", bytes(whole)))


def test_gzip_bomb_is_refused(written):
    with pytest.raises(Refused, match="unpacks to more than 1000 bytes"):
        text.load(written("a.gz", gzip.compress(b"a" * 1001)), max_bytes=1000)
    assert len(text.load(written("b.gz", gzip.compress(b"a" * 1000)), max_bytes=1000)) == 1000


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b" \r\n\t", "only blanks or zero bytes"),
        (b"\0" * 9000, "only blanks or zero bytes"),
        (gzip.compress(b"", mtime=0), "nothing inside"),
        (PAGE, r"web page \(HTML\).*'EU Login'"),
        (b"\xef\xbb\xbf\n  <HTML><body>x", "web page"),
        (b"<!-- proxy --><html>x", "web page"),
        (b'<?xml version="1.0"?><html xmlns="x">', "web page"),
        (gzip.compress(PAGE, mtime=0), "web page"),
    ],
)
def test_no_data_is_a_sentence(written, content, sentence):
    with pytest.raises(Invalid, match=sentence):
        text.load(written("f", content))


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(Invalid, match="There is no file"):
        text.load(tmp_path / "no")
    with pytest.raises(Invalid, match="is a folder"):
        text.load(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything: run as a plain user")
def test_without_permission(written, tmp_path):
    path = written("a.csv", "a,b\n")
    path.chmod(0)
    with pytest.raises(Refused, match="may not be read"):
        text.load(path)
    with pytest.raises(Refused, match="may not be read"):
        read("eurostat", path)
    tmp_path.chmod(0)
    try:
        with pytest.raises(Refused, match="may not be"):
            read("eurostat", path)
    finally:
        tmp_path.chmod(0o700)


def test_a_refusal_of_the_system_is_a_sentence(written, monkeypatch):
    path = written("a.csv", "a,b\n")

    def refuse(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    with pytest.raises(Refused, match=r"a\.csv may not be read: give yourself the right"):
        read("eurostat", path)
    monkeypatch.setattr("pathlib.Path.stat", lambda self, **_: refuse(self))
    with pytest.raises(Refused, match=r"The folder of .*a\.csv may not be entered"):
        read("eurostat", path)


@given(st.text())
@example("\r")
@example(" \n\r\n x")
@example("\ufeff\ufeff\n")
def test_utf8_comes_back_without_marks_and_blank_lines_above(tmp_path_factory, words):
    words = words.replace("\0", "")
    raw = b"\xef\xbb\xbf" + words.encode()
    words = words.lstrip("\ufeff")
    if "\n" not in words:  # lines that end as on old Macintoshes
        words = words.replace("\r", "\n")
    while "\n" in words and not words[: words.index("\n")].removesuffix("\r").strip(" "):
        words = words[words.index("\n") + 1 :]
    assert text.decode(raw, tmp_path_factory.getbasetemp() / "f").decode() == words


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ("a\nMünchen\n".encode("cp1252"), r"byte 3 \(line 2\) is 0xfc"),
        ("a,b\n".encode("utf-16")[:-1], "begins as UTF-16 and breaks off"),
        (b"a,b\n1,2\n" + b"\0" * 5, r"ends in 5 zero bytes from byte 8 \(line 3\)"),
        (b"a,b\n1,\0\0\n", r"holds zero bytes from byte 6 \(line 2\)"),
    ],
)
def test_wrong_encoding_names_the_place(tmp_path, raw, sentence):
    with pytest.raises(Invalid, match=sentence):
        text.decode(raw, tmp_path / "f.csv")


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b'\xef\xbb\xbf {"a":1}', "json"),
        (b"[1]", "json"),
        (b"<?xml version='1.0'?><S:Fault>", "xml"),
        (b"PK\x03\x04rest", "zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
        (b"PAR1", "parquet"),
        (b"a,b\n", "text"),
    ],
)
def test_sniff(raw, kind):
    assert text.sniff(raw) == kind


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ({"error": [{"status": 413, "id": 413, "label": "EXTRACTION_TOO_BIG: x"}]}, Refused),
        ({"error": [{"status": 404, "id": 100, "label": "ERR_NOT_FOUND_4: X"}]}, Gone),
        ({"error": [{"status": 400, "id": 150, "label": "DIMENSION x unknown"}]}, Invalid),
        ({"error": {"status": 503, "label": "down"}}, Retriable),
        ({"warning": {"status": 413, "label": "ASYNCHRONOUS_RESPONSE. Later."}}, Retriable),
        ({"errors": [{"code": 429, "title": "Too many"}]}, Retriable),
        ({"type": "about:blank", "title": "Not Found", "status": 404}, Gone),
        ({"Message": "An error has occurred."}, Invalid),
        ({"error": "boom"}, Invalid),
    ],
)
def test_messages_in_json_are_typed(tmp_path, document, error):
    with pytest.raises(SourceError) as caught:
        envelope.refuse_json(document, tmp_path / "f.json")
    assert type(caught.value) is error
    assert str(caught.value).startswith("f.json is not data but a message of the provider")


def test_data_is_no_message(tmp_path):
    for document in ({"dimension": {}, "title": "GDP"}, {"data": [], "message": "ok"}, [1], "x"):
        envelope.refuse_json(json.loads(json.dumps(document)), tmp_path / "f.json")


@pytest.mark.parametrize(
    ("raw", "error", "words"),
    [
        (
            b"<S:Fault><faultcode>413</faultcode><faultstring>EXTRACTION_TOO_BIG: x</faultstring></S:Fault>",
            Refused,
            "413",
        ),
        (
            b"<S:Fault><faultcode>500</faultcode><faultstring>Oops</faultstring></S:Fault>",
            Retriable,
            "Oops",
        ),
        (
            b"<a:asyncResponse ><b:status><b:key>0f</b:key><b:status>PROCESSING</b:status></b:status></a:asyncResponse>",
            Retriable,
            "PROCESSING",
        ),
        (
            b"<a:asyncResponse ><b:status><b:key>0f</b:key><b:status>EXPIRED</b:status></b:status></a:asyncResponse>",
            Gone,
            "EXPIRED",
        ),
        (
            b'<m:Error xmlns:m="x"><m:ErrorMessage code="100"><c:Text>No results</c:Text></m:ErrorMessage></m:Error>',
            Gone,
            "No results",
        ),
        (b"<m:StructureSpecificData xmlns:m='x'/>", Invalid, "a format that is not read"),
    ],
)
def test_messages_in_xml_are_typed(tmp_path, raw, error, words):
    with pytest.raises(SourceError, match=words) as caught:
        envelope.refuse_xml(raw, tmp_path / "f.xml")
    assert type(caught.value) is error


@pytest.mark.parametrize("provider", PROVIDERS)
def test_no_reader_takes_nothing(provider, tmp_path, written):
    with pytest.raises(Invalid, match="There is no file"):
        read(provider, tmp_path / "no.csv")
    with pytest.raises(Invalid, match="is a folder"):
        read(provider, tmp_path)
    with pytest.raises(Invalid, match="is empty"):
        read(provider, written("a", b""))


def test_unknown_provider(written):
    with pytest.raises(Invalid, match="no provider 'eurostats': use one of carrier, eurostat"):
        read("eurostats", written("a", b"x"))
