"""How the UN's SDG database is fetched: in bulk where that is whole, else row by row, all counted.

The bulk CSV is one request, but it comes empty above a size, and the service has been seen to
leave out which city a row is about. Both are looked for in what came. Then the series are asked
for page by page, and one whose cities are blank area by area (`DataSlice`), which keeps them.
The service has two addresses; where the first fails, everything is asked of the second.
"""

from __future__ import annotations

import json
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from sources.errors import Gone, Invalid, Retriable, SourceError
from sources.formats import unsd_table
from sources.formats.envelope import refuse_json
from sources.providers.un_sdg.ask import BASES, HOSTS, Options, pairs, request
from sources.store.snapshots import now
from sources.transport.request import Fetched, Request

if TYPE_CHECKING:
    from sources.transport.http import Client

PAGE = 1000
_CITIES = "cities"
NOT_A_CITY = ("", "NOCITI", "_T")
_LARGE = 64 << 20
_AT_ONCE = 4
# What a GET calls the options of the bulk download.
_NAMES = {"areaCodes": "areaCode", "timePeriodStart": "timePeriodStart"}
_NAMES |= {"timePeriodEnd": "timePeriodEnd"}
Row = dict[str, Any]


@dataclass
class _Job:
    """One dataset asked of one of the two addresses."""

    dataset: str
    base: str
    options: tuple[tuple[str, str], ...]
    client: Client
    folder: Path
    parts: list[str] = field(default_factory=list)

    @property
    def series(self) -> list[str]:
        """The codes that are asked for."""
        return [value for key, value in self.options if key == "seriesCodes"]

    def get(self, path: str, *params: tuple[str, str]) -> Any:
        """A parsed answer; raises `Retriable` where its JSON breaks off."""
        asked = Request(f"{self.base}/{path}", "answer.json", params)
        return _parsed(self.client.text(asked, hosts=HOSTS, limit=_LARGE), asked, self.dataset)


def download(dataset: str, options: Options, client: Client, folder: Path) -> Fetched:
    """Fetch the series of a dataset into one file: the bulk CSV as served, else all rows as JSON.

    Raises `Retriable` where rows are missing, appear twice, or both addresses fail; `Gone` and
    `Invalid` as the service says.
    """
    failed: list[SourceError] = []
    for base in BASES:
        job = _Job(dataset, base, pairs(dataset, options), client, folder)
        try:
            return _fetch(job, options)
        except (Retriable, Gone) as error:
            failed.append(error)
    if all(isinstance(error, Gone) for error in failed):
        raise failed[0]
    raise Retriable(
        f"un_sdg/{dataset}: {failed[0]} The second address of the service ({BASES[1]}) does not "
        f"help either: {failed[1]}"
    )


def signal(dataset: str, options: Options, client: Client) -> str | None:
    """The release of the dataset's series and the day of the database's last change.

    Both are asked once per client, whatever the number of datasets.
    """
    series = {value for key, value in pairs(dataset, options) if key == "seriesCodes"}
    for base in BASES:
        listed = Request(f"{base}/Series/List", "series.json", (("allreleases", "false"),))
        changed = Request(f"{base}/Series/LastUpdated", "updated.json")
        try:
            raw = client.remembered(listed, hosts=HOSTS, limit=_LARGE)
            entries = _parsed(raw, listed, dataset)
            stamp = client.remembered(changed, hosts=HOSTS).decode("utf-8", "replace").strip(' "\n')
            releases = {str(e.get("release")) for e in entries if e.get("code") in series}
        except (SourceError, AttributeError, TypeError):
            continue
        if releases:
            return f"release {', '.join(sorted(releases))}, updated {stamp}"
    return None


def _fetch(job: _Job, options: Options) -> Fetched:
    asked = request(job.dataset, options, job.base)
    file = job.folder / Path(asked.filename).name
    answer = job.client.download(asked, file, hosts=HOSTS)
    whole = _is_table(file)
    if whole and not _blank(job, _cities_of(file)):
        return Fetched(file, answer)
    file.unlink()
    target = job.folder / f"{job.dataset}.json"
    _write(job, target, "the cities of its rows are blank" if whole else "it comes empty")
    why = "leaves the cities blank" if whole else "is empty"
    return Fetched(
        target,
        replace(
            answer, media_type="application/json", retrieved_at=now(), etag="", last_modified=""
        ),
        target.name,
        f"the bulk download {why}; in its place the rows of these answers, joined in this "
        f"order as one page: {'; '.join(job.parts)}",
    )


def _is_table(file: Path) -> bool:
    """Whether there is anything in the bulk download; an empty one is zero bytes padded with NUL."""
    with file.open("rb") as stream:
        return any(chunk.strip(b"\0 \t\r\n") for chunk in iter(lambda: stream.read(1 << 20), b""))


def _cities_of(file: Path) -> dict[str, bool] | None:
    """Series to whether any of its rows names a city; None where the file is no table."""
    raw = file.read_bytes().rstrip(b"\0")
    try:
        head = raw[: raw.find(b"\n")].decode("utf-8-sig").strip().split(",")
        names = {unsd_table.name(h.strip('"')): h.strip('"') for h in head}
        wanted = [names["SeriesCode"], *([names["Cities"]] if "Cities" in names else [])]
        table = pyarrow.csv.read_csv(
            pa.BufferReader(raw),
            parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
            convert_options=pyarrow.csv.ConvertOptions(
                include_columns=wanted,
                column_types=dict.fromkeys(wanted, pa.string()),
                strings_can_be_null=False,
            ),
        )
    except (KeyError, pa.ArrowInvalid, UnicodeDecodeError):
        return None
    code = table[wanted[0]]
    if len(wanted) == 1:
        return dict.fromkeys(code.unique().to_pylist(), False)
    named = pc.invert(pc.is_in(table[wanted[1]], value_set=pa.array(NOT_A_CITY)))
    there = set(code.filter(named).unique().to_pylist())
    return {c: c in there for c in code.unique().to_pylist()}


def _blank(job: _Job, found: dict[str, bool] | None) -> bool:
    """Whether a series that has cities, as the service itself says, came without any."""
    if found is None:
        return False
    return any(not named and _has_cities(job, series) for series, named in found.items())


def _has_cities(job: _Job, series: str) -> bool:
    """Whether the dimensions that the service lists for a series hold codes of cities."""
    try:
        listed = job.get(f"Series/{series}/Dimensions")
    except (Gone, Invalid):
        return False
    codes = {
        str(c.get("code"))
        for entry in listed
        if str(entry.get("id", "")).lower() == _CITIES
        for c in entry.get("codes") or ()
    }
    return bool(codes - set(NOT_A_CITY))


def _write(job: _Job, target: Path, why: str) -> None:
    """All rows as one page in the service's own form, written as they come."""
    book: dict[str, dict[str, Row]] = {"attributes": {}, "dimensions": {}}
    n = 0
    with target.open("wb") as out:
        out.write(b'{"data":[')
        for series in job.series:
            for row in _rows(job, series, book):
                out.write((b",\n" if n else b"\n") + orjson.dumps(row))
                n += 1
        if not n:
            raise Gone(
                f"un_sdg/{job.dataset}: the service knows no row of {', '.join(job.series)} "
                f"({job.base}; in bulk {why}); look whether the series were renamed, and change "
                "catalog/providers/un_sdg.yaml."
            )
        rest: Row = {part: list(entries.values()) for part, entries in book.items()}
        rest |= {"size": n, "totalElements": n, "totalPages": 1, "pageNumber": 1}
        out.write(b"\n]," + orjson.dumps(rest)[1:])


def _rows(job: _Job, series: str, book: dict[str, dict[str, Row]]) -> list[Row]:
    """The rows of a series: by pages, or by areas where the pages have lost its cities."""
    rows = _pages(job, series, book)
    cities = {str(_dimension(row, _CITIES) or "") for row in rows}
    if cities <= set(NOT_A_CITY) and _has_cities(job, series):
        sliced = _slices(job, series)
        if any(str(_dimension(row, _CITIES) or "") not in NOT_A_CITY for row in sliced):
            job.parts.append(f"{series}: {len(sliced)} rows of DataSlice, area by area")
            return sliced
    job.parts.append(f"{series}: {len(rows)} rows of Series/Data")
    return rows


def _pages(job: _Job, series: str, book: dict[str, dict[str, Row]]) -> list[Row]:
    """Every page of `Series/Data`, proved against what the first one promises."""
    fixed = [(_NAMES[k], v) for k, v in job.options if k in _NAMES]
    rows: list[Row] = []
    pages: set[bytes] = set()
    total = number = 0
    last = 1
    while number < last:
        number += 1
        page = job.get(
            "Series/Data",
            ("seriesCode", series),
            *fixed,
            ("page", str(number)),
            ("pageSize", str(PAGE)),
        )
        where = f"un_sdg/{job.dataset}: page {number} of {series}"
        if not isinstance(page, dict) or not isinstance(page.get("totalElements"), int):
            raise Retriable(f"{where} has no 'totalElements' to prove it by; refresh again later.")
        total = page["totalElements"] if number == 1 else total
        last = page.get("totalPages") or math.ceil(total / PAGE)
        data = page.get("data") or []
        mark = orjson.dumps(data)
        if page.get("pageNumber", number) != number or (data and mark in pages):
            raise Retriable(f"{where} is another page that was served before; refresh again later.")
        if page["totalElements"] != total:
            raise Retriable(
                f"{where} says {page['totalElements']} rows where the first page says {total}: the "
                "database changed meanwhile; refresh again."
            )
        pages.add(mark)
        rows += data
        _learn(book, page)
    if len(rows) != total:
        raise Retriable(
            f"un_sdg/{job.dataset}: {series} should have {total} rows (totalElements), its pages "
            f"hold {len(rows)}; refresh again later."
        )
    return rows


def _slices(job: _Job, series: str) -> list[Row]:
    """The rows of every area that the service lists for a series, in its order."""
    wanted = {v for k, v in job.options if k == "areaCodes"}
    areas = [str(a["geoAreaCode"]) for a in job.get(f"Series/{series}/GeoAreas")]
    areas = [a for a in dict.fromkeys(areas) if not wanted or a in wanted]

    def one(area: str) -> list[Row]:
        found = job.get(f"Series/{series}/GeoArea/{area}/DataSlice")
        rows = found.get("data") if isinstance(found, dict) else found
        return [{"series": series, "geoAreaCode": area} | row for row in rows or ()]

    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="un_sdg") as pool:
        return [row for rows in pool.map(one, areas) for row in rows]


def _dimension(row: Row, name: str) -> Any:
    inner = row.get("dimensions")
    pairs_ = {**row, **(inner if isinstance(inner, dict) else {})}
    return next((v for k, v in pairs_.items() if k.lower() == name), None)


def _learn(book: dict[str, dict[str, Row]], page: Row) -> None:
    """Gather the lists of codes that every page repeats for its own series."""
    for part, known in book.items():
        for entry in page.get(part) or ():
            merged = known.setdefault(str(entry.get("id")), {"id": entry.get("id"), "codes": []})
            have = {c.get("code") for c in merged["codes"]}
            merged["codes"] += [c for c in entry.get("codes") or () if c.get("code") not in have]


def _parsed(raw: bytes, asked: Request, dataset: str) -> Any:
    try:
        document = json.loads(raw.decode("utf-8").strip("\0 \r\n\t"))
    except ValueError:
        raise Retriable(
            f"un_sdg/{dataset}: {asked.url} answered with JSON that breaks off or is damaged; "
            "refresh again later."
        ) from None
    refuse_json(document, Path(f"un_sdg/{dataset}"))
    return document
