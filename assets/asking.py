"""Asking providers: one step for all of them, so that they are waited for at once."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import dagster as dg

from assets import governance, upstream
from assets.versions import code_version
from assets.workspace import Workspace
from catalog import Catalog
from catalog.models.model import Provider
from sources.refresh.judgement import Needs

CHECKS = {
    "answered": "Every dataset was answered.",
    "accepted": "No download is held because it was found suspicious.",
}

ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN
_ADDRESS = re.compile(r"https?://([^/\s:]+)[^\s:;()]*")


def first(catalog: Catalog) -> list[dg.AssetsDefinition]:
    """What every refresh begins with: asking, and registering what came."""
    pairs = catalog.bound_datasets()
    registering = [upstream.raw(catalog.providers[p], dataset) for p, dataset in pairs]
    return [fetch(catalog, pairs), *registering, governance.wave(), governance.register()]


def fetch(catalog: Catalog, pairs: Sequence[tuple[str, str]]) -> dg.AssetsDefinition:
    """Ask for every (provider, dataset), an asset for each provider; judge and keep what comes."""
    asked = {p: [d for q, d in pairs if q == p] for p in sorted({p for p, _ in pairs})}
    keys = {p: dg.AssetKey(["fetch", p]) for p in asked}

    @dg.multi_asset(
        name="fetch",
        specs=[_spec(catalog.providers[p], keys[p], asked[p]) for p in asked],
        check_specs=[
            dg.AssetCheckSpec(name, asset=key, description=meaning)
            for key in keys.values()
            for name, meaning in CHECKS.items()
        ],
        can_subset=True,
    )
    def _fetch(context: dg.AssetExecutionContext, workspace: Workspace) -> Iterator:
        from sources.refresh import fetch as fetching
        from sources.refresh.asked import note
        from warehouse import elsewhere

        orders = [
            fetching.Order(
                catalog.providers[p], asked[p], {d: needs_of(catalog, p, d) for d in asked[p]}
            )
            for p in asked
            if keys[p] in context.selected_asset_keys
        ]
        store = workspace.store
        reports = fetching.fetch_all(orders, store, live=workspace.live, log=context.log.info)
        if workspace.live:
            asked_of_upstreams = [_without_carriers(catalog, report) for report in reports]
            path = workspace.folder.asked
            note(path, asked_of_upstreams, datetime.now(UTC), context.run_id)
            elsewhere.saved(path)
        for report in reports:
            newest = [store.newest(report.provider, d) for d in asked[report.provider]]
            ids = ",".join(s.snapshot_id[:12] if s else "-" for s in newest)
            yield _result(keys[report.provider], report, ids, context.selected_asset_check_keys)

    return _fetch


def _spec(provider: Provider, key: dg.AssetKey, datasets: list[str]) -> dg.AssetSpec:
    return dg.AssetSpec(
        key,
        group_name="fetch",
        description=f"Asks {provider.title} for {', '.join(datasets)}; a failure of one dataset "
        "never stops the others, the last good snapshot stays in use.",
        kinds={"python"},
        metadata={"provider": provider.title},
        owners=["team:observatory"],
        code_version=code_version(
            ["sources.refresh.fetch", f"sources.providers.{provider.id}"], provider.id
        ),
    )


def needs_of(catalog: Catalog, provider: str, dataset: str) -> Needs:
    """The columns and the exact codes by which bindings and territory rules read a dataset."""
    from expectations.rules import relied_on

    codes: dict[str, tuple[str, ...]] = {}
    for indicator, n in catalog.bindings(provider, dataset):
        for column, wanted in catalog.indicators[indicator].bindings[n].where.items():
            exact = [wanted] if isinstance(wanted, str) else wanted
            plain = {c for c in exact if c and not c.startswith("~")}
            codes[column] = tuple(sorted(plain | set(codes.get(column, ()))))
    return Needs(tuple(relied_on(provider, dataset, catalog)), codes)


def together(told: Mapping[str, str]) -> list[str]:
    """Sentences by dataset, those that differ in dataset and address alone told once.

    Without a network every dataset of a provider says the same; what each said is in the
    metadata of the run.
    """
    alike: dict[str, list[str]] = {}
    for dataset, sentence in told.items():
        rest = sentence.partition(f"{dataset}: ")[2] or sentence
        alike.setdefault(_ADDRESS.sub(r"\1", rest), []).append(dataset)
    said = []
    for rest, datasets in alike.items():
        more = f" and {len(datasets) - 3} more" if len(datasets) > 3 else ""
        named = f"{', '.join(datasets[:3])}{more}"
        said.append(f"{named}: {rest}" if len(datasets) > 1 else told[datasets[0]])
    return said


def _without_carriers(catalog: Catalog, report):
    """The report without the datasets that third parties derived: no upstream is asked for these."""
    stated = catalog.providers[report.provider].datasets

    def live(dataset: str) -> bool:
        return dataset not in stated or stated[dataset].provenance != "carrier"

    return replace(
        report,
        new=tuple(s for s in report.new if live(s.dataset)),
        unchanged=tuple(s for s in report.unchanged if live(s.dataset)),
        failed=tuple(f for f in report.failed if live(f[0])),
        held=tuple(h for h in report.held if live(h[0])),
    )


def _result(key: dg.AssetKey, report, ids: str, wanted) -> dg.MaterializeResult:
    failed, held = dict(report.failed), dict(report.held)
    sentences = [*together(failed), *together(held)]
    found = {"answered": failed, "accepted": held}
    silent = bool(failed) and not (report.new or report.unchanged or held)
    return dg.MaterializeResult(
        asset_key=key,
        data_version=dg.DataVersion(ids),
        metadata={
            "new": dg.MetadataValue.json(sorted(s.dataset for s in report.new)),
            "unchanged": dg.MetadataValue.json(sorted(s.dataset for s in report.unchanged)),
            "failed": dg.MetadataValue.json(failed),
            "held": dg.MetadataValue.json(held),
            "downloads": report.downloads,
            "verdict": "red" if sentences else "green",
            "failure": " ".join(sentences),
        },
        check_results=[
            dg.AssetCheckResult(
                passed=not found[name],
                asset_key=key,
                check_name=name,
                severity=ERROR if silent and name == "answered" else WARN,
                metadata={"sentences": dg.MetadataValue.json(found[name])},
            )
            for name in CHECKS
            if dg.AssetCheckKey(key, name) in wanted
        ],
    )
