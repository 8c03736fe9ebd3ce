"""When each upstream was asked last, and when it last answered: one small file of the home.

Only a refresh that asks upstreams writes it, so that an offline build never makes an upstream that
is silent look well.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sources.refresh.fetch import Report


@dataclass(frozen=True)
class Asked:
    """The last time a dataset was asked for: when, in which run, and what came.

    `answered` is the last time upstream answered at all, also where what it sent is held; empty where
    it never did. `failure` says why it did not the last time; empty where it did. Times are ISO 8601
    in UTC.
    """

    asked: str
    run: str
    answered: str = ""
    failure: str = ""


def read(path: Path) -> dict[str, Asked]:
    """What is known, by `provider/dataset`; empty where no upstream was ever asked."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {name: Asked(**said) for name, said in found.items()}
    except (FileNotFoundError, ValueError, TypeError, AttributeError):
        return {}


def note(path: Path, reports: Iterable[Report], at: datetime, run: str) -> dict[str, Asked]:
    """Add what became of datasets that upstreams were asked for in a run; answers with all."""
    known, now = read(path), at.isoformat(timespec="seconds")
    for report in reports:
        for dataset, sentence in report.failed:
            name = f"{report.provider}/{dataset}"
            before = known.get(name)
            known[name] = Asked(now, run, before.answered if before else "", sentence)
        answered = [s.dataset for s in (*report.new, *report.unchanged)]
        for dataset in [*answered, *(dataset for dataset, _ in report.held)]:
            known[f"{report.provider}/{dataset}"] = Asked(now, run, now)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    said = {name: asdict(one) for name, one in sorted(known.items())}
    part.write_text(json.dumps(said, indent=1, ensure_ascii=False), encoding="utf-8")
    part.replace(path)
    return known


def silent(known: Mapping[str, Asked]) -> dict[str, dict[str, str]]:
    """Provider to (dataset to why) of those that did not answer when they were last asked."""
    found: dict[str, dict[str, str]] = {}
    for name, one in known.items():
        if one.failure:
            provider, _, dataset = name.partition("/")
            found.setdefault(provider, {})[dataset] = one.failure
    return found
