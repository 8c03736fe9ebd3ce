"""Downloading over HTTP: the only user of `requests`.

One request to one file: only listed hosts (redirects too), TLS verified, with time-outs, a size
limit, and further tries where trying again can help. What went wrong is one of `sources.errors`.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import requests

from sources.errors import Gone, Invalid, Refused, Retriable
from sources.request import Request
from sources.snapshots import now, without_secrets

USER_AGENT = "World-Observatory-of-Metropolitan-Areas/0.1 (statistical data platform)"
LIMIT = 512 * 1024 * 1024
_CHUNK = 1 << 16
_REDIRECTS = (301, 302, 303, 307, 308)
_AGAIN = (408, 425, 429, 500, 502, 503, 504)
_LONGEST_PAUSE = 120.0


@dataclass(frozen=True)
class Answer:
    """What came back with the bytes. `url` is the last one, after redirects, without secrets."""

    url: str
    media_type: str
    retrieved_at: datetime
    etag: str = ""
    last_modified: str = ""


def session() -> requests.Session:
    """A session that says who asks; TLS certificates are verified."""
    made = requests.Session()
    made.headers["User-Agent"] = USER_AGENT
    return made


def download(
    request: Request,
    target: Path,
    *,
    hosts: tuple[str, ...],
    limit: int = LIMIT,
    timeout: tuple[float, float] = (10.0, 120.0),
    tries: int = 4,
    pause: Callable[[float], object] = time.sleep,
) -> Answer:
    """Write the body of the answer to `target`, decoded; `target` is there only when it is whole.

    `timeout` is (connect, read) in seconds, `limit` in bytes. Raises `Retriable` after `tries`
    tries, `Gone` for 404 and 410, `Refused` for a host that is not listed, a body above the limit,
    a failed certificate, 401, 403 and 413, `Invalid` for other refusals.
    """
    part = target.with_name(target.name + ".part")
    with session() as s:
        for n in range(1, tries + 1):
            try:
                answer = _once(s, request, part, hosts=hosts, limit=limit, timeout=timeout)
                part.replace(target)
                return answer
            except _Later as later:
                if n == tries:
                    raise Retriable(f"{later}; {tries} tries, try again later.") from None
                pause(_wait(n, later.after))
            finally:
                part.unlink(missing_ok=True)
    raise AssertionError("unreachable")


class _Later(Exception):
    """A failed try that another may mend; `after` is what Retry-After asks for, in seconds."""

    def __init__(self, sentence: str, after: float | None = None) -> None:
        super().__init__(sentence)
        self.after = after


def _once(
    s: requests.Session,
    request: Request,
    part: Path,
    *,
    hosts: tuple[str, ...],
    limit: int,
    timeout: tuple[float, float],
) -> Answer:
    where = without_secrets(request.url)
    try:
        with _follow(s, request, hosts, timeout) as response:
            _judge(response, where)
            _save(response, part, limit, where)
            return Answer(
                url=without_secrets(response.url),
                media_type=response.headers.get("Content-Type", "").partition(";")[0].strip(),
                retrieved_at=now(),
                etag=response.headers.get("ETag", ""),
                last_modified=response.headers.get("Last-Modified", ""),
            )
    except requests.exceptions.SSLError:
        raise Refused(
            f"{where}: the server's certificate is not valid; check the clock and the "
            "certificates of this machine."
        ) from None
    except requests.exceptions.ContentDecodingError:
        raise _Later(f"{where}: the compressed body is damaged") from None
    except requests.exceptions.ChunkedEncodingError:
        raise _Later(f"{where}: the body was cut short") from None
    except requests.exceptions.Timeout:
        raise _Later(f"{where}: the server did not answer in time") from None
    except requests.exceptions.ConnectionError:
        raise _Later(f"{where}: the server cannot be reached") from None
    except requests.exceptions.RequestException as error:
        raise Invalid(
            f"{where}: this request cannot be sent ({type(error).__name__}); check the address "
            "and the options of the dataset in catalog/providers."
        ) from None


def _follow(
    s: requests.Session, request: Request, hosts: tuple[str, ...], timeout: tuple[float, float]
) -> requests.Response:
    """Send, and follow redirects to listed hosts only, never from https to http."""
    url, form, params = request.url, request.form, request.params
    for _ in range(6):
        _allowed(url, hosts)
        response = s.request(
            "POST" if form else "GET",
            url,
            params=list(params) or None,
            data=list(form) or None,
            headers=request.headers,
            timeout=timeout,
            stream=True,
            allow_redirects=False,
        )
        if response.status_code not in _REDIRECTS or "Location" not in response.headers:
            return response
        new = urljoin(response.url, response.headers["Location"])
        response.close()
        if urlsplit(url).scheme == "https" and urlsplit(new).scheme != "https":
            raise Refused(
                f"{without_secrets(url)}: it redirects to an address without encryption; "
                "ask the provider for the new address."
            )
        if response.status_code in (301, 302, 303):
            form = ()
        url, params = new, ()
    raise Refused(
        f"{without_secrets(request.url)}: it redirects again and again; ask for the new address."
    )


def _allowed(url: str, hosts: tuple[str, ...]) -> None:
    host = urlsplit(url).hostname or ""
    if host not in hosts:
        raise Refused(
            f"{without_secrets(url)}: the host '{host}' is not one of this provider's "
            f"({', '.join(hosts)}); if it moved there, add it to HOSTS of its module in sources/."
        )


def _judge(response: requests.Response, where: str) -> None:
    code = response.status_code
    if code == 200:
        return
    if code in _AGAIN:
        raise _Later(f"{where}: the server says {code}", _after(response))
    if code in (404, 410):
        raise Gone(
            f"{where}: it is not there ({code}); look whether upstream renamed or closed it."
        )
    if code in (401, 403, 413):
        why = "it is too large to be served at once" if code == 413 else "access is refused"
        raise Refused(f"{where}: {why} ({code}); ask for less, or for rights.")
    raise Invalid(
        f"{where}: the server does not accept the request ({code}); check the options of the "
        "dataset in catalog/providers."
    )


def _save(response: requests.Response, part: Path, limit: int, where: str) -> None:
    declared = response.headers.get("Content-Length", "")
    size = int(declared) if declared.isdigit() else 0
    with part.open("wb") as out:
        if size <= limit:
            size = 0
            for chunk in response.iter_content(_CHUNK):
                size += len(chunk)
                if size > limit:
                    break
                out.write(chunk)
    if size > limit:
        raise Refused(
            f"{where}: the answer is larger than {limit} bytes; ask for less, or raise the limit."
        )


def _after(response: requests.Response) -> float | None:
    """Seconds that Retry-After asks for, given as a number or as a date."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isdigit():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def _wait(n: int, after: float | None) -> float:
    """Seconds before try `n + 1`: what the server asks, else 1, 2, 4 ... with jitter."""
    if after is not None:
        return min(after, _LONGEST_PAUSE)
    return min(2.0 ** (n - 1), _LONGEST_PAUSE) * random.uniform(0.5, 1.5)


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
