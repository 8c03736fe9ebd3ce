"""Where the snapshot store puts its bytes: a folder of this machine, or any place fsspec reaches.

Both keep whole files by name (`objects/ab/ab…`, `eurostat/met_d3area/ab….json`) and change none in
place. What `local` answers is always a file of this machine whose hash was proved just now.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps
from pathlib import Path
from typing import Any, Protocol

from sources.errors import Refused, SourceError

_CHUNK = 16 << 20


class Shelf(Protocol):
    """What the store needs of a place. A name that is not there raises `FileNotFoundError`."""

    def names(self, folder: str = "") -> list[str]:
        """Names of sidecars below a folder, sorted."""
        ...

    def has(self, name: str) -> bool:
        """Whether something is under the name."""
        ...

    def read(self, name: str) -> bytes:
        """What is under the name."""
        ...

    def write(self, name: str, content: bytes) -> None:
        """Put the content there, at once or not at all."""
        ...

    def keep(self, name: str, file: Path) -> None:
        """Put a copy of the file there, at once or not at all."""
        ...

    def remove(self, name: str) -> None:
        """Take away what is there, if anything is."""
        ...

    def sha256(self, name: str) -> str:
        """The hash of what is there now, in hex."""
        ...

    def local(self, name: str, sha256: str) -> Path | None:
        """A file of this machine with these bytes; None where what is there has another hash."""
        ...

    def shown(self, name: str) -> str:
        """Where it stands, for a sentence."""
        ...


def digest(stream: Any) -> str:
    """The SHA-256 of a stream's bytes, in hex."""
    return hashlib.file_digest(stream, "sha256").hexdigest()


def _sidecars(found: list[str]) -> list[str]:
    """Names such as provider/dataset/hash.json; parts of an unfinished writing begin with a dot."""
    parts = [name.split("/") for name in found]
    return sorted(
        "/".join(p)
        for p in parts
        if len(p) == 3
        and p[0] != "objects"
        and p[2].endswith(".json")
        and not any(x.startswith(".") for x in p)
    )


@dataclass(frozen=True)
class FolderShelf:
    """A folder of this machine; a file takes its name only when all its bytes are on the disk."""

    root: Path

    def names(self, folder: str = "") -> list[str]:
        """Names of sidecars below a folder, sorted."""
        found = (self.root / folder).glob("*.json" if folder else "*/*/*.json")
        return _sidecars([p.relative_to(self.root).as_posix() for p in found])

    def has(self, name: str) -> bool:
        """Whether something is under the name."""
        return (self.root / name).exists()

    def read(self, name: str) -> bytes:
        """What is under the name."""
        return (self.root / name).read_bytes()

    def write(self, name: str, content: bytes) -> None:
        """Put the content there, at once or not at all."""
        self._place(name, lambda part: part.write_bytes(content))

    def keep(self, name: str, file: Path) -> None:
        """Put a copy of the file there, at once or not at all."""
        self._place(name, lambda part: shutil.copyfile(file, part))

    def remove(self, name: str) -> None:
        """Take away what is there, if anything is."""
        (self.root / name).unlink(missing_ok=True)

    def sha256(self, name: str) -> str:
        """The hash of what is there now, in hex."""
        with (self.root / name).open("rb") as stream:
            return digest(stream)

    def local(self, name: str, sha256: str) -> Path | None:
        """The file itself; None where it has another hash."""
        return self.root / name if self.sha256(name) == sha256 else None

    def shown(self, name: str) -> str:
        """The path."""
        return str(self.root / name)

    def _place(self, name: str, fill: Any) -> None:
        target = self.root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name[:16]}-{uuid.uuid4().hex}.part")
        try:
            fill(part)
            with part.open("rb") as stream:
                os.fsync(stream.fileno())
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)


def _reached(method: Callable[..., Any]) -> Callable[..., Any]:
    """Whatever a service or its library says, other than that a name is not there, in a sentence."""

    @wraps(method)
    def asked(self: Bucket, *args: Any) -> Any:
        try:
            return method(self, *args)
        except (FileNotFoundError, SourceError):
            raise
        except Exception as error:
            said = " ".join(str(error).split())[:200] or type(error).__name__
            raise Refused(
                f"{self.url} cannot be used ({said}): check the address, the network and the "
                "credentials."
            ) from None

    return asked


@dataclass(frozen=True)
class Bucket:
    """A place behind a URL of fsspec (`s3://bucket/prefix`), with proved copies in `cache`.

    An object store shows an object when all of it has arrived; on every other kind of place the
    bytes get their name by a move at the end.
    """

    url: str
    cache: Path

    @cached_property
    def _place(self) -> tuple[Any, str]:
        import fsspec

        # Another process may have written since this one listed, so nothing is remembered.
        options = {"use_listings_cache": False} if self.url.startswith("s3:") else {}
        system, root = fsspec.core.url_to_fs(self.url, **options)
        return system, root.rstrip("/")

    @property
    def _copies(self) -> FolderShelf:
        return FolderShelf(self.cache)

    @_reached
    def names(self, folder: str = "") -> list[str]:
        """Names of sidecars below a folder, sorted."""
        system, root = self._place
        system.invalidate_cache()
        pattern = f"{root}/{folder}/*.json" if folder else f"{root}/*/*/*.json"
        return _sidecars([p[len(root) + 1 :] for p in system.glob(pattern)])

    @_reached
    def has(self, name: str) -> bool:
        """Whether something is under the name."""
        system, root = self._place
        system.invalidate_cache()
        return system.exists(f"{root}/{name}")

    @_reached
    def read(self, name: str) -> bytes:
        """What is under the name."""
        system, root = self._place
        return system.cat_file(f"{root}/{name}")

    @_reached
    def write(self, name: str, content: bytes) -> None:
        """Put the content there, at once or not at all."""
        self._send(name, lambda system, target: system.pipe_file(target, content))

    @_reached
    def keep(self, name: str, file: Path) -> None:
        """Put a copy of the file there, at once or not at all."""
        self._send(name, lambda system, target: system.put_file(str(file), target))

    @_reached
    def remove(self, name: str) -> None:
        """Take away what is there, and the copy of it, if anything is."""
        system, root = self._place
        self._copies.remove(name)
        system.invalidate_cache()
        if system.exists(f"{root}/{name}"):
            system.rm_file(f"{root}/{name}")

    @_reached
    def sha256(self, name: str) -> str:
        """The hash of what is there now, in hex."""
        system, root = self._place
        found = hashlib.sha256()
        with system.open(f"{root}/{name}", "rb", cache_type="none") as stream:
            while chunk := stream.read(_CHUNK):
                found.update(chunk)
        return found.hexdigest()

    @_reached
    def local(self, name: str, sha256: str) -> Path | None:
        """A proved copy in the cache, fetched where there is none yet."""
        copies = self._copies
        if copies.has(name) and copies.sha256(name) == sha256:
            return self.cache / name
        system, root = self._place
        fetched = self.cache / f".{uuid.uuid4().hex}.part"
        fetched.parent.mkdir(parents=True, exist_ok=True)
        try:
            system.get_file(f"{root}/{name}", str(fetched))
            with fetched.open("rb") as stream:
                if digest(stream) != sha256:
                    return None
            (self.cache / name).parent.mkdir(parents=True, exist_ok=True)
            fetched.replace(self.cache / name)
        finally:
            fetched.unlink(missing_ok=True)
        return self.cache / name

    def shown(self, name: str) -> str:
        """The URL."""
        return f"{self.url.rstrip('/')}/{name}"

    def _send(self, name: str, send: Any) -> None:
        system, root = self._place
        target = f"{root}/{name}"
        if "s3" in system.protocol or "gs" in system.protocol:
            return send(system, target)
        system.makedirs(target.rpartition("/")[0], exist_ok=True)
        part = f"{root}/.{uuid.uuid4().hex}.part"
        try:
            send(system, part)
            system.mv(part, target)
        finally:
            if system.exists(part):
                system.rm_file(part)
