"""A survey file comes in: read, its persons split off before anything else is written, then kept."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.models.survey import Survey
from sources.errors import Invalid
from warehouse import query
from warehouse.home import Home
from warehouse.surveys.exports.neutral import Export
from warehouse.surveys.exports.read import opened
from warehouse.surveys.governance.resolve import ExportColumn, columns
from warehouse.surveys.intake import identity, shelves, told

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
    told: tuple[str, ...] = ()
    """What was not read, with the remedy, a sentence each."""


@dataclass(frozen=True)
class Choice:
    """What a person said of a file where it does not say it itself.

    source: the form or server that it came from. edited: responses with a number of an earlier one
    are newer versions of it. known: what to do with responses that another wave holds already, `skip`
    or `keep`; nothing said, they are asked about. via: how the file came (`command`, `inbox`).
    """

    source: str = ""
    edited: bool = False
    known: str = ""
    via: str = "command"


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
    choice: Choice = Choice(),
    prove: Callable[[Export], object] = lambda _: None,
) -> Intake:
    """Read one file into the wave's shelf; the same file twice is one batch.

    `metro_id` is the metropolis of responses that name none. `prove` raises `SourceError` for an
    export in which something must be mended first. The file is read once: what is judged, kept and
    published are the same bytes. Raises `SourceError` for a file that cannot be read, `Invalid` for a
    wave's name that cannot be a folder or a file of another survey, `Undecided` where a person must
    say which responses are which.
    """
    if not WAVE.fullmatch(wave):
        raise Invalid(
            f"The wave '{wave}' cannot be named so: use letters, digits and '-', as 2026."
        )
    export, raw = opened(path, tool)
    _prove_survey(export, path, survey)
    prove(export)
    return keep(home, export, raw, path.suffix, wave, survey, metro_id, now, choice)


def keep(
    home: Home,
    export: Export,
    raw: bytes,
    suffix: str,
    wave: str,
    survey: Survey,
    metro_id: str = "",
    now: datetime | None = None,
    choice: Choice = Choice(),
) -> Intake:
    """Split an export that was read, and put each part on its shelf; the protected one first."""
    batch = hashlib.sha256(raw).hexdigest()[:16]
    found = columns(export.answers, survey)
    told.prove_one_column_each(export, found)
    open_rows, apart = split(export.answers, found)
    sentences = told.sentences(export, open_rows, found, survey)
    secret, left_out = shelves.key(home), shelves.forgotten(home)
    people = _people(apart, len(export), secret, found)
    submitted = _utc(export.responses["submitted"])
    metros = _metros(export, found, metro_id)
    ids = identity.identify(
        export, survey, wave, choice.source,
        submitted=submitted.to_pylist(), metros=metros, people=people,
        contents=identity.contents(export.answers, found, len(export)),
    )  # fmt: skip
    family = "kobo" if export.tool.startswith("kobo") else export.tool
    earlier = [
        row
        for row in _earlier(home, wave)
        if row["source"] == choice.source and row["family"] == family and row["batch"] != batch
    ]
    ids = identity.decide(ids, earlier, choice.edited)
    skipped = _known_elsewhere(home, wave, ids, choice)
    gone = np.array(
        [p in left_out or i.response in left_out for p, i in zip(people, ids, strict=True)], bool
    )
    received = (now or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%S")
    size = len(export)
    same = {
        "batch": batch, "tool": export.tool, "family": family, "source": choice.source,
        "via": choice.via, "received": received, "metro_hint": metro_id,
    }  # fmt: skip
    responses = pa.table(
        {
            "response_id": pa.array([i.response for i in ids], pa.string()),
            "root_id": pa.array([i.root for i in ids], pa.string()),
            "replaces": pa.array([i.replaces for i in ids], pa.string()),
            "uuid": pa.array(identity.uuids(export, survey, wave, choice.source), pa.string()),
            "key": pa.array([i.key for i in ids], pa.string()),
            "number": pa.array([i.number for i in ids], pa.string()),
            "named": pa.array([i.named for i in ids], pa.bool_()),
            "metro_said": pa.array(metros, pa.string()),
            **{name: pa.array([word] * size, pa.string()) for name, word in same.items()},
            "version": export.responses["version"].cast(pa.string()),
            "submitted": submitted,
            "state": export.responses["state"].cast(pa.string()),
            "respondent": pa.array(
                ["" if g else p for p, g in zip(people, gone, strict=True)], pa.string()
            ),
        }
    )
    names = pa.array([i.response for i in ids], pa.string())
    if skipped.any():  # they are in another wave: neither their answers nor their persons come here
        here = pa.array(np.flatnonzero(~skipped), pa.int32())
        open_rows = open_rows.filter(pc.is_in(open_rows["response"], here))
        apart = apart.filter(pc.is_in(apart["response"], here))

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
    kept = responses.append_column("skipped", pa.array(skipped))
    shelves.put_table(shelves.responses(home, wave, batch), kept)
    unknown = list(
        dict.fromkeys(c.header for c in found if not c.question and c.secrecy == "personal")
    )
    withheld = pc.sum(pc.equal(open_rows["kind"].cast(pa.string()), WITHHELD)).as_py() or 0
    if skipped.any():
        sentences.append(
            f"{int(skipped.sum())} responses are in another wave already and were left out of this one."
        )
    if missing := _missing(ids, earlier):
        shown = ", ".join(missing[:8]) + (
            f" and {len(missing) - 8} more" if len(missing) > 8 else ""
        )
        sentences.append(
            f"{len(missing)} responses that came before are not in this file ({shown}); they stay "
            "published until `observatory survey withdraw` takes them back."
        )
    return Intake(
        wave, batch, export.tool, size - int(skipped.sum()), len(open_rows), len(apart), unknown,
        withheld, tuple(sentences),
    )  # fmt: skip


def _earlier(home: Home, wave: str) -> list[dict[str, Any]]:
    """What is known of the responses of a wave, the latest batch last."""
    names = (
        *("response_id", "root_id", "replaces", "uuid", "key", "number", "named", "metro_said"),
        *("batch", "family", "source", "received", "submitted", "skipped"),
    )
    rows: list[dict[str, Any]] = []
    for batch in shelves.batches(home, wave):
        said = shelves.table(shelves.responses(home, wave, batch))
        if set(names) <= set(said.column_names):
            rows += [r for r in said.select(list(names)).to_pylist() if not r["skipped"]]
    return sorted(rows, key=lambda r: (r["received"], r["batch"]))


def _known_elsewhere(home: Home, wave: str, ids: list[identity.Id], choice: Choice) -> np.ndarray:
    """Which responses another wave holds already and are to be left out."""
    elsewhere: dict[str, str] = {}
    for other in shelves.waves(home):
        if other != wave:
            elsewhere |= {r["key"]: other for r in _earlier(home, other)}
    found = np.array([i.key in elsewhere for i in ids], bool)
    if not found.any() or choice.known == "keep":
        return np.zeros(len(ids), bool)
    if choice.known != "skip":
        waves = ", ".join(sorted({elsewhere[i.key] for i in ids if i.key in elsewhere}))
        raise identity.Undecided(
            f"{int(found.sum())} of {len(ids)} responses are in wave {waves} already: the export is "
            "cumulative. Say --known skip to leave them out of this wave, or --known keep if they are "
            "answers to this wave, too."
        )
    return found


def _missing(ids: list[identity.Id], earlier: list[dict[str, Any]]) -> list[str]:
    """Responses of earlier files of the same form that a newer file of it no longer holds."""
    here, roots = {i.response for i in ids}, {i.root for i in ids}
    if not here & {r["response_id"] for r in earlier}:
        return []
    replaced = {i.replaces for i in ids} | {r["replaces"] for r in earlier}
    return list(
        dict.fromkeys(
            r["response_id"]
            for r in earlier
            if r["response_id"] not in here
            and r["root_id"] not in roots
            and r["uuid"] not in replaced - {""}
        )
    )


def _metros(export: Export, found: list[ExportColumn], metro_id: str) -> list[str]:
    """The metropolis that each response names, as it is there; else that of the command."""
    named = having(export.answers, {c.header for c in found if c.question == "metro_id"})
    rows = export.answers.filter(pa.array(named)).select(["response", "value"]).to_pylist()
    said = {r["response"]: r["value"].strip() for r in rows if r["value"].strip()}
    return [said.get(n, metro_id) for n in range(len(export))]


def split(answers: pa.Table, found: list[ExportColumn]) -> tuple[pa.Table, pa.Table]:
    """(what is said of institutions, what is kept apart): every cell is in one of the two.

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
    """Which cells are under one of these headers; looked up once a header, not once a cell."""
    found = []
    for chunk in answers["header"].chunks:
        known = np.array([h in headers for h in chunk.dictionary.to_pylist()], bool)
        found.append(known[chunk.indices.to_numpy()])
    return np.concatenate(found) if found else np.zeros(0, bool)


def _people(apart: pa.Table, size: int, secret: bytes, found: list[ExportColumn]) -> list[str]:
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


def _utc(times: pa.ChunkedArray) -> pa.Array:
    """Times in UTC to the second; those without a zone are UTC (Kobo says so); else empty."""
    con = query.memory(serial=True)
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
