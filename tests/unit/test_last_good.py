"""A mistake in the catalog leaves the last good definitions in use, says what is wrong, and goes by itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.flow.observatory import checkout

CODE = """
import json, sys
from pipelines import definitions, last_good
from warehouse.home import Home
home = Home.from_environment()
for _ in range(int(sys.argv[1])):
    made = last_good.definitions(home, live=False, make=definitions.make)
repository = made.get_repository_def()
told = home.catalog_error.read_text() if home.catalog_error.exists() else ""
import catalog
print(json.dumps({
    "assets": sorted(k.to_user_string() for a in made.assets for k in a.keys),
    "schedules": len(repository.schedule_defs), "sensors": len(repository.sensor_defs),
    "told": told, "first": next(j for j in repository.job_names if j == "refresh_everything"),
    "says": repository.get_job("refresh_everything").description or "", "catalog": catalog.__file__,
}))
"""


def load(root: Path, home: Path, times: int = 1) -> dict:
    """What the code location of this checkout loads, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CODE, str(times)],
        cwd=root,
        env=os.environ | {"OBSERVATORY_HOME": str(home), "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_one_bad_file_changes_nothing_but_what_is_said(tmp_path):
    root, home = checkout(tmp_path / "code", {"area", "population"}), tmp_path / "home"
    good = load(root, home)
    assert good["told"] == "" and str(root) in good["catalog"]
    file = root / "catalog" / "indicators" / "area.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("\nunit:", "\nunti:"), encoding="utf-8")
    bad = load(root, home, times=2)  # Dagster asks more than once
    assert set(bad["assets"]) - set(good["assets"]) == {"CATALOG_ERROR"}
    assert set(good["assets"]) <= set(bad["assets"])
    assert (bad["schedules"], bad["sensors"]) == (good["schedules"], good["sensors"])
    assert "catalog/indicators/area.yaml" in bad["told"] and "unti" in bad["told"]
    assert "indicators/area.yaml" in bad["says"]
    assert str(home) in bad["catalog"]  # what runs meanwhile reads the last good one
    file.write_text(text, encoding="utf-8")
    mended = load(root, home)
    assert (mended["assets"], mended["told"]) == (good["assets"], "")
