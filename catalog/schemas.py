"""JSON Schemas of the catalog's files, made from the models, so that editors complete and check.

`python -m catalog.schemas` writes them again after a change of `catalog/models/model.py`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from catalog.models.comparability import Comparability
from catalog.models.desk import DeskResearch
from catalog.models.headline import Headline
from catalog.models.hole import Holes
from catalog.models.hosts import Hosts
from catalog.models.index_spec import IndexSpec
from catalog.models.known_issue import IssueTexts, KnownIssue
from catalog.models.letters import Letters, PreviewWords
from catalog.models.model import (
    Correction,
    FrameworkItem,
    Indicator,
    PeerFeature,
    Provider,
    Texts,
    Theme,
)
from catalog.models.publication import Publication
from catalog.models.release_limits import ReleaseLimits
from catalog.models.story import Story
from catalog.models.survey import Survey
from catalog.models.territory import Territories
from catalog.models.typology import TypologyRule

FOLDER = Path(__file__).parent / "schemas"
ONE = {
    "comparability": Comparability,
    "desk": DeskResearch,
    "headline": Headline,
    "holes": Holes,
    "hosts": Hosts,
    "letters": Letters,
    "preview": PreviewWords,
    "index": IndexSpec,
    "issue_texts": IssueTexts,
    "indicator": Indicator,
    "provider": Provider,
    "publication": Publication,
    "story": Story,
    "survey": Survey,
    "territories": Territories,
    "release": ReleaseLimits,
}
MANY = {
    "themes": Theme,
    "framework": FrameworkItem,
    "corrections": Correction,
    "known_issues": KnownIssue,
    "peers": PeerFeature,
    "typology": TypologyRule,
}
TEXTS = ("messages",)


def schemas() -> dict[str, str]:
    """File name to the text of each schema."""
    made = {name: _one(model) for name, model in ONE.items()}
    made |= {name: _many(model) for name, model in MANY.items()}
    made |= {name: _texts() for name in TEXTS}
    return {f"{name}.json": _text(name, made[name]) for name in sorted(made)}


def write(folder: Path = FOLDER) -> list[Path]:
    """Write every schema into `folder`; returns the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, text in schemas().items():
        path = folder / name
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


def _one(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


def _many(model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema(ref_template="#/$defs/{model}")
    inner = schema.pop("$defs", {})
    return {
        "$defs": inner | {model.__name__: schema},
        "type": "array",
        "items": {"$ref": f"#/$defs/{model.__name__}"},
    }


def _texts() -> dict[str, Any]:
    schema = Texts.model_json_schema()
    return {"type": "object", "additionalProperties": schema}


def _text(name: str, schema: dict[str, Any]) -> str:
    top = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": name}
    return json.dumps(top | schema | {"title": name}, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for written in write():
        print(written)
