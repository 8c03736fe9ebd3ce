"""One asset for each indicator: the fate of every record that it claims, judged."""

import dagster as dg
import pyarrow as pa

from assets.judged import check_specs, last_good, result, words
from assets.tables import public
from assets.versions import code_version
from assets.workspace import Workspace
from catalog import Catalog
from catalog.models.model import Indicator

REGISTRY = ("spatial_unit", "crosswalk", "status")
LISTS = ("scale", "unit")  # what its rules look up besides


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
        f"ca: {spec.title.ca} · es: {spec.title.es} · fr: {spec.title.fr}",
        kinds={"parquet"},
        owners=["team:observatory"],
        tags={"theme": spec.theme, "kind": spec.kind, **_names(spec)},
        check_specs=check_specs(key),
        code_version=code_version(["assets.indicators"], spec, *statements.values(), *corrections),
    )
    def _indicator(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult:
        import pyarrow.compute as pc

        from expectations import judge, rules
        from warehouse import store
        from warehouse.methods.derive import derive
        from warehouse.methods.harmonise import harmonise
        from warehouse.tables import HARMONISED

        home = workspace.folder
        problems: list[str] = []
        if spec.derived:
            candidate = derive(spec, {i: _part(home.indicator(i)) for i in inputs})
        else:
            candidate, problems = harmonise(
                spec,
                _histories(home, pairs),
                statements,
                **{name: store.read(home.table(name)) for name in REGISTRY},
                corrections=corrections,
                unknown=_unknown(home, pairs),
            )
            candidate = _of_one_unit(candidate, spec, store.read(home.table("unit")))
        meant = _meant(home, pairs, inputs)
        of_indicator = rules.for_indicator(spec, catalog, meant=bool(meant))
        candidate, _ = judge.quarantine(candidate, of_indicator)
        path, rejected = home.indicator(spec.id), home.rejected(spec.id)
        previous = last_good(path)
        dictionaries = {name: store.read(home.table(name)) for name in ("unit", "scale", "status")}
        verdict = judge.judge(
            candidate,
            of_indicator,
            previous=previous,
            dictionaries=dictionaries,
            problems=problems,
        )
        figures = pc.is_in(candidate["fate"], pa.array(["observation", "part", "context"]))
        sample = public(candidate.filter(figures), workspace.catalog)
        notes = {
            "what changed": words(previous, candidate),
            "fates": dg.MetadataValue.json(_fates(candidate)),
        }
        if verdict.passed:
            version = store.write(candidate, HARMONISED, path, {"meant": meant} if meant else {})
            rejected.unlink(missing_ok=True)
            return result(key, HARMONISED, candidate, version, verdict, sample=sample, notes=notes)
        context.log.error(" ".join(verdict.sentences))
        reason = "; ".join(verdict.sentences)
        store.write(_all_quarantined(candidate, reason), HARMONISED, rejected)
        served = _stale(previous, candidate) if previous is not None else candidate.slice(0, 0)
        version = store.write(served, HARMONISED, path)
        notes["served"] = "the last good figures, marked stale; this candidate is in quarantine"
        if previous is not None and not _brings_news(previous, candidate):
            notes["edited"] = f"catalog/indicators/{spec.id}.yaml"
        return result(key, HARMONISED, served, version, verdict, sample=sample, notes=notes)

    return _indicator


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


def _brings_news(previous: pa.Table, candidate: pa.Table) -> bool:
    """Whether a candidate is made from an edition that the last good table did not know.

    Where it does not, what makes it red is an edit of ours.
    """
    import pyarrow.compute as pc

    known, now = (set(pc.unique(t["snapshot_id"]).to_pylist()) for t in (previous, candidate))
    last, newest = (pc.max(t["recorded_to"]).as_py() for t in (previous, candidate))
    return bool(now - known) or (newest is not None and (last is None or newest > last))


def _of_one_unit(candidate: pa.Table, spec: Indicator, units: pa.Table) -> pa.Table:
    """Without the rows in another unit. Where a rule of breaks looks for redrawn territories, a step is
    theirs."""
    from warehouse.methods.unit_shift import shifted

    if spec.break_rule:
        return candidate
    unit = next(u for u in units.to_pylist() if u["unit"] == spec.unit)
    smooth = {(b.provider, b.dataset) for b in spec.bindings if b.interpolated}
    return shifted(candidate, unit["dimension"], bool(unit["denominator"]), smooth)


def _meant(home, pairs, inputs) -> str:
    """Why a person accepted an edition that it is made from although figures went; else empty."""
    from warehouse import store

    files = [*(home.history(*pair) for pair in pairs), *(home.indicator(i) for i in inputs)]
    said = [store.metadata(f).get("meant", "") for f in files if f.exists()]
    return "; ".join(dict.fromkeys(s for s in said if s))


def _unknown(home, pairs) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """(column, code) of each dataset that waits in quarantine until a person accepts it."""
    import json

    from warehouse import store

    return {
        pair: [tuple(p) for p in json.loads(store.metadata(path).get("unknown") or "[]")]
        for pair in pairs
        if (path := home.history(*pair)).exists()
    }


def _part(path) -> pa.Table:
    """A part of a formula; empty while no dataset of it has a snapshot."""
    from warehouse import store
    from warehouse.tables import HARMONISED

    return store.read(path) if path.exists() else store.empty(HARMONISED)


def _histories(home, pairs) -> dict[tuple[str, str], tuple[pa.Table, str]]:
    from warehouse import store

    return {
        pair: (store.read(path), store.metadata(path).get("stale_since", ""))
        for pair in pairs
        if (path := home.history(*pair)).exists()
    }


def _fates(table: pa.Table) -> dict[str, int]:
    counts = table["fate"].value_counts().to_pylist()
    return {c["values"]: c["counts"] for c in sorted(counts, key=lambda c: c["values"])}


def _all_quarantined(candidate: pa.Table, reason: str) -> pa.Table:
    """The rejected candidate: each record that would have been a figure says why it is not."""
    import pyarrow.compute as pc

    figure = pc.is_in(candidate["fate"], pa.array(["observation", "part", "context"]))
    for name, text in (
        ("fate", "quarantine"),
        ("reason", "rejected"),
        ("detail", f"the whole candidate was rejected: {reason}"),
    ):
        i = candidate.column_names.index(name)
        candidate = candidate.set_column(
            i, name, pc.if_else(figure, pa.scalar(text), candidate[name].cast(pa.string()))
        )
    return candidate


def _stale(previous: pa.Table, candidate: pa.Table) -> pa.Table:
    """The last good figures, with the publication date of the edition that was rejected."""
    import pyarrow.compute as pc

    since = pc.max(candidate["recorded_from"]) if len(candidate) else pa.scalar(None)
    i = previous.column_names.index("stale_since")
    marks = pc.fill_null(previous["stale_since"], since.cast(pa.timestamp("us")))
    return previous.set_column(i, "stale_since", marks)
