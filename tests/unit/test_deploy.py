"""What goes into the image is listed with its licence; known vulnerabilities are told; no secret is written."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from deploy import audit, third_party

ROOT = Path(__file__).parents[2]


def test_every_package_of_the_image_is_listed_with_a_licence_that_may_be_used():
    lines, wrong = third_party.rows()
    assert wrong == []
    assert third_party.FILE.read_text() == third_party.HEAD + "".join(lines)
    locked = [r for r in third_party.locked() if not r.marker or r.marker.evaluate()]
    assert len(lines) == len(locked) > 100


@pytest.mark.parametrize(
    ("said", "may"),
    [("Apache-2.0 AND MIT", True), ("Proprietary", False), ("AGPL-3.0-only", False)],
)
def test_a_licence_that_needs_a_decision_is_told(said, may):
    assert bool(third_party.MAY.search(said)) is may


def test_a_known_vulnerability_is_told_and_a_package_that_was_not_found_is_not_audited():
    said = {
        "dependencies": [
            {"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}]},
            {"name": "b", "version": "2", "vulns": []},
            {"name": "c", "skip_reason": "Dependency not found"},
        ]
    }
    assert audit.judged(json.dumps(said)) == (2, ["a 1: PYSEC-1; mended in 1.1."])


def test_no_file_of_the_deployment_holds_a_secret():
    files = [p for p in (ROOT / "deploy").rglob("*") if p.is_file() and p.suffix != ".pyc"]
    files += list((ROOT / "pipelines" / "profiles").glob("*.yaml"))
    written = re.compile(
        r"(?i)(password|secret_access_key|s3_secret|broker_password)[ \t]*[=:][ \t]*(\S+)"
    )
    for path in files:
        # What the environment gives, or a value that is named by `env`.
        text = re.sub(r"\$\{[^}]*\}|\{env: \w+\}", "$", path.read_text(encoding="utf-8"))
        for _, value in written.findall(text):
            assert value.startswith(("$", '"$')) or not value.strip('",'), (path, value)


def test_the_compose_file_names_only_commands_that_there_are():
    said = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8"))
    ours = {n: s for n, s in said["services"].items() if "OBSERVATORY_IMAGE" in s["image"]}
    assert set(ours) == {"prepare", "code", "worker", "daemon", "web", "pages"}
    from pipelines.commands.serve import serve

    for service in ours.values():
        name, part, *options = service["command"]
        assert name == "serve" and part in serve.commands
        known = {o for p in serve.commands[part].params for o in p.opts}
        assert {o for o in options if o.startswith("--")} <= known


def test_the_image_holds_all_rooms_and_what_it_needs_of_them():
    text = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (rooms,) = re.findall(r"packages = \[(.*)\]", project)
    for room in re.findall(r'"(\w+)"', rooms):
        assert f"COPY {room} {room}\n" in text
        assert f"!{room}\n" in (ROOT / ".dockerignore").read_text(encoding="utf-8")


@pytest.mark.system
def test_chart_compose_file_and_image_fit_their_standards():
    python = ROOT / ".cache" / "deploy-venv" / "bin" / "python"
    assert python.exists(), "run `make check-deploy` once: it installs what checks them"
    done = subprocess.run(
        [str(python), "-m", "tests.deployment"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "strict on" in done.stdout and "refused: a misspelt field" in done.stdout
