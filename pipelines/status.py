"""How the observatory is: what ran, what is in trouble and why; kept beside the data as JSON.

A trouble is over when its cause is: a step that failed has succeeded, an upstream has answered, a
release was published. Nobody has to reset anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pipelines import lease
from warehouse.home import Home

HEALTHY, STALE, FAILED = 0, 1, 2
WORDS = ("healthy", "stale", "failed")
DONE, NOTHING_NEW = "done", "nothing new"
FAILURE, INTERRUPTED, UNANSWERED = "failed", "interrupted", "unanswered"
WAITS = "waits for a person"
BAD = (FAILURE, INTERRUPTED)
KEPT = 20  # failures kept in the file
# Nights come once a day; two missed ones are worth a word.
LIMIT = timedelta(hours=50)
# Runs after which everything is as it should be, as far as it can be built.
WHOLE = ("build", "refresh", "refresh_everything", "rebuild_everything")


@dataclass(frozen=True)
class Trouble:
    """What is wrong: a key that stays the same while it lasts, how bad it is, and a sentence."""

    key: str
    level: int
    sentence: str


@dataclass(frozen=True)
class Health:
    """What is so, in sentences, and what is wrong."""

    facts: list[str] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)

    @property
    def code(self) -> int:
        """The exit code of `observatory status`."""
        return max((t.level for t in self.troubles), default=HEALTHY)

    @property
    def sentences(self) -> list[str]:
        """The state, what is wrong (worst first), then what is so."""
        worst_first = sorted(self.troubles, key=lambda t: -t.level)
        return [f"State: {WORDS[self.code]}.", *(t.sentence for t in worst_first), *self.facts]


def path(home: Home) -> Path:
    """The file of the status."""
    return home.root / "status.json"


def read(home: Home) -> dict[str, Any]:
    """What was noted: `runs` (the last of each job), `failures` (newest first), `stages` (seconds)."""
    try:
        found = json.loads(path(home).read_text(encoding="utf-8"))
        return {
            "runs": dict(found["runs"]),
            "failures": list(found["failures"]),
            "stages": dict(found.get("stages", {})),
        }
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return {"runs": {}, "failures": [], "stages": {}}


def record(
    home: Home,
    job: str,
    outcome: str,
    sentences: Iterable[str],
    run_id: str | None = None,
    steps: Sequence[str] = (),
    stages: Mapping[str, float] | None = None,
) -> None:
    """Note the outcome of a job with its sentences.

    `steps` are the assets that failed in it, `stages` the seconds that each stage took.

    Outcomes are `done`, `nothing new`, `unanswered`, `waits for a person`, `interrupted` and `failed`.
    """
    home.root.mkdir(parents=True, exist_ok=True)
    entry: dict[str, Any] = {"job": job, "outcome": outcome, "at": _now()}
    entry |= {"sentences": list(sentences)}
    entry |= {"steps": sorted(steps)} if steps else {}
    entry |= {"run_id": run_id} if run_id else {}
    target = path(home)
    with lease.alone(target.with_name(".status.lock")):
        noted = read(home)
        noted["runs"][job] = entry
        noted["stages"].update({k: round(v, 2) for k, v in (stages or {}).items()})
        if outcome == FAILURE:
            noted["failures"] = [entry, *noted["failures"]][:KEPT]
        part = target.with_name("status.json.part")
        part.write_text(json.dumps(noted, indent=1, ensure_ascii=False), encoding="utf-8")
        part.replace(target)


def interrupted(home: Home) -> list[str]:
    """What was interrupted and not completed since, in sentences."""
    return [" ".join(e["sentences"]) for e in unhealed(read(home), (INTERRUPTED,))]


def health(home: Home) -> Health:
    """What is current and how old, what is stale, red, interrupted or failed."""
    noted, built = read(home), _built(home)
    found = Health()
    for look in (_release, _lease):
        found.facts.extend(look(home))
    parts = [_last_run(noted), _asked(home), _unfinished(home, noted, built), _waiting(home)]
    parts += [_catalog(home), _figures(home, built)]
    if not (home.releases / "current" / "observatory.duckdb").exists():
        said = f"Nothing is published in {home.address}: run `observatory build`."
        parts.append(Health(troubles=[Trouble("release", FAILED, said)]))
    for part in parts:
        found.facts.extend(part.facts)
        found.troubles.extend(part.troubles)
    return found


def as_data(home: Home, found: Health) -> dict[str, Any]:
    """The same as plain data, for scripts."""
    current = home.releases / "current"
    holder = lease.holder(lease.of(home))
    return {
        "state": WORDS[found.code],
        "code": found.code,
        "release": current.resolve().name if current.exists() else None,
        "running": holder.words if holder else None,
        "facts": found.facts,
        "troubles": [
            {"key": t.key, "state": WORDS[t.level], "sentence": t.sentence} for t in found.troubles
        ],
        "runs": read(home)["runs"],
    }


def age(since: datetime) -> str:
    """How long ago, in words."""
    minutes = max(0, (datetime.now(UTC) - since).total_seconds() / 60)
    for size, word, most in ((1, "minute", 60), (60, "hour", 48), (1440, "day", 10**6)):
        n = round(minutes / size)
        if n < most:
            return f"{n} {word}{'' if n == 1 else 's'} ago"
    return "long ago"


def published_at(home: Home) -> datetime | None:
    """When the current release was made; None where there is none."""
    file = home.releases / "current" / "observatory.duckdb"
    try:
        return datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except OSError:
        return None


def _release(home: Home) -> list[str]:
    made = published_at(home)
    if made is None:
        return []
    name = (home.releases / "current").resolve().name
    return [f"Release {name} is current, published {age(made)}."]


def _lease(home: Home) -> list[str]:
    holder = lease.holder(lease.of(home))
    return [f"Running now: {holder.words}."] if holder else []


def _last_run(noted: dict[str, Any]) -> Health:
    good = [e for e in noted["runs"].values() if e["outcome"] in (DONE, NOTHING_NEW, WAITS)]
    if not good:
        return Health()
    last = max(good, key=lambda e: e["at"])
    when = datetime.fromisoformat(last["at"])
    sentence = f"The last run that succeeded is {last['job']}, {age(when)}: {last['outcome']}."
    if datetime.now(UTC) - when <= LIMIT:
        return Health([sentence])
    late = "No run has succeeded for two nights; is the daemon running?"
    return Health([sentence], [Trouble("nights", STALE, late)])


def _asked(home: Home) -> Health:
    """Upstreams that did not answer, and how long ago any did; nothing where none was asked."""
    from sources.refresh import asked

    known = asked.read(home.asked)
    if not known:
        return Health()
    from pipelines.failures import silences

    troubles = []
    for provider, datasets in asked.silent(known).items():
        heard = max((known[f"{provider}/{d}"].answered for d in datasets), default="")
        since = f" (last answer {age(datetime.fromisoformat(heard))})" if heard else ""
        said = " ".join(silences({provider: datasets})) + since
        troubles.append(Trouble(f"unanswered:{provider}", STALE, said))
    last = max(one.answered for one in known.values())
    if not last:
        return Health(["No upstream has answered yet."], troubles)
    when = datetime.fromisoformat(last)
    if datetime.now(UTC) - when > LIMIT:
        late = f"No upstream has answered for two nights; the last did {age(when)}."
        troubles.append(Trouble("upstreams", STALE, late))
    return Health([f"An upstream answered last {age(when)}."], troubles)


def _unfinished(home: Home, noted: dict[str, Any], built: dict) -> Health:
    """What failed or was interrupted and has not been mended since; and what is red."""
    made = published_at(home)
    troubles = []
    for e in unhealed(noted, BAD):
        when = datetime.fromisoformat(e["at"])
        steps = [tuple(s.split("/")) for s in e.get("steps", ())]
        if steps and all(_made_since(k, when, built, made) for k in steps):
            continue
        said = " ".join(e["sentences"])
        if e["outcome"] == INTERRUPTED:
            level = STALE if made else FAILED
            troubles.append(Trouble(f"interrupted:{e['job']}", level, said))
        else:
            said = f"{e['job']} failed {age(when)}: {said}"
            troubles.append(Trouble(f"failed:{e['job']}", FAILED, said))
    from pipelines import plan

    for key in plan.red(built):
        if key[0] == "fetch" and home.asked.exists():
            continue  # told with the upstreams
        said = red_sentence(key, built[key].failure, built[key].edited)
        troubles.append(Trouble(f"red:{plan.name(key)}", STALE, said))
    return Health(troubles=troubles)


def unhealed(noted: dict[str, Any], outcomes: tuple[str, ...]) -> list[dict[str, Any]]:
    """The last run of each job that ended so, unless everything was built since; newest first."""
    runs = noted["runs"].values()
    whole = [e["at"] for e in runs if e["outcome"] not in BAD and e["job"] in WHOLE]
    since = max(whole, default="")
    bad = [e for e in runs if e["outcome"] in outcomes and e["at"] > since]
    return sorted(bad, key=lambda e: e["at"], reverse=True)


def _made_since(key, when: datetime, built, published: datetime | None) -> bool:
    """Whether an asset that failed was made after that; the release by any job that publishes."""
    if key == ("release",) and published is not None and published > when:
        return True
    return key in built and built[key].at > when.timestamp()


def _built(home: Home) -> dict:
    """Dagster's record of each asset; empty where there is none yet."""
    if not (home.dagster / "dagster.yaml").exists():
        return {}
    from pipelines import instance, plan

    with instance.open_instance(home) as opened:
        return plan.recorded(opened, [tuple(k.path) for k in opened.all_asset_keys()])


def _waiting(home: Home) -> Health:
    """A release that waits for a person."""
    from warehouse import release

    reasons = release.waits(home)
    if not reasons:
        return Health()
    said = f"A release waits for a person: {' '.join(reasons)} Look at it: {home.candidate}/waiting.html"
    return Health(troubles=[Trouble("waits", STALE, said)])


def _catalog(home: Home) -> Health:
    """What is wrong in the catalog, while the last good definitions are in use."""
    try:
        said = home.catalog_error.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return Health()
    said = f"The catalog cannot be read, so the last good one is in use: {said}"
    return Health(troubles=[Trouble("catalog", FAILED, said)])


_STALE = """
    select source_id, dataset, indicator_id, count(*), min(stale_since) from observation
    where stale_since is not null group by all order by all
"""
_EDITIONS = """
    select origin = 'live', count(distinct (source_id, dataset)), max(published_at), max(retrieved_at)
    from snapshot
    group by all order by all
"""


def _figures(home: Home, built: dict) -> Health:
    """How old the published figures are, and which are known to be outdated, and why."""
    file = home.releases / "current" / "observatory.duckdb"
    if not file.exists():
        return Health()
    import duckdb

    try:
        with duckdb.connect(str(file), read_only=True) as con:
            editions = con.execute(_EDITIONS).fetchall()
            stale = con.execute(_STALE).fetchall()
    except duckdb.Error as error:
        first = str(error).splitlines()[0]
        said = f"The current release cannot be read: {first}"
        return Health(troubles=[Trouble("unreadable", FAILED, said)])
    facts = []
    for live, n, published, retrieved in editions:
        newest = f"the newest was published {published:%Y-%m-%d}" if published else "undated"
        facts.append(
            f"{n} {'dataset was' if n == 1 else 'datasets were'} last retrieved {age(retrieved.replace(tzinfo=UTC))}; {newest}."
            if live
            else f"{n} {'dataset comes' if n == 1 else 'datasets come'} with the software, {newest}; "
            "`observatory refresh` asks for more."
        )
    return Health(facts, _stale(home, stale, built))


def _stale(home: Home, rows: list[tuple], built: dict) -> list[Trouble]:
    """A trouble for each dataset with stale figures, with its cause."""
    by_dataset: dict[tuple[str, str], list[tuple]] = {}
    for row in rows:
        by_dataset.setdefault(row[:2], []).append(row)
    troubles = []
    for (provider, dataset), of_it in by_dataset.items():
        n, since = sum(r[3] for r in of_it), min(r[4] for r in of_it)
        said = (
            f"{n:,} figures of {provider}/{dataset} are stale since {since:%Y-%m-%d}: "
            f"{_cause(home, provider, dataset, [r[2] for r in of_it], built)}"
        )
        troubles.append(Trouble(f"stale:{provider}/{dataset}", STALE, said))
    return troubles


def _cause(home: Home, provider: str, dataset: str, indicators: list[str], built: dict) -> str:
    """Why figures of a dataset are stale."""
    from sources.refresh.ask import waiting
    from sources.store.snapshots import Store

    held = waiting(Store(home.snapshots, home.copies), provider, dataset)
    if held is not None:
        return (
            f"the download of {held.retrieved_at:%Y-%m-%d} is held ({held.held_because.rstrip('.')}); "
            f"`observatory snapshots accept {provider}/{dataset} --reason '...'` uses it."
        )
    history = built.get(("history", provider, dataset))
    if history is not None and history.verdict == "red":
        return f"its newest edition was rejected: {history.failure}"
    red = {i: b for i in indicators if (b := built.get(("indicator", i))) and b.verdict == "red"}
    if red:
        return " ".join(red_sentence(("indicator", i), b.failure, b.edited) for i, b in red.items())
    return (
        "a newer edition was rejected or held when the release was made; run `observatory build`."
    )


def red_sentence(key: tuple[str, ...], why: str, edited: str = "") -> str:
    """What is red, what is served meanwhile, and why in the words of the one who judged.

    edited: the file of ours whose edit made it red, where the data are those of the last good table.
    """
    said = f" {why}" if why else ""
    if key[0] == "fetch":
        return (
            f"{key[1]} did not answer as it should for every dataset; its last good snapshots are "
            f"used (`observatory refresh` asks again).{said}"
        )
    if edited:
        return (
            f"{'/'.join(key)} is red because of an edit of {edited}, not of new data: its last good "
            f"table is served; correct the file or the rule.{said}"
        )
    return (
        f"{'/'.join(key)} was judged red: its last good table is served, marked as stale "
        f"(`observatory ui` shows the failing rows).{said}"
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
