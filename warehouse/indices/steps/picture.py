"""Ranks with their ranges as one SVG: drawn here, since a page of rectangles needs no library.

(The two that would do it, vl-convert and matplotlib, weigh 84 and 137 MB installed.)
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

LINE, PLOT, TOP = 18, 560, 92
INK, RANGE, SURE, PAPER, RULE = "#1a2530", "#9cc3de", "#c8553d", "#ffffff", "#dde3e8"
LETTERS, LETTER = 48, 6.6  # the longest label, and how wide a letter is


def ranks(
    title: str,
    names: Sequence[str],
    rank: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    sets: tuple[np.ndarray, np.ndarray] | None = None,
    level: float = 0.9,
) -> str:
    """An SVG with a row for each unit, best first: the range of its ranks as a bar.

    The dot is the rank under the index's own choices; `sets` (low, high) are drawn as thin lines.
    """
    order = np.lexsort((np.array(names), high, low, rank))
    of = len(names)
    height = TOP + LINE * of + 48
    labels = [_short(str(n), LETTERS) for n in names]
    left = 28 + round(LETTER * max([20, *map(len, labels)]))
    width = left + PLOT + 40

    def x(place: float) -> float:
        return round(left + (PLOT * (place - 1) / max(of - 1, 1)), 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" aria-labelledby="t d" font-family="sans-serif" '
        f'font-size="12" fill="{INK}">',
        f'<title id="t">{escape(title)}: ranks with their ranges</title>',
        f'<desc id="d">{of} units; each bar spans the ranks that {level:.0%} of the tried choices '
        "give.</desc>",
        f'<rect width="{width}" height="{height}" fill="{PAPER}"/>',
        f'<text x="16" y="26" font-size="17" font-weight="bold">{escape(_short(title, 90))}</text>',
        f'<rect x="16" y="39" width="28" height="9" rx="3" fill="{RANGE}"/>',
        f'<text x="50" y="48">range of ranks over {level:.0%} of the choices tried (sensitivity, '
        "not confidence)</text>",
        f'<circle cx="495" cy="44" r="4" fill="{INK}"/><text x="505" y="48">as stated</text>',
    ]
    if sets is not None:
        parts.append(
            f'<line x1="585" x2="613" y1="44" y2="44" stroke="{SURE}" stroke-width="2"/>'
            f'<text x="619" y="48">{level:.0%} confidence, measurement error alone</text>'
        )
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10**6) if of / s <= 12)
    ticks = [1, *(t for t in range(step, of, step) if 1 < t <= of - step / 2)]
    ticks += [of] if of > 1 else []
    for place in ticks:
        parts.append(
            f'<line x1="{x(place)}" x2="{x(place)}" y1="{TOP - 8}" y2="{TOP + LINE * of}" '
            f'stroke="{RULE}"/><text x="{x(place)}" y="{TOP - 14}" text-anchor="middle" '
            f'font-size="11">{place}</text>'
        )
    for row, unit in enumerate(order):
        y = TOP + LINE * row + LINE / 2
        start, end = x(float(low[unit])), x(float(high[unit]))
        parts.append(
            f"<g><title>{escape(str(names[unit]))}: {int(low[unit])} to {int(high[unit])} of {of}"
            f'</title><text x="{left - 12}" y="{y + 4}" text-anchor="end">'
            f"{escape(labels[unit])}</text>"
            f'<rect x="{start - 4}" y="{y - 5}" width="{end - start + 8:.1f}" height="10" rx="4" '
            f'fill="{RANGE}"/>'
        )
        if sets is not None:
            parts.append(
                f'<line x1="{x(float(sets[0][unit]))}" x2="{x(float(sets[1][unit]))}" y1="{y}" '
                f'y2="{y}" stroke="{SURE}" stroke-width="2"/>'
            )
        if not np.isnan(rank[unit]):
            parts.append(f'<circle cx="{x(float(rank[unit]))}" cy="{y}" r="3.5"/>')
        parts.append("</g>")
    parts.append(
        f'<text x="{left}" y="{height - 22}" font-size="11">rank, 1 is best; units whose bars '
        f'overlap may change places;</text><text x="{left}" y="{height - 8}" font-size="11">a dot '
        "outside its bar: few of the choices tried rank the unit as the stated ones do</text></svg>"
    )
    return "\n".join(parts) + "\n"


def _short(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"
