"""Step: values per inhabitant, per area, per unit of GDP, and between stated caps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from catalog.models.index_spec import IndicatorUse


def denominate(
    values: np.ndarray, uses: Sequence[IndicatorUse], denominators: Mapping[str, np.ndarray]
) -> np.ndarray:
    """Each column divided by the denominator that its indicator names, then capped as it states.

    A denominator of 0 makes the value missing.
    """
    found = values.copy()
    for column, use in enumerate(uses):
        if use.denominator:
            below = denominators[use.denominator]
            with np.errstate(divide="ignore", invalid="ignore"):
                found[:, column] = np.where(below == 0, np.nan, values[:, column] / below)
        if use.cap_low is not None or use.cap_high is not None:
            found[:, column] = np.clip(found[:, column], use.cap_low, use.cap_high)
    return found
