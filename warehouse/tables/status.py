"""Table `status`."""

from __future__ import annotations

from warehouse.tables.statement import TEXT, WHOLE, Column, Table

TABLE = Table(
    "status",
    "Mapping of every source flag to one SDMX CL_OBS_STATUS code, in the official order of precedence.",
    (
        Column("provider", TEXT, "Whose flag; sdmx for the code list itself.", False),
        Column("flag", TEXT, "The flag as the source writes it; empty for none.", False),
        Column("obs_status", TEXT, "SDMX CL_OBS_STATUS code.", False),
        Column("conf_status", TEXT, "SDMX CL_CONF_STATUS code, where the flag says so."),
        Column("precedence", WHOLE, "Smaller wins when a figure has several flags.", False),
        Column("meaning", TEXT, "Meaning of the flag.", False),
        Column("source", TEXT, "Where the mapping comes from.", False),
    ),
    ("provider", "flag"),
    kind="dictionary",
    group="dictionaries",
    made_by="warehouse.methods.from_csv",
    rows="critical",
)
