"""Where things lie below the data folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DataPaths:
    """The data folder and what is in it.

    raw/<year>/**/*.pdf                      what people put in
    parquet/<table>/<table>_<year>.parquet   published tables, one file a year
    parquet/<table>/<year>/<document>.parquet  working tables, one file a document
    releases.yaml                            checks that people released
    revisions.yaml                           which documents people call versions of one another, which not
    state/                                   what the last completed run of a year had read; the lock
    """

    data_dir: Path

    @property
    def raw_dir(self) -> Path:
        """Where people put PDFs."""
        return self.data_dir / "raw"

    @property
    def parquet_dir(self) -> Path:
        """Where all tables are."""
        return self.data_dir / "parquet"

    @property
    def state_dir(self) -> Path:
        """What completed runs had read."""
        return self.data_dir / "state"

    @property
    def lock(self) -> Path:
        """The file by which writers keep each other out (``storage.lock``)."""
        return self.state_dir / "lock"

    @property
    def releases(self) -> Path:
        """The checks that people released."""
        return self.data_dir / "releases.yaml"

    @property
    def revisions(self) -> Path:
        """Which documents people call versions of one another, and which not."""
        return self.data_dir / "revisions.yaml"

    def table_dir(self, table: str) -> Path:
        """The folder of one table."""
        return self.parquet_dir / table

    def published(self, table: str, year: int | None) -> Path:
        """A published table's file of one year; None is for files that lie in no year's folder."""
        return self.table_dir(table) / f"{table}_{'unfiled' if year is None else year}.parquet"

    def working(self, table: str, year: int, document_id: str) -> Path:
        """A working table's file of one document."""
        return self.table_dir(table) / str(year) / f"{document_id}.parquet"

    def completed(self, year: int | None) -> Path:
        """The mark of a year's last completed run; None as in :meth:`published`."""
        return self.state_dir / f"completed_{'unfiled' if year is None else year}.json"

    def judged(self, year: int) -> Path:
        """What a year's last publication was made from."""
        return self.state_dir / f"judged_{year}.json"

    def working_index(self, table: str, year: int) -> Path:
        """What is known of a working table's files of a year without opening them."""
        return self.state_dir / f"{table}_{year}.json"
