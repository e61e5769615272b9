"""All published tables at an address, as one list that is replaced in one step.

The files of a publication are first put under names that hold their content's sha256, ``published/…``. Then
``published.json``, which names them all, is replaced: one object, and with it all tables of all years change
at once. What it names is never written again, and stays for :data:`KEEP` after another list has taken its
place: who has read the list can read the tables.

The same files lie under their plain names too (``parquet/projects/projects_2024.parquet``), for readers who
know of no list. They are copied there after the list, one after the other.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any, Final

from zc_pipeline.errors import StorageRefused, UsageError
from zc_pipeline.remote.folder import RemoteFolder
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.storage.publication import StoredYear, read_year

SNAPSHOT: Final = "published.json"
OBJECTS: Final = "published/"
KEEP: Final = timedelta(days=1)
_FORMAT: Final = 1
_DIGITS: Final = 32
_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One published file: the object that holds it, its content's sha256 and its size in bytes."""

    object: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The list of published files.

    Attributes:
        files: plain name → where it is.
        superseded: objects that an earlier list named → since when no list does, UTC in ISO form.
        published_at: UTC, in ISO form.
    """

    files: Mapping[str, Entry] = field(default_factory=dict)
    superseded: Mapping[str, str] = field(default_factory=dict)
    published_at: str = ""

    def following(
        self, files: Mapping[str, Entry], objects: Iterable[str], now: datetime
    ) -> tuple[Snapshot, list[str]]:
        """The list that takes this one's place, and the objects that nobody needs any more.

        Args:
            files: what the new one names.
            objects: all that lie there, those that a killed run left unnamed included.
            now: UTC.
        """
        named = {entry.object for entry in files.values()}
        since = {
            name: self.superseded.get(name, now.isoformat(timespec="seconds"))
            for name in sorted({*objects, *self.superseded, *(one.object for one in self.files.values())})
            if name not in named
        }
        over = [name for name, when in since.items() if now - datetime.fromisoformat(when) > KEEP]
        kept = {name: when for name, when in since.items() if name not in over}
        return Snapshot(dict(files), kept, now.isoformat(timespec="seconds")), over


def object_name(name: str, sha256: str) -> str:
    """The name of the object that holds a file of this content."""
    plain = PurePosixPath(name)
    return f"{OBJECTS}{plain.stem}.{sha256[:_DIGITS]}{plain.suffix}"


def read_snapshot(folder: RemoteFolder) -> Snapshot | None:
    """The list of published files; None where there is none yet.

    Raises:
        UsageError: it is damaged, or of a later version of the program.
    """
    content = folder.read(SNAPSHOT)
    if content is None:
        return None
    try:
        said = json.loads(content)
        if said["format"] != _FORMAT:
            raise ValueError(f"format {said['format']}")
        files = {str(name): Entry(**one) for name, one in said["files"].items()}
        return Snapshot(files, dict(said["superseded"]), str(said["published_at"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{SNAPSHOT} at {folder.words} cannot be understood ({error}): it is damaged, or of a later "
            "version of zc_pipeline. Use that version, or put back the file as the store kept it."
        ) from error


def write_snapshot(folder: RemoteFolder, snapshot: Snapshot) -> None:
    """Replace the list, and with it all published tables, in one step."""
    content: dict[str, Any] = {"format": _FORMAT, **asdict(snapshot)}
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
    folder.write(SNAPSHOT, text.encode() + b"\n")


@dataclass(frozen=True, slots=True)
class Published:
    """What stands published at an address, at one moment.

    Attributes:
        published_at: UTC, in ISO form; empty where nothing is published.
        urls: table → year → the address of its file. None is for files that lie in no year's folder.
    """

    published_at: str
    urls: Mapping[str, Mapping[int | None, str]]


def published(address: str) -> Published:
    """What stands published at an address; the files it names stay for a day after they are superseded.

    Raises:
        UsageError: it is no address, or the package for such stores is not installed.
        StorageRefused: the store refuses.
    """
    folder = RemoteFolder(address)
    snapshot = read_snapshot(folder) or Snapshot()
    urls: dict[str, dict[int | None, str]] = {}
    for name, entry in sorted(snapshot.files.items()):
        plain = PurePosixPath(name)
        if plain.suffix == ".parquet":
            table, _, year = plain.stem.rpartition("_")
            urls.setdefault(table, {})[int(year) if year.isdecimal() else None] = folder.url(entry.object)
    return Published(snapshot.published_at, urls)


def read_published_year(address: str, tables: Sequence[str], year: int | None) -> StoredYear:
    """Read several published tables of a year that belong together, from an address.

    Args:
        address: of the data folder.
        tables: names of tables.
        year: the fiscal year; None is for files in no year's folder.

    Raises:
        UsageError, StorageRefused: as :func:`published`.
        MixedPublications: what was published does not belong together.
    """
    folder = RemoteFolder(address)
    for _ in range(_TRIES):
        snapshot = read_snapshot(folder) or Snapshot()
        with tempfile.TemporaryDirectory() as place:
            paths = DataPaths(Path(place))
            try:
                for table in tables:
                    target = paths.published(table, year)
                    entry = snapshot.files.get(target.relative_to(paths.data_dir).as_posix())
                    if entry is not None:
                        target.parent.mkdir(parents=True, exist_ok=True)
                        folder.get(entry.object, target)
            except FileNotFoundError:  # a reader slower than a day: the list is another by now
                continue
            return read_year(paths, tables, year, longest_wait=0)
    raise StorageRefused(
        f"{SNAPSHOT} at {folder.words} names files that are not there: put them back, or run again."
    )
