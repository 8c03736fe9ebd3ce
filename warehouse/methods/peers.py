"""Which metropolises are most alike, and in what: nearest neighbours over a few properties.

A property is scaled by its median and median absolute deviation over all metropolises, so that one
giant moves nobody else; a model of governance is the same or another. What is known of a metropolis
and not of a candidate counts as two candidates picked by chance are apart: not knowing makes nobody
alike.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.contents import Catalog
from catalog.models.model import PeerFeature
from warehouse import query, store, tables
from warehouse.inputs import Inputs
from warehouse.tables import Table

COUNT = 10
_BY_CHANCE = 2.0  # squared, in standard deviations: twice the variance
_NORMAL = 1.4826  # median absolute deviation to standard deviation
SIMILAR = 0.5  # standard deviations apart; more is different
_ROWS = 256  # of the distance matrix at once


def peers(
    latest: pa.Table,
    trend: pa.Table,
    profile: pa.Table,
    features: Sequence[PeerFeature],
    *,
    count: int = COUNT,
) -> pa.Table:
    """Table `peer` from rows of table `latest`, table `trend` and `governance_profile`.

    Only metropolises of which the first property is known have peers and are peers. `distance` is
    in standard deviations per property (root mean square over what is known of the metropolis).
    """
    columns = [_column(latest, trend, profile, f) for f in features]
    names = sorted(columns[0])
    values = np.array([[c.get(n, np.nan) for c in columns] for n in names])
    if len(names) <= 1:
        return store.empty(tables.of("peer"))
    kind = np.array([f.of == "governance" for f in features])
    parts = [kinds(v) if k else scale(v[:, None]) for v, k in zip(values.T, kind, strict=True)]
    share = np.concatenate([np.full(p.shape[1], 1 / p.shape[1]) for p in parts])
    found, distance = nearest(np.hstack(parts), min(count, len(names) - 1), share)
    plain = np.hstack(
        [v[:, None] if k else p for v, k, p in zip(values.T, kind, parts, strict=True)]
    )
    apart = np.abs(plain[:, None, :] - plain[found])
    apart[(apart > 0) & kind] = np.inf  # one model is not nearer to another than a third
    ids, labels = np.array(names, dtype=object), [f.id for f in features]
    shape = found.shape
    return store.conform(
        pa.table(
            {
                "metro_id": np.repeat(ids, shape[1]),
                "place": np.tile(np.arange(1, shape[1] + 1), shape[0]),
                "peer_id": ids[found].ravel(),
                "distance": distance.ravel(),
                "similar_in": _named(apart <= SIMILAR, labels),
                "different_in": _named(apart > SIMILAR, labels),
                "unknown_in": _named(np.isnan(apart), labels),
            }
        ),
        tables.of("peer"),
    )


def comparable_only(latest: pa.Table, not_comparable: pa.Table) -> pa.Table:
    """The rows of table `latest` that may be compared with those of other metropolises."""
    return query.run(
        """
        from latest anti join not_comparable using (
            indicator_id, system, vintage, unit_id, sex, age, unit, period, source_id, dataset,
            series_key)
        """,
        {"latest": latest, "not_comparable": not_comparable},
    )


def scale(values: np.ndarray) -> np.ndarray:
    """Robust z-scores by column; NaN stays; a column without spread becomes 0."""
    middle = np.nanmedian(values, axis=0)
    spread = _NORMAL * np.nanmedian(np.abs(values - middle), axis=0)
    return (values - middle) / np.where(spread > 0, spread, np.inf)


def kinds(codes: np.ndarray) -> np.ndarray:
    """One column for each kind, NaN where the code is; two rows by chance are 2 apart, squared.

    So a property of kinds weighs what a measured one does. Without a second kind all are 0.
    """
    known = ~np.isnan(codes)
    kind, size = np.unique(codes[known], return_counts=True)
    if len(kind) < 2:
        return np.where(known, 0.0, np.nan)[:, None]
    spread = 1 - ((size / size.sum()) ** 2).sum()
    return np.where(known[:, None], (codes[:, None] == kind) / np.sqrt(spread), np.nan)


def nearest(
    scaled: np.ndarray, count: int, share: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The nearest rows of each row, nearest first, and how far they are; both (rows, count).

    `share` says of each column how much of a property it is, 1 where nothing is said.

    Squared distances are three matrix products, sum z^2 m' + sum m (z'^2 + what chance would give
    where the other is not known) - 2 sum z z', computed as one. Rounded to 1e-9 before
    ordering, then by row, so that every machine answers the same.
    """
    known = ~np.isnan(scaled)
    z = np.where(known, scaled, 0.0)
    mask, square = known.astype(float), z**2
    found = np.empty((len(z), count), dtype=np.int64)
    distance = np.empty((len(z), count))
    share = np.ones(z.shape[1]) if share is None else share
    of = np.maximum(mask @ share, 1)
    left = np.hstack([square, mask, z])
    right = np.vstack([mask.T, (square + _BY_CHANCE * share * (1 - mask)).T, -2 * z.T])

    def block(at: int) -> None:
        rows = slice(at, at + _ROWS)
        far = left[rows] @ right  # squared distances, in one product
        np.maximum(far, 0, out=far)
        far *= 1e9 / of[rows, None]
        key = np.rint(far, out=far).astype(np.int64)
        key *= len(z)
        key += np.arange(len(z))  # no two alike, so that there is one order
        key[np.arange(len(key)), np.arange(at, at + len(key))] = np.iinfo(np.int64).max
        key.partition(count - 1, axis=1)
        near = np.sort(key[:, :count], axis=1)
        found[rows], distance[rows] = near % len(z), near // len(z) * 1e-9

    with ThreadPoolExecutor(os.cpu_count()) as pool:  # numpy lets go of Python while it works
        list(pool.map(block, range(0, len(z), _ROWS)))
    return found, np.sqrt(distance)


def _column(
    latest: pa.Table, trend: pa.Table, profile: pa.Table, feature: PeerFeature
) -> dict[str, float]:
    """The property of each metropolis that has it; of several units of one the first by id.

    A model of governance is its place in the alphabet of those known.
    """
    if feature.of == "governance":
        rows = profile.filter(pc.is_valid(profile["model"]))
        names, models = (rows[c].cast(pa.string()).to_pylist() for c in ("metro_id", "model"))
        place = {model: float(n) for n, model in enumerate(sorted(set(models)))}
        return {name: place[model] for name, model in zip(names, models, strict=True)}
    table, of = (trend, "slope_percent") if feature.of == "growth" else (latest, "value")
    wanted = pc.and_(
        pc.equal(table["indicator_id"], feature.indicator),
        pc.and_(
            pc.equal(table["system"], feature.system), pc.equal(table["vintage"], feature.vintage)
        ),
    )
    if feature.of == "growth":
        wanted = pc.and_(
            wanted, pc.and_(pc.equal(table["sex"], "_T"), pc.equal(table["age"], "_T"))
        )
    rows = table.filter(pc.and_(wanted, pc.is_valid(table[of])))
    if feature.log:
        rows = rows.filter(pc.greater(rows[of], 0))
    rows = rows.sort_by([("metro_id", "descending"), ("unit_id", "descending")])
    value = rows[of].to_numpy()
    value = np.log(value) if feature.log else value
    return dict(zip(rows["metro_id"].cast(pa.string()).to_pylist(), value.tolist(), strict=True))


def _named(which: np.ndarray, labels: list[str]) -> list[str]:
    """For each pair the labels of the properties for which it holds, as `size, density`."""
    bits = which.reshape(-1, len(labels)) @ (1 << np.arange(len(labels)))
    words = [
        ", ".join(label for n, label in enumerate(labels) if code >> n & 1)
        for code in range(1 << len(labels))
    ]
    return np.array(words, dtype=object)[bits].tolist()


def make(given: Inputs) -> pa.Table:
    """Table `peer`."""
    latest = comparable_only(given["latest"], given["not_comparable"])
    return peers(latest, given["trend"], given["governance_profile"], given.catalog.peers)


def facts(catalog: Catalog, statement: Table) -> object:
    """The properties by which peers are alike."""
    return catalog.peers
