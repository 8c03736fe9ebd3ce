"""Code versions: a hash of the code and the catalog facts that decide what an asset makes.

Which code that is, is read off the syntax trees: a module and all that it imports, however deep,
with the SQL files and table statements that it names. Nobody keeps a list.
"""

import ast
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel

ROOT = Path(__file__).parent.parent
# A file named by a call: `query.text("trend")`, `tables.of("trend")`.
_SQL = re.compile(r'query\.text\(\s*"(\w+)"\s*\)')
_STATEMENT = re.compile(r'tables\.of\(\s*"(\w+)"\s*\)')
ROOMS = ("catalog", "sources", "warehouse", "expectations", "assets")


def code_version(modules: Iterable[str], *facts: BaseModel | str) -> str:
    """A short hash over modules (dotted names) with all that they import, and catalog facts."""
    digest = hashlib.sha256()
    for file in sorted(set().union(*map(closure, modules))):
        digest.update(file.encode() + _content(file))
    for fact in facts:
        text = fact.model_dump(mode="json") if isinstance(fact, BaseModel) else fact
        digest.update(json.dumps(text, sort_keys=True).encode())
    return digest.hexdigest()[:16]


@lru_cache
def closure(module: str) -> frozenset[str]:
    """The files (paths in the repository) that a module is made of: its own and all it imports.

    Raises `ModuleNotFoundError` where there is no such module.
    """
    found: set[str] = set()
    waiting = [_file(module)]
    while waiting:
        file = waiting.pop()
        if file is None:
            raise ModuleNotFoundError(f"there is no module {module}")
        if file not in found:
            found.add(file)
            waiting += _named(file) - found
    return frozenset(found)


@lru_cache
def _content(file: str) -> bytes:
    return (ROOT / file).read_bytes()


@lru_cache
def _file(module: str) -> str | None:
    """The file of a module of ours; None for others."""
    if module.partition(".")[0] not in ROOMS:
        return None
    path = module.replace(".", "/")
    for file in (f"{path}.py", f"{path}/__init__.py"):
        if (ROOT / file).is_file():
            return file
    return None


@lru_cache
def _named(file: str) -> frozenset[str]:
    """The files that one file imports or names directly."""
    if not file.endswith(".py"):
        return frozenset()
    named: set[str | None] = set()
    text = _content(file).decode()
    for node in _statements(ast.parse(text)):
        if isinstance(node, ast.Import):
            named |= {_file(alias.name) for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {_file(f"{node.module}.{alias.name}") for alias in node.names}
            named |= inner | {_file(node.module)}
    named |= {f"warehouse/sql/{name}.sql" for name in _SQL.findall(text)}
    named |= {_file(f"warehouse.tables.{name}") for name in _STATEMENT.findall(text)}
    return frozenset(n for n in named if n and (ROOT / n).is_file())


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Every statement, however deep, but for what only a type checker reads."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.stmt):
            yield node
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting += inner if isinstance(inner := getattr(node, part, None), list) else []
