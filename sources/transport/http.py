"""Downloading over HTTP: with `wire`, the only user of `requests`.

One `Client` serves a whole refresh. It says who asks, asks listed hosts only (redirects too) and
over verified TLS, keeps each host's limits, tries again where trying again can help, goes on where
a body broke off, and refuses what is larger than it may be. What went wrong is one of
`sources.errors`; no error, log line or answer holds a credential.
"""

from __future__ import annotations

import logging
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import requests
import tenacity
from requests.adapters import HTTPAdapter

from catalog.models.model import RequestLimits
from sources.errors import Invalid, Refused, Retriable, SourceError
from sources.store.snapshots import now, without_secrets
from sources.transport import wire
from sources.transport.manners import LONGEST_PAUSE, Host
from sources.transport.request import Answer, Request, Validators
from sources.transport.wire import Later, Part

__all__ = ["Answer", "Client", "Request", "Validators", "post_json"]

CONTACT = "https://www.metropolis.org"
USER_AGENT = f"World-Observatory-of-Metropolitan-Areas/0.1 (+{CONTACT})"
LIMIT = 1 << 30
SMALL = 5 << 20
TRIES = 4
DEADLINE = 1800.0
_REDIRECTS = (301, 302, 303, 307, 308)
_HOPS = 6
# What may go along to another host of the same provider; anything else could be a credential.
_HARMLESS = ("accept", "accept-language", "accept-encoding", "range", "if-range")


class Client:
    """Asks upstreams, for as long as one refresh lasts; safe to use from many threads.

    limits: host to how often it may be asked; a host without any is asked as `Limits()` says.
    upstream: `http://127.0.0.1:PORT` stands for all hosts: `https://HOST/PATH` is then asked of
    `http://127.0.0.1:PORT/HOST/PATH`, without spacing requests, and everything else stays as it is
    (loopback only, else `Refused`). pause: how to wait, in seconds.
    """

    def __init__(
        self,
        *,
        limits: Mapping[str, RequestLimits] | None = None,
        upstream: str | None = None,
        pause: Callable[[float], None] = time.sleep,
        timeout: tuple[float, float] = (10.0, 120.0),
        deadline: float = DEADLINE,
        tries: int | None = None,
    ) -> None:
        self.pause = pause
        self._timeout, self._deadline, self._tries = timeout, deadline, tries or TRIES
        self._upstream = _loopback(upstream) if upstream else ""
        stated = dict(limits or {})
        self._lock = threading.Lock()
        self._hosts: dict[str, Host] = {}
        self._limits = lambda host: stated.get(host, RequestLimits())
        self._alone: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._known: dict[str, bytes | SourceError] = {}
        self._session = session(trust_environment=not self._upstream)
        # It writes whole addresses, with what they hold, at the level of debugging.
        logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)

    def __enter__(self) -> Client:
        """For `with`: connections are closed at its end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self._session.close()

    def download(
        self,
        request: Request,
        target: Path,
        *,
        hosts: tuple[str, ...],
        limit: int = LIMIT,
        if_changed: Validators | None = None,
    ) -> Answer:
        """Write the body of the answer to `target`, decoded; it is there only when it is whole.

        `limit` in bytes, on the wire and unpacked. With `if_changed` the answer may be that
        nothing changed (`not_modified`), and no file is written. Raises `Retriable` after four
        tries or the deadline, `Gone` for 404 and 410, `Refused` for a host that is not listed, a
        body above the limit, a failed certificate, 401, 403 and 413, `Invalid` for a web page and
        for other refusals.
        """
        part = Part(target.with_name(target.name + ".part"))
        until = time.monotonic() + self._deadline

        def once() -> Answer:
            return self._once(request, part, target, hosts, limit, if_changed, until)

        again = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_worth_it),
            stop=tenacity.stop_after_attempt(self._tries)
            | tenacity.stop_after_delay(self._deadline),
            wait=_wait,
            sleep=self.pause,
            reraise=True,
        )
        try:
            return again(once)
        except Later as later:
            n = again.statistics["attempt_number"]
            tried = f"{n} {'try' if n == 1 else 'tries'}"
            error = Retriable(f"{later}; {tried}, {_when(later)}.")
            error.status, error.said = later.status, later.said
            raise error from None
        finally:
            part.drop()

    def text(self, request: Request, *, hosts: tuple[str, ...], limit: int = SMALL) -> bytes:
        """The body of a small answer: a status page, a table of contents, a code list."""
        with tempfile.TemporaryDirectory(prefix="observatory-") as folder:
            file = Path(folder) / Path(request.filename).name
            self.download(request, file, hosts=hosts, limit=limit)
            return file.read_bytes()

    def remembered(self, request: Request, *, hosts: tuple[str, ...], limit: int = SMALL) -> bytes:
        """As `text`, asked once in the life of this client, whoever wants it, failure included."""
        key = repr(request)
        with self.alone(key):
            if key not in self._known:
                try:
                    self._known[key] = self.text(request, hosts=hosts, limit=limit)
                except SourceError as error:
                    self._known[key] = error
        found = self._known[key]
        if isinstance(found, SourceError):
            raise found
        return found

    @contextmanager
    def alone(self, name: str) -> Generator[None]:
        """Nobody else does what is called `name` meanwhile, such as Eurostat's extractions."""
        with self._lock:
            lock = self._alone[name]
        with lock:
            yield

    def _once(
        self,
        request: Request,
        part: Part,
        target: Path,
        hosts: tuple[str, ...],
        limit: int,
        if_changed: Validators | None,
        until: float,
    ) -> Answer:
        where = without_secrets(request.url)
        headers = {} if request.form else part.resume()
        if not headers:
            part.drop()
            headers = _conditions(if_changed)
        try:
            with self._follow(request, headers, hosts) as (response, url):
                if response.status_code == 416:
                    part.drop()
                    raise Later(f"{where}: the server has no such part")
                wire.judge(response, where)
                answer = _answer(response, url)
                if answer.not_modified:
                    if not if_changed:
                        raise Invalid(f"{where}: the server says 304 to a question without terms.")
                    return answer
                wire.save(response, part, limit, until, where)
        except requests.exceptions.SSLError:
            raise Refused(
                f"{where}: the server's certificate is not valid; check the clock and the "
                "certificates of this machine."
            ) from None
        except requests.exceptions.Timeout:
            raise Later(f"{where}: the server did not answer in time") from None
        except requests.exceptions.ConnectionError:
            raise Later(f"{where}: the server cannot be reached") from None
        except requests.exceptions.RequestException as error:
            raise Invalid(
                f"{where}: this request cannot be sent ({type(error).__name__}); check the "
                "address and the options of the dataset in catalog/providers."
            ) from None
        wire.unpack(part.path, target, answer.encoding, limit, where)
        return answer

    @contextmanager
    def _follow(
        self, request: Request, headers: dict[str, str], hosts: tuple[str, ...]
    ) -> Generator[tuple[requests.Response, str]]:
        """Send, and follow redirects to listed hosts only, always over https."""
        url, form, params = request.url, request.form, request.params
        sent = request.headers | headers
        for _ in range(_HOPS):
            host = _allowed(url, hosts)
            with self._host(host).turn(where=without_secrets(url)):
                response = self._session.request(
                    "POST" if form else "GET",
                    self._address(url),
                    params=list(params) or None,
                    data=list(form) or None,
                    headers=sent,
                    timeout=self._timeout,
                    stream=True,
                    allow_redirects=False,
                )
                with response:
                    if response.status_code not in _REDIRECTS or "Location" not in response.headers:
                        yield response, url
                        return
                    new = urljoin(url, response.headers["Location"])
            if response.status_code in (301, 302, 303):
                form = ()
            if _name(new) != host:
                if form:
                    raise Refused(
                        f"{without_secrets(url)}: it sends what was posted on to another host; "
                        "ask the provider for the new address."
                    )
                sent = {k: v for k, v in sent.items() if k.lower() in _HARMLESS}
            url, params = new, ()
        raise Refused(
            f"{without_secrets(request.url)}: it redirects again and again; ask for the new address."
        )

    def _address(self, url: str) -> str:
        return f"{self._upstream}/{url.partition('://')[2]}" if self._upstream else url

    def _host(self, name: str) -> Host:
        with self._lock:
            if name not in self._hosts:
                spaced = not self._upstream
                self._hosts[name] = Host(self._limits(name), self.pause, spaced=spaced)
            return self._hosts[name]


def session(*, trust_environment: bool = True) -> requests.Session:
    """A session that says who asks; TLS certificates are verified, no cookie is kept.

    Of the environment only proxies and certificates count: never a password from `.netrc`.
    """
    made = requests.Session()
    made.trust_env = trust_environment
    made.auth = _nobody
    made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    made.headers["User-Agent"] = USER_AGENT
    made.headers["Accept-Encoding"] = "gzip, deflate"
    made.mount("https://", HTTPAdapter(pool_maxsize=32))
    made.mount("http://", HTTPAdapter(pool_maxsize=32))
    return made


def post_json(url: str, payload: object, timeout: tuple[float, float] = (5.0, 15.0)) -> None:
    """Send JSON to an address that an operator gave; no redirect is followed, one try.

    The address may hold a secret: no error shows more of it than its host. Raises `SourceError`.
    """
    host = urlsplit(url).hostname or "the address"
    if urlsplit(url).scheme not in ("http", "https"):
        raise Refused(f"{host}: only http and https addresses are posted to.")
    try:
        with session() as sending:
            answer = sending.post(url, json=payload, timeout=timeout, allow_redirects=False)
    except requests.RequestException as error:
        raise Retriable(f"{host} could not be reached ({type(error).__name__}).") from None
    if not answer.ok or answer.status_code in _REDIRECTS:
        raise Refused(f"{host} answered {answer.status_code}: check the address of the webhook.")


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _loopback(upstream: str) -> str:
    parts = urlsplit(upstream)
    host = parts.hostname or ""
    try:
        local = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        local = False
    if parts.scheme != "http" or not local:
        raise Refused(
            f"OBSERVATORY_UPSTREAM is {without_secrets(upstream)}: only a server of this machine "
            "(http://127.0.0.1:PORT) can stand for the real ones."
        )
    return upstream.rstrip("/")


def _name(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def _allowed(url: str, hosts: tuple[str, ...]) -> str:
    """The host of an address that may be asked."""
    host, where = _name(url), without_secrets(url)
    if not url.lower().startswith("https://"):
        raise Refused(
            f"{where}: this address is not encrypted (https); ask the provider for the new one."
        )
    if host not in hosts:
        raise Refused(
            f"{where}: the host '{host}' is not one of this provider's "
            f"({', '.join(hosts)}); if it moved there, add it to HOSTS of its module in sources/."
        )
    return host


def _conditions(if_changed: Validators | None) -> dict[str, str]:
    if not if_changed:
        return {}
    stated = {"If-None-Match": if_changed.etag, "If-Modified-Since": if_changed.last_modified}
    return {k: v for k, v in stated.items() if v}


def _answer(response: requests.Response, url: str) -> Answer:
    head = response.headers
    query = urlsplit(response.url).query
    return Answer(
        status=response.status_code,
        url=without_secrets(url if "?" in url or not query else f"{url}?{query}"),
        media_type=head.get("Content-Type", "").partition(";")[0].strip(),
        retrieved_at=now(),
        etag=head.get("ETag", ""),
        last_modified=head.get("Last-Modified", ""),
        not_modified=response.status_code == 304,
        encoding=head.get("Content-Encoding", "").strip().lower(),
    )


_backoff = tenacity.wait_random_exponential(multiplier=1, max=LONGEST_PAUSE)


def _wait(state: tenacity.RetryCallState) -> float:
    """Full jitter below 1, 2, 4 ... seconds, unless the server said how long to wait."""
    error = state.outcome.exception() if state.outcome else None
    # What the server asks for, its host's queue waits for.
    asked = isinstance(error, Later) and error.after is not None
    return 0.0 if asked else _backoff(state)


def _worth_it(error: BaseException) -> bool:
    """A server that asks for a longer rest than we can wait is asked at the next refresh."""
    return isinstance(error, Later) and (error.after or 0.0) <= LONGEST_PAUSE


def _when(later: Later) -> str:
    if (later.after or 0) > LONGEST_PAUSE:
        return f"it asks to wait {later.after:.0f} s, refresh again after that"
    return "try again later"
