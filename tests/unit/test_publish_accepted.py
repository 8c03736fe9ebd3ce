"""The job by which a person, in Dagster's UI, publishes a release that waits."""

import dagster as dg
import pyarrow as pa
import pytest
from world import gdp

import catalog
from assets import release as asset
from assets.workspace import Workspace
from expectations import judge, rules
from pipelines import jobs
from warehouse import release, tables


def test_a_release_that_waits_is_published_by_the_job_that_asks_why(world, monkeypatch):
    # What may be published is judged elsewhere; here all of a small world is green.
    monkeypatch.setattr(asset, "statements", lambda _: world.statements)
    monkeypatch.setattr(
        asset, "judge_all", lambda *_, **__: ({n: len(t) for n, t in world.made.items()}, [])
    )
    made = [asset.release(catalog.load())]
    asks = {jobs.PUBLISH, jobs.PUBLISH_ACCEPTED}
    graph = dg.Definitions(
        assets=made,
        jobs=[j for j in jobs.jobs(made) if j.name in asks],
        resources={"workspace": Workspace(home=str(world.home.root))},
    )

    def run(job: str, config: dict | None = None) -> str:
        """What the run failed with; empty where it did not."""
        done = graph.resolve_job_def(job).execute_in_process(
            run_config=config, raise_on_error=False
        )
        failed = [e.step_failure_data for e in done.all_events if e.is_step_failure]
        return str(failed[0].error) if failed else ""

    first = world.publish()
    gdp(world, "indicator_id <> 'gdp' or period < '2014'")
    assert "waits for a person" in (said := run(jobs.PUBLISH)) and jobs.PUBLISH_ACCEPTED in said
    assert "Give a reason" in run(jobs.PUBLISH_ACCEPTED, {"reason": " "})
    with pytest.raises(dg.DagsterInvalidConfigError, match="reason"):
        run(jobs.PUBLISH_ACCEPTED)
    assert release.current(world.home) == first
    assert run(jobs.PUBLISH_ACCEPTED, {"reason": "OECD withdrew the years since 2014"}) == ""
    second = release.current(world.home)
    assert second not in (None, first)
    assert "OECD withdrew the years since 2014" in (second / "CHANGES.md").read_text()


def test_the_launchpad_says_what_the_reason_is_for():
    (job,) = [
        j for j in jobs.jobs([asset.release(catalog.load())]) if j.name == jobs.PUBLISH_ACCEPTED
    ]
    field = job.config.config_schema.config_type.fields["reason"]
    assert field.is_required and "CHANGES.md" in field.description


def test_what_is_red_is_never_published_and_the_gate_shows_the_rules(world, monkeypatch):
    known = catalog.load()
    twice = pa.concat_tables([world.made["unit"]] * 2)
    red = judge.judge(twice, rules.for_table(tables.of("unit"), known))
    counted = {n: len(t) for n, t in world.made.items()}
    monkeypatch.setattr(asset, "statements", lambda _: world.statements)
    monkeypatch.setattr(asset, "judge_all", lambda *_, **__: (counted, [red]))
    done = dg.materialize(
        [asset.release(known)],
        resources={"workspace": Workspace(home=str(world.home.root))},
        raise_on_error=False,
    )
    (failed,) = [e.step_failure_data for e in done.all_events if e.is_step_failure]
    assert "Nothing was published." in str(failed.error)
    (gate,) = done.get_asset_check_evaluations()
    assert not gate.passed and {"rules", "failing rules", "failing rows"} <= gate.metadata.keys()
    assert release.current(world.home) is None
