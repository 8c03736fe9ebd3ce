"""Ask a provider one small thing and say what a person must look at; nothing that comes is kept.

The same code as a refresh asks, reads and judges, with a store of its own that is thrown away.
"""

from __future__ import annotations

import shutil
import socket
import ssl
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from catalog.models.model import Provider
from sources.errors import SourceError
from sources.refresh.ask import Asking, module_of
from sources.refresh.judgement import Needs
from sources.store.snapshots import Store, without_secrets

if TYPE_CHECKING:
    from sources.transport.http import Client

SOON = 21  # days before the end of a certificate that a person should know of
NOT_ASKED = "no upstream to ask"


@dataclass(frozen=True)
class Examined:
    """What was found of one provider. `look` is what a person must look at; empty where all is well.

    `certificate` is days until it ends, or a sentence; `answer` is what came: records and columns.
    """

    provider: str
    dataset: str = ""
    address: str = ""
    certificate: str = ""
    answer: str = ""
    change: str = ""
    seconds: float = 0.0
    look: str = ""


def examine(
    provider: Provider,
    store: Store,
    client: Client,
    needs: Mapping[str, Needs],
    *,
    tls: bool = True,
) -> Examined:
    """Ask a provider for its smallest dataset, read the answer, and compare it with what is known.

    `store` is only read. `tls`: look at the certificates of its hosts, which a test on this machine has
    none of.
    """
    asked = list(provider.datasets) if module_of(provider.id).HOSTS else []
    if not asked:
        return Examined(provider.id, answer=NOT_ASKED)
    dataset = min(asked, key=lambda d: _size(store, provider.id, d))
    start = time.monotonic()
    try:
        module = module_of(provider.id)
        request = module.request(dataset, provider.datasets[dataset].request)
    except SourceError as error:
        return Examined(provider.id, dataset, look=str(error))
    host = urlsplit(request.url).hostname or ""
    certificate, look = _certificate(host) if tls else ("not looked at", "")
    about = Examined(provider.id, dataset, without_secrets(request.url), certificate)
    with tempfile.TemporaryDirectory(prefix="observatory-doctor-") as folder:
        aside = _copy_of_newest(store, provider.id, dataset, Path(folder))
        before = aside.newest(provider.id, dataset)
        try:
            asking = Asking(provider, dataset, aside, client, needs.get(dataset, Needs()))
            fate = asking.fate()
            kept = fate.kept
            answer = ""
            if kept is not None:
                table = module.read(aside.path(kept), dataset)
                answer = f"{table.num_rows:,} records, {table.num_columns} columns"
            look = " ".join(s for s in (look, fate.sentence) if s)
            change = (
                "new edition"
                if fate.new and before
                else "first edition"
                if fate.new
                else "unchanged"
            )
        except SourceError as error:
            answer, change, look = "", "", " ".join(s for s in (look, str(error)) if s)
        except Exception as error:  # whatever one provider does, the others are examined
            answer, change = "", ""
            look = f"{look} It stopped unexpectedly ({type(error).__name__}: {error}).".strip()
    took = round(time.monotonic() - start, 1)
    return replace(about, answer=answer, change=change, look=look, seconds=took)


def _size(store: Store, provider: str, dataset: str) -> tuple[float, str]:
    """The bytes of its newest snapshot; what was never seen comes last."""
    newest = store.newest(provider, dataset)
    return (newest.size if newest else float("inf"), dataset)


def _copy_of_newest(store: Store, provider: str, dataset: str, folder: Path) -> Store:
    """A store of its own with the newest snapshot of one dataset."""
    aside = Store(folder / "store", folder / "copies")
    newest = store.newest(provider, dataset)
    if newest is not None:
        file = Path(shutil.copy(store.path(newest), folder / "newest"))
        about = {f.name: getattr(newest, f.name) for f in fields(newest)}
        del about["snapshot_id"], about["size"]
        aside.put(file, **about)
    return aside


def _certificate(host: str) -> tuple[str, str]:
    """(what is known of the certificate of a host, what a person must look at)."""
    try:
        with (
            socket.create_connection((host, 443), timeout=10) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=host) as wrapped,
        ):
            said = wrapped.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        return "not valid", f"{host}: its certificate is not valid ({error.verify_message})."
    except OSError as error:
        return "unknown", f"{host}: it cannot be reached ({error})."
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(said["notAfter"])), UTC)
    days = (ends - datetime.now(UTC)).days
    soon = f"{host}: its certificate ends on {ends:%Y-%m-%d}." if days < SOON else ""
    return f"{days} days", soon
