"""What Dagster loads: all assets, jobs, the schedule, the sensors, the resources."""

from collections.abc import Mapping, Sequence

import dagster as dg

from assets.workspace import Workspace
from pipelines import executor, jobs, last_good, resources, schedules, sensors
from warehouse.home import Home


def all_assets() -> list[dg.AssetsDefinition]:
    """Every asset, made from the catalog; raises `CatalogError` where the catalog is wrong."""
    import catalog
    from assets import graph

    return graph.build(catalog.load())


def make(
    home: Home,
    *,
    live: bool,
    assets: Sequence[dg.AssetsDefinition] | None = None,
    loggers: Mapping[str, dg.LoggerDefinition] | None = None,
    notice: str = "",
) -> dg.Definitions:
    """The definitions for one home; `assets` stands for all assets unless it is given.

    `notice` is what is wrong while they are made from the last good catalog; it is shown on top.
    """
    made = list(all_assets() if assets is None else assets)
    named = jobs.jobs(made, notice)
    return dg.Definitions(
        assets=[*made, _told(notice)] if notice else made,
        jobs=named,
        metadata={"catalog error": notice} if notice else None,
        schedules=[schedules.nightly(named[0])],
        sensors=sensors.sensors(home, made, named),
        resources={"workspace": Workspace(home=home.address, live=live)},
        executor=executor.chosen(home),
        loggers=loggers,
    )


@dg.definitions
def observatory() -> dg.Definitions:
    """The definitions for `$OBSERVATORY_HOME`, made when Dagster asks for them."""
    return last_good.definitions(
        Home.from_environment(), live=resources.live_by_default(), make=make
    )


def _told(notice: str) -> dg.AssetsDefinition:
    """An asset that is first in every list and says what is wrong in the catalog."""

    @dg.asset(
        key="CATALOG_ERROR",
        group_name="0_catalog_error",
        description=f"{notice} The last good catalog is in use until this is mended; then press "
        "Reload definitions.",
        kinds={"error"},
    )
    def told() -> None:
        raise dg.Failure(notice)

    return told
