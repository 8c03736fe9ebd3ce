"""Editions published before the observatory existed: added with their dates, in any order."""

from collections import Counter
from datetime import datetime
from itertools import permutations

import pytest
from click.testing import CliRunner

from catalog.models.model import Dataset, Provider, SeriesIdentity, Territory
from pipelines.cli import observatory
from sources.errors import Invalid
from sources.read import read
from sources.records.records import about
from sources.refresh import added
from sources.store.snapshots import Store
from warehouse import editions
from warehouse.methods import history as h
from warehouse.methods.revision import revisions

SLUMS_2017 = "GeoAreaCode,Units,period,value,flags\n4,PERCENT,2014,62.7,E\n8,PERCENT,2014,1.0,\n"
SLUMS_2020 = "geo_area,units,period,value,flags\n4,percent,2014,70.7,E\n4,percent,2018,73.5,\n8,percent,2014,1,\n"
DATES = {"2017.csv": datetime(2017, 6, 30), "2020.csv": datetime(2020, 12, 31)}
IDENTITY = SeriesIdentity(
    keys={"GeoAreaCode": ["GeoAreaCode", "geo_area"], "Units": ["Units", "units"]},
    codes={"Units": {"percent": "PERCENT"}},
)


def provider(identity=IDENTITY, **stated):
    dataset = Dataset(
        title="Slums",
        territory=[Territory(code="GeoAreaCode", system="m49", vintage="current")],
        identity=identity,
        **stated,
    )
    return Provider(
        id="carrier",
        title="A carrier",
        homepage="https://example.org",
        licence="CC BY 4.0",
        attribution="A carrier",
        datasets={"slums": dataset},
    )


def dataset_of(store, of, dataset, identity):
    return editions.DatasetSnapshots(
        store, of.id, dataset, h.Identity(identity.keys, identity.codes)
    )


def loaded(store, of, dataset, identity):
    """(history, editions) of every edition kept, each on its date; as the asset does it."""
    of = dataset_of(store, of, dataset, identity)
    newest = of.accepted()[-1]
    known, left_out = editions.caught_up(of, editions.History(), newest, lambda *_: [])
    assert not left_out
    new = editions.reading(of, newest, editions.moment(newest, known))
    history = editions.with_newest(known, new)
    return history, h.editions(editions.footer(of, known, new), history)


def test_an_edition_that_does_not_pass_or_cannot_be_read_is_left_out_with_the_reason(tmp_path):
    store, of = Store(tmp_path / "store"), provider()
    for name, text in (("2017.csv", SLUMS_2017), ("2020.csv", SLUMS_2020)):
        path = tmp_path / name
        path.write_text(text)
        added.add(store, of, "slums", path, published_at=DATES[name])
    slums = dataset_of(store, of, "slums", IDENTITY)
    old, newest = slums.accepted()

    known, left_out = editions.caught_up(
        slums, editions.History(), newest, lambda *_: ["too few records."]
    )
    assert known.table is None
    assert left_out == [
        f"carrier/slums, snapshot {old.snapshot_id[:12]} of 2017-06-30 is left out: too few records."
    ]

    file = store.path(old)
    file.chmod(0o644)
    file.write_bytes(b"\0damaged")
    _, (sentence,) = editions.caught_up(slums, editions.History(), newest, lambda *_: [])
    assert "2017-06-30 is left out" in sentence
    with pytest.raises(editions.Unreadable) as stopped:
        editions.reading(slums, old, old.recorded_from)
    assert not stopped.value.final  # the bytes may be restored


def test_a_reader_that_stops_is_told_with_its_file(tmp_path, monkeypatch):
    store, of = Store(tmp_path / "store"), provider()
    (path := tmp_path / "2017.csv").write_text(SLUMS_2017)
    added.add(store, of, "slums", path, published_at=DATES["2017.csv"])
    slums = dataset_of(store, of, "slums", IDENTITY)
    (only,) = slums.accepted()

    def stops(*_):
        raise KeyError("period")

    monkeypatch.setattr(editions, "read", stops)
    with pytest.raises(
        editions.Unreadable, match=r"stopped unexpectedly.*sources/providers/carrier"
    ):
        editions.reading(slums, only, only.recorded_from)


def test_a_column_that_the_catalog_reads_and_the_file_lacks_is_named(tmp_path):
    store, of = Store(tmp_path / "store"), provider()
    (path := tmp_path / "2017.csv").write_text(SLUMS_2017)
    added.add(store, of, "slums", path, published_at=DATES["2017.csv"])
    slums = dataset_of(store, of, "slums", IDENTITY)
    new = editions.reading(slums, slums.accepted()[-1], DATES["2017.csv"])
    (sentence,) = editions.missing_columns(new, ["Units", "Sex"], "carrier")
    assert "2017.csv has no column 'Sex'" in sentence
    assert "catalog/providers/carrier.yaml" in sentence


def test_editions_stand_in_the_order_of_their_dates(tmp_path, written):
    files = {n: written(n, t) for n, t in (("2017.csv", SLUMS_2017), ("2020.csv", SLUMS_2020))}
    found = []
    for i, order in enumerate(permutations(files)):
        store = Store(tmp_path / f"store{i}")
        for name in order:
            added.add(store, provider(), "slums", files[name], published_at=DATES[name])
        history, held = loaded(store, provider(), "slums", IDENTITY)
        assert [e.at for e in held] == list(DATES.values())
        found.append(history)
        then = h.stood(history, datetime(2019, 1, 1))
        assert sorted(then["value"].to_pylist()) == [1.0, 62.7]
        assert sorted(h.stood(history, datetime(2021, 1, 1))["value"].to_pylist()) == [
            1.0,
            70.7,
            73.5,
        ]
        changed = revisions(history, held).to_pylist()
        assert [(r["kind"], r["period"], r["change"]) for r in changed] == [
            ("revised", "2014", pytest.approx(8.0)),
            ("new", "2018", None),
        ]
        assert {(r["edition_before"], r["edition_after"]) for r in changed} == {
            tuple(e.snapshot_id for e in held)
        }
    assert found[0].equals(found[1])


def test_a_file_that_is_no_edition_is_refused_and_nothing_is_kept(tmp_path, written):
    store = Store(tmp_path / "store")
    file, empty = written("a.csv", SLUMS_2017), written("b.csv", "geo,period,value\n4,2014,\n")
    at = DATES["2017.csv"]
    for wrong, says in (
        (lambda: added.add(store, provider(), "other", file, published_at=at), "not stated"),
        (lambda: added.add(store, provider(), "slums", empty, published_at=at), "no record"),
        (
            lambda: added.add(store, provider(), "slums", file, published_at=datetime(2999, 1, 1)),
            "future",
        ),
    ):
        with pytest.raises(Invalid, match=says):
            wrong()
    assert store.all() == []
    added.add(store, provider(), "slums", file, published_at=at)
    with pytest.raises(Invalid, match="already"):
        added.add(store, provider(), "slums", written("c.csv", SLUMS_2020), published_at=at)
    assert len(store.all()) == 1


def test_a_query_makes_a_strange_file_tidy_and_says_how(tmp_path, written):
    store = Store(tmp_path / "store")
    file = written("cube.tsv", "area\tyear\tv\n4\t2014\t62.7\n8\t2014\t\n")
    sql = "select area as geo, year as period, v as value from read_csv($file, all_varchar=true)"
    kept, n = added.add(store, provider(), "slums", file, published_at=DATES["2017.csv"], sql=sql)
    assert (n, kept.rewritten, kept.origin) == (1, sql, "added")
    assert kept.original_sha256 != kept.snapshot_id


def test_the_command_says_what_it_did(tmp_path, written, monkeypatch):
    monkeypatch.setenv("OBSERVATORY_HOME", str(tmp_path / "home"))
    file = written("a.csv", "metro,period,value\nx,2014,1\n")
    run = CliRunner().invoke
    arguments = ["snapshots", "add", str(file), "--published-at", "2017-06-30"]
    done = run(observatory, [*arguments, "--provider", "nobody", "--dataset", "x"])
    assert "no provider 'nobody'" in done.output
    from catalog import load

    dataset = sorted(load().providers["carrier"].datasets)[0]
    named = [*arguments, "--provider", "carrier", "--dataset", dataset]
    assert "the edition of 2017-06-30 is kept" in run(observatory, named).output
    again = [*named[:-5], "2018-06-30", *named[-4:]]
    assert "kept already, as the edition of 2017-06-30" in run(observatory, again).output


# Real editions -----------------------------------------------------------------------------------

CUBE = """select geoAreaCode as GeoAreaCode, "series.code" as SeriesCode, Units, Nature as flags,
    years as period, value from read_csv($file, delim='\t', all_varchar=true)"""
DDF = """select geo_area as GeoAreaCode, 'EN_LND_SLUM' as SeriesCode, upper(units) as Units,
    upper(replace(nature, 'notspec', '')) as flags, year as period, en_lnd_slum as value
    from read_csv($file, all_varchar=true)"""


def digits(value):
    """Twelve digits of a figure: a workbook's 4.949999999999999 and 4.95 are one figure."""
    return None if value is None else float(f"{value:.12g}")


def exact(history, held, tables, keys):
    """As-of the date of each edition is that edition: keys, values, flags, none more, none less."""
    editions = []
    for edition, table in zip(held, tables, strict=True):
        key = h.series_key(table, about(table).dimensions, keys).to_pylist()
        said = (table[c].cast(t).to_pylist() for c, t in (("value", "double"), ("flags", "string")))
        period = table["period"].cast("string").to_pylist()
        rows = {(k, p): (digits(v), f) for k, p, v, f in zip(key, period, *said, strict=True)}
        then = h.stood(history, edition.at)
        columns = (then[c].to_pylist() for c in ("series_key", "period", "value", "flags"))
        assert {(k, p): (digits(v), f) for k, p, v, f in zip(*columns, strict=True)} == rows
        assert len(then) == len(rows) == edition.records
        editions.append(rows)
    return editions


def added_up(history, held, first, last):
    """The kinds of revision, counted beside a comparison of the two editions as dictionaries."""
    kinds = Counter(r["kind"] for r in revisions(history, held).to_pylist())
    both = first.keys() & last.keys()
    assert kinds == Counter(
        {
            "new": len(last.keys() - both),
            "deleted": len(first.keys() - both),
            "revised": sum(first[k][0] != last[k][0] for k in both),
            "flag only": sum(first[k][0] == last[k][0] and first[k][1] != last[k][1] for k in both),
        }
    )
    return dict(kinds)


def test_the_slums_of_2017_and_2020(tmp_path, real_data):
    store, of = Store(tmp_path), provider(SeriesIdentity())
    un = real_data / "un_sdg"
    for file, sql, at in (
        ("ddf2020_en_lnd_slum.csv", DDF, DATES["2020.csv"]),
        ("unstats2017Q2_EN_LND_SLUM_cube.tsv", CUBE, DATES["2017.csv"]),
    ):
        added.add(store, of, "slums", un / file, published_at=at, sql=sql)
    history, held = loaded(store, of, "slums", SeriesIdentity())
    tables = [read("carrier", store.path(s)) for s in store.editions("carrier", "slums")]
    found = added_up(history, held, *exact(history, held, tables, h.AS_SERVED))
    assert found == {"new": 343, "deleted": 111, "revised": 151, "flag only": 149}


WHO = SeriesIdentity(
    keys={
        "country": ["ISO3", "iso3"],
        "locality": ["City or Locality", "City/Town", "City"],
        "variable": ["variable"],
        "entry": ["entry"],
    },
    note="Localities have no code: country and exact label.",
)


def test_the_air_of_2016_and_2022(tmp_path, real_data):
    from catalog import load

    who = load().providers["who"]
    both = who.datasets["aap_2022"].model_copy(update={"identity": WHO})
    of = who.model_copy(update={"datasets": {"aap": both}})
    store = Store(tmp_path)
    for file, at in (
        ("who_aap_2021_v9_11august2022.xlsx", datetime(2022, 8, 11)),
        ("WHO_AAP_database_May2016_v3web.xlsx", datetime(2016, 5, 12)),
    ):
        added.add(store, of, "aap", real_data / "who" / file, published_at=at)
    history, held = loaded(store, of, "aap", WHO)
    keys = h.Identity(WHO.keys, WHO.codes)
    tables = [read("who", store.path(s)) for s in store.editions("who", "aap")]
    found = added_up(history, held, *exact(history, held, tables, keys))
    assert found == {"new": 57669, "deleted": 5258, "revised": 256}
