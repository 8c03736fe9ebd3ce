"""What every asset needs to know about where it runs; `pipelines` fills it in."""

import dagster as dg
from pydantic import PrivateAttr

import catalog
from sources.store.snapshots import Store
from warehouse.home import Home


class Workspace(dg.ConfigurableResource):
    """Where generated data lives (a folder or a URL), and whether upstreams are asked (live) or the bundle is used."""

    home: str
    live: bool = False
    _catalog: catalog.Catalog | None = PrivateAttr(default=None)

    @property
    def folder(self) -> Home:
        """The folder of generated data."""
        return Home.at(self.home)

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Called by Dagster before a run, or a step that has a process of its own."""
        self.folder.refresh()
        self._catalog = catalog.load()

    @property
    def store(self) -> Store:
        """The snapshot store."""
        return Store(self.folder.snapshots, self.folder.copies)

    @property
    def catalog(self) -> catalog.Catalog:
        """The catalog as it was when the run began; as it is now outside of runs."""
        return self._catalog or catalog.load()
