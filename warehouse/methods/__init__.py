"""Pure functions, tables in and tables out; no files, no clock, no Dagster."""
