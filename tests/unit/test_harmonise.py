"""From source records to figures, on a made-up country small enough to read."""

from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.models.model import Binding, Correction, Dataset, Derived, Indicator, Input, Texts
from sources.records.records import About, make
from warehouse import query
from warehouse.errors import WarehouseError
from warehouse.methods.account import account, computed, quarantined
from warehouse.methods.derive import derive
from warehouse.methods.harmonise import harmonise
from warehouse.methods.history import stamp

WORDS = Texts.model_validate({"ca": "a", "es": "b", "fr": "c", "en": "d"})
SPATIAL_UNIT = pa.Table.from_pylist(
    [
        {
            "system": "metro",
            "code": c,
            "vintage": "2021",
            "scale": s,
            "name": n,
            "iso3": "XXX",
            "no_metro": w,
        }
        for c, s, n, w in [
            ("X1", "metro_region", "Alba", ""),
            ("X2", "metro_region", "Bora", ""),
            ("X3", "metro_region", "Nowhere", ""),
            ("X4", "city", "Suburb", "a part of xx-alba: do this"),
            ("X5", "city", "Twin", ""),
            ("X", "country", "Xland", ""),
        ]
    ]
)
CROSSWALK = pa.Table.from_pylist(
    [
        {"metro_id": m, "system": "metro", "code": c, "vintage": "2021", "relation": r}
        for m, c, r in [
            ("xx-alba", "X1", "close"),
            ("xx-bora", "X2", "broad"),
            ("xx-alba", "X5", "part_of"),
        ]
    ]
)
STATUS = pa.Table.from_pylist(
    [
        {"provider": "test", "flag": f, "obs_status": o, "conf_status": None, "precedence": p}
        for f, o, p in [("", "A", 9), ("b", "B", 1), ("e", "E", 2), (":", "O", 3)]
    ]
)
DATASET = Dataset(
    title="t",
    provenance="upstream",
    territory=[{"code": "geo", "system": "metro", "vintage": "2021"}],
    exclude=[{"where": {"geo": "~.*_NM"}, "reason": "rest of the country"}],
)
PAIR = ("test", "rows")


def history(rows):
    """rows: (item, geo, period, value, flags)."""
    item, geo, period, value, flags = map(list, zip(*rows, strict=True))
    table = make(
        About("test", "rows"),
        dimensions={"item": pa.array(item), "geo": pa.array(geo)},
        period=pa.array(period),
        value=pa.array(value, pa.float64()),
        value_text=pa.array([str(v) for v in value]),
        flags=pa.array(flags),
    )
    return stamp(table, ("item", "geo"), "s", datetime(2024, 1, 1))


def indicator(bindings=None, **more):
    bindings = bindings or [
        Binding(provider="test", dataset="rows", where={"item": "AREA"}, unit="km2")
    ]
    return Indicator(
        id=more.pop("id", "area"), theme="land_use", title=WORDS, definition=WORDS, unit="km2",
        direction="none", bindings=bindings, **more,
    )  # fmt: skip


def run(rows, spec=None, corrections=(), stale=""):
    return harmonise(
        spec or indicator(),
        {PAIR: (history(rows), stale)},
        {PAIR: DATASET},
        spatial_unit=SPATIAL_UNIT,
        crosswalk=CROSSWALK,
        status=STATUS,
        corrections=corrections,
    )


def column(table, *names):
    return [tuple(r[n] for n in names) for r in table.select(list(names)).to_pylist()]


def test_every_claimed_record_has_a_fate_and_its_reason():
    table, problems = run(
        [
            ("AREA", "X1", "2018", 10.0, "e"),
            ("AREA", "X3", "2018", 10.0, ""),
            ("AREA", "X4", "2018", 10.0, ""),
            ("AREA", "X", "2018", 99.0, ""),
            ("AREA", "X9", "2018", 1.0, ""),
            ("AREA", "X2", "soon", 1.0, ""),
            ("AREA", "X_NM", "2018", 5.0, ""),
            ("CRIME", "X1", "2018", 7.0, ""),
        ]
    )
    assert problems == []
    fates = dict(zip(table["series_key"].to_pylist(), column(table, "fate", "reason"), strict=True))
    assert fates == {
        "geo=X1;item=AREA": ("observation", None),
        "geo=X3;item=AREA": ("quarantine", "no_metro"),
        "geo=X4;item=AREA": ("quarantine", "part_of_metro"),
        "geo=X;item=AREA": ("context", None),
        "geo=X9;item=AREA": ("quarantine", "unknown_unit"),
        "geo=X2;item=AREA": ("quarantine", "period_unreadable"),
    }
    details = dict(zip(table["reason"].to_pylist(), table["detail"].to_pylist(), strict=True))
    assert "spatial_unit.csv" in details["unknown_unit"] and "Nowhere" in details["no_metro"]
    assert details["part_of_metro"] == "'Suburb' (metro X4) is a part of xx-alba: do this"


def test_a_figure_carries_scale_vintage_status_and_its_place_in_the_source():
    table, _ = run([("CRIME", "X1", "2018", 7.0, ""), ("AREA", "X1", "2018-Q1", 10.0, "be")])
    [row] = table.to_pylist()
    assert (row["metro_id"], row["unit_id"], row["scale"]) == (
        "xx-alba",
        "metro:X1",
        "metro_region",
    )
    assert (row["obs_status"], row["flags"], row["break_origin"]) == ("B", "be", "source")
    assert (row["freq"], str(row["period_end"]), row["record_no"]) == ("Q", "2018-03-31", 2)
    assert row["vintage"] == "2021" and row["iso3"] == "XXX"


def test_a_jump_beyond_the_rule_is_marked_as_our_break_and_the_flag_is_left_alone():
    spec = indicator(break_rule={"relative_change": 0.2, "reason": "redrawn"})
    table, _ = run(
        [
            ("AREA", "X1", str(y), v, "")
            for y, v in [(2017, 304.0), (2018, 10444.0), (2019, 10440.0)]
        ],
        spec,
    )
    assert column(table, "period", "break_origin", "obs_status") == [
        ("2017", None, "A"),
        ("2018", "observatory", "A"),
        ("2019", None, "A"),
    ]


def test_factor_projection_and_stale_mark():
    spec = indicator(
        [
            Binding(
                provider="test",
                dataset="rows",
                where={"item": "POP"},
                unit="km2",
                factor=1000,
                projection_after="2018",
            )
        ]
    )
    table, _ = run(
        [("POP", "X1", "2018", 4221.532, ""), ("POP", "X1", "2020", 4300.1, "e")],
        spec,
        stale="2025-01-01 00:00:00",
    )
    assert column(table, "value", "obs_status") == [(4221532.0, "A"), (4300100.0, "F")]
    assert set(table["stale_since"].to_pylist()) == {datetime(2025, 1, 1)}


def test_a_low_reliability_flag_without_a_value_is_a_missing_value():
    table, _ = run([("AREA", "X1", "2018", None, "e"), ("AREA", "X2", "2018", 1.0, "e")])
    assert column(table, "obs_status", "flags") == [("O", "e"), ("E", "e")]


def correction(**more):
    return Correction(
        provider="test", dataset="rows", match={"geo": "X1", "period": "2018"}, reason=Texts(en="typo"),
        source=Texts(en="letter"), since="2026-11-30", **more,
    )  # fmt: skip


def test_a_correction_changes_what_it_expects_and_fails_loudly_when_it_no_longer_matches():
    rows = [("AREA", "X1", "2018", 10.0, ""), ("AREA", "X2", "2018", 3.0, "")]
    table, problems = run(
        rows, corrections=[correction(expect="10.0", action="override", value=12)]
    )
    assert (table["value"].to_pylist(), problems) == ([12.0, 3.0], [])
    table, problems = run(rows, corrections=[correction(expect="10.0", action="drop")])
    assert column(table, "fate", "reason")[0] == ("quarantine", "correction")
    _, problems = run(rows, corrections=[correction(expect="9.0", action="drop")])
    assert len(problems) == 1 and "no longer says 9.0" in problems[0]


def test_as_much_is_asked_however_many_corrections_there_are(monkeypatch):
    asked = []
    memory = query.memory

    class Counted:
        """A connection that notes what it is asked."""

        def __init__(self, con):
            self.con = con

        def __getattr__(self, name):
            return getattr(self.con, name)

        def sql(self, sql):
            asked.append(sql)
            return self.con.sql(sql)

        def execute(self, sql):
            asked.append(sql)
            return self.con.execute(sql)

    monkeypatch.setattr(query, "memory", lambda **how: Counted(memory(**how)))
    rows = [("AREA", "X1", "2020", 10.0, ""), ("AREA", "X1", "2021", 11.0, "")]
    run(rows, corrections=[correction(expect="10.0", action="drop")])
    one = len(asked)
    asked.clear()
    run(rows, corrections=[correction(expect=f"{n}.0", action="drop") for n in range(9, 19)])
    assert len(asked) == one


def test_a_margin_of_error_gives_the_bounds_of_the_figure_beside_it():
    rows = [
        ("AREA", "X1", "2018", 10.0, ""),
        ("MARGIN", "X1", "2018", 0.5, ""),
        ("MARGIN", "X1", "2017", 9.0, ""),
        ("AREA", "X2", "2018", 3.0, ""),
        ("MARGIN", "X2", "2018", -555555555.0, ""),
    ]
    spec = indicator()
    (binding,) = spec.bindings
    margin = binding.model_copy(update={"margin": {"item": "MARGIN"}, "factor": 2.0})
    table, problems = run(rows, spec.model_copy(update={"bindings": [margin]}))
    assert problems == []
    assert column(table, "value", "lower", "upper") == [(20.0, 19.0, 21.0), (6.0, None, None)]
    table, _ = run(rows)
    assert column(table, "lower", "upper") == [(None, None), (None, None)]


def test_a_correction_of_many_records_names_the_values_that_it_is_for():
    rows = [("AREA", "X1", "2018", 10.0, ""), ("AREA", "X2", "2018", 3.0, "")]
    monthly = {"action": "scale", "value": 12, "within": (0, 5), "match": {"geo": "~X.*"}}
    fix = _correction(**monthly)
    table, problems = run(rows, corrections=[fix])
    assert (table["value"].to_pylist(), problems) == ([10.0, 36.0], [])
    _, problems = run(rows[:1], corrections=[fix])
    assert len(problems) == 1 and "no longer says anything from 0 to 5" in problems[0]
    with pytest.raises(ValueError, match="not both"):
        _correction(action="drop", match={"geo": "X1"})


def _correction(**more):
    return Correction(
        provider="test",
        dataset="rows",
        reason=Texts(en="unit"),
        source=Texts(en="the column"),
        since="2026-11-30",
        **more,
    )


def test_a_dimension_that_is_not_there_is_a_sentence():
    spec = indicator([Binding(provider="test", dataset="rows", where={"itme": "AREA"}, unit="km2")])
    with pytest.raises(WarehouseError, match=r"'itme', which the dataset does not have"):
        run([("AREA", "X1", "2018", 10.0, "")], spec)


def accounts(rows, read, claims):
    unused = quarantined(*PAIR, DATASET, history(rows), claims)
    return unused, account(*PAIR, DATASET, history(rows), read, claims, unused)


def test_accounting_balances_and_unbound_records_are_quarantined():
    rows = [
        ("AREA", "X1", "2018", 10.0, ""),
        ("AREA", "X", "2018", 99.0, ""),
        ("AREA", "X_NM", "2018", 5.0, ""),
        ("CRIME", "X1", "2018", 7.0, ""),
    ]
    claims, _ = run(rows)
    unused, counts = accounts(rows, 4, claims)
    [count] = counts.to_pylist()
    assert [count[k] for k in ("observations", "context", "quarantined", "excluded")] == [1] * 4
    assert count["balanced"] and count["exclusions"] == "rest of the country: 1"
    assert column(unused, "reason", "series_key") == [("unbound", "geo=X1;item=CRIME")]


def test_a_file_gives_what_the_table_gives(tmp_path):
    rows = [
        ("AREA", "X1", "2018", 10.0, "e"),
        ("AREA", "X9", "2018", 1.0, ""),
        ("CRIME", "X1", "2017", 7.0, ""),
    ]
    table, file = history(rows), tmp_path / "history.parquet"
    pq.write_table(table, file)
    looked_up = {"spatial_unit": SPATIAL_UNIT, "crosswalk": CROSSWALK, "status": STATUS}
    made = [
        harmonise(indicator(), {PAIR: (source, "")}, {PAIR: DATASET}, **looked_up)[0]
        for source in (table, file)
    ]
    assert made[0].to_pylist() == made[1].to_pylist() and len(made[0]) == 2
    # Claims of two files, one of an indicator that has none of the dataset.
    files = [tmp_path / "area.parquet", tmp_path / "other.parquet"]
    for claims, path in zip((made[0], made[0].slice(0, 0)), files, strict=True):
        pq.write_table(claims, path)
    of_table, of_files = (
        quarantined(*PAIR, DATASET, source, claims)
        for source, claims in ((table, made[0]), (file, files))
    )
    assert of_table.to_pylist() == of_files.to_pylist()
    assert column(of_files, "reason") == [("unbound",), ("unknown_unit",)]
    counts = [
        account(*PAIR, DATASET, source, 3, claims, of_table).to_pylist()
        for source, claims in ((table, made[0]), (file, files))
    ]
    assert counts[0] == counts[1] and counts[0][0]["balanced"]


@pytest.mark.parametrize("read", [3, 5])
def test_accounting_sees_a_lost_or_invented_record(read):
    rows = [("AREA", f"X{n}", "2018", 10.0, "") for n in (1, 2, 3, 9)]
    claims, _ = run(rows)
    _, counts = accounts(rows, read, claims)
    assert not counts["balanced"].to_pylist()[0]


def test_accounting_sees_a_record_claimed_twice():
    rows = [("AREA", "X1", "2018", 10.0, "")]
    claims, _ = run(rows)
    _, counts = accounts(rows, 1, pa.concat_tables([claims, claims]))
    assert not counts["balanced"].to_pylist()[0]


def test_derived_figures_need_both_parts_of_one_unit_and_year():
    rows = [
        ("POP", "X1", "2018", 100.0, "e"),
        ("AREA", "X1", "2018", 10.0, ""),
        ("POP", "X1", "2019", 110.0, ""),
        ("POP", "X2", "2018", 50.0, ""),
        ("AREA", "X2", "2018", 0.0, ""),
    ]
    pop, _ = run(
        rows,
        indicator(
            [Binding(provider="test", dataset="rows", where={"item": "POP"}, unit="km2")], id="pop"
        ),
    )
    area, _ = run(rows)
    spec = Indicator(
        id="density", theme="land_use", title=WORDS, definition=WORDS, unit="per_km2",
        direction="none", kind="derived",
        derived=Derived(
            formula="pop / area",
            inputs={"pop": Input(indicator="pop"), "area": Input(indicator="area")},
        ),
    )  # fmt: skip
    made = derive(spec, {"pop": pop, "area": area})
    assert column(made, "unit_id", "period", "fate", "value", "obs_status") == [
        ("metro:X1", "2018", "observation", 10.0, "E"),
        ("metro:X1", "2019", "not_computable", None, "A"),
        ("metro:X2", "2018", "not_computable", None, "A"),
    ]
    assert "no figure of area" in made["detail"].to_pylist()[1]
    assert made["detail"].to_pylist()[2] == "the denominator is zero"
    assert set(made["provenance"].to_pylist()) == {"computed"}


def test_the_figure_of_a_part_is_the_parts_and_never_the_metropolises():
    rows = [("AREA", "X1", "2018", 10.0, ""), ("AREA", "X5", "2018", 3.0, "")]
    table, _ = run(rows)
    assert column(table, "unit_id", "fate", "metro_id") == [
        ("metro:X1", "observation", "xx-alba"),
        ("metro:X5", "part", "xx-alba"),
    ]
    _, accounted = accounts(rows, 2, table)
    assert column(accounted, "records", "observations", "parts", "balanced") == [(2, 1, 1, True)]


def test_what_is_computed_of_a_part_is_of_the_part_and_no_computed_figure_disappears():
    pop = run(
        [("POP", g, "2018", v, "") for g, v in [("X1", 100.0), ("X2", 70.0), ("X5", 30.0)]],
        indicator(
            [Binding(provider="test", dataset="rows", where={"item": "POP"}, unit="p")], id="pop"
        ),
    )[0]
    area = run([("AREA", "X1", "2018", 10.0, ""), ("AREA", "X5", "2018", 3.0, "")])[0]
    spec = Indicator(
        id="density", theme="land_use", title=WORDS, definition=WORDS, unit="p_km2",
        direction="none", kind="derived",
        derived=Derived(
            formula="pop / area",
            inputs={"pop": Input(indicator="pop"), "area": Input(indicator="area")},
        ),
    )  # fmt: skip
    made = derive(spec, {"pop": pop, "area": area})
    assert dict(column(made, "unit_id", "fate")) == {
        "metro:X1": "observation",
        "metro:X2": "not_computable",
        "metro:X5": "part",
    }
    # A hard rule takes one figure out: it is in quarantine with its value, and the account says so.
    place = made.column_names.index
    first = pa.array(["quarantine", *made["fate"].to_pylist()[1:]])
    judged = made.set_column(place("fate"), "fate", first)
    for name, says in (("reason", "value_above_range"), ("detail", "too dense")):
        judged = judged.set_column(place(name), name, pa.array([says, "x", "x"]))
    out, accounted = computed(spec, pop, judged)
    assert column(out, "dataset", "reason", "value_text") == [
        ("density", "value_above_range", "10.0")
    ]
    assert column(
        accounted, "records", "observations", "parts", "quarantined", "not_computable", "balanced"
    ) == [(3, 0, 1, 1, 1, True)]
    lost = computed(spec, pop, judged.slice(1))[1]
    assert column(lost, "records", "balanced") == [(3, False)]


def test_what_the_provider_says_of_a_figure_is_carried_to_it():
    rows = [("AREA", "X1", "2018", 10.0, ""), ("AREA", "X2", "2018", 9.0, "")]
    noted = history(rows).append_column("FootNote", pa.array(["Low-income households only. ", ""]))
    table, _ = harmonise(
        indicator(),
        {PAIR: (noted, "")},
        {PAIR: DATASET.model_copy(update={"notes": ["FootNote", "Method"]})},
        spatial_unit=SPATIAL_UNIT,
        crosswalk=CROSSWALK,
        status=STATUS,
    )
    assert column(table, "unit_id", "note") == [
        ("metro:X1", "Low-income households only."),
        ("metro:X2", None),
    ]


def test_a_modelled_figure_is_an_estimate_whatever_the_source_leaves_unsaid():
    bound = Binding(
        provider="test", dataset="rows", where={"item": "AREA"}, unit="km2", modelled=True
    )
    table, _ = run(
        [("AREA", "X1", "2018", 10.0, ""), ("AREA", "X2", "2018", 9.0, "b")], indicator([bound])
    )
    assert column(table, "unit_id", "obs_status") == [("metro:X1", "E"), ("metro:X2", "B")]
