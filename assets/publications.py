"""What is made from a finished release, after each one: a folder per publication, of the current release.

A publication reads the release's folder and nothing else. `$OBSERVATORY_PUBLICATIONS` names those that
are made after a release (all, where it is not set; none, where it is empty); commands make any of them
at any time.
"""

import os
import shutil
from pathlib import Path

import dagster as dg

from assets.release import KEY
from assets.versions import code_version
from assets.workspace import Workspace
from warehouse.home import Home

GROUP = "publication"


def folder(home: Home, name: str) -> Path | None:
    """Where a publication of the current release is or will be; None before the first release."""
    from warehouse import release

    now = release.current(home)
    return home.publications / now.name / name if now else None


def wanted() -> set[str] | None:
    """The publications that `$OBSERVATORY_PUBLICATIONS` names; None for all."""
    named = os.environ.get("OBSERVATORY_PUBLICATIONS")
    return None if named is None else set(named.replace(",", " ").split())


def publications() -> list[dg.AssetsDefinition]:
    """The assets of this room, after the release."""
    chosen = wanted()
    return [asset for asset in (atlas(),) if chosen is None or asset.key.path[-1] in chosen]


def atlas() -> dg.AssetsDefinition:
    """The static site of a release."""

    @dg.asset(
        key=dg.AssetKey([GROUP, "atlas"]),
        deps=[KEY],
        group_name=GROUP,
        description="The pages that an official reads, in four languages: a folder that any web "
        "server serves. Only that of the current release is kept.",
        kinds={"html"},
        owners=["team:observatory"],
        code_version=code_version(["warehouse.publications.atlas"], *_texts()),
    )
    def _atlas(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult:
        from catalog import CatalogError
        from warehouse import release
        from warehouse.errors import WarehouseError
        from warehouse.publications import atlas

        home = workspace.folder
        current, target = release.current(home), folder(home, "atlas")
        if current is None or target is None:
            raise dg.Failure("There is no release yet; run `observatory build` first.")
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            made = atlas.build(current, target, atlas.Options.from_environment())
        except (CatalogError, WarehouseError) as error:
            raise dg.Failure(f"The atlas was not made. {error}") from None
        only(home, target)
        context.log.info(f"made {target}")
        return dg.MaterializeResult(
            metadata={
                "folder": dg.MetadataValue.path(str(target)),
                "release": current.name,
                "pages": made.pages,
                "files": made.files,
                "bytes": made.bytes,
            }
        )

    return _atlas


def only(home: Home, target: Path) -> None:
    """Remove this publication of other releases: it can be made again from them at any time."""
    for other in sorted(home.publications.glob(f"*/{target.name}")):
        if other.parent != target.parent:
            shutil.rmtree(other, ignore_errors=True)
            if not any(other.parent.iterdir()):
                other.parent.rmdir()


def _texts() -> list[str]:
    """Templates, scripts and texts of the pages, which decide the site as much as its code."""
    room = Path(__file__).parents[1] / "warehouse" / "publications"
    stories = Path(__file__).parents[1] / "catalog" / "stories"
    files = [p for s in ("page", "atlas") for p in sorted((room / s).rglob("*")) if p.is_file()]
    kept = (".html", ".css", ".js", ".yaml", ".svg")
    return [
        p.read_text(encoding="utf-8")
        for p in (*files, *sorted(stories.glob("*.yaml")))
        if p.suffix in kept
    ]
