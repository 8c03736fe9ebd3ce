"""Firefox and WebKit, each driven by the standard protocol that it speaks itself.

Playwright drives its own builds of both, which are not Debian's. Firefox answers WebDriver BiDi
(https://www.w3.org/TR/webdriver-bidi/) on a socket; WebKitGTK brings a WebDriver server
(https://www.w3.org/TR/webdriver2/) and draws on a screen, here Xvfb's. A proxy on loopback stands
before both: what they ask beside the atlas is refused there, and written down.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socketserver
import subprocess
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Protocol

import pytest
import requests

MINIBROWSER = "/usr/lib/*/webkit2gtk-4*/MiniBrowser"
WAIT = 120  # seconds: a machine may be slow, which is no fault


class Engine(Protocol):
    """A browser with one page."""

    def go(self, url: str) -> None:
        """Open a page, until it is loaded."""

    def run(self, script: str) -> Any:
        """The value of the body of an asynchronous function, as JSON carries it."""


@contextmanager
def strangers() -> Generator[tuple[int, list[str]]]:
    """The port of a proxy that refuses everything, and what it was asked."""
    asked: list[str] = []

    class Refusal(BaseHTTPRequestHandler):
        def refuse(self) -> None:
            asked.append(self.path)
            self.send_error(403)

        do_GET = do_POST = do_CONNECT = do_HEAD = refuse

        def log_message(self, format: str, *args: object) -> None:
            pass

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Refusal) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], asked
        server.shutdown()


def line(process: subprocess.Popen[str], pattern: str) -> str:
    """The first group of the first line of the error output that matches."""
    for said in process.stderr or ():
        if match := re.search(pattern, said):
            threading.Thread(target=lambda: list(process.stderr or ()), daemon=True).start()
            return match.group(1)
    pytest.fail(f"{process.args} ended before it said {pattern}")


@contextmanager
def ended(process: subprocess.Popen[str]) -> Generator[subprocess.Popen[str]]:
    """The process, ended with the block."""
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


class Bidi:
    """Firefox by WebDriver BiDi."""

    def __init__(self, socket: Any) -> None:
        self.socket, self.sent = socket, 0
        self.ask("session.new", capabilities={})
        self.context = self.ask("browsingContext.getTree")["contexts"][0]["context"]

    def ask(self, method: str, **params: Any) -> Any:
        self.sent += 1
        self.socket.send(json.dumps({"id": self.sent, "method": method, "params": params}))
        while True:
            said = json.loads(self.socket.recv(timeout=WAIT))
            if said.get("id") == self.sent:
                assert said["type"] == "success", said
                return said["result"]

    def go(self, url: str) -> None:
        self.ask("browsingContext.navigate", context=self.context, url=url, wait="complete")

    def run(self, script: str) -> Any:
        said = self.ask(
            "script.evaluate",
            expression=f"(async () => {{ {script} }})().then((v) => JSON.stringify(v ?? null))",
            target={"context": self.context},
            awaitPromise=True,
        )
        assert said["type"] == "success", said
        return json.loads(said["result"]["value"])


class Driver:
    """WebKitGTK by its WebDriver server."""

    def __init__(self, address: str, binary: str, proxy: int) -> None:
        self.address = address
        self.session = self.ask(
            "/session",
            capabilities={
                "alwaysMatch": {
                    "webkitgtk:browserOptions": {"binary": binary, "args": ["--automation"]},
                    "proxy": {
                        "proxyType": "manual",
                        "httpProxy": f"127.0.0.1:{proxy}",
                        "sslProxy": f"127.0.0.1:{proxy}",
                        "noProxy": ["127.0.0.1"],
                    },
                    "timeouts": {"script": 1000 * WAIT, "pageLoad": 1000 * WAIT},
                }
            },
        )["sessionId"]

    def ask(self, path: str, **body: Any) -> Any:
        answer = requests.post(f"{self.address}{path}", json=body, timeout=2 * WAIT)
        assert answer.ok, answer.text
        return answer.json()["value"]

    def go(self, url: str) -> None:
        self.ask(f"/session/{self.session}/url", url=url)

    def run(self, script: str) -> Any:
        whole = (
            "const done = arguments[arguments.length - 1];"
            f"(async () => {{ {script} }})().then((v) => done(JSON.stringify([v ?? null])),"
            " (e) => done(JSON.stringify({ error: String(e) })));"
        )
        said = json.loads(self.ask(f"/session/{self.session}/execute/async", script=whole, args=[]))
        assert isinstance(said, list), said
        return said[0]

    def close(self) -> None:
        requests.delete(f"{self.address}/session/{self.session}", timeout=WAIT)


@contextmanager
def firefox(folder: Path, proxy: int) -> Generator[Engine]:
    """Debian's Firefox without a screen, with a profile of its own."""
    from websockets.sync.client import connect

    binary = shutil.which("firefox-esr") or shutil.which("firefox")
    if not binary:
        pytest.fail("Firefox is not installed: apt-get install firefox-esr, then run this again.")
    settings = {
        "network.proxy.type": 1,
        "network.proxy.http": "127.0.0.1",
        "network.proxy.http_port": proxy,
        "network.proxy.ssl": "127.0.0.1",
        "network.proxy.ssl_port": proxy,
        "network.proxy.allow_hijacking_localhost": False,
    }
    (folder / "user.js").write_text(
        "".join(f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in settings.items())
    )
    command = [binary, "--headless", "--remote-debugging-port=0", "--profile", str(folder)]
    started = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env={**os.environ, "HOME": str(folder)}
    )
    with (
        ended(started),
        connect(line(started, r"BiDi listening on (ws://\S+)") + "/session", max_size=None) as to,
    ):
        yield Bidi(to)


@contextmanager
def webkit(folder: Path, proxy: int) -> Generator[Engine]:
    """WebKitGTK's own small browser on a screen that nobody sees."""
    driver, screen = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
    found = sorted(str(p) for p in Path("/").glob(MINIBROWSER.lstrip("/")))
    if not (driver and screen and found):
        pytest.fail(
            "WebKit is not installed: apt-get install webkit2gtk-driver xvfb, then run this again."
        )
    shown = subprocess.Popen(
        [screen, "-displayfd", "2", "-screen", "0", "1280x900x24", "-nolisten", "tcp"],
        stderr=subprocess.PIPE,
        text=True,
    )
    with ended(shown):
        display = line(shown, r"^(\d+)$")
        port = free()
        server = subprocess.Popen(
            [driver, "--host=127.0.0.1", f"--port={port}"],
            env={**os.environ, "DISPLAY": f":{display}", "HOME": str(folder), "LC_ALL": "C.UTF-8"},
            text=True,
        )
        with ended(server):
            address = f"http://127.0.0.1:{port}"
            answers(address + "/status", server)
            page = Driver(address, found[-1], proxy)
            try:
                yield page
            finally:
                page.close()


def free() -> int:
    """A port that nobody uses."""
    with socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as held:
        return held.server_address[1]


def answers(address: str, server: subprocess.Popen[str]) -> None:
    """Wait until the server of an address answers."""
    until = time.monotonic() + WAIT
    while time.monotonic() < until and server.poll() is None:
        try:
            requests.get(address, timeout=WAIT)
            return
        except requests.ConnectionError:
            time.sleep(0.1)
    pytest.fail(f"{server.args} does not answer at {address}")
