"""The traps of matching places, case by case: what merged or lost places elsewhere, and what is done here.

A row is one case: the trap's number, the case, what it shows, and the check. Checks ask the committed
registry (`catalog/metros`) and the matcher of `observatory match`; those of the readers ask a reader.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache

import pytest
from places import answer, home, links, rows, units

from catalog.loader import load
from warehouse.registry.countries import KIN
from warehouse.registry.gazetteer import Gazetteer
from warehouse.registry.matching.match import Place, PlaceIndex, distance_km, variants
from warehouse.registry.read import rows as read_rows

Check = Callable[[], None]
WUP, FUA, OECD, GHSL = "un_wup2018", "eurostat_fua", "oecd_fua", "ghsl_ucdb"
HABITAT, UNSD, CITY, REGION = "unhabitat_city", "unsd_city", "eurostat_city", "eurostat_metro"


gazetteer = cache(Gazetteer)


def apart(name: str, **homes: str) -> Check:
    """With its country each is its own metropolis ("" is none: said where else); without, a question."""

    def check() -> None:
        for country, metro_id in homes.items():
            found = answer(name, country)
            assert found.metro_id == metro_id, (country, found)
            if not metro_id:
                assert found.decision == "reject" and "elsewhere: " in found.why
        known = {m for m in homes.values() if m}
        asked = answer(name)
        assert (asked.decision, asked.metro_id) == ("review", "")
        assert known <= {c for c, _ in asked.candidates}
        assert "give the country" in asked.why
        assert len(known) == len({r["iso3"] for r in rows("metro") if r["metro_id"] in known})

    return check


def within(name: str, country: str, **by: str) -> Check:
    """Two of one country: a question, and the state or a point (`lat/lon`) answers it."""

    def check() -> None:
        asked = answer(name, country)
        assert (asked.decision, asked.metro_id) == ("review", "")
        assert set(by.values()) <= {c for c, _ in asked.candidates}
        points = {r["metro_id"]: (r["latitude"], r["longitude"]) for r in rows("metro")}
        for state, metro_id in by.items():
            assert answer(name, country, *points[metro_id]).metro_id == metro_id
            if not state.startswith("_"):
                assert answer(f"{name}, {state}", country).metro_id == metro_id

    return check


def on(metro_id: str, *codes: tuple[str, str, str], relation: str = "") -> Check:
    """The units are all on one metropolis, with that relation where one is given."""

    def check() -> None:
        assert {c: home(*c) for c in codes} == dict.fromkeys(codes, metro_id)
        assert not relation or {links()[c]["relation"] for c in codes} == {relation}

    return check


def never(metro_id: str, *codes: tuple[str, str, str]) -> Check:
    """The units are listed, and not on that metropolis."""

    def check() -> None:
        assert metro_id in {r["metro_id"] for r in rows("metro")}
        for code in codes:
            assert code in units()
            assert home(*code) != metro_id

    return check


def asked(metro_id: str, *names: tuple[str, str], decision: str = "accept") -> Check:
    """Each (name, country) gets that answer."""

    def check() -> None:
        found = [answer(*n) for n in names]
        assert [(a.decision, a.metro_id) for a in found] == [(decision, metro_id)] * len(names)

    return check


def waits(candidate: str, *names: tuple[str, str]) -> Check:
    """Each (name, country) is left to a person, who is shown that candidate first."""

    def check() -> None:
        for name in names:
            found = answer(*name)
            assert (found.decision, found.metro_id) == ("review", "")
            assert found.candidates[0][0] == candidate

    return check


def scaled(*expected: tuple[tuple[str, str, str], str, int]) -> Check:
    """Each unit has its own scale and population, so that no two are one figure."""

    def check() -> None:
        for key, scale, people in expected:
            assert (units()[key]["scale"], int(float(units()[key]["population"]))) == (
                scale,
                people,
            )
        assert len({scale + key[0] for key, scale, _ in expected}) == len(expected)

    return check


def capitals() -> None:
    """Capitals end in MC: none is lost, and ES001MC is Madrid as ES002M is Barcelona."""
    listed = {k[1]: home(*k) for k, u in units().items() if (k[0], k[2]) == (REGION, "NUTS2021") and u["scale"] == "metro_region"}  # fmt: skip
    capital = [c for c in listed if c.endswith("MC")]
    assert len(capital) > 25
    assert [c for c in capital if not listed[c]] == []
    assert (listed["ES001MC"], listed["ES002M"]) == ("es-madrid", "es-barcelona")


def one_code_two_editions() -> None:
    """Units of two editions are two units; what joins them is said, never taken for granted."""
    known = {(r["unit_id"], r["vintage"]): r for r in rows("unit_relation") if r["relation"] == "successor_of"}  # fmt: skip
    row = known[f"{FUA}:ES001L3", "2019"]
    assert (row["other_unit_id"], row["other_vintage"]) == (f"{FUA}:ES001L2", "2010")
    assert "same code" not in row["evidence"]
    same = known[f"{FUA}:ES002L2", "2019"]
    assert (same["other_unit_id"], same["other_vintage"]) == (f"{FUA}:ES002L2", "2010")
    assert "same code, so the same delineation" in same["evidence"]


def paris() -> None:
    """FR001C1 is the greater city here; the city of Paris is FR001P1; France gave its numbers anew."""
    assert units()[CITY, "FR001C1", "2019"]["scale"] == "greater_city"
    assert units()[CITY, "FR001P1", "2019"]["scale"] == "city"
    assert links()[CITY, "FR001P1", "2019"]["relation"] == "narrow"
    assert home(FUA, "FR003L2", "2019") == home(CITY, "FR002C", "2025") == "fr-lyon"
    assert home(CITY, "FR003C", "2025") == "fr-lille"


def countries() -> None:
    """UK and EL are Eurostat's; Taiwan is M49 158; Kosovo is XK; Hong Kong is by itself."""
    assert units()["eurostat_country", "EL", "current"]["iso3"] == "GRC"
    assert units()["eurostat_country", "UK", "current"]["iso3"] == "GBR"
    assert units()["m49", "158", "current"]["iso3"] == "TWN"
    assert units()["iso3166", "XKX", "current"]["name"] == "Kosovo"
    assert "HK" in KIN["CN"]
    for name, country, metro_id in (
        ("London", "UK", "gb-london"), ("London", "GB", "gb-london"),
        ("Athens", "EL", "gr-athens"), ("Athens", "GR", "gr-athens"),
        ("Taipei", "158", "tw-taipei"), ("Pristina", "XK", "xk-pristina"),
        ("Hong Kong", "HK", "hk-hong-kong"), ("Hong Kong", "CN", "hk-hong-kong"),
    ):  # fmt: skip
        assert answer(name, country).metro_id == metro_id


def norway_and_no_city() -> None:
    """NO_ is a city of Norway; NOCITI is a whole country, and the rules of both datasets say so."""
    assert units()[HABITAT, "NO_BERGEN", "2024"]["iso3"] == "NOR"
    assert [k for k in units() if "NOCITI" in k[1]] == []
    for provider, dataset in (("un_habitat", "open_space"), ("un_sdg", "goal11_cities")):
        first, city = load().providers[provider].datasets[dataset].territory[:2]
        assert "NOCITI" in str(first.where) and first.system == "m49"
        assert city.system in (HABITAT, UNSD)


def m49_is_text() -> None:
    for number in ("4", "04", "004"):
        assert answer("Kabul", number).metro_id == "af-kabul"


def aggregates() -> None:
    """What is no city has no unit of a city, and no name in a list makes it one."""
    wide = ("national", "world", "total")
    cities = [u for u in units().values() if u["system"] in (HABITAT, UNSD)]
    assert [u["code"] for u in cities if u["name"].lower() in wide or not u["code"]] == []
    assert [u["code"] for u in cities if u["code"].lower().endswith("_total")] == []
    for name, country in (
        ("National", "KE"), ("Kenya_total", "KE"), ("NOCITI_KE", "KE"), ("", "KE"),
        ("World, all cities", ""),
    ):  # fmt: skip
        assert answer(name, country).decision == "reject"


def core() -> None:
    """Guarulhos is in no list and is said to lie by São Paulo; the UN counts the others apart."""
    guarulhos = answer("Guarulhos", "BR")
    assert (guarulhos.decision, guarulhos.metro_id) == ("reject", "")
    assert "from São Paulo BR and may be a part of it" in guarulhos.why
    for name, country, own, beside in (
        ("Goyang", "KR", "kr-goyang", "kr-seoul"),
        ("Incheon", "KR", "kr-incheon", "kr-seoul"),
        ("Karaj", "IR", "ir-karaj", "ir-tehran"),
    ):
        assert answer(name, country).metro_id == own != beside
    assert answer("Gyeonggi", "KR").metro_id == ""
    hangs = {(r["unit_id"], r["relation"], r["other_unit_id"]) for r in rows("unit_relation")}
    assert (f"{WUP}:21741", "part_of", f"{OECD}:KR004") in hangs
    members = {r["name"]: r for r in rows("member_org")}
    assert members["Goyang"]["metro_id"] == "kr-goyang"
    many = [("Ville de Paris", "narrow"), ("Gauteng Province", "broad"), ("São Paulo (state)", "broad")]  # fmt: skip
    assert [(m, members[m]["relation"]) for m, _ in many] == many


def secondary_cities() -> None:
    """Cities in the core of another's functional urban area hang on it as parts, never as it."""
    assert links()[CITY, "ES512C1", "2019"]["relation"] == "part_of"
    aix = answer("Aix-en-Provence", "FR")
    assert (aix.metro_id, aix.relation) == ("", "part_of")


def live_gazetteer() -> None:
    """Every GeoNames id on a metropolis is in the gazetteer of today, in its country, within 60 km."""
    places, metros = gazetteer().places, {r["metro_id"]: r for r in rows("metro")}
    listed = [(k, r["metro_id"]) for k, r in links().items() if k[0] == "geonames"]
    assert len(listed) > 2500
    for key, metro_id in listed:
        at, metro = places[key[1]], metros[metro_id]
        assert at.country in (metro["iso2"], *KIN.get(metro["iso2"], ())), key
        km = distance_km(at.latitude, at.longitude, float(metro["latitude"]), float(metro["longitude"]))  # fmt: skip
        assert km is not None and km <= 60, key


def rotten_ids() -> None:
    """Ids that a public crosswalk gives to Montevideo, Prague and others lie in other countries."""
    rotten = {"montevideo": "uy", "prague": "cz", "colombo": "lk", "san-salvador": "sv", "asuncion": "py"}  # fmt: skip
    at = {r["metro_id"]: r["code"] for r in rows("crosswalk") if r["system"] == "geonames"}
    for name, iso2 in rotten.items():
        assert gazetteer().places[at[f"{iso2}-{name}"]].country == iso2.upper()


def right_items() -> None:
    """An item is of the country and within 30 km, or one that Wikidata lists as a city; each once."""
    items = [(k, r) for k, r in links().items() if k[0] == "wikidata"]
    assert len(items) > 800
    assert len({k[1] for k, _ in items}) == len(items)
    for _, r in items:
        said = r["evidence"].split("same country, ")[1]
        near = int(said.split(" km")[0]) <= 30
        assert near or said.endswith("Wikidata lists it as a city"), r


def total_order() -> None:
    """The same places in any order give the same answer; of equals the key decides."""
    places = [Place(f"xx-{n}", "XX", ("Alba", f"Alba {n}"), (), 1.0, 1.0, 1e5) for n in "dacb"]
    asks = Place("?", "XX", ("Alba",), (), 1.0, 1.0, 1e5)
    found = set()
    for seed in range(8):
        shuffled = random.Random(seed).sample(places, len(places))
        found.add(PlaceIndex(shuffled).match(asks))
    (one,) = found
    assert [c for c, _ in one.candidates] == ["xx-a", "xx-b", "xx-c", "xx-d"]
    assert one.decision == "review"


def lost_letters() -> None:
    """A label that lost letters at its source stays on its unit, and is nobody's name."""
    assert [r["name"] for r in rows("metro_name") if "?" in r["name"] or "Ã" in r["name"]] == []
    assert "?" not in "".join(r["name"] for r in rows("metro"))


CASES: list[tuple[str, str, Check]] = [
    # 1. The same name.
    ("1 Valencia ES/VE", "one name, two countries", apart("Valencia", ES="es-valencia", VE="ve-valencia")),
    ("1 Barcelona ES/VE", "one name, two countries", apart("Barcelona", ES="es-barcelona", VE="ve-barcelona")),
    ("1 London GB/CA", "one name, two countries", apart("London", GB="gb-london", CA="ca-london")),
    ("1 Hyderabad IN/PK", "one name, two countries", apart("Hyderabad", IN="in-hyderabad", PK="pk-hyderabad")),
    ("1 Córdoba AR/MX/ES", "one name, three countries", apart("Córdoba", AR="ar-cordoba", MX="mx-cordoba", ES="es-cordoba")),
    ("1 Santiago CL/DO", "one is only the head of a longer name", apart("Santiago", CL="cl-santiago", DO="do-santiago-de-los-caballeros")),
    ("1 San Juan AR/PR", "one is in a territory filed apart", apart("San Juan", AR="ar-san-juan", PR="pr-san-juan")),
    ("1 Tripoli LY/LB", "an English name of two", apart("Tripoli", LY="ly-tripoli", LB="lb-tripoli")),
    ("1 Hamilton NZ/CA", "one is below the registry's threshold: no link, not the other", apart("Hamilton", NZ="", CA="ca-hamilton")),
    ("1 Victoria SC/CA/AU", "a capital, a city and a state", apart("Victoria", SC="sc-victoria", CA="ca-victoria", AU="")),
    ("1 Cartagena CO/ES", "one name, two countries", apart("Cartagena", CO="co-cartagena", ES="es-cartagena")),
    ("1 Xinyi x2", "two in China: a point tells", within("Xinyi", "CN", _1="cn-xinyi-near-gaozhou", _2="cn-xinyi-near-pizhou")),
    ("1 Concord x2", "two in the United States", within("Concord", "US", CA="us-concord-ca", NC="us-concord-nc")),
    ("1 Springfield x2", "two in the United States", within("Springfield", "US", MO="us-springfield-mo", MA="us-springfield-ma")),
    ("1 Fayetteville x2", "two in the United States", within("Fayetteville", "US", AR="us-fayetteville-ar", NC="us-fayetteville-nc")),
    ("1 Yulin x2", "two in China", within("Yulin", "CN", Shaanxi="cn-yulin-shaanxi", Guangxi="cn-yulin-guangxi")),
    ("1 no state, no link", "a source without states is on neither", on("", ("sp_trn_publ", "US|Springfield", "2020"), ("sp_trn_publ", "US|Fayetteville", "2020"))),
    ("1 London ON", "a code of Canada", never("gb-london", (HABITAT, "CA_LONDON_ONT", "2024"))),
    ("1 Barcelona, Spain", "joined without country elsewhere", never("ve-barcelona", (HABITAT, "ES_BARCELONA", "2024"))),
    ("1 Changzhou", "five letters in common", never("cn-changchun", (HABITAT, "CN_CHANGZHOU_JINGSU", "2024"))),
    ("1 Al-Kharj", "the word al in common", never("sa-medina", (HABITAT, "SA_AL_KHARJ", "2024"))),
    ("1 San Juan del Río", "a part of the name in common", never("mx-queretaro", (UNSD, "MX_QUE_SAN_JUAN_DEL_RIO", "2024"))),
    ("1 Frankfurt (Oder)", "what is in parentheses tells", never("de-frankfurt-am-main", (FUA, "DE029L0", "2019"))),
    ("1 El Paso CO, Lancaster CA", "a county of the name", lambda: (never("us-el-paso", (OECD, "USA71F", "2024"))(), never("us-lancaster-pa", (OECD, "USA132F", "2024"))())[0]),
    ("1 Swat", "a third party's point of another place", never("pk-quetta", ("sp_trn_publ", "PK|Swat", "2020"))),
    # 2. One city, many territories.
    ("2 Brussels", "each territory its scale; 177,307 is one commune and is asked about", scaled(
        ((CITY, "BE001K1", "2019"), "greater_city", 1208542), ((OECD, "BE001", "2012"), "fua", 2588102),
        ((FUA, "BE001L3", "2019"), "fua", 3284548), ((WUP, "20144", "2018"), "agglomeration", 2002441))),
    ("2 Brussels, city proper", "a tenth of the metropolis is another territory", lambda: _review("Brussels", "BE", "177307")),
    ("2 Barcelona", "1.6, 3.7, 5.0 and 5.3 million, each its own scale", scaled(
        ((CITY, "ES002C1", "2019"), "city", 1636762), ((CITY, "ES002K2", "2019"), "greater_city", 3701270),
        ((FUA, "ES002L2", "2019"), "fua", 5034925), ((WUP, "22525", "2018"), "agglomeration", 5276919))),
    ("2 Guangzhou", "a centre of three times the agglomeration is wider", on("cn-guangzhou", (GHSL, "12080", "R2019A"), relation="broad")),
    # 3. Capitals of the metro regions.
    ("3 ES001MC", "a pattern that ends in M loses every capital", capitals),
    # 4. Codes and their editions.
    ("4 ES001L2, ES001L3", "two editions are two units of one metropolis", one_code_two_editions),
    ("4 FR001C1, FR001P1", "one code, city here and greater city there", paris),
    ("4 UK, EL, TW, XK, HK", "countries that lists write in other ways", countries),
    # 5. Text that looks like something else.
    ("5 NA", "Namibia is no missing value", asked("na-windhoek", ("Windhoek", "NA"))),
    ("5 NA, codes", "nor in a code", on("na-windhoek", (HABITAT, "NA_WINDHOEK", "2024"), (GHSL, "3260", "R2019A"))),
    ("5 NO_, NOCITI_", "Norway and the rest of a country", norway_and_no_city),
    ("5 M49", "leading zeros", m49_is_text),
    # 6. Transliteration.
    ("6 Haerbin", "Pinyin and the English name", asked("cn-harbin", ("Haerbin", "CN"), ("Harbin", "CN"))),
    ("6 Ji'nan", "an apostrophe", asked("cn-jinan", ("Ji'nan", "CN"), ("Jinan", "CN"), ("Ji’nan", "CN"))),
    ("6 Dar-el-Beida", "an Arabic name", asked("ma-casablanca", ("Dar-el-Beida", "MA"), ("Casablanca", "MA"))),
    ("6 Krung Thep", "a Thai name", asked("th-bangkok", ("Krung Thep", "TH"), ("Bangkok", "TH"))),
    ("6 Al-Qahirah", "an Arabic name", asked("eg-cairo", ("Al-Qahirah", "EG"), ("Cairo", "EG"))),
    ("6 Xinbei", "a name that is translated", asked("tw-new-taipei", ("Xinbei", "TW"), ("New Taipei", "TW"))),
    ("6 Suweon", "two romanisations", asked("kr-suweon", ("Suweon", "KR"), ("Suwon", "KR"))),
    ("6 Taibei, Taizhong", "Pinyin of Taiwan", lambda: (asked("tw-taipei", ("Taibei", "TW"))(), asked("tw-taichung", ("Taizhong", "TW"))())[0]),
    ("6 Esfahan", "a Persian name", asked("ir-isfahan", ("Esfahan", "IR"), ("Isfahan", "IR"))),
    ("6 Bruxelles-Brussel", "two languages in one label", asked("be-brussels", ("Bruxelles-Brussel", "BE"), ("Brussels", "BE"))),
    # 7. Twin labels.
    ("7 Riverside-San Bernardino", "one metropolis of two cities", asked("us-san-bernardino", ("Riverside-San Bernardino", "US"))),
    ("7 Barcelona-Puerto La Cruz", "the whole label; its part is a part", lambda: (
        asked("ve-barcelona", ("Barcelona-Puerto La Cruz", "VE"))(),
        on("ve-barcelona", ("sp_trn_publ", "VE|Puerto La Cruz", "2020"), relation="part_of")())[0]),
    ("7 Minneapolis-St. Paul", "an abbreviation in it", asked("us-minneapolis", ("Minneapolis-St. Paul", "US"), ("Minneapolis-Saint Paul", "US"))),
    ("7 Fredrikstad/Sarpsborg", "in no list: no link, spelt either way", asked("", ("Frederikstad/Sarpsborg", "NO"), ("Fredrikstad/Sarpsborg", "NO"), decision="reject")),
    ("7 Amsterdam-Utrecht", "two metropolises under one label: neither", lambda: (
        waits("nl-amsterdam", ("Amsterdam-Utrecht", "NL"))(), on("", (UNSD, "528|AMSTERDAM-UTRECHT", "2017"))())[0]),
    ("7 Springfield, Massachusett, Connecticut", "states after a comma", asked("us-springfield-ma", ("Springfield, Massachusett, Connecticut", "US"))),
    ("7 Al-Khafji", "a part of three letters is no name", lambda: _no_part("Al-Khafji", "al")),
    # 8. Aggregates.
    ("8 aggregates", "NOCITI_*, National, *_total, no code, World", aggregates),
    # 9. In the core of another.
    ("9 Guarulhos, Goyang, Incheon, Karaj", "beside a larger one, never taken for it", core),
    ("9 secondary cities", "parts of the metropolis", secondary_cities),
    # 10. What rots in gazetteers.
    ("10 GeoNames", "retired ids and other countries", live_gazetteer),
    ("10 Montevideo, Minnesota", "known wrong ids", rotten_ids),
    ("10 Wikidata", "items of other places", right_items),
    # 11. Encoding.
    ("11 Wroc?aw", "a letter lost", waits("pl-wroclaw", ("Wroc?aw", "PL"), ("Wroc\ufffdaw", "PL"))),
    ("11 CÃ´te", "UTF-8 read as Latin-1", asked("ci-abidjan", ("Abidjan", "CÃ´te d'Ivoire"), ("Abidjan", "Côte d'Ivoire"))),
    ("11 names", "none of ours is garbled", lost_letters),
    # 12. Order and ties.
    ("12 ties", "the order of the input changes nothing", total_order),
]  # fmt: skip


def _review(name: str, country: str, people: str) -> None:
    found = answer(name, country, population=people)
    assert (found.decision, found.metro_id) == ("review", "")
    assert "another territory of it" in found.why


def _no_part(name: str, part: str) -> None:
    assert part not in dict(variants(name))
    assert answer(name, "SA").metro_id == ""


@pytest.mark.parametrize("check", [pytest.param(c, id=f"{case}: {shows}") for case, shows, c in CASES])  # fmt: skip
def test_a_known_trap(check):
    check()


def test_a_byte_order_mark_is_no_letter_of_the_first_column(tmp_path):
    (tmp_path / "list.csv").write_bytes("\ufeffcity,n\nWrocław,1\n".encode())
    assert read_rows(tmp_path / "list.csv") == [{"city": "Wrocław", "n": "1"}]


def test_every_trap_has_its_cases():
    assert {case.split()[0] for case, _, _ in CASES} == {str(n) for n in range(1, 13)}
