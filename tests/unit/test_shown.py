"""What everybody may see: the folder shows the current release with its pages, whole, wherever they were made."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from test_elsewhere import FIRST, SECOND, machine, place, publish, server, url

from pipelines.commands.serve import serve
from warehouse.home import Home
from warehouse.publications import shown

__all__ = ["machine", "server", "url"]  # fixtures


def made(home: Home, release: str, name: str, text: str) -> None:
    """A publication of a release, sent to the store where the home is on one."""
    folder = home.publications / release / name
    folder.mkdir(parents=True)
    (folder / "index.html").write_text(text)
    (folder / "more").mkdir()
    (folder / "more" / "page.html").write_text(text)
    if home.elsewhere is not None:
        place(home).send_publication(folder)


@pytest.fixture(params=["folder", "object store"])
def homes(request, tmp_path) -> tuple[Home, Home]:
    """The home as who makes the pages and as who shows them sees it."""
    if request.param == "folder":
        return Home(tmp_path / "home"), Home(tmp_path / "home")
    seen = request.getfixturevalue("machine")
    return seen("one"), seen("two")


def test_the_pages_of_a_new_release_take_the_place_of_those_before_once_they_are_made(
    homes, tmp_path
):
    maker, shower = homes
    public = tmp_path / "public"
    assert shown.renew(shower, public) == ""
    publish(maker, FIRST)
    if shower.elsewhere is not None:
        place(shower).refresh()
    assert shown.renew(shower, public) == "", "no pages were made yet"
    made(maker, FIRST, "atlas", "first")
    made(maker, FIRST, "exports", "files")
    assert shown.renew(shower, public) == FIRST
    assert (public / "current" / "more" / "page.html").read_text() == "first"
    assert (public / "current" / "exports" / "index.html").read_text() == "files"
    assert (public / "current" / "files" / "SHA256SUMS").is_file()
    assert shown.renew(shower, public) == ""

    publish(maker, SECOND, "second")
    if shower.elsewhere is not None:
        place(shower).refresh()
    assert shown.renew(shower, public) == ""
    assert (public / "current" / "index.html").read_text() == "first"
    made(maker, SECOND, "atlas", "second")
    assert shown.renew(shower, public) == SECOND
    assert (public / "current" / "index.html").read_text() == "second"
    left = {p.name for p in public.iterdir()}
    assert left == {"current", FIRST, SECOND}, "who still loads from the one before finds it"


def test_the_command_keeps_the_folder_up_to_date(tmp_path, monkeypatch):
    home = Home(tmp_path / "home")
    monkeypatch.setenv("OBSERVATORY_HOME", home.address)
    publish(home, FIRST)
    made(home, FIRST, "atlas", "first")
    told = CliRunner().invoke(serve, ["pages", str(tmp_path / "public"), "--once"])
    assert told.exit_code == 0 and FIRST in told.output
    assert Path(tmp_path / "public" / "current" / "index.html").is_file()


@pytest.mark.parametrize(
    ("part", "code", "says"),
    [
        ("pages", 0, ""),
        ("moon", 1, "choose one of web, code, daemon"),
        ("web", 1, "does not answer"),
    ],
)
def test_the_health_of_a_part_is_said(part, code, says, monkeypatch):
    monkeypatch.setenv("OBSERVATORY_PART", part)
    told = CliRunner().invoke(serve, ["health"])
    assert told.exit_code == code and says in told.output
