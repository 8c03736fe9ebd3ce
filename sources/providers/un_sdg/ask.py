"""How the UN's SDG database is asked: addresses and options only, no network."""

from __future__ import annotations

from sources.errors import Invalid
from sources.transport.request import Request

HOSTS: tuple[str, ...] = ("unstats.un.org",)
# Both serve the same paths; where the first is down the second is asked.
BASES = (
    "https://unstats.un.org/sdgapi/v1/sdg",
    "https://unstats.un.org/sdgs/UNSDGAPIV5/v1/sdg",
)
_SERIES = {
    "goal11_cities": ["EN_LND_INDQTHSNG", "EN_LND_SLUM", "EN_REF_WASCOL"],
    "goal6": ["SH_H2O_SAFE"],
    "goal13": ["EN_ATM_GHGT_AIP", "EN_ATM_GHGT_NAIP"],
}
_OPTIONS = ("seriesCodes", "areaCodes", "timePeriodStart", "timePeriodEnd")

Options = dict[str, str | list[str]]


def request(dataset: str, options: Options, base: str = BASES[0]) -> Request:
    """The bulk CSV of series: those in `options`, else those of a known dataset, else `dataset`.

    Options: `seriesCodes`, `areaCodes` (M49), `timePeriodStart`, `timePeriodEnd`. Several values
    are repeated keys: the database drops a comma list and answers with everything.
    Raises `Invalid` for an unknown option or a comma in a value.
    """
    return Request(f"{base}/Series/DataCSV", f"{dataset}.csv", form=pairs(dataset, options))


def pairs(dataset: str, options: Options) -> tuple[tuple[str, str], ...]:
    """The options as repeated keys, with the series of the dataset; raises as `request` does."""
    chosen: Options = {"seriesCodes": _SERIES.get(dataset, [dataset])}
    chosen |= options
    form: list[tuple[str, str]] = []
    for key, values in chosen.items():
        if key not in _OPTIONS:
            raise Invalid(
                f"un_sdg/{dataset}: '{key}' is no option of a request: use {', '.join(_OPTIONS)}."
            )
        for value in [values] if isinstance(values, str) else values:
            if "," in value:
                raise Invalid(
                    f"un_sdg/{dataset}: '{value}' joins several values of {key} with a comma, "
                    "which the database ignores: give them as a list."
                )
            form.append((key, value))
    return tuple(form)
