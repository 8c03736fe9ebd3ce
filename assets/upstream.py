"""From kept bytes to the history of source records: raw, history."""

from functools import partial
from pathlib import Path

import dagster as dg

from assets.judged import SMALL, check_specs, columns, passed_checks, result, words
from assets.versions import code_version
from assets.workspace import Workspace
from catalog import Catalog
from catalog.models.model import Provider

UNANSWERED = "unanswered"  # mark of a failure that is upstream's silence


def raw(provider: Provider, dataset: str) -> dg.AssetsDefinition:
    """Register the accepted snapshots of one dataset; the data version is the newest one's hash, or
    one over all of them where there are several."""
    statement = provider.datasets[dataset]

    @dg.asset(
        key=["raw", provider.id, dataset],
        deps=[dg.AssetKey(["fetch", provider.id])],
        group_name="raw",
        description=f"{statement.title}. The bytes as {provider.title} served them. "
        f"Licence: {statement.licence}. Cite: {statement.attribution}",
        kinds={"file"},
        owners=["team:observatory"],
        tags={"provider": provider.id},
        code_version="1",
    )
    def _raw(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult:
        from sources.refresh.ask import waiting
        from sources.refresh.asked import read
        from warehouse.editions import version_of

        last = read(workspace.folder.asked).get(f"{provider.id}/{dataset}")
        if last is not None and last.failure and last.run == context.run_id:
            # What was registered before stays in use; not to have heard of a newer one is no success.
            raise dg.Failure(last.failure, metadata={UNANSWERED: True})
        accepted = workspace.store.editions(provider.id, dataset)
        if not accepted:
            return dg.MaterializeResult(
                data_version=dg.DataVersion("none"),
                metadata={"snapshot": "none yet: never retrieved and not in the bundled vintage"},
            )
        held = waiting(workspace.store, provider.id, dataset)
        return dg.MaterializeResult(
            data_version=dg.DataVersion(version_of(accepted, held)),
            metadata={
                **_about(accepted[-1]),
                "editions": len(accepted),
                **({"held": f"{held.snapshot_id}: {held.held_because}"} if held else {}),
            },
        )

    return _raw


def _about(snapshot) -> dict:
    """What the UI shows of a snapshot."""
    return {
        "snapshot": snapshot.snapshot_id,
        "url": dg.MetadataValue.url(snapshot.url),
        "origin": snapshot.origin,
        "upstream vintage": snapshot.upstream_vintage or "not stated",
        "published at": str(snapshot.published_at or "not stated"),
        "retrieved at": str(snapshot.retrieved_at),
        "bytes": snapshot.size,
        "licence": snapshot.licence or "not stated",
        "attribution": snapshot.attribution or "not stated",
    }


def history(catalog: Catalog, provider: Provider, dataset: str) -> dg.AssetsDefinition:
    """Read the newest snapshot into source records and add them to what was known before."""
    key = dg.AssetKey(["history", provider.id, dataset])
    statement = provider.datasets[dataset]

    @dg.asset(
        key=key,
        deps=[dg.AssetKey(["raw", provider.id, dataset])],
        group_name="history",
        description=f"Source records of {statement.title}, in the provider's own codes, each with "
        "the time from and to which it was valid. Unchanged figures get no new interval.",
        kinds={"parquet"},
        owners=["team:observatory"],
        tags={"provider": provider.id},
        op_tags=SMALL,
        check_specs=check_specs(key),
        code_version=code_version(
            ["assets.upstream", f"sources.providers.{provider.id}"],
            *_facts(catalog, provider.id, dataset),
        ),
    )
    def _history(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult:
        from expectations import rules
        from warehouse import editions

        snapshot = workspace.store.newest(provider.id, dataset)
        if snapshot is None:
            return _none_yet(key)
        identity = editions.Identity(statement.identity.keys, statement.identity.codes)
        of = editions.DatasetSnapshots(workspace.store, provider.id, dataset, identity)
        path = workspace.folder.history(provider.id, dataset)
        judge = partial(_verdict, catalog, of.name)
        show = partial(_shown, key, bool(statement.redistributable))
        known, left_out = _caught_up(of, path, snapshot, judge)
        for sentence in left_out:
            context.log.warning(sentence)
        try:
            new = editions.reading(of, snapshot, editions.moment(snapshot, known))
        except editions.Unreadable as error:
            context.log.error(f"{error}", exc_info=error.__cause__)
            return _unreadable(show, path, known, snapshot, key, error)
        candidate = editions.with_newest(known, new)
        wanted = rules.relied_on(provider.id, dataset, catalog)
        lacking = editions.missing_columns(new, wanted, provider.id)
        verdict = judge(candidate, known.table, snapshot, lacking)
        notes = _notes(known, candidate, new, left_out)
        if not verdict.passed:
            context.log.error(" ".join(verdict.sentences))
            return _rejected(show, path, known, snapshot, of.name, candidate, verdict, notes)
        version = _kept(path, of, known, new, candidate)
        return show(candidate, version, verdict, notes)

    return _history


def _facts(catalog: Catalog, provider: str, dataset: str) -> list[str]:
    """What the catalog says that decides how a history is made and judged."""
    from expectations.rules import relied_on

    said = catalog.dataset(provider, dataset)
    expect = said.expect.model_dump_json() if said.expect else ""
    read = relied_on(provider, dataset, catalog)
    return [provider, dataset, said.identity.model_dump_json(), expect, *read]


def _verdict(catalog: Catalog, name: str, candidate, previous, snapshot, problems=()):
    """The verdict on a candidate for the history of a dataset (`provider/dataset`)."""
    from expectations import judge, rules

    provider, _, dataset = name.partition("/")
    wanted = rules.for_history(provider, dataset, catalog, meant=bool(snapshot.accepted_because))
    return judge.judge(candidate, wanted, previous=previous, problems=list(problems))


def _caught_up(of, path: Path, snapshot, judge):
    """The last good history with the snapshots that it missed, and a sentence on each left out."""
    from warehouse import editions
    from warehouse.errors import WarehouseError

    try:
        known = editions.last_good(path, of.identity)
    except WarehouseError as error:
        raise dg.Failure(str(error)) from None
    return editions.caught_up(of, known, snapshot, partial(_broken, judge))


def _broken(judge, candidate, previous, snapshot) -> list[str]:
    """The sentences of the rules that a candidate breaks; none where it passes."""
    verdict = judge(candidate, previous, snapshot)
    return [] if verdict.passed else verdict.sentences


def _none_yet(key: dg.AssetKey) -> dg.MaterializeResult:
    return dg.MaterializeResult(
        data_version=dg.DataVersion("none"),
        metadata={"records": 0, "note": "no snapshot yet"},
        check_results=passed_checks(key),
    )


def _shown(key, may_show: bool, table, version: str, verdict=None, notes=None, sample=None):
    """What the UI shows of a history; no rows of a source whose licence forbids it."""
    from warehouse import editions

    rows = table if sample is None else sample
    rows = rows if may_show else rows.slice(0, 0)
    # Its columns are those of the upstream, and known once it was read.
    notes = columns(editions.shape(rows)) | (notes or {})
    return result(key, table, version, verdict, sample=rows, notes=notes)


def _notes(known, candidate, new, left_out: list[str]) -> dict:
    """What the UI says of a history beside its rows."""
    return {
        "what changed": words(known.table, candidate),
        "editions": len(known.editions),
        **({"editions left out": " ".join(left_out)} if left_out else {}),
        "records read": len(new.records),
        "snapshot": new.snapshot.snapshot_id,
    }


def _kept(path: Path, of, known, new, candidate) -> str:
    """Make a candidate that passed the current history; its data version."""
    from warehouse import editions, store

    footer = editions.footer(of, known, new)
    return store.write(candidate, editions.shape(candidate), path, footer)


def _rejected(show, path: Path, known, snapshot, name: str, candidate, verdict, notes):
    """The newest snapshot did not pass: the last good history is served, marked stale."""
    from warehouse import editions

    if known.table is None:
        raise dg.Failure(
            f"{name}: its first snapshot did not pass and there is no earlier "
            f"one to serve: {' '.join(verdict.sentences)}"
        )
    notes["served"] = "the last good history, marked stale; this snapshot was rejected"
    version = editions.mark_stale(path, known, snapshot)
    return show(known.table, version, verdict, notes, sample=candidate)


def _unreadable(show, path: Path, known, snapshot, key: dg.AssetKey, error):
    """The newest snapshot cannot be read: red, and the last good history is served as stale."""
    from warehouse import editions

    if known.table is None:
        raise dg.Failure(f"{key.to_user_string()}: {error}") from None
    shown = show(known.table, editions.mark_stale(path, known, snapshot))
    final = {"final": "yes"} if error.final else {}
    return shown._replace(
        metadata={**(shown.metadata or {}), "verdict": "red", "failure": str(error), **final},
        check_results=passed_checks(key, but={"structure": str(error)}),
    )
