"""`observatory mcp`: a release for assistants, on standard input and output."""

from __future__ import annotations

import click

from warehouse.home import Home


@click.command()
@click.option("--release", "name", default="current", show_default=True, help="Which release.")
def mcp(name: str) -> None:
    """Serve a release to an assistant by the Model Context Protocol (stdio), read-only.

    The assistant starts this command itself; write into its settings:
    {"command": "observatory", "args": ["mcp"]}.
    """
    from pipelines.commands.export import folder_of
    from warehouse.publications.assistants import server

    server.make(folder_of(Home.from_environment(), name)).run("stdio")
