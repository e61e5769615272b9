"""A reader of all published tables that knows every version that may ever be seen of each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from zc_pipeline.schemas import LINK_TABLES, PUBLISHED_TABLES, TABLES
from zc_pipeline.storage.parquet import to_arrow
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.storage.publication import MixedPublications, read_year

# Tables that are put in place together.
GROUPS = (PUBLISHED_TABLES, LINK_TABLES, ("raw_disclosures",))
_MOST_FAULTS = 10
# The package's own reader is slow beside plain bytes: it reads every so many rounds.
_ROUNDS = 5
# Seconds between two rounds: the run that is being watched needs the cores too.
_REST = 0.002

Place = tuple[str, int]


@dataclass(frozen=True)
class Version:
    """One content of a table's file: the publications that it names, and a hash of its rows.

    Columns that differ between runs over the same files are left out of the hash.
    """

    label: str
    digest: str


Known = Mapping[Place, frozenset[Version | None]]


class DamagedError(Exception):
    """A file that cannot be read, or that does not have its table's schema."""


def digest_of(table: str, rows: pa.Table) -> str:
    """The hash of a table's rows in their order, volatile columns left out."""
    names = [one.name for one in TABLES[table].fields if not one.is_volatile]
    return hashlib.sha256(repr(rows.select(names).to_pylist()).encode()).hexdigest()


def examine(table: str, content: bytes) -> Version:
    """What the bytes of a table's file hold.

    Raises:
        DamagedError: they are no whole Parquet file of the table.
    """
    try:
        rows = pq.read_table(pa.BufferReader(content))
        rows.validate(full=True)
    except (pa.ArrowInvalid, OSError) as error:
        raise DamagedError(f"{table} cannot be read: {error}") from error
    if (
        rows.schema.names != TABLES[table].arrow_schema.names
        or rows.schema.types != TABLES[table].arrow_schema.types
    ):
        raise DamagedError(f"{table} has another schema: {rows.schema.names}")
    notes = json.loads(rows.schema.metadata[b"zc_pipeline.notes"])
    named = {key: notes.get(key) for key in ("publication_id", "previous_publication_id") if key in notes}
    return Version(json.dumps(named, sort_keys=True), digest_of(table, rows))


def version_at(path: Path, table: str) -> Version | None:
    """What lies at a path; None for nothing.

    Raises:
        DamagedError: as :func:`examine`.
    """
    try:
        return examine(table, path.read_bytes())
    except FileNotFoundError:
        return None


def versions(paths: DataPaths, years: Iterable[int]) -> dict[Place, Version | None]:
    """What lies at every place of some years."""
    return {
        (table, year): version_at(paths.published(table, year), table)
        for year in years
        for group in GROUPS
        for table in group
    }


@dataclass
class Seen:
    """What a reader saw.

    Attributes:
        reads: of single files, each whole.
        mixed: rounds in which tables of different publications lay beside each other, each naming its own.
        refused: of these, those in which the package's own reader said so in place of giving the tables.
        faults: sentences on what must never be.
    """

    reads: int = 0
    mixed: int = 0
    refused: int = 0
    faults: list[str] = field(default_factory=list)

    def add(self, other: Seen) -> None:
        """Take over what another reader saw."""
        self.reads += other.reads
        self.mixed += other.mixed
        self.refused += other.refused
        self.faults += other.faults

    def blame(self, fault: str) -> None:
        """Note a fault."""
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(fault)


class Reader:
    """Reads all published tables of some years, file by file, over and over."""

    def __init__(self, paths: DataPaths, years: Sequence[int], known: Known) -> None:
        self._paths, self._years, self._known = paths, years, known
        self._cache: dict[tuple[str, bytes], Version] = {}
        self._round = 0
        self.seen = Seen()

    def read_all(self) -> None:
        """One round."""
        self._round += 1
        for year in self._years:
            for group in GROUPS:
                self._read_group(group, year)
            if self._round % _ROUNDS == 1:
                self._read_as_users_do(year)

    def _read_group(self, group: Sequence[str], year: int) -> None:
        labels = set()
        for table in group:
            try:
                found = self._version(table, year)
            except DamagedError as error:
                self.seen.blame(f"{year}: {error}")
                continue
            self.seen.reads += 1
            if found not in self._known[table, year]:
                self.seen.blame(f"{table} of {year} is of no publication: {found}")
            labels.add(found.label if found else None)
        self.seen.mixed += len(labels) > 1

    def _version(self, table: str, year: int) -> Version | None:
        try:
            content = self._paths.published(table, year).read_bytes()
        except FileNotFoundError:
            return None
        key = (table, hashlib.sha256(content).digest())
        if key not in self._cache:
            self._cache[key] = examine(table, content)
        return self._cache[key]

    def _read_as_users_do(self, year: int) -> None:
        """The package's reader gives tables of one publication, or says that they are not."""
        try:
            found = read_year(self._paths, PUBLISHED_TABLES, year, longest_wait=0)
        except MixedPublications:
            self.seen.refused += 1
            return
        label = json.dumps({"publication_id": found.publication_id})
        for table, stored in found.tables.items():
            version = Version(label, digest_of(table, to_arrow(table, stored.frame)))
            if version not in self._known[table, year]:
                self.seen.blame(f"{table} of {year} was given with rows of another publication")


def keep_reading(stop: Connection, data_dir: Path, years: Sequence[int], known: Known) -> None:
    """Read until something comes through the connection, then send what was seen: the work of a process."""
    reader = Reader(DataPaths(data_dir), years, known)
    reader.read_all()
    stop.send("reading")
    while not stop.poll(_REST):
        reader.read_all()
    stop.send(reader.seen)
