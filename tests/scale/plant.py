"""The real definitions over a small graph, as Dagster's processes and Celery's workers load them."""

import os
import time
from pathlib import Path

import dagster as dg

from pipelines import definitions
from tests import standins
from warehouse.home import Home


@dg.asset
def meets(context: dg.AssetExecutionContext, workspace: dg.ResourceParam[object]) -> None:
    """Ends once the other one is at work at the same time; both say in which process they ran."""
    _meet(context, "meets", "met")


@dg.asset
def met(context: dg.AssetExecutionContext, workspace: dg.ResourceParam[object]) -> None:
    """As `meets`."""
    _meet(context, "met", "meets")


@dg.asset
def dies(context: dg.AssetExecutionContext) -> None:
    """Says in which process it runs and waits there to be killed."""
    place = Path(os.environ["PLANT"])
    (place / "dies").write_text(f"{os.getpid()} {os.getppid()}")
    time.sleep(600)


@dg.asset
def waits(context: dg.AssetExecutionContext) -> None:
    """Ends once the test says so."""
    place = Path(os.environ["PLANT"])
    end = time.monotonic() + 300
    while not (place / "go").exists() and time.monotonic() < end:
        time.sleep(0.2)


@dg.asset(deps=[waits])
def follows() -> None:
    """Follows from `waits`, and not from the step that is lost."""
    (Path(os.environ["PLANT"]) / "followed").touch()


@dg.asset(deps=[dies])
def depends() -> None:
    """Depends on the step that is lost."""
    (Path(os.environ["PLANT"]) / "depended").touch()


def _meet(context: dg.AssetExecutionContext, name: str, other: str) -> None:
    place = Path(os.environ["PLANT"])
    (place / name).write_text(f"{os.getpid()}")
    end = time.monotonic() + 120
    while not (place / other).exists():
        if time.monotonic() > end:
            raise dg.Failure(f"{other} never began")
        time.sleep(0.1)
    context.log.info("both are at work")


def make() -> dg.Definitions:
    """All of it, with the executor that the environment names."""
    home = Home.from_environment()
    graph = standins.assets(standins.Plant())
    made = definitions.make(home, live=False, assets=graph)
    more = [
        dg.define_asset_job("meeting", selection=dg.AssetSelection.assets("meets", "met")),
        dg.define_asset_job("dying", selection=dg.AssetSelection.assets("dies")),
        dg.define_asset_job(
            "losing", selection=dg.AssetSelection.assets("dies", "depends", "waits", "follows")
        ),
    ]
    return dg.Definitions(
        assets=[*graph, meets, met, dies, waits, follows, depends],
        jobs=[*(made.jobs or []), *more],
        resources=made.resources,
        executor=made.executor,
    )


defs = make()
