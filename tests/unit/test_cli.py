"""The command line: light to start, all in sentences, right exit codes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import standins

import pipelines
from pipelines import alerts, cli, definitions, failures, status
from warehouse import tables
from warehouse.home import Home

ROOT = Path(pipelines.__file__).parent.parent


@pytest.fixture
def home(tmp_path, monkeypatch) -> Home:
    monkeypatch.setenv("OBSERVATORY_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("OBSERVATORY_WEBHOOK", raising=False)
    return Home(tmp_path / "home")


@pytest.fixture
def released(home) -> Home:
    standins._publish(home)
    return home


@pytest.fixture
def described(home) -> Home:
    """A release of one table, made as releases are."""
    from rows import observations

    from warehouse import published, store

    parquet = home.root / "parquet"
    folder = home.releases / "2026.11.23.1"
    folder.mkdir(parents=True)
    statement = tables.of("observation")
    store.write(observations([{"period": "2018"}]), statement, parquet / "observation.parquet")
    published.write(folder / published.FILE, parquet, {"observation": statement})
    (home.releases / "current").symlink_to(folder.name)
    return home


@pytest.fixture
def run(capfd, monkeypatch):
    """Runs the command in this process; answers with exit code, stdout and stderr."""

    def running(*args: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["observatory", *args])
        with pytest.raises(SystemExit) as left:
            cli.main()
        out, err = capfd.readouterr()
        assert "Traceback" not in out + err
        return int(left.value.code or 0), out, err

    return running


def planted(monkeypatch) -> standins.Plant:
    """A small graph in place of the real one, whole and as far as it asks providers."""
    plant = standins.Plant()

    def asking(_catalog):
        return [a for a in standins.assets(plant) if a.key.path[0] in ("fetch", "raw")]

    monkeypatch.setattr(definitions, "all_assets", lambda: standins.assets(plant))
    monkeypatch.setattr("assets.asking.first", asking)
    return plant


def python(code: str, *args: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *args], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_starting_imports_nothing_heavy():
    code = (
        "import sys; import pipelines.cli\n"
        "heavy = ('dagster', 'pandas', 'duckdb', 'pyarrow', 'rich', 'requests', 'pydantic')\n"
        "print([m for m in heavy if m in sys.modules], len(sys.modules) < 400)"
    )
    assert python(code) == "[] True"


def test_read_needs_neither_dagster_nor_pandas(fixtures, tmp_path):
    file = fixtures / "eurostat" / "sdmx_csv_2_both.csv"
    out = tmp_path / "out.parquet"
    code = (
        "import sys\n"
        "from pipelines import cli\n"
        "cli.observatory.main(sys.argv[1:], standalone_mode=False)\n"
        "print([m for m in ('dagster', 'pandas') if m in sys.modules])"
    )
    assert python(code, "read", "eurostat", str(file), "-o", str(out)).endswith("[]")
    assert out.stat().st_size > 0


@pytest.mark.parametrize(
    "bad",
    [
        ("eurostat", b"", "is empty"),
        ("eurostat", b"<!DOCTYPE html><html><body>Sorry</body></html>", ""),
        ("nobody", b"x", "There is no provider 'nobody'"),
    ],
)
def test_read_of_bad_input_is_one_sentence_and_writes_nothing(run, written, tmp_path, bad):
    provider, content, said = bad
    out = tmp_path / "out.parquet"
    code, printed, err = run("read", provider, str(written("in.csv", content)), "-o", str(out))
    assert (code, printed) == (1, "")
    assert said in err
    assert len(err.strip().splitlines()) == 1
    assert not out.exists()


def test_read_into_a_folder_that_is_not_there_is_a_sentence(run, home, fixtures, tmp_path):
    file = fixtures / "eurostat" / "sdmx_csv_2_both.csv"
    code, _, err = run("read", "eurostat", str(file), "-o", str(tmp_path / "no" / "out.parquet"))
    assert code == 1
    assert "is not a folder" in err


def test_query_shows_every_column_and_every_value(run, released):
    wide = ", ".join(f"'value number {n}' as a_column_with_a_long_name_{n}" for n in range(30))
    code, out, _ = run("query", f"select {wide} from observation")
    assert code == 0
    assert all(f"a_column_with_a_long_name_{n}" in out for n in range(30))
    assert all(out.count(f"value number {n} ") >= 1 for n in range(29))
    assert "…" not in out


def test_query_on_a_narrow_terminal_shows_a_row_as_a_block(released, monkeypatch, capsys):
    from rich import console

    from pipelines.commands import query

    real = console.Console
    monkeypatch.setattr(
        console,
        "Console",
        lambda highlight, width=40: real(force_terminal=True, highlight=highlight, width=width),
    )
    query._show(["first", "second"], [["a" * 30, "b" * 30]])
    assert capsys.readouterr().out.split() == [
        *("--", "row", "1"),
        *("first", "a" * 30),
        *("second", "b" * 30),
    ]


@pytest.mark.parametrize(
    "asked", [("describe observation",), ("desc observation;",), ("--describe", "observation")]
)
def test_the_columns_of_a_table_are_shown_with_type_codes_and_meaning(run, described, asked):
    code, out, _ = run("query", *asked)
    assert code == 0
    lines = {line.split(" ")[0]: line for line in out.splitlines()}
    assert {c.name for c in tables.of("observation").columns} <= lines.keys()
    assert "VARCHAR" in lines["metro_id"]
    assert "Our stable identifier of the metropolis." in lines["metro_id"]
    assert "ENUM" in lines["scale"]
    assert "Codes: fua." in lines["scale"]


def test_a_description_fits_the_terminal(described, monkeypatch):
    import io

    import rich.console

    from pipelines.commands import query

    console = rich.console.Console
    for width in (80, 120):
        out = io.StringIO()
        monkeypatch.setattr(
            rich.console,
            "Console",
            lambda w=width, o=out, **_: console(file=o, width=w, force_terminal=True),
        )
        ((_, rows),) = query.run_all(described, "describe observation")
        query._show_described(rows)
        shown = re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue()).splitlines()
        assert max(len(line) for line in shown) <= width
        words = " ".join(line.split("│")[-1].strip() for line in shown)
        assert "SDMX CL_FREQ code of the period: A, S, Q, M, W, D;" in words


def test_a_table_that_is_not_there_is_one_sentence(run, released):
    code, out, err = run("query", "--describe", "lattest")
    assert (code, out) == (1, "")
    assert "lattest" in err
    assert run("query", "select 1", "--describe", "latest")[0] == 2


def test_query_as_csv_gives_all_rows(run, released):
    code, out, _ = run("query", "select metro_id, value from observation order by all", "--csv")
    assert (code, out) == (0, "metro_id,value\nes-barcelona,5.4\nlv-riga,\n")


def test_query_says_when_not_all_rows_are_shown(run, released):
    code, out, err = run("query", "from range(300)")
    assert code == 0
    assert len(out.strip().splitlines()) == 202
    assert err == "200 of 300 rows are shown; --rows 0 or --csv gives all.\n"


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("select valu from observation", "valu"),
        ("selec 1", "syntax error"),
        ("delete from observation", "only queries that read"),
        ("copy observation to 'stolen.csv'", "--csv"),
        ("from 'somewhere.parquet'", "current release alone"),
    ],
)
def test_a_query_that_cannot_run_is_one_sentence(run, released, sql, said):
    code, out, err = run("query", sql)
    assert (code, out) == (1, "")
    assert said in err
    assert len(err.strip().splitlines()) == 1


def test_without_a_release_the_remedy_is_named(run, home):
    assert run("query", "select 1")[0] == 1
    code, out, _ = run("status")
    assert code == 2
    assert out.splitlines()[0] == "State: failed."
    assert "run `observatory build`" in out


def test_status_is_healthy_stale_or_failed(run, released):
    status.record(released, "build", "done", ["3 tables were built anew."])
    code, out, _ = run("status")
    assert (code, out.splitlines()[0]) == (0, "State: healthy.")
    assert "Release 2026.01.01.1 is current, published 0 minutes ago." in out

    status.record(released, "refresh_eurostat", "failed", ["fetch/eurostat: no answer."])
    code, out, _ = run("status")
    assert (code, out.splitlines()[0]) == (2, "State: failed.")
    assert "refresh_eurostat failed 0 minutes ago: fetch/eurostat: no answer." in out

    noted = json.loads(status.path(released).read_text())
    old = (datetime.now(UTC) - timedelta(days=4)).isoformat()
    for entry in noted["runs"].values():
        entry["at"] = old
    noted["runs"]["refresh_eurostat"]["outcome"] = "done"
    status.path(released).write_text(json.dumps(noted))
    code, out, _ = run("status")
    assert (code, out.splitlines()[0]) == (1, "State: stale.")
    assert "No run has succeeded for two nights" in out


def test_a_build_after_a_failure_clears_it(run, released):
    status.record(released, "refresh_eurostat", "failed", ["no answer."])
    noted = json.loads(status.path(released).read_text())
    noted["runs"]["refresh_eurostat"]["at"] = "2026-01-01T00:00:00+00:00"
    status.path(released).write_text(json.dumps(noted))
    assert run("status")[0] == 2
    status.record(released, "build", "nothing new", [])
    assert run("status")[0] == 0


def test_stale_figures_are_counted(run, home):
    import duckdb

    standins._publish(home)
    file = (home.releases / "current").resolve() / "observatory.duckdb"
    with duckdb.connect(str(file)) as con:
        con.execute("update observation set stale_since = '2026-02-03' where metro_id = 'lv-riga'")
    code, out, _ = run("status")
    assert code == 1
    assert "1 figures of beta/d are stale since 2026-02-03" in out


def test_build_ends_with_a_summary_and_says_nothing_new_the_second_time(run, home, monkeypatch):
    plant = planted(monkeypatch)
    code, out, err = run("build")
    assert (code, err) == (0, "")
    assert str(home.releases / "current" / "observatory.duckdb") in out
    assert "Metropolises with figures" in out
    assert len(out.strip().splitlines()[-3:]) == 3
    assert out.strip().splitlines()[-1] == "  observatory ui"
    assert "Nothing new: everything is up to date." in run("build")[1]
    assert run("status")[0] == 0
    assert run("publish")[0] == 0

    plant.fail, plant.bytes["alpha"] = {"indicator/of_alpha"}, "2"
    code, _, err = run("refresh", "--offline")
    assert code == 1
    assert "indicator/of_alpha stopped with ValueError: planted in indicator/of_alpha" in err
    log = Path(err.strip().splitlines()[-1].removeprefix("The full log is ").rstrip("."))
    assert "STEP_FAILURE" in log.read_text()
    assert run("status")[0] == 2

    plant.fail, plant.red = set(), {"history/alpha/d"}
    plant.bytes["alpha"] = "3"
    code, _, err = run("refresh", "alpha", "--offline")
    assert code == 3
    assert "history/alpha/d was judged red" in err


def test_an_unknown_provider_is_a_sentence(run, home, monkeypatch):
    planted(monkeypatch)
    code, _, err = run("refresh", "gamma", "--offline")
    assert code == 1
    assert err.strip() == "There is no provider 'gamma' to refresh; use one of alpha, beta."


def test_an_unexpected_error_is_a_sentence_with_where_its_log_is(run, home, monkeypatch):
    def broken():
        raise KeyError("planted")

    monkeypatch.setattr(definitions, "all_assets", broken)
    code, _, err = run("build")
    assert code == 1
    assert "This should not have happened (KeyError: 'planted')" in err
    log = Path(err.strip().rpartition("the full log is ")[2].rstrip("."))
    assert "Traceback" in log.read_text()


@pytest.mark.parametrize("args", [("snapshots", "list"), ("snapshots", "verify"), ("version",)])
def test_looking_at_an_empty_home_makes_nothing_in_it(run, home, args):
    assert run(*args)[0] == 0
    assert not home.root.exists()


def test_rollback_without_an_earlier_release_is_a_sentence(run, home):
    code, _, err = run("rollback")
    assert code == 1
    assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd?secret",
        "ftp://host/secret",
        "http://[secret",
        "http://127.0.0.1:9/secret",
    ],
)
def test_a_webhook_that_cannot_be_told_is_a_sentence_without_its_secret(monkeypatch, url):
    monkeypatch.setenv("OBSERVATORY_WEBHOOK", url)
    said = alerts.post({"text": "failed"})
    assert said is not None
    assert "secret" not in said


def test_a_failure_is_told_by_its_innermost_cause():
    cause = SimpleNamespace(
        cls_name="Invalid",
        message="sources.errors.Invalid: met_d3area is cut short: fetch it again.\n",
        cause=None,
    )
    outer = SimpleNamespace(cls_name="DagsterExecutionStepExecutionError", message="x", cause=cause)
    said = failures.sentence("history__eurostat__met_d3area", outer)
    assert said == "history/eurostat/met_d3area: met_d3area is cut short: fetch it again."


@pytest.mark.parametrize(
    ("kind", "message", "told"),
    [
        (
            "warehouse.errors.WarehouseError",
            "Nothing was published. /home/releases: the disk is full (No space left on device); free "
            "some space and run again.",
            "release: Nothing was published. /home/releases: the disk is full (No space left on "
            "device); free some space and run again.",
        ),
        (
            "OSError",
            "[Errno 28] No space left on device: 'x'",
            "release: the disk is full; free some space and run the same again.",
        ),
        ("KeyboardInterrupt", "", "release was interrupted."),
    ],
)
def test_a_full_disk_is_told_with_what_was_not_done(kind, message, told):
    error = SimpleNamespace(cls_name=kind, message=f"{kind}: {message}\n", cause=None)
    assert failures.sentence("release", error) == told
