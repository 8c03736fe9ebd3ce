"""Charts as SVG text. Each takes the sentence that it says, which a screen reader reads; the
numbers are in a table beside it, so nothing is told by a picture alone.

Colours and type come from `design.css` by class. Horizontal bars use per cent of the width, so
their text keeps its size on a telephone; line charts are drawn small and grow.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import ceil, floor, isnan, log10

Point = tuple[float, float]
NAME = 24  # letters of the name at the end of a line
WIDE, BASE = 420.0, 116.0  # of a distribution


def spark(points: Sequence[Point]) -> str:
    """A small line of a series beside its figure; said by the text next to it, so hidden."""
    if len(points) < 3:
        return ""
    most = 16  # points: more are not seen at this size
    if len(points) > most:
        step = (len(points) - 1) / (most - 1)
        points = [points[round(n * step)] for n in range(most)]
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    w, h = max(xs) - min(xs), (max(ys) - min(ys)) or 1.0
    at = [(60 * (x - xs[0]) / w + 2, 16 - 13 * (y - min(ys)) / h) for x, y in points]
    return f'<svg class="spark" viewBox="0 0 64 18" aria-hidden="true"><path d="{path(at)}"/></svg>'


def runs(points: Sequence[Point], breaks: Container[float]) -> list[list[Point]]:
    """The points in runs: a point whose year is in `breaks` begins another."""
    found: list[list[Point]] = []
    for point in points:
        if not found or point[0] in breaks:
            found.append([])
        found[-1].append(point)
    return found


def path(points: Sequence[Point]) -> str:
    """A line through points as whole steps from one to the next: the shortest SVG path."""
    at = [(round(x), round(y)) for x, y in points]
    steps = "".join(f"{b[0] - a[0]} {b[1] - a[1]} " for a, b in pairwise(at))
    return f"M{at[0][0]} {at[0][1]}l{steps}".replace(" -", "-").strip().removesuffix("l")


def lines(
    series: Sequence[tuple[str, Sequence[Point]]],
    label: str,
    show: Callable[[float], str],
    *,
    zero: bool = False,
    breaks: Sequence[Container[float]] = (),
) -> str:
    """Series over years, each (name, [(year, value)]), with its name at the end of the line.

    show: how a value is written. zero: the axis begins at zero. breaks: of each series, the years
    before which its line is cut.
    """
    every = [p for _, points in series for p in points]
    if not every:
        return ""
    ticks = nice(
        min(0.0, *(p[1] for p in every)) if zero else min(p[1] for p in every),
        max(p[1] for p in every),
    )
    years = (min(p[0] for p in every), max(p[0] for p in every))
    shown = [show(t) for t in ticks]
    left = 8 + max(len(t) for t in shown) * 6.2
    # Names are written largest on a telephone, where 15 units are some ten pixels.
    right = 8 + (min(max(len(name) for name, _ in series), NAME) * 7.8 if len(series) > 1 else 10)
    width, height, top, bottom = 420.0, 220.0, 10.0, 24.0

    def x(year: float) -> float:
        span = (years[1] - years[0]) or 1
        return left + (year - years[0]) / span * (width - left - right)

    def y(value: float) -> float:
        span = (ticks[-1] - ticks[0]) or 1
        return height - bottom - (value - ticks[0]) / span * (height - top - bottom)

    grid = "".join(f"M{left:.0f} {y(t):.0f}H{width - right:.0f}" for t in ticks)
    amounts = "".join(
        f'<text x="{left - 5:.0f}" y="{y(t) + 4:.0f}">{escape(s)}</text>'
        for t, s in zip(ticks, shown, strict=True)
    )
    step = max(1, ceil((years[1] - years[0]) / max(2, (width - left - right) // 55)))
    marked = sorted(
        {int(years[0]), int(years[1]), *range(int(years[0]), int(years[1]) - step // 2, step)}
    )
    when = "".join(f'<text x="{x(year):.0f}" y="{height - 7:.0f}">{year}</text>' for year in marked)
    parts = [
        f'<path class="grid" d="{grid}"/><g class="tick left">{amounts}</g><g class="tick">{when}</g>'
    ]
    ends = []
    for n, (name, points) in enumerate(series):
        last, drawn = points[-1], []
        for run in runs(points, breaks[n] if breaks else ()):
            if len(run) > 1:
                drawn.append(path([(x(a), y(b)) for a, b in run]))
            else:
                parts.append(
                    f'<circle class="dot s{n % 6}" cx="{x(run[0][0]):.0f}" cy="{y(run[0][1]):.0f}" r="3"/>'
                )
        if drawn:
            parts.append(f'<path class="line s{n % 6}" d="{"".join(drawn)}"/>')
        ends.append((y(last[1]), n, name))
    if len(series) > 1:
        place = -1e9
        for at, n, name in sorted(ends):
            place = max(at, place + 16)
            parts.append(
                f'<text class="end s{n % 6}" x="{width - right + 5:.0f}" y="{place + 4:.0f}">{escape(name[:NAME])}</text>'
            )
    return _svg("lines", f"0 0 {width:.0f} {height:.0f}", label, parts)


def bars(
    rows: Sequence[tuple[str, float | None, str, str]], label: str, *, most: float | None = None
) -> str:
    """Horizontal bars: rows of (name, value, value as written, class); a row without value says so."""
    known = [abs(v) for _, v, _, _ in rows if v is not None]
    most = most or max(known, default=1.0) or 1.0
    parts = []
    for n, (name, value, written, css) in enumerate(rows):
        y = n * 38
        share = 0.0 if not value else max(0.4, 72 * abs(value) / most)
        parts.append(
            f'<text class="name" x="0" y="{y + 12}">{escape(name)}</text>'
            f'<rect class="bar {css}" x="0" y="{y + 18}" width="{share:.1f}%" height="12" rx="2"/>'
            f'<text class="value" x="{share:.1f}%" dx="6" y="{y + 28.5}">{escape(written)}</text>'
        )
    return _svg("bars", None, label, parts, height=max(1, len(rows)) * 38)


@dataclass(frozen=True)
class Spread:
    """How many values lie where: the ends, and the columns of their number as an SVG path."""

    low: float
    high: float
    columns: str


def spread(values: Sequence[float]) -> Spread | None:
    """The columns of a `distribution`; None for few values, or for one value alone.

    Far tails beyond the 1st and 99th of a hundred are counted in the outermost columns.
    """
    import numpy as np

    given = np.sort(np.asarray([v for v in values if not isnan(v)], float))
    if len(given) < 8:
        return None
    low, high = np.quantile(given, [0.01, 0.99])
    if low == high:
        return None
    counts, edges = np.histogram(np.clip(given, low, high), bins=24, range=(low, high))
    step, most = WIDE / len(counts), counts.max()
    columns = "".join(
        f"M{n * step + 1:.0f} {BASE:.0f}v{-92 * c / most:.0f}h{step - 2:.0f}V{BASE:.0f}"
        for n, c in enumerate(counts)
        if c
    )
    return Spread(float(edges[0]), float(edges[-1]), columns)


def distribution(
    values: Sequence[float] | Spread | None,
    label: str,
    show: Callable[[float], str],
    marks: Sequence[tuple[float, str]] = (),
) -> str:
    """How many values lie where: columns of equal width, with marks (value, text) such as the median.

    values: themselves, or their `spread`. Empty where they have none.
    """
    there = values if isinstance(values, Spread | None) else spread(values)
    if there is None:
        return ""
    low, high, width, height, base = there.low, there.high, WIDE, 150.0, BASE
    parts = [f'<path class="col" d="{there.columns}"/>']
    parts.append(f'<line class="axis" x1="0" x2="{width:.0f}" y1="{base:.0f}" y2="{base:.0f}"/>')
    for end, anchor in ((low, "start"), (high, "end")):
        x = 0 if anchor == "start" else width
        parts.append(
            f'<text class="tick" x="{x:.0f}" y="{base + 14}" text-anchor="{anchor}">{escape(show(end))}</text>'
        )
    for value, text in marks:
        x = min(max((value - low) / (high - low), 0), 1) * width
        anchor = "start" if x < width * 0.3 else "end" if x > width * 0.7 else "middle"
        parts.append(
            f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="16" y2="{base}"/>'
            f'<text class="marked" x="{x:.1f}" y="11" text-anchor="{anchor}">{escape(text)}</text>'
        )
    return _svg("distribution", f"0 0 {width:.0f} {height - 16:.0f}", label, parts)


def square(share: float) -> str:
    """A square of so large a share of the largest, in a cell of a table that says its area."""
    side = 64 * max(share, 0.001) ** 0.5
    return f'<svg class="square" width="{side:.0f}" height="{side:.0f}" aria-hidden="true"></svg>'


def bar(share: float) -> str:
    """A bar of so long a share of the longest, in a cell of a table that says its number."""
    return f'<svg class="long" aria-hidden="true"><rect width="{100 * share:.0f}%"/></svg>'


def spans(
    rows: Sequence[tuple[str, Sequence[tuple[float, float, str]]]],
    label: str,
    years: tuple[int, int],
) -> str:
    """What was the case from when to when: rows of (name, [(from, to, class)])."""
    first, last = years
    width = (last - first) or 1
    parts = []
    marks = range(ceil(first / 20) * 20, last + 1, 20)
    height = len(rows) * 30 + 22
    for year in marks:
        x = 100 * (year - first) / width
        parts.append(
            f'<line class="grid" x1="{x:.1f}%" x2="{x:.1f}%" y1="0" y2="{height - 18}"/>'
            f'<text class="tick" x="{x:.1f}%" y="{height - 4}" text-anchor="middle">{year}</text>'
        )
    for n, (name, pieces) in enumerate(rows):
        y = n * 30
        for begin, end, css in pieces:
            x, w = 100 * (begin - first) / width, 100 * (min(end, last) - begin) / width
            parts.append(
                f'<rect class="span {css}" x="{x:.1f}%" y="{y + 14}" width="{max(w, 0.4):.1f}%" height="10" rx="2"/>'
            )
        parts.append(f'<text class="name" x="0" y="{y + 11}">{escape(name)}</text>')
    return _svg("spans", None, label, parts, height=height)


def ranges(rows: Sequence[tuple[str, float, float, float, str]], label: str, of: int) -> str:
    """Ranks as ranges: rows of (name, lowest, median, highest, written) among `of`; 1 is left."""
    parts = []
    for n, (name, low, middle, high, written) in enumerate(rows):
        y = n * 38

        def x(rank: float) -> float:
            return 74 * (rank - 1) / max(of - 1, 1)

        parts.append(
            f'<text class="name" x="0" y="{y + 12}">{escape(name)}</text>'
            f'<line class="whole" x1="0" x2="74%" y1="{y + 24}" y2="{y + 24}"/>'
            f'<rect class="range" x="{x(low):.1f}%" y="{y + 19}" width="{max(0.6, x(high) - x(low)):.1f}%" height="10" rx="5"/>'
            f'<circle class="middle" cx="{x(middle):.1f}%" cy="{y + 24}" r="3"/>'
            f'<text class="value" x="76%" y="{y + 28}">{escape(written)}</text>'
        )
    return _svg("ranges", None, label, parts, height=len(rows) * 38)


def nice(low: float, high: float, wanted: int = 4) -> list[float]:
    """Round values for an axis that holds low and high."""
    if low == high:
        pad = abs(low) * 0.1 or 1.0
        low, high = low - pad, high + pad
    rough = (high - low) / wanted
    size = 10 ** floor(log10(rough))
    step = next(m * size for m in (1, 2, 2.5, 5, 10) if m * size >= rough)
    first, last = floor(low / step), ceil(high / step)
    return [round(n * step, 10) for n in range(first, last + 1)]


def _svg(
    kind: str, box: str | None, label: str, parts: Sequence[str], height: float | None = None
) -> str:
    size = f'viewBox="{box}"' if box else f'width="100%" height="{height:.0f}"'
    return f'<svg class="chart {kind}" {size} role="img" aria-label="{escape(label, quote=True)}">{"".join(parts)}</svg>'
