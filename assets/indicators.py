"""One asset for each indicator: the fate of every record that it claims, judged."""

import dagster as dg
import pyarrow as pa

from assets.judged import SMALL, check_specs, columns, last_good, result, words
from assets.tables import public
from assets.versions import code_version
from assets.workspace import Workspace
from catalog import Catalog
from catalog.models.comparability import load
from catalog.models.model import Indicator
from warehouse.home import Home
from warehouse.tables import HARMONISED

# What the candidate and its rules look up besides.
REGISTRY = ("spatial_unit", "crosswalk", "status")
LISTS = ("scale", "unit")
COLUMNS = columns(HARMONISED)


def indicator(catalog: Catalog, spec: Indicator) -> dg.AssetsDefinition:
    """The asset of one indicator, read from sources or computed from others."""
    key = dg.AssetKey(["indicator", spec.id])
    pairs = sorted({(b.provider, b.dataset) for b in spec.bindings})
    statements = {pair: catalog.dataset(*pair) for pair in pairs}
    corrections = [c for c in catalog.corrections if (c.provider, c.dataset) in statements]
    facts = [spec, *statements.values(), *corrections, load().spikes.of(spec.id)]

    @dg.asset(
        key=key,
        deps=_deps(spec, pairs),
        group_name=f"theme_{spec.theme}",
        description=_description(catalog, spec, pairs),
        kinds={"parquet"},
        owners=["team:observatory"],
        metadata=COLUMNS,
        tags={"theme": spec.theme, "kind": spec.kind, **_names(spec)},
        op_tags=SMALL,
        check_specs=check_specs(key),
        code_version=code_version(["assets.indicators"], *facts),
    )
    def _indicator(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult:
        from expectations import judge, rules
        from warehouse import fates

        claim, home = fates.Claim(spec, statements, corrections), workspace.folder
        candidate, problems = fates.candidate(claim, home, REGISTRY)
        meant = fates.meant(claim, home)
        wanted = rules.for_indicator(spec, catalog, meant=bool(meant))
        candidate, _ = judge.quarantine(candidate, wanted)
        previous = last_good(home.indicator(spec.id))
        looked_up = _dictionaries(home)
        verdict = judge.judge(
            candidate, wanted, previous=previous, dictionaries=looked_up, problems=problems
        )
        if not verdict.passed:
            context.log.error(" ".join(verdict.sentences))
        served, version, told = (
            _current(home, spec.id, candidate, meant)
            if verdict.passed
            else _set_aside(home, spec.id, candidate, previous, verdict)
        )
        notes = {
            "what changed": words(previous, candidate),
            "fates": dg.MetadataValue.json(fates.counts(candidate)),
            **told,
        }
        sample = public(fates.figures(candidate), workspace.catalog)
        return result(key, served, version, verdict, sample=sample, notes=notes)

    return _indicator


def _deps(spec: Indicator, pairs: list[tuple[str, str]]) -> list[dg.AssetKey]:
    """What an indicator is made from: histories or other indicators, and what they look up."""
    inputs = sorted({p.indicator for p in spec.derived.inputs.values()}) if spec.derived else []
    names = [*(REGISTRY if pairs else ()), *LISTS]
    made = [*(["history", *pair] for pair in pairs), *(["indicator", i] for i in inputs)]
    return [*map(dg.AssetKey, made), *map(dg.AssetKey, names)]


def _description(catalog: Catalog, spec: Indicator, pairs: list[tuple[str, str]]) -> str:
    """What the UI says of an indicator."""
    formula = f" Formula: {spec.derived.formula}." if spec.derived else ""
    return (
        f"{spec.title.en}. {spec.definition.en}{formula}\n\n"
        f"ca: {spec.title.ca} · es: {spec.title.es} · fr: {spec.title.fr}\n\n"
        f"{_absence(catalog, pairs)}"
    )


def _dictionaries(home: Home) -> dict[str, pa.Table]:
    """The tables that the rules of an indicator look up."""
    from warehouse import store

    return {n: store.read(home.table(n)) for n in ("unit", "scale", "status")}


def _current(home: Home, indicator: str, candidate: pa.Table, meant: str):
    """Make a candidate that passed the current table: (table, data version, notes)."""
    from warehouse import store

    footer = {"meant": meant} if meant else {}
    version = store.write(candidate, HARMONISED, home.indicator(indicator), footer)
    store.remove(home.rejected(indicator))
    return candidate, version, {}


def _set_aside(home: Home, indicator: str, candidate: pa.Table, previous: pa.Table | None, verdict):
    """Keep a red candidate apart and serve the last good figures, marked stale: (table, version, notes)."""
    from warehouse import fates, store

    reason = "; ".join(verdict.sentences)
    store.write(fates.rejected(candidate, reason), HARMONISED, home.rejected(indicator))
    served = candidate.slice(0, 0) if previous is None else fates.stale(previous, candidate)
    version = store.write(served, HARMONISED, home.indicator(indicator))
    notes = {"served": "the last good figures, marked stale; this candidate is in quarantine"}
    if previous is not None and not fates.brings_news(previous, candidate):
        notes["edited"] = f"catalog/indicators/{indicator}.yaml"
    return served, version, notes


def _absence(catalog: Catalog, pairs: list[tuple[str, str]]) -> str:
    """What the catalog alone knows of figures that will be missing, and where the rest is told."""
    closed = ["/".join(p) for p in pairs if not catalog.dataset(*p).redistributable]
    licence = (
        f"Not published: the licence of {', '.join(closed)} does not allow it. " if closed else ""
    )
    return (
        f"{licence}Where it has no figures, asset `availability` says why (its metadata lists all "
        "indicators without figures), as does table `availability` of the release."
    )


def _names(spec: Indicator) -> dict[str, str]:
    """Tags by which the search of the UI finds the indicator in every language.

    Dagster allows 63 plain letters, digits, dashes and points in a tag.
    """
    import re

    from anyascii import anyascii

    from catalog.languages import languages

    named = [(lang, getattr(spec.title, lang)) for lang in languages()]
    plain = {lang: re.sub(r"[^A-Za-z0-9]+", "-", anyascii(text)) for lang, text in named}
    return {f"name_{lang}": text[:63].strip("-").lower() for lang, text in plain.items()}
