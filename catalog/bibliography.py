"""Read and validate the library (`catalog/library`), and add items to it from a row or a spreadsheet."""

from __future__ import annotations

import csv
import functools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from catalog.loader import FOLDER, CatalogError
from catalog.models import hosts
from catalog.models.library import LibraryItem, Membership, Network, Sentence, ThemeLink
from catalog.yaml_files import remedy

WHERE = "library"
ADDED = "library/items/added.csv"
SENTENCES = "library/sentences.csv"
COLUMNS = tuple(LibraryItem.model_fields)
TRANSLATED = {f"what_{lang}": lang for lang in ("ca", "es", "fr")}
"""Columns of a form beside those of an item: its sentence in the other languages."""
Row = TypeVar("Row", bound=BaseModel)


@dataclass(frozen=True)
class Library:
    """Everything in `catalog/library`."""

    items: tuple[LibraryItem, ...]
    memberships: tuple[Membership, ...]
    networks: tuple[Network, ...]
    themes: tuple[ThemeLink, ...]
    sentences: Mapping[str, Sentence]
    """What an item is or does in the other languages, by item; an item added without has none."""

    def what(self, item: LibraryItem, lang: str) -> str:
        """What an item is or does in a language; in English where that is not translated."""
        return getattr(self.sentences.get(item.id), lang, "") or item.what


def load(folder: Path = FOLDER) -> Library:
    """The library; raises `CatalogError`, a sentence for each mistake with file and line."""
    files = sorted((folder / WHERE).rglob("*.csv"))
    return _load(folder, tuple((p, p.stat().st_mtime_ns) for p in files))


@functools.lru_cache(maxsize=4)
def _load(folder: Path, stamped: tuple[tuple[Path, int], ...]) -> Library:
    problems: list[str] = []
    paths = [p for p, _ in stamped]
    items = [
        pair
        for p in paths
        if p.parent.name == "items"
        for pair in _rows(LibraryItem, p, problems, COLUMNS)
    ]
    members = [
        m
        for p in paths
        if p.parent.name == "memberships"
        for _, m in _rows(Membership, p, problems)
    ]
    one = {p.name: p for p in paths if p.parent.name == WHERE}
    networks = [n for _, n in _rows(Network, one["networks.csv"], problems)]
    themes = [t for _, t in _rows(ThemeLink, one["themes.csv"], problems)]
    said = list(_rows(Sentence, one["sentences.csv"], problems))
    if not problems:
        problems += _items(items, folder)
        problems += [
            f"{where}: the library has no item '{s.id}', or it stands twice here; correct the line."
            for n, (where, s) in enumerate(said)
            if s.id not in {i.id for _, i in items} or s.id in {t.id for _, t in said[:n]}
        ]
        known = {i.id for _, i in items if i.kind == "network"}
        problems += [
            f"library: there is no item '{n}' of kind network; add it to library/items."
            for n in sorted({m.network for m in members} | {n.network for n in networks})
            if n not in known
        ]
    if problems:
        raise CatalogError("\n".join(problems))
    ordered = sorted((i for _, i in items), key=lambda i: i.id)
    sentences = {s.id: s for _, s in said}
    return Library(tuple(ordered), tuple(members), tuple(networks), tuple(themes), sentences)


def _rows(
    model: type[Row], path: Path, problems: list[str], columns: Sequence[str] = ()
) -> list[tuple[str, Row]]:
    """(file and line, row) of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        listed = list(reader)
    lacking = [c for c in columns if c not in (reader.fieldnames or ())]
    if lacking:
        problems.append(f"library/{path.name}: the column '{lacking[0]}' is missing; add it.")
        return []
    return list(_parsed(model, dict(enumerate(listed, 2)), f"library/{path.name} line", problems))


def _parsed(
    model: type[Row], rows: Mapping[int, Mapping[str, object]], file: str, problems: list[str]
) -> Iterator[tuple[str, Row]]:
    for number, row in rows.items():
        where = f"{file} {number}"
        try:
            yield where, model.model_validate({k: v for k, v in row.items() if v is not None})
        except ValidationError as error:
            problems += [f"{where}: {_mistake(e, model)}" for e in error.errors()]


def _mistake(error: Any, model: type[BaseModel]) -> str:
    """What is wrong with a cell: its column, and what the column takes where only its form is wrong."""
    column = str(error["loc"][0]) if error["loc"] else "the row"
    field = model.model_fields.get(column)
    match error["type"]:
        case "string_pattern_mismatch" if field and field.description:
            return f"{column}: '{error['input']}' cannot be read; write {field.description}."
        case "string_too_long":
            most, length = error["ctx"]["max_length"], len(error["input"])
            return f"{column}: it has {length} signs and may have {most}; make it shorter."
        case "string_too_short" | "too_short":
            return f"{column}: it is empty; fill it in."
        case _:
            return f"{column}: {remedy(error)}"


def _items(items: Sequence[tuple[str, LibraryItem]], folder: Path) -> Iterator[str]:
    """What does not agree with the registry, the bodies, the themes, the hosts, or another item."""
    import yaml

    from catalog import desk

    with (folder / "metros" / "metro.csv").open(encoding="utf-8", newline="") as file:
        metros = {r["metro_id"] for r in csv.DictReader(file)}
    bodies = {b.body for w in desk.load(folder) for b in w.bodies}
    listed = yaml.safe_load((folder / "themes.yaml").read_text(encoding="utf-8"))
    among = {
        "metro_ids": (metros, "the registry has no metropolis"),
        "body_ids": (bodies, "no wave of desk research has the body"),
        "themes": ({t["id"] for t in listed}, "there is no theme"),
    }
    known = hosts.load(folder)
    seen: Counter[str] = Counter()
    for where, item in items:
        seen[item.id] += 1
        if seen[item.id] == 2:
            yield f"{where}: the id '{item.id}' appears twice; give the item another."
        for field, (allowed, words) in among.items():
            for value in getattr(item, field):
                if value not in allowed:
                    yield f"{where}: {words} '{value}'; correct '{field}'."
        for fault in known.faults(item.address, item.source_kind, item.document):
            yield f"{where}: {fault}"


def identifier(row: Mapping[str, str], taken: Iterable[str]) -> str:
    """An identifier for a new item: country or `int`, words of the title, year."""
    place = str(row.get("metro_ids", "")).split()
    title = unicodedata.normalize("NFKD", str(row.get("title_en", ""))).encode("ascii", "ignore")
    words = re.findall(r"[a-z0-9]+", title.decode().lower())
    short = [w for w in words if w not in ("the", "of", "and", "a", "an", "on", "for", "in")][:4]
    year = re.findall(r"^\d{4}", str(row.get("date", "")))
    country = re.findall(r"^[a-z]{2}(?=-)", place[0]) if place else []
    made = "-".join([*(country or ["int"]), *short, *year])
    there, number, name = set(taken), 2, made
    while name in there:
        name, number = f"{made}-{number}", number + 1
    return name


def add(
    rows: Mapping[int, Mapping[str, str]], folder: Path = FOLDER, *, write: bool = True
) -> list[LibraryItem]:
    """Add items, given by number of row, with the columns of an item and of `TRANSLATED`.

    `id` may be left out. Nothing is written unless every row is right. Raises `CatalogError`, a sentence
    for each mistake.
    """
    library = load(folder)
    taken = {i.id for i in library.items}
    addresses = {i.address: i.id for i in library.items}
    problems: list[str] = []
    complete: dict[int, dict[str, str]] = {}
    said: dict[int, dict[str, str]] = {}
    for number, row in rows.items():
        unknown = sorted(set(row) - {*COLUMNS, *TRANSLATED})
        if unknown:
            problems.append(
                f"row {number}: there is no column '{unknown[0]}' in the library; the columns are "
                f"{', '.join((*COLUMNS, *TRANSLATED))}."
            )
            continue
        clean = {k: " ".join(str(v).split()) for k, v in row.items() if v is not None}
        clean |= {k: clean[k].lower() for k in ("kind", "source_kind") if k in clean}
        translated = {lang: clean.pop(c, "") for c, lang in TRANSLATED.items()}
        clean["id"] = clean.get("id") or identifier(clean, taken)
        if clean["id"] in taken:
            problems.append(f"row {number}: the id '{clean['id']}' is taken; leave it out.")
        address = clean.get("address", "")
        if address in addresses:
            problems.append(
                f"row {number}: the address is already that of '{addresses[address]}'; see whether it "
                "is the same item."
            )
        taken.add(clean["id"])
        addresses[address] = clean["id"]
        complete[number] = clean
        if any(translated.values()):
            said[number] = {"id": clean["id"], **translated}
    items = list(_parsed(LibraryItem, complete, "row", problems))
    problems += _items(items, folder)
    sentences = list(_parsed(Sentence, said, "row", problems))
    if problems:
        raise CatalogError("\n".join(problems))
    if write:
        _append([item for _, item in items], COLUMNS, folder / ADDED)
        _append([s for _, s in sentences], tuple(Sentence.model_fields), folder / SENTENCES)
    return [item for _, item in items]


def _append(added: Sequence[BaseModel], columns: Sequence[str], path: Path) -> None:
    if not added:
        return
    there = path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if not there:
            writer.writerow(columns)
        for one in added:
            values = one.model_dump()
            writer.writerow(
                [" ".join(v) if isinstance(v, list) else v for v in (values[c] for c in columns)]
            )


def find(
    library: Library,
    words: Sequence[str] = (),
    *,
    kind: str = "",
    metro: str = "",
    body: str = "",
    theme: str = "",
    code: str = "",
) -> list[LibraryItem]:
    """Items in which every word stands (accents and capitals aside), newest first.

    code: an SDG target or a paragraph of the New Urban Agenda, stated or by theme.
    """
    by_theme = {t.theme for t in library.themes if t.code == code}
    sought = [_plain(w) for w in words]

    def fits(item: LibraryItem) -> bool:
        said = library.sentences.get(item.id)
        texts = [item.id, item.title, item.title_en, item.what, item.publisher, item.document]
        texts += [said.ca, said.es, said.fr] if said else []
        text = _plain(" ".join(texts))
        return (
            all(w in text for w in sought)
            and (not kind or item.kind == kind)
            and (not metro or metro in item.metro_ids)
            and (not body or body in item.body_ids)
            and (not theme or theme in item.themes)
            and (
                not code
                or code in item.sdg_targets
                or code in item.nua_paragraphs
                or bool(by_theme & set(item.themes))
            )
        )

    found = [i for i in library.items if fits(i)]
    return sorted(found, key=lambda i: (i.date or "0", i.id), reverse=True)


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))
