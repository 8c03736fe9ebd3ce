"""How often the tests of trend are wrong, on series that have no trend.

    python -m benchmarks.simulations.trend

writes docs/simulations-trend.md. Independent normal figures, and figures of which each remembers
0.3 of the one before (AR(1)); a test at 5 % should call 5 % of them a trend.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from warehouse.methods.trend import EXACT_BELOW, measure

SEED = 20261123
SERIES = 40_000
LENGTHS = (5, 6, 7, 8, 9, 10, 12, 15, 20, 30, 50)
MEMORIES = (0.0, 0.3)
PAGE = Path(__file__).parents[2] / "docs" / "simulations-trend.md"


def series(n: int, memory: float, rng: np.random.Generator) -> np.ndarray:
    """(SERIES, n) figures without trend, stationary, lag-1 autocorrelation `memory`."""
    shocks = rng.standard_normal((SERIES, n))
    made = np.empty_like(shocks)
    made[:, 0] = shocks[:, 0] / np.sqrt(1 - memory**2)
    for t in range(1, n):
        made[:, t] = memory * made[:, t - 1] + shocks[:, t]
    return made


def simulate() -> list[tuple[int, float, float, float, float]]:
    """(points, memory, size, size corrected, coverage of the interval), shares from 0 to 1."""
    rng, rows = np.random.default_rng(SEED), []
    for n in LENGTHS:
        for memory in MEMORIES:
            values = series(n, memory, rng)
            found = measure(np.broadcast_to(np.arange(n, dtype=float), values.shape), values)
            inside = (found["lower"] <= 0) & (found["upper"] >= 0)
            corrected = np.nan if n < EXACT_BELOW else (found["corrected"] < 0.05).mean()
            rows.append((n, memory, (found["p"] < 0.05).mean(), corrected, inside.mean()))
    return rows


def page(rows: list[tuple[int, float, float, float, float]]) -> str:
    """The page in Markdown."""
    lines = [
        "# What the tests of trend do where there is no trend",
        "",
        f"{SERIES:,} series a row, seed {SEED}; `python -m benchmarks.simulations.trend` writes this "
        "page. Figures are percent. A test at 5 % should find a trend in 5 % of them; below 10 points "
        "the exact test takes what the steps of its distribution allow. `corrected` widens the "
        "variance of S by the autocorrelation (Yue and Wang 2004, with the bias of short detrended "
        "series taken out); `trend.direction_corrected` goes by it.",
        "",
        "| points | memory of the year before | finds a trend | finds a trend, corrected "
        "| 95 % interval holds the truth |",
        "|---|---|---|---|---|",
    ]
    for n, memory, size, corrected, cover in rows:
        told = "exact below 10" if np.isnan(corrected) else f"{100 * corrected:.1f}"
        lines.append(f"| {n} | {memory} | {100 * size:.1f} | {told} | {100 * cover:.1f} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(simulate()), encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))
