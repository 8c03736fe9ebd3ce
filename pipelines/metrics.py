"""Metrics for Prometheus: `metrics.prom` in the home, for the node exporter's textfile collector.

Also printed by `observatory status --prometheus`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pipelines import status
from warehouse.home import Home

FILE = "metrics.prom"


def write(home: Home, found: status.Health) -> None:
    """Write the metrics beside the data, whole or not at all."""
    home.root.mkdir(parents=True, exist_ok=True)
    part = home.root / f".{FILE}.part"
    part.write_text(text(home, found), encoding="utf-8")
    part.replace(home.root / FILE)


def text(home: Home, found: status.Health) -> str:
    """The metrics in the text format of Prometheus. Times are seconds since 1970."""
    from sources.refresh import asked

    runs = status.read(home)["runs"].values()
    good = [_at(e["at"]) for e in runs if e["outcome"] in (status.DONE, status.NOTHING_NEW)]
    published = status.published_at(home)
    known = asked.read(home.asked)
    by_provider: dict[str, list[str]] = {}
    for name, one in known.items():
        by_provider.setdefault(name.partition("/")[0], []).append(one.answered)
    answers = {p: max(_at(a) for a in said if a) for p, said in by_provider.items() if any(said)}
    silent = asked.silent(known)
    lines = [
        *_metric("state", "0 healthy, 1 stale, 2 failed.", [({}, found.code)]),
        *_metric("troubles", "Troubles that last.", [({}, len(found.troubles))]),
        *_metric(
            "red",
            "Datasets, indicators and tables judged red.",
            [({}, sum(t.key.startswith("red:") for t in found.troubles))],
        ),
        *_metric(
            "last_success_timestamp_seconds",
            "The last run that succeeded.",
            [({}, max(good))] if good else [],
        ),
        *_metric(
            "release_timestamp_seconds",
            "When the current release was published.",
            [({}, published.timestamp())] if published else [],
        ),
        *_metric(
            "source_answered_timestamp_seconds",
            "When a source answered last.",
            [({"source": p}, at) for p, at in sorted(answers.items())],
        ),
        *_metric(
            "source_unanswered",
            "Datasets of a source that did not answer when they were asked for last.",
            [({"source": p}, len(silent.get(p, ()))) for p in sorted(by_provider)],
        ),
        *_release(home),
        *_stages(home),
    ]
    return "\n".join(lines) + "\n"


def _release(home: Home) -> list[str]:
    """Figures and stale figures of the current release, by source."""
    file = home.releases / "current" / "observatory.duckdb"
    if not file.exists():
        return []
    import duckdb

    sql = """
        select source_id, count(*), count(*) filter (stale_since is not null)
        from observation group by all order by all
    """
    try:
        with duckdb.connect(str(file), read_only=True) as con:
            rows = con.execute(sql).fetchall()
    except duckdb.Error:
        return []
    return [
        *_metric("figures", "Figures by source.", [({"source": s}, n) for s, n, _ in rows]),
        *_metric("figures_stale", "Stale ones.", [({"source": s}, n) for s, _, n in rows]),
    ]


def _stages(home: Home) -> list[str]:
    """Seconds that each stage of the last run took."""
    stages = status.read(home).get("stages", {})
    said = "Seconds that a stage took when it ran last."
    return _metric("stage_seconds", said, [({"stage": n}, s) for n, s in sorted(stages.items())])


def _metric(name: str, meaning: str, values: Iterable[tuple[dict[str, str], Any]]) -> list[str]:
    """One metric; a metric without a value is not there, never zero."""
    values = list(values)
    if not values:
        return []
    full = f"observatory_{name}"
    lines = [f"# HELP {full} {meaning}", f"# TYPE {full} gauge"]
    for labels, value in values:
        inside = ",".join(f'{k}="{_escaped(v)}"' for k, v in labels.items())
        lines.append(f"{full}{'{' + inside + '}' if inside else ''} {value}")
    return lines


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _at(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
