"""What `observatory index run` leaves: every stage as CSV and Parquet, words, and a picture."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from catalog.models.index_spec import IndexSpec, Ranking
from warehouse import store
from warehouse.indices.panel import Run
from warehouse.indices.steps import correlation, outranking, robustness
from warehouse.indices.steps import weight as weighing
from warehouse.indices.steps.confidence import RankSets, rank_ci
from warehouse.indices.steps.correlation import Coherence
from warehouse.indices.steps.engine import STAGES, IndexResult, ids
from warehouse.indices.steps.rank import ranked
from warehouse.indices.steps.words import CHOICE, method, tried
from warehouse.indices.told import YearResults, ranks_picture, share_of_choices, title_of

# A cell that a spreadsheet would run as a formula gets an apostrophe (OWASP, "CSV injection").
_FEWER = 256  # points for the sensitivity of the years before the last
_FORMULA = r"^\s*[=+\-@\t\r]"


def worked_out(run: Run, base: int = 1024) -> YearResults:
    """Ranges, confidence, sensitivity (from `base` points) and coherence of one year."""
    return YearResults(
        run,
        robustness.rank_range(run.spec, run.result),
        rank_ci(run.spec, run.result),
        robustness.sensitivity(run.spec, run.result, base),
        correlation.coherence(run.spec, run.result),
    )


def write(
    runs: Sequence[Run], folder: Path, remarks: Sequence[str] = (), language: str = "en"
) -> list[Path]:
    """All stages, ranks, ranges and reports as `<name>.csv` and `.parquet`, words and pictures.

    `README.md` and `ranks.svg` are of the last year, `index.html` is the report in `language` (ca,
    es, fr or en); tables have all years, with a column `year`. `remarks` are sentences on how the
    tables were read. Raises `WarehouseError` where the folder cannot be written.
    """
    from warehouse.indices import page

    listed: dict[str, list[pa.Table]] = {}
    all_told = [worked_out(run, 1024 if run is runs[-1] else _FEWER) for run in runs]
    told = all_told[-1]
    for told_of, run in zip(all_told, runs, strict=True):
        for name, table in _tables(told_of).items():
            listed.setdefault(name, []).append(_of_year(table, run.year))
    made = {n: pa.concat_tables(t, promote_options="permissive") for n, t in listed.items()}
    if len(runs) > 1:
        made["rank_changes"] = _changes(all_told)
    drawn = ranks_picture(told)
    years = [r.year for r in runs if r.year is not None]
    words = _words(told, remarks, years)
    html = page.of_index(told, remarks, made.get("rank_changes"), years, language)
    return [
        *(p for name, t in made.items() for p in save(t, folder, name)),
        put(folder / "ranks.svg", drawn),
        put(folder / "README.md", words),
        put(folder / "index.html", html),
    ]


def _of_year(table: pa.Table, year: int | None) -> pa.Table:
    if year is None:
        return table
    return table.add_column(0, "year", pa.array([year] * len(table), pa.int64()))


def _tables(told: YearResults) -> dict[str, pa.Table]:
    spec, result, sets, sobol = told.spec, told.result, told.sets, told.sobol
    tables = stages(spec, result)
    tables |= {
        "index": _index(spec, result),
        "ranks": _units(result, result.ranks),
        "rank_range": _ranges(spec, result, told.ranges),
        "leave_one_out": _units(
            result, dict(zip(ids(spec), robustness.leave_one_out(spec, result).T, strict=True))
        ),
        "sensitivity": pa.table(
            {
                "choice": pa.array(sobol.factors, pa.string()),
                "first_order": sobol.first,
                "first_order_half_width_90": sobol.first_error,
                "total": sobol.total,
                "total_half_width_90": sobol.total_error,
            }
        ),
        "correlation": _pairs(spec, told.coherence),
        "indicators": _indicators(spec, result, told.coherence),
        "weights": _weights(spec, result),
        "left_out": pa.table(
            {
                "unit": pa.array([u for u, _ in result.left_out], pa.string()),
                "reason": pa.array([w for _, w in result.left_out], pa.string()),
            }
        ),
    }
    if sets is not None:
        tables["rank_ci"] = _sets(result, sets)
        tables["rank_shares"] = _shares(result, told.ranges, sets)
    if spec.weight == "pca":
        tables["loadings"] = _loadings(spec, result)
    if spec.aggregate.outranking:
        tables["outranking"] = _outranking(spec, result)
    if result.filled_groups:
        tables["filled_groups"] = pa.table(
            {
                "unit": pa.array(
                    [
                        result.data.units[i]
                        for rows in result.filled_groups.values()
                        for i in np.flatnonzero(rows)
                    ],
                    pa.string(),
                ),
                "group": pa.array(
                    [g for g, rows in result.filled_groups.items() for _ in range(rows.sum())],
                    pa.string(),
                ),
            }
        )
    return tables


def _changes(years: Sequence[YearResults]) -> pa.Table:
    """Changes of rank from each year to the next, and from the first to the last."""
    pairs = list(pairwise(years))
    if len(years) > 2:
        pairs.append((years[0], years[-1]))
    tables = []
    for before, after in pairs:
        ends = ((t.spec, t.result, t.ranges) for t in (before, after))
        found = robustness.changes(*ends)
        many = len(found.units)
        tables.append(
            pa.table(
                {
                    "from_year": pa.array([before.run.year] * many, pa.int64()),
                    "to_year": pa.array([after.run.year] * many, pa.int64()),
                    "unit": pa.array(found.units, pa.string()),
                    "rank_before": _numbers(found.before),
                    "rank_after": _numbers(found.after),
                    "change_low": pa.array(found.low, pa.int64()),
                    "change_high": pa.array(found.high, pa.int64()),
                    "says": pa.array(found.says, pa.string()),
                }
            )
        )
    return pa.concat_tables(tables)


def _shares(result: IndexResult, ranges: robustness.Ranges, sets: RankSets) -> pa.Table:
    share = share_of_choices(ranges, sets)
    return _units(
        result,
        {
            "rank_variance_choices": ranges.variance,
            "rank_variance_errors": sets.variance,
            "share_choices": share,
            "share_errors": 1 - share,
        },
    )


def _loadings(spec: IndexSpec, result: IndexResult) -> pa.Table:
    place = {name: n for n, name in enumerate(ids(spec))}
    rows = []
    for node in result.nodes:
        found = weighing.loadings(node, result.stages["normalised"], place)
        if found is None:
            continue
        vectors, share = found
        rows += [
            {
                "group": node.id,
                "component": c + 1,
                "share_of_variance": float(share[c]),
                "part": part,
                "loading": float(vectors[r, c]),
            }
            for c in range(len(share))
            for r, part in enumerate(node.parts)
        ]
    kinds = [
        *(("group", pa.string()), ("component", pa.int64()), ("share_of_variance", pa.float64())),
        *(("part", pa.string()), ("loading", pa.float64())),
    ]
    return pa.Table.from_pylist(rows, schema=pa.schema(kinds))


def _outranking(spec: IndexSpec, result: IndexResult) -> pa.Table:
    weight = weighing.in_index(result.nodes, result.weights, ids(spec))
    columns = {"rank": result.ranks[spec.id]}
    for name in spec.aggregate.outranking:
        score = getattr(outranking, name)(result.stages["normalised"], weight)
        score = np.where(np.isnan(result.scores[spec.id]), np.nan, score)
        columns |= {f"{name}_score": score, f"rank_{name}": ranked(score, Ranking())}
    return _units(result, columns)


def stages(spec: IndexSpec, result: IndexResult) -> dict[str, pa.Table]:
    """Each stage as a table: unit, name, one column an indicator."""
    made = {
        s: _units(result, dict(zip(ids(spec), result.stages[s].T, strict=True))) for s in STAGES
    }
    cells = np.argwhere(result.filled)
    made["imputed_cells"] = pa.table(
        {
            "unit": pa.array([result.data.units[r] for r, _ in cells], pa.string()),
            "indicator": pa.array([ids(spec)[c] for _, c in cells], pa.string()),
            "method": pa.array([spec.impute.method] * len(cells), pa.string()),
            "value": pa.array([result.stages["imputed"][r, c] for r, c in cells], pa.float64()),
        }
    )
    made["scores"] = _units(result, result.scores)
    return made


def save(table: pa.Table, folder: Path, name: str) -> list[Path]:
    """One table as CSV (formulas made harmless) and Parquet."""
    sink = pa.BufferOutputStream()
    pcsv.write_csv(harmless(table), sink, pcsv.WriteOptions(quoting_style="needed"))
    plain = pa.BufferOutputStream()
    pq.write_table(table, plain, compression="zstd")
    paths = [folder / f"{name}.csv", folder / f"{name}.parquet"]
    for path, made in zip(paths, (sink, plain), strict=True):
        store.write_atomic(path, made.getvalue())
    return paths


def harmless(table: pa.Table) -> pa.Table:
    """The table with texts, and names of columns, that a spreadsheet would run made plain text."""
    columns = [_plain(c) if pa.types.is_string(c.type) else c for c in table.columns]
    names = [f"'{n}" if re.match(_FORMULA, n) else n for n in table.column_names]
    return pa.table(columns, names=names)


def _plain(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    risky = pc.match_substring_regex(texts, _FORMULA)
    return pc.if_else(risky, pc.binary_join_element_wise("'", texts, ""), texts)


def put(path: Path, text: str) -> Path:
    """Write a text file whole."""
    store.write_atomic(path, text.encode())
    return path


def _units(result: IndexResult, columns: Mapping[str, np.ndarray]) -> pa.Table:
    return pa.table(
        [
            pa.array(result.data.units, pa.string()),
            pa.array(result.data.names, pa.string()),
            *(_numbers(v) for v in columns.values()),
        ],
        names=["unit", "name", *columns],
    )


def _numbers(values: np.ndarray) -> pa.Array:
    values = np.asarray(values, dtype=np.float64)
    return pa.array(values, mask=np.isnan(values))


def _index(spec: IndexSpec, result: IndexResult) -> pa.Table:
    there = ~np.isnan(result.stages["denominated"])  # without its denominator a value is none
    return _units(
        result,
        {
            "score": result.scores[spec.id],
            "rank": result.ranks[spec.id],
            "indicators_with_a_value": there.sum(axis=1),
            "indicators_imputed": result.filled.sum(axis=1),
        },
    )


def _ranges(spec: IndexSpec, result: IndexResult, found: robustness.Ranges) -> pa.Table:
    table = _units(
        result,
        {
            "rank_as_stated": result.ranks[spec.id],
            "rank_low": found.low,
            "rank_median": found.median,
            "rank_high": found.high,
        },
    )
    return table.append_column("third", pa.array(robustness.thirds(found), pa.string()))


def _sets(result: IndexResult, sets: RankSets) -> pa.Table:
    return _units(
        result,
        {
            "standard_error_of_score": sets.error,
            "rank_low": sets.low,
            "rank_high": sets.high,
            "rank_low_all_together": sets.low_together,
            "rank_high_all_together": sets.high_together,
        },
    )


def _pairs(spec: IndexSpec, found: Coherence) -> pa.Table:
    names = ids(spec)
    parent = [i.parent for i in spec.indicators]
    a, b = np.triu_indices(len(names), 1)
    return pa.table(
        {
            "indicator": [names[i] for i in a],
            "other": [names[j] for j in b],
            "same_group": [parent[i] == parent[j] for i, j in zip(a, b, strict=True)],
            "r": _numbers(found.pairs[a, b]),
            "verdict": [
                correlation.verdict(found.pairs[i, j], parent[i] == parent[j])
                for i, j in zip(a, b, strict=True)
            ],
        }
    )


def _indicators(spec: IndexSpec, result: IndexResult, found: Coherence) -> pa.Table:
    raw = result.data.raw
    return pa.table(
        {
            "indicator": ids(spec),
            "title": pa.array([i.title for i in spec.indicators], pa.string()),
            "group": pa.array([i.parent or spec.id for i in spec.indicators], pa.string()),
            "direction": [i.direction for i in spec.indicators],
            "units_with_a_value": (~np.isnan(raw)).sum(axis=0),
            "cells_imputed": result.filled.sum(axis=0),
            "treatment": result.treatments,
            "r_with_group": _numbers(found.with_group),
            "r_with_index": _numbers(found.with_index),
            "share_of_index_variance": _numbers(found.with_index**2),
        }
    )


def _weights(spec: IndexSpec, result: IndexResult) -> pa.Table:
    """Weights within each group and in the index, and the importance that they give each part."""
    names = ids(spec)
    whole = dict(
        zip(names, weighing.in_index(result.nodes, result.weights, names).tolist(), strict=True)
    )
    rows = []
    for node in result.nodes:
        parts = np.column_stack(
            [
                result.stages["normalised"][:, names.index(p)] if p in names else result.scores[p]
                for p in node.parts
            ]
        )
        matters = weighing.importance(parts, result.weights[node.id])
        for p, w, m in zip(node.parts, result.weights[node.id], matters, strict=True):
            rows.append((node.id, node.level, p, float(w), whole.get(p), float(m)))
    group, level, part, weight, in_index, matters = zip(*rows, strict=True)
    return pa.table(
        {
            "group": group,
            "level": level,
            "part": part,
            "weight": weight,
            "weight_in_index": pa.array(in_index, pa.float64()),
            "importance": matters,
        }
    )


def _words(told: YearResults, remarks: Sequence[str], years: Sequence[int]) -> str:
    spec, result, ranges = told.spec, told.result, told.ranges
    sets, sobol, found = told.sets, told.sobol, told.coherence
    of = len(result.data.units)
    width = ranges.high - ranges.low
    certain = _upper(result, ranges)
    treated = [
        f"{i.id} ({n})" for i, n in zip(spec.indicators, result.treatments, strict=True) if n
    ]
    names = ids(spec)
    twins = [
        f"{names[a]} and {names[b]} (r = {found.pairs[a, b]:.2f})"
        for a, b in zip(*np.triu_indices(len(names), 1), strict=True)
        if spec.indicators[a].parent == spec.indicators[b].parent
        and found.pairs[a, b] > correlation.REDUNDANT
    ]
    against = [n for n, r in zip(names, found.with_index, strict=True) if r < 0]
    lines = [f"# {title_of(spec)}", ""]
    if spec.note:
        lines += [spec.note.strip(), ""]
    lines += [
        *(
            [f"Years {years[0]} to {years[-1]}; what follows is of {told.run.year}.", ""]
            if len(years) > 1
            else []
        ),
        f"{of} units, {len(names)} indicators in {len(result.nodes) - 1 or 'no'} groups. "
        f"{method(spec)}",
        "",
        "## What can be said",
        "",
        f"- Half of the units move over {int(np.median(width))} ranks or more of {of} when the "
        f"choices below change; the widest range is {int(width.max())}. A rank alone says less "
        "than its range: see `rank_range.csv` and `ranks.svg`.",
        f"- With their whole range in the upper third: {_listed(certain) if certain else 'no unit'}.",
    ]
    if sobol.factors and sobol.total.max() > 0:
        top = int(np.argmax(sobol.total))
        lines.append(
            f"- What moves ranks most is the choice of {CHOICE[sobol.factors[top]]} "
            f"({_share(sobol.first[top])} of the variance alone, {_share(sobol.total[top])} with the "
            "others)."
        )
    lines.append(
        f"- Ranks with {spec.robustness.level:.0%} confidence, from error of measurement alone, are "
        "in `rank_ci.csv`."
        if sets is not None
        else "- No standard errors were given, so nothing is said about error of measurement "
        "(`rank_ci`)."
    )
    lines += ["", "## What was done", ""]
    lines += [
        f"- {int(result.filled.sum())} missing cells were filled by {spec.impute.method}"
        + (f" ({spec.impute.by})" if spec.impute.by else "")
        + "; each is in `imputed_cells.csv`."
        if result.filled.any()
        else f"- No cell was imputed. {_missing(spec, result)}",
        f"- Outliers: {_listed(treated) if treated else 'no indicator was treated'}.",
    ]
    lines += [f"- Left out: {unit} {why}." for unit, why in result.left_out[:20]]
    if len(result.left_out) > 20:
        lines.append(f"- {len(result.left_out) - 20} more units: see `left_out.csv`.")
    if twins:
        lines.append(f"- Nearly the same, so that they count twice: {_listed(twins)}.")
    if against:
        lines.append(f"- Against the index (correlated below 0 with it): {_listed(against)}.")
    for group, rows in result.filled_groups.items():
        if rows.any():
            lines.append(
                f"- {group}: {rows.sum()} units have the stated filling, not a score of it."
            )
    lines += [f"- {r}" for r in remarks]
    lines += ["", "## Choices tried", "", tried(spec), "", "## Files", "", _FILES, ""]
    return "\n".join(lines)


def _share(estimate: float) -> str:
    """A Sobol index is a share; its estimate may lie a little outside 0 to 1."""
    return f"{min(max(estimate, 0), 1):.0%}"


def _missing(spec: IndexSpec, result: IndexResult) -> str:
    """Whose score is on fewer indicators, and whether the ranges say what that may do."""
    there = ~np.isnan(result.stages["imputed"])
    counts = there.sum(axis=1)
    fewest = [i for i in np.argsort(counts, kind="stable") if counts[i] < there.shape[1]]
    if not fewest:
        return "Every unit has every indicator."
    short = [f"{result.data.names[i]} ({counts[i]} of {there.shape[1]})" for i in fewest]
    said = (
        f"What is missing is left out and the rest reweighted, for {len(short)} of {len(there)} "
        f"units: {_listed(short, 10)}; `index.csv` counts the indicators of each."
    )
    if any(i.method != "none" for i in spec.robustness.impute):
        return said
    return (
        said + " Ranges do not say what that may do: name ways to fill under `robustness.impute`."
    )


def _upper(result: IndexResult, ranges: robustness.Ranges) -> list[str]:
    third = robustness.thirds(ranges)
    order = np.argsort(ranges.median, kind="stable")
    return [result.data.names[i] for i in order if third[i] == "upper"]


def _listed(items: Sequence[str], most: int = 25) -> str:
    apart = "; " if any("," in x for x in items) else ", "  # "Madison, WI; Boston, MA"
    shown = apart.join(items[:most])
    return shown + (f" and {len(items) - most} more" if len(items) > most else "")


_FILES = """\
Each as CSV and Parquet: `raw`, `denominated`, `imputed` (with `imputed_cells`), `treated`,
`normalised`, `scores` of groups and index, `index`, `ranks`, `rank_range`, `rank_ci` where errors
were given, with `rank_shares` (how much of the two variances is due to choices and how much to errors),
`leave_one_out` (ranks without each indicator), `sensitivity` (Sobol indices), `correlation`,
`indicators`, `weights`, `left_out`; where they apply, `rank_changes` between years, `loadings` of
principal components, `outranking`, `filled_groups`. `index.html` is the report to read. In CSV, a text that a spreadsheet would run as
a formula begins with an apostrophe."""
