"""The catalog loads, says the same in four languages, and tells every mistake in a sentence."""

import csv
import functools
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import jsonschema
import pytest
import yaml

from catalog import checks, loader, schemas
from catalog.languages import languages
from warehouse import tables
from warehouse.methods.statuses import resolve

CATALOG = loader.load()
# The 58 combinations of Eurostat's code list OBS_STATUS.
EUROSTAT_FLAGS = [
    "b", "bc", "bcd", "bd", "bde", "bdep", "bder", "bdf", "bdn", "bdp", "bdps", "bdr", "bdrs",
    "bds", "bdu", "bdz", "be", "bep", "ber", "bf", "bn", "bp", "bps", "bpu", "br", "brs", "bs",
    "bu", "bz", "c", "cd", "d", "de", "dep", "der", "df", "dn", "dp", "dps", "dpu", "dr", "drs",
    "ds", "du", "dz", "e", "ep", "er", "f", "n", "p", "ps", "pu", "r", "rs", "s", "u", "z",
]  # fmt: skip


@functools.cache
def words(text: str) -> frozenset[str]:
    """The words of a text in lower case."""
    return frozenset(re.findall(r"[^\W\d_]+", text.lower()))


def spoken(texts) -> dict[str, str]:
    """A text by language, without English standing in."""
    return {x: texts.translation(x) or "" for x in languages()}


@functools.cache
def vocabulary(language: str) -> Counter[str]:
    """How many definitions of indicators use each word in a language."""
    said = (spoken(i.definition)[language] for i in CATALOG.indicators.values())
    return Counter(w for text in said for w in words(text))


@functools.cache
def follows(schema: Path) -> jsonschema.protocols.Validator:
    """What checks that a file follows a schema."""
    said = json.loads(schema.read_text(encoding="utf-8"))
    checked = jsonschema.validators.validator_for(said)
    checked.check_schema(said)
    return checked(said)


def rows(name: str) -> list[dict]:
    """A dictionary table of the catalog."""
    with CATALOG.csv(name).open(encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


# What is in it


def test_there_are_enough_indicators_and_every_theme_has_figures_of_metropolises():
    assert len(CATALOG.indicators) >= 80
    measured = [i for i in CATALOG.indicators.values() if i.kind != "context"]
    read = {i.id for i in measured if any(b.verified for b in i.bindings)}
    made = {
        i.id
        for i in measured
        if i.derived and {p.indicator for p in i.derived.inputs.values()} <= read
    }
    assert len(read | made) >= 40
    for some in (measured, [CATALOG.indicators[i] for i in read | made]):
        assert {i.theme for i in some} == set(CATALOG.themes)


@pytest.mark.parametrize("indicator", CATALOG.indicators.values(), ids=lambda i: i.id)
def test_an_indicator_speaks_four_languages(indicator):
    definitions = spoken(indicator.definition)
    for a, b in combinations(definitions, 2):
        assert definitions[a] != definitions[b], f"{a} and {b} have the same definition"
    assert len(set(spoken(indicator.title).values())) >= 3
    for text in definitions.values():
        assert text[0].isupper() and text.endswith(".") and 40 < len(text) < 400
    # Each text must be closest to the vocabulary that the other indicators have in its language.
    heard = {x: vocabulary(x) for x in definitions}
    for language, text in definitions.items():
        known = {
            x: sum(heard[x][w] > (w in words(definitions[x])) for w in words(text)) for x in heard
        }
        assert max(known, key=known.__getitem__) == language, (language, known)


@pytest.mark.parametrize("theme", CATALOG.themes.values(), ids=lambda t: t.id)
def test_a_theme_has_a_title_in_four_languages(theme):
    assert len(set(spoken(theme.title).values())) > 1


def test_only_numbers_of_the_new_urban_agenda_that_were_read_stand_there():
    assert [row["code"] for row in CATALOG.frameworks["nua"]] == [
        *(str(n) for n in range(1, 13)), "19", "35", "36",
    ]  # fmt: skip
    assert all(row["source"] for name in ("nua", "sdg") for row in CATALOG.frameworks[name])


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("unit", tables.of("unit")),
        ("scale", tables.of("scale")),
        ("status", tables.of("status")),
    ],
)
def test_a_dictionary_has_the_columns_of_its_statement(name, table):
    found = rows(name)
    assert tuple(found[0]) == table.names
    keys = [tuple(row[k] for k in table.key) for row in found]
    assert len(set(keys)) == len(keys)
    for column in table.columns:
        if not column.null and column.name not in ("flag", "denominator"):
            assert all(row[column.name] for row in found), column.name


def test_scales_are_the_closed_list_of_the_design():
    assert [r["scale"] for r in rows("scale")] == [
        "municipality", "city", "urban_centre", "greater_city", "authority", "agglomeration",
        "fua", "metro_region", "prefecture", "region", "country",
    ]  # fmt: skip
    assert {r["scale"] for r in rows("scale") if r["metropolitan"] == "false"} == {
        "region",
        "country",
    }


def test_the_two_units_of_purchasing_power_are_an_amount_and_a_percentage():
    units = {r["unit"]: r for r in rows("unit")}
    assert units["PPS_EU27_2020_HAB"]["dimension"] == "money"
    assert units["PPS_HAB_EU27_2020"]["dimension"] == "share"


# Statuses


def test_every_combination_of_eurostat_flags_has_one_status():
    assert len(EUROSTAT_FLAGS) == 58
    resolved = {r.flags: r for r in resolve("eurostat", EUROSTAT_FLAGS, rows("status"))}
    assert all(r.obs_status for r in resolved.values())
    assert {f: resolved[f].obs_status for f in ("bdep", "ps", "s", "r", "z", "u", "df", "cd")} == {
        "bdep": "B",
        "ps": "E",
        "s": "E",  # an estimate of Eurostat, not the strike of SDMX
        "r": "A",
        "z": "M",
        "u": "U",
        "df": "D",
        "cd": "Q",
    }
    assert {f for f, r in resolved.items() if r.conf_status == "C"} == {"bc", "bcd", "c", "cd"}
    assert {f for f, r in resolved.items() if r.is_break} == {f for f in resolved if "b" in f}


def test_the_combinations_are_those_of_eurostats_own_list(real_data):
    lines = (real_data / "eurostat/codelists/obs_status.dic").read_text().splitlines()
    assert sorted(line.split("\t")[0] for line in lines if line) == sorted(EUROSTAT_FLAGS)


def test_a_nature_that_is_called_na_is_a_missing_value_and_no_empty_cell():
    assert [r.obs_status for r in resolve("un_sdg", ["NA", "C", "E", "M"], rows("status"))] == [
        "A", "E", "E", "O",
    ]  # fmt: skip  # answers come in the order C, E, M, NA


# Schemas


def test_schemas_are_up_to_date():
    for name, text in schemas.schemas().items():
        assert (schemas.FOLDER / name).read_text(encoding="utf-8") == text, (
            f"catalog/schemas/{name} is out of date: run python -m catalog.schemas"
        )


@pytest.mark.parametrize(
    "path",
    [p for p in sorted(loader.FOLDER.rglob("*.yaml")) if "metros" not in p.parts],
    ids=lambda p: f"{p.parent.name}/{p.name}",
)
def test_a_file_names_its_schema_and_follows_it(path):
    text = path.read_text(encoding="utf-8")
    named = re.match(r"# yaml-language-server: \$schema=(\S+)\n", text)
    assert named, "the first line must name the schema"
    follows((path.parent / named[1]).resolve()).validate(yaml.load(text, yaml.CSafeLoader))


# Mistakes


@pytest.fixture(scope="module")
def each_text_is_parsed_once() -> Iterator[None]:
    """Of a spoilt copy one file of seven hundred is another."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml, "load", functools.cache(yaml.load))
        yield


@pytest.fixture
def copy(tmp_path, each_text_is_parsed_once) -> Path:
    """The catalog without the registry, to be spoilt."""
    return shutil.copytree(
        loader.FOLDER, tmp_path / "catalog", ignore=shutil.ignore_patterns("metros", "*.py", "__*")
    )


def mistake(folder: Path, file: str, old: str, new: str) -> str:
    """What the loader says after `old` became `new` in a file (all of it where `old` is empty)."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{file} does not say {old!r}: the test is out of date"
    path.write_text(text.replace(old, new, 1) if old else new, encoding="utf-8")
    with pytest.raises(loader.CatalogError) as error:
        loader.load(folder)
    assert "Traceback" not in str(error.value) and "pydantic" not in str(error.value)
    return str(error.value)


GDP, POP, AGED = (f"indicators/{n}.yaml" for n in ("gdp", "population", "share_aged_65_and_over"))


@pytest.mark.parametrize(
    ("spoil", "said_of"),
    [
        ((GDP, "direction: higher", "direction: up"), ("direction", "use 'higher', 'lower' or 'none'")),
        ((GDP, "direction: higher\n", ""), ("direction", "it is missing; add it")),
        ((GDP, "direction:", "directoin:"), ("directoin", "check the spelling")),
        ((GDP, "title: Gross domestic product\n", 'title: {en: GDP, ca: ""}\n'), ("title.ca", "write it")),
        ((GDP, "id: gdp", "id: gpd"), ("id", "make them the same")),
        ((GDP, "theme: economy", "theme: money"), ("theme", "use one of governance")),
        ((GDP, "unit: MIO_USD_PPP_2010\nd", "unit: M_USD\nd"), ("unit", "catalog/units.csv")),
        ((GDP, "unit: MIO_USD_PPP\n", "unit: KM2\n"), ("bindings.1.unit", "indicator of its own")),
        ((GDP, "unit: MIO_USD_PPP_2010\nd", "unit: MIO_EUR\nd"), ("unit", "use the unit of a binding")),
        ((GDP, "dataset: cities_gdp", "dataset: cities"), ("bindings.0", "providers/oecd.yaml")),
        ((GDP, "provider: oecd", "provider: oced"), ("bindings.0", "providers/oced.yaml")),
        ((GDP, 'PowerCode Code: "6"', "PowerCode Code: 6"), ("PowerCode Code", "put it in quotes")),
        ((GDP, "range: {min: 0.001", "range: {min: 1e9"), ("range", "exchange them")),
        ((GDP, "factor: 0.000001", "factor: small"), ("bindings.1.factor", "number")),
        ((GDP, "theme: economy", "theme: economy\ntheme: economy"), ("line 4", "given twice")),
        ((GDP, "title:", "title: ["), ("line", "check quotes and indentation")),
        (("indicators/open_space_share.yaml", '["19"]', '["20"]'), ("references.nua", "remove it")),
        (("indicators/open_space_share.yaml", '["19"]', "[19]"), ("references.nua", "put it in quotes")),
        ((POP, "where: {VAR: POP_0_14}", "where: {VAR: POP_15_64}"), ("bindings.3.where", "apart")),
        ((POP, "    where: {VAR: POP_0_14}\n", ""), ("where", "tells them apart")),
        ((AGED, "indicator: population,", "indicator: people,"), ("derived.inputs.old", "does not exist")),
        ((AGED, "age: Y_GE65", "age: Y_GE80"), ("derived.inputs.old", "has no age")),
        ((AGED, "100 * old", "100 * olt"), ("derived.formula", "'olt' is not in")),
        ((AGED, "100 * old / whole", "100 * old"), ("derived.inputs.whole", "use it or remove it")),
        ((AGED, "100 * old", "100 % old"), ("derived.formula", "pattern")),
        ((AGED, "indicator: population,", "indicator: gdp,"), ("derived.inputs.old", "say in 'unit'")),
        ((AGED, "age: Y_GE65", "unit: NR"), ("derived.inputs.old", "is not served in 'NR'")),
        ((AGED, "indicator: population,", "indicator: share_aged_65_and_over,"), ("inputs", "itself")),
        ((AGED, "kind: derived\n", ""), ("the file as a whole", "'derived'")),
        (("providers/wup.yaml", "vintage:", "vintag:"), ("vintag", "check the spelling")),
        (("providers/wup.yaml", "  wup2018_f22:", "  WUP-F22:"), ("datasets.WUP-F22", "rename it")),
        (("providers/eurostat.yaml", '{metroreg: "~.*_10"}', "{}"), ("territory.1", "put it last")),
        (("providers/carrier.yaml", "    derived_by: 360info", "    title: 360info"), ("line", "twice")),
        (("providers/goal.yaml", None, "id: goal\n"), ("title", "it is missing; add it")),
        (("corrections/oecd.yaml", "action: drop", "action: override"), ("value", "needs a number")),
        (
            ("indicators/median_gross_rent.yaml", "margin: {variable", "margin: {CBSA"),
            ("margin", "one code"),
        ),
        (("corrections/oecd.yaml", "provider: oecd", "provider: wup"), ("provider", "move it there")),
        (("corrections/oecd.yaml", "cities_gdp", "gdp_cities"), ("dataset", "correct the name")),
        (("statuses.csv", "eurostat,s,E,,14", "eurostat,s,X,,14"), ("obs_status", "use one of B, O")),
        (("statuses.csv", "eurostat,s,E,,14", "eurostat,s,E,,1"), ("precedence", "write 14")),
        (("statuses.csv", "eurostat,u,", "eurostat,s,"), ("flag", "remove one row")),
        (("units.csv", "KM2,square", "PERSON,x,x,count,1,,\nKM2,square"), ("unit", "remove one row")),
        (("frameworks/nua.yaml", 'code: "2"', 'code: "1"'), ("code", "appears twice")),
        (("frameworks/nua.yaml", 'title: "Proportion of total', 'tite: "Proportion of total'), ("tite", "check the spelling")),
        (("themes.yaml", "", "id: governance\n"), ("", "begin each item with '- '")),
    ],
)  # fmt: skip
def test_a_mistake_is_a_sentence_that_names_file_field_and_remedy(copy, spoil, said_of):
    file, old, new = spoil
    field, remedy = said_of
    if old is None:
        (copy / file).write_text("", encoding="utf-8")
        old = ""
    said = mistake(copy, file, old, new)
    line = next((x for x in said.splitlines() if field in x and remedy in x), "")
    assert line, said
    assert f"catalog/{file}" in line and line.endswith(".")


def test_a_binding_that_an_exclusion_swallows_is_named(copy):
    said = mistake(
        copy,
        "providers/un_sdg.yaml",
        "Location: [TSUB, URBAN]",
        "Location: [TSUB, URBAN, CITY]",
    )
    assert "catalog/indicators/housing_cost_overburden.yaml: field 'bindings.0.where'" in said
    assert "excludes every record of it" in said


def test_a_greater_city_with_the_scale_of_a_city_is_named(copy):
    (copy / "metros").mkdir()
    head = "unit_id,system,code,vintage,scale,name\n"
    row = "eurostat_city:FR001C,eurostat_city,FR001C,2025,greater_city,Paris (greater city)\n"
    (copy / "metros" / "spatial_unit.csv").write_text(head + row, encoding="utf-8")
    loader.load(copy)
    said = mistake(copy, "metros/spatial_unit.csv", ",greater_city,", ",city,")
    assert "eurostat_city:FR001C" in said and said.endswith("write greater_city.")


def test_several_mistakes_are_told_at_once(copy):
    path = copy / GDP
    path.write_text(path.read_text().replace("theme: economy", "theme: money"))
    said = mistake(copy, "indicators/area.yaml", "theme: land_use", "theme: soil")
    assert "'money'" in said and "'soil'" in said and len(said.splitlines()) == 2


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ({"VAR": "POP"}, {"VAR": "GDP"}, False),
        ({"VAR": "POP"}, {"VAR": ["GDP", "POP"]}, True),
        ({"VAR": "POP"}, {"unit": "KM2"}, True),
        ({}, {}, True),
        ({"VAR": "POP", "unit": "A"}, {"VAR": "POP", "unit": "B"}, False),
        ({"geo": "~[A-Z]{2}"}, {"geo": "ES"}, True),
        ({"geo": "~[A-Z]{2}"}, {"geo": "ES002M"}, False),
    ],
)
def test_two_conditions_overlap_unless_one_dimension_parts_them(a, b, expected):
    assert checks.overlap(a, b) is checks.overlap(b, a) is expected
