"""What changed in the facts on governance between two releases: which city, which fact, from what to what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

# The columns by which a fact is the same one in two releases, where its table has them.
KEY = (
    *("metro_id", "body_id", "perimeter", "field", "organ", "kind", "instrument", "item"),
    *("fiscal_year", "question", "entry", "option", "year_from"),
)
# A fact that another wave or response says again is no other fact.
LEFT_OUT = (
    *("wave", "response_id", "form_version", "tool", "place", "valid_from", "valid_to", "dated"),
    *("value_raw", "origin", "status"),
)
# Tables made from the others, or of answers as they were given: they would say everything twice.
NOT_READ = ("gov_answer", "gov_conflict", "gov_model", "gov_wave", "gov_source")


def differences(before: Path, after: Path) -> list[dict[str, Any]]:
    """One row a fact that differs, in order of table and city.

    before, after: folders of Parquet files. Each row: table, metro_id, metro (its name), about (what
    the fact is on), kind (new, gone, changed) and, for each column that says something else, `said`:
    (column, was, is).
    """
    from warehouse import query

    found: list[dict[str, Any]] = []
    names = sorted({p.stem for f in (before, after) for p in f.glob("gov_*.parquet")})
    with query.memory() as con:
        places = after / "metro.parquet"
        titles = dict(_rows(con, places, "metro_id, name")) if places.is_file() else {}
        for name in names:
            files = [folder / f"{name}.parquet" for folder in (before, after)]
            if name in NOT_READ or not all(f.is_file() for f in files):
                continue
            found += _of_table(con, name, *files, titles)
    return found


def sentences(found: list[dict[str, Any]], most: int) -> list[str]:
    """One paragraph a city, in words; `most` cities."""
    cities: dict[str, list[dict[str, Any]]] = {}
    for one in found:
        cities.setdefault(one["metro_id"], []).append(one)
    told = []
    for metro_id, facts in sorted(cities.items())[:most]:
        said = "; ".join(_fact(f) for f in facts[:20])
        more = f"; and {len(facts) - 20} more" if len(facts) > 20 else ""
        told.append(f"**{facts[0]['metro']}** ({metro_id}): {said}{more}.")
    if len(cities) > most:
        told.append(f"{len(cities) - most} more metropolises changed; see diff.json.")
    return told


def _of_table(con, name: str, before: Path, after: Path, titles: dict) -> list[dict[str, Any]]:
    columns = [c for c in _columns(con, after) if c in _columns(con, before)]
    if "metro_id" not in columns:
        return []
    key = [c for c in KEY if c in columns]
    told = [c for c in columns if c not in (*key, *LEFT_OUT)]
    sides = []
    for file in (before, after):
        grouped: dict[tuple, list[tuple]] = {}
        for row in _rows(con, file, ", ".join(f'"{c}"' for c in (*key, *told))):
            grouped.setdefault(row[: len(key)], []).append(row[len(key) :])
        sides.append(grouped)
    found = []
    for k in sorted({*sides[0], *sides[1]}, key=lambda k: tuple(map(str, k))):
        was, now = (sorted(side.get(k, []), key=str) for side in sides)
        kept = [r for r in was if r in now]
        was, now = [r for r in was if r not in kept], [r for r in now if r not in kept]
        about = {c: v for c, v in zip(key, k, strict=True) if v is not None and c != "metro_id"}
        for n in range(max(len(was), len(now))):
            a, b = (side[n] if n < len(side) else None for side in (was, now))
            said = [
                (c, x, y)
                for c, x, y in zip(
                    told, a or [None] * len(told), b or [None] * len(told), strict=True
                )
                if x != y
            ]
            kind = "changed" if a and b else "new" if b else "gone"
            metro_id = k[key.index("metro_id")]
            found.append(
                {
                    **{
                        "table": name,
                        "metro_id": metro_id,
                        "metro": titles.get(metro_id, metro_id),
                    },
                    **{"about": about, "kind": kind, "said": said},
                }
            )
    return found


def _fact(one: dict[str, Any]) -> str:
    """A fact in words: `competence culture: role was shared, is exclusive`."""
    subject = one["table"].removeprefix("gov_").replace("_", " ")
    about = [str(v) for c, v in one["about"].items() if c != "body_id"]
    body = str(one["about"].get("body_id", "")).partition("/")[2].replace("-", " ")
    what = " ".join([subject, *about]) + (f" of {body}" if body else "")
    if one["kind"] == "changed":
        said = ", ".join(
            f"{_name(c)} was {_value(was)}, is {_value(now)}" for c, was, now in one["said"]
        )
        return f"{what}: {said}"
    place = 2 if one["kind"] == "new" else 1
    said = ", ".join(f"{_name(s[0])} {_value(s[place])}" for s in one["said"])
    verb = "is new" if one["kind"] == "new" else "is gone"
    return f"{what} {verb}" + (f" ({said})" if said else "")


def _name(column: str) -> str:
    return column.replace("_", " ")


def _value(value: object) -> str:
    return "not known" if value is None else str(value)


def _columns(con, file: Path) -> list[str]:
    return con.read_parquet(str(file)).columns


def _rows(con, file: Path, columns: str) -> list[tuple]:
    return con.read_parquet(str(file)).project(columns).fetchall()
