"""How the observatory is: what ran, what failed, what is stale; kept beside the data as JSON."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipelines import lock
from warehouse.home import Home

HEALTHY, STALE, FAILED = 0, 1, 2
WORDS = ("healthy", "stale", "failed")
KEPT = 20  # failures kept in the file
# Nights come once a day; two missed ones are worth a word.
LIMIT = timedelta(hours=50)


@dataclass(frozen=True)
class Health:
    """The exit code of `observatory status` and what stands behind it, a sentence each."""

    code: int
    sentences: list[str]


def path(home: Home) -> Path:
    """The file of the status."""
    return home.root / "status.json"


def read(home: Home) -> dict[str, Any]:
    """What was noted: `runs` (the last of each job), `failures` (newest first)."""
    try:
        found = json.loads(path(home).read_text(encoding="utf-8"))
        return {"runs": dict(found["runs"]), "failures": list(found["failures"])}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return {"runs": {}, "failures": []}


def record(
    home: Home, job: str, outcome: str, sentences: Iterable[str], run_id: str | None = None
) -> None:
    """Note the outcome of a job: `done`, `nothing new` or `failed`, with its sentences."""
    home.root.mkdir(parents=True, exist_ok=True)
    entry = {"job": job, "outcome": outcome, "at": _now(), "sentences": list(sentences)}
    if run_id:
        entry["run_id"] = run_id
    target = path(home)
    with lock.held(target.with_name(".status.lock"), "the status"):
        noted = read(home)
        noted["runs"][job] = entry
        if outcome == "failed":
            noted["failures"] = [entry, *noted["failures"]][:KEPT]
        part = target.with_name("status.json.part")
        part.write_text(json.dumps(noted, indent=1, ensure_ascii=False), encoding="utf-8")
        part.replace(target)


def post(payload: dict[str, Any]) -> str | None:
    """Post JSON to OBSERVATORY_WEBHOOK where it is set; answers with a sentence if that failed.

    The address may hold a secret: no text ever shows more of it than its host.
    """
    url = os.environ.get("OBSERVATORY_WEBHOOK", "").strip()
    if not url:
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        parts, host = None, None
    if parts is None or parts.scheme not in ("http", "https") or not host:
        return "OBSERVATORY_WEBHOOK is not an http or https address; nobody was told."
    from sources.errors import SourceError
    from sources.transport.http import post_json

    try:
        post_json(url, payload)
    except SourceError as error:
        return f"The webhook was not told: {error}"
    except Exception as error:  # telling of a failure must never be one
        return f"The webhook at {host} was not told ({type(error).__name__})."
    return None


def failure_sentence(step: str | None, error: Any) -> str:
    """One sentence for a failed step, from Dagster's record of the error; no traceback.

    Dagster wraps what the step raised; the innermost cause is what a person can act on.
    """
    what = (step or "the run").replace("__", "/")
    if error is None:
        return f"{what} failed."
    while error.cause is not None:
        error = error.cause
    kind = (error.cls_name or "").rpartition(".")[2]
    message = re.sub(rf"^[\w.]*\b{re.escape(kind)}: ", "", error.message.strip())
    message = message.splitlines()[0] if message else ""
    if kind in OURS:
        return message if message.startswith(what) else f"{what}: {message}"
    return f"{what} stopped with {kind}: {message or 'no message'}"


# Errors whose text is already a whole sentence for a person.
OURS = (
    "Failure",
    "SourceError",
    "Retriable",
    "Gone",
    "Invalid",
    "Refused",
    "CatalogError",
    "WarehouseError",
)


def health(home: Home) -> Health:
    """What is current and how old, what is stale, red or failed."""
    noted = read(home)
    code, sentences = HEALTHY, []
    release = _release(home)
    if release is None:
        code = FAILED
        sentences.append(f"Nothing is published in {home.root}: run `observatory build`.")
    else:
        sentences.append(release)
    holder = lock.holder(home.lock)
    if holder:
        sentences.append(holder.replace("Waiting for", "Running now:", 1).partition(",")[0] + ".")
    for check in (_last_run(noted), _failures(noted), _figures(home), _red(home)):
        code = max(code, check.code)
        sentences += check.sentences
    return Health(code, [f"State: {WORDS[code]}.", *sentences])


def age(since: datetime) -> str:
    """How long ago, in words."""
    minutes = max(0, (datetime.now(UTC) - since).total_seconds() / 60)
    for size, word, most in ((1, "minute", 60), (60, "hour", 48), (1440, "day", 10**6)):
        n = round(minutes / size)
        if n < most:
            return f"{n} {word}{'' if n == 1 else 's'} ago"
    return "long ago"


def _release(home: Home) -> str | None:
    current = home.releases / "current"
    file = current / "observatory.duckdb"
    if not file.exists():
        return None
    made = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    return f"Release {current.resolve().name} is current, published {age(made)}."


def _last_run(noted: dict[str, Any]) -> Health:
    good = [e for e in noted["runs"].values() if e["outcome"] != "failed"]
    if not good:
        return Health(HEALTHY, [])
    last = max(good, key=lambda e: e["at"])
    when = datetime.fromisoformat(last["at"])
    sentence = f"The last run that succeeded is {last['job']}, {age(when)}: {last['outcome']}."
    if datetime.now(UTC) - when <= LIMIT:
        return Health(HEALTHY, [sentence])
    return Health(STALE, [sentence, "No run has succeeded for two nights; is the daemon running?"])


def _failures(noted: dict[str, Any]) -> Health:
    """Jobs whose last run failed, unless everything was built or refreshed since."""
    whole = [
        e["at"]
        for e in noted["runs"].values()
        if e["outcome"] != "failed" and e["job"] in ("build", "refresh", "refresh_everything")
    ]
    since = max(whole, default="")
    bad = [e for e in noted["runs"].values() if e["outcome"] == "failed" and e["at"] > since]
    sentences = []
    for e in sorted(bad, key=lambda e: e["at"], reverse=True):
        when = age(datetime.fromisoformat(e["at"]))
        sentences.append(f"{e['job']} failed {when}: {' '.join(e['sentences'])}")
    return Health(FAILED if bad else HEALTHY, sentences)


_STALE = """
    select source_id || '/' || dataset, count(*), min(stale_since) from observation
    where stale_since is not null group by all order by all
"""
_EDITIONS = """
    select origin = 'live', count(*), max(published_at), max(retrieved_at) from snapshot
    group by all order by all
"""


def _figures(home: Home) -> Health:
    """How old the published figures are, and which are known to be outdated."""
    file = home.releases / "current" / "observatory.duckdb"
    if not file.exists():
        return Health(HEALTHY, [])
    import duckdb

    try:
        with duckdb.connect(str(file), read_only=True) as con:
            editions = con.execute(_EDITIONS).fetchall()
            stale = con.execute(_STALE).fetchall()
    except duckdb.Error as error:
        first = str(error).splitlines()[0]
        return Health(FAILED, [f"The current release cannot be read: {first}"])
    sentences = []
    for live, n, published, retrieved in editions:
        newest = f"the newest was published {published:%Y-%m-%d}" if published else "undated"
        sentences.append(
            f"{n} datasets were last retrieved {age(retrieved.replace(tzinfo=UTC))}; {newest}."
            if live
            else f"{n} datasets come with the software, {newest}; `observatory refresh` asks for more."
        )
    sentences += [
        f"{n} figures of {d} are stale since {since:%Y-%m-%d}: a newer edition was rejected or is "
        "held."
        for d, n, since in stale
    ]
    return Health(STALE if stale else HEALTHY, sentences)


def _red(home: Home) -> Health:
    """What was judged red when it was last built, from Dagster's record."""
    if not (home.dagster / "dagster.yaml").exists():
        return Health(HEALTHY, [])
    from pipelines import instance, plan

    with instance.open_instance(home) as opened:
        keys = [tuple(k.path) for k in opened.all_asset_keys()]
        built = plan.recorded(opened, keys)
    found = plan.red(built)
    return Health(STALE if found else HEALTHY, [red_sentence(k, built[k].failure) for k in found])


def red_sentence(key: tuple[str, ...], why: str) -> str:
    """What is red, what is served meanwhile, and why in the words of the one who judged."""
    said = f" {why}" if why else ""
    if key[0] == "fetch":
        return (
            f"{key[1]} did not answer as it should for every dataset; its last good snapshots are "
            f"used (`observatory refresh` asks again).{said}"
        )
    return (
        f"{'/'.join(key)} was judged red: its last good table is served, marked as stale "
        f"(`observatory ui` shows the failing rows).{said}"
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
