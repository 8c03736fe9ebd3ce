"""The tables we keep and publish, and the pure functions that make them.

Belongs here: the statement of every published table (`tables.py`), methods (tables in, tables
out), Parquet and DuckDB writing, the release. Does not belong here: Dagster, upstream network.
"""
