"""Tell of each trouble once, and once when it is over: by webhook and by e-mail; and metrics.

What is a trouble is said by `pipelines.status` alone. What was told is kept in `alerts.json`, so that
the command, the daemon and a restart never tell it twice.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipelines import lease, status
from warehouse.home import Home

FORMS = ("json", "slack", "mattermost", "teams", "discord")
SUBJECT = "World Observatory of Metropolitan Areas"


@dataclass
class Deliveries:
    """What was told to whom, in sentences, and what could not be."""

    sent: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def tell(home: Home) -> Deliveries:
    """Tell of troubles that are new or over since the last time; write the metrics.

    Where nobody could be told, the same is tried again the next time.
    """
    from pipelines import metrics

    found = status.health(home)
    metrics.write(home, found)
    told = Deliveries()
    form = os.environ.get("OBSERVATORY_WEBHOOK_FORM", "").strip().lower() or "json"
    if form not in FORMS:
        told.problems = [f"OBSERVATORY_WEBHOOK_FORM is '{form}'; use one of {', '.join(FORMS)}."]
        form = "json"
    path = home.root / "alerts.json"
    home.root.mkdir(parents=True, exist_ok=True)
    state, now = status.WORDS[found.code], {t.key: t.sentence for t in found.troubles}
    channels: dict[str, Callable[[list[str], dict, dict], str | None]] = {
        "webhook": lambda lines, new, over: post(payload(form, state, lines, new=new, over=over)),
        "mail": lambda lines, new, over: mail(state, lines),
    }
    with lease.alone(path.with_name(".alerts.lock")):
        known = _read(path)
        for name, send in channels.items():
            before = known.get(name, {})
            new = {k: s for k, s in now.items() if k not in before}
            over = {k: s for k, s in before.items() if k not in now}
            lines = [*new.values(), *(f"Over: {s}" for s in over.values())]
            if not lines:
                continue
            if problem := send(lines, new, over):
                told.problems.append(problem)
                continue
            known[name] = now
            told.sent += [line for line in lines if line not in told.sent]
        part = path.with_name("alerts.json.part")
        part.write_text(json.dumps(known, indent=1, ensure_ascii=False), encoding="utf-8")
        part.replace(path)
    return told


def seen(home: Home) -> str:
    """A text that changes when anything did that may be a trouble, or an hour has passed."""
    files = [status.path(home), home.asked, home.catalog_error, home.candidate]
    moments = [f.stat().st_mtime_ns if f.exists() else 0 for f in files]
    current = home.releases / "current"
    name = current.resolve().name if current.exists() else ""
    return json.dumps([*moments, name, f"{datetime.now(UTC):%Y-%m-%dT%H}"])


def payload(form: str, state: str, lines: Sequence[str], **more: Any) -> dict[str, Any]:
    """The message in the form that a chat tool accepts; `json` has everything, for a program."""
    text = "\n".join([f"{SUBJECT}: {state}.", *lines])
    match form:
        case "slack" | "mattermost":
            return {"text": text}
        case "discord":
            return {"content": text[:2000]}
        case "teams":
            blocks = [
                {"type": "TextBlock", "text": line, "wrap": True} for line in text.splitlines()
            ]
            card = {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "body": blocks,
            }
            kind = "application/vnd.microsoft.card.adaptive"
            return {"type": "message", "attachments": [{"contentType": kind, "content": card}]}
        case _:
            at = datetime.now(UTC).isoformat(timespec="seconds")
            return {"text": text, "state": state, "at": at, **more}


def post(message: dict[str, Any]) -> str | None:
    """Post JSON to OBSERVATORY_WEBHOOK where it is set; answers with a sentence if that failed.

    The address may hold a secret: no text ever shows more of it than its host.
    """
    url = os.environ.get("OBSERVATORY_WEBHOOK", "").strip()
    if not url:
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        parts, host = None, None
    if parts is None or parts.scheme not in ("http", "https") or not host:
        return "OBSERVATORY_WEBHOOK is not an http or https address; nobody was told."
    from sources.errors import SourceError
    from sources.transport.http import post_json

    try:
        post_json(url, message)
    except SourceError as error:
        return f"The webhook was not told: {error}"
    except Exception as error:  # telling of a failure must never be one
        return f"The webhook at {host} was not told ({type(error).__name__})."
    return None


def mail(state: str, lines: Sequence[str]) -> str | None:
    """Send an e-mail where OBSERVATORY_SMTP is set; answers with a sentence if that failed.

    `smtps://user:password@host:465` is TLS from the first byte; `smtp://...:587` must offer STARTTLS.
    The certificate is verified; nothing is ever sent, nor a password said, without TLS.
    """
    url = os.environ.get("OBSERVATORY_SMTP", "").strip()
    if not url:
        return None
    to = [a.strip() for a in os.environ.get("OBSERVATORY_MAIL_TO", "").split(",") if a.strip()]
    sender = os.environ.get("OBSERVATORY_MAIL_FROM", "").strip() or (to[0] if to else "")
    if not to:
        return "OBSERVATORY_MAIL_TO is not set: nobody was told by e-mail."
    import smtplib
    import ssl
    from email.message import EmailMessage
    from urllib.parse import unquote

    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme not in ("smtp", "smtps"):
        return "OBSERVATORY_SMTP is not an smtp or smtps address; nobody was told by e-mail."
    message = EmailMessage()
    message["Subject"] = f"{SUBJECT}: {state}"
    message["From"], message["To"] = sender, ", ".join(to)
    message.set_content("\n".join(lines) + "\n")
    context = ssl.create_default_context(cafile=os.environ.get("OBSERVATORY_SMTP_CA") or None)
    try:
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port or 465, timeout=30, context=context)
        else:
            server = smtplib.SMTP(host, port or 587, timeout=30)
        with server:
            if parts.scheme == "smtp":
                server.starttls(context=context)
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        return f"The mail server {host} did not take the e-mail ({type(error).__name__}: {error})."
    return None


def _read(path: Path) -> dict[str, dict[str, str]]:
    """What each channel was told last: key to sentence."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return {}
