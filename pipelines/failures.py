"""What a failed step means: a fault, silence of an upstream, a release that waits, or an interrupt."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dagster._core.execution.plan.objects import StepFailureData

FAULT, UNANSWERED, WAITS, INTERRUPTED = "fault", "unanswered", "waits", "interrupted"
# Errors whose text is already a whole sentence for a person.
OURS = (
    *("Failure", "SourceError", "Retriable", "Gone", "Invalid", "Refused"),
    *("CatalogError", "WarehouseError"),
)


@dataclass(frozen=True)
class Failed:
    """A step that failed: its asset or step by name, what kind of failure it is, and a sentence."""

    name: str
    kind: str
    sentence: str


def of(step: str | None, data: StepFailureData) -> Failed:
    """The failure of one step, from Dagster's record of it."""
    said = data.user_failure_data.metadata if data.user_failure_data else {}
    kind = next((k for k in (UNANSWERED, WAITS) if k in said), FAULT)
    if data.error_source.value == "INTERRUPT":
        kind = INTERRUPTED
    return Failed(named(step), kind, sentence(step, data.error))


def named(step: str | None) -> str:
    """A step as people and Dagster write its asset."""
    return (step or "the run").replace("__", "/")


def sentence(step: str | None, error: Any) -> str:
    """One sentence for a failed step, from Dagster's record of the error; no traceback.

    Dagster wraps what the step raised; the innermost cause is what a person can act on.
    """
    what = named(step)
    if error is None:
        return f"{what} failed."
    while error.cause is not None:
        error = error.cause
    kind = (error.cls_name or "").rpartition(".")[2]
    message = re.sub(rf"^[\w.]*\b{re.escape(kind)}: ", "", error.message.strip())
    message = message.splitlines()[0] if message else ""
    if kind in OURS:  # says where, and what stays as it was, also of a full disk
        return message if message.startswith(what) else f"{what}: {message}"
    if "No space left" in message or "disk is full" in message:
        return f"{what}: the disk is full; free some space and run the same again."
    if kind in ("DagsterExecutionInterruptedError", "KeyboardInterrupt"):
        return f"{what} was interrupted."
    return f"{what} stopped with {kind}: {message or 'no message'}"


def sentences(failed: Iterable[Failed]) -> list[str]:
    """Each failure in a sentence; the silence of one provider is told once for its datasets."""
    silent: dict[str, dict[str, str]] = {}
    said = []
    for one in failed:
        if one.kind != UNANSWERED:
            said.append(one.sentence)
            continue
        _, provider, dataset = one.name.split("/", 2)
        silent.setdefault(provider, {})[dataset] = one.sentence.removeprefix(f"{one.name}: ")
    return said + silences(silent)


def silences(silent: dict[str, dict[str, str]]) -> list[str]:
    """Provider to (dataset to why), as sentences."""
    from assets.asking import together

    return [
        f"{provider} did not answer: {told}"
        for provider, datasets in silent.items()
        for told in together(datasets)
    ]
