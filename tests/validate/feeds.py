"""Feeds of what changed: feedparser on every Atom feed; ids, dates and the JSON feed by our own check."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from tests.validate.common import edit_json

BY = "feedparser 6, identifiers and dates, the same in Atom (RFC 4287) and JSON Feed 1.1"


def check(folder: Path, release: Path) -> list[str]:
    """Sentences about feeds that are wrong."""
    name = json.loads((release / "release.json").read_text("utf-8"))["release"]
    listed = sorted(folder.rglob("*.atom"))
    if folder / "release.atom" not in listed:
        return ["release.atom is missing."]
    found = [f"{p.relative_to(folder)}: {said}" for p in listed for said in _feed(p)]
    newest = json.loads((folder / "release.json").read_text("utf-8"))["items"]
    if not newest or newest[0]["_observatory"]["release"] != name:
        found.append(f"release.json: the first entry is not of release {name}.")
    return found


def _feed(path: Path) -> list[str]:
    """What is wrong with one feed, in Atom and in JSON."""
    import feedparser

    read = feedparser.parse(path.read_bytes())
    if read.bozo:
        return [f"feedparser refuses it ({read.bozo_exception})."]
    found = []
    if not read.version.startswith("atom"):
        found.append(f"feedparser takes it for {read.version or 'no feed'}.")
    if missing := [k for k in ("id", "title", "updated_parsed", "author") if not read.feed.get(k)]:
        found.append(f"the feed has no {', '.join(missing)}.")
    for entry in read.entries:
        needed = ("id", "title", "updated_parsed", "content")
        if missing := [k for k in needed if not entry.get(k)]:
            found.append(f"entry {entry.get('id', '?')} has no {', '.join(missing)}.")
    ids = [e.get("id") for e in read.entries]
    if not ids or len(set(ids)) != len(ids):
        found.append("an identifier stands twice, or there is no entry.")
    if found:
        return found
    dates = [e.updated_parsed for e in read.entries]
    if dates != sorted(dates, reverse=True) or read.feed.updated_parsed != dates[0]:
        found.append("the newest entry is not first, or not the date of the feed.")
    other = json.loads(path.with_suffix(".json").read_text("utf-8"))
    if other.get("version") != "https://jsonfeed.org/version/1.1" or not other.get("title"):
        found.append("the JSON feed has no version or title.")
    said = [(i.get("id"), i.get("title"), i.get("date_published")) for i in other["items"]]
    if said != [(e.id, e.title, e.updated) for e in read.entries]:
        found.append("the JSON feed has other entries.")
    return found


def _cut(name: str) -> Callable[[Path], object]:
    """Remove the first element of that name from the feed of releases."""

    def change(folder: Path) -> None:
        path, space = folder / "release.atom", "{http://www.w3.org/2005/Atom}"
        tree = ET.parse(path)
        *above, last = name.split("/")
        parent = tree.find(f"{space}{above[0]}") if above else tree.getroot()
        assert parent is not None
        child = parent.find(f"{space}{last}")
        assert child is not None
        parent.remove(child)
        tree.write(path, encoding="utf-8", xml_declaration=True)

    return change


def _text(old: str, new: str) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        path = folder / "release.atom"
        content = path.read_text("utf-8")
        assert old in content, old
        path.write_text(content.replace(old, new, 1), "utf-8")

    return change


def _json(change: Callable[[Any], object]) -> Callable[[Path], object]:
    return lambda folder: edit_json(folder / "release.json", change)


FAULTS = {
    "an element that is not closed": _text("</title>", ""),
    "an entry without identifier": _cut("entry/id"),
    "a feed without date": _cut("updated"),
    "another title in the JSON feed": _json(lambda f: f["items"][0].update(title="Other")),
    "another release first": _json(lambda f: f["items"][0]["_observatory"].update(release="1")),
}
