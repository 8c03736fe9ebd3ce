"""All steps in order, every stage kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from catalog.models.index_spec import IndexSpec, IndicatorUse
from warehouse.errors import WarehouseError
from warehouse.indices.steps import weight as weighing
from warehouse.indices.steps.aggregate import scores
from warehouse.indices.steps.denominate import denominate
from warehouse.indices.steps.impute import impute
from warehouse.indices.steps.normalise import normalise
from warehouse.indices.steps.rank import ranked
from warehouse.indices.steps.treat import treat

STAGES = ("raw", "denominated", "imputed", "treated", "normalised")


@dataclass(frozen=True)
class Data:
    """What an index is made from: `raw` is (units, indicators), NaN where missing."""

    units: list[str]
    names: list[str]
    raw: np.ndarray
    denominators: Mapping[str, np.ndarray] = field(default_factory=dict)
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    errors: np.ndarray | None = None
    carried: np.ndarray | None = None
    """Raw cells that were filled from other years."""

    def rows(self, keep: np.ndarray) -> Data:
        """The data of the units where `keep` is true."""
        at = np.flatnonzero(keep)
        return Data(
            [self.units[i] for i in at],
            [self.names[i] for i in at],
            self.raw[at],
            {k: v[at] for k, v in self.denominators.items()},
            {k: [v[i] for i in at] for k, v in self.groups.items()},
            None if self.errors is None else self.errors[at],
            None if self.carried is None else self.carried[at],
        )


@dataclass(frozen=True)
class IndexResult:
    """Every stage of one index; `scores` has each group and the index, shape (units,)."""

    data: Data
    stages: Mapping[str, np.ndarray]
    filled: np.ndarray
    treatments: list[str]
    nodes: list[weighing.Node]
    weights: Mapping[str, np.ndarray]
    scores: Mapping[str, np.ndarray]
    ranks: Mapping[str, np.ndarray]
    left_out: list[tuple[str, str]]
    pool: Data | None = None
    """The data of all years, where values are normalised over all of them."""
    filled_groups: Mapping[str, np.ndarray] = field(default_factory=dict)
    """Group: the units whose score is the stated filling."""


def ids(spec: IndexSpec) -> list[str]:
    """The indicators, in the order of the columns."""
    return [i.id for i in spec.indicators]


def through(
    spec: IndexSpec,
    values: np.ndarray,
    data: Data,
    first: str,
    last: str,
    uses: Sequence[IndicatorUse] | None = None,
) -> tuple[np.ndarray, list[str]]:
    """A matrix of stage `first` carried to stage `last`, and what treatment did to each column.

    `uses` states the columns; by default they are the spec's indicators in order.
    """
    uses = spec.indicators if uses is None else uses
    notes = [""] * values.shape[1]
    for stage in STAGES[STAGES.index(first) + 1 : STAGES.index(last) + 1]:
        match stage:
            case "denominated":
                values = denominate(values, uses, data.denominators)
            case "imputed":
                values = impute(values, spec.impute, data.groups)
            case "treated":
                values, notes = treat(values, spec.treat, uses)
            case "normalised":
                values = normalise(values, uses, spec.normalise)
    return values, notes


def run(spec: IndexSpec, data: Data, pool: Data | None = None) -> IndexResult:
    """The index and every stage on the way.

    Units below `coverage.unit` are left out before the first step and told in `left_out`. `pool`
    are the data of all years where `normalise.over` is years. Raises `WarehouseError` where an
    indicator is below `coverage.indicator` or has no value at all, or fewer than 2 units remain.
    """
    data, left_out = gate(spec, data, pool)
    stages = {"raw": data.raw}
    among = None if pool is None else through(spec, pool.raw, pool, "raw", "treated")[0]
    for before, after in pairwise(STAGES):
        if after == "normalised":
            stages[after] = normalise(stages[before], spec.indicators, spec.normalise, among)
            continue
        stages[after], notes = through(spec, stages[before], data, before, after)
        if after == "treated":
            treatments = notes
    nodes = weighing.tree(spec)
    weights = weighing.weights(nodes, spec.weight, stages["normalised"], ids(spec))
    found = scores(
        stages["normalised"],
        ids(spec),
        nodes,
        weights,
        penalty=spec.aggregate.penalty,
        least=spec.coverage.group,
        labels=data.groups,
    )
    flat = {name: s[:, 0] for name, s in found.items()}
    ranks = {name: ranked(s, spec.ranking) for name, s in flat.items()}
    unscored = np.flatnonzero(np.isnan(flat[spec.id]))
    left_out += [(data.units[i], "too few of its groups can be scored") for i in unscored]
    filled = np.isnan(stages["denominated"]) & ~np.isnan(stages["imputed"])
    filled = filled if data.carried is None else filled | data.carried
    return IndexResult(
        *(data, stages, filled, treatments, nodes, weights, flat, ranks, left_out, pool),
        filled_groups=_filled_groups(spec, stages["normalised"], nodes, weights, data),
    )


def _filled_groups(spec: IndexSpec, normalised, nodes, weights, data: Data):
    """Per group that states a filling, the units that have it instead of a score of their own."""
    found = {}
    for node in nodes:
        if node.fill is not None:
            bare = [replace(n, fill=None) if n is node else n for n in nodes]
            own = scores(
                *(normalised, ids(spec), bare, weights),
                penalty=spec.aggregate.penalty,
                least=spec.coverage.group,
                labels=data.groups,
            )
            found[node.id] = np.isnan(own[node.id][:, 0])
    return found


def gate(
    spec: IndexSpec, data: Data, pool: Data | None = None
) -> tuple[Data, list[tuple[str, str]]]:
    """The data of the units that are covered well enough, and the others with the reason."""
    there = ~np.isnan(data.raw)
    share = (there if pool is None else ~np.isnan(pool.raw)).mean(axis=0)
    for use, part in zip(spec.indicators, share, strict=True):
        if part == 0 or part < spec.coverage.indicator:
            raise WarehouseError(
                f"Indicator '{use.id}' has a value for {part:.0%} of the units, less than "
                f"coverage.indicator asks ({spec.coverage.indicator:.0%}); leave it out or lower "
                "the gate."
            )
    of_unit = there.mean(axis=1)
    keep = (of_unit >= spec.coverage.unit) & there.any(axis=1)
    if keep.sum() < 2:
        raise WarehouseError(
            f"Only {keep.sum()} of {len(keep)} units pass coverage.unit "
            f"({spec.coverage.unit:.0%} of the indicators); an index needs 2 at least: lower the "
            "gate or add data."
        )
    left = [
        (data.units[i], f"has {of_unit[i]:.0%} of the indicators, less than coverage.unit asks")
        for i in np.flatnonzero(~keep)
    ]
    return data.rows(keep), left
