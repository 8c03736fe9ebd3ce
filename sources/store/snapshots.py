"""The store of bytes as upstream served them, kept once per content, with a sidecar each.

`objects/<aa>/<sha256>` holds the bytes; `<provider>/<dataset>/<sha256>.json` says where they came
from, when, under which licence. Nothing is ever changed in place (`sources.store.shelf`), so a killed
process leaves a whole store, and bytes are proved again when read. The store is a folder, or a URL
of fsspec such as `s3://bucket/prefix`; readers get a local file either way.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from sources.errors import Invalid, Refused
from sources.store.shelf import Bucket, FolderShelf, Shelf

_SECRET = re.compile(
    r"(^|[-_.])(key|sig|sas|auth|pwd|pass)$"
    r"|token|secret|passw|signature|credential|api[-_]?key|subscription|authori[sz]ation",
    re.IGNORECASE,
)
_MOMENTS = ("retrieved_at", "published_at", "pruned_at")


@dataclass(frozen=True)
class Snapshot:
    """One kept answer of one dataset. All moments are naive and in UTC.

    `snapshot_id` is the SHA-256 of the kept bytes, `size` their number. `content_encoding` is
    `gzip` where the bytes are what upstream served, compressed; `original_sha256` is then the hash
    of what was served. `rewritten` says how the bytes differ from what was served (empty: not at
    all), and `original_url` where the original stands. `signal`, `etag` and `last_modified` are how
    upstream marked these bytes. A `held` one is kept and not used, `held_because` says why; who
    accepted it after all, and why, stays in `accepted_by` and `accepted_because`. A `withdrawn` one
    was held, and upstream went back to an earlier one. `unknown` are (column, code) that were never
    served before and whose records wait in quarantine. The bytes of one with `pruned_at` were taken
    away then; what it said stays in the history of its dataset. `partial` names the columns by whose
    codes it is a part of the dataset; of other codes it says nothing.
    """

    provider: str
    dataset: str
    snapshot_id: str
    size: int
    filename: str
    media_type: str
    url: str
    retrieved_at: datetime
    licence: str
    attribution: str
    params: tuple[tuple[str, str], ...] = ()
    published_at: datetime | None = None
    upstream_vintage: str = ""
    licence_url: str = ""
    redistributable: bool = False
    provenance: str = "upstream"
    derived_by: str = ""
    origin: Literal["live", "bundled", "added"] = "live"
    content_encoding: str = ""
    rewritten: str = ""
    original_sha256: str = ""
    original_url: str = ""
    status: Literal["accepted", "held", "withdrawn"] = "accepted"
    signal: str = ""
    etag: str = ""
    last_modified: str = ""
    held_because: str = ""
    accepted_because: str = ""
    accepted_by: str = ""
    unknown: tuple[tuple[str, str], ...] = ()
    pruned_at: datetime | None = None
    partial: tuple[str, ...] = ()

    @property
    def reader(self) -> str:
        """The reader of these bytes: what a third party reshaped is a tidy CSV of our own."""
        return "carrier" if self.provenance == "carrier" else self.provider

    @property
    def recorded_from(self) -> datetime:
        """Since when the figures count as said: upstream's stamp, else the retrieval."""
        return self.published_at or self.retrieved_at

    def as_json(self) -> str:
        """The sidecar: sorted keys, moments as ISO 8601 in UTC, one trailing newline."""
        raw = {f.name: getattr(self, f.name) for f in fields(self)}
        raw |= {k: _iso(raw[k]) for k in _MOMENTS}
        return json.dumps(raw, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def from_json(path: Path) -> Snapshot:
    """Read a sidecar; raises `Invalid` where it is damaged or incomplete."""
    try:
        return _parsed(path.read_bytes(), str(path))
    except OSError as error:
        raise _unreadable(str(path), error) from None


def _parsed(content: bytes, where: str) -> Snapshot:
    try:
        raw = json.loads(content)
        for name in ("params", "unknown"):
            raw[name] = tuple((str(k), str(v)) for k, v in raw.get(name, ()))
        raw["partial"] = tuple(map(str, raw.get("partial", ())))
        raw |= {k: moment(raw.get(k)) for k in _MOMENTS}
        snapshot = Snapshot(**raw)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _unreadable(where, error) from None
    if not isinstance(snapshot.retrieved_at, datetime):
        raise Invalid(f"{where}: the sidecar has no 'retrieved_at'; fetch the dataset again.")
    return snapshot


def _unreadable(where: str, error: Exception) -> Invalid:
    return Invalid(
        f"{where}: the sidecar of a snapshot cannot be read ({error}); "
        "remove it and fetch the dataset again."
    )


def moment(value: str | datetime | None) -> datetime | None:
    """ISO 8601 text (or a moment) as a naive moment in UTC; without a zone it is taken as UTC."""
    if not value:
        return None
    stamp = datetime.fromisoformat(value) if isinstance(value, str) else value
    return stamp.astimezone(UTC).replace(tzinfo=None) if stamp.tzinfo else stamp


def now() -> datetime:
    """This second, naive in UTC."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def without_secrets(url: str) -> str:
    """The URL without user name, password and query keys that look like credentials."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(k, v) for k, v in query if not _SECRET.search(k)]
    text = parts.query if len(kept) == len(query) else urlencode(kept)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=text))


def public(params: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Parameters without those that look like credentials."""
    return tuple(p for p in params if not _SECRET.search(p[0]))


@dataclass(frozen=True)
class Store:
    """The snapshots under one folder or URL; `cache` holds local copies of what a URL keeps."""

    root: Path | str
    cache: Path | None = None

    @cached_property
    def _shelf(self) -> Shelf:
        if "://" not in str(self.root):
            return FolderShelf(Path(self.root))
        if self.cache is None:
            raise Refused(f"{self.root}: say in which folder copies of the snapshots are kept.")
        return Bucket(str(self.root), self.cache)

    def put(self, file: Path, **about: Any) -> Snapshot:
        """Keep a copy of `file`; `about` holds the fields of `Snapshot` besides its id and size.

        The same bytes of the same dataset are kept once: the snapshot that is already there is
        answered, whatever `about` says; only what the software says of its own bundled bytes is
        said anew. Raises `Refused` where the folder cannot be written.
        """
        digest = sha256(file)
        about["url"] = without_secrets(about["url"])
        about["original_url"] = without_secrets(about.get("original_url", ""))
        about["params"] = public(about.get("params", ()))
        for name in _MOMENTS:
            about[name] = moment(about.get(name))
        snapshot = Snapshot(snapshot_id=digest, size=file.stat().st_size, **about)
        try:
            self._keep(file, digest)
            sidecar = _sidecar(snapshot)
            if self._shelf.has(sidecar):
                before = self._read(sidecar)
                if (before.origin, snapshot.origin) != ("bundled", "bundled"):
                    noted = self.note(before, pruned_at=None)
                    self._keep_again(file, digest)
                    return noted
                snapshot = replace(snapshot, status=before.status)
            self._shelf.write(sidecar, snapshot.as_json().encode())
            self._keep_again(file, digest)
        except OSError as error:
            raise Refused(
                f"{self.root}: the snapshot of {snapshot.provider}/{snapshot.dataset} cannot be "
                f"kept ({error.strerror or error}); check free space and permissions there."
            ) from None
        return snapshot

    def newest(self, provider: str, dataset: str) -> Snapshot | None:
        """The accepted snapshot with the latest figures, or None."""
        return next(reversed(self.editions(provider, dataset)), None)

    def editions(self, provider: str, dataset: str) -> list[Snapshot]:
        """The accepted snapshots of one dataset, oldest figures first."""
        accepted = [s for s in self._of(provider, dataset) if s.status == "accepted"]
        return sorted(accepted, key=_order)

    def latest(self, provider: str, dataset: str) -> Snapshot | None:
        """The snapshot that was retrieved last, whether it is used or held; or None."""
        found = self._of(provider, dataset)
        return max(found, key=lambda s: (s.retrieved_at, *_order(s)), default=None)

    def note(self, snapshot: Snapshot, **facts: Any) -> Snapshot:
        """Write facts into the sidecar of a kept snapshot, such as how upstream marks it now."""
        noted = replace(snapshot, **facts)
        if noted != snapshot:
            self._shelf.write(_sidecar(noted), noted.as_json().encode())
        return noted

    def has(self, provider: str, dataset: str, snapshot_id: str) -> bool:
        """Whether this snapshot of the dataset is kept."""
        return self._shelf.has(f"{provider}/{dataset}/{snapshot_id}.json")

    def get(self, provider: str, dataset: str, snapshot_id: str) -> Snapshot:
        """One snapshot by its id; raises `Invalid` where it is not kept."""
        sidecar = f"{provider}/{dataset}/{snapshot_id}.json"
        if not self._shelf.has(sidecar):
            raise Invalid(
                f"{provider}/{dataset}: there is no snapshot {snapshot_id[:12]}; "
                "`observatory snapshots` lists those that are kept."
            )
        return self._read(sidecar)

    def all(self) -> list[Snapshot]:
        """Every snapshot, by provider and dataset, oldest figures first."""
        found = [self._read(n) for n in self._shelf.names()]
        return sorted(found, key=lambda s: (s.provider, s.dataset, *_order(s)))

    def path(self, snapshot: Snapshot) -> Path:
        """A local file with the bytes, proved; raises `Invalid` where they are gone or damaged."""
        if snapshot.pruned_at:
            raise Invalid(
                f"{_named(snapshot)} were pruned on {snapshot.pruned_at:%Y-%m-%d}; what they said "
                "is in the history of the dataset."
            )
        name = _object(snapshot.snapshot_id)
        try:
            found = self._shelf.local(name, snapshot.snapshot_id)
        except (OSError, ValueError) as error:
            raise Invalid(self._trouble(snapshot, error)) from None
        if found is None:
            raise Invalid(self._trouble(snapshot))
        return found

    def verify(self) -> list[str]:
        """Read everything again: one sentence for each damage, none where all is well."""
        problems: list[str] = []
        proved: dict[str, str] = {}
        for name in self._shelf.names():
            where = self._shelf.shown(name)
            try:
                snapshot = self._read(name)
            except Invalid as error:
                problems.append(str(error))
                continue
            if name != _sidecar(snapshot):
                problems.append(
                    f"{where}: the sidecar speaks of {_sidecar(snapshot).removesuffix('.json')}; "
                    "fetch the dataset again."
                )
                continue
            if snapshot.pruned_at:
                continue
            if snapshot.snapshot_id not in proved:
                proved[snapshot.snapshot_id] = self._damage(snapshot)
            if proved[snapshot.snapshot_id]:
                problems.append(proved[snapshot.snapshot_id])
        return problems

    def prune(
        self,
        *,
        keep: int,
        before: datetime,
        taken: Callable[[Snapshot], bool],
        dry_run: bool = False,
    ) -> list[Snapshot]:
        """Take away the bytes of old snapshots; their sidecars stay, with `pruned_at`.

        Of each dataset the `keep` newest editions stay (1 at least), and whatever was retrieved at
        `before` (UTC) or later, is held and not judged yet, came with the software, or is not
        `taken` into the history. Answers what was pruned, or would be.
        """
        snapshots = [s for s in self.all() if not s.pruned_at]
        stay: set[tuple[str, str, str]] = set()
        for provider, dataset in {(s.provider, s.dataset) for s in snapshots}:
            newest = self.editions(provider, dataset)[-max(keep, 1) :]
            stay |= {(provider, dataset, s.snapshot_id) for s in newest}
        chosen = [
            s
            for s in snapshots
            if (s.provider, s.dataset, s.snapshot_id) not in stay
            and s.retrieved_at < before
            and s.status != "held"
            and s.origin != "bundled"
            and (s.status == "withdrawn" or taken(s))
        ]
        if dry_run:
            return chosen
        # First the sidecars: a process that is killed between leaves bytes that nobody needs,
        # never a snapshot that claims bytes that are gone.
        pruned = [self.note(s, pruned_at=now()) for s in chosen]
        needed = {s.snapshot_id for s in self.all() if not s.pruned_at}
        for digest in {s.snapshot_id for s in pruned} - needed:
            self._shelf.remove(_object(digest))
        # Bytes that were put meanwhile found their old copy here and did not bring another.
        for s in self.all():
            if not s.pruned_at and not self._shelf.has(_object(s.snapshot_id)):
                self.note(s, pruned_at=now())
        return pruned

    def accept(
        self, provider: str, dataset: str, snapshot_id: str = "", *, because: str, by: str
    ) -> Snapshot:
        """Use a snapshot although it was found suspicious, with all that was unknown in it.

        Without an id (its first digits are enough) it is the one that is held, else the newest.
        Raises `Invalid` where no snapshot, or more than one, has such an id.
        """
        kept = self._of(provider, dataset)
        found = [s for s in kept if s.snapshot_id.startswith(snapshot_id)] if snapshot_id else []
        if not snapshot_id:
            held = [s for s in kept if s.status == "held"]
            found = [max(held or kept, key=lambda s: (s.retrieved_at, *_order(s)))] if kept else []
        if len(found) != 1:
            raise Invalid(
                f"{provider}/{dataset}: {len(found) or 'no'} snapshots fit "
                f"'{snapshot_id or 'any id'}'; give more digits of one that "
                "`observatory snapshots list` shows."
            )
        return self.note(
            found[0], status="accepted", accepted_because=because, accepted_by=by, unknown=()
        )

    def _of(self, provider: str, dataset: str) -> list[Snapshot]:
        return [self._read(n) for n in self._shelf.names(f"{provider}/{dataset}")]

    def _read(self, sidecar: str) -> Snapshot:
        where = self._shelf.shown(sidecar)
        try:
            return _parsed(self._shelf.read(sidecar), where)
        except OSError as error:
            raise _unreadable(where, error) from None

    def _damage(self, s: Snapshot) -> str:
        try:
            whole = self._shelf.sha256(_object(s.snapshot_id)) == s.snapshot_id
        except (OSError, ValueError) as error:
            return self._trouble(s, error)
        return "" if whole else self._trouble(s)

    def _trouble(self, s: Snapshot, error: Exception | None = None) -> str:
        where = self._shelf.shown(_object(s.snapshot_id))
        if error is None:
            said = f"damaged ({where}): their hash is another; fetch the dataset again"
        elif isinstance(error, FileNotFoundError):
            said = f"gone ({where}); fetch the dataset again"
        else:
            why = getattr(error, "strerror", None) or error
            return f"{_named(s)} cannot be read ({where}: {why}); check its permissions."
        return f"{_named(s)} are {said}."

    def _keep_again(self, file: Path, digest: str) -> None:
        """Bring the bytes once more where a pruning took the old copy since they were looked for."""
        if not self._shelf.has(_object(digest)):
            self._keep(file, digest)

    def _keep(self, file: Path, digest: str) -> None:
        """Copy the bytes in, unless they are there whole already; a damaged copy is replaced."""
        name = _object(digest)
        if self._shelf.has(name) and self._shelf.sha256(name) == digest:
            return
        self._shelf.keep(name, file)
        if self._shelf.sha256(name) != digest:
            self._shelf.remove(name)
            raise Invalid(f"{file}: the file changed while it was kept; try again.")


def _sidecar(s: Snapshot) -> str:
    return f"{s.provider}/{s.dataset}/{s.snapshot_id}.json"


def _object(digest: str) -> str:
    return f"objects/{digest[:2]}/{digest}"


def _named(s: Snapshot) -> str:
    return f"{s.provider}/{s.dataset}: the bytes of snapshot {s.snapshot_id[:12]}"


def _order(s: Snapshot) -> tuple[datetime, datetime, str]:
    return (s.recorded_from, s.retrieved_at, s.snapshot_id)


def _iso(stamp: datetime | None) -> str | None:
    return stamp.isoformat(timespec="seconds") + "Z" if stamp else None
