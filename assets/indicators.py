"""One asset for each indicator: the fate of every record that it claims, judged."""

import dagster as dg

from assets.judged import check_specs, last_good, result, words
from assets.tables import public
from assets.versions import code_version
from assets.workspace import Workspace
from catalog import Catalog
from catalog.models.comparability import load
from catalog.models.model import Indicator

# What the candidate and its rules look up besides.
REGISTRY = ("spatial_unit", "crosswalk", "status")
LISTS = ("scale", "unit")


def indicator(catalog: Catalog, spec: Indicator) -> dg.AssetsDefinition:
    """The asset of one indicator, read from sources or computed from others."""
    key = dg.AssetKey(["indicator", spec.id])
    pairs = sorted({(b.provider, b.dataset) for b in spec.bindings})
    inputs = sorted({p.indicator for p in spec.derived.inputs.values()}) if spec.derived else []
    statements = {pair: catalog.dataset(*pair) for pair in pairs}
    corrections = [c for c in catalog.corrections if (c.provider, c.dataset) in statements]
    deps = [dg.AssetKey(["history", *pair]) for pair in pairs]
    deps += [dg.AssetKey(["indicator", i]) for i in inputs]
    deps += [dg.AssetKey(name) for name in (*(REGISTRY if pairs else ()), *LISTS)]
    formula = f" Formula: {spec.derived.formula}." if spec.derived else ""

    @dg.asset(
        key=key,
        deps=deps,
        group_name=f"theme_{spec.theme}",
        description=f"{spec.title.en}. {spec.definition.en}{formula}\n\n"
        f"ca: {spec.title.ca} · es: {spec.title.es} · fr: {spec.title.fr}\n\n"
        f"{_absence(catalog, pairs)}",
        kinds={"parquet"},
        owners=["team:observatory"],
        tags={"theme": spec.theme, "kind": spec.kind, **_names(spec)},
        check_specs=check_specs(key),
        code_version=code_version(
            ["assets.indicators"],
            spec,
            *statements.values(),
            *corrections,
            load().spikes.of(spec.id),
        ),
    )
    def _indicator(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult:
        from expectations import judge, rules
        from warehouse import fates, store
        from warehouse.tables import HARMONISED

        home = workspace.folder
        path, rejected = home.indicator(spec.id), home.rejected(spec.id)
        claim = fates.Claim(spec, statements, corrections)
        candidate, problems = fates.candidate(claim, home, REGISTRY)
        meant = fates.meant(claim, home)
        wanted = rules.for_indicator(spec, catalog, meant=bool(meant))
        candidate, _ = judge.quarantine(candidate, wanted)
        previous = last_good(path)
        verdict = judge.judge(
            candidate,
            wanted,
            previous=previous,
            dictionaries={n: store.read(home.table(n)) for n in ("unit", "scale", "status")},
            problems=problems,
        )
        sample = public(fates.figures(candidate), workspace.catalog)
        notes = {
            "what changed": words(previous, candidate),
            "fates": dg.MetadataValue.json(fates.counts(candidate)),
        }
        if verdict.passed:
            version = store.write(candidate, HARMONISED, path, {"meant": meant} if meant else {})
            store.remove(rejected)
            return result(key, HARMONISED, candidate, version, verdict, sample=sample, notes=notes)
        context.log.error(" ".join(verdict.sentences))
        reason = "; ".join(verdict.sentences)
        store.write(fates.rejected(candidate, reason), HARMONISED, rejected)
        served = candidate.slice(0, 0) if previous is None else fates.stale(previous, candidate)
        version = store.write(served, HARMONISED, path)
        notes["served"] = "the last good figures, marked stale; this candidate is in quarantine"
        if previous is not None and not fates.brings_news(previous, candidate):
            notes["edited"] = f"catalog/indicators/{spec.id}.yaml"
        return result(key, HARMONISED, served, version, verdict, sample=sample, notes=notes)

    return _indicator


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
