"""Read and validate the catalog; an error is a sentence that names file, field and remedy."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from catalog.models.index_spec import IndexSpec
from catalog.models.model import (
    Correction,
    Dataset,
    FrameworkItem,
    Indicator,
    PeerFeature,
    Provider,
    Theme,
)

FOLDER = Path(__file__).parent
# One published dictionary = one CSV with exactly the columns of its statement in the warehouse.
CSV = {
    "metro": "metros/metro.csv",
    "metro_name": "metros/metro_name.csv",
    "spatial_unit": "metros/spatial_unit.csv",
    "crosswalk": "metros/crosswalk.csv",
    "member_org": "metros/member_org.csv",
    "boundary_version": "metros/boundary_version.csv",
    "unit_relation": "metros/unit_relation.csv",
    "local_unit": "metros/local_unit.csv.gz",
    "metro_redirect": "metros/redirect.csv",
    "metro_change": "metros/change.csv",
    "crosswalk_quality": "metros/crosswalk_quality.csv",
    "crosswalk_coverage": "metros/crosswalk_coverage.csv",
    "unit": "units.csv",
    "scale": "scales.csv",
    "status": "statuses.csv",
}

Model = TypeVar("Model", bound=BaseModel)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Plain YAML in which a key that stands twice is an error instead of the last one winning."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if key.tag != "tag:yaml.org,2002:merge" and key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"'{key.value}' stands twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


class CatalogError(Exception):
    """What is wrong in which file and field, and how to mend it; `str(error)` is for people."""


@dataclass(frozen=True)
class Catalog:
    """Everything that the observatory knows before it reads a figure."""

    folder: Path
    providers: dict[str, Provider]
    indicators: dict[str, Indicator]
    themes: dict[str, Theme]
    frameworks: dict[str, list[dict[str, str]]]
    corrections: list[Correction]
    indices: dict[str, IndexSpec] = field(default_factory=dict)
    peers: list[PeerFeature] = field(default_factory=list)

    def csv(self, name: str) -> Path:
        """The CSV file of a dictionary table (`metro`, `spatial_unit`, `unit`, ...)."""
        return self.folder / CSV[name]

    def dataset(self, provider: str, dataset: str) -> Dataset:
        """One dataset; raises `CatalogError` where it is not stated."""
        try:
            return self.providers[provider].datasets[dataset]
        except KeyError:
            raise CatalogError(
                f"catalog/providers/{provider}.yaml: dataset '{dataset}' is not stated; add it "
                "under 'datasets'."
            ) from None

    def bound_datasets(self) -> list[tuple[str, str]]:
        """(provider, dataset) pairs that at least one indicator binds, in order."""
        pairs = {(b.provider, b.dataset) for i in self.indicators.values() for b in i.bindings}
        return sorted(pairs)

    def bindings(self, provider: str, dataset: str) -> list[tuple[str, int]]:
        """(indicator id, position in its `bindings`) of all bindings of a dataset, in order."""
        return [
            (i.id, n)
            for i in self.indicators.values()
            for n, b in enumerate(i.bindings)
            if (b.provider, b.dataset) == (provider, dataset)
        ]

    def version(self, *relative: str) -> str:
        """A hash of the named catalog files (paths within the folder), for code versions."""
        digest = hashlib.sha256()
        for name in sorted(relative):
            digest.update(name.encode() + b"\0" + (self.folder / name).read_bytes() + b"\0")
        return digest.hexdigest()[:16]


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
    providers = _folder(Provider, folder / "providers", problems)
    indicators = _folder(Indicator, folder / "indicators", problems)
    themes = {t.id: t for t in _items(Theme, folder / "themes.yaml", problems)}
    frameworks = {
        p.stem: [i.model_dump() for i in _items(FrameworkItem, p, problems)]
        for p in sorted((folder / "frameworks").glob("*.yaml"))
    }
    corrections = [
        c
        for p in sorted((folder / "corrections").glob("*.yaml"))
        for c in _items(Correction, p, problems)
        if _belongs(c, p, problems)
    ]
    indices = _folder(IndexSpec, folder / "indices", problems)
    catalog = Catalog(
        folder,
        providers,
        indicators,
        themes,
        frameworks,
        corrections,
        indices,
        _items(PeerFeature, folder / "peers.yaml", problems),
    )
    if not problems:
        from catalog.checks import cross_check

        problems = cross_check(catalog)
    if problems:
        raise CatalogError("\n".join(problems))
    return catalog


def _folder(model: type[Model], folder: Path, problems: list[str]) -> dict[str, Model]:
    found = {}
    for path in sorted(folder.glob("*.yaml")):
        item = _parse(model, path, _yaml(path, problems), problems)
        if item is None:
            continue
        said = getattr(item, "id", "")
        if said != path.stem:
            problems.append(
                f"{_name(path)}: field 'id' says '{said}' but the file is called "
                f"'{path.name}'; make them the same."
            )
        found[path.stem] = item
    return found


def _items(model: type[Model], path: Path, problems: list[str]) -> list[Model]:
    raw = _yaml(path, problems)
    if raw is not None and not isinstance(raw, list):
        problems.append(f"{_name(path)}: this must be a list; begin each item with '- '.")
        return []
    items = [_parse(model, path, r, problems) for r in raw or []]
    return [i for i in items if i is not None]


def _belongs(correction: Correction, path: Path, problems: list[str]) -> bool:
    if correction.provider != path.stem:
        problems.append(
            f"{_name(path)}: field 'provider': a correction of '{correction.provider}' belongs in "
            f"catalog/corrections/{correction.provider}.yaml; move it there."
        )
    return correction.provider == path.stem


def _yaml(path: Path, problems: list[str]) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except FileNotFoundError:
        problems.append(f"{_name(path)}: the file is missing; restore it.")
    except OSError as error:
        problems.append(f"{_name(path)}: it cannot be read ({error.strerror}); mend that.")
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        problems.append(
            f"{_name(path)}: this is not valid YAML{where}: "
            f"{getattr(error, 'problem', None) or error}; check quotes and indentation there."
        )
    return None


def parsed(model: type[Model], path: Path, problems: list[str]) -> Model | None:
    """The one item of a YAML file, or None with the mistakes added to `problems`."""
    return _parse(model, path, _yaml(path, problems), problems)


def _parse(model: type[Model], path: Path, raw: Any, problems: list[str]) -> Model | None:
    if raw is None:
        return None
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        for e in error.errors():
            field = ".".join(str(x) for x in e["loc"]) or "the file as a whole"
            problems.append(f"{_name(path)}: field '{field}': {_remedy(e)}")
    return None


def _remedy(e: Any) -> str:
    match e["type"]:
        case "missing":
            return "it is missing; add it."
        case "extra_forbidden":
            return "there is no such field; check the spelling or remove it."
        case "literal_error":
            return f"'{e['input']}' is not allowed; use {e['ctx']['expected']}."
        case "string_type":
            return f"{e['input']!r} is not text; put it in quotes."
        case "value_error":
            return f"{e['ctx']['error']}."
        case _:
            return f"{e['msg']} (got {e['input']!r})."


def _name(path: Path) -> str:
    parts = path.parts
    return "/".join(parts[-2:] if "catalog" in parts[-2:] else parts[-3:])
