"""The README tells the truth: its queries give the answers it shows, its counts are the release's."""

import contextlib
import io
import re
from pathlib import Path

import duckdb
import pytest

from tests.flow.observatory import ROOT

pytestmark = pytest.mark.system

README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(language):
    """The code block of a language and the answer block that follows it."""
    found = re.search(rf"```{language}\n(.*?)```\n+```\n(.*?)```", README, re.S)
    assert found, f"README.md has no block of {language} with its answer"
    return found[1], found[2]


def words(text):
    return [line.split() for line in re.sub(r"[┃│╇═━]+", " ", text).splitlines() if line.split()]


def test_the_sql_answer(built):
    query, answer = block("sql")
    run = built("query", query.strip())
    assert run.code == 0, run.err
    assert words(run.out) == words(answer)


def test_the_python_answer(built, monkeypatch):
    code, answer = block("python")
    monkeypatch.chdir(built.home.parent)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(code.replace("data/releases", f"{built.home.name}/releases"), {})
    assert words(out.getvalue()) == words(answer)


def test_the_r_query_gives_the_answer_shown(built):
    code, answer = block("r")
    asked = re.search(r'dbGetQuery\(con, "(.*)"\)', code, re.S)
    assert asked, code
    query = asked[1].replace('\\"', '"')
    file = built.home / "releases" / "current" / "observatory.duckdb"
    with duckdb.connect(str(file), read_only=True) as con:
        rows = con.execute(query).fetchall()
    assert [[str(v) for v in row] for row in rows] == words(answer)[1:]


def test_the_first_example_of_an_index(built, tmp_path):
    spec = ROOT / "docs" / "examples" / "indices" / "first.yaml"
    head = "\n".join(re.findall(r"^# ?(.*)", spec.read_text(encoding="utf-8"), re.M))
    asked = re.search(r'query --csv "(.*?)" > (\S+)', head, re.S)
    assert asked, head
    table = tmp_path / Path(asked[2]).name
    table.write_text(built("query", "--csv", asked[1]).out, encoding="utf-8")
    run = built("index", "run", str(spec), str(table), "-o", str(tmp_path / "out"))
    assert run.code == 0, run.err
    assert len((tmp_path / "out" / "rank_range.csv").read_text().splitlines()) > 150


def test_the_counts(built):
    figures = "select count(*) from observation where recorded_to is null and value is not null "
    counts = [
        figures + "and provenance = 'upstream' and source_id <> 'wup' and obs_status <> 'F'",
        figures + "and source_id = 'wup' and obs_status <> 'F'",
        figures + "and obs_status = 'F'",
        figures + "and provenance = 'carrier'",
        figures + "and provenance = 'computed'",
        "select count(*) from country_context where recorded_to is null and value is not null",
    ]
    table = README.split("| | figures |")[1]
    shown = [int(n.replace(",", "")) for n in re.findall(r"\| ([\d,]+) \|\n", table)[: len(counts)]]
    assert shown == [built.sql(q)[0][0] for q in counts]
    with_figures = "from (select metro_id, count(distinct indicator_id) n from observation "
    with_figures += "where value is not null and obs_status <> 'F' group by all)"
    [metros] = built.sql(
        f"select count(*), count(*) filter (n >= 2), count(*) filter (n >= 10) {with_figures}"
    )
    text = "{:,} metropolises have figures; {:,} have at least 2 indicators and {:,} at least 10"
    assert text.format(*metros) in README.replace("\n", " ")
    themes = built.sql(
        """select count(distinct i.indicator_id), count(distinct metro_id), count(*)
           from observation o join indicator i using (indicator_id)
           where value is not null and recorded_to is null group by i.theme"""
    )
    for row in themes:
        assert "| {} | {:,} | {:,} |".format(*row) in README
