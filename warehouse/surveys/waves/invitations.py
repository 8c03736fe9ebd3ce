"""Who was invited to a wave, has answered, was reminded: an analyst's list in the protected store.

The list holds names and addresses of persons, so it is kept beside other personal data, readable by its
owner alone, never published, and erased by `observatory survey forget`. Letters are prepared as files (.eml);
nothing is sent.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from email.message import EmailMessage
from pathlib import Path

import yaml

from catalog.loader import FOLDER
from warehouse.errors import WarehouseError
from warehouse.home import Home
from warehouse.surveys.intake import shelves

LETTERS = FOLDER / "surveys" / "letters.yaml"
_MAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;.]+")


@dataclass(frozen=True)
class Invitation:
    """One person who is asked for one metropolis; days as ISO 8601, empty for not yet."""

    metro_id: str
    name: str
    email: str
    language: str
    invited_on: str = ""
    reminded_on: str = ""
    note: str = ""


COLUMNS = tuple(f.name for f in fields(Invitation))
NEEDED = COLUMNS[:4]


def path(home: Home, wave: str) -> Path:
    """The list of a wave."""
    return home.protected / "invitations" / f"{wave}.csv"


def read(home: Home, wave: str) -> list[Invitation]:
    """The list of a wave, in its order; empty where nobody was invited."""
    at = path(home, wave)
    if not at.exists():
        return []
    with at.open(encoding="utf-8", newline="") as file:
        return [Invitation(**row) for row in csv.DictReader(file)]


def take(
    home: Home, wave: str, rows: Mapping[int, Mapping[str, str]], metros: Mapping[str, str]
) -> int:
    """Add the rows of an analyst's list, by number; who is on it already is left as it is. How many are new.

    Raises `WarehouseError`, a sentence for each mistake, and adds nothing then.
    """
    from catalog.languages import languages

    there = read(home, wave)
    known = {(i.metro_id, i.email.casefold()) for i in there}
    problems, fresh = [], []
    for number, row in rows.items():
        if unknown := sorted(set(row) - set(COLUMNS)):
            problems.append(
                f"row {number}: there is no column '{unknown[0]}'; the columns are {', '.join(COLUMNS)}."
            )
            continue
        clean = {k: (row.get(k) or "").strip() for k in COLUMNS}
        absent = [c for c in NEEDED if not clean[c]]
        if absent:
            problems.append(f"row {number}: '{absent[0]}' is empty; fill it in.")
        elif clean["metro_id"] not in metros:
            problems.append(
                f"row {number}: the registry has no metropolis '{clean['metro_id']}'; correct it."
            )
        elif clean["language"] not in languages():
            problems.append(
                f"row {number}: there is no language '{clean['language']}'; use one of "
                f"{', '.join(languages())}."
            )
        elif not _MAIL.fullmatch(clean["email"]):
            problems.append(f"row {number}: the e-mail address cannot be one; correct it.")
        elif (key := (clean["metro_id"], clean["email"].casefold())) not in known:
            known.add(key)
            fresh.append(Invitation(**clean))
    if problems:
        raise WarehouseError("\n".join(problems))
    _write(home, wave, [*there, *fresh])
    return len(fresh)


def _write(home: Home, wave: str, listed: Sequence[Invitation]) -> None:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(i) for i in listed)
    at = path(home, wave)
    shelves.folder(at.parent)
    shelves.put(at, text.getvalue().encode())


def answered(home: Home, wave: str) -> set[str]:
    """The metropolises of which a response of the wave counts."""
    from warehouse.surveys.intake.shelves import all_waves

    if wave not in all_waves(home):
        return set()
    responses = shelves.table(shelves.read_wave(home, wave, "responses"))
    standing = responses.filter(responses["standing"])
    return {m for m in standing["metro_id"].to_pylist() if m}


def status(home: Home, wave: str) -> list[dict[str, str]]:
    """A row for each invitation: metropolis, language, invited, reminded, answered; no name."""
    done = answered(home, wave)
    return [
        {
            "metro_id": i.metro_id,
            "language": i.language,
            "invited_on": i.invited_on,
            "reminded_on": i.reminded_on,
            "answered": "yes" if i.metro_id in done else "no",
        }
        for i in read(home, wave)
    ]


def letters(
    home: Home,
    wave: str,
    folder: Path,
    metros: Mapping[str, str],
    day: str,
    *,
    attached: Callable[[Invitation], Sequence[Path]] | None = None,
) -> list[Path]:
    """Write a letter for everybody who is due one, and note the day in the list.

    Who was not invited gets an invitation; who was on an earlier day, and whose metropolis has not
    answered, a reminder.
    attached: the files that go with a letter, such as the preview of the metropolis. Returns the files.
    """
    words = yaml.safe_load(LETTERS.read_text(encoding="utf-8"))
    done, written, after = answered(home, wave), [], []
    folder.mkdir(parents=True, exist_ok=True)
    for number, one in enumerate(read(home, wave), start=1):
        # Nobody is reminded on the day of the invitation, or twice a day.
        due = one.metro_id not in done and day not in (one.invited_on, one.reminded_on)
        kind = "" if not due else "reminder" if one.invited_on else "invitation"
        if kind:
            given = {"metro": metros[one.metro_id], "wave": wave, "name": one.name}
            mail = EmailMessage()
            mail["To"] = one.email
            mail["Subject"] = words[kind]["subject"][one.language].format(**given)
            mail.set_content(words[kind]["body"][one.language].format(**given))
            for file in attached(one) if attached else ():
                # Plain text, which every mail program opens; its encoding is stated.
                mail.add_attachment(file.read_text(encoding="utf-8"), filename=file.name)
            at = folder / f"{number:03}-{one.metro_id}-{kind}.eml"
            shelves.put(at, mail.as_bytes())
            written.append(at)
        dated = {"invitation": {"invited_on": day}, "reminder": {"reminded_on": day}}
        after.append(replace(one, **dated.get(kind, {})))
    if written:
        _write(home, wave, after)
    return written


def named(home: Home, wanted: str) -> int:
    """How many invitations are those of a person, by e-mail or name (folded by `shelves.folded`)."""
    return sum(_is(i, wanted) for at in _lists(home) for i in read(home, at.stem))


def forget(home: Home, wanted: str) -> int:
    """Erase the invitations of a person from all waves; returns how many."""
    gone = 0
    for at in _lists(home):
        listed = read(home, at.stem)
        kept = [i for i in listed if not _is(i, wanted)]
        if len(kept) < len(listed):
            gone += len(listed) - len(kept)
            _write(home, at.stem, kept)
    return gone


def _is(one: Invitation, wanted: str) -> bool:
    return wanted in (shelves.folded(one.email), shelves.folded(one.name))


def _lists(home: Home) -> list[Path]:
    return sorted((home.protected / "invitations").glob("*.csv"))
