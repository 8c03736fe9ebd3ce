"""Why an indicator has no figures: five reasons, each from what is so, planted and found."""

import pytest
from rows import rows

from catalog import loader
from sources.refresh import asked
from sources.store.snapshots import Store
from warehouse import store, tables
from warehouse.home import Home
from warehouse.inputs import Inputs
from warehouse.methods import availability as made
from warehouse.methods.availability import ABSENCES, Count, Kept
from warehouse.tables import HARMONISED

CATALOG = loader.load()
OPEN, CLOSED = ("eurostat", "met_crim_gen"), ("who", "aap_2022")
ROBBERIES = "recorded_robberies"
LIVE = Kept(accepted=True, live=True)
BUNDLED = Kept(accepted=True)


@pytest.fixture
def home(tmp_path, monkeypatch) -> Home:
    monkeypatch.delenv("OBSERVATORY_SNAPSHOTS", raising=False)
    return Home(tmp_path / "home")


def keep(home: Home, **about) -> None:
    """A snapshot of robberies in the home's store."""
    file = home.root.parent / "answer"
    file.write_bytes(b"x")
    said = {
        **{"provider": OPEN[0], "dataset": OPEN[1], "filename": "a.csv", "media_type": "text/csv"},
        **{"url": "https://example.org", "licence": "CC BY 4.0", "attribution": "a"},
    }
    Store(home.snapshots, home.copies).put(file, retrieved_at="2026-11-01", **(said | about))


def figures(home: Home, **given) -> None:
    """The file of the indicator with one record."""
    base = {"indicator_id": ROBBERIES, "source_id": OPEN[0], "dataset": OPEN[1], "value": 1.0}
    path = home.indicator(ROBBERIES)
    path.parent.mkdir(parents=True, exist_ok=True)
    store.write(rows(HARMONISED, [{**base, "obs_status": "A", **given}]), HARMONISED, path)


def table(home: Home) -> dict[tuple[str, str], dict]:
    given = Inputs(tables.of("availability"), home, CATALOG)
    return {(r["indicator_id"], r["dataset"]): r for r in made.make(given).to_pylist()}


def robberies(home: Home) -> tuple[str | None, str]:
    row = table(home)[ROBBERIES, OPEN[1]]
    return row["absence"], row["says"]


def test_never_asked(home):
    code, says = robberies(home)
    assert code == "never_asked"
    assert "there is no snapshot of eurostat/met_crim_gen" in says


def test_not_yet_refreshed_where_only_what_comes_along_was_read(home):
    keep(home, origin="bundled")
    assert robberies(home)[0] == "not_refreshed"


def test_upstream_has_none_where_its_own_answer_holds_none(home):
    keep(home, origin="live")
    assert robberies(home)[0] == "upstream_has_none"


def test_a_part_of_a_dataset_says_nothing_of_the_rest(home):
    keep(home, origin="live", partial=("iccs",))
    assert robberies(home)[0] == "not_refreshed"


def test_refused_where_the_only_download_is_held(home):
    keep(home, status="held", held_because="A year is missing.")
    code, says = robberies(home)
    assert code == "refused"
    assert says.endswith("A year is missing.")


def test_refused_where_upstream_did_not_answer(home):
    home.root.mkdir()
    home.asked.write_text(
        '{"eurostat/met_crim_gen": {"asked": "2026-11-30T00:00:00", "run": "r", "failure": "HTTP 500."}}'
    )
    assert asked.read(home.asked)
    code, says = robberies(home)
    assert (code, says[-9:]) == ("refused", "HTTP 500.")


def test_refused_where_every_record_is_in_quarantine(home):
    keep(home, origin="live")
    figures(home, fate="quarantine", reason="value_above_range", record_no=7)
    code, says = robberies(home)
    assert code == "refused"
    assert "all 1 records" in says
    assert "value_above_range" in says


def test_licence_where_the_figures_may_not_be_published(home):
    found = [r for (_, d), r in table(home).items() if d == CLOSED[1]]
    assert found
    assert {r["absence"] for r in found} == {"licence"}
    code, says = made.of_dataset("who/aap_2022", LIVE, Count(figures=9), False)
    assert (code, "licence of who/aap_2022" in says) == ("licence", True)


@pytest.mark.parametrize("fate", ["observation", "context"])
def test_no_reason_where_there_are_figures(home, fate):
    keep(home, origin="bundled")
    figures(home, fate=fate)
    row = table(home)[ROBBERIES, OPEN[1]]
    assert (row["absence"], row["figures"] + row["context"]) == (None, 1)


@pytest.mark.parametrize(
    "given", [{"value": None}, {"obs_status": "F"}, {"recorded_to": "2024-01-01"}]
)
def test_what_is_missing_projected_or_replaced_is_no_figure(home, given):
    import datetime

    if "recorded_to" in given:
        given = {"recorded_to": datetime.datetime(2024, 1, 1)}
    keep(home, origin="live")
    figures(home, fate="observation", **given)
    assert robberies(home)[0] == "upstream_has_none"


def test_figures_of_parts_alone_are_no_figures_of_the_metropolis():
    code, says = made.of_dataset("a/b", LIVE, Count(parts=3), True)
    assert (code, "3 figures" in says) == ("upstream_has_none", True)


def computed(kept: dict, counts: dict, closed=frozenset()) -> tuple[str | None, str]:
    found = made.availability(CATALOG.indicators, closed, kept, counts)
    return made.why([r for r in found if r["indicator_id"] == "robberies_per_100000"])


def test_a_computed_indicator_lacks_what_its_part_lacks():
    code, says = computed({}, {})
    assert code == "never_asked"
    assert says.startswith("Not computable yet: recorded_robberies has no figures. Never asked")
    held = {OPEN: Kept(trouble="held")}
    assert computed(held, {})[0] == "refused"
    assert computed({}, {}, frozenset([OPEN]))[0] == "licence"


def test_a_computed_indicator_of_which_the_parts_do_not_meet():
    every = CATALOG.bound_datasets()
    some = {
        (i.id, b.provider, b.dataset): Count(figures=1)
        for i in CATALOG.indicators.values()
        for b in i.bindings
    }
    some["robberies_per_100000", "observatory", "robberies_per_100000"] = Count(lacking=1948)
    code, says = computed(dict.fromkeys(every, BUNDLED), some)
    assert code == "not_refreshed"
    assert says.startswith("Not computable yet: 1,948 figures lack a part")
    assert computed(dict.fromkeys(every, LIVE), some)[0] == "upstream_has_none"


def test_of_several_datasets_the_reason_after_which_figures_come_soonest():
    given = [{"absence": a, "says": a} for a in ABSENCES]
    assert made.why(given[::-1]) == ("refused", "refused")
    assert made.why([*given, {"absence": None, "says": "9 figures"}]) == (None, "9 figures")


def test_every_indicator_of_the_catalog_has_a_row_for_each_dataset_and_the_ui_lists_what_lacks(
    home,
):
    found = table(home)
    for i in CATALOG.indicators.values():
        for b in i.bindings:
            assert (i.id, b.dataset) in found
        if i.derived:
            assert (i.id, i.id) in found
    assert {r["absence"] for r in found.values()} == {"never_asked", "licence"}
    told = made.notes(made.make(Inputs(tables.of("availability"), home, CATALOG)))
    text = told["indicators without figures"]
    assert "recorded_robberies: Never asked" in text
    assert len(text.split("\n\n")) == len(CATALOG.indicators)


def test_the_description_of_an_indicator_says_where_the_reason_is_told():
    from assets.indicators import indicator

    for spec in ("recorded_robberies", "air_pollution_deaths"):
        made_asset = indicator(CATALOG, CATALOG.indicators[spec])
        (text,) = made_asset.descriptions_by_key.values()
        assert "`availability`" in text
    closed = next(
        i for i in CATALOG.indicators.values() if any(b.provider == "who" for b in i.bindings)
    )
    (text,) = indicator(CATALOG, closed).descriptions_by_key.values()
    assert "the licence of who/" in text
