"""Where generated data lives: `$OBSERVATORY_HOME`, a folder or `s3://bucket/prefix`, and the names inside.

Nothing else in the code base joins these paths by hand. All of them are paths of this machine; where
the home is on an object store, asking for one fetches what the store has (`warehouse.elsewhere`).
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warehouse.elsewhere import Elsewhere

WORK = "OBSERVATORY_WORK"  # the folder of this machine for a home on an object store


@dataclass(frozen=True)
class Home:
    """The folder of generated data (default `data/` beside the code, git-ignored).

    `url` is where the home is, if that is an object store; `root` is then the folder of this machine
    that holds copies, what is at work, and what belongs to the machine alone (logs, survey answers).
    """

    root: Path
    url: str = ""

    @classmethod
    def at(cls, address: str) -> Home:
        """The home at a path or a URL; that of a URL works in `$OBSERVATORY_WORK`, or in a cache.

        Raises `WarehouseError` where the URL is not one of an object store.
        """
        if "://" not in address:
            return cls(Path(address).absolute())
        url = address.rstrip("/")
        cache = (
            Path.home() / ".cache" / "observatory" / hashlib.sha256(url.encode()).hexdigest()[:12]
        )
        home = cls(Path(os.environ.get(WORK) or cache).absolute(), url)
        # From here on what is written below `root` is known to belong to it.
        assert home.elsewhere is not None
        return home

    @classmethod
    def from_environment(cls) -> Home:
        """`$OBSERVATORY_HOME`, or `data/` in the current directory."""
        return cls.at(os.environ.get("OBSERVATORY_HOME") or "data")

    @property
    def address(self) -> str:
        """The path or URL of the home, for other processes and for people."""
        return self.url or str(self.root)

    @property
    def elsewhere(self) -> Elsewhere | None:
        """The object store that the home is on; None for a folder."""
        if not self.url:
            return None
        from warehouse import elsewhere

        return elsewhere.of(self.url, self.root)

    def refresh(self) -> None:
        """Look again at what the object store holds, since other machines write to it, too."""
        if (place := self.elsewhere) is not None:
            place.refresh()

    def _here(self, path: Path) -> Path:
        place = self.elsewhere
        return path if place is None else place.bring(path)

    @property
    def snapshots(self) -> Path | str:
        """Bytes as upstream served them, with their sidecars: a folder, or `$OBSERVATORY_SNAPSHOTS`,
        which may be a URL of fsspec such as `s3://bucket/prefix`.
        """
        elsewhere = f"{self.url}/snapshots" if self.url else None
        return os.environ.get("OBSERVATORY_SNAPSHOTS") or elsewhere or self.root / "snapshots"

    @property
    def copies(self) -> Path:
        """Local copies of snapshots that are elsewhere; may be removed at any time."""
        return self.root / "copies"

    @property
    def tables(self) -> Path:
        """Current good tables as Parquet."""
        return self.root / "tables"

    @property
    def releases(self) -> Path:
        """Published releases, one folder each, and the symlink `current`."""
        if (place := self.elsewhere) is not None:
            place.follow()
        return self.root / "releases"

    @property
    def publications(self) -> Path:
        """What is made from the current release, one folder per release: exports, workbooks, pages."""
        return self.root / "publications"

    @property
    def dagster(self) -> Path:
        """The one Dagster instance of `build`, `refresh` and `ui`."""
        return self.root / "dagster"

    @property
    def logs(self) -> Path:
        """Full logs of commands, for those who look for the cause of an error."""
        return self.root / "logs"

    @property
    def lock(self) -> Path:
        """The record of the lease: which run or command may write."""
        return self.root / "run.lock"

    @property
    def asked(self) -> Path:
        """When each upstream was asked last, and when it last answered."""
        return self._here(self.root / "asked.json")

    @property
    def catalog_error(self) -> Path:
        """What is wrong in the catalog; absent where it is right."""
        return self.root / "catalog_error.txt"

    @property
    def complete(self) -> Path:
        """How everything was when nothing was out of date; absent where something may be."""
        return self.root / "complete.json"

    @property
    def candidate(self) -> Path:
        """A release that waits for a person; absent where none does."""
        return self.releases / "candidate"

    @property
    def inbox(self) -> Path:
        """Where survey files are dropped; those read are taken away."""
        return self.root / "inbox"

    @property
    def survey(self) -> Path:
        """Answers of survey waves without what identifies a person; not published as they are."""
        return self.root / "survey"

    @property
    def protected(self) -> Path:
        """What identifies the persons who answered, and the files as they came; mode 0700."""
        return self.root / "protected"

    def history(self, provider: str, dataset: str) -> Path:
        """Source records of one dataset with their validity intervals."""
        return self._here(self.tables / "history" / provider / f"{dataset}.parquet")

    def indicator(self, indicator_id: str) -> Path:
        """Every record that one indicator claims, with its fate."""
        return self._here(self.tables / "indicator" / f"{indicator_id}.parquet")

    def rejected(self, indicator_id: str) -> Path:
        """The candidate that failed its judgement, all of it in quarantine; absent when good."""
        return self._here(self.tables / "indicator" / f"{indicator_id}.rejected.parquet")

    def table(self, name: str) -> Path:
        """One published table."""
        return self._here(self.tables / f"{name}.parquet")
