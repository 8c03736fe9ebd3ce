"""`make rehearse`: four nights with every dataset of the catalog, upstreams played on this machine.

The first asks for everything; in the second nothing is new; in the third one dataset was published
anew; before the fourth one indicator was edited. Each is `observatory refresh` as an operator runs
it. What each did is counted, and a night that did more or less than it should is said.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from pipelines import definitions, plan
from tests.flow.observatory import NO_NETWORK, checkout
from tests.upstreams import live as played
from tests.upstreams.live import Live, Refresh
from tests.upstreams.server import Upstreams

CHANGED, READER, EDITED = "met_d3area", "area", "green_area_share"
COLUMNS = ("asked", "new", "unchanged", "held", "failed", "downloaded")


def main() -> int:
    """Print the counts of the four nights; 1 where one of them is not as it should be."""
    wrong: list[str] = []
    print(f"| refresh | {' | '.join(COLUMNS)} | tables made | red | seconds |")
    print(f"|---|{'---|' * (len(COLUMNS) + 3)}", flush=True)
    with tempfile.TemporaryDirectory() as folder, Upstreams().start() as upstreams:
        for title, done, faults in nights(Path(folder), upstreams):
            counts = [str(done.asked.get(c, 0)) for c in COLUMNS]
            red = [line for line in done.run.err.splitlines() if line]
            shown = [title, *counts, str(len(done.made)), str(len(red)), f"{done.run.seconds:.0f}"]
            print(f"| {' | '.join(shown)} |", flush=True)
            wrong += [f"{title}: {fault}" for fault in faults]
            wrong += [f"{title}: {line}" for line in red]
    for sentence in wrong:
        print(sentence)
    return 1 if wrong else 0


def nights(folder: Path, upstreams: Upstreams) -> Iterator[tuple[str, Refresh, list[str]]]:
    """Each refresh with its title, and what about it is not as it should be."""
    code = checkout(folder / "code")
    guard = folder / "guard"
    guard.mkdir()
    (guard / "sitecustomize.py").write_text(NO_NETWORK)
    live = Live(folder / "home", guard, code, upstreams.url)

    done = played.refresh(live, upstreams)
    new = done.asked.get("new")
    yield (
        "first, of everything",
        done,
        [
            *_ended(done),
            *_is("datasets that were not new", done.asked.get("asked", 0) - (new or 0), 0),
            *([] if "release" in done.made else ["nothing was published."]),
        ],
    )
    done = played.refresh(live, upstreams)
    yield (
        "second, nothing changed",
        done,
        [*_ended(done), *_is("downloads", done.downloads, []), *_is("made", done.made, set())],
    )
    upstreams.world.publish(CHANGED, played.another_area(upstreams))
    done = played.refresh(live, upstreams)
    others = [path for path in done.downloads if CHANGED not in path.lower()]
    yield (
        f"third, `eurostat/{CHANGED}` was published anew",
        done,
        [
            *_ended(done),
            *_is("new datasets", done.asked.get("new"), 1),
            *_is("other downloads", others, []),
            *_sources(done, {f"history/eurostat/{CHANGED}", f"indicator/{READER}"}),
        ],
    )
    played.edit(live, EDITED)
    done = played.refresh(live, upstreams)
    yield (
        f"fourth, `indicators/{EDITED}.yaml` was edited",
        done,
        [
            *_ended(done),
            *_is("downloads", done.downloads, []),
            *_sources(done, {f"indicator/{EDITED}"}),
        ],
    )


def _ended(done: Refresh) -> Iterator[str]:
    if done.run.code or not done.asked:
        yield f"the command ended with {done.run.code}: {done.run.out.strip().splitlines()[-1:]}"


def _is(what: str, found: object, meant: object) -> Iterator[str]:
    if found != meant:
        yield f"{what}: {found} where {meant} should be."


def _sources(done: Refresh, changed: set[str]) -> Iterator[str]:
    """Of datasets and indicators only these are made, and what depends on them."""
    if missed := sorted(changed - done.of_sources):
        yield f"{missed} were not made again."
    if more := sorted(done.of_sources - _dependents(changed)):
        yield f"{more} were made although they depend on nothing that changed."
    if "release" not in done.made:
        yield "nothing was published."


def _dependents(changed: set[str]) -> set[str]:
    """These assets and all that depend on them, by the graph that is run."""
    known = set(changed)
    for key, node in plan.graph(definitions.all_assets()).items():  # upstream first
        if {"/".join(parent) for parent in node.parents} & known:
            known.add("/".join(key))
    return known
