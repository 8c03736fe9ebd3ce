"""Workbooks for officers, in four languages: one per metropolis and one per theme (OOXML).

Numbers are numbers with a format that each spreadsheet shows in its own locale; what is not known is
an empty cell or says so. What belongs elsewhere: the look of a sheet (`sheet.py`), texts (`words.yaml`).
"""

from __future__ import annotations

import datetime as dt
import re
from html import escape
from pathlib import Path
from typing import Any

from warehouse.errors import WarehouseError
from warehouse.publications import page
from warehouse.publications.model import LANGUAGES, Release
from warehouse.publications.page import lookup
from warehouse.publications.workbooks.sheet import SheetColumn, WorkbookWriter

WORDS = Path(__file__).parent / "words.yaml"
GOVERNANCE = (
    *("body", "model", "year_created", "legal_form", "legal_citation", "n_municipalities"),
    *("levies_taxes", "head_selection", "assembly_selection", "assembly_seats"),
    *("competence_fields", "sources"),
)
# Columns that hold codes: the questionnaire's list of answers that says them.
_CHOICES = {
    "model": "model",
    "head_selection": "selection",
    "assembly_selection": "selection",
    "levies_taxes": "yes_no",
    "competence_fields": "field",
}


class Workbooks:
    """The workbooks of one release; its tables are read once for all of them."""

    def __init__(self, release: Release) -> None:
        """Read the texts and what every workbook needs."""
        self.release = release
        self.words = page.words(WORDS)
        self.metros = {r["metro_id"]: r for r in release.rows("metro")}
        self.indicators = {r["indicator_id"]: r for r in release.rows("indicator")}
        self.sources = {(s["source_id"], s["dataset"]): s for s in release.sources}
        self.members: dict[str, list[str]] = {}
        for row in release.rows("member_org"):
            self.members.setdefault(row["metro_id"], []).append(row["name"])
        self.governance = {r["metro_id"]: r for r in release.rows("governance_profile")}
        self.themes = {t["theme"]: t["title"] for t in release.about["themes"]}

    def metro(self, metro_id: str, language: str, path: Path) -> None:
        """Write the workbook of one metropolis; raises `WarehouseError` where there is none."""
        if metro_id not in self.metros:
            near = [m for m in self.metros if metro_id.partition("-")[2] in m][:5]
            hint = f"; perhaps {', '.join(near)}" if near else ""
            raise WarehouseError(
                f"There is no metropolis '{metro_id}' in release {self.release.name}{hint}. "
                "`observatory metros find NAME` finds its identifier."
            )
        w = self._texts(language)
        metro, figures = self.metros[metro_id], self._figures("l.metro_id = $code", metro_id)
        name = metro.get(f"name_{language}") or metro["name"]
        book = WorkbookWriter(w.titled.format(name=name, site=w.site), self._line(language), w.page)
        self._profile(book, metro, name, figures, language)
        self._table(book, w.sheet_figures, figures, language, of_metro=True)
        self._peers(book, metro_id, language)
        self._governance(book, metro_id, language)
        self._sources(book, figures, language)
        book.save(path)

    def theme(self, theme: str, language: str, path: Path) -> None:
        """Write the workbook of one theme: its indicators, and every newest figure of them."""
        if theme not in self.themes:
            raise WarehouseError(
                f"There is no theme '{theme}'; choose one of {', '.join(self.themes)}."
            )
        w = self._texts(language)
        figures = self._figures("i.theme = $code", theme)
        title = self.themes[theme][language]
        book = WorkbookWriter(
            w.titled.format(name=title, site=w.site), self._line(language), w.page
        )
        columns = [
            SheetColumn(w.indicator, 38),
            SheetColumn(w.unit_head, 24),
            SheetColumn(w.definition, 90),
        ]
        rows = [
            [i[f"title_{language}"], w.code("unit", i["unit"]), i[f"definition_{language}"]]
            for i in self.indicators.values()
            if i["theme"] == theme and i["figures"]
        ]
        book.sheet(w.sheet_indicators, columns, rows, intro=[title, w.how])
        self._table(book, w.sheet_figures, figures, language, of_metro=False)
        self._sources(book, figures, language)
        book.save(path)

    def index(self, members: list[str], language: str) -> str:
        """A page that lists the workbooks of these metropolises and of all themes, by name."""
        w = self._texts(language)
        by_name = {self._name(m, language): f"{m}.xlsx" for m in members}
        by_theme = {names[language]: f"theme-{t}.xlsx" for t, names in self.themes.items()}
        body = f"<h1>{escape(w.workbooks)}</h1><p>{escape(w.how)}</p>"
        for heading, listed in ((w.members, by_name), (w.nav_themes, by_theme)):
            links = "".join(
                f'<li><a href="{file}">{escape(name)}</a></li>'
                for name, file in sorted(listed.items(), key=lambda pair: pair[0].casefold())
            )
            body += f"<h2>{escape(heading)}</h2><ul>{links}</ul>"
        return page.standalone(w.workbooks, body, language, note=self._line(language))

    def _texts(self, language: str):
        if language not in LANGUAGES:
            raise WarehouseError(
                f"There is no workbook in '{language}'; choose one of {', '.join(LANGUAGES)}."
            )
        return self.words[language]

    def _line(self, language: str) -> str:
        day = page.formats(language).date(dt.date.fromisoformat(self.release.date))
        return self.words[language].release.format(name=self.release.name, date=day)

    def _figures(self, condition: str, code: str) -> list[dict[str, Any]]:
        """The newest figures with their ranks, by theme, indicator and scale."""
        return self.release.sql(
            f"""
            select i.theme, l.*, r.rank, r."of" as among
            from latest as l join indicator as i using (indicator_id)
            left join ranking as r
                on r.indicator_id = l.indicator_id and r.unit_id = l.unit_id
                and r.metro_id = l.metro_id and r.scale = l.scale and r.system = l.system
                and r.vintage = l.vintage and r.sex = l.sex and r.age = l.age
                and r.unit = l.unit and r.period = l.period and r.source_id = l.source_id
                and r.dataset = l.dataset
            where {condition} and l.sex = '_T' and l.age = '_T'
            order by i.theme, l.indicator_id, l.scale, l.system, l.vintage, l.metro_id,
                l.unit_id, l.dataset
            """,
            code=code,
        ).to_pylist()

    def _profile(
        self,
        book: WorkbookWriter,
        metro: dict[str, Any],
        name: str,
        figures: list[dict[str, Any]],
        lang: str,
    ) -> None:
        w = self.words[lang]
        country = page.formats(lang).country(metro["iso2"])
        facts = [(w.country, country), (w.identifier, metro["metro_id"])]
        if members := self.members.get(metro["metro_id"]):
            facts.append((w.members, ", ".join(members)))
        columns = [
            SheetColumn(w.scale_head, 30),
            SheetColumn(w.delineation, 36),
            SheetColumn(w.populations, 22),
            SheetColumn(w.year, 10),
        ]
        rows = [
            [
                w.code("scale", f["scale"]),
                _delineation(w, f),
                book.number(f["value"], f["unit"]),
                _period(f),
            ]
            for f in figures
            if f["indicator_id"] == "population"
        ]
        book.sheet(w.sheet_profile, columns, rows, intro=[name, w.how], facts=facts)

    def _table(
        self,
        book: WorkbookWriter,
        title: str,
        figures: list[dict[str, Any]],
        lang: str,
        *,
        of_metro: bool,
    ) -> None:
        w = self.words[lang]
        first = SheetColumn(w.theme, 24) if of_metro else SheetColumn(w.metropolis, 26)
        columns = [
            first,
            SheetColumn(w.indicator, 40),
            SheetColumn(w.value, 15),
            SheetColumn(w.unit_head, 25),
            SheetColumn(w.year, 9),
            SheetColumn(w.scale_head, 24),
            SheetColumn(w.delineation, 27),
            SheetColumn(w.status_head, 14),
            SheetColumn(w.rank, 9),
            SheetColumn(w.of, 9),
            SheetColumn(w.source, 34),
        ]
        rows = []
        for f in figures:
            i = self.indicators[f["indicator_id"]]
            about = self.themes.get(f["theme"], {}).get(lang, f["theme"])
            source = self.sources.get((f["source_id"], f["dataset"]))
            rows.append(
                [
                    about if of_metro else self._name(f["metro_id"], lang),
                    book.noted(i[f"title_{lang}"], i[f"definition_{lang}"] if of_metro else ""),
                    book.number(f["value"], f["unit"]),
                    w.code("unit", f["unit"]),
                    _period(f),
                    w.code("scale", f["scale"]),
                    _delineation(w, f),
                    w.code("status", f["obs_status"], " ").strip(),
                    f["rank"],
                    f["among"],
                    source["title"] if source else f["dataset"],
                ]
            )
        book.sheet(title, columns, rows)

    def _peers(self, book: WorkbookWriter, metro_id: str, lang: str) -> None:
        w = self.words[lang]
        columns = [
            SheetColumn(w.place, 9),
            SheetColumn(w.metropolis, 28),
            SheetColumn(w.country, 24),
            SheetColumn(w.alike, 44),
            SheetColumn(w.differs, 34),
            SheetColumn(w.unknown_in, 34),
        ]

        def features(listed: str | None) -> str:
            names = [n.strip() for n in (listed or "").split(",") if n.strip()]
            return ", ".join(lookup.title(lookup.features(), n, lang) for n in names)

        found = self.release.sql(
            "from peer where metro_id = $code order by place, peer_id", code=metro_id
        ).to_pylist()
        rows = [
            [
                r["place"],
                self._name(r["peer_id"], lang),
                page.formats(lang).country(self.metros[r["peer_id"]]["iso2"]),
                *(features(r[c]) for c in ("similar_in", "different_in", "unknown_in")),
            ]
            for r in found
        ]
        book.sheet(w.sheet_peers, columns, rows, intro=[] if rows else [w.sheet_peers, w.no_peers])

    def _governance(self, book: WorkbookWriter, metro_id: str, lang: str) -> None:
        w = self.words[lang]
        row = self.governance.get(metro_id)
        if row is None:
            book.sheet(w.sheet_governance, [], [], intro=[w.sheet_governance, w.no_governance])
            return
        rows = []
        for name in GOVERNANCE:
            value, choices = row.get(name), _CHOICES.get(name)
            if choices and value:
                codes = [v.strip() for v in str(value).split(",")]
                value = ", ".join(lookup.choice(choices, c, lang) for c in codes)
            if name == "legal_form" and value:
                value = w.code("legal_form", value)
            rows.append([w.code("governance", name), w.unknown if value in (None, "") else value])
        columns = [SheetColumn(w.sheet_governance, 34), SheetColumn("", 80, left=True)]
        book.sheet(w.sheet_governance, columns, rows)

    def _sources(self, book: WorkbookWriter, figures: list[dict[str, Any]], lang: str) -> None:
        w = self.words[lang]
        used = sorted({(f["source_id"], f["dataset"]) for f in figures})
        columns = [
            SheetColumn(w.source, 40),
            SheetColumn(w.dataset, 26),
            SheetColumn(w.licence, 34),
            SheetColumn(w.credit, 100),
        ]
        rows = [
            [
                s["title"],
                f"{s['source_id']}/{s['dataset']}",
                w.code("terms", s["licence"]),
                s["credit"],
            ]
            for s in (self.sources[pair] for pair in used if pair in self.sources)
        ]
        book.sheet(w.sheet_sources, columns, rows)

    def _name(self, metro_id: str, lang: str) -> str:
        row = self.metros[metro_id]
        return row.get(f"name_{lang}") or row["name"]


def write(release: Release, folder: Path, languages: tuple[str, ...] = LANGUAGES) -> int:
    """Write the workbooks of the members of Metropolis and of all themes; how many there are.

    `<language>/<metropolis>.xlsx`, `<language>/theme-<theme>.xlsx`, and `<language>/index.html`, which
    lists them.
    """
    made, books = 0, Workbooks(release)
    members = sorted(m for m, r in books.metros.items() if r["metropolis_member"])
    for language in languages:
        for metro_id in members:
            books.metro(metro_id, language, folder / language / f"{metro_id}.xlsx")
        for theme in books.themes:
            books.theme(theme, language, folder / language / f"theme-{theme}.xlsx")
        made += len(members) + len(books.themes)
        index = books.index(members, language)
        (folder / language / "index.html").write_text(index, encoding="utf-8")
    return made


def _delineation(w: page.Words, figure: dict[str, Any]) -> str:
    """Who draws the territory, and in which edition."""
    who, edition = w.code("system", figure["system"]), figure["vintage"]
    if edition == "current":
        return who
    spaced = re.sub(r"^NUTS(?=\d)", "NUTS ", edition)
    return w.get(f"national.{edition}") or w.edition.format(who=who, edition=spaced)


def _period(figure: dict[str, Any]) -> int | str:
    """A year as a number; a quarter or month as it is written."""
    return int(figure["period"]) if figure["period"].isdigit() else figure["period"]
