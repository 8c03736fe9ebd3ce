"""Which response is which: tool, server or form, and the tool's own identifier of it.

A response that comes again is the same one, an edit is a newer one of the same; what cannot be told
apart is asked about and never mixed. Identifiers are hashes, so that they say nothing of a person.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from catalog.models.survey import Survey
from sources.errors import Invalid
from warehouse import query
from warehouse.surveys.exports.neutral import Export
from warehouse.surveys.governance.resolve import ExportColumn

_SHOWN = 3


@dataclass(frozen=True)
class Id:
    """One response: `key` is the same in every wave, `response` and `root` are of this wave.

    `number` is the tool's number of it, `named` whether the tool itself tells it from others, and
    `universal` whether it does so among those of other forms and servers, too.
    """

    response: str
    root: str
    replaces: str
    key: str
    number: str
    submitted: str
    metro: str
    named: bool
    universal: bool = False


class Undecided(Invalid):
    """A file in which a person must say which responses are which; the sentence says how."""


def identify(
    export: Export,
    survey: Survey,
    wave: str,
    source: str,
    *,
    submitted: Sequence[str],
    metros: Sequence[str],
    people: Sequence[str],
    contents: Sequence[str],
) -> list[Id]:
    """The identity of each response of a file.

    source: the server or form that a person named, if any; submitted, metros, people, contents: of
    each response its time, metropolis, pseudonym and a hash of its answers. Raises `Invalid` where one
    response appears twice in the file.
    """
    tool = "kobo" if export.tool.startswith("kobo") else export.tool

    def made(kind: str, *of: str) -> str:
        whole = "\0".join((survey.id, tool, source, kind, *of))
        return hashlib.sha256(whole.encode()).hexdigest()[:16]

    rows = export.responses.select(["uuid", "submission", "root", "replaces"]).to_pylist()
    times: Counter[str] = Counter()
    found = []
    for n, row in enumerate(rows):
        named = bool(row["uuid"] or row["submission"])
        own = "/".join(filter(None, (row["uuid"], row["submission"])))
        if not named:
            times[contents[n]] += 1
            own = f"content/{contents[n]}/{times[contents[n]]}"
        # Without a link from the tool, another identifier is another response.
        first = row["root"] or row["replaces"] or row["uuid"] or own
        if export.tool == "template":
            own = f"{contents[n]}/{people[n]}"
            first = f"{people[n]}/{metros[n]}" if people[n] else own
        replaced = made("uuid", row["replaces"], wave) if row["replaces"] else ""
        found.append(
            Id(
                made("response", own, wave),
                made("root", first, row["submission"], wave),
                replaced,
                made("response", own),
                row["submission"],
                submitted[n],
                metros[n],
                named or (export.tool == "template" and bool(people[n])),
                bool(row["uuid"]),
            )
        )
    _prove_once(export, [i.response for i in found])
    return found


def uuids(export: Export, survey: Survey, wave: str, source: str) -> list[str]:
    """Of each response the hash under which a later edit names it; empty where it has no uuid."""
    tool = "kobo" if export.tool.startswith("kobo") else export.tool
    made = []
    for uuid in export.responses["uuid"].to_pylist():
        whole = "\0".join((survey.id, tool, source, "uuid", uuid, wave))
        made.append(hashlib.sha256(whole.encode()).hexdigest()[:16] if uuid else "")
    return made


def contents(answers: pa.Table, found: Sequence[ExportColumn], size: int) -> list[str]:
    """A hash of what each response says: of its questions, wherever they are in the file."""
    asked = [c.header for c in found if c.question]
    con = query.memory(serial=True)
    con.register("answers", answers.select(["response", "entry", "header", "option", "value"]))
    con.register(
        "asked", pa.table({"header": pa.array(sorted({*asked, "start", "end"}), pa.string())})
    )
    said = con.sql(
        """select response, md5(string_agg(concat_ws(chr(1), entry, header, option, value), chr(2)
             order by entry, header, option, value)) as whole
           from answers join asked using (header) where value <> '' group by response"""
    ).fetchall()
    known = dict(said)
    return [known.get(n, "empty") for n in range(size)]


def decide(mine: list[Id], before: Iterable[dict[str, Any]], edited: bool) -> list[Id]:
    """The identities beside those of the wave from the same tool and source.

    before: rows with `response_id, root_id, number, submitted, metro_said, named`; edited: a person
    said that responses with a number of an earlier one are newer versions of it. Raises `Undecided`
    where one number stands for what may be two responses.
    """
    earlier = list(before)
    by_id = {row["response_id"]: row for row in earlier}
    by_number: dict[str, list[dict[str, Any]]] = {}
    for row in earlier:
        by_number.setdefault(_number(row["number"], row["named"], row["metro_said"]), []).append(
            row
        )
    roots = {row["root_id"] for row in earlier}
    made, doubtful = [], []
    for one in mine:
        again = by_id.get(one.response)
        others = by_number.get(_number(one.number, one.named, one.metro), [])
        near = min(reversed(others), key=lambda row: _contradictions(one, row), default={})
        if again is not None:
            if _contradictions(one, again) and not one.universal and not edited:
                doubtful.append((one, again))
            made.append(one)
        elif one.root in roots or one.replaces or not others:
            made.append(one)
        elif edited or (one.named and not _contradictions(one, near)):
            made.append(replace(one, root=near["root_id"]))
        elif one.universal and _contradictions(one, near) == 2:
            made.append(one)  # another server counts from 1, too
        else:
            doubtful.append((one, near))
            made.append(one)
    if doubtful:
        raise Undecided(_ask(doubtful))
    return made


def _number(number: str, named: bool, metro: str) -> str:
    """Under what an earlier response may be the same: its number; without one, its metropolis."""
    return (
        f"number {number}" if named and number else f"metro {metro}" if metro and not named else ""
    )


def _contradictions(one: Id, row: dict[str, Any]) -> int:
    """How much of what the tool says of two responses of one number speaks against their being one:
    the time of submission, the metropolis."""
    times = {one.submitted, row["submitted"]} - {""}
    places = {one.metro, row["metro_said"]} - {""}
    return (len(times) > 1) + (len(places) > 1)


def _ask(doubtful: list[tuple[Id, dict[str, Any]]]) -> str:
    one, row = doubtful[0]
    what = (
        f"response {one.number}"
        if one.number
        else f"a response of {one.metro} without an identifier"
    )
    more = f" (and {len(doubtful) - 1} more)" if len(doubtful) > 1 else ""
    return (
        f"It is not certain which responses are which: {what} is in this wave already "
        f"({row['metro_said'] or 'no metropolis'}, {row['submitted'] or 'no date'}), and the file "
        f"gives it for {one.metro or 'no metropolis'}, {one.submitted or 'no date'}{more}. If they are "
        "newer versions of the same responses, say --edited; if the file is of another form or "
        "server, name it with --source."
    )


def _prove_once(export: Export, ids: list[str]) -> None:
    first: dict[str, int] = {}
    for n, one in enumerate(ids):
        if one in first:
            row = export.responses.slice(n, 1).to_pylist()[0]
            name = row["submission"] or row["uuid"] or "without identifier"
            raise Invalid(
                f"{export.name}: responses {first[one] + 1} and {n + 1} have one identifier ({name}), so "
                "that they cannot be told apart: export the answers again, each response once."
            )
        first[one] = n
