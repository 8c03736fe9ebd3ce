"""Against a real server on this machine: what a provider's server may do, and what we make of it."""

from __future__ import annotations

import gzip
import logging
import threading
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from local import Handler, Local, serving

from catalog.models.model import RequestLimits
from sources.errors import Gone, Invalid, Refused, Retriable
from sources.formats import text
from sources.transport import http
from sources.transport.manners import Host
from sources.transport.request import Request, Validators

HOSTS = ("a.example", "b.example")
URL = "https://a.example/data"
BODY = b"geo,value\n" + b"ES,1\n" * 40_000
TOKEN = "s3cr3t-planted"


@pytest.fixture
def server() -> Iterator[Local]:
    with serving() as made:
        yield made


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def client(server: Local, pauses: list[float]) -> Iterator[http.Client]:
    with http.Client(upstream=server.base, pause=pauses.append, timeout=(2, 0.5)) as made:
        yield made


def test_an_answer_is_written_whole_with_what_it_says_of_itself(server, client, tmp_path) -> None:
    server.answers["/a.example/data"] = lambda h: h.say(
        200, BODY, Content_Type="text/csv; charset=utf-8", ETag='"e1"', Last_Modified="yesterday"
    )
    asked = Request(URL, "d.csv", params=(("geo", "ES"), ("geo", "FR")))
    answer = client.download(asked, tmp_path / "d", hosts=HOSTS)
    assert (tmp_path / "d").read_bytes() == BODY
    assert (answer.url, answer.media_type) == (URL + "?geo=ES&geo=FR", "text/csv")
    assert (answer.etag, answer.last_modified, answer.not_modified) == ('"e1"', "yesterday", False)
    assert server.paths() == ["/a.example/data?geo=ES&geo=FR"]
    assert "+https://" in server.seen[0].headers["user-agent"]
    assert [p.name for p in tmp_path.iterdir()] == ["d"]


def test_a_form_is_posted(server, client, tmp_path) -> None:
    server.answers["/a.example/data"] = b"x"
    client.download(Request(URL, "d", form=(("s", "A"), ("s", "B"))), tmp_path / "d", hosts=HOSTS)
    assert server.seen[0].body == b"s=A&s=B"


def test_nothing_is_sent_when_nothing_changed(server, client, tmp_path) -> None:
    server.answers["/a.example/data"] = lambda h: h.say(304)
    known = Validators('"e1"', "yesterday")
    answer = client.download(Request(URL, "d"), tmp_path / "d", hosts=HOSTS, if_changed=known)
    assert answer.not_modified
    assert server.seen[0].headers["if-none-match"] == '"e1"'
    assert server.seen[0].headers["if-modified-since"] == "yesterday"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "bare deflate"])
def test_compression_on_the_wire_is_taken_off(encoding, server, client, tmp_path) -> None:
    bare = zlib.compressobj(wbits=-15)
    packed = {
        "gzip": gzip.compress(BODY[:100]) + gzip.compress(BODY[100:]),
        "deflate": zlib.compress(BODY),
        "bare deflate": bare.compress(BODY) + bare.flush(),
    }[encoding]
    said = encoding.removeprefix("bare ")
    server.answers["/a.example/data"] = lambda h: h.say(200, packed, Content_Encoding=said)
    assert client.text(Request(URL, "d"), hosts=HOSTS) == BODY


def test_a_bomb_and_an_encoding_nobody_asked_for_are_refused(
    server, client, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(text, "FREE", 1 << 20)
    bomb = gzip.compress(b"\0" * (4 << 20))
    server.answers["/a.example/data"] = lambda h: h.say(200, bomb, Content_Encoding="gzip")
    with pytest.raises(Refused, match="unpacks to more than 200 times its size"):
        client.download(Request(URL, "d"), tmp_path / "d", hosts=HOSTS)
    with pytest.raises(Refused, match=r"unpacks to more than 1000 bytes|larger than 1000"):
        client.download(Request(URL, "d"), tmp_path / "d", hosts=HOSTS, limit=1000)
    server.answers["/a.example/data"] = lambda h: h.say(200, b"xx", Content_Encoding="br")
    with pytest.raises(Invalid, match="packed as 'br', which was not asked for"):
        client.download(Request(URL, "d"), tmp_path / "d", hosts=HOSTS)
    assert not list(tmp_path.iterdir())


def cut_once(h: Handler) -> None:
    """Half of it; asked for the rest, the rest."""
    said = {"ETag": '"e1"', "Content_Type": "text/csv"}
    wanted = h.asked.headers.get("range", "")
    if not wanted:
        h.say(200, BODY[: len(BODY) // 2], Content_Length=str(len(BODY)), **said)
        h.close_connection = True
        return
    begin = int(wanted.removeprefix("bytes=").rstrip("-"))
    place = f"bytes {begin}-{len(BODY) - 1}/{len(BODY)}"
    h.say(206, BODY[begin:], Content_Range=place, **said)


def test_a_body_that_broke_off_is_gone_on_with(server, client, tmp_path) -> None:
    server.answers["/a.example/data"] = cut_once
    client.download(Request(URL, "d"), tmp_path / "d", hosts=HOSTS)
    assert (tmp_path / "d").read_bytes() == BODY
    again = server.seen[1].headers
    assert (again["range"], again["if-range"]) == (f"bytes={len(BODY) // 2}-", '"e1"')


def test_a_server_that_ignores_the_range_is_read_from_the_start(server, client, tmp_path) -> None:
    def whole_at_last(h: Handler) -> None:
        first = len(server.seen) == 1
        body = BODY[:70_000] if first else BODY
        h.say(200, body, ETag='"e1"', Content_Length=str(len(BODY)))
        h.close_connection = first

    server.answers["/a.example/data"] = whole_at_last
    client.download(Request(URL, "d"), tmp_path / "d", hosts=HOSTS)
    assert (tmp_path / "d").read_bytes() == BODY


def test_a_body_cut_short_for_ever_is_never_kept(server, client, tmp_path) -> None:
    def cut(h: Handler) -> None:
        h.say(200, b"only this", Content_Length="1000")
        h.close_connection = True

    server.answers["/a.example/data"] = cut
    with pytest.raises(Retriable, match=r"the body was cut short.*; 4 tries, try again later"):
        client.download(Request(URL, "d"), tmp_path / "d", hosts=HOSTS)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("code", [408, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again_with_jitter(code, server, client, pauses, tmp_path) -> None:
    server.answers["/a.example/data"] = lambda h: h.say(code, b"busy")
    with pytest.raises(Retriable, match=f"the server says {code}; 4 tries") as error:
        client.download(Request(URL, "d"), tmp_path / "d", hosts=HOSTS)
    assert (error.value.status, error.value.said) == (code, b"busy")
    assert len(server.seen) == 4
    assert all(0 <= p <= 2**n for n, p in enumerate(pauses)) and len(pauses) == 3


@pytest.mark.parametrize(
    ("code", "kind"), [(404, Gone), (410, Gone), (401, Refused), (413, Refused), (400, Invalid)]
)
def test_what_will_not_pass_is_asked_once(code, kind, server, client, tmp_path) -> None:
    server.answers["/a.example/data"] = lambda h: h.say(code, b"why")
    with pytest.raises(kind, match=f"{URL}.*{code}") as error:
        client.download(Request(URL, "d"), tmp_path / "d", hosts=HOSTS)
    assert (error.value.said, len(server.seen)) == (b"why", 1)


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_the_server_is_given_the_time_it_asks_for(form, server, client, pauses, tmp_path) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    after = "30" if form == "seconds" else later
    server.answers["/a.example/data"] = lambda h: (
        h.say(429, Retry_After=after) if len(server.seen) == 1 else h.say(200, b"at last")
    )
    assert client.text(Request(URL, "d"), hosts=HOSTS) == b"at last"
    assert 25 < sum(pauses) <= 30


def test_a_host_that_wants_an_hour_is_asked_no_more_in_this_refresh(server, client) -> None:
    server.answers["/a.example/data"] = lambda h: h.say(503, Retry_After="3600")
    with pytest.raises(Retriable, match="1 try, it asks to wait 3600 s"):
        client.text(Request(URL, "d"), hosts=HOSTS)
    with pytest.raises(Retriable, match=r"the host asked to wait 3600 s more|3599 s more"):
        client.text(Request("https://a.example/other", "d"), hosts=HOSTS)
    assert len(server.seen) == 1


def test_slow_servers_do_not_hold_us(server, tmp_path) -> None:
    server.answers["/a.example/data"] = lambda h: threading.Event().wait(0.3)

    sent: list[int] = []

    def drops(h: Handler) -> None:
        h.send_response(200)
        h.send_header("Content-Length", "1000")
        h.end_headers()
        for _ in range(200):
            h.wfile.write(b"x")
            sent.append(1)
            time.sleep(0.05)

    server.answers["/a.example/drops"] = drops
    with http.Client(upstream=server.base, tries=1, deadline=0.2, timeout=(1, 0.1)) as quick:
        with pytest.raises(Retriable, match="did not answer in time"):
            quick.text(Request(URL, "d"), hosts=HOSTS)
        with pytest.raises(Retriable, match="the body did not come in time"):
            quick.text(Request("https://a.example/drops", "d"), hosts=HOSTS)
        assert len(sent) < 100  # given up long before the end, which takes 10 s


def test_a_web_page_is_no_data_whatever_it_calls_itself(server, client, tmp_path) -> None:
    page = b"<!DOCTYPE html><title>Log in</title>"
    server.answers["/a.example/data"] = lambda h: h.say(200, page, Content_Type="text/csv")
    with pytest.raises(Invalid, match=r"a web page, not data \(its title: 'Log in'\)"):
        client.download(Request(URL, "d.csv"), tmp_path / "d.csv", hosts=HOSTS)
    server.answers["/a.example/data"] = lambda h: h.say(200, b"a,b\n", Content_Type="text/html")
    assert client.text(Request(URL, "d.csv"), hosts=HOSTS) == b"a,b\n"


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("https://evil.example/data", "the host 'evil.example' is not one of this provider's"),
        ("http://a.example/data", "not encrypted"),
        ("https://a.example/data", "redirects again and again"),
    ],
)
def test_redirects_that_are_not_followed(to, why, server, client, tmp_path) -> None:
    server.answers["/a.example/data"] = lambda h: h.say(302, Location=to)
    with pytest.raises(Refused, match=why):
        client.download(Request(URL, "d"), tmp_path / "d", hosts=HOSTS)
    assert {s.path for s in server.seen} == {"/a.example/data"}


def test_no_credential_crosses_hosts_or_is_told(server, client, tmp_path, caplog) -> None:
    server.answers["/a.example/data"] = lambda h: h.say(302, Location="https://b.example/moved")
    server.answers["/b.example/moved"] = lambda h: h.say(404, b"gone")
    asked = Request(
        f"{URL}?token={TOKEN}",
        "d",
        params=(("api_key", TOKEN),),
        headers={"Authorization": f"Bearer {TOKEN}", "X-Key": TOKEN, "Accept": "text/csv"},
    )
    with caplog.at_level(logging.DEBUG), pytest.raises(Gone) as error:
        client.download(asked, tmp_path / "d", hosts=HOSTS)
    assert TOKEN not in str(error.value) + caplog.text
    there = server.seen[1]
    assert TOKEN not in there.path + str(there.headers)
    assert there.headers["accept"] == "text/csv"
    server.answers["/b.example/moved"] = b"x"
    answer = client.download(asked, tmp_path / "d", hosts=HOSTS)
    assert TOKEN not in repr(answer)


def test_only_this_machine_can_stand_for_the_upstreams() -> None:
    for other in ("http://192.0.2.1:80", "https://127.0.0.1", "http://example.org"):
        with pytest.raises(Refused, match="only a server of this machine"):
            http.Client(upstream=other)


def test_certificates_are_verified_and_passwords_of_the_machine_stay_here() -> None:
    with http.session() as s:
        assert s.verify is True
        prepared = s.prepare_request(http.requests.Request("GET", "https://a.example/"))
        assert "Authorization" not in prepared.headers


def test_a_host_is_asked_evenly() -> None:
    waited: list[float] = []
    host = Host(RequestLimits(concurrent=2, per_second=50), waited.append, clock=lambda: 100.0)
    for _ in range(4):
        with host.turn("x"):
            pass
    assert waited == pytest.approx([0.02, 0.04, 0.06])  # the first begins at once


def test_a_host_is_asked_by_few_at_once() -> None:
    now, most, lock = 0, 0, threading.Lock()
    host = Host(RequestLimits(concurrent=2, per_second=50), spaced=False)
    both = threading.Barrier(2)

    def visit(_: int) -> None:
        nonlocal now, most
        with host.turn("x"):
            with lock:
                now += 1
                most = max(most, now)
            both.wait(60)  # so that two are inside at once
            with lock:
                now -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(visit, range(8)))
    assert most == 2


def test_a_table_of_contents_is_asked_for_once(server, client) -> None:
    server.answers["/a.example/data"] = b"toc"
    with ThreadPoolExecutor(4) as pool:
        found = list(
            pool.map(lambda _: client.remembered(Request(URL, "t"), hosts=HOSTS), range(8))
        )
    assert (set(found), len(server.seen)) == ({b"toc"}, 1)
