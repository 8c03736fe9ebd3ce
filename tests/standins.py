"""A small graph with the names and files of the real one, to test what runs it."""

from pathlib import Path

import dagster as dg

from assets.graph import output
from assets.publications import APART, GROUP
from warehouse.home import Home

PROVIDERS = ("alpha", "beta")


class Plant:
    """What the next run meets: bytes by provider, names whose step fails, names that are red."""

    def __init__(self) -> None:
        self.bytes = dict.fromkeys(PROVIDERS, "1")
        self.fail: set[str] = set()
        self.red: set[str] = set()
        self.made: list[str] = []
        self.code = "1"


def assets(plant: Plant) -> list[dg.AssetsDefinition]:
    """fetch, raw, history, one indicator for each provider, observation, release."""
    made = []
    for p in PROVIDERS:
        made += [
            _asset(plant, ["fetch", p], [], "fetched"),
            _asset(plant, ["raw", p, "d"], [["fetch", p]], lambda p=p: plant.bytes[p]),
            _asset(plant, ["history", p, "d"], [["raw", p, "d"]], lambda p=p: plant.bytes[p]),
            _asset(
                plant,
                ["indicator", f"of_{p}"],
                [["history", p, "d"]],
                lambda p=p: plant.bytes[p] + plant.code,
                code=plant.code,
            ),
        ]
    indicators = [["indicator", f"of_{p}"] for p in PROVIDERS]
    made.append(_asset(plant, ["observation"], indicators, lambda: str(plant.bytes)))
    made.append(_asset(plant, ["release"], [["observation"]], lambda: str(plant.bytes)))
    return made


def publication(plant: Plant, name: str) -> dg.AssetsDefinition:
    """A publication that is made once per release, apart from builds."""
    return _asset(plant, [GROUP, name], [["release"]], "1", tags={APART: "yes"})


def _asset(plant, key, deps, version, code="1", tags=None):
    name = "/".join(key)
    asset_key = dg.AssetKey(key)

    @dg.asset(
        key=key, deps=deps, code_version=code, tags=tags, required_resource_keys={"workspace"}
    )
    def made(context):
        if name in plant.fail:
            raise ValueError(f"planted in {name}")
        home = context.resources.workspace.folder
        path = output(asset_key, home)
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            if name == "release":
                _publish(home)
            elif key[0] == GROUP:
                path.mkdir()
            else:
                path.write_text("made")
        plant.made.append(name)
        return dg.MaterializeResult(
            data_version=dg.DataVersion(version if isinstance(version, str) else version()),
            metadata={"verdict": "red" if name in plant.red else "green"}
            | ({"published": "yes"} if name == "release" else {}),
        )

    return made


def _publish(home: Home) -> None:
    folder = home.releases / "2026.01.01.1"
    if not folder.exists():
        release(folder)
        (home.releases / "current").symlink_to(folder.name)


def release(folder: Path) -> None:
    """A release file with the tables that status and summary look at, two rows in each."""
    import duckdb

    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "observatory.duckdb")) as con:
        con.execute(
            "create table observation as select * from (values "
            "('es-barcelona', 'population', 2018, 5.4, 'upstream', 'A', 'alpha', 'd', null::timestamp), "
            "('lv-riga', 'area', 2019, null, 'computed', 'F', 'beta', 'd', null::timestamp)) "
            "t(metro_id, indicator_id, period, value, provenance, obs_status, source_id, dataset, stale_since)"
        )
        con.execute("create table country_context as from observation")
        con.execute("create table quarantine as from observation")
        con.execute(
            "create table snapshot as select 'bundled' as origin, 'beta' as source_id, 'd' as dataset, "
            "timestamp '2025-01-01' as published_at, timestamp '2026-01-01' as retrieved_at"
        )
