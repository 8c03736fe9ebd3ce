"""Ranks with their ranges as one SVG: drawn here, since a page of rectangles needs no library.

(The two that would do it, vl-convert and matplotlib, weigh 84 and 137 MB installed.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

LINE, PLOT, TOP = 18, 560, 92
NARROW_LINE, NARROW_PLOT, NARROW_TOP = 40, 300, 50  # for a telephone: names above their bars
SHARE = 120  # width of the bar of shares
COLOURS = {
    "ink": "#1a2530",
    "range": "#9cc3de",
    "sure": "#c8553d",
    "paper": "#ffffff",
    "rule": "#dde3e8",
}
WORDS = {
    "title": "ranks with their ranges",
    "what": "{n} units; each bar spans the ranks that {level} of the tried choices give.",
    "range": "range of ranks over {level} of the choices tried (sensitivity, not confidence)",
    "stated": "as stated",
    "sure": "{level} confidence, measurement error alone",
    "shares": "variance of the rank:",
    "share_choices": "choices",
    "share_errors": "errors",
    "foot": "rank, 1 is best; units whose bars overlap may change places",
    "foot_dot": "a dot outside its bar: few of the choices tried rank the unit as the stated ones do",
}
LETTERS, LETTER = 48, 6.6  # the longest label, and how wide a letter is


def ranks(
    title: str,
    names: Sequence[str],
    rank: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    sets: tuple[np.ndarray, np.ndarray] | None = None,
    level: float = 0.9,
    shares: np.ndarray | None = None,
    words: Mapping[str, str] = WORDS,
    colours: Mapping[str, str] = COLOURS,
    narrow: bool = False,
) -> str:
    """An SVG with a row for each unit, best first: the range of its ranks as a bar.

    The dot is the rank under the index's own choices; `sets` (low, high) are drawn as thin lines.
    `shares` is per unit how much of the two variances of its rank is due to choices: a small bar at
    the right tells it from what is due to error of measurement. `narrow` is for a telephone: names are
    above their bars, and there are no title, foot and shares.
    """
    ink, range_, sure, paper, rule = (colours[c] for c in ("ink", "range", "sure", "paper", "rule"))
    percent, mark = f"{level:.0%}", "-narrow" if narrow else ""
    order = np.lexsort((np.array(names), high, low, rank))
    of = len(names)
    labels = [_short(str(n), LETTERS) for n in names]
    if narrow:
        shares, line_, plot, left = None, NARROW_LINE, NARROW_PLOT, 14
        top = NARROW_TOP + 20 * (2 + (sets is not None))
    else:
        line_, plot, top = LINE, PLOT, TOP
        left = 28 + round(LETTER * max([20, *map(len, labels)]))
    height = top + line_ * of + (8 if narrow else 48)
    width = left + plot + (14 if narrow else 40) + (0 if shares is None else SHARE + 30)

    def x(place: float) -> float:
        return round(left + (plot * (place - 1) / max(of - 1, 1)), 1)

    keys = [(f'<rect x="0" y="-7" width="28" height="9" rx="3" fill="{range_}"/>', words["range"])]
    keys.append((f'<circle cx="14" cy="-3" r="4" fill="{ink}"/>', words["stated"]))
    if sets is not None:
        line = f'<line x1="0" x2="28" y1="-3" y2="-3" stroke="{sure}" stroke-width="2"/>'
        keys.append((line, words["sure"]))
    legend, reach = _legend(keys, percent, narrow)
    width = max(width, reach)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" aria-labelledby="t{mark} d{mark}" font-family="sans-serif" '
        f'font-size="12" fill="{ink}">',
        f'<title id="t{mark}">{escape(title)}: {escape(words["title"])}</title>',
        f'<desc id="d{mark}">{escape(words["what"].format(n=of, level=percent))}</desc>',
        f'<rect width="{width}" height="{height}" fill="{paper}"/>',
    ]
    if not narrow:
        parts.append(
            f'<text x="16" y="26" font-size="17" font-weight="bold">{escape(_short(title, 90))}</text>'
        )
    parts += legend
    if shares is not None:
        start = left + plot + 34
        parts.append(
            f'<text x="{start}" y="{top - 26}" font-size="11">{escape(words["shares"])}</text>'
            f'<text x="{start}" y="{top - 14}" font-size="11">{escape(words["share_choices"])}</text>'
            f'<text x="{start + SHARE}" y="{top - 14}" text-anchor="end" font-size="11" '
            f'fill="{sure}">{escape(words["share_errors"])}</text>'
        )
    most = 6 if narrow else 12
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10**6) if of / s <= most)
    ticks = [1, *(t for t in range(step, of, step) if 1 < t <= of - step / 2)]
    ticks += [of] if of > 1 else []
    for place in ticks:
        parts.append(
            f'<line x1="{x(place)}" x2="{x(place)}" y1="{top - 8}" y2="{top + line_ * of}" '
            f'stroke="{rule}"/><text x="{x(place)}" y="{top - 14}" text-anchor="middle" '
            f'font-size="11">{place}</text>'
        )
    for row, unit in enumerate(order):
        y = top + line_ * row + (28 if narrow else LINE / 2)
        name = (
            f'x="{left - 4}" y="{y - 11}"'
            if narrow
            else f'x="{left - 12}" y="{y + 4}" text-anchor="end"'
        )
        start, end = x(float(low[unit])), x(float(high[unit]))
        parts.append(
            f"<g><title>{escape(str(names[unit]))}: {int(low[unit])}–{int(high[unit])} / {of}"
            f"</title><text {name}>{escape(labels[unit])}</text>"
            f'<rect x="{start - 4}" y="{y - 5}" width="{end - start + 8:.1f}" height="10" rx="4" '
            f'fill="{range_}"/>'
        )
        if sets is not None:
            parts.append(
                f'<line x1="{x(float(sets[0][unit]))}" x2="{x(float(sets[1][unit]))}" y1="{y}" '
                f'y2="{y}" stroke="{sure}" stroke-width="2"/>'
            )
        if not np.isnan(rank[unit]):
            parts.append(f'<circle cx="{x(float(rank[unit]))}" cy="{y}" r="3.5"/>')
        if shares is not None and not np.isnan(shares[unit]):
            start, wide = left + plot + 34, round(SHARE * float(shares[unit]), 1)
            parts.append(
                f'<rect x="{start}" y="{y - 4}" width="{wide}" height="8" fill="{range_}"/>'
                f'<rect x="{start + wide}" y="{y - 4}" width="{SHARE - wide:.1f}" height="8" '
                f'fill="{sure}"/>'
            )
        parts.append("</g>")
    if not narrow:
        parts.append(
            f'<text x="{left}" y="{height - 22}" font-size="11">{escape(words["foot"])}</text>'
            f'<text x="{left}" y="{height - 8}" font-size="11">{escape(words["foot_dot"])}</text>'
        )
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def _legend(keys: Sequence[tuple[str, str]], percent: str, narrow: bool) -> tuple[list[str], int]:
    """(shapes with their words, side by side or one below the other; where they end)."""
    at, down, found = (2.0, 18, []) if narrow else (16.0, 48, [])
    for shape, text in keys:
        said = text.format(level=percent)
        found.append(
            f'<svg x="{at:.0f}" y="{down}" overflow="visible">{shape}<text x="34">{escape(said)}</text>'
            "</svg>"
        )
        at, down = (at, down + 20) if narrow else (at + 60 + LETTER * len(said), down)
    return found, round(at)


def _short(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"
