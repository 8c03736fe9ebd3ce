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
_RANGE = re.compile(
    r"(?P<start>\d{4}-\d{2}-\d{2})/P(?=\d)(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?"
    r"(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
)
_INTERVAL = re.compile(r"(?P<first>\d{4})[/-](?P<last>\d{4})")
_LONGEST = 12 * 200  # months


def parse(period: str) -> tuple[date, date, str] | None:
    """(first day, last day, CL_FREQ code) of a period such as 2018, 2018-07, 2018-Q3, 2018-W05.

    Time ranges too: a start with an ISO 8601 duration (`2011-01-01/P2Y`: both years) or the first
    and last of several years (`2011/2012`); their frequency is that of the unit with a number
    where it is more than one (`A2`, every two years). None where it is no period. Source: SDMX 2.1
    section 6, observational time period and time range; CL_FREQ 2.1, A2 and the like.
    """
    m = _FORM.fullmatch(period)
    if m is None:
        return _range(period)
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


def _range(period: str) -> tuple[date, date, str] | None:
    interval = _INTERVAL.fullmatch(period)
    if interval:
        first, last = int(interval["first"]), int(interval["last"])
        if not 1 <= last - first + 1 <= _LONGEST // 12 or first < 1:
            return None
        return date(first, 1, 1), date(last, 12, 31), _freq("A", last - first + 1)
    m = _RANGE.fullmatch(period)
    if m is None:
        return None
    years, months, weeks, days = (int(m[n] or 0) for n in ("years", "months", "weeks", "days"))
    whole = 12 * years + months
    try:
        start = date.fromisoformat(m["start"])
        if whole > _LONGEST or not (whole or weeks or days):
            return None
        at = start.year * 12 + start.month - 1 + whole
        last_day = calendar.monthrange(at // 12, at % 12 + 1)[1]
        stop = date(at // 12, at % 12 + 1, min(start.day, last_day))
        end = stop + timedelta(days=7 * weeks + days - 1)
    except (ValueError, OverflowError):
        return None
    if weeks or days:
        plain = not whole and not (weeks and days)
        unit, n = ("W", weeks) if weeks and plain else ("D", (end - start).days + 1)
    else:
        unit, n = ("A", whole // 12) if whole % 12 == 0 else ("M", whole)
    return start, end, _freq(unit, n)


def _freq(unit: str, n: int) -> str:
    """`A` for one year, `A2` for two; three and six months have letters of their own."""
    return {"M3": "Q", "M6": "S"}.get(f"{unit}{n}", unit if n == 1 else f"{unit}{n}")
