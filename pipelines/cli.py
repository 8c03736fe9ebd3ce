"""The `observatory` command. Start-up is light: each command imports what it needs when it runs."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from datetime import UTC, datetime
from typing import NoReturn

import click

from pipelines.commands import (
    atlas,
    backup,
    briefs,
    build,
    diff,
    doctor,
    export,
    feeds,
    index,
    library,
    match,
    mcp,
    metros,
    query,
    read,
    registry,
    release,
    serve,
    snapshots,
    state,
    survey,
    ui,
)
from pipelines.commands.listing import Whole
from warehouse.home import Home

# Errors whose text is a whole sentence, by module and name, so that none has to be imported here.
OURS = {
    ("sources.errors", "SourceError"),
    ("catalog.yaml_files", "CatalogError"),
    ("warehouse.errors", "WarehouseError"),
    ("warehouse.registry.unit", "RegistryError"),
}


@click.group(cls=Whole, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=state.show_version,
    help="Say which software and which release of the data this is.",
)
def observatory() -> None:
    """The World Observatory of Metropolitan Areas.

    Generated data lives in $OBSERVATORY_HOME (the folder `data` where it is not set). First steps:
    `build`, then `query` or `ui`; `COMMAND --help` says more of each.
    """


for command in (
    build.build,
    build.refresh,
    build.publish,
    ui.ui,
    serve.serve,
    read.read,
    query.query,
    state.status,
    snapshots.snapshots,
    registry.registry,
    metros.metros,
    match.match,
    survey.survey,
    index.index,
    library.library,
    release.rollback,
    diff.diff,
    atlas.atlas,
    export.export,
    briefs.briefs,
    feeds.feeds,
    mcp.mcp,
    state.version,
    state.completion,
    backup.backup,
    backup.restore,
    doctor.doctor,
):
    observatory.add_command(command)


def main() -> None:
    """Run the command; every error is a sentence on stderr, never a traceback."""
    try:
        code = observatory.main(prog_name="observatory", standalone_mode=False)
    except click.ClickException as error:
        if isinstance(error, click.UsageError):
            error.show()
        else:
            click.echo(error.format_message(), err=True)
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo(
            "Stopped; what was not finished is built by the next `observatory build`.", err=True
        )
        code = 130
    except BrokenPipeError:  # the reader of our output, such as `head`, has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:
        click.echo(sentence(error), err=True)
        code = 1
    sys.exit(code if isinstance(code, int) else 0)


def command() -> NoReturn:
    """`main` as a process of its own, which after a night with nothing new ends as it is: to take
    apart all that was loaded is a sixth of such a night."""
    try:
        main()
    except SystemExit as left:
        if isinstance(left.code, build.AtOnce):
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(left.code)
        raise
    raise SystemExit(0)


def sentence(error: Exception) -> str:
    """An error for a person; the whole of an unexpected one goes to a log file."""
    if any((c.__module__, c.__name__) in OURS for c in type(error).__mro__):
        return str(error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}the disk is full; free some space and run the same again. Nothing was lost."
    if "disk is full" in str(error) or "No space left" in str(error):  # of a database
        return "The disk is full; free some space and run the same again. Nothing was lost."
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror}; check the path, its permissions and the free space."
    text = f"This should not have happened ({type(error).__name__}: {_first_line(error)})"
    try:
        folder = Home.from_environment().logs
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"error-{datetime.now(UTC):%Y%m%dT%H%M%S}.log"
        file.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    except OSError:
        return f"{text}; its log could not be written either."
    return f"{text}; the full log is {file}."


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["no message"])[0]


if __name__ == "__main__":
    command()
