"""The look that pages share: texts in four languages, formats, charts, the map."""

from __future__ import annotations

import random
import re
import xml.etree.ElementTree as ET

import pytest

from warehouse.errors import WarehouseError
from warehouse.publications import page
from warehouse.publications.page import charts, shapes, world
from warehouse.publications.page.formats import SMALL, UNGROUPED
from warehouse.publications.page.words import problems

SPACES = {"\u00a0": " ", "\u202f": " "}


def plain(text: str) -> str:
    return text.translate(str.maketrans(SPACES))


def test_every_shared_text_is_there_in_four_languages():
    by = page.words()
    assert {len(by[lang]) for lang in page.LANGUAGES} == {len(by["en"])}
    assert by["ca"].code("scale", "fua") == "Àrea urbana funcional"
    assert by["ca"].code("scale", "of_a_later_year") == "of_a_later_year"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"a": {"ca": "x", "es": "x"}}, "'a' has no text in en"),
        ({"a": {"en": "x", "ca": "x", "es": " ", "fr": "x"}}, "'a' has an empty text in es"),
        ({"a": ["x"]}, "'a' is not one text per language"),
        ({"a": {"en": "{n} x", "ca": "{n} x", "es": "x", "fr": "{n}"}}, "'a' has other gaps"),
    ],
)
def test_a_text_that_is_not_whole_is_told(given, says, tmp_path):
    assert says in " ".join(problems(given))
    file = tmp_path / "words.yaml"
    file.write_text(str(given), encoding="utf-8")
    with pytest.raises(WarehouseError, match=re.escape(says[:12])):
        page.words(file)


def test_an_unknown_text_fails():
    with pytest.raises(WarehouseError, match="no text 'nonsense'"):
        _ = page.words()["ca"].nonsense


@pytest.mark.parametrize(
    ("lang", "small", "large", "share", "short", "listed"),
    [
        ("ca", "1234,5", "12.345,68", "12,3 %", "5,1 milions", "a, b i c"),
        ("es", "1234,5", "12.345,68", "12,3 %", "5,1 millones", "a, b y c"),
        ("fr", "1 234,5", "12 345,68", "12,3 %", "5,1 millions", "a, b et c"),
        ("en", "1,234.5", "12,345.68", "12.3%", "5.1 million", "a, b and c"),
    ],
)
def test_each_language_writes_its_own_way(lang, small, large, share, short, listed):
    f = page.formats(lang)
    assert plain(f.number(1234.5, 1)) == small
    assert plain(f.number(12345.678, 2)) == large
    assert plain(f.percent(12.34)) == share
    assert plain(f.short(5_093_635)) == short
    assert f.listed(["a", "b", "c"]) == listed
    assert f.number(None) == "–"
    assert f.number(-3.2, 1).startswith("−")


@pytest.mark.parametrize("lang", page.LANGUAGES)
def test_a_number_is_written_as_babel_writes_it(lang):
    from babel.numbers import parse_pattern

    f, dice = page.formats(lang), random.Random(1)
    values = [0.0, -0.04, 0.25, 0.35, 2.5, 9999.5, 10_000.0, -1_234_567.891]
    values += [dice.choice((-1, 1)) * 10 ** dice.uniform(-4, 12) for _ in range(2000)]
    for value in values:
        for decimals in (0, 1, 2):
            grouped = abs(value) >= SMALL or lang not in UNGROUPED
            shape = ("#,##0" if grouped else "0") + ("." + "0" * decimals if decimals else "")
            text = parse_pattern(shape).apply(round(value, decimals), f.locale)
            assert f.number(value, decimals) == text.replace("-", "−"), (value, decimals)


def test_a_calendar_year_is_not_grouped_and_a_duration_is_rounded():
    f = page.formats("en")
    assert [f.value(v, "YEAR") for v in (2050, 44.04, 1234.5)] == ["2050", "44.0", "1,234"]
    assert f.value(2050, "PERSON") == "2,050"


def test_a_page_alone_allows_its_style_and_nothing_else():
    html = page.standalone("Títol", "<h1>Hola</h1>", "ca")
    assert 'lang="ca"' in html
    policy = re.search(r'Policy" content="([^"]+)"', html)
    assert policy and "sha256-" in policy[1] and "script" not in policy[1]
    assert "&lt;h1&gt;" not in html


def test_charts_are_well_formed_and_say_what_they_show():
    show = page.formats("en").number
    made = [
        charts.lines([("A & B", [(2000, 1.0), (2010, 3.0)]), ("C", [(2005, 2.0)])], "A grew", show),
        charts.bars([("A", 2.0, "2", ""), ("B", None, "not known", "")], "A is larger"),
        charts.distribution(list(range(50)), "Half lie below 25", show, [(25, "median")]),
        charts.spans([("A", [(1990, 2000, "g-none")])], "Since 1990", (1960, 2026)),
        charts.ranges([("A", 1, 3, 7, "1 to 7")], "Among the first", 20),
        world.drawn([(10, 10, 3, "c1")], label='Where "A" lies'),
    ]
    for svg in made:
        node = ET.fromstring(svg)
        assert node.get("role") == "img" and node.get("aria-label")
    assert charts.spark([(1, 1.0)]) == ""
    for small in (
        charts.square(0.5),
        charts.bar(0.5),
        charts.spark([(1, 1.0), (2, 3.0), (3, 2.0)]),
    ):
        assert ET.fromstring(small).get("aria-hidden") == "true"


def test_a_line_is_cut_where_its_series_breaks():
    show = page.formats("en").number
    points = [(2010 + n, v) for n, v in enumerate([3.2, 3.2, 3.6, 3.7, 2.7])]
    whole, cut = (
        charts.lines([("City", points)], "Inhabitants", show, breaks=[years])
        for years in (set(), {2012, 2014})
    )
    drawn = [ET.fromstring(svg) for svg in (whole, cut)]
    lines = [d.find("path[@class='line s0']") for d in drawn]
    assert [p is not None and p.get("d", "").count("M") for p in lines] == [1, 2]
    assert [len(list(d.iter("circle"))) for d in drawn] == [0, 1]  # a figure alone is a dot


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1), (3, 3), (-5, 17.2), (1e6, 5.4e6), (0.001, 0.0012)]
)
def test_an_axis_holds_its_values(low, high):
    ticks = charts.nice(low, high)
    assert ticks[0] <= low <= high <= ticks[-1] and len(ticks) < 9


def test_equal_earth_is_where_it_should_be():
    x, y = world.project(0.0, 0.0)
    assert (round(float(x)), 150 < float(y) < 300) == (world.WIDTH // 2, True)
    left, right = world.project([-179.9, 179.9], [0, 0])[0]
    assert 0 <= left < 5 and world.WIDTH - 5 < right <= world.WIDTH
    # Equal areas: a cell of the same size on the sphere takes as much of the map anywhere.
    import numpy as np

    def size(lat: float) -> float:
        high = np.degrees(np.arcsin(np.sin(np.radians(lat)) + 0.01))
        xs, ys = world.project([10, 11, 11, 10], [lat, lat, high, high])
        return 0.5 * abs(float(np.dot(xs, np.roll(ys, 1)) - np.dot(ys, np.roll(xs, 1))))

    assert size(0) == pytest.approx(size(60), rel=0.02)


def test_shared_lines_are_borders_and_others_are_coast():
    square = {"type": "Polygon", "id": "001", "arcs": [[0, 1]]}
    beside = {"type": "MultiPolygon", "id": "002", "arcs": [[[-1, 2]]]}
    south = {"type": "Polygon", "id": shapes.ANTARCTICA, "arcs": [[2]]}
    topology = {
        "transform": {"scale": [1, 1], "translate": [0, 0]},
        "objects": {"countries": {"geometries": [square, beside, south]}},
        "arcs": [[[0, 0], [0, 1]], [[0, 1], [1, 0], [-1, -1]], [[0, 1], [-1, 0], [1, -1]]],
    }
    made = shapes.from_topology(topology)
    assert made["borders"] == [[0, 0, 0, 100]]
    assert len(made["land"]) == 2


def test_the_base_map_is_light():
    import gzip

    svg = world.base()
    ET.fromstring(svg)
    assert len(gzip.compress(svg.encode())) < 60_000


def test_no_style_or_script_stands_inside_a_page():
    for file in (world.__file__, charts.__file__):
        with open(file, encoding="utf-8") as code:  # noqa: PTH123
            assert "style=" not in code.read()
