"""Every page of the small atlas is valid HTML, by the Nu HTML checker of the W3C."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from warehouse.publications import atlas

pytestmark = pytest.mark.system
CHECKER = Path(__file__).parents[2] / ".cache" / "vnu.jar"


def test_every_page_is_valid_html(planted, story, tmp_path):
    if not CHECKER.is_file() or not shutil.which("java"):
        pytest.fail("The Nu HTML checker or Java is missing: run `sh tests/programs.sh`.")
    made = atlas.build(planted, tmp_path / "atlas", atlas.Options(stories=story))
    done = subprocess.run(
        ["java", "-Xss8m", "-jar", CHECKER, "--errors-only", "--skip-non-html", made.folder],
        check=False,
        capture_output=True,
        text=True,
        timeout=1800,
    )
    assert made.pages > 100
    assert done.returncode == 0 and not done.stderr.strip(), done.stderr[:4000]


def test_the_checker_finds_a_fault(tmp_path):
    (tmp_path / "a.html").write_text(
        "<!doctype html><html lang=en><title>x</title><p><foo>", "utf-8"
    )
    done = subprocess.run(
        ["java", "-jar", CHECKER, "--errors-only", tmp_path / "a.html"],
        check=False,
        capture_output=True,
        text=True,
        timeout=1800,
    )
    assert done.returncode == 1 and "foo" in done.stderr
