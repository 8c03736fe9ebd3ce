"""Bring datasets into the store: from upstream, or from the bundled vintage.

Upstream is asked in this order: its own signal of change, then the dataset on condition that it
changed, then all of it; what came is the same where its hash is. All providers are asked at once,
each within its limits. A dataset that fails is told in one sentence and never stops the others.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.models.model import Provider
from sources.errors import Invalid, SourceError
from sources.refresh.ask import Asking, Fate, module_of
from sources.refresh.judgement import Needs
from sources.store import pack
from sources.store.snapshots import Snapshot, Store, sha256, without_secrets

if TYPE_CHECKING:
    from sources.transport.http import Client


@dataclass(frozen=True)
class Order:
    """Which datasets of one provider are wanted (all: None), and what the catalog reads of each."""

    provider: Provider
    datasets: Sequence[str] | None = None
    needs: Mapping[str, Needs] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """What became of each dataset, by name; every one asked for is in exactly one place.

    `failed` and `held` give the sentence; what is held was kept and is not used until a person
    accepts it. `absent` are datasets that neither the bundled vintage nor the store holds (offline
    only). `downloads` counts the datasets whose bytes were sent.
    """

    provider: str
    new: tuple[Snapshot, ...] = ()
    unchanged: tuple[Snapshot, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    held: tuple[tuple[str, str], ...] = ()
    absent: tuple[str, ...] = ()
    downloads: int = 0


def fetch(
    provider: Provider,
    store: Store,
    *,
    live: bool,
    datasets: Sequence[str] | None = None,
    log: Callable[[str], object] = print,
    bundled: Path = pack.FOLDER,
    client: Client | None = None,
) -> Report:
    """As `fetch_all`, for one provider."""
    order = Order(provider, datasets)
    (report,) = fetch_all([order], store, live=live, log=log, bundled=bundled, client=client)
    return report


def fetch_all(
    orders: Sequence[Order],
    store: Store,
    *,
    live: bool,
    log: Callable[[str], object] = print,
    bundled: Path = pack.FOLDER,
    client: Client | None = None,
) -> list[Report]:
    """Bring the datasets into the store, all providers at once; a report for each order.

    Offline, the bundled bytes go in; doing so again changes nothing. Live, upstream is asked, and
    an answer is used only if the provider's reader reads it and the judgement finds nothing
    suspicious; a provider without hosts (carriers, files that an owner adds) has nobody to ask
    and comes from the bundled vintage.
    """
    packed: dict[tuple[str, str], list[tuple[Snapshot, Path]]] = {}
    for snapshot, file in pack.bundled(bundled):
        packed.setdefault((snapshot.provider, snapshot.dataset), []).append((snapshot, file))
    fates: dict[str, list[Fate]] = {o.provider.id: [] for o in orders}
    with ExitStack() as stack:
        if live and client is None:
            client = stack.enter_context(client_for([o.provider for o in orders]))
        asking = client if live else None
        pending = {}
        for order in orders:
            # One more than may be asked at once: it reads while the others wait.
            size = order.provider.limits.concurrent + 1
            pool = stack.enter_context(ThreadPoolExecutor(size, f"fetch-{order.provider.id}"))
            wanted = order.provider.datasets if order.datasets is None else order.datasets
            for dataset in sorted(set(wanted)):
                bytes_at_hand = packed.get((order.provider.id, dataset), [])
                one = pool.submit(_one, order, dataset, store, asking, bytes_at_hand)
                pending[one] = order.provider.id
        for done in as_completed(pending):
            fates[pending[done]].append(done.result())
            log(_told(pending[done], done.result()))
    return [_report(o.provider.id, fates[o.provider.id]) for o in orders]


def _report(provider: str, fates: list[Fate]) -> Report:
    fates = sorted(fates, key=lambda f: f.dataset)
    used = [f for f in fates if f.kept and not f.sentence]
    return Report(
        provider,
        new=tuple(f.kept for f in used if f.kept and f.new),
        unchanged=tuple(f.kept for f in used if f.kept and not f.new),
        failed=tuple((f.dataset, f.sentence) for f in fates if f.sentence and not f.kept),
        held=tuple((f.dataset, f.sentence) for f in fates if f.sentence and f.kept),
        absent=tuple(f.dataset for f in fates if not f.kept and not f.sentence),
        downloads=sum(f.downloaded for f in fates),
    )


def client_for(providers: Sequence[Provider]) -> Client:
    """A client that keeps to the limits of these providers, and to OBSERVATORY_UPSTREAM where it is set."""
    # Here, so that an offline build never loads what speaks to the network.
    from sources.transport import http

    limits = {}
    for provider in providers:
        try:
            limits |= dict.fromkeys(module_of(provider.id).HOSTS, provider.limits)
        except (Invalid, AttributeError):  # told for each of its datasets
            continue
    return http.Client(limits=limits, upstream=os.environ.get("OBSERVATORY_UPSTREAM"))


def _one(
    order: Order,
    dataset: str,
    store: Store,
    client: Client | None,
    packed: list[tuple[Snapshot, Path]],
) -> Fate:
    """The fate of one dataset; whatever goes wrong is its sentence."""
    provider = order.provider
    about = f"{provider.id}/{dataset}"
    try:
        if dataset not in provider.datasets:
            raise Invalid(
                f"{provider.id}: dataset '{dataset}' is not stated; add it to "
                f"catalog/providers/{provider.id}.yaml."
            )
        if client is not None and module_of(provider.id).HOSTS:
            needs = order.needs.get(dataset, Needs())
            return Asking(provider, dataset, store, client, needs).fate()
        return _unpack(provider.id, dataset, packed, store)
    except SourceError as error:
        return Fate(dataset, sentence=_named(provider, dataset, str(error)))
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        return Fate(
            dataset,
            sentence=f"{about}: {error.strerror or error}{where}; check free space and "
            "permissions there.",
        )
    except Exception as error:
        return Fate(
            dataset,
            sentence=f"{about}: fetching it failed unexpectedly ({type(error).__name__}: "
            f"{error}); please report it.",
        )


def _named(provider: Provider, dataset: str, said: str) -> str:
    """The sentence with the dataset and the address that was asked, where it does not say them."""
    about = f"{provider.id}/{dataset}"
    said = said if about in said else f"{about}: {said}"
    if "://" in said or dataset not in provider.datasets:
        return said
    try:
        asked = module_of(provider.id).request(dataset, provider.datasets[dataset].request)
    except SourceError:
        return said
    return f"{said.rstrip('.')} (asked: {without_secrets(asked.url)})."


def _unpack(provider: str, dataset: str, packed: list[tuple[Snapshot, Path]], store: Store) -> Fate:
    """Keep every bundled edition of the dataset; the fate is that of the newest."""
    fate = Fate(dataset, store.newest(provider, dataset))
    for snapshot, file in sorted(packed, key=lambda e: e[0].recorded_from):
        if not file.is_file() or sha256(file) != snapshot.snapshot_id:
            raise Invalid(
                f"{file}: the bundled file is missing or is not the one its sidecar speaks of; "
                "install the observatory again."
            )
        about = {f.name: getattr(snapshot, f.name) for f in fields(snapshot)}
        del about["snapshot_id"], about["size"]
        before = store.has(provider, dataset, snapshot.snapshot_id)
        fate = Fate(dataset, store.put(file, **about), new=not before)
    return fate


def _told(provider: str, fate: Fate) -> str:
    if fate.sentence:
        return fate.sentence
    if not fate.kept:
        return f"{provider}/{fate.dataset}: not bundled and never fetched."
    what = "new" if fate.new else "unchanged"
    return f"{provider}/{fate.dataset}: {what} ({fate.kept.origin}, {fate.kept.recorded_from:%Y-%m-%d})."
