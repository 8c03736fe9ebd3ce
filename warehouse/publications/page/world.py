"""The map of the world in the Equal Earth projection (Savric, Patterson, Jenny 2018).

Equal areas stay equal, so no continent looks larger than it is. Points are sized by population; a
map never paints a territory of which we have no shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from html import escape
from math import isnan

WIDTH, HEIGHT = 960, 420  # Antarctica is left out
_SOUTH, _NORTH = -57.0, 84.0
_A = (1.340264, -0.081106, 0.000893, 0.003796)


def project(lon, lat):
    """Longitude and latitude in degrees (numbers or arrays) to x and y on the map."""
    import numpy as np

    x, y = _equal_earth(np.asarray(lon, float), np.asarray(lat, float))
    (left, _), (_, top), (_, bottom) = (
        _equal_earth(-180.0, 0.0),
        _equal_earth(0, _NORTH),
        _equal_earth(0, _SOUTH),
    )
    k = min(WIDTH / (-2 * left), HEIGHT / (top - bottom))
    return WIDTH / 2 + k * x, (top - y) * k


def _equal_earth(lon, lat):
    import numpy as np

    a1, a2, a3, a4 = _A
    root3 = np.sqrt(3)
    t = np.arcsin(root3 / 2 * np.sin(np.radians(lat)))
    t2, t6 = t * t, t**6
    x = (
        2
        * root3
        * np.radians(lon)
        * np.cos(t)
        / (3 * (9 * a4 * t2 * t6 + 7 * a3 * t6 + 3 * a2 * t2 + a1))
    )
    return x, t * (a1 + a2 * t2 + t6 * (a3 + a4 * t2))


@lru_cache(maxsize=1)
def base() -> str:
    """The base map as an SVG file, with its own colours for light and dark."""
    from warehouse.publications.page import shapes

    outlines = shapes.load()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        "<style>.l{fill:#e4e1d8}.b{fill:none;stroke:#fbfaf7;stroke-width:.7;stroke-linejoin:round}"
        "@media(prefers-color-scheme:dark){.l{fill:#2c3238}.b{stroke:#15181b}}</style>"
        f'<path class="l" fill-rule="evenodd" d="{_path(outlines["land"], "Z")}"/><path class="b" d="{_path(outlines["borders"], "")}"/></svg>'
    )


def _path(lines: Iterable[Sequence[int]], end: str) -> str:
    import numpy as np

    parts = []
    for line in lines:
        points = np.asarray(line, float).reshape(-1, 2) / 100
        # In tenths of a unit, from point to point: half as long as absolute places.
        at = np.round(10 * np.column_stack(project(points[:, 0], points[:, 1]))).astype(int)
        steps = np.diff(at, axis=0)
        steps = steps[np.any(steps != 0, axis=1)]
        if len(steps) > 1 or (len(steps) and not end):
            moves = " ".join(f"{_tenth(a)} {_tenth(b)}" for a, b in steps)
            parts.append(f"M{_tenth(at[0][0])} {_tenth(at[0][1])}l{moves}{end}".replace(" -", "-"))
    return "".join(parts)


def _tenth(n: int) -> str:
    text = f"{n / 10:.1f}".removesuffix(".0")
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def radius(
    population: float | None, largest: float = 40e6, most: float = 13.0, least: float = 1.6
) -> float:
    """The radius of a point whose area goes with the population; the smallest for none."""
    if population is None or isnan(population) or population <= 0:
        return least
    return max(least, most * (min(population, largest) / largest) ** 0.5)


def marks(points: Iterable[tuple[float, float, float, str]]) -> str:
    """Points (x, y, radius, class) as SVG, the large below the small; x and y by `project`.

    A point is the round end of a line without length, so that all of one class and size are one path
    of a few bytes each.
    """
    groups: dict[tuple[float, str], list[tuple[int, int]]] = {}
    for x, y, r, css in points:
        groups.setdefault((-round(2 * r), css), []).append((round(x), round(y)))
    return "".join(
        f'<path class="{css}" stroke-width="{-wide}" d="{"".join(f"M{x} {y}h0" for x, y in sorted(set(groups[wide, css])))}"/>'
        for wide, css in sorted(groups)
    )


def drawn(
    points: Iterable[tuple[float, float, float, str]] | str, *, label: str, kind: str = ""
) -> str:
    """The map with points, or with the `marks` of some; `label` says the finding.

    The base map is a file of its own, the background that the style sheet gives to all maps.
    """
    inside = points if isinstance(points, str) else marks(points)
    css = f"world {kind}".strip()
    return (
        f'<svg class="{css}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label, quote=True)}">'
        f"{inside}</svg>"
    )
