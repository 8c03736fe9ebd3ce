"""A real server on this machine for tests: what it answers, a test puts into a dictionary."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class Local(ThreadingHTTPServer):
    """`answers`: `/HOST/PATH` to the body, or to a function that answers by itself."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, bytes | Callable[[_Handler], None]] = {}
        self.seen: list[Seen] = []
        self.base = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves early is what some tests do; nothing to print."""

    def paths(self) -> list[str]:
        return [s.path for s in self.seen]


@dataclass
class Seen:
    """One request: its path with query, its headers in lower case, its body."""

    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked: Seen

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        assert isinstance(self.server, Local)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.asked = Seen(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
        self.server.seen.append(self.asked)
        answer = self.server.answers.get(urlsplit(self.path).path)
        try:
            if answer is None:
                self.say(404, b"no such thing")
            elif callable(answer):
                answer(self)
            else:
                self.say(200, answer)
        except OSError:  # the client has gone
            self.close_connection = True

    def say(self, code: int, body: bytes = b"", **headers: str) -> None:
        """Answer whole; `Content_Type` stands for the header Content-Type."""
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


Handler = _Handler


@contextmanager
def serving() -> Generator[Local]:
    """A server that answers while the block runs."""
    made = Local()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield made
    finally:
        made.shutdown()
        made.server_close()
        thread.join()
