"""The guided notebooks run from top to bottom on a release, offline, in every language."""

import importlib.util
from pathlib import Path

import pytest

from catalog.languages import languages

FOLDER = Path(__file__).parents[2] / "docs" / "notebooks"
WANTED = {"who_governs", "which_territory", "how_to_compare"}
if importlib.util.find_spec("marimo") is None:
    pytest.skip("an optional extra: notebooks", allow_module_level=True)


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    from governed import released

    return released(tmp_path_factory.mktemp("notebooks")).folder


def run(name, release, monkeypatch, metro="es-barcelona", lang="en"):
    for key, value in (("OBSERVATORY_RELEASE", str(release)), ("METRO", metro), ("LANGUAGE", lang)):
        monkeypatch.setenv(key, value)
    monkeypatch.syspath_prepend(FOLDER)  # as marimo and Python do for the folder of what they run
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    _, found = module.app.run()
    return found


def test_there_are_three():
    assert {p.stem for p in FOLDER.glob("*.py")} - {"observatory_notebook"} == WANTED


@pytest.mark.parametrize("lang", languages())
@pytest.mark.parametrize("name", sorted(WANTED))
def test_a_notebook_runs_in_every_language(name, lang, release, monkeypatch):
    assert run(name, release, monkeypatch, lang=lang)["lang"] == lang


def test_who_governs_barcelona(release, monkeypatch):
    found = run("who_governs", release, monkeypatch)
    assert found["bodies"][0]["standing"] in ("former", "main")
    assert "Àrea Metropolitana de Barcelona" in {b["name"] for b in found["bodies"]}
    assert found["weak"] and found["items"]


def test_the_sum_of_the_municipalities_is_the_population_of_the_body(release, monkeypatch):
    found = run("which_territory", release, monkeypatch)
    assert found["total"] == found["territories"][0]["population"] == 3291654
    assert len(found["units"]) == 36 and len(found["figures"]) == 3


def test_a_range_has_its_width_and_peers_have_the_same_model(release, monkeypatch):
    found = run("how_to_compare", release, monkeypatch)
    assert found["widths"] == {"economy": 6}
    assert {a["model"] for a in found["alike"]} == {"intermunicipal"}


def test_a_metropolis_of_which_nothing_is_known_gives_empty_tables(release, monkeypatch):
    found = run("who_governs", release, monkeypatch, metro="xk-pristina")
    assert found["bodies"] == [] and found["weak"] == []


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"metro": "xx-atlantis"}, "no metropolis 'xx-atlantis'; set METRO"),
        ({"lang": "de"}, "LANGUAGE is 'de'; set it to ca, es, fr or en"),
    ],
)
def test_what_is_set_wrongly_is_a_sentence(release, monkeypatch, given, says):
    with pytest.raises(Exception, match=says):
        run("who_governs", release, monkeypatch, **given)


def test_a_folder_without_a_release_is_a_sentence(tmp_path, monkeypatch):
    with pytest.raises(Exception, match="no release in"):
        run("who_governs", tmp_path, monkeypatch)


@pytest.mark.parametrize("metro", ["fr-lyon", "us-minneapolis", "br-recife"])
@pytest.mark.parametrize("name", sorted(WANTED))
def test_a_notebook_runs_on_another_metropolis(name, metro, release, monkeypatch):
    assert run(name, release, monkeypatch, metro=metro)["metro"] == metro
