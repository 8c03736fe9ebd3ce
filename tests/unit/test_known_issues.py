"""Faults of upstreams as data: stated, corrected, and found by rules."""

import datetime

import pytest
from rows import rows

from catalog import loader
from catalog.models.model import Correction
from catalog.yaml_files import CatalogError
from warehouse import store, tables
from warehouse.registry import known_issues as made
from warehouse.registry.corrections import corrections

CATALOG = loader.load()
NONE = {n: store.empty(tables.of(n)) for n in ("quarantine", "shared_value", "source")}


def table(**given) -> list[dict]:
    return made.known_issues(CATALOG, corrections(), **{**NONE, **given}).to_pylist()


def correction(**more) -> Correction:
    said = {"match": {"geo": "X1"}, "expect": "9", "reason": "typo", "source": "letter"}
    return Correction.model_validate(
        {"provider": "p", "dataset": "d", "since": "2026-11-30", **said, **more}
    )


def test_each_correction_of_the_catalog_has_its_known_issue():
    found = [r for r in table() if r["origin"] == "correction"]
    for c in CATALOG.corrections:
        (row,) = [
            r
            for r in found
            if (r["source_id"], r["dataset"], r["fault_en"]) == (c.provider, c.dataset, c.reason.en)
        ]
        assert row["evidence_en"] == c.source.en
        assert row["since"] <= c.since
        for code in c.match.values():
            assert (code if isinstance(code, str) else code[0]) in row["figures_en"]
    for r in corrections():
        (row,) = [x for x in found if x["fault_en"] == r["reason"] and x["dataset"] is None]
        assert (
            f"{r['code']}, {r['column']}: {r['value']} instead of {r['expected']}" in row["done_en"]
        )


def test_each_stated_fault_is_a_row_with_all_that_it_says():
    rows_of = {r["issue_id"]: r for r in table()}
    assert len(CATALOG.known_issues) >= 15
    for i in CATALOG.known_issues:
        row = rows_of[f"{i.provider}.{i.id}"]
        assert (row["origin"], row["fault_en"], row["action"]) == ("stated", i.fault.en, i.action)
        assert all(row[c] for c in ("figures_ca", "evidence_es", "done_fr", "since"))
        assert row["told_on"] == i.told


@pytest.mark.parametrize(
    ("given", "action", "done"),
    [
        ({"action": "drop"}, "kept_out", "Kept out of the figures"),
        ({"action": "override", "value": 12}, "corrected", "12 instead of 9."),
        ({"action": "scale", "value": 0.001}, "corrected", "Multiplied by 0.001."),
        ({"action": "flag", "flag": "b"}, "marked", "Given the flag b."),
    ],
)
def test_what_was_done_is_said(given, action, done):
    (row,) = made.corrected([correction(**given)])
    assert row["action"] == action
    assert row["done_en"].startswith(done)


def test_corrections_with_one_reason_are_one_issue_and_it_keeps_its_identifier():
    two = [
        correction(action="override", value=1, match={"geo": "X1"}),
        correction(action="override", value=2, match={"geo": "X2"}, told="2027-01-02"),
    ]
    (row,) = made.corrected(two)
    assert row["figures_en"] == "geo X1, served as 9; geo X2, served as 9"
    assert row["done_en"] == "1 instead of 9. 2 instead of 9."
    assert row["told_on"] == datetime.date(2027, 1, 2)
    assert row["issue_id"] == next(made.corrected(two[:1]))["issue_id"]
    other = correction(action="drop", reason="another")
    assert len(list(made.corrected([*two, other]))) == 2


SOURCE = rows(
    tables.of("source"),
    [
        {"source_id": "eurostat", "dataset": "open", "redistributable": True},
        {"source_id": "eurostat", "dataset": "closed", "redistributable": False},
        {"source_id": "observatory", "dataset": "open", "redistributable": True},
    ],
)


def quarantined(**given) -> list[dict]:
    base = {"source_id": "eurostat", "dataset": "open", "indicator_id": "area", "period": "2018"}
    each = {
        **base,
        "reason": "value_above_range",
        "value_text": "9",
        "series_key": "geo=X1",
        **given,
    }
    return [r for r in table(quarantine=rows(tables.of("quarantine"), [each, each]), source=SOURCE) if r["origin"] == "rule"]  # fmt: skip


def test_what_a_rule_keeps_out_is_an_issue_with_its_number_and_an_example():
    (row,) = quarantined()
    assert (row["number"], row["action"], row["indicator_id"]) == (2, "kept_out", "area")
    assert row["evidence_en"] == "For example the series geo=X1, 2018: 9."
    assert (row["since"], row["told_on"]) == (None, None)


@pytest.mark.parametrize(
    "given",
    [{"reason": "no_metro"}, {"reason": "correction"}, {"dataset": "closed"}, {"source_id": "observatory"}],
)  # fmt: skip
def test_what_is_no_fault_of_an_open_upstream_is_no_issue(given):
    assert quarantined(**given) == []


@pytest.mark.parametrize(
    "reason", ["unit_shift", "one_year_spike", "impossible_zero", "unlike_all_others"]
)
def test_every_rule_that_keeps_figures_out_says_its_own_fault(reason):
    (row,) = quarantined(reason=reason)
    assert row["issue_id"].endswith(reason)
    assert "negative" not in row["fault_en"]


@pytest.mark.parametrize("kind", ["national", "regional"])
def test_shared_values_are_issues(kind):
    each = {"source_id": "eurostat", "dataset": "open", "indicator_id": "area", "kind": kind}
    shared = rows(
        tables.of("shared_value"),
        [{**each, "metro_id": m, "units": 7} for m in ("a", "b")]
        + [{**each, "indicator_id": "law", "unit": "YES_NO"}],
    )
    (row,) = [r for r in table(shared_value=shared, source=SOURCE) if r["origin"] == "rule"]
    assert (row["number"], row["action"]) == (2, "marked")
    assert "metropolises: 2 " in row["figures_en"]
    assert row["evidence_en"].startswith("Up to 7 places")


def test_identifiers_are_unique():
    ids = [r["issue_id"] for r in table()]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"provider": "oecd"}, "move it there"),
        ({"dataset": "met_unknown"}, "correct the name"),
        ({"action": "ignored"}, "action"),
        ({"evidence": None}, "evidence"),
    ],
)
def test_a_wrong_entry_is_refused(tmp_path, change, said):
    import shutil

    import yaml

    folder = tmp_path / "catalog"
    shutil.copytree(CATALOG.folder, folder)
    file = folder / "known_issues" / "eurostat.yaml"
    each = yaml.safe_load(file.read_text())
    each[0] |= change
    if each[0].get("evidence") is None:
        del each[0]["evidence"]
    file.write_text(yaml.safe_dump(each, allow_unicode=True))
    with pytest.raises(CatalogError, match=said):
        loader.load(folder)
