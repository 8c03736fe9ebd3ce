"""The adapter to Great Expectations, and the Data Docs."""

import html
import json
import re
import subprocess
import sys
from dataclasses import replace

import pyarrow as pa
import pytest

from expectations import gx
from expectations.judge import judge
from expectations.rule import Rule

EVIL = "<script>alert('$x')</script>"
RULE = Rule(
    "value_above_range",
    "ranges",
    "history/x/y",
    "row",
    "critical",
    "The value is < 5 & plausible; else mend $it.",
    "value > 5",
    show=("a", "value"),
)


def declared(kind: str) -> dict:
    return {"type": kind, "kwargs": {"column": "r", "max_value": 0}, "severity": "critical"}


def test_a_misspelt_expectation_is_not_silently_dropped():
    with pytest.raises(ValueError, match="know expect_failing_cases_to_be_tolerate;"):
        gx.suite("t", [declared(gx.TYPE), declared("expect_failing_cases_to_be_tolerate")])


def test_a_suite_holds_all_that_was_declared():
    suite = gx.suite("t", [declared(gx.TYPE)])
    assert [(e.expectation_type, e.severity) for e in suite.expectations] == [(gx.TYPE, "critical")]


@pytest.mark.parametrize(("count", "passes"), [(0, True), (2, True), (3, False), (None, False)])
def test_a_rule_passes_up_to_what_is_tolerated(count, passes):
    rule = replace(RULE, allowed=2)
    other = replace(RULE, name="other")
    decision = gx.decide("t", [rule, other], {rule.name: count, "other": 0}, {}, {})
    assert decision.passed == {rule.name: passes, "other": True}


def test_evidence_names_no_path_and_no_time():
    decision = gx.decide("t", [RULE], {RULE.name: None}, {}, {RULE.name: "no column"})
    said = json.dumps(decision.evidence.to_json_dict())
    assert "Traceback" not in said
    assert "site-packages" not in said
    assert "ge_load_time" not in said
    assert "no column" in said


def verdicts():
    bad = pa.table({"a": [EVIL, "b"], "value": [9.0, 1.0]})
    good = pa.table({"a": ["b"], "value": [1.0]})
    return [
        judge(bad, [RULE]),
        judge(good, [replace(RULE, table="good")]),
        judge(bad, [replace(RULE, table="doubtful", severity="warning")]),
        judge(good.drop(["value"]), [replace(RULE, table="broken")]),
    ]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site") / "data_docs"
    gx.data_docs(verdicts(), folder)
    return folder


def test_a_page_says_which_rule_failed_how_often_and_where(site):
    page = (site / "tables" / "history.x.y.html").read_text(encoding="utf-8")
    assert "rejected" in page
    assert "value_above_range: broken (critical)" in page
    assert html.escape(RULE.sentence) in page
    assert "1 (tolerated: 0)" in page
    assert html.escape(EVIL) in page
    assert "9.0" in page


def test_what_a_source_says_is_never_run_as_markup(site):
    for page in site.rglob("*.html"):
        assert "<script" not in page.read_text(encoding="utf-8")


def test_the_index_links_every_table_worst_first(site):
    index = (site / "index.html").read_text(encoding="utf-8")
    links = re.findall(r'href="(tables/[^"]+)"', index)
    assert links == [
        "tables/broken.html",
        "tables/history.x.y.html",
        "tables/doubtful.html",
        "tables/good.html",
    ]
    assert all((site / link).is_file() for link in links)
    assert "2 of 4 tables were rejected." in index


def test_pages_load_nothing_and_name_no_path(site):
    for file in (f for f in site.rglob("*") if f.is_file()):
        content = file.read_text(encoding="utf-8")
        assert not re.search(r"https?://|src=|site-packages|/tmp/|<link", content), file


def test_the_validation_result_stands_beside_the_page(site):
    result = json.loads((site / "tables" / "history.x.y.json").read_text(encoding="utf-8"))
    assert result["success"] is False
    assert result["statistics"]["unsuccessful_expectations"] == 1
    (one,) = result["results"]
    assert one["expectation_config"]["severity"] == "critical"
    assert one["expectation_config"]["notes"] == RULE.sentence
    assert one["expectation_config"]["meta"]["sample"] == [{"a": EVIL, "value": 9.0}]
    assert one["result"]["observed_value"] == 1


def test_the_same_verdicts_give_the_same_bytes(site, tmp_path):
    gx.data_docs(verdicts(), tmp_path)
    first = {f.relative_to(site): f.read_bytes() for f in site.rglob("*.*")}
    again = {f.relative_to(tmp_path): f.read_bytes() for f in tmp_path.rglob("*.*")}
    assert first == again


def test_importing_the_room_loads_neither_great_expectations_nor_pandas():
    code = (
        "import sys, expectations.rules, expectations.judge, expectations.gx; "
        "print([m for m in ('great_expectations', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
