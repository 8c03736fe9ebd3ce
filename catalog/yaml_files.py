"""The one way in which YAML files are read: strict, and with sentences about what is wrong."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Plain YAML in which a key that is given twice is an error instead of the last one winning."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if key.tag != "tag:yaml.org,2002:merge" and key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"'{key.value}' is given twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


class CatalogError(Exception):
    """What is wrong in which file and field, and how to mend it; `str(error)` is for people."""


def one(model: type[Model], path: Path) -> Model:
    """The one item of a YAML file; read again once the file has changed.

    Raises `CatalogError`, a sentence for each mistake.
    """
    return _one(model, path, path.stat().st_mtime_ns if path.exists() else 0)


@functools.lru_cache(maxsize=32)
def _one(model: type[Any], path: Path, _stamp: int) -> Any:
    problems: list[str] = []
    made = parsed(model, path, problems)
    if made is None or problems:
        raise CatalogError("\n".join(problems) or f"{name(path)}: the file is empty; restore it.")
    return made


def listed(model: type[Model], path: Path) -> list[Model]:
    """The items of a YAML file that is a list; raises `CatalogError`."""
    problems: list[str] = []
    made = items(model, path, problems)
    if problems:
        raise CatalogError("\n".join(problems))
    return made


def folder(model: type[Model], where: Path, problems: list[str]) -> dict[str, Model]:
    """File name to the item of each YAML file in a folder; mistakes are added to `problems`."""
    found = {}
    for path in sorted(where.glob("*.yaml")):
        item = validated(model, path, content(path, problems), problems)
        if item is None:
            continue
        said = getattr(item, "id", "")
        if said != path.stem:
            problems.append(
                f"{name(path)}: field 'id' says '{said}' but the file is called "
                f"'{path.name}'; make them the same."
            )
        found[path.stem] = item
    return found


def items(model: type[Model], path: Path, problems: list[str]) -> list[Model]:
    """The items of a YAML file that is a list; mistakes are added to `problems`."""
    raw = content(path, problems)
    if raw is not None and not isinstance(raw, list):
        problems.append(f"{name(path)}: this must be a list; begin each item with '- '.")
        return []
    made = [validated(model, path, r, problems) for r in raw or []]
    return [i for i in made if i is not None]


def content(path: Path, problems: list[str]) -> Any:
    """What a YAML file holds; None with the mistake added to `problems` where it cannot be read."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except FileNotFoundError:
        problems.append(f"{name(path)}: the file is missing; restore it.")
    except OSError as error:
        problems.append(f"{name(path)}: it cannot be read ({error.strerror}); mend that.")
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        problems.append(
            f"{name(path)}: this is not valid YAML{where}: "
            f"{getattr(error, 'problem', None) or error}; check quotes and indentation there."
        )
    return None


def parsed(model: type[Model], path: Path, problems: list[str]) -> Model | None:
    """The one item of a YAML file, or None with the mistakes added to `problems`."""
    return validated(model, path, content(path, problems), problems)


def validated(model: type[Model], path: Path, raw: Any, problems: list[str]) -> Model | None:
    """One item as its model; None with the mistakes added to `problems`."""
    if raw is None:
        return None
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        for e in error.errors():
            field = ".".join(str(x) for x in e["loc"]) or "the file as a whole"
            problems.append(f"{name(path)}: field '{field}': {remedy(e)}")
    return None


def remedy(e: Any) -> str:
    """What is wrong with a field and how to mend it, from an error of pydantic."""
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


def name(path: Path) -> str:
    """How a file is called in a message: its path from `catalog` on."""
    parts = path.parts
    return "/".join(parts[-2:] if "catalog" in parts[-2:] else parts[-3:])
