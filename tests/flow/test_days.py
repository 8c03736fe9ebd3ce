"""The first day and a bad day of an analyst, as `docs/first-day.md` and `docs/bad-day.md` tell them.

The commands are read from the pages and run as they are there.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest

from tests.flow.observatory import ROOT, Observatory, Run, copied
from tests.flow.stopped import parquet_hashes

pytestmark = pytest.mark.system

DOCS = ROOT / "docs"


def commands(page: str) -> list[str]:
    """The lines of the shell blocks of a page, in order."""
    blocks = re.findall(r"```sh\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)
    return [line.strip() for block in blocks for line in block.strip().splitlines()]


def run(observatory: Observatory, command: str) -> Run:
    """One line of a page; of a pipe, what `echo` writes is the input of the command."""
    said, _, piped = command.rpartition(" | ")
    words = shlex.split(piped)
    assert words[0] == "observatory", command
    if not said:
        return observatory(*words[1:])
    done = subprocess.run(
        observatory.command(*words[1:]),
        input=shlex.split(said)[1],
        env=observatory.environment,
        cwd=observatory.root,
        capture_output=True,
        text=True,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr, 0.0, 0.0)


@pytest.mark.timeout(900)
def test_the_first_day(small, tmp_path):
    observatory = copied(small, tmp_path / "day", code=True)
    shutil.rmtree(observatory.home)
    steps = commands("first-day.md")
    done = {step: [] for step in steps}
    for step in steps:
        told = run(observatory, step)
        assert told.code == 0, f"{step}: {told.out}{told.err}"
        done[step].append(told)
    first, again = done["observatory build"]
    assert "Try next:" in first.out and "observatory.duckdb" in first.out
    assert "Nothing new: everything is up to date." in again.out
    assert done["observatory status"][0].out.startswith("State: healthy.")
    assert "Nothing new: " in done["observatory publish"][0].out
    (figures,) = [t[0] for s, t in done.items() if "es-barcelona" in s]
    assert "es-barcelona" in figures.out
    (piped,) = [t[0] for s, t in done.items() if s.startswith("echo")]
    assert json.loads(piped.out)[0]["figures"] > 20_000
    book = openpyxl.load_workbook(observatory.root / "answer.xlsx")
    assert book.sheetnames == ["Answer 1", "Answer 2"]
    assert list((observatory.root / "backups").glob("observatory-*/manifest.json"))


@pytest.mark.timeout(1200)
def test_a_bad_day(small, tmp_path):
    observatory = copied(small, tmp_path / "day", code=True)
    home, good = observatory.home, parquet_hashes(small.home)
    steps = commands("bad-day.md")
    look, accept = "observatory diff current candidate", next(s for s in steps if "--accept" in s)

    # The catalog has a mistake.
    file = observatory.root / "catalog" / "indicators" / "area.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(re.sub(r"(?m)^unit:", "unti:", text), encoding="utf-8")
    told = run(observatory, "observatory build")
    assert told.code == 1 and "catalog/indicators/area.yaml" in told.err
    assert run(observatory, "observatory status").code == 2
    file.write_text(text, encoding="utf-8")
    assert run(observatory, "observatory build").code == 0
    assert run(observatory, "observatory status").code == 0

    # A release would lose an indicator: it waits, is looked at, and goes when the edit is taken back.
    gone = observatory.root / "catalog" / "indicators" / "perceived_affordable_housing.yaml"
    kept = gone.read_text(encoding="utf-8")
    gone.unlink()
    told = run(observatory, "observatory build")
    assert told.code == 4, told.out + told.err
    assert "perceived_affordable_housing had" in told.err and "waits for a person" in told.err
    assert parquet_hashes(home) == good
    assert "are gone" in run(observatory, look).out
    assert (home / "releases" / "candidate" / "waiting.html").is_file()
    assert run(observatory, "observatory status").code == 1
    gone.write_text(kept, encoding="utf-8")
    assert run(observatory, "observatory build").code == 0
    assert run(observatory, look).code == 1, "nothing waits any more"
    gone.unlink()
    assert run(observatory, "observatory build").code == 4
    told = run(observatory, accept)
    assert told.code == 0, told.err
    changes = (home / "releases" / "current" / "CHANGES.md").read_text(encoding="utf-8")
    assert "the indicator was withdrawn" in changes
    assert run(observatory, "observatory status").code == 0

    # The home is lost.
    now = parquet_hashes(home)
    assert run(observatory, "observatory backup backups").code == 0
    (backup,) = (observatory.root / "backups").glob("observatory-*")
    shutil.rmtree(home)
    restore, build = next(s for s in steps if "restore" in s), steps[-1]
    told = run(observatory, restore.replace("backups/observatory-...", str(backup)))
    assert told.code == 0, told.err
    told = run(observatory, build)
    assert told.code == 0, told.out + told.err
    assert parquet_hashes(home) == now
    assert run(observatory, "observatory status").code == 0


def test_the_pages_name_only_what_is_there():
    for page in ("first-day.md", "bad-day.md", "first-live-night.md"):
        for name in re.findall(
            r"`?(tests/flow/\w+\.py|docs/[\w-]+\.md)", (DOCS / page).read_text()
        ):
            assert (Path(ROOT) / name).is_file(), f"{page}: {name}"
