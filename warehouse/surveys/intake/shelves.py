"""Where answers and persons are kept: private files, one batch for each file that came.

`survey/batches/<wave>/<batch>.answers.parquet` and `.responses.parquet` hold what is said of institutions;
`protected/<wave>/<batch>.parquet` what identifies persons, keyed by response; `protected/originals`
the files as they came. A batch is named by the hash of its bytes, so the same file is one batch.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import tempfile
import unicodedata
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse import elsewhere, query
from warehouse.errors import WarehouseError
from warehouse.home import Home
from warehouse.store import unwritable

PART = ".part"


@contextmanager
def modest() -> Generator[None]:
    """Arrow's memory from the system: its own allocator keeps what a large file took, as do databases.

    Measured by `python -m benchmarks.survey`: 400 to 470 MB instead of 500 to 540.
    """
    usual = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(usual)
        query.give_back()


def folder(path: Path) -> Path:
    """A folder that only its owner may enter, as are those above it up to the shelf."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    for part in (path, *path.parents):
        part.chmod(0o700)
        if part.name in ("survey", "protected"):
            break
    return path


def put(path: Path, content: bytes | pa.Buffer) -> None:
    """Bytes at `path`, readable by the owner alone, whole or not at all; what fails leaves nothing."""
    part: Path | None = None
    elsewhere.refuse_personal(path)
    try:
        folder(path.parent)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=PART, dir=path.parent)
        part = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise WarehouseError(unwritable(path, error)) from None
    finally:
        if part is not None:
            part.unlink(missing_ok=True)


def unfinished(home: Home) -> list[Path]:
    """Parts that a process left behind when it was killed while writing."""
    return [p for top in (home.protected, home.survey) for p in top.rglob(f".*{PART}")]


def put_table(path: Path, table: pa.Table) -> str:
    """A table at `path`, private; answers with the SHA-256 of the file."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    content = sink.getvalue()
    put(path, content)
    return hashlib.sha256(content).hexdigest()


def table(path: Path, columns: list[str] | None = None) -> pa.Table:
    """A table that `put_table` wrote; raises `WarehouseError` where it was spoiled."""
    try:
        return pq.read_table(path, columns=columns, use_threads=False)
    except (pa.ArrowException, OSError) as error:
        raise WarehouseError(
            f"{path}: it cannot be read ({error}); import its file again."
        ) from None


def waves(home: Home) -> list[str]:
    """The waves that have at least one batch, in order."""
    return sorted({p.parent.name for p in home.survey.glob("batches/*/*.responses.parquet")})


def batches(home: Home, wave: str) -> list[str]:
    """The batches of a wave, in order."""
    found = (home.survey / "batches" / wave).glob("*.responses.parquet")
    return sorted(p.name.removesuffix(".responses.parquet") for p in found)


def answers(home: Home, wave: str, batch: str) -> Path:
    """Answers of a batch that speak of institutions."""
    return home.survey / "batches" / wave / f"{batch}.answers.parquet"


def responses(home: Home, wave: str, batch: str) -> Path:
    """The responses of a batch."""
    return home.survey / "batches" / wave / f"{batch}.responses.parquet"


def persons(home: Home, wave: str, batch: str) -> Path:
    """What identifies the persons of a batch, and all else that is no question."""
    return home.protected / wave / f"{batch}.parquet"


def originals(home: Home, wave: str) -> Path:
    """The files of a wave as they came."""
    return home.protected / "originals" / wave


def read_wave(home: Home, wave: str, kind: str) -> Path:
    """The answers (or responses) of a whole wave, read and compared; made by its partition."""
    return home.survey / "waves" / f"{wave}.{kind}.parquet"


def key(home: Home) -> bytes:
    """The secret of this home from which pseudonyms are made."""
    path = home.protected / "key"
    if not path.exists():
        put(path, secrets.token_bytes(32))
    return path.read_bytes()


_SIGNS = str.maketrans(
    dict.fromkeys("\u2018\u2019\u02bc\u00b4`", "'") | dict.fromkeys("\u2010\u2011\u2013", "-")
)


def folded(text: str) -> str:
    """A name or address as it is compared: full case folding, one form of accents, letters of any
    width, one blank, one apostrophe and one hyphen."""
    once = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold())
    # Which i a capital I is depends on the language: here all are one.
    once = once.replace("i\u0307", "i").replace("ı", "i").translate(_SIGNS)
    return " ".join(once.split())


def pseudonym(secret: bytes, person: str) -> str:
    """A name for a person that says nothing without the secret; empty for nobody."""
    name = folded(person)
    return hmac.new(secret, name.encode(), "sha256").hexdigest()[:16] if name else ""


def forgotten(home: Home) -> set[str]:
    """Pseudonyms, and responses, of persons who asked to be forgotten."""
    path = home.protected / "forgotten.json"
    return set(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else set()


def remember_to_forget(home: Home, more: set[str]) -> None:
    """Add to those who are to be left out when a file with them comes again."""
    listed = sorted(forgotten(home) | more)
    put(home.protected / "forgotten.json", json.dumps(listed).encode())


def decide(home: Home, decision: str, ids: set[str], why: str, when: str) -> None:
    """Note that a person accepted or withdrew responses (`accepted`, `withdrawn`: root_ids)."""
    path = home.survey / "decisions.json"
    found = _decisions(home)
    for one in ids:
        found[decision][one] = {"why": why, "when": when}
    put(path, json.dumps(found, sort_keys=True).encode())


def decided(home: Home) -> dict[str, pa.Table]:
    """What persons decided: `accepted` (response_id) and `withdrawn` (root_id)."""
    found = _decisions(home)
    return {
        "accepted": pa.table({"response_id": pa.array(sorted(found["accepted"]), pa.string())}),
        "withdrawn": pa.table({"root_id": pa.array(sorted(found["withdrawn"]), pa.string())}),
    }


def _decisions(home: Home) -> dict[str, dict[str, dict[str, str]]]:
    path = home.survey / "decisions.json"
    said = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {name: said.get(name, {}) for name in ("accepted", "withdrawn")}


def all_waves(home: Home) -> list[str]:
    """The waves that were read, in order."""
    found = (home.survey / "waves").glob("*.answers.parquet")
    return sorted(p.name.removesuffix(".answers.parquet") for p in found)
