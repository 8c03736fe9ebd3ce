"""The fate of every record that an indicator claims: a figure, or out with the reason.

From the histories of its datasets, or from the indicators of its formula, to the candidate that is then judged; and what
becomes of a candidate that does not pass. Tables have the shape `warehouse.tables.HARMONISED`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from catalog.models.comparability import load
from catalog.models.model import Correction, Dataset, Indicator
from warehouse import store
from warehouse.home import Home
from warehouse.methods.derive import derive
from warehouse.methods.harmonise import harmonise
from warehouse.methods.spike import without_spikes
from warehouse.methods.unit_shift import shifted
from warehouse.query import Rows
from warehouse.tables import HARMONISED

FIGURES = ("observation", "part", "context")  # the fates of records that are figures

Pair = tuple[str, str]  # (provider, dataset)


@dataclass(frozen=True)
class Claim:
    """An indicator and what it is made from: datasets with their statements and corrections, or a formula's inputs."""

    spec: Indicator
    statements: Mapping[Pair, Dataset]
    corrections: Sequence[Correction]

    @property
    def inputs(self) -> list[str]:
        """The indicators of its formula."""
        of = self.spec.derived
        return sorted({part.indicator for part in of.inputs.values()}) if of else []


def candidate(claim: Claim, home: Home, registry: Iterable[str]) -> tuple[pa.Table, list[str]]:
    """(every record with its fate, sentences on what could not be bound).

    registry: the tables that `harmonise` looks places and flags up in.
    """
    spec = claim.spec
    if spec.derived:
        return derive(spec, {i: _part(home, i) for i in claim.inputs}), []
    made, problems = harmonise(
        spec,
        _histories(home, claim.statements),
        claim.statements,
        **{name: store.read(home.table(name)) for name in registry},
        corrections=claim.corrections,
        unknown=_unknown(home, claim.statements),
    )
    return _without_errors(made, spec, store.read(home.table("unit"))), problems


def _without_errors(made: pa.Table, spec: Indicator, units: pa.Table) -> pa.Table:
    """Without the rows in another unit, and without spikes and zeros of one year. Where a rule of breaks
    looks for redrawn territories, a step is theirs."""
    unit = next(u for u in units.to_pylist() if u["unit"] == spec.unit)
    dimension, per = unit["dimension"], bool(unit["denominator"])
    smooth = {(b.provider, b.dataset) for b in spec.bindings if b.interpolated}
    if not spec.break_rule:
        made = shifted(made, dimension, per, smooth)
    return without_spikes(made, spec.id, (spec.unit, dimension, per), load().spikes, smooth)


def _part(home: Home, indicator: str) -> pa.Table:
    """A part of a formula; empty while no dataset of it has a snapshot."""
    path = home.indicator(indicator)
    if not path.exists():
        return store.empty(HARMONISED)
    return store.read(path, dictionary=HARMONISED)


def _histories(home: Home, pairs: Iterable[Pair]) -> dict[Pair, tuple[Rows, str]]:
    """(rows, or the file of a large one; since when they are stale or "") of each dataset that has a history."""
    return {
        pair: (
            path if store.is_large(path) else store.read(path, dictionary=True),
            store.metadata(path).get("stale_since", ""),
        )
        for pair in pairs
        if (path := home.history(*pair)).exists()
    }


def _unknown(home: Home, pairs: Iterable[Pair]) -> dict[Pair, list[tuple[str, str]]]:
    """(column, code) of each dataset that waits in quarantine until a person accepts it."""
    return {
        pair: [tuple(p) for p in json.loads(store.metadata(path).get("unknown") or "[]")]
        for pair in pairs
        if (path := home.history(*pair)).exists()
    }


def meant(claim: Claim, home: Home) -> str:
    """Why a person accepted an edition that it is made from although figures went; else empty."""
    files = [home.history(*pair) for pair in claim.statements]
    files += [home.indicator(i) for i in claim.inputs]
    reasons = [store.metadata(f).get("meant", "") for f in files if f.exists()]
    return "; ".join(dict.fromkeys(r for r in reasons if r))


def figures(table: pa.Table) -> pa.Table:
    """The records that are figures of a metropolis, of a part of one, or of a country."""
    return table.filter(_is_figure(table))


def counts(table: pa.Table) -> dict[str, int]:
    """How many records have each fate."""
    found = table["fate"].value_counts().to_pylist()
    return {c["values"]: c["counts"] for c in sorted(found, key=lambda c: c["values"])}


def rejected(made: pa.Table, reason: str) -> pa.Table:
    """The candidate that did not pass: each record that would have been a figure says why it is not."""
    figure = _is_figure(made)
    for name, text in (
        ("fate", "quarantine"),
        ("reason", "rejected"),
        ("detail", f"the whole candidate was rejected: {reason}"),
    ):
        i = made.column_names.index(name)
        made = made.set_column(
            i, name, pc.if_else(figure, pa.scalar(text), made[name].cast(pa.string()))
        )
    return made


def stale(previous: pa.Table, made: pa.Table) -> pa.Table:
    """The last good figures, with the publication date of the edition that was rejected."""
    since = pc.max(made["recorded_from"]) if len(made) else pa.scalar(None)
    i = previous.column_names.index("stale_since")
    marks = pc.fill_null(previous["stale_since"], since.cast(pa.timestamp("us")))
    return previous.set_column(i, "stale_since", marks)


def brings_news(previous: pa.Table, made: pa.Table) -> bool:
    """Whether a candidate is made from an edition that the last good table did not know.

    Where it is not, what makes it red is an edit of ours.
    """
    known, now = (set(pc.unique(t["snapshot_id"]).to_pylist()) for t in (previous, made))
    last, newest = (pc.max(t["recorded_to"]).as_py() for t in (previous, made))
    return bool(now - known) or (newest is not None and (last is None or newest > last))


def _is_figure(table: pa.Table) -> pa.ChunkedArray:
    return pc.is_in(table["fate"], pa.array(FIGURES))
