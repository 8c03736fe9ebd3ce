"""Read and validate the catalog; an error is a sentence that names file, field and remedy."""

from __future__ import annotations

import functools
from pathlib import Path

from catalog import yaml_files
from catalog.contents import FOLDER, Catalog
from catalog.models.index_spec import IndexSpec
from catalog.models.known_issue import KnownIssue
from catalog.models.model import (
    Correction,
    FrameworkItem,
    Indicator,
    PeerFeature,
    Provider,
    Theme,
)
from catalog.yaml_files import CatalogError


def load(folder: Path = FOLDER) -> Catalog:
    """The whole catalog, validated; cached until a file changes.

    Raises `CatalogError`, one sentence a mistake, all mistakes at once.
    """
    stamp = tuple(
        sorted(
            (str(p), p.stat().st_mtime_ns)
            for pattern in ("*.yaml", "*.csv", "*/*.yaml", "*/*.csv")
            for p in folder.glob(pattern)
        )
    )
    return _load(folder, stamp)


@functools.lru_cache(maxsize=4)
def _load(folder: Path, stamp: tuple[tuple[str, int], ...]) -> Catalog:
    problems: list[str] = []
    providers = yaml_files.folder(Provider, folder / "providers", problems)
    indicators = yaml_files.folder(Indicator, folder / "indicators", problems)
    themes = {t.id: t for t in yaml_files.items(Theme, folder / "themes.yaml", problems)}
    frameworks = {
        p.stem: [i.model_dump() for i in yaml_files.items(FrameworkItem, p, problems)]
        for p in sorted((folder / "frameworks").glob("*.yaml"))
    }
    corrections = [
        c
        for p in sorted((folder / "corrections").glob("*.yaml"))
        for c in yaml_files.items(Correction, p, problems)
        if _belongs(c, p, problems)
    ]
    known_issues = [
        i
        for p in sorted((folder / "known_issues").glob("*.yaml"))
        for i in yaml_files.items(KnownIssue, p, problems)
        if _belongs(i, p, problems)
    ]
    indices = yaml_files.folder(IndexSpec, folder / "indices", problems)
    catalog = Catalog(
        folder,
        providers,
        indicators,
        themes,
        frameworks,
        corrections,
        indices,
        yaml_files.items(PeerFeature, folder / "peers.yaml", problems),
        known_issues,
    )
    if not problems:
        from catalog.checks import cross_check

        problems = cross_check(catalog)
    if problems:
        raise CatalogError("\n".join(problems))
    return catalog


def _belongs(item: Correction | KnownIssue, path: Path, problems: list[str]) -> bool:
    if item.provider != path.stem:
        what = "correction" if isinstance(item, Correction) else "known issue"
        problems.append(
            f"{yaml_files.name(path)}: field 'provider': a {what} of '{item.provider}' belongs in "
            f"catalog/{path.parent.name}/{item.provider}.yaml; move it there."
        )
    return item.provider == path.stem
