"""Match anyone's list of places with the registry: accept, review or reject, said in their terms.

Pure: rows of text in, answers out, in the same order. Only an accepted row gets a metro_id, so
that joining on it can never merge what a person has still to look at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from warehouse.registry.matching.list_doubts import (
    Scored,
    doubts_about,
    others_called,
    pieces,
    qualifier,
    several,
)
from warehouse.registry.matching.list_row import (
    ParsedRow,
    Row,
    World,
    inside_countries,
    population,
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
from warehouse.registry.matching.names import Hit, repaired

LONGEST = 200
# Within this distance of a metropolis a smaller place is likely in its urban area, not beside it.
BESIDE_KM = 30.0


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


def match_rows(rows: Sequence[Row], world: World) -> list[RowAnswer]:
    """One answer per row, in order; rows that land on one metropolis speak of each other.

    The same rows give the same answers whatever their order, but for the row numbers in `why`;
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
            _share(metro_id, places, rows, answers, world)
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
    everywhere = world.names.exact(asked.name)
    inside = inside_countries(everywhere, asked.countries, world)
    if not inside:
        return _without(asked, everywhere, world)
    scored = _scored(inside, asked, world)
    near = [s for s in scored if s.km is None or s.km <= REACH_KM]
    if not near:
        return _far(asked, scored, world)
    return _decided(asked, near, world)


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
    rivals = _rivals(asked, scored)
    doubts = [*asked.doubts, *doubts_about(best, asked, world)]
    if rivals:
        doubts = [several(asked, [best, *rivals], world), *asked.doubts]
    if best.value < ACCEPT and not doubts:
        doubts.append(f"{world.label(best.metro_id)} is not alike enough")
    shown = tuple((s.metro_id, s.value) for s in scored[:5])
    said = "; ".join([*doubts, *([] if doubts else [_why(best, asked, world)]), *asked.notes])
    if best.value < REVIEW and not asked.doubts and not rivals:
        return RowAnswer("", "", best.value, "reject", shown, said)
    if doubts:
        return RowAnswer("", "", best.value, "review", shown, said)
    relation = _relation(best, asked, metro)
    return RowAnswer(best.metro_id, relation, best.value, "accept", shown, said)


def _rivals(asked: ParsedRow, scored: list[Scored]) -> list[Scored]:
    """Candidates that cannot be told from the best: near in score, and not by a whole name alone.

    Without country and point every other bearer of a good name is one.
    """
    best = scored[0]
    whole = compact(asked.name)
    if not asked.countries and best.km is None:
        return [s for s in scored[1:] if s.hit.quality >= 0.85 or s.value > best.value - MARGIN]
    return [
        s
        for s in scored[1:]
        if s.value > best.value - MARGIN and not (best.hit.shared == whole != s.hit.shared)
    ]


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
    metro_id: str, places: list[int], rows: Sequence[Row], answers: list[RowAnswer], world: World
) -> None:
    """Say it where several rows are one metropolis; keep those that plainly have one name.

    A row that is only a part of the metropolis waits beside one that is the metropolis.
    """
    names = {n: compact(repaired(rows[n].name)[0]) for n in places}
    main = {names[n] for n in places if answers[n].relation != "part_of"}
    kept = main or set(names.values())
    first: dict[str, list[int]] = defaultdict(list)
    for n in places:
        if len(first[names[n]]) < 5:
            first[names[n]].append(n)
    unlike = {name for name in first if _unlike([rows[n] for n in places if names[n] == name])}
    country = world.names.metros[metro_id].country
    called = {
        name: {o.country == country for o, _ in others_called(name, metro_id, world)}
        for name in first
        if len(first[name]) > 1
    }
    size = {name: sum(1 for n in places if names[n] == name) for name in first}
    for n in places:
        said = [answers[n].why]
        if size[names[n]] > 1:
            twins = [f"{m + 2}" for m in first[names[n]] if m != n][:4]
            more = f" and {size[names[n]] - 1 - len(twins)} more" * (
                size[names[n]] - 1 > len(twins)
            )
            said.append(f"the same name is in row {', '.join(twins)}{more}")
        others = [(m, name) for name, of in first.items() if name != names[n] for m in of[:1]]
        if others:
            listed = ", ".join(f"row {m + 2} ('{short(rows[m].name)}')" for m, _ in others[:4])
            said.append(f"{listed} is {world.label(metro_id)} too")
        alone = len(kept) == 1 and names[n] in kept
        # Whether other places of the name lie in the country (True) or beyond it (False).
        others_lie = called.get(names[n], set()) - ({False} if rows[n].country.strip() else set())
        if others_lie and not (rows[n].latitude.strip() or population(rows[n])):
            where = "the country has" if True in others_lie else "other countries have"
            said.append(f"{where} other places of that name; give coordinates or populations")
            answers[n] = replace(answers[n], metro_id="", relation="", decision="review")
        if names[n] in unlike:
            said.append("their populations are of different territories or places")
        if (others and not alone) or names[n] in unlike:
            said.append("say which row is the metropolis")
            answers[n] = replace(answers[n], metro_id="", relation="", decision="review")
        answers[n] = replace(answers[n], why="; ".join(said))


def _unlike(rows: Iterable[Row]) -> bool:
    """Whether rows of one name give populations further apart than the matcher takes for one."""
    people = [p for p in (population(row) for row in rows) if p]
    return len(people) > 1 and max(people) > 2.5 * min(people)


def _relation(best: Scored, asked: ParsedRow, metro: Place) -> str:
    """What the row's territory is to the metropolis, by its name and by its population."""
    if best.hit.part:
        return "part_of"
    if best.hit.quality < 0.9:
        return "part_of" if best.hit.shared == compact(asked.name) else "broad"
    if not asked.place.population or not metro.population:
        return "close"
    ratio = asked.place.population / metro.population
    return "broad" if ratio >= 3 else "narrow" if ratio <= 1 / 3 else "close"


def _why(best: Scored, asked: ParsedRow, world: World) -> str:
    metro = world.names.metros[best.metro_id]
    what = "a part of it bears" if best.hit.part else "shares"
    said = [f"{world.label(best.metro_id)}: {what} the name '{best.hit.shared}'"]
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
