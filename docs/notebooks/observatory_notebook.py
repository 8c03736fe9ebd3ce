"""What the guided notebooks share: which release, which metropolis, which language, and how to ask.

OBSERVATORY_RELEASE is the folder of a release (else data/releases/current), METRO the metropolis, LANGUAGE
one of ca, es, fr, en. What is wrong with one of them is a sentence (ValueError).
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

    if not any((release / "parquet").glob("*.parquet")):
        raise ValueError(
            f"There is no release in {release}; set OBSERVATORY_RELEASE to its folder."
        )
    if lang not in ("ca", "es", "fr", "en"):
        raise ValueError(f"LANGUAGE is '{lang}'; set it to ca, es, fr or en.")
    if not ask("select 1 from metro where metro_id = $metro", metro=metro):
        raise ValueError(
            f"The release has no metropolis '{metro}'; set METRO to one of table metro."
        )
    return ask, lang, metro
