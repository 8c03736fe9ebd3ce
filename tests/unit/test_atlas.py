"""The atlas from a small release: whole, deterministic, in four languages, and honest where little is known."""

from __future__ import annotations

import csv
import json
import os
import posixpath
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from html import unescape
from pathlib import Path

import duckdb
import jsonschema
import pytest
import yaml
from click.testing import CliRunner
from released import copied

import catalog
from catalog import languages, translations
from catalog.languages import of_table, one_line, translated
from catalog.models import hole
from catalog.models import story as stories
from catalog.yaml_files import CatalogError
from pipelines.cli import observatory
from warehouse.errors import WarehouseError
from warehouse.publications import atlas, page, vendor
from warehouse.publications.atlas import api, lists, rules, share, site
from warehouse.publications.atlas.common import Voice
from warehouse.publications.atlas.read import read
from warehouse.publications.page import lookup
from warehouse.tables import published

ROOT = Path(__file__).parents[2]
SHORT_STORY = """
title: {en: One, ca: U, es: Uno, fr: Un}
summary: {en: "Of {n}.", ca: "De {n}.", es: "De {n}.", fr: "De {n}."}
numbers:
  n: {as: count, sql: select count(*) from metro, at_least: 4}
paragraphs:
  - {en: "There are {n} < 5.", ca: "N'hi ha {n} < 5.", es: "Hay {n} < 5.", fr: "Il y en a {n} < 5."}
chart:
  title: {en: "All {n}", ca: "Totes {n}", es: "Todas {n}", fr: "Toutes {n}"}
  sql: select metro_id, 1.5 from metro order by 1
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("stories")
    (folder / "one.yaml").write_text(SHORT_STORY, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def release(tmp_path_factory) -> Path:
    return copied(tmp_path_factory.mktemp("release"))


@pytest.fixture(scope="module", autouse=True)
def light(request):
    """The engine of the page of data is 40 MB of work; its files are read by a test of their own."""
    patch = pytest.MonkeyPatch()
    patch.setattr("warehouse.publications.atlas.tools.vendored", lambda name: name.encode())
    request.addfinalizer(patch.undo)


@pytest.fixture(scope="module")
def made(release, told, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("atlas") / "atlas"
    atlas.build(release, folder, atlas.Options(stories=told))
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


@pytest.fixture(scope="module")
def pages(made) -> dict[str, str]:
    """Every page, its attributes in quotes again."""
    bare = re.compile(r'=([^\s"\'=<>`]+)(?=[\s>])')
    return {
        n: re.sub(r"<[a-z][^>]*>", lambda tag: bare.sub(r'="\1"', tag[0]), raw.decode())
        for n, raw in files(made).items()
        if n.endswith(".html")
    }


# -- texts


def test_every_text_is_there_in_four_languages_and_none_was_left_in_english():
    by = page.words(site.WORDS)
    assert len({len(w) for w in by.values()}) == 1
    names = ("system.", "publisher.", "unit.", "source_kind.")  # proper names and symbols are alike
    left = [
        (lang, key)
        for lang in ("ca", "es", "fr")
        for key, text in by["en"].items()
        if by[lang][key] == text
        and len(re.findall(r"[a-z]{3,}", text)) > 2
        and not key.startswith(names)
    ]
    assert not left


def test_every_code_of_the_catalog_has_a_text():
    w = page.words(site.WORDS)["ca"]
    for kind, file, column in (("scale", "scales.csv", "scale"), ("unit", "units.csv", "unit")):
        with (ROOT / "catalog" / file).open(encoding="utf-8", newline="") as opened:
            codes = [r[column] for r in csv.DictReader(opened)]
        assert codes and [c for c in codes if f"{kind}.{c}" not in w] == []
    for name in ("sdg", "nua"):
        listed = yaml.safe_load(
            (ROOT / "catalog" / "frameworks" / f"{name}.yaml").read_text("utf-8")
        )
        assert [e["code"] for e in listed if f"{name}.{e['code']}" not in w] == []
    typology = yaml.safe_load((ROOT / "catalog" / "surveys" / "typology.yaml").read_text("utf-8"))
    assert [r["id"] for r in typology if f"rule.{r['id']}" not in w] == []
    models = set(lookup.choices()["model"])
    assert {m for m in models if f"model_means.{m}" not in w} == set()


# -- the site


def test_two_atlases_of_a_release_are_equal_byte_for_byte_and_the_release_is_not_touched(
    release, made, told, tmp_path
):
    from warehouse import release as releasing

    atlas.build(release, tmp_path / "again", atlas.Options(stories=told))
    assert files(tmp_path / "again") == files(made)
    releasing.verify(release)


# -- two processes


@pytest.fixture
def waiting(release, told, tmp_path) -> dict[str, object]:
    """A job that would never end: one of its stories is a pipe into which nobody writes."""
    folder = Path(shutil.copytree(told, tmp_path / "told"))
    os.mkfifo(folder / "two.yaml")
    target = tmp_path / "site"
    target.mkdir()
    names = {"release": str(release), "folder": str(target), "stories": str(folder)}
    return {**names, "address": site.LOCAL, "contact": "", "place": 1, "of": 2}


def test_two_processes_write_the_bytes_of_one(release, made, told, tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(share, "number", lambda database: 2)
    done = atlas.build(release, tmp_path / "both", atlas.Options(stories=told))
    assert files(tmp_path / "both") == files(made)
    assert done.files == len(files(made))
    assert capfd.readouterr() == ("", ""), "the second process ends without a word"
    shares = [share.Share(n, 2) for n in range(2)]
    assert sorted(i for s in shares for i in s.take(range(7))) == list(range(7))


def test_what_the_second_process_cannot_do_is_one_sentence_and_no_site(
    release, told, waiting, tmp_path, monkeypatch
):
    with (
        pytest.raises(WarehouseError, match=r"there is no observatory.duckdb; name the folder"),
        share.beside(waiting | {"release": str(tmp_path)}) as other,
    ):
        other()
    monkeypatch.setattr(share, "number", lambda database: 2)
    monkeypatch.setattr(share, "SECOND", "no_such_module")
    with pytest.raises(WarehouseError, match=r"second process of the atlas ended with code 1"):
        atlas.build(release, tmp_path / "atlas", atlas.Options(stories=told))
    assert not (tmp_path / "atlas").exists()


def test_what_a_library_prints_is_not_taken_for_the_answer(release, told, tmp_path, monkeypatch):
    (tmp_path / "printing.py").write_text(
        "import os\n"
        "from warehouse.publications.atlas import second, site\n"
        "real = site.write\n"
        "site.write = lambda *given: (os.write(1, b'50 %\\n'), print(), real(*given))[-1]\n"
        "second.main()\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(share, "SECOND", "printing")
    monkeypatch.setattr(share, "number", lambda database: 2)
    assert atlas.build(release, tmp_path / "atlas", atlas.Options(stories=told)).pages


def test_the_second_process_ends_with_the_first(waiting, monkeypatch):
    started = []
    real = subprocess.Popen

    class Noted(real):
        def __init__(self, *given, **named):
            super().__init__(*given, **named)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    with pytest.raises(KeyboardInterrupt), share.beside(waiting):
        raise KeyboardInterrupt
    assert started[0].returncode == -signal.SIGKILL
    # The first process may be ended without a chance to end the second: then its pipe is closed.
    alone = real([sys.executable, "-m", share.SECOND], stdin=subprocess.PIPE)
    assert alone.stdin
    alone.stdin.write(json.dumps(waiting).encode() + b"\n")
    alone.stdin.close()
    assert alone.wait(timeout=300) == share.ORPHAN


def test_a_small_release_or_one_processor_needs_no_second_process(tmp_path, monkeypatch):
    database = tmp_path / "observatory.duckdb"
    assert share.number(database) == 1
    database.write_bytes(b"")
    assert share.number(database) == 1
    os.truncate(database, share.LARGE)
    for cores in (1, 2):
        monkeypatch.setattr(
            os, "sched_getaffinity", lambda _, n=cores: set(range(n)), raising=False
        )
        assert share.number(database) == cores


def test_every_kind_of_page_is_there_in_every_language(pages):
    kinds = (
        "index",
        "places",
        "indicators",
        "themes",
        "sdg",
        "nua",
        "governance",
        "library",
        "stories",
    )
    tools = ("compare", "search", "data", "sources", "about", "design")
    for lang in page.LANGUAGES:
        for name in (
            *kinds,
            *tools,
            "metro/es-barcelona",
            "indicator/population",
            "country/ESP",
            "story/one",
        ):
            html = pages[f"{lang}/{name}.html"]
            assert f'<html lang="{lang}">' in html, name
            assert len(set(re.findall(r'hreflang="(\w\w)"', html))) == 4, name


def test_no_page_asks_another_host_and_none_holds_a_style_or_a_script_of_its_own(pages, made):
    for name, html in pages.items():
        assert re.search(r'Content-Security-Policy" content="default-src \'none\'', html), name
        assert " style=" not in html and "<style" not in html, name
        assert not re.findall(r'(?:src|action|srcset)="(?:https?:)?//', html), name
        for tag in re.findall(r"<link [^>]+>", html):
            assert "://" not in tag, (name, tag)
        for tag in re.findall(r"<script[^>]*>", html):
            assert 'src="' in tag or 'type="application/' in tag, (name, tag)
        assert not re.findall(r"\son\w+=", html), name
    for script in made.glob("static/*.js"):
        text = script.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "://" not in text, script.name


def test_no_link_is_broken_and_no_id_stands_twice(pages, made):
    names = set(files(made))
    ids = {n: re.findall(r'\bid="([^"]+)"', html) for n, html in pages.items()}
    for name, html in pages.items():
        assert len(ids[name]) == len(set(ids[name])), name
        for href in set(re.findall(r'(?:href|src|action)="([^"]+)"', html)):
            if href.startswith(("mailto:", "http")):
                continue
            path, _, fragment = href.partition("#")
            target = (
                posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
            )
            if target.endswith("metro/fr-lyon.html"):
                continue
            assert target in names, (name, href)
            if fragment and "=" not in fragment:
                assert fragment in ids[target], (name, href)


def test_no_place_of_a_text_is_empty_or_holds_a_value_of_the_program(pages):
    for name, html in pages.items():
        shown = re.sub(r"<script.*?</script>|<code.*?</code>", "", html, flags=re.DOTALL)
        assert not re.findall(r">\s*(?:None|nan|undefined)\s*<|\{\w+\}", shown), name
        assert "<code>numbered<" not in html, name
        assert not re.findall(r"<(?:h[1-6]|a|button|summary|figcaption)[^>]*>\s*</", html), name


def test_text_of_the_release_is_escaped(pages):
    assert "Windhoek, &#34;the capital&#34;" in pages["en/metro/na-windhoek.html"]
    assert "There are 4 &lt; 5." in pages["en/story/one.html"]


def test_populations_of_several_territories_are_never_mixed(pages):
    html = pages["en/metro/gr-athens.html"]
    assert "Functional urban area (OECD" in html
    assert "2030" not in html  # a projection is no newest figure


def test_what_is_not_known_is_said_and_never_zero(pages):
    html = pages["en/metro/na-windhoek.html"]
    assert "Not known to the observatory yet." in html
    assert "No figure at all: Governance" in html
    assert 'class="world' not in html.split("<h2")[0]  # it has no point


def test_each_figure_is_read_once_with_the_trend_of_all_inhabitants(release, tmp_path):
    folder = Path(shutil.copytree(release, tmp_path / release.name))
    with duckdb.connect(str(folder / "observatory.duckdb")) as con:
        con.execute("alter table trend alter sex type varchar")
        con.execute("insert into trend select * replace ('F' as sex) from trend")
        figures = con.execute("select count(*) from latest").fetchone()
        assert con.execute("select count(*) from trend where sex = '_T'").fetchone() != (0,)
    rows = [r for listed in read(folder).figures.values() for r in listed]
    assert figures and len(rows) == figures[0] == len({r["series"] for r in rows})


def test_the_values_of_a_series_are_those_of_the_release(release):
    data = read(release)
    with duckdb.connect(str(release / "observatory.duckdb"), read_only=True) as con:
        every = con.execute(
            "select period, value, obs_status from observation where recorded_to is null "
            "and value is not null and sex = '_T' and age = '_T' and metro_id = 'es-barcelona' "
            "order by all"
        ).fetchall()
    numbers = {r["series"] for r in data.figures["es-barcelona"]}
    assert every and sorted(p for n in numbers for p in data.series.of(n)) == every
    assert sum(map(data.series.measured, numbers)) == sum(p[2] != "F" for p in every)
    assert data.series.of(10**6) == [] and data.series.measured(10**6) == 0


def test_what_no_language_changes_is_worked_out_once_and_each_template_is_compiled_once(
    release, told, tmp_path, monkeypatch
):
    from jinja2 import Environment

    from warehouse.publications.atlas import indicator, metropolis
    from warehouse.publications.atlas import read as reading

    counted = Counter()

    def counts(module, name):
        real = getattr(module, name)

        def call(*given, **named):
            counted[name] += 1
            return real(*given, **named)

        monkeypatch.setattr(module, name, call)

    for module, name in (
        (metropolis, "selected"),
        (metropolis, "shown"),
        (reading, "_sliced"),
        (reading, "_rows"),
        (indicator, "_part"),
    ):
        counts(module, name)
    compiled: list[str] = []
    compile_ = Environment.compile
    monkeypatch.setattr(
        Environment,
        "compile",
        lambda env, source, name=None, *more, **named: (
            compiled.append(name or ""),
            compile_(env, source, name, *more, **named),
        )[1],
    )
    made = atlas.build(release, tmp_path / "atlas", atlas.Options(stories=told))
    asked = counted["_rows"]
    data = read(release)
    assert counted["_rows"] == 2 * asked, "no page asks the release for itself"
    assert counted["selected"] == counted["shown"] == len(data.metros)
    assert counted["_sliced"] == len(data.indicators)
    assert counted["_part"] == sum(len(data.slices(i)) for i in data.indicators)
    assert made.pages > 4 * (len(data.metros) + len(data.indicators))
    assert {n: k for n, k in Counter(filter(None, compiled)).items() if k > 1} == {}
    assert "metropolis.html" in compiled


def test_a_release_without_what_came_later_makes_an_atlas_too(release, told, tmp_path):
    older = tmp_path / "2026.01.01.1"
    shutil.copytree(release, older)
    with duckdb.connect(str(older / "observatory.duckdb")) as con:
        for name in (
            "trend",
            "ranking",
            "peer",
            "governance_profile",
            "gov_fact",
            "comparability_class",
            "framework",
        ):
            con.execute(f"drop table if exists {name}")
    done = atlas.build(older, tmp_path / "atlas", atlas.Options(stories=told))
    assert done.pages > 100


def test_a_folder_that_is_no_release_and_one_that_is_no_atlas_are_refused(release, tmp_path):
    with pytest.raises(WarehouseError, match="name the folder of a release"):
        atlas.build(tmp_path, tmp_path / "atlas")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("kept")
    with pytest.raises(WarehouseError, match="is not an atlas"):
        atlas.build(release, tmp_path / "mine")
    assert (tmp_path / "mine" / "letter.txt").read_text() == "kept"


# -- bytes: a site of ten thousand pages is as heavy as what each of them repeats


def test_a_page_repeats_little(made):
    empty = len((made / "en/metro/na-windhoek.html").read_bytes())
    full = {n: len(raw) for n, raw in files(made).items() if re.match(r"../metro/", n)}
    assert empty < 6_000
    assert max(full.values()) < 9_000


def test_a_page_of_many_figures_shows_few_of_each_theme_and_the_files_hold_all(
    release, told, tmp_path
):
    from warehouse.publications.atlas.metropolis import OF_A_THEME, CommonParts, selected

    data = read(release)
    rows = data.figures["es-barcelona"]
    many = [
        {**r, "indicator_id": f"{r['indicator_id']}_{n}", "headline": True}
        for n in range(40)
        for r in rows
    ]
    shared = CommonParts(data)
    shared.order = {r["indicator_id"]: n for n, r in enumerate(many)}
    shared.theme = {str(r["indicator_id"]): "economy" for r in many}
    found = selected(many, shared)
    assert found and all(len(listed) <= OF_A_THEME for listed in found.values())
    once = [
        r["indicator_id"] for listed in selected(rows, CommonParts(data)).values() for r in listed
    ]
    assert len(once) == len(set(once)) == len({r["indicator_id"] for r in rows})


def test_a_figure_on_a_map_is_a_few_bytes():
    points = [(float(x), float(x % 90), 2.0 + x % 3, f"c{x % 5}") for x in range(1000)]
    drawn = page.world.drawn(points, label="x")
    assert len(drawn) < 11 * len(points)


# -- what machines read


def test_the_api_is_as_its_description_says(made):
    described = json.loads((made / "api/v1/openapi.json").read_text("utf-8"))
    schemas = described["components"]["schemas"]
    for name, pattern in (
        ("Metro", "metro/*.json"),
        ("Indicator", "indicator/*.json"),
        ("Index", "index.json"),
    ):
        found = list((made / "api/v1").glob(pattern))
        assert found
        for file in found:
            jsonschema.validate(
                json.loads(file.read_text("utf-8")), schemas[name], jsonschema.Draft202012Validator
            )


def test_the_api_holds_every_standing_measured_figure(release, made):
    with duckdb.connect(str(release / "observatory.duckdb"), read_only=True) as con:
        wanted = set(
            con.sql(
                "select metro_id, indicator_id, unit_id, vintage, period, value from observation "
                "where recorded_to is null and value is not null and sex = '_T' and age = '_T'"
            ).fetchall()
        )
    held = {
        (m["metro_id"], s["indicator_id"], t["unit_id"], t["vintage"], p, v)
        for file in (made / "api/v1/metro").glob("*.json")
        for m in [json.loads(file.read_text("utf-8"))]
        for s in m["series"]
        for t in [m["territories"][s["territory"]]]
        for p, v, *_ in s["points"]
    }
    assert wanted and held == wanted


def test_the_sitemap_lists_every_page_once(pages, made):
    listed = re.findall(
        r"<loc>http://127\.0\.0\.1:8022/([^<]+)</loc>", (made / "sitemap.xml").read_text("utf-8")
    )
    assert sorted(listed) == sorted(p for p in pages if p != "index.html")


def test_with_an_address_machines_get_whole_addresses(release, told, tmp_path):
    options = atlas.Options(
        address="https://example.org/atlas/", contact="data@example.org", stories=told
    )
    data = read(release)
    wanted = {"ca/about.html", "ca/metro/es-barcelona.html"}
    found = {n: c for n, c in site.contents(data, release, options) if n in wanted}
    html = str(found["ca/metro/es-barcelona.html"])
    assert "<link rel=canonical href=https://example.org/atlas/ca/metro/es-barcelona.html>" in html
    assert "mailto:data@example.org?subject=es-barcelona" in html


# -- rules of comparison


def test_rules_are_translated_and_what_is_not_known_is_refused():
    said = rules.translate("a.unit_id = b.unit_id and a.boundary <> b.boundary")
    assert said == "and(eq(a.unit_id, b.unit_id), ne(a.boundary, b.boundary))"
    assert (
        rules.translate("abs(a.year - a.asked) > 1 or a.copied")
        == "or(gt(abs(minus(a.year, a.asked)), 1), a.copied)"
    )
    assert rules.translate("a.value is null") == "!known(a.value)"
    assert rules.translate("not (a.x and b.x)") == "not((and(a.x, b.x)))"
    assert rules.translate("a.kind in ('x', 'it''s')") == 'isin(a.kind, ["x", "it\'s"])'
    for bad in ("lower(a.x) = 'y'", "a.x ~ 'y'", "a.x = b.x and", "a.x b.x"):
        with pytest.raises(WarehouseError, match="teach it"):
            rules.translate(bad)


def test_every_rule_of_the_catalog_can_be_translated(release):
    listed = read(release).rules
    assert len(listed) > 10
    made = rules.module(listed)
    assert made.count("test: (a, b) =>") == len(listed)


# -- stories


def written(text: str, folder: Path) -> Path:
    (folder / "one.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "at_least: 4",
            "at_least: 5",
            "Story one, number n is 4, and the text takes it to be at least 5",
        ),
        ("from metro,", "from nowhere,", "Story one, number n: .*nowhere"),
        ("count(*) from metro,", "metro_id from metro,", "gives no single value"),
        ("title: {en: One,", "title: {", "title"),
        ('ca: "De {n}."', 'ca: "De {m}."', "uses {m}, of which there is no number"),
        ("as: count", "as: tale", "as"),
    ],
)
def test_a_story_that_the_release_does_not_bear_out_stops_the_atlas(
    release, tmp_path, old, new, says
):
    assert old in SHORT_STORY
    folder = written(SHORT_STORY.replace(old, new), tmp_path)
    with pytest.raises((WarehouseError, CatalogError), match=says):
        atlas.build(release, tmp_path / "atlas", atlas.Options(stories=folder))
    assert not (tmp_path / "atlas").exists()


def test_our_stories_are_whole():
    assert len(stories.load()) >= 3


# -- files of others


def test_the_files_of_others_are_the_stated_ones():
    said = vendor.stated()
    assert {p["licence"] for p in said["packages"]} and all(
        p["integrity"].startswith("sha512-") for p in said["packages"]
    )
    for name, entry in said["files"].items():
        assert len(vendor.read(name)) == entry["bytes"]


def test_a_changed_file_of_others_is_refused(tmp_path, monkeypatch):
    for file in vendor.HERE.glob("*"):
        if file.is_file():
            shutil.copy(file, tmp_path)
    (tmp_path / "duckdb.mjs").write_text("other")
    monkeypatch.setattr(vendor, "HERE", tmp_path)
    monkeypatch.setattr(vendor, "STATED", tmp_path / "vendor.yaml")
    with pytest.raises(WarehouseError, match=r"is not the file that vendor\.yaml states"):
        vendor.read("duckdb.mjs")


# -- the command and the asset


def test_the_command_makes_it_and_says_where(release, tmp_path, monkeypatch, told):
    monkeypatch.setattr(stories, "FOLDER", told)
    monkeypatch.setenv("OBSERVATORY_HOME", str(tmp_path))
    done = CliRunner().invoke(observatory, ["atlas", str(release), "-o", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert "pages in" in done.output and str(tmp_path / "out") in done.output
    assert (tmp_path / "out" / "ca" / "index.html").is_file()


def test_without_a_release_the_command_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("OBSERVATORY_HOME", str(tmp_path))
    done = CliRunner().invoke(observatory, ["atlas"])
    assert done.exit_code != 0 and isinstance(done.exception, WarehouseError)


def test_the_description_of_the_api_is_whole():
    described = api.openapi("x")
    assert described["openapi"].startswith("3.1")
    for schema in described["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_known_issues_are_told_with_evidence_in_every_language(pages):
    said = {
        "en": ("kept out of the figures", "Known since 23 November 2026.", "The source was not told."),
        "ca": ("exclòs de les xifres", "Conegut des del 23 de novembre", "No se n'ha informat la font."),
        "es": ("excluido de las cifras", "Conocido desde el 23 de noviembre", "No se ha informado a la fuente."),
        "fr": ("exclu des chiffres", "Connu depuis le 23 novembre 2026", "La source n'en a pas été informée."),
    }  # fmt: skip
    for lang, words in said.items():
        html = unescape(re.sub(r"<[^>]+>", "", pages[f"{lang}/issues.html"]))
        assert f"A zero <is> served ({lang})." in html
        for word in words:
            assert word in html, (lang, word)
        assert "issues.html" in pages[f"{lang}/sources.html"]
        assert "../issues.html" in pages[f"{lang}/metro/es-barcelona.html"]
    assert "1,234" in pages["en/issues.html"]
    assert "not every case was looked at" in pages["en/issues.html"]
    assert "The source was told on 2 January 2027." in pages["en/issues.html"]


# A text that is not ours keeps its language and says so: titles and credits of sources.
FOREIGN = re.compile(r'<\w+[^>]* lang="en"[^>]*>[^<]*')
MAY_BE_FOREIGN = {"sources.html": "<(span|p)", "library.html": "<a"}
EMPTY = re.compile(
    r"<(h[1-6]|caption|figcaption|summary|button|a)(?: [^>]*)?>\s*</\1>"
    r"|<(p|li|dt|dd)(?: (?![^>]*(?:role|id)=)[^>]*)?>\s*<(?:/|\2\b)"
)


def visible(html: str) -> str:
    """What a reader sees of a page in its language, and what a screen reader says of it, in one line."""
    html = re.sub(r"(?s)<(script|style|code)\b.*?</\1>", " ", FOREIGN.sub("|", html))
    said = re.findall(r'(?:aria-label|alt|placeholder|title|content)="([^"]*)"', html)
    return " ".join(unescape(" ".join([re.sub(r"<[^>]+>", "|", html), *said])).split())


def english_texts(lang: str) -> list[str]:
    """The longest piece between gaps of every English text that says something else in the language."""
    found = []
    tables = ((t.meaning, of_table(t.name, lang)) for t in published(catalog.load()).values())
    texts = (
        (english, beside.get(lang) or translated(english, lang))
        for _, english, beside in translations.texts(ROOT)
    )
    for english, said in (*texts, *tables):
        piece = max(re.split(r"{\w+}", one_line(english)), key=len).strip()
        if said and one_line(said) != one_line(english) and len(piece) >= 24:
            found.append(piece)
    return found


@pytest.mark.parametrize("lang", ["ca", "es", "fr"])
def test_no_page_prints_a_text_of_ours_in_english_or_an_empty_one(pages, lang):
    listed = [
        *english_texts(lang),
        "(en)",
    ]  # the release of the tests says the language of its texts
    assert len(listed) > 1000
    left, empty, foreign = set(), set(), set()
    for path, html in pages.items():
        if not path.startswith(f"{lang}/"):
            continue
        seen = visible(html)
        left |= {(path, text) for text in listed if text in seen}
        empty |= {(path, m[0]) for m in EMPTY.finditer(html)}
        may = MAY_BE_FOREIGN.get(path.removeprefix(f"{lang}/"), "<(span|a)")
        foreign |= {
            (path, m[0])
            for m in FOREIGN.finditer(html)
            if not re.match(rf"{may}|.*>English$", m[0])
        }
    assert (left, empty, foreign) == (set(), set(), set())


def test_the_page_of_data_says_what_each_table_is_in_the_language_of_the_reader(pages, release):
    tables = read(release).tables
    assert len(tables) > 60
    for lang in ("ca", "es", "fr", "en"):
        for table in tables:
            meaning = table["comment"] if lang == "en" else of_table(table["name"], lang)
            assert f"<td>{meaning}<" in unescape(pages[f"{lang}/data.html"]), table["name"]


def test_a_table_without_a_translation_is_described_in_english_and_marked(
    release, tmp_path, monkeypatch
):
    from warehouse.publications.atlas import tools
    from warehouse.publications.atlas.common import Voice

    (tmp_path / "tables.csv").write_text("table,ca\nmetro,Metròpolis\n", encoding="utf-8")
    data, words = read(release), page.words(site.WORDS)
    env = page.environment(site.HERE / "templates")

    def shown(lang: str) -> str:
        with monkeypatch.context() as patch:
            patch.setattr(languages, "FOLDER", tmp_path)
            given = tools.data(Voice(data, words[lang]), tools.MEGABYTES)
        return page.render(env, "data.html", words[lang], root="../", **given)

    assert "<td>Metròpolis</td>" in shown("ca")
    assert '<td lang="en">Dictionary of units.</td>' in shown("ca")
    assert "<td>Dictionary of units.</td>" in shown("en")


def test_models_over_time_are_drawn_by_region_with_what_changed(release):
    from dataclasses import replace

    from warehouse.publications import page
    from warehouse.publications.atlas import governance, site
    from warehouse.publications.atlas.common import Voice
    from warehouse.publications.atlas.read import read

    data = read(release)
    metro = next(iter(data.metros))
    decades = [
        {"decade": d, "region": r, "model": m, "bodies": n}
        for r, k in (("", 3), ("Europe", 2), ("Asia", 1))
        for d in (2010, 2020)
        for m, n in (("intermunicipal", k), ("not_decided", 1))
    ]
    reform = {
        **{"metro_id": metro, "year": 2017, "change": "model", "what": "a rule, in English"},
        **{"from_model": "intermunicipal", "to_model": "supramunicipal", "to_name": "A body"},
    }
    voice = Voice(
        replace(data, decades=decades, reforms=[reform]), page.words(site.WORDS)["fr"], ""
    )
    found = governance._over_time(voice)
    assert [name for name, _ in found["regions"]] == ["Asie", "Europe"]
    assert found["world"]["rows"][0][1:] == ("3", "3")
    assert dict(found["regions"])["Europe"]["rows"][0][1:] == ("2", "2")
    assert all(
        "<svg" in str(t["chart"]) for t in (found["world"], *dict(found["regions"]).values())
    )
    (change,) = found["changes"]
    assert change["what"] == "A body" and "→" in change["models"]
    nothing = Voice(replace(data, decades=[], reforms=[]), voice.w, "")
    assert governance._over_time(nothing) == {"world": None, "regions": [], "changes": []}


def test_every_colour_of_a_timeline_says_its_model_and_years(release):
    from dataclasses import replace

    from warehouse.publications import page
    from warehouse.publications.atlas import governance, site
    from warehouse.publications.atlas.common import Voice
    from warehouse.publications.atlas.read import read

    data = read(release)
    metro = next(iter(data.metros))
    models = [
        {"model": None, "year_from": 2011, "year_to": 2019},
        {"model": "intermunicipal", "year_from": 2019, "year_to": None},
    ]
    bodies = {metro: [{"body_id": "b", "name": "A body"}]}
    known = replace(data, bodies=bodies, models={"b": models})
    voice = Voice(known, page.words(site.WORDS)["en"], "")
    drawn, legend = governance.timeline(voice, metro)
    assert re.findall(r'class="span ([\w-]+)"', drawn) == [css for css, _ in legend]
    assert [text.rpartition(" ")[2] for _, text in legend] == ["(2011–2019)", "(2019–)"]
    one = Voice(replace(known, models={"b": models[1:]}), voice.w, "")
    assert governance.timeline(one, metro) == ("", [])


def test_the_page_of_a_theme_says_how_old_its_figures_are_and_why(release):
    """The reason of an old theme is in the language of the page, with the dataset that would renew it."""
    stated, data = hole.load(), read(release)
    [old] = [t for t in stated.themes if t.theme == "demography"]
    for lang, w in page.words(site.WORDS).items():
        reason = old.reason.en if lang == "en" else translated(old.reason.en, lang)
        for median, why in ((2015, True), (2020, False)):
            data.ages = {"demography": {"median": median, "recent": 2, "metropolises": 4}}
            told = " ".join(lists.theme(Voice(data, w, ""), "demography")["ages"])
            assert str(median) in told and str(stated.fresh_from) in told
            assert ((reason in told) and (old.would_fill in told)) is why, (lang, median)
    data.ages = {}
    assert lists.theme(Voice(data, w, ""), "demography")["ages"] == []
