"""The one user of Great Expectations: it decides over counted rules and makes the Data Docs.

Its import costs seven seconds and 270 MB, so it happens inside functions, once a process. It drops
an expectation whose type is misspelt with no more than a log line; `suite` compares what was
declared with what it loaded.
"""

from __future__ import annotations

import functools
import html
import json
import logging
import os
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from expectations.docs import PAGE, STYLE
from expectations.rule import Rule

if TYPE_CHECKING:
    from great_expectations import ExpectationSuite
    from great_expectations.core import ExpectationSuiteValidationResult
    from jinja2 import BaseLoader

    from expectations.verdict import Verdict

TYPE = "expect_failing_cases_to_be_tolerated"
COUNT = "failing"
# Its context, its data source and the level of its log belong to the whole process.
_TURN = threading.Lock()


@dataclass(frozen=True)
class SuiteOutcome:
    """Which rules passed, by name, and the validation result itself."""

    passed: dict[str, bool]
    evidence: ExpectationSuiteValidationResult


def decide(
    table: str,
    rules: Sequence[Rule],
    counts: Mapping[str, int | None],
    samples: Mapping[str, list[dict[str, Any]]],
    notes: Mapping[str, str],
) -> SuiteOutcome:
    """Validate the counts, a row per rule; a count of None has no row and fails."""
    import pandas as pd

    declared = [_declare(r) for r in rules]
    counted = {r.name: counts[r.name] for r in rules if counts[r.name] is not None}
    frame = pd.DataFrame({COUNT: pd.Series(counted, dtype="int64")})
    with _TURN:
        batch = _batches().get_batch(batch_parameters={"dataframe": frame})
        evidence = batch.validate(suite(table, declared), result_format="BASIC")
    by_name = {r.name: r for r in rules}
    passed = dict.fromkeys(by_name, False)
    for result in evidence.results:
        name = result.expectation_config.kwargs["column"]
        # On an error the dictionary is keyed by metric in some cases: absent means raised.
        raised = (result.exception_info or {}).get("raised_exception", True)
        passed[name] = bool(result.success) and not raised
        # Said after validation: it copies what an expectation carries some fifty times.
        result.expectation_config.notes = by_name[name].sentence
        result.expectation_config.meta = {
            "kind": by_name[name].kind,
            "sample": samples.get(name, []),
            "note": notes.get(name, ""),
        }
        if raised:  # a traceback would name paths of this machine
            said = {"exception_message": notes.get(name, ""), "exception_traceback": ""}
            result.exception_info = {"raised_exception": True, **said}
    evidence.meta = {"great_expectations_version": _gx().__version__, "table": table}
    return SuiteOutcome(passed, evidence)


def suite(name: str, declared: Sequence[Mapping[str, Any]]) -> ExpectationSuite:
    """A suite from plain data (`type`, `kwargs`, `severity`, `notes`, `meta`).

    Raises `ValueError` where Great Expectations does not know a type, which it would drop.
    """
    gx = _gx()
    logger = logging.getLogger("great_expectations")
    level = logger.level
    logger.setLevel(logging.CRITICAL)  # what it would log about a dropped type is raised below
    try:
        made = gx.ExpectationSuite(name=name, expectations=[dict(d) for d in declared])
    finally:
        logger.setLevel(level)
    loaded = [e.expectation_type for e in made.expectations]
    if loaded != [d["type"] for d in declared]:
        lost = sorted({d["type"] for d in declared} - set(loaded))
        raise ValueError(
            f"{name}: Great Expectations does not know {', '.join(lost) or 'every expectation'}; "
            f"{len(declared)} were declared and {len(loaded)} loaded; correct the type."
        )
    return made


def data_docs(verdicts: Sequence[Verdict], folder: Path) -> None:
    """Write the static site: `index.html`, and per table a page and its validation result as JSON.

    Pages are rendered by Great Expectations from its validation results, with our page template.
    They load nothing from elsewhere, name no path of this machine and hold no clock; rows that a
    licence forbids to show never reach a verdict. Creates `folder`; replaces pages of that name.
    """
    view = _view()
    tables = folder / "tables"
    tables.mkdir(parents=True, exist_ok=True)
    for verdict in verdicts:
        stem = page_name(verdict.table)
        page = view.render(_page(verdict), style=STYLE, home="../index.html")
        (tables / f"{stem}.html").write_text(page, encoding="utf-8")
        content = json.dumps(verdict.evidence.to_json_dict(), indent=1, ensure_ascii=False)
        (tables / f"{stem}.json").write_text(content + "\n", encoding="utf-8")
    index = view.render(_index(verdicts), style=STYLE, home="")
    (folder / "index.html").write_text(index, encoding="utf-8")


def page_name(table: str) -> str:
    """The file name of a table's page, without ending: `history/oecd/gdp` is `history.oecd.gdp`."""
    return re.sub(r"[^A-Za-z0-9_-]+", ".", table)


def _page(verdict: Verdict) -> Any:
    blocks = [[_heading("h1", f"Table {verdict.table}"), _facts(verdict)]]
    for r in verdict.failed:
        found = (
            "not evaluated" if r.failing is None else f"{r.failing} (tolerated: {r.rule.allowed})"
        )
        block = [
            _heading("h2", f"{r.rule.name}: broken ({r.severity})"),
            _text("$sentence", {"sentence": r.rule.sentence}),
            _text("Failing cases: $found. $note", {"found": found, "note": r.note}),
        ]
        if r.sample:
            names = list(dict.fromkeys(k for row in r.sample for k in row))
            shown = [[_cell(row.get(n)) for n in names] for row in r.sample]
            block += [
                _text("Sample rows:" if len(shown) < (r.failing or 0) else "They are:", {}),
                _table(list(map(_cell, names)), shown),
            ]
        blocks.append(block)
    return _document(f"Data Docs: {verdict.table}", [*blocks, _all_rules(verdict)])


def _facts(verdict: Verdict) -> Any:
    critical, warnings = len(verdict.sentences), len(verdict.warnings)
    state = _text("$state", {"state": "passed" if verdict.passed else "rejected"})
    state.string_template["styling"] = {
        "params": {"state": {"tag": "b", "classes": ["good" if verdict.passed else "critical"]}}
    }
    rows = [
        ["Verdict", state],
        ["Rows judged", f"{verdict.rows:,}"],
        ["Rules", str(len(verdict.results))],
        ["Critical rules broken", str(critical)],
        ["Warnings", str(warnings)],
    ]
    return _table([], rows)


def _all_rules(verdict: Verdict) -> list[Any]:
    """What Great Expectations says of every rule, with the rule's sentence in place of its own."""
    from great_expectations.render.renderer.content_block import (
        ValidationResultsTableContentBlockRenderer as Renderer,
    )

    by_name = {r.rule.name: r for r in verdict.results}
    rows = []
    for evidence in verdict.evidence.results:
        result = by_name[evidence.expectation_config.kwargs["column"]]
        (row,) = cast("Any", Renderer.render([evidence])).table
        name = _text("$rule", {"rule": result.rule.name})
        name.string_template["styling"] = {"params": {"rule": {"classes": ["rule"]}}}
        sentence = _text("$sentence", {"sentence": result.rule.sentence})
        observed = "not evaluated" if result.failing is None else str(result.failing)
        rows.append([row[0], result.rule.kind, name, sentence, observed, str(result.rule.allowed)])
    header = ["", "Kind", "Rule", "Meaning", "Failing", "Tolerated"]
    return [_heading("h2", "All rules"), _table(header, rows)]


def _index(verdicts: Sequence[Verdict]) -> Any:
    rows = []
    for v in sorted(verdicts, key=lambda v: (v.passed, not v.warnings, v.table)):
        link = _text("$table", {"table": v.table})
        link.string_template["styling"] = {
            "params": {
                "table": {"tag": "a", "attributes": {"href": f"tables/{page_name(v.table)}.html"}}
            }
        }
        word = "rejected" if not v.passed else "passed, with warnings" if v.warnings else "passed"
        state = _text("$state", {"state": word})
        look = "critical" if not v.passed else "warning" if v.warnings else "good"
        state.string_template["styling"] = {"params": {"state": {"classes": [look]}}}
        broken = _text("$names", {"names": ", ".join(r.rule.name for r in v.failed)})
        rows.append([link, state, f"{v.rows:,}", str(len(v.results)), broken])
    red = sum(not v.passed for v in verdicts)
    said = "Every table passed." if not red else f"{red} of {len(verdicts)} tables were rejected."
    block = [
        _heading("h1", "Data Docs"),
        _text(
            "$said Each page says which rules a table was judged by and what broke them.",
            {"said": said},
        ),
        _table(["Table", "Verdict", "Rows", "Rules", "Broken rules"], rows),
    ]
    return _document("Data Docs", [block])


def _document(title: str, sections: list[list[Any]]) -> Any:
    from great_expectations.render import RenderedDocumentContent, RenderedSectionContent

    made = [RenderedSectionContent(content_blocks=blocks) for blocks in sections]
    return RenderedDocumentContent(sections=made, page_title=html.escape(title))


def _text(template: str, params: Mapping[str, str]) -> Any:
    """A paragraph; params are escaped by the view."""
    from great_expectations.render import RenderedStringTemplateContent

    return RenderedStringTemplateContent(
        string_template={"template": template, "params": dict(params)}
    )


def _heading(tag: str, said: str) -> Any:
    made = _text("$said", {"said": said})
    made.string_template["tag"] = tag
    return made


def _table(header: list[str], rows: list[list[Any]]) -> Any:
    from great_expectations.render import RenderedTableContent

    styling = {"classes": ["table-responsive"]}
    return RenderedTableContent(table=rows, header_row=header or None, styling=styling)


def _cell(value: Any) -> str:
    """A cell's text; the view does not escape bare text."""
    return "" if value is None else html.escape(str(value))


def _view() -> Any:
    """Great Expectations' page view with our page template in front of its own."""
    _gx()
    from great_expectations.render.view import DefaultJinjaPageView
    from jinja2 import ChoiceLoader, DictLoader

    view = DefaultJinjaPageView()
    its = cast("BaseLoader", view.env.loader)
    view.env.loader = ChoiceLoader([DictLoader({"page.j2": PAGE}), its])
    return view


def _declare(rule: Rule) -> dict[str, Any]:
    return {
        "type": TYPE,
        "kwargs": {"column": rule.name, "max_value": rule.allowed},
        "severity": rule.severity,
    }


@functools.cache
def _gx() -> Any:
    """Great Expectations, with our one expectation registered."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations
    from great_expectations.compatibility.pydantic import PrivateAttr
    from great_expectations.expectations import ExpectColumnMaxToBeBetween
    from great_expectations.validator.metric_configuration import MetricConfiguration
    from great_expectations.validator.validator import ValidationDependencies

    @functools.lru_cache(maxsize=1)
    def _all_counts(batch: str) -> Any:
        return MetricConfiguration("table.head", {"batch_id": batch}, {"fetch_all": True})

    class ExpectFailingCasesToBeTolerated(ExpectColumnMaxToBeBetween):
        """The number of failing cases, in the row of the rule that `column` names, is at most `max_value`.

        Every rule reads the whole frame, which is one metric for all, where the largest value of a column
        is three metrics a rule; a column for each rule would be hashed and measured one by one; and its
        configuration, asked for some fifty times in one validation, is made once.
        """

        _made: Any = PrivateAttr(None)

        @property
        def configuration(self) -> Any:
            if self._made is None:
                self._made = super().configuration
            return self._made

        def get_validation_dependencies(self, *_: Any, **__: Any) -> Any:
            read = _all_counts(self.configuration.kwargs.get("batch_id"))
            return ValidationDependencies({read.metric_name: read}, {"result_format": "BASIC"})

        def _validate(self, metrics: Any, *_: Any, **__: Any) -> Any:
            failing = int(metrics["table.head"].at[self.column, COUNT])
            most: Any = self.max_value
            return {"success": failing <= most, "result": {"observed_value": failing}}

    assert ExpectFailingCasesToBeTolerated.expectation_type == TYPE
    return great_expectations


@functools.cache
def _batches() -> Any:
    """One context, data source and batch definition for the whole process."""
    gx = _gx()
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_pandas("observatory")
    return source.add_dataframe_asset("rules").add_batch_definition_whole_dataframe("counts")
