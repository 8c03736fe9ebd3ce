"""The lease of a home: one command or run writes to it at a time, whatever machine it runs on.

A lease is one small record that says who holds it, what for, on which machine, and until when. Its
holder renews it while it works. It is free where there is none, where its holder has ended (asked of
the operating system on the same machine) or where it was not renewed in time (any other machine).

A command holds it from its plan to its release. A run that Dagster launched holds it from its first
step to its last (`pipelines.executor`), so the steps of one run may run side by side.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import platform
import signal
import threading
import time
import uuid
from collections.abc import Callable, Generator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from warehouse.elsewhere import ObjectChanged
from warehouse.errors import WarehouseError

if TYPE_CHECKING:
    from warehouse.elsewhere import Objects
    from warehouse.home import Home

PAUSE = 0.2  # seconds between two tries
BEAT = 10.0  # seconds between two renewals
LASTS = 60.0  # seconds for which a lease that is not renewed is respected on another machine


class Register(Protocol):
    """Where the record of a lease is kept: any store that can compare and swap one small text."""

    def read(self) -> tuple[str, str]:
        """The record (empty where there is none) and its version."""
        ...

    def swap(self, text: str, version: str) -> bool:
        """Replace the record if its version is still this one; whether it was replaced."""
        ...


@dataclass(frozen=True)
class FolderRegister:
    """A register that is a file of a folder which all machines see."""

    path: Path

    def read(self) -> tuple[str, str]:
        """The record and a hash of it."""
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            text = ""
        return text, hashlib.sha256(text.encode()).hexdigest()

    def swap(self, text: str, version: str) -> bool:
        """Replace the record, with its guard locked, if it is still the one that was read."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with alone(self.path.with_name(f".{self.path.name}.guard")):
            if self.read()[1] != version:
                return False
            part = self.path.with_name(f".{self.path.name}.part")
            part.write_text(text, encoding="utf-8")
            part.replace(self.path)
            return True


@dataclass(frozen=True)
class ObjectRegister:
    """A register that is an object of the store that the home is on."""

    objects: Objects
    name: str

    def read(self) -> tuple[str, str]:
        """The record and the store's version of it."""
        try:
            content, version = self.objects.read(self.name)
        except FileNotFoundError:
            return "", ""
        return content.decode(), version

    def swap(self, text: str, version: str) -> bool:
        """Replace the record on the condition that it is still this version (If-Match)."""
        try:
            self.objects.write(self.name, text.encode(), version)
        except ObjectChanged:
            # A write whose answer was lost is tried again by the client, and then finds itself.
            return bool(text) and self.read()[0] == text
        return True


@dataclass(frozen=True)
class Mark:
    """A process that is at work: on what, where, since when, and until when it is believed."""

    holder: str
    who: str
    place: str
    pid: int
    born: str
    since: str
    until: float

    @classmethod
    def mine(cls, who: str) -> Mark:
        """A new mark of this process."""
        return cls(
            holder=uuid.uuid4().hex,
            who=who,
            place=_place(),
            pid=os.getpid(),
            born=_born(os.getpid()),
            since=datetime.now(UTC).isoformat(timespec="seconds"),
            until=time.time() + LASTS,
        )

    @classmethod
    def of(cls, text: str) -> Mark | None:
        """The mark that a record holds; None where it holds none."""
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError):
            return None

    @property
    def text(self) -> str:
        """The record of this mark."""
        return json.dumps(asdict(self))

    @property
    def lives(self) -> bool:
        """Whether its process is still at work, as far as this machine can know."""
        if self.place == _place():
            return _born(self.pid) == self.born != ""
        return time.time() < self.until

    @property
    def words(self) -> str:
        """Who it is, for a person."""
        where = "" if self.place == _place() else f" on {self.place.partition('/')[0]}"
        return f"{self.who} (process {self.pid}{where}, since {self.since})"


@contextlib.contextmanager
def hold(
    register: Register, who: str, on_wait: Callable[[str], None] | None = None
) -> Generator[None]:
    """Hold the lease; wait while another command or run holds it.

    `who` says what is being done, in words. `on_wait` is told once, in a sentence, who holds the
    lease, and again when the holder changes. A holder whose lease was taken, because its machine
    slept longer than the lease lasts, is interrupted: it publishes nothing.
    """
    mark = Mark.mine(who)
    told = None
    while True:
        text, version = register.read()
        other = Mark.of(text)
        if other is None or not other.lives:
            if register.swap(mark.text, version):
                break
            continue
        sentence = f"Waiting for {other.words}, which is writing to the same home."
        if on_wait is not None and sentence != told:
            on_wait(sentence)
            told = sentence
        time.sleep(PAUSE)
    try:
        with _beating(lambda: _renew(register, mark)):
            yield
    finally:  # no longer renewed by now, so that giving it back does not look like losing it
        # Where the store fails even now, the lease ends by itself.
        with contextlib.suppress(WarehouseError):
            text, version = register.read()
            if _is(text, mark):
                register.swap("", version)


def holder(register: Register) -> Mark | None:
    """Who holds the lease; None where nobody does."""
    mark = Mark.of(register.read()[0])
    return mark if mark and mark.lives else None


def of(home: Home) -> Register:
    """The register of the lease of a home."""
    place = home.elsewhere
    return (
        FolderRegister(home.lock)
        if place is None
        else ObjectRegister(place.objects, home.lock.name)
    )


class Signs(Protocol):
    """Where those that are at work show it: small texts by name."""

    def write(self, name: str, text: str) -> None:
        """Put a text there, whole or not at all."""
        ...

    def read(self, name: str) -> str | None:
        """The text of that name; None where there is none."""
        ...

    def remove(self, name: str) -> None:
        """Take it away, if it is there."""
        ...


@dataclass(frozen=True)
class FolderOfSigns:
    """Signs in a folder, a file each."""

    folder: Path

    def write(self, name: str, text: str) -> None:
        """Put a text there, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / f".{name}.part"
        part.write_text(text, encoding="utf-8")
        part.replace(self.folder / name)

    def read(self, name: str) -> str | None:
        """The text of that name; None where there is none."""
        try:
            return (self.folder / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def remove(self, name: str) -> None:
        """Take it away, if it is there."""
        (self.folder / name).unlink(missing_ok=True)


@dataclass(frozen=True)
class ObjectsOfSigns:
    """Signs on the object store that the home is on, which all machines see."""

    objects: Objects

    def write(self, name: str, text: str) -> None:
        """Put a text there, whole or not at all."""
        self.objects.write(f"alive/{name}", text.encode())

    def read(self, name: str) -> str | None:
        """The text of that name; None where there is none."""
        try:
            return self.objects.read(f"alive/{name}")[0].decode()
        except FileNotFoundError:
            return None

    def remove(self, name: str) -> None:
        """Take it away, if it is there."""
        self.objects.remove([f"alive/{name}"])


def signs(home: Home) -> Signs:
    """Where the runs of a home show that they live."""
    place = home.elsewhere
    return FolderOfSigns(home.dagster / "alive") if place is None else ObjectsOfSigns(place.objects)


@contextlib.contextmanager
def shown(signs: Signs, name: str) -> Generator[None]:
    """Show, until the end of the block or the death of this process, that `name` is at work."""
    mark = Mark.mine(name)

    def write() -> None:
        signs.write(name, replace(mark, until=time.time() + LASTS).text)

    write()
    try:
        with _beating(write):
            yield
    finally:
        signs.remove(name)


def is_shown(signs: Signs, name: str) -> bool | None:
    """Whether `name` is at work; None where it never said so. The sign of a dead one is removed."""
    text = signs.read(name)
    if text is None:
        return None
    mark = Mark.of(text)
    if mark is not None and mark.lives:
        return True
    signs.remove(name)
    return False


@contextlib.contextmanager
def alone(path: Path) -> Generator[None]:
    """Be the only process and thread in a short block, by a lock of the operating system."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _beating(beat: Callable[[], None]) -> Generator[None]:
    """Call `beat` every now and then until the end of the block."""
    over = threading.Event()

    def run() -> None:
        while not over.wait(BEAT):
            # A full disk, a store that fails for a while: the next beat tries again.
            with contextlib.suppress(OSError, WarehouseError):
                beat()

    thread = threading.Thread(target=run, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _renew(register: Register, mark: Mark) -> None:
    text, version = register.read()
    renewed = replace(mark, until=time.time() + LASTS).text
    if not _is(text, mark) or not register.swap(renewed, version):
        os.kill(os.getpid(), signal.SIGTERM)


def _is(text: str, mark: Mark) -> bool:
    other = Mark.of(text)
    return other is not None and other.holder == mark.holder


def _place() -> str:
    """This machine, and the container on it: a process number means something only there."""
    try:
        inside = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        inside = ""
    return f"{platform.node()}/{inside}"


def _born(pid: int) -> str:
    """When a process of this machine was started; empty where there is none of that number."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        if Path("/proc/self/stat").exists():
            return ""
        try:  # not Linux: the number alone must do
            os.kill(pid, 0)
        except ProcessLookupError:
            return ""
        except PermissionError:
            pass
        return "unknown"
    state, *rest = stat.rpartition(")")[2].split()
    return "" if state in "ZX" else rest[18]
