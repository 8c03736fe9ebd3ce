"""The one user of Great Expectations: it decides over counted rules and makes the Data Docs.

Its import costs seven seconds and 270 MB, so it happens inside functions, once a process. It drops
an expectation whose type is misspelt with no more than a log line; `suite` compares what was
declared with what it loaded.
"""

from __future__ import annotations

import functools
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from expectations.rule import Rule

if TYPE_CHECKING:
    from great_expectations import ExpectationSuite
    from great_expectations.core import ExpectationSuiteValidationResult

# The largest number of failing cases in the one row there is. An aggregate costs a third of
# expect_column_values_to_be_between and says in the Data Docs what number was observed.
TYPE = "expect_column_max_to_be_between"


@dataclass(frozen=True)
class Decision:
    """Which rules passed, by name, and the validation result itself."""

    passed: dict[str, bool]
    evidence: ExpectationSuiteValidationResult


def decide(
    table: str,
    rules: Sequence[Rule],
    counts: Mapping[str, int | None],
    samples: Mapping[str, list[dict[str, Any]]],
    notes: Mapping[str, str],
) -> Decision:
    """Validate one row of counts, a column per rule; a count of None has no column and fails."""
    import pandas as pd

    declared = [_declare(r, samples.get(r.name, []), notes.get(r.name, "")) for r in rules]
    frame = pd.DataFrame({r.name: [counts[r.name]] for r in rules if counts[r.name] is not None})
    batch = _batches().get_batch(batch_parameters={"dataframe": frame})
    evidence = batch.validate(suite(table, declared), result_format="BASIC")
    passed = {r.name: False for r in rules}
    for result in evidence.results:
        config = result.expectation_config
        raised = (result.exception_info or {}).get("raised_exception", True)
        passed[config.kwargs["column"]] = bool(result.success) and not raised
    return Decision(passed, evidence)


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


def _declare(rule: Rule, sample: list[dict[str, Any]], note: str) -> dict[str, Any]:
    said = [rule.sentence] + ([f"It could not be judged: {note}"] if note else [])
    return {
        "type": TYPE,
        "kwargs": {"column": rule.name, "max_value": rule.allowed},
        "severity": rule.severity,
        "notes": said,
        "meta": {"rule": rule.name, "kind": rule.kind, "sample": sample},
    }


@functools.cache
def _gx() -> Any:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations

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
