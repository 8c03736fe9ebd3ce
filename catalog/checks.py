"""Facts that must agree across catalog files: names that are used must be stated, one record must
belong to one binding, and a formula's parts must be unambiguous."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from catalog.contents import Catalog
    from catalog.models.model import Binding, Exclude, Indicator, Where

SIMPLE = re.compile(r"[a-z][a-z0-9_]*")


def cross_check(catalog: Catalog) -> list[str]:
    """One sentence, with file, field and remedy, for each thing that does not fit together."""
    units = {row["unit"]: row["dimension"] for row in _rows(catalog, "unit")}
    return [
        *_twice(catalog),
        *(p for i in catalog.indicators.values() for p in _indicator(catalog, i, units)),
        *(p for i in catalog.indicators.values() for p in _words(catalog, i)),
        *(p for i in catalog.indicators.values() for p in _formula(catalog, i)),
        *_circles(catalog),
        *_claims(catalog),
        *_providers(catalog),
        *_statuses(catalog),
        *_corrections(catalog),
        *_known_issues(catalog),
        *_indices(catalog),
        *_totals(catalog),
        *_greater_cities(catalog),
    ]


def _indices(catalog: Catalog) -> Iterator[str]:
    for spec in catalog.indices.values():
        file = f"catalog/indices/{spec.id}.yaml"
        if spec.latest is None or isinstance(spec.title, str):
            yield f"{file}: an index of the observatory needs 'latest' and a title in four languages; add them."
        elif spec.latest.theme not in catalog.themes:
            yield f"{file}: field 'latest.theme': '{spec.latest.theme}' is no theme; use one of catalog/themes.yaml."
        for use in spec.indicators:
            stated = catalog.indicators.get(use.id)
            if stated is None:
                yield f"{file}: indicator '{use.id}' is not in catalog/indicators; correct the name."
            elif not stated.between_places:
                yield (
                    f"{file}: indicator '{use.id}' is a total, which is not compared between places "
                    f"(between_places in its file); use its rate{_named(stated.compare_instead)}."
                )
            elif stated.direction != use.direction:
                yield (
                    f"{file}: indicator '{use.id}' is said to be better when {use.direction}, its own "
                    f"file says {stated.direction}; make them the same or leave it out."
                )


def _named(rate: str | None) -> str:
    return f", '{rate}'" if rate else " or leave it out"


def _totals(catalog: Catalog) -> Iterator[str]:
    for i in catalog.indicators.values():
        rate = catalog.indicators.get(i.compare_instead or i.id)
        if rate is None or (i.compare_instead and not rate.between_places):
            yield (
                f"catalog/indicators/{i.id}.yaml: compare_instead: '{i.compare_instead}' is no "
                "indicator that may be compared between places; correct the name."
            )


def overlap(a: Where, b: Where) -> bool:
    """Whether two conditions can hold for one record, as far as they themselves prove it.

    They exclude each other only by a dimension on which both ask for different codes. Two regular
    expressions on one dimension are taken to differ, since that cannot be decided here.
    """
    return all(_meet(_codes(a[d]), _codes(b[d])) for d in a.keys() & b.keys())


def within(inner: Where, outer: Where) -> bool:
    """Whether every record of `inner` provably is one of `outer`."""
    return all(
        d in inner and all(any(_fits(code, o) for o in _codes(wanted)) for code in _codes(inner[d]))
        for d, wanted in outer.items()
    )


def _codes(wanted: str | list[str]) -> list[str]:
    return [wanted] if isinstance(wanted, str) else wanted


def _fits(code: str, pattern: str) -> bool:
    if pattern.startswith("~") and not code.startswith("~"):
        return re.fullmatch(pattern[1:], code) is not None
    return code == pattern


def _meet(a: list[str], b: list[str]) -> bool:
    return any(_fits(x, y) or _fits(y, x) for x in a for y in b)


def _twice(catalog: Catalog) -> Iterator[str]:
    for table, column in (("unit", "unit"), ("scale", "scale")):
        codes = [row[column] for row in _rows(catalog, table)]
        for code in sorted({c for c in codes if codes.count(c) > 1}):
            yield f"catalog/{table}s.csv: field '{column}': '{code}' appears twice; remove one row."
    for name, rows in catalog.frameworks.items():
        codes = [row["code"] for row in rows]
        for code in sorted({c for c in codes if codes.count(c) > 1}):
            yield (
                f"catalog/frameworks/{name}.yaml: field 'code': '{code}' appears twice; remove one."
            )
        yield from _framework(catalog, name, rows)


def _framework(catalog: Catalog, name: str, rows: list[dict[str, Any]]) -> Iterator[str]:
    """What a framework says of indicators and languages that the catalog does not have."""
    file = f"catalog/frameworks/{name}.yaml"
    for row in rows:
        for indicator in row["indicators"]:
            if indicator not in catalog.indicators:
                yield (
                    f"{file}: field 'indicators' of '{row['code']}': there is no indicator "
                    f"'{indicator}'; correct the spelling or remove it."
                )
        for language in row["official"]:
            if language != "en" and language not in row["titles"]:
                yield (
                    f"{file}: field 'official' of '{row['code']}': there is no title in "
                    f"'{language}'; add it under 'titles' or remove the language."
                )


def _indicator(catalog: Catalog, i: Indicator, units: dict[str, str]) -> Iterator[str]:
    file = f"catalog/indicators/{i.id}.yaml"
    if i.theme not in catalog.themes:
        yield (
            f"{file}: field 'theme': '{i.theme}' is not in catalog/themes.yaml; "
            f"use one of {', '.join(catalog.themes)}."
        )
    for field, unit in [("unit", i.unit)] + [
        (f"bindings.{n}.unit", b.unit) for n, b in enumerate(i.bindings)
    ]:
        if unit not in units:
            yield (
                f"{file}: field '{field}': '{unit}' is not in catalog/units.csv; add the unit "
                "there or correct the spelling."
            )
        elif units[unit] != units.get(i.unit, units[unit]):
            yield (
                f"{file}: field '{field}': '{unit}' measures {units[unit]} but the indicator's "
                f"unit {i.unit} measures {units[i.unit]}; make it an indicator of its own."
            )
    if i.bindings and i.unit not in {b.unit for b in i.bindings}:
        yield (
            f"{file}: field 'unit': no binding serves '{i.unit}'; use the unit of a binding, "
            f"{' or '.join(sorted({b.unit for b in i.bindings}))}."
        )
    if i.range.min is not None and i.range.max is not None and i.range.min > i.range.max:
        yield f"{file}: field 'range': min is above max; exchange them."
    for n, b in enumerate(i.bindings):
        if any(not isinstance(b.where.get(d), str) for d in b.margin):
            yield (
                f"{file}: field 'bindings.{n}.margin': 'where' must give one code to each of its "
                f"dimensions ({', '.join(b.margin)}); add it."
            )
        provider = catalog.providers.get(b.provider)
        if provider is None or b.dataset not in provider.datasets:
            yield (
                f"{file}: field 'bindings.{n}': dataset '{b.dataset}' of '{b.provider}' is "
                f"not stated; add it to catalog/providers/{b.provider}.yaml."
            )


def _words(catalog: Catalog, i: Indicator) -> Iterator[str]:
    file = f"catalog/indicators/{i.id}.yaml"
    for name, codes in i.references.items():
        if name not in catalog.frameworks:
            yield (
                f"{file}: field 'references': there is no framework '{name}'; add "
                f"catalog/frameworks/{name}.yaml or use one of {', '.join(catalog.frameworks)}."
            )
            continue
        stated = {row["code"] for row in catalog.frameworks[name]}
        for code in codes:
            if code not in stated:
                yield (
                    f"{file}: field 'references.{name}': '{code}' is not in "
                    f"catalog/frameworks/{name}.yaml; add it there with its source or remove it."
                )
    for field, texts in (("title", i.title), ("definition", i.definition)):
        for language, text in {"en": texts.en, **texts.beside}.items():
            if not text.strip():
                yield f"{file}: field '{field}.{language}': it is empty; write it."


def _formula(catalog: Catalog, i: Indicator) -> Iterator[str]:
    if i.derived is None:
        return
    file = f"catalog/indicators/{i.id}.yaml"
    used = set(SIMPLE.findall(i.derived.formula))
    for name in sorted(used - i.derived.inputs.keys()):
        yield (
            f"{file}: field 'derived.formula': '{name}' is not in 'derived.inputs'; state there "
            "which indicator it is."
        )
    for name, part in i.derived.inputs.items():
        field = f"field 'derived.inputs.{name}'"
        if name not in used:
            yield f"{file}: {field}: the formula does not use it; use it or remove it."
        source = catalog.indicators.get(part.indicator)
        if source is None:
            yield f"{file}: {field}: indicator '{part.indicator}' does not exist; correct the name."
            continue
        served = {b.unit for b in source.bindings} or {source.unit}
        if part.unit is None and len(served) > 1:
            yield (
                f"{file}: {field}: '{part.indicator}' is served in {', '.join(sorted(served))}; "
                "say in 'unit' which one."
            )
        elif part.unit is not None and part.unit not in served:
            yield (
                f"{file}: {field}: '{part.indicator}' is not served in '{part.unit}'; use "
                f"{' or '.join(sorted(served))}."
            )
        for variant in ("sex", "age"):
            wanted = getattr(part, variant)
            there = {getattr(b, variant) for b in source.bindings}
            if wanted is not None and there and wanted not in there:
                yield (
                    f"{file}: {field}: '{part.indicator}' has no {variant} '{wanted}'; use "
                    f"{' or '.join(sorted(there))}."
                )


def _circles(catalog: Catalog) -> Iterator[str]:
    parts = {
        i.id: [p.indicator for p in i.derived.inputs.values()] if i.derived else []
        for i in catalog.indicators.values()
    }
    for start, direct in parts.items():
        seen, todo = set(), list(direct)
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo += parts.get(name, [])
        if start in seen:
            yield (
                f"catalog/indicators/{start}.yaml: field 'derived.inputs': it is made, directly "
                "or through others, from itself; take that part out."
            )


def _claims(catalog: Catalog) -> Iterator[str]:
    bound: dict[tuple[str, str], list[tuple[str, int, Binding]]] = defaultdict(list)
    for i in catalog.indicators.values():
        for n, b in enumerate(i.bindings):
            bound[b.provider, b.dataset].append((i.id, n, b))
    for (provider, dataset), bindings in sorted(bound.items()):
        for (i, n, a), (j, m, b) in combinations(bindings, 2):
            if overlap(a.where, b.where):
                yield (
                    f"catalog/indicators/{j}.yaml: field 'bindings.{m}.where': it can claim the "
                    f"same record of {provider}/{dataset} as bindings.{n} of {i}.yaml; ask for a "
                    "code, in both, of a dimension that tells them apart."
                )
        excludes = _excludes(catalog, provider, dataset)
        for i, n, b in bindings:
            for k, rule in enumerate(excludes):
                if within(b.where, rule.where):
                    yield (
                        f"catalog/indicators/{i}.yaml: field 'bindings.{n}.where': "
                        f"catalog/providers/{provider}.yaml excludes every record of it "
                        f"(datasets.{dataset}.exclude.{k}); change one of the two."
                    )


def _providers(catalog: Catalog) -> Iterator[str]:
    for p in catalog.providers.values():
        for code, d in p.datasets.items():
            field = f"catalog/providers/{p.id}.yaml: field 'datasets.{code}"
            if not re.fullmatch(r"[a-z0-9_]+", code):
                yield (
                    f"{field}': a dataset is named with lower-case letters, digits and _, as its "
                    "folder is; rename it."
                )
            if d.provenance == "carrier" and not d.derived_by:
                yield f"{field}.derived_by': it is empty; say who derived these figures from what."
            if not d.territory:
                yield (
                    f"{field}.territory': no rule says which territory a record speaks of; add one."
                )
            for n, rule in enumerate(d.territory[:-1]):
                if not rule.where:
                    yield (
                        f"{field}.territory.{n}': it fits every record, so the rules after it "
                        "never decide; put it last."
                    )


def _statuses(catalog: Catalog) -> Iterator[str]:
    rows = _rows(catalog, "status")
    order = {r["flag"]: r["precedence"] for r in rows if r["provider"] == "sdmx" and r["flag"]}
    seen = set()
    for r in rows:
        name = f"catalog/statuses.csv: flag '{r['flag']}' of '{r['provider']}'"
        if r["obs_status"] not in order:
            yield (
                f"{name}: field 'obs_status': '{r['obs_status']}' is no code of CL_OBS_STATUS; "
                f"use one of {', '.join(order)}."
            )
        elif r["precedence"] != order[r["obs_status"]]:
            yield (
                f"{name}: field 'precedence': {r['precedence']} is not the place of "
                f"{r['obs_status']} in the official order; write {order[r['obs_status']]}."
            )
        if not r["source"]:
            yield f"{name}: field 'source': it is empty; say where the mapping comes from."
        if (r["provider"], r["flag"]) in seen:
            yield f"{name}: field 'flag': it appears twice; remove one row."
        seen.add((r["provider"], r["flag"]))


def _corrections(catalog: Catalog) -> Iterator[str]:
    for c in catalog.corrections:
        file = f"catalog/corrections/{c.provider}.yaml: the correction of {c.dataset} {c.match}"
        if not _stated(catalog, c.provider, c.dataset):
            yield (
                f"{file}: field 'dataset': it is not stated in catalog/providers; correct the name."
            )
        if c.action in ("override", "scale") and c.value is None:
            yield f"{file}: field 'value': '{c.action}' needs a number; add it."
        if c.action == "flag" and not c.flag:
            yield f"{file}: field 'flag': it is missing; add the flag."


def _known_issues(catalog: Catalog) -> Iterator[str]:
    seen = set()
    for i in catalog.known_issues:
        file = f"catalog/known_issues/{i.provider}.yaml: '{i.id}'"
        if i.dataset is not None and not _stated(catalog, i.provider, i.dataset):
            yield f"{file}: field 'dataset': it is not stated in catalog/providers; correct the name."
        if (i.provider, i.id) in seen:
            yield f"{file}: field 'id': it is given twice; rename one."
        seen.add((i.provider, i.id))


def _greater_cities(catalog: Catalog) -> Iterator[str]:
    """Eurostat gives a greater city of today the code of a city; the label tells them apart."""
    path = catalog.csv("spatial_unit")
    if not path.exists():
        return
    with path.open(encoding="utf-8", newline="") as f:
        labelled = (line for line in f if "(greater city)" in line)
        listed = [next(f), *labelled]
    for row in csv.DictReader(listed):
        if row["system"] == "eurostat_city" and row["scale"] != "greater_city":
            yield (
                f"catalog/metros/spatial_unit.csv: field 'scale': {row['unit_id']} is called "
                f"'{row['name']}' but has the scale {row['scale']}; write greater_city."
            )


def _excludes(catalog: Catalog, provider: str, dataset: str) -> list[Exclude]:
    if not _stated(catalog, provider, dataset):
        return []
    return catalog.providers[provider].datasets[dataset].exclude


def _stated(catalog: Catalog, provider: str, dataset: str) -> bool:
    return provider in catalog.providers and dataset in catalog.providers[provider].datasets


def _rows(catalog: Catalog, table: str) -> list[dict[str, str]]:
    with catalog.csv(table).open(encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))
