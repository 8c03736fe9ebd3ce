"""What changed between two releases: every kind, every cause, and the gate that waits for a person."""

import json
import shutil

import duckdb
import pytest
from click.testing import CliRunner
from rows import MOMENT, observations, rows
from world import LIMITS, counted, gdp

from pipelines.cli import observatory
from warehouse import changes, release, store, tables
from warehouse.errors import WarehouseError
from warehouse.methods.diff import Changed, diff

LATER = MOMENT.replace(year=2025)


def side(given, snapshots=("s",), links=(), **common):
    """The tables of one release that are compared."""
    return {
        "observation": observations(given, snapshot_id="s", **common),
        "country_context": store.empty(tables.of("country_context")),
        "snapshot": rows(
            tables.of("snapshot"),
            [
                {"snapshot_id": s, "source_id": "oecd", "dataset": "cities_population"}
                for s in snapshots
            ],
        ),
        "crosswalk": rows(
            tables.of("crosswalk"),
            [{"metro_id": m, "system": "oecd_fua", "code": c, "vintage": "2012"} for m, c in links],
        ),
        "spatial_unit": store.empty(tables.of("spatial_unit")),
    }


def found(before, after, changed=Changed()):  # noqa: B008
    return [
        (r["kind"], r["cause"], r["period"], r["value_before"], r["value_after"])
        for r in diff(before, after, changed).to_pylist()
    ]


A, B = {"period": "2015", "value": 10.0}, {"period": "2016", "value": 20.0}


def test_the_same_release_differs_in_nothing():
    assert found(side([A, B]), side([B, A])) == []
    noise = {**B, "value": 20.0 * (1 + 1e-15)}
    assert found(side([A, B]), side([A, noise])) == []


def test_what_upstream_did_is_told_by_kind():
    after = side(
        [
            {**A, "recorded_to": LATER},
            {**A, "value": 15.0, "recorded_from": LATER, "snapshot_id": "s2"},
            {**B, "recorded_to": LATER},
            {"period": "2017", "value": 30.0, "recorded_from": LATER, "snapshot_id": "s2"},
        ],
        snapshots=("s", "s2"),
    )
    assert found(side([A, B]), after) == [
        ("revised", "upstream revision", "2015", 10.0, 15.0),
        ("new", "upstream revision", "2017", None, 30.0),
        ("gone", "upstream revision", "2016", 20.0, None),
    ]
    flagged = {**A, "flags": "p", "obs_status": "P", "recorded_from": LATER, "snapshot_id": "s2"}
    assert found(side([A]), side([flagged], snapshots=("s", "s2"))) == [
        ("flag only", "upstream revision", "2015", 10.0, 10.0)
    ]


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        (Changed(indicators=("population",), code=True), "catalog change"),
        (Changed(providers=("oecd",)), "catalog change"),
        (Changed(catalog=True), "catalog change"),
        (Changed(indicators=("area",), code=True), "code change"),
        (Changed(), "not known"),
    ],
)
def test_without_news_from_upstream_it_was_us(changed, cause):
    scaled = {**A, "value": 10_000.0}
    assert [d[:2] for d in found(side([A]), side([scaled]), changed)] == [("revised", cause)]
    assert [d[:2] for d in found(side([A, B]), side([A]), changed)] == [("gone", cause)]


def test_another_link_is_a_change_of_the_crosswalk():
    other = [("pt-lisbon", "ES002")]
    before = side([A], links=[("es-barcelona", "ES002")])
    moved = side([{**A, "metro_id": "pt-lisbon"}], links=other)
    assert found(before, moved, Changed(code=True)) == [
        ("moved", "crosswalk change", "2015", 10.0, 10.0)
    ]
    gone = side([B], links=[])
    causes = {d[0]: d[1] for d in found(side([A, B], links=other), gone)}
    assert causes == {"gone": "crosswalk change"}
    computed = {**A, "provenance": "computed", "value": 11.0}
    assert found(side([A], provenance="computed"), side([computed]))[0][1] == (
        "computed from what changed"
    )


def test_largest_moves_come_first():
    before = side([{"period": str(y), "value": 10.0} for y in range(2010, 2014)])
    after = side(
        [
            {"period": str(y), "value": v}
            for y, v in zip(range(2010, 2014), (11, 5, 100, 10), strict=True)
        ]
    )
    assert [d[2] for d in found(before, after)] == ["2012", "2011", "2010"]


# Releases


def test_a_release_says_what_changed_in_words_and_as_data(world):
    first = world.publish()
    assert "first release" in (first / "CHANGES.md").read_text()
    gdp(world, "indicator_id <> 'gdp' or period <> '2018' or metro_id <> 'gr-athens'")
    second = world.publish(limits=LIMITS)
    release.verify(second)
    said = json.loads((second / "diff.json").read_text())
    assert (said["from"], said["to"]) == (first.name, second.name)
    assert said["kinds"] == {"new": 0, "gone": 1, "revised": 0, "moved": 0, "flag only": 0}
    assert said["by_metro"] == [{"metro_id": "gr-athens", "kind": "gone", "figures": 1}]
    words = (second / "CHANGES.md").read_text()
    assert f"from {first.name} to {second.name}" in words
    assert "1 are gone" in words
    assert "| oecd | cities_gdp | gone |" in words


def test_a_loss_waits_for_a_person_and_the_previous_release_stays(world):
    first = world.publish()
    gdp(world, "indicator_id <> 'gdp' or period < '2014'")
    with pytest.raises(release.Waits, match=r"15 of 27 figures are no longer there .*--accept"):
        world.publish(limits=LIMITS)
    assert release.current(world.home) == first
    assert release.list_releases(world.home) == [first]
    second = world.publish(limits=LIMITS, accepted="OECD withdrew the years since 2014")
    assert release.current(world.home) == second
    assert "OECD withdrew the years since 2014" in (second / "CHANGES.md").read_text()


def test_the_command_compares_names_and_writes_tables(world, tmp_path, monkeypatch):
    monkeypatch.setenv("OBSERVATORY_HOME", str(world.home.root))
    run = CliRunner().invoke
    world.publish()
    alone = run(observatory, ["diff"]).exception
    assert isinstance(alone, WarehouseError) and "the first release" in str(alone)
    gdp(world, "period <> '2018'")
    world.publish()
    told = run(observatory, ["diff"]).output
    assert "3 are gone" in told
    assert run(observatory, ["diff", "2026.11.23.1", "2026.11.23.2"]).output == told
    assert "No figure differs" in run(observatory, ["diff", "current", "current"]).output
    for end, read in (("csv", "read_csv"), ("parquet", "read_parquet")):
        out = tmp_path / f"d.{end}"
        assert "3 figures that differ" in run(observatory, ["diff", "-o", str(out)]).output
        assert counted(f"{read}('{out}')") == 3
    wrong = run(observatory, ["diff", "-o", str(tmp_path / "d.xls")]).exception
    assert "ends in .csv or .parquet" in str(wrong)


def test_facts_that_are_no_figures_are_counted_by_rows(world, tmp_path):
    before = world.publish()
    after = tmp_path / "after"
    shutil.copytree(before, after)

    def put(folder, name, *rows, columns="(wave, said)"):
        given = ", ".join(map(str, rows))
        file = folder / "parquet" / f"{name}.parquet"
        duckdb.execute(f"copy (from (values {given}) as t{columns}) to '{file}'")

    assert changes.between(before, after).words.endswith("\n\nNo figure differs.\n")
    one, two = (1, "plan"), (2, "plan")
    for folder in (before, after):
        put(folder, "gov_same", one, one)
    put(before, "gov_plan", one, one, two)
    put(after, "gov_plan", one, two, two, (2, "law"))
    put(after, "gov_wave", one, two)
    put(before, "gov_body", one)
    put(before, "gov_fact", one)
    put(after, "gov_fact", one, columns="(wave, told)")
    put(before, "gov_turned", one)
    turned = after / "parquet" / "gov_turned.parquet"
    duckdb.execute(f"copy (select 'plan' as said, 1::integer as wave) to '{turned}'")
    changed = changes.between(before, after)
    changes.note(after, changed, "2026.11.23.2")
    assert json.loads((after / "diff.json").read_text())["beside"] == [
        {"table": "gov_body", "new": 0, "gone": 1},
        {"table": "gov_fact", "new": 1, "gone": 1},
        {"table": "gov_plan", "new": 2, "gone": 1},
        {"table": "gov_wave", "new": 2, "gone": 0},
    ]
    words = (after / "CHANGES.md").read_text()
    assert "gov_plan: 2 rows new, 1 gone" in words and "gov_same" not in words
    assert "No figure differs." in words


def test_limits_are_asked_one_by_one(world):
    first = world.publish()
    gdp(world, "indicator_id <> 'gdp' or metro_id = 'gr-athens' or recorded_to is not null")
    second = world.publish()
    found_ = changes.between(first, second)
    loose = LIMITS.model_copy(update={"lost": 1.0})
    assert changes.beyond(found_, loose) == [
        "gdp: 18 of 27 figures are no longer there (the limit is 50%)."
    ]
    assert changes.beyond(found_, loose.model_copy(update={"least_figures": 28})) == []
