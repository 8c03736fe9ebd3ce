"""Files of others that the pages need: DuckDB for the browser, and the shapes of the base map.

`vendor.yaml` states version, checksum and licence of each; `python -m warehouse.publications.vendor`
fetches the stated versions with npm, refuses another checksum, and writes the files again. Nothing is
fetched when an atlas is made. The large ones are kept compressed (xz), since the site serves gzip.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from warehouse.errors import WarehouseError

HERE = Path(__file__).parent
STATED = HERE / "vendor.yaml"
WASM, WORKER, MODULE = "duckdb-eh.wasm", "duckdb-browser-eh.worker.js", "duckdb.mjs"


def stated() -> dict[str, Any]:
    """What `vendor.yaml` says: packages and files."""
    import yaml

    return yaml.safe_load(STATED.read_text(encoding="utf-8"))


def read(name: str) -> bytes:
    """A file as it was before it was compressed; WarehouseError where it is not the stated one."""
    entry = stated()["files"][name]
    raw = (HERE / entry["kept"]).read_bytes()
    if hashlib.sha256(raw).hexdigest() != entry["sha256"]:
        raise WarehouseError(
            f"{entry['kept']} is not the file that vendor.yaml states; restore it, or run "
            "`python -m warehouse.publications.vendor`."
        )
    return lzma.decompress(raw) if entry["kept"].endswith(".xz") else raw


def refresh() -> list[str]:
    """Fetch the stated packages with npm and write the files again; the names of those written."""
    packages = stated()["packages"]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "package.json").write_text(json.dumps({"name": "vendor", "private": True}))
        wanted = [f"{p['name']}@{p['version']}" for p in packages]
        _run(["npm", "install", "--no-audit", "--no-fund", "--save-exact", *wanted], root)
        locked = json.loads((root / "package-lock.json").read_text())["packages"]
        for p in packages:
            found = locked[f"node_modules/{p['name']}"]["integrity"]
            if found != p["integrity"]:
                raise WarehouseError(
                    f"{p['name']} {p['version']} has the checksum {found}, not {p['integrity']}."
                )
        dist = root / "node_modules/@duckdb/duckdb-wasm/dist"
        (root / "entry.mjs").write_text(
            'export { AsyncDuckDB, VoidLogger, DuckDBAccessMode } from "@duckdb/duckdb-wasm";\n'
        )
        bundle = [
            *("npx", "esbuild", "entry.mjs", "--bundle", "--format=esm", "--minify"),
            *("--legal-comments=none", "--target=es2022", f"--outfile={MODULE}"),
        ]
        _run(bundle, root)
        files = {
            MODULE: (root / MODULE).read_bytes(),
            WORKER: _without_map((dist / WORKER).read_bytes()),
            WASM: (dist / WASM).read_bytes(),
        }
        _shapes(root / "node_modules/world-atlas/countries-110m.json")
    written = {}
    for name, raw in files.items():
        kept = name if name == MODULE else f"{name}.xz"
        data = raw if name == MODULE else lzma.compress(raw, preset=9 | lzma.PRESET_EXTREME)
        (HERE / kept).write_bytes(data)
        written[name] = {
            "kept": kept,
            "sha256": hashlib.sha256(data).hexdigest(),
            "bytes": len(raw),
        }
    _state(written)
    return sorted(written)


def _shapes(topology: Path) -> None:
    from warehouse.publications.page import shapes

    made = shapes.from_topology(json.loads(topology.read_text(encoding="utf-8")))
    shapes.FILE.write_text(json.dumps(made, separators=(",", ":")) + "\n", encoding="utf-8")


def _without_map(script: bytes) -> bytes:
    """The script without the address of a source map that is not served."""
    return b"\n".join(
        line for line in script.split(b"\n") if not line.startswith(b"//# sourceMappingURL")
    )


def _state(written: dict[str, Any]) -> None:
    """Put the files' checksums into vendor.yaml, below its packages."""
    import yaml

    text = STATED.read_text(encoding="utf-8").split("\nfiles:")[0].rstrip()
    STATED.write_text(
        text + "\n\n" + yaml.safe_dump({"files": written}, sort_keys=True), encoding="utf-8"
    )


def _run(command: list[str], folder: Path) -> None:
    if not shutil.which(command[0]):
        raise WarehouseError(
            f"{command[0]} is not installed; this command alone needs Node and npm."
        )
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise WarehouseError(
            f"{' '.join(command[:3])} failed: {done.stderr.strip().splitlines()[-1:]}"
        )
