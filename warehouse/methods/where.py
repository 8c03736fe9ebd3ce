"""Conditions of the catalog (`where`, territory rules, exclusions) as SQL over source records."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from warehouse.errors import WarehouseError


def literal(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def name(column: str) -> str:
    """A quoted SQL identifier."""
    return '"' + column.replace('"', '""') + '"'


def condition(
    where: Mapping[str, str | list[str]], columns: Collection[str], about: str = "a rule"
) -> str:
    """A SQL predicate that is true exactly for the records that `where` describes.

    Values are compared as text; one that begins with `~` is a regular expression for the whole
    value. Raises `WarehouseError` where a dimension does not exist.
    """
    parts = []
    for dimension, wanted in where.items():
        if dimension not in columns:
            raise WarehouseError(
                f"{about} asks for '{dimension}', which the dataset does not have "
                f"(it has {', '.join(sorted(columns))}); correct the name in the catalog."
            )
        values = [wanted] if isinstance(wanted, str) else wanted
        exact = [v for v in values if not v.startswith("~")]
        tests = [f"{name(dimension)} in ({', '.join(map(literal, exact))})"] if exact else []
        tests += [
            f"regexp_full_match({name(dimension)}, {literal(v[1:])})"
            for v in values
            if v.startswith("~")
        ]
        parts.append("(" + " or ".join(tests) + ")")
    return " and ".join(parts) or "true"


def code(template: str, columns: Collection[str], about: str = "a territory rule") -> str:
    """A SQL expression of a unit's code: a dimension's name, or a template `{a}|{b}`."""
    pieces = (
        re.split(r"\{([^}]+)\}", template) if "{" in template else ["", template]
    )  # literal, name, literal, name, ...
    sql = []
    for i, piece in enumerate(pieces):
        if i % 2 == 0:
            if piece:
                sql.append(literal(piece))
        elif piece in columns:
            sql.append(name(piece))
        else:
            raise WarehouseError(
                f"{about} takes the code from '{piece}', which the dataset does not have "
                f"(it has {', '.join(sorted(columns))}); correct the name in the catalog."
            )
    return " || ".join(sql)
