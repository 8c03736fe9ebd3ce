"""The whole site: every page of every language, written aside and put in place at once."""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.models import story
from warehouse.errors import WarehouseError
from warehouse.publications import page
from warehouse.publications.atlas import (
    api,
    governance,
    indicator,
    lists,
    machines,
    metropolis,
    stories,
    texts,
    tools,
)
from warehouse.publications.atlas.common import Voice
from warehouse.publications.atlas.read import AtlasRelease, Row, read
from warehouse.publications.page import lookup

HERE = Path(__file__).parent
WORDS = HERE / "words.yaml"
MARK = "static/design.css"  # a folder with it is an atlas, and may be replaced
PORT = 8022
LOCAL = f"http://127.0.0.1:{PORT}/"
Shown = tuple[str, str]


@dataclass(frozen=True)
class Options:
    """How a site is made for its readers.

    address: where it will be served, with a slash at its end: the sitemap and machines need whole
    addresses. contact: whom "tell us what is wrong" addresses; empty leaves that to the reader.
    stories: the folder of the stories to tell, if not that of the catalog.
    """

    address: str = LOCAL
    contact: str = ""
    stories: Path | None = None

    @classmethod
    def from_environment(cls) -> Options:
        """`$OBSERVATORY_ADDRESS` and `$OBSERVATORY_CONTACT`."""
        address = os.environ.get("OBSERVATORY_ADDRESS", "").strip()
        return cls(
            f"{address.rstrip('/')}/" if address else LOCAL,
            os.environ.get("OBSERVATORY_CONTACT", "").strip(),
        )


@dataclass(frozen=True)
class Made:
    """What was written."""

    folder: Path
    pages: int
    files: int
    bytes: int


def build(release: Path, folder: Path, options: Options | None = None) -> Made:
    """Make the atlas of a finished release in `folder`, which is replaced whole.

    Raises WarehouseError where the release cannot be read, or no longer bears out a story.
    """
    if (
        folder.exists()
        and not (folder / MARK).is_file()
        and (not folder.is_dir() or any(folder.iterdir()))
    ):
        raise WarehouseError(f"{folder} is not an atlas and is not empty; name a new folder.")
    data = read(release)
    aside = folder.with_name(f".{folder.name}-building")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    made: set[Path] = {aside}
    pages = files = size = 0
    with ThreadPoolExecutor(1) as disk:  # writes one file while the next is made
        written: Future[int] | None = None
        for name, content in contents(data, release, options or Options()):
            path = aside / name
            if path.parent not in made:
                path.parent.mkdir(parents=True, exist_ok=True)
                made.add(path.parent)
            raw = content.encode() if isinstance(content, str) else content
            if written is not None:
                written.result()
            written = disk.submit(path.write_bytes, raw)
            files, size, pages = files + 1, size + len(raw), pages + name.endswith(".html")
        if written is not None:
            written.result()
    shutil.rmtree(folder, ignore_errors=True)
    aside.replace(folder)
    return Made(folder, pages, files, size)


def contents(
    data: AtlasRelease, release: Path, options: Options
) -> Iterator[tuple[str, str | bytes]]:
    """(path, content) of every file of the site; what is to be compressed is, meanwhile, in a thread."""
    with ThreadPoolExecutor(1) as beside:
        packed = beside.submit(lambda: list(tools.packed(release)))
        yield from _made(data, release, options)
        for name, raw in packed.result():
            yield f"static/{name}", raw


def _made(data: AtlasRelease, release: Path, options: Options) -> Iterator[tuple[str, str | bytes]]:
    env = page.environment(HERE / "templates")
    told = story.load(options.stories)
    numbers = {name: stories.numbers(name, s, release) for name, s in told.items()}
    written = texts.read(release)
    shared = metropolis.CommonParts(data)
    for name, raw in (*page.static().items(), *tools.scripts(data)):
        yield f"static/{name}", raw
    yield "static/card.png", machines.card(data)
    yield from api.files(data)
    paths: list[str] = []
    languages = page.words(WORDS)
    for lang, w in languages.items():
        voice = Voice(data, w, options.contact)
        show = _shower(env, w, options)
        tiles = stories.tiles(voice, told, numbers)
        for path, html in _pages(voice, show, shared, told, tiles, numbers, written[lang]):
            if lang == "en":
                paths.append(path)
            yield f"{lang}/{path}", html
        yield f"static/search-{lang}.json", tools.index(voice, tiles, texts.listed(written, lang))
    yield "index.html", machines.door(env, languages, options.address)
    yield "sitemap.xml", machines.sitemap(paths, options.address)
    yield "robots.txt", f"User-agent: *\nAllow: /\nSitemap: {options.address}sitemap.xml\n"


def _shower(env, w: page.Words, options: Options) -> Callable[[str, str, dict[str, Any]], Shown]:
    def show(template: str, path: str, context: dict[str, Any]) -> Shown:
        home = "../" * path.count("/")
        given = {"path": path, "home": home, "root": f"../{home}"}
        if options.address != LOCAL:
            given["address"] = options.address
        return path, page.light(page.render(env, template, w, **given, **context))

    return show


def _pages(
    voice: Voice,
    show: Callable[[str, str, dict[str, Any]], Shown],
    shared: metropolis.CommonParts,
    told: dict[str, story.Story],
    tiles: list[Row],
    numbers: dict[str, dict[str, Any]],
    written: dict[str, str],
) -> Iterator[Shown]:
    release, w = voice.release, voice.w
    yield show("index.html", "index.html", lists.start(voice, tiles))
    yield show("places.html", "places.html", lists.places(voice))
    countries: dict[str, list[Row]] = defaultdict(list)
    for m in release.metros.values():
        countries[m["iso3"]].append(m)
    for iso3, metros in sorted(countries.items()):
        yield show("country.html", f"country/{iso3}.html", lists.country(voice, iso3, metros))
    yield show("indicators.html", "indicators.html", lists.indicators(voice))
    for i in release.indicators:
        yield show("indicator.html", f"indicator/{i}.html", indicator.context(voice, i))
    yield show("themes.html", "themes.html", lists.themes(voice))
    for t in lookup.themes():
        yield show("theme.html", f"theme/{t}.html", lists.theme(voice, t))
    for name in lists.agendas(release):
        yield show("framework.html", f"{name}.html", lists.framework(voice, name))
    yield show(
        "governance.html",
        "governance.html",
        governance.overview(voice, texts.listed({voice.lang: written}, voice.lang)),
    )
    for name, text in written.items():
        yield show("brief.html", f"brief/{name}.html", texts.context(voice, name, text))
    yield show("library.html", "library.html", governance.library(voice))
    given = {
        "title": w.nav_stories,
        "description": w.st_lede,
        "section": "stories",
        "stories": tiles,
    }
    yield show("stories.html", "stories.html", {**given, "foot": voice.foot()})
    for name, s in told.items():
        given = stories.context(voice, name, s, numbers[name])
        yield show("story.html", f"story/{name}.html", given)
    yield show("compare.html", "compare.html", tools.compare(voice))
    yield show("search.html", "search.html", tools.search(voice))
    yield show("data.html", "data.html", tools.data(voice, tools.MEGABYTES))
    yield show("sources.html", "sources.html", lists.sources(voice))
    yield show("issues.html", "issues.html", lists.issues(voice))
    yield show("about.html", "about.html", tools.about(voice))
    yield show("design.html", "design.html", tools.design(voice))
    for m in release.metros:
        yield show("metropolis.html", f"metro/{m}.html", metropolis.context(voice, m, shared))
