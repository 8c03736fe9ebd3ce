"""A home on an object store: `OBSERVATORY_HOME=s3://bucket/prefix`. The store is the authority.

Readers and writers work on a folder of this machine, as always; here its files are fetched when they
are asked for, and sent when they were written. What is fetched is named by the version that the
store lists, so a copy is used again only while it is that version's. Whatever spoils or removes the
folder costs a download, nothing else.

Objects have the names of the files: `tables/...`, `asked.json`, `releases/<date>.<n>/...`. A release
is sent whole, `SHA256SUMS` last, before the object `releases/current` names it; that object is
replaced only if nobody else replaced it meanwhile (If-Match). Who reads it gets the release before
or this one, and proves it by its checksums.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.errors import WarehouseError

SUMS, CURRENT, CANDIDATE = "SHA256SUMS", "current", "candidate"
MADE = "made"  # in this folder a small file for each publication that was sent
SENT = ("tables/", "asked.json", f"{MADE}/")  # what is sent when it was written
FRESH = 5.0  # seconds for which it is believed which release is the current one
THREADS = 8
TRIES = 5


class ObjectChanged(Exception):
    """An object is no longer the version that was to be replaced."""


@dataclass(frozen=True)
class Listed:
    """An object as the store lists it."""

    version: str
    size: int


class Objects:
    """The objects below `s3://bucket/prefix`, through the client library of AWS for any S3 server.

    Address and keys of the server come from the environment (`AWS_ENDPOINT_URL`, `AWS_ACCESS_KEY_ID`
    and so on), or from the role of the machine. Every method raises `WarehouseError`, in a sentence,
    where the server cannot be used after several tries.
    """

    def __init__(self, url: str):
        scheme, _, rest = url.partition("://")
        self.url, (self.bucket, _, prefix) = url.rstrip("/"), rest.partition("/")
        if scheme != "s3" or not self.bucket:
            raise WarehouseError(
                f"OBSERVATORY_HOME is '{url}'; write a folder, or a place on an object store like "
                "s3://bucket/prefix."
            )
        self.prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._lock = threading.Lock()
        self._made: Any = None

    def client(self) -> Any:
        """The client, one a process; its threads may share it."""
        with self._lock:
            if self._made is None or self._made[0] != os.getpid():
                import botocore.session
                from botocore.config import Config

                config = Config(
                    retries={"max_attempts": TRIES, "mode": "standard"},
                    connect_timeout=10,
                    read_timeout=60,
                    max_pool_connections=2 * THREADS,
                )
                made = botocore.session.Session().create_client("s3", config=config)
                self._made = (os.getpid(), made)
            return self._made[1]

    def read(self, name: str) -> tuple[bytes, str]:
        """Bytes and version of an object; raises `FileNotFoundError` where there is none."""
        with self._sentences(name):
            for left in reversed(range(TRIES)):
                try:
                    said = self.client().get_object(Bucket=self.bucket, Key=self.prefix + name)
                    return said["Body"].read(), said["ETag"]
                except Exception as error:  # cut in the middle: the client tries only the beginning
                    if _code(error) or not left:
                        raise
                    time.sleep(0.2 * (TRIES - left))
        raise AssertionError("unreachable")

    def write(self, name: str, content: bytes | Path, version: str | None = None) -> str:
        """Put an object there, whole or not at all; answers with its version.

        version: replace only this version; empty: only where there is none. Raises `ObjectChanged` where
        it is another by now.
        """
        only = {} if version is None else {"IfMatch": version} if version else {"IfNoneMatch": "*"}
        with self._sentences(name):
            where = {"Bucket": self.bucket, "Key": self.prefix + name}
            if isinstance(content, Path):
                with content.open("rb") as body:
                    return self.client().put_object(**where, Body=body, **only)["ETag"]
            return self.client().put_object(**where, Body=content, **only)["ETag"]

    def names(self, folder: str) -> dict[str, Listed]:
        """Name to version of every object whose name begins so."""
        found: dict[str, Listed] = {}
        with self._sentences(folder):
            pages = self.client().get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.bucket, Prefix=self.prefix + folder):
                for said in page.get("Contents", ()):
                    name = said["Key"][len(self.prefix) :]
                    found[name] = Listed(said["ETag"], said["Size"])
        return found

    def folders(self, folder: str) -> list[str]:
        """The names of the folders in a folder."""
        with self._sentences(folder):
            pages = self.client().get_paginator("list_objects_v2")
            where = {"Bucket": self.bucket, "Prefix": self.prefix + folder, "Delimiter": "/"}
            return [
                said["Prefix"][len(self.prefix + folder) :].rstrip("/")
                for page in pages.paginate(**where)
                for said in page.get("CommonPrefixes", ())
            ]

    def remove(self, names: Iterable[str]) -> None:
        """Take objects away, in this order; those that are not there are no error."""
        for name in names:
            with self._sentences(name):
                self.client().delete_object(Bucket=self.bucket, Key=self.prefix + name)

    @contextmanager
    def _sentences(self, name: str) -> Generator[None]:
        import botocore.exceptions

        try:
            yield
        except botocore.exceptions.ClientError as error:
            code = _code(error)
            if code in ("NoSuchKey", "404"):
                raise FileNotFoundError(f"{self.url}/{name}") from None
            if code in ("PreconditionFailed", "412", "ConditionalRequestConflict", "409"):
                raise ObjectChanged(f"{self.url}/{name}") from None
            raise WarehouseError(self._unusable(name, error)) from None
        except (botocore.exceptions.BotoCoreError, OSError) as error:
            raise WarehouseError(self._unusable(name, error)) from None
        except Exception as error:  # urllib3's, while a body is read
            if type(error).__module__.partition(".")[0] != "urllib3":
                raise
            raise WarehouseError(self._unusable(name, error)) from None

    def _unusable(self, name: str, error: Exception) -> str:
        said = " ".join(str(error).split())[:200] or type(error).__name__
        return (
            f"{self.url}/{name} cannot be used ({said}): check the address, the network and the "
            "credentials."
        )


def _code(error: Exception) -> str:
    said = getattr(error, "response", None)
    return str(said.get("Error", {}).get("Code", "")) if isinstance(said, dict) else ""


class Elsewhere:
    """A home whose objects stand in a store, and its folder on this machine."""

    def __init__(self, url: str, root: Path):
        self.objects, self.root = Objects(url), root
        self._listed: dict[str, Listed] | None = None
        self._looked = 0.0
        self._lock = threading.RLock()

    # Tables and the like: one file, one object.

    def refresh(self) -> None:
        """Forget what the store was seen to hold: another machine may have written since."""
        with self._lock:
            self._listed, self._looked = None, 0.0

    def bring(self, path: Path) -> Path:
        """The path, with the file as the store has it now; without one where it has none."""
        name = self._name(path)
        with self._lock:
            listed = self._known().get(name)
            if listed is None:
                path.unlink(missing_ok=True)
            elif self._noted(name, path) != listed.version:
                self._fetch(name, path)
        return path

    def put(self, path: Path) -> None:
        """Send a file that was written to its place in the store."""
        name = self._name(path)
        if not name.startswith(SENT):
            return
        with self._lock:
            self._note_of(name).unlink(missing_ok=True)
            seen = _seen(path)
            version = self.objects.write(name, path)
            self._note(name, version, seen)
            if self._listed is not None:
                self._listed[name] = Listed(version, path.stat().st_size)

    def remove(self, path: Path) -> None:
        """Take away the object of a file that was removed."""
        with self._lock:
            name = self._name(path)
            if name in self._known():
                self.objects.remove([name])
                self._known().pop(name, None)

    # Releases.

    def releases(self) -> list[str]:
        """The names of all whole releases in the store."""
        found = self.objects.names("releases/")
        ends = [n.split("/") for n in found if n.endswith(f"/{SUMS}")]
        return sorted(p[1] for p in ends if len(p) == 3 and p[1] != CANDIDATE)

    def pointer(self) -> tuple[str, str]:
        """The name of the current release and the version of the object that says so; empty before
        the first."""
        try:
            content, version = self.objects.read(f"releases/{CURRENT}")
        except FileNotFoundError:
            return "", ""
        return content.decode().strip(), version

    def follow(self) -> None:
        """Make the folder's current release and candidate those of the store, at most every `FRESH` s."""
        with self._lock:
            if time.monotonic() - self._looked < FRESH and self._looked:
                return
            name, _ = self.pointer()
            folder = self.root / "releases"
            folder.mkdir(parents=True, exist_ok=True)
            if name:
                self.bring_release(name)
                _link(folder, name)
            self._bring_candidate()
            self._looked = time.monotonic()

    def bring_release(self, name: str, *, again: bool = False) -> Path:
        """The folder of a release, fetched and proved by its checksums where it is not here yet.

        again: fetch it in any case, so that what is proved is what the store has now. Raises
        `WarehouseError` where the store has no such release, or another than was published.
        """
        target = self.root / "releases" / name
        if again or not (target / SUMS).is_file():
            self._bring_tree(f"releases/{name}/", target)
        return target

    def publish(self, folder: Path, name: str) -> None:
        """Send a finished release and make it the current one.

        Raises `WarehouseError`, with the current one as it was, where the store cannot be used or
        another machine published meanwhile.
        """
        before, version = self.pointer()
        self._sweep(keep={before})
        self._send_tree(folder, f"releases/{name}/", last=SUMS)
        self.point(name, version)

    def point(self, name: str, version: str | None = None) -> None:
        """Name the current release, if the object that says so is still this version."""
        if version is None:
            _, version = self.pointer()
        try:
            self.objects.write(f"releases/{CURRENT}", f"{name}\n".encode(), version)
        except ObjectChanged:
            # A write that arrived although its answer was lost is tried again by the client.
            if self.pointer()[0] != name:
                raise WarehouseError(
                    f"{self.objects.url}/releases/{CURRENT}: another machine published meanwhile; "
                    "publish again."
                ) from None
        self._looked = 0.0

    def forget_releases(self, names: Iterable[str]) -> None:
        """Take releases out of the store: out of sight first, then their files."""
        for name in names:
            self._remove_tree(f"releases/{name}/")

    def keep_candidate(self, folder: Path) -> None:
        """Send a release that waits for a person, in place of an earlier one."""
        self.forget_candidate()
        self._send_tree(folder, f"releases/{CANDIDATE}/", last=SUMS)

    def forget_candidate(self) -> None:
        """Take away the release that waits."""
        self._remove_tree(f"releases/{CANDIDATE}/")

    # Publications.

    def send_publication(self, folder: Path) -> None:
        """Send the pages or files that were made from a release, and take away those of others."""
        name = self._name(folder)
        _, release, kind = name.split("/")
        self._send_tree(folder, f"{name}/", last="index.html")
        mark = self.root / MADE / release / kind
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.write_text(release, encoding="utf-8")
        self.put(mark)
        for other in self.objects.folders("publications/"):
            if other != release:
                self.remove(self.root / MADE / other / kind)
                self._remove_tree(f"publications/{other}/{kind}/", first="index.html")

    def bring_publication(self, folder: Path) -> None:
        """Fetch what was made from a release, if all of it is in the store and it is not here yet."""
        self.refresh()
        prefix = f"{self._name(folder)}/"
        if folder.is_dir() or not self.mark(folder).exists():
            return
        part = folder.with_name(f".bringing-{uuid.uuid4().hex}")
        try:
            self._fetch_all(prefix, part)
            shutil.rmtree(folder, ignore_errors=True)
            part.rename(folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def mark(self, folder: Path) -> Path:
        """A file that is there where this publication was sent."""
        return self.bring(self.root / MADE / folder.parent.name / folder.name)

    # Trees.

    def _bring_candidate(self) -> None:
        target = self.root / "releases" / CANDIDATE
        there = self.objects.names(f"releases/{CANDIDATE}/{SUMS}")
        if not there:
            shutil.rmtree(target, ignore_errors=True)
            return
        content, _ = self.objects.read(f"releases/{CANDIDATE}/{SUMS}")
        here = target / SUMS
        if not here.is_file() or here.read_bytes() != content:
            self._bring_tree(f"releases/{CANDIDATE}/", target)

    def _bring_tree(self, prefix: str, target: Path) -> None:
        """Fetch a folder beside its place, prove it by its checksums, and put it there."""
        found = self.objects.names(prefix)
        if prefix + SUMS not in found:
            raise WarehouseError(
                f"{self.objects.url}/{prefix}: there is no whole release; publish."
            )
        part = target.with_name(f".bringing-{uuid.uuid4().hex}")
        try:
            self._fetch_all(prefix, part)
            for line in (part / SUMS).read_text(encoding="utf-8").splitlines():
                digest, name = line.split("  ", 1)
                path = part / name
                if not path.is_file() or _sha256(path) != digest:
                    raise WarehouseError(
                        f"{self.objects.url}/{prefix}{name}: the file is missing or is not as it was "
                        "published; choose another release or publish again."
                    )
            gone = target.with_name(f".gone-{uuid.uuid4().hex}")
            if target.exists():
                target.rename(gone)
            part.rename(target)
            shutil.rmtree(gone, ignore_errors=True)
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def _fetch_all(self, prefix: str, folder: Path) -> None:
        """Every object below a prefix as a file of a new folder."""

        def fetch(name: str) -> None:
            path = folder / name[len(prefix) :]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.objects.read(name)[0])

        _all(fetch, self.objects.names(prefix))

    def _send_tree(self, folder: Path, prefix: str, last: str) -> None:
        files = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
        end = files.pop(last, None)
        _all(lambda name: self.objects.write(prefix + name, files[name]), files)
        if end is not None:
            self.objects.write(prefix + last, end)

    def _remove_tree(self, prefix: str, first: str = SUMS) -> None:
        found = self.objects.names(prefix)
        if prefix + first in found:
            self.objects.remove([prefix + first])
        _all(lambda name: self.objects.remove([name]), [n for n in found if n != prefix + first])

    def _sweep(self, keep: set[str]) -> None:
        """Take away what a publication that failed left behind."""
        whole = {*self.releases(), *keep, CANDIDATE}
        for name in self.objects.folders("releases/"):
            if name not in whole:
                self._remove_tree(f"releases/{name}/")

    # Files.

    def _known(self) -> dict[str, Listed]:
        if self._listed is None:
            self._listed = {}
            for folder in SENT:
                self._listed |= self.objects.names(folder)
        return self._listed

    def _fetch(self, name: str, path: Path) -> None:
        try:
            content, version = self.objects.read(name)
        except FileNotFoundError:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
        try:
            part.write_bytes(content)
            seen = _seen(part)
            part.replace(path)
            self._note(name, version, seen)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise WarehouseError(
                f"{path}: it cannot be written ({reason}); check the free space and the permissions of "
                f"{self.root}."
            ) from None
        finally:
            part.unlink(missing_ok=True)

    def _note_of(self, name: str) -> Path:
        return self.root / ".versions" / f"{name}.json"

    def _note(self, name: str, version: str, seen: Mapping[str, int]) -> None:
        """Write down of which version the file is a copy, and how it looks."""
        note = self._note_of(name)
        note.parent.mkdir(parents=True, exist_ok=True)
        part = note.with_name(f".{note.name}.{uuid.uuid4().hex}.part")
        part.write_text(json.dumps({"version": version, "seen": seen}), encoding="utf-8")
        part.replace(note)

    def _noted(self, name: str, path: Path) -> str:
        """The version that the file is a copy of; empty where it was changed or never fetched."""
        try:
            said = json.loads(self._note_of(name).read_text(encoding="utf-8"))
            return said["version"] if said["seen"] == _seen(path) else ""
        except (OSError, ValueError, KeyError):
            return ""

    def _name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()


def _seen(path: Path) -> dict[str, int]:
    stat = path.stat()
    return {"size": stat.st_size, "changed": stat.st_mtime_ns, "file": stat.st_ino}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _all(do: Callable[[str], object], names: Iterable[str]) -> None:
    """Do something with every name, several at once; the first error is raised."""
    with ThreadPoolExecutor(THREADS) as pool:
        for future in [pool.submit(do, name) for name in names]:
            future.result()


def _link(folder: Path, name: str) -> None:
    """Point the symlink `current` at a release; readers see the old one or the new one."""
    link = folder / CURRENT
    if link.is_symlink() and str(link.readlink()) == name:
        return
    part = folder / f".following-{uuid.uuid4().hex}"
    part.symlink_to(name)
    part.replace(link)


_OPEN: dict[tuple[str, Path], Elsewhere] = {}


def of(url: str, root: Path) -> Elsewhere:
    """The home at this address with this folder, one object a process."""
    if (url, root) not in _OPEN:
        _OPEN[url, root] = Elsewhere(url, root)
    return _OPEN[url, root]


def saved(path: Path) -> None:
    """Send a file that was written, if it belongs to a home on an object store."""
    for (_, root), place in _OPEN.items():
        if path.is_relative_to(root):
            place.put(path)


def removed(path: Path) -> None:
    """Take away the object of a file that was removed, if it belongs to a home on an object store."""
    for (_, root), place in _OPEN.items():
        if path.is_relative_to(root):
            place.remove(path)


def holds(path: Path) -> bool:
    """Whether a path belongs to a home on an object store."""
    return any(path.is_relative_to(root) for _, root in _OPEN)


def refuse_personal(path: Path) -> None:
    """Raise `WarehouseError` where what identifies persons would be written on such a home.

    It stays on one machine: an object store has other readers, copies and backups.
    """
    if holds(path):
        raise WarehouseError(
            f"{path.name} was not kept: survey answers stay on one machine, and this home is on an "
            "object store. Read them in with OBSERVATORY_HOME set to a folder of that machine."
        )
