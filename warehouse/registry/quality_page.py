"""The page on the crosswalk's quality, written from the tables `crosswalk_quality` and `_coverage`."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from warehouse.registry import calibration
from warehouse.registry.quality import PRECISION, RECALL

PAGE = Path(__file__).parents[2] / "docs" / "registry-quality.md"
STAGE = {"before_review": "before review", "after_review": "after review"}
ROLE = {"holdout": "held out", "tune": "tuned on", "both": "both"}
GROUPS = ("all", "without easy pairs")

# Precision and recall of all held-out pairs before review, as the truth rules changed.
CHANGES = (("first", 0.918, 0.892), ("after one change", 0.964, 0.959), ("after two", 0.998, 0.998))


def _changes() -> str:
    return "\n".join(f"| {when} | {p:.3f} | {r:.3f} |" for when, p, r in CHANGES)


_HEAD = f"""# How good the crosswalk is

Written by `observatory registry build`, never by hand; the same figures are the tables
`crosswalk_quality` and `crosswalk_coverage` of every release. Brackets hold Wilson 95 % intervals.

**What is measured.** Pairs of codes that are known to be one metropolis, frozen in
`catalog/metros/truth`. *Precision* is the share of linked pairs that are on the same metropolis,
*recall* the share of all pairs, *abstention* the share of which a unit is on none.

**Before review** is the matcher alone: names, distance and population, without reviewers' decisions
and without the numbers that Eurostat and the OECD share, on pairs for whose units nobody wrote an
alias. **After review** is the crosswalk as published, on all pairs.

**Held out** are the countries whose hash says so. **Tuned on** are the others, which were looked at
while the matcher was made. The build fails below a
precision of {PRECISION} or a recall of {RECALL} on held-out pairs, and on any linked pair that must be
rejected. A system with fewer than 100 pairs is not measured; every system of the crosswalk has its rows below. Pairs tied by their label or code are
easy (`eurostat_cities`, `unhabitat_labels`, `unsd_codes`), so the whole is given without them too.

**What this measurement is not.** The hold-out is not blind to the choice of the truth rules: they
were changed twice after the first measurement, and its totals were seen each time.

| rules of truth | precision, held out | recall, held out |
| --- | --- | --- |
{_changes()}

- Rules that tightened dropped pairs (`eurostat_cities` 390, then 313, then 256; `oecd_areas` 245, then
  198), which favours easy ones: part of the rise is the pairs', not the matcher's. The reason given
  was that numbers had been given anew and that some pairs are of towns below the registry's threshold.
- `eurostat_cities` asks for equal labels, so it is left out too where this page says "without easy pairs".
- The list of aliases is older than the split by country and covers countries held out. Pairs of
  units with an alias are left out before review and counted (`left out`); what was learned from them is not.
- So these figures are an upper bound; a hold-out frozen before anyone sees a result is still wanted.
"""

_ABSENT = """## What is not there

**Polygons.** No list that the registry is built from holds the outline of a unit under a licence that allows
passing it on (the extract of the urban centres comes with a third party's points, and the lists of Eurostat
and the OECD with codes alone), so metropolises are published as points only.

**Catalan names of most metropolises.** Natural Earth names places in ten languages and Catalan is none of them,
GeoNames' alternate names do not say their language, and no system's list has Catalan labels that are marked as
such. `name_ca` is that of Unicode CLDR where a reader accepted it (`catalan.csv`), and else empty.

**Statistical areas of the United States and functional urban areas of the OECD, by county.** They are tied by the
metropolis that both belong to, without shares. The counties of the statistical areas are known (the Census
Bureau's estimates, `cbsa-est2019-alldata.csv`); the list of counties by functional urban area of the OECD is not
at hand: with it, `relation.csv` would say the share of one in the other.

**Names of territories of China in Carbon Monitor Cities.** The carrier gives UN/LOCODE codes. `alias.csv` has their
names where UN/LOCODE names one place so; the other codes are on no metropolis.
"""


def page(
    measured: Sequence[dict[str, Any]],
    covered: Sequence[dict[str, Any]],
    truth: Path,
    worth: dict[str, Any],
) -> str:
    """The page as Markdown; `truth` is the folder of the frozen pairs, whose `sets.csv` it lists,
    `worth` the content of `calibration.json`.
    """
    found = {(r["stage"], r["role"], r["system"], r["region"]): r for r in measured}
    systems = sorted({r["system"] for r in measured if r["role"] != "must_reject"} - set(GROUPS))
    regions = sorted({r["region"] for r in measured} - {"all"})
    parts = [_HEAD, "## Whole\n"]
    parts.append(
        _table(
            ("", "", "", "pairs", "precision", "recall", "abstention", "left out"),
            (
                _line((STAGE[s], ROLE[r], g), found.get((s, r, g, "all")))
                for s in STAGE
                for r in ("holdout", "tune")
                for g in GROUPS
            ),
        )
    )
    parts.append("## Pairs that must be rejected\n")
    parts.append(
        _table(
            ("", "pairs", "accepted"),
            (
                (STAGE[s], str(r["pairs"]), str(r["correct"]))
                for s in STAGE
                if (r := found.get((s, "must_reject", "all", "all")))
            ),
        )
    )
    for title, keys in (
        ("By system", [(s, "all") for s in systems]),
        ("By region", [("all", r) for r in regions]),
    ):
        parts.append(f"## {title}\n")
        parts.append(
            _table(
                ("", "", "", "pairs", "precision", "recall", "abstention", "left out"),
                (
                    _line((key[0] if key[1] == "all" else key[1], STAGE[s], ROLE[r]), row)
                    for key in keys
                    for s in STAGE
                    for r in ROLE
                    if (row := found.get((s, r, *key)))
                ),
            )
        )
    parts.append(calibration.page(worth))
    parts.append("## What is on a metropolis\n")
    parts.append(
        "Every unit that a system lists, countries and regions aside. A unit on none says why in "
        "`spatial_unit.no_metro`.\nOutliers are main links of whole metropolises (no cities) whose populations differ by "
        "more than a factor of 3.2.\n"
    )
    parts.append(
        _table(
            ("system", "edition", "units", "matched", "share", "part of", "by review",
             "two main units", "population outliers"),
            (
                (
                    r["system"], r["vintage"], f"{r['units']:,}", f"{r['matched']:,}",
                    f"{100 * r['share']:.1f} %", f"{r['part_of']:,}", f"{r['reviewed']:,}",
                    str(r["one_to_one_violations"]),
                    f"{r['population_outliers']} of {r['populations_compared']:,}",
                )
                for r in covered
            ),
        )
    )  # fmt: skip
    parts.append(_ABSENT)
    parts.append("## Where the pairs come from\n")
    with (truth / "sets.csv").open(encoding="utf-8", newline="") as file:
        for r in csv.DictReader(file):
            parts.append(f"- **{r['set']}**: {r['rule']} Source: {r['source']} ({r['licence']}).")
    return "\n".join(p for p in parts if p).rstrip() + "\n"


def _line(head: tuple[str, ...], r: dict[str, Any] | None) -> tuple[str, ...]:
    if r is None:
        return (*head, "0", "not measured", "not measured", "", "")
    if not r["measured"]:
        said = ("not measured", "not measured", "")
    else:
        said = (
            _interval(r, "precision"),
            _interval(r, "recall"),
            f"{r['abstention']:.3f}",
        )
    return (*head, str(r["pairs"]), *said, str(r["left_out"]))


def _interval(r: dict[str, Any], name: str) -> str:
    if r[name] is None:
        return "no link"
    return f"{r[name]:.3f} ({r[f'{name}_low']:.3f}-{r[f'{name}_high']:.3f})"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [" | ".join(header), " | ".join("---" for _ in header), *(" | ".join(r) for r in rows)]
    return "\n".join(f"| {line} |" for line in lines) + "\n"
