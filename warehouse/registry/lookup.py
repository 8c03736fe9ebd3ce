"""Look-ups in the registry as the catalog states it."""

from __future__ import annotations


def known_metros() -> dict[str, str]:
    """Metropolises of the registry: identifier to name."""
    from pyarrow import csv

    import catalog

    rows = csv.read_csv(catalog.load().csv("metro"))
    return dict(zip(rows["metro_id"].to_pylist(), rows["name"].to_pylist(), strict=True))


def populations() -> dict[tuple[str, str], float]:
    """What the registry says of the population, by metropolis and scale, where one unit says it."""
    import catalog
    from warehouse import query

    known = catalog.load()
    con = query.memory(serial=True)
    rows = con.execute(
        """select c.metro_id, u.scale, any_value(u.population::double)
           from read_csv($units, all_varchar = true) u
           join read_csv($links, all_varchar = true) c using (system, code, vintage)
           where u.population <> '' and c.relation = 'exact'
           group by all having count(distinct u.population) = 1""",
        {"units": str(known.csv("spatial_unit")), "links": str(known.csv("crosswalk"))},
    ).fetchall()
    return {(metro, scale): value for metro, scale, value in rows}
