"""Dagster's webserver for an installation on several machines: `python -m pipelines.webserver`."""

from __future__ import annotations

from dagster_webserver.cli import main

from pipelines import patches

if __name__ == "__main__":
    patches.ask_connections_first()
    main()
