"""What judging a table answers: a result for each rule, and the verdict over all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from expectations.rule import Rule

FAULT = "fault_"


@dataclass(frozen=True)
class RuleResult:
    """One rule judged: how many cases failed (None: it could not be evaluated), and up to 20."""

    rule: Rule
    failing: int | None
    passed: bool
    sample: list[dict[str, Any]]
    note: str = ""

    @property
    def severity(self) -> str:
        """`critical` or `warning`; what cannot be evaluated is critical."""
        return "critical" if self.failing is None else self.rule.severity

    @property
    def sentence(self) -> str:
        """The result for a person: table, rule, number, meaning and remedy."""
        if self.failing is None:
            return f"{self.rule.table}: the rule {self.rule.name} could not be judged: {self.note}"
        if self.passed:
            return f"{self.rule.table}: {self.rule.name} holds. {self.rule.sentence}"
        if self.rule.name.startswith(FAULT):
            return f"{self.rule.table}: {self.rule.sentence}"
        cases = "case breaks" if self.failing == 1 else "cases break"
        return (
            f"{self.rule.table}: {self.failing} {cases} the rule {self.rule.name}. "
            f"{self.rule.sentence}"
        )


@dataclass(frozen=True)
class Verdict:
    """What was judged and how: `passed` unless a critical rule failed.

    `evidence` is the validation result of Great Expectations, for its Data Docs.
    """

    table: str
    rows: int
    passed: bool
    results: tuple[RuleResult, ...]
    evidence: Any = field(default=None, repr=False, compare=False)

    @property
    def failed(self) -> tuple[RuleResult, ...]:
        """Results that did not pass, critical ones first."""
        bad = [r for r in self.results if not r.passed]
        return tuple(sorted(bad, key=lambda r: r.severity != "critical"))

    @property
    def sentences(self) -> list[str]:
        """Why the verdict is red: one sentence for each critical rule that failed."""
        return [r.sentence for r in self.failed if r.severity == "critical"]

    @property
    def warnings(self) -> list[str]:
        """What a person should look at although it did not make the verdict red."""
        return [r.sentence for r in self.failed if r.severity != "critical"]
