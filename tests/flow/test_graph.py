"""The whole graph on a small vintage: five indicators of four providers, from bytes to a release.

The builds of everything that is bundled, with faults, kills and servers, are in the system tier.
"""

from __future__ import annotations

import duckdb
import pytest

from catalog import loader
from tests import promises
from tests.flow.conftest import alone
from tests.flow.observatory import Observatory, checkout
from warehouse import tables

FEW = {"area", "green_area_share", "population", "population_density", "public_transport_access"}


@pytest.fixture(scope="session")
def few(tmp_path_factory, guard) -> Observatory:
    """A home after one build of `FEW`, and what the command said; treat it as read-only."""
    with alone("few", tmp_path_factory) as folder:
        observatory = Observatory(folder / "home", guard, folder / "code")
        if not (folder / "said").exists():
            checkout(folder / "code", FEW)
            run = observatory("build")
            assert run.code == 0, run.out + run.err
            (folder / "said").write_text(run.out, encoding="utf-8")
    return observatory


def test_a_build_ends_with_a_release(few):
    said = (few.home.parent / "said").read_text(encoding="utf-8")
    assert "Release " in said
    assert few.file.is_file()
    found = {i for (i,) in few.sql("select distinct indicator_id from observation")}
    assert found == FEW


def test_no_record_is_lost(few):
    assert few.sql("select count(*) from accounting")[0][0] >= 4
    assert few.sql("from accounting where not balanced") == []


def test_the_tables_keep_their_promises(few):
    with duckdb.connect(str(few.file), read_only=True) as con:

        def ask(sql: str) -> list[tuple]:
            return con.execute(sql).fetchall()

        assert {"latest", "ranking", "trend", "comparison_demography"} <= set(
            promises.of_units(ask)
        )
        assert promises.figures_of_parts(ask) == []
        assert promises.retired_metropolises(ask) == []
        assert promises.series_without_reason(ask) == []
        known = promises.columns(ask)
        keys = {n: t.key for n, t in tables.published(loader.load()).items() if n in known}
        assert "latest" in keys
        assert promises.repeated(ask, keys) == []


def test_barcelona_has_several_populations_and_none_is_mixed(few):
    rows = few.sql(
        "select scale, system, vintage, count(*) from latest where metro_id = 'es-barcelona' "
        "and indicator_id = 'population' group by all"
    )
    assert len({scale for scale, *_ in rows}) >= 3
    assert all(n == 1 for *_, n in rows)


def test_what_is_computed_says_so_and_rests_on_the_same_territory(few):
    rows = few.sql(
        "select d.value, p.value / a.value from latest d join observation p on (p.unit_id, p.period, "
        "p.vintage) = (d.unit_id, d.period, d.vintage) and p.indicator_id = 'population' "
        "join observation a on (a.unit_id, a.period, a.vintage) = (d.unit_id, d.period, d.vintage) "
        "and a.indicator_id = 'area' where d.indicator_id = 'population_density' "
        "and d.provenance = 'computed' and p.recorded_to is null and p.sex = '_T' and p.age = '_T' "
        "and a.recorded_to is null"
    )
    assert rows
    assert all(value == pytest.approx(ratio) for value, ratio in rows)


def test_a_second_build_has_nothing_new(few, tmp_path):
    from tests.flow.observatory import copied

    again = copied(few, tmp_path)("build")
    assert again.code == 0, again.err
    assert "nothing new" in (again.out + again.err).lower()
