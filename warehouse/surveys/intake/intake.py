"""A survey file comes in: read, its persons split off before anything else is written, then kept."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.models.survey import Survey
from sources.errors import Invalid
from warehouse.home import Home
from warehouse.surveys.exports.neutral import Export
from warehouse.surveys.exports.read import read
from warehouse.surveys.governance.resolve import Column, columns
from warehouse.surveys.intake import shelves

WAVE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
# Where a person is looked for, the best first; the first that says something is the respondent.
PERSON = (
    *("respondent_email", "email", "respondent_name", "name", "token", "username", "_submitted_by"),
    *("SubmitterID", "SubmitterName", "deviceid", "device_id", "ipaddr", "IP address"),
)
EMAIL = r"[\w.+-]+@[\w-]+\.[\w.]+"
TELEPHONE = r"\+\d[\d ().-]{7,}\d"
WITHHELD = "withheld"


@dataclass(frozen=True)
class Intake:
    """What came in with one file."""

    wave: str
    batch: str
    tool: str
    responses: int
    answers: int
    kept_apart: int
    unknown: list[str]
    """Headers that are no question of the questionnaire; their answers are kept apart."""
    secrecy_withheld: int = 0


@shelves.modest()
def take_in(
    home: Home,
    path: Path,
    wave: str,
    survey: Survey,
    *,
    metro_id: str = "",
    tool: str | None = None,
    now: datetime | None = None,
) -> Intake:
    """Read one file into the wave's shelf; the same file twice is one batch.

    `metro_id` is the metropolis of responses that name none. Raises `SourceError` for a file that
    cannot be read and `Invalid` for a wave's name that cannot be a folder.
    """
    if not WAVE.fullmatch(wave):
        raise Invalid(
            f"The wave '{wave}' cannot be named so: use letters, digits and '-', as 2026."
        )
    export = read(path, tool)
    _prove_survey(export, path, survey)
    return keep(home, export, path.read_bytes(), path.suffix, wave, survey, metro_id, now)


def keep(
    home: Home,
    export: Export,
    raw: bytes,
    suffix: str,
    wave: str,
    survey: Survey,
    metro_id: str = "",
    now: datetime | None = None,
) -> Intake:
    """Split an export that was read, and put each part on its shelf; the protected one first."""
    batch = hashlib.sha256(raw).hexdigest()[:16]
    found = columns(export.answers, survey)
    open_rows, apart = split(export.answers, found)
    secret, left_out = shelves.key(home), shelves.forgotten(home)
    people = _people(apart, len(export), secret, found)
    ids = _ids(export, survey, wave, batch, _sender(export, people, metro_id))
    gone = np.array(
        [p in left_out or i in left_out for p, i in zip(people, ids.response, strict=True)], bool
    )
    received = (now or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%S")
    responses = _responses(export, ids, batch, received, metro_id, people, gone)
    names = pa.array(ids.response, pa.string())

    def keyed(rows: pa.Table) -> pa.Table:
        response = pa.DictionaryArray.from_arrays(rows["response"].combine_chunks(), names)
        return rows.append_column("response_id", response)

    if gone.any():  # they asked to be forgotten: what came of them again is not kept
        here = pc.is_in(apart["response"], pa.array(np.flatnonzero(gone), pa.int32()))
        apart = apart.filter(pc.invert(here))
    shelves.put_table(shelves.persons(home, wave, batch), keyed(apart))
    if not gone.any():
        shelves.put(shelves.originals(home, wave) / f"{batch}{suffix.lower()}", raw)
    shelves.put_table(shelves.answers(home, wave, batch), keyed(open_rows))
    shelves.put_table(shelves.responses(home, wave, batch), responses)
    unknown = list(
        dict.fromkeys(c.header for c in found if not c.question and c.secrecy == "personal")
    )
    withheld = pc.sum(pc.equal(open_rows["kind"].cast(pa.string()), WITHHELD)).as_py() or 0
    return Intake(
        wave, batch, export.tool, len(export), len(open_rows), len(apart), unknown, withheld
    )


def split(answers: pa.Table, found: list[Column]) -> tuple[pa.Table, pa.Table]:
    """(what is said of institutions, what is kept apart): every cell stands in one of the two.

    Only questions stated as F or N are of institutions. Of these, a text in which an e-mail address or
    a telephone number stands is kept apart, and its cell says `withheld`.
    """
    stated = {c.header for c in found if c.secrecy in ("F", "N")}
    is_open = having(answers, stated)
    texts = answers["value"]
    suspect = pc.or_(pc.match_substring(texts, "@"), pc.match_substring(texts, "+"))
    leaks = np.logical_and(suspect.to_numpy(), is_open)
    if leaks.any():  # the expression itself is slow, and few cells are worth it
        some = np.flatnonzero(leaks)
        wrong = pc.match_substring_regex(texts.take(pa.array(some)), f"{EMAIL}|{TELEPHONE}")
        leaks[some] = wrong.to_numpy()
    apart = answers.filter(pa.array(~is_open | leaks))
    stays = answers.filter(pa.array(is_open))
    told = leaks[is_open]
    if told.any():
        mask = pa.array(told)
        value = pc.if_else(mask, "", stays["value"])
        kind = pc.if_else(mask, WITHHELD, stays["kind"].cast(pa.string())).dictionary_encode()
        stays = stays.set_column(stays.schema.get_field_index("value"), "value", value)
        stays = stays.set_column(stays.schema.get_field_index("kind"), "kind", kind)
    return stays, apart


def having(answers: pa.Table, headers: set[str]) -> np.ndarray:
    """Which cells stand under one of these headers; looked up once a header, not once a cell."""
    found = []
    for chunk in answers["header"].chunks:
        known = np.array([h in headers for h in chunk.dictionary.to_pylist()], bool)
        found.append(known[chunk.indices.to_numpy()])
    return np.concatenate(found) if found else np.zeros(0, bool)


@dataclass(frozen=True)
class _Ids:
    response: list[str]
    root: list[str]
    replaces: list[str]


def _sender(export: Export, people: list[str], metro_id: str) -> str:
    """Who sends a template for which metropolis: the same again is an edit, not a second answer."""
    if export.tool != "template" or not people[0]:
        return ""
    named = pc.equal(export.answers["question"].cast(pa.string()), "metro_id")
    said = export.answers.filter(named)["value"].to_pylist()
    return f"{people[0]}/{said[0] if said and said[0] else metro_id}"


def _ids(export: Export, survey: Survey, wave: str, batch: str, sender: str) -> _Ids:
    """Identifiers made from the tool's own; where it gives none, from the file and the row."""
    tool = "kobo" if export.tool.startswith("kobo") else export.tool

    def made(kind: str, text: str) -> str:
        whole = "\0".join((survey.id, wave, tool, kind, text))
        return hashlib.sha256(whole.encode()).hexdigest()[:16]

    rows = export.responses.select(["uuid", "submission", "replaces"]).to_pylist()
    response, root, replaces = [], [], []
    for n, row in enumerate(rows):
        own = row["uuid"] or row["submission"] or f"{batch}/{n}"
        response.append(made("response", own))
        root.append(made("root", row["submission"] or sender or own))
        replaces.append(made("response", row["replaces"]) if row["replaces"] else "")
    return _Ids(response, root, replaces)


def _people(apart: pa.Table, size: int, secret: bytes, found: list[Column]) -> list[str]:
    """The pseudonym of each response's person; empty where nobody is named."""
    people = [""] * size
    order = {name: n for n, name in enumerate(PERSON)}
    rank = {c.header: order[c.question] for c in found if c.question in order}
    rank |= {c.header: order[c.header] for c in found if c.header in order}
    wanted = pc.is_in(apart["header"].cast(pa.string()), pa.array(list(rank), pa.string()))
    rows = apart.filter(wanted).select(["response", "header", "value"])
    best: dict[int, tuple[int, str]] = {}
    for row in rows.to_pylist():
        if row["value"].strip():
            mine = (rank[row["header"]], row["value"])
            best[row["response"]] = min(best.get(row["response"], mine), mine)
    for response, (_, value) in best.items():
        people[response] = shelves.pseudonym(secret, value)
    return people


def _responses(export, ids: _Ids, batch, received, metro_id, people, gone) -> pa.Table:
    size = len(export)

    def same(text: str) -> pa.Array:
        return pa.array([text] * size, pa.string())

    respondent = [("" if g else p) for p, g in zip(people, gone, strict=True)]
    return pa.table(
        {
            "response_id": pa.array(ids.response, pa.string()),
            "root_id": pa.array(ids.root, pa.string()),
            "replaces": pa.array(ids.replaces, pa.string()),
            "batch": same(batch),
            "tool": same(export.tool),
            "version": export.responses["version"].cast(pa.string()),
            "submitted": _utc(export.responses["submitted"]),
            "received": same(received),
            "state": export.responses["state"].cast(pa.string()),
            "metro_hint": same(metro_id),
            "respondent": pa.array(respondent, pa.string()),
        }
    )


def _utc(times: pa.ChunkedArray) -> pa.Array:
    """Times in UTC to the second; those without a zone are UTC (Kobo says so); else empty."""
    con = duckdb.connect(config={"threads": 1})
    con.execute("set TimeZone = 'UTC'")
    numbers = pa.array(np.arange(len(times), dtype=np.int64))
    con.register("t", pa.table({"n": numbers, "v": times.cast(pa.string())}))
    made = con.sql(
        "select coalesce(strftime(try_cast(v as timestamptz), '%Y-%m-%dT%H:%M:%S'), '') as v "
        "from t order by n"
    ).to_arrow_table()
    return made["v"]


def _prove_survey(export: Export, path: Path, survey: Survey) -> None:
    if export.survey and export.survey != survey.id:
        raise Invalid(
            f"{path.name} answers the questionnaire '{export.survey}', not '{survey.id}': give the "
            "file of this survey."
        )
    found = columns(export.answers, survey)
    if not any(c.question for c in found):
        raise Invalid(
            f"{path.name} has no question of this survey (its columns: "
            f"{', '.join(dict.fromkeys(c.header for c in found))[:80]}): check that it is the export "
            "of the right form."
        )
