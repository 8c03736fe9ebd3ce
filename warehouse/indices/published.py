"""A published index as the auditor sees it: what is missing or named otherwise is told, not refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from catalog.models.index_spec import IndexSpec, PublishedTable, TablePlace, Ties, of_year
from warehouse.errors import WarehouseError
from warehouse.indices import tables_in as index_data
from warehouse.indices.auditor.findings import UNKNOWN, YEAR, Audit, Finding, PublishedIndex, Why
from warehouse.indices.auditor.intervals import half_width, misfit
from warehouse.indices.report import put, save
from warehouse.indices.steps import weight as weighing
from warehouse.indices.steps.engine import Data
from warehouse.indices.tables_in import SheetRead, Sheets

_GROUPS = 12  # a column of labels with more different values is no grouping of units


def publication(spec: IndexSpec, sheets: Sheets) -> PublishedIndex:
    """What was published, as the spec maps it.

    Raises `WarehouseError` where the spec has no `published`, or a sheet cannot be read at all.
    """
    if spec.published is None:
        raise WarehouseError(
            "The spec does not say what was published: add 'published' with the stages' sheets."
        )
    first = sheets.sheet(spec.data, spec)
    units = index_data.keys(spec, first)
    names = first.texts(spec.units.name) if spec.units.name else units
    reading = _Reading(spec, sheets, units)
    stages = {"raw": reading.stage("raw", spec.data)}
    for stage in ("denominated", "imputed", "treated", "normalised"):
        if (table := getattr(spec.published, stage)) is not None:
            stages[stage] = reading.stage(stage, table)
    scores = reading.nodes("scores", spec.published.scores)
    ranks = reading.nodes("ranks", spec.published.ranks)
    below = spec.denominators or PublishedTable(sheet=spec.data.sheet)
    wanted = sorted({i.denominator for i in spec.indicators if i.denominator})
    place = reading.rows("raw", below) if wanted else None
    denominators = {
        n: _put(reading.sheet(below).numbers(below.columns.get(n, n), spec), place) for n in wanted
    }
    by = {spec.impute.by, *(g.fill.by for g in spec.groups if g.fill)} - {""}
    stated = {name: first.texts(name) for name in sorted(by)}
    data = Data(units, names, stages["raw"], denominators, stated)
    return PublishedIndex(
        data,
        stages,
        scores,
        ranks,
        frozenset(reading.absent),
        reading.spare,
        _groupings(spec, first),
        index_data.goalposts(spec, sheets),
        tuple(reading.found),
    )


def audits(spec: IndexSpec, sheets: Sheets) -> list[tuple[int | None, PublishedIndex, Audit]]:
    """(year, what was published, its audit) of each year; one with year None where there are none.

    A year whose scores are those of another is told as such.
    """
    from warehouse.indices.auditor.audit import audit

    years = index_data.years(spec, sheets)
    specs = {y: of_year(spec, y) for y in years} if years else {None: spec}
    found = []
    for year, stated in specs.items():
        public = publication(stated, sheets)
        if not public.scores and not public.ranks and set(public.stages) == {"raw"}:
            continue  # nothing was published of this year
        found.append((year, public, audit(stated, public)))
    if not found:
        raise WarehouseError("Nothing was published of any year of the spec; correct 'published'.")
    return [(y, p, _of_another_year(spec, y, p, a, found)) for y, p, a in found]


def _of_another_year(spec: IndexSpec, year, public: PublishedIndex, audit: Audit, found) -> Audit:
    """The audit, with the findings on scores replaced by one where they are another year's."""
    said = public.scores.get(spec.id)
    if said is None or not any(f.stage == "scores" and f.is_defect for f in audit.findings):
        return audit
    for other, them, again in found:
        if other == year or spec.id not in again.scores:
            continue
        place = {u: n for n, u in enumerate(them.data.units)}
        rows = [(n, place[u]) for n, u in enumerate(public.data.units) if u in place]
        if len(rows) < 3:
            continue
        mine, theirs = (np.array(x) for x in zip(*rows, strict=True))
        made = again.scores[spec.id][theirs]
        room = half_width(said) + 1e-6 * float(np.nanmax(np.abs(said), initial=0))
        if misfit(made, made, said[mine], room).mean() > 0.05:
            continue
        why = Why(YEAR, "year", {"other": other})
        kept = [f for f in audit.findings if f.stage not in ("scores", "ranks")]
        effect = next(f.effect for f in audit.findings if f.stage == "scores" and f.is_defect)
        return replace(audit, findings=[Finding(why, "scores", (spec.id,), effect), *kept])
    return audit


class _Reading:
    def __init__(self, spec: IndexSpec, sheets: Sheets, units: list[str]) -> None:
        self.spec, self.sheets, self.units = spec, sheets, units
        self.absent: set[tuple[str, str]] = set()
        self.spare: dict[str, dict[str, np.ndarray]] = {}
        self.found: list[Finding] = []
        self._told: set[str] = set()

    def sheet(self, table: PublishedTable) -> SheetRead:
        place = {f: getattr(table, f) for f in TablePlace.model_fields}
        beside = place == TablePlace(sheet=table.sheet).model_dump() and table.long is None
        if beside and table.sheet in ("", self.spec.data.sheet):  # with the raw values
            sheet = self.sheets.sheet(self.spec.data, self.spec)
        else:
            sheet = self.sheets.sheet(table, self.spec)
        for name in table.columns.values():  # what is named must be there
            sheet.texts(name)
        return sheet

    def rows(self, stage: str, table: PublishedTable) -> list[int | None]:
        """For each unit its row in the table; units that only one of the two has are told."""
        sheet = self.sheet(table)
        place = {u: n for n, u in enumerate(index_data.keys(self.spec, sheet))}
        known = set(self.units)
        missing = [u for u in self.units if u not in place]
        if len(missing) == len(self.units):
            raise WarehouseError(
                f"{sheet.name}: none of its units is among the raw values: '{next(iter(place))}' is "
                f"there, and '{self.units[0]}' here; are they written in another way? Name the column "
                "that has the same codes as 'key' of this table in the spec."
            )
        if sheet.name not in self._told:
            self._told.add(sheet.name)
            for unit in place:
                if unit not in known:
                    why = Why(UNKNOWN, "unit_extra", {"unit": unit, "sheet": sheet.name})
                    self.found.append(Finding(why, stage, (unit,)))
            for unit in missing:
                why = Why(UNKNOWN, "unit_missing", {"unit": unit, "sheet": sheet.name})
                self.found.append(Finding(why, stage, (unit,)))
        return [place.get(u) for u in self.units]

    def stage(self, stage: str, table: PublishedTable) -> np.ndarray:
        sheet, place = self.sheet(table), self.rows(stage, table)
        matrix = np.full((len(self.units), len(self.spec.indicators)), np.nan)
        used = set()
        for j, use in enumerate(self.spec.indicators):
            column = index_data.column(table, use)
            used.add(column)
            if column in sheet.header:
                matrix[:, j] = _put(sheet.numbers(column, self.spec, use), place)
            else:
                self.absent.add((stage, use.id))
        if any(s == stage for s, _ in self.absent):
            self.spare[stage] = self._others(sheet, place, used)
        return matrix

    def nodes(self, stage: str, table: PublishedTable | None) -> dict[str, np.ndarray]:
        if table is None:
            return {}
        sheet, place = self.sheet(table), self.rows(stage, table)
        found = {}
        for node in weighing.tree(self.spec):
            column = index_data.column(table, node.id)
            if column not in sheet.header:
                continue
            if stage == "ranks":
                ranks = sheet.ranks(column, self.spec)
                found[node.id] = _among(ranks, place, self.spec.ranking.ties)
            else:
                found[node.id] = _put(sheet.numbers(column, self.spec), place)
        if not found:
            wanted = index_data.column(table, self.spec.id)
            raise WarehouseError(
                f"{sheet.name}: the spec says that the {stage} are there, but there is no column "
                f"'{wanted}' nor one of a group; correct 'published.{stage}' in the spec."
            )
        return found

    def _others(self, sheet: SheetRead, place, used: set[str]) -> dict[str, np.ndarray]:
        """The columns of numbers that no indicator of this stage claims."""
        others = {}
        for column in dict.fromkeys(sheet.header):
            if column in used or sheet.header.count(column) > 1:
                continue
            try:
                others[column] = _put(sheet.numbers(column, self.spec), place)
            except WarehouseError:
                continue
        return others


def _put(values: np.ndarray, place: list[int | None] | None) -> np.ndarray:
    return np.array([np.nan if at is None else values[at] for at in place or []])


def _among(ranks: np.ndarray, place: list[int | None], ties: Ties) -> np.ndarray:
    """The published ranks of units, as they are without those of the table that are none of them."""
    known = np.zeros(len(ranks), dtype=bool)
    known[[at for at in place if at is not None]] = True
    others = ranks[~known & ~np.isnan(ranks)]
    if not len(others):
        return _put(ranks, place)
    before = (others[None, :] < ranks[:, None]).sum(axis=1)
    same = (others[None, :] == ranks[:, None]).sum(axis=1)
    if ties == "dense":
        alone = np.setdiff1d(others, ranks[known])
        return _put(ranks - (alone[None, :] < ranks[:, None]).sum(axis=1), place)
    return _put(ranks - before - same * {"min": 0, "mean": 0.5, "max": 1}[ties], place)


def _groupings(spec: IndexSpec, sheet: SheetRead) -> dict[str, list[str]]:
    claimed = {index_data.column(spec.data, i) for i in spec.indicators}
    found = {}
    for column in dict.fromkeys(sheet.header):
        if column in claimed or sheet.header.count(column) > 1 or not column:
            continue
        labels = sheet.texts(column)
        if 1 < len(set(labels)) <= min(_GROUPS, len(labels) // 3):
            found[column] = labels
    return found


def write(
    title: str,
    audits: Sequence[tuple[int | None, PublishedIndex, Audit]],
    folder: Path,
    told: Sequence[str] = (),
    language: str = "en",
    titles: Mapping[str, str] | None = None,
) -> list[Path]:
    """Findings as CSV and Parquet, every stage made again, README.md in words, index.html to read.

    `audits` are one or several years (None for an index without years); `told` are sentences on how
    the tables were read; `titles` those of indicators and groups, by id.
    """
    from warehouse.indices import page

    tables: dict[str, list[pa.Table]] = {}
    for year, public, audit in audits:
        for name, table in _tables(public, audit).items():
            if year is not None:
                years = pa.array([year] * len(table), pa.int64())
                table = table.add_column(0, "year", years)  # noqa: PLW2901
            tables.setdefault(name, []).append(table)
    paths = [
        path
        for name, some in tables.items()
        for path in save(pa.concat_tables(some, promote_options="permissive"), folder, name)
    ]
    html = page.of_audit(title, audits, told, language, titles)
    return [
        *paths,
        put(folder / "README.md", words(title, audits, told)),
        put(folder / "index.html", html),
    ]


def _tables(public: PublishedIndex, audit: Audit) -> dict[str, pa.Table]:
    found = audit.findings
    made = {
        "findings": pa.table(
            {
                "class": pa.array([f.kind for f in found], pa.string()),
                "stage": pa.array([f.stage for f in found], pa.string()),
                "about": pa.array([", ".join(f.about) for f in found], pa.string()),
                "detail": pa.array([f.detail for f in found], pa.string()),
                "units_whose_rank_moves": pa.array([f.moved for f in found], pa.int64()),
                "furthest_move": pa.array([f.furthest for f in found], pa.int64()),
                "effect_is_sure": pa.array([f.effect.sure for f in found], pa.bool_()),
                "fewest_units_whose_rank_moves": pa.array([_end(f, 0) for f in found], pa.int64()),
                "most_units_whose_rank_moves": pa.array([_end(f, 1) for f in found], pa.int64()),
            }
        )
    }
    key = pa.array(public.data.units, pa.string())
    columns = {s: dict(zip(audit.names, m.T, strict=True)) for s, m in audit.made.items()}
    columns["scores"] = audit.scores
    for stage, values in columns.items():
        arrays = [pa.array(v, mask=np.isnan(v)) for v in values.values()]
        made[f"made_{stage}"] = pa.table([key, *arrays], names=["unit", *values])
    return made


def _end(finding: Finding, which: int) -> int | None:
    """The fewest (0) or most (1) units whose rank the slip may have moved."""
    ends = finding.effect.ends
    if ends is None:
        return None
    return 0 if not which and not finding.effect.sure else ends[which][0]


def words(
    title: str, audits: Sequence[tuple[int | None, PublishedIndex, Audit]], told: Sequence[str] = ()
) -> str:
    """The audit for a reader."""
    _, public, last = audits[-1]
    found = [(year, f) for year, _, audit in audits for f in audit.findings]
    defects = [_sentence(y, f) for y, f in found if f.is_defect]
    notes = [_sentence(y, f) for y, f in found if not f.is_defect]
    checked = [*public.stages, *(["scores"] if public.scores else [])]
    checked += ["ranks"] if public.ranks else []
    lines = [
        f"# Audit of {title}",
        "",
        f"{len(public.data.units)} units, {len(last.names)} indicators; published: "
        f"{', '.join(checked)}. Every stage was made again from the one before, rounding allowed for.",
        "",
        "## Discrepancies",
        "",
        *defects,
        *([] if defects else ["None: what was published follows from what was published."]),
    ]
    if notes:
        lines += ["", "## Notes", "", *notes]
    remarks = dict.fromkeys(r for _, _, audit in audits for r in audit.remarks)
    if remarks:
        lines += ["", "## Worth a second look", "", *(f"- {r}" for r in remarks)]
    if told:
        lines += ["", "## How the file was read", "", *(f"- {r}" for r in told)]
    lines += [
        "",
        "`findings.csv` has them as a table; `made_<stage>.csv` each stage as it should be. What "
        "the published data agree on cannot be told to be wrong: an error made before the raw "
        "values were published leaves no trace here.",
        "",
    ]
    return "\n".join(lines)


def _sentence(year: int | None, finding: Finding) -> str:
    from warehouse.indices.wording import effect

    when = "" if year is None else f"{year}, "
    about = ", ".join(finding.about)
    said = effect(finding.effect, "en")
    return (
        f"- **{finding.kind}** ({when}{finding.stage}: {about}): {finding.detail}. "
        f"{said[:1].upper()}{said[1:]}."
    )
