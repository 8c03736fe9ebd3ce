"""One server on this machine that plays every upstream, under `/HOST/PATH`.

`Upstreams().start()` gives it; `OBSERVATORY_UPSTREAM=<url>` (or `Client(upstream=url)`) sends the
live code to it. What each host answers is in its own module here, and each behaviour there
names the place where it was read. Misbehaviour is switched per dataset in `world.faults`.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Asked:
    """One request as it came in; `query` and `form` keep repeated keys and their order."""

    method: str
    host: str
    path: str
    query: Pairs = ()
    form: Pairs = ()
    headers: dict[str, str] = field(default_factory=dict)

    def all(self, name: str) -> list[str]:
        """The values of a key, in query or form."""
        return [v for k, v in (*self.query, *self.form) if k == name]

    def one(self, name: str, default: str = "") -> str:
        """The first value of a key."""
        return next(iter(self.all(name)), default)


@dataclass(frozen=True)
class Reply:
    """What is answered. `about` is upstream's own name of the dataset whose figures these are;
    empty for catalogues, structures and messages, which no fault touches."""

    body: bytes = b""
    status: int = 200
    media: str = "text/plain"
    headers: dict[str, str] = field(default_factory=dict)
    about: str = ""


@dataclass
class Fault:
    """One misbehaviour of one dataset; `times` 0 is for ever, else so many answers.

    `bend` makes another reply of the right one; `wire` says how it goes over the wire: `whole`,
    `silent` (never answers), `reset` (half, then the connection is torn down), `short` (half of
    what Content-Length says), `claims` (Content-Length says 8 GB).
    """

    name: str
    bend: Callable[[Reply, Asked], Reply] = lambda reply, asked: reply
    wire: str = "whole"
    times: int = 0


@dataclass
class World:
    """What upstreams hold. A test changes it while the server runs.

    bodies: upstream's name of a dataset to what is served in the place of the usual.
    editions: upstream's name to how often it was published anew; every change signal follows it.
    faults: upstream's name to what is wrong with it. asked: every request, in order.
    """

    bodies: dict[str, bytes] = field(default_factory=dict)
    editions: dict[str, int] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    memory: dict[str, Any] = field(default_factory=dict)

    def edition(self, name: str) -> int:
        """How often this dataset was published anew."""
        return self.editions.get(name, 0)

    def publish(self, name: str, body: bytes | None = None) -> None:
        """A new edition, with other bytes where some are given."""
        self.editions[name] = self.edition(name) + 1
        if body is not None:
            self.bodies[name] = body

    def downloads(self) -> list[Asked]:
        """The requests that were answered with figures."""
        return [a for a in self.asked if a in self.memory.setdefault("data", [])]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        served = self.server
        assert isinstance(served, Upstreams)
        parts = urlsplit(self.path)
        host, _, path = unquote(parts.path).lstrip("/").partition("/")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        asked = Asked(
            self.command,
            host,
            "/" + path,
            tuple(parse_qsl(parts.query, keep_blank_values=True)),
            tuple(parse_qsl(body, keep_blank_values=True)),
            {k.lower(): v for k, v in self.headers.items()},
        )
        try:
            reply, wire = served.reply(asked)
            self._send(reply, wire)
        except OSError:  # the client has gone
            self.close_connection = True

    def _send(self, reply: Reply, wire: str) -> None:
        if wire == "silent":
            served = self.server
            assert isinstance(served, Upstreams)
            served.released.wait(10)
            self.close_connection = True
            return
        said = 8 << 30 if wire == "claims" else len(reply.body)
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", reply.media)
        self.send_header("Content-Length", str(said))
        self.end_headers()
        if wire == "whole":
            self.wfile.write(reply.body)
            return
        self.wfile.write(reply.body[: len(reply.body) // 2])
        self.wfile.flush()
        self.close_connection = True
        if wire == "reset":
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()


class Upstreams(ThreadingHTTPServer):
    """The server; `url` is what OBSERVATORY_UPSTREAM takes."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, world: World | None = None) -> None:
        from tests.upstreams import hosts

        super().__init__(("127.0.0.1", 0), _Handler)
        self.world = world or World()
        self.released = threading.Event()
        self._lock = threading.Lock()
        self._hosts = hosts.ANSWERS

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}"

    def start(self) -> Upstreams:
        """Serve in the background."""
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def server_close(self) -> None:
        """Answer no more; those who wait are let go."""
        self.released.set()
        self.shutdown()
        super().server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves early is what some faults are about; nothing to print."""

    def reply(self, asked: Asked) -> tuple[Reply, str]:
        """What this request is answered with, and how it goes over the wire."""
        with self._lock:
            self.world.asked.append(asked)
            answer = self._hosts.get(asked.host)
            if answer is None:
                return Reply(b"nobody lives here", 404), "whole"
            reply = answer(asked, self.world)
            if not reply.about:
                return reply, "whole"
            self.world.memory.setdefault("data", []).append(asked)
            fault = self.world.faults.get(reply.about)
            if fault is None:
                return reply, "whole"
            if fault.times:
                fault = replace(fault)
                self.world.faults[reply.about].times -= 1
                if not self.world.faults[reply.about].times:
                    del self.world.faults[reply.about]
            return fault.bend(reply, asked), fault.wire
