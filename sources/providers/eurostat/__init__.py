"""Eurostat: SDMX-CSV 1.0 and 2.0, TSV new and old, JSON-stat 2.0, and how to ask for them.

`ask` makes requests, `download` brings a dataset, `files` reads it. Dimension names are Eurostat's
(`freq`, `unit`, `metroreg`, `cities`, ...).
"""

from sources.providers.eurostat.ask import BASE, COMEXT, HOSTS, request
from sources.providers.eurostat.contents import signal
from sources.providers.eurostat.download import download
from sources.providers.eurostat.files import read

__all__ = ["BASE", "COMEXT", "HOSTS", "download", "read", "request", "signal"]
