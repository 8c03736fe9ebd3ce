"""Editions that a person has: published before the observatory existed, or found elsewhere."""

from __future__ import annotations

import gzip
import tempfile
from datetime import datetime
from pathlib import Path

from catalog.models.model import Provider
from sources.errors import Invalid
from sources.read import read
from sources.records import records
from sources.store.pack import query
from sources.store.snapshots import Snapshot, Store, moment, now, sha256


def add(
    store: Store,
    provider: Provider,
    dataset: str,
    file: Path,
    *,
    published_at: datetime,
    url: str = "",
    vintage: str = "",
    sql: str = "",
) -> tuple[Snapshot, int]:
    """Keep a file as the edition that upstream published at `published_at` (UTC, not in the future).

    sql: a query over the file (`$file` in it) whose answer, as tidy CSV, is what is kept, for files
    that a third party wrote in a shape of its own. Returns the snapshot and how many records are in
    it. Raises `Invalid` where the dataset is not stated, the file cannot be read as it, or another
    edition of that moment is kept; nothing is kept then.
    """
    about = f"{provider.id}/{dataset}"
    if dataset not in provider.datasets:
        raise Invalid(
            f"{about} is not stated; add it to catalog/providers/{provider.id}.yaml "
            f"(it has {', '.join(provider.datasets) or 'no dataset'})."
        )
    if published_at > now():
        raise Invalid(f"{about}: {published_at:%Y-%m-%d} is in the future; give the true date.")
    stated = provider.datasets[dataset]
    with tempfile.TemporaryDirectory(prefix="observatory-") as folder:
        kept, how = file, {}
        if sql:
            kept = Path(folder) / f"{file.stem}.csv.gz"
            kept.write_bytes(gzip.compress(query(file, sql), 9, mtime=0))
            how = {
                "content_encoding": "gzip",
                "rewritten": " ".join(sql.split()),
                "original_sha256": sha256(file),
            }
        table = read(provider.id, kept, dataset)
        digest, at = sha256(kept), moment(published_at)
        for other in store.editions(provider.id, dataset):
            if other.recorded_from == at and other.snapshot_id != digest:
                raise Invalid(
                    f"{about}: snapshot {other.snapshot_id[:12]} is the edition of "
                    f"{at:%Y-%m-%d %H:%M} already; give the true date of {file.name}, with the time."
                )
        snapshot = store.put(
            kept,
            provider=provider.id,
            dataset=dataset,
            filename=kept.name,
            media_type="",
            url=url,
            retrieved_at=now(),
            published_at=at,
            upstream_vintage=vintage or (records.about(table).published_at or ""),
            licence=stated.licence or "",
            licence_url=stated.licence_url or "",
            attribution=stated.attribution or "",
            redistributable=bool(stated.redistributable),
            provenance=stated.provenance or "upstream",
            derived_by=stated.derived_by,
            origin="added",
            **how,
        )
    return snapshot, len(table)
