"""Eurostat's table of contents and its feed of updates: what is there, and what changed."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sources.errors import SourceError
from sources.providers.eurostat.ask import BASE, HOSTS
from sources.transport.request import Request

if TYPE_CHECKING:
    from sources.transport.http import Client

CATALOGUE = 16 << 20
_TOC = Request(f"{BASE}/catalogue/toc/txt", "toc.txt", (("lang", "en"),))
_RSS = Request(f"{BASE}/catalogue/rss/en/statistics-update.rss", "updates.rss")
_ITEM = re.compile(r"<item>.*?<title>\s*(\w+)\b.*?<pubDate>([^<]*)<.*?</item>", re.DOTALL)
_DAY = "%d.%m.%Y"


def signal(dataset: str, options: object, client: Client) -> str | None:
    """The days of the last change of data and structure in the table of contents.

    The table knows days only, and Eurostat publishes at 11:00 and 23:00: on a day that is not over
    the time in the feed of updates is added, so that the next day asks once more. The table is
    fetched once per client, whatever the number of datasets.
    """
    try:
        entry = listed(client).get(dataset.lower())
        if entry is None:
            return None
        data, structure = entry
        mark = f"data {data}, structure {structure}"
        if not _is_over(data):
            items = {code.lower(): at for code, at in _ITEM.findall(_text(client, _RSS))}
            mark += f", feed {items.get(dataset.lower(), '-')}"
        return mark
    except SourceError:
        return None


def _text(client: Client, asked: Request) -> str:
    return client.remembered(asked, hosts=HOSTS, limit=CATALOGUE).decode("utf-8", "replace")


def listed(client: Client) -> dict[str, tuple[str, str]]:
    """Per dataset the days of the last change of data and of structure, as `DD.MM.YYYY`.

    The table's width changes between folders and datasets and from year to year; its first five
    columns do not (title, code, type, last update of data, last change of structure).
    """
    found = {}
    for line in _text(client, _TOC).splitlines():
        words = [w.strip().strip('"').strip() for w in line.split("\t")]
        if len(words) > 4 and words[2] in ("dataset", "table"):
            found[words[1].lower()] = (words[3], words[4])
    return found


def _is_over(day: str) -> bool:
    """Whether that day (of Brussels, which is ahead of UTC) has passed."""
    try:
        return datetime.strptime(day, _DAY).date() < datetime.now(UTC).date()
    except ValueError:
        return False
