"""A browser that may ask this machine alone, and the atlas of a small release with planted traps."""

from __future__ import annotations

import functools
import shutil
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from plants import release

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
STORY = """
title: {en: One, ca: U, es: Uno, fr: Un}
summary: {en: "Of {n}.", ca: "De {n}.", es: "De {n}.", fr: "De {n}."}
numbers:
  n: {as: count, sql: select count(*) from metro}
paragraphs:
  - {en: "There are {n}.", ca: "N'hi ha {n}.", es: "Hay {n}.", fr: "Il y en a {n}."}
"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def planted(tmp_path_factory) -> Path:
    """The small release with what the tasks and the refusals need."""
    return release(tmp_path_factory.mktemp("planted"))


@pytest.fixture(scope="session")
def story(tmp_path_factory) -> Path:
    """A folder with one story that the small release bears out."""
    stories = tmp_path_factory.mktemp("stories")
    (stories / "one.yaml").write_text(STORY, encoding="utf-8")
    return stories


@pytest.fixture(scope="session")
def site(planted, story, tmp_path_factory) -> Iterator[str]:
    """The address of the atlas, served here."""
    from warehouse.publications import atlas

    folder = tmp_path_factory.mktemp("site") / "atlas"
    atlas.build(planted, folder, atlas.Options(stories=story))
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import sync_playwright

    if not BROWSER:
        pytest.fail("Chromium is not installed: apt-get install chromium, then run this again.")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium, site):
    """A function that opens a page; fails at the end if it asked another host or wrote an error."""
    refused, errors, contexts = [], [], []

    def only_here(route):
        if route.request.url.startswith((site, "blob:")):
            route.continue_()
        else:
            refused.append(route.request.url)
            route.abort()

    def opened(path: str, width: int = 1280, scheme: str = "light"):
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme
        )
        contexts.append(context)
        context.route("**/*", only_here)
        page = context.new_page()
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: errors.append(str(e)))
        page.goto(site + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert refused == []
    assert [e for e in errors if "favicon" not in e] == []
