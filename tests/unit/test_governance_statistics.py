"""Confidential answers are published as protected sums; the released cells are attacked."""

import duckdb
import pyarrow as pa
import pytest
from released_attack import recovered, told

from catalog import survey_loader
from catalog.models.survey import SurveyCorrection
from warehouse import store, tables
from warehouse.surveys.governance.desk_wave import RESPONSES
from warehouse.surveys.governance.statistics import statistics
from warehouse.surveys.secrecy import disclosure

SURVEY = survey_loader.survey()
# Region, model, staff: one lone metropolis, one that dominates, cells of several equals.
STAFF = [
    *[("Europe", "intermunicipal", s) for s in (700.25, 650, 610, 580, 720)],
    *[("Europe", "special_status", s) for s in (300, 320, 290, 310)],
    *[("Asia", "intermunicipal", s) for s in (9000, 20, 10)],
    *[("Asia", "special_status", s) for s in (410, 400, 420, 390)],
    ("Africa", "special_status", 77.5),
]


def made(staff=STAFF, roles=(), corrections=(), known=(), named=None):
    roles = list(roles) or (["officer"] * 9 + ["elected"] * 2 + ["observatory"] * 6)
    answers, said, metro, profile = [], [], [], []
    for i, (region, model, number) in enumerate(staff):
        of = {"wave": "2025", "response_id": f"r{i}", "metro_id": f"m{i}", "option": ""}
        said.append(of | {"standing": True, "state": "submitted", "submitted": "2025-01-01"})
        of = of | {"standing": True, "status": "answered", "secrecy": "N"}
        answers.append(of | {"question": "staff", "entry": "body[1]", "value_norm": str(number)})
        if named and i in named:
            name = {"question": "body_name", "entry": "body[1]", "value_norm": named[i]}
            answers.append(of | name)
        answers.append(of | {"question": "respondent_role", "value_norm": roles[i % len(roles)]})
        metro.append({"metro_id": f"m{i}", "region": region})
        profile.append({"metro_id": f"m{i}", "model": model})
    return statistics(
        pa.Table.from_pylist(answers),
        pa.Table.from_pylist(said),
        pa.Table.from_pylist(metro),
        pa.Table.from_pylist(profile),
        SURVEY,
        corrections=corrections,
        known=known,
    )


def decision(metro, **what):
    """A decision of a person on the staff of a body."""
    return SurveyCorrection(
        metro_id=metro,
        wave="2025",
        question="staff",
        reason="A letter.",
        source="The city.",
        **what,
    )


def staff_of(*args, **kw):
    """(metropolises, total) of Europe's cities by agreement, which nothing hides."""
    return [
        (r["metropolises"], r["total"])
        for r in made(*args, **kw).to_pylist()
        if (r["question"], r["region"], r["category"]) == ("staff", "Europe", "intermunicipal")
    ]


def test_a_decision_on_a_confidential_answer_counts_in_the_sums():
    equal = [*[("Europe", "intermunicipal", 100 + n) for n in range(12)]]
    assert staff_of(equal) == [(12, 1266.0)]
    # The body has no name, so its place in the form names it.
    other = decision("m3", body="m3/body[1]", value="203")
    assert staff_of(equal, corrections=[other]) == [(12, 1366.0)]
    gone = decision("m3", body="m3/body[1]", value="")
    assert staff_of(equal, corrections=[gone]) == [(11, 1163.0)]
    chosen = decision("m3", body="m3/body[1]", choose="r3")
    assert staff_of(equal, corrections=[chosen]) == [(12, 1266.0)]
    # A decision on another body of the metropolis leaves this one as it is.
    elsewhere = decision("m3", body="m3/body[2]", value="203")
    assert staff_of(equal, corrections=[elsewhere]) == [(12, 1266.0)]


def test_a_decision_finds_a_body_by_its_name_and_by_its_identifier():
    equal = [*[("Europe", "intermunicipal", 100 + n) for n in range(12)]]
    named = {3: "Àrea Metropolitana"}
    other = decision("m3", body="m3/area-metropolitana", value="203")
    assert staff_of(equal, named=named, corrections=[other]) == [(12, 1366.0)]
    known = [("m3", "Area metropolitana", "m3/amx")]
    other = decision("m3", body="m3/amx", value="203")
    assert staff_of(equal, named=named, known=known, corrections=[other]) == [(12, 1366.0)]


def truth(staff=STAFF):
    cells = {}
    for region, model, number in staff:
        for cell in ((region, model), (region, ""), ("", model), ("", "")):
            cells.setdefault(cell, []).append(number)
    return {c: (sum(x), disclosure.protection(x)) for c, x in cells.items()}


@pytest.fixture
def released():
    con = duckdb.connect()
    con.register("made", made())
    con.execute("create table governance_statistics as from made")
    return con


def cell(con, region, category, what="conf_status"):
    ((value,),) = con.execute(
        f"select {what} from governance_statistics where question = 'staff' and region = ? "
        "and category = ?",
        [region, category],
    ).fetchall()
    return value


def test_a_lone_metropolis_and_one_that_dominates_are_hidden_and_what_gives_them_away(released):
    assert cell(released, "Africa", "special_status") == "C"
    assert cell(released, "Asia", "intermunicipal") == "C"
    assert cell(released, "Europe", "intermunicipal", "metropolises") == 5
    hidden = "select count(*) from governance_statistics where conf_status <> 'F' and {}"
    assert released.sql(hidden.format("conf_status = 'D'")).fetchall() > [(0,)]
    wrong = "(total is not null or median is not null or obs_status <> 'Q')"
    assert released.sql(hidden.format(wrong)).fetchall() == [(0,)]
    assert released.sql("select count(*) from made where total is not null").fetchall() > [(0,)]


def test_no_hidden_cell_can_be_told_from_what_is_released(released):
    bounds = told(released, "2025", "staff")
    assert bounds and recovered(bounds, truth()) == []
    counts = told(released, "2025", "respondent_role")
    assert counts
    assert all(high - low >= 3 for low, high in counts.values())


def test_the_attack_succeeds_when_what_gives_a_cell_away_is_released(released):
    caught = 0
    hidden = released.sql(
        "select region, category from governance_statistics where question = 'staff' "
        "and conf_status = 'D'"
    ).fetchall()
    for place in hidden:
        released.execute("begin")
        released.execute(
            "update governance_statistics set total = ? where question = 'staff' and region = ? "
            "and category = ?",
            [truth()[place][0], *place],
        )
        caught += bool(recovered(told(released, "2025", "staff"), truth()))
        released.execute("rollback")
    assert caught > 0


def test_one_city_alone_is_told_nothing_of():
    rows = made(STAFF[:1]).to_pylist()
    assert {r["conf_status"] for r in rows} == {"C"}
    assert {r["total"] for r in rows} == {None}


def test_without_a_wave_the_table_is_empty_and_as_stated():
    empty = statistics(
        store.empty(tables.of("gov_answer")),
        RESPONSES.empty_table(),
        pa.table({"metro_id": pa.array([], pa.string()), "region": pa.array([], pa.string())}),
        pa.table({"metro_id": pa.array([], pa.string()), "model": pa.array([], pa.string())}),
        SURVEY,
    )
    assert len(empty) == 0
    assert empty.column_names == [c.name for c in tables.of("governance_statistics").columns]
