"""The observatory's own indices: what they take of table `latest`."""

import pytest
from rows import observations, rows

import catalog
from warehouse import tables
from warehouse.indices.steps.own import own
from warehouse.methods.comparability import GROUP


@pytest.fixture(scope="module")
def spec():
    stated = catalog.load().indices["land_use"]
    few = stated.robustness.model_copy(update={"draws": 20})
    return stated.model_copy(update={"robustness": few})


def test_figures_that_may_not_be_compared_stay_out_and_are_counted(spec):
    wanted = spec.latest
    shared = {k: getattr(wanted, k) for k in ("scale", "system", "vintage")}
    given = [
        {"indicator_id": i.id, "metro_id": f"es-{n}", "unit_id": f"u:{n}", "unit": "PC"}
        | {"value": 10.0 + (n * (7 + at)) % 23, "period": "2020", "series_key": f"{n}"}
        for at, i in enumerate(spec.indicators)
        for n in range(12)
    ]
    latest = observations(given, **shared).select(tables.of("latest").names)
    units = {i.id: "PC" for i in spec.indicators}
    keys = (*GROUP, "metro_id", "unit_id", "series_key", "value")
    copied = [{k: r[k] for k in keys} for r in latest.to_pylist() if r["metro_id"] == "es-3"]
    # Another year of the same series says nothing of this figure.
    old = [{**copied[0], "metro_id": "es-4", "unit_id": "u:4", "series_key": "4", "period": "1999"}]
    out = rows(tables.of("not_comparable"), [*copied, *old], reasons="national_copied")

    def made(*more):
        found = own({spec.id: spec}, latest, units, lambda *_: False, *more)
        (definition,) = found["index_definition"].to_pylist()
        ranked = found["index_rank_range"]["metro_id"].to_pylist()
        return ranked, definition["not_comparable"]

    everyone = {f"es-{n}" for n in range(12)}
    ranked, shunned = made()
    assert (set(ranked), shunned) == (everyone, 0)
    ranked, shunned = made(out)
    assert (set(ranked), shunned) == (everyone - {"es-3"}, len(spec.indicators))
