"""What changed, told to those who asked for it: signed webhooks after the Standard Webhooks.

https://www.standardwebhooks.com. Who is told is in the YAML file that `$OBSERVATORY_SUBSCRIBERS`
names: a list of `url`, `secret` (`whsec_` and base64) and, where not all is wanted, `metro`,
`indicator` or `provider`. What was delivered is kept, so the same release is told once. Only https,
no redirect, and no address inside a network unless `$OBSERVATORY_WEBHOOK_HOSTS` names the host.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import http.client
import ipaddress
import json
import os
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from warehouse import store
from warehouse.errors import WarehouseError
from warehouse.home import Home
from warehouse.publications import feeds, place
from warehouse.publications.feeds import Entry

TRIES, WAIT, SECONDS = 3, 2.0, 10.0
FIELDS = {"url", "secret", "metro", "indicator", "provider"}


@dataclass(frozen=True)
class Subscriber:
    """Who is told of what; the secret is never shown."""

    url: str
    secret: bytes
    subject: str = "release"
    code: str = ""

    @property
    def host(self) -> str:
        """All of the address that a message may show."""
        return urlsplit(self.url).hostname or "an address without host"

    @property
    def key(self) -> str:
        """How a delivery to this subscriber is remembered, without its address or secret."""
        said = f"{self.url} {self.subject} {self.code}"
        return hashlib.sha256(said.encode()).hexdigest()[:16]


def subscribers(path: Path) -> list[Subscriber]:
    """Read the file of subscribers; raises `WarehouseError` with the entry and how to mend it."""
    import yaml

    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    except (OSError, yaml.YAMLError) as error:
        reason = getattr(error, "strerror", None) or "it is no YAML"
        raise WarehouseError(f"{path}: the subscribers cannot be read ({reason}).") from None
    if not isinstance(given, list):
        raise WarehouseError(f"{path}: write a list of subscribers, each with url and secret.")
    return [_subscriber(path, n, entry) for n, entry in enumerate(given, 1)]


def _subscriber(path: Path, n: int, entry: Any) -> Subscriber:
    where = f"{path}, entry {n}"
    if not isinstance(entry, dict) or not {"url", "secret"} <= set(entry):
        raise WarehouseError(f"{where}: it needs a url and a secret.")
    if unknown := set(entry) - FIELDS:
        raise WarehouseError(
            f"{where}: {', '.join(map(str, unknown))} is unknown; use {', '.join(sorted(FIELDS))}."
        )
    try:
        text = str(entry["secret"]).removeprefix("whsec_")
        secret = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) < 24:
        raise WarehouseError(f"{where}: the secret is not whsec_ and base64 of 24 bytes or more.")
    narrowed = [(k, str(entry[k])) for k in ("metro", "indicator", "provider") if entry.get(k)]
    if len(narrowed) > 1:
        raise WarehouseError(f"{where}: give one of metro, indicator or provider.")
    return Subscriber(str(entry["url"]), secret, *(narrowed[0] if narrowed else ()))


def tell_of_current(home: Home) -> list[str]:
    """Tell the subscribers in `$OBSERVATORY_SUBSCRIBERS` of the current release; as `tell`.

    Raises `WarehouseError` where there is no release, no such file, or the file is wrong.
    """
    named = os.environ.get("OBSERVATORY_SUBSCRIBERS", "")
    if not named:
        raise WarehouseError("Set OBSERVATORY_SUBSCRIBERS to the file of those who are told.")
    listed = place.kept(home)
    if not listed:
        raise WarehouseError("There is no release yet; run `observatory build` first.")
    entries = feeds.of_pair(*listed[-2:]) if len(listed) > 1 else []
    return tell(home, listed[-1].name, entries, subscribers(Path(named)))


def tell(
    home: Home, release: str, entries: Iterable[Entry], listed: Iterable[Subscriber]
) -> list[str]:
    """Deliver each subscriber's entry of a release once; sentences about what was delivered or not.

    What could not be delivered is tried again the next time. Whom the release does not concern counts
    as told.
    """
    done = _done(home)
    by = {(e.subject, e.code): e for e in entries}
    said = []
    for subscriber in untold(home, release, listed):
        entry = by.get((subscriber.subject, subscriber.code))
        if entry and (problem := deliver(subscriber, entry)):
            said.append(problem)
            continue
        done[subscriber.key] = release
        store.write_atomic(_path(home), json.dumps(done, indent=1, sort_keys=True).encode())
        said += [f"{subscriber.host} was told of release {release}."] if entry else []
    return said


def untold(home: Home, release: str, listed: Iterable[Subscriber]) -> list[Subscriber]:
    """Those that were not told of a release yet."""
    done = _done(home)
    return [s for s in listed if done.get(s.key) != release]


def _path(home: Home) -> Path:
    return home.root / "webhooks.json"


def _done(home: Home) -> dict[str, str]:
    """Subscriber to the release that it was told of last."""
    return json.loads(_path(home).read_text("utf-8")) if _path(home).is_file() else {}


def deliver(
    subscriber: Subscriber,
    entry: Entry,
    *,
    clock: Callable[[], float] = time.time,
    rest: Callable[[float], None] = time.sleep,
) -> str:
    """Post one entry, `TRIES` times at most; an empty text, or why it was not delivered."""
    body = json.dumps(
        {
            "type": f"{entry.subject}.changed",
            "timestamp": f"{entry.date}T00:00:00Z",
            "data": {
                "release": entry.release,
                "subject": entry.subject,
                "code": entry.code,
                "title": entry.title,
                "text": entry.text,
                "figures": entry.counts,
            },
        },
        ensure_ascii=False,
    ).encode()
    name = (
        f"msg_{entry.id.rpartition(':')[2]}"  # the same for each try: the receiver drops a second
    )
    why = ""
    for n in range(TRIES):
        if n:
            rest(WAIT * 2 ** (n - 1))
        at = int(clock())
        headers = {
            "content-type": "application/json",
            "user-agent": "world-observatory",
            "webhook-id": name,
            "webhook-timestamp": str(at),
            "webhook-signature": sign(subscriber.secret, name, at, body),
        }
        try:
            status = _post(subscriber.url, body, headers)
        except WarehouseError as error:  # no other try would mend it
            return str(error)
        except (OSError, http.client.HTTPException) as error:
            why = f"it cannot be reached ({type(error).__name__})"
            continue
        if 200 <= status < 300:
            return ""
        if 300 <= status < 400:
            return f"{subscriber.host} was not told: it answers with a redirect, which is not followed; give the final address."
        why = f"it answers {status}"
        if status == 410 or (400 <= status < 500 and status not in (408, 429)):
            break
    return f"{subscriber.host} was not told of release {entry.release}: {why}."


def sign(secret: bytes, name: str, at: int, body: bytes) -> str:
    """The header `webhook-signature`: v1, HMAC-SHA256 over identifier, time and body."""
    signed = f"{name}.{at}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()


def _post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """The status of one POST. The address that was checked is the one that is connected to."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    known = host in os.environ.get("OBSERVATORY_WEBHOOK_HOSTS", "").replace(",", " ").split()
    if (
        not host
        or parts.username
        or not (parts.scheme == "https" or (known and parts.scheme == "http"))
    ):
        raise WarehouseError(
            f"{host or 'A subscriber'} was not told: its address must be https://host/path."
        )
    port = port or (443 if parts.scheme == "https" else 80)
    address = _address(host, port, known)
    connection = http.client.HTTPConnection(host, port, timeout=SECONDS)
    connection.sock = socket.create_connection((address, port), timeout=SECONDS)
    try:
        if parts.scheme == "https":
            safe = ssl.create_default_context()
            connection.sock = safe.wrap_socket(connection.sock, server_hostname=host)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def _address(host: str, port: int, known: bool) -> str:
    """The first address of a host; raises where one of them is inside a network."""
    found = [str(i[4][0]) for i in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    inside = [a for a in found if not ipaddress.ip_address(a.partition("%")[0]).is_global]
    if inside and not known:
        raise WarehouseError(
            f"{host} was not told: it is an address inside a network. If it is meant, name the host "
            "in OBSERVATORY_WEBHOOK_HOSTS."
        )
    return found[0]
