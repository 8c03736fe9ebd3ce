"""A release that waits: it is kept whole, shown, compared, and goes once a person has decided; what a release never loses."""

from __future__ import annotations

import json
import shutil

import dagster as dg
import duckdb
import pyarrow as pa
import pytest
from click.testing import CliRunner
from world import LIMITS, counted, gdp, left

from assets import release as asset
from catalog.models.release_limits import ReleaseLimits
from pipelines import status
from pipelines.cli import observatory
from warehouse import changes, release, waiting

LOOSE = ReleaseLimits(lost=1, revised=1, lost_of_indicator=1, least_figures=10)


@pytest.fixture
def waits(world):
    """A world of which a release waits."""
    world.publish()
    gdp(world, "indicator_id <> 'gdp' or period < '2014'")
    with pytest.raises(release.Waits) as told:
        world.publish(limits=LIMITS)
    return world, told.value


def test_it_is_kept_whole_and_says_why_on_a_page(waits):
    world, told = waits
    release.verify(world.home.candidate)
    assert release.waits(world.home) == told.reasons != []
    page = (world.home.candidate / waiting.PAGE).read_text(encoding="utf-8")
    for said in (*told.reasons, "publish --accept", 'href="dictionary.html"', "2026.11.23.1"):
        assert said in page
    assert page.count("<h1>") == 1 and "<h2>What would change</h2>" in page
    assert page.count('<div class="scroll" tabindex="0"><table>') == page.count("<table>") - 1 > 0
    assert "style=" not in page.split("</style>")[1], (
        "the page's policy allows no style but its own"
    )
    assert "http" not in page.split("</style>")[1]
    assert json.loads((world.home.candidate / "diff.json").read_text())["to"] == "candidate"
    # It is no release: nothing lists it, and nothing goes back to it.
    assert [p.name for p in release.list_releases(world.home)] == ["2026.11.23.1"]
    (trouble,) = [t for t in status.health(world.home).troubles if t.key == "waits"]
    assert told.reasons[0] in trouble.sentence and trouble.level == status.STALE


def test_diff_looks_at_it(waits, monkeypatch):
    world, _ = waits
    monkeypatch.setenv("OBSERVATORY_HOME", str(world.home.root))
    told = CliRunner().invoke(observatory, ["diff", "current", "candidate"])
    assert told.exit_code == 0 and "15 are gone" in told.output
    data = json.loads(
        CliRunner().invoke(observatory, ["diff", "current", "candidate", "--json"]).output
    )
    assert data["kinds"]["gone"] == 15


@pytest.mark.parametrize("how", ["accepted", "mended"])
def test_it_goes_once_a_person_has_decided(waits, how):
    world, _ = waits
    if how == "accepted":
        world.publish(limits=LIMITS, accepted="OECD withdrew them")
    else:
        first = release.named(world.home, "2026.11.23.1")
        again = first / "parquet" / "observation.parquet"
        shutil.copy(again, world.home.table("observation"))
        world.publish(limits=LIMITS, again=False)
    assert release.waits(world.home) == []
    assert left(world.home) == []
    with pytest.raises(release.WarehouseError, match="No release waits"):
        release.named(world.home, "candidate")


def test_a_release_never_loses_an_indicator_or_a_table_unsaid(world):
    first = world.publish(limits=LOOSE)
    gdp(world, "indicator_id <> 'gdp'")
    with pytest.raises(release.Waits, match="Indicator gdp had 27 figures and has none"):
        world.publish(limits=LOOSE)
    assert release.current(world.home) == first
    empty = world.made["observation"].slice(0, 0)
    world.put("observation", pa.table(empty.columns, schema=empty.schema))
    with pytest.raises(release.Waits, match="Table observation had rows and has none"):
        world.publish(limits=LOOSE)
    assert release.current(world.home) == first


def test_other_code_that_makes_a_release_is_news(world):
    first = world.publish(made_by="1")
    assert world.publish(again=False, made_by="1") == first
    second = world.publish(again=False, made_by="2")
    assert second != first
    assert json.loads((second / changes.MADE_OF).read_text())["release"] == "2"


def test_corrections_of_survey_answers_are_part_of_the_catalog(tmp_path):
    folder = tmp_path / "catalog" / "corrections" / "surveys"
    folder.mkdir(parents=True)
    before = changes.made_of(tmp_path)
    (folder / "governance.yaml").write_text("- reason: x\n")
    assert changes.made_of(tmp_path)["catalog"] != before["catalog"]


def test_what_became_stale_and_what_is_in_quarantine_is_told(world, tmp_path):
    before = world.publish()
    after = tmp_path / "after"
    shutil.copytree(before, after)

    def change(name: str, sql: str) -> None:
        file = after / "parquet" / f"{name}.parquet"
        with duckdb.connect() as con:
            con.execute(f"create table t as from '{file}'")
            con.execute(sql)
            con.execute(f"copy t to '{file}' (format parquet)")

    change("observation", "update t set stale_since = '2026-02-03' where period = '2018'")
    change(
        "quarantine", "insert into t select * replace ('part_of_metro' as reason) from t limit 3"
    )
    words = changes.between(before, after).words
    stale = counted(
        f"'{after}/parquet/observation.parquet' where stale_since is not null and recorded_to is null"
    )
    assert f"- {stale} figures of oecd/cities_gdp became stale." in words
    assert "in quarantine: part of metro." in words
    back = changes.between(after, before).words
    assert f"- {stale} figures of oecd/cities_gdp are stale no longer." in back


def test_what_a_survey_changed_is_told_by_city_and_in_words(world, tmp_path):
    before = world.publish()
    after = tmp_path / "after"
    shutil.copytree(before, after)

    def put(folder, *rows: str) -> None:
        file = folder / "parquet" / "gov_competence.parquet"
        columns = "(body_id, metro_id, field, role, wave, response_id)"
        duckdb.execute(f"copy (from (values {', '.join(rows)}) as t{columns}) to '{file}'")

    same = "('gr-athens/region', 'gr-athens', 'water', 'shared', '{}', 'r1')"
    put(
        before,
        same.format(2025),
        "('gr-athens/region', 'gr-athens', 'culture', 'shared', '2025', 'r1')",
    )
    put(
        after,
        same.format(2026),
        "('gr-athens/region', 'gr-athens', 'culture', 'exclusive', '2026', 'r2')",
        "('gr-athens/region', 'gr-athens', 'housing', null, '2026', 'r2')",
    )
    words = changes.between(before, after).words
    assert "**gr-athens** (gr-athens): " in words
    assert "competence culture of region: role was shared, is exclusive" in words
    assert "competence housing of region is new" in words
    assert "water" not in words  # said again by another wave: no change


def test_the_rules_of_the_gate_stand_where_they_are_applied():
    rules = asset._gate(True).metadata["rules"]
    assert isinstance(rules, dg.TableMetadataValue)
    said = [record.data["rule"] for record in rules.records]
    assert len(said) == len(asset.ALWAYS) + len(waiting.rules(LOOSE))
