"""Readers against the usual way to read the same file: `make bench`."""
