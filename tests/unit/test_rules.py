"""The rules themselves: one planted fault of each kind is caught, named and sampled."""

import datetime

import pyarrow as pa
import pytest
from figures import SCALES, area, figure, harmonised, table_of

from expectations import rules
from expectations.judge import judge, quarantine
from expectations.whole import CARRYING
from warehouse import store, tables
from warehouse.tables.comparison import of_theme

INDICATOR, CATALOG = area()
RULES = rules.for_indicator(INDICATOR, CATALOG)
GOOD = [figure(n) for n in range(1, 21)]
EARLY = datetime.datetime(2020, 1, 1)
LATE = datetime.datetime(2025, 1, 1)


def judged(table, previous=None):
    return judge(table, RULES, previous=previous, dictionaries={"scale": SCALES})


def broken(verdict) -> list[str]:
    return sorted(r.rule.name for r in verdict.failed)


def sample(verdict, name: str) -> list[dict]:
    return next(r.sample for r in verdict.results if r.rule.name == name)


# --- indicators: hard rules take rows out


def test_a_clean_indicator_breaks_nothing_and_keeps_its_rows():
    table = harmonised([*GOOD, figure(30, fate="context", scale="country", metro_id=None)])
    kept, counts = quarantine(table, RULES)
    assert counts == {}
    assert kept.equals(table)
    verdict = judged(kept, previous=table)
    assert broken(verdict) == []
    assert verdict.passed


@pytest.mark.parametrize(
    ("rule", "differs", "found"),
    [
        ("value_above_range", {"value": 100_000.5}, "value 100000.5"),
        ("value_below_range", {"value": 0.5}, "value 0.5"),
        ("value_negative", {"value": -4.0}, "value -4.0"),
        ("value_not_finite", {"value": float("nan")}, "value nan"),
        ("value_not_finite", {"value": float("inf")}, "value inf"),
        ("unit_unknown", {"unit": "ACRE"}, "unit ACRE"),
        ("unit_unknown", {"unit": None}, "unit missing"),
        ("status_unknown", {"obs_status": "?"}, "obs_status ?"),
        ("period_unreadable", {"period": "soon", "period_start": None}, "period soon"),
        ("period_unreadable", {"period_end": datetime.date(2017, 1, 1)}, "period 2018"),
        ("bounds_crossed", {"lower": 200.0, "upper": 300.0}, "value 121.0"),
        ("bounds_crossed", {"lower": 130.0, "upper": 110.0}, "value 121.0"),
    ],
)
def test_a_row_that_breaks_a_hard_rule_goes_to_quarantine(rule, differs, found):
    table = harmonised([*GOOD[:5], figure(21, **differs), *GOOD[5:]])
    kept, counts = quarantine(table, RULES)
    assert counts == {rule: 1}
    assert kept.schema.names == table.schema.names
    rows = kept.to_pylist()
    assert rows[:5] + rows[6:] == harmonised(GOOD).to_pylist()
    bad = rows[5]
    assert (bad["fate"], bad["reason"], bad["metro_id"]) == ("quarantine", rule, None)
    sentence = next(r.sentence for r in RULES if r.name == rule)
    assert bad["detail"] == f"{sentence} Found: {found}."
    verdict = judged(kept)
    assert verdict.passed
    assert broken(verdict) == ["none_in_quarantine"]
    (row,) = sample(verdict, "none_in_quarantine")
    assert row["reason"] == rule


def test_a_figure_on_the_edge_of_the_range_stays():
    table = harmonised([figure(1, value=1.0), figure(2, value=100_000.0)])
    assert quarantine(table, RULES)[1] == {}


def test_the_range_holds_for_the_indicators_own_unit_only():
    table = harmonised([*GOOD, figure(21, value=100_000.5, unit="PERSON")])
    assert quarantine(table, RULES)[1] == {}


def test_a_country_is_held_to_a_range_of_its_own():
    wide = INDICATOR.model_copy(
        update={"range": INDICATOR.range.model_copy(update={"context_max": 1e7})}
    )
    of = rules.for_indicator(wide, CATALOG)
    country = {"fate": "context", "scale": "country", "metro_id": None}
    table = harmonised(
        [figure(1, value=1e6, **country), figure(2, value=1e8, **country), figure(3, value=1e6)]
    )
    kept, counts = quarantine(table, of)
    assert counts == {"value_above_range": 2}
    assert kept["fate"].to_pylist() == ["context", "quarantine", "quarantine"]
    assert "10000000 KM2 for a country" in kept["detail"][1].as_py()


def test_context_figures_are_held_to_the_same_rules():
    table = harmonised(
        [*GOOD, figure(21, fate="context", scale="country", metro_id=None, value=1e9)]
    )
    assert quarantine(table, RULES)[1] == {"value_above_range": 1}


def test_a_record_already_in_quarantine_keeps_its_reason():
    table = harmonised(
        [figure(1, fate="quarantine", reason="no_metro", detail="No metro.", value=-1.0)]
    )
    assert quarantine(table, RULES) == (table, {})


def test_unless_it_is_taken_out_a_bad_row_rejects_the_table():
    verdict = judged(harmonised([*GOOD, figure(21, value=1e9)]))
    assert not verdict.passed
    assert broken(verdict) == ["value_above_range"]
    (row,) = sample(verdict, "value_above_range")
    assert (row["unit_id"], row["value"]) == ("eurostat_metro:21", 1e9)


@pytest.mark.parametrize(
    ("tolerance", "bad", "passes"),
    [(0.1, 2, True), (0.1, 3, False), (0.0, 1, False), (0.01, 1, True), (0.01, 2, False)],
)
def test_more_bad_rows_than_tolerated_reject_the_table(tolerance, bad, passes):
    indicator, catalog = area(tolerance)
    of = rules.for_indicator(indicator, catalog)
    table = harmonised([figure(n, **({"value": 1e9} if n <= bad else {})) for n in range(1, 21)])
    kept, counts = quarantine(table, of)
    verdict = judge(kept, of, dictionaries={"scale": SCALES})
    assert counts == {"value_above_range": bad}
    assert verdict.passed == passes
    assert ("tolerance" in broken(verdict)) != passes


def test_a_table_of_another_shape_is_left_for_the_judgement():
    table = harmonised(GOOD).drop(["period_start"])
    assert quarantine(table, RULES) == (table, {})
    verdict = judged(table)
    assert not verdict.passed
    assert sample(verdict, "columns_stated") == [
        {"column": "period_start", "must_be": "DATE", "found": "missing"}
    ]


# --- indicators: faults of the table


@pytest.mark.parametrize(
    ("rule", "rows", "shown"),
    [
        ("key_unique", [*GOOD, GOOD[3]], {"unit_id": "eurostat_metro:4", "times": 2}),
        ("nothing_missing", [*GOOD, figure(21, flags=None)], {"column": "flags", "missing": 1}),
        ("known_scale", [*GOOD, figure(21, scale="village")], {"scale": "village", "rows": 1}),
        ("no_national_figure", [*GOOD, figure(21, scale="country")], {"scale": "country"}),
        ("fate_explained", [*GOOD, figure(21, fate="quarantine")], {"fate": "quarantine"}),
        ("fate_explained", [*GOOD, figure(21, fate="lost")], {"fate": "lost"}),
        ("fate_explained", [*GOOD, figure(21, metro_id=None)], {"records": 1}),
        ("not_empty", [figure(1, fate="quarantine", reason="x", detail="X.")], {"rows": 0}),
    ],
)
def test_a_fault_of_an_indicators_table_rejects_it(rule, rows, shown):
    verdict = judged(harmonised(rows))
    assert not verdict.passed
    assert broken(verdict) == [rule]
    (row,) = sample(verdict, rule)
    assert shown.items() <= row.items()
    assert verdict.sentences[0].startswith(f"indicator/area: 1 case breaks the rule {rule}. ")


def test_a_missing_value_without_a_status_of_missing_is_told():
    verdict = judged(
        harmonised([*GOOD, figure(21, value=None), figure(22, value=None, obs_status="O")])
    )
    assert verdict.passed
    assert broken(verdict) == ["missing_says_why"]
    assert sample(verdict, "missing_says_why")[0]["figures"] == 1


def test_a_column_of_another_type_or_name_rejects_the_table():
    table = harmonised(GOOD)
    text = table.set_column(
        table.column_names.index("value"), "value", table["value"].cast(pa.string())
    ).append_column("extra", pa.array(["x"] * len(GOOD)))
    verdict = judged(text)
    assert {"column": "value", "must_be": "DOUBLE", "found": "VARCHAR"} in sample(
        verdict, "columns_stated"
    )
    assert {"column": "extra", "must_be": "not stated", "found": "VARCHAR"} in sample(
        verdict, "columns_stated"
    )


def test_repeated_texts_may_be_dictionaries():
    table = harmonised(GOOD)
    i = table.column_names.index("unit")
    assert judged(table.set_column(i, "unit", table["unit"].dictionary_encode())).passed


def test_vanished_metropolises_and_figures_reject_the_table():
    assert judged(harmonised(GOOD[:15]), previous=harmonised(GOOD)).passed
    verdict = judged(harmonised(GOOD[:14]), previous=harmonised(GOOD))
    assert broken(verdict) == ["figures", "metros"]
    assert sample(verdict, "metros") == [{"before": 20, "now": 14}]


def test_figures_that_were_replaced_are_no_loss():
    closed = [figure(n, recorded_from=EARLY, recorded_to=LATE) for n in range(1, 41)]
    assert judged(harmonised(GOOD), previous=harmonised([*GOOD, *closed])).passed


def test_rows_under_a_closed_licence_are_never_shown():
    indicator, catalog = area(redistributable=False)
    of = rules.for_indicator(indicator, catalog)
    verdict = judge(harmonised([*GOOD, figure(21, value=1e9)]), of, dictionaries={"scale": SCALES})
    (result,) = verdict.failed
    assert (result.failing, result.sample) == (1, [])
    of = rules.for_history("eurostat", "met_d3area", catalog)
    assert all(r.hidden == ("*",) for r in of)


# --- histories


def record(number: int, **differs) -> dict:
    return {
        "landuse": "L0008",
        "metroreg": f"ES{number:03d}M",
        "period": "2018",
        "value": float(number),
        "value_text": str(number),
        "flags": "",
        "record_no": number,
        "series_key": f"landuse=L0008;metroreg=ES{number:03d}M",
        "snapshot_id": "s",
        "recorded_from": EARLY,
        "recorded_to": None,
        **differs,
    }


def history(records: list[dict]) -> pa.Table:
    names = ("landuse", "metroreg", *dict(rules.RECORD))
    return table_of(tables.history(names), records)


RECORDS = [record(n) for n in range(1, 41)]
OF_HISTORY = rules.for_history("eurostat", "met_d3area", CATALOG)


def test_a_clean_history_breaks_nothing():
    revised = [record(1, recorded_from=LATE, value=7.0), record(1, recorded_to=LATE)]
    verdict = judge(history([*RECORDS[1:], *revised]), OF_HISTORY, previous=history(RECORDS))
    assert broken(verdict) == []


@pytest.mark.parametrize(
    ("expected", "records", "shown"),
    [
        (["one_standing_value"], [*RECORDS, record(2, recorded_from=LATE)], {"times": 2}),
        (["key_unique"], [*RECORDS, record(2, recorded_to=LATE)], {"times": 2}),
        (["value_finite"], [*RECORDS, record(41, value=float("nan"))], {"value": "nan"}),
        (
            ["validity_ordered"],
            [*RECORDS, record(1, recorded_from=LATE, recorded_to=EARLY)],
            {"record_no": 1},
        ),
        (["nothing_missing"], [*RECORDS, record(41, metroreg=None)], {"column": "metroreg"}),
        (["not_empty"], [record(1, recorded_to=LATE)], {"rows": 0}),
    ],
)
def test_a_fault_of_a_history_rejects_it(expected, records, shown):
    verdict = judge(history(records), OF_HISTORY)
    assert not verdict.passed
    assert broken(verdict) == expected
    (row,) = sample(verdict, expected[0])
    assert shown.items() <= row.items()


def test_a_dimension_that_the_catalog_relies_on_must_be_there():
    verdict = judge(history(RECORDS).drop(["metroreg"]), OF_HISTORY)
    assert sample(verdict, "columns_stated") == [
        {"column": "metroreg", "must_be": "VARCHAR", "found": "missing"}
    ]


def test_other_columns_of_the_source_are_welcome():
    table = history(RECORDS).append_column("label", pa.array(["x"] * 40))
    assert judge(table, OF_HISTORY).passed


def test_a_source_that_serves_much_less_is_red_and_a_few_vanished_series_are_not():
    verdict = judge(history(RECORDS[5:]), OF_HISTORY, previous=history(RECORDS))
    assert broken(verdict) == []
    verdict = judge(history(RECORDS[6:]), OF_HISTORY, previous=history(RECORDS))
    assert (verdict.passed, broken(verdict)) == (True, ["series_still_served"])
    assert len(sample(verdict, "series_still_served")) == 6
    verdict = judge(history(RECORDS[11:]), OF_HISTORY, previous=history(RECORDS))
    assert (verdict.passed, verdict.failed[0].rule.name) == (False, "records")


# --- published tables

DICTIONARIES = {
    "metro": pa.table({"metro_id": ["es-barcelona", "m1", "m2"]}),
    "indicator": pa.table({"indicator_id": ["area"]}),
    "unit": pa.table({"unit": ["KM2", "M2"]}),
    "scale": SCALES,
    "status": pa.table({"obs_status": ["A", "F", "O"]}),
    "index_definition": pa.table({"index_id": ["x"]}),
    "library_item": pa.table({"item_id": ["x"]}),
    **{t.name: store.empty(t) for t in tables.stated().values() if t.name.startswith("gov_")},
}
PLAIN = {
    "VARCHAR": "x",
    "DOUBLE": 1.0,
    "BIGINT": 1,
    "BOOLEAN": True,
    "DATE": datetime.date(2018, 1, 1),
}


def row(statement: tables.Table, **differs) -> dict:
    """One plain row of a table that passes its rules."""
    given = {
        "metro_id": "es-barcelona",
        "peer_id": "es-barcelona",
        "indicator_id": "area",
        "unit": "KM2",
        "scale": "fua",
        "obs_status": "A",
        "points": 5,
        "first_period": "2010",
        "last_period": "2018",
        "p_value": 0.2,
        "method": "exact",
        "direction": "unclear",
        "records": 6,
        "relation": "exact",
        "range_max": 2.0,
        "recorded_from": EARLY,
        "state": "recent",
        "year": 2018,
        "alternatives": 0,
        "origin": "stated",
        "action": "none",
        "no_trend": "short_since_break",
        **differs,
    }
    made = {c.name: None if c.null else PLAIN.get(c.type, EARLY) for c in statement.columns}
    assert differs.keys() <= made.keys()
    if made.get("value", "") is None:
        made["value"] = PLAIN[next(c.type for c in statement.columns if c.name == "value")]
    return {**made, **{k: v for k, v in given.items() if k in made}}


def judge_table(statement: tables.Table, *given: dict):
    return judge(
        table_of(statement, [row(statement, **g) for g in given]),
        rules.for_table(statement, CATALOG),
        dictionaries=DICTIONARIES,
    )


@pytest.mark.parametrize("statement", list(tables.stated().values()), ids=lambda t: t.name)
def test_a_plain_row_of_each_table_passes(statement):
    assert judge_table(statement, {}).sentences == []


@pytest.mark.parametrize("statement", list(tables.stated().values()), ids=lambda t: t.name)
def test_a_doubled_row_of_each_table_is_found(statement):
    verdict = judge_table(statement, {}, {})
    assert "key_unique" in broken(verdict)
    assert not verdict.passed


@pytest.mark.parametrize(
    ("statement", "rule", "given"),
    [
        (tables.of("observation"), "no_national_figure", [{"scale": "country"}]),
        (tables.of("observation"), "known_metro_id", [{"metro_id": "xx-nowhere"}]),
        (tables.of("observation"), "known_unit", [{"unit": "ACRE"}]),
        (tables.of("observation"), "known_obs_status", [{"obs_status": "?"}]),
        (tables.of("observation"), "known_indicator_id", [{"indicator_id": "other"}]),
        (tables.of("observation"), "value_finite", [{"value": float("inf")}]),
        (tables.of("observation"), "bounds_in_order", [{"lower": 2.0}]),
        (tables.of("observation"), "one_standing_figure", [{}, {"recorded_from": LATE}]),
        (
            tables.of("observation"),
            "nothing_missing",
            [{"iso3": None} if "iso3" in tables.of("observation").names else {"flags": None}],
        ),
        (tables.of("latest"), "no_projection", [{"obs_status": "F"}]),
        (tables.of("latest"), "stands_with_value", [{"recorded_to": LATE}]),
        (tables.of("latest"), "no_national_figure", [{"scale": "region"}]),
        (tables.of("latest"), "unit_has_one_scale_and_metropolis", [{}, {"metro_id": "m1"}]),
        (
            tables.of("latest"),
            "unit_has_one_scale_and_metropolis",
            [{}, {"unit": "M2", "scale": "metro_region"}],
        ),
        (tables.of("headline"), "says_what_it_was_preferred_over", [{"alternatives": 1}]),
        (tables.of("headline"), "says_what_it_was_preferred_over", [{"preferred_over": "x"}]),
        (
            tables.of("ranking"),
            "rank_within_group",
            [{"of": 2}, {"of": 2, "rank": 3, "unit_id": "y"}],
        ),
        (tables.of("ranking"), "rank_within_group", [{"percentile": 101.0}]),
        (tables.of("ranking"), "never_mixes", [{"of": 2}]),
        (
            tables.of("ranking"),
            "never_mixes",
            [{"of": 2}, {"of": 2, "rank": 2, "unit_id": "y", "scale": "metro_region"}],
        ),
        (tables.of("ranking"), "no_projection", [{"obs_status": "F"}]),
        (tables.of("trend"), "enough_points", [{"points": 4}]),
        (tables.of("trend"), "p_value_is_probability", [{"p_value": 1.5}]),
        (tables.of("trend"), "p_value_is_probability", [{"method": "none"}]),
        (tables.of("trend"), "direction_follows_p", [{"direction": "rising"}]),
        (tables.of("without_trend"), "says_why", [{"no_trend": None}]),
        (tables.of("without_trend"), "says_why", [{"no_trend": "too_short"}]),
        (tables.of("without_trend"), "says_why", [{"no_change": "unknown"}]),
        (tables.of("accounting"), "balanced", [{"balanced": False}]),
        (tables.of("accounting"), "balanced", [{"records": 5}]),
        (tables.of("coverage"), "counts_agree", [{"projections": 2}]),
        (tables.of("crosswalk"), "relation_known", [{"relation": "near"}]),
        (tables.of("crosswalk"), "relation_known", [{"score": 1.1}]),
        (tables.of("metro"), "point_on_earth", [{"latitude": 91.0}]),
        (tables.of("spatial_unit"), "point_on_earth", [{"population": -1.0}]),
        (tables.of("indicator"), "range_ordered", [{"range_min": 3.0}]),
    ],
)
def test_a_planted_fault_of_a_published_table_is_caught(statement, rule, given):
    verdict = judge_table(statement, *given)
    assert broken(verdict) == [rule]
    assert not verdict.passed
    assert len(sample(verdict, rule)) >= 1


def test_an_empty_table_of_figures_is_red():
    verdict = judge_table(tables.of("latest"))
    assert broken(verdict) == ["not_empty"]
    assert not verdict.passed


def test_comparison_tables_are_judged_by_their_statement():
    statement = of_theme("land", (("area", "Area", "KM2"),))
    assert judge_table(statement, {}).passed
    assert broken(judge_table(statement, {"area": float("nan")})) == ["value_finite"]


# --- the release


def released(**tables_given):
    """The verdict over a release of plain rows, but for the tables given."""
    source = row(tables.of("source"), source_id="x", dataset="x", redistributable=True)
    unit = row(
        tables.of("spatial_unit"), unit_id="x", system="x", code="x", vintage="x", scale="fua"
    )
    loaded = {t.name: table_of(t, [row(t)]) for t in tables.stated().values()}
    loaded |= {
        tables.of("part").name: store.empty(tables.of("part")),
        tables.of("country_context").name: store.empty(tables.of("country_context")),
        "source": table_of(tables.of("source"), [source]),
        "spatial_unit": table_of(tables.of("spatial_unit"), [unit]),
        "snapshot": table_of(tables.of("snapshot"), [row(tables.of("snapshot"))]),
        **tables_given,
    }
    previous = loaded.pop("previous", None)
    of = rules.for_release(CATALOG)
    return judge(loaded["observation"], of, previous=previous, dictionaries=loaded)


def observation(*given: dict) -> pa.Table:
    return table_of(tables.of("observation"), [row(tables.of("observation"), **g) for g in given])


def test_a_plain_release_passes():
    assert broken(released(previous=observation({}))) == []


@pytest.mark.parametrize(
    ("expected", "given"),
    [
        (
            ["figure_once"],
            {
                tables.of("country_context").name: table_of(
                    tables.of("country_context"), [row(tables.of("country_context"))]
                )
            },
        ),
        (
            ["figure_once"],
            {tables.of("part").name: table_of(tables.of("part"), [row(tables.of("part"))])},
        ),
        (["snapshot_listed"], {"snapshot": store.empty(tables.of("snapshot"))}),
        (
            ["link_has_unit", "scale_as_registered"],
            {"spatial_unit": store.empty(tables.of("spatial_unit"))},
        ),
        (["scale_as_registered"], {"observation": observation({"scale": "metro_region"})}),
        (
            ["accounting_balanced"],
            {
                "accounting": table_of(
                    tables.of("accounting"), [row(tables.of("accounting"), records=11)]
                )
            },
        ),
        (["accounting_balanced"], {"accounting": store.empty(tables.of("accounting"))}),
        (["accounting_recounted"], {"observation": observation({}, {"series_key": "y"})}),
        (
            [f"licence_{t}" for t in sorted(CARRYING)],
            {
                "source": table_of(
                    tables.of("source"), [row(tables.of("source"), redistributable=False)]
                ),
                tables.of("part").name: table_of(
                    tables.of("part"), [row(tables.of("part"), unit_id="z")]
                ),
                tables.of("country_context").name: table_of(
                    tables.of("country_context"), [row(tables.of("country_context"), unit_id="y")]
                ),
            },
        ),
        (
            ["no_personal_data"],
            {
                "member_org": table_of(
                    tables.of("member_org"), [row(tables.of("member_org"))]
                ).append_column("contact_email", pa.array(["a@example.org"]))
            },
        ),
    ],
)
def test_a_fault_that_only_the_whole_shows_stops_the_release(expected, given):
    verdict = released(**given)
    assert broken(verdict) == expected
    assert not verdict.passed


def test_a_large_loss_against_the_previous_release_stops_it():
    before = observation(*({"series_key": f"k{n}"} for n in range(5)))
    four = observation(*({"series_key": f"k{n}"} for n in range(4)))
    counted = table_of(
        tables.of("accounting"), [row(tables.of("accounting"), observations=4, records=9)]
    )
    assert broken(released(observation=four, accounting=counted, previous=before)) == []
    verdict = released(previous=before)
    assert broken(verdict) == ["observations_kept"]
    assert sample(verdict, "observations_kept") == [{"before": 5, "now": 1}]


# --- the real catalog


def test_every_rule_of_the_real_catalog_can_be_evaluated():
    from catalog.loader import load

    known = load()
    dictionaries = {t.name: store.empty(t) for t in tables.stated().values()}
    empty = store.empty(tables.HARMONISED)
    # One of each shape: rules differ by what is stated, not by the name of the indicator.
    shapes = {
        (
            i.kind,
            i.break_rule is None,
            *(v is None for v in i.range.model_dump().values()),
            len(i.bindings) > 1,
            all(known.dataset(b.provider, b.dataset).redistributable for b in i.bindings),
        ): i
        for i in known.indicators.values()
    }
    assert len(shapes) < 20
    for indicator in shapes.values():
        verdict = judge(
            empty, rules.for_indicator(indicator, known), previous=empty, dictionaries=dictionaries
        )
        assert [r.sentence for r in verdict.results if r.failing is None] == []
    for provider, dataset in known.bound_datasets():
        of = rules.for_history(provider, dataset, known)
        assert all(r.sentence.endswith(".") for r in of)
        stated = [d["column"] for d in sample(judge(history([]), of), "columns_stated")]
        relied_on = set(rules.relied_on(provider, dataset, known)) - {
            "landuse",
            "metroreg",
            "period",
        }
        # Of a closed dataset nothing is shown, not even the names of its columns.
        is_open = known.dataset(provider, dataset).redistributable
        assert stated == (sorted(relied_on) if is_open else [])
