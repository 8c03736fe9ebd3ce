"""A progress bar over the planned tables, on a terminal; silence elsewhere."""

from __future__ import annotations

import sys
from typing import Any

import click


class Progress:
    """Called with what happens (`plan`, `start`, `done`, `failed`, `skipped`) and to what."""

    def __init__(self) -> None:
        """Nothing is shown before the first call; off a terminal nothing at all."""
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Progress:
        """Start the bar where there is a terminal to show it."""
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import (
                BarColumn,
                MofNCompleteColumn,
                TextColumn,
                TimeElapsedColumn,
            )
            from rich.progress import (
                Progress as Bar,
            )

            self._bar = Bar(
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("{task.description}"),
                console=Console(stderr=True),
                transient=True,
            )
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, what: str, name: str) -> None:
        """Show what happens."""
        if self._bar is None:
            return
        if what in ("prepare", "plan"):
            if self._task is not None:
                self._bar.remove_task(self._task)
            total = int(name) if what == "plan" else None
            self._task = self._bar.add_task("" if total else f"preparing {name}", total=total)
        elif what == "start":
            self._bar.update(self._task, description=name)
        else:
            self._bar.advance(self._task)

    def say(self, sentence: str) -> None:
        """Say a sentence now, bar or not."""
        if self._bar is not None:
            self._bar.console.print(sentence)
        else:
            click.echo(sentence, err=True)
