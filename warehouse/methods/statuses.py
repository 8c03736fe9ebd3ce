"""Source flags to one SDMX CL_OBS_STATUS and one CL_CONF_STATUS code, through the mapping table.

The mapping is in `catalog/statuses.csv` with its sources; this only applies it. A text of
flags is looked up whole; else what is after `|` is the confidentiality flag and what stands
before is a set of one-letter flags, of which the one with the smallest precedence decides. A break
and a forecast among them are told apart, so that no other flag hides them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

# CL_OBS_STATUS codes that say which kind of missing a figure is.
MISSING = ("H", "L", "M", "O", "Q")


@dataclass(frozen=True)
class Resolved:
    """One text of flags, resolved; `obs_status` is None where a flag is unknown."""

    flags: str
    obs_status: str | None
    conf_status: str
    is_break: bool
    is_forecast: bool = False


def resolve(
    provider: str, texts: Iterable[str], status: Sequence[Mapping[str, object]]
) -> list[Resolved]:
    """Resolve distinct flag texts of a provider.

    status: rows of the `status` table (provider, flag, obs_status, conf_status, precedence).
    """
    known = {str(r["flag"]): r for r in status if r["provider"] == provider}
    return [_one(text, known) for text in sorted(set(texts))]


def _tokens(text: str, known: Iterable[str]) -> list[str]:
    if text == "":
        return []
    if text in known:
        return [text]
    before, bar, after = text.partition("|")
    return [*before, *([bar + after] if bar else [])]


def _one(text: str, known: Mapping[str, Mapping[str, object]]) -> Resolved:
    if text == "":
        found = [known[""]] if "" in known else [{"obs_status": "A", "precedence": 99}]
    else:
        tokens = _tokens(text, known)
        if any(t not in known for t in tokens):
            return Resolved(text, None, "F", False)
        found = [known[t] for t in tokens]
    observed = [r for r in found if r.get("obs_status")]
    best = min(observed, key=lambda r: int(str(r["precedence"])), default={"obs_status": "A"})
    conf = next((str(r["conf_status"]) for r in found if r.get("conf_status")), "F")
    is_break = any(r.get("obs_status") == "B" for r in found)
    is_forecast = any(r.get("obs_status") == "F" for r in found)
    return Resolved(text, str(best["obs_status"]), conf, is_break, is_forecast)
