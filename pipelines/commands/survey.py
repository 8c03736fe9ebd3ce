"""`observatory survey`: form and template out, files checked and taken in, persons forgotten."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelines.commands.listing import Whole
from pipelines.commands.options import Language
from pipelines.commands.writing import writing
from warehouse.home import Home

if TYPE_CHECKING:
    from warehouse.surveys.exports.neutral import Export
    from warehouse.surveys.intake.intake import Choice, Intake

LANGUAGE = Language()
FILE = click.Path(path_type=Path, dir_okay=False)
TOOL = click.option(
    "--tool",
    type=click.Choice(["kobo", "odk", "limesurvey"]),
    help="Who wrote the file, where it does not say so itself.",
)
OUT = click.option("-o", "--output", type=FILE, required=True, help="The file to write.")


def _wave(context: click.Context, option: click.Parameter, value: str) -> str:
    # A wave is the name of files in the store: nothing in it may lead elsewhere.
    if not re.fullmatch(r"\w[\w.-]*", value):
        raise click.BadParameter(
            f"'{value}' cannot name a wave; use letters, digits, dots and hyphens, such as 2026."
        )
    return value


WAVE = click.option(
    "--wave", required=True, callback=_wave, help="Wave of the survey, such as 2026."
)
SOURCE = click.option(
    "--source", default="", help="Form or server of FILE, where several are used."
)
EDITED = click.option(
    "--edited", is_flag=True, help="Responses with a known number are newer versions of it."
)
KNOWN = click.option(
    "--known",
    type=click.Choice(["skip", "keep"]),
    help="What to do with responses that another wave holds already.",
)
YES = click.option("--yes", is_flag=True, help="Do not ask.")


@click.group(cls=Whole)
def survey() -> None:
    """The survey on the governance of metropolises: form, template, check, import, accept, forget."""


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
@click.option("--contact", default="", help="Address for questions and for requests about data.")
@OUT
def template(lang: str, metro: str, contact: str, output: Path) -> None:
    """Write the questionnaire as a fillable workbook, for a city without a form tool."""
    from catalog import survey_loader
    from warehouse.surveys.intake import template as writer

    _known(metro)
    writer.write(survey_loader.survey(), lang, output, metro, contact)
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
@SOURCE
@EDITED
@KNOWN
def import_(
    file: Path,
    wave: str,
    metro: str,
    anyway: bool,
    tool: str | None,
    source: str,
    edited: bool,
    known: str | None,
) -> None:
    """Take FILE into a wave; the next build publishes what it says of institutions."""
    from expectations.survey_file import prove
    from warehouse.surveys.intake.intake import Choice

    home = Home.from_environment()
    _known(metro)
    choice = Choice(source, edited, known or "")
    _take(home, file, wave, choice, metro, tool, None if anyway else prove)


@survey.command()
@click.argument("tool", type=click.Choice(["kobo", "odk"]))
@click.argument("form_id")
@WAVE
@click.option("--server", help="Address of the server (https://HOST).")
@click.option("--project", help="Project of ODK Central.")
@EDITED
@KNOWN
def pull(
    tool: str,
    form_id: str,
    wave: str,
    server: str | None,
    project: str | None,
    edited: bool,
    known: str | None,
) -> None:
    """Ask a server for the responses of FORM_ID; the token is in KOBO_TOKEN or ODK_TOKEN.

    TOOL is kobo or odk; the responses become part of the wave at once.
    """
    import tempfile

    from sources.transport.http import Client
    from warehouse.surveys.exports import pull as asking
    from warehouse.surveys.intake.intake import Choice

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
        _take(home, file, wave, Choice(edited=edited, known=known or ""), "", None, None)


@survey.command()
@click.argument("respondent")
@YES
def forget(respondent: str, yes: bool) -> None:
    """Erase one person everywhere: RESPONDENT is an e-mail, a name, a user name or a response.

    Shows whom it found, and where, and asks before anything is erased.
    """
    from catalog import survey_loader
    from warehouse.surveys.intake import forget as forgetting

    home = Home.from_environment()
    with writing(home, "observatory survey forget"):
        search = forgetting.find(home, respondent, survey_loader.survey())
        for line in forgetting.summary(search):
            click.echo(line)
        _sure(yes, f"Erase {len({f.response for f in search.mine})} responses' person?")
        done = forgetting.forget(home, search)
    click.echo(
        f"Forgotten: {len(done.responses)} responses are nobody's now, {done.cells} protected cells "
        f"and {done.files} files as they came were erased, and {done.invitations} invitations."
    )


@survey.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@WAVE
def invite(file: Path, wave: str) -> None:
    """Put the persons of FILE on the list of a wave: CSV or .xlsx with metro_id, name, email, language.

    The list is kept in the protected store; nothing is sent.
    """
    from warehouse import filled
    from warehouse.registry.lookup import known_metros
    from warehouse.surveys.waves import invitations

    home = Home.from_environment()
    rows = filled.read(file)
    with writing(home, "observatory survey invite"):
        new = invitations.take(home, wave, rows, known_metros())
    click.echo(
        f"{new} {'invitation' if new == 1 else 'invitations'} added to wave {wave}; write the letters "
        f"with `survey letters`."
    )


@survey.command()
@WAVE
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder.",
)
def letters(wave: str, output: Path) -> None:
    """Write the letters of a wave that are due, as .eml files: invitations, then reminders.

    To each is attached what the release knows of the metropolis, in the language of the person, with a
    sheet for corrections. Nothing is sent: open the files in a mail program. The day is noted in the list.
    """
    import tempfile
    from datetime import UTC, datetime

    from pipelines.commands.export import folder_of
    from warehouse.publications import preview as page
    from warehouse.publications.model import Release
    from warehouse.registry.lookup import known_metros
    from warehouse.surveys.waves import invitations

    home = Home.from_environment()
    if not invitations.read(home, wave):
        raise click.ClickException(
            f"Nobody was invited to wave {wave}: observatory survey invite FILE --wave {wave}"
        )
    release = Release(folder_of(home, "current"))
    with writing(home, "observatory survey letters"), tempfile.TemporaryDirectory() as folder:

        def attached(one: invitations.Invitation) -> list[Path]:
            return page.write(
                release, one.metro_id, one.language, Path(folder, one.metro_id, one.language)
            )

        day = f"{datetime.now(UTC):%Y-%m-%d}"
        written = invitations.letters(home, wave, output, known_metros(), day, attached=attached)
    if not written:
        click.echo(
            "No letter is due: each metropolis of the list has answered or had its letter today."
        )
        return
    letters = "1 letter" if len(written) == 1 else f"{len(written)} letters"
    click.echo(f"{letters} in {output}; they hold addresses of persons.")


@survey.command("invitations")
@WAVE
def invitations_(wave: str) -> None:
    """List who was invited to a wave by metropolis: invited, reminded, answered; without names."""
    from pipelines.commands.query import _show
    from warehouse.surveys.waves import invitations

    rows = invitations.status(Home.from_environment(), wave)
    if not rows:
        click.echo(
            f"Nobody was invited to wave {wave}: observatory survey invite FILE --wave {wave}"
        )
        return
    _show(list(rows[0]), [list(r.values()) for r in rows])


@survey.command()
@click.argument("metro")
@click.option("--lang", type=LANGUAGE, default="en", help="Language of the page.")
@click.option("--release", "name", default="current", show_default=True, help="Which release.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder.",
)
def preview(metro: str, lang: str, name: str, output: Path) -> None:
    """Write what is known of METRO, in its language, with a sheet for corrections.

    A reply is a correction with its source: take it in as a fact of the next wave of desk research, or
    as an answer (`survey import`).
    """
    from pipelines.commands.export import folder_of
    from warehouse.publications import preview as page
    from warehouse.publications.model import Release

    release = Release(folder_of(Home.from_environment(), name))
    for written in page.write(release, metro, lang, output):
        click.echo(str(written))


@survey.command()
@WAVE
@click.argument("responses", nargs=-1)
@YES
def accept(wave: str, responses: tuple[str, ...], yes: bool) -> None:
    """Accept responses that came through the inbox: they are published from the next build on.

    RESPONSES are identifiers from `survey responses`; without any, all that wait in the wave.
    """
    _decide("accepted", wave, responses, yes, "")


@survey.command()
@WAVE
@click.argument("responses", nargs=-1, required=True)
@click.option("--why", default="", help="Why they are withdrawn; kept with the decision.")
@YES
def withdraw(wave: str, responses: tuple[str, ...], why: str, yes: bool) -> None:
    """Withdraw responses, with all their versions: nothing they say is published any more.

    RESPONSES are identifiers from `survey responses` or from what an import says is missing.
    """
    _decide("withdrawn", wave, responses, yes, why)


@survey.command()
@WAVE
def responses(wave: str) -> None:
    """List the responses of a wave: metropolis, state, and whether they are published."""
    from pipelines.commands.query import _show

    rows = [
        [r["response_id"], r["metro_id"] or r["named"] or "", r["tool"], r["state"],
         (r["submitted"] or "")[:10], "yes" if r["standing"] and r["metro_id"] else "no"]
        for r in _responses(Home.from_environment(), wave)
    ]  # fmt: skip
    _show(["response", "metropolis", "tool", "state", "submitted", "published"], rows)


@survey.command()
def waves() -> None:
    """List the waves that came in, with their files and responses."""
    from pipelines.commands.query import _show
    from warehouse.surveys.intake import shelves

    home = Home.from_environment()
    rows = []
    for wave in shelves.waves(home):
        read = shelves.read_wave(home, wave, "responses").exists()
        states = [r["state"] for r in _responses(home, wave)] if read else []
        batches = shelves.batches(home, wave)
        waiting = str(states.count("waiting")) if read else "not read yet"
        rows.append([wave, str(len(batches)), str(len(states)), waiting])
    _show(["wave", "files", "responses", "waiting"], rows)


def _take(
    home: Home,
    file: Path,
    wave: str,
    choice: Choice,
    metro: str,
    tool: str | None,
    prove: Callable[[Export, Path, str], str] | None,
) -> None:
    """Take a file in and read its wave, in one hold of the lock: `forget` never runs in between."""
    from dataclasses import replace

    from catalog import survey_loader
    from warehouse.surveys.intake.identity import Undecided
    from warehouse.surveys.intake.intake import take_in

    advice: list[str] = []

    def judge(export: Export) -> None:
        advice[:] = [prove(export, file, metro)] if prove else []

    def once(said: Choice) -> Intake:
        return take_in(
            home, file, wave, survey_loader.survey(), metro_id=metro, tool=tool, choice=said,
            prove=judge,
        )  # fmt: skip

    with writing(home, f"observatory survey import, wave {wave}"):
        try:
            came = once(choice)
        except Undecided as error:
            if "--known" not in str(error) or not sys.stdin.isatty():
                raise
            click.echo(str(error), err=True)
            left_out = click.confirm("Leave them out of this wave?", default=True)
            came = once(replace(choice, known="skip" if left_out else "keep"))
        _read(home, came)
    for sentence in filter(None, advice):
        click.echo(sentence)


def _decide(decision: str, wave: str, responses: tuple[str, ...], yes: bool, why: str) -> None:
    """Note a person's decision on responses and read the wave again."""
    from datetime import UTC, datetime

    from pipelines import survey as running
    from warehouse.surveys.intake import shelves

    home = Home.from_environment()
    with writing(home, f"observatory survey, wave {wave}"):
        known = {r["response_id"]: r for r in _responses(home, wave)}
        chosen = [r for r in known.values() if r["state"] == "waiting"] if not responses else []
        for name in responses:
            if name not in known:
                raise click.ClickException(
                    f"Wave {wave} has no response '{name}': see `observatory survey responses --wave {wave}`."
                )
            chosen.append(known[name])
        if not chosen:
            click.echo(f"No response of wave {wave} waits for a person.")
            return
        for r in chosen:
            click.echo(
                f"{r['response_id']} · {r['metro_id'] or r['named'] or 'no metropolis'} · {r['state']}"
            )
        _sure(
            yes,
            "Accept these responses?" if decision == "accepted" else "Withdraw these responses?",
        )
        key = "response_id" if decision == "accepted" else "root_id"
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        shelves.decide(home, decision, {r[key] for r in chosen}, why, now)
        running.read_wave(home, wave)
    click.echo(
        f"{len(chosen)} responses {decision}; the next `observatory build` publishes what follows."
    )


def _responses(home: Home, wave: str) -> list[dict]:
    from warehouse.surveys.intake import shelves

    path = shelves.read_wave(home, wave, "responses")
    if not path.exists():
        raise click.ClickException(
            f"There is no wave '{wave}' that was read: see `observatory survey waves`."
        )
    return shelves.table(path).to_pylist()


def _sure(yes: bool, question: str) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.ClickException("Nothing was changed: nobody is here to be asked, say --yes.")
    if not click.confirm(question):
        raise click.exceptions.Exit(1)


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
    for sentence in came.told:
        click.echo(sentence)
    if came.secrecy_withheld:
        click.echo(
            f"{came.secrecy_withheld} answers contained an e-mail address or a telephone number and were "
            "kept apart; ask the city for them without it."
        )
    lost = said.get("without a known metropolis")
    if lost:
        click.echo(
            f"{lost} responses name no metropolis of the registry and enter no table; import again "
            "with --metro, or correct their metro_id."
        )
    click.echo("The next `observatory build` publishes what they say of institutions.")
