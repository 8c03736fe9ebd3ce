"""Tables `comparison_<theme>`, one for each theme of the catalog."""

from __future__ import annotations

from catalog.contents import Catalog
from warehouse.tables.statement import (
    ISO3,
    METRO_ID,
    NUMBER,
    SCALE,
    SYSTEM,
    TEXT,
    UNIT_ID,
    VINTAGE,
    Column,
    Table,
)


def family(catalog: Catalog) -> dict[str, Table]:
    """Theme to the statement of its wide table, for themes that have indicators of metropolises."""
    found = {}
    for theme in catalog.themes:
        columns = tuple(
            (i.id, i.title.en, i.unit)
            for i in catalog.indicators.values()
            if i.theme == theme and i.kind != "context"
        )
        if columns:
            found[theme] = of_theme(theme, columns)
    return found


def of_theme(theme: str, indicators: tuple[tuple[str, str, str], ...]) -> Table:
    """The wide table of one theme: a row per metropolis and scale, a column per indicator.

    `indicators` are (indicator_id, title, unit) in catalog order; each figure brings its year as
    `<indicator_id>__period` and its status as `<indicator_id>__status`.
    """
    columns: list[Column] = [
        METRO_ID,
        Column("metro_name", TEXT, "Name of the metropolis in English.", False),
        ISO3,
        SCALE,
        SYSTEM,
        VINTAGE,
        UNIT_ID,
    ]
    for indicator_id, title, unit in indicators:
        columns += [
            Column(indicator_id, NUMBER, f"{title}: newest measured figure, total.", True, unit),
            Column(f"{indicator_id}__period", TEXT, f"Period of {indicator_id}."),
            Column(f"{indicator_id}__status", TEXT, f"SDMX CL_OBS_STATUS code of {indicator_id}."),
        ]
    return Table(
        f"comparison_{theme}",
        f"Wide comparison of the theme {theme}: newest figures side by side; one row per metropolis, territorial unit and delineation (system and vintage), so one scale per row.",
        tuple(columns),
        ("metro_id", "system", "vintage", "unit_id"),
        group="comparisons",
        inputs=("latest", "metro", "indicator"),
        made_by="warehouse.methods.comparison",
        rows="warning",
    )
