"""Bring a provider's datasets into the store: from upstream, or from the bundled vintage.

A dataset that fails is told in one sentence and never stops the others.
"""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, fields
from pathlib import Path
from types import ModuleType

from catalog.model import Provider
from sources import pack
from sources.errors import Invalid, SourceError
from sources.snapshots import Snapshot, Store, sha256

WORKERS = 4


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
) -> Report:
    """Bring the datasets (all of the provider's by default) into the store, several at once.

    Offline, the bundled bytes go in; doing so again changes nothing. Live, upstream is asked, and
    an answer is kept only if the provider's reader reads it and finds records in it; what a third
    party derived has no upstream to ask and comes from the bundled vintage.
    """
    wanted = sorted(provider.datasets) if datasets is None else sorted(set(datasets))
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
            if live and provider.datasets[dataset].provenance != "carrier":
                return _ask(provider, dataset, store)
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


def _ask(provider: Provider, dataset: str, store: Store) -> _Fate:
    # Here, so that an offline build never loads what speaks to the network.
    from sources import http

    module = _module(provider.id)
    stated = provider.datasets[dataset]
    request = module.request(dataset, stated.request)
    with tempfile.TemporaryDirectory(prefix="observatory-") as folder:
        file = Path(folder) / Path(request.filename).name
        answer = http.download(request, file, hosts=module.HOSTS)
        published_at = _judge(module, file, provider.id, dataset)
        return _put(
            store,
            file,
            {
                "provider": provider.id,
                "dataset": dataset,
                "filename": request.filename,
                "media_type": answer.media_type,
                "url": request.url,
                "params": request.params or request.form,
                "retrieved_at": answer.retrieved_at,
                "published_at": published_at,
                "licence": stated.licence,
                "licence_url": stated.licence_url,
                "attribution": stated.attribution,
                "redistributable": stated.redistributable,
                "provenance": stated.provenance,
                "derived_by": stated.derived_by,
                "origin": "live",
                "original_url": answer.url,
            },
        )


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
