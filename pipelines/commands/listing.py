"""How a group of commands lists them."""

from __future__ import annotations

import click


class Whole(click.Group):
    """A group whose list of commands says what each does without cutting the sentence short."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list, in the order of a first day's work; called by click."""
        rows = [(n, c.get_short_help_str(1000)) for n, c in self.commands.items() if not c.hidden]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order in which they were added."""
        return list(self.commands)
