"""The whole site: every page of every language, written aside and put in place at once."""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.languages import SOURCE
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
    share,
    stories,
    texts,
    tools,
)
from warehouse.publications.atlas.common import Voice
from warehouse.publications.atlas.read import FILE, AtlasRelease, Row, read
from warehouse.publications.page import lookup

if TYPE_CHECKING:
    from jinja2 import Environment

HERE = Path(__file__).parent
WORDS = HERE / "words.yaml"
MARK = "static/design.css"  # a folder with it is an atlas, and may be replaced
PORT = 8022
ONE = share.Share()  # the whole site
LOCAL = f"http://127.0.0.1:{PORT}/"
# Path in the folder of a language, template, and its context in a language (None: no such page).
Page = tuple[str, str, Callable[[Voice], Row | None]]


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
    options = options or Options()
    aside = folder.with_name(f".{folder.name}-building")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    of = share.number(release / FILE)
    job = {
        "release": str(release),
        "folder": str(aside),
        "address": options.address,
        "contact": options.contact,
        "stories": str(options.stories or ""),
        "place": 1,
        "of": of,
    }
    with share.beside(job if of > 1 else None) as other:
        counted = write(release, aside, options, share.Share(0, of)) + other()
    shutil.rmtree(folder, ignore_errors=True)
    aside.replace(folder)
    return Made(folder, **asdict(counted))


def write(release: Path, folder: Path, options: Options, mine: share.Share) -> share.Written:
    """Write one share of a site's files below `folder`."""
    data = read(release)
    made: set[Path] = {folder}
    pages = files = size = 0
    for name, content in contents(data, release, options, mine):
        path = folder / name
        if path.parent not in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            made.add(path.parent)
        raw = content.encode() if isinstance(content, str) else content
        path.write_bytes(raw)
        files, size, pages = files + 1, size + len(raw), pages + name.endswith(".html")
    return share.Written(pages, files, size)


def contents(
    data: AtlasRelease, release: Path, options: Options, mine: share.Share = ONE
) -> Iterator[tuple[str, str | bytes]]:
    """(path, content) of every file of a share; what is to be compressed is, meanwhile, in a thread."""
    if not mine.first:
        yield from _made(data, release, options, mine)
        return
    with ThreadPoolExecutor(1) as beside:
        packed = beside.submit(lambda: list(tools.packed(release)))
        yield from _made(data, release, options, mine)
        for name, raw in packed.result():
            yield f"static/{name}", raw


def _made(
    data: AtlasRelease, release: Path, options: Options, mine: share.Share
) -> Iterator[tuple[str, str | bytes]]:
    env = page.environment(HERE / "templates")
    told = story.load(options.stories)
    numbers = {name: stories.numbers(name, s, release) for name, s in told.items()}
    written = texts.read(release)
    languages = page.words(WORDS)
    voices = [Voice(data, w, options.contact) for w in languages.values()]
    tiles = {v.lang: stories.tiles(v, told, numbers) for v in voices}
    given = (data, told, numbers, tiles, written)
    yield from api.files(data, mine.take)
    for path, template, context in mine.take(_pages(*given)):
        for voice in voices:
            if (shown := context(voice)) is not None:
                yield f"{voice.lang}/{path}", _html(env, template, path, voice.w, options, shown)
    if not mine.first:
        return
    for name, raw in (*page.static().items(), *tools.scripts(data)):
        yield f"static/{name}", raw
    yield "static/card.png", machines.card(data)
    yield from api.whole(data)
    for v in voices:
        index = tools.index(v, tiles[v.lang], texts.listed(written, v.lang))
        yield f"static/search-{v.lang}.json", index
    yield "index.html", machines.door(env, languages, options.address)
    yield "sitemap.xml", machines.sitemap((path for path, _, _ in _pages(*given)), options.address)
    yield "robots.txt", f"User-agent: *\nAllow: /\nSitemap: {options.address}sitemap.xml\n"


def _html(
    env: Environment, template: str, path: str, w: page.Words, options: Options, context: Row
) -> str:
    home = "../" * path.count("/")
    given = {"path": path, "home": home, "root": f"../{home}"}
    if options.address != LOCAL:
        given["address"] = options.address
    return page.light(page.render(env, template, w, **given, **context))


def _pages(
    release: AtlasRelease,
    told: dict[str, story.Story],
    numbers: dict[str, dict[str, Any]],
    tiles: dict[str, list[Row]],
    written: texts.Texts,
) -> Iterator[Page]:
    """Every page. Its languages come one after another, so that they share what no language changes."""
    yield "index.html", "index.html", lambda v: lists.start(v, tiles[v.lang])
    yield "places.html", "places.html", lists.places
    countries: dict[str, list[Row]] = defaultdict(list)
    for m in release.metros.values():
        countries[m["iso3"]].append(m)
    for iso3, metros in sorted(countries.items()):
        yield (
            f"country/{iso3}.html",
            "country.html",
            partial(lists.country, iso3=iso3, metros=metros),
        )
    yield "indicators.html", "indicators.html", lists.indicators
    for i in release.indicators:
        facts = indicator.IndicatorFacts(release, i)
        yield f"indicator/{i}.html", "indicator.html", partial(indicator.context, facts=facts)
    yield "themes.html", "themes.html", lists.themes
    for t in lookup.themes():
        yield f"theme/{t}.html", "theme.html", partial(lists.theme, theme_id=t)
    for name in lists.agendas(release):
        yield f"{name}.html", "framework.html", partial(lists.framework, name=name)
    yield (
        "governance.html",
        "governance.html",
        lambda v: governance.overview(v, texts.listed(written, v.lang)),
    )
    for name in written[SOURCE]:
        yield f"brief/{name}.html", "brief.html", partial(texts.context, name=name, texts=written)
    yield "library.html", "library.html", governance.library
    yield "stories.html", "stories.html", lambda v: stories.listed(v, tiles[v.lang])
    for name, s in told.items():
        yield (
            f"story/{name}.html",
            "story.html",
            partial(stories.context, name=name, story=s, values=numbers[name]),
        )
    yield "compare.html", "compare.html", tools.compare
    yield "search.html", "search.html", tools.search
    yield "data.html", "data.html", partial(tools.data, megabytes=tools.MEGABYTES)
    yield "sources.html", "sources.html", lists.sources
    yield "issues.html", "issues.html", lists.issues
    yield "about.html", "about.html", tools.about
    yield "design.html", "design.html", tools.design
    shared = metropolis.CommonParts(release)
    for m in release.metros:
        facts = metropolis.MetropolisFacts(release, m, shared)
        yield f"metro/{m}.html", "metropolis.html", partial(metropolis.context, facts=facts)
