"""Kinds of options that several commands share."""

from __future__ import annotations

from typing import Any

import click


class Language(click.ParamType):
    """A language of the catalog; which there are is read when it is given, not at start-up."""

    name = "language"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The code as given; a usage error names the languages there are."""
        from catalog.languages import languages

        if value not in languages():
            self.fail(f"'{value}' is not one of {', '.join(languages())}", param, ctx)
        return value
