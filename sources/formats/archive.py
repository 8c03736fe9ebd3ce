"""What is inside a zip archive, within limits, whatever the archive says of its sizes."""

from __future__ import annotations

import copy
import io
import zipfile
import zlib
from pathlib import Path

from sources.errors import Invalid, Refused
from sources.formats.text import MAX_BYTES, Bound, excerpt

# What the zip module raises for an archive that was cut or changed (RuntimeError: encrypted, or a
# method or version that there is none of; ValueError: a place before the beginning).
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
    OverflowError,
)
_STEP = 16 << 20


def only(raw: bytes, path: Path, suffix: str) -> bytes:
    """The only file of an archive whose name ends in `suffix` (in small letters).

    Raises `Invalid` where there is none or more than one, or where the archive breaks off or is
    damaged; `Refused` where it unpacks to more than 4 GB or grows as only a bomb does.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            found = [i for i in archive.infolist() if _is(i.filename, suffix)]
            if len(found) != 1:
                which = f" ({excerpt(', '.join(i.filename for i in found), 120)})" if found else ""
                raise Invalid(
                    f"{path.name} holds {len(found)} files {suffix}{which}, expected 1: unpack it "
                    "and give the table itself."
                )
            bound, parts = Bound(MAX_BYTES, path.name), []
            with archive.open(found[0]) as stream:
                while part := stream.read(_STEP):
                    bound.add(len(part), max(found[0].compress_size, 1))
                    parts.append(part)
            if not any(parts):
                raise Invalid(
                    f"{path.name}: the file {excerpt(found[0].filename)} in it is empty: fetch it again."
                )
            return b"".join(parts)
    except DAMAGE as error:
        raise Invalid(f"{path.name} breaks off or is damaged ({error}): fetch it again.") from None


def _is(filename: str, suffix: str) -> bool:
    """Whether a part has this suffix and is no shadow: what macOS packs beside each file, a hidden
    file, or the mark of an open one (`~$table.xlsx`)."""
    *folders, name = filename.replace("\\", "/").lower().split("/")
    shadow = "__macosx" in folders or name.startswith((".", "~$"))
    return name.endswith(suffix) and not shadow


def content(archive: zipfile.ZipFile, part: zipfile.ZipInfo, path: Path) -> bytes:
    """All bytes of one part.

    The directory of an archive may state a small size, and the sum of the few bytes that Python's
    zipfile then reads; another reader unpacks all. So one byte more than stated is asked for.
    Raises `Refused` where a part is larger than stated or grows as only a bomb does, and what
    `DAMAGE` lists where it was cut or changed.
    """
    Bound(MAX_BYTES, path.name).add(part.file_size, max(part.compress_size, 1))
    asked = copy.copy(part)
    asked.file_size += 1
    with archive.open(asked) as stream:
        found = stream.read(asked.file_size)
    if len(found) > part.file_size:
        raise Refused(
            f"{path.name} states {part.file_size} bytes for its part '{excerpt(part.filename)}', which "
            "holds more (a zip bomb): do not open it."
        )
    return found


def names(raw: bytes, path: Path) -> list[str]:
    """The names in an archive; raises `Invalid` where it is damaged."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return archive.namelist()
    except DAMAGE as error:
        raise Invalid(f"{path.name} breaks off or is damaged ({error}): fetch it again.") from None
