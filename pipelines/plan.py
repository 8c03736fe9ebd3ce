"""What is out of date, and why: decided in one place for the command, the schedule and the jobs.

An asset is out of date when it has never been built (and its datasets have a snapshot), was judged red, its code or catalog files
changed, its upstream data changed since it was built, its file is gone, or it depends on what is
out of date. A failed step records nothing, so it stays out of date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import dagster as dg

    from warehouse.home import Home

Key = tuple[str, ...]
# Assets of the first step of a refresh: always run there, so they are given here, never planned.
SOURCES = ("fetch", "raw", "wave")
# What may fail without stopping what depends on it: its last good table is served meanwhile.
MAY_FAIL = (*SOURCES, "history", "indicator")
NOTHING = "none"  # data version of an asset that had nothing to make, so that no file is missing
_HASH = 64  # digits of a data version that is the hash of a file
NEVER = "INITIAL"  # what Dagster records as data version of an upstream that was never built
_SAID = ("verdict", "failure", "final", "edited")
_CODE, _DATA, _INPUT = "dagster/code_version", "dagster/data_version", "dagster/input_data_version/"


@dataclass(frozen=True)
class AssetCode:
    """What the code says today: code version (None where it states none) and upstreams."""

    code_version: str | None
    parents: tuple[Key, ...] = ()
    apart: bool = False  # no build plans it: made once per release, by a job of its own


@dataclass(frozen=True)
class Built:
    """What the newest materialisation recorded: its versions, its inputs' and its verdict."""

    code_version: str | None
    data_version: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    verdict: str = ""
    failure: str = ""  # why the verdict is red, in sentences
    edited: str = ""  # the catalog file whose edit made it red, where the data did not change
    at: float = 0.0  # when, in seconds since 1970
    final: str = ""  # not empty: building it once more from the same gives the same verdict


Graph = dict[Key, AssetCode]


def graph(assets: Iterable[dg.AssetsDefinition]) -> Graph:
    """The graph of all assets, upstream first; the order is total, so that it never varies."""
    from assets.publications import APART

    nodes = {
        tuple(spec.key.path): AssetCode(
            spec.code_version,
            tuple(sorted(tuple(d.asset_key.path) for d in spec.deps)),
            APART in spec.tags,
        )
        for definition in assets
        for spec in definition.specs
    }
    order = TopologicalSorter({k: nodes[k].parents for k in sorted(nodes)}).static_order()
    return {k: nodes[k] for k in order if k in nodes}


def recorded(instance: dg.DagsterInstance, keys: Iterable[Key]) -> dict[Key, Built]:
    """The newest materialisation of each asset that has one, in one query."""
    import dagster as dg

    found = {}
    for record in instance.get_asset_records([dg.AssetKey(k) for k in keys]):
        event = record.asset_entry.last_materialization
        made = event.asset_materialization if event else None
        if made is None:
            continue
        tags = made.tags or {}
        said = {n: str(made.metadata[n].value) for n in _SAID if n in made.metadata}
        found[tuple(record.asset_entry.asset_key.path)] = Built(
            code_version=tags.get(_CODE),
            data_version=tags.get(_DATA, NEVER),
            inputs={k.removeprefix(_INPUT): v for k, v in tags.items() if k.startswith(_INPUT)},
            at=event.timestamp if event else 0.0,
            **said,
        )
    return found


def out_of_date(
    graph: Graph,
    instance: dg.DagsterInstance,
    is_missing: Callable[[Key], bool] = lambda _: False,
    is_changed: Callable[[Key, str], bool] = lambda _key, _version: False,
) -> dict[Key, str]:
    """The assets that must be built anew, upstream first, each with the reason in a sentence.

    `is_missing` says whether the file that an asset is meant to have made is not there,
    `is_changed` whether it is another than the one whose data version was recorded.
    """
    return compare(graph, recorded(instance, graph), is_missing, is_changed)


def compare(
    graph: Graph,
    built: Mapping[Key, Built],
    is_missing: Callable[[Key], bool] = lambda _: False,
    is_changed: Callable[[Key, str], bool] = lambda _key, _version: False,
) -> dict[Key, str]:
    """As `out_of_date`, on what was recorded; `graph` stands upstream first."""
    plan: dict[Key, str] = {}
    left_out = without_data(graph, built)
    for key, node in graph.items():
        if key[0] in SOURCES or node.apart or key in left_out:
            continue
        reason = _reason(key, node, built, plan, is_missing, is_changed)
        if reason:
            plan[key] = reason
    return plan


def without_data(graph: Graph, built: Mapping[Key, Built]) -> set[Key]:
    """Datasets of which no snapshot was ever kept, and what could be made of them alone.

    Making their empty tables would cost a fifth of a second each and say nothing: they are not
    planned until a first snapshot is there. What was once built stays in the plan.
    """
    found: set[Key] = set()
    for key, node in graph.items():
        last = built.get(key)
        if key[0] == "raw":
            empty = last is not None and last.data_version == NOTHING
        else:
            fed = [p for p in node.parents if p[0] in ("raw", "history", "indicator")]
            # A formula needs all its parts, a reading only one of its datasets.
            of_parts = any(p[0] == "indicator" for p in fed)
            lacking = any if of_parts else all
            one = key[0] in ("history", "indicator") and len(key) > 1  # not a table over all
            empty = last is None and one and bool(fed) and lacking(p in found for p in fed)
        if empty:
            found.add(key)
    return found


def red(built: Mapping[Key, Built]) -> list[Key]:
    """The assets whose newest judgement is red, in order."""
    return sorted(k for k, b in built.items() if b.verdict == "red")


def name(key: Key) -> str:
    """An asset's name as people and Dagster write it."""
    return "/".join(key)


def beyond(graph: Graph, planned: Iterable[Key], done: set[Key], failed: set[Key]) -> list[Key]:
    """What a run skipped and can still be built, upstream first, because only datasets or
    indicators failed before it; empty where nothing failed, so that going on always ends.
    """
    blocked: set[Key] = set()
    left = []
    wanted = set(planned) - done - failed
    for key, node in graph.items():
        parents = set(node.parents)
        if any(p in blocked or (p in failed and p[0] not in MAY_FAIL) for p in parents):
            blocked.add(key)
        elif key in wanted:
            left.append(key)
    return left if failed else []


def done_and_failed(
    assets: Iterable[dg.AssetsDefinition], events: Iterable
) -> tuple[set[Key], set[Key]]:
    """The assets that a run made and those whose step failed, from its events."""
    steps = {a.node_def.name: [tuple(k.path) for k in a.keys] for a in assets}
    done: set[Key] = set()
    failed: set[Key] = set()
    for entry in events:
        event = getattr(entry, "dagster_event", entry)
        if event is None:
            continue
        if event.is_step_materialization and event.asset_key is not None:
            done.add(tuple(event.asset_key.path))
        elif event.is_step_failure:
            failed.update(steps.get(event.step_key, []))
    return done, failed - done


def missing_in(home: Home) -> Callable[[Key], bool]:
    """Whether the file that an asset is meant to have made is not in this home."""
    import dagster as dg

    from assets import graph as assets_graph

    home.refresh()

    def missing(key: Key) -> bool:
        path = assets_graph.output(dg.AssetKey(key), home)
        return path is not None and not path.exists()

    return missing


def changed_in(home: Home) -> Callable[[Key, str], bool]:
    """Whether someone else changed a table's file: its hash is no longer its data version."""
    import dagster as dg

    from assets import graph as assets_graph
    from warehouse import store

    home.refresh()

    def changed(key: Key, version: str) -> bool:
        path = assets_graph.output(dg.AssetKey(key), home)
        table = path is not None and path.suffix == ".parquet" and len(version) == _HASH
        return table and path.exists() and store.digest(path) != version

    return changed


def _reason(
    key: Key,
    node: AssetCode,
    built: Mapping[Key, Built],
    plan: Mapping[Key, str],
    is_missing: Callable[[Key], bool],
    is_changed: Callable[[Key, str], bool],
) -> str | None:
    last = built.get(key)
    if last is None:
        return f"{name(key)} has never been built."
    if last.verdict == "red" and not (last.final and key[0] in MAY_FAIL):
        return f"{name(key)} was judged red when it was last built."
    if node.code_version is not None and node.code_version != last.code_version:
        return f"{name(key)}: its code or its catalog files changed."
    made = last.data_version != NOTHING
    if made and (is_missing(key) or is_changed(key, last.data_version)):
        how = "missing" if is_missing(key) else "not the one that was built"
        return f"{name(key)}: its file is {how}."
    changed = _changed_inputs(node, last, built)
    if changed:
        return f"{name(key)}: {changed}."
    waiting = [name(p) for p in node.parents if p in plan]
    return f"{name(key)} depends on {_list(waiting)}." if waiting else None


def _changed_inputs(node: AssetCode, last: Built, built: Mapping[Key, Built]) -> str:
    now = {name(p): built[p].data_version if p in built else NEVER for p in node.parents}
    if set(now) != set(last.inputs):
        return f"what it is made from changed ({_differ(set(now), last.inputs)})"
    changed = [p for p in now if now[p] != last.inputs[p]]
    return f"{_list(changed)} changed" if changed else ""


def _differ(now: set[str], then: Mapping[str, str]) -> str:
    new, gone = sorted(now - set(then)), sorted(set(then) - now)
    parts = [f"new: {_list(new)}"] if new else []
    return "; ".join(parts + ([f"no longer: {_list(gone)}"] if gone else []))


def _list(names: list[str], most: int = 3) -> str:
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"
