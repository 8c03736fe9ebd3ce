"""What a refresh says where several datasets met the same problem."""

from assets.asking import together

REASON = "the server cannot be reached; 4 tries, try again later."


def test_the_same_problem_of_many_datasets_is_told_once():
    told = {
        f"d{n}": f"eurostat/d{n}: https://ec.europa.eu/api/data/d{n}: {REASON}" for n in range(5)
    }
    told["odd"] = "eurostat/odd: https://ec.europa.eu/api/data/odd: it answered with a page."
    assert together(told) == [f"d0, d1, d2 and 2 more: ec.europa.eu: {REASON}", told["odd"]]


def test_other_hosts_and_second_addresses_stay_apart():
    tail = "The second address of the service (https://un.org/V5) does not help either."
    told = {d: f"un_sdg/{d}: https://unstats.un.org/{d}: {REASON} {tail}" for d in ("a", "b")}
    told["c"] = f"un_sdg/c: https://un.org/c: {REASON}"
    assert together(told) == [
        f"a, b: unstats.un.org: {REASON} The second address of the service (un.org) does not help "
        "either.",
        told["c"],
    ]
    assert together({}) == []
