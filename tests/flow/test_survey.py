"""A city officer's path: template, five planted mistakes, correction, import, the next release."""

from __future__ import annotations

import json

import duckdb
import openpyxl
import pytest
from released_attack import recovered, told
from survey_files import BODY, KOBO, TOP, fill

from warehouse.home import Home
from warehouse.surveys.secrecy import disclosure, privacy

pytestmark = pytest.mark.system

PLANTED = {"ref_year": "dos mil", "perimeter": None}
IN_BODY = {"model": "Autoritat", "women_seats": 99, "rev_fees": 80}
WANTED = {
    "Qüestionari!D4": "nombre enter",
    "Qüestionari!D9": "cal una resposta",
    "Entitats!D4": "no és a la llista",
    "Entitats!D40": "sumen 120 %",
    "Entitats!D51": "supera «Escons de l'assemblea»",
}


def test_a_city_officers_path(small, tmp_path):
    blank, filled, marked = (tmp_path / n for n in ("p.xlsx", "dolenta.xlsx", "marcada.xlsx"))
    assert small("survey", "template", "--lang", "ca", "-o", str(blank)).code == 0
    fill(blank, filled, TOP | PLANTED, [BODY | IN_BODY])
    told = small("survey", "check", str(filled), "-o", str(marked))
    lines = [line for line in told.out.splitlines() if line.startswith("Cal corregir")]
    assert told.code == 1 and len(lines) == 5, told.out + told.err
    for cell, words in WANTED.items():
        (line,) = [x for x in lines if f" {cell} " in x]
        assert words in line
    book = openpyxl.load_workbook(marked)
    for cell, words in WANTED.items():
        sheet, place = cell.split("!")
        assert words in book[sheet][place].comment.text
    refused = small("survey", "import", str(filled), "--wave", "2026")
    assert refused.code == 1 and "5 answers are to be mended" in refused.err

    good = fill(blank, tmp_path / "bona.xlsx", TOP, [BODY])
    assert small("survey", "check", str(good)).out.startswith("No hi ha res a corregir")
    came = small("survey", "import", str(good), "--wave", "2026")
    assert came.code == 0, came.out + came.err
    _confidential_wave(small, tmp_path)
    built = small("build")
    assert built.code == 0, built.out + built.err
    name = small.sql(
        "select name, model, n_members, valid_from, valid_to from gov_body where wave = '2026'"
    )
    assert name == [("Àrea Metropolitana de Barcelona", "supramunicipal", 36, 2024, None)]
    assert small.sql("select count(*) from gov_answer where secrecy <> 'F'") == [(0,)]
    assert small.sql("select wave, responses from gov_wave where wave = '2026'") == [("2026", 1)]
    secrets = ["nuria@example.org", "Núria Prova", "Truqueu-me quan vulgueu"]
    home = Home(small.home)
    assert set(secrets) <= set(privacy.known_persons(home))
    log = home.dagster / "planted.log"
    log.write_text("INFO answered by Núria Prova", encoding="utf-8")
    # The planted one is found, and nothing else in the whole home.
    assert privacy.scan(home, secrets) == [(log.relative_to(home.root), "Núria Prova")]
    assert waves(small) == {"2025", "2026"}
    _attack(small)


# Own staff, class N: one metropolis far above the others of its region, two alone in theirs. The fraction is one
# that no median or mean of other figures has, so that a number found anywhere in the release is an answer.
STAFF = {
    **{
        "de-aachen": 700.2578125,
        "de-augsburg": 651.2578125,
        "de-berlin": 612.2578125,
        "de-bonn": 581.2578125,
    },
    **{
        "fr-lyon": 720.2578125,
        "fr-paris": 690.2578125,
        "fr-lille": 640.2578125,
        "es-madrid": 605.2578125,
    },
    **{
        "jp-tokyo": 9001.2578125,
        "cn-shanghai": 21.2578125,
        "in-mumbai": 11.2578125,
        "za-cape-town": 77.2578125,
    },
}


def _confidential_wave(observatory, folder) -> None:
    base = {"identification/ref_year": "2024", "territory/n_bodies": "1"}
    records = [
        KOBO[0]
        | base
        | {
            "_id": n,
            "_uuid": f"c-{n}",
            "_submitted_by": f"person-{n}",
            "identification/metro_id": metro,
            "identification/respondent_role": "elected" if n < 2 else "officer",
            "body": [{"body/body_name": f"B{n}", "body/model": "informal", "body/staff": str(s)}],
        }
        for n, (metro, s) in enumerate(STAFF.items())
    ]
    file = folder / "confidential.json"
    file.write_text(json.dumps({"count": len(records), "results": records}), encoding="utf-8")
    came = observatory("survey", "import", str(file), "--wave", "2025")
    assert came.code == 0 and "12 responses" in came.out, came.out + came.err


def _attack(observatory) -> None:
    """What is released of the confidential wave is protected; a planted leak is found."""
    regions = dict(observatory.sql("select metro_id, region from metro"))
    models = dict(observatory.sql("select metro_id, model from governance_profile"))
    truth: dict[tuple[str, str], list[float]] = {}
    for metro, staff in STAFF.items():
        region, model = regions[metro], models.get(metro) or "not known"
        for cell in {(region, model), (region, ""), ("", model), ("", "")}:
            truth.setdefault(cell, []).append(staff)
    wanted = {c: (sum(x), disclosure.protection(x)) for c, x in truth.items()}
    with duckdb.connect() as con:
        file = observatory.home / "releases" / "current" / "observatory.duckdb"
        con.execute(f"attach '{file}' as released (read_only)")
        con.execute("create table governance_statistics as from released.governance_statistics")
        for name, column, kind in con.sql(
            "select table_name, column_name, data_type from duckdb_columns() "
            "where database_name = 'released'"
        ).fetchall():
            if kind in ("VARCHAR", "DOUBLE"):  # nobody's own figure is anywhere
                found = con.execute(
                    f'select count(*) from released."{name}" '
                    f'where list_contains(?, try_cast("{column}" as double))',
                    [list(STAFF.values())],
                ).fetchall()
                if found != [(0,)]:
                    raise AssertionError(f"{name}.{column}")
        bounds = told(con, "2025", "staff")
        assert bounds and recovered(bounds, wanted) == []
        assert con.sql(
            "select count(*) from governance_statistics where wave = '2025' and total is not null "
            "and conf_status <> 'F'"
        ).fetchall() == [(0,)]
        for (region, category), (total, _) in wanted.items():  # all but one cell is given away
            if (region, category) not in bounds:
                con.execute(
                    "update governance_statistics set total = ? where wave = '2025' and "
                    "question = 'staff' and region = ? and category = ?",
                    [total, region, category],
                )
        assert recovered(told(con, "2025", "staff"), wanted)


def waves(observatory) -> set[str]:
    """Partitions of the wave that Dagster shows as materialised."""
    import dagster as dg

    from assets.governance import WAVE
    from pipelines import instance
    from warehouse.home import Home

    with instance.open_instance(Home(observatory.home)) as opened:
        assert isinstance(opened, dg.DagsterInstance)
        return set(opened.get_materialized_partitions(WAVE))
