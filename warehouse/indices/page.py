"""Reports that a person reads: one self-contained HTML page of an index or of an audit.

Plain functions from results to a page; the look is that of all pages (`warehouse.publications.page`),
the texts are in `words.yaml`, in four languages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from warehouse.indices.steps import correlation, robustness
from warehouse.indices.steps import weight as weighing
from warehouse.indices.steps.engine import ids
from warehouse.indices.wording import alternatives, effect, evidence, texts

if TYPE_CHECKING:
    from warehouse.indices.auditor.findings import Audit, Finding, PublishedIndex
    from warehouse.indices.told import YearResults
    from warehouse.publications.page import Formats, Words

HERE = Path(__file__).parent
COLOURS = {
    "ink": "var(--ink)",
    "range": "var(--m2)",
    "sure": "var(--warm)",
    "paper": "var(--paper)",
    "rule": "var(--line)",
}
_NAMES = 12  # names listed in a sentence


def of_index(
    told: YearResults,
    remarks: Sequence[str],
    changes: pa.Table | None,
    years: Sequence[int],
    lang: str,
) -> str:
    """The report of an index as one HTML file: what is measured, the method, ranges, what may be said.

    `changes` is table `rank_changes` where there are several `years`; `remarks` are sentences in
    English on how the tables were read.
    """
    import markupsafe

    from warehouse.indices.told import ranks_picture, title_of
    from warehouse.publications import page

    w, f = texts()[lang], page.formats(lang)
    spec = told.spec
    level = f.percent(100 * spec.robustness.level, 0)
    svg = {
        k.removeprefix("svg."): v.replace("{level}", level)
        for k, v in w.items()
        if k.startswith("svg.")
    }
    title = title_of(spec, lang)
    return _page(
        "index.html",
        title,
        w,
        f,
        title=title,
        note=spec.note.strip(),
        year=told.run.year,
        years=list(years),
        says=_says(told, w, f),
        changes=_changed(told, changes, w, f),
        picture=markupsafe.Markup(ranks_picture(told, lang, words=svg, colours=COLOURS)),
        narrow=markupsafe.Markup(
            ranks_picture(told, lang, narrow=True, words=svg, colours=COLOURS)
        ),
        foot=[svg["foot"], svg["foot_dot"]],
        tried=w.tried.format(draws=f.number(spec.robustness.draws), level=level),
        indicators=_indicators(told, w, f),
        steps=_steps(told, w, f),
        cares=_cares(told, w, f),
        remarks=list(remarks),
        sure=told.sets is not None,
        units=_units(told, w, f),
    )


def _page(template: str, name: str, w: Words, f: Formats, **context: object) -> str:
    from warehouse.publications import page

    env = page.environment(HERE / "templates")
    body = env.get_template(template).render(w=w, f=f, **context)
    return page.standalone(name, body, w.lang)


def _listed(names: Sequence[str], w: Words, f: Formats) -> str:
    apart = "; " if any("," in n for n in names) else ", "  # "Madison, WI; Boston, MA"
    if len(names) <= _NAMES:
        return f.listed(names) if apart == ", " else apart.join(names)
    return w.others.format(names=apart.join(names[:_NAMES]), n=f.number(len(names) - _NAMES))


def _says(told: YearResults, w: Words, f: Formats) -> list[str]:
    result, ranges = told.result, told.ranges
    width = ranges.high - ranges.low + 1
    of = len(width)
    said = [
        w.half.format(
            width=f.number(int(np.median(width))), of=f.number(of), most=f.number(int(width.max()))
        )
    ]
    third = robustness.thirds(ranges)
    order = np.argsort(ranges.median, kind="stable")
    upper = [result.data.names[i] for i in order if third[i] == "upper"]
    lower = [result.data.names[i] for i in order if third[i] == "lower"]
    if upper:
        said.append(w.certain_upper.format(names=_listed(upper, w, f)))
    if lower:
        said.append(w.certain_lower.format(names=_listed(lower, w, f)))
    if not upper and not lower:
        said.append(w.none_certain)
    sobol = told.sobol
    if sobol.factors and sobol.total.max() > 0:
        top = int(np.argmax(sobol.total))
        share = f.percent(100 * min(float(sobol.total[top]), 1), 0)
        said.append(w.moves_most.format(choice=w.code("choice", sobol.factors[top]), share=share))
    if told.sets is None:
        return [*said, w.errors_unknown]
    both = ranges.variance.sum() + told.sets.variance.sum()
    share = told.sets.variance.sum() / both if both > 0 else 0.0
    return [*said, w.errors_known.format(share=f.percent(100 * float(share), 0))]


def _changed(told: YearResults, changes: pa.Table | None, w: Words, f: Formats) -> list[str]:
    if changes is None:
        return []
    names = dict(zip(told.result.data.units, told.result.data.names, strict=True))
    rows = changes.to_pylist()
    said = []
    for first, last in dict.fromkeys((r["from_year"], r["to_year"]) for r in rows[::-1]):
        if last != told.run.year:
            continue
        some = [r for r in rows if (r["from_year"], r["to_year"]) == (first, last)]
        before = len(said)
        for text, wanted in ((w.rose, robustness.ROSE), (w.fell, robustness.FELL)):
            moved = [names[r["unit"]] for r in some if r["says"] == wanted]
            if moved:
                listed = _listed(moved, w, f)
                said.append(text.format(first=first, last=last, names=listed))
        if len(said) == before:
            said.append(w.no_change.format(first=first, last=last))
    return said


def _indicators(told: YearResults, w: Words, f: Formats) -> list[dict[str, str]]:
    spec, result = told.spec, told.result
    titles = {g.id: g.title or g.id for g in spec.groups}
    weight = weighing.in_index(result.nodes, result.weights, ids(spec))
    there = (~np.isnan(result.data.raw)).sum(axis=0)
    return [
        {
            "title": use.title or use.id,
            "group": titles.get(use.parent, "–"),
            "better": w.higher if use.direction == "higher" else w.lower,
            "weight": f.percent(100 * float(weight[n])),
            "there": f.number(int(there[n])),
        }
        for n, use in enumerate(spec.indicators)
    ]


def _steps(told: YearResults, w: Words, f: Formats) -> list[tuple[str, str]]:
    spec = told.spec
    how = spec.normalise
    ends = {
        "low": f.number(how.low, 0 if how.low % 1 == 0 else 2),
        "high": f.number(how.high, 0 if how.high % 1 == 0 else 2),
    }
    titles = {u.id: u.title or u.id for u in spec.indicators}
    other = [titles[u.id] for u in spec.indicators if u.normalise]
    other += [
        f"{titles[u.id]} ({w.log_taken if u.transform == 'log' else w.root_taken})"
        for u in spec.indicators
        if u.transform != "none"
    ]
    scale = w.code("normalise", how.method).format(**ends)
    if other:
        scale += " " + w.own_rule.format(which=_listed(other, w, f))
    means = w.code("aggregate", spec.aggregate.method)
    if different := [g.title or g.id for g in spec.groups if g.aggregate]:
        means += " " + w.own_rule.format(which=_listed(different, w, f))
    treats = w.code("treat", spec.treat.method)
    if own := [titles[u.id] for u in spec.indicators if u.treat]:
        treats += " " + w.own_rule.format(which=_listed(own, w, f))
    return [
        (w.step_impute, w.code("impute", spec.impute.method)),
        (w.step_treat, treats),
        (w.step_normalise, scale),
        (w.step_weight, w.code("weighing", spec.weight)),
        (w.step_aggregate, means),
    ]


def _cares(told: YearResults, w: Words, f: Formats) -> list[str]:
    spec, result, found = told.spec, told.result, told.coherence
    said = []
    if many := int(result.filled.sum()):
        said.append(w.imputed.format(n=f.number(many)))
    for group, rows in result.filled_groups.items():
        if rows.any():
            said.append(w.group_filled.format(group=group, n=f.number(int(rows.sum()))))
    if result.left_out:
        names = [u for u, _ in result.left_out]
        said.append(w.left_out.format(n=f.number(len(names)), names=_listed(names, w, f)))
    short = int(np.isnan(result.stages["imputed"]).any(axis=1).sum())
    if short:
        said.append(w.fewer.format(n=f.number(short)))
    titles = [u.title or u.id for u in spec.indicators]
    parents = [u.parent for u in spec.indicators]
    twins = [
        f"{titles[a]} – {titles[b]}"
        for a, b in zip(*np.triu_indices(len(titles), 1), strict=True)
        if parents[a] == parents[b] and found.pairs[a, b] > correlation.REDUNDANT
    ]
    if twins:
        said.append(w.twins.format(names=_listed(twins, w, f)))
    against = [t for t, r in zip(titles, found.with_index, strict=True) if r < 0]
    if against:
        said.append(w.against.format(names=_listed(against, w, f)))
    return said


def _units(told: YearResults, w: Words, f: Formats) -> list[dict[str, str]]:
    spec, result, ranges = told.spec, told.result, told.ranges
    score, rank = result.scores[spec.id], result.ranks[spec.id]
    third = robustness.thirds(ranges)
    places = 3 if spec.normalise.high - spec.normalise.low <= 1 else 1
    rows = []
    for n in np.lexsort((np.array(result.data.names), rank)):
        low, high = (f.number(int(e[n])) for e in (ranges.low, ranges.high))
        row = {
            "name": result.data.names[n],
            "score": f.number(float(score[n]), places),
            "rank": f.number(float(rank[n])),
            "range": w.span.format(low=low, high=high),
            "third": w.code("third", third[n]),
        }
        if told.sets is not None:
            ends = (f.number(int(e[n])) for e in (told.sets.low, told.sets.high))
            row["sure"] = w.span.format(**dict(zip(("low", "high"), ends, strict=True)))
        rows.append(row)
    return rows


def of_audit(
    title: str,
    audits: Sequence[tuple[int | None, PublishedIndex, Audit]],
    told: Sequence[str],
    lang: str,
    titles: Mapping[str, str] | None = None,
) -> str:
    """The report of an audit, of one year or several, as one HTML file.

    `titles` are those of indicators and groups, by id, where they have one.
    """
    from warehouse.publications import page

    w, f = texts()[lang], page.formats(lang)
    _, public, _ = audits[-1]
    found = [(year, finding) for year, _, audit in audits for finding in audit.findings]
    checked = [*public.stages, *(["scores"] if public.scores else [])]
    checked += ["ranks"] if public.ranks else []
    name = w.audit_title.format(title=title)
    named = {a for _, x in found for a in (*x.about, *x.why.others)}
    named |= {a for _, x in found for some in x.candidates for c in some for a in c.about}
    return _page(
        "audit.html",
        name,
        w,
        f,
        title=name,
        summary=w.audit_summary.format(
            units=f.number(len(public.data.units)), indicators=f.number(public.data.raw.shape[1])
        ),
        checked=w.audit_checked.format(stages=f.listed(w.code("stage", s) for s in checked)),
        verdict=_verdict([x for _, x in found if x.is_defect], w),
        years=len(audits) > 1,
        defects=[_finding(y, x, w, f) for y, x in found if x.is_defect],
        notes=[_finding(y, x, w, f) for y, x in found if not x.is_defect],
        codes=[(i, t) for i, t in (titles or {}).items() if i in named and t != i],
        remarks=list(dict.fromkeys(r for _, _, audit in audits for r in audit.remarks)),
        told=list(told),
    )


def _verdict(defects: Sequence[Finding], w: Words) -> str:
    """How many discrepancies there are, and what the one that moves the most ranks does."""
    if not defects:
        return ""
    most = max(defects, key=lambda x: x.effect.ends[1] if x.effect.ends else (0, 0))
    said = w.audit_count.format(n=len(defects))
    if not any(x.effect.ends is None or x.effect.ends[1][0] for x in defects):
        return f"{said} {w.audit_no_rank}"
    return f"{said} {w.audit_worst.format(effect=effect(most.effect, w.lang))}"


def _finding(year: int | None, finding: Finding, w: Words, f: Formats) -> dict[str, object]:
    kind = w.code("kind", finding.kind)
    return {
        "year": year,
        "kind": kind[:1].upper() + kind[1:],
        "stage": w.code("stage", finding.stage),
        "about": f.listed(finding.about),
        "evidence": evidence(finding.why, finding.follows, w.lang),
        "either": alternatives(finding.candidates, w.lang),
        "effect": effect(finding.effect, w.lang),
    }
