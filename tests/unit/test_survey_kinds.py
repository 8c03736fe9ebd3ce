"""Kinds of faults that real exports and public reports showed, tried on the tools they can reach.

Each test says what is right: identity is the tool's own, unanswered is never "no", nothing vanishes
without a word, and one odd answer does not refuse a file.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import survey_files as files
from openpyxl import load_workbook
from openpyxl.comments import Comment

from catalog import survey_loader
from sources.errors import Invalid
from warehouse.errors import WarehouseError
from warehouse.home import Home
from warehouse.surveys.exports.read import read
from warehouse.surveys.governance.facts import facts
from warehouse.surveys.governance.resolve import KnownQuestions, spellings
from warehouse.surveys.governance.tables import published
from warehouse.surveys.intake import inbox, shelves, template
from warehouse.surveys.intake.forget import find, forget, summary
from warehouse.surveys.intake.identity import Undecided
from warehouse.surveys.intake.intake import Choice, Intake, take_in
from warehouse.surveys.intake.wave import write_wave

SURVEY = survey_loader.survey()
METROS = ("es-barcelona", "fr-lyon", "es-madrid")
LIME = ("id", "submitdate", "lastpage", "startlanguage", "seed")
ASKED = ("metroid", "refyear", "perimeter", "nmunicipalities", "bodyname", "model")


@pytest.fixture
def home(tmp_path) -> Home:
    return Home(tmp_path / "home")


def came(home: Home, path: Path, wave: str = "2026", **said: Any) -> Intake:
    return take_in(home, path, wave, SURVEY, choice=Choice(**said))


def made(home: Home, wave: str = "2026") -> dict[str, list[dict[str, Any]]]:
    write_wave(home, wave, SURVEY, METROS)
    responses = shelves.table(shelves.read_wave(home, wave, "responses"))
    answers = published([str(shelves.read_wave(home, wave, "answers"))])
    found = facts(answers, responses, SURVEY)
    return {n: t.to_pylist() for n, t in found.items()} | {"responses": responses.to_pylist()}


def bodies(home: Home) -> set[tuple[str, str]]:
    return {(b["metro_id"], b["name"]) for b in made(home)["gov_body"]}


def lime(
    path: Path, *rows: dict[str, str], heads: Iterable[str] = (*LIME, *ASKED), sign: str = ","
) -> Path:
    usual = {"submitdate": "2026-03-02 10:00:00", "lastpage": "5", "startlanguage": "en", "seed": "1",
             "refyear": "2024", "perimeter": "authority", "nmunicipalities": "36", "model": "informal"}  # fmt: skip
    names = [h.partition("=")[0] for h in heads]
    shown = [h.partition("=")[2] or h for h in heads]
    lines = [sign.join(f'"{h}"' for h in shown)]
    lines += [sign.join(f'"{(usual | row).get(n, "")}"' for n in names) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def kobo(path: Path, *records: dict[str, Any], **page: Any) -> Path:
    content = {"results": [files.KOBO[0] | r for r in records]} | page
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def city(metro: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "identification/metro_id": metro,
        "body": [{"body/body_name": name, "body/model": "informal", "body/n_members": "9"}],
    } | more


BARCELONA = {"id": "1", "metroid": "es-barcelona", "bodyname": "A"}
LYON = {"id": "2", "metroid": "fr-lyon", "bodyname": "B"}
BOTH = {("es-barcelona", "A"), ("fr-lyon", "B")}

# --- which response is which ---


def test_an_access_code_is_no_identity(home, tmp_path):
    heads = (*LIME, "token", *ASKED)
    rows = ({**BARCELONA, "token": "t"}, {**LYON, "token": "t"})
    came(home, lime(tmp_path / "a.csv", *rows, heads=heads))
    assert bodies(home) == BOTH


def test_one_uuid_for_two_numbers_is_two_responses(home, tmp_path):
    came(home, kobo(tmp_path / "k.json", city("es-barcelona", "A"), city("fr-lyon", "B", _id=8)))
    assert bodies(home) == BOTH


def test_a_file_with_one_identifier_for_two_rows_is_refused(home, tmp_path):
    with pytest.raises(Invalid, match=r"responses 1 and 2 have one identifier \(1\)"):
        came(home, lime(tmp_path / "a.csv", BARCELONA, {**LYON, "id": "1"}))
    same = kobo(tmp_path / "k.json", city("es-barcelona", "A"), city("fr-lyon", "B"))
    with pytest.raises(Invalid, match="responses 1 and 2 have one identifier"):
        came(home, same)
    assert shelves.waves(home) == []


def test_the_number_of_another_survey_is_asked_about(home, tmp_path):
    one = lime(tmp_path / "a.csv", BARCELONA)
    other = lime(tmp_path / "b.csv", {**LYON, "id": "1", "submitdate": "2026-03-05 10:00:00"})
    came(home, one)
    with pytest.raises(Undecided, match=r"response 1 is in this wave .*es-barcelona.*--source"):
        came(home, other)
    assert bodies(home) == {("es-barcelona", "A")}
    came(home, other, source="lyon")
    assert bodies(home) == BOTH


def test_an_edited_response_is_a_newer_version_where_a_person_says_so(home, tmp_path):
    came(home, lime(tmp_path / "a.csv", BARCELONA))
    later = {**BARCELONA, "bodyname": "A2", "submitdate": "2026-03-05 10:00:00"}
    came(home, lime(tmp_path / "b.csv", later), edited=True)
    assert bodies(home) == {("es-barcelona", "A2")}


def test_two_servers_count_from_one(home, tmp_path):
    later = {"_uuid": "u-9", "_submission_time": "2026-03-04T10:00:00"}
    came(home, kobo(tmp_path / "a.json", city("es-barcelona", "A")))
    came(home, kobo(tmp_path / "b.json", city("fr-lyon", "B") | later))
    assert bodies(home) == BOTH
    with pytest.raises(Undecided, match="response 7 is in this wave already"):
        came(home, kobo(tmp_path / "c.json", city("es-madrid", "C", _uuid="u-10")))


def test_an_export_without_identifiers_that_comes_again_is_no_copy(home, tmp_path):
    bare = {"_id": None, "_uuid": None, "meta/instanceID": None}
    monday = kobo(tmp_path / "a.json", city("es-barcelona", "A") | bare)
    friday = kobo(
        tmp_path / "b.json", city("es-barcelona", "A") | bare, city("fr-lyon", "B") | bare
    )
    came(home, monday)
    came(home, friday)
    assert len([r for r in made(home)["responses"] if r["standing"]]) == 2
    assert bodies(home) == BOTH
    changed = kobo(tmp_path / "c.json", city("es-barcelona", "Other") | bare)
    with pytest.raises(Undecided, match="a response of es-barcelona without an identifier"):
        came(home, changed)


@pytest.mark.parametrize(
    "names",
    [("هيئة النقل", "هيئة المياه", "大阪", "東京"), ("---", "...", "\U0001f687", "\U0001f3d9")],
    ids=["of any script", "without a letter"],
)
def test_bodies_with_other_names_are_others(home, tmp_path, names):
    records = [city("es-barcelona", n, _id=i, _uuid=f"u{i}") for i, n in enumerate(names)]
    came(home, kobo(tmp_path / "k.json", *records))
    assert {n for _, n in bodies(home)} == set(names)


def test_a_cumulative_export_is_asked_about(home, tmp_path):
    first, second = city("es-barcelona", "A"), city("fr-lyon", "B", _id=8, _uuid="u-8")
    came(home, kobo(tmp_path / "a.json", first), "2025")
    both = kobo(tmp_path / "b.json", first, second)
    with pytest.raises(Undecided, match=r"1 of 2 responses are in wave 2025 already.*--known skip"):
        came(home, both)
    told = came(home, both, known="skip")
    assert told.responses == 1 and "1 responses are in another wave already" in told.told[0]
    assert bodies(home) == {("fr-lyon", "B")}
    assert "es-barcelona" not in str(shelves.table(shelves.answers(home, "2026", told.batch)))
    assert came(home, both, known="keep").responses == 2
    assert bodies(home) == BOTH


def test_a_response_that_a_newer_export_lacks_is_told_and_can_be_withdrawn(home, tmp_path):
    first, second = city("es-barcelona", "A"), city("fr-lyon", "B", _id=8, _uuid="u-8")
    came(home, kobo(tmp_path / "a.json", first, second))
    told = came(home, kobo(tmp_path / "b.json", first))
    (lyon,) = [r for r in made(home)["responses"] if r["metro_id"] == "fr-lyon"]
    assert lyon["response_id"] in told.told[0] and "survey withdraw" in told.told[0]
    assert bodies(home) == BOTH
    shelves.decide(home, "withdrawn", {lyon["root_id"]}, "deleted upstream", "2026-11-30")
    assert bodies(home) == {("es-barcelona", "A")}
    assert [r["state"] for r in made(home)["responses"]].count("withdrawn") == 1


# --- what was not said ---

TICKS = [f"participation[{o}]" for o in ("consultation", "publichearing", "council")]


def said(home: Home) -> dict[str, str]:
    plans = made(home)["gov_plan"]
    return {p["instrument"]: p["exists"] for p in plans if p["kind"] == "participation"}


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        (("Y", "Y", ""), {"consultation": "yes", "public_hearing": "yes", "council": "no"}),
        (("Yes", "No", "No"), {"consultation": "yes", "public_hearing": "no", "council": "no"}),
        (("1", "2", "2"), {"consultation": "yes", "public_hearing": "no", "council": "no"}),
        (("Y", "perhaps", ""), {"consultation": "yes", "public_hearing": None, "council": "no"}),
        (("", "", ""), {}),
        (("No", "No", "No"), {}),
        (("N/A", "N/A", "N/A"), {}),
    ],
)
def test_limesurvey_says_no_only_where_something_was_said(home, tmp_path, cells, wanted):
    other = dict(zip(TICKS, ("Y", "", ""), strict=True)) | {"id": "5", "metroid": "es-madrid"}
    if cells[0] in ("Yes", "No", "N/A"):
        other |= dict(zip(TICKS, ("Yes", "No", "No"), strict=True))
    elif cells[0] == "1":
        other |= dict(zip(TICKS, ("1", "2", "2"), strict=True))
    row = BARCELONA | dict(zip(TICKS, cells, strict=True))
    came(home, lime(tmp_path / "a.csv", row, other, heads=(*LIME, *ASKED, *TICKS)))
    plans = [p for p in made(home)["gov_plan"] if p["metro_id"] == "es-barcelona"]
    found = {p["instrument"]: p["exists"] for p in plans}
    assert {k: found[k] for k in wanted} == wanted and bool(found) == bool(wanted)


SPLIT = ("public_hearing", "consultation", "participatory_budget", "council", "assembly")


def odk(path: Path, joined: str | None, *cells: str, sign: str = "/") -> Path:
    ticks = [f"planning-participation{sign}{o}" for o in SPLIT] if cells else []
    heads = ["SubmissionDate", "identification-metro_id", "identification-ref_year"]
    row = ["2026-03-01T09:15:00.000Z", "es-barcelona", "2024"]
    if joined is not None:
        heads, row = [*heads, "planning-participation"], [*row, joined]
    heads, row = [*heads, *ticks, "KEY"], [*row, *cells, "uuid:1"]
    path.write_text(",".join(heads) + "\n" + ",".join(row) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("joined", ["", None])
@pytest.mark.parametrize("cells", [("0",) * 5, ("False",) * 5, ("",) * 5])
def test_zeros_of_a_question_that_nobody_answered_are_no_answer(home, tmp_path, joined, cells):
    came(home, odk(tmp_path / "g.csv", joined, *cells))
    assert said(home) == {}


@pytest.mark.parametrize("sign", ["/", "-", ".", ":"])
@pytest.mark.parametrize("joined", ["consultation council", None])
def test_separate_columns_are_read_whatever_sign_stands_between(home, tmp_path, sign, joined):
    came(home, odk(tmp_path / "g.csv", joined, "0", "1", "0", "1", "0", sign=sign))
    wanted = dict.fromkeys(SPLIT, "no") | {"consultation": "yes", "council": "yes"}
    assert said(home) == wanted


@pytest.mark.parametrize(
    "words",
    [
        "consultation council",
        "Citizens' consultation Civil-society council",
        "Consell de la societat civil Consulta ciutadana",
        "Consulta ciudadana, Consejo de la sociedad civil",
        "Consultation citoyenne; Conseil de la société civile",
    ],
)
def test_wordings_that_a_tool_joined_are_told_apart(home, tmp_path, words):
    came(home, kobo(tmp_path / "k.json", {"planning/participation": words}))
    wanted = dict.fromkeys(SPLIT, "no") | {"consultation": "yes", "council": "yes"}
    assert said(home) == wanted


@pytest.mark.parametrize("tick", ["x", "X", "✓", "✔", "1", "Sí"])
def test_a_tick_in_the_template_is_a_yes(home, tmp_path, tick):
    top = files.TOP | {"participation/consultation": tick}
    came(home, files.fill(files.blank("ca"), tmp_path / "c.xlsx", top, [files.BODY]))
    assert said(home)["consultation"] == "yes"


# --- one odd thing does not refuse a file, and nothing vanishes without a word ---


@pytest.mark.parametrize(
    ("written_as", "value"),
    [("٣٦", 36), ("۳۶", 36), ("３６", 36), ("३६", 36), ("\u200f36\u200e", 36), ("3\u00ad6", 36)],
)
def test_digits_of_any_script_and_invisible_characters(home, tmp_path, written_as, value):
    record = {
        "territory/n_municipalities": written_as,
        "territory/area_km2": "۶۳۶٫۱",
        "identification/metro_id": "\u202aes-barcelona\u202c",
    }
    came(home, kobo(tmp_path / "k.json", record))
    (row,) = made(home)["gov_territory"]
    assert (row["n_municipalities"], row["area_km2"]) == (value, 636.1)


LIME_WORDS = {
    "ca": ("ID de la resposta", "Data d'enviament", "Darrera pàgina", "Llengua inicial", "Llavor"),
    "es": ("ID de respuesta", "Fecha de envío", "Última página", "Lenguaje inicial", "Semilla"),
    "xx": ("Nummer", "Inlämnad", "Sista sidan", "Startspråk", "Seed"),
    "code and text": tuple(f"{n}. Some words" for n in LIME),
}


@pytest.mark.parametrize("words", LIME_WORDS)
def test_headings_of_limesurvey_in_any_language(home, tmp_path, words):
    heads = [f"{n}={w}" for n, w in zip(LIME, LIME_WORDS[words], strict=True)]
    asked = [f"{n}={n}. Words of {n}" for n in ASKED] if words == "code and text" else ASKED
    told = came(home, lime(tmp_path / "a.csv", BARCELONA, LYON, heads=(*heads, *asked)))
    assert (told.tool, bodies(home)) == ("limesurvey", BOTH)
    assert all(s not in str(told.told) for s in LIME_WORDS[words][:4])


def test_the_date_of_an_anonymous_limesurvey_is_none(home, tmp_path):
    came(home, lime(tmp_path / "a.csv", BARCELONA | {"submitdate": "1980-01-01 00:00:00"}))
    (wave,) = made(home)["gov_wave"]
    assert (wave["opened"], wave["closed"], wave["responses"]) == (None, None, 1)
    assert bodies(home) == {("es-barcelona", "A")}


def test_two_columns_of_one_question_are_refused_naming_both(home, tmp_path):
    heads = (*LIME, *ASKED, "other=n_municipalities")
    with pytest.raises(Invalid, match=r"'n_municipalities': I \('nmunicipalities'\).* and L"):
        came(home, lime(tmp_path / "a.csv", BARCELONA | {"other": "27"}, heads=heads))
    twice = (*LIME, *ASKED, "again=metroid")
    with pytest.raises(Invalid, match="two columns answer the question 'metro_id'"):
        came(home, lime(tmp_path / "b.csv", BARCELONA | {"again": "fr-lyon"}, heads=twice))
    came(home, lime(tmp_path / "c.csv", BARCELONA | {"other": "36"}, heads=heads))


@pytest.mark.parametrize(
    "page",
    [
        {"count": 5},
        {"next": "https://x/?page=2"},
        {"@odata.nextLink": "https://x"},
        {"previous": "x"},
    ],
)
def test_one_page_of_an_answer_is_refused(home, tmp_path, page):
    with pytest.raises(Invalid, match=r"holds 1 of (5|more) responses"):
        came(home, kobo(tmp_path / "k.json", {}, **page))


def test_what_is_not_read_is_told_with_the_remedy_of_the_tool(home, tmp_path):
    record = {"planning/has_climate_plan": "perhaps", "planning/favourite_colour": "red"}
    told = came(home, kobo(tmp_path / "k.json", record)).told
    assert "1 columns are no question of this survey" in told[0] and "favourite_colour" in told[0]
    assert "has_climate_plan (1)" in told[1] and "KoboToolbox" in told[1]
    assert "perhaps" not in str(told) and "red" not in str(told)
    flat = {k: v for k, v in files.KOBO[0].items() if k != "body"}
    path = tmp_path / "flat.json"
    path.write_text(json.dumps({"results": [flat | {"_id": 9, "_uuid": "u-9"}]}))
    (alone,) = came(home, path).told
    assert "'Bodies' (body)" in alone and "XLSX" in alone


def test_a_file_in_which_nothing_is_recognised_is_refused(home, tmp_path):
    heads = (*LIME, "notes")
    with pytest.raises(Invalid, match=r"no answer was recognised .*In LimeSurvey export with"):
        came(home, lime(tmp_path / "a.csv", {"id": "1", "notes": "hello"}, heads=heads))
    assert shelves.waves(home) == []


def test_encrypted_responses_are_told_and_are_no_blank_answers(home, tmp_path):
    path = tmp_path / "g.csv"
    path.write_text(
        "SubmissionDate,identification-metro_id,identification-ref_year,KEY,Status\n"
        "2026-03-01T09:15:00Z,es-barcelona,2024,uuid:1,\n"
        "2026-03-01T09:15:00Z,,,uuid:2,not decrypted\n"
        "2026-03-01T09:15:00Z,,,uuid:3,missing encrypted form data\n"
    )
    told = came(home, path)
    assert "2 responses are encrypted" in told.told[-1]
    states = [(r["state"], r["standing"]) for r in made(home)["responses"]]
    assert sorted(states) == [("encrypted", False)] * 2 + [("submitted", True)]


def test_comments_are_told_and_merged_answers_are_kept(home, tmp_path):
    second = files.BODY | {"body_name": "Consorci"}
    path = files.fill(files.blank("ca"), tmp_path / "c.xlsx", files.TOP, [files.BODY, second])
    book = load_workbook(path)
    sheet = book["Entitats"]
    row = next(r for r in range(1, 60) if sheet.cell(r, 1).value == "legal_basis")
    sheet.merge_cells(start_row=row, end_row=row, start_column=4, end_column=5)
    book["Qüestionari"]["D4"].comment = Comment("since 2025", "Núria")
    book["Qüestionari"]["D5"].comment = Comment("ours", "Observatory")
    book.save(path)
    told = came(home, path).told
    assert "1 cells have a comment" in told[0] and "Qüestionari!D4" in told[0]
    assert {b["legal_basis"] for b in made(home)["gov_body"]} == {"regional_law"}


# --- drafts, the inbox, and forgetting ---


def test_what_came_through_the_inbox_waits_for_a_person(home, tmp_path):
    folder = home.inbox / "2026"
    folder.mkdir(parents=True)
    (folder / "k.json").write_bytes(
        kobo(tmp_path / "k.json", city("es-barcelona", "A")).read_bytes()
    )
    later = datetime.now(UTC).timestamp() + 60
    taken, refused = inbox.empty(home, "2026", SURVEY, now=later)
    assert len(taken) == 1 and not refused
    (row,) = made(home)["responses"]
    assert (row["state"], row["standing"], bodies(home)) == ("waiting", False, set())
    shelves.decide(home, "accepted", {row["response_id"]}, "", "2026-11-30")
    assert bodies(home) == {("es-barcelona", "A")}


@pytest.mark.parametrize(
    "held",
    [
        {"quality/state": "draft"},
        {"quality/state": "Borrador", "_validation_status": {"uid": "validation_status_approved"}},
        {"_validation_status": {"uid": "validation_status_on_hold"}},
    ],
)
def test_a_draft_is_never_published_and_replaces_nothing(home, tmp_path, held):
    came(home, kobo(tmp_path / "a.json", city("es-barcelona", "A")))
    edit = {"_uuid": "u-8", "meta/deprecatedID": "u-7", "_submission_time": "2026-05-01T00:00:00"}
    came(home, kobo(tmp_path / "b.json", city("es-barcelona", "Draft") | edit | held))
    assert bodies(home) == {("es-barcelona", "A")}


def test_refused_files_do_not_overwrite_one_another(home):
    folder = home.inbox / "2026"
    folder.mkdir(parents=True)
    later = datetime.now(UTC).timestamp() + 60
    for text in ("Timestamp,Who\n1,2\n", "Other,Head\n3,4\n"):
        (folder / "a.csv").write_text(text)
        _, (one,) = inbox.empty(home, "2026", SURVEY, now=later, explain=lambda _: "Corregiu-ho.")
        assert one.name == "a.csv" and "not known here" in one.sentence
    aside = folder / "refused"
    assert sorted(p.name for p in aside.iterdir()) == [
        "a-2.csv",
        "a-2.csv.txt",
        "a.csv",
        "a.csv.txt",
    ]
    assert (aside / "a-2.csv.txt").read_text().startswith("Corregiu-ho.\n")


NAMES = {
    "Strauß": "STRAUSS",
    "İnci Işık": "İNCI IŞIK",
    "Nu\u0301ria  Prova": "N\u00faria Prova",
    "Ana\u00a0Gil": "ana gil",
}


@pytest.mark.parametrize("stored", NAMES)
def test_a_person_is_found_whatever_the_spelling(home, tmp_path, stored):
    came(home, kobo(tmp_path / "k.json", {"identification/respondent_name": stored}))
    search = find(home, NAMES[stored], SURVEY)
    assert [f.metro for f in search.mine] == ["es-barcelona"]
    done = forget(home, search)
    assert len(done.responses) == 1
    with pytest.raises(WarehouseError, match="Nobody is found"):
        find(home, stored, SURVEY)


def test_other_people_with_the_same_words_are_shown_and_kept(home, tmp_path):
    ana = {"identification/respondent_name": "Ana Gil"}
    other = {"_id": 8, "_uuid": "u-8", "identification/metro_id": "fr-lyon",
             "identification/respondent_name": "Luc", "quality/notes": "Ana Gil"}  # fmt: skip
    came(home, kobo(tmp_path / "k.json", ana, other))
    search = find(home, "ana gil", SURVEY)
    assert [f.metro for f in search.mine] == ["es-barcelona"]
    lines = summary(search)
    assert "es-barcelona" in lines[0] and "respondent_name" in lines[0]
    assert "not erased" in lines[1] and "notes" in lines[1]
    forget(home, search)
    assert [f.metro for f in find(home, "Luc", SURVEY).mine] == ["fr-lyon"]


def test_what_cannot_be_written_leaves_no_person_behind(home, tmp_path, monkeypatch):
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("warehouse.surveys.intake.shelves.os.fsync", full)
    with pytest.raises(WarehouseError):
        shelves.put(home.protected / "2026" / "a.parquet", b"nuria@example.org")
    assert [p for p in home.root.rglob("*") if p.is_file()] == []


def test_what_a_killed_process_left_is_erased_with_a_person(home, tmp_path):
    came(home, kobo(tmp_path / "k.json", {"identification/respondent_name": "Ana Gil"}))
    left = home.protected / "2026" / ".x.parquet.abc.part"
    left.write_bytes(b"Ana Gil")
    forget(home, find(home, "Ana Gil", SURVEY))
    assert not left.exists()


def test_a_file_is_read_once(home, tmp_path, monkeypatch):
    path = kobo(tmp_path / "k.json", city("es-barcelona", "A"))
    first = path.read_bytes()

    def swapped(_: object) -> None:
        kobo(path, city("fr-lyon", "B", _id=9, _uuid="u-9"))

    take_in(home, path, "2026", SURVEY, prove=swapped)
    (kept,) = (home.protected / "originals" / "2026").iterdir()
    assert kept.read_bytes() == first and bodies(home) == {("es-barcelona", "A")}
    assert read(path).responses.schema.field("uuid").type == pa.string()


# --- further checks, and what the city is told ---


@pytest.mark.parametrize(
    ("top", "body", "cell", "words"),
    [
        ({"ref_year": 2099}, {}, "Qüestionari!D4", "és un any futur (2099)"),
        ({"year_strategic_plan": 2099}, {}, "Qüestionari!D22", "és futur"),
        ({}, {"fiscal_year": 2099}, "Entitats!D35", "és un any futur"),
        ({}, {"year_abolished": 2099}, "Entitats!D9", "és un any futur"),
        ({}, {"investment": 9000}, "Entitats!D38", "supera"),
        ({}, {"civil_society_seats": 91}, "Entitats!D52", "supera"),
        ({"area_km2": 6.361}, {}, "Qüestionari!D11", "habitants per km², que no és versemblant"),
        ({"area_km2": 199000, "population": 1000}, {}, "Qüestionari!D11", "habitants per km²"),
        ({}, {"body_name": "MÉTROPOLE DE LYON"}, "Entitats!D3", "altra metròpoli (fr-lyon)"),
        ({}, {"body_name": "Grand Lyon"}, "Entitats!D3", "altra metròpoli (fr-lyon)"),
        ({}, {"body_name": "Lyon métropole"}, "Entitats!D3", "altra metròpoli (fr-lyon)"),
        ({}, {"body_name": "Greater London"}, "Entitats!D3", "altra metròpoli (gb-london)"),
    ],
)
def test_what_cannot_be_is_told_in_the_language_of_the_city(tmp_path, top, body, cell, words):
    from expectations.survey_file import explain, problems

    path = files.fill(files.blank("ca"), tmp_path / "c.xlsx", files.TOP | top, [files.BODY | body])
    must = [p for p in problems(path)[0] if p.must]
    assert [p.cell for p in must] == [cell] and words in must[0].text
    told = explain(path)
    assert told.startswith("No s'han pogut acceptar les respostes de c.xlsx.") and words in told
    assert f"Cal corregir · {cell}" in told


@pytest.mark.parametrize(
    "name", ["Gran Barcelona", "Àrea Metropolitana de Barcelona", "AMB", "Lyon"]
)
def test_a_short_name_that_may_be_its_own_is_no_other_metropolis(tmp_path, name):
    from expectations.survey_file import problems

    path = files.fill(
        files.blank("ca"), tmp_path / "c.xlsx", files.TOP, [files.BODY | {"body_name": name}]
    )
    assert [p for p in problems(path)[0] if p.must] == []


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("ca", ("Responsable del tractament:", "Finalitat:", "Conservació:", "Contacte: a@b.org.")),
        ("fr", ("Responsable du traitement\u00a0:", "Finalité\u00a0:", "Contact\u00a0: a@b.org.")),
    ],
)
def test_the_template_says_who_keeps_what_and_why_and_prints(tmp_path, lang, words):
    template.write(SURVEY, lang, tmp_path / "t.xlsx", contact="a@b.org")
    book = load_workbook(tmp_path / "t.xlsx")
    said = [str(c.value) for row in book.worksheets[0].iter_rows() for c in row if c.value]
    assert all(any(s.startswith(w) for s in said) for w in words)
    for sheet in book.worksheets[:3]:
        assert sheet.print_area and sheet.page_setup.paperSize == int(sheet.PAPERSIZE_A4)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage


def test_comments_and_formulas_are_told_when_a_file_is_checked(tmp_path):
    from expectations.survey_file import problems

    path = files.fill(files.blank("es"), tmp_path / "c.xlsx", files.TOP, [files.BODY])
    book = load_workbook(path)
    sheet = book.worksheets[1]
    row = next(r for r in range(1, 40) if sheet.cell(r, 1).value == "n_municipalities")
    sheet.cell(row, 4).comment = Comment("solo 27", "Núria")
    book.save(path)
    found = [p for p in problems(path)[0] if "comentario" in p.text]
    assert [(p.cell, p.must) for p in found] == [(f"{sheet.title}!D{row}", False)]
    assert found[0].question == "Número de municipios"


def test_a_decision_on_a_confidential_answer_is_proved_and_published_nowhere(
    home, tmp_path, monkeypatch
):
    from catalog.models.survey import SurveyCorrection
    from warehouse import tables as stated
    from warehouse.surveys.governance import tables

    role = "identification/respondent_role"
    other = {"_id": 8, "_uuid": "u-8", "_submission_time": "2026-04-01T00:00:00"}
    came(home, kobo(tmp_path / "k.json", {role: "officer"}, other | {role: "elected"}))
    write_wave(home, "2026", SURVEY, METROS)
    decision = SurveyCorrection(
        metro_id="es-barcelona", wave="2026", question="respondent_role", value="observatory",
        reason="they said so", source="letter",
    )  # fmt: skip
    monkeypatch.setattr("catalog.survey_loader.corrections", lambda: [decision])
    tables._typed.cache_clear()
    assert tables.made(home, stated.of("gov_territory")).num_rows > 0
    assert "respondent_role" not in str(tables.made(home, stated.of("gov_conflict")).to_pydict())
    wrong = decision.model_copy(update={"expect": "nobody"})
    monkeypatch.setattr("catalog.survey_loader.corrections", lambda: [wrong])
    tables._typed.cache_clear()
    with pytest.raises(WarehouseError, match="no longer 'nobody'"):
        tables.made(home, stated.of("gov_territory"))
    tables._typed.cache_clear()


# --- other variants of the same kinds ---


@pytest.mark.parametrize(
    "held",
    [
        {"quality/state": "provisional"},
        {"quality/state": "en revisi\u00f3"},
        {"quality/state": " BROUILLON"},
        {"_validation_status": {"label": "On Hold"}},
        {"_validation_status": {"uid": "something_new"}},
        {"_validation_status": "En espera"},
    ],
)
def test_a_state_that_is_not_known_waits_for_a_person(home, tmp_path, held):
    came(home, kobo(tmp_path / "a.json", city("es-barcelona", "A")))
    edit = {"_uuid": "u-8", "meta/deprecatedID": "u-7", "_submission_time": "2026-05-01T00:00:00"}
    came(home, kobo(tmp_path / "b.json", city("es-barcelona", "Not final") | edit | held))
    assert bodies(home) == {("es-barcelona", "A")}


def test_what_enters_no_table_is_told(home, tmp_path):
    record = city("es-barcelona", "A") | {
        "body": [
            {"body/body_name": "A", "body/model": "informal"},
            {"body/body_name": "a ", "body/model": "supramunicipal"},
            {"body/model": "informal"},
        ]
    }
    undated = {"_id": 8, "_uuid": "u-8", "identification/ref_year": None}
    told = came(home, kobo(tmp_path / "k.json", record, undated)).told
    assert any(t.startswith("1 responses have no reference year (ref_year)") for t in told)
    assert any(t.startswith("1 bodies have no name (body_name)") for t in told)
    assert any(t.startswith("1 bodies have the name of another one") for t in told)


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("territory/n_municipalities", "-3"),
        ("territory/n_municipalities", "3.300.000"),
        ("territory/area_km2", "-5"),
        ("identification/ref_year", "24"),
        ("identification/ref_year", "45292"),
    ],
)
def test_a_number_that_its_question_does_not_allow_is_told_and_not_published(
    home, tmp_path, question, value
):
    told = came(home, kobo(tmp_path / "k.json", {question: value})).told
    name = question.split("/")[1]
    assert (
        f"1 answers are outside what their question allows and are not published: {name}" in told[0]
    )
    rows = made(home)
    assert all(r.get(name) is None for r in (*rows["gov_territory"], *rows["responses"]))


@pytest.mark.parametrize("written_as", ["2024-01-01", "2024-01-01 00:00:00", "2024.0"])
def test_a_year_that_a_spreadsheet_keeps_as_a_day(home, tmp_path, written_as):
    came(home, kobo(tmp_path / "k.json", {"identification/ref_year": written_as}))
    assert [r["ref_year"] for r in made(home)["responses"]] == [2024]


@pytest.mark.parametrize(
    ("written_as", "read_as"),
    [("Y", "yes"), ("N", "no"), ("si", "yes"), ("TRUE", "yes"), ("nein", "no"), ("sim", "yes")],
)
def test_yes_and_no_as_tools_and_people_write_them(home, tmp_path, written_as, read_as):
    came(home, kobo(tmp_path / "k.json", {"planning/has_climate_plan": written_as}))
    assert [p["exists"] for p in made(home)["gov_plan"]] == [read_as]


def test_a_metropolis_in_capitals(home, tmp_path):
    came(home, kobo(tmp_path / "k.json", city(" ES-Barcelona ", "A")))
    assert bodies(home) == {("es-barcelona", "A")}


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.encode("utf-16"),
        lambda t: ("\ufeff\ufeff" + t.replace("\n", "\r\n")).encode(),
        lambda t: ("\n\n" + t).encode(),
        lambda t: "".join(f"{line},,\n" for line in t.splitlines()).encode(),
        lambda t: t.replace('","', '"|"').encode(),
        lambda t: ("SEP=;\r\n" + t.replace('","', '";"')).encode(),
    ],
)
def test_an_export_that_another_program_saved(home, tmp_path, change):
    path = lime(tmp_path / "a.csv", BARCELONA, LYON)
    path.write_bytes(change(path.read_text()))
    assert came(home, path).told == () and bodies(home) == BOTH


def workbook_of(path: Path, change: Any) -> Path:
    lines = lime(path / "a.csv", BARCELONA, LYON).read_text().splitlines()
    rows = [[cell.strip('"') for cell in line.split(",")] for line in lines]
    kept = load_workbook(files.book(path / "a.xlsx", Responses=rows))
    change(kept)
    kept.save(path / "a.xlsx")
    return path / "a.xlsx"


@pytest.mark.parametrize(
    "change",
    [
        lambda b: b.create_sheet("Notes", 0).append(["hello"]),
        lambda b: b.create_sheet("Empty", 0),
        lambda b: b["Responses"].insert_rows(1),
        lambda b: b["Responses"].insert_cols(1),
    ],
)
def test_a_workbook_with_more_in_it(home, tmp_path, change):
    assert came(home, workbook_of(tmp_path, change)).told == ()
    assert bodies(home) == BOTH


def test_an_error_in_a_cell_is_told(home, tmp_path):
    def change(kept: Any) -> None:
        kept["Responses"]["I2"] = "#DIV/0!"

    told = came(home, workbook_of(tmp_path, change)).told
    assert "n_municipalities (1)" in told[0]


def test_a_template_without_its_hidden_column_is_refused(tmp_path):
    path = files.fill(files.blank("ca"), tmp_path / "c.xlsx", files.TOP, [files.BODY])
    kept = load_workbook(path)
    kept["Q\u00fcestionari"].delete_cols(1)
    kept.save(path)
    with pytest.raises(Invalid, match=r"the hidden first column of the sheet .* was removed"):
        read(path)


def test_an_export_in_which_something_cannot_be_is_told(tmp_path):
    from expectations.survey_file import prove

    path = kobo(tmp_path / "k.json", {"identification/ref_year": "2099"})
    told = prove(read(path), path)
    assert "came in as they are" in told and "survey check k.json" in told


@pytest.mark.parametrize(
    "stored",
    [
        "Gil, Ana", "Ana Gil, directora", "Ana-Gil", "An\u00e0 Gil.", "Ana Gil <ana@example.org>",
    ],
)  # fmt: skip
def test_a_person_among_other_words_is_shown_and_not_erased(home, tmp_path, stored):
    came(home, kobo(tmp_path / "k.json", {"identification/respondent_name": stored}))
    (row,) = made(home)["responses"]
    with pytest.raises(WarehouseError, match=f"among others in: {row['response_id']}"):
        find(home, "Ana Gil", SURVEY)
    assert [f.metro for f in find(home, row["response_id"], SURVEY).mine] == ["es-barcelona"]


@pytest.mark.parametrize(
    ("stored", "asked"), [("Ana O\u2019Neil", "ana o'neil"), ("\uff21\uff4e\uff41", "Ana")]
)
def test_signs_and_letters_of_other_width_are_the_same(home, tmp_path, stored, asked):
    came(home, kobo(tmp_path / "k.json", {"identification/respondent_name": stored}))
    assert len(find(home, asked, SURVEY).mine) == 1


def test_a_wording_of_an_earlier_form_is_still_its_question():
    survey = survey_loader.survey()
    known = KnownQuestions(survey)
    for wording in ("Nom oficial de l'organisme", "Nombre oficial de la entidad"):
        assert known.column(wording, wording, "").question == "body_name"
    model = {text: choice for name, _, text, choice in spellings(survey) if name == "model"}
    assert model["cap organisme metropolità"] == model["cap entitat metropolitana"] == "none"
