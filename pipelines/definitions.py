"""What Dagster loads: all assets, jobs, the schedule, the sensors, the resources."""

from collections.abc import Mapping, Sequence

import dagster as dg

from assets.workspace import Workspace
from pipelines import executor, jobs, resources, schedules, sensors
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
) -> dg.Definitions:
    """The definitions for one home; `assets` stands for all assets unless it is given."""
    made = list(all_assets() if assets is None else assets)
    named = jobs.jobs(made)
    return dg.Definitions(
        assets=made,
        jobs=named,
        schedules=[schedules.nightly(named[0])],
        sensors=sensors.sensors(home, made, named),
        resources={"workspace": Workspace(home=str(home.root), live=live)},
        executor=executor.holding(home, dg.in_process_executor),
        loggers=loggers,
    )


@dg.definitions
def observatory() -> dg.Definitions:
    """The definitions for `$OBSERVATORY_HOME`, made when Dagster asks for them."""
    return make(Home.from_environment(), live=resources.live_by_default())
