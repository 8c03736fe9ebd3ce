"""Where texts are served from: mirrors of encyclopaedias, sharing sites, prototypes (`surveys/hosts.yaml`)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field

from catalog.contents import FOLDER
from catalog.models.model import Strict
from catalog.yaml_files import one

FILE = "surveys/hosts.yaml"
Hosting = Literal["publisher", "encyclopaedia", "copy", "not_public", "short_link"]


class Hosts(Strict):
    """Lists of hosts; an entry stands for the host and all below it, or for all ends after `name.`"""

    encyclopaedia: list[str] = Field(description="Encyclopaedias and mirrors of encyclopaedias.")
    copy_: list[str] = Field(alias="copy", description="Sites on which somebody shares a copy.")
    not_public: list[str] = Field(description="Prototypes and pages of an intranet.")
    short_link: list[str] = Field(description="Services that only redirect.")

    def of(self, url: str) -> Hosting:
        """How the address stands to the document: publisher where no list knows the host."""
        host = (urlsplit(url).hostname or "").rstrip(".")
        lists: tuple[tuple[Hosting, list[str]], ...] = (
            ("not_public", self.not_public),
            ("short_link", self.short_link),
            ("copy", self.copy_),
            ("encyclopaedia", self.encyclopaedia),
        )
        for hosting, named in lists:
            if any(_under(host, n) for n in named):
                return hosting
        return "publisher"

    def faults(self, url: str, kind: str, document: str) -> list[str]:
        """What is wrong with a source's address, kind or document, a sentence each."""
        found = list(malformed(url))
        if found:
            return found
        hosting = self.of(url)
        if hosting == "encyclopaedia" and kind != "encyclopaedia":
            found.append(
                f"its address is that of an encyclopaedia or a mirror of one, and its kind is "
                f"'{kind}'; make the kind 'encyclopaedia', or give the address of the text itself."
            )
        copied = hosting in ("copy", "not_public", "short_link") and kind != "encyclopaedia"
        if copied and not document:
            found.append(
                "its address serves a copy or is no public page; cite the text itself in "
                "'document', by its number, date or author."
            )
        return found


def malformed(url: str) -> list[str]:
    """Why an address cannot be one, a sentence each; nothing is asked of the network."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return [f"the address {url!r} cannot be read; correct it."]
    if parts.scheme not in ("http", "https"):
        return [f"the address {url!r} does not begin with http:// or https://; correct it."]
    if re.search(r"[\s<>\"`]", url):
        return [f"the address {url!r} holds a space or a sign that no address has; correct it."]
    labels = host.rstrip(".").split(".")
    if len(labels) < 2 or not all(re.fullmatch(r"(?!-)[\w-]{1,63}(?<!-)", x) for x in labels):
        return [f"the address {url!r} names no host; correct it."]
    if not re.fullmatch(r"[^\W\d_]{2,63}|xn--[a-z0-9-]+", labels[-1]):
        return [f"the host of {url!r} ends in no domain; correct it."]
    return []


def _under(host: str, named: str) -> bool:
    if named.endswith("."):
        return f".{named}" in f".{host}."
    return host == named or host.endswith(f".{named}")


def load(folder: Path = FOLDER) -> Hosts:
    """The lists; raises `CatalogError` where the file cannot be read."""
    return one(Hosts, folder / FILE)
