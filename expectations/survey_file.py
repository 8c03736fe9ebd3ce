"""What is to be mended in a survey file before it comes in, by command or through the inbox."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warehouse.surveys.intake.cells import Problem


def problems(
    file: Path, lang: str | None = None, tool: str | None = None, metro: str = ""
) -> tuple[list, str]:
    """(problems, language) of a file, those that must be mended first, one a cell.

    metro: the metropolis of a response that names none; one that names another is to be mended.
    Raises `SourceError` for a file that cannot be read.
    """
    from catalog import survey_loader
    from expectations import survey as rules
    from warehouse.registry.lookup import known_metros, populations
    from warehouse.surveys.exports.read import read
    from warehouse.surveys.intake.cells import Checked

    export = read(file, tool)
    spoken = lang or export.language or "en"
    checked = Checked(export, survey_loader.survey(), spoken, metro)
    found = checked.cells(known_metros()) + rules.problems(checked, populations())
    first: dict[tuple, Problem] = {}
    for p in sorted(found, key=lambda p: (not p.must,)):
        first.setdefault((p.sheet, p.row, p.column) if p.row else (p.question, p.text), p)
    return sorted(first.values(), key=lambda p: (not p.must, p)), spoken


def prove(file: Path, tool: str | None = None, metro: str = "") -> None:
    """Raise `Invalid` where FILE is a template in which something must be mended.

    Exports of survey tools come in as they are: their forms have checked the answers already. The
    sentence names cells and quotes no answer, since it goes to logs.
    """
    from sources.errors import Invalid
    from warehouse.surveys.exports.read import read

    if file.suffix.lower() != ".xlsx" or read(file).tool != "template":
        return
    must = [p.cell for p in problems(file, None, tool, metro)[0] if p.must]
    if must:
        cells = ", ".join(must[:8]) + (f" and {len(must) - 8} more" if len(must) > 8 else "")
        raise Invalid(
            f"{file.name} was not imported: {len(must)} answers are to be mended ({cells}); run "
            f"`observatory survey check {file.name}{f' --metro {metro}' if metro else ''}`."
        )
