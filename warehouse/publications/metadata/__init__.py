"""Reference metadata after SIMS 2.0: methodology and quality, per indicator and for the whole.

Generated from a release: pages in each language, each a file that needs no other, and the same as
data (`metadata.json`: concept code to text). Caveats are in English where the release has no other.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

from warehouse.publications import page
from warehouse.publications.citation import dumps
from warehouse.publications.model import LANGUAGES, Release

HERE = Path(__file__).parent
WHOLE = ("S.3.8", "S.15.1", "S.13.1", "S.14.1", "S.17", "S.8.1", "S.1.1")
_NUMBERS = """
select count(*) filter (recorded_to is null) as figures,
    count(*) filter (recorded_to is null and obs_status not in ('E', 'I', 'F') and value is not null)
        as measured,
    count(*) filter (recorded_to is null and obs_status in ('E', 'I')) as estimated,
    count(*) filter (recorded_to is null and obs_status = 'F') as projected,
    count(*) filter (recorded_to is null and value is null) as missing,
    count(*) filter (recorded_to is not null) as revised,
    count(*) filter (recorded_to is null and stale_since is not null) as stale,
    min(period) filter (recorded_to is null and obs_status <> 'F') as first,
    max(period) filter (recorded_to is null and obs_status <> 'F') as last
"""


class Metadata:
    """The reference metadata of one release; its tables are read once for all pages."""

    def __init__(self, release: Release) -> None:
        """Count what the concepts say."""
        import yaml

        self.release = release
        self.words = page.words(HERE / "words.yaml")
        self.concepts: dict[str, dict[str, str]] = yaml.safe_load(
            (HERE / "concepts.yaml").read_text(encoding="utf-8")
        )
        self.whole = release.sql(f"{_NUMBERS} from observation").to_pylist()[0]
        self.numbers = self._by("observation", f"{_NUMBERS}, indicator_id", "group by indicator_id")
        self.parts: dict[str, list[dict[str, Any]]] = {}
        for row in release.sql("from coverage order by all").to_pylist():
            self.parts.setdefault(row["indicator_id"], []).append(row)
        self.excluded = self._by(
            "not_comparable", "select indicator_id, count(*) as n", "group by indicator_id"
        )
        self.datasets: dict[str, set[tuple[str, str]]] = {}
        for row in release.sql(
            "select distinct indicator_id, source_id, dataset from observation"
        ).to_pylist():
            self.datasets.setdefault(row["indicator_id"], set()).add(
                (row["source_id"], row["dataset"])
            )
        quality = [
            r
            for r in release.rows("crosswalk_quality")
            if (r["stage"], r["role"], r["system"], r["region"])
            == ("after_review", "holdout", "all", "all")
        ]
        self.crosswalk = quality[0] if quality and quality[0]["precision"] is not None else None

    def indicator(self, row: dict[str, Any], lang: str) -> dict[str, list[str]]:
        """Concept code to its sentences, of one indicator."""
        w, f, name = self.words[lang], page.formats(lang), row["indicator_id"]
        n = self.numbers[name]
        caveats = [row[f"caveats_{lang}"]] if row[f"caveats_{lang}"] else []
        formula = w.meta_formula.format(formula=row["formula"]) if row["formula"] else w.meta_read
        sources = [
            s for s in self.release.sources if (s["source_id"], s["dataset"]) in self.datasets[name]
        ]
        return {
            "S.3.4": [row[f"title_{lang}"], row[f"definition_{lang}"], *caveats],
            "S.4": [w.code("unit", row["unit"])],
            "S.3.7": [
                w.meta_part.format(
                    scale=w.code("scale", p["scale"]),
                    system=p["system"],
                    vintage=p["vintage"],
                    figures=f.number(p["figures"]),
                    metros=f.number(p["metros"]),
                    first=p["first_period"],
                    last=p["last_period"],
                )
                for p in self.parts.get(name, [])
                if p["figures"]
            ],
            "S.3.8": self._years(n, lang),
            "S.18.1": [s["credit"] for s in sources],
            "S.18.5": [formula],
            "S.15.1": [
                w.meta_comparable.format(excluded=f.number(self.excluded.get(name, {}).get("n", 0)))
            ],
            **self._quality(n, lang),
        }

    def release_wide(self, lang: str) -> dict[str, list[str]]:
        """Concept code to its sentences, of the release as a whole."""
        w, f, about = self.words[lang], page.formats(lang), self.release.about
        excluded = f.number(sum(r["n"] for r in self.excluded.values()))
        calendar = about["calendar"]
        contact = about["contact"] or w.meta_no_contact.format(publisher=about["publisher"])
        return {
            "S.3.8": self._years(self.whole, lang),
            "S.15.1": [w.meta_comparable.format(excluded=excluded)],
            **self._quality(self.whole, lang),
            "S.8.1": [w.meta_calendar.format(cron=calendar["cron"], zone=calendar["timezone"])],
            "S.1.1": [contact],
        }

    def _years(self, n: dict[str, Any], lang: str) -> list[str]:
        return (
            [self.words[lang].meta_years.format(first=n["first"], last=n["last"])]
            if n["first"]
            else []
        )

    def _quality(self, n: dict[str, Any], lang: str) -> dict[str, list[str]]:
        w, f = self.words[lang], page.formats(lang)
        counts = {
            k: f.number(n[k])
            for k in ("measured", "estimated", "projected", "missing", "stale", "revised")
        }
        accuracy = [w.meta_accuracy.format(**counts)]
        if c := self.crosswalk:
            shares = {"precision": "precision", "low": "precision_low", "high": "precision_high"}
            accuracy.append(
                w.meta_crosswalk.format(**{k: f.percent(100 * c[v]) for k, v in shares.items()})
            )
        return {
            "S.13.1": accuracy,
            "S.14.1": [w.meta_timely.format(last=n["last"], **counts)] if n["last"] else [],
            "S.17": [w.meta_revised.format(**counts)],
        }

    def _by(self, table: str, select: str, group: str) -> dict[str, dict[str, Any]]:
        if table not in self.release.tables:
            return {}
        rows = self.release.sql(f"{select} from {table} {group}").to_pylist()
        return {r["indicator_id"]: r for r in rows}


def write(release: Release, folder: Path) -> int:
    """Write `<language>/index.html`, a page per indicator, and `metadata.json`; how many pages."""
    made, data, pages = Metadata(release), {}, 0
    listed = sorted(made.numbers)
    rows = {
        r["indicator_id"]: r for r in release.rows("indicator") if r["indicator_id"] in made.numbers
    }
    for lang in LANGUAGES:
        target = folder / lang
        target.mkdir(parents=True, exist_ok=True)
        w = made.words[lang]
        note = w.meta_release.format(name=release.name)
        order = sorted(
            (i for i in listed if i in rows), key=lambda i: rows[i][f"title_{lang}"].casefold()
        )
        said = made.release_wide(lang)
        links = "".join(
            f'<li><a href="{i}.html">{escape(rows[i][f"title_{lang}"])}</a></li>' for i in order
        )
        body = (
            f"{_body(made, said, lang, w.meta_title)}<h2>{escape(w.meta_all)}</h2><ul>{links}</ul>"
        )
        (target / "index.html").write_text(
            page.standalone(w.meta_title, body, lang, note=note), "utf-8"
        )
        data.setdefault(lang, {})["release"] = said
        for i in order:
            said = made.indicator(rows[i], lang)
            title = rows[i][f"title_{lang}"]
            back = f'<p><a href="index.html">{escape(w.meta_title)}</a></p>'
            body = back + _body(made, said, lang, title)
            (target / f"{i}.html").write_text(
                page.standalone(title, body, lang, note=note), "utf-8"
            )
            data[lang][i] = said
        pages += 1 + len(order)
    content = {
        "release": release.name,
        "standard": "SIMS 2.0",
        "concepts": made.concepts,
        "metadata": data,
    }
    (folder / "metadata.json").write_text(dumps(json.loads(json.dumps(content))), "utf-8")
    return pages


def _body(made: Metadata, said: dict[str, list[str]], lang: str, title: str) -> str:
    """The concepts that have something to say, in the order of `concepts.yaml`."""
    parts = [f"<h1>{escape(title)}</h1>"]
    for code, names in made.concepts.items():
        if sentences := said.get(code):
            heading = names.get(lang, names["en"])
            inside = (
                f"<p>{escape(sentences[0])}</p>"
                if len(sentences) == 1
                else "<ul>" + "".join(f"<li>{escape(s)}</li>" for s in sentences) + "</ul>"
            )
            parts.append(f'<section id="{code}"><h2>{escape(heading)}</h2>{inside}</section>')
    return "".join(parts)
