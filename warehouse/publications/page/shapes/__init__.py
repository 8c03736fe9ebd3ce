"""Outlines for the base map: TopoJSON of Natural Earth to rings and borders in 1/100 degree."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "world.json"
ANTARCTICA = "010"
HALF = 18_000  # half a turn, in 1/100 degree


def load() -> dict[str, list[list[int]]]:
    """{"land": rings, "borders": lines}, each flat: lon, lat, lon, lat ... in 1/100 degree."""
    return json.loads(FILE.read_text(encoding="utf-8"))


def from_topology(topology: dict[str, Any]) -> dict[str, list[list[int]]]:
    """The same from a TopoJSON with an object `countries`; Antarctica is left out.

    A line that two countries share is a border, once; one that a single country has is coast.
    """
    scale, shift = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = [_arc(a, scale, shift) for a in topology["arcs"]]
    countries = [
        g for g in topology["objects"]["countries"]["geometries"] if g.get("id") != ANTARCTICA
    ]
    used = Counter(i for g in countries for i in {_plain(i) for ring in _rings(g) for i in ring})
    borders = [_flat(arcs[i]) for i, n in sorted(used.items()) if n > 1]
    land = [
        _flat(piece) for g in countries for ring in _rings(g) for piece in _cut(_joined(arcs, ring))
    ]
    return {"land": land, "borders": borders}


def _arc(deltas: list[list[int]], scale: list[float], shift: list[float]) -> list[tuple[int, int]]:
    x = y = 0
    points = []
    for dx, dy in deltas:
        x, y = x + dx, y + dy
        points.append(
            (round(100 * (x * scale[0] + shift[0])), round(100 * (y * scale[1] + shift[1])))
        )
    return points


def _rings(geometry: dict[str, Any]) -> Iterator[list[int]]:
    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    for polygon in polygons:
        yield from polygon


def _plain(i: int) -> int:
    return i if i >= 0 else ~i  # TopoJSON: ~i is arc i backwards


def _joined(arcs: list[list[tuple[int, int]]], ring: list[int]) -> list[tuple[int, int]]:
    points: list[tuple[int, int]] = []
    for i in ring:
        arc = arcs[i] if i >= 0 else arcs[~i][::-1]
        points += arc[1:] if points else arc
    return points


def _cut(ring: list[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """The pieces of a ring on either side of the meridian of 180 degrees, where the map ends.

    TopoJSON joins across it; a ring is unrolled and cut at both edges (Sutherland and Hodgman).
    """
    turn, unrolled = 0, []
    for n, (x, y) in enumerate(ring):
        if n and abs(step := x - ring[n - 1][0]) > HALF:
            turn += -2 * HALF if step > 0 else 2 * HALF
        unrolled.append((x + turn, y))
    for shift in (-2 * HALF, 0, 2 * HALF):
        piece = [(x + shift, y) for x, y in unrolled]
        for edge, sign in ((-HALF, 1), (HALF, -1)):
            piece = _clip(piece, edge, sign)
        if len(piece) > 2:
            yield [*piece, piece[0]] if piece[0] != piece[-1] else piece


def _clip(points: list[tuple[int, int]], edge: int, sign: int) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for n, (x, y) in enumerate(points):
        px, py = points[n - 1]
        inside, before = sign * (x - edge) >= 0, sign * (px - edge) >= 0
        if inside != before:
            kept.append((edge, round(py + (y - py) * (edge - px) / (x - px))))
        if inside:
            kept.append((x, y))
    return kept


def _flat(points: list[tuple[int, int]]) -> list[int]:
    kept = [p for n, p in enumerate(points) if n == 0 or p != points[n - 1]]
    return [c for p in kept for c in p]
