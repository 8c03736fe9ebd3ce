"""`observatory survey`: form and template out, files checked and taken in, persons forgotten."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelines.commands.listing import Whole
from pipelines.commands.options import Language
from pipelines.commands.writing import writing
from warehouse.home import Home

if TYPE_CHECKING:
    from warehouse.surveys.intake.intake import Intake

LANGUAGE = Language()
FILE = click.Path(path_type=Path, dir_okay=False)
TOOL = click.option(
    "--tool",
    type=click.Choice(["kobo", "odk", "limesurvey"]),
    help="Who wrote the file, where it does not say so itself.",
)
OUT = click.option("-o", "--output", type=FILE, required=True, help="The file to write.")
WAVE = click.option("--wave", required=True, help="Wave of the survey, such as 2026.")


@click.group(cls=Whole)
def survey() -> None:
    """The survey on the governance of metropolises: form, template, check, import, forget."""


@survey.command()
@OUT
def form(output: Path) -> None:
    """Write the questionnaire as an XLSForm, for KoboToolbox or ODK, in four languages."""
    from catalog import survey_loader
    from warehouse.surveys.intake import form as writer

    writer.write(survey_loader.survey(), output)
    click.echo(f"{output}: upload it to KoboToolbox or ODK Central.")


@survey.command()
@click.option("--lang", type=LANGUAGE, default="en", help="Language of the template.")
@click.option("--metro", default="", help="Metropolis to fill in, such as es-barcelona.")
@OUT
def template(lang: str, metro: str, output: Path) -> None:
    """Write the questionnaire as a fillable workbook, for a city without a form tool."""
    from catalog import survey_loader
    from warehouse.surveys.intake import template as writer

    _known(metro)
    writer.write(survey_loader.survey(), lang, output, metro)
    click.echo(f"{output}: send it to the city; check what comes back with `survey check`.")


@survey.command()
@click.argument("file", type=FILE)
@click.option("--lang", type=LANGUAGE, help="Language of the answer; else that of the template.")
@click.option("-o", "--output", type=FILE, help="Also write a copy with a comment at each cell.")
@click.option("--metro", default="", help="Metropolis of responses that name none.")
@TOOL
def check(file: Path, lang: str | None, output: Path | None, metro: str, tool: str | None) -> None:
    """Say, cell by cell, what is wrong in FILE and how to mend it."""
    from expectations.survey_file import problems as check_file
    from warehouse.surveys.intake import marked
    from warehouse.surveys.intake.words import say

    _known(metro)
    problems, spoken = check_file(file, lang, tool, metro)
    for p in problems:
        level = say("mend" if p.must else "look", spoken)
        click.echo(f"{level} · {p.cell} · {p.question}: {p.text}.")
    if not any(p.must for p in problems):
        click.echo(say("good", spoken))
    if output is not None:
        marked.copy(file, problems, output)
    raise click.exceptions.Exit(1 if any(p.must for p in problems) else 0)


@survey.command("import")
@click.argument("file", type=FILE)
@WAVE
@click.option("--metro", default="", help="Metropolis of responses that name none.")
@click.option(
    "--anyway", is_flag=True, help="Import a template in which something is to be mended."
)
@TOOL
def import_(file: Path, wave: str, metro: str, anyway: bool, tool: str | None) -> None:
    """Take FILE into a wave; the next build publishes what it says of institutions."""
    from catalog import survey_loader
    from expectations.survey_file import prove
    from warehouse.surveys.intake.intake import take_in

    home = Home.from_environment()
    _known(metro)
    if not anyway:
        prove(file, tool, metro)
    with writing(home, f"observatory survey import, wave {wave}"):
        came = take_in(home, file, wave, survey_loader.survey(), metro_id=metro, tool=tool)
        _read(home, came)


@survey.command()
@click.argument("tool", type=click.Choice(["kobo", "odk"]))
@click.argument("form_id")
@WAVE
@click.option("--server", help="Address of the server (https://HOST).")
@click.option("--project", help="Project of ODK Central.")
def pull(tool: str, form_id: str, wave: str, server: str | None, project: str | None) -> None:
    """Ask a server for the responses of FORM_ID; the token stands in KOBO_TOKEN or ODK_TOKEN.

    TOOL is kobo or odk; the responses become part of the wave at once.
    """
    import tempfile

    from catalog import survey_loader
    from sources.transport.http import Client
    from warehouse.surveys.exports import pull as asking
    from warehouse.surveys.intake.intake import take_in

    home = Home.from_environment()
    if tool == "odk" and not (server and project):
        raise click.UsageError("ODK Central needs --server and --project.")
    upstream = os.environ.get("OBSERVATORY_UPSTREAM")
    with Client(upstream=upstream) as client, tempfile.TemporaryDirectory() as folder:
        if tool == "kobo":
            file = asking.kobo(client, form_id, Path(folder) / "kobo.json", server or asking.KOBO)
        else:
            file = asking.odk(
                client, project or "", form_id, Path(folder) / f"{form_id}.zip", server or ""
            )
        with writing(home, f"observatory survey pull, wave {wave}"):
            came = take_in(home, file, wave, survey_loader.survey())
            _read(home, came)


@survey.command()
@click.argument("respondent")
def forget(respondent: str) -> None:
    """Erase one person everywhere: RESPONDENT is an e-mail, a name, a user name or a response."""
    from warehouse.surveys.intake import forget as forgetting

    home = Home.from_environment()
    with writing(home, "observatory survey forget"):
        done = forgetting.forget(home, respondent)
    click.echo(
        f"Forgotten: {len(done.responses)} responses are nobody's now, {done.cells} protected cells "
        f"and {done.files} files as they came were erased."
    )


@survey.command()
def waves() -> None:
    """List the waves that came in, with their files and responses."""
    from pipelines.commands.query import _show
    from warehouse.surveys.intake import shelves

    home = Home.from_environment()
    rows = []
    for wave in shelves.waves(home):
        batches = shelves.batches(home, wave)
        sizes = [len(shelves.table(shelves.responses(home, wave, b))) for b in batches]
        rows.append([wave, str(len(batches)), str(sum(sizes))])
    _show(["wave", "files", "responses"], rows)


def _known(metro: str) -> None:
    from warehouse.registry.lookup import known_metros

    if metro and metro not in known_metros():
        raise click.ClickException(
            f"The registry has no metropolis '{metro}': find it with `observatory metros find`."
        )


def _read(home: Home, came: Intake) -> None:
    """Run the wave's partition and say what came."""
    import warnings

    warnings.simplefilter("ignore")
    from pipelines import survey as running

    said = running.read_wave(home, came.wave)
    click.echo(
        f"Wave {came.wave}: {came.responses} responses from {came.tool}, {came.answers} answers of "
        f"institutions, {came.kept_apart} cells kept apart in the protected store."
    )
    if came.secrecy_withheld:
        click.echo(
            f"{came.secrecy_withheld} answers held an e-mail address or a telephone number and were "
            "kept apart; ask the city for them without it."
        )
    lost = said.get("without a known metropolis")
    if lost:
        click.echo(
            f"{lost} responses name no metropolis of the registry and enter no table; import again "
            "with --metro, or correct their metro_id."
        )
    click.echo("The next `observatory build` publishes what they say of institutions.")
