"""Licences of everything that the image holds: `python deploy/third_party.py [--check]` writes THIRD_PARTY.md.

Names and versions are those of requirements-scale.lock, the licence is what each package says of
itself. `--check` changes nothing and fails where the file is out of date, or a package names no licence
or one that is not among those that may be used.
"""

from __future__ import annotations

import re
import sys
from email.message import Message
from importlib import metadata
from pathlib import Path
from typing import cast

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
LOCK, FILE = ROOT / "requirements-scale.lock", ROOT / "THIRD_PARTY.md"
HEAD = """# Software of others

What an installation of the observatory holds besides its own code (EUPL-1.2), with the licence that each
package names. Written by `make licences` from `requirements-scale.lock`; do not edit. Scripts and maps of the
atlas have theirs in `warehouse/publications/vendor/vendor.yaml`; figures carry those of their datasets.

| package | version | licence | where |
|---|---|---|---|
"""
# Licences whose terms allow use and distribution together with ours; others need a decision.
MAY = re.compile(
    r"apache|mit\b|bsd|isc|psf|python|mpl|mozilla|hpnd|unlicense|zlib|cc0|0bsd|lgpl|lesser general"
    r"|public domain|eupl|zpl",
    re.IGNORECASE,
)


def locked() -> list[Requirement]:
    """The requirements of the lock, in order."""
    lines = LOCK.read_text(encoding="utf-8").splitlines()
    found = [
        re.split(r"\s+\\?$|\s+--hash", line)[0] for line in lines if re.match(r"^[a-z0-9]", line)
    ]
    return [Requirement(line.removesuffix("\\").strip()) for line in found]


def licence(package: Message) -> str:
    """What a package says of its licence: the expression, the classifiers, or the first words of its text."""
    expression = package.get("License-Expression")
    if expression:
        return expression
    kinds = [
        c.split(" :: ")[-1]
        for c in package.get_all("Classifier") or []
        if c.startswith("License ::") and c != "License :: OSI Approved"
    ]
    if kinds:
        return " and ".join(sorted(set(kinds)))
    said = (package.get("License") or "").strip().splitlines()
    return said[0][:60] if said else ""


def rows() -> tuple[list[str], list[str]]:
    """The lines of the table, and what is wrong, in sentences."""
    lines, wrong = [], []
    for requirement in locked():
        name, version = requirement.name, str(requirement.specifier).removeprefix("==")
        if requirement.marker and not requirement.marker.evaluate():
            continue
        try:
            package = cast(Message, metadata.metadata(name))
        except metadata.PackageNotFoundError:
            wrong.append(f"{name} {version} is not installed here; install requirements-dev.lock.")
            continue
        said = licence(package)
        if not MAY.search(said):
            wrong.append(f"{name} {version}: licence '{said}' is not among those that may be used.")
        home = package.get("Home-page") or next(iter(_urls(package)), "")
        lines.append(f"| {name} | {version} | {said.replace('|', '/')} | {home} |\n")
    return lines, wrong


def _urls(package: Message) -> list[str]:
    said = dict(u.split(", ", 1) for u in package.get_all("Project-URL") or [] if ", " in u)
    low = {name.lower(): url for name, url in said.items()}
    order = ("homepage", "home", "source", "repository", "source code", "github")
    return [low[n] for n in order if n in low] or list(said.values())


def main(check: bool) -> None:
    """Write the file, or check that it is up to date."""
    lines, wrong = rows()
    text = HEAD + "".join(lines)
    if wrong:
        sys.exit("\n".join(wrong))
    if not check:
        FILE.write_text(text, encoding="utf-8")
        print(f"{len(lines)} packages in {FILE.name}.")
    elif not FILE.exists() or FILE.read_text(encoding="utf-8") != text:
        sys.exit(f"{FILE.name} is out of date; run `make licences`.")


if __name__ == "__main__":
    main("--check" in sys.argv)
