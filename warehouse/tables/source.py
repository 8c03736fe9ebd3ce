"""Table `source`."""

from __future__ import annotations

from warehouse.tables.statement import DATASET, FLAG, SOURCE_ID, TEXT, Column, Table

TABLE = Table(
    "source",
    "Dictionary of datasets: provider, licence, attribution, what the figures are.",
    (
        SOURCE_ID,
        DATASET,
        Column("provider_title", TEXT, "Name of the provider.", False),
        Column("title", TEXT, "Title of the dataset.", False),
        Column("provenance", TEXT, "upstream, carrier or computed.", False),
        Column("derived_by", TEXT, "Who derived it, for carriers."),
        Column("licence", TEXT, "Licence of the figures.", False),
        Column("licence_url", TEXT, "Text of the licence."),
        Column("attribution", TEXT, "What to cite.", False),
        Column("redistributable", FLAG, "Whether the figures may be in the public release.", False),
        Column("homepage", TEXT, "Page of the dataset."),
    ),
    ("source_id", "dataset"),
    kind="dictionary",
    group="dictionaries",
    made_by="warehouse.methods.sources",
    rows="critical",
)
