"""`python -m tests.validate EXPORTS RELEASE [--faults] [STANDARD ...]`: exit code 1 where one fails."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType

from tests.validate import standards

SHOWN = 5


def main() -> int:
    """Check what is asked for and print a line for each."""
    parser = argparse.ArgumentParser(prog="python -m tests.validate")
    parser.add_argument("exports", type=Path)
    parser.add_argument("release", type=Path)
    parser.add_argument("standard", nargs="*")
    parser.add_argument("--faults", action="store_true", help="plant faults; each must be refused")
    given = parser.parse_args()
    known = standards()
    wanted = given.standard or list(known)
    failed = 0
    for name in wanted:
        check = _faults if given.faults else _check
        try:
            failed += check(name, known[name], given.exports, given.release)
        except FileNotFoundError as error:  # nothing passes unchecked
            print(f"{name:16}not checked: {error}", flush=True)
            failed += 1
    return 1 if failed else 0


def _check(name: str, module: ModuleType, exports: Path, release: Path) -> int:
    begun = time.perf_counter()
    problems = module.check(exports / name, release)
    seconds = time.perf_counter() - begun
    print(
        f"{name:16}{'refused' if problems else 'valid':10}{seconds:7.1f} s  {module.BY}", flush=True
    )
    for problem in problems[:SHOWN]:
        print(f"    {problem}", flush=True)
    return len(problems)


def _faults(name: str, module: ModuleType, exports: Path, release: Path) -> int:
    missed = 0
    for fault, plant in module.FAULTS.items():
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(shutil.copytree(exports, Path(folder) / "exports")) / name
            plant(copy)
            problems = module.check(copy, release)
        missed += not problems
        said = " ".join(problems[0].split())[:110] if problems else ""
        print(f"{name:16}{'refused' if problems else 'MISSED':10}{fault}: {said}", flush=True)
    return missed


if __name__ == "__main__":
    sys.exit(main())
