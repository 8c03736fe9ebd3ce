"""What is out of date, by hand and against a real instance."""

from __future__ import annotations

import dagster as dg
import pytest
from work import statements

from pipelines import plan
from pipelines.plan import AssetCode, Built

RAW, HISTORY, AREA, CRIME, OBSERVATION = (
    ("raw", "eurostat", "met_d3area"),
    ("history", "eurostat", "met_d3area"),
    ("indicator", "area"),
    ("indicator", "crime"),
    ("observation",),
)
GRAPH: plan.Graph = {
    RAW: AssetCode("r1"),
    HISTORY: AssetCode("h1", (RAW,)),
    AREA: AssetCode("a1", (HISTORY,)),
    CRIME: AssetCode("c1"),
    OBSERVATION: AssetCode("o1", (AREA, CRIME)),
}


def good() -> dict[plan.Key, Built]:
    return {
        RAW: Built("r1", "bytes1"),
        HISTORY: Built("h1", "H", {"raw/eurostat/met_d3area": "bytes1"}),
        AREA: Built("a1", "A", {"history/eurostat/met_d3area": "H"}),
        CRIME: Built("c1", "C"),
        OBSERVATION: Built("o1", "O", {"indicator/area": "A", "indicator/crime": "C"}),
    }


def test_nothing_is_out_of_date_when_all_versions_agree():
    assert plan.compare(GRAPH, good()) == {}


def test_new_bytes_rebuild_what_depends_on_them_and_nothing_else():
    built = good() | {RAW: Built("r1", "bytes2")}
    found = plan.compare(GRAPH, built)
    assert list(found) == [HISTORY, AREA, OBSERVATION]
    assert found[HISTORY] == "history/eurostat/met_d3area: raw/eurostat/met_d3area changed."
    assert found[AREA] == "indicator/area depends on history/eurostat/met_d3area."


@pytest.mark.parametrize(
    ("built", "reason"),
    [
        (None, "indicator/crime has never been built."),
        (Built("c0", "C"), "indicator/crime: its code or its catalog files changed."),
        (Built("c1", "C", verdict="red"), "indicator/crime was judged red when it was last built."),
        (
            Built("c1", "C", {"history/eurostat/met_crim_gen": "x"}),
            "indicator/crime: what it is made from changed (no longer: history/eurostat/met_crim_gen).",
        ),
    ],
)
def test_each_reason_is_named(built, reason):
    recorded = {k: v for k, v in good().items() if k != CRIME} | ({CRIME: built} if built else {})
    found = plan.compare(GRAPH, recorded)
    assert list(found) == [CRIME, OBSERVATION]
    assert found[CRIME] == reason


def test_a_file_that_someone_changed_is_out_of_date():
    found = plan.compare(
        GRAPH, good(), is_changed=lambda key, version: (key, version) == (AREA, "A")
    )
    assert list(found) == [AREA, OBSERVATION]
    assert found[AREA] == "indicator/area: its file is not the one that was built."


def test_a_missing_file_is_out_of_date():
    found = plan.compare(GRAPH, good(), lambda key: key == AREA)
    assert found[AREA] == "indicator/area: its file is missing."
    assert list(found) == [AREA, OBSERVATION]


def test_sources_are_never_planned_even_when_their_code_changed():
    assert plan.compare({**GRAPH, RAW: AssetCode("r2")}, good()) == {}


def test_a_step_that_failed_in_the_middle_stays_out_of_date():
    # history was rebuilt, indicator/area failed: it recorded nothing, so its input differs.
    built = good() | {
        RAW: Built("r1", "bytes2"),
        HISTORY: Built("h1", "H2", {"raw/eurostat/met_d3area": "bytes2"}),
    }
    assert list(plan.compare(GRAPH, built)) == [AREA, OBSERVATION]


def assets(fail: set[str], code: str = "1", version: str = "bytes1", verdict: str = "green"):
    @dg.asset(key=["raw", "p", "d"], code_version="1")
    def raw():
        return dg.MaterializeResult(data_version=dg.DataVersion(version))

    @dg.asset(key=["history", "p", "d"], deps=[raw], code_version=code)
    def history():
        return dg.MaterializeResult(
            data_version=dg.DataVersion(f"H{version}{code}"), metadata={"verdict": verdict}
        )

    @dg.asset(key="observation", deps=[history], code_version="1")
    def observation():
        if "observation" in fail:
            raise ValueError("planted")
        return dg.MaterializeResult(data_version=dg.DataVersion(f"O{version}{code}"))

    return [raw, history, observation]


def test_a_real_instance_records_what_the_plan_reads():
    with dg.DagsterInstance.ephemeral() as instance:

        def build(definitions):
            dg.materialize(definitions, instance=instance, raise_on_error=False)
            return plan.out_of_date(plan.graph(definitions), instance)

        first = assets(set())
        assert list(plan.out_of_date(plan.graph(first), instance)) == [
            ("history", "p", "d"),
            ("observation",),
        ]
        assert build(first) == {}
        changed = plan.graph(assets(set(), code="2"))
        assert list(plan.out_of_date(changed, instance)) == [
            ("history", "p", "d"),
            ("observation",),
        ]
        failed = build(assets({"observation"}, version="bytes2"))
        assert failed == {("observation",): "observation: history/p/d changed."}
        assert build(assets(set(), version="bytes2")) == {}
        found = build(assets(set(), version="bytes2", verdict="red"))
        assert found[("history", "p", "d")].endswith("was judged red when it was last built.")


def test_many_assets_are_compared_by_a_few_queries(tmp_path):
    @dg.multi_asset(
        specs=[dg.AssetSpec(["indicator", f"i{n}"], code_version="1") for n in range(60)]
    )
    def many():
        for n in range(60):
            yield dg.MaterializeResult(asset_key=["indicator", f"i{n}"])

    with dg.DagsterInstance.from_config(_folder(tmp_path)) as instance:
        dg.materialize([many], instance=instance)
        with statements() as sent:
            assert plan.out_of_date(plan.graph([many]), instance) == {}
        assert 0 < len(sent) < 30, sent


def _folder(path):
    (path / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    return str(path)


DERIVED, LIST = ("indicator", "crime_rate"), ("indicator",)


@pytest.mark.parametrize(
    ("raw", "planned"),
    [
        (Built("r1", plan.NOTHING), [CRIME, LIST, OBSERVATION]),  # nothing was ever retrieved
        (Built("r1", "bytes1"), [HISTORY, AREA, CRIME, DERIVED, LIST, OBSERVATION]),
        (None, [HISTORY, AREA, CRIME, DERIVED, LIST, OBSERVATION]),  # nobody has looked yet
    ],
)
def test_what_has_no_snapshot_is_not_made_until_it_has_one(raw, planned):
    graph = {k: n for k, n in GRAPH.items() if k != OBSERVATION} | {
        DERIVED: AssetCode("d1", (AREA, CRIME)),
        LIST: AssetCode("l1", (AREA, CRIME, DERIVED)),
        OBSERVATION: AssetCode("o1", (AREA, CRIME, DERIVED, LIST)),
    }
    found = plan.compare(graph, {RAW: raw} if raw else {})
    assert list(found) == planned


def test_what_was_built_once_stays_in_the_plan_when_its_snapshots_are_gone():
    built = good() | {RAW: Built("r1", plan.NOTHING)}
    assert list(plan.compare(GRAPH, built)) == [HISTORY, AREA, OBSERVATION]
