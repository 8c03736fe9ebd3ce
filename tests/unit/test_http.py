"""Against a real server on this machine: what a provider's server may do, and what we make of it."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from sources import http
from sources.errors import Gone, Invalid, Refused, Retriable
from sources.request import Request

HOSTS = ("127.0.0.1",)


def _in_half_a_minute() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)


def seen(handler: BaseHTTPRequestHandler) -> list[str]:
    """What the server of this handler has been asked."""
    assert isinstance(handler.server, Server)
    return handler.server.seen


class Upstream(BaseHTTPRequestHandler):
    """Answers by path; `/<number>` answers with that status."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        seen(self).append(body.decode())
        self.say(200, b"posted")

    def do_GET(self) -> None:
        seen(self).append(self.path)
        name = urlsplit(self.path).path.strip("/")
        if name.endswith("-once") and len(seen(self)) > 1:
            self.say(200, b"at last")
            return
        try:
            getattr(self, "get_" + name.replace("-", "_"), self.other)()
        except OSError:  # the client has gone
            self.close_connection = True

    def get_data(self) -> None:
        self.say(200, b"a,b\n1,2\n", Content_Type="text/csv; charset=utf-8", ETag='"e1"')

    def get_agent(self) -> None:
        self.say(200, self.headers["User-Agent"].encode())

    def get_gzip(self) -> None:
        self.say(200, gzip.compress(b"a,b\n"), Content_Encoding="gzip")

    def get_busy_once(self) -> None:
        self.say(429, b"slow down", Retry_After="7")

    def get_busy_date_once(self) -> None:
        self.say(503, b"", Retry_After=_in_half_a_minute())

    def get_cut(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"only this")
        self.close_connection = True

    get_cut_once = get_cut

    def get_slow(self) -> None:
        threading.Event().wait(0.5)
        self.say(200, b"late")

    def get_endless(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for _ in range(1000):
            self.wfile.write(b"400\r\n" + b"x" * 1024 + b"\r\n")

    def get_moved(self) -> None:
        self.say(302, b"", Location="/data?from=moved")

    def get_elsewhere(self) -> None:
        self.say(302, b"", Location="http://localhost:1/data")

    def get_round(self) -> None:
        self.say(302, b"", Location="/round")

    def other(self) -> None:
        self.say(int(self.path.strip("/")), b"<html>an error page</html>")

    def say(self, code: int, body: bytes, **headers: str) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves early is what some tests do; nothing to print."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Upstream)
        self.seen: list[str] = []
        self.base = f"http://127.0.0.1:{self.server_address[1]}"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    made = Server()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


def get(server: Server, path: str, target: Path, **options: object) -> tuple[bytes, list[float]]:
    pauses: list[float] = []
    request = Request(server.base + path, "x.csv")
    kept: dict = {"hosts": HOSTS, "pause": pauses.append, "timeout": (2, 5)} | options
    http.download(request, target, **kept)
    return target.read_bytes(), pauses


def test_an_answer_is_written_whole_with_what_it_says_of_itself(
    server: Server, tmp_path: Path
) -> None:
    request = Request(server.base + "/data", "d.csv", params=(("geo", "ES"), ("geo", "FR")))
    answer = http.download(request, tmp_path / "d", hosts=HOSTS)
    assert (tmp_path / "d").read_bytes() == b"a,b\n1,2\n"
    assert answer.media_type == "text/csv"
    assert answer.etag == '"e1"'
    assert parse_qsl(urlsplit(server.seen[0]).query) == [("geo", "ES"), ("geo", "FR")]
    assert not list(tmp_path.glob("*.part"))


def test_we_say_who_asks(server: Server, tmp_path: Path) -> None:
    assert b"World-Observatory-of-Metropolitan-Areas" in get(server, "/agent", tmp_path / "d")[0]


def test_a_form_is_posted(server: Server, tmp_path: Path) -> None:
    request = Request(server.base + "/x", "d.xlsx", form=(("seriesCodes", "A"), ("areaCodes", "1")))
    http.download(request, tmp_path / "d", hosts=HOSTS)
    assert server.seen == ["seriesCodes=A&areaCodes=1"]


def test_compression_on_the_wire_is_taken_off(server: Server, tmp_path: Path) -> None:
    assert get(server, "/gzip", tmp_path / "d")[0] == b"a,b\n"


def test_the_server_is_given_the_time_it_asks_for(server: Server, tmp_path: Path) -> None:
    assert get(server, "/busy-once", tmp_path / "d") == (b"at last", [7.0])
    server.seen.clear()
    body, pauses = get(server, "/busy-date-once", tmp_path / "d")
    assert body == b"at last"
    assert 25 < pauses[0] <= 30


@pytest.mark.parametrize("code", [408, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again_with_growing_pauses(
    code: int, server: Server, tmp_path: Path
) -> None:
    pauses: list[float] = []
    with pytest.raises(Retriable, match=f"the server says {code}; 4 tries, try again later"):
        get(server, f"/{code}", tmp_path / "d", pause=pauses.append)
    assert len(server.seen) == 4
    assert [0.5 * 2**n <= p <= 1.5 * 2**n for n, p in enumerate(pauses)] == [True] * 3
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("code", "kind"), [(404, Gone), (410, Gone), (401, Refused), (403, Refused), (400, Invalid)]
)
def test_what_will_not_pass_is_asked_once(
    code: int, kind: type[Exception], server: Server, tmp_path: Path
) -> None:
    with pytest.raises(kind, match=f"{server.base}/{code}.*{code}"):
        get(server, f"/{code}", tmp_path / "d")
    assert len(server.seen) == 1
    assert not list(tmp_path.iterdir())


def test_a_body_cut_short_is_never_kept(server: Server, tmp_path: Path) -> None:
    assert get(server, "/cut-once", tmp_path / "d")[0] == b"at last"
    (tmp_path / "d").unlink()
    with pytest.raises(Retriable, match="the body was cut short"):
        get(server, "/cut", tmp_path / "d")
    assert not list(tmp_path.iterdir())


def test_a_server_that_does_not_answer_in_time(server: Server, tmp_path: Path) -> None:
    with pytest.raises(Retriable, match="did not answer in time"):
        get(server, "/slow", tmp_path / "d", timeout=(1, 0.05), tries=2)
    assert len(server.seen) == 2


def test_nobody_listens(server: Server, tmp_path: Path) -> None:
    free = Server()
    free.server_close()
    with pytest.raises(Retriable, match="cannot be reached"):
        get(free, "/data", tmp_path / "d")


@pytest.mark.parametrize("path", ["/data", "/endless"])
def test_a_body_above_the_limit_is_refused(path: str, server: Server, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="larger than 7 bytes"):
        get(server, path, tmp_path / "d", limit=7)
    assert not list(tmp_path.iterdir())


def test_redirects_go_to_listed_hosts_only(server: Server, tmp_path: Path) -> None:
    assert get(server, "/moved", tmp_path / "d")[0] == b"a,b\n1,2\n"
    with pytest.raises(Refused, match="the host 'localhost' is not one of this provider's"):
        get(server, "/elsewhere", tmp_path / "d")
    with pytest.raises(Refused, match="redirects again and again"):
        get(server, "/round", tmp_path / "d")
    before = len(server.seen)
    with pytest.raises(Refused, match="add it to HOSTS"):
        get(server, "/data", tmp_path / "d", hosts=("ec.europa.eu",))
    assert len(server.seen) == before


def test_an_address_that_cannot_be_asked(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="this request cannot be sent"):
        http.download(Request("ftp://127.0.0.1/x", "x"), tmp_path / "d", hosts=HOSTS)


def test_certificates_are_verified() -> None:
    with http.session() as s:
        assert s.verify is True
