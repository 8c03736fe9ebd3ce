"""How Eurostat is fetched: it is waited for, split where it is too much, and never taken on trust.

Eurostat has two kinds of "too big". A selection of 500,000 cells or more is extracted later: the
Statistics API says so in an answer with status 200, SDMX gives a key to ask for the state with.
One of more than 5,000,000 is refused (413) and is split here by a dimension. A code that does not
exist is dropped without a word, so what was asked for is looked for in what came.
Source: Eurostat, API Statistics and API SDMX, detailed guidelines; recorded answers.
"""

from __future__ import annotations

import math
import re
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sources.errors import Gone, Invalid, Refused, Retriable, SourceError
from sources.providers.eurostat import join as eurostat_join
from sources.providers.eurostat import messages as eurostat_says
from sources.providers.eurostat.ask import (
    BASE,
    COMEXT,
    HOSTS,
    MAX_URL,
    Options,
    exact,
    filters,
    form_of,
    length,
    request,
)
from sources.providers.eurostat.contents import CATALOGUE, listed
from sources.transport.request import Answer, Fetched, Request

if TYPE_CHECKING:
    from sources.transport.http import Client

PATIENCE = 900.0  # seconds that one extraction is waited for
_PAUSES = (2.0, 5.0, 10.0, 20.0, 30.0, 60.0)
_ROWS = re.compile(r"estimated (\d+) rows, max authorised is (\d+)")


_LOST = ("EXPIRED", "UNKNOWN_REQUEST")
_STATES = (
    *("SUBMITTED", "PROCESSING", "QUEUED", "AVAILABLE", "DATA_NOT_YET_AVAILABLE"),
    *("ASYNCHRONOUS_RESPONSE", *_LOST),
)
_RENEWALS = 2  # how often a request that was lost is made anew


class _TooBig(Exception):
    """More than the service gives at once; `parts` is how many parts it takes at least."""

    def __init__(self, sentence: str, parts: int = 2) -> None:
        super().__init__(sentence)
        self.parts = parts


@dataclass
class _Job:
    """One dataset being fetched; `waited` are the seconds spent waiting for extractions."""

    dataset: str
    client: Client
    folder: Path
    waited: float = 0.0
    count: int = 0
    answers: list[Answer] = field(default_factory=list)


def download(dataset: str, options: Options, client: Client, folder: Path) -> Fetched:
    """Fetch a dataset into one file, as served where one answer holds it, else joined.

    Waits up to 15 minutes for an extraction. Raises `Gone` where Eurostat no longer has the
    dataset, `Invalid` where a code of the options is on no list, `Refused` where it cannot be
    split, `Retriable` where it is not ready in time.
    """
    job = _Job(dataset, client, folder)
    try:
        file = _get(job, request(dataset, options))
        fetched = Fetched(file, job.answers[-1], file.name.partition("-")[2])
    except _TooBig as big:
        codes = _asked_for(options, _structure(job, dataset, big))
        parts = _split(job, options, codes, big)
        name = f"{dataset.lower()}.{eurostat_join.SUFFIX[form_of(options)]}"
        joined = eurostat_join.join([p.file for p in parts], form_of(options), folder / name)
        how = "; ".join(p.text() for p in parts)
        fetched = Fetched(
            joined,
            replace(job.answers[-1], url=job.answers[0].url),
            name,
            f"{len(parts)} answers joined in this order, because Eurostat does not give them at "
            f"once: {how}",
        )
    _prove_codes(job, options, fetched.path)
    return fetched


def _get(job: _Job, asked: Request) -> Path:
    """The answer to a request once it is data, in a file of its own.

    One extraction at a time is waited for, as Eurostat asks its users.
    """
    with ExitStack() as held:
        return _until_data(job, asked, held)


def _until_data(job: _Job, asked: Request, held: ExitStack) -> Path:
    now, renewals, waiting = asked, 0, False
    job.count += 1
    target = job.folder / f"{job.count}-{Path(asked.filename).name}"
    for attempt in range(1000):
        answer, words = _once(job, now, target)
        if answer is not None:
            job.answers.append(answer)
            return target
        state, key = eurostat_says.state(words)
        if state == "TOO_BIG":
            rows = _ROWS.search(words.decode("utf-8", "replace"))
            parts = math.ceil(int(rows[1]) / int(rows[2])) if rows else 2
            raise _TooBig(str(eurostat_says.typed(words, Path("the answer"))), max(parts, 2))
        if state not in _STATES:
            raise _explained(job, words, asked)
        if key and not waiting:
            waiting = True
            held.enter_context(job.client.alone("eurostat extraction"))
        renewals += state in _LOST
        if renewals > _RENEWALS:
            break
        now = _next(job, state, key, now, asked)
        if state != "AVAILABLE":
            _wait(job, attempt)
    raise Retriable(
        f"eurostat/{job.dataset}: Eurostat takes the request and then forgets it ({asked.url}); "
        "refresh again later."
    )


def _once(job: _Job, now: Request, target: Path) -> tuple[Answer | None, bytes]:
    """The answer where it is data, else the message that came in its place."""
    try:
        answer = job.client.download(now, target, hosts=HOSTS)
    except (Gone, Invalid, Refused) as error:
        if not error.said and error.status != 413:
            raise
        return None, error.said or b"EXTRACTION_TOO_BIG"
    words = eurostat_says.message(target)
    return (None, words) if words else (answer, b"")


def _next(job: _Job, state: str, key: str, now: Request, asked: Request) -> Request:
    """What to ask for after this state of an extraction."""
    base = f"{_base(job.dataset)}/1.0/async"
    if state == "AVAILABLE":
        return Request(f"{base}/data/{key}", asked.filename)
    if state in _LOST or state == "ASYNCHRONOUS_RESPONSE":
        return asked
    if key:
        return Request(f"{base}/status/{key}", "status.xml")
    return replace(now, url=now.url.replace("/async/data/", "/async/status/"))


def _wait(job: _Job, attempt: int) -> None:
    pause = _PAUSES[min(attempt, len(_PAUSES) - 1)]
    if job.waited + pause > PATIENCE:
        raise Retriable(
            f"eurostat/{job.dataset}: Eurostat has not made the extraction ready within "
            f"{PATIENCE / 60:.0f} minutes; refresh again later, it will have it then."
        )
    job.waited += pause
    job.client.pause(pause)


def _base(dataset: str) -> str:
    return COMEXT if dataset.lower().startswith("ds-") else BASE


def _explained(job: _Job, words: bytes, asked: Request) -> SourceError:
    """The error of a message, named by dataset; one that is gone is looked up in the contents."""
    error = eurostat_says.typed(words, Path(f"eurostat/{job.dataset}"))
    if not isinstance(error, Gone):
        return error
    try:
        there = job.dataset.lower() in listed(job.client)
    except SourceError:
        return error
    if there:
        return Retriable(
            f"eurostat/{job.dataset}: Eurostat does not give the dataset ({asked.url}) although "
            "its table of contents lists it; it is being replaced, refresh again later."
        )
    return Gone(
        f"eurostat/{job.dataset}: Eurostat no longer has the dataset ({asked.url}), and its table "
        "of contents does not list it: it was closed or renamed; look for its successor and change "
        "catalog/providers/eurostat.yaml, its history stays."
    )


@dataclass(frozen=True)
class _Part:
    file: Path
    chosen: tuple[tuple[str, tuple[str, ...]], ...]

    def text(self) -> str:
        return ", ".join(
            f"{name}={codes[0]}" if len(codes) == 1 else f"{name}={codes[0]}..{codes[-1]}"
            for name, codes in self.chosen
        )


def _split(
    job: _Job,
    options: Options,
    codes: dict[str, list[str]],
    big: _TooBig,
    chosen: tuple[tuple[str, tuple[str, ...]], ...] = (),
) -> list[_Part]:
    """Ask in parts by the dimension with the most codes, and those in parts where need be."""
    left = codes | {name: list(words) for name, words in chosen}
    name = max(left, key=lambda n: (len(left[n]), n), default="")
    if len(left.get(name, ())) < 2:
        raise Refused(
            f"eurostat/{job.dataset}: {big}, and there is no dimension left to split it by; ask "
            "for fewer codes in catalog/providers/eurostat.yaml."
        ) from None
    words, parts = left[name], []
    n = min(big.parts, len(words))
    while n < len(words) and _too_long(
        job, options, codes, name, words[: -(-len(words) // n)], chosen
    ):
        n = min(2 * n, len(words))
    size = -(-len(words) // n)
    for start in range(0, len(words), size):
        now = (*(c for c in chosen if c[0] != name), (name, tuple(words[start : start + size])))
        try:
            parts.append(_Part(_get(job, _narrowed(job, options, codes, now)), now))
        except _TooBig as still:
            parts += _split(job, options, codes, still, now)
    return parts


def _too_long(
    job: _Job,
    options: Options,
    codes: dict[str, list[str]],
    name: str,
    words: list[str],
    chosen: tuple[tuple[str, tuple[str, ...]], ...],
) -> bool:
    now = (*(c for c in chosen if c[0] != name), (name, tuple(words)))
    return length(_narrowed(job, options, codes, now)) > MAX_URL


def _narrowed(
    job: _Job,
    options: Options,
    codes: dict[str, list[str]],
    chosen: tuple[tuple[str, tuple[str, ...]], ...],
) -> Request:
    """The request of `options` for some codes only; SDMX 2.1 takes them as a key in DSD order."""
    narrow = dict(chosen)
    if form_of(options) in ("TSV", "SDMX-CSV") or "key" in options:
        words = str(options.get("key", "")).split(".")
        words += [""] * (len(codes) - len(words))
        key = [
            "+".join(narrow[n]) if n in narrow else w for n, w in zip(codes, words, strict=False)
        ]
        return exact(job.dataset, options | {"key": ".".join(key)})
    listed: Options = {name: list(words) for name, words in narrow.items()}
    return exact(job.dataset, {"format": form_of(options)} | options | listed)


def _structure(job: _Job, dataset: str, big: _TooBig) -> dict[str, list[str]]:
    """The dimensions in the dataset's order, each with the codes that its data really have."""
    base = f"{_base(dataset)}/sdmx/2.1"
    flow = dataset.upper()
    structure = Request(f"{base}/datastructure/ESTAT/{flow}", "structure.xml")
    constraint = Request(f"{base}/contentconstraint/ESTAT/{flow}", "constraint.xml")
    try:
        order = job.client.text(structure, hosts=HOSTS)
        listed = job.client.text(constraint, hosts=HOSTS)
    except (Gone, Invalid, Refused) as error:
        raise Refused(
            f"eurostat/{dataset}: {big} It is to be asked in parts, but Eurostat does not say by "
            f"which codes: {error}"
        ) from None
    found = re.findall(rb'<(?:\w+:)?Dimension\s[^>]*?\bid="([^"]+)"[^>]*?position="(\d+)"', order)
    names = [name.decode() for name, _ in sorted(found, key=lambda pair: int(pair[1]))]
    codes = {
        name.decode(): sorted(
            c.decode() for c in set(re.findall(rb"<(?:\w+:)?Value[^>]*>([^<]+)</", block))
        )
        for name, block in re.findall(
            rb'<(?:\w+:)?KeyValue\s[^>]*?\bid="([^"]+)"[^>]*>(.*?)</(?:\w+:)?KeyValue>',
            listed,
            re.DOTALL,
        )
    }
    if not names or not codes:
        raise Retriable(
            f"eurostat/{dataset}: the answer is too big and Eurostat does not say by which codes "
            "to split it; refresh again later."
        )
    return {name: codes.get(name, []) for name in names}


def _asked_for(options: Options, codes: dict[str, list[str]]) -> dict[str, list[str]]:
    """Of each dimension the codes that the options let through."""
    wanted = {n: [w] if isinstance(w := options[n], str) else list(w) for n in filters(options)}
    words = str(options.get("key", "")).split(".")
    wanted |= {n: w.split("+") for n, w in zip(codes, words, strict=False) if w}
    return {
        name: [c for c in there if name not in wanted or c in wanted[name]]
        for name, there in codes.items()
    }


def _prove_codes(job: _Job, options: Options, file: Path) -> None:
    """Raise where a code that was asked for is missing and is on no code list."""
    wanted = {n: [w] if isinstance(w := options[n], str) else list(w) for n in filters(options)}
    if not wanted:
        return
    from sources.providers.eurostat import files
    from sources.records import keys

    table = files.read(file, job.dataset)
    for name, words in wanted.items():
        if name not in table.column_names:
            continue
        column = table[name].combine_chunks()
        there = {code.upper() for code in keys.used(keys.encode(column.cast("string")))}
        missing = [w for w in words if w.upper() not in there]
        listed = _codes(job, name) if missing else set()
        unknown = [w for w in missing if listed and w.upper() not in listed]
        if unknown:
            raise Invalid(
                f"eurostat/{job.dataset}: {', '.join(unknown)} is no code of Eurostat's list "
                f"{name.upper()}, and Eurostat leaves it out without a word; correct it in "
                "catalog/providers/eurostat.yaml."
            )


def _codes(job: _Job, dimension: str) -> set[str]:
    """All codes of a dimension's code list, in upper case; none where Eurostat has no such list."""
    asked = Request(
        f"{BASE}/sdmx/2.1/codelist/ESTAT/{dimension.upper()}",
        f"{dimension}.tsv",
        (("format", "TSV"), ("lang", "en"), ("compressed", "false")),
    )
    try:
        raw = job.client.remembered(asked, hosts=HOSTS, limit=CATALOGUE)
    except (Gone, Invalid):
        return set()
    return {line.split("\t")[0].strip().upper() for line in raw.decode().splitlines()}
