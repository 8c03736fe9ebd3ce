"""Archives that unpack to far more than they are: refused by every reader, before the memory is asked."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from sources.errors import Refused, SourceError
from sources.read import read
from tests.books import book, zipped
from warehouse.indices.tables_in import Sheets
from warehouse.surveys.exports.read import read as read_survey

SHEET = "xl/worksheets/sheet1.xml"
BLANKS = b" " * (65 << 20)
READERS: dict[str, Callable[[Path], object]] = {
    **{p: lambda path, p=p: read(p, path) for p in ("un_sdg", "un_habitat", "who", "wup")},
    "data of an index": Sheets,
    "survey": read_survey,
}


def lying(raw: bytes, name: str, summed: int) -> bytes:
    """The archive, its directory and the part itself stating 100 bytes, and the sum of `summed`."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        part = archive.getinfo(name)
        said = struct.pack("<III", zlib.crc32(archive.read(name)[:summed]), part.compress_size, 100)
    true = struct.pack("<III", part.CRC, part.compress_size, part.file_size)
    assert raw.count(true) == 2
    return raw.replace(true, said)


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> Path:
    """A workbook in which nothing is wrong."""
    path = tmp_path_factory.mktemp("books") / "plain.xlsx"
    return book(path, {"data": [["SeriesCode", "GeoAreaCode"], ["A", 4]]})


@cache
def bomb(kind: str, plain: Path) -> bytes:
    """The workbook with one thing changed."""
    with zipfile.ZipFile(plain) as archive:
        parts = {n: archive.read(n) for n in archive.namelist()}
    match kind:
        case "one part":
            return zipped(parts | {"xl/media/a.xml": BLANKS})
        case "a sheet":
            return zipped(parts | {SHEET: parts[SHEET].replace(b"</row>", b"</row>" + BLANKS, 1)})
        case "a part that lies":
            return lying(zipped(parts | {SHEET: parts[SHEET] + BLANKS}), SHEET, 100)
        case "a part that lies twice":
            return lying(zipped(parts | {SHEET: parts[SHEET] + BLANKS}), SHEET, 101)
    noise = bytes(range(256)) * 3_000  # each part below every bound, a thousand of them above
    many = zipped(parts | {f"xl/media/{n}.bin": noise for n in range(20)})
    true, said = (struct.pack("<I", size) for size in (len(noise), len(noise) * 100))
    return many.replace(true, said)


@pytest.mark.parametrize("kind", ["one part", "a sheet", "many parts"])
@pytest.mark.parametrize("reader", READERS)
def test_a_workbook_that_is_a_bomb_is_refused(reader, kind, plain, tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(bomb(kind, plain))
    with pytest.raises(Refused, match=r"a\.xlsx.*(unpack|bomb)"):
        READERS[reader](path)


@pytest.mark.parametrize(
    ("kind", "words"), [("a part that lies", "damaged"), ("a part that lies twice", "zip bomb")]
)
@pytest.mark.parametrize("reader", READERS)
def test_a_size_that_lies_is_found(reader, kind, words, plain, tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(bomb(kind, plain))
    with pytest.raises(SourceError, match=rf"a\.xlsx .*{words}"):
        READERS[reader](path)


@pytest.mark.parametrize(("reader", "inside"), [("ghsl", "a.csv"), ("wup", "a.xlsx")])
def test_an_archive_around_a_table_is_no_way_round(reader, inside, tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({inside: BLANKS}))
    with pytest.raises(Refused, match=r"a\.zip unpacks to more than 200 times its size"):
        read(reader, path)
