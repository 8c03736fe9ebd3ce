"""Questions about a release and their answers as plain data, within limits of rows and time.

Every figure comes with its scale, unit, period, status, source, licence and attribution. A question
that has no answer is a `Refusal` with the reason; nothing is filled in.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from math import isnan
from pathlib import Path
from typing import Any

from warehouse.errors import WarehouseError
from warehouse.publications import citation
from warehouse.publications.model import LANGUAGES, Release

ROWS, SECONDS = 200, 5.0
TEXT = 200  # characters of a question


class RefusedQuestion(WarehouseError):
    """A question that is not answered, with the reason and what to ask instead."""


class Answers:
    """One release, opened so that nothing can change it or reach another file."""

    def __init__(self, folder: Path) -> None:
        """Open the release in `folder`; raises `WarehouseError` where there is none."""
        import duckdb

        self.release = Release(folder)
        file = folder / "observatory.duckdb"
        if not file.is_file():
            raise WarehouseError(f"{file} is missing, so it is no whole release; choose another.")
        closed: dict[str, Any] = {
            "enable_external_access": "false",
            "threads": 2,
            "lock_configuration": "true",
        }
        self._con = duckdb.connect(str(file), read_only=True, config=closed)
        self._credits = {(s["source_id"], s["dataset"]): s for s in self.release.sources}

    def about(self) -> dict[str, Any]:
        """What the release is, how to cite it, and what a reader must know."""
        return {
            "release": self.release.name,
            "title": self.release.text("title"),
            "description": self.release.text("description"),
            "citation": citation.sentence(self.release),
            "licence": self.release.about["licence"],
            "rules": [
                "A figure describes one territory: always say its scale, system and vintage.",
                "Compare two figures only with tool compare; it refuses what may not be compared.",
                "An empty value is unknown, never zero; obs_status F is a projection.",
                "Give the attribution of every figure that you use.",
            ],
        }

    def indicators(self, text: str, language: str = "en", limit: int = 20) -> list[dict[str, Any]]:
        """Indicators whose identifier, title or definition has the words, in any language."""
        if language not in LANGUAGES:
            raise RefusedQuestion(
                f"There is no language '{language}'; use one of {', '.join(LANGUAGES)}."
            )
        words = _words(text)
        texts = " || ' ' || ".join(
            ["indicator_id", "theme", *(f"title_{x} || ' ' || definition_{x}" for x in LANGUAGES)]
        )
        return self._ask(
            f"""
            select indicator_id, title_{language} as title, definition_{language} as definition,
                theme, unit, direction, sdg, figures, metropolises, availability, caveats_{language} as caveats
            from indicator
            where list_bool_and([contains(strip_accents(lower({texts})), w) for w in $words])
            order by figures desc, indicator_id
            """,
            {"words": words},
            limit,
        )

    def metropolises(
        self, text: str, country: str | None = None, limit: int = 20
    ) -> list[dict[str, Any]]:
        """Metropolises by identifier or by a part of a name, in any language or script."""
        asked = _plain(text)
        return self._ask(
            f"""
            select m.metro_id, m.name, m.country, m.iso3, m.region,
                m.metropolis_member as member_of_metropolis,
                (select count(distinct indicator_id) from latest as l
                    where l.metro_id = m.metro_id) as indicators
            from metro as m
            where ($country is null or upper($country) in (m.iso2, m.iso3))
                and (m.metro_id = $text or {_named("contains")})
            order by m.metro_id <> $text, {_named("equal")} desc, indicators desc, m.metro_id
            """,
            {"text": asked, "country": country},
            limit,
        )

    def observations(
        self,
        indicator: str,
        metropolis: str,
        *,
        scale: str | None = None,
        since: str | None = None,
        until: str | None = None,
        limit: int = 100,
    ) -> dict[str, Any]:
        """The current figures of one indicator about one metropolis, with their credits.

        The newest first; projections last.
        """
        self._indicator(indicator)
        metro = self._metro(metropolis)
        rows = self._ask(
            """
            select metro_id, indicator_id, value, unit, period, scale, system, vintage, unit_id,
                sex, age, obs_status, flags, lower, upper, provenance, source_id, dataset
            from observation
            where recorded_to is null and indicator_id = $indicator and metro_id = $metro
                and ($scale is null or scale::varchar = $scale)
                and ($since is null or period >= $since) and ($until is null or period <= $until)
            order by obs_status = 'F', period desc, scale, system, vintage, unit_id, sex, age, dataset
            """,
            {
                **{"indicator": indicator, "metro": metro, "scale": scale},
                **{"since": since, "until": until},
            },
            limit,
        )
        if not rows:
            raise RefusedQuestion(self._nothing(indicator, metro, scale))
        return {
            "figures": rows,
            "sources": self._sources([(r["source_id"], r["dataset"]) for r in rows]),
            "release": self.release.name,
        }

    def profile(
        self, metropolis: str, theme: str | None = None, limit: int = 100
    ) -> dict[str, Any]:
        """One figure per indicator about one metropolis, with what each was preferred over.

        The choice is that of table `headline`. Figures of two metropolises may be of different
        territories, so that they are never compared or ranked.
        """
        metro = self._metro(metropolis)
        rows = self._ask(
            """
            select h.metro_id, h.indicator_id, i.title_en as title, i.theme, h.value, h.unit, h.period,
                h.scale, h.system, h.vintage, h.unit_id, h.obs_status, h.flags, h.source_id, h.dataset,
                h.alternatives, h.preferred_over
            from headline as h join indicator as i using (indicator_id)
            where h.metro_id = $metro and ($theme is null or i.theme::varchar = $theme)
            order by i.theme, h.indicator_id
            """,
            {"metro": metro, "theme": theme},
            limit,
        )
        if not rows:
            of = f" on theme {theme}" if theme else ""
            raise RefusedQuestion(
                f"There is no figure about {metro}{of} in this release; it is unknown."
            )
        return {
            "figures": rows,
            "sources": self._sources([(r["source_id"], r["dataset"]) for r in rows]),
            "rule": "Never rank or compare by these figures: territories differ from row to row.",
            "release": self.release.name,
        }

    def compare(self, indicator: str, one: str, other: str, period: str) -> dict[str, Any]:
        """The pairs of figures that may be compared; raises `Refusal` with the reasons where none may."""
        self._indicator(indicator)
        if not period[:4].isdigit() or len(period) > 10:
            raise RefusedQuestion(f"'{period[:10]}' is no period; give a year such as 2015.")
        a, b = self._metro(one), self._metro(other)
        rows = self._ask(
            "select * from comparable($indicator, $a, $b, $period) order by verdict desc, reasons, "
            "scale_a, scale_b, unit_a, unit_b, dataset_a, dataset_b, period_a, period_b",
            {"indicator": indicator, "a": a, "b": b, "period": period},
            ROWS,
        )
        good = [r for r in rows if r["verdict"] == "yes"]
        if good:
            used = {r[f"dataset_{x}"] for r in good for x in "ab"}
            pairs = [p for p in self._credits if p[1] in used]
            said = {"indicator_id": indicator, "a": a, "b": b, "period": period, "pairs": good}
            return {**said, "sources": self._sources(pairs), "release": self.release.name}
        if missing := [m for m in (a, b) if not self._has(indicator, m)]:
            raise RefusedQuestion(" ".join(self._nothing(indicator, m, None) for m in missing))
        rules = {r["code"]: r["sentence_en"] for r in self.release.rows("comparability_rule")}
        codes = {c.strip() for r in rows for c in r["reasons"].split(";") if c.strip()}
        reasons = " ".join(rules.get(c, c) for c in sorted(codes))
        raise RefusedQuestion(
            f"The figures of {indicator} of {a} and {b} around {period} may not be compared: "
            f"{reasons} Give each with its own scale and period, without comparing them."
        )

    def _indicator(self, indicator: str) -> None:
        if not self._ask("from indicator where indicator_id = $i", {"i": indicator}, 1):
            raise RefusedQuestion(
                f"There is no indicator '{indicator[:TEXT]}'; ask search_indicators for its identifier."
            )

    def _metro(self, name: str) -> str:
        rows = self._ask(
            f"select metro_id, country from metro as m where metro_id = $text or {_named('equal')} "
            "order by metro_id <> $text, metro_id",
            {"text": _plain(name)},
            20,
        )
        if rows and rows[0]["metro_id"] == _plain(name):
            return rows[0]["metro_id"]
        if len(rows) == 1:
            return rows[0]["metro_id"]
        if not rows:
            raise RefusedQuestion(
                f"No metropolis is called '{name[:TEXT]}'; ask search_metropolises for its identifier."
            )
        listed = ", ".join(f"{r['metro_id']} ({r['country']})" for r in rows)
        raise RefusedQuestion(
            f"'{name}' is the name of several metropolises: {listed}; give the identifier."
        )

    def _has(self, indicator: str, metro: str) -> bool:
        asked = {"i": indicator, "m": metro}
        sql = "select 1 from observation where indicator_id = $i and metro_id = $m limit 1"
        return bool(self._ask(sql, asked, 1))

    def _nothing(self, indicator: str, metro: str, scale: str | None) -> str:
        at = f" at scale {scale}" if scale else ""
        return (
            f"There is no figure of {indicator} about {metro}{at} in this release; it is unknown."
        )

    def _sources(self, pairs: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
        return [
            {
                "source_id": s["source_id"],
                "dataset": s["dataset"],
                "title": s["title"],
                "licence": s["licence"],
                "licence_url": s["licence_url"],
                "attribution": s["credit"],
                "link": s["homepage"],
            }
            for s in (self._credits[p] for p in sorted(set(pairs)) if p in self._credits)
        ]

    def _ask(self, sql: str, given: dict[str, Any], limit: int) -> list[dict[str, Any]]:
        """Rows as plain data: at most `limit` and `ROWS`, within `SECONDS`."""
        import duckdb

        most = max(1, min(int(limit), ROWS))
        con = self._con.cursor()
        timer = threading.Timer(SECONDS, con.interrupt)
        timer.start()
        try:
            found = con.execute(f"select * from ({sql}) limit {most}", given)
            names = [d[0] for d in found.description or ()]
            return [dict(zip(names, map(_json, r), strict=True)) for r in found.fetchall()]
        except duckdb.InterruptException:
            raise RefusedQuestion(
                f"The question took more than {SECONDS:.0f} seconds; ask for less."
            ) from None
        finally:
            timer.cancel()
            con.close()


def _named(how: str) -> str:
    """SQL: whether a name of metropolis `m`, without case and accents, is or contains $text."""
    test = "= $text" if how == "equal" else "like '%' || $text || '%'"
    own = " or ".join(
        f"strip_accents(lower(m.{c})) {test}"
        for c in ("name", "name_ca", "name_es", "name_fr", "name_local")
    )
    other = (
        f"exists (from metro_name as n where n.metro_id = m.metro_id "
        f"and strip_accents(lower(n.name)) {test})"
    )
    return f"(coalesce({own}, false) or {other})"


def _plain(text: str) -> str:
    import unicodedata

    if not text.strip():
        raise RefusedQuestion("Give a word to search for.")
    if len(text) > TEXT:
        raise RefusedQuestion(f"A search text has {TEXT} characters at most.")
    decomposed = unicodedata.normalize("NFD", text.lower().strip())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _words(text: str) -> list[str]:
    return _plain(text).split()[:10]


def _json(value: object) -> object:
    """What JSON knows: dates as ISO 8601, NaN as null."""
    import datetime as dt

    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    return None if isinstance(value, float) and isnan(value) else value
