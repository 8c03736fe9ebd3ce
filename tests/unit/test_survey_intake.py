"""Answers come in: persons split off, edits and duplicates in order, waves beside each other."""

from __future__ import annotations

import stat
from datetime import UTC, datetime

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from survey_files import BODY, KOBO, TOP, blank, fill

from catalog import survey_loader
from catalog.models.survey import SurveyCorrection
from sources.errors import Invalid
from warehouse.errors import WarehouseError
from warehouse.home import Home
from warehouse.surveys.governance.facts import facts
from warehouse.surveys.intake import inbox, shelves
from warehouse.surveys.intake.forget import find, forget
from warehouse.surveys.intake.intake import take_in
from warehouse.surveys.intake.wave import write_wave

SURVEY = survey_loader.survey()
METROS = ("es-barcelona", "fr-paris")
SECRETS = ("nuria@example.org", "Núria Prova", "Truqueu-me", "quim", "collect:abc")


@pytest.fixture
def home(tmp_path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def city(tmp_path):
    """A function that writes a filled template."""

    def write(name: str = "city.xlsx", top=(), body=()):
        return fill(blank("ca"), tmp_path / name, TOP | dict(top), [BODY | dict(body)])

    return write


@pytest.fixture
def kobo(written):
    def write(name: str, *changes: dict):
        return written(name, orjson.dumps({"results": [KOBO[0] | c for c in changes]}))

    return write


def tables(home: Home, *waves: str, corrections=()) -> dict[str, list[dict]]:
    answers, responses = [], []
    for wave in waves:
        write_wave(home, wave, SURVEY, METROS)
        answers.append(shelves.table(shelves.read_wave(home, wave, "answers")))
        responses.append(shelves.table(shelves.read_wave(home, wave, "responses")))
    made = facts(pa.concat_tables(answers), pa.concat_tables(responses), SURVEY, corrections)
    return {name: table.to_pylist() for name, table in made.items()} | {
        "answers": pa.concat_tables(answers).to_pylist(),
        "responses": pa.concat_tables(responses).to_pylist(),
    }


def test_persons_stand_in_the_protected_store_alone(home, city, kobo):
    take_in(home, city(), "2026", SURVEY)
    take_in(home, kobo("k.json", {}), "2026", SURVEY)
    write_wave(home, "2026", SURVEY, METROS)
    open_files = list(home.survey.rglob("*.parquet"))
    assert len(open_files) == 6
    for path in open_files:
        whole = str(shelves.table(path).to_pydict())
        assert not [s for s in SECRETS if s in whole], path
    kept = "".join(str(shelves.table(p).to_pydict()) for p in (home.protected / "2026").iterdir())
    assert all(s in kept for s in SECRETS)
    for path in [home.protected, *home.protected.rglob("*"), home.survey]:
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path


def test_every_cell_stands_in_one_of_the_two_stores(home, city):
    from warehouse.surveys.exports.read import read

    path = city()
    came = take_in(home, path, "2026", SURVEY)
    assert came.answers + came.kept_apart == len(read(path).answers)


def test_a_telephone_number_in_a_public_answer_is_withheld(home, city):
    came = take_in(home, city(body={"legal_citation": "Llei; +34 934 123 456"}), "2026", SURVEY)
    assert came.secrecy_withheld == 1
    said = tables(home, "2026")["answers"]
    (cell,) = [a for a in said if a["question"] == "legal_citation"]
    assert (cell["status"], cell["value_raw"], cell["value_norm"]) == ("withheld", "", None)


def test_forgetting_leaves_no_trace_of_a_person_and_keeps_what_they_said(home, city, kobo):
    path = city()
    take_in(home, path, "2026", SURVEY)
    take_in(home, kobo("k.json", {}), "2026", SURVEY)
    write_wave(home, "2026", SURVEY, METROS)
    waiting = home.inbox / "2027" / "again.xlsx"
    waiting.parent.mkdir(parents=True)
    waiting.write_bytes(path.read_bytes())
    done = forget(home, find(home, " Nuria@Example.org ", SURVEY))
    assert (len(done.responses), done.files) == (1, 2)
    for file in [p for p in home.root.rglob("*") if p.is_file()]:
        raw = file.read_bytes()
        if file.suffix == ".parquet":
            raw += str(shelves.table(file).to_pydict()).encode()
        assert not [s for s in SECRETS[:3] if s.encode() in raw], file
    (other,) = (home.protected / "originals" / "2026").iterdir()
    assert other.suffix == ".json"
    made = tables(home, "2026")
    assert {b["name"] for b in made["gov_body"]} >= {BODY["body_name"]}
    assert sorted(bool(r["respondent"]) for r in made["responses"]) == [False, True]
    take_in(home, path, "2026", SURVEY)  # the same file again does not bring them back
    assert "nuria" not in str([shelves.table(p) for p in (home.protected / "2026").iterdir()])
    with pytest.raises(WarehouseError, match="Nobody is found"):
        find(home, "nobody@example.org", SURVEY)


def test_an_edit_replaces_a_response_and_both_are_kept(home, kobo):
    edit = {"_uuid": "u-8", "meta/deprecatedID": "uuid:u-7", "territory/n_municipalities": "37",
            "_submission_time": "2026-03-02T09:00:00"}  # fmt: skip
    take_in(home, kobo("k.json", {}), "2026", SURVEY)
    take_in(home, kobo("later.json", edit), "2026", SURVEY)
    made = tables(home, "2026")
    assert [t["n_municipalities"] for t in made["gov_territory"]] == [37]
    assert sorted(r["standing"] for r in made["responses"]) == [False, True]
    told = [a["value_norm"] for a in made["answers"] if a["question"] == "n_municipalities"]
    assert sorted(told) == ["36", "37"]
    assert made["gov_conflict"] == []


def test_two_respondents_are_reported_the_latest_validated_wins_a_person_overrides(home, kobo):
    other = {"_id": 8, "_uuid": "u-8", "territory/n_municipalities": "40",
             "_submission_time": "2026-04-01T00:00:00"}  # fmt: skip
    approved = {"_validation_status": {"uid": "validation_status_approved"}}
    take_in(home, kobo("k.json", approved, other), "2026", SURVEY)
    made = tables(home, "2026")
    assert [t["n_municipalities"] for t in made["gov_territory"]] == [36]
    found = {c["value_norm"]: c["chosen"] for c in made["gov_conflict"]}
    assert found == {"36": True, "40": False}
    (wanted,) = [c["response_id"] for c in made["gov_conflict"] if c["value_norm"] == "40"]
    same = {"metro_id": "es-barcelona", "wave": "2026", "question": "n_municipalities",
            "reason": "the law of 2025", "source": "https://example.org"}  # fmt: skip
    decided = tables(home, "2026", corrections=[SurveyCorrection(choose=wanted, **same)])
    assert [t["n_municipalities"] for t in decided["gov_territory"]] == [40]
    given = tables(home, "2026", corrections=[SurveyCorrection(value="38", expect="36", **same)])
    assert [t["n_municipalities"] for t in given["gov_territory"]] == [38]
    with pytest.raises(WarehouseError, match="no longer '99'"):
        tables(home, "2026", corrections=[SurveyCorrection(value="1", expect="99", **same)])


def test_a_later_wave_ends_what_held_and_overwrites_nothing(home, city):
    take_in(home, city("a.xlsx"), "2024", SURVEY)
    change = {"ref_year": 2026, "n_municipalities": 40}
    take_in(home, city("b.xlsx", top=change, body={"role_water": "Exclusiva"}), "2026", SURVEY)
    made = tables(home, "2024", "2026")
    since = [(t["valid_from"], t["valid_to"], t["n_municipalities"]) for t in made["gov_territory"]]
    assert since == [(2024, 2026, 36), (2026, None, 40)]
    assert [(b["valid_from"], b["valid_to"]) for b in made["gov_body"]] == [(2024, None)]
    water = [(c["valid_to"], c["role"]) for c in made["gov_competence"] if c["field"] == "water"]
    assert water == [(2026, "shared"), (None, "exclusive")]
    assert [w["wave"] for w in made["gov_wave"]] == ["2024", "2026"]


def test_the_draft_of_the_form_is_read_as_the_form_of_today(home, written):
    record = {
        "_id": 1, "_uuid": "d-1", "__version__": "2026112301", "_submission_time": "2026-01-01T00:00:00",
        "id/metro_id": "m_bcn", "id/ref_year": "2024", "scope/n_municipalities": "36",
        "competences": "transport waste", "n_bodies": "1",
        "body": [{"body/body_name": "AMB", "body/model": "supramunicipal", "body/repr/seats_women": "30",
                  "body/repr/head_selection": "exofficio", "body/money/budget_total": "1200,5",
                  "body/money/fiscal_year": "2024", "body/money/currency": "EUR"}],
    }  # fmt: skip
    take_in(home, written("d.json", orjson.dumps({"results": [record]})), "2025", SURVEY)
    made = tables(home, "2025")
    assert [(t["metro_id"], t["n_municipalities"]) for t in made["gov_territory"]] == [
        ("es-barcelona", 36)
    ]
    assert [(f["item"], f["amount"]) for f in made["gov_finance"]] == [("expenditure", 1200.5)]
    organs = {r["organ"]: (r["selection"], r["women_seats"]) for r in made["gov_representation"]}
    assert organs == {"head": ("ex_officio", None), "assembly": (None, 30)}
    assert [a["value_raw"] for a in made["answers"] if a["question"] == "competences"] == [
        "transport waste"
    ]


def test_drafts_and_unknown_metropolises_enter_no_table(home, kobo):
    rejected = {"_validation_status": {"uid": "validation_status_not_approved"}}
    stranger = {"_id": 9, "_uuid": "u-9", "identification/metro_id": "xx-nowhere"}
    take_in(home, kobo("k.json", rejected, stranger), "2026", SURVEY)
    made = tables(home, "2026")
    assert made["gov_territory"] == made["gov_body"] == []
    assert len({a["response_id"] for a in made["answers"]}) == 2


def test_the_inbox_is_emptied_and_what_is_refused_says_why(home, city, written):
    folder = home.inbox / "2026"
    folder.mkdir(parents=True)
    (folder / "good.xlsx").write_bytes(city().read_bytes())
    (folder / "bad.csv").write_text("Timestamp,Who\n1,2\n")
    now = datetime.now(UTC).timestamp()
    assert inbox.waiting(home, now) == {}  # still being copied
    assert list(inbox.waiting(home, now + 60)) == ["2026"]
    assert inbox.empty(home, "2026", SURVEY, now=now) == ([], [])  # nor is it taken half
    taken, refused = inbox.empty(home, "2026", SURVEY, now=now + 60)
    assert len(taken) == len(refused) == 1
    assert not (folder / "good.xlsx").exists()
    assert "not known here" in (folder / "refused" / "bad.csv.txt").read_text()
    assert inbox.waiting(home, now + 60) == {}


def test_names_of_waves_and_foreign_exports_are_refused(home, city, written):
    with pytest.raises(Invalid, match="cannot be named so"):
        take_in(home, city(), "../2026", SURVEY)
    with pytest.raises(Invalid, match="no question of this survey"):
        take_in(home, written("o.csv", '"fav";"_index"\n"x";"1"\n'), "2026", SURVEY)
    assert not home.survey.exists()


def test_answers_do_not_depend_on_where_the_chunks_are_cut(home, kobo, monkeypatch):
    many = [{"_id": n, "_uuid": f"u{n}", "territory/n_municipalities": str(n)} for n in range(7)]
    take_in(home, kobo("k.json", *many), "2026", SURVEY)
    write_wave(home, "2026", SURVEY, METROS)
    one = shelves.table(shelves.read_wave(home, "2026", "answers"))
    monkeypatch.setattr("warehouse.surveys.intake.wave._CHUNK", 2)
    write_wave(home, "2026", SURVEY, METROS)
    other = shelves.table(shelves.read_wave(home, "2026", "answers"))
    assert other.sort_by("place").to_pylist() == one.sort_by("place").to_pylist()
    assert pc.count_distinct(one["place"]).as_py() == len(one)
