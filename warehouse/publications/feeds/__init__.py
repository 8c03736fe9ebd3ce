"""Feeds of what changed from release to release: Atom (RFC 4287) and JSON Feed 1.1.

One of all releases; one per metropolis, indicator and provider that changed. Made from the releases
that are kept, two by two, with the same differences as `observatory diff`. The same releases give the
same bytes: identifiers are derived from what an entry is about, and times are those of the releases.
"""

from __future__ import annotations

import itertools
import shutil
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pyarrow as pa

from warehouse import changes, query
from warehouse.publications.citation import dumps
from warehouse.publications.model import Release

ATOM = "http://www.w3.org/2005/Atom"
SUBJECTS = {"metro": "metro_id", "indicator": "indicator_id", "provider": "source_id"}
SHOWN = 20  # figures named in an entry; the numbers count all
_KINDS = {
    "new": "new",
    "gone": "gone",
    "revised": "revised",
    "moved": "moved to another metropolis",
    "flag only": "with another flag alone",
}


@dataclass(frozen=True)
class Entry:
    """What changed about one subject in one release."""

    subject: str  # release, metro, indicator or provider
    code: str
    release: str
    date: str
    title: str
    text: str
    counts: dict[str, int]

    @property
    def id(self) -> str:
        """The same for the same subject and release, whoever makes the feed."""
        return _urn("entry", self.subject, self.code, self.release)


def write(folders: list[Path], target: Path) -> int:
    """Write the feeds of these releases, oldest first, into `target`; how many feeds there are.

    `release.atom` and `release.json`, and the folders `metro`, `indicator` and `provider`. The newest
    release says names and publisher. Raises `WarehouseError` where a release is not whole.
    """
    newest = Release(folders[-1])
    entries = [_first(Release(folders[0]))]
    for before, after in itertools.pairwise(folders):
        entries += of_pair(before, after)
    shutil.rmtree(target, ignore_errors=True)
    feeds: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        feeds.setdefault((entry.subject, entry.code), []).append(entry)
    names = _names(newest)
    for (subject, code), oldest_first in feeds.items():
        folder = target if subject == "release" else target / subject
        folder.mkdir(parents=True, exist_ok=True)
        name = "release" if subject == "release" else code
        title = newest.text("title")
        if subject != "release":
            title = f"{title}: {names[subject].get(code, code)}"
        listed = oldest_first[::-1]
        (folder / f"{name}.atom").write_bytes(_atom(newest, subject, code, title, listed))
        (folder / f"{name}.json").write_text(_json(newest, subject, code, title, listed), "utf-8")
    return len(feeds)


def of_pair(before: Path, after: Path) -> list[Entry]:
    """The entries that a release adds to the feeds: of the release, and of each subject that changed."""
    release = Release(after)
    found = changes.between(before, after)
    names = _names(release)
    counts = {k: n for k, n in found.summary["kinds"].items() if n}
    said = _sentence(counts)
    made = [
        Entry(
            *("release", "", release.name, release.date),
            f"Release {release.name}: {said}",
            found.words,
            counts,
        )
    ]
    for subject, column in SUBJECTS.items():
        for code, of, largest in _by(found.table, column):
            made.append(
                Entry(
                    *(subject, code, release.name, release.date),
                    f"{names[subject].get(code, code)}: {_sentence(of)}",
                    "\n".join(_figure(r, names) for r in largest),
                    of,
                )
            )
    return made


def _first(release: Release) -> Entry:
    figures = release.tables["observation"].rows
    return Entry(
        *("release", "", release.name, release.date),
        f"Release {release.name}",
        f"The first of the releases that are kept: {figures:,} figures.",
        {},
    )


def _by(table: pa.Table, column: str) -> Iterable[tuple[str, dict[str, int], list[dict[str, Any]]]]:
    """Per code: how many figures by kind, and those that moved most."""
    counted = query.run(
        f"select {column} as code, kind, count(*) as n from found where {column} is not null "
        "group by all order by code, kind",
        {"found": table},
    ).to_pylist()
    largest = query.run(
        f"""
        select {column} as code, indicator_id, metro_id, unit_id, period, sex, age, unit, kind,
            cause, value_before, value_after, change_percent
        from found where {column} is not null
        qualify row_number() over (
            partition by {column} order by abs(change_percent) desc nulls last, indicator_id,
                unit_id, period, sex, age, kind
        ) <= {SHOWN}
        order by code, abs(change_percent) desc nulls last, indicator_id, unit_id, period, sex, age,
            kind
        """,
        {"found": table},
    ).to_pylist()
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in largest:
        rows.setdefault(row["code"], []).append(row)
    numbers: dict[str, dict[str, int]] = {}
    for row in counted:
        numbers.setdefault(row["code"], {})[row["kind"]] = row["n"]
    return [(code, of, rows[code]) for code, of in numbers.items()]


def _sentence(counts: dict[str, int]) -> str:
    said = [f"{n:,} {_KINDS.get(k, k)}" for k, n in counts.items()]
    return f"figures {', '.join(said)}" if said else "no figure changed"


def _figure(row: dict[str, Any], names: dict[str, dict[str, str]]) -> str:
    where = names["metro"].get(row["metro_id"], row["metro_id"] or row["unit_id"])
    what = names["indicator"].get(row["indicator_id"], row["indicator_id"])
    before, after = (_value(row[f"value_{x}"]) for x in ("before", "after"))
    return (
        f"{what}, {where} ({row['unit_id']}), {row['period']}: {before} -> {after} {row['unit']} "
        f"({row['kind']}; {row['cause']})"
    )


def _value(value: float | None) -> str:
    return "no value" if value is None else f"{value:,.6g}"


def _names(release: Release) -> dict[str, dict[str, str]]:
    return {
        "metro": {r["metro_id"]: r["name"] for r in release.rows("metro")},
        "indicator": {r["indicator_id"]: r["title_en"] for r in release.rows("indicator")},
        "provider": {r["source_id"]: r["provider_title"] for r in release.rows("source")},
    }


def _atom(release: Release, subject: str, code: str, title: str, entries: list[Entry]) -> bytes:
    ET.register_namespace("", ATOM)
    feed = ET.Element(f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": "en"})

    def add(parent: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
        made = ET.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
        made.text = text or None
        return made

    add(feed, "id", _urn("feed", subject, code))
    add(feed, "title", title)
    add(feed, "updated", f"{entries[0].date}T00:00:00Z")
    add(feed, "rights", f"{release.about['licence']}; each figure keeps the licence of its dataset")
    add(
        feed,
        "link",
        rel="self",
        type="application/atom+xml",
        href=_address(release, subject, code, "atom"),
    )
    add(add(feed, "author"), "name", release.about["publisher"])
    for e in entries:
        entry = add(feed, "entry")
        add(entry, "id", e.id)
        add(entry, "title", e.title)
        add(entry, "updated", f"{e.date}T00:00:00Z")
        add(
            entry,
            "link",
            rel="alternate",
            type="application/json",
            href=_address(release, subject, code, "json"),
        )
        add(entry, "content", _clean(e.text), type="text")
    ET.indent(feed, " ")
    return ET.tostring(feed, encoding="utf-8", xml_declaration=True) + b"\n"


def _json(release: Release, subject: str, code: str, title: str, entries: list[Entry]) -> str:
    home = release.about["homepage"]
    made = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": title,
        "language": "en",
        "authors": [{"name": release.about["publisher"]}],
        **(
            {"home_page_url": home, "feed_url": _address(release, subject, code, "json")}
            if home
            else {}
        ),
        "items": [
            {
                "id": e.id,
                "title": e.title,
                "content_text": e.text,
                "date_published": f"{e.date}T00:00:00Z",
                "_observatory": {
                    "release": e.release,
                    "subject": e.subject,
                    "code": e.code,
                    "figures": e.counts,
                },
            }
            for e in entries
        ],
    }
    return dumps(made)


def _address(release: Release, subject: str, code: str, form: str) -> str:
    """Where a feed is served; relative to itself where the release states no home page."""
    name = f"release.{form}" if subject == "release" else f"{code}.{form}"
    home = release.about["homepage"]
    if not home:
        return name
    folder = "" if subject == "release" else f"{subject}/"
    return f"{home.rstrip('/')}/publications/{release.name}/feeds/{folder}{name}"


def _urn(*parts: str) -> str:
    name = "/".join(("world-observatory-of-metropolitan-areas", *parts))
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}"


def _clean(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return "".join(c for c in text if c >= " " or c in "\n\t")
