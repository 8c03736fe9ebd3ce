"""Bounds on work done, which say the same on any machine: no test asserts an elapsed time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any


def calls(function: Callable[..., Any], *args: Any) -> tuple[Any, int]:
    """(what a function answers, how many Python functions were called meanwhile in this thread)."""
    count = 0

    def counted(_frame: object, event: str, _arg: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(counted)
    try:
        answer = function(*args)
    finally:
        sys.setprofile(None)
    return answer, count


@contextmanager
def statements() -> Generator[list[str]]:
    """The SQL statements that SQLAlchemy sends to any database within the block."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    sent: list[str] = []

    def note(_con: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)
