"""What every release promises of its tables, as questions to it; an answer without rows is a promise kept.

`ask` takes SQL and answers rows, such as `Observatory.sql` or a cursor of a file.
"""

from __future__ import annotations

from collections.abc import Callable

Ask = Callable[[str], list[tuple]]
# These speak of parts or of what was retired, on purpose: not_computable holds no figure, and says of a part too
# why nothing was computed.
_OF_PARTS = frozenset({"part", "not_computable"})
_OF_RETIRED = frozenset({"metro_redirect", "metro_change", "quarantine"})


def columns(ask: Ask) -> dict[str, set[str]]:
    """Table to the names of its columns."""
    found: dict[str, set[str]] = {}
    for table, column in ask(
        "select table_name, column_name from duckdb_columns() where not internal"
    ):
        found.setdefault(table, set()).add(column)
    return found


def of_units(ask: Ask) -> list[str]:
    """The tables whose rows are figures of a territorial unit of a metropolis."""
    return sorted(
        t for t, c in columns(ask).items() if {"metro_id", "unit_id"} <= c and t not in _OF_PARTS
    )


def figures_of_parts(ask: Ask) -> list[tuple[str, str, str]]:
    """(table, metropolis, unit) of figures whose unit is no whole territory of the metropolis.

    A unit counts as whole where the crosswalk links it by another relation than `part_of`, in the
    vintage of the row where the row says one.
    """
    found = []
    known = columns(ask)
    for table in of_units(ask):
        vintage = "and c.vintage::varchar = t.vintage::varchar" if "vintage" in known[table] else ""
        found += [
            (table, metro, unit)
            for metro, unit in ask(
                f"""
                select distinct t.metro_id::varchar, t.unit_id::varchar from {table} as t
                where t.unit_id is not null and not exists (
                    from crosswalk as c
                    where c.relation::varchar <> 'part_of' {vintage}
                        and c.metro_id::varchar = t.metro_id::varchar
                        and c.system::varchar || ':' || c.code::varchar = t.unit_id::varchar
                )
                order by all
                """
            )
        ]
    return found


def retired_metropolises(ask: Ask) -> list[tuple[str, str, str]]:
    """(table, column, identifier) where a table names a metropolis that was retired, or is none."""
    return [
        (table, column, metro)
        for table, names in sorted(columns(ask).items())
        if table not in _OF_RETIRED
        for column in sorted({"metro_id", "peer_id"} & names)
        for (metro,) in ask(
            f"""
            select distinct "{column}"::varchar from {table}
            where "{column}" is not null and (
                "{column}"::varchar in (select metro_id::varchar from metro_redirect)
                or "{column}"::varchar not in (select metro_id::varchar from metro)
            )
            order by all
            """
        )
    ]


def repeated(ask: Ask, keys: dict[str, tuple[str, ...]]) -> list[tuple[str, int]]:
    """(table, keys that stand more than once) for the stated key of each table."""
    found = []
    for table, key in keys.items():
        named = ", ".join(f'"{k}"' for k in key)
        [[n]] = ask(
            f"select count(*) from (select 1 from {table} group by {named} having count(*) > 1)"
        )
        found += [(table, n)] if n else []
    return found


def series_without_reason(ask: Ask) -> list[tuple[str, str, str, str]]:
    """(metropolis, indicator, scale, system) with figures, without a trend or change and without a
    row of `without_trend` that says why."""
    return [
        row
        for table in ("trend", "change")
        for row in ask(
            f"""
            select distinct metro_id::varchar, indicator_id::varchar, scale::varchar, system::varchar
            from observation where recorded_to is null and value is not null
                and scale::varchar not in ('country', 'region')
            except select metro_id, indicator_id, scale, system from {table}
            except select metro_id, indicator_id, scale, system from without_trend
            where no_{table} is not null
            order by all
            """
        )
    ]
