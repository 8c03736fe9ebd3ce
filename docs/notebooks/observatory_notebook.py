"""What the guided notebooks share: which release, which metropolis, which language, and how to ask.

OBSERVATORY_RELEASE is the folder of a release (else data/releases/current), METRO the metropolis, LANGUAGE
one of ca, es, fr, en.
"""

import os
from pathlib import Path

import duckdb


def read():
    """(ask, lang, metro): `ask(sql, **given)` gives the rows of one SELECT over the tables of the release."""
    release = Path(os.environ.get("OBSERVATORY_RELEASE", "data/releases/current"))
    metro = os.environ.get("METRO", "es-barcelona")
    lang = os.environ.get("LANGUAGE", "en")

    def ask(sql, **given):
        with duckdb.connect() as con:
            for path in sorted((release / "parquet").glob("*.parquet")):
                con.execute(f"create view \"{path.stem}\" as from '{path}'")
            return con.sql(sql, params=given or None).to_arrow_table().to_pylist()

    return ask, lang, metro
