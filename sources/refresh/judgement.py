"""Judge a download before anything uses it: what it holds, and what became of the edition before.

Pure: source records in, a finding out. What a dataset may do is stated in `catalog/providers`
(`expect`, `drift`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from catalog.models.model import Dataset, Drift, Expect
from sources.records import records
from sources.records.series import Identity, series_key

# Columns of units by the names that the providers give them; the rest of the dimensions are codes.
UNITS = ("unit", "units", "unit_measure", "unit_mult")
RELATIVE = 1e-12  # as in the history: the same number written otherwise was not rewritten
_NAMED = 3


@dataclass(frozen=True)
class Edition:
    """Source records with the size of the bytes that they were read from."""

    records: pa.Table
    size: int


@dataclass(frozen=True)
class Needs:
    """What the catalog reads of a dataset: columns, and codes per column (exact ones only)."""

    columns: tuple[str, ...] = ()
    codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """Why a download is held, a sentence each (none: it is used), and what is new and waits.

    unknown: column to the values whose records wait in quarantine.
    """

    reasons: tuple[str, ...] = ()
    unknown: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def judge(
    new: Edition,
    before: Edition | None,
    stated: Dataset,
    needs: Needs = Needs(),
    waiting: Mapping[str, tuple[str, ...]] | None = None,
) -> Finding:
    """Judge one download of a dataset.

    before: the last good edition that was asked for in the same way; without it only what must be
    there is looked for. waiting: what was unknown in it and was not accepted since.
    """
    expect, drift = stated.expect or Expect(), stated.drift or Drift()
    reasons = [*_absent(new.records, before.records if before else None, expect, needs)]
    unknown: dict[str, tuple[str, ...]] = {}
    if before is not None:
        frozen, unknown = _drift(new.records, before.records, drift, waiting or {})
        reasons += [
            *_sizes(new, before, expect),
            *_series(new.records, before.records, expect, stated),
            *frozen,
        ]
    return Finding(tuple(reasons), unknown)


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


def _sizes(new: Edition, before: Edition, expect: Expect):
    now, then = len(new.records), len(before.records)
    for what, a, b in (("records", now, then), ("bytes", new.size, before.size)):
        if a < (1 - expect.max_loss) * b:
            yield f"{a:,} {what} where there were {b:,} (at most {expect.max_loss:.0%} may go)"
        elif a > expect.max_growth * b:
            yield f"{a:,} {what} where there were {b:,} (at most {expect.max_growth:g} times)"


def _series(new: pa.Table, before: pa.Table, expect: Expect, stated: Dataset):
    """Series that vanished, and figures that were rewritten."""
    now, then = _keyed(new, stated), _keyed(before, stated)
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
