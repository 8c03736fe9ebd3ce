"""Answers asked of a survey server: the API v2 of KoboToolbox, ODK Central.

The token comes from the environment (KOBO_TOKEN, ODK_TOKEN), goes into one header and nowhere else.
API: support.kobotoolbox.org/api.html; docs.getodk.org/central-api-submission-management.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote, urlsplit

import orjson

from sources.errors import Invalid, Refused
from sources.transport.http import Client
from sources.transport.request import Request
from warehouse.surveys.exports.hostile import MAX_FILE

KOBO = "https://kf.kobotoolbox.org"
PAGE = 1000
_TOKENS = {"kobo": "KOBO_TOKEN", "odk": "ODK_TOKEN"}


def kobo(client: Client, form: str, target: Path, server: str = KOBO) -> Path:
    """All responses of a form (its uid), page by page, as one JSON file at `target`.

    Raises `Refused` without a token or with one that the server does not take, `Invalid` for an
    answer that is no page of responses or pages that do not add up.
    """
    headers = {"Authorization": f"Token {_token('kobo')}", "Accept": "application/json"}
    records: list[dict] = []
    while True:
        request = Request(
            f"{server.rstrip('/')}/api/v2/assets/{quote(form, safe='')}/data/",
            "page.json",
            params=(("format", "json"), ("limit", str(PAGE)), ("start", str(len(records)))),
            headers=headers,
        )
        page = _page(client.text(request, hosts=_hosts(server), limit=MAX_FILE), form)
        records += page["results"]
        if not page["results"] or len(records) >= page["count"]:
            break
    if len(records) != page["count"]:
        raise Invalid(
            f"Form {form}: the server counts {page['count']} responses and serves {len(records)}: they "
            "changed meanwhile, pull again."
        )
    _private(target, orjson.dumps({"count": len(records), "results": records}))
    return target


def odk(client: Client, project: str, form: str, target: Path, server: str) -> Path:
    """The zip of all responses of a form with its repeats, without attachments, at `target`."""
    address = (
        f"{server.rstrip('/')}/v1/projects/{quote(project, safe='')}/forms/"
        f"{quote(form, safe='')}/submissions.csv.zip"
    )
    request = Request(
        address,
        target.name,
        params=(("attachments", "false"),),
        headers={"Authorization": f"Bearer {_token('odk')}"},
    )
    _private(target, b"")
    client.download(request, target, hosts=_hosts(server), limit=MAX_FILE)
    target.chmod(0o600)
    return target


def _page(raw: bytes, form: str) -> dict:
    try:
        page = orjson.loads(raw)
    except orjson.JSONDecodeError:
        page = None
    if not isinstance(page, dict) or not isinstance(page.get("results"), list):
        raise Invalid(
            f"Form {form}: the server's answer is no page of responses: check its address."
        )
    if not isinstance(page.get("count"), int):
        raise Invalid(f"Form {form}: the server does not say how many responses there are.")
    return page


def _token(tool: str) -> str:
    name = _TOKENS[tool]
    token = os.environ.get(name, "").strip()
    if not token or not token.isprintable():
        raise Refused(f"There is no token: put it into the environment variable {name}.")
    return token


def _hosts(server: str) -> tuple[str, ...]:
    host = urlsplit(server).hostname
    if not host:
        raise Refused(f"'{server}' is no address of a server: give it as https://HOST.")
    return (host.lower(),)


def _private(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
