"""The figures that are current, each found by one key, for formats that have no revisions."""

from __future__ import annotations

import pyarrow as pa

from warehouse.publications.model import Release

KEY = (
    *("indicator_id", "scale", "system", "vintage", "unit_id", "sex", "age", "unit"),
    *("dataset", "period"),
)
REST = (
    *("value", "lower", "upper", "obs_status", "conf_status", "flags", "break_origin"),
    *("provenance", "metro_id", "recorded_from", "stale_since"),
)
_SQL = f"""
select * replace (
    source_id || '/' || dataset || if(series > 1, '#' || series, '') as dataset
)
from (
    select {", ".join(KEY)}, source_id, {", ".join(REST)},
        row_number() over (partition by {", ".join(KEY)}, source_id order by series_key) as series
    from observation where recorded_to is null
)
order by {", ".join(KEY)}
"""


def current(release: Release) -> pa.Table:
    """The figures without `recorded_to`, sorted by `KEY`, which is unique.

    `dataset` is source_id/dataset; where a dataset gives a figure twice, by two of its series, the
    second has `#2` after it.
    """
    return release.sql(_SQL).drop_columns(["source_id", "series"])
