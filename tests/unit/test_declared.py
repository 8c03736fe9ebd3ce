"""Every package that the code imports is declared in pyproject.toml, where it is used."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("catalog", "sources", "warehouse", "expectations", "assets", "pipelines")
OURS = {*ROOMS, "tests", "benchmarks", "docs"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FILES = [p for room in ROOMS for p in sorted((ROOT / room).rglob("*.py"))]


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\s\[<>=!;~]", r)[0].lower().replace("_", "-") for r in requirements}


DECLARED = names(PROJECT["project"]["dependencies"])
EXTRAS = {
    name: names(listed) for name, listed in PROJECT["project"]["optional-dependencies"].items()
}


@cache
def distributions() -> dict[str, set[str]]:
    return {
        module: {d.lower().replace("_", "-") for d in named}
        for module, named in packages_distributions().items()
    }


def imported(code: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found |= {a.name.partition(".")[0] for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - OURS


def undeclared(code: str) -> set[str]:
    allowed = DECLARED.union(*EXTRAS.values())
    return {m for m in imported(code) if not distributions().get(m, {m}) & allowed}


@pytest.mark.parametrize("file", FILES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_a_file_imports_only_what_is_declared(file: Path) -> None:
    assert undeclared(file.read_text(encoding="utf-8")) == set()


def test_this_test_sees_what_it_should() -> None:
    assert undeclared("import pytest, duckdb\nfrom hypothesis import given") == {
        "pytest",
        "hypothesis",
    }
    assert undeclared("import yaml, dagster.x, os") == set()


@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extra_is_in_no_lock_of_use(extra: str) -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = {line.split("==")[0] for line in lock.splitlines() if "==" in line}
    assert not EXTRAS[extra] & locked
