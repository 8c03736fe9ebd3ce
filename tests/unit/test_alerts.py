"""Alerts and metrics: one for each trouble, one when it is over, by HTTP and by SMTP with TLS."""

from __future__ import annotations

import datetime
import json
import os
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import standins
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from pipelines import alerts, metrics, status
from warehouse.home import Home


@pytest.fixture
def home(tmp_path, monkeypatch) -> Home:
    for name in ("WEBHOOK", "WEBHOOK_FORM", "SMTP", "SMTP_CA", "MAIL_TO", "MAIL_FROM"):
        monkeypatch.delenv(f"OBSERVATORY_{name}", raising=False)
    home = Home(tmp_path / "home")
    standins._publish(home)
    status.record(home, "build", "done", ["3 tables were built anew."])
    return home


@pytest.fixture
def webhook(monkeypatch) -> Iterator[list[dict]]:
    told: list[dict] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("OBSERVATORY_WEBHOOK", f"http://127.0.0.1:{server.server_port}/secret")
    yield told
    server.shutdown()
    server.server_close()


@dataclass
class Mailbox:
    """A mail server that keeps what it is sent, and says how it was sent."""

    messages: list[str] = field(default_factory=list)
    tls: list[bool] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session, envelope) -> str:
        self.messages.append(envelope.content.decode())
        assert server.transport is not None
        self.tls.append(server.transport.get_extra_info("ssl_object") is not None)
        return "250 OK"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 by itself, and its key."""
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("certificate")
    public, private = folder / "public.pem", folder / "private.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return public, private


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@pytest.fixture(params=["smtp", "smtps"])
def mailbox(request, certificate, monkeypatch) -> Iterator[Mailbox]:
    box = Mailbox()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    given: dict = {
        "authenticator": lambda *args: AuthResult(
            success=args[4].login == b"night" and args[4].password == b"p@ss"
        ),
        "auth_required": True,
    }
    if request.param == "smtp":
        given |= {"tls_context": context, "require_starttls": True}
    else:
        given |= {"ssl_context": context, "auth_require_tls": False}
    server = Controller(box, hostname="127.0.0.1", port=free_port(), **given)
    server.start()
    port = server.port
    monkeypatch.setenv("OBSERVATORY_SMTP", f"{request.param}://night:p%40ss@127.0.0.1:{port}")
    monkeypatch.setenv("OBSERVATORY_SMTP_CA", str(certificate[0]))
    monkeypatch.setenv("OBSERVATORY_MAIL_TO", "desk@example.org, other@example.org")
    yield box
    server.stop()


def fail(home: Home, sentence: str = "fetch/eurostat: no answer.") -> None:
    status.record(home, "refresh_eurostat", "failed", [sentence])


def test_each_trouble_is_told_once_and_its_end_once(home, webhook):
    assert alerts.tell(home).sent == []
    fail(home)
    assert len(alerts.tell(home).sent) == 1
    assert alerts.tell(home).sent == []
    fail(home)  # the next night fails in the same way
    assert alerts.tell(home).sent == []
    status.record(home, "refresh_eurostat", "done", ["4 new."])
    alerts.tell(home)
    assert alerts.tell(home).sent == []
    assert [t["text"].partition("\n")[2][:24] for t in webhook] == [
        "refresh_eurostat failed ",
        "Over: refresh_eurostat f",
    ]
    assert webhook[0]["state"] == "failed" and webhook[1]["state"] == "healthy"
    assert list(webhook[0]["new"]) == ["failed:refresh_eurostat"]


def test_who_could_not_be_told_is_told_the_next_time(home, webhook, monkeypatch):
    url = os.environ["OBSERVATORY_WEBHOOK"]
    fail(home)
    monkeypatch.setenv("OBSERVATORY_WEBHOOK", "http://127.0.0.1:9/secret")
    told = alerts.tell(home)
    assert told.problems and "secret" not in told.problems[0]
    monkeypatch.setenv("OBSERVATORY_WEBHOOK", url)
    assert len(alerts.tell(home).sent) == 1
    assert len(webhook) == 1


def test_an_e_mail_is_sent_over_tls_and_once(home, mailbox):
    fail(home, "fetch/eurostat: no s'ha pogut llegir.")
    told = alerts.tell(home)
    assert told.problems == []
    alerts.tell(home)
    assert mailbox.tls == [True]
    (message,) = mailbox.messages
    assert "Subject: World Observatory of Metropolitan Areas: failed" in message
    assert "desk@example.org, other@example.org" in message
    assert "no s'ha pogut llegir" in message


def test_a_certificate_that_is_not_trusted_gets_no_password(home, mailbox, monkeypatch):
    monkeypatch.delenv("OBSERVATORY_SMTP_CA")
    fail(home)
    (problem,) = alerts.tell(home).problems
    assert "did not take the e-mail" in problem and "p@ss" not in problem
    assert mailbox.messages == []


def test_without_starttls_nothing_is_sent(home, monkeypatch):
    box = Mailbox()
    server = Controller(box, hostname="127.0.0.1", port=free_port())
    server.start()
    port = server.port
    monkeypatch.setenv("OBSERVATORY_SMTP", f"smtp://127.0.0.1:{port}")
    monkeypatch.setenv("OBSERVATORY_MAIL_TO", "desk@example.org")
    fail(home)
    try:
        assert "STARTTLS" in alerts.tell(home).problems[0]
    finally:
        server.stop()
    assert box.messages == []


@pytest.mark.parametrize(
    ("form", "keys"),
    [
        ("slack", {"text"}),
        ("mattermost", {"text"}),
        ("discord", {"content"}),
        ("teams", {"type", "attachments"}),
        ("json", {"text", "state", "at", "new", "over"}),
    ],
)
def test_a_webhook_speaks_as_the_chat_tool_expects(home, webhook, monkeypatch, form, keys):
    monkeypatch.setenv("OBSERVATORY_WEBHOOK_FORM", form)
    fail(home)
    alerts.tell(home)
    assert set(webhook[0]) == keys
    assert "no answer" in json.dumps(webhook[0])


def test_an_unknown_form_is_a_sentence_and_is_told_all_the_same(home, webhook, monkeypatch):
    monkeypatch.setenv("OBSERVATORY_WEBHOOK_FORM", "pigeon")
    fail(home)
    assert "use one of" in alerts.tell(home).problems[0]
    assert len(webhook) == 1


def test_metrics_say_what_is_known_and_leave_out_what_is_not(home):
    text = metrics.text(home, status.health(home))
    assert "observatory_state 0" in text
    assert 'observatory_figures{source="alpha"} 1' in text
    assert "observatory_last_success_timestamp_seconds" in text
    assert "source_answered" not in text  # no upstream was ever asked
    status.record(home, "build", "done", [], stages={"history": 1.25})
    fail(home)
    alerts.tell(home)
    written = (home.root / "metrics.prom").read_text()
    assert "observatory_state 2" in written and "observatory_troubles 1" in written
    assert 'observatory_stage_seconds{stage="history"} 1.25' in written
    for line in written.splitlines():
        assert line.startswith("# ") or len(line.rsplit(" ", 1)) == 2
