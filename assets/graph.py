"""The whole graph, made from the catalog: one way in for `pipelines`."""

from pathlib import Path

import dagster as dg

from assets import asking, indicators, publications, release, tables, upstream
from catalog import Catalog
from warehouse.home import Home


def build(catalog: Catalog) -> list[dg.AssetsDefinition]:
    """Every asset: fetch, raw, history, indicator, tables, dictionaries, release, publications."""
    made = asking.first(catalog)
    for provider, dataset in catalog.bound_datasets():
        made.append(upstream.history(catalog, catalog.providers[provider], dataset))
    made += [indicators.indicator(catalog, i) for i in catalog.indicators.values()]
    made += tables.published(catalog)
    made.append(release.release(catalog))
    made += publications.publications()
    return made


def output(key: dg.AssetKey, home: Home) -> Path | None:
    """The file that an asset leaves behind; None for those that leave none of their own."""
    match key.path:
        case ["history", provider, dataset]:
            return home.history(provider, dataset)
        case ["indicator", indicator_id]:
            return home.indicator(indicator_id)
        case [publications.GROUP, name]:
            return publications.mark(home, name)
        case ["release"]:
            return home.releases / "current"
        case [name]:
            return home.table(name)
        case _:
            return None
