"""Known vulnerabilities in what the image holds: `make audit`.

pip-audit asks the database of the Python Package Index. Where that cannot be reached, it says so and
nothing was audited; that is no failure of the code, and no success either.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).parents[1] / "requirements-scale.lock"


def judged(text: str) -> tuple[int, list[str]]:
    """How many packages were audited, and a sentence for each vulnerability, from pip-audit's JSON."""
    audited, told = 0, []
    for package in json.loads(text)["dependencies"]:
        if "skip_reason" in package:
            continue
        audited += 1
        for found in package["vulns"]:
            fixed = ", ".join(found["fix_versions"]) or "no version yet"
            told.append(
                f"{package['name']} {package['version']}: {found['id']}; mended in {fixed}."
            )
    return audited, told


def main() -> None:
    """Audit the lock; fails where a vulnerability is known."""
    asked = ["-m", "pip_audit", "-r", str(LOCK), "--disable-pip", "--require-hashes"]
    quiet = ["--format", "json", "--progress-spinner", "off"]
    done = subprocess.run(
        [sys.executable, *asked, *quiet], capture_output=True, text=True, check=False, timeout=900
    )
    try:
        audited, told = judged(done.stdout)
    except ValueError:
        audited, told = 0, []
    if not audited:
        said = done.stderr.strip().splitlines()[-1:] or ["it knows none of the packages"]
        print(f"NOT AUDITED: the database of vulnerabilities cannot be reached ({said[0][:200]}).")
        return
    print(f"{audited} packages audited, {len(told)} vulnerabilities known.")
    if told:
        sys.exit("\n".join(told))


if __name__ == "__main__":
    main()
