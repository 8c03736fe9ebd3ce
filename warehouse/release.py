"""The release: written aside, reopened and checked, then put in place whole.

`releases/<date>.<n>/` is never touched again; `current` is a symlink that one `os.replace` swaps,
so a reader sees the old release or the new one, and a file that is open stays readable.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
import shutil
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse import changes, licence, published, query, store, waiting
from warehouse.errors import WarehouseError
from warehouse.home import Home
from warehouse.tables import Table

if TYPE_CHECKING:
    from catalog.models.release_limits import ReleaseLimits

KEEP = 10
SUMS = "SHA256SUMS"
WAITING = "waiting.json"  # in a candidate: why it waits
_NAME = re.compile(r"(\d{4})\.(\d{1,2})\.(\d{1,2})\.(\d+)")
_BUILDING, _LINK, _REMOVING = ".building-", ".current-", ".removing-"
# Held while a release is put in place: who holds it knows that none is, and none will be.
SWAP = threading.Lock()


class Waits(WarehouseError):
    """The release differs so much from the current one that a person must accept it.

    `reasons` says in what; the release that would be is kept as `candidate`.
    """

    def __init__(self, sentence: str, reasons: Sequence[str] = ()):
        super().__init__(sentence)
        self.reasons = list(reasons)


def build(
    home: Home,
    *,
    date: str,
    tables: Mapping[str, Path],
    statements: Mapping[str, Table],
    data_docs: Callable[[Path], object] | None = None,
    info: Mapping[str, str] | None = None,
    keep: int = KEEP,
    again: bool = True,
    limits: ReleaseLimits | None = None,
    accepted: str = "",
    made_by: str = "",
) -> Path:
    """Publish one release and return its folder, `releases/<date>.<n>`.

    Where nothing differs from the current one and not `again`, that one stays and is returned, so
    that nights without news never push older releases out. `made_by` is the version of the code that
    makes a release: another one may write other files from the same tables, which is news.

    `date` is CalVer (`2026.11.23`); `tables` are the Parquet files by name, one per statement,
    table `source` among them: it decides which figures may be published. `data_docs` fills the
    folder it is given; `info` is shown on the dictionary page. What differs from the current one is
    written beside the tables; where it passes `limits`, the release waits for a person, whose
    reason is then given as `accepted`, and is kept as `candidate` meanwhile. Raises `WarehouseError`, with what
    is published untouched, where a check fails, the disk is full or the folder is not writable.
    """
    if not re.fullmatch(r"\d{4}\.\d{1,2}\.\d{1,2}", date):
        raise WarehouseError(f"'{date}' is not a release date; write it like 2026.11.23.")
    with _sentences(home, "Nothing was published."), _held(home):
        if missing := [n for n in statements if n not in tables or not tables[n].exists()]:
            raise WarehouseError(f"Table {', '.join(missing)} was never made; build it first.")
        _sweep(home)
        name = _next(home, date)
        building = home.releases / f"{_BUILDING}{name}"
        try:
            shown = {"release": name, **(info or {})}
            _fill(building, tables, statements, data_docs, shown)
            now = current(home)
            if now and not again and _same(now, building, made_by):
                _forget_candidate(home)
                return now
            try:
                _compare(building, now, name, limits, accepted, made_by)
            except Waits:
                _keep_candidate(home, building)
                raise
            folder = _put_in_place(home, building, name)
            _forget_candidate(home)
        finally:
            shutil.rmtree(building, ignore_errors=True)
        _prune(home, keep)
        return folder


def current(home: Home) -> Path | None:
    """The folder of the published release, or None before the first."""
    link = home.releases / "current"
    try:
        folder = home.releases / link.readlink()
    except OSError:
        return None
    return folder if folder.is_dir() else None


def observations(home: Home) -> Path | None:
    """The file of table `observation` in the current release; None where there is none."""
    folder = current(home)
    file = folder / "parquet" / "observation.parquet" if folder else None
    return file if file and file.exists() else None


def waits(home: Home) -> list[str]:
    """Why the release that is kept as `candidate` waits for a person; empty where none does."""
    try:
        said = json.loads((home.candidate / WAITING).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return []
    return list(said["reasons"])


def named(home: Home, name: str) -> Path:
    """The folder of the release of that name; `current`, `previous` and `candidate` are names as well.

    Raises `WarehouseError` where there is none.
    """
    names = _names(home)
    now = current(home)
    kept = {n: n for n in names}
    if now:
        older = [n for n in names if _order(n) < _order(now.name)]
        kept |= {"current": now.name} | ({"previous": older[-1]} if older else {})
    if name == "candidate" and name not in kept and not home.candidate.is_dir():
        raise WarehouseError(
            "No release waits for a person; `observatory diff` compares published ones."
        )
    if name == "candidate":
        return home.candidate
    if not kept and not home.candidate.is_dir():
        raise WarehouseError(
            f"Nothing is published in {_where(home)} yet: run `observatory build`."
        )
    if name not in kept:
        others = [*kept, *(["candidate"] if home.candidate.is_dir() else [])]
        raise WarehouseError(
            f"There is no release '{name}' in {_where(home)}; choose one of "
            f"{', '.join(others) or 'none'}."
        )
    return _folder(home, kept[name])


def list_releases(home: Home) -> list[Path]:
    """The folders of all releases kept, oldest first."""
    return [_folder(home, name) for name in _names(home)]


def _names(home: Home) -> list[str]:
    """The names of all releases kept, oldest first."""
    if (place := home.elsewhere) is not None:
        return sorted((n for n in place.releases() if _NAME.fullmatch(n)), key=_order)
    if not home.releases.is_dir():
        return []
    found = [p.name for p in home.releases.iterdir() if _NAME.fullmatch(p.name) and p.is_dir()]
    return sorted(found, key=_order)


def _folder(home: Home, name: str) -> Path:
    """The folder of a release that is kept."""
    place = home.elsewhere
    return home.releases / name if place is None else place.bring_release(name)


def _where(home: Home) -> str:
    """Where releases are, for a sentence."""
    return f"{home.address}/releases"


def rollback(home: Home, to: str | None = None) -> Path:
    """Point `current` at the release named `to`, or at the one before the current; return it.

    Raises `WarehouseError` where there is no such release, or its files are not as published.
    """
    with _sentences(home, "Nothing was changed."), _held(home):
        kept, now = _names(home), current(home)
        if to is None:
            older = [n for n in kept if now is None or _order(n) < _order(now.name)]
            if not older:
                raise WarehouseError(
                    f"There is no release before {now.name if now else 'the first'} in "
                    f"{_where(home)}; publish another first."
                )
            to = older[-1]
        if to not in kept:
            raise WarehouseError(
                f"There is no release '{to}' in {_where(home)}; choose one of "
                f"{', '.join(kept) or 'none'}."
            )
        if (place := home.elsewhere) is not None:
            folder = place.bring_release(to, again=True)
            place.point(to)
        else:
            folder = home.releases / to
            verify(folder)
        _swap(home, to)
        return folder


def verify(folder: Path) -> None:
    """Raise `WarehouseError` where a file of a release is missing or differs from `SHA256SUMS`."""
    if not (folder / SUMS).is_file():
        raise WarehouseError(
            f"{folder}: {SUMS} is missing, so it is no whole release; publish again."
        )
    for line in (folder / SUMS).read_text(encoding="utf-8").splitlines():
        digest, name = line.split("  ", 1)
        path = folder / name
        if not path.is_file() or store.digest(path) != digest:
            raise WarehouseError(
                f"{path}: the file is missing or is not as it was published; choose another "
                "release or publish again."
            )


def fingerprint(folder: Path) -> str:
    """The version of a release's data: a hash over its Parquet files alone.

    The DuckDB file and the pages say the same but are not byte-identical from build to build.
    """
    lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    parquet = [line for line in lines if line.split("  ", 1)[1].startswith("parquet/")]
    return hashlib.sha256("\n".join(parquet).encode()).hexdigest()


def _fill(
    building: Path,
    tables: Mapping[str, Path],
    statements: Mapping[str, Table],
    data_docs: Callable[[Path], object] | None,
    info: Mapping[str, str],
) -> None:
    from warehouse import dictionary
    from warehouse.publications import documents
    from warehouse.registry import crosswalk

    parquet = building / "parquet"
    parquet.mkdir(parents=True)
    query.give_back(ended=False)  # of the judgement before
    _write_parquet(parquet, tables, statements)
    query.give_back(store.forget, ended=False)
    published.write(building / published.FILE, parquet, statements)
    counts = published.check(building / published.FILE, parquet, statements)
    dictionaries = {
        n: store.read(parquet / f"{n}.parquet")
        for n, t in statements.items()
        if t.kind == "dictionary"
    }
    crosswalk.write(building, dictionaries, statements, info["release"])
    page = dictionary.page(statements, dictionaries, counts, info)
    (building / "dictionary.html").write_text(page, encoding="utf-8")
    if data_docs:
        docs = building / "data_docs"
        docs.mkdir()
        data_docs(docs)
    _write_about(building, info["release"])
    documents.write(building)
    _write_sums(building)  # again once the changes are there


def _compare(
    building: Path,
    now: Path | None,
    name: str,
    limits: ReleaseLimits | None,
    accepted: str,
    made_by: str,
) -> None:
    """Say beside the tables what changed; raise where that passes the limits and nobody accepted."""
    found = changes.write(building, now, name, accepted, made_by)
    passed = changes.beyond(found, limits) if found is not None and limits else []
    must_wait = bool(passed) and not accepted
    if found is not None:
        changes.note(building, found, "candidate" if must_wait else name)
    if found is not None and limits and must_wait:
        waiting.write(building, found, passed, limits)
        said = json.dumps({"reasons": passed}, ensure_ascii=False, indent=1)
        (building / WAITING).write_text(said, encoding="utf-8")
        _write_sums(building)
        raise Waits(
            f"The release waits for a person, because it differs much from {found.before}: "
            f"{' '.join(passed)} Look at what changed (`observatory diff current candidate`); if it is "
            'meant, publish it with `observatory publish --accept "why"`, or with job '
            "publish_accepted in the UI.",
            passed,
        )
    _write_sums(building)


def _keep_candidate(home: Home, building: Path) -> None:
    """Keep the release that waits where a person can look at it, in place of an earlier one."""
    _forget_candidate(home)
    if (place := home.elsewhere) is not None:
        place.keep_candidate(building)
    building.rename(home.candidate)


def _forget_candidate(home: Home) -> None:
    if (place := home.elsewhere) is not None:
        place.forget_candidate()
    if home.candidate.is_dir():
        gone = home.releases / f"{_REMOVING}candidate"
        home.candidate.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)


def _same(one: Path, other: Path, made_by: str) -> bool:
    """Whether two releases say the same: their tables, what their pages say of them, and their maker.

    other: the one that is being made, by code of version `made_by`.
    """
    try:
        made_of = json.loads((one / changes.MADE_OF).read_text(encoding="utf-8"))
        if made_of.get("release", "") != made_by:
            return False
        pages = [
            (folder / "dictionary.html")
            .read_text(encoding="utf-8")
            .replace(folder.name.removeprefix(_BUILDING), "")
            for folder in (one, other)
        ]
        return pages[0] == pages[1] and fingerprint(one) == fingerprint(other)
    except (OSError, ValueError):
        return False


def _write_parquet(
    parquet: Path, tables: Mapping[str, Path], statements: Mapping[str, Table]
) -> None:
    """Each table once more, without closed figures, with the licences of its datasets."""
    source = store.read(tables["source"]) if "source" in tables else None
    if source is None:
        raise WarehouseError(
            "Table source is not among the tables, so no licence is known; name it as well."
        )
    latest = store.read(tables["latest"]) if "latest" in tables else None
    for name, statement in statements.items():
        rows = store.read(tables[name], dictionary=statement)
        rows = licence.gate(rows, statement, source, latest)
        extra = licence.licences(rows, statement, source)
        store.write(rows, statement, parquet / f"{name}.parquet", extra)


def _write_about(building: Path, name: str) -> None:
    """What the release says of itself, so that nothing made from it has to ask elsewhere."""
    from catalog import loader
    from catalog.models import publication

    themes = [
        {"theme": t.id, "title": t.title.in_all(), "note": t.note}
        for t in loader.load().themes.values()
    ]
    stated = publication.load()
    texts = {"title": stated.title.in_all(), "description": stated.description.in_all()}
    said = {"release": name, **stated.model_dump(), **texts, "themes": themes}
    text = json.dumps(said, ensure_ascii=False, indent=1) + "\n"
    (building / "release.json").write_text(text, encoding="utf-8")


def _write_sums(folder: Path) -> None:
    found = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    files = [f for f in found if f != SUMS]
    lines = [f"{store.digest(folder / f)}  {f}\n" for f in files]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def _put_in_place(home: Home, building: Path, name: str) -> Path:
    """Flush, rename, swap. What may still fail for want of space is done before the rename."""
    for path in sorted(building.rglob("*")):
        store.sync(path)
    store.sync(building)
    releases = home.releases
    if (place := home.elsewhere) is not None:
        place.publish(building, name)
    link = _link(releases, name)
    folder = releases / name
    with SWAP:
        building.rename(folder)
        try:
            link.replace(releases / "current")
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    store.sync(releases)
    return folder


def _swap(home: Home, name: str) -> None:
    releases = home.releases
    _link(releases, name).replace(releases / "current")
    store.sync(releases)


def _link(releases: Path, name: str) -> Path:
    link = releases / f"{_LINK}{name}"
    link.unlink(missing_ok=True)
    link.symlink_to(name)
    return link


def _prune(home: Home, keep: int) -> None:
    """Remove all but the last `keep` releases, never the current one.

    What cannot be removed now is tried again at the next release.
    """
    now = current(home)
    old = [n for n in _names(home)[: -max(keep, 1)] if now is None or n != now.name]
    if (place := home.elsewhere) is not None:
        place.forget_releases(old)
    for name in old:
        folder = home.releases / name
        if folder.is_dir():
            gone = home.releases / f"{_REMOVING}{folder.name}"
            try:
                folder.rename(gone)  # at once out of sight, so no one finds half a release
            except OSError:
                continue
            shutil.rmtree(gone, ignore_errors=True)


def _sweep(home: Home) -> None:
    """Remove what a killed publication left behind."""
    for prefix in (_BUILDING, _REMOVING, _LINK):
        for left in home.releases.glob(f"{prefix}*"):
            if left.is_symlink():
                left.unlink()
            else:
                shutil.rmtree(left)


def _next(home: Home, date: str) -> str:
    """`<date>.<n>`, n from 1. Dates are compared as numbers: 2026.01.02 is 2026.1.2."""
    day = [int(x) for x in date.split(".")]
    used = [order[3] for n in _names(home) if (order := _order(n))[:3] == tuple(day)]
    return f"{date}.{max(used, default=0) + 1}"


def _order(name: str) -> tuple[int, ...]:
    return tuple(int(x) for x in name.split("."))


@contextmanager
def _held(home: Home) -> Generator[None]:
    """Only one publication at a time; the lock goes with its process, however that ends."""
    home.releases.mkdir(parents=True, exist_ok=True)
    lock = (home.releases / ".lock").open("w")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WarehouseError(
                f"{home.releases}: another publication is under way; wait for it to end."
            ) from None
        yield


@contextmanager
def _sentences(home: Home, consequence: str) -> Generator[None]:
    """A full disk, a folder without permission or a fault in a table, in words."""
    import duckdb

    try:
        yield
    except Waits as error:
        raise Waits(f"{consequence} {error}", error.reasons) from None
    except WarehouseError as error:
        raise type(error)(f"{consequence} {error}") from None
    except (OSError, duckdb.IOException) as error:
        raise WarehouseError(f"{consequence} {store.unwritable(home.releases, error)}") from None
    except duckdb.Error as error:
        full = "no space left" in str(error).lower()
        reason = str(error).strip().splitlines()[0]
        sentence = f"{published.FILE} could not be made ({reason}); mend the table that it names."
        told = store.unwritable(home.releases, error) if full else sentence
        raise WarehouseError(f"{consequence} {told}") from None
