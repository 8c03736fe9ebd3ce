"""Hard rules: what a single figure of an indicator must not break, or it goes to quarantine."""

from __future__ import annotations

import csv
from pathlib import Path

from catalog.contents import Catalog
from catalog.models.model import Indicator
from catalog.yaml_files import CatalogError
from expectations.rule import Rule, text

FIGURE = "fate in ('observation', 'part', 'context')"


def hard_rules(indicator: Indicator, catalog: Catalog, table: str) -> list[Rule]:
    """Row rules of one indicator's figures; the name becomes the reason in quarantine.

    Their closed lists are written out, so that they need no dictionary.
    """
    listed = _rows(catalog.csv("unit"))
    units = [u["unit"] for u in listed]
    amounts = [u["unit"] for u in listed if u["dimension"] in ("count", "area", "mass")]
    statuses = sorted({s["obs_status"] for s in _rows(catalog.csv("status"))})
    where = f"catalog/indicators/{indicator.id}.yaml"
    low, high, unit = indicator.range.min, indicator.range.max, indicator.unit
    of_unit = f"unit = {text(unit)} and "
    stated: list[tuple[str, str, str, str]] = [
        (
            "unit_unknown",
            "unit",
            f"The unit is in catalog/units.csv; else add it there or correct 'unit' in {where}.",
            f"unit is null or unit not in ({_among(units)})",
        ),
        (
            "status_unknown",
            "obs_status",
            "The status is a code of catalog/statuses.csv; else add the source's flag there.",
            f"obs_status is null or obs_status not in ({_among(statuses)})",
        ),
        (
            "period_unreadable",
            "period",
            "The period has a first and a last day, in that order; else mend the source's reader.",
            "period_start is null or period_end is null or period_end < period_start",
        ),
        (
            "value_not_finite",
            "value",
            "The value is a finite number or missing; else the source served NaN or infinity.",
            "not isfinite(value)",
        ),
        (
            "value_negative",
            "value",
            "A count, an area or a mass is not negative; else the source means 'missing' by it: say "
            "so in its reader, or in catalog/corrections.",
            f"value < 0 and unit in ({_among(amounts)})",
        ),
        (
            "bounds_crossed",
            "value",
            "The value lies within the source's own interval; else value and bounds were read from "
            "different columns or units.",
            "lower > upper or value < lower or value > upper",
        ),
    ]
    if low is not None:
        stated.append(
            (
                "value_below_range",
                "value",
                f"The value is at least {low:.15g} {unit}, the smallest plausible one; else correct the "
                f"record in catalog/corrections or range.min in {where}.",
                f"{of_unit}value < {low!r}",
            )
        )
    if high is not None:
        national = indicator.range.context_max
        wider = f" ({national:.15g} {unit} for a country or region)" if national else ""
        stated.append(
            (
                "value_above_range",
                "value",
                f"The value is at most {high:.15g} {unit}{wider}, the largest plausible one; else "
                f"correct the record in catalog/corrections or range.max in {where}.",
                f"{of_unit}value > case when fate = 'context' then {national or high!r} "
                f"else {high!r} end",
            )
        )
    show = ("source_id", "dataset", "series_key", "period", "unit_id", "metro_id", "value", "unit")
    return [
        Rule(
            name,
            "ranges",
            table,
            "row",
            "critical",
            sentence,
            f"{FIGURE} and ({predicate})",
            column=column,
            show=tuple(dict.fromkeys([*show, column])),
        )
        for name, column, sentence, predicate in stated
    ]


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except OSError:
        raise CatalogError(f"catalog/{path.name}: the file cannot be read; restore it.") from None


def _among(values: list[str]) -> str:
    return ", ".join(map(text, values)) or "null"
