"""The door for survey files: nothing passes that could do more than hold answers.

A workbook is looked at as bytes, part by part, before any parser sees it: archives that blow up,
macros, formulas, links to elsewhere, XML with declarations of its own, cells so far out that a dense
reader would ask for all the memory. After ECMA-376 (Office Open XML) and [MS-CFB].
"""

from __future__ import annotations

import html
import io
import re
import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from sources.errors import Refused
from sources.formats.archive import content
from sources.formats.text import excerpt, sniff
from sources.formats.workbook import reach, sheet_names

MAX_FILE = 64 << 20
MAX_WHOLE = 640 << 20  # unpacked; 5,000 responses of 200 questions are 60 MB
MAX_PARTS = 4_000
MAX_RATIO = 400  # real worksheets reach some 60
MAX_CELLS = 20_000_000  # rows times columns of a sheet's used range
MAX_COLUMNS = 5_000

_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_FORBIDDEN = (
    (re.compile(r"vbaProject|vbaData|\.bin$.*macro", re.I), "macros"),
    (re.compile(r"xl/(macrosheets|dialogsheets|intlmacrosheets)/", re.I), "macro sheets"),
    (re.compile(r"xl/(activeX|ctrlProps)/", re.I), "active controls"),
    (re.compile(r"xl/embeddings/|oleObject", re.I), "embedded objects"),
    (re.compile(r"xl/externalLinks/", re.I), "links to other workbooks"),
    (re.compile(r"xl/(connections|queryTables)|xl/model/|customData", re.I), "data connections"),
    (re.compile(r"customUI/|xl/webextensions/", re.I), "add-ins"),
)
_MACRO_TYPE = re.compile(rb"macroEnabled|ms-excel\.(?:macrosheet|dialogsheet)", re.I)
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_CELL = re.compile(
    rb"<(?P<x>(?:\w+:)?)c\b(?P<head>[^>]*)(?<!/)>(?P<inside>.*?)</(?P=x)c>",
    re.S,
)
_TEXT = re.compile(rb"<f(?:\s[^>]*)?>([^<]+)</f>")
_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,3}\d{1,7})["']""")
# What a formula could do beyond computing: start a program, ask a server, read another file.
_ACTS = re.compile(
    rb"\||\[|://|\\\\|\b(?:WEBSERVICE|HYPERLINK|FILTERXML|IMPORT\w+|RTD|DDE\w*|CALL|EXEC|REGISTER\w*"
    rb"|INFO|CELL|INDIRECT|IMAGE|SQL\.\w+)\s*\(",
    re.I,
)
_COMMENT = re.compile(rb"<(?:\w+:)?(?:comment|threadedComment)\s[^>]*>")
_AUTHOR = re.compile(rb"<(?:\w+:)?author>([^<]*)</")
_ATTRIBUTE = re.compile(rb"""\b(\w+)\s*=\s*["']([^"']*)["']""")
OURS = "Observatory"  # the author of the comments in marked copies
# Inside a tag alone: an answer may hold such words.
_SPREAD = re.compile(rb"""<[\w:]+(?:[^<>"']|"[^"]*"|'[^']*')*?\br(?:\s+=\s*|=\s+)["']""")
_ESCAPED = re.compile(rb"<(?:\w+:)?(?:c|row|dimension|mergeCell)\s[^>]*&#")
_OUTSIDE = re.compile(
    rb"<(?:\w+:)?Relationship\s[^>]*TargetMode\s*=\s*[\"']External[\"'][^>]*>", re.I
)
_LINK = re.compile(rb"""Target\s*=\s*["'](?:(?:https?|s?ftps?)://|mailto:|tel:|#)""", re.I)
_DECLARES = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.I)


class Hostile(Refused):
    """A file that is not let in; `str(error)` says why and how to mend it."""


@dataclass(frozen=True)
class Admitted:
    """A file that was let in: its bytes as they came, those that may be read, what was left out.

    `formulas` and `comments` name cells, such as `Bodies!D7`.
    """

    raw: bytes
    safe: bytes
    formulas: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()


def admit(path: Path) -> bytes:
    """The bytes of a survey file that may be read; `Hostile` where it may not, in a sentence."""
    return door(path).safe


def door(path: Path) -> Admitted:
    """A survey file, read once, with what was left out of it at the door.

    A formula that only computes becomes its own text in the bytes that are read, and is named; one
    that could do more is a reason to refuse the file. Raises `Hostile`, a sentence.
    """
    path = Path(path)
    raw = _load(path)
    kind = sniff(raw)
    if kind == "ole":
        if _ENCRYPTED in raw:
            raise Hostile(
                f"{path.name} is protected by a password: save it without one and send it again."
            )
        raise Hostile(
            f"{path.name} is in the old format of Excel (.xls), which can hide programs: save it as "
            ".xlsx and send it again."
        )
    if kind in ("html", "pdf", "parquet", "xml"):
        raise Hostile(
            f"{path.name} is {kind.upper()} and no export of answers: export as XLSX, CSV or JSON."
        )
    if raw[:2] == b"\x1f\x8b":
        raise Hostile(f"{path.name} is a gzip file: unpack it and send what is inside.")
    if kind == "zip":
        return _archive(raw, path)
    if kind == "text":
        _text(raw, path)
    return Admitted(raw, raw)


def _load(path: Path) -> bytes:
    try:
        what = path.lstat()
    except FileNotFoundError:
        raise Hostile(f"There is no file {path}: check the path.") from None
    except OSError as error:
        raise Hostile(f"{path} cannot be read ({error.strerror}): check its permissions.") from None
    if not stat.S_ISREG(what.st_mode):
        raise Hostile(f"{path.name} is a link, a folder or a device, not a file: give the file.")
    if what.st_size > MAX_FILE:
        raise Hostile(
            f"{path.name} has {what.st_size >> 20} MB, the limit is {MAX_FILE >> 20}: export fewer "
            "responses at a time, and no photos."
        )
    if not what.st_size:
        raise Hostile(f"{path.name} is empty (0 bytes): export it again.")
    try:
        return path.read_bytes()
    except OSError as error:
        raise Hostile(f"{path} cannot be read ({error.strerror}): check its permissions.") from None


def _archive(raw: bytes, path: Path) -> Admitted:
    changed: dict[str, bytes] = {}
    formulas: dict[str, list[str]] = {}
    seen: dict[str, bytes] = {}  # the small parts that say what is where
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            parts = archive.infolist()
            _outline(parts, raw, path)
            names = {p.filename for p in parts}
            book = "[Content_Types].xml" in names
            if book and "xl/workbook.xml" not in names:
                raise Hostile(
                    f"{path.name} is no .xlsx workbook (it has no xl/workbook.xml): save it as .xlsx."
                )
            for part in parts:
                if not book and not part.is_dir():
                    _beside(archive, part, path)
                if not book:
                    continue
                xml = _part(archive, part, path)
                name = part.filename.lower()
                if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                    xml, cells = _without_formulas(xml, part.filename, path)
                    if cells:
                        changed[part.filename], formulas[name] = xml, cells
                elif name.endswith((".rels", "xl/workbook.xml")) or "comment" in name:
                    seen[name] = xml
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError,
            OSError) as error:  # fmt: skip
        raise Hostile(
            f"{path.name} breaks off or is damaged ({excerpt(str(error), 50)}): export it again."
        ) from None
    sheets = sheet_names(
        seen.get("xl/workbook.xml", b""), seen.get("xl/_rels/workbook.xml.rels", b"")
    )
    left_out = [f"{sheets.get(n, n)}!{c}" for n, cells in formulas.items() for c in cells]
    safe = _rewritten(raw, changed) if changed else raw
    return Admitted(raw, safe, tuple(left_out), tuple(_comments(seen, sheets)))


def _rewritten(raw: bytes, changed: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(raw)) as old,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.infolist():
            new.writestr(part.filename, changed.get(part.filename) or old.read(part))
    return made.getvalue()


def _comments(seen: dict[str, bytes], sheets: dict[str, str]) -> list[str]:
    """The cells with a comment that is not ours, by the relations of each sheet."""
    found = []
    for part, title in sheets.items():
        folder, _, name = part.rpartition("/")
        for one in re.findall(rb"<[^>]*>", seen.get(f"{folder}/_rels/{name}.rels", b"")):
            target = (
                dict(_ATTRIBUTE.findall(one)).get(b"Target", b"").decode("utf-8", "replace").lower()
            )
            leaf = target.rsplit("/", 1)[-1]
            xml = next(
                (x for n, x in seen.items() if n.endswith(f"/{leaf}") and "comment" in leaf), b""
            )
            authors = [a.decode("utf-8", "replace") for a in _AUTHOR.findall(xml)]
            for comment in _COMMENT.findall(xml):
                said = {k: v.decode() for k, v in _ATTRIBUTE.findall(comment)}
                number = said.get(b"authorId", "")
                author = (
                    authors[int(number)] if number.isdigit() and int(number) < len(authors) else ""
                )
                if said.get(b"ref") and author != OURS:
                    found.append(f"{title}!{said[b'ref']}")
    return list(dict.fromkeys(found))


def _outline(parts: list[zipfile.ZipInfo], raw: bytes, path: Path) -> None:
    """What the archive's own list of contents gives away."""
    if not parts:
        raise Hostile(f"{path.name} is an empty archive: export it again.")
    if len(parts) > MAX_PARTS:
        raise Hostile(
            f"{path.name} has {len(parts)} parts, the limit is {MAX_PARTS}: no export has."
        )
    seen: set[str] = set()
    whole = 0
    for part in parts:
        name = part.filename
        if name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or ":" in name:
            raise Hostile(
                f"{path.name} names a part outside itself ('{excerpt(name)}'): do not open it."
            )
        if name.lower() in seen:
            raise Hostile(f"{path.name} has the part '{excerpt(name)}' twice: export it again.")
        seen.add(name.lower())
        if part.flag_bits & 1:
            raise Hostile(f"{path.name} is protected by a password: send it without one.")
        whole += part.file_size
        if part.file_size > 1 << 20 and part.file_size > MAX_RATIO * max(part.compress_size, 1):
            raise Hostile(
                f"{path.name}: the part '{excerpt(name)}' unpacks to {part.file_size >> 20} MB from "
                "almost nothing, which no export does (a zip bomb): do not open it."
            )
    packed = sum(p.compress_size for p in parts)
    if whole > MAX_WHOLE or packed > len(raw):
        raise Hostile(
            f"{path.name} would unpack to {whole >> 20} MB, the limit is {MAX_WHOLE >> 20} (a zip "
            "bomb): export fewer responses at a time."
        )
    for name in seen:
        for pattern, what in _FORBIDDEN:
            if pattern.search(name):
                raise Hostile(
                    f"{path.name} holds {what} ({excerpt(name)}): copy the answers into the template "
                    "or into a new workbook, and save it as .xlsx."
                )


def _read(archive: zipfile.ZipFile, part: zipfile.ZipInfo, path: Path) -> bytes:
    try:
        return content(archive, part, path)
    except Refused as error:
        raise Hostile(str(error)) from None


def _part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, path: Path) -> bytes:
    name = part.filename.lower()
    if name.endswith(".bin") and not name.startswith("xl/printersettings/"):
        raise Hostile(f"{path.name} holds a program part ({name}): save it as plain .xlsx.")
    xml = _read(archive, part, path)
    if not name.endswith((".xml", ".rels", ".vml")):
        return xml
    head = xml[:4]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in xml[:64]:
        raise Hostile(
            f"{path.name}: '{name}' is not in UTF-8, as no spreadsheet writes it: save it again."
        )
    if b"<!" in xml and _DECLARES.search(xml):
        raise Hostile(
            f"{path.name}: '{name}' declares entities of its own, which can read other files or blow "
            "up: save the answers in a new workbook."
        )
    if name == "[content_types].xml" and _MACRO_TYPE.search(xml):
        raise Hostile(f"{path.name} holds macros: save it as .xlsx without macros.")
    if name.endswith(".rels"):
        _links(xml, path)
    if name.startswith("xl/worksheets/") and name.endswith(".xml"):
        _sheet(xml, name, path)
    return xml


def _without_formulas(xml: bytes, name: str, path: Path) -> tuple[bytes, list[str]]:
    """A sheet without the cells that hold formulas, and their places.

    Looking for plain bytes first: the expressions alone would take seconds on a large sheet.
    """
    if not ((b"<f" in xml or b":f" in xml) and _FORMULA.search(xml)):
        return xml, []
    places: list[str] = []

    def without(cell: re.Match[bytes]) -> bytes:
        if not _FORMULA.search(cell["inside"]):
            return cell.group(0)
        place = _PLACE.search(cell["head"])
        where = place.group(1).decode() if place else "a cell"
        if _ACTS.search(html.unescape(cell["inside"].decode("utf-8", "replace")).encode()):
            raise Hostile(
                f"{path.name}: {where} of '{name.rsplit('/', 1)[-1]}' holds a formula that could do "
                "more than compute: replace it by its value (copy, then paste special, values)."
            )
        places.append(where)
        text = _TEXT.search(cell["inside"])
        if not text or not place:
            return b""
        # An answer that begins with `=` is what a person wrote: it stays, as text.
        tag = cell["x"] + b"c"
        words = b"<is><t>=" + text.group(1) + b"</t></is>"
        return (
            b"<" + tag + b' r="' + place.group(1) + b'" t="inlineStr">' + words + b"</" + tag + b">"
        )

    made = _CELL.sub(without, xml)
    if _FORMULA.search(made):
        raise Hostile(
            f"{path.name}: '{name.rsplit('/', 1)[-1]}' holds a formula outside its cells: copy the "
            "answers into the template or into a new workbook, and save it as .xlsx."
        )
    return made, places


def _links(xml: bytes, path: Path) -> None:
    for found in _OUTSIDE.findall(xml):
        if b"/hyperlink" not in found or not _LINK.search(found):
            raise Hostile(
                f"{path.name} points to something outside itself ({excerpt(found, 70)}): remove the "
                "link, or copy the answers into a new workbook."
            )


def _sheet(xml: bytes, name: str, path: Path) -> None:
    spread = any(w + b"=" in xml or b"=" + w in xml for w in (b" ", b"\t", b"\r", b"\n"))
    if (b"&#" in xml and _ESCAPED.search(xml)) or (spread and _SPREAD.search(xml)):
        raise Hostile(f"{path.name}: '{name}' hides the places of cells: save it again.")
    _, rows, columns = reach(xml)
    rows = max(rows, xml.count(b"<row"), xml.count(b":row"))
    if rows > 1_048_576 or columns > MAX_COLUMNS or rows * columns > MAX_CELLS:
        raise Hostile(
            f"{path.name}: the sheet '{name}' reaches to row {rows} and column {columns}, further "
            "than answers do: delete the empty rows and columns, or export fewer responses."
        )


def _beside(archive: zipfile.ZipFile, part: zipfile.ZipInfo, path: Path) -> None:
    """A part of a plain zip: CSV files and media, never an archive in the archive."""
    name = part.filename.lower()
    if name.endswith((".zip", ".gz", ".xlsx", ".xlsm", ".xls", ".7z", ".tar", ".jar", ".exe")):
        raise Hostile(
            f"{path.name} holds '{excerpt(part.filename)}': unpack it and send the file inside."
        )
    if name.endswith(".csv"):
        _text(_read(archive, part, path), Path(part.filename))


def _text(raw: bytes, path: Path) -> None:
    line = raw[: raw.find(b"\n") + 1 or len(raw)]
    if max(line.count(b","), line.count(b";"), line.count(b"\t")) > MAX_COLUMNS:
        raise Hostile(f"{path.name} has more than {MAX_COLUMNS} columns: export fewer questions.")
    if len(line) > 1 << 20:
        raise Hostile(f"{path.name} has a first line of {len(line) >> 20} MB: this is no export.")
