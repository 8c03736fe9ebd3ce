"""What several kinds of page need: one language's way to name and write things."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from urllib.parse import quote

from catalog.languages import translated
from warehouse.publications import page
from warehouse.publications.atlas.read import AtlasRelease, Row
from warehouse.publications.page import lookup

OLD = 10  # years behind the newest figure of the release
STATUS = {"E": "estimate", "P": "provisional", "B": "break", "U": "doubtful", "I": "estimate"}


@dataclass
class Voice:
    """One language: its texts and formats, and names of metropolises, indicators and territories."""

    release: AtlasRelease
    w: page.Words
    contact: str = ""

    @property
    def lang(self) -> str:
        """The code of the language."""
        return self.w.lang

    @cached_property
    def f(self) -> page.Formats:
        """Its formats."""
        return page.formats(self.w.lang)

    @cached_property
    def names(self) -> dict[str, str]:
        """Metropolises by their name in the language, else their English one."""
        return {
            m: (r.get(f"name_{self.lang}") or r["name"]) for m, r in self.release.metros.items()
        }

    @cached_property
    def titles(self) -> dict[str, str]:
        """Indicators by their title."""
        return {
            i: r.get(f"title_{self.lang}") or r["title_en"]
            for i, r in self.release.indicators.items()
        }

    def title(self, row: Row) -> str:
        """The title of an index."""
        return row.get(f"title_{self.lang}") or row["title_en"]

    def country(self, metro: Row) -> str:
        """The country of a metropolis."""
        return self.f.country(metro["iso2"]) if metro["iso2"] else metro["country"]

    @cached_property
    def place(self) -> dict[str, int]:
        """Metropolises by the place of their unique name in the alphabet; equal names share one."""
        keys = {m: self.f.order(name) for m, name in self.unique.items()}
        places = {key: n for n, key in enumerate(sorted(set(keys.values())))}
        return {m: places[key] for m, key in keys.items()}

    @cached_property
    def _catalog(self) -> dict[tuple[str, str], str]:
        return {}

    def _once(self, kind: str, code: str, find: Callable[[], str]) -> str:
        """A text of the catalog, looked up once."""
        if (kind, code) not in self._catalog:
            self._catalog[kind, code] = find()
        return self._catalog[kind, code]

    def theme(self, theme: str) -> str:
        """The title of a theme."""
        return self._once("theme", theme, lambda: lookup.title(lookup.themes(), theme, self.lang))

    def feature(self, feature: str) -> str:
        """The title of what makes metropolises alike."""
        return self._once(
            "feature", feature, lambda: lookup.title(lookup.features(), feature, self.lang)
        )

    def choice(self, kind: str, code: str) -> str:
        """An answer of the governance survey."""
        return self._once(f"choice {kind}", code, lambda: lookup.choice(kind, code, self.lang))

    def translated(self, text: str) -> str:
        """An English text of the release in the language, where the catalog has it."""
        return self._once("text", text, lambda: translated(text, self.lang) or text)

    def unit(self, unit: str) -> str:
        """How a unit is written after a figure."""
        return self.w.code("unit", unit)

    def written(self, value: float | None, unit: str) -> tuple[str, str]:
        """A figure and its unit as they are read: a share with its sign, yes or no, a year as a year."""
        if value is None:
            return self.w.unknown_short, ""
        text = self.shown(unit)(value)
        if (
            unit == "PC"
            or (unit == "YES_NO" and value in (0, 1))
            or page.is_calendar_year(value, unit)
        ):
            return text, ""
        return text, self.unit(unit)

    def shown(self, unit: str) -> Callable[[float], str]:
        """How figures of a unit are written, without the unit."""
        if unit == "PC":
            return self.f.percent
        if unit == "YES_NO":
            said = {0.0: self.choice("yes_no", "no"), 1.0: self.choice("yes_no", "yes")}
            return lambda v: said[v].lower() if v in said else self.f.value(v, unit)
        return partial(self.f.value, unit=unit)

    def figure(self, value: float | None, unit: str) -> str:
        """A figure with its unit, in one piece."""
        return "\u00a0".join(filter(None, self.written(value, unit)))

    def where(self, row: Row) -> str:
        """The kind of territory of a figure, who draws it and in which edition."""
        return self.kind(row["scale"], row["system"], row["vintage"])

    @cached_property
    def _kinds(self) -> dict[tuple[str, str, str], str]:
        return {}

    def kind(self, scale: str, system: str, vintage: str) -> str:
        """Such as Functional urban area (OECD, 2012)."""
        key = (scale, system, vintage)
        if key not in self._kinds:
            edition = "" if vintage in ("current", "") else f", {vintage}"
            self._kinds[key] = (
                f"{self.w.code('scale', scale)} ({self.w.code('system', system)}{edition})"
            )
        return self._kinds[key]

    def people(self, value: float) -> str:
        """A number of inhabitants in short."""
        return self.f.short(value)

    @cached_property
    def unique(self) -> dict[str, str]:
        """Metropolises by a name that no other has: with the country where several share one."""
        times = Counter(self.names.values())
        return {
            m: name if times[name] == 1 else f"{name} ({self.country(self.release.metros[m])})"
            for m, name in self.names.items()
        }

    @cached_property
    def links(self) -> dict[str, str]:
        """Metropolises by a link with their unique name, as HTML of a page in a folder beside theirs."""
        return {
            m: f'<a href="../metro/{page.escaped(m)}.html">{page.escaped(name)}</a>'
            for m, name in self.unique.items()
        }

    def text(self, row: Row, stem: str) -> str:
        """A text of the release in the language; one of another year may have it in English alone."""
        return row.get(f"{stem}_{self.lang}") or row.get(stem) or ""

    def publisher(self, row: Row) -> str:
        """Who publishes a figure; of one that a third party carries, its author."""
        if row["source_id"] != "carrier":
            return self.w.code("publisher", row["source_id"])
        source = self.release.sources.get((row["source_id"], row["dataset"])) or {}
        author = (source.get("attribution") or "").removeprefix("Source: ").split(",")[0]
        return self.w.code("author", author) if author else self.w.code("publisher", "carrier")

    def dataset(self, source: Row, dataset: str) -> tuple[str, str]:
        """The title of a dataset, and its language where that is not the page's.

        One that the observatory computes bears the title of its indicator; others keep their own.
        """
        if source.get("source_id") == "observatory" and dataset in self.titles:
            return self.w.so_computed.format(title=self.titles[dataset]), ""
        return source.get("title") or dataset, "" if self.lang == "en" else "en"

    def licence(self, source: Row) -> str:
        """The licence of a dataset."""
        said = source.get("licence")
        return self.w.code("terms", said) if said else self.w.unknown_short

    def model(self, model: str | None) -> str:
        """A model of metropolitan government."""
        return self.choice("model", model) if model else self.w.model_unknown

    def features(self, text: str | None) -> str:
        """A list such as "size, growth" in the language."""
        ids = [t.strip() for t in (text or "").split(",") if t.strip()]
        return self.f.listed(self.feature(i) for i in ids)

    def mail(self, key: str) -> str:
        """A prepared message about a figure or a page."""
        return f"mailto:{self.contact}?subject={quote(f'{key}, {self.release.name}')}"

    def foot(self) -> str:
        """What is at the foot of each page."""
        return self.w.release.format(name=self.release.name)


def newest(release: AtlasRelease) -> int:
    """The year of the newest measured figure of a release."""
    years = [int(r["period"][:4]) for rows in release.figures.values() for r in rows]
    return max(years, default=0)


def year(period: str) -> int:
    """The year in which a period begins."""
    return int(period[:4])


def source_anchor(row: Row) -> str:
    """Where the page of sources describes the dataset of a figure."""
    return f"{row['source_id']}-{row['dataset']}"


def tags(row: Row, w: page.Words) -> list[str]:
    """Marks of a figure that a reader should see."""
    found = [w[STATUS[row["obs_status"]]]] if row["obs_status"] in STATUS else []
    return [*found, *([w.stale] if row.get("stale") else [])]


def trend(row: Row, w: page.Words, f: page.Formats) -> str:
    """The trend of a series in words; empty where none was computed."""
    way = row.get("direction")
    if not way or not row.get("trend_first"):
        return ""
    since = row["trend_first"][:4]
    if way == "unclear":
        return w.trend_unclear.format(year=since)
    percent = row.get("slope_percent")
    if percent is None:
        text = w[f"trend_{way}_plain"].format(year=since)
    else:
        rate = f.percent(abs(percent))
        if rate == f.percent(0):
            return w.trend_level.format(year=since)
        text = w.trend_rate.format(p=f"{'+' if way == 'rising' else '−'}{rate}", year=since)
    certain = row.get("direction_corrected") == way
    return text if certain else f"{text} ({w.trend_uncertain})"


def points(release: AtlasRelease, row: Row) -> list[tuple[float, float]]:
    """The measured values of the series of a figure by year; projections are left out."""
    return [(float(p[:4]), v) for p, v, status in release.series.of(row["series"]) if status != "F"]
