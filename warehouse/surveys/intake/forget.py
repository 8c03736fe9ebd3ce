"""Forgetting one person: everything that names them goes, what is said of institutions stays.

First they are looked for, and shown; nothing is erased before a person has seen whom it concerns.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from catalog.models.survey import Survey
from warehouse.errors import WarehouseError
from warehouse.home import Home
from warehouse.surveys.governance.resolve import KnownQuestions
from warehouse.surveys.intake import shelves
from warehouse.surveys.intake.intake import PERSON
from warehouse.surveys.waves import invitations


@dataclass(frozen=True)
class Found:
    """A response in which the person was found: where, of which metropolis, under which columns."""

    wave: str
    batch: str
    response: str
    metro: str
    columns: tuple[str, ...]


@dataclass
class Search:
    """Whom `find` found: responses that are theirs, cells of others with the same words, files."""

    wanted: str
    pseudonyms: set[str]
    mine: list[Found] = field(default_factory=list)
    elsewhere: list[Found] = field(default_factory=list)
    inbox: list[Path] = field(default_factory=list)
    invited: int = 0


@dataclass
class Forgotten:
    """What was erased: responses unlinked, protected cells, files, invitations."""

    responses: set[str] = field(default_factory=set)
    cells: int = 0
    files: int = 0
    invitations: int = 0


def find(home: Home, respondent: str, survey: Survey) -> Search:
    """Where a person stands, by e-mail, name, user name, device, or the identifier of a response.

    A response is theirs where a column that names its person holds these words and no others, whatever
    the case, the accents' form and the blanks. Other protected cells that hold the same words, also
    among others, in another order or without accents, are listed apart, since they may speak of
    somebody else. Raises `WarehouseError` where nobody is found; it names those responses.
    """
    wanted = shelves.folded(respondent)
    if not wanted:
        raise WarehouseError("Say whom to forget: an e-mail address, a name, or a response.")
    search = Search(wanted, {shelves.pseudonym(shelves.key(home), respondent)})
    naming = _naming(survey)
    for wave in shelves.waves(home):
        for batch in shelves.batches(home, wave):
            _look(home, wave, batch, search, naming)
    batches = {f.batch for f in search.mine}
    search.inbox = [p for p in _files(home) if _holds(p, wanted, batches)]
    search.invited = invitations.named(home, wanted)
    if not search.mine and not search.inbox and not search.invited:
        near = [
            f"{f.response} ({f.metro or 'no metropolis'}, {f.columns[0]})" for f in search.elsewhere
        ]
        more = f" alone, and these words among others in: {', '.join(near[:8])}" if near else ""
        more += f" and {len(near) - 8} more responses" if len(near) > 8 else ""
        raise WarehouseError(
            f"Nobody is found under '{respondent}'{more}: give the e-mail address, name or user name as "
            "it was given, or the response_id."
        )
    return search


def forget(home: Home, search: Search) -> Forgotten:
    """Erase what `find` found of a person.

    Whole responses of theirs leave the protected store; their link leaves the answers; files as they
    came that hold them are deleted (what others answered in them was kept when they came in), also in
    the inbox. A file with them that comes again leaves them out.
    """
    done = Forgotten({f.response for f in search.mine})
    gone = set(search.pseudonyms)
    places: dict[tuple[str, str], set[str]] = {}
    for one in search.mine:
        places.setdefault((one.wave, one.batch), set()).add(one.response)
    for (wave, batch), ids in places.items():
        gone |= _links(home, wave, batch, ids)
        done.cells += _erase(home, wave, batch, ids)
        for path in shelves.originals(home, wave).glob(f"{batch}.*"):
            path.unlink()
            done.files += 1
    for path in (*search.inbox, *shelves.unfinished(home)):
        path.unlink(missing_ok=True)
        done.files += 1
    done.invitations = invitations.forget(home, search.wanted)
    shelves.remember_to_forget(home, done.responses | (gone - {""}))
    return done


def summary(search: Search) -> list[str]:
    """What `find` found, a line each: whose responses, where, and what only looks the same."""
    lines = [
        f"wave {f.wave} · response {f.response} · {f.metro or 'no metropolis'} · "
        f"found in: {', '.join(f.columns)}"
        for f in search.mine
    ]
    lines += [f"inbox · {p.parent.name}/{p.name}" for p in search.inbox]
    lines += [f"invitations · {search.invited}"] if search.invited else []
    counted = Counter((f.wave, c) for f in search.elsewhere for c in f.columns)
    lines += [
        f"not erased: wave {wave} · {n} cells of '{column}' hold the same words and may be somebody "
        "else's; if they are not, give the response_id"
        for (wave, column), n in sorted(counted.items())
    ]
    return lines


def _naming(survey: Survey) -> frozenset[str]:
    """The questions and columns that name the person who answers."""
    personal = [q.name for q in survey.questions if q.secrecy == "personal"]
    known = KnownQuestions(survey)
    return frozenset(
        {*PERSON, *(n for n in personal if n in PERSON or n.startswith("respondent_"))}
    ) & {
        *PERSON,
        *known.questions,
    }


def _look(home: Home, wave: str, batch: str, search: Search, naming: frozenset[str]) -> None:
    said = shelves.table(shelves.responses(home, wave, batch))
    metro = dict(zip(said["response_id"].to_pylist(), _metros(said), strict=True))
    mine: dict[str, list[str]] = {}
    other: dict[str, list[str]] = {}
    path = shelves.persons(home, wave, batch)
    if path.exists():
        rows = shelves.table(path)
        for row in rows.filter(_same(rows["value"], search.wanted, among=True)).to_pylist():
            names = {str(row["question"]), str(row["header"])}
            whole = shelves.folded(str(row["value"])) == search.wanted
            to = mine if whole and names & naming else other
            to.setdefault(str(row["response_id"]), []).append(str(row["header"]))
    linked = pc.or_(
        pc.equal(said["response_id"], search.wanted),
        pc.is_in(said["respondent"], pa.array(sorted(search.pseudonyms))),
    )
    for one in said.filter(linked)["response_id"].to_pylist():
        mine.setdefault(one, ["response_id" if one == search.wanted else "respondent"])

    def found(listed: dict[str, list[str]]) -> list[Found]:
        return [
            Found(wave, batch, one, metro.get(one, ""), tuple(dict.fromkeys(columns)))
            for one, columns in listed.items()
        ]

    search.mine += found(mine)
    search.elsewhere += found({k: v for k, v in other.items() if k not in mine})


def _metros(said: pa.Table) -> list[str]:
    if "metro_said" not in said.column_names:
        return [""] * len(said)
    return said["metro_said"].to_pylist()


def _same(values: pa.ChunkedArray, wanted: str, among: bool = False) -> pa.Array:
    """Which texts are these words, compared once for each different text; with `among` also those
    that hold all of them among others, in any order and without accents."""
    coded = values.cast(pa.string()).combine_chunks().dictionary_encode()
    said = [shelves.folded(v or "") for v in coded.dictionary.to_pylist()]
    bare = _words(wanted)
    hit = pa.array(
        [v == wanted or (among and bool(bare) and bare <= _words(v)) for v in said], pa.bool_()
    )
    return hit.take(coded.indices)


def _words(text: str) -> frozenset[str]:
    """The words of a folded text without accents and signs; an e-mail address is one word."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return frozenset(
        w.strip("._-") for w in re.findall(r"[\w.+@-]+", plain.replace("mailto:", ""))
    ) | frozenset(re.findall(r"[^\W_]+", plain))


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


def _files(home: Home) -> list[Path]:
    if not home.inbox.is_dir():
        return []
    return sorted(p for p in home.inbox.rglob("*") if p.is_file() and not p.is_symlink())


def _holds(path: Path, wanted: str, batches: Sequence[str] | set[str]) -> bool:
    """Whether a file of the inbox holds the person: one of a batch that did, or that names them."""
    from sources.errors import SourceError
    from warehouse.surveys.exports.read import read

    raw = path.read_bytes()
    if hashlib.sha256(raw).hexdigest()[:16] in batches:
        return True
    try:
        return bool(pc.any(_same(read(path).answers["value"], wanted)).as_py())
    except SourceError:
        return wanted in shelves.folded(raw.decode("utf-8", "replace"))
