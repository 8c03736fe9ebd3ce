"""The page of the matcher's quality on lists, and the lists themselves."""

from __future__ import annotations

import csv
import re

import pytest

from warehouse.registry import known, list_quality, matcher
from warehouse.registry.list_quality import FOLDER, KINDS, PAGE, ListedName, calibrated, page
from warehouse.registry.matching.list_row import Row
from warehouse.registry.matching.match_list import RowAnswer, match_rows

FILES = sorted(FOLDER.glob("*.csv"))


def line(title: str) -> list[str]:
    """The cells of the row of the page that begins with a title."""
    found = [x for x in PAGE.read_text("utf-8").splitlines() if x.startswith(f"| {title} |")]
    assert len(found) == 1, title
    return [c.strip() for c in found[0].split("|")[1:-1]]


def test_the_page_states_what_was_promised():
    precision, recall = (float(line("**All**")[n].split()[0]) for n in (4, 5))
    assert precision >= 0.995 and recall > 0.85
    low = float(re.findall(r"[(]([0-9.]+)-", line("**All**")[4])[0])
    assert low >= 0.995
    for kind, least in {"city_state": 0.9, "statistical_area": 0.95, "cn_prefecture": 0.9, "body": 0.8}.items():  # fmt: skip
        assert float(line(KINDS[kind])[5].split()[0]) >= least
    assert {"Latin", "Han", "Arabic", "Cyrillic"} <= {
        x.split("|")[1].strip() for x in PAGE.read_text("utf-8").splitlines() if x.startswith("|")
    }


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_a_list_means_metropolises_of_the_registry(path):
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert path.stem in KINDS and rows
    assert {r["metro_id"] for r in rows} - {""} <= set(known.metros())
    assert len({(r["name"], r["country"], r.get("lang")) for r in rows}) == len(rows)
    roles = [
        ListedName(path.stem, "", Row(r["name"], r["country"]), r["metro_id"]).role for r in rows
    ]
    assert 0.3 < roles.count("tune") / len(roles) < 0.7


@pytest.mark.parametrize(("kind", "least"), [("body", 0.8), ("cn_prefecture", 0.9)])
def test_the_matcher_still_is_as_good_as_the_page_says(kind, least):
    with (FOLDER / f"{kind}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = match_rows([Row(r["name"], r["country"]) for r in rows], matcher.world())
    accepted = [(a, r) for a, r in zip(found, rows, strict=True) if a.decision == "accept"]
    right = sum(a.metro_id == r["metro_id"] for a, r in accepted)
    assert right >= least * sum(bool(r["metro_id"]) for r in rows)
    assert right >= 0.98 * len(accepted)


def test_what_a_source_says_is_left_out_when_it_is_asked_for():
    whole, without = (matcher.world(without=x).names for x in ((), ("us_cbsa",)))
    assert "us-akron" in whole.exact("Akron, OH") and whole.called("Akron, OH")
    assert not without.called("Akron, OH")


def test_the_page_and_the_calibration_follow_from_answers():
    def one(name: str, metro_id: str, score: float, said: str) -> tuple[ListedName, RowAnswer]:
        answer = RowAnswer(said, "close", score, "accept" if said else "review", (("xx-a", score),), "")  # fmt: skip
        return ListedName("body", "", Row(name, "ES"), metro_id), answer

    answers = [one(f"n{n}", "xx-a" if n % 9 else "", 0.93 - 0.002 * (n % 9 == 0), "xx-a") for n in range(200)]  # fmt: skip
    made = calibrated(answers)
    assert made["slope"] > 0 and made["tune"] + made["test"]["names"] == 200
    text = page(answers, made)
    test = [(n, a) for n, a in answers if n.role == "test"]
    right = sum(a.metro_id == n.metro_id for n, a in test)
    assert f"| {len(test)} | {right} | {len(test)} | {right / len(test):.3f} (" in text


def test_the_scripts_of_names():
    scripts = {"Łódź": "Latin", "北京": "Han", "Москва": "Cyrillic", "القاهرة": "Arabic", "서울": "Hangul"}  # fmt: skip
    assert {n: ListedName("cldr", "", Row(n), "").script for n in scripts} == scripts
    assert list_quality.FILE == matcher.CALIBRATION


def test_a_name_of_two_metropolises_cannot_be_answered_without_its_state():
    def asked(name: str, country: str, metro_id: str) -> bool:
        return list_quality.answerable(ListedName("by_hand", "", Row(name, country), metro_id))

    assert not asked("Suzhou", "CN", "cn-suzhou-jiangsu")
    assert not asked("Portland", "US", "us-portland-or")
    assert asked("Portland, OR", "US", "us-portland-or")
    assert asked("Lyon", "FR", "fr-lyon")
    # The other one is more than ten times smaller, or the row is of no metropolis.
    assert asked("Santiago", "CL", "cl-santiago") and not asked("Lyon", "FR", "")
