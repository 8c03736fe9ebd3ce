"""Source records as Parquet: what is written is what is read, by Arrow and by DuckDB."""

import duckdb
import pyarrow.parquet as pq
import pytest

from sources.read import read
from sources.records import records


@pytest.mark.parametrize(
    "name",
    [
        "eurostat/sdmx_csv_1_both.csv",
        "eurostat/jsonstat.json",
        "eurostat/new.tsv",
        "oecd/oecd_stat.csv",
        "oecd/sdmx_labels.csv",
        "carrier/tidy.csv",
    ],
)
def test_written_is_read(fixtures, tmp_path, name):
    table = read(name.split("/", maxsplit=1)[0], fixtures / name)
    path, again = tmp_path / "a.parquet", tmp_path / "b.parquet"
    records.write(table, path)
    records.write(table, again)
    assert path.read_bytes() == again.read_bytes()
    assert not list(tmp_path.glob("*.part"))
    back = pq.read_table(path)
    assert {str(f.type) for f in back.schema} == {"string", "double", "int64"}
    assert records.about(back) == records.about(table)
    assert back.to_pylist() == table.to_pylist()
    assert duckdb.read_parquet(str(path)).to_arrow_table().to_pylist() == table.to_pylist()


def test_a_write_that_fails_leaves_nothing(fixtures, tmp_path, monkeypatch):
    table = read("carrier", fixtures / "carrier" / "tidy.csv")

    def full(self, *_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq.ParquetWriter, "write_table", full)
    with pytest.raises(OSError, match="No space left"):
        records.write(table, tmp_path / "a.parquet")
    assert list(tmp_path.iterdir()) == []
