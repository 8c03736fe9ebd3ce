"""Step: values per inhabitant, per area, per unit of GDP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from catalog.models.index_spec import IndicatorUse


def denominate(
    values: np.ndarray, uses: Sequence[IndicatorUse], denominators: Mapping[str, np.ndarray]
) -> np.ndarray:
    """Each column divided by the denominator that its indicator names; 0 makes it missing."""
    found = values.copy()
    for column, use in enumerate(uses):
        if use.denominator:
            below = denominators[use.denominator]
            with np.errstate(divide="ignore", invalid="ignore"):
                found[:, column] = np.where(below == 0, np.nan, values[:, column] / below)
    return found
