"""The files of a release, from a folder or an address, each verified against SHA256SUMS."""

from __future__ import annotations

import hashlib
import os
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from observatory_client.errors import NotVerified, ObservatoryError

SUMS = "SHA256SUMS"
SECONDS = 60


class Files:
    """Bytes of a release by name. From an address they are kept under their hash, and read once."""

    def __init__(self, at: str, cache: str | None = None) -> None:
        """Read SHA256SUMS; raises `ObservatoryError` where it is not there."""
        self.at = at.rstrip("/")
        self.remote = at.startswith(("http://", "https://"))
        self.cache = Path(cache) if cache else _cache()
        text = self._take(SUMS).decode()
        lines = [line.split("  ", 1) for line in text.splitlines() if "  " in line]
        self.digests = {name: digest for digest, name in lines}
        if not self.digests:
            raise ObservatoryError(f"{self.at}/{SUMS} lists no file, so there is no release here.")

    def read(self, name: str) -> bytes:
        """One file; raises `NotVerified` where its hash is not the published one."""
        if name not in self.digests:
            raise ObservatoryError(f"{self.at}: the release has no file {name}.")
        digest = self.digests[name]
        kept = self.cache / digest
        if self.remote and kept.is_file() and _digest(content := kept.read_bytes()) == digest:
            return content
        content = self._take(name)
        if _digest(content) != digest:
            raise NotVerified(
                f"{self.at}/{name} is not as the release published it: the release changed "
                "meanwhile, or the file is damaged. Open the release again."
            )
        if self.remote:
            _keep(kept, content)
        return content

    def _take(self, name: str) -> bytes:
        try:
            if not self.remote:
                return (Path(self.at) / name).read_bytes()
            with urllib.request.urlopen(f"{self.at}/{name}", timeout=SECONDS) as answer:
                return answer.read()
        except (OSError, urllib.error.URLError, ValueError) as error:
            raise ObservatoryError(
                f"{self.at}/{name} cannot be read ({error}); give the folder or the address of a "
                "release, in which SHA256SUMS is."
            ) from None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "observatory_client"


def _keep(path: Path, content: bytes) -> None:
    """Put the bytes in place whole; a cache that cannot be written is done without."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except OSError:
        return
