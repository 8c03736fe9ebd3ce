"""Facts that must agree across catalog files: names that are used must be stated."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from catalog.loader import Catalog


def cross_check(catalog: Catalog) -> list[str]:
    """One sentence for each name that is used but not stated, and for each double claim."""
    units = _column(catalog, "unit", "unit")
    problems = []
    framework_codes = {
        name: {str(row["code"]) for row in rows} for name, rows in catalog.frameworks.items()
    }
    for i in catalog.indicators.values():
        file = f"catalog/indicators/{i.id}.yaml"
        if i.theme not in catalog.themes:
            problems.append(
                f"{file}: field 'theme': '{i.theme}' is not in catalog/themes.yaml; "
                f"use one of {', '.join(catalog.themes)}."
            )
        for field, unit in [("unit", i.unit)] + [
            (f"bindings.{n}.unit", b.unit) for n, b in enumerate(i.bindings)
        ]:
            if unit not in units:
                problems.append(
                    f"{file}: field '{field}': '{unit}' is not in catalog/units.csv; add the unit "
                    "there or correct the spelling."
                )
        for name, codes in (("sdg", i.references.sdg), ("nua", i.references.nua)):
            problems += [
                f"{file}: field 'references.{name}': '{code}' is not in "
                f"catalog/frameworks/{name}.yaml; add it there with its source or remove it."
                for code in codes
                if code not in framework_codes.get(name, set())
            ]
        for n, b in enumerate(i.bindings):
            provider = catalog.providers.get(b.provider)
            if provider is None or b.dataset not in provider.datasets:
                problems.append(
                    f"{file}: field 'bindings.{n}': dataset '{b.dataset}' of '{b.provider}' is "
                    f"not stated; add it to catalog/providers/{b.provider}.yaml."
                )
        for name, part in (i.derived.inputs if i.derived else {}).items():
            if part.indicator not in catalog.indicators:
                problems.append(
                    f"{file}: field 'derived.inputs.{name}': indicator '{part.indicator}' does "
                    "not exist; correct the name."
                )
    for c in catalog.corrections:
        if c.provider not in catalog.providers or (
            c.dataset not in catalog.providers[c.provider].datasets
        ):
            problems.append(
                f"catalog/corrections: a correction names dataset '{c.dataset}' of "
                f"'{c.provider}', which is not stated; correct the name."
            )
    return problems


def _column(catalog: Catalog, table: str, column: str) -> set[str]:
    with catalog.csv(table).open(encoding="utf-8", newline="") as f:
        return {row[column] for row in csv.DictReader(f)}
