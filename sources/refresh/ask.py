"""Ask upstream for one dataset, judge what comes, and keep it: to use, or held.

In this order: upstream's own signal of change, then the dataset on condition that it changed, then
all of it; what came is the same where its hash is.
"""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pyarrow as pa

from catalog.models.model import Provider
from sources.errors import Invalid, SourceError
from sources.formats import text
from sources.records import records
from sources.refresh import judgement
from sources.refresh.judgement import DownloadedRecords, DownloadJudgement, Needs
from sources.store.snapshots import Snapshot, Store, now, public, sha256, without_secrets
from sources.transport.request import Answer, Fetched, Request, Validators

if TYPE_CHECKING:
    from sources.transport.http import Client

_ALIKE = (0.5, 2.0)  # sizes between which an unreadable answer may still be an edition


@dataclass(frozen=True)
class Fate:
    """What became of one dataset; with a sentence it failed, or what is kept is held."""

    dataset: str
    kept: Snapshot | None = None
    new: bool = False
    sentence: str = ""
    downloaded: bool = False


def waiting(store: Store, provider: str, dataset: str) -> Snapshot | None:
    """The held snapshot that is newer than what is used, or None: then the figures are stale."""
    latest = store.latest(provider, dataset)
    return latest if latest is not None and latest.status == "held" else None


@dataclass(frozen=True)
class Asking:
    """One dataset, and upstream, who is asked for it."""

    provider: Provider
    dataset: str
    store: Store
    client: Client
    needs: Needs

    def fate(self) -> Fate:
        """Ask for the signal, then for the bytes on condition, then judge what came."""
        module = module_of(self.provider.id)
        options = self.provider.datasets[self.dataset].request
        request = module.request(self.dataset, options)
        before = self._before(request)
        signal = ""
        if hasattr(module, "signal"):
            signal = module.signal(self.dataset, options, self.client) or ""
        if before and signal and signal == before.signal:
            return self._again(module, before)
        with tempfile.TemporaryDirectory(prefix="observatory-") as folder:
            fetched = self._download(module, request, Path(folder), before)
            if fetched.answer.not_modified and before:
                return self._again(module, self.store.note(before, signal=signal))
            marks = {
                "signal": signal,
                "etag": fetched.answer.etag,
                "last_modified": fetched.answer.last_modified,
            }
            digest = sha256(fetched.path)
            if self.store.has(self.provider.id, self.dataset, digest):
                same = self.store.get(self.provider.id, self.dataset, digest)
                same = self._withdraw_others(self.store.note(same, **marks))
                return replace(self._again(module, same), downloaded=True)
            return self._keep(module, request, fetched, marks)

    def _before(self, request: Request) -> Snapshot | None:
        """What upstream served last, if it was asked for in the same way as today."""
        latest = self.store.latest(self.provider.id, self.dataset)
        if latest is None or latest.origin != "live" or not _same_question(latest, request):
            return None
        return latest

    def _again(self, module: ModuleType, kept: Snapshot) -> Fate:
        """Upstream serves what is kept already; a held one is judged by today's rules."""
        if kept.status == "accepted":
            return Fate(self.dataset, kept)
        path = self.store.path(kept)
        try:
            table = self._read(module, path)
            finding = self._judge(module, table, kept.size, kept)
        except SourceError as error:
            return Fate(self.dataset, kept, sentence=self._held(kept, (str(error),)))
        if finding.reasons:
            kept = self.store.note(kept, held_because="; ".join(finding.reasons))
            return Fate(self.dataset, kept, sentence=self._held(kept, finding.reasons))
        unknown = _pairs(finding)
        kept = self.store.note(kept, status="accepted", held_because="", unknown=unknown)
        return Fate(self.dataset, kept, new=True)

    def _withdraw_others(self, served: Snapshot) -> Snapshot:
        """Upstream took back what is held: it serves an edition again that is kept already."""
        held = waiting(self.store, self.provider.id, self.dataset)
        if held and served.status == "accepted":
            self.store.note(held, status="withdrawn")
        return served

    def _download(
        self, module: ModuleType, request: Request, folder: Path, before: Snapshot | None
    ) -> Fetched:
        """By the provider's own way where it has one, else one request."""
        if hasattr(module, "download"):
            options = self.provider.datasets[self.dataset].request
            made = module.download(self.dataset, options, self.client, folder)
            if isinstance(made, Fetched):
                return made
            return Fetched(made, Answer(200, request.url, "", now()), made.name)
        file = folder / Path(request.filename).name
        marks = Validators(before.etag, before.last_modified) if before else None
        answer = self.client.download(request, file, hosts=module.HOSTS, if_changed=marks)
        return Fetched(file, answer)

    def _keep(
        self, module: ModuleType, request: Request, fetched: Fetched, marks: dict[str, str]
    ) -> Fate:
        """Keep new bytes: to use, or held where they are suspicious."""
        stated = self.provider.datasets[self.dataset]
        about: dict[str, object] = {
            "provider": self.provider.id,
            "dataset": self.dataset,
            "filename": fetched.filename or request.filename,
            "media_type": fetched.answer.media_type,
            "url": request.url,
            "params": request.params or request.form,
            "retrieved_at": fetched.answer.retrieved_at,
            "licence": stated.licence,
            "licence_url": stated.licence_url,
            "attribution": stated.attribution,
            "redistributable": stated.redistributable,
            "provenance": stated.provenance,
            "derived_by": stated.derived_by,
            "origin": "live",
            "original_url": fetched.answer.url,
            "rewritten": fetched.rewritten,
        }
        try:
            table = self._read(module, fetched.path)
        except Invalid as error:
            if not self._like_an_edition(fetched.path):
                raise
            # Perhaps a new format: upstream may not serve it tomorrow, and the reader can be
            # mended. Without its marks it is asked for again.
            why = str(error)
            kept = self.store.put(fetched.path, **about, status="held", held_because=why)
            return Fate(self.dataset, kept, sentence=self._held(kept, (why,)), downloaded=True)
        finding = self._judge(module, table, fetched.path.stat().st_size, None)
        reasons = "; ".join(finding.reasons)
        kept = self.store.put(
            fetched.path,
            **about,
            **marks,
            published_at=records.about(table).published_at,
            status="held" if reasons else "accepted",
            held_because=reasons,
            unknown=_pairs(finding),
        )
        sentence = self._held(kept, finding.reasons) if reasons else ""
        return Fate(self.dataset, kept, new=True, sentence=sentence, downloaded=True)

    def _read(self, module: ModuleType, file: Path) -> pa.Table:
        """Read the answer as a build will."""
        table = module.read(file, self.dataset)
        if not table.num_rows:
            raise Invalid(
                f"{self.provider.id}/{self.dataset}: upstream answered without a single record; "
                f"look whether the codes in catalog/providers/{self.provider.id}.yaml still exist."
            )
        return table

    def _judge(
        self, module: ModuleType, table: pa.Table, size: int, judged: Snapshot | None
    ) -> DownloadJudgement:
        """Beside the last good edition that was asked for in the same way."""
        stated = self.provider.datasets[self.dataset]
        request = module.request(self.dataset, stated.request)
        good = [
            s
            for s in self.store.editions(self.provider.id, self.dataset)
            if _same_question(s, request) and s != judged
        ]
        if not good:
            return judgement.judge(DownloadedRecords(table, size), None, stated, self.needs)
        try:
            before = module.read(self.store.path(good[-1]), self.dataset)
        except SourceError:  # the reader no longer reads it: nothing to compare with
            return judgement.judge(DownloadedRecords(table, size), None, stated, self.needs)
        # Bytes of the bundle are compressed otherwise than upstream's.
        then = good[-1].size if not good[-1].content_encoding else size
        unknown: dict[str, tuple[str, ...]] = {}
        for column, code in good[-1].unknown:
            unknown[column] = (*unknown.get(column, ()), code)
        editions = DownloadedRecords(table, size), DownloadedRecords(before, then)
        return judgement.judge(*editions, stated, self.needs, unknown)

    def _like_an_edition(self, file: Path) -> bool:
        """Whether unreadable bytes are of the kind and about the size of the last good edition."""
        good = self.store.newest(self.provider.id, self.dataset)
        if good is None or good.content_encoding or not good.size:
            return False
        with file.open("rb") as new, self.store.path(good).open("rb") as old:
            alike = text.sniff(new.read(4096)) == text.sniff(old.read(4096))
        low, high = _ALIKE
        return alike and low < file.stat().st_size / good.size < high

    def _held(self, kept: Snapshot, reasons: Sequence[str]) -> str:
        about = f"{self.provider.id}/{self.dataset}"
        return (
            f"{about}: the download of {kept.retrieved_at:%Y-%m-%d} is kept and not used: "
            f"{'; '.join(r.rstrip('.') for r in reasons)}; if it is right, run `observatory "
            f"snapshots accept {about} --reason '...'`."
        )


def _same_question(kept: Snapshot, request: Request) -> bool:
    asked = without_secrets(request.url), public(request.params or request.form)
    return (kept.url, kept.params) == asked


def _pairs(finding: DownloadJudgement) -> tuple[tuple[str, str], ...]:
    return tuple((c, code) for c in sorted(finding.unknown) for code in finding.unknown[c])


def module_of(provider: str) -> ModuleType:
    """The module that speaks with a provider; raises `Invalid` where there is none."""
    try:
        return importlib.import_module(f"sources.providers.{provider}")
    except ModuleNotFoundError:
        raise Invalid(
            f"{provider}: there is no module sources/providers/{provider}.py that knows how to ask; add it."
        ) from None
