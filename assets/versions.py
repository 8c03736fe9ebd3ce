"""Code versions: a hash of the catalog facts and code files that decide what an asset makes."""

import hashlib
import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel

ROOT = Path(__file__).parent.parent

# Changing one of these changes every figure.
JUDGEMENT = ("expectations", "warehouse/tables", "warehouse/store.py")


@lru_cache
def _file(relative: str) -> bytes:
    path = ROOT / relative
    paths = sorted(p for p in path.rglob("*") if p.suffix in (".py", ".sql"))
    return b"".join(p.read_bytes() for p in paths or [path])


def code_version(code: Iterable[str], *facts: BaseModel | str) -> str:
    """A short hash over code files (paths in the repository) and catalog facts."""
    digest = hashlib.sha256()
    for relative in sorted({*code, *JUDGEMENT}):
        digest.update(relative.encode() + _file(relative))
    for fact in facts:
        text = fact.model_dump(mode="json") if isinstance(fact, BaseModel) else fact
        digest.update(json.dumps(text, sort_keys=True).encode())
    return digest.hexdigest()[:16]
