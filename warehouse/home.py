"""Where generated data lives: one folder, `$OBSERVATORY_HOME`, and the names inside it.

Nothing else in the code base joins these paths by hand.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Home:
    """The folder of generated data (default `data/` beside the code, git-ignored)."""

    root: Path

    @classmethod
    def from_environment(cls) -> Home:
        """`$OBSERVATORY_HOME`, or `data/` in the current directory."""
        return cls(Path(os.environ.get("OBSERVATORY_HOME") or "data").absolute())

    @property
    def snapshots(self) -> Path | str:
        """Bytes as upstream served them, with their sidecars: a folder, or `$OBSERVATORY_SNAPSHOTS`,
        which may be a URL of fsspec such as `s3://bucket/prefix`.
        """
        return os.environ.get("OBSERVATORY_SNAPSHOTS") or self.root / "snapshots"

    @property
    def copies(self) -> Path:
        """Local copies of snapshots that stand elsewhere; may be removed at any time."""
        return self.root / "copies"

    @property
    def tables(self) -> Path:
        """Current good tables as Parquet."""
        return self.root / "tables"

    @property
    def releases(self) -> Path:
        """Published releases, one folder each, and the symlink `current`."""
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
        return self.root / "asked.json"

    @property
    def catalog_error(self) -> Path:
        """What is wrong in the catalog; absent where it is right."""
        return self.root / "catalog_error.txt"

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
        return self.tables / "history" / provider / f"{dataset}.parquet"

    def indicator(self, indicator_id: str) -> Path:
        """Every record that one indicator claims, with its fate."""
        return self.tables / "indicator" / f"{indicator_id}.parquet"

    def rejected(self, indicator_id: str) -> Path:
        """The candidate that failed its judgement, all of it in quarantine; absent when good."""
        return self.tables / "indicator" / f"{indicator_id}.rejected.parquet"

    def table(self, name: str) -> Path:
        """One published table."""
        return self.tables / f"{name}.parquet"
