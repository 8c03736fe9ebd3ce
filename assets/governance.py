"""Survey waves and what they say of the governance of metropolises.

A wave is a partition of an asset of its own, which never runs with the unpartitioned rest; what
follows reads all waves that were read.
"""

import hashlib

import dagster as dg
import pyarrow as pa

from assets.versions import code_version
from assets.workspace import Workspace
from warehouse.registry.lookup import known_metros

WAVES = dg.DynamicPartitionsDefinition(name="survey_wave")
WAVE = dg.AssetKey(["wave", "governance"])
INBOX = "inbox_was_taken_in"
REGISTER = dg.AssetKey(["raw", "survey", "governance"])


def wave() -> dg.AssetsDefinition:
    """One wave of the governance survey, a partition each: its files read into answers."""

    @dg.asset(
        key=WAVE,
        partitions_def=WAVES,
        group_name="survey",
        description="One wave of the governance survey: the files that came in, read into answers of "
        "institutions. What identifies a person is apart, in the protected store.",
        kinds={"parquet"},
        owners=["team:observatory"],
        code_version=code_version(["assets.governance"]),
        check_specs=[
            dg.AssetCheckSpec(
                INBOX,
                asset=WAVE,
                description="Every file of the inbox was taken in; a refused one is in `refused`, "
                "with its reasons beside it in the language of the city.",
            )
        ],
    )
    def _wave(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult:
        from catalog import survey_loader
        from expectations.survey_file import explain, prove
        from warehouse.surveys.intake import inbox, shelves
        from warehouse.surveys.intake.wave import write_wave

        home, name = workspace.folder, context.partition_key
        inbox.prepare(home)
        taken, found = inbox.empty(home, name, survey_loader.survey(), prove, explain)
        refused = [f.sentence for f in found]
        for sentence in refused:
            context.log.error(sentence)
        for sentence in (s for came in taken for s in came.told):
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
            check_results=[_taken_in({f.name: f.sentence for f in found})],
        )

    return _wave


def _taken_in(refused: dict[str, str]) -> dg.AssetCheckResult:
    """The result of the check on the inbox: its refused files by name, with the reason."""
    return dg.AssetCheckResult(
        passed=not refused,
        check_name=INBOX,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata=refused,
    )


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
        from warehouse.surveys.intake import shelves

        home = workspace.folder
        digest = hashlib.sha256()
        waves = shelves.all_waves(home)
        for name in waves:
            digest.update(
                name.encode() + store.digest(shelves.read_wave(home, name, "answers")).encode()
            )
        return dg.MaterializeResult(
            data_version=dg.DataVersion(digest.hexdigest() if waves else "none"),
            metadata={"waves": ", ".join(waves) or "none yet: observatory survey import FILE"},
        )

    return _register


def _counts(responses: pa.Table) -> dict[str, int]:
    import pyarrow.compute as pc

    standing = responses.filter(responses["standing"])
    return {
        "responses": len(responses),
        "responses that stand": len(standing),
        "waiting for a person (observatory survey accept)": _of_state(responses, "waiting"),
        "without a known metropolis": standing["metro_id"].null_count,
        "metropolises": len(pc.unique(standing["metro_id"].drop_null())),
    }


def _of_state(responses: pa.Table, state: str) -> int:
    return responses["state"].to_pylist().count(state)
