"""What is to be mended in a survey file before it comes in, by command or through the inbox."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warehouse.surveys.exports.neutral import Export
    from warehouse.surveys.intake.cells import Problem


_LARGE = 500  # responses: of more, each answer is looked at by `survey check` alone


def problems(
    file: Path, lang: str | None = None, tool: str | None = None, metro: str = ""
) -> tuple[list, str]:
    """(problems, language) of a file, those that must be mended first, one a cell.

    metro: the metropolis of a response that names none; one that names another is to be mended.
    Raises `SourceError` for a file that cannot be read.
    """
    from warehouse.surveys.exports.read import read

    return of_export(read(file, tool), lang, metro)


def of_export(export: Export, lang: str | None = None, metro: str = "") -> tuple[list, str]:
    """As `problems`, of an export that was read."""
    from catalog import survey_loader
    from expectations import survey as rules
    from warehouse.registry.lookup import known_metros, populations
    from warehouse.surveys.governance.resolve import columns
    from warehouse.surveys.intake import told
    from warehouse.surveys.intake.cells import Checked

    spoken = lang or export.language or "en"
    told.prove_one_column_each(export, columns(export.answers, survey_loader.survey()))
    checked = Checked(export, survey_loader.survey(), spoken, metro)
    found = checked.cells(known_metros()) + rules.problems(checked, populations())
    first: dict[tuple, Problem] = {}
    for p in sorted(found, key=lambda p: (not p.must,)):
        first.setdefault((p.sheet, p.row, p.column) if p.row else (p.question, p.text), p)
    return sorted(first.values(), key=lambda p: (not p.must, p)), spoken


def prove(export: Export, file: Path, metro: str = "") -> str:
    """Raise `Invalid` where an export is a template in which something must be mended.

    Exports of survey tools come in as they are: their forms have checked the answers already. Of these
    answers what a person should look at, a sentence or nothing (of large exports nothing: `survey
    check` tells). No sentence quotes an answer, since it goes to logs.
    """
    from sources.errors import Invalid

    if export.tool != "template" and len(export) > _LARGE:
        return ""
    must = [p.cell for p in of_export(export, None, metro)[0] if p.must]
    if must and export.tool != "template":
        return (
            f"{len(must)} answers are missing, impossible, or contradict others, and came in as they are: "
            f"`observatory survey check {file.name}` lists them."
        )
    if must:
        cells = ", ".join(must[:8]) + (f" and {len(must) - 8} more" if len(must) > 8 else "")
        raise Invalid(
            f"{file.name} was not imported: {len(must)} answers are to be mended ({cells}); run "
            f"`observatory survey check {file.name}{f' --metro {metro}' if metro else ''}`."
        )
    return ""


def explain(file: Path, metro: str = "") -> str:
    """What is to be mended in a file, line by line, in the language of its answers; it goes beside the
    file, for its sender. Empty where the file cannot be read at all."""
    from sources.errors import SourceError
    from warehouse.surveys.intake.words import say

    try:
        found, spoken = problems(file, None, None, metro)
    except SourceError:
        return ""
    lines = [
        f"{say('mend' if p.must else 'look', spoken)} · {p.cell} · {p.question}: {p.text}."
        for p in found
    ]
    return "\n".join([say("not_taken", spoken, file=file.name), "", *lines, ""]) if lines else ""
