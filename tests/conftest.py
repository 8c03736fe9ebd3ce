"""Shared by all tests: where the real files are, and how a small file is written."""

import gc
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

# As the bundled vintage is packed: the same bytes whether lxml is installed or not.
os.environ.setdefault("OPENPYXL_LXML", "False")

import hypothesis
import pytest

from pipelines.patches import Absent

# Few examples each time; `make soak` tries many. A busy machine is slow, which is no fault.
hypothesis.settings.register_profile("suite", deadline=None, max_examples=25)
hypothesis.settings.register_profile("soak", deadline=None, max_examples=500)
hypothesis.settings.load_profile(os.environ.get("OBSERVATORY_EXAMPLES", "suite"))

_SYSTEM = re.compile(r"^pytestmark = .*\bpytest\.mark\.system\b", re.MULTILINE)
FIXTURES = Path(__file__).parent / "fixtures"
# Files that take long, first; so both workers end together. What needs no build runs beside the
# build that the others wait for.
LONG = (
    *("flow/test_build", "flow/test_live", "flow/test_faults", "flow/test_kill"),
    *("flow/test_survey", "flow/test_daemon", "flow/test_readme", "flow/test_graph"),
    *("unit/test_survey_kinds", "unit/test_release", "unit/test_registry", "unit/test_elsewhere"),
    *("unit/test_waiting", "unit/test_rules", "contract/test_faults_upstream"),
    *("unit/test_comparability", "unit/test_survey_intake", "unit/test_publications"),
    *("unit/test_last_good", "unit/test_diff", "unit/test_feeds", "unit/test_catalog"),
    *("unit/test_snapshots_elsewhere", "unit/test_match_file", "unit/test_index_audit"),
)


MEMORY, OURS = Path("/dev/shm"), "observatory-tests-"  # and the number of the process
ROOM = 5 * 2**30  # bytes: the quick tests write 1.4 GB, and two workers take 1.2 GB each


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """The quick tests write to memory where there is room: databases wait for a disk at each commit.

    `--basetemp` names another folder. What a failed run wrote stays until the next run.
    """
    quick = config.option.markexpr == "not system" and not hasattr(config, "workerinput")
    if quick and not config.option.basetemp and _has_room():
        for left in MEMORY.glob(f"{OURS}*"):
            if not Path("/proc", left.name.removeprefix(OURS)).exists():
                shutil.rmtree(left, ignore_errors=True)
        config.option.basetemp = str(MEMORY / f"{OURS}{os.getpid()}")


def _has_room() -> bool:
    try:
        available = re.search(r"MemAvailable: +(\d+) kB", Path("/proc/meminfo").read_text("ascii"))
        runs = not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC
        least = min(shutil.disk_usage(MEMORY).free, int(available[1]) * 1024 if available else 0)
    except OSError:
        return False
    return runs and least > ROOM


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    place = {str(Path(__file__).parent / f"{name}.py"): n for n, name in enumerate(LONG)}
    items.sort(key=lambda item: place.get(str(item.path), len(LONG)))


def pytest_collection_finish(session: pytest.Session) -> None:
    """What is loaded by now stays to the end, so the collector of garbage need not look at it."""
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Leave nothing in memory after a run in which all passed."""
    gc.unfreeze()
    if session.config.option.basetemp == str(MEMORY / f"{OURS}{os.getpid()}") and exitstatus == 0:
        shutil.rmtree(session.config.option.basetemp, ignore_errors=True)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of files that upstreams really served; skips where it is not said."""
    folder = os.environ.get("OBSERVATORY_REAL_DATA", "")
    if not folder:
        pytest.skip(
            "OBSERVATORY_REAL_DATA is not set: point it at the folder of real upstream files "
            "(the one with MANIFEST.md) to run this test."
        )
    if not (Path(folder) / "MANIFEST.md").is_file():
        pytest.fail(f"OBSERVATORY_REAL_DATA is {folder}, which has no MANIFEST.md: correct it.")
    return Path(folder)


@pytest.fixture(autouse=True, scope="session")
def nothing_waits_for_the_disk() -> Iterator[None]:
    """No file of a test must outlive a power cut, so none is flushed to the disk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The quick tests do not load the modules of the system tier, which would be deselected."""
    quick = config.option.markexpr == "not system" and collection_path.suffix == ".py"
    return True if quick and _SYSTEM.search(collection_path.read_text("utf-8")) else None


@pytest.fixture(autouse=True)
def pandas_may_be_loaded() -> Iterator[None]:
    """A command that was run in this process and left pandas out does so for itself alone."""
    yield
    sys.meta_path[:] = [f for f in sys.meta_path if not isinstance(f, Absent)]


@pytest.fixture
def fixtures() -> Path:
    """The folder of our own small files, one subfolder per provider."""
    return FIXTURES


@pytest.fixture
def written(tmp_path):
    """A function that writes bytes or text to a file of that name and gives its path."""

    def write(name: str, content: bytes | str) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write
