"""Match anyone's list of places with the registry: accept, review or reject, said in their terms.

Pure: rows of text in, answers out, in the same order. Only an accepted row gets a metro_id, so
that joining on it can never merge what a person has still to look at.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from warehouse.registry.matching.list_doubts import (
    Scored,
    doubts_about,
    part_of,
    pieces,
    qualifier,
    several,
)
from warehouse.registry.matching.list_row import (
    ParsedRow,
    Row,
    World,
    inside_countries,
    short,
    understood,
)
from warehouse.registry.matching.match import (
    ACCEPT,
    MARGIN,
    REACH_KM,
    REVIEW,
    Place,
    compact,
    distance_km,
    score,
)
from warehouse.registry.matching.names import Hit
from warehouse.registry.matching.script import exact
from warehouse.registry.matching.wording import cores

LONGEST = 200
# Within this distance of a metropolis a smaller place is likely in its urban area, not beside it.
BESIDE_KM = 30.0
# A point this near to a metropolis is the metropolis's, also where the name is of a part of it.
NEXT_KM = 5.0
# What the first city of a statistical area's title is worth, in a state where it lies.
FIRST = 0.96
# What a name is worth that only sounds so, where no other place of the country does.
HEARD = 0.94
# Of two metropolises of a name in a country the one this many times larger is meant.
DWARF = 10.0


@dataclass(frozen=True)
class RowAnswer:
    """What is added to a row. `decision`: accept, review or reject; `metro_id` only on accept.

    `relation` is the row's territory to that metropolis: close, broad, narrow or part_of.
    `candidates` are (metro_id, score), best first, the five best; `score` is that of the best: how
    likely each is the one by name, distance and population alone. Decisions rest on raw scores and
    on the doubts that `why` says.
    """

    metro_id: str
    relation: str
    score: float
    decision: str
    candidates: tuple[tuple[str, float], ...]
    why: str


def match_rows(
    rows: Sequence[Row], world: World, periods: Sequence[str] | None = None
) -> list[RowAnswer]:
    """One answer per row, in order; rows that land on one metropolis speak of each other.

    `periods` are the years of the rows of a panel: a name that stands once in each is one place, accepted
    in every row. The same rows give the same answers whatever their order, but for the row numbers in `why`;
    the header is row 1, as in a spreadsheet.
    """
    known: dict[Row, RowAnswer] = {}
    for row in rows:
        if row not in known:
            known[row] = match_row(row, world)
    answers = [known[row] for row in rows]
    groups: dict[str, list[int]] = defaultdict(list)
    for n, answer in enumerate(answers):
        if answer.decision == "accept":
            groups[answer.metro_id].append(n)
    for metro_id, places in groups.items():
        if len(places) > 1:
            _share(metro_id, places, rows, answers, world, periods)
    return answers


def match_row(row: Row, world: World) -> RowAnswer:
    """The answer for one row by itself."""
    answer = _answer(row, world)
    if world.worth is None or not answer.candidates:
        return answer
    raw = [value for _, value in answer.candidates]
    said = world.worth.of(raw)
    return replace(
        answer,
        score=said[raw.index(answer.score)],
        candidates=tuple((k, p) for (k, _), p in zip(answer.candidates, said, strict=True)),
    )


def _answer(row: Row, world: World) -> RowAnswer:
    asked = understood(row, world)
    if not compact(asked.name):
        return _rejected(
            "the row has no name" if not row.name.strip() else "the name has no letter"
        )
    if len(asked.name) > LONGEST:
        return _rejected(f"the name has {len(asked.name)} characters, which no place has")
    everywhere = _called(asked, row.name, world)
    inside = inside_countries(everywhere, asked.countries, world)
    if all(h.how == "transliteration" for h in inside.values()):
        inside = _heard(asked, world) or inside
    if not inside:
        return _without(asked, everywhere, world)
    there = _in_states(inside, asked, world)
    if not there and world.names.called(row.name.strip()):
        # A list of the registry writes it so: Springfield, Massachusetts, Connecticut.
        there = inside_countries(world.names.exact(row.name), asked.countries, world)
        asked = replace(asked, states=frozenset())
    if not there:
        return _elsewhere(asked, inside, world)
    scored = _scored(there, asked, world)
    near = [s for s in scored if s.km is None or s.km <= REACH_KM]
    if not near:
        return _far(asked, scored, world)
    return _decided(asked, near, world)


def _called(asked: ParsedRow, label: str, world: World) -> dict[str, Hit]:
    """Who bears a name; a body's where no whole name fits; the first of a statistical area's cities."""
    found = world.names.exact(asked.name)
    whole = [h for h in found.values() if h.quality >= 0.93 and h.how in ("name", "alternate")]
    if not whole and (bodies := world.names.governed(label) or world.names.governed(asked.name)):
        return bodies
    if asked.states and not whole:
        first = re.split(r"\s*(?:/|--|-|–)\s*", asked.name)[0]
        if first != asked.name:
            for metro_id, hit in world.names.exact(first).items():
                if hit.quality >= 0.97 and not hit.part:
                    found[metro_id] = replace(hit, quality=FIRST)
    return found


def _heard(asked: ParsedRow, world: World) -> dict[str, Hit]:
    """The one metropolis of the row's countries that a name in another script sounds like.

    A state that the row says as well makes fewer places sound so.
    """
    if asked.doubts:
        return {}
    stated = bool(asked.states)
    for label in (asked.name, *cores(asked.name)):
        heard = [h for c in asked.countries if (h := world.sounds.heard(label, c, stated))]
        if len(heard) == 1:
            key = compact(world.names.metros[heard[0].metro_id].names[0])
            return {heard[0].metro_id: Hit(HEARD, key, how="sound")}
    return {}


def _in_states(found: dict[str, Hit], asked: ParsedRow, world: World) -> dict[str, Hit]:
    """Those in one of the states that a row says; those whose state is not known where none is."""
    if not asked.states:
        return found
    level = {world.level(c) for c in asked.states}
    known, unknown = {}, {}
    for metro_id, hit in found.items():
        states = world.lies.get(metro_id, frozenset())
        if states & asked.states:
            known[metro_id] = hit
        elif not level & {world.level(c) for c in states}:
            unknown[metro_id] = hit
    return known or unknown


def _elsewhere(asked: ParsedRow, inside: dict[str, Hit], world: World) -> RowAnswer:
    """A name that fits in the country, in another state than the row says."""
    listed = ", ".join(world.label(s.metro_id) for s in _scored(inside, asked, world)[:5])
    said = f"no metropolis is called '{short(asked.name)}' in {short(asked.state)}"
    return _rejected(
        "; ".join([f"{said}; in another state: {listed}", *asked.doubts, *asked.notes])
    )


def _scored(found: dict[str, Hit], asked: ParsedRow, world: World) -> list[Scored]:
    made = []
    for metro_id, hit in found.items():
        metro, place = world.names.metros[metro_id], asked.place
        km = distance_km(place.latitude, place.longitude, metro.latitude, metro.longitude)
        people = None if hit.part else metro.population
        made.append(Scored(metro_id, score(hit.quality, km, place.population, people), km, hit))
    return sorted(made, key=lambda s: _order(s, world))


def _order(s: Scored, world: World) -> tuple[float, float, float, str]:
    """Best score, then nearest, then largest; the identifier makes the order total."""
    people = world.names.metros[s.metro_id].population or 0.0
    return (-s.value, 9e9 if s.km is None else s.km, -people, s.metro_id)


def _decided(asked: ParsedRow, scored: list[Scored], world: World) -> RowAnswer:
    if pieces(asked.name):
        # "Portland, OR": those that the state is known of, if there are any.
        known = [s for s in scored if not qualifier(asked.name, s.metro_id, world)]
        scored = known or scored
    best = scored[0]
    metro = world.names.metros[best.metro_id]
    rivals = _rivals(asked, scored, world)
    doubts = [*asked.doubts, *doubts_about(best, asked, world)]
    if rivals:
        doubts = [several(asked, [best, *rivals], world), *asked.doubts]
    if best.value < ACCEPT and not doubts:
        doubts.append(f"{world.label(best.metro_id)} is not alike enough")
    shown = tuple((s.metro_id, s.value) for s in scored[:5])
    said = "; ".join([*doubts, *([] if doubts else [_why(best, asked, world)]), *asked.notes])
    part = "" if rivals or (best.km is not None and best.km <= NEXT_KM) else part_of(best, asked, world)  # fmt: skip
    if part or (not doubts and _relation(best, asked, metro) == "part_of"):
        of = f"{part or short(asked.name)} is a part of {world.label(best.metro_id)}"
        why = "; ".join([f"{of}, not the metropolis itself", *asked.doubts, *asked.notes])
        return RowAnswer("", "part_of", best.value, "review", shown, why)
    if best.value < REVIEW and not asked.doubts and not rivals:
        return RowAnswer("", "", best.value, "reject", shown, said)
    if doubts:
        return RowAnswer("", "", best.value, "review", shown, said)
    relation = _relation(best, asked, metro)
    return RowAnswer(best.metro_id, relation, best.value, "accept", shown, said)


def _rivals(asked: ParsedRow, scored: list[Scored], world: World) -> list[Scored]:
    """Candidates that cannot be told from the best: near in score, and not by a whole name alone.

    Without country and point every other bearer of a good name is one.
    """
    best = scored[0]
    whole = compact(asked.name)
    if best.hit.how == "name" and best.hit.quality >= 0.9:
        # What only a gazetteer calls so, or sounds so, is no rival of what a list calls so.
        scored = [s for s in scored if s.hit.how in ("name", "body")]
    if asked.countries:
        people = world.names.metros[best.metro_id].population or 0.0
        scored = [best, *(s for s in scored[1:] if not _dwarfed(s, people, world))]
    if asked.countries and _first(best, world) == whole:
        # One metropolis is called so, and another's label only holds the name.
        scored = [best, *(s for s in scored[1:] if _first(s, world) == whole)]
    if not asked.countries and best.km is None:
        return [s for s in scored[1:] if s.hit.quality >= 0.85 or s.value > best.value - MARGIN]
    return [
        s
        for s in scored[1:]
        if s.value > best.value - MARGIN and not (best.hit.shared == whole != s.hit.shared)
    ]


def _dwarfed(s: Scored, people: float, world: World) -> bool:
    """Whether a candidate is so much smaller that the name alone does not mean it."""
    own = world.names.metros[s.metro_id].population
    return own is not None and own * DWARF < people


def _first(s: Scored, world: World) -> str:
    """The key of the name of a candidate."""
    return compact(world.names.metros[s.metro_id].names[0])


def _far(asked: ParsedRow, scored: list[Scored], world: World) -> RowAnswer:
    """A name that fits and a point that does not: a wrong point, or another place of the name."""
    shown = tuple((s.metro_id, s.value) for s in scored[:5])
    best = min(scored, key=lambda s: (s.hit.quality < 0.94, s.km or 0.0, s.metro_id))
    label = world.label(best.metro_id)
    if best.hit.quality < 0.94:
        said = f"no metropolis of that name within {REACH_KM:.0f} km of the point"
        return _rejected("; ".join([f"{said}; {label} is {best.km:.0f} km away", *asked.notes]))
    metro, y, x = world.names.metros[best.metro_id], asked.place.latitude, asked.place.longitude
    turned = {
        "latitude and longitude look swapped": (x, y),
        "the sign of the longitude looks wrong": (y, -(x or 0)),
        "the sign of the latitude looks wrong": (-(y or 0), x),
    }
    hint = "a wrong point, or another place of that name"
    for cause, (lat, lon) in turned.items():
        km = distance_km(lat, lon, metro.latitude, metro.longitude)
        if km is not None and km <= REACH_KM:
            hint = cause
            break
    said = f"the point lies {best.km:,.0f} km from {label}: {hint}"
    why = "; ".join([said, *asked.doubts, *asked.notes])
    return RowAnswer("", "", best.value, "review", shown, why)


def _without(asked: ParsedRow, everywhere: dict[str, Hit], world: World) -> RowAnswer:
    """No metropolis bears the name there: one letter away it is a question, else a no."""
    typed = {
        k: Hit(0.9, name)
        for k, name in world.names.typed(asked.name).items()
        if not asked.countries or world.names.metros[k].country in asked.countries
    }
    where = f" in {' or '.join(world.title(c) for c in asked.countries)}" if asked.countries else ""
    said = f"no metropolis is called '{short(asked.name)}'{where}"
    if typed:
        scored = [s for s in _scored(typed, asked, world) if s.km is None or s.km <= REACH_KM]
        if scored:
            near = ", ".join(world.label(s.metro_id) for s in scored[:5])
            why = "; ".join([f"{said}; one letter away: {near}", *asked.doubts, *asked.notes])
            shown = tuple((s.metro_id, s.value) for s in scored[:5])
            return RowAnswer("", "", scored[0].value, "review", shown, why)
    said += _beside(asked, world)
    if everywhere:
        scored = _scored(everywhere, asked, world)
        listed = ", ".join(world.label(s.metro_id) for s in scored[:5])
        said += f"; elsewhere: {listed}; check the country"
        if asked.given.upper() == "NA":
            said += " (NA is Namibia; leave the cell empty where it is not known)"
    return _rejected("; ".join([said, *asked.doubts, *asked.notes]))


def _beside(asked: ParsedRow, world: World) -> str:
    """A place that is no metropolis of its own, and near which one it lies: Guarulhos by São Paulo.

    Empty where the country has several places of the name, or none within `BESIDE_KM` of one.
    """
    bearers = (world.namesakes or {}).get(compact(asked.name), ())
    there = [p for p in bearers if p.country in asked.countries]
    if len(there) != 1:
        return ""
    place, people = there[0], there[0].population or 0.0
    near = min(
        (
            (km, m.key)
            for m in world.names.metros.values()
            if m.country == place.country
            and (km := distance_km(place.latitude, place.longitude, m.latitude, m.longitude))
            is not None
        ),
        default=None,
    )
    if near is None or near[0] > BESIDE_KM:
        return ""
    return (
        f"; {place.names[0]} ({people:,.0f} inhabitants) lies {near[0]:.0f} km from "
        f"{world.label(near[1])} and may be a part of it"
    )


def _share(
    metro_id: str,
    places: list[int],
    rows: Sequence[Row],
    answers: list[RowAnswer],
    world: World,
    periods: Sequence[str] | None,
) -> None:
    """Rows that are one metropolis wait for a person, who says which of them it is.

    One name given twice (in a panel: twice in one period) is not told apart by the list; several names of one metropolis are told
    apart where one of them alone is its own.
    """
    names = {n: exact(understood(rows[n], world).name) for n in places}
    first_name = exact(world.names.metros[metro_id].names[0])
    kept = set(names.values())
    for own in ({first_name}, world.itself(metro_id)):
        if len(kept & own) == 1:
            kept &= own
    first: dict[str, list[int]] = defaultdict(list)
    for n in places:
        first[names[n]].append(n)
    for n in places:
        said = [answers[n].why]
        twins = [m for m in first[names[n]] if m != n and (not periods or periods[m] == periods[n])]
        if twins:
            listed = ", ".join(f"{m + 2}" for m in twins[:4])
            more = f" and {len(twins) - 4} more" * (len(twins) > 4)
            said.append(f"the same name is in row {listed}{more}")
        others = [of[0] for name, of in first.items() if name != names[n]]
        if others:
            listed = ", ".join(f"row {m + 2} ('{short(rows[m].name)}')" for m in others[:4])
            said.append(f"{listed} is {world.label(metro_id)} too")
        if twins or (others and not (len(kept) == 1 and names[n] in kept)):
            said.append("say which row is the metropolis")
            answers[n] = replace(answers[n], metro_id="", relation="", decision="review")
        answers[n] = replace(answers[n], why="; ".join(said))


def _relation(best: Scored, asked: ParsedRow, metro: Place) -> str:
    """What the row's territory is to the metropolis, by its name and by its population."""
    if best.hit.part:
        return "part_of"
    if best.hit.how == "body":
        return best.hit.relation
    if best.hit.quality < 0.9:
        return "part_of" if best.hit.shared == compact(asked.name) else "broad"
    if not asked.place.population or not metro.population:
        return "close"
    ratio = asked.place.population / metro.population
    return "broad" if ratio >= 3 else "narrow" if ratio <= 1 / 3 else "close"


def _why(best: Scored, asked: ParsedRow, world: World) -> str:
    metro = world.names.metros[best.metro_id]
    what = (
        "a part of it bears"
        if best.hit.part
        else "its government bears"
        if best.hit.how == "body"
        else "alone in the country sounds like"
        if best.hit.how == "sound"
        else "shares"
    )
    name = short(asked.name) if best.hit.how == "sound" else best.hit.shared
    said = [
        f"{world.label(best.metro_id)}: {what} {'' if best.hit.how == 'sound' else 'the name '}'{name}'"
    ]
    if best.km is not None:
        said.append(f"{best.km:.0f} km apart")
    elif not asked.countries:
        said.append("the only large metropolis of that name")
    if asked.place.population and metro.population and not best.hit.part:
        said.append(f"population ratio {asked.place.population / metro.population:.2f}")
    return ", ".join(said)


def _rejected(why: str) -> RowAnswer:
    return RowAnswer("", "", 0.0, "reject", (), why)


def tally(answers: Iterable[RowAnswer]) -> dict[str, int]:
    """How many rows were accepted, wait for review, were rejected."""
    count = {"accept": 0, "review": 0, "reject": 0}
    for answer in answers:
        count[answer.decision] += 1
    return count
