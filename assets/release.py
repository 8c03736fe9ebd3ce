"""The release: every input judged once more, then written aside and swapped in whole."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import dagster as dg
from pydantic import Field

from assets.judged import evidence, why
from assets.versions import code_version
from assets.workspace import Workspace
from catalog import Catalog
from warehouse import tables, waiting
from warehouse.home import Home

KEY = dg.AssetKey(["release"])
GATE = "gate"
WAITS = "waits"  # mark of a failure that is a release that waits for a person
# Rules of the gate that no limit loosens, as the UI lists them.
ALWAYS = [
    ("Every table passes its own rules", "all"),
    ("Keys are unique; records read = observations + quarantined + excluded", "all"),
    ("Figures that may not be redistributed, and personal data", "none"),
]


class Acceptance(dg.Config):
    """What a person says of a release that waits."""

    reason: str = Field(
        description="Why a release that differs much from the current one is meant. It is "
        "published although it passes the limits of catalog/release.yaml, and the reason stands "
        "in its CHANGES.md."
    )


class ReleaseConfig(dg.Config):
    """How the release is made."""

    accept: str | None = Field(
        default=None,
        description="Leave it empty; to publish a release that waits, run job publish_accepted.",
    )


def statements(catalog: Catalog) -> dict[str, tables.Table]:
    """Every published table by name, in the order of the dictionary page."""
    return tables.published(catalog)


def release(catalog: Catalog) -> dg.AssetsDefinition:
    """The asset that publishes: it trusts no earlier verdict."""
    names = list(statements(catalog))
    version = code_version(["assets.release"])

    @dg.asset(
        key=KEY,
        deps=names,
        group_name="release",
        description="One documented DuckDB file and the same tables as Parquet, with checksums, a "
        "data dictionary and Data Docs. All inputs are judged again here; nothing is published "
        "unless every one passes.",
        kinds={"duckdb", "parquet"},
        owners=["team:observatory"],
        check_specs=[
            dg.AssetCheckSpec(
                GATE, asset=KEY, description="Keys, accounting, licence, privacy, no large loss."
            )
        ],
        code_version=version,
    )
    def _release(
        context: dg.AssetExecutionContext, config: ReleaseConfig, workspace: Workspace
    ) -> Iterator:
        from warehouse import release as releasing

        home = workspace.folder
        accepted = (config.accept or "").strip()
        if config.accept is not None and not accepted:
            raise dg.Failure("Give a reason: it is in the release's CHANGES.md.")
        rows, verdicts = judge_all(workspace, meant=bool(accepted))
        if refused := _refused(home, rows, verdicts):
            gate, sentence = refused
            yield gate
            raise dg.Failure(f"Nothing was published. {sentence}")
        before = releasing.current(home)
        try:
            folder = _publish(workspace, verdicts, accepted, version)
        except releasing.Waits as error:
            page = dg.MetadataValue.path(str(home.candidate / waiting.PAGE))
            yield _gate(False, waits=str(error), page=page)
            shown = {WAITS: " ".join(error.reasons), "page": page, **links(home.candidate)}
            raise dg.Failure(str(error), metadata=shown) from None
        new = folder != before
        context.log.info(f"published {folder}" if new else f"nothing new: {folder} stays current")
        yield _result(folder, new, rows, statements(workspace.catalog))

    return _release


def _refused(home: Home, rows, verdicts) -> tuple[dg.AssetCheckResult, str] | None:
    """The result of the gate and the reason where nothing may be published; else None."""
    from warehouse.surveys.secrecy import privacy

    red = [v for v in verdicts if not v.passed]
    if red:
        broken = [r for v in red for r in v.failed if r.severity == "critical"]
        return _gate(False, **evidence(broken)), " ".join(why(v) for v in red)
    told = " ".join(privacy.leaks(home, {n: home.table(n) for n in rows}))
    return (_gate(False, privacy=told), told) if told else None


def _result(folder: Path, new: bool, rows: Mapping[str, int], stated) -> dg.MaterializeResult:
    """What the UI shows of the current release."""
    from warehouse import release as releasing

    return dg.MaterializeResult(
        data_version=dg.DataVersion(releasing.fingerprint(folder)),
        metadata={
            "release": folder.name,
            "published": "yes" if new else f"Nothing new: {folder.name} says the same already.",
            **links(folder),
            "tables": dg.MetadataValue.json(dict(rows)),
            "verdict": "green",
            **what_changed(folder),
            "dagster/row_count": rows["observation"],
            "sample": dg.MetadataValue.table(
                [dg.TableRecord({"table": n, "rows": r}) for n, r in rows.items()]
            ),
            "dagster/column_schema": dg.TableSchema(
                [dg.TableColumn(n, "table", description=t.meaning) for n, t in stated.items()]
            ),
        },
        check_results=[_gate(True)],
    )


def _gate(passed: bool, **said) -> dg.AssetCheckResult:
    """The result of the gate, with its rules and what it found."""
    from catalog.models import release_limits

    rules = [
        dg.TableRecord({"rule": what, "limit": limit})
        for what, limit in [*ALWAYS, *waiting.rules(release_limits.load())]
    ]
    shown = {"rules": dg.MetadataValue.table(rules), **said}
    return dg.AssetCheckResult(passed=passed, asset_key=KEY, check_name=GATE, metadata=shown)


def links(folder: Path) -> dict[str, dg.MetadataValue]:
    """For the UI: where the parts of a release are that a person looks at."""
    parts = {
        "folder": folder,
        "file": folder / "observatory.duckdb",
        "changes": folder / "CHANGES.md",
        "dictionary": folder / "dictionary.html",
        "data docs": folder / "data_docs" / "index.html",
    }
    return {name: dg.MetadataValue.path(str(path)) for name, path in parts.items()}


def _publish(workspace: Workspace, verdicts, accepted: str, version: str) -> Path:
    from datetime import UTC, datetime

    from catalog.models import release_limits as gate
    from expectations import gx
    from warehouse import release as releasing

    stated, home = statements(workspace.catalog), workspace.folder
    return releasing.build(
        home,
        date=datetime.now(UTC).strftime("%Y.%m.%d"),
        tables={name: home.table(name) for name in stated},
        statements=stated,
        data_docs=lambda target: gx.data_docs(verdicts, target),
        again=False,
        limits=gate.load(),
        accepted=accepted,
        made_by=version,
    )


def what_changed(folder: Path) -> dict[str, dg.MetadataValue]:
    """For the UI: what the release says of the one before it, in words and numbers."""
    import json

    from warehouse import changes

    said = json.loads((folder / changes.DIFF).read_text(encoding="utf-8"))
    words = (folder / changes.WORDS).read_text(encoding="utf-8")
    shown: dict[str, dg.MetadataValue] = {"what changed": dg.MetadataValue.md(words)}
    if said.get("kinds"):
        shown["differences"] = dg.MetadataValue.json(said["kinds"])
    if said.get("largest"):
        rows = [{k: _plain(v) for k, v in row.items()} for row in said["largest"]]
        shown["largest moves"] = dg.MetadataValue.table([dg.TableRecord(r) for r in rows])
    return shown


def _plain(value):
    return "" if value is None else value


def judge_all(workspace: Workspace, *, meant: bool = False):
    """(name to number of rows, verdicts) over every table of the release.

    What this process counted when it made a table holds for the same bytes, proved by their hash;
    everything else is counted here. meant: a person accepted what is lost, so nothing is compared
    with the release before.
    """
    from expectations import judge, rules
    from warehouse import release as releasing
    from warehouse import store

    known, home = workspace.catalog, workspace.folder
    stated = statements(known)
    files = _files(home, stated)
    versions = {n: store.digest(file) for n, file in files.items()}
    verdicts = [
        judge.judge(
            files[n],
            rules.for_table(t, known),
            dictionaries=files,
            versions=versions | {"candidate": versions[n]},
        )
        for n, t in stated.items()
    ]
    before = None if meant else releasing.observations(home)
    wanted = rules.for_release(known)
    verdicts.append(judge.judge(files["observation"], wanted, previous=before, dictionaries=files))
    return {v.table: v.rows for v in verdicts if v.table in stated}, verdicts


def _files(home: Home, stated: Mapping[str, tables.Table]) -> dict[str, Path]:
    """The file of each table; a sentence where one was never made, or is spoiled."""
    from warehouse import store

    files = {n: home.table(n) for n in stated}
    missing = [n for n, file in files.items() if not file.exists()]
    if missing:
        raise dg.Failure(
            f"Nothing was published: the tables {', '.join(missing)} were never made; run "
            "`observatory build` or the job refresh_everything first."
        )
    for file in files.values():
        store.metadata(file)
    return files
