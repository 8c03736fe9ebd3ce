"""What is out of date rests on imports: a change of code reaches every asset that runs it."""

from __future__ import annotations

import pytest

from assets import versions
from warehouse import tables


@pytest.mark.parametrize(
    ("module", "file"),
    [
        ("warehouse.methods.account", "warehouse/methods/harmonise.py"),
        ("warehouse.surveys.governance.tables", "warehouse/surveys/intake/shelves.py"),
        ("assets.governance", "warehouse/surveys/exports/read.py"),
        ("assets.release", "warehouse/registry/crosswalk.py"),
        ("assets.release", "warehouse/sql/comparable.sql"),
        ("assets.tables", "expectations/judge.py"),
        ("assets.tables", "warehouse/store.py"),
        ("warehouse.methods.trend", "warehouse/sql/series.sql"),
        ("warehouse.methods.ranking", "warehouse/tables/not_comparable.py"),
        ("sources.providers.eurostat", "sources/formats/jsonstat.py"),
    ],
)
def test_a_module_is_made_of_all_that_it_imports(module: str, file: str) -> None:
    assert file in versions.closure(module)


@pytest.mark.parametrize(
    ("module", "file"),
    [
        ("warehouse.methods.latest", "warehouse/methods/trend.py"),
        ("warehouse.methods.latest", "warehouse/tables/trend.py"),
        ("sources.providers.who", "sources/providers/oecd.py"),
        ("assets.indicators", "warehouse/indices/steps/engine.py"),
    ],
)
def test_it_is_not_made_of_what_it_never_runs(module: str, file: str) -> None:
    assert file not in versions.closure(module)


def test_what_only_a_type_checker_reads_does_not_count(tmp_path, monkeypatch) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "x.py").write_text(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import assets.y\n"
    )
    (tmp_path / "assets" / "y.py").write_text("")
    monkeypatch.setattr(versions, "ROOT", tmp_path)
    for cached in (versions.closure, versions._named, versions._file, versions._content):
        cached.cache_clear()
    try:
        assert versions.closure("assets.x") == {"assets/x.py"}
    finally:
        for cached in (versions.closure, versions._named, versions._file, versions._content):
            cached.cache_clear()


def test_an_unknown_module_is_named() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"no module assets\.nothing"):
        versions.closure("assets.nothing")


def test_a_version_follows_code_and_facts() -> None:
    one = versions.code_version(["warehouse.methods.latest"], "a")
    assert one == versions.code_version(["warehouse.methods.latest"], "a")
    assert one != versions.code_version(["warehouse.methods.latest"], "b")
    assert one != versions.code_version(["warehouse.methods.trend"], "a")


@pytest.mark.parametrize("statement", tables.stated().values(), ids=lambda t: t.name)
def test_every_table_names_what_makes_it(statement: tables.Table) -> None:
    assert versions.closure(statement.made_by)
