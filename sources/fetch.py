"""Bring a provider's datasets into the store: from upstream, or from the bundled vintage.

A dataset that fails is told in one sentence and never stops the others.
"""

from __future__ import annotations

import importlib
import os
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, fields
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from catalog.model import Provider
from sources import pack
from sources.errors import Invalid, SourceError
from sources.request import Answer, Fetched, Validators
from sources.snapshots import Snapshot, Store, now, sha256

if TYPE_CHECKING:
    from sources.http import Client

WORKERS = 16  # the limits of each host decide how many are under way


@dataclass(frozen=True)
class Report:
    """What became of each dataset, by name; every one asked for stands in exactly one place.

    `failed` gives the sentence. `absent` are datasets that neither the bundled vintage nor the
    store holds (offline only).
    """

    provider: str
    new: tuple[Snapshot, ...] = ()
    unchanged: tuple[Snapshot, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    absent: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Fate:
    dataset: str
    kept: Snapshot | None = None
    new: bool = False
    sentence: str = ""


def fetch(
    provider: Provider,
    store: Store,
    *,
    live: bool,
    datasets: list[str] | None = None,
    log: Callable[[str], object] = print,
    bundled: Path = pack.FOLDER,
    client: Client | None = None,
) -> Report:
    """Bring the datasets (all of the provider's by default) into the store, several at once.

    Offline, the bundled bytes go in; doing so again changes nothing. Live, upstream is asked, and
    an answer is kept only if the provider's reader reads it and finds records in it; what a third
    party derived has no upstream to ask and comes from the bundled vintage.
    """
    wanted = sorted(provider.datasets) if datasets is None else sorted(set(datasets))
    asking = client or (_client(provider) if live else None)
    packed: dict[str, list[tuple[Snapshot, Path]]] = {}
    for snapshot, file in pack.bundled(bundled):
        if snapshot.provider == provider.id:
            packed.setdefault(snapshot.dataset, []).append((snapshot, file))

    def one(dataset: str) -> _Fate:
        try:
            if dataset not in provider.datasets:
                raise Invalid(
                    f"{provider.id}: dataset '{dataset}' is not stated; add it to "
                    f"catalog/providers/{provider.id}.yaml."
                )
            if asking is not None and provider.datasets[dataset].provenance != "carrier":
                return _ask(provider, dataset, store, asking)
            return _unpack(provider.id, dataset, packed, store)
        except SourceError as error:
            return _Fate(dataset, sentence=str(error))
        except OSError as error:
            where = f" ({error.filename})" if error.filename else ""
            return _Fate(
                dataset,
                sentence=f"{provider.id}/{dataset}: {error.strerror or error}{where}; check free "
                "space and permissions there.",
            )
        except Exception as error:
            return _Fate(
                dataset,
                sentence=f"{provider.id}/{dataset}: fetching it failed unexpectedly "
                f"({type(error).__name__}: {error}); please report it.",
            )

    fates: list[_Fate] = []
    with ThreadPoolExecutor(WORKERS, thread_name_prefix=f"fetch-{provider.id}") as pool:
        for done in as_completed([pool.submit(one, d) for d in wanted]):
            fates.append(done.result())
            log(_told(provider.id, fates[-1]))
    fates.sort(key=lambda f: f.dataset)
    return Report(
        provider.id,
        new=tuple(f.kept for f in fates if f.kept and f.new),
        unchanged=tuple(f.kept for f in fates if f.kept and not f.new),
        failed=tuple((f.dataset, f.sentence) for f in fates if f.sentence),
        absent=tuple(f.dataset for f in fates if not f.kept and not f.sentence),
    )


def _client(provider: Provider) -> Client:
    # Here, so that an offline build never loads what speaks to the network.
    from sources import http

    hosts = getattr(_module(provider.id), "HOSTS", ())
    return http.Client(
        limits=dict.fromkeys(hosts, provider.limits),
        upstream=os.environ.get("OBSERVATORY_UPSTREAM"),
    )


def _unpack(
    provider: str, dataset: str, packed: dict[str, list[tuple[Snapshot, Path]]], store: Store
) -> _Fate:
    """Keep every bundled edition of the dataset; the fate is that of the newest."""
    fate = _Fate(dataset, store.newest(provider, dataset))
    for snapshot, file in sorted(packed.get(dataset, []), key=lambda e: e[0].recorded_from):
        if not file.is_file() or sha256(file) != snapshot.snapshot_id:
            raise Invalid(
                f"{file}: the bundled file is missing or is not the one its sidecar speaks of; "
                "install the observatory again."
            )
        about = {f.name: getattr(snapshot, f.name) for f in fields(snapshot)}
        del about["snapshot_id"], about["size"]
        fate = _put(store, file, about)
    return fate


def _ask(provider: Provider, dataset: str, store: Store, client: Client) -> _Fate:
    """Ask upstream: its change signal first, then with terms, then for the bytes."""
    module = _module(provider.id)
    stated = provider.datasets[dataset]
    before = store.latest(provider.id, dataset)
    before = before if before and before.origin == "live" else None
    signal = ""
    if hasattr(module, "signal"):
        signal = module.signal(dataset, stated.request, client) or ""
    if before and signal and signal == before.signal:
        return _Fate(dataset, before)
    with tempfile.TemporaryDirectory(prefix="observatory-") as folder:
        fetched = _download(module, dataset, stated.request, client, Path(folder), before)
        if fetched.answer.not_modified and before:
            return _Fate(dataset, store.note(before, signal=signal or before.signal))
        request = module.request(dataset, stated.request)
        marks = {
            "signal": signal,
            "etag": fetched.answer.etag,
            "last_modified": fetched.answer.last_modified,
        }
        digest = sha256(fetched.path)
        if store.has(provider.id, dataset, digest):
            same = store.get(provider.id, dataset, digest)
            return _Fate(dataset, store.note(same, **marks))
        published_at = _judge(module, fetched.path, provider.id, dataset)
        return _put(
            store,
            fetched.path,
            {
                "provider": provider.id,
                "dataset": dataset,
                "filename": fetched.filename or request.filename,
                "media_type": fetched.answer.media_type,
                "url": request.url,
                "params": request.params or request.form,
                "retrieved_at": fetched.answer.retrieved_at,
                "published_at": published_at,
                "licence": stated.licence,
                "licence_url": stated.licence_url,
                "attribution": stated.attribution,
                "redistributable": stated.redistributable,
                "provenance": stated.provenance,
                "derived_by": stated.derived_by,
                "origin": "live",
                "original_url": fetched.answer.url,
                "rewritten": fetched.rewritten,
                **marks,
            },
        )


def _download(
    module: ModuleType,
    dataset: str,
    options: dict[str, str | list[str]],
    client: Client,
    folder: Path,
    before: Snapshot | None,
) -> Fetched:
    """By the provider's own way where it has one, else one request."""
    if hasattr(module, "download"):
        made = module.download(dataset, options, client, folder)
        if isinstance(made, Fetched):
            return made
        return Fetched(made, Answer(200, "", "", now()), made.name)
    request = module.request(dataset, options)
    file = folder / Path(request.filename).name
    marks = Validators(before.etag, before.last_modified) if before else None
    answer = client.download(request, file, hosts=module.HOSTS, if_changed=marks)
    return Fetched(file, answer)


def _module(provider: str) -> ModuleType:
    try:
        return importlib.import_module(f"sources.{provider}")
    except ModuleNotFoundError:
        raise Invalid(
            f"{provider}: there is no module sources/{provider}.py that knows how to ask; add it."
        ) from None


def _judge(module: ModuleType, file: Path, provider: str, dataset: str) -> str | None:
    """Read the answer as a build will; give upstream's own stamp of it, if any."""
    from sources import records

    table = module.read(file, dataset)
    if not table.num_rows:
        raise Invalid(
            f"{provider}/{dataset}: upstream answered without a single record; look whether the "
            f"codes in catalog/providers/{provider}.yaml still exist."
        )
    return records.about(table).published_at


def _put(store: Store, file: Path, about: dict[str, object]) -> _Fate:
    place = (str(about["provider"]), str(about["dataset"]))
    before = store.has(*place, sha256(file))
    return _Fate(place[1], store.put(file, **about), new=not before)


def _told(provider: str, fate: _Fate) -> str:
    if fate.sentence:
        return fate.sentence
    if not fate.kept:
        return f"{provider}/{fate.dataset}: not bundled and never fetched."
    what = "new" if fate.new else "unchanged"
    return f"{provider}/{fate.dataset}: {what} ({fate.kept.origin}, {fate.kept.recorded_from:%Y-%m-%d})."
