"""Judge a download before anything uses it: what it holds, and what became of the edition before.

Pure: source records in, a finding out. What a dataset may do is stated in `catalog/providers`
(`expect`, `drift`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.models.model import Dataset, Drift, Expect
from sources.records import records
from sources.records.series import Identity, series_key

# Columns of units by the names that the providers give them; the rest of the dimensions are codes.
UNITS = ("unit", "units", "unit_measure", "unit_mult")
RELATIVE = 1e-12  # as in the history: the same number written otherwise was not rewritten
_NAMED = 3
_FEW = 5  # fewer records or series than these prove nothing
_CODES = 500  # a dimension with more codes is one of places
_MAGNITUDE = 0.9  # of log10: about eight times


@dataclass(frozen=True)
class DownloadedRecords:
    """Source records with the size of the bytes that they were read from."""

    records: pa.Table
    size: int


@dataclass(frozen=True)
class Needs:
    """What the catalog reads of a dataset: columns, and codes per column (exact ones only)."""

    columns: tuple[str, ...] = ()
    codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class DownloadJudgement:
    """Why a download is held, a sentence each (none: it is used), and what is new and waits.

    unknown: column to the values whose records wait in quarantine.
    """

    reasons: tuple[str, ...] = ()
    unknown: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def judge(
    new: DownloadedRecords,
    before: DownloadedRecords | None,
    stated: Dataset,
    needs: Needs = Needs(),
    waiting: Mapping[str, tuple[str, ...]] | None = None,
) -> DownloadJudgement:
    """Judge one download of a dataset.

    before: the last good edition that was asked for in the same way; without it only what must be
    there is looked for. waiting: what was unknown in it and was not accepted since.
    """
    expect, drift = stated.expect or Expect(), stated.drift or Drift()
    reasons = [*_absent(new.records, before.records if before else None, expect, needs)]
    if len(new.records) and new.records["value"].null_count == len(new.records):
        reasons.append(f"none of {len(new.records):,} records has a figure")
    unknown: dict[str, tuple[str, ...]] = {}
    if before is not None:
        frozen, unknown = _drift(new.records, before.records, drift, waiting or {})
        now, then = _keyed(new.records, stated), _keyed(before.records, stated)
        reasons += [
            *_sizes(new, before, expect),
            *_sheets(new.records, before.records),
            *_periods(new.records, before.records),
            *_series(now, then, expect),
            *_empty(now, then),
            *_magnitudes(new.records, now, then),
            *frozen,
        ]
    return DownloadJudgement(tuple(reasons), unknown)


def _absent(new: pa.Table, before: pa.Table | None, expect: Expect, needs: Needs):
    """Columns and codes that must be there. What the catalog reads and never was there is no fault
    of the download: an indicator without figures says so itself."""
    known = new if before is None else before
    columns = dict.fromkeys([*expect.dims, *(c for c in needs.columns if c in known.column_names)])
    for column in columns:
        if column not in new.column_names:
            yield f"the column '{column}' is gone"
    for column, codes in expect.codes.items():
        yield from _gone(new, column, codes)
    if before is not None:
        for column, codes in needs.codes.items():
            if column in before.column_names:
                had = set(_codes(before, column))
                yield from _gone(new, column, [c for c in codes if c in had])


def _gone(new: pa.Table, column: str, codes):
    if column in new.column_names:
        here = set(_codes(new, column))
        if lost := [c for c in codes if c not in here]:
            yield f"{column} no longer holds {_list(lost)}"


def _sizes(new: DownloadedRecords, before: DownloadedRecords, expect: Expect):
    now, then = len(new.records), len(before.records)
    for what, a, b in (("records", now, then), ("bytes", new.size, before.size)):
        if a < (1 - expect.max_loss) * b:
            yield f"{a:,} {what} where there were {b:,} (at most {expect.max_loss:.0%} may go)"
        elif a > expect.max_growth * b:
            yield f"{a:,} {what} where there were {b:,} (at most {expect.max_growth:g} times)"


def _series(now: pa.Table, then: pa.Table, expect: Expect):
    """Series that vanished, and figures that were rewritten."""
    here = pc.unique(now["series"])
    had = pc.unique(then["series"])
    lost = had.filter(pc.invert(pc.is_in(had, here)))
    if len(lost) > expect.max_loss * len(had):
        yield (
            f"{len(lost):,} of {len(had):,} series are gone, such as {lost[0].as_py()} "
            f"(at most {expect.max_loss:.0%} may go)"
        )
    both = then.join(now, ["series", "period"], join_type="inner", right_suffix="_now")
    if not len(both):
        return
    a, b = both["value"], both["value_now"]
    one = pc.xor(pc.is_null(a), pc.is_null(b))
    apart = pc.greater(pc.abs(pc.subtract(a, b)), pc.multiply(RELATIVE, pc.abs(a)))
    rewritten = pc.sum(pc.or_(one, pc.fill_null(apart, False))).as_py() or 0
    if rewritten > expect.max_rewrite * len(both):
        yield (
            f"{rewritten:,} of {len(both):,} figures that stood before have another value "
            f"(at most {expect.max_rewrite:.0%} may)"
        )


def _sheets(new: pa.Table, before: pa.Table):
    """Fewer sheets with the table than before; other names are the provider's habit."""
    now, then = records.about(new).parts, records.about(before).parts
    if len(now) < len(then):
        lost = [name for name in then if name not in now] or list(then)
        yield (
            f"{len(now)} sheets hold the table where there were {len(then)} (gone: {_list(lost)})"
        )


def _periods(new: pa.Table, before: pa.Table):
    """Periods that are gone, but for the first ones where as many new ones came (a moving window).

    Only a period with at least half as many records as most have: a year of one city may go.
    """
    count = Counter(before["period"].cast(pa.string()).to_pylist())
    usual = median(count.values()) / 2
    had = sorted(period for period, n in count.items() if n >= usual)
    here = set(pc.unique(new["period"].cast(pa.string())).to_pylist())
    lost = [period for period in had if period not in here]
    came = len([period for period in here if period not in count and period > had[-1]])
    moved = had[: min(came, len(lost))]
    lost = lost[len(moved) :] if lost[: len(moved)] == moved else lost
    if lost:
        yield f"no record is left of {_list(lost)}, of which there were {count[lost[0]]:,}"


def _empty(now: pa.Table, then: pa.Table):
    """New records without a figure, where those before had one."""
    fresh = now.join(then, ["series", "period"], join_type="left anti")
    empty = fresh["value"].null_count
    usual = then["value"].null_count / max(len(then), 1)
    if len(fresh) >= _FEW and empty > (usual + (1 - usual) / 2) * len(fresh):
        yield f"{empty:,} of {len(fresh):,} new records have no figure"


def _magnitudes(new: pa.Table, now: pa.Table, then: pa.Table):
    """Groups of series (one code of one dimension, or all) whose figures are ten times as large.

    Each series' newest figure beside its newest one before: half of the series of a group must
    have moved by more than the factor, which is what another unit does and no event.
    """
    pairs = _newest(now).join(_newest(then), "series", join_type="inner", right_suffix="_then")
    a, b = (pairs[n].to_numpy(zero_copy_only=False) for n in ("value", "value_then"))
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = np.log10(np.abs(a) / np.abs(b))
    usable = np.isfinite(moved)
    rows = pairs["row"].to_numpy(zero_copy_only=False)[usable]
    moved = moved[usable]
    dimensions = [d for d in records.about(new).dimensions if d in new.column_names]
    groups = [("", np.zeros(len(moved), np.int64), ["all series"])]
    for name in dimensions:
        coded = new[name].cast(pa.string()).combine_chunks().dictionary_encode()
        words = coded.dictionary.to_pylist()
        if 1 < len(words) <= _CODES:
            at = coded.indices.to_numpy(zero_copy_only=False)[rows]
            groups.append((f"{name} ", at, words))
    for name, at, words in groups:
        order = np.argsort(at, kind="stable")
        starts = np.flatnonzero(np.diff(at[order], prepend=-1))
        for group in np.split(order, starts[1:]) if len(order) else []:
            step = float(np.median(moved[group]))
            if len(group) >= _FEW and abs(step) >= _MAGNITUDE:
                times = f"{10 ** abs(step):,.0f} times as {'large' if step > 0 else 'small'}"
                yield (
                    f"{name}{words[int(at[group[0]])]}: the newest figures are about {times} as "
                    f"before in {len(group):,} series; look whether the unit changed"
                )
                return


def _newest(keyed: pa.Table) -> pa.Table:
    """Per series its newest figure, and in which row it stands."""
    keyed = keyed.append_column("row", pa.array(np.arange(len(keyed))))
    keyed = keyed.filter(pc.is_valid(keyed["value"])).sort_by(
        [("series", "ascending"), ("period", "ascending")]
    )
    series = keyed["series"].combine_chunks()
    last = np.ones(len(series), bool)
    if len(series) > 1:
        last[:-1] = pc.not_equal(series[:-1], series[1:]).to_numpy(zero_copy_only=False)
    return keyed.filter(pa.array(last)).select(["series", "value", "row"])


def _keyed(table: pa.Table, stated: Dataset) -> pa.Table:
    identity = Identity(stated.identity.keys, stated.identity.codes)
    key = series_key(table, records.about(table).dimensions, identity)
    period = table["period"].cast(pa.string())
    return pa.table({"series": key.cast(pa.string()), "period": period, "value": table["value"]})


def _drift(
    new: pa.Table, before: pa.Table, drift: Drift, waiting: Mapping[str, tuple[str, ...]]
) -> tuple[list[str], dict[str, tuple[str, ...]]]:
    """(why it is frozen, what waits in quarantine)."""
    frozen: list[str] = []
    unknown: dict[str, tuple[str, ...]] = {}
    labels = set(records.about(new).labels.values())
    dimensions = records.about(new).dimensions
    for column in new.column_names:
        if column in records.MEASURES or column in labels:
            continue
        is_unit = column.casefold() in UNITS
        kind, policy = ("unit", drift.units) if is_unit else ("code", drift.codes)
        still = set(waiting.get(column, ()))
        if column not in before.column_names:
            kind, policy, known = "column", drift.columns, set()
        elif is_unit or column in dimensions or still:
            known = set(_codes(before, column)) - still
        else:
            continue
        met = [c for c in _codes(new, column) if c and c not in known]
        # What waits already goes on waiting, under whatever policy it came in.
        aside = met if policy == "quarantine" else [c for c in met if c in still]
        if aside:
            unknown[column] = tuple(aside)
        fresh = [c for c in met if c not in still]
        if policy == "freeze" and kind == "column":
            frozen.append(f"the column '{column}' is new (drift of columns is frozen)")
        elif policy == "freeze" and fresh:
            frozen.append(
                f"{column} holds the new {kind} {_list(fresh)} (drift of {kind}s is frozen)"
            )
    return frozen, unknown


def _codes(table: pa.Table, column: str) -> list[str]:
    return sorted(pc.unique(table[column].cast(pa.string())).to_pylist())


def _list(codes: list[str]) -> str:
    shown = ", ".join(f"'{c}'" for c in codes[:_NAMED])
    return shown if len(codes) <= _NAMED else f"{shown} and {len(codes) - _NAMED} more"
