"""The client, against a release in a folder and one served on loopback."""

import http.server
import os
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest
from released import copied

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "clients" / "python"
sys.path.insert(0, str(CLIENT))

import observatory_client as observatory  # noqa: E402


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return copied(tmp_path_factory.mktemp("client"))


@pytest.fixture(scope="module")
def release(folder) -> observatory.Release:
    return observatory.open(str(folder))


class Counting(http.server.SimpleHTTPRequestHandler):
    asked: list[str] = []  # noqa: RUF012

    def do_GET(self) -> None:
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """No words on stderr."""


@pytest.fixture
def served(tmp_path):
    folder = copied(tmp_path / "served")
    handler = partial(Counting, directory=str(folder.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        Counting.asked.clear()
        yield f"http://127.0.0.1:{server.server_port}/{folder.name}/", folder
        server.shutdown()
        thread.join()


def test_a_table_carries_scale_unit_source_and_licence(release):
    rows = release.load("latest")
    assert {"scale", "unit", "source_id", "dataset", "licence", "attribution"} <= set(
        rows.column_names
    )
    listed = {(r["dataset"], r["licence"]) for r in rows.to_pylist()}
    assert ("green", "CC BY 4.0") in listed
    assert None not in {licence for _, licence in listed}


@pytest.mark.parametrize("name", ["gr-athens", "Athens", "ATHÈNS", " athens "])
def test_a_metropolis_is_found_by_identifier_and_by_name(release, name):
    assert set(release.metro(name)["metro_id"].to_pylist()) == {"gr-athens"}


def test_a_name_of_two_is_an_error_that_lists_both(release):
    with pytest.raises(
        observatory.AmbiguousName, match=r"es-barcelona \(Spain\), ve-barcelona"
    ) as said:
        release.metro("Barcelona")
    assert said.value.candidates == ["es-barcelona", "ve-barcelona"]
    assert release.metro_id("Barcelona", country="ve") == "ve-barcelona"


def test_what_is_not_there_is_a_sentence(release):
    with pytest.raises(observatory.UnknownName, match=r"No metropolis .* is called 'Atlantis'"):
        release.metro("Atlantis")
    with pytest.raises(observatory.UnknownName, match="has no table 'nothing'; it has accounting"):
        release.load("nothing")
    with pytest.raises(
        observatory.UnknownName, match="no indicator 'populati'; some are population"
    ):
        release.indicator("populati")
    with pytest.raises(observatory.ObservatoryError, match="SHA256SUMS cannot be read"):
        observatory.open("/nowhere")


def test_figures_that_may_be_compared_share_all_but_the_metropolis(release):
    rows = release.compare("population", "es-barcelona", "gr-athens").to_pylist()
    assert [(r["metro_id"], r["period"]) for r in rows] == [
        ("es-barcelona", "2018"),
        ("gr-athens", "2018"),
    ]
    assert {r["vintage"] for r in rows} == {"2012"}
    earlier = release.compare("population", "es-barcelona", "gr-athens", period="2011")
    assert set(earlier["period"].to_pylist()) == {"2011"}


def test_figures_that_may_not_be_compared_are_an_error_with_the_reasons(release):
    with pytest.raises(observatory.NotComparable) as said:
        release.compare("gdp", "es-barcelona", "gr-athens")
    assert said.value.reasons == ["gr-athens has no figure of it."]
    with pytest.raises(observatory.NotComparable, match="in 2030"):
        release.compare("population", "es-barcelona", "gr-athens", period="2030")  # projections
    with pytest.raises(observatory.NotComparable, match="Figures of different territories"):
        release.compare("green_area_share", "ve-barcelona", "gr-athens")
    with pytest.raises(observatory.ObservatoryError, match="Give two"):
        release.compare("gdp", "es-barcelona")


def test_figures_as_they_were_known(release):
    before = release.load("observation", as_of="2023-12-31")
    assert 7.25 in before["value"].to_pylist()
    assert len(before) == 1
    after = release.load("observation", as_of="2024-06-01")
    assert 7.25 not in after["value"].to_pylist()
    with pytest.raises(observatory.ObservatoryError, match="no validity in time"):
        release.load("latest", as_of="2024-01-01")
    with pytest.raises(observatory.ObservatoryError, match="'soon' is no date"):
        release.load("observation", as_of="soon")


def test_columns_are_described(release):
    rows = {r["column"]: r for r in release.describe("latest").to_pylist()}
    assert rows["metro_id"]["among"] == "metro.metro_id"
    assert rows["value"]["meaning"].startswith("The figure")


def test_files_from_an_address_are_verified_and_asked_for_once(served, tmp_path):
    address, _ = served
    cache = tmp_path / "cache"
    for _ in range(2):
        release = observatory.open(address, cache=str(cache))
        assert len(release.metro("gr-athens")) > 0
    asked = [p.rsplit("/", 1)[-1] for p in Counting.asked]
    assert asked.count("latest.parquet") == 1
    assert asked.count("SHA256SUMS") == 2


def test_a_file_that_was_changed_is_refused(served, tmp_path):
    address, folder = served
    release = observatory.open(address, cache=str(tmp_path / "cache"))
    path = folder / "parquet" / "latest.parquet"
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(observatory.NotVerified, match=r"latest\.parquet is not as the release"):
        release.load("latest")


def test_a_damaged_cache_is_mended(served, tmp_path):
    address, _ = served
    cache = tmp_path / "cache"
    observatory.open(address, cache=str(cache)).load("latest")
    for path in cache.iterdir():
        path.write_bytes(b"damaged")
    assert len(observatory.open(address, cache=str(cache)).load("latest"))


def test_a_cache_that_cannot_be_written_is_done_without(served, tmp_path):
    address, _ = served
    (tmp_path / "file").write_text("no folder")
    assert len(observatory.open(address, cache=str(tmp_path / "file")).load("latest"))


def test_the_examples_of_the_readme_run(folder, capsys):
    text = (CLIENT / "README.md").read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"```python\n(.*?)```", text, re.S))
    assert code.count("print(") >= 5
    exec(code.replace("data/releases/current", str(folder)), {})
    shown = capsys.readouterr().out
    assert "2026.11.23.1" in shown
    assert "es-barcelona" in shown


def test_the_wheel_is_built_installed_and_reads_a_release(folder, tmp_path):
    """As a reader has it: the wheel and pyarrow, in a folder without our code."""
    source = tmp_path / "source"
    shutil.copytree(CLIENT, source, ignore=shutil.ignore_patterns("__pycache__", "dist"))
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=source, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name == "observatory_client-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()
        (about,) = [n for n in names if n.endswith("/METADATA")]
        said = packed.read(about).decode()
    assert "Requires-Dist: pyarrow>=15" in said
    assert [n for n in names if ".dist-info/" not in n and "observatory_client/" not in n] == []
    into, uv = tmp_path / "installed", shutil.which("uv")
    tool = [uv, "pip", "install", "--offline"] if uv else [sys.executable, "-m", "pip", "install"]
    where = [*(["--python", sys.executable] if uv else ["--no-index"]), "--target", str(into)]
    install = [*tool, "--quiet", "--no-deps", *where, str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    code = (
        "import observatory_client as o\n"
        f"print(o.__file__, o.open({str(folder)!r}).load('latest').num_rows)"
    )
    site = str(Path(pa.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],  # -S: not the environment that has the sources
        cwd=tmp_path,
        env={"PYTHONPATH": os.pathsep.join([str(into), site])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    place, rows = done.stdout.split()
    assert Path(place).is_relative_to(into) and int(rows) > 0


def test_the_client_needs_pyarrow_alone():
    import ast

    allowed = {*sys.stdlib_module_names, "pyarrow", "observatory_client"}
    for file in (CLIENT / "observatory_client").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {n.partition(".")[0] for n in names} <= allowed
