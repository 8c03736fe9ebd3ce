"""Every standard's own validator takes a small release's exports, and refuses planted faults."""

import base64
import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from pipelines import webhooks
from warehouse.publications import exports, feeds
from warehouse.publications.model import Release

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.system, pytest.mark.timeout(1200)]
STANDARDS = sorted([*exports.names(), "feeds"])
PYTHON = ROOT / ".cache" / "validate-venv" / "bin" / "python"


@pytest.fixture(scope="module")
def made(tmp_path_factory, small, real_data) -> tuple[Path, Path]:
    """(exports, release); the standards' own files are among the real data."""
    if not PYTHON.exists():
        pytest.fail(f"{PYTHON} is missing: run make validate-exports, which makes it.")
    folder = tmp_path_factory.mktemp("exports")
    exports.write(Release(small), folder / "exports")
    feeds.write([small], folder / "exports" / "feeds")
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
    assert [line.split()[:2] for line in lines] == [[n, "valid"] for n in STANDARDS]


def test_planted_faults_are_refused_at_least_three_for_each_standard(made):
    lines = validate(made, "--faults")
    assert not [line for line in lines if "refused" not in line]
    for name in STANDARDS:
        assert sum(line.split()[0] == name for line in lines) >= 3, name


def test_a_webhook_is_verified_by_the_library_of_the_standard():
    """A receiver has that library and the secret, and nothing of ours."""
    if not PYTHON.exists():
        pytest.fail(f"{PYTHON} is missing: run make validate-exports, which makes it.")
    key, at = b"k" * 32, int(time.time())
    body = b'{"type": "release.changed"}'
    sent = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(at),
        "webhook-signature": webhooks.sign(key, "msg_1", at, body),
    }
    verify = (
        "import json, sys\n"
        "from standardwebhooks import Webhook, WebhookVerificationError\n"
        "secret, headers, body = json.loads(sys.stdin.read())\n"
        "print(Webhook(secret).verify(body, headers)['type'])\n"
        "try: Webhook(secret).verify(body + ' ', headers)\n"
        "except WebhookVerificationError: print('refused')\n"
    )
    given = json.dumps([f"whsec_{base64.b64encode(key).decode()}", sent, body.decode()])
    done = subprocess.run(
        [PYTHON, "-c", verify], input=given, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["release.changed", "refused"], done.stderr
