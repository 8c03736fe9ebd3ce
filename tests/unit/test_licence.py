"""A closed dataset is used by its owner and is in nothing that others see: leaks are planted."""

from typing import Any

import dagster as dg
import duckdb
import pyarrow as pa
import pytest
from rows import observations, rows

from assets.judged import publish
from assets.tables import public
from catalog import loader
from catalog.contents import Catalog
from catalog.models.model import (
    Binding,
    Dataset,
    Derived,
    Indicator,
    Input,
    Provider,
    Territory,
    Texts,
)
from expectations import gx, judge, rules
from warehouse import licence, published, release, store, tables
from warehouse.home import Home
from warehouse.methods.comparison import comparison
from warehouse.methods.latest import latest
from warehouse.methods.ranking import ranking
from warehouse.tables.comparison import of_theme

KNOWN = loader.load()
OPEN, CLOSED, MADE = ("eurostat", "urb_cenv"), ("who", "aap_2022"), ("observatory", "excess")
LEAK = "777.125"
WIDE = of_theme("air", (("no2", "NO2", "PC"), ("pm25", "PM2.5", "PC"), ("excess", "E", "PC")))
STATEMENTS = {t.name: t for t in [*tables.stated().values(), WIDE]}


def test_the_datasets_of_the_who_are_closed_and_bound():
    assert CLOSED in KNOWN.bound_datasets()
    assert not any(d.redistributable for d in KNOWN.providers["who"].datasets.values())


def test_every_table_of_figures_passes_the_gate_or_has_none_to_guard():
    unguarded = {
        t.name
        for t in tables.stated().values()
        if t.kind == "figures" and not licence.guarded(t) and not licence.wide(t)
    }
    # not_computable and without_trend say why something is missing and hold no figure of a source;
    # accounting counts; the others are made of stated
    # indicators, and none of these rests on a closed dataset.
    made = {t for t in unguarded if t == "peer" or t.startswith("index_")}
    assert unguarded - made <= {"not_computable", "without_trend", "accounting"}
    closed = {i.id for i in KNOWN.indicators.values() if rests_on_closed(i)}
    assert "pm25_concentration" in closed
    assert not closed & {p.indicator for p in KNOWN.peers}
    used = {u.id for index in KNOWN.indices.values() for u in index.indicators}
    assert used <= KNOWN.indicators.keys()
    assert not closed & used


def rests_on_closed(i: Indicator) -> bool:
    parts = [KNOWN.indicators[p.indicator] for p in i.derived.inputs.values()] if i.derived else []
    return any(map(rests_on_closed, parts)) or any(
        not KNOWN.dataset(b.provider, b.dataset).redistributable for b in i.bindings
    )


@pytest.fixture(scope="module")
def known() -> Catalog:
    """One open and one closed dataset of one theme, and a formula over the closed one."""
    words = Texts.model_validate({"ca": "a", "es": "b", "fr": "c", "en": "d"})
    plain: dict[str, Any] = {
        "theme": "air",
        "title": words,
        "definition": words,
        "unit": "PC",
        "direction": "lower",
    }
    where = [Territory(code="c", system="s", vintage="1")]
    providers = {
        p: Provider(
            id=p, title=p, homepage="", licence="x", attribution="x", redistributable=may,
            datasets={d: Dataset(title=d, territory=where)},
        )
        for (p, d), may in ((OPEN, True), (CLOSED, False))
    }  # fmt: skip
    indicators = {
        "no2": Indicator(id="no2", bindings=[bound(OPEN)], **plain),
        "pm25": Indicator(id="pm25", bindings=[bound(CLOSED)], **plain),
        "excess": Indicator(
            id="excess",
            kind="derived",
            derived=Derived(formula="pm - 5", inputs={"pm": Input(indicator="pm25")}),
            **plain,
        ),
    }
    return Catalog(loader.FOLDER, providers, indicators, {}, {}, [])


def bound(pair: tuple[str, str]) -> Binding:
    return Binding(provider=pair[0], dataset=pair[1], unit="PC")


def planted() -> dict[str, pa.Table]:
    """Tables before the gate; every closed figure, computed ones too, is 777.125 or holds it."""
    given = [
        {"indicator_id": i, "unit": "PC", "source_id": s, "dataset": d, "unit_id": f"u:{m}",
         "metro_id": m, "period": str(y), "value": v, "series_key": f"{k}{m}"}
        for m in ("es-barcelona", "gr-athens", "lv-riga")
        for y in range(2015, 2019)
        for i, (s, d), v, k in (
            ("no2", OPEN, 20.0 + y % 7, "o"),
            ("pm25", CLOSED, float(LEAK), LEAK),
            ("excess", MADE, float(LEAK), LEAK),
        )
    ]  # fmt: skip
    seen = observations(given)
    metro = rows(
        tables.of("metro"), [{"metro_id": m} for m in ("es-barcelona", "gr-athens", "lv-riga")]
    )
    indicator = rows(
        tables.of("indicator"),
        [
            {"indicator_id": i, "unit": "PC", "direction": "lower"}
            for i in ("no2", "pm25", "excess")
        ],
    )
    source = [
        {"source_id": s, "dataset": d, "redistributable": may}
        for (s, d), may in ((OPEN, True), (CLOSED, False), (MADE, False))
    ]
    return {
        "observation": seen,
        "latest": latest(seen),
        "ranking": ranking(seen, indicator),
        WIDE.name: comparison(latest(seen), metro, indicator, WIDE),
        "quarantine": rows(
            tables.of("quarantine"),
            [{"source_id": s, "dataset": d, "value_text": v, "series_key": v, "record_no": 1}
             for (s, d), v in ((OPEN, "1"), (CLOSED, LEAK))],
        ),
        "metro": metro,
        "indicator": indicator,
        "source": rows(tables.of("source"), source),
        "unit": rows(tables.of("unit"), [{"unit": "PC"}]),
        "scale": rows(tables.of("scale"), [{"scale": "fua"}]),
        "status": rows(tables.of("status"), [{"obs_status": "A"}]),
        "snapshot": rows(tables.of("snapshot"), [{}]),
    }  # fmt: skip


def test_samples_show_none_of_it_not_even_in_wide_tables_and_formulas(known):
    for name, table in planted().items():
        if STATEMENTS[name].kind == "figures":
            assert LEAK in str(table.to_pylist()), name  # else nothing was planted
            shown = public(table, known)
            assert LEAK not in str(shown.to_pylist()), name
            assert shown.num_rows, name


def test_what_a_red_candidate_leaves_standing_is_shown_without_it(known, tmp_path):
    standing = planted()["latest"]
    path = tmp_path / "latest.parquet"
    store.write(standing, tables.of("latest"), path)
    looked_up = {}
    for name, table in planted().items():
        if STATEMENTS[name].kind == "dictionary":
            looked_up[name] = tmp_path / f"{name}.parquet"
            store.write(table, STATEMENTS[name], looked_up[name])
    made = publish(
        dg.AssetKey(["latest"]),
        tables.of("latest"),
        standing.slice(0, 0),
        path,
        rules.for_table(tables.of("latest"), known),
        dictionaries=looked_up,
        public=lambda table: public(table, known),
    )
    said = made.metadata or {}
    assert said["verdict"] == "red"
    assert "no2" in str(said["sample"]) and LEAK not in str(said)


def test_release_failing_rows_and_data_docs_hold_none_of_it(known, tmp_path):
    home, made = Home(tmp_path / "home"), planted()
    for name, statement in STATEMENTS.items():
        store.write(made.get(name, store.empty(statement)), statement, home.table(name))
    # Every closed figure breaks a rule, so that its row would be shown as a failing one.
    broken = made["observation"].to_pylist()
    for row in broken:
        row["value"] = float("inf")
    faulty = made | {"observation": pa.Table.from_pylist(broken, schema=made["observation"].schema)}
    verdicts = [
        judge.judge(faulty[n], rules.for_table(STATEMENTS[n], known), dictionaries=faulty)
        for n in ("observation", "latest", "ranking", WIDE.name, "quarantine")
    ]
    assert sum(len(r.sample) for v in verdicts for r in v.failed) > 0
    assert LEAK not in str([r.sample for v in verdicts for r in v.results])
    folder = release.build(
        home,
        date="2026.11.23",
        tables={n: home.table(n) for n in STATEMENTS},
        statements=STATEMENTS,
        data_docs=lambda target: gx.data_docs(verdicts, target),
    )
    pages = [p for p in folder.rglob("*") if p.suffix in (".html", ".json", ".csv", ".md")]
    assert len(pages) > 5
    assert not [p.name for p in pages if LEAK in p.read_text(encoding="utf-8")]
    with duckdb.connect(str(folder / published.FILE), read_only=True) as con:
        for name in STATEMENTS:
            assert LEAK not in str(con.sql(f"from {name}").fetchall()), name
    for path in folder.rglob("*.parquet"):
        assert LEAK not in str(store.read(path).to_pylist()), path.name


def test_a_row_that_names_no_dataset_stays_beside_a_closed_one():
    from warehouse import licence

    table = pa.table(
        {"source_id": ["open", "closed", None], "dataset": ["a", "b", None], "n": [1, 2, 3]}
    )
    source = pa.table(
        {"source_id": ["open", "closed"], "dataset": ["a", "b"], "redistributable": [True, False]}
    )
    statement = tables.of("recency")
    assert licence._open_rows(table, statement, source)["n"].to_pylist() == [1, 3]
