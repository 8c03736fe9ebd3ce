"""Feeds of what changed, and webhooks that tell of it."""

import base64
import hashlib
import hmac
import http.server
import json
import threading
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from released import first, second

from pipelines import webhooks
from warehouse.errors import WarehouseError
from warehouse.home import Home
from warehouse.publications import feeds

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
ATOM = f"{{{feeds.ATOM}}}"


@pytest.fixture(scope="module")
def two() -> tuple[Path, Path]:
    """Two releases: in the second a figure is revised and one is new."""
    return first(), second()


@pytest.fixture(scope="module")
def made(two, tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp("made") / "feeds"
    assert feeds.write(list(two), target) == 4
    return target


def test_only_what_changed_has_a_feed(made):
    names = sorted(p.relative_to(made).as_posix() for p in made.rglob("*.atom"))
    assert names == [
        "indicator/population.atom",
        "metro/es-barcelona.atom",
        "provider/oecd.atom",
        "release.atom",
    ]


def test_an_entry_says_what_changed_from_what_to_what(made):
    item = json.loads((made / "metro" / "es-barcelona.json").read_text())["items"][0]
    assert item["title"] == "Barcelona: figures 1 new, 1 revised"
    assert (
        "Population, Barcelona (oecd_fua:XX000), 2010: 1e+06 -> 999,999 PERSON (revised;"
        in item["content_text"]
    )
    assert item["_observatory"]["figures"] == {"new": 1, "revised": 1}


def test_atom_is_whole_and_says_the_same_as_json(made):
    for path in made.rglob("*.atom"):
        feed = ET.fromstring(path.read_bytes())
        for name in ("id", "title", "updated", "author", "link"):
            assert feed.find(ATOM + name) is not None, (path, name)
        entries = feed.findall(ATOM + "entry")
        items = json.loads(path.with_suffix(".json").read_text())["items"]
        assert [e.findtext(ATOM + "id") for e in entries] == [i["id"] for i in items]
        assert all(e.findtext(ATOM + "updated", "").endswith("Z") for e in entries)


def test_the_same_releases_give_the_same_bytes_and_nothing_new(two, made, tmp_path):
    feeds.write(list(two), tmp_path / "again")
    for path in made.rglob("*.*"):
        assert (tmp_path / "again" / path.relative_to(made)).read_bytes() == path.read_bytes()


def test_the_newest_release_comes_first_and_the_first_is_there(made):
    items = json.loads((made / "release.json").read_text())["items"]
    assert [i["_observatory"]["release"] for i in items] == ["2026.11.24.1", "2026.11.23.1"]


class Receiver(http.server.BaseHTTPRequestHandler):
    got: list[tuple[dict[str, str], bytes]] = []  # noqa: RUF012
    answers: list[int] = []  # noqa: RUF012

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
        self.send_response(self.answers.pop(0) if self.answers else 204)
        self.send_header("location", "http://127.0.0.1:1/")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """No words on stderr."""


@pytest.fixture
def receiver(monkeypatch):
    Receiver.got, Receiver.answers = [], []
    monkeypatch.setenv("OBSERVATORY_WEBHOOK_HOSTS", "127.0.0.1")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/hook?a=b"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def entry(two) -> feeds.Entry:
    return feeds.of_pair(*two)[0]


def listed(path: Path, text: str) -> list[webhooks.Subscriber]:
    path.write_text(text)
    return webhooks.subscribers(path)


def test_a_webhook_is_signed_as_the_standard_says(receiver, entry, tmp_path):
    (one,) = listed(tmp_path / "s.yaml", f"- {{url: '{receiver}', secret: {SECRET}}}")
    assert webhooks.deliver(one, entry, clock=lambda: 1_700_000_000) == ""
    headers, body = Receiver.got[0]
    signed = f"{headers['webhook-id']}.1700000000.".encode() + body
    expected = base64.b64encode(hmac.new(b"k" * 32, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-timestamp"] == "1700000000"
    said = json.loads(body)
    assert said["type"] == "release.changed"
    assert said["data"]["figures"] == {"new": 1, "revised": 1}


def test_the_signature_is_that_of_the_standards_own_example():
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    signed = webhooks.sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_tries_are_bounded_and_bear_one_identifier(receiver, entry, tmp_path):
    (one,) = listed(tmp_path / "s.yaml", f"- {{url: '{receiver}', secret: {SECRET}}}")
    Receiver.answers = [500, 503, 500, 500]
    rested: list[float] = []
    said = webhooks.deliver(one, entry, rest=rested.append)
    assert said == "127.0.0.1 was not told of release 2026.11.24.1: it answers 500."
    assert len(Receiver.got) == webhooks.TRIES
    assert rested == [2.0, 4.0]
    assert len({h["webhook-id"] for h, _ in Receiver.got}) == 1


def test_a_later_try_succeeds(receiver, entry, tmp_path):
    (one,) = listed(tmp_path / "s.yaml", f"- {{url: '{receiver}', secret: {SECRET}}}")
    Receiver.answers = [429]
    assert webhooks.deliver(one, entry, rest=lambda _: None) == ""
    assert len(Receiver.got) == 2


@pytest.mark.parametrize(("status", "told"), [(302, "redirect"), (404, "answers 404")])
def test_a_redirect_is_not_followed_and_a_refusal_not_repeated(
    receiver, entry, tmp_path, status, told
):
    (one,) = listed(tmp_path / "s.yaml", f"- {{url: '{receiver}', secret: {SECRET}}}")
    Receiver.answers = [status]
    assert told in webhooks.deliver(one, entry, rest=lambda _: None)
    assert len(Receiver.got) == 1


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://127.0.0.1/x", "inside a network"),
        ("https://10.1.2.3/x", "inside a network"),
        ("https://169.254.169.254/latest", "inside a network"),
        ("https://[::1]/x", "inside a network"),
        ("http://example.org/x", "must be https"),
        ("https://user:pass@example.org/x", "must be https"),
        ("file:///etc/passwd", "must be https"),
        ("nonsense", "must be https"),
    ],
)
def test_an_address_inside_a_network_or_without_tls_is_refused(entry, url, told, monkeypatch):
    monkeypatch.delenv("OBSERVATORY_WEBHOOK_HOSTS", raising=False)
    said = webhooks.deliver(webhooks.Subscriber(url, b"k" * 32), entry)
    assert told in said
    assert "pass" not in said


def test_each_release_is_told_once_and_only_to_those_it_concerns(receiver, two, tmp_path):
    home = Home(tmp_path / "home")
    known = listed(
        tmp_path / "s.yaml",
        f"- {{url: '{receiver}', secret: {SECRET}, metro: es-barcelona}}\n"
        f"- {{url: '{receiver}', secret: {SECRET}, metro: gr-athens}}\n",
    )
    entries = feeds.of_pair(*two)
    new = two[1].name
    assert len(webhooks.untold(home, new, known)) == 2
    assert webhooks.tell(home, new, entries, known) == [
        "127.0.0.1 was told of release 2026.11.24.1."
    ]
    assert webhooks.tell(home, new, entries, known) == []
    assert webhooks.untold(home, new, known) == []  # whom it does not concern counts as told
    assert len(Receiver.got) == 1
    kept = (home.root / "webhooks.json").read_text()
    assert "hook" not in kept
    assert SECRET not in kept


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [", "it is no YAML"),
        ("a: b", "write a list"),
        ("- url: https://x.org", "needs a url and a secret"),
        ("- {url: https://x.org, secret: short}", "24 bytes or more"),
        (f"- {{url: https://x.org, secret: {SECRET}, all: yes}}", "all is unknown"),
        (f"- {{url: https://x.org, secret: {SECRET}, metro: a, provider: b}}", "give one of"),
    ],
)
def test_a_wrong_file_of_subscribers_is_a_sentence(tmp_path, text, told):
    with pytest.raises(WarehouseError, match=told):
        listed(tmp_path / "s.yaml", text)
