"""The jobs that ask providers, and the definitions that they need: a few of all that there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import dagster as dg

from assets.workspace import Workspace
from pipelines import executor
from warehouse.home import Home

EVERYTHING = "refresh_everything"


def asking(
    home: Home, *, live: bool, loggers: Mapping[str, dg.LoggerDefinition] | None = None
) -> tuple[dg.Definitions, list[dg.AssetsDefinition]]:
    """The definitions of the jobs that ask, alone, and their assets; the jobs are those of the daemon.

    Raises `CatalogError` where the catalog is wrong.
    """
    import catalog
    from assets import asking as assets

    made = assets.first(catalog.load())
    defined = dg.Definitions(
        assets=made,
        jobs=jobs(made),
        resources={"workspace": Workspace(home=home.address, live=live)},
        executor=executor.chosen(home),
        loggers=loggers,
    )
    return defined, made


def providers(assets: Sequence[dg.AssetsDefinition]) -> list[str]:
    """The providers that can be refreshed, in order."""
    return sorted({k.path[1] for a in assets for k in a.keys if k.path[0] == "fetch"})


def name(provider: str | None) -> str:
    """The job that refreshes one provider, or all of them."""
    return f"refresh_{provider}" if provider else EVERYTHING


def is_refresh(name: str) -> bool:
    """Whether a job asks for what is new, so that a build of what changed follows from it."""
    return name.startswith("refresh_")


def jobs(assets: Sequence[dg.AssetsDefinition], before: str = "") -> list:
    """The job that asks all providers, then one for each; `before` is said first of each."""
    keys = sorted(k for a in assets for k in a.keys if k.path[0] in ("fetch", "raw"))
    titles = {
        k.path[1]: said["provider"]
        for a in assets
        for k, said in a.metadata_by_key.items()
        if k.path[0] == "fetch" and "provider" in said
    }
    after = (
        "What depends on what changed is built anew right after, and a new release is published."
    )
    asked = {EVERYTHING: (f"{before}Asks every provider for what is new. {after}", keys)}
    for provider in providers(assets):
        asked[name(provider)] = (
            f"{before}{titles.get(provider, provider)}: asks for what is new. {after}",
            [k for k in keys if k.path[1] == provider],
        )
    return [
        dg.define_asset_job(job, selection=dg.AssetSelection.assets(*of), description=said)
        for job, (said, of) in asked.items()
    ]
