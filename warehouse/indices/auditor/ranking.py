"""Published ranks against the scores: by the stated rule, or by which other one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from catalog.models.index_spec import Ranking, Ties
from warehouse.indices.auditor.columns import Explanation, Step, Way, choose
from warehouse.indices.auditor.findings import RANKING, ROUNDED, Why
from warehouse.indices.auditor.intervals import half_width
from warehouse.indices.steps.rank import merit_ranks, rounded

_TRIED = 20_000_000  # ranks that are all made
TIES = ("min", "max", "mean", "dense")


def ends(score: np.ndarray, room: float, how: Ranking) -> tuple[np.ndarray, np.ndarray]:
    """(least, largest) score that was ranked, where published ones may be off by `room`."""
    room = max(room, 1e-12 * float(np.nanmax(np.abs(score), initial=0)))
    return rounded(score - room, how.decimals), rounded(score + room, how.decimals)


def as_ranked(score: np.ndarray, rank: np.ndarray, room: float, how: Ranking) -> np.ndarray:
    """Scores with those that may be rounded either way as their published ranks say."""
    if how.decimals is None:
        return score
    low, high = ends(score, room, how)
    found = score.copy()
    for row in np.flatnonzero(low < high):
        for end in (low[row], high[row]):
            tried = found.copy()
            tried[row] = end
            one = merit_ranks(rounded(tried, how.decimals)[:, None], how.ties)[row, 0]
            if one == rank[row]:
                found[row] = np.clip(end, score[row] - room, score[row] + room)
                break
    return found


def fits(rank: np.ndarray, score: np.ndarray, room: float, how: Ranking) -> np.ndarray:
    """Per unit whether its rank is possible for scores that may be off by `room`."""
    both = ~np.isnan(score) & ~np.isnan(rank)
    found = np.isnan(score) == np.isnan(rank)
    low, high = ends(score[both], room, how)
    surely = low[None, :] > high[:, None]  # the other is better
    maybe = high[None, :] >= low[:, None]
    given = rank[both]
    if how.ties == "dense":
        found[both] = _monotone(given, surely)
        return found
    above, near = surely.sum(axis=1), maybe.sum(axis=1)
    if how.ties == "max":
        above = (low[None, :] >= high[:, None]).sum(axis=1) - 1
        above = np.maximum(above, 0)
    found[both] = (given >= above + 1) & (given <= near)
    return found


def _monotone(rank: np.ndarray, surely: np.ndarray) -> np.ndarray:
    """Per unit whether every unit that is surely better has a better rank."""
    return ~(surely & (rank[None, :] >= rank[:, None])).any(axis=1)


def structure(rank: np.ndarray) -> set[str]:
    """The rules of ties that the ranks themselves obey, whatever the scores."""
    there = rank[~np.isnan(rank)]
    values, counts = np.unique(there, return_counts=True)
    before = np.concatenate([[0], np.cumsum(counts)[:-1]])
    expected = {
        "min": before + 1,
        "max": before + counts,
        "mean": before + (counts + 1) / 2,
        "dense": np.arange(1, len(values) + 1),
    }
    return {k for k, v in expected.items() if len(v) and np.array_equal(v, values)}


def explain(
    rank: np.ndarray,
    score: np.ndarray,
    room: float,
    how: Ranking,
    units: Sequence[str],
    others: dict[str, np.ndarray],
) -> list[Explanation]:
    """Why ranks are not those of the scores; nothing where they may be.

    `others` are other columns of scores, whose ranks may be here.
    """
    good = fits(rank, score, room, how)
    shape = structure(rank)
    tied = len(np.unique(rank[~np.isnan(rank)])) < (~np.isnan(rank)).sum()
    if good.all() and (how.ties in shape or not tied or not shape):
        return []
    low, high = ends(score, room, how)
    surely = low[None, :] > high[:, None]
    if shape and tied and how.ties not in shape and _monotone(rank, surely).mean() > 0.97:
        used = next(t for t in TIES if t in shape)
        why = Why(RANKING, f"ties_{used}", {"stated": how.ties})
        return [Explanation(why, ~good if (~good).any() else np.ones(len(rank), dtype=bool))]
    alternatives = [
        (Why(ROUNDED, "ranks_rounded", {"n": d}), rounded(score, d), "min")
        for d in range(6, -1, -1)
        if how.decimals != d
    ]
    if how.decimals is not None:
        alternatives.insert(0, (Why(RANKING, "ranks_not_rounded"), score, how.ties))
    for why, scores, ties in alternatives:
        for rule in dict.fromkeys((how.ties, ties)):
            if np.array_equal(merit_ranks(scores[:, None], rule)[:, 0], rank, equal_nan=True):
                return [Explanation(why, ~good)]
    if _monotone(rank, surely.T).all() and (~good).sum() > 2:
        return [Explanation(Why(RANKING, "ranks_reversed"), ~good)]
    made = merit_ranks(rounded(score, how.decimals)[:, None], how.ties)
    table = np.column_stack([made, *(merit_ranks(s[:, None], how.ties) for s in others.values())])
    said = np.column_stack([rank] * table.shape[1])
    step = Step(
        *(None, table, np.zeros_like(table), said, ["", *others], units),
        np.zeros(table.shape[1]),
    )

    def ways():
        from warehouse.indices.auditor.findings import COPIED, SHIFTED

        for n, name in enumerate(others, start=1):
            yield Way(Why(COPIED, "copied", {"other": name}, (name,)), table[:, n])
        for k in (1, -1, 2, -2):
            key = "shifted_down" if k > 0 else "shifted_up"
            yield Way(Why(SHIFTED, key, {"n": abs(k)}), np.roll(made[:, 0], k))
        better = np.flatnonzero(~good)
        if len(better) == 2:
            a, b = better
            exchanged = rank.copy()
            exchanged[[a, b]] = rank[[b, a]]
            if fits(exchanged, score, room, how).all():
                from warehouse.indices.auditor.findings import ROWS

                names = (str(units[a]), str(units[b]))
                params = {"unit": names[0], "other": names[1]}
                yield Way(Why(ROWS, "rows_exchanged", params, names), rank)

    return choose(step, 0, ~good, ways())


def moves(rank: np.ndarray, scores: np.ndarray, ties: Ties) -> tuple[int, int]:
    """(units whose rank is another by these scores, the furthest move)."""
    apart = np.abs(np.nan_to_num(rank) - np.nan_to_num(merit_ranks(scores[:, None], ties)[:, 0]))
    return int((apart > 0).sum()), int(apart.max(initial=0))


def open_moves(
    rank: np.ndarray,
    scores: np.ndarray,
    ties: Ties,
    lost: Mapping[int, tuple[float, float]],
) -> tuple[tuple[int, int], tuple[int, int]]:
    """((fewest, nearest), (most, furthest)) of `moves` where some scores are only known to be within ends.

    `lost` has the (lowest, highest) score of each such unit, by its row. All places that they can have
    are tried together; where those are too many, as with several lost units of very many, the best and
    the worst rank of each unit are counted on their own.
    """
    known = np.delete(scores, list(lost))
    levels = np.unique(known[~np.isnan(known)])
    between = (levels[1:] + levels[:-1]) / 2
    tried = []
    for low, high in lost.values():
        places = np.concatenate([[low, high], levels, between])
        tried.append(np.unique(places[(places >= low) & (places <= high)]))
    many = math.prod(len(t) for t in tried)
    if many * len(scores) <= _TRIED:
        table = np.repeat(scores[:, None], many, axis=1)
        for row, places in zip(lost, np.meshgrid(*tried, indexing="ij"), strict=True):
            table[row] = places.ravel()
        apart = np.abs(np.nan_to_num(merit_ranks(table, ties)) - np.nan_to_num(rank)[:, None])
        moved, furthest = (apart > 0).sum(axis=0), apart.max(axis=0)
        return (int(moved.min()), int(furthest.min())), (int(moved.max()), int(furthest.max()))
    low, high = scores.copy(), scores.copy()
    for row, (least, most) in lost.items():
        low[row], high[row] = least, most
    best, worst = _rank_ends(low, high, ties)
    given = np.nan_to_num(rank)
    near = np.maximum(0, np.maximum(best - given, given - worst))
    far = np.maximum(np.abs(given - best), np.abs(given - worst))
    return (
        (int((near > 0).sum()), int(near.max(initial=0))),
        (int((far > 0).sum()), int(np.ceil(far.max(initial=0)))),
    )


def _rank_ends(low: np.ndarray, high: np.ndarray, ties: Ties) -> tuple[np.ndarray, np.ndarray]:
    """(best, worst) rank of each unit whose score is within ends; 0 where it has none."""

    def above(others: np.ndarray, own: np.ndarray) -> np.ndarray:
        more, same = others[None, :] > own[:, None], others[None, :] == own[:, None]
        np.fill_diagonal(more, val=False)
        np.fill_diagonal(same, val=False)
        part = {"max": 1.0, "mean": 0.5}.get(ties, 0.0)
        return more.sum(axis=1) + part * same.sum(axis=1)

    if ties == "dense":  # a unit that equals another has no place of its own
        known = low == high
        levels = np.unique(low[known])
        best = (levels[None, :] > high[:, None]).sum(axis=1)
        worst = (levels[None, :] > low[:, None]).sum(axis=1)
        worst = worst + above(np.where(known, -np.inf, high), low)
    else:
        best, worst = above(low, high), above(high, low)
    none = np.isnan(low)
    return np.where(none, 0, 1 + best), np.where(none, 0, 1 + worst)


def room_of(score: np.ndarray, tolerance: float) -> float:
    """How far published scores may be from those that were ranked."""
    size = float(np.nanmax(np.abs(score), initial=0))
    return max(half_width(score), tolerance * size)
