"""Reference periods in SDMX notation: first day, last day, frequency."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

_FORM = re.compile(
    r"(?P<year>\d{4})"
    r"(?:-(?:(?P<month>0[1-9]|1[0-2])(?:-(?P<day>\d{2}))?|Q(?P<quarter>[1-4])"
    r"|S(?P<half>[12])|W(?P<week>0[1-9]|[1-4]\d|5[0-3])))?"
)


def parse(period: str) -> tuple[date, date, str] | None:
    """(first day, last day, CL_FREQ code) of a period such as 2018, 2018-07, 2018-Q3, 2018-W05.

    None where it is no period. Source: SDMX 2.1 section 6, observational time period.
    """
    m = _FORM.fullmatch(period)
    if m is None:
        return None
    year = int(m["year"])
    try:
        if m["day"]:
            day = date(year, int(m["month"]), int(m["day"]))
            return day, day, "D"
        if m["week"]:
            first = date.fromisocalendar(year, int(m["week"]), 1)
            return first, first + timedelta(days=6), "W"
    except ValueError:
        return None
    for group, months, freq in (("month", 1, "M"), ("quarter", 3, "Q"), ("half", 6, "S")):
        if m[group]:
            last = int(m[group]) * months
            end = date(year, last, calendar.monthrange(year, last)[1])
            return date(year, last - months + 1, 1), end, freq
    return date(year, 1, 1), date(year, 12, 31), "A"
