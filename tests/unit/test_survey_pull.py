"""Answers asked of a server of this machine that stands for KoboToolbox and ODK Central."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
import survey_files as files

from sources.errors import SourceError
from sources.transport.http import Client
from warehouse.surveys.exports import pull
from warehouse.surveys.exports.read import read

TOKEN = "not-a-real-token"


@pytest.fixture
def server(tmp_path):
    """(address, requests that came); it knows one form of 3 responses, in pages of 2."""
    seen: list[tuple[str, str]] = []
    records = [files.KOBO[0] | {"_id": n, "_uuid": f"u-{n}"} for n in range(3)]
    archive = {"gov.csv": b"SubmissionDate,g-n_municipalities,KEY\n2026-01-01T00:00:00Z,5,uuid:1\n"}
    packed = files.zipped(tmp_path / "odk.zip", archive).read_bytes()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            url = urlsplit(self.path)
            seen.append((self.path, self.headers.get("Authorization", "")))
            if TOKEN not in self.headers.get("Authorization", ""):
                return self._send(401, b'{"detail":"Invalid token."}', "application/json")
            if url.path.endswith(".zip"):
                return self._send(200, packed, "application/zip")
            start = int(parse_qs(url.query)["start"][0])
            page = {
                "count": 3,
                "next": "http://elsewhere.example/",
                "results": records[start : start + 2],
            }
            return self._send(200, orjson.dumps(page), "application/json")

        def _send(self, code, body, kind):
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{made.server_port}", seen
    made.shutdown()


def test_all_pages_are_asked_with_the_token_in_one_header(server, tmp_path, monkeypatch, caplog):
    caplog.set_level("DEBUG")
    address, seen = server
    monkeypatch.setenv("KOBO_TOKEN", TOKEN)
    with Client(upstream=address) as client:
        path = pull.kobo(client, "aFORM", tmp_path / "k" / "k.json")
    assert len(read(path)) == 3
    assert path.stat().st_mode & 0o777 == 0o600
    assert [a for _, a in seen] == [f"Token {TOKEN}"] * 2
    assert seen[0][0].startswith("/kf.kobotoolbox.org/api/v2/assets/aFORM/data/")
    assert all(TOKEN not in p for p, _ in seen) and TOKEN not in caplog.text


def test_odk_central_gives_the_zip_with_its_repeats(server, tmp_path, monkeypatch):
    address, seen = server
    monkeypatch.setenv("ODK_TOKEN", TOKEN)
    with Client(upstream=address) as client:
        path = pull.odk(client, "1", "gov", tmp_path / "g.zip", "https://odk.example")
    assert read(path).tool == "odk"
    assert seen[0] == (
        "/odk.example/v1/projects/1/forms/gov/submissions.csv.zip?attachments=false",
        f"Bearer {TOKEN}",
    )


def test_without_a_token_or_with_a_wrong_one_there_is_a_sentence(server, tmp_path, monkeypatch):
    address, _ = server
    monkeypatch.delenv("KOBO_TOKEN", raising=False)
    with Client(upstream=address) as client:
        with pytest.raises(SourceError, match="environment variable KOBO_TOKEN"):
            pull.kobo(client, "aFORM", tmp_path / "k.json")
        monkeypatch.setenv("KOBO_TOKEN", "wrong-one")
        with pytest.raises(SourceError) as refused:
            pull.kobo(client, "aFORM", tmp_path / "k.json")
        assert "wrong-one" not in str(refused.value)
