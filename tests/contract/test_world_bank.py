"""World Bank, Indicators API v2: rows of countries; a page that is not whole is refused."""

from __future__ import annotations

import json

import pytest

from sources.errors import Gone, Invalid
from sources.providers import world_bank
from sources.read import read
from sources.records import records


def row(country, value, date="2020", indicator="SP.URB.GROW", iso3=None, **more):
    return {
        "indicator": {"id": indicator, "value": "Urban population growth (annual %)"},
        "country": {"id": country[:2], "value": country},
        "countryiso3code": country if iso3 is None else iso3,
        "date": date,
        "value": value,
        "unit": "",
        "obs_status": "",
        "decimal": 1,
    } | more


def page(*rows, **head):
    about = {"page": 1, "pages": 1, "per_page": "50", "total": len(rows), "sourceid": "2"}
    return json.dumps([about | {"lastupdated": "2026-01-28"} | head, list(rows)])


def test_rows_with_a_figure_or_a_status_are_records(written):
    file = written(
        "wb.json",
        page(
            row("ESP", 0.5),
            row("NAM", 4),
            row("FRA", None),
            row("FRA", None, "2019", obs_status="M"),
        ),
    )
    table = read("world_bank", file)
    about = records.about(table)
    assert (about.dimensions, about.published_at) == (("indicator", "country"), "2026-01-28")
    assert [(r["country"], r["period"], r["value"], r["flags"]) for r in table.to_pylist()] == [
        ("ESP", "2020", 0.5, ""),
        ("NAM", "2020", 4.0, ""),
        ("FRA", "2019", None, "M"),
    ]


def test_the_own_code_stands_where_there_is_none_of_iso(written):
    table = world_bank.read(written("wb.json", page(row("ZH", 1.0, iso3=""))))
    assert table["country"].to_pylist() == ["ZH"]


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        ('[{"message":[{"id":"120","key":"Invalid value","value":"The provided parameter value is '
         'not valid"}]}]', Gone, "not valid"),
        (page(row("ESP", 1), total=2), Invalid, "'total' says 2 rows, 1 are there"),
        (page(row("ESP", 1), pages=3), Invalid, "page 1 of 3"),
        (page(row("ESP", 1), row("ESP", 2)), Invalid, "same key"),
        (page(row("ESP", None)), Invalid, "no figure"),
        (page(row("ESP", "many")), Invalid, "none of the World Bank"),
        (page({"indicator": {"id": "X"}, "value": 1.0, "date": "2020"}), Invalid, "without 'country'"),
        (page(row("ESP", 1))[:-5], Invalid, "broken JSON"),
        ("[]", Invalid, "no answer of the World Bank"),
        ("{}", Invalid, "no answer of the World Bank"),
        ("a,b\n1,2\n", Invalid, "text, not JSON"),
        ("<wb:error><x/></wb:error>", Invalid, "XML"),
    ],
)  # fmt: skip
def test_what_is_no_answer(written, content, kind, words):
    with pytest.raises(kind, match=words):
        world_bank.read(written("wb.json", content))


def test_requests_name_an_indicator():
    made = world_bank.request("x", {"indicator": ["SP.URB.GROW", "SI.POV.GINI"]})
    assert made.url.endswith("/country/all/indicator/SP.URB.GROW")
    wrongs: tuple[world_bank.Options, ...] = ({}, {"indicator": "A", "country": "ESP"})
    for wrong in wrongs:
        with pytest.raises(Invalid, match="give the option 'indicator'"):
            world_bank.request("x", wrong)
