"""Load 5,000 responses of 200 questions with repeats, as KoboToolbox exports them; print time and memory.

`python -m benchmarks.survey [--responses 5000]`. The export is made first, in a process of its own.
Measured: from the file to the read wave (door, reading, persons split off, wave, tables, rules), and
the peak memory of the whole process.
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from catalog.models.model import Texts
from catalog.models.survey import Question, Survey, SurveySection

LIMITS = {"seconds": 10.0, "MB": 500.0}
BODIES = 2


def survey(questions: int = 200) -> Survey:
    """A questionnaire of that many questions, a fifth of them asked of each body."""
    from catalog import survey_loader

    real = survey_loader.survey()
    inner = questions // 5
    kinds = ("integer", "decimal", "text", "select_one")
    made = [_question(f"q{n}", kinds[n % 4]) for n in range(questions - 4)]
    ours = [real.question(n) for n in ("metro_id", "ref_year", "respondent_email", "n_bodies")]
    name = real.question("body_name")
    top = SurveySection(name="top", label=_text("Top"), questions=[*ours, *made[inner:]])
    body = SurveySection(
        name="body", label=_text("Body"), repeat="n_bodies", questions=[name, *made[: inner - 1]]
    )
    return real.model_copy(update={"groups": [top, body], "rules": [], "history": []})


def write(path: Path, responses: int) -> None:
    """The export, as formpack writes it: repeats on a sheet of their own."""
    from openpyxl import Workbook

    made, rng = survey(), random.Random(5)
    top, body = made.groups
    book = Workbook(write_only=True)
    first, second = book.create_sheet("Governance"), book.create_sheet("body")
    first.append(
        [*(f"top/{q.name}" for q in top.questions), "_id", "_uuid", "_submission_time", "_index"]
    )
    second.append(
        [*(q.name for q in body.questions), "_index", "_parent_table_name", "_parent_index"]
    )
    entry = 0
    for n in range(1, responses + 1):
        said = [_answer(q, rng, n) for q in top.questions]
        first.append([*said, n, f"uuid-{n}", "2026-03-01T10:00:00", n])
        for _ in range(BODIES):
            entry += 1
            second.append(
                [*(_answer(q, rng, entry) for q in body.questions), entry, "Governance", n]
            )
    book.save(path)


def load(path: Path) -> dict[str, float]:
    """Seconds of each step."""
    from catalog import survey_loader
    from warehouse.home import Home
    from warehouse.registry.lookup import known_metros
    from warehouse.surveys.governance.facts import facts
    from warehouse.surveys.governance.tables import published
    from warehouse.surveys.intake import shelves, wave
    from warehouse.surveys.intake.intake import take_in

    made, metros = survey(), known_metros()
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        start = time.perf_counter()
        came = take_in(home, path, "2026", made)
        taken = time.perf_counter()
        wave.write_wave(home, "2026", made, metros)
        read = time.perf_counter()
        responses = shelves.table(shelves.read_wave(home, "2026", "responses"))
        asked = [q.name for q in made.questions]
        files = [str(shelves.read_wave(home, "2026", "answers"))]
        tables = facts(
            published(files, [n for n in asked if not n.startswith("q")]),
            responses,
            survey_loader.survey(),
        )
        end = time.perf_counter()
    return {
        "responses": came.responses,
        "cells": came.answers + came.kept_apart,
        "bodies": len(tables["gov_body"]),
        "take in": taken - start,
        "read the wave": read - taken,
        "tables": end - read,
        "seconds": end - start,
        "MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _question(name: str, kind: str) -> Question:
    listed = "field" if kind == "select_one" else ""
    return Question.model_validate(
        {"name": name, "type": kind, "list": listed, "label": _text(name), "class": "F"}
    )


def _text(text: str) -> Texts:
    return Texts.model_validate({"ca": text, "es": text, "fr": text, "en": text})


def _answer(q: Question, rng: random.Random, n: int) -> str | int | float | None:
    fixed = {
        "metro_id": "es-barcelona" if n % 2 else "fr-paris",
        "ref_year": 2025,
        "respondent_email": f"person{n}@example.org",
        "n_bodies": BODIES,
        "body_name": f"Body {n % 400}",
    }
    if q.name in fixed:
        return fixed[q.name]
    if rng.random() < 0.1:
        return None
    match q.type:
        case "integer":
            return rng.randint(0, 100_000)
        case "decimal":
            return round(rng.random() * 1000, 3)
        case "select_one":
            return rng.choice(("transport", "water", "waste", "housing"))
    return f"answer {rng.randint(0, 5000)}"


def main() -> None:
    """Make the export, load it in a fresh process, print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--responses", type=int, default=5000)
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--load", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.write:
        return write(given.write, given.responses)
    if given.load:
        took = load(given.load)
        for name, value in took.items():
            print(f"{name}: {value:,.1f}" if isinstance(value, float) else f"{name}: {value:,}")
        sys.exit(any(took[name] > limit for name, limit in LIMITS.items()))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.xlsx"
        me = [sys.executable, "-m", "benchmarks.survey", "--responses", str(given.responses)]
        subprocess.run([*me, "--write", str(path)], check=True)
        print(f"file: {path.stat().st_size / 2**20:.1f} MB")
        sys.exit(subprocess.run([*me, "--load", str(path)], check=False).returncode)


if __name__ == "__main__":
    main()
