"""Bad inputs, planted values, spoiled files and full disks: a sentence each, and nothing lost.

Each command costs seconds, so one run carries many faults, in different datasets.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluation

from assets.judged import KINDS
from assets.release import GATE
from pipelines import definitions, instance, plan
from tests.flow import faults
from tests.flow.observatory import ROOT, Observatory, copied
from warehouse.home import Home

pytestmark = pytest.mark.system

# What upstream serves one night, and what must be said about it.
UNREADABLE = {
    ("eurostat", "met_d3area"): (faults.cut, "line 9262 has 2 fields where the header has 9"),
    ("un_sdg", "goal6"): (faults.envelope, "is not data but a message of the provider"),
    ("un_sdg", "goal13"): (faults.cut, "breaks off or is damaged"),
    ("ghsl", "ucdb_r2019a"): (faults.empty, "is empty (0 bytes)"),
    ("oecd", "cities_gdp"): (faults.doubled, "records 15464 and 15465 have the same key"),
    ("carrier", "lau_fua_2019"): (faults.other_encoding, "is not UTF-8: byte"),
}
JUDGED = {
    ("oecd", "cities_income"): (
        faults.renamed(b'"METRO_ID"', b'"REF_AREA"'),
        "has no column 'METRO_ID', which the catalog reads",
    ),
    ("eurostat", "met_crim_gen"): (faults.halved, "breaks the rule records"),
}
MANY, ONE = ("carrier", "sp_trn_publ_2020"), ("carrier", "urb_percep_2023")
RED = {f"history/{p}/{d}" for p, d in UNREADABLE | JUDGED} | {
    "indicator/public_transport_access",
    "member_org",  # an analyst wrote a row twice
}
SERVED = [*UNREADABLE, *JUDGED, MANY, ONE]
EDITED = "green_area_share"  # of a dataset that nothing happens to
NIGHT, NEXT_NIGHT = 30, 60  # days after the bundled vintage was retrieved


def members(observatory: Observatory) -> Path:
    return observatory.root / "catalog" / "metros" / "member_org.csv"


@contextmanager
def opened(observatory: Observatory):
    with instance.open_instance(Home(observatory.home)) as found:
        yield found


def checks(observatory: Observatory, key: str) -> dict[str, AssetCheckEvaluation]:
    """The newest evaluation of each check of an asset, as the UI reads it from the instance."""
    asset = dg.AssetKey(key.split("/"))
    with opened(observatory) as found:
        kept = found.event_log_storage.get_latest_asset_check_execution_by_key(
            [dg.AssetCheckKey(asset, kind) for kind in (*KINDS, GATE)]
        )
    return {k.name: r.event.dagster_event.asset_check_evaluation_data for k, r in kept.items()}


def shown(check: AssetCheckEvaluation, label: str) -> Any:
    """What the UI shows of a check under this label."""
    return check.metadata[label].value


def runs_of(observatory: Observatory) -> dict[str, str]:
    """Asset to the run that made it last."""
    with opened(observatory) as found:
        records = found.get_asset_records()
        entries = {r.asset_entry.asset_key: r.asset_entry.last_materialization for r in records}
    return {k.to_user_string(): e.run_id for k, e in entries.items() if e is not None}


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def current(observatory: Observatory) -> Path:
    return (observatory.home / "releases" / "current").resolve()


@pytest.fixture(scope="module")
def night(some, tmp_path_factory):
    """A home on which one build met every fault at once, and that build."""
    observatory = copied(some, tmp_path_factory.mktemp("night"), code=True)
    for pair, (spoil, _) in (UNREADABLE | JUDGED).items():
        faults.serve(observatory.home, pair, spoil(faults.bundled(pair)[1]), NIGHT)
    for pair, column, records in ((MANY, 5, 300), (ONE, 4, 1)):
        spoil = faults.beyond(column, b"250", records)
        faults.serve(observatory.home, pair, spoil(faults.bundled(pair)[1]), NIGHT)
    file = members(observatory)
    file.write_bytes(file.read_bytes() + file.read_bytes().splitlines(keepends=True)[-1])
    return observatory, observatory("build")


def test_a_red_dataset_is_told_and_never_stops_the_others(night, some):
    observatory, run = night
    assert run.code == 3, run.err
    assert "Traceback" not in run.out + run.err
    told = {line.split(" ")[0]: line for line in run.err.splitlines()}
    assert set(told) == RED
    for (provider, dataset), (_, sentence) in (UNREADABLE | JUDGED).items():
        assert sentence in told[f"history/{provider}/{dataset}"]
    assert current(observatory) != current(some)
    status = observatory("status")
    assert status.code == 1, "stale"
    assert "Traceback" not in status.out + status.err
    for key in RED:
        assert f"{key} was judged red" in status.out


def test_the_last_good_figures_stand_marked_as_stale(night, some):
    observatory, _ = night
    count = "select source_id, dataset, count(*), count(stale_since) from {} group by all"
    for table in ("observation", "country_context"):
        before = {r[:2]: r[2] for r in some.sql(count.format(table))}
        now = {r[:2]: r[2:] for r in observatory.sql(count.format(table))}
        for pair in [*UNREADABLE, *JUDGED, MANY]:
            if pair in before:
                assert now[pair] == (before[pair], before[pair]), (table, pair)
    untouched = {("wup", "wup2018_f22"), ("un_habitat", "open_space"), ONE}
    assert all(now_stale == 0 for pair, (_, now_stale) in now.items() if pair in untouched)
    # What is computed from a stale figure is stale too.
    [[figures, stale]] = observatory.sql(
        "select count(*), count(stale_since) from observation "
        "where indicator_id = 'land_share_of_area'"
    )
    assert figures == stale > 1000


def test_every_record_is_accounted_for(night, some):
    observatory, _ = night
    assert observatory.sql("from accounting where not balanced") == []
    assert observatory.accounting().keys() == some.accounting().keys()
    rejected = observatory.sql(
        "select count(*) from quarantine where reason = 'rejected' and detail like '%tolerance%'"
    )
    assert rejected[0][0] > 500, "the rejected candidate is in quarantine, with the reason"


def test_one_bad_value_goes_to_quarantine_with_the_name_of_its_rule(night):
    observatory, _ = night
    [row] = observatory.sql(
        "select indicator_id, reason, detail, value_text from quarantine "
        "where dataset = 'urb_percep_2023' and reason = 'value_above_range'"
    )
    assert row[0] == "perceived_affordable_housing"
    assert "Found: value 250" in row[2]
    assert observatory.sql(
        "select count(*) from observation where value = 250 and unit = 'PC'"
    ) == [(0,)]
    found = checks(observatory, "indicator/perceived_affordable_housing")["ranges"]
    assert not found.passed
    assert found.severity is dg.AssetCheckSeverity.WARN
    [row] = shown(found, "failing rows")
    assert (row["rule"], row["value"]) == ("none_in_quarantine", 250.0)


@pytest.mark.parametrize(
    ("key", "kind", "rule"),
    [
        ("history/oecd/cities_income", "structure", "fault_1"),
        ("history/eurostat/met_crim_gen", "coverage", "records"),
        ("indicator/public_transport_access", "ranges", "tolerance"),
        ("member_org", "keys", "key_unique"),
    ],
)
def test_the_check_of_that_kind_is_red_in_the_ui_with_what_fails(night, key, kind, rule):
    observatory, _ = night
    found = checks(observatory, key)[kind]
    assert not found.passed
    assert found.severity is dg.AssetCheckSeverity.ERROR
    rules = {r.data["rule"]: r.data for r in shown(found, "failing rules").records}
    assert rules[rule]["cases"] >= 1
    if rule != "fault_1":
        assert rule in {row["rule"] for row in shown(found, "failing rows")}


def test_publish_alone_publishes_nothing_red(night):
    observatory, _ = night
    before = files(current(observatory))
    run = observatory("publish")
    assert run.code == 3, run.err
    assert "Nothing new: " in run.out
    assert files(current(observatory)) == before, "nothing differs, so the release stays"
    assert observatory.sql(
        "select count(*) from observation where value = 250 and unit = 'PC'"
    ) == [(0,)]


@pytest.fixture(scope="module")
def next_night(night):
    """The home after every dataset was served well again, and that build; runs before and after."""
    observatory, _ = night
    for pair in SERVED:
        raw = faults.bundled(pair)[1]
        if pair == ("eurostat", "met_d3area"):  # the one figure that was corrected
            raw = raw.replace(
                b"Total,ES002M:Barcelona,2013,7715,", b"Total,ES002M:Barcelona,2013,7716,"
            )
        faults.serve(observatory.home, pair, faults.republished(raw), NEXT_NIGHT)
    shutil.copy(ROOT / "catalog" / "metros" / "member_org.csv", members(observatory))
    file = observatory.root / "catalog" / "indicators" / f"{EDITED}.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("\ntitle: ", "\ntitle: Edited. ", 1), encoding="utf-8")
    before = runs_of(observatory)
    run = observatory("build")
    return observatory, run, before, runs_of(observatory)


def test_a_good_edition_heals(next_night):
    observatory, run, _, _ = next_night
    assert (run.code, run.err) == (0, "")
    assert observatory("status").code == 0
    for table in ("observation", "country_context", "latest"):
        assert observatory.sql(f"from {table} where stale_since is not null") == []
    assert observatory.sql("from accounting where not balanced") == []
    assert observatory.sql("from quarantine where reason = 'rejected'") == []


def test_only_what_depends_on_a_new_edition_or_an_edited_file_is_made_again(next_night):
    observatory, _, before, after = next_night
    graph = plan.graph(definitions.all_assets())
    wanted: set[plan.Key] = {("raw", *pair) for pair in SERVED}
    wanted |= {("indicator", EDITED), ("indicator",), ("member_org",), ("language",)}
    for key, node in graph.items():
        # What rests on a dataset without a snapshot was never made, and is not made now.
        if wanted & set(node.parents) and plan.name(key) in before:
            wanted.add(key)
    made = {k for k in after if after[k] != before[k] and not k.startswith(("fetch/", "raw/"))}
    assert made == {plan.name(k) for k in wanted if k[0] != "raw"}
    assert "history/un_habitat/green_areas" not in made
    assert "indicator/green_area_per_inhabitant" not in made
    assert not made & {"metro", "spatial_unit", "crosswalk", "unit", "scale", "status"}
    [[title]] = observatory.sql(f"select title_en from indicator where indicator_id = '{EDITED}'")
    assert title.startswith("Edited. ")


def test_a_revision_closes_the_old_figure_and_nothing_else(next_night, some):
    observatory, _, _, _ = next_night
    rows = observatory.sql(
        "select value, recorded_from, recorded_to from observation where indicator_id = "
        "'land_area' and unit_id = 'eurostat_metro:ES002M' and period = '2013' order by all"
    )
    first = faults.bundled(("eurostat", "met_d3area"))[0]
    now = first.retrieved_at + timedelta(NEXT_NIGHT)
    assert rows == [(7715.0, first.published_at, now), (7716.0, now, None)]
    stamps = (
        "select indicator_id, count(*) from observation where recorded_from = '{}' group by all"
    )
    revised = dict(observatory.sql(stamps.format(now)))
    # What upstream took back is a revision as well: those records broke their range for a month.
    taken_back = revised.pop("public_transport_access") + revised.pop(
        "perceived_affordable_housing"
    )
    assert revised == {"land_area": 1, "land_share_of_area": 1}
    standing = (
        "select indicator_id, unit_id, period, series_key, sex, age, recorded_from, value "
        "from observation where recorded_to is null and recorded_from <> '{}' order by all"
    )
    here, before = (set(o.sql(standing.format(now))) for o in (observatory, some))
    assert here <= before
    assert len(before - here) == 2 + taken_back


SPOILED = {
    "key_unique": "insert into t select * from t limit 1",
    "value_in_range": "update t set value = 1e9 where indicator_id = 'area' and unit_id = "
    "'eurostat_metro:ES002M' and period = '2018' and recorded_to is null",
    "no_national_figure": "update t set scale = 'country' where indicator_id = 'gdp' and unit_id = "
    "(select min(unit_id) from t where indicator_id = 'gdp')",
    "no_projection": "update t set obs_status = 'F' where metro_id = 'es-barcelona'",
}


def test_a_spoiled_table_is_never_published_and_is_built_again(small):
    observatory = small
    home = Home(observatory.home)
    for rule, change in SPOILED.items():
        path = home.table("latest" if rule == "no_projection" else "observation")
        with duckdb.connect() as con:
            con.execute(f"create table t as from '{path}'")
            con.execute(change)
            con.execute(f"copy t to '{path}' (format parquet)")
    before = current(observatory)
    bytes_before = files(before)
    run = observatory("publish")
    assert run.code != 0
    assert "Traceback" not in run.out + run.err
    assert "Nothing was published." in run.err
    for rule in SPOILED:
        assert f"the rule {rule}." in run.err
    assert current(observatory) == before
    assert files(before) == bytes_before
    gate = checks(observatory, "release")["gate"]
    assert not gate.passed
    assert set(SPOILED) <= {row["rule"] for row in shown(gate, "failing rows")}
    assert observatory("status").code == 2
    with opened(observatory) as found:
        reasons = plan.out_of_date(
            plan.graph(definitions.all_assets()), found, is_changed=plan.changed_in(home)
        )
    for name in ("observation", "latest"):
        assert reasons[name,] == f"{name}: its file is not the one that was built."


@contextmanager
def small_disk(folder: Path, megabytes: int):
    """What is in `folder`, on a disk of its own of that size; only root may make one."""
    kept = files(folder)
    link = (folder / "current").readlink()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        pytest.skip(f"A small disk cannot be made here ({made.stderr.strip()}): run as root.")
    try:
        for name, content in kept.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        (folder / "current").symlink_to(link)
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def _blocks(folder: Path) -> int:
    """Megabytes that the files of a folder take on a disk of blocks of 4 kB."""
    return sum(-(-len(content) // 4096) for content in files(folder).values()) * 4096 // 2**20


def refused(observatory: Observatory, sentence: str) -> None:
    """`publish` says this sentence and nothing else than where things are; nothing is damaged."""
    before, bytes_before = current(observatory), files(current(observatory))
    run = observatory("publish")
    assert run.code == 1
    assert "Traceback" not in run.out + run.err
    [told] = [line for line in run.err.splitlines() if not line.startswith("The full log is")]
    assert told.startswith("release: Nothing was published. ")
    assert sentence in told
    assert current(observatory) == before
    assert files(before) == bytes_before
    assert not list((observatory.home / "releases").glob(".building*"))
    assert observatory.sql("select count(*) from observation")[0][0] > 20_000


def test_a_full_disk_while_publishing_is_a_sentence(small):
    releases = small.home / "releases"
    with small_disk(releases, _blocks(releases) + 6):
        refused(small, "the disk is full")


def test_a_folder_that_may_not_be_written_is_a_sentence(small):
    """Root may write everywhere, so its folder is on a disk that is read-only."""
    releases = small.home / "releases"
    if os.geteuid():
        releases.chmod(0o555)
        try:
            refused(small, "it cannot be written")
        finally:
            releases.chmod(0o755)
        return
    with small_disk(releases, _blocks(releases) + 64):
        subprocess.run(["mount", "-o", "remount,ro", str(releases)], check=True)
        refused(small, "it cannot be written")
