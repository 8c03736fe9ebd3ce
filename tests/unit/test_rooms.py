"""The order of the rooms and the few places that may touch certain packages, read off the code."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("catalog", "sources", "warehouse", "expectations", "assets", "pipelines")
# Package -> where alone it may be imported.
ONLY = {
    "requests": {"sources/transport/http.py", "sources/transport/wire.py"},
    "great_expectations": {"expectations/gx.py"},
}
# Never at the top of a module that `pipelines.definitions` loads.
HEAVY = {"pandas", "great_expectations"}
# Within a room, a sub-room imports only from those before it; what is at the top of the room itself
# (errors, the store of tables, the command) is open to all.
SUBROOMS = {
    "catalog": ("models",),
    "sources": ("records", "formats", "store", "transport", "providers", "refresh"),
    "warehouse": (
        *("tables", "methods", "registry", "surveys", "publications/page", "indices"),
        "publications",
    ),
}
FILES = [p for room in ROOMS for p in sorted((ROOT / room).rglob("*.py"))]


def imported(tree: ast.AST, file: Path) -> Iterator[tuple[str, int]]:
    """Every module that is imported anywhere in the tree, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                parts = file.relative_to(ROOT).parts[: -node.level]
                yield ".".join((*parts, node.module or "")).strip("."), node.lineno
            else:
                yield node.module or "", node.lineno


def at_the_top(tree: ast.Module) -> ast.Module:
    """The module without what runs only when a function is called or a type checker looks."""

    class Outside(ast.NodeTransformer):
        def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
            return None

        def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
            return None

        def visit_If(self, node: ast.If) -> ast.AST | None:
            return None if "TYPE_CHECKING" in ast.unparse(node.test) else self.generic_visit(node)

    return Outside().visit(tree)


@functools.cache
def parsed(file: Path) -> ast.Module:
    """The syntax tree of a file; only to be read."""
    return ast.parse(file.read_text(encoding="utf-8"))


def problems(file: Path, code: str) -> list[str]:
    tree = ast.parse(code)
    name = file.relative_to(ROOT).as_posix()
    room = ROOMS.index(file.relative_to(ROOT).parts[0])
    found = []
    for module, line in imported(tree, file):
        package = module.partition(".")[0]
        if package in ROOMS and ROOMS.index(package) > room:
            found.append(f"{name}:{line} imports from {package}, a room below its own")
        if package in ONLY and name not in ONLY[package]:
            found.append(f"{name}:{line} imports {package}; only {ONLY[package]} may")
        if package in ("tests", "benchmarks"):
            found.append(f"{name}:{line} imports from {package}")
    for module, line in imported(at_the_top(tree), file):
        if module.partition(".")[0] in HEAVY:
            found.append(f"{name}:{line} imports {module} when it is loaded; do it in a function")
    return found


def subroom(path: str) -> tuple[str, int] | None:
    """(room, place of its sub-room in the order); None at the top of a room."""
    room, _, rest = path.partition("/")
    order = SUBROOMS.get(room, ())
    inside = [n for n, s in enumerate(order) if rest.startswith(f"{s}/")]
    return (room, inside[0]) if inside else None


def file_of(module: str) -> str | None:
    path = module.replace(".", "/")
    found = [f for f in (f"{path}.py", f"{path}/__init__.py") if (ROOT / f).is_file()]
    return found[0] if found else None


@functools.cache
def imports() -> dict[str, set[str]]:
    """File to the files of ours that it imports, anywhere in it."""
    found: dict[str, set[str]] = {}
    for file in FILES:
        named = set()
        for node in ast.walk(parsed(file)):
            if isinstance(node, ast.Import):
                named |= {file_of(a.name) for a in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                inner = {file_of(f"{node.module}.{a.name}") for a in node.names}
                named |= inner if None not in inner else {*inner, file_of(node.module)}
        name = file.relative_to(ROOT).as_posix()
        found[name] = {n for n in named if n and n.split("/")[0] in ROOMS and n != name}
    return found


def test_a_subroom_imports_only_from_those_before_it() -> None:
    wrong = [
        f"{file} imports {other}"
        for file, others in imports().items()
        for other in others
        if (a := subroom(file)) and (b := subroom(other)) and a[0] == b[0] and b[1] > a[1]
    ]
    assert wrong == []


def test_no_files_import_each_other_in_a_circle() -> None:
    graph = imports()
    while free := {file for file, others in graph.items() if not others & graph.keys()}:
        graph = {file: others for file, others in graph.items() if file not in free}
    assert sorted(graph) == []


def test_there_are_rooms_to_look_at() -> None:
    assert {p.relative_to(ROOT).parts[0] for p in FILES} == set(ROOMS)


@pytest.mark.parametrize("file", FILES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_a_room_imports_only_from_rooms_above_it(file: Path) -> None:
    assert problems(file, file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("place", "code", "told"),
    [
        (
            "catalog/x.py",
            "from sources.records.records import About",
            "imports from sources, a room below",
        ),
        ("sources/x.py", "def f():\n    import warehouse.tables", "imports from warehouse"),
        ("warehouse/methods/x.py", "from ... import assets", None),
        ("sources/providers/eurostat/__init__.py", "import requests", "imports requests; only"),
        ("assets/x.py", "def f():\n    import great_expectations as gx", "only"),
        ("assets/x.py", "import pandas as pd", "imports pandas when it is loaded"),
        ("assets/x.py", "try:\n    import pandas\nexcept ImportError: pass", "when it is loaded"),
        ("assets/x.py", "def f():\n    import pandas as pd", None),
        ("assets/x.py", "if TYPE_CHECKING:\n    import pandas as pd", None),
        ("pipelines/x.py", "import catalog, sources.transport.http, assets", None),
        ("warehouse/x.py", "from tests.rows import row", "imports from tests"),
    ],
)
def test_this_test_sees_what_it_should(place: str, code: str, told: str | None) -> None:
    found = problems(ROOT / place, code)
    assert found == [] if told is None else any(told in f for f in found)


def test_a_public_class_has_a_name_of_its_own():
    found: dict[str, list[str]] = {}
    for file in FILES:
        for node in parsed(file).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found.setdefault(node.name, []).append(file.relative_to(ROOT).as_posix())
    assert {name: files for name, files in found.items() if len(files) > 1} == {}


CLOCK = re.compile(r"assert [^\n]*(perf_counter|monotonic|process_time|time\.time)\(")


def test_no_test_asserts_an_elapsed_time():
    tests = sorted((ROOT / "tests").rglob("*.py"))
    assert [f.name for f in tests if CLOCK.search(f.read_text(encoding="utf-8"))] == []
