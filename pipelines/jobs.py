"""Jobs, named by what an analyst wants; one alone asks something: why a release is accepted."""

from collections.abc import Sequence

import dagster as dg

from assets.release import Acceptance
from pipelines import publications, refreshes, survey

REBUILD, PUBLISH = "rebuild_everything", "publish"
PUBLISH_ACCEPTED = "publish_accepted"


def jobs(assets: Sequence[dg.AssetsDefinition], notice: str = "") -> list:
    """Every job; `rebuild_everything` comes last. A notice is before what each job says of itself."""
    before = f"THE CATALOG HAS A MISTAKE: {notice} The last good one is in use. " if notice else ""
    keys = sorted(k for a in assets for k in a.keys)
    made = refreshes.jobs(assets, before)
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
