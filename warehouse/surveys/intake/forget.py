"""Forgetting one person: everything that names them goes, what is said of institutions stays."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.errors import WarehouseError
from warehouse.home import Home
from warehouse.surveys.intake import shelves


@dataclass
class Forgotten:
    """What was erased: responses unlinked, protected cells, files."""

    responses: set[str] = field(default_factory=set)
    cells: int = 0
    files: int = 0


def forget(home: Home, respondent: str) -> Forgotten:
    """Erase a person by e-mail, name, user name, device, or the identifier of a response.

    Whole responses of theirs leave the protected store; their link leaves the answers; files as they
    came that hold them are deleted (what others answered in them was kept when they came in), also in
    the inbox. A file with them that comes again leaves them out. Raises `WarehouseError` where
    nobody is found.
    """
    wanted = " ".join(respondent.casefold().split())
    if not wanted:
        raise WarehouseError("Say whom to forget: an e-mail address, a name, or a response.")
    secret = shelves.key(home)
    done = Forgotten()
    pseudonyms: set[str] = {shelves.pseudonym(secret, respondent)}
    found: dict[tuple[str, str], set[str]] = {}
    for wave in shelves.waves(home):
        for batch in shelves.batches(home, wave):
            ids = _of(home, wave, batch, wanted, pseudonyms)
            if ids:
                found[wave, batch] = ids
                done.responses |= ids
    if not done.responses:
        raise WarehouseError(
            f"Nobody is found under '{respondent}': give the e-mail address, name or user name as it "
            "was given, or the response_id."
        )
    for (wave, batch), ids in found.items():
        pseudonyms |= _links(home, wave, batch, ids)
        done.cells += _erase(home, wave, batch, ids)
        for path in shelves.originals(home, wave).glob(f"{batch}.*"):
            path.unlink()
            done.files += 1
    done.files += _inbox(home, wanted, {batch for _, batch in found})
    shelves.remember_to_forget(home, done.responses | (pseudonyms - {""}))
    return done


def _of(home: Home, wave: str, batch: str, wanted: str, pseudonyms: set[str]) -> set[str]:
    """The responses of the person in a batch."""
    ids = set()
    path = shelves.persons(home, wave, batch)
    if path.exists():
        rows = shelves.table(path)
        folded = pc.utf8_lower(pc.utf8_trim_whitespace(rows["value"]))
        ids |= set(
            rows.filter(pc.equal(folded, wanted))["response_id"].cast(pa.string()).to_pylist()
        )
    responses = shelves.table(shelves.responses(home, wave, batch))
    mine = pc.or_(
        pc.equal(responses["response_id"], wanted),
        pc.is_in(responses["respondent"], pa.array(sorted(pseudonyms))),
    )
    return ids | set(responses.filter(mine)["response_id"].to_pylist())


def _links(home: Home, wave: str, batch: str, ids: set[str]) -> set[str]:
    """Take the respondent off the responses of a batch and of the wave; answers with their pseudonyms."""
    gone: set[str] = set()
    for path in (shelves.responses(home, wave, batch), shelves.read_wave(home, wave, "responses")):
        if not path.exists():
            continue
        rows = shelves.table(path)
        mine = pc.is_in(rows["response_id"], pa.array(sorted(ids)))
        gone |= set(rows.filter(mine)["respondent"].to_pylist())
        place = rows.schema.get_field_index("respondent")
        left = pc.if_else(mine, "", rows["respondent"])
        shelves.put_table(path, rows.set_column(place, "respondent", left))
    return gone


def _erase(home: Home, wave: str, batch: str, ids: set[str]) -> int:
    path = shelves.persons(home, wave, batch)
    rows = shelves.table(path)
    mine = pc.is_in(rows["response_id"].cast(pa.string()), pa.array(sorted(ids)))
    kept = rows.filter(pc.invert(mine))
    # A dictionary would keep the names that no row has any more.
    plain = pa.table({n: _plain(kept[n]) for n in kept.column_names})
    shelves.put_table(path, plain)
    return len(rows) - len(kept)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column


def _inbox(home: Home, wanted: str, batches: set[str]) -> int:
    """Delete files of the inbox that hold the person: of a batch that did, or naming them."""
    import hashlib

    from sources.errors import SourceError
    from warehouse.surveys.exports.read import read

    count = 0
    for path in sorted(p for p in home.inbox.rglob("*") if p.is_file() and not p.is_symlink()):
        raw = path.read_bytes()
        named = hashlib.sha256(raw).hexdigest()[:16] in batches
        if not named:
            try:
                values = read(path).answers["value"]
                folded = pc.utf8_lower(pc.utf8_trim_whitespace(values))
                named = bool(pc.any(pc.equal(folded, wanted)).as_py())
            except SourceError:
                named = wanted.encode() in raw.lower()
        if named:
            path.unlink()
            count += 1
    return count
