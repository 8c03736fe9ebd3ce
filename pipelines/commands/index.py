"""`observatory index`: make a composite index from anyone's table, or check a published one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from pipelines.commands.listing import Whole
from pipelines.commands.options import Language

OUT = click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to write.",
)

LANGUAGE = click.option(
    "--language",
    default="en",
    show_default=True,
    type=Language(),
    help="Language of index.html.",
)


@click.group(cls=Whole)
def index() -> None:
    """Make a composite index, with how sure its ranks are; check a published one; compare editions."""


@index.command("run")
@click.argument("spec", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("data", type=click.Path(path_type=Path))
@OUT
@LANGUAGE
def run(spec: Path, data: Path, output: Path, language: str) -> None:
    """Make the index that SPEC (YAML) states from DATA into the folder OUTPUT.

    DATA is a CSV file, a workbook, or a folder of CSV files; SPEC says where the units, the years
    and the indicators are in it. Every stage is written as CSV and Parquet, with a report to read
    (index.html), a README in words and a picture of the ranks with their ranges. Begin with
    docs/examples/indices/first.yaml, which names every choice; catalog/schemas/index.json is the
    schema.
    """
    from catalog.models.index_spec import read
    from warehouse.indices import report
    from warehouse.indices.panel import runs
    from warehouse.indices.tables_in import Sheets

    stated = read(spec)
    sheets = Sheets(data, stated.encoding)
    done, told = runs(stated, sheets)
    report.write(done, output, [*sheets.told, *told], language)
    for line in [*sheets.told, *told]:
        click.echo(line, err=True)
    result = done[-1].result
    left = sum(len(r.result.left_out) for r in done)
    years = "" if done[-1].year is None else f"{len(done)} years to {done[-1].year}, "
    click.echo(
        f"{years}{len(result.data.units)} units" + (f", {left} left out" if left else "") + ", "
        f"{len(stated.indicators)} indicators, "
        f"{sum(int(r.result.filled.sum()) for r in done)} cells imputed -> {output}/index.html, "
        "README.md, ranks.svg",
        err=True,
    )


@index.command("audit")
@click.argument("spec", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("file", type=click.Path(path_type=Path))
@OUT
@LANGUAGE
def audit(spec: Path, file: Path, output: Path, language: str) -> None:
    """Check a published index: make every stage of FILE again as SPEC states it.

    FILE is the published workbook, CSV file or folder of CSV files; the field `published` of SPEC
    says which sheets and columns hold which stage. Each discrepancy is named by its class, with
    its effect on the ranks; index.html is the report to read.
    """
    from catalog.models.index_spec import read
    from warehouse.indices import published
    from warehouse.indices.report import title_of
    from warehouse.indices.tables_in import Sheets

    stated = read(spec)
    sheets = Sheets(file, stated.encoding)
    audits = published.audits(stated, sheets)
    titles = {x.id: x.title for x in [*stated.indicators, *stated.groups] if x.title}
    titles[stated.id] = title_of(stated, language)
    published.write(titles[stated.id], audits, output, sheets.told, language, titles)
    defects = notes = 0
    for year, _, found in audits:
        when = "" if year is None else f"{year}, "
        for finding in found.findings:
            defects, notes = defects + finding.is_defect, notes + (not finding.is_defect)
            about = ", ".join(finding.about)
            click.echo(f"{finding.kind}: {when}{finding.stage}, {about}: {finding.detail}")
    click.echo(f"Discrepancies: {defects}; notes: {notes} -> {output}/index.html", err=True)


@index.command("definitions")
@click.argument("spec", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("codebook", type=click.Path(path_type=Path))
@click.argument("earlier", required=False, type=click.Path(path_type=Path))
@OUT
def definitions(spec: Path, codebook: Path, earlier: Path | None, output: Path) -> None:
    """Say of each indicator whether its values in two editions may be compared, and why not.

    CODEBOOK describes the indicators of an edition and EARLIER those of the one before; the field
    `codebook` of SPEC names their columns. Without EARLIER, CODEBOOK's own column of changes tells.
    What words alone do not tell is asked of a person, whose decision is stated in SPEC.
    """
    from catalog.models.index_spec import read
    from warehouse.indices.editions import compared
    from warehouse.indices.report import save
    from warehouse.indices.tables_in import Sheets

    stated = read(spec)
    before = None if earlier is None else Sheets(earlier, stated.encoding)
    found = compared(stated, Sheets(codebook, stated.encoding), before)
    save(found, output, "definitions")
    counts = Counter(found.column("verdict").to_pylist())
    said = ", ".join(f"{n} {verdict}" for verdict, n in counts.most_common())
    click.echo(f"{len(found)} indicators: {said} -> {output}/definitions.csv", err=True)
    if open_ := sum(bool(q) for q in found.column("to_decide").to_pylist()):
        click.echo(
            f"{open_} ask for a person's decision (column to_decide): write it under "
            "codebook.decisions in the spec, with the reason.",
            err=True,
        )
