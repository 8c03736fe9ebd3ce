"""The README tells the truth: its queries give the answers it shows, its counts are the release's."""

import contextlib
import io
import re
from pathlib import Path

import duckdb
import pytest

from tests.flow.observatory import ROOT
from warehouse.publications.documents import with_counts
from warehouse.publications.model import Release

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
    release = Release(built.home / "releases" / "current")
    assert with_counts(README, release) == README
