"""What is made from a finished release, after each one: a folder per publication, of the current release.

A publication reads the release's folder and nothing else. The atlas belongs to every build. The others
are apart: a build does not plan them, and the job `make_publications` makes them once per release.
`$OBSERVATORY_PUBLICATIONS` names those that are made (all, where it is not set; none, where it is
empty); commands make any of them at any time.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from assets.release import KEY
from assets.versions import code_version
from assets.workspace import Workspace
from warehouse.home import Home
from warehouse.publications.place import folder, kept, only

GROUP = "publication"
APART = "observatory/apart"  # tag of what no build plans, because nothing else is made from it
ROOM = "warehouse.publications"
Made = dict[str, Any]  # what the UI shows of a publication


@dataclass(frozen=True)
class PublicationAsset:
    """One folder made from a release: how, from which code, and what the UI says of it."""

    name: str
    description: str
    kind: str
    make: Callable[[Home, Path, Path], Made]  # home, release, folder
    modules: tuple[str, ...] = ()  # beside the sub-room of its name
    apart: bool = True


def mark(home: Home, name: str) -> Path | None:
    """What shows that a publication of the current release was made; None before the first release."""
    target, place = folder(home, name), home.elsewhere
    # It may have been made on another machine, and its many files need not be fetched.
    return target if target is None or place is None else place.mark(target)


def wanted() -> set[str] | None:
    """The publications that `$OBSERVATORY_PUBLICATIONS` names; None for all."""
    named = os.environ.get("OBSERVATORY_PUBLICATIONS")
    return None if named is None else set(named.replace(",", " ").split())


def publications() -> list[dg.AssetsDefinition]:
    """The assets of this room, after the release."""
    chosen = wanted()
    return [asset(p) for p in stated() if chosen is None or p.name in chosen]


def stated() -> Iterator[PublicationAsset]:
    """Every publication that there is."""
    yield PublicationAsset(
        "atlas",
        "The pages that an official reads, in four languages: a folder that any web server serves.",
        "html",
        _atlas,
        (f"{ROOM}.atlas.second",),
        apart=False,
    )
    yield PublicationAsset(
        "exports",
        "The release in the forms that other tools and catalogues read, a folder per standard.",
        "files",
        _exports,
        _formats(),
    )
    yield PublicationAsset(
        "workbooks",
        "Spreadsheets for officers in four languages: one per member of Metropolis and per theme, "
        "and a page that lists them.",
        "xlsx",
        _workbooks,
    )
    yield PublicationAsset(
        "metadata",
        "Methodology and quality after SIMS: of the whole and per indicator, in four languages.",
        "html",
        _metadata,
    )
    yield PublicationAsset(
        "feeds",
        "What changed from release to release, for feed readers: Atom and JSON.",
        "atom",
        _feeds,
    )
    yield PublicationAsset(
        "briefs",
        "Short pages for elected officials and technical teams, in four languages.",
        "markdown",
        _briefs,
    )


def asset(publication: PublicationAsset) -> dg.AssetsDefinition:
    """The asset of one publication."""

    @dg.asset(
        key=dg.AssetKey([GROUP, publication.name]),
        deps=[KEY],
        group_name=GROUP,
        description=f"{publication.description} Only that of the current release is kept.",
        kinds={publication.kind},
        owners=["team:observatory"],
        tags={APART: "yes"} if publication.apart else None,
        code_version=code_version(
            (f"{ROOM}.{publication.name}", *publication.modules), *_texts(publication.name)
        ),
    )
    def _made(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult:
        from catalog import CatalogError
        from warehouse import release
        from warehouse.errors import WarehouseError

        home = workspace.folder
        current, target = release.current(home), folder(home, publication.name)
        if current is None or target is None:
            raise dg.Failure("There is no release yet; run `observatory build` first.")
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            shown = publication.make(home, current, target)
        except (CatalogError, WarehouseError) as error:
            raise dg.Failure(f"Publication {publication.name} was not made. {error}") from None
        only(home, target)
        if (place := home.elsewhere) is not None:
            place.send_publication(target)
        context.log.info(f"made {target}")
        about = {"folder": dg.MetadataValue.path(str(target)), "release": current.name}
        return dg.MaterializeResult(metadata=about | shown)

    return _made


def _atlas(home: Home, release: Path, target: Path) -> Made:
    from warehouse.publications import atlas

    made = atlas.build(release, target, atlas.Options.from_environment())
    return {"pages": made.pages, "files": made.files, "bytes": made.bytes}


def _exports(home: Home, release: Path, target: Path) -> Made:
    from warehouse.publications import exports
    from warehouse.publications.model import Release

    made = exports.write(Release(release), target)
    size = sum(p.stat().st_size for p in target.rglob("*") if p.is_file())
    return {p.name: dg.MetadataValue.path(str(p)) for p in made} | {"bytes": size}


def _workbooks(home: Home, release: Path, target: Path) -> Made:
    from warehouse.publications import workbooks
    from warehouse.publications.model import Release

    number = workbooks.write(Release(release), target)
    return {"workbooks": number, **_pages(target)}


def _metadata(home: Home, release: Path, target: Path) -> Made:
    from warehouse.publications import metadata
    from warehouse.publications.model import Release

    return {"pages": metadata.write(Release(release), target), **_pages(target)}


def _feeds(home: Home, release: Path, target: Path) -> Made:
    from warehouse.publications import feeds

    number = feeds.write(kept(home), target)
    return {"feeds": number, "of all": dg.MetadataValue.path(str(target / "release.atom"))}


def _briefs(home: Home, release: Path, target: Path) -> Made:
    from warehouse.publications import briefs
    from warehouse.publications.model import Release

    return {"briefs": len(briefs.write(Release(release), target))}


def _pages(target: Path) -> Made:
    """The first page of each language, for the UI."""
    return {
        p.parent.name: dg.MetadataValue.path(str(p)) for p in sorted(target.glob("*/index.html"))
    }


def _formats() -> tuple[str, ...]:
    from warehouse.publications.exports import formats

    files = sorted(Path(formats.__path__[0]).glob("[a-z]*.py"))
    return tuple(f"{formats.__name__}.{p.stem}" for p in files)


def _texts(name: str) -> list[str]:
    """Templates, scripts and texts, which decide a publication as much as its code."""
    top = Path(__file__).parents[1]
    rooms = [top / "warehouse" / "publications" / room for room in ("page", name)]
    catalog = {"atlas": top / "catalog" / "stories", "briefs": top / "catalog" / "briefs"}
    rooms += [catalog[name]] if name in catalog else []
    texts = (".html", ".css", ".js", ".yaml", ".svg", ".md", ".sql")
    files = [p for room in rooms for p in sorted(room.rglob("*")) if p.suffix in texts]
    return [p.read_text(encoding="utf-8") for p in files]
