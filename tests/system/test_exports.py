"""Every standard's own validator takes a small release's exports, and refuses planted faults."""

import os
import subprocess
from pathlib import Path

import pytest

from warehouse.publications import exports
from warehouse.publications.model import Release

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.system, pytest.mark.timeout(1200)]
PYTHON = ROOT / ".cache" / "validate-venv" / "bin" / "python"


@pytest.fixture(scope="module")
def made(tmp_path_factory, small, real_data) -> tuple[Path, Path]:
    """(exports, release); the standards' own files are among the real data."""
    if not PYTHON.exists():
        pytest.fail(f"{PYTHON} is missing: run make validate-exports, which makes it.")
    folder = tmp_path_factory.mktemp("exports")
    exports.write(Release(small), folder / "exports")
    return folder / "exports", small


def validate(made: tuple[Path, Path], *more: str) -> list[str]:
    done = subprocess.run(
        [PYTHON, "-m", "tests.validate", *map(str, made), *more],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if line and line[0] != " "]
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr[-2000:]}"
    return lines


def test_every_export_is_valid_and_reads_back_as_the_release(made):
    lines = validate(made)
    assert [line.split()[:2] for line in lines] == [[n, "valid"] for n in exports.names()]


def test_planted_faults_are_refused_at_least_three_for_each_standard(made):
    lines = validate(made, "--faults")
    assert not [line for line in lines if "refused" not in line]
    for name in exports.names():
        assert sum(line.split()[0] == name for line in lines) >= 3, name
