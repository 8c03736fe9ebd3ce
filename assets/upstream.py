"""From kept bytes to the history of source records: raw, history."""

import hashlib
import json
from datetime import datetime

import dagster as dg
import pyarrow as pa

from assets.judged import check_specs, result, words
from assets.versions import code_version
from assets.workspace import Workspace
from catalog import Catalog
from catalog.models.model import Provider

# What the footer of a history says of the edition that it last took in.
KEPT = (
    *("records", "snapshot_id", "edition", "editions", "identity", "dimensions"),
    *("unknown", "meant"),
)
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

        last = read(workspace.folder.asked).get(f"{provider.id}/{dataset}")
        if last is not None and last.failure and last.run == context.run_id:
            # What was registered before stays in use; not to have heard of a newer one is no success.
            raise dg.Failure(last.failure, metadata={UNANSWERED: True})
        held = waiting(workspace.store, provider.id, dataset)
        snapshot = workspace.store.newest(provider.id, dataset)
        if snapshot is None:
            return dg.MaterializeResult(
                data_version=dg.DataVersion("none"),
                metadata={"snapshot": "none yet: never retrieved and not in the bundled vintage"},
            )
        accepted = workspace.store.editions(provider.id, dataset)
        return dg.MaterializeResult(
            data_version=dg.DataVersion(version_of(accepted, held)),
            metadata={
                "snapshot": snapshot.snapshot_id,
                "editions": len(accepted),
                "url": dg.MetadataValue.url(snapshot.url),
                "origin": snapshot.origin,
                "upstream vintage": snapshot.upstream_vintage or "not stated",
                "published at": str(snapshot.published_at or "not stated"),
                "retrieved at": str(snapshot.retrieved_at),
                "bytes": snapshot.size,
                **({"held": f"{held.snapshot_id}: {held.held_because}"} if held else {}),
                "licence": snapshot.licence or "not stated",
                "attribution": snapshot.attribution or "not stated",
            },
        )

    return _raw


def history(catalog: Catalog, provider: Provider, dataset: str) -> dg.AssetsDefinition:
    """Read the newest snapshot into source records and add them to what was known before."""
    key = dg.AssetKey(["history", provider.id, dataset])
    statement = provider.datasets[dataset]

    @dg.asset(
        key=key,
        deps=[dg.AssetKey(["raw", provider.id, dataset])],
        group_name="history",
        description=f"Source records of {statement.title}, in the provider's own codes, each with "
        "the time from and to which it stood. Unchanged figures get no new interval.",
        kinds={"parquet"},
        owners=["team:observatory"],
        tags={"provider": provider.id},
        check_specs=check_specs(key),
        code_version=code_version(
            ["assets.upstream", f"sources.providers.{provider.id}"],
            *_facts(catalog, provider.id, dataset),
        ),
    )
    def _history(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult:
        from expectations import judge, rules
        from sources.errors import SourceError
        from sources.read import read
        from sources.records import records as source_records
        from warehouse import store, tables
        from warehouse.methods.history import Edition, beside, insert, noted, stamp

        path = workspace.folder.history(provider.id, dataset)
        about, may_show = f"{provider.id}/{dataset}", bool(statement.redistributable)
        snapshot = workspace.store.newest(provider.id, dataset)
        if snapshot is None:
            return dg.MaterializeResult(
                data_version=dg.DataVersion("none"),
                metadata={"records": 0, "note": "no snapshot yet"},
                check_results=[
                    dg.AssetCheckResult(passed=True, asset_key=key, check_name=s.name)
                    for s in check_specs(key)
                ],
            )
        previous, said = _standing(path)
        identity = identity_of(statement)
        previous, held = _as_known(previous, said, identity)
        previous, held, earlier = _earlier(
            workspace.store, provider.id, dataset, identity, previous, held, snapshot, catalog
        )
        for sentence in earlier:
            context.log.warning(sentence)
        edition = f"snapshot {snapshot.snapshot_id[:12]} of {snapshot.recorded_from:%Y-%m-%d}"
        settled = False  # bytes that are damaged today may be restored tomorrow
        try:
            file = workspace.store.path(snapshot)
            settled = True
            records = read(snapshot.reader, file, dataset)
        except SourceError as error:
            # A person knows the file by the name that upstream gives it, not by its hash.
            sentence = str(error).replace(snapshot.snapshot_id, snapshot.filename)
            sentence = sentence if about in sentence else f"{about}, {edition}: {sentence}"
            return _unreadable(key, path, previous, snapshot, sentence, may_show, settled)
        except Exception as error:
            context.log.exception("the reader stopped")
            return _unreadable(
                key,
                path,
                previous,
                snapshot,
                f"{about}, {edition}: reading {snapshot.filename} stopped unexpectedly "
                f"({type(error).__name__}: {error}); mend sources/{provider.id}.py.",
                may_show,
                False,
            )
        dimensions = source_records.about(records).dimensions
        moment = since(snapshot, held, said)
        stamped = stamp(
            *(records, dimensions, snapshot.snapshot_id, moment, identity),
            *(snapshot.provenance, snapshot.partial),
        )
        candidate = insert(previous, held, stamped, moment)
        of_shape = tables.history(tuple(candidate.column_names))
        wanted = rules.relied_on(provider.id, dataset, catalog)
        verdict = judge.judge(
            candidate,
            rules.for_history(provider.id, dataset, catalog, meant=bool(snapshot.accepted_because)),
            previous=previous,
            problems=[
                f"{edition}: {snapshot.filename} has no column '{column}', which the catalog reads "
                f"(it has {', '.join(dimensions)}); see whether the source renamed it and correct "
                f"catalog/providers/{provider.id}.yaml and the bindings."
                for column in wanted
                if column not in records.column_names
            ],
        )
        extra = {
            "records": str(len(records) + beside(previous, stamped)),
            "snapshot_id": snapshot.snapshot_id,
            "edition": moment.isoformat(),
            "editions": noted(
                [
                    *(e for e in held if e.snapshot_id != snapshot.snapshot_id and e.at != moment),
                    Edition(moment, snapshot.snapshot_id, len(records)),
                ]
            ),
            "identity": identity.text(),
            "unknown": json.dumps(snapshot.unknown),
            "meant": snapshot.accepted_because,
            "dimensions": json.dumps(
                sorted({*dimensions, *json.loads(said.get("dimensions") or "[]")})
            ),
        }
        notes = {
            "what changed": words(previous, candidate),
            "editions": len(held),
            **({"editions left out": " ".join(earlier)} if earlier else {}),
            "records read": len(records),
            "snapshot": snapshot.snapshot_id,
        }
        sample = candidate if may_show else candidate.slice(0, 0)
        if verdict.passed:
            extra["stale_since"] = _stale_since(workspace.store, provider.id, dataset, said)
            version = store.write(candidate, of_shape, path, extra)
            return result(key, of_shape, candidate, version, verdict, sample=sample, notes=notes)
        context.log.error(" ".join(verdict.sentences))
        if previous is None:
            raise dg.Failure(
                f"{provider.id}/{dataset}: its first snapshot did not pass and there is no earlier "
                f"one to serve: {' '.join(verdict.sentences)}"
            )
        version = _mark_stale(path, previous, snapshot)
        notes["served"] = "the last good history, marked stale; this snapshot was rejected"
        return result(key, of_shape, previous, version, verdict, sample=sample, notes=notes)

    return _history


def _facts(catalog: Catalog, provider: str, dataset: str) -> list[str]:
    """What the catalog says that decides how a history is made and judged."""
    from expectations.rules import relied_on

    said = catalog.dataset(provider, dataset)
    expect = said.expect.model_dump_json() if said.expect else ""
    read = relied_on(provider, dataset, catalog)
    return [provider, dataset, said.identity.model_dump_json(), expect, *read]


def _standing(path) -> tuple[pa.Table | None, dict[str, str]]:
    """The last good history and what its footer says; never taken as absent when it is damaged."""
    from warehouse import store
    from warehouse.errors import WarehouseError

    if not path.exists():
        return None, {}
    try:
        return store.read(path), store.metadata(path)
    except WarehouseError as error:
        raise dg.Failure(
            f"{error} It holds editions that upstream may no longer serve: restore it from a "
            "backup, or remove it to begin its history anew from the newest snapshot."
        ) from None


def since(snapshot, held, said: dict[str, str]) -> datetime:
    """From when the figures of a snapshot count: upstream's stamp, else when it was retrieved.

    held: the editions of the last good history; said: what its footer says. The same snapshot read again counts from
    when it did before; one that changed while upstream's stamp did not counts from its retrieval.
    """
    if said.get("edition") and said.get("snapshot_id") == snapshot.snapshot_id:
        return datetime.fromisoformat(said["edition"])
    if not held or snapshot.recorded_from > max(e.at for e in held):
        return snapshot.recorded_from
    return max(snapshot.recorded_from, snapshot.retrieved_at)


def version_of(accepted: list, held=None) -> str:
    """The data version of a dataset: its newest snapshot, or a hash over all that decides what is
    made of it: its snapshots, one that is held (then the figures are stale), what a person said.
    """
    newest = accepted[-1]
    said = [newest.accepted_because, *(f"{c}={code}" for c, code in newest.unknown)]
    ids = [s.snapshot_id for s in accepted] + [s for s in said if s]
    ids += [f"held {held.snapshot_id}"] if held else []
    return ids[-1] if len(ids) == 1 else hashlib.sha256("".join(ids).encode()).hexdigest()


def identity_of(statement):
    """By what the series of a dataset are known, as the history wants it."""
    from warehouse.methods.history import Identity

    return Identity(statement.identity.keys, statement.identity.codes)


def _as_known(previous, said: dict[str, str], identity):
    """(history under today's identity, the editions that it holds)."""
    from warehouse.methods.history import AS_SERVED, editions, rekeyed

    held = editions(said, previous)
    was = said.get("identity") or AS_SERVED.text()
    if previous is not None and was != identity.text() and said.get("dimensions"):
        previous = rekeyed(previous, tuple(json.loads(said["dimensions"])), identity)
    return previous, held


def _earlier(store, provider, dataset, identity, previous, held, newest, catalog):
    """Take in the accepted snapshots that are older than the newest and were never taken in.

    Each is judged as it would have been on its day; one that cannot be read or does not pass is
    left out. Returns (history, editions held, sentences on those left out).
    """
    from expectations import judge, rules
    from sources.errors import SourceError
    from sources.read import read
    from sources.records import records as source_records
    from warehouse.methods.history import Edition, insert, stamp, stood

    taken = {e.snapshot_id for e in held}
    kept = {s.snapshot_id: s for s in store.editions(provider, dataset)}
    sentences = []

    def rows(snapshot, at: datetime) -> pa.Table:
        records = read(snapshot.reader, store.path(snapshot), dataset)
        dimensions = source_records.about(records).dimensions
        return stamp(
            *(records, dimensions, snapshot.snapshot_id, at, identity),
            *(snapshot.provenance, snapshot.partial),
        )

    def reread(edition: Edition) -> pa.Table | None:
        snapshot = kept.get(edition.snapshot_id)
        try:
            return rows(snapshot, edition.at) if snapshot else None
        except SourceError:
            return None

    for snapshot in kept.values():
        if snapshot.snapshot_id in taken or snapshot.snapshot_id == newest.snapshot_id:
            continue
        at = snapshot.recorded_from
        what = f"{provider}/{dataset}, snapshot {snapshot.snapshot_id[:12]} of {at:%Y-%m-%d}"
        if any(e.at == at for e in held):
            sentences.append(f"{what}: another edition of that moment is held; it is left out.")
            continue
        try:
            stamped = rows(snapshot, at)
        except SourceError as error:
            sentences.append(f"{what} is left out: {error}")
            continue
        then = [e for e in held if e.at < at]
        before = stood(previous, at) if previous is not None and then else None
        # A part of a dataset is judged with what it leaves as it was.
        grown = insert(previous, held, stamped, at, reread)
        verdict = judge.judge(
            stood(grown, at) if snapshot.partial else stamped,
            rules.for_history(provider, dataset, catalog, meant=bool(snapshot.accepted_because)),
            previous=before,
        )
        if not verdict.passed:
            sentences.append(f"{what} is left out: {' '.join(verdict.sentences)}")
            continue
        previous = grown
        held = [*held, Edition(at, snapshot.snapshot_id, len(stamped))]
    return previous, held, sentences


def _stale_since(store, provider: str, dataset: str, said: dict[str, str]) -> str:
    """Since when a download that is held waits beside what is used; empty where none does."""
    from sources.refresh.ask import waiting

    held = waiting(store, provider, dataset)
    return (said.get("stale_since") or str(held.recorded_from)) if held else ""


def _mark_stale(path, previous, snapshot) -> str:
    """Keep the last good history and say since when a newer edition waits."""
    from warehouse import store, tables

    extra = {k: store.metadata(path).get(k, "") for k in KEPT}
    extra["stale_since"] = store.metadata(path).get("stale_since") or str(snapshot.recorded_from)
    return store.write(previous, tables.history(tuple(previous.column_names)), path, extra)


def _unreadable(
    key, path, previous, snapshot, sentence: str, may_show: bool, settled: bool
) -> dg.MaterializeResult:
    """The newest snapshot cannot be read: red, and the last good history is served as stale.

    settled: reading it once more gives the same, until the bytes or the reader are others.
    """
    from warehouse import tables

    if previous is None:
        raise dg.Failure(f"{key.to_user_string()}: {sentence}")
    version = _mark_stale(path, previous, snapshot)
    of_shape = tables.history(tuple(previous.column_names))
    notes = {"verdict": "red", "failure": sentence, **({"settled": "yes"} if settled else {})}
    sample = previous if may_show else previous.slice(0, 0)
    shown = result(key, of_shape, previous, version, sample=sample, notes=notes)
    checks = [
        dg.AssetCheckResult(
            passed=s.name != "structure",
            asset_key=key,
            check_name=s.name,
            metadata={"failure": sentence} if s.name == "structure" else {},
        )
        for s in check_specs(key)
    ]
    return shown._replace(check_results=checks)
