"""What becomes of each fault at each provider: the table that the tests walk and the docs print.

`recovers` means that the figures come all the same; `held`, that what came is kept and not used
until a person accepts it; else the kind of error. A cell that cannot be says why.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
from openpyxl import Workbook

from catalog.models.model import Provider
from tests.upstreams import eurostat, files, made, un_sdg
from tests.upstreams.faults import Way, every
from tests.upstreams.server import Reply, World

RECOVERS, HELD = "recovers", "held"
ONE_ANSWER = "one answer, no pages"
NO_MESSAGE = "plain files on a web server: its errors are pages"
BINARY = "a workbook has no charset to get wrong"

FAULTS = (
    *("timeout", "reset mid-body", "truncated", "429 with Retry-After", "500", "503"),
    *("HTML 200", "error envelope 200", "empty 200", "wrong content type", "another format"),
    *("wrong charset", "duplicate page", "missing page", "changed header", "vanished dataset"),
    *("oversized", "bomb"),
)
_USUAL = {
    "timeout": "Retriable",
    "reset mid-body": "Retriable",
    "truncated": "Invalid",
    "429 with Retry-After": RECOVERS,
    "500": "Retriable",
    "503": "Retriable",
    "HTML 200": "Invalid",
    "error envelope 200": "Gone",
    "empty 200": "Invalid",
    "wrong content type": RECOVERS,
    "another format": "Invalid",
    "wrong charset": "Invalid",
    "duplicate page": "Retriable",
    "missing page": "Retriable",
    "changed header": HELD,
    "vanished dataset": "Gone",
    "oversized": "Refused",
    "bomb": "Refused",
}


@dataclass(frozen=True)
class Player:
    """One provider in the matrix: two datasets, of which the first meets the fault.

    about: the first one's name upstream. prepare: what the world holds of them. vanish: what else
    changes upstream with a vanished dataset. otherwise: cells
    that differ from the usual; na: cells that cannot be, with the reason.
    """

    provider: str
    dataset: str
    other: str
    about: str
    other_about: str
    way: Way
    prepare: Callable[[World], None] = lambda world: None
    vanish: Callable[[World], None] = lambda world: None
    otherwise: dict[str, str] = field(default_factory=dict)
    na: dict[str, str] = field(default_factory=dict)

    def stated(self) -> Provider:
        """The provider of the catalog with these two datasets alone."""
        found = made.catalog().providers[self.provider]
        datasets = dict(found.datasets)
        if self.other not in datasets:  # the World Bank has one dataset in the catalog
            first = datasets[self.dataset]
            datasets[self.dataset] = first.model_copy(
                update={"request": {"indicator": [self.about]}}
            )
            datasets[self.other] = first.model_copy(
                update={"request": {"indicator": [self.other_about]}}
            )
        return found.model_copy(
            update={"datasets": {d: datasets[d] for d in (self.dataset, self.other)}}
        )

    def expected(self, fault: str) -> str:
        """The outcome of a cell."""
        return self.otherwise.get(fault, _USUAL[fault])


def _message(document: Any, status: int = 200) -> Reply:
    return Reply(orjson.dumps(document), status, "application/json")


def _book(*rows: list[Any]) -> bytes:
    made_ = Workbook()
    page = made_.worksheets[0]
    for row in rows:
        page.append(row)
    stream = io.BytesIO()
    made_.save(stream)
    return stream.getvalue()


def _agglomerations(world: World) -> None:
    head = ["Index", "Country Code", "Country or area", "City Code", "Urban Agglomeration"]
    years = list(range(1950, 2040, 5))
    cities = [(22109, "Barcelona"), (22168, "Madrid"), (22216, "Valencia"), (22205, "Sevilla")]
    rows = [
        [i, 724, "Spain", code, name, *(1000.5 + i * y for y in years)]
        for i, (code, name) in enumerate(cities, 1)
    ]
    world.bodies[_F22] = _book([*head, *years], *rows)
    world.bodies[_MTUC] = files._file(_MTUC) or b""


def _centres(world: World) -> None:
    raw = b"ID_HDC_G0,GCPNT_LON,GCPNT_LAT,CTR_MN_NM,CTR_MN_ISO,UC_NM_MN_ORIGINAL,B15,P15\n"
    raw += b"".join(b"%d,2.1,41.4,Spain,ESP,Citt\xc3\xa0 %d,%d.5,%d.25\n" % (i, i, i, 300000 + i) for i in range(1, 60))  # fmt: skip
    world.bodies[_UCDB] = files._zip({"GHS_STAT_UCDB2015MT_GLOBE_R2019A.csv": raw})


def _many_pages(world: World) -> None:
    un_sdg.manners(world, "*")["page_size"] = 5
    world.memory["world_bank page_size"] = 5


def _paged_sdg(world: World) -> None:
    _many_pages(world)
    un_sdg.manners(world, "EN_ATM_GHGT_AIP")["no_bulk"] = True


_F22 = "WUP2018-F22-Cities_Over_300K_Annual.xls"
_MTUC = "GHS_WUP_MTUC_GLOBE_R2025A_V1_1_statistics.zip"
_UCDB = "GHS_STAT_UCDB2015MT_GLOBE_R2019A_V1_2.zip"
_UCDB_2024 = "GHS_UCDB_THEME_GENERAL_CHARACTERISTICS_GLOBE_R2024A_V1_2.zip"
_GREEN, _OPEN = "cc37148f95304783a6ccfad8a9124a9d", "fbb02b19d417497093418484448e3465"
_NO_PAGE = Reply(b"<html><head><title>404 Not Found</title></head></html>", 404, "text/html")
_NO_ITEM = {"code": 400, "messageCode": "CONT_0001", "details": []}
_NO_ITEM["message"] = "Item does not exist or is inaccessible."
_NO_VALUE = {"id": "120", "key": "Invalid value"}
_NO_VALUE["value"] = "The provided parameter value is not valid"
_PAGES = {"duplicate page": ONE_ANSWER, "missing page": ONE_ANSWER}
_WORKBOOK = _PAGES | {"wrong charset": BINARY}

PLAYERS = (
    Player(
        "eurostat", "met_births", "met_deaths", "met_births", "met_deaths",
        Way((b"OBS_VALUE", b"OBS_WERT"), eurostat.gone("met_births", "xml"),
            Reply(eurostat.fault(500, "Internal server error"), media="application/xml")),
        otherwise={
            # Its table of contents still lists the dataset: it is being replaced.
            "error envelope 200": "Retriable",
            "wrong charset": HELD,
        },
        vanish=lambda world: eurostat.manners(world, "met_births").update(gone=True),
        na=_PAGES,
    ),
    Player(
        "un_sdg", "goal13", "goal6", "EN_ATM_GHGT_AIP", "SH_H2O_SAFE",
        Way((b"SeriesCode", b"Series Kode"), _message({"message": "not found"}, 404),
            # No real error body was ever found (reference/sdg.md, "Not found"): the framework's.
            _message({"Message": "An error has occurred."})),
        otherwise={
            "error envelope 200": "Invalid", "empty 200": "Retriable", "wrong charset": HELD
        },
        na=dict.fromkeys(("duplicate page", "missing page"), "the bulk download: see the next row"),
    ),
    Player(
        "un_sdg", "goal13", "goal6", "EN_ATM_GHGT_AIP", "SH_H2O_SAFE",
        Way((b'"totalElements"', b'"total"'), _message({"message": "not found"}, 404),
            _message({"Message": "An error has occurred."}), paged=True),
        _paged_sdg,
        otherwise={
            **dict.fromkeys(("truncated", "empty 200", "another format"), "Retriable"),
            **dict.fromkeys(("wrong charset", "changed header"), "Retriable"),
            "error envelope 200": "Invalid",
        },
    ),
    Player(
        "un_habitat", "green_areas", "open_space", _GREEN, _OPEN,
        Way((b"City Code", b"Town Code"), _message({"error": _NO_ITEM}),
            _message({"error": _NO_ITEM}), text=False),
        na=_WORKBOOK,
    ),
    Player(
        "oecd", "fua_density", "fua_economy", "fua_density", "fua_economy",
        Way((b"OBS_VALUE", b"OBS_WERT"), Reply(b"Could not find Dataflow and/or DSD", 404),
            Reply(b"NoRecordsFound")),
        na=_PAGES,
    ),
    Player(
        "wup", "wup2018_f22", "wup2025_cities", _F22, _MTUC,
        Way((b"City Code", b"Town Code"), _NO_PAGE, text=False),
        _agglomerations,
        na=_WORKBOOK | {"error envelope 200": NO_MESSAGE},
    ),
    Player(
        "ghsl", "ucdb_r2019a", "ucdb_r2024a", _UCDB, _UCDB_2024,
        Way((b"P15", b"P16"), _NO_PAGE, text=False),
        _centres,
        na=_PAGES | {"error envelope 200": NO_MESSAGE, "wrong charset": "an archive has no charset"},
    ),
    Player(
        "who", "aap_2022", "aap_2016",
        "who_aap_2021_v9_11august2022.xlsx", "WHO_AAP_database_May2016_v3web.xlsx",
        Way((b"ISO3", b"ISO4"), _NO_PAGE, text=False),
        na=_WORKBOOK | {"error envelope 200": NO_MESSAGE},
    ),
    Player(
        "world_bank", "development_indicators", "other_indicators", "SP.URB.GROW", "SI.POV.GINI",
        Way((b'"total"', b'"sum"'), _message([{"message": [_NO_VALUE]}]),
            _message([{"message": [_NO_VALUE]}]), paged=True),
        _many_pages,
        otherwise=dict.fromkeys(
            ("truncated", "empty 200", "another format", "wrong charset", "changed header"),
            "Retriable",
        ),
    ),
)  # fmt: skip


def cells() -> list[tuple[Player, str]]:
    """Every applicable cell."""
    return [(p, f) for p in PLAYERS for f in FAULTS if f in every(p.way) and f not in p.na]


def uncovered() -> list[str]:
    """Cells that are neither applicable nor explained; there should be none."""
    return [
        f"{p.provider}: {f}" for p in PLAYERS for f in FAULTS if (f in every(p.way)) == (f in p.na)
    ]


def as_markdown() -> str:
    """The table: a row a provider, a column a fault."""
    rows = [["provider", *FAULTS], ["---"] * (len(FAULTS) + 1)]
    for p in PLAYERS:
        name = f"{p.provider}, pages" if p.prepare is _paged_sdg else p.provider
        rows.append([name, *(f"n/a: {p.na[f]}" if f in p.na else p.expected(f) for f in FAULTS)])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"
