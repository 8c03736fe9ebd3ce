"""Flags to statuses through the mapping table."""

from warehouse.methods.statuses import Resolved, resolve

STATUS = [
    {"provider": "eurostat", "flag": f, "obs_status": o, "conf_status": c, "precedence": p}
    for f, o, c, p in [
        ("", "A", None, 99),
        ("b", "B", None, 1),
        ("e", "E", None, 2),
        ("p", "P", None, 3),
        ("c", "Q", "C", 0),
        ("|C", None, "C", 50),
    ]
] + [{"provider": "un_sdg", "flag": "CA", "obs_status": "A", "conf_status": None, "precedence": 1}]


def test_the_smallest_precedence_decides_and_a_break_is_never_hidden():
    assert resolve("eurostat", ["bep", "ep", ""], STATUS) == [
        Resolved("", "A", "F", False),
        Resolved("bep", "B", "F", True),
        Resolved("ep", "E", "F", False),
    ]


def test_confidentiality_travels_apart():
    assert resolve("eurostat", ["|C", "e|C", "c"], STATUS) == [
        Resolved("c", "Q", "C", False),
        Resolved("e|C", "E", "C", False),
        Resolved("|C", "A", "C", False),
    ]


def test_a_whole_text_goes_before_its_letters_and_the_unknown_stays_unknown():
    assert resolve("un_sdg", ["CA"], STATUS)[0].obs_status == "A"
    assert resolve("eurostat", ["xq"], STATUS) == [Resolved("xq", None, "F", False)]


def test_a_forecast_is_never_hidden():
    status = [*STATUS, {**STATUS[1], "flag": "f", "obs_status": "F", "precedence": 8}]
    [bf] = resolve("eurostat", ["bf"], status)
    assert (bf.obs_status, bf.is_break, bf.is_forecast) == ("B", True, True)
