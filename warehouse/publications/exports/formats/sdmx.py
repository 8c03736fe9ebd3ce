"""SDMX 3.0: the structures as SDMX-ML, the figures that are current as SDMX-CSV 2.0.

https://sdmx.org/. One dataflow; each dimension has its code list. An identifier of SDMX may hold
letters, digits, `_`, `@`, `$` and `-` alone: another character becomes `-`, and the description of
the code is the code as the release has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.publications.exports.formats import _csv, _figures
from warehouse.publications.model import Release

TITLE = "SDMX 3.0: structures as SDMX-ML, figures as SDMX-CSV 2.0"
AGENCY, FLOW, VERSION = "OBSERVATORY", "FIGURES", "1.0.0"
# Dimension or attribute to the column that it is; TIME_PERIOD is the last dimension.
CODED = {
    "INDICATOR": "indicator_id",
    "SCALE": "scale",
    "SYSTEM": "system",
    "VINTAGE": "vintage",
    "REF_AREA": "unit_id",
    "SEX": "sex",
    "AGE": "age",
    "UNIT_MEASURE": "unit",
    "DATASET": "dataset",
}
CODED_ATTRIBUTES = {
    "OBS_STATUS": "obs_status",
    "CONF_STATUS": "conf_status",
    "PROVENANCE": "provenance",
}
PLAIN_ATTRIBUTES = {
    "FLAGS": "flags",
    "LOWER": "lower",
    "UPPER": "upper",
    "BREAK_ORIGIN": "break_origin",
    "METRO_ID": "metro_id",
    "RECORDED_FROM": "recorded_from",
    "STALE_SINCE": "stale_since",
}
REQUIRED = {*CODED_ATTRIBUTES, "METRO_ID", "RECORDED_FROM"}


def write(release: Release, folder: Path) -> None:
    """Write `structure.xml` and `data.csv`."""
    rows = _figures.current(release)
    codes = {
        name: identifiers(_listed(release, name, rows[column]))
        for name, column in {**CODED, **CODED_ATTRIBUTES}.items()
    }
    _structure(release, codes, folder / "structure.xml")
    _csv.write(_data(rows, codes), folder / "data.csv")


def identifiers(codes: Iterable[str]) -> dict[str, str]:
    """Each code to its identifier in SDMX; two codes never share one."""
    made: dict[str, str] = {}
    taken: set[str] = set()
    for code in codes:
        plain = name = re.sub(r"[^A-Za-z0-9_@$-]", "-", code) or "-"
        n = 1
        while name in taken:
            n += 1
            name = f"{plain}-{n}"
        taken.add(name)
        made[code] = name
    return made


def _listed(release: Release, name: str, column: pa.ChunkedArray) -> list[str]:
    """The codes of a list: those in the figures and, for a status, all of the official list."""
    listed = set(pc.unique(column).to_pylist())
    if name == "OBS_STATUS":
        listed |= {r["obs_status"] for r in release.rows("status")}
    return sorted(listed)


def _data(rows: pa.Table, codes: dict[str, dict[str, str]]) -> pa.Table:
    def constant(text: str) -> pa.Array:
        return pa.repeat(pa.scalar(text), len(rows))

    columns = {
        "STRUCTURE": constant("dataflow"),
        "STRUCTURE_ID": constant(f"{AGENCY}:{FLOW}({VERSION})"),
        "ACTION": constant("I"),
    }
    columns |= {name: _translated(rows[c], codes[name]) for name, c in CODED.items()}
    columns |= {"TIME_PERIOD": rows["period"], "OBS_VALUE": rows["value"]}
    columns |= {name: _translated(rows[c], codes[name]) for name, c in CODED_ATTRIBUTES.items()}
    columns |= {name: rows[c] for name, c in PLAIN_ATTRIBUTES.items()}
    for name in ("RECORDED_FROM", "STALE_SINCE"):  # UTC, as the concept says; readers want no zone
        columns[name] = pc.strftime(columns[name], format="%Y-%m-%dT%H:%M:%S")
    columns["FLAGS"] = pc.if_else(pc.equal(columns["FLAGS"], ""), None, columns["FLAGS"])
    return pa.table(columns)


def _translated(column: pa.ChunkedArray, codes: dict[str, str]) -> pa.Array:
    wanted = pc.index_in(column, pa.array(list(codes), pa.string()))
    return pa.array(list(codes.values()), pa.string()).take(wanted.combine_chunks())


def _structure(release: Release, codes: dict[str, dict[str, str]], path: Path) -> None:
    from pysdmx import model
    from pysdmx.io import write_sdmx
    from pysdmx.io.format import Format
    from pysdmx.model.message import Header

    agency = model.Agency(AGENCY, name=release.about["publisher"])
    names = _names(release)
    lists = [
        model.Codelist(
            f"CL_{name}",
            name=f"Codes of {name}",
            agency=AGENCY,
            version=VERSION,
            items=[
                model.Code(i, name=names.get(name, {}).get(code) or code, description=code)
                for code, i in given.items()
            ],
        )
        for name, given in codes.items()
    ]
    meanings = {f.name: f for f in release.tables["observation"].fields}
    columns = {**CODED, "TIME_PERIOD": "period", "OBS_VALUE": "value"}
    columns |= {**CODED_ATTRIBUTES, **PLAIN_ATTRIBUTES}
    concepts = model.ConceptScheme(
        "CONCEPTS",
        name="Concepts of the figures",
        agency=AGENCY,
        version=VERSION,
        items=[
            model.Concept(i, name=i.replace("_", " ").capitalize(), description=meanings[c].meaning)
            for i, c in columns.items()
        ],
    )
    of_list = {c.id.removeprefix("CL_"): c for c in lists}
    types = {"DOUBLE": model.DataType.DOUBLE, "TIMESTAMP": model.DataType.DATE_TIME}

    def component(name: str, role: model.Role) -> model.Component:
        dtype = types.get(meanings[columns[name]].type, model.DataType.STRING)
        return model.Component(
            name,
            required=role == model.Role.DIMENSION or name in REQUIRED,
            role=role,
            concept=model.ItemReference("Concept", AGENCY, "CONCEPTS", VERSION, name),
            local_codes=of_list.get(name),
            local_dtype=model.DataType.PERIOD if name == "TIME_PERIOD" else dtype,
            attachment_level="O" if role == model.Role.ATTRIBUTE else None,
        )

    parts = [component(n, model.Role.DIMENSION) for n in (*CODED, "TIME_PERIOD")]
    parts.append(component("OBS_VALUE", model.Role.MEASURE))
    parts += [component(n, model.Role.ATTRIBUTE) for n in (*CODED_ATTRIBUTES, *PLAIN_ATTRIBUTES)]
    dsd = model.DataStructureDefinition(
        FLOW,
        name="Figures about metropolitan areas",
        agency=AGENCY,
        version=VERSION,
        components=model.Components(parts),
    )
    flow = model.Dataflow(
        FLOW,
        name=release.text("title"),
        description=f"Release {release.name}: the figures that are current.",
        agency=AGENCY,
        version=VERSION,
        structure=dsd,
    )
    header = Header(
        id=f"R{release.name.replace('.', '-')}",
        prepared=datetime.fromisoformat(release.date).replace(tzinfo=UTC),
        sender=model.Organisation(AGENCY),
    )
    scheme = model.AgencyScheme(agency="SDMX", items=[agency])
    write_sdmx(
        [scheme, *lists, concepts, dsd, flow],
        sdmx_format=Format.STRUCTURE_SDMX_ML_3_0,
        output_path=str(path),
        header=header,
    )


def _names(release: Release) -> dict[str, dict[str, str]]:
    """Names of codes by dimension, where the release has them."""
    units = release.rows("spatial_unit")
    return {
        "INDICATOR": {r["indicator_id"]: r["title_en"] for r in release.rows("indicator")},
        "SCALE": {r["scale"]: r["name"] for r in release.rows("scale")},
        "REF_AREA": {r["unit_id"]: r["name"] for r in units},
        "SEX": {"_T": "Total", "F": "Female", "M": "Male"},
        "AGE": {"_T": "Total"},
        "UNIT_MEASURE": {r["unit"]: r["name"] for r in release.rows("unit")},
        "OBS_STATUS": {
            r["obs_status"]: r["meaning"]
            for r in release.rows("status")
            if r["provider"] == "sdmx" and r["flag"]
        },
        "CONF_STATUS": {"F": "Free", "C": "Confidential", "N": "Not for publication"},
        "DATASET": {
            f"{s['source_id']}/{s['dataset']}": f"{s['provider_title']}, {s['title']}"
            for s in release.sources
        },
    }
