"""What there is of each indicator in each of its datasets; where there is nothing, why.

The reason follows from what is so: the snapshots that are kept, what upstream answered when it was last
asked, what is in quarantine, the licence, the bindings. It is written nowhere by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from catalog.contents import Catalog
from catalog.models.model import Indicator
from sources.refresh import asked
from sources.store.snapshots import Store
from warehouse import query, store
from warehouse.inputs import Inputs
from warehouse.tables import Table

# The reasons, first those after which figures would come soonest.
ABSENCES = ("refused", "not_refreshed", "never_asked", "licence", "upstream_has_none")
COMPUTED = "observatory"


@dataclass(frozen=True)
class Kept:
    """What is known of one dataset: `live` where an accepted snapshot is upstream's own answer to a
    request, `accepted` where there is any, `trouble` why the newest is held or upstream did not answer."""

    accepted: bool = False
    live: bool = False
    trouble: str = ""


@dataclass(frozen=True)
class Count:
    """Current figures of an indicator from one dataset, by fate; `reason` is the most frequent one in
    quarantine."""

    figures: int = 0
    context: int = 0
    parts: int = 0
    quarantined: int = 0
    lacking: int = 0
    reason: str = ""


Row = dict[str, Any]
Reason = tuple[str | None, str]  # the code, and the same in words


def of_dataset(name: str, kept: Kept, count: Count, redistributable: bool) -> Reason:
    """The reason of one indicator in the dataset `name` (`provider/dataset`); no code for figures."""
    if not redistributable:
        return "licence", f"Not published: the licence of {name} does not allow it."
    if count.figures or count.context:
        return None, _there_is(count)
    if not kept.accepted:
        return _without_snapshot(name, kept.trouble)
    if count.quarantined:
        return (
            "refused",
            f"Refused: all {count.quarantined:,} records of {name} are in quarantine, most often "
            f"with the reason {count.reason}.",
        )
    return _without_records(name, kept.live, count.parts)


def _there_is(count: Count) -> str:
    if count.figures:
        return f"{count.figures:,} figures of metropolises."
    return f"Context only: {count.context:,} figures of countries and regions."


def _without_snapshot(name: str, trouble: str) -> Reason:
    if trouble:
        return "refused", f"Refused: {name} was asked, and nothing that came is used. {trouble}"
    return (
        "never_asked",
        f"Never asked: there is no snapshot of {name}; `observatory refresh` asks for it.",
    )


def _without_records(name: str, live: bool, parts: int) -> Reason:
    if parts:
        said = (
            f"Upstream has none: the {parts:,} figures of {name} are all of parts of a metropolis."
        )
        return "upstream_has_none", said
    if live:
        return (
            "upstream_has_none",
            f"Upstream has none: the answer of {name} holds no record of it.",
        )
    return (
        "not_refreshed",
        f"Not yet refreshed: the files of {name} at hand do not hold it; `observatory refresh` asks "
        "for it.",
    )


def availability(
    indicators: Mapping[str, Indicator],
    closed: frozenset[tuple[str, str]],
    kept: Mapping[tuple[str, str], Kept],
    counts: Mapping[tuple[str, str, str], Count],
) -> list[Row]:
    """The rows of table `availability`.

    closed: datasets that may not be redistributed. kept: by (provider, dataset). counts: by (indicator,
    provider, dataset); those of a computed indicator are under (`observatory`, indicator).
    """
    made: dict[str, list[Row]] = {}

    def rows(indicator_id: str) -> list[Row]:
        if indicator_id not in made:
            made[indicator_id] = _rows(indicators[indicator_id], closed, kept, counts, rows, live)
        return made[indicator_id]

    def live(indicator_id: str) -> bool:
        """Whether all that an indicator rests on is upstream's own answer."""
        spec = indicators[indicator_id]
        inner = [p.indicator for p in spec.derived.inputs.values()] if spec.derived else []
        bound = [(b.provider, b.dataset) for b in spec.bindings]
        return all(kept.get(p, Kept()).live for p in bound) and all(live(i) for i in inner)

    return [row for i in indicators for row in rows(i)]


def why(rows: Sequence[Row]) -> Reason:
    """(code, words) of an indicator from its rows: no code where one of its datasets has figures."""
    best = min(rows, key=_rank)
    return best["absence"], best["says"]


def _rank(row: Row) -> int:
    absence = row["absence"]
    return -1 if absence is None else ABSENCES.index(str(absence))


def _rows(spec: Indicator, closed, kept, counts, rows_of, live) -> list[Row]:
    made = []
    for pair in dict.fromkeys((b.provider, b.dataset) for b in spec.bindings):
        count = counts.get((spec.id, *pair), Count())
        found = of_dataset("/".join(pair), kept.get(pair, Kept()), count, pair not in closed)
        made.append(_row(spec.id, pair, count, *found))
    if spec.derived:
        pair = (COMPUTED, spec.id)
        count = counts.get((spec.id, *pair), Count())
        made.append(_row(spec.id, pair, count, *_computed(spec, count, rows_of, live)))
    return made


def _computed(spec: Indicator, count: Count, rows_of, live) -> Reason:
    """A computed indicator lacks what one of its parts lacks; else its parts do not meet."""
    parts = (
        list(dict.fromkeys(p.indicator for p in spec.derived.inputs.values()))
        if spec.derived
        else []
    )
    lacks = {p: why(rows_of(p)) for p in parts}
    if any(code == "licence" for code, _ in lacks.values()):
        return next(found for found in lacks.values() if found[0] == "licence")
    if count.figures:
        return None, _there_is(count)
    for part, (code, says) in lacks.items():
        if code is not None:
            return code, f"Not computable yet: {part} has no figures. {says}"
    if count.quarantined:
        return (
            "refused",
            f"Refused: all {count.quarantined:,} computed figures are in quarantine, most often with "
            f"the reason {count.reason}.",
        )
    meets = "lack a part of the formula for the same territory and year"
    said = f"Not computable yet: {count.lacking:,} figures {meets}"
    if all(live(p) for p in parts):
        return "upstream_has_none", f"{said}, and the answers of the upstreams hold no more."
    return "not_refreshed", f"{said} in the files at hand; `observatory refresh` asks for more."


def _row(
    indicator_id: str, pair: tuple[str, str], count: Count, code: str | None, says: str
) -> Row:
    open_ = code != "licence"
    return {
        "indicator_id": indicator_id,
        "source_id": pair[0],
        "dataset": pair[1],
        "figures": count.figures if open_ else 0,
        "context": count.context if open_ else 0,
        "absence": code,
        "says": says,
    }


def kept_of(home_snapshots, copies, asked_file, pairs) -> dict[tuple[str, str], Kept]:
    """What the store and the record of asking know of each dataset."""
    shelf, known = Store(home_snapshots, copies), asked.read(asked_file)
    found = {}
    for provider, dataset in pairs:
        editions = shelf.editions(provider, dataset)
        newest, last = shelf.latest(provider, dataset), known.get(f"{provider}/{dataset}")
        trouble = newest.held_because if newest and newest.status == "held" else ""
        found[provider, dataset] = Kept(
            accepted=bool(editions),
            live=any(s.origin == "live" and not s.partial for s in editions),
            trouble=trouble or (last.failure if last else ""),
        )
    return found


def counts_of(paths: Sequence[str]) -> dict[tuple[str, str, str], Count]:
    """The records of every indicator by dataset and fate, from the files of indicators."""
    if not paths:
        return {}
    con = query.memory(serial=True)
    con.execute("set variable paths = $paths", {"paths": list(paths)})
    rows = con.sql(
        """
        with record as (
            select *, recorded_to is null and value is not null and obs_status <> 'F' as current
            from read_parquet(getvariable('paths'))
        )
        select indicator_id, source_id, dataset,
            count(*) filter (fate = 'observation' and current) as figures,
            count(*) filter (fate = 'context' and current) as context,
            count(*) filter (fate = 'part' and current) as parts,
            count(*) filter (fate = 'quarantine') as quarantined,
            count(*) filter (fate = 'not_computable') as lacking,
            coalesce(mode(reason order by reason) filter (fate = 'quarantine'), '') as reason
        from record where indicator_id is not null
        group by all
        """
    ).fetchall()
    return {tuple(r[:3]): Count(*r[3:]) for r in rows}  # type: ignore[misc]


def make(given: Inputs) -> pa.Table:
    """Table `availability`, as things are when it is made."""
    known = given.catalog
    pairs = known.bound_datasets()
    closed = frozenset(p for p in pairs if not known.dataset(*p).redistributable)
    kept = kept_of(given.home.snapshots, given.home.copies, given.home.asked, pairs)
    counts = counts_of([str(p) for p in given.indicator_files()])
    rows = availability(known.indicators, closed, kept, counts)
    return pa.Table.from_pylist(rows, schema=store.schema(given.statement))


def notes(table: pa.Table) -> dict[str, str]:
    """For people who look at the table in the UI: the indicators without figures, and why."""
    rows: dict[str, list[Row]] = {}
    for row in table.to_pylist():
        rows.setdefault(row["indicator_id"], []).append(row)
    lacking = {i: why(found) for i, found in rows.items()}
    told = [f"{i}: {says}" for i, (code, says) in sorted(lacking.items()) if code is not None]
    return {"indicators without figures": "\n\n".join(told) or "none"}


def facts(catalog: Catalog, statement: Table) -> object:
    """Bindings, formulas and licences."""
    licences = {p: catalog.dataset(*p).redistributable for p in catalog.bound_datasets()}
    bound = {
        i.id: ([(b.provider, b.dataset) for b in i.bindings], i.derived)
        for i in catalog.indicators.values()
    }
    return bound, sorted(licences.items())
