"""The dictionary of languages: which there are, and how far each is translated."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow as pa

from catalog.contents import Catalog
from catalog.languages import languages, own_name, translated
from catalog.translations import texts
from warehouse import store
from warehouse.inputs import Inputs
from warehouse.tables import Table

ROOT = Path(__file__).parents[2]


def make(given: Inputs) -> pa.Table:
    """Table `language`."""
    return pa.Table.from_pylist(_rows(), schema=store.schema(given.statement))


def facts(catalog: Catalog, statement: Table) -> object:
    """The files that hold texts, by content; counting them is left to the making."""
    digest = hashlib.sha256()
    for pattern in ("catalog/**/*.yaml", "catalog/languages/*.po", "warehouse/**/words.yaml"):
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _rows() -> list[dict[str, object]]:
    found = list({(english, *sorted(beside.items())) for _, english, beside in texts(ROOT)})
    return [
        {
            "language": lang,
            "name": own_name(lang),
            "texts": len(found),
            "translated": sum(
                1
                for english, *beside in found
                if lang in dict(beside) or translated(english, lang) is not None
            ),
        }
        for lang in languages()
    ]
