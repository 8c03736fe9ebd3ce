"""Jobs, named by what an analyst wants; one alone asks something: why a release is accepted."""

from collections.abc import Sequence

import dagster as dg

from assets.release import Acceptance
from pipelines import publications, survey

EVERYTHING, REBUILD, PUBLISH = "refresh_everything", "rebuild_everything", "publish"
PUBLISH_ACCEPTED = "publish_accepted"


def providers(assets: Sequence[dg.AssetsDefinition]) -> list[str]:
    """The providers that can be refreshed, in order."""
    return sorted({k.path[1] for a in assets for k in a.keys if k.path[0] == "fetch"})


def refresh_name(provider: str | None) -> str:
    """The job that refreshes one provider, or all of them."""
    return f"refresh_{provider}" if provider else EVERYTHING


def is_refresh(name: str) -> bool:
    """Whether a job asks for what is new, so that a build of what changed follows from it."""
    return name.startswith("refresh_")


def jobs(assets: Sequence[dg.AssetsDefinition], notice: str = "") -> list:
    """Every job; `rebuild_everything` comes last. A notice is before what each job says of itself."""
    before = f"THE CATALOG HAS A MISTAKE: {notice} The last good one is in use. " if notice else ""
    keys = sorted(k for a in assets for k in a.keys)
    titles = {
        k.path[1]: said["provider"]
        for a in assets
        for k, said in a.metadata_by_key.items()
        if k.path[0] == "fetch" and "provider" in said
    }
    made = [
        _job(
            EVERYTHING,
            f"{before}Asks every provider for what is new. What depends on what changed is built anew "
            "right after, and a new release is published.",
            [k for k in keys if k.path[0] in ("fetch", "raw")],
        )
    ]
    for provider in providers(assets):
        made.append(
            _job(
                refresh_name(provider),
                f"{before}{titles.get(provider, provider)}: asks for what is new. What depends on what "
                "changed is built anew right after, and a new release is published.",
                [k for k in keys if k.path[0] in ("fetch", "raw") and k.path[1] == provider],
            )
        )
    if any(k.path == ["release"] for k in keys):
        made.append(
            _job(
                PUBLISH,
                f"{before}Judges all tables as they are once more and publishes them as a new release; "
                "nothing red is ever published.",
                [dg.AssetKey("release")],
            )
        )
        made.append(
            _job(
                PUBLISH_ACCEPTED,
                f"{before}Publishes a release that waits for a person because it differs much from the "
                "current one. Look at what changed, then write in the launchpad why it is meant.",
                [dg.AssetKey("release")],
                config=_reason,
            )
        )
    apart = publications.apart(assets)
    made += survey.jobs(assets)
    made += publications.jobs(assets)
    apart = publications.apart(assets)
    made.append(
        _job(
            REBUILD,
            f"{before}Builds every table anew from the snapshots at hand, without asking anybody, and "
            "publishes. Also runs by itself, for what is out of date, after a refresh.",
            [k for k in keys if k.path[0] not in ("fetch", "wave") and k not in apart],
        )
    )
    return made


@dg.config_mapping
def _reason(said: Acceptance) -> dict:
    return {"ops": {"release": {"config": {"accept": said.reason}}}}


def _job(name: str, description: str, keys: list[dg.AssetKey], config=None):
    return dg.define_asset_job(
        name, selection=dg.AssetSelection.assets(*keys), description=description, config=config
    )
