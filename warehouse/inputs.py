"""What a table is made from: the current tables that its statement names, read when asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from warehouse.home import Home
from warehouse.tables import Table

if TYPE_CHECKING:
    from catalog.contents import Catalog
    from catalog.models.model import Dataset


@dataclass(frozen=True)
class Inputs:
    """The inputs of one table: `given["latest"]` is the current table `latest`.

    Only what the statement lists under `inputs` can be read, so that Dagster's graph and the code
    agree; anything else raises `KeyError`.
    """

    statement: Table
    home: Home
    catalog: Catalog

    def path(self, name: str) -> Path:
        """The Parquet file of one input."""
        if name not in self.statement.inputs:
            raise KeyError(
                f"table {self.statement.name} reads '{name}', which is not among its inputs; add it "
                f"in warehouse/tables/{self.statement.name}.py"
            )
        return self.home.table(name)

    def __getitem__(self, name: str) -> pa.Table:
        """One input as a table."""
        from warehouse import store

        return store.read(self.path(name))

    def encoded(self, name: str) -> pa.Table:
        """One input with its keys as dictionary columns."""
        from warehouse import store, tables

        return store.read(self.path(name), dictionary=tables.of(name))

    def by_indicator(self, name: str, only: Collection[str] | None = None) -> Iterator[pa.Table]:
        """One input in parts of some `store.LARGE` rows, its keys as dictionary columns; all rows of an
        indicator are in one part. One part without rows where it has none.

        only: the indicators that are asked for; a small table comes whole all the same.

        For what sets no figure beside one of another indicator: memory is then that of the largest one.
        """
        from warehouse import query, store, tables

        path = self.path(name)
        if not store.is_large(path):
            yield self.encoded(name)
            return
        parts = query.values(path, "indicator_id", store.LARGE)
        if only is not None:
            parts = [kept for some in parts if (kept := [v for v in some if v in only])] or [[]]
        for some in parts:
            yield store.read_some(path, "indicator_id", some, tables.of(name))

    def histories(self) -> Iterator[tuple[str, str, Dataset, Path]]:
        """(provider, dataset, its statement, history file) of every bound dataset with a history."""
        for provider, dataset in self.catalog.bound_datasets():
            path = self.home.history(provider, dataset)
            if path.exists():
                yield provider, dataset, self.catalog.dataset(provider, dataset), path

    def indicator_files(self, *, rejected: bool = False) -> list[Path]:
        """The file of every indicator that was made; with `rejected`, the candidate that was
        rejected where there is one."""
        files = [
            self.home.rejected(i)
            if rejected and self.home.rejected(i).exists()
            else self.home.indicator(i)
            for i in self.catalog.indicators
        ]
        return [p for p in files if p.exists()]
