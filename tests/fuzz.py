"""Damaged files through every reader: each is read, or refused in one sentence.

`python -m tests.fuzz [--bodies 10000] [--seed 1] [READER ...]` gives each reader a process of its
own and prints what became of the bodies; a body is made anew from the seed that a finding names:
`python -m tests.fuzz --show un_sdg:1:77 > body`.
"""

from __future__ import annotations

import argparse
import faulthandler
import gzip
import io
import random
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from functools import cache
from pathlib import Path

from sources.errors import SourceError
from sources.read import PROVIDERS, read

HERE = Path(__file__).parent
BUNDLED = HERE.parent / "sources" / "bundled"
SECONDS = 20  # longer is a hang
GROWTH = 200  # MB over the whole run, once warm
LINES, ROWS = 40, 26

_NASTY = (
    *(b"", b"NaN", b"1e999", b"-1e-999", b"9" * 400, b"0x10", b"1_000", b"null", b"true", b"{}"),
    *(b"[]", b'"', b'""', b",,,", b"\t", b"\r", b"\n", b":", b": c", b"-", b"=1+1", b"\xff\xfe"),
    *(b"\x00", b"\xe9", b"\xef\xbb\xbf", b"\xf0\x9f\x8f\x99", b"18446744073709551616", b"1" * 20),
    *(b"2023-13", b"0000", b"99999", b"[" * 3000, b'{"a":' * 800, b"<html>", b"PK\x03\x04"),
)
_WHO = [
    ["WHO Region", "ISO3", "WHO Country Name", "City or Locality", "Measurement Year"],
    ["PM2.5 (μg/m3)", "PM10 (μg/m3)", "NO2 (μg/m3)", "PM25 temporal coverage (%)", "Status"],
]
_WORLD_BANK = b"""[{"page":1,"pages":1,"per_page":50,"total":2,"sourceid":"2","lastupdated":
"2026-07-01"},[{"indicator":{"id":"SP.POP.TOTL","value":"Population, total"},"country":{"id":"ES",
"value":"Spain"},"countryiso3code":"ESP","date":"2023","value":48347910,"unit":"","obs_status":"",
"decimal":0},{"indicator":{"id":"SP.POP.TOTL","value":"Population, total"},"country":{"id":"FR",
"value":"France"},"countryiso3code":"FRA","date":"2023","value":null,"unit":"","obs_status":"",
"decimal":0}]]"""


@cache
def bodies(reader: str) -> list[bytes]:
    """Small whole files of a provider: own fixtures, the beginnings of the bundled vintage."""
    found = [p.read_bytes() for p in sorted((HERE / "fixtures" / reader).glob("*"))]
    for path in sorted((BUNDLED / reader).glob("*")):
        if path.suffix == ".gz":
            found.append(b"".join(gzip.decompress(path.read_bytes()).splitlines(True)[:LINES]))
        elif path.suffix == ".xlsx":
            found.append(_first_rows(path))
    if reader == "who":
        rows: list[list] = [[*_WHO[0], *_WHO[1]]]
        rows += [
            ["Europe", "ESP", "Spain", f"City {i}", 2010 + i, 9.5, 20, None, 90, ""]
            for i in range(9)
        ]
        found.append(_workbook({"AAP_2022_city_v9": rows}))
    if reader == "world_bank":
        found.append(_WORLD_BANK)
    return found


def _first_rows(path: Path) -> bytes:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(path)
    return _workbook({n: book.get_sheet_by_name(n).to_python()[:ROWS] for n in book.sheet_names})


def _workbook(sheets: dict[str, list[list]]) -> bytes:
    from openpyxl import Workbook

    made, out = Workbook(write_only=True), io.BytesIO()
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(out)
    return out.getvalue()


def body(seed: str) -> bytes:
    """The damaged body of a seed such as `un_sdg:1:77`."""
    dice = random.Random(seed)
    raw = dice.choice(bodies(seed.split(":", maxsplit=1)[0]))
    if raw[:2] == b"PK":
        if dice.random() < 0.25:
            return _bytewise(raw, dice)
        return _member(raw, dice)
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        raw = dice.choice((_bytewise, _lines, _fields, _words, _cut))(raw, dice)
    if dice.random() < 0.08:
        packed = gzip.compress(raw, 1)
        return _bytewise(packed, dice) if dice.random() < 0.7 else packed
    return raw


def _member(raw: bytes, dice: random.Random) -> bytes:
    """One part of an archive damaged, its check sum right; or left out, or there twice."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w") as new:
        names = old.namelist()
        sheets = [n for n in names if "sheet" in n or "sharedStrings" in n]
        hit = dice.choice(sheets if dice.random() < 0.7 else names)
        how = dice.choice((_bytewise, _fields, _words, _words, _cut, None))
        for name in names:
            content = old.read(name)
            if name == hit and how is None:
                continue
            new.writestr(name, how(content, dice) if name == hit and how else content)
    return out.getvalue()


def _bytewise(raw: bytes, dice: random.Random) -> bytes:
    changed = bytearray(raw)
    for _ in range(dice.choice((1, 2, 8, 64))):
        if changed:
            changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)


def _lines(raw: bytes, dice: random.Random) -> bytes:
    lines = raw.splitlines(keepends=True)
    at, other = dice.randrange(len(lines) or 1), dice.randrange(len(lines) or 1)
    if lines:
        match dice.randrange(4):
            case 0:
                del lines[at]
            case 1:
                lines.insert(other, lines[at])
            case 2:
                lines[at], lines[other] = lines[other], lines[at]
            case 3:
                lines[at] = lines[at] * 2
    return b"".join(lines)


def _fields(raw: bytes, dice: random.Random) -> bytes:
    mark = dice.choice((b",", b"\t", b":", b'"', b">", b"}"))
    parts = raw.split(mark)
    at, other = dice.randrange(len(parts)), dice.randrange(len(parts))
    if dice.random() < 0.5:
        parts[at], parts[other] = parts[other], parts[at]
    else:
        del parts[at]
    return mark.join(parts)


def _words(raw: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(raw) + 1)
    end = min(len(raw), at + dice.choice((0, 0, 1, 4, 16)))
    return raw[:at] + dice.choice(_NASTY) + raw[end:]


def _cut(raw: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(raw) + 1)
    return raw[:at] if dice.random() < 0.7 else raw[at:]


class Hang(BaseException):
    """Reading took too long."""


def _hang(*_: object) -> None:
    raise Hang


def resident() -> float:
    """MB that this process holds now; 0 where the system does not say."""
    status = Path("/proc/self/statm")
    return int(status.read_text().split()[1]) * 4096 / 2**20 if status.exists() else 0


def attempt(seed: str, path: Path) -> str:
    """Read one body: `read`, the class of a refusal, or what went wrong, with the place."""
    path.write_bytes(body(seed))
    before = signal.signal(signal.SIGALRM, _hang)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        read(seed.split(":", maxsplit=1)[0], path)
    except SourceError as error:
        sentence = str(error)
        if len(sentence) > 1500 or "\n" in sentence or "Traceback" in sentence:
            return f"FAULT: no sentence: {sentence[:200]!r}"
        return type(error).__name__
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        last = traceback.extract_tb(error.__traceback__)[-1]
        own = [f for f in traceback.extract_tb(error.__traceback__) if "sources" in f.filename]
        place = own[-1] if own else last
        return (
            f"FAULT: {type(error).__name__} at {Path(place.filename).name}:{place.lineno}: {error}"
        )
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    return "read"


def run(reader: str, seed: int, n: int, folder: Path) -> tuple[Counter[str], list[str]]:
    """What became of `n` bodies, and the findings, each with its seed."""
    counted: Counter[str] = Counter()
    findings: list[str] = []
    warm = 0.0
    for i in range(n):
        name = f"{reader}:{seed}:{i}"
        (folder / "now").write_text(name)
        outcome = attempt(name, folder / "body")
        counted[outcome.split(":")[0]] += 1
        if outcome.startswith("FAULT"):
            findings.append(f"{name} {outcome}")
        if i == n // 5:
            warm = resident()
    if resident() - warm > GROWTH:
        findings.append(f"{reader}: memory grew from {warm:.0f} to {resident():.0f} MB")
    return counted, findings


def _one(reader: str, seed: int, n: int, folder: str) -> None:
    faulthandler.enable()
    start = time.monotonic()
    counted, findings = run(reader, seed, n, Path(folder))
    words = ", ".join(f"{v} {k}" for k, v in sorted(counted.items()))
    print(f"{reader}: seed {seed}, {n} bodies, {time.monotonic() - start:.0f} s: {words}")
    for finding in findings[:50]:
        print(f"  {finding}")
    sys.exit(1 if findings else 0)


def main() -> None:
    """Read the arguments and give each reader a process of its own."""
    match sys.argv[1:]:
        case ["--show", seed]:
            sys.stdout.buffer.write(body(seed))
            return
        case ["--one", reader, seed, n, folder]:
            return _one(reader, int(seed), int(n), folder)
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("readers", nargs="*", metavar="READER", help=", ".join(PROVIDERS))
    parser.add_argument("--bodies", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    failed = False
    for reader in args.readers or PROVIDERS:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "tests.fuzz", "--one", reader, str(args.seed)]
            done = subprocess.run([*command, str(args.bodies), folder], check=False)
            failed |= bool(done.returncode)
            if done.returncode not in (0, 1):
                print(f"{reader}: the process died at {(Path(folder) / 'now').read_text()}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
