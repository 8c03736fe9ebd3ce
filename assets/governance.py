"""Survey waves and what they say of the governance of metropolises.

A wave is a partition of an asset of its own, which never runs with the unpartitioned rest; what
follows reads all waves that were read.
"""

import functools
import hashlib
from pathlib import Path

import dagster as dg
import pyarrow as pa

from assets import governance_desk
from assets.judged import check_specs, publish
from assets.versions import code_version
from assets.workspace import Workspace
from catalog import Catalog
from warehouse.home import Home
from warehouse.tables import Table, governance

WAVES = dg.DynamicPartitionsDefinition(name="survey_wave")
WAVE = dg.AssetKey(["wave", "governance"])
REGISTER = dg.AssetKey(["raw", "survey", "governance"])
CODE = (
    "assets/governance.py",
    "assets/governance_desk.py",
    "warehouse/methods/governance",
    "warehouse/survey/wave.py",
    "warehouse/tables/governance.py",
)


def assets(catalog: Catalog) -> list[dg.AssetsDefinition]:
    """The wave, the register of waves, and the tables of governance."""
    facts = repr([p.read_text(encoding="utf-8") for p in _files(catalog)])
    return [wave(), register(), *(_table(catalog, t, facts) for t in governance.GOVERNANCE)]


def wave() -> dg.AssetsDefinition:
    """One wave of the governance survey, a partition each: its files read into answers."""

    @dg.asset(
        key=WAVE,
        partitions_def=WAVES,
        group_name="survey",
        description="One wave of the governance survey: the files that came in, read into answers of "
        "institutions. What identifies a person stands apart, in the protected store.",
        kinds={"parquet"},
        owners=["team:observatory"],
        code_version=code_version(CODE),
    )
    def _wave(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult:
        from assets.survey_check import prove
        from catalog import survey_loader
        from warehouse.survey import inbox, shelves
        from warehouse.survey.wave import write_wave

        home, name = workspace.folder, context.partition_key
        taken, refused = inbox.empty(home, name, survey_loader.survey(), prove)
        for sentence in refused:
            context.log.warning(sentence)
        batches = shelves.batches(home, name)
        if not batches:
            why = " ".join(refused) or "none was imported (observatory survey import)."
            raise dg.Failure(f"Wave {name} has no file that can be read: {why}")
        rows, version = write_wave(home, name, survey_loader.survey(), known_metros())
        return dg.MaterializeResult(
            data_version=dg.DataVersion(version),
            metadata={
                "dagster/partition_row_count": rows,
                "files": len(batches),
                "from the inbox": len(taken),
                "refused": " ".join(refused) or "none",
                **_counts(shelves.table(shelves.read_wave(home, name, "responses"))),
            },
        )

    return _wave


def register() -> dg.AssetsDefinition:
    """The waves at hand; its data version changes when one of them does."""

    @dg.asset(
        key=REGISTER,
        deps=[WAVE],
        group_name="survey",
        description="The waves of the governance survey that were read. What follows reads them all.",
        kinds={"file"},
        owners=["team:observatory"],
        code_version="1",
    )
    def _register(workspace: Workspace) -> dg.MaterializeResult:
        from warehouse import store
        from warehouse.survey import shelves
        from warehouse.survey.wave import all_waves

        home = workspace.folder
        digest = hashlib.sha256()
        waves = all_waves(home)
        for name in waves:
            digest.update(
                name.encode() + store.digest(shelves.read_wave(home, name, "answers")).encode()
            )
        return dg.MaterializeResult(
            data_version=dg.DataVersion(digest.hexdigest() if waves else "none"),
            metadata={"waves": ", ".join(waves) or "none yet: observatory survey import FILE"},
        )

    return _register


def known_metros() -> dict[str, str]:
    """Metropolises of the registry: identifier to name."""
    from pyarrow import csv

    import catalog

    rows = csv.read_csv(catalog.load().csv("metro"))
    return dict(zip(rows["metro_id"].to_pylist(), rows["name"].to_pylist(), strict=True))


def _counts(responses: pa.Table) -> dict[str, int]:
    import pyarrow.compute as pc

    standing = responses.filter(responses["standing"])
    return {
        "responses": len(responses),
        "responses that stand": len(standing),
        "without a known metropolis": standing["metro_id"].null_count,
        "metropolises": len(pc.unique(standing["metro_id"].drop_null())),
    }


def _table(catalog: Catalog, statement: Table, facts: str) -> dg.AssetsDefinition:
    key = dg.AssetKey([statement.name])
    lists = sorted({c.among.split(".")[0] for c in statement.columns if c.among})
    made_from = {"gov_body": [t.name for t in governance.TYPED if t.name != "gov_body"]}
    beside = made_from.get(statement.name, [])

    @dg.asset(
        key=key,
        deps=[REGISTER, *(dg.AssetKey([n]) for n in (*lists, *beside))],
        group_name="governance",
        description=statement.meaning,
        kinds={"parquet"},
        owners=["team:observatory"],
        check_specs=check_specs(key),
        code_version=code_version(CODE, repr(statement), facts),
    )
    def _made(workspace: Workspace) -> dg.MaterializeResult:
        from expectations import rules
        from warehouse import store

        home = workspace.folder
        read = {n: store.read(home.table(n)) for n in (*lists, *beside)}
        return publish(
            key,
            statement,
            make(home, statement),
            home.table(statement.name),
            rules.for_table(statement, workspace.catalog),
            dictionaries=read,
        )

    return _made


def make(home: Home, statement: Table) -> pa.Table:
    """One table of governance from all waves that were read, and from desk research."""
    from warehouse import store
    from warehouse.survey import shelves
    from warehouse.survey.wave import all_waves

    if statement is governance.GOV_SOURCE:
        return governance_desk.sources()
    if statement is governance.GOV_FACT:
        return governance_desk.beside()["gov_fact"]
    waves = all_waves(home)
    files = [str(shelves.read_wave(home, w, "answers")) for w in waves]
    if statement is governance.GOV_ANSWER:
        return published(files) if files else store.empty(statement)
    said = [str(shelves.read_wave(home, w, "responses")) for w in waves]
    state = tuple((p, Path(p).stat().st_mtime_ns) for p in (*files, *said, *_stated()))
    made = _typed(home, tuple(waves), state)[statement.name]
    if statement is governance.GOV_WAVE:
        desk = governance_desk.wave(governance_desk.beside()["gov_fact"])
        return pa.concat_tables([made, desk.cast(made.schema)])
    return made


@functools.lru_cache(maxsize=1)
def _typed(home: Home, waves: tuple[str, ...], _state: object) -> dict[str, pa.Table]:
    """All typed tables at once; made anew when a file that they rest on changes."""
    from catalog import survey_loader
    from warehouse import store
    from warehouse.methods.governance.facts import facts
    from warehouse.survey import shelves

    survey = survey_loader.survey()
    files = [str(shelves.read_wave(home, w, "answers")) for w in waves]
    responses = [shelves.table(shelves.read_wave(home, w, "responses")) for w in waves]
    asked = [q.name for q in survey.questions]
    return facts(
        published(files, asked) if files else store.empty(governance.GOV_ANSWER),
        pa.concat_tables(responses) if responses else governance_desk.RESPONSES.empty_table(),
        survey,
        survey_loader.corrections(),
        governance_desk.beside(),
    )


def _stated() -> list[str]:
    import catalog

    return [str(p) for p in _files(catalog.load())]


def published(files: list[str], questions: list[str] | None = None) -> pa.Table:
    """Answers of class F (what is public of an institution) in the files of waves."""
    from warehouse import query

    con = query.memory(serial=True)
    con.execute("set variable files = $files", {"files": files})
    con.execute("set variable asked = $asked", {"asked": questions or []})
    some = "" if questions is None else "and question in (select unnest(getvariable('asked')))"
    return con.sql(
        f"select * from read_parquet(getvariable('files')) where secrecy = 'F' {some}"
    ).to_arrow_table()


def _files(catalog: Catalog) -> list:
    named = [
        catalog.folder / "surveys" / "governance.yaml",
        catalog.folder / "surveys" / "desk_research.yaml",
        catalog.folder / "corrections" / "surveys" / "governance.yaml",
    ]
    return [p for p in named if p.exists()]


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
