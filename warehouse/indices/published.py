"""A published index as the auditor sees it: what is missing or named otherwise is told, not refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from catalog.models.index_spec import IndexSpec, Place, Table
from warehouse.errors import WarehouseError
from warehouse.indices import tables_in as index_data
from warehouse.indices.report import put, save
from warehouse.indices.steps import weight as weighing
from warehouse.indices.steps.engine import Data, ids
from warehouse.indices.steps.explain import UNKNOWN
from warehouse.indices.steps.findings import Audit, Finding, Publication
from warehouse.indices.tables_in import Sheet, Sheets

_GROUPS = 12  # a column of labels with more different values is no grouping of units


def publication(spec: IndexSpec, sheets: Sheets) -> Publication:
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
    below = spec.denominators or Table(sheet=spec.data.sheet)
    wanted = sorted({i.denominator for i in spec.indicators if i.denominator})
    place = reading.rows("raw", below) if wanted else None
    denominators = {
        n: _put(reading.sheet(below).numbers(below.columns.get(n, n), spec), place) for n in wanted
    }
    by = {spec.impute.by, *(g.fill.by for g in spec.groups if g.fill)} - {""}
    stated = {name: first.texts(name) for name in sorted(by)}
    data = Data(units, names, stages["raw"], denominators, stated)
    return Publication(
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


class _Reading:
    def __init__(self, spec: IndexSpec, sheets: Sheets, units: list[str]) -> None:
        self.spec, self.sheets, self.units = spec, sheets, units
        self.absent: set[tuple[str, str]] = set()
        self.spare: dict[str, dict[str, np.ndarray]] = {}
        self.found: list[Finding] = []
        self._told: set[str] = set()

    def sheet(self, table: Table) -> Sheet:
        place = {f: getattr(table, f) for f in Place.model_fields}
        beside = place == Place(sheet=table.sheet).model_dump() and table.long is None
        if beside and table.sheet in ("", self.spec.data.sheet):  # with the raw values
            sheet = self.sheets.sheet(self.spec.data, self.spec)
        else:
            sheet = self.sheets.sheet(table, self.spec)
        for name in table.columns.values():  # what is named must be there
            sheet.texts(name)
        return sheet

    def rows(self, stage: str, table: Table) -> list[int | None]:
        """For each unit its row in the table; units that only one of the two has are told."""
        sheet = self.sheet(table)
        place = {u: n for n, u in enumerate(index_data.keys(self.spec, sheet))}
        known = set(self.units)
        missing = [u for u in self.units if u not in place]
        if sheet.name not in self._told:
            self._told.add(sheet.name)
            for unit in place:
                if unit not in known:
                    words = f"unit '{unit}' of {sheet.name} is not among the raw values"
                    self.found.append(Finding(UNKNOWN, stage, (unit,), words))
            for unit in missing:
                words = f"unit '{unit}' of the raw values is not in {sheet.name}"
                self.found.append(Finding(UNKNOWN, stage, (unit,), words))
        return [place.get(u) for u in self.units]

    def stage(self, stage: str, table: Table) -> np.ndarray:
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

    def nodes(self, stage: str, table: Table | None) -> dict[str, np.ndarray]:
        if table is None:
            return {}
        sheet, place = self.sheet(table), self.rows(stage, table)
        found = {}
        for node in weighing.tree(self.spec):
            column = index_data.column(table, node.id)
            if column in sheet.header:
                found[node.id] = _put(sheet.numbers(column, self.spec), place)
        if not found:
            wanted = index_data.column(table, self.spec.id)
            raise WarehouseError(
                f"{sheet.name}: the spec says that the {stage} stand there, but there is no column "
                f"'{wanted}' nor one of a group; correct 'published.{stage}' in the spec."
            )
        return found

    def _others(self, sheet: Sheet, place, used: set[str]) -> dict[str, np.ndarray]:
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


def _groupings(spec: IndexSpec, sheet: Sheet) -> dict[str, list[str]]:
    claimed = {index_data.column(spec.data, i) for i in spec.indicators}
    found = {}
    for column in dict.fromkeys(sheet.header):
        if column in claimed or sheet.header.count(column) > 1 or not column:
            continue
        labels = sheet.texts(column)
        if 1 < len(set(labels)) <= min(_GROUPS, len(labels) // 3):
            found[column] = labels
    return found


def write(spec: IndexSpec, public: Publication, audit: Audit, folder: Path) -> list[Path]:
    """Findings as CSV and Parquet, every stage made again, and README.md in words."""
    found = audit.findings
    table = pa.table(
        {
            "class": pa.array([f.kind for f in found], pa.string()),
            "stage": pa.array([f.stage for f in found], pa.string()),
            "about": pa.array([", ".join(f.about) for f in found], pa.string()),
            "detail": pa.array([f.detail for f in found], pa.string()),
            "units_whose_rank_moves": pa.array([f.moved for f in found], pa.int64()),
            "furthest_move": pa.array([f.furthest for f in found], pa.int64()),
        }
    )
    paths = save(table, folder, "findings")
    key = pa.array(public.data.units, pa.string())
    columns = {s: dict(zip(ids(spec), m.T, strict=True)) for s, m in audit.made.items()}
    columns["scores"] = audit.scores
    for stage, values in columns.items():
        arrays = [pa.array(v, mask=np.isnan(v)) for v in values.values()]
        paths += save(pa.table([key, *arrays], names=["unit", *values]), folder, f"made_{stage}")
    return [*paths, put(folder / "README.md", words(spec, public, audit))]


def words(spec: IndexSpec, public: Publication, audit: Audit) -> str:
    """The audit for a reader."""
    title = spec.title if isinstance(spec.title, str) else spec.title.en
    defects = [f for f in audit.findings if f.is_defect]
    notes = [f for f in audit.findings if not f.is_defect]
    checked = [*public.stages, *(["scores"] if public.scores else [])]
    checked += ["ranks"] if public.ranks else []
    lines = [
        f"# Audit of {title or spec.id}",
        "",
        f"{len(public.data.units)} units, {len(spec.indicators)} indicators; published: "
        f"{', '.join(checked)}. Every stage was made again from the one before.",
        "",
        "## Discrepancies",
        "",
        *(_sentence(f) for f in defects),
        *([] if defects else ["None: what was published follows from what was published."]),
    ]
    if notes:
        lines += ["", "## Notes", "", *(_sentence(f) for f in notes)]
    if audit.remarks:
        lines += ["", "## Worth a second look", "", *(f"- {r}" for r in audit.remarks)]
    lines += [
        "",
        "`findings.csv` has them as a table; `made_<stage>.csv` each stage as it should be. What "
        "the published data agree on cannot be told to be wrong: an error made before the raw "
        "values were published leaves no trace here.",
        "",
    ]
    return "\n".join(lines)


def _sentence(finding: Finding) -> str:
    effect = ""
    if finding.moved is not None:
        effect = (
            f" Mended, {finding.moved} units change rank, the furthest by {finding.furthest}."
            if finding.moved
            else " No rank of the index is affected."
        )
    about = ", ".join(finding.about)
    return f"- **{finding.kind}** ({finding.stage}: {about}): {finding.detail}.{effect}"
