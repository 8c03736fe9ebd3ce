"""What every command that writes to the home does first."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator

import click

from warehouse.home import Home


def _say(sentence: str) -> None:
    click.echo(sentence, err=True)


@contextlib.contextmanager
def writing(home: Home, who: str, on_wait: Callable[[str], None] = _say) -> Generator[None]:
    """Hold the lease of the home; while another holds it, say who does, and wait."""
    from pipelines import lease

    with lease.hold(lease.of(home), who, on_wait):
        yield
