"""Waves are managed: invitations apart from public data, letters as files, and what a city sees first."""

import stat
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest
import yaml

from catalog.languages import languages
from catalog.loader import FOLDER
from warehouse.errors import WarehouseError
from warehouse.home import Home
from warehouse.publications import preview
from warehouse.surveys.waves import invitations

METROS = {"es-barcelona": "Barcelona", "fr-lyon": "Lyon"}
ADA = {"metro_id": "es-barcelona", "name": "Ada Pons", "email": "ada@example.org", "language": "ca"}
LEA = {"metro_id": "fr-lyon", "name": "Léa Roy", "email": "lea@example.org", "language": "fr"}


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


def read(path: Path):
    return BytesParser(policy=policy.default).parsebytes(path.read_bytes())


def test_the_list_is_kept_apart_for_its_owner_alone(home):
    assert invitations.take(home, "2026", dict(enumerate([ADA, LEA], 2)), METROS) == 2
    at = invitations.path(home, "2026")
    assert at.is_relative_to(home.protected)
    assert stat.S_IMODE(at.stat().st_mode) & 0o077 == 0
    assert stat.S_IMODE(at.parent.stat().st_mode) == 0o700
    assert invitations.take(home, "2026", {2: ADA | {"email": "ADA@example.org"}}, METROS) == 0
    assert all("Ada" not in str(r) for r in invitations.status(home, "2026"))


def test_letters_are_files_in_the_language_of_each_and_only_who_is_due_gets_one(
    home, tmp_path, monkeypatch
):
    invitations.take(home, "2026", dict(enumerate([ADA, LEA], 2)), METROS)
    extra = tmp_path / "profile.md"
    extra.write_text("# Qui governa", encoding="utf-8")
    first = invitations.letters(
        home,
        "2026",
        tmp_path / "a",
        METROS,
        "2026-01-05",
        attached=lambda one: [extra] if one.metro_id == "es-barcelona" else [],
    )
    assert [p.name for p in first] == [
        "001-es-barcelona-invitation.eml",
        "002-fr-lyon-invitation.eml",
    ]
    mail = read(first[0])
    assert mail["To"] == "ada@example.org" and "Barcelona" in mail["Subject"]
    assert "Ada Pons" in mail.get_body().get_content()
    assert [a.get_filename() for a in mail.iter_attachments()] == ["profile.md"]
    assert "Léa Roy" in read(first[1]).get_content()
    assert invitations.letters(home, "2026", tmp_path / "a", METROS, "2026-01-05") == []
    monkeypatch.setattr(invitations, "answered", lambda *_: {"es-barcelona"})
    second = invitations.letters(home, "2026", tmp_path / "b", METROS, "2026-02-05")
    assert [p.name for p in second] == ["002-fr-lyon-reminder.eml"]
    assert [
        (r["invited_on"], r["reminded_on"], r["answered"]) for r in invitations.status(home, "2026")
    ] == [
        ("2026-01-05", "", "yes"),
        ("2026-01-05", "2026-02-05", "no"),
    ]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"metro_id": "xx-gone"}, "no metropolis 'xx-gone'"),
        ({"email": "ada at example"}, "cannot be one"),
        ({"email": "a@b.org, c@d.org"}, "cannot be one"),
        ({"language": "la"}, "no language 'la'"),
        ({"name": " "}, "'name' is empty"),
        ({"telephone": "93"}, "row 3: there is no column 'telephone'"),
    ],
)
def test_a_wrong_row_is_a_sentence_and_nobody_is_added(home, wrong, says):
    with pytest.raises(WarehouseError, match=says):
        invitations.take(home, "2026", {2: LEA, 3: ADA | wrong}, METROS)
    assert invitations.read(home, "2026") == []


def test_who_asks_to_be_forgotten_is_erased_from_the_list(home):
    from catalog import survey_loader
    from warehouse.surveys.intake import forget

    invitations.take(home, "2026", dict(enumerate([ADA, LEA], 2)), METROS)
    invitations.take(home, "2027", {2: ADA}, METROS)
    search = forget.find(home, "Ada@Example.org", survey_loader.survey())
    assert search.invited == 2 and "invitations · 2" in forget.summary(search)
    assert forget.forget(home, search).invitations == 2
    assert "ada" not in invitations.path(home, "2026").read_text(encoding="utf-8").lower()
    assert [i.name for i in invitations.read(home, "2026")] == ["Léa Roy"]


def test_every_letter_and_word_is_there_in_every_language():
    words = yaml.safe_load(preview.WORDS.read_text(encoding="utf-8"))
    letters = yaml.safe_load(invitations.LETTERS.read_text(encoding="utf-8"))
    texts = [t for k, t in words.items() if k not in ("fields", "yes_no")]
    texts += [*words["fields"].values(), *words["yes_no"].values()]
    texts += [letters[k][part] for k in letters for part in ("subject", "body")]
    assert all(set(t) == set(languages()) and all(t.values()) for t in texts)
    for kind in letters.values():
        for text in kind["body"].values():
            assert text.format(metro="M", wave="W", name="N")


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """The tables of governance of the catalog as a release, without figures."""
    from governed import released

    return released(tmp_path_factory.mktemp("governed"))


@pytest.mark.parametrize("lang", languages())
def test_a_city_sees_its_profile_in_its_language_with_a_sheet_for_corrections(
    release, lang, tmp_path
):
    page, sheet = preview.write(release, "es-barcelona", lang, tmp_path)
    text = page.read_text(encoding="utf-8")
    assert "Àrea Metropolitana de Barcelona" in text and "36" in text
    assert "memoria2015.amb.cat" in text
    word = {"ca": "només una enciclopèdia", "es": "solo una enciclopedia"}.get(lang)
    assert word is None or word in text
    lines = sheet.read_text(encoding="utf-8").splitlines()
    assert lines[0].endswith("correction,correction_source") and len(lines) > 20


MISSING = {
    "ca": "Motiu: cap font llegida, llevat d'una enciclopèdia, no indica: ",
    "es": "Motivo: ninguna fuente leída, salvo una enciclopedia, indica: ",
    "fr": "Motif\u00a0: aucune source lue, hormis une encyclopédie, n'indique\u00a0: ",
    "en": "Reason: no source read, other than an encyclopaedia, states: ",
}
HEAD = {
    "ca": "com s'escull la presidència",
    "es": "cómo se elige la presidencia",
    "fr": "comment son dirigeant est désigné",
    "en": "how its head is chosen",
}


@pytest.mark.parametrize("lang", languages())
def test_where_no_model_is_decided_the_city_reads_which_facts_are_missing(release, lang, tmp_path):
    page, _ = preview.write(release, "bo-cochabamba", lang, tmp_path)
    text = page.read_text(encoding="utf-8")
    assert MISSING[lang] in text and HEAD[lang] in text
    if lang != "en":
        assert "how its head" not in text and "encyclopaedia," not in text


def test_every_reason_has_its_words(release):
    from warehouse.publications import page
    from warehouse.publications.atlas import site

    bodies = [*release.rows("governance_body"), *release.rows("governance_profile")]
    rules = {r["rule"] for r in bodies} - {"missing_facts"}
    facts = {c for r in bodies if r["missing_facts"] for c in r["missing_facts"].split(", ")}
    assert len(facts) >= 5 and len(rules) >= 8
    for words in page.words(site.WORDS).values():
        assert all(words.get(f"rule.{r}") for r in rules)
        assert all(words.get(f"missing_fact.{c}") for c in facts)
    for r in bodies:
        assert (r["rule"] == "missing_facts") == bool(r["missing_facts"])


def test_a_metropolis_of_which_nothing_is_known_is_told_so(release, tmp_path):
    page, _ = preview.write(release, "xk-pristina", "en", tmp_path)
    assert "your answer will be the first" in page.read_text(encoding="utf-8")
    with pytest.raises(WarehouseError, match="no metropolis 'xx-gone'"):
        preview.write(release, "xx-gone", "en", tmp_path)


def test_every_field_of_desk_research_has_its_word():
    from typing import get_args

    from catalog.models.desk import FactField

    words = yaml.safe_load((FOLDER / "surveys" / "preview.yaml").read_text(encoding="utf-8"))
    assert set(words["fields"]) == set(get_args(FactField))
