"""The catalog once it is read: everything that the observatory knows before it reads a figure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from catalog.models.index_spec import IndexSpec
from catalog.models.known_issue import KnownIssue
from catalog.models.model import Correction, Dataset, Indicator, PeerFeature, Provider, Theme
from catalog.yaml_files import CatalogError

FOLDER = Path(__file__).parent
# One published dictionary = one CSV with exactly the columns of its statement in the warehouse.
CSV = {
    "metro": "metros/metro.csv",
    "metro_name": "metros/metro_name.csv",
    "spatial_unit": "metros/spatial_unit.csv",
    "crosswalk": "metros/crosswalk.csv",
    "member_org": "metros/member_org.csv",
    "boundary_version": "metros/boundary_version.csv",
    "unit_relation": "metros/unit_relation.csv",
    "local_unit": "metros/local_unit.csv.gz",
    "metro_redirect": "metros/redirect.csv",
    "metro_change": "metros/change.csv",
    "crosswalk_quality": "metros/crosswalk_quality.csv",
    "crosswalk_coverage": "metros/crosswalk_coverage.csv",
    "unit": "units.csv",
    "scale": "scales.csv",
    "status": "statuses.csv",
}


@dataclass(frozen=True)
class Catalog:
    """Everything that the observatory knows before it reads a figure."""

    folder: Path
    providers: dict[str, Provider]
    indicators: dict[str, Indicator]
    themes: dict[str, Theme]
    frameworks: dict[str, list[dict[str, Any]]]
    corrections: list[Correction]
    indices: dict[str, IndexSpec] = field(default_factory=dict)
    peers: list[PeerFeature] = field(default_factory=list)
    known_issues: list[KnownIssue] = field(default_factory=list)

    def csv(self, name: str) -> Path:
        """The CSV file of a dictionary table (`metro`, `spatial_unit`, `unit`, ...)."""
        return self.folder / CSV[name]

    def answers(self) -> list[tuple[str, str, str]]:
        """(indicator, framework, number) of all that indicators answer to, in order.

        An indicator says it under `references`, or a framework under `indicators` of a number.
        """
        said = {
            (i.id, name, code)
            for i in self.indicators.values()
            for name, codes in i.references.items()
            for code in codes
        } | {
            (indicator, name, row["code"])
            for name, rows in self.frameworks.items()
            for row in rows
            for indicator in row["indicators"]
        }
        order = {
            (name, row["code"]): n
            for name, rows in self.frameworks.items()
            for n, row in enumerate(rows)
        }
        return sorted(said, key=lambda x: (x[0], x[1], order.get(x[1:], 0)))

    def dataset(self, provider: str, dataset: str) -> Dataset:
        """One dataset; raises `CatalogError` where it is not stated."""
        try:
            return self.providers[provider].datasets[dataset]
        except KeyError:
            raise CatalogError(
                f"catalog/providers/{provider}.yaml: dataset '{dataset}' is not stated; add it "
                "under 'datasets'."
            ) from None

    def bound_datasets(self) -> list[tuple[str, str]]:
        """(provider, dataset) pairs that at least one indicator binds, in order."""
        pairs = {(b.provider, b.dataset) for i in self.indicators.values() for b in i.bindings}
        return sorted(pairs)

    def bindings(self, provider: str, dataset: str) -> list[tuple[str, int]]:
        """(indicator id, position in its `bindings`) of all bindings of a dataset, in order."""
        return [
            (i.id, n)
            for i in self.indicators.values()
            for n, b in enumerate(i.bindings)
            if (b.provider, b.dataset) == (provider, dataset)
        ]

    def version(self, *relative: str) -> str:
        """A hash of the named catalog files (paths within the folder), for code versions."""
        digest = hashlib.sha256()
        for name in sorted(relative):
            digest.update(name.encode() + b"\0" + (self.folder / name).read_bytes() + b"\0")
        return digest.hexdigest()[:16]
