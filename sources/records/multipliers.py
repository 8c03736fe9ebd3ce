"""One multiplier in each series: values that change their power of ten from year to year."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from sources.errors import Invalid, excerpt
from sources.records.keys import build, entries, indices, used

NAME = "UNIT_MULT"
_POWERS = {str(n): n for n in range(-15, 16)} | {"": 0}


def one_each_series(
    value: pa.Array,
    dimensions: dict[str, pa.DictionaryArray],
    columns: dict[str, pa.DictionaryArray],
    path: Path,
) -> tuple[pa.Array, dict[str, pa.DictionaryArray]]:
    """Values at the multiplier that most records of their series have, and columns that say so.

    UNIT_MULT is the power of ten that a value is to be multiplied by (SDMX, CL_UNIT_MULT); empty is
    0. A dataflow gives it to each observation, so that thousands may follow millions: 350 (6) and
    360,000 (3) become 350 and 360. Ties take the multiplier that came first. Nothing changes where
    every series has one. Raises `Invalid` where a series has several and one is no whole number.
    """
    said = columns.get(NAME)
    if said is None or len(used(said)) < 2:
        return value, columns
    words = [word.removesuffix(".0") for word in entries(said)]
    known = set(words) <= _POWERS.keys()
    code = [_POWERS[word] if known else place for place, word in enumerate(words)]
    power = np.array(code, np.int64)[indices(said)]
    series = np.zeros(len(power), np.int64)
    for name, column in dimensions.items():
        if name != NAME:
            key = series * max(len(column.dictionary), 1) + indices(column)
            _, series = np.unique(key, return_inverse=True)
    common = _most_frequent(series, power)
    if (common == power).all():
        return value, columns
    if not known:
        odd = next(word for word in words if word not in _POWERS)
        raise Invalid(
            f"{path.name}: {NAME} differs within a series and '{excerpt(odd)}' is no power of ten: write "
            "0, 3 or 6, or download the codes instead of their names."
        )
    # A product with a whole power of ten and a quotient by one are exact where a decimal is.
    by = (power - common).astype(float)
    figures = value.to_numpy(zero_copy_only=False)
    scaled = np.where(
        by >= 0, figures * 10.0 ** np.maximum(by, 0), figures / 10.0 ** -np.minimum(by, 0)
    )
    spelled = {number: word for word, number in reversed(list(_POWERS.items())) if word}
    powers, place = np.unique(common, return_inverse=True)
    column = build(place.astype(np.int32), [spelled[int(p)] for p in powers])
    mask = np.isnan(figures.astype(float))
    return pa.array(scaled, mask=mask), columns | {NAME: column}


def _most_frequent(series: np.ndarray, power: np.ndarray) -> np.ndarray:
    """For each record the power that most records of its series have; of equals the first met."""
    pair, first, which, count = np.unique(
        np.column_stack([series, power]),
        axis=0,
        return_index=True,
        return_inverse=True,
        return_counts=True,
    )
    order = np.lexsort((first, -count, pair[:, 0]))
    lead = np.unique(pair[order, 0], return_index=True)[1]
    chosen = dict(zip(pair[order, 0][lead].tolist(), pair[order, 1][lead].tolist(), strict=True))
    by_pair = np.array([chosen[s] for s in pair[:, 0].tolist()], np.int64)
    return by_pair[which.ravel()]
