"""Table `member_org`."""

from __future__ import annotations

from warehouse.tables.statement import ISO3, METRO_ID, TEXT, WHOLE, Column, Table

TABLE = Table(
    "member_org",
    "Governments that public texts name as members of Metropolis, or beside it; every text is in network_membership, also of members whose government no text names.",
    (
        Column("member_id", TEXT, "Identifier.", False),
        Column("name", TEXT, "Name of the government.", False),
        Column("kind", TEXT, "Kind of government.", False),
        METRO_ID,
        ISO3,
        Column("relation", TEXT, "How its own territory relates to the metropolis, where known."),
        Column(
            "membership",
            TEXT,
            "explicit (a text says that it is a member), or seen (texts name it beside the network, and none says that it is a member).",
            False,
        ),
        Column("member_since", TEXT, "Year or day of joining, where a text says it."),
        Column("first_seen", WHOLE, "Year of the earliest text that says it, or names it."),
        Column("last_seen", WHOLE, "Year of the latest one."),
        Column("evidence", TEXT, "The newest text that says the membership, or names it.", False),
        Column(
            "territory",
            TEXT,
            "The body whose territory it governs, as in `governance`; or local_unit: and its own municipality in `local_unit`. Null where no text or list says.",
        ),
        Column("municipalities", WHOLE, "Municipalities in that territory, where a text says it."),
        Column("municipalities_year", WHOLE, "Year for which the text says so."),
        Column("territory_source", TEXT, "Address of the text that was opened."),
    ),
    ("member_id",),
    kind="dictionary",
    group="registry",
    made_by="warehouse.methods.from_csv",
    rows="warning",
)
