"""`observatory status` and `observatory version`."""

from __future__ import annotations

import click

from warehouse.home import Home


@click.command()
@click.option("--json", "as_json", is_flag=True, help="The same for scripts.")
@click.option("--prometheus", is_flag=True, help="Metrics in the text format of Prometheus.")
def status(as_json: bool, prometheus: bool) -> None:
    """Say how the observatory is; the exit code is 0 healthy, 1 stale, 2 failed."""
    from pipelines import status as state

    home = Home.from_environment()
    found = state.health(home)
    if prometheus:
        from pipelines import metrics

        click.echo(metrics.text(home, found), nl=False)
        raise click.exceptions.Exit(0)
    if as_json:
        from pipelines.commands.files import print_json

        print_json(state.as_data(home, found))
        raise click.exceptions.Exit(found.code)
    for sentence in found.sentences:
        click.echo(sentence)
    raise click.exceptions.Exit(found.code)


@click.command()
def version() -> None:
    """Say which software and which release of the data this is."""
    click.echo(_version())


def show_version(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    """Called by click for `--version`."""
    if wanted and not context.resilient_parsing:
        click.echo(_version())
        context.exit()


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what makes SHELL complete commands and options: eval "$(observatory completion bash)"."""
    from click.shell_completion import get_completion_class

    group = click.get_current_context().find_root().command
    made = get_completion_class(shell)
    assert made is not None
    click.echo(made(group, {}, "observatory", "_OBSERVATORY_COMPLETE").source())


def _version() -> str:
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        software = installed("world-observatory")
    except PackageNotFoundError:
        software = "(not installed)"
    current = Home.from_environment().releases / "current"
    data = current.resolve().name if current.exists() else "none yet"
    return f"observatory {software}, release {data}"
