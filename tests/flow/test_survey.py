"""A city officer's path: template, five planted mistakes, correction, import, the next release."""

from __future__ import annotations

import openpyxl
from survey_files import BODY, TOP, fill

from warehouse import privacy
from warehouse.home import Home

PLANTED = {"ref_year": "dos mil", "perimeter": None}
IN_BODY = {"model": "Autoritat", "women_seats": 99, "rev_fees": 80}
WANTED = {
    "Qüestionari!D4": "nombre enter",
    "Qüestionari!D9": "cal una resposta",
    "Organismes!D4": "no és a la llista",
    "Organismes!D40": "sumen 120 %",
    "Organismes!D51": "supera «Escons de l'assemblea»",
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
    assert waves(small) == {"2026"}


def waves(observatory) -> set[str]:
    """Partitions of the wave that Dagster shows as materialised."""
    import dagster as dg

    from assets.governance import WAVE
    from pipelines import instance
    from warehouse.home import Home

    with instance.open_instance(Home(observatory.home)) as opened:
        assert isinstance(opened, dg.DagsterInstance)
        return set(opened.get_materialized_partitions(WAVE))
