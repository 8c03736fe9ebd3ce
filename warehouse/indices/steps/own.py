"""The observatory's own indices from table `latest`: one scale, system, delineation and period."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pyarrow as pa

from catalog.languages import languages
from catalog.models.index_spec import IndexSpec, Latest
from catalog.models.model import Texts
from warehouse import query, store, tables
from warehouse.errors import WarehouseError
from warehouse.indices.steps import correlation, engine, robustness
from warehouse.indices.steps.words import method, tried

SQL = """
select l.indicator_id, unit_id, metro_id, period, l.value, unit, source_id, dataset, reasons
from latest as l
left join not_comparable as n using (
    metro_id, indicator_id, scale, system, vintage, sex, age, unit, period, source_id, dataset,
    unit_id, series_key)
where scale = {scale} and system = {system} and vintage = {vintage}
    and year(period_start) between {first} and {last} and l.value is not null
order by all
"""


def own(
    specs: Mapping[str, IndexSpec],
    latest: pa.Table,
    units: Mapping[str, str],
    closed: Callable[[str, str], bool],
    not_comparable: pa.Table | None = None,
) -> dict[str, pa.Table]:
    """Tables `index_*` by name, all indices together.

    `units` is the unit of each indicator: figures in another are not comparable and stay out.
    So do those in `not_comparable` (table `not_comparable`), which gives the reasons; the
    definition counts them. `closed(source_id, dataset)` says which may not be redistributed. An index that has too few
    figures is in `index_definition` without units, with the reason. Raises `WarehouseError`
    where an index rests on closed figures.
    """
    given = {
        "latest": latest,
        "not_comparable": not_comparable
        if not_comparable is not None
        else store.empty(tables.of("not_comparable")),
    }
    made: dict[str, list[pa.Table]] = {t.name: [] for t in tables.of_group("indices")}
    for spec in specs.values():
        for name, rows in _index(spec, given, units, closed).items():
            made[name].append(rows)
    return {
        t.name: store.conform(
            pa.concat_tables([store.empty(t), *made[t.name]], promote_options="permissive"), t
        )
        for t in tables.of_group("indices")
    }


def _index(spec: IndexSpec, given: Mapping[str, pa.Table], units, closed) -> dict[str, pa.Table]:
    wanted = spec.latest
    if wanted is None or not isinstance(spec.title, Texts):
        raise WarehouseError(
            f"catalog/indices/{spec.id}.yaml: an index of the observatory needs 'latest' and a "
            "title in four languages; add them."
        )
    found = _figures(spec, wanted, given, units)
    figures = found.filter(found["reasons"].is_null()).drop_columns(["reasons"])
    shunned = len(found) - len(figures)
    sources = set(
        zip(*(figures.column(c).to_pylist() for c in ("source_id", "dataset")), strict=True)
    )
    if shut := sorted(f"{s}/{d}" for s, d in sources if closed(s, d)):
        raise WarehouseError(
            f"catalog/indices/{spec.id}.yaml: figures of {', '.join(shut)} may not be "
            "redistributed, and scores would show them; leave their indicators out."
        )
    data, column = _data(spec, figures)
    try:
        result = engine.run(spec, data)
    except WarehouseError as error:  # too few figures today is no reason to publish nothing
        return {"index_definition": _definition(spec, wanted, None, shunned, str(error))}
    ranges = robustness.rank_range(spec, result)
    sobol = robustness.sensitivity(spec, result)
    found = correlation.coherence(spec, result)
    stay = {u: n for n, u in enumerate(result.data.units)}
    scored = [spec.id, *(n.id for n in result.nodes if n.id != spec.id)]
    many = len(stay)
    place = {
        "index_id": [spec.id] * many,
        "metro_id": result.data.names,
        "unit_id": result.data.units,
        "scale": [wanted.scale] * many,
        "system": [wanted.system] * many,
        "vintage": [wanted.vintage] * many,
    }
    there = (~np.isnan(result.data.raw)).sum(axis=1)
    drop = np.abs(robustness.leave_one_out(spec, result) - result.ranks[spec.id][:, None])
    scores = [
        pa.table(
            place
            | {
                "part": [part] * many,
                "score": pa.array(result.scores[part], from_pandas=True),
                "indicators": there,
                "imputed": result.filled.sum(axis=1),
            }
        )
        for part in scored
    ]
    scores = [s.filter(s.column("score").is_valid()) for s in scores]
    kept = np.array([stay.get(u, -1) for u in figures.column("unit_id").to_pylist()])
    inside = kept >= 0
    cells = figures.filter(pa.array(inside)).append_column(
        "index_id", pa.array([spec.id] * int(inside.sum()), pa.string())
    )
    for stage in ("treated", "normalised"):
        values = result.stages[stage][kept[inside], column[inside]]
        cells = cells.append_column(stage, pa.array(values))
    return {
        "index_score": pa.concat_tables(scores),
        "index_rank_range": pa.table(
            place
            | {
                "rank_low": ranges.low.astype(np.int64),
                "rank_median": ranges.median.astype(np.int64),
                "rank_high": ranges.high.astype(np.int64),
                "of": [many] * many,
                "third": robustness.thirds(ranges),
                "leave_one_out": np.nan_to_num(drop).max(axis=1).astype(np.int64),
                "level": [spec.robustness.level] * many,
                "draws": [spec.robustness.draws] * many,
            }
        ),
        "index_cell": cells,
        "index_definition": _definition(spec, wanted, result, shunned),
        "index_part": _parts(spec, result, found),
        "index_sensitivity": pa.table(
            {
                "index_id": pa.array([spec.id] * len(sobol.factors), pa.string()),
                "choice": pa.array(sobol.factors, pa.string()),
                "first_order": sobol.first,
                "total": sobol.total,
            }
        ),
    }


def _figures(
    spec: IndexSpec, wanted: Latest, given: Mapping[str, pa.Table], units: Mapping[str, str]
) -> pa.Table:
    """The figures an index asks for; `reasons` is null unless they may not be compared."""
    import pyarrow.compute as pc

    asked = {k: f"'{v}'" if isinstance(v, str) else v for k, v in wanted.model_dump().items()}
    found = query.run(SQL.format(**asked), given)
    same = [f"{i.id} {units.get(i.id, '')}" for i in spec.indicators]
    pair = pc.binary_join_element_wise(
        found["indicator_id"].cast(pa.string()), found["unit"].cast(pa.string()), " "
    )
    return found.filter(pc.is_in(pair, pa.array(same)))


def _data(spec: IndexSpec, figures: pa.Table) -> tuple[engine.Data, np.ndarray]:
    listed = figures.column("unit_id").to_pylist()
    metro = dict(zip(listed, figures.column("metro_id").to_pylist(), strict=True))
    units = sorted(metro)
    at = {u: n for n, u in enumerate(units)}
    of = {name: n for n, name in enumerate(engine.ids(spec))}
    row = np.array([at[u] for u in listed], dtype=int)
    column = np.array([of[i] for i in figures.column("indicator_id").to_pylist()], dtype=int)
    raw = np.full((len(units), len(of)), np.nan)
    raw[row, column] = figures.column("value").to_numpy()
    return engine.Data(units, [metro[u] for u in units], raw), column


def _definition(
    spec: IndexSpec,
    wanted: Latest,
    result: engine.IndexResult | None,
    shunned: int,
    reason: str = "",
) -> pa.Table:
    title = spec.title if isinstance(spec.title, Texts) else None
    row = {
        "index_id": spec.id,
        "theme": wanted.theme,
        **{f"title_{lang}": getattr(title, lang) for lang in languages()},
        "note": f"{spec.note.strip()} Not made: {reason}" if reason else spec.note.strip(),
        "scale": wanted.scale,
        "system": wanted.system,
        "vintage": wanted.vintage,
        "first_year": wanted.first,
        "last_year": wanted.last,
        "indicators": len(spec.indicators),
        "units": len(result.data.units) if result else 0,
        "left_out": len(result.left_out) if result else 0,
        "not_comparable": shunned,
        "method": method(spec),
        "choices": tried(spec),
    }
    return pa.Table.from_pylist([row])


def _parts(spec: IndexSpec, result: engine.IndexResult, found: correlation.Coherence) -> pa.Table:
    uses = {i.id: (n, i) for n, i in enumerate(spec.indicators)}
    rows = []
    for node in result.nodes:
        for part, weight in zip(node.parts, result.weights[node.id], strict=True):
            row: dict[str, object] = {
                "index_id": spec.id,
                "part": part,
                "parent": node.id,
                "weight": float(weight),
            }
            if part in uses:
                n, use = uses[part]
                row |= {
                    "kind": "indicator",
                    "direction": use.direction,
                    "treatment": result.treatments[n] or None,
                    "units": int((~np.isnan(result.data.raw[:, n])).sum()),
                    "r_with_index": _number(found.with_index[n]),
                    "redundant_with": _twins(spec, found.pairs[n], n) or None,
                }
            else:
                r = correlation.correlate(result.scores[part], result.scores[spec.id])
                row |= {
                    "kind": "group",
                    "r_with_index": _number(r),
                    "cronbach_alpha": _number(found.alpha.get(part, float("nan"))),
                }
            rows.append(row)
    empty = store.schema(tables.of("index_part"))
    return pa.Table.from_pylist(rows, schema=empty)


def _twins(spec: IndexSpec, pairs: np.ndarray, n: int) -> str:
    listed: Sequence[str] = [
        i.id
        for m, i in enumerate(spec.indicators)
        if m != n and i.parent == spec.indicators[n].parent and pairs[m] > correlation.REDUNDANT
    ]
    return ", ".join(listed)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
