"""Small steps two at a time, the others alone; what depends on a step waits for it, and a failure stays its own."""

from __future__ import annotations

import threading

import dagster as dg
import pytest

from assets import tables as assets_tables
from assets.judged import SMALL
from pipelines import beside, patches
from warehouse import query, tables

MEET = 60.0  # seconds that one step waits for another; it comes at once


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    from dagster._core.executor import in_process

    monkeypatch.setattr(query, "resident", lambda: 0)  # whatever other tests took
    before = in_process.inner_plan_execution_iterator
    patches.two_steps_at_once.cache_clear()
    patches.two_steps_at_once()
    yield
    vars(in_process)["inner_plan_execution_iterator"] = before
    patches.two_steps_at_once.cache_clear()


def run(assets: list, instance=None, *, raise_on_error: bool = True):
    job = dg.define_asset_job("everything", assets)
    made = dg.Definitions(assets=assets, jobs=[job])
    return made.resolve_job_def("everything").execute_in_process(
        instance=instance, raise_on_error=raise_on_error
    )


def test_two_small_steps_are_at_work_at_the_same_time():
    met, threads = threading.Barrier(2), set()

    def meets() -> None:
        met.wait(MEET)
        threads.add(threading.current_thread())

    done = run([dg.asset(name=f"small_{n}", op_tags=SMALL)(meets) for n in range(4)])
    assert done.success
    assert len(threads) == 2
    assert threading.main_thread() in threads


def test_where_memory_is_full_the_second_thread_gets_nothing(monkeypatch):
    monkeypatch.setattr(query, "resident", lambda: beside.ROOM + 1)
    threads = set()

    def made() -> None:
        threads.add(threading.current_thread())

    assert run([dg.asset(name=f"small_{n}", op_tags=SMALL)(made) for n in range(4)]).success
    assert threads == {threading.main_thread()}


def test_a_step_that_is_not_small_is_alone_and_in_the_main_thread():
    at_work: set[str] = set()
    seen: dict[str, set[str]] = {}
    where: dict[str, threading.Thread] = {}

    def asset(name: str, tags: dict, deps: list[str]) -> dg.AssetsDefinition:
        @dg.asset(name=name, op_tags=tags, deps=deps)
        def made() -> None:
            at_work.add(name)
            where[name] = threading.current_thread()
            threading.Event().wait(0.02)
            seen[name] = set(at_work)
            at_work.discard(name)

        return made

    assets = [asset(f"small_{n}", SMALL, []) for n in range(6)]
    assets += [asset(f"large_{n}", {}, []) for n in range(2)]
    assets += [asset(f"after_{n}", SMALL, [f"large_{n}", "small_1"]) for n in range(2)]
    done = run(assets)
    assert done.success
    for n in range(2):
        assert seen[f"large_{n}"] == {f"large_{n}"}
        assert where[f"large_{n}"] is threading.main_thread()
    assert len(seen) == 10
    order = [e.step_key for e in done.all_events if e.is_step_start]
    ended = [e.step_key for e in done.all_events if e.is_step_success]
    assert sorted(order) == sorted(ended) == sorted(seen)


def test_the_events_of_a_step_come_in_their_order_and_after_what_it_needs():
    assets = [dg.asset(name="first", op_tags=SMALL)(lambda: None)]
    assets += [
        dg.asset(name=f"then_{n}", op_tags=SMALL, deps=["first"])(lambda: None) for n in range(5)
    ]
    with dg.DagsterInstance.ephemeral() as instance:
        done = run(assets, instance)
        stored = [
            (e.dagster_event.step_key, e.dagster_event.event_type_value)
            for e in instance.all_logs(done.run_id)
            if e.dagster_event and e.dagster_event.step_key
        ]
    told = [(e.step_key, e.event_type_value) for e in done.all_events if e.step_key]
    for key in ("first", *(f"then_{n}" for n in range(5))):
        of_step = [kind for k, kind in told if k == key]
        assert of_step[0] == "STEP_START"
        assert of_step[-1] == "STEP_SUCCESS"
        kept = [kind for k, kind in stored if k == key]
        assert [k for k in kept if not k.endswith("PLANNED")] == of_step
    end = stored.index(("first", "STEP_SUCCESS"))
    assert all(stored.index((f"then_{n}", "STEP_START")) > end for n in range(5))


def test_a_failure_stops_what_depends_on_it_and_nothing_else():
    def fails() -> None:
        raise dg.Failure("no such figure")

    assets = [dg.asset(name=f"good_{n}", op_tags=SMALL)(lambda: None) for n in range(4)]
    assets += [dg.asset(name=f"bad_{n}", op_tags=SMALL)(fails) for n in range(4)]
    assets += [
        dg.asset(name=f"of_{kind}_{n}", op_tags=SMALL, deps=[f"{kind}_{n}"])(lambda: None)
        for kind in ("good", "bad")
        for n in range(4)
    ]
    done = run(assets, raise_on_error=False)
    assert not done.success
    ended = {e.step_key for e in done.all_events if e.is_step_success}
    failed = {e.step_key for e in done.all_events if e.is_step_failure}
    assert ended == {f"{of}good_{n}" for of in ("", "of_") for n in range(4)}
    assert failed == {f"bad_{n}" for n in range(4)}
    said = [e.step_failure_data.user_failure_data.description for e in done.all_events if e.is_step_failure]  # fmt: skip
    assert said == ["no such figure"] * 4


def test_tables_of_all_figures_are_not_small():
    import catalog

    known = catalog.load()
    small = {
        n: SMALL.items() <= assets_tables.table(known, tables.of(n)).node_def.tags.items()
        for n in ("observation", "ranking", "quarantine", "unit", "latest", "recency", "headline")
    }
    assert small == dict.fromkeys(("observation", "ranking", "quarantine", "latest"), False) | (
        dict.fromkeys(("unit", "recency", "headline"), True)
    )
