"""A release as it stood: the macro in the file, the function in Python and the command agree."""

from datetime import datetime

import duckdb
import pytest
from click.testing import CliRunner
from rows import observations, rows

from pipelines.cli import observatory
from warehouse import published, query, store, tables

STATED = {
    t.name: t
    for t in (
        tables.of("observation"),
        tables.of("country_context"),
        tables.of("metro"),
        tables.of("latest"),
    )
}
FIRST, SECOND = datetime(2017, 6, 30), datetime(2020, 12, 31)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A release in which one figure was revised, one deleted and one came later."""
    monkeypatch.setenv("OBSERVATORY_HOME", str(tmp_path))
    made = observations(
        [
            {"period": "2014", "value": 1.0, "recorded_to": SECOND},
            {"period": "2014", "value": 2.0, "recorded_from": SECOND},
            {"period": "2015", "value": 3.0, "recorded_to": SECOND},
            {"period": "2018", "value": 4.0, "recorded_from": SECOND},
        ],
        recorded_from=FIRST,
    )
    given = {"observation": made, "country_context": store.empty(tables.of("country_context"))}
    given |= {"metro": rows(tables.of("metro"), [{"metro_id": "es-barcelona"}])}
    given |= {"latest": store.empty(tables.of("latest"))}
    folder = tmp_path / "releases" / "current"
    for name, statement in STATED.items():
        store.write(given[name], statement, folder / "parquet" / f"{name}.parquet")
    published.write(folder / published.FILE, folder / "parquet", STATED)
    return folder / published.FILE


def stood(file, moment):
    return sorted(query.as_of(file, moment)["value"].to_pylist())


def test_each_date_has_its_edition(home):
    assert stood(home, datetime(2016, 1, 1)) == []
    assert stood(home, FIRST) == stood(home, datetime(2020, 12, 30)) == [1.0, 3.0]
    assert stood(home, SECOND) == stood(home, datetime(2026, 1, 1)) == [2.0, 4.0]
    with duckdb.connect(str(home), read_only=True) as con:
        asked = "select value from observation_as_of(timestamp '2018-01-01') order by all"
        assert con.sql(asked).fetchall() == [(1.0,), (3.0,)]
    with duckdb.connect() as con:
        con.execute(f"attach '{home}' as other (read_only); use other")
        assert con.sql(asked).fetchall() == [(1.0,), (3.0,)]


@pytest.mark.parametrize(
    ("moment", "newest"), [("2018-01-01", "3.0"), ("2021-01-01T12:00:00", "4.0"), (None, "")]
)
def test_the_command_turns_latest_back_too(home, moment, newest):
    options = ["--as-of", moment] if moment else []
    asked = ["query", "select value from latest", "--csv", *options]
    done = CliRunner().invoke(observatory, asked)
    assert done.output.split() == (["value", newest] if newest else ["value"]), done.output
    figures = CliRunner().invoke(
        observatory, ["query", "select count(*) as n from observation", "--csv", *options]
    )
    assert figures.output.split() == ["n", "2" if moment else "4"]


def test_the_file_is_not_touched(home):
    before = store.digest(home)
    run = CliRunner().invoke
    run(observatory, ["query", "select * from coverage", "--as-of", "2018-01-01"])
    refused = run(observatory, ["query", "drop table metro", "--as-of", "2018-01-01"])
    assert refused.exit_code != 0
    assert store.digest(home) == before
