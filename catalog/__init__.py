"""What the observatory measures and for whom, as data that an analyst edits.

Belongs here: indicators, providers and their datasets, the registry of metros, units, scales,
statuses, themes, frameworks, corrections, and one small loader that validates them. Does not
belong here: figures, network, Dagster.
"""

from catalog.loader import Catalog, load
from catalog.yaml_files import CatalogError

__all__ = ["Catalog", "CatalogError", "load"]
