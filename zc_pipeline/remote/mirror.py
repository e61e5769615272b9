"""The mirror of a remote data folder: brought in step before a run on this machine, sent back after it.

What people put in (PDFs, ``releases.yaml``, ``revisions.yaml``) goes one way, from the address to the mirror.
Published tables and the marks of completed years are taken from the snapshot, so that they belong together,
and sent back as the next one. Working tables and rows of `runs` are files by themselves: what a run that
died had made of them is kept, and sent by the next. In all else the address is right: what the mirror has
beside it is removed.

Locks, marks of runs at work, and notes on files' inodes are this machine's own, and stay.
"""

from __future__ import annotations

import json
import logging
import os
import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path, PurePosixPath
from typing import Final

from zc_pipeline.errors import StorageRefused, UsageError
from zc_pipeline.model import RawFile
from zc_pipeline.parse.document import hash_file
from zc_pipeline.remote.folder import Found, RemoteFolder, at_once
from zc_pipeline.remote.snapshot import (
    OBJECTS,
    Entry,
    Snapshot,
    object_name,
    read_snapshot,
    write_snapshot,
)
from zc_pipeline.remote.unfinished import unfinished_years
from zc_pipeline.schemas import RUN_TABLES, TABLES, WORKING_TABLES
from zc_pipeline.storage.files import remove_dead, replace_file, saying_why, write_json
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.storage.raw import raw_file

log = logging.getLogger("zc_pipeline")

COPIES: Final = "published_copies.json"
_STATE: Final = re.compile(r"state/(?:completed|judged)_(?:\d{4}|unfiled)\.json")
_WORKING: Final = re.compile(rf"parquet/(?:{'|'.join(WORKING_TABLES)})/\d{{4}}/[0-9a-f]{{64}}\.parquet")
_TABLE: Final = re.compile(r"parquet/(?P<table>[a-z_]+)/(?P=table)_(?P<part>[^./][^/]*)\.parquet")
_YEAR: Final = re.compile(r"\d{4}|unfiled")
_BY_PEOPLE: Final = ("releases.yaml", "revisions.yaml")
# Files after which it is noted what was read: a machine that dies while it reads has lost no more.
_NOTED_EVERY: Final = 500

_Marks = tuple[int, int, int]
_Copy = tuple[str, str]


class Kind(Enum):
    """What becomes of a file between an address and its mirror."""

    GIVEN = "given"  # a PDF: it comes, and never goes back
    WORDS = "words"  # what people wrote beside: as a PDF
    PUBLISHED = "published"  # in the snapshot
    OWN = "own"  # a working table or a row of `runs`: a file by itself


def kind_of(name: str) -> Kind | None:
    """What a file is, by its name below the data folder; None where it has no part in a mirror."""
    if name in _BY_PEOPLE:
        return Kind.WORDS
    if name.startswith("raw/"):
        is_hidden = any(part.startswith(".") for part in name.split("/"))
        return Kind.GIVEN if name.lower().endswith(".pdf") and not is_hidden else None
    if _STATE.fullmatch(name):
        return Kind.PUBLISHED
    if _WORKING.fullmatch(name):
        return Kind.OWN
    match = _TABLE.fullmatch(name)
    if match is None or match["table"] not in TABLES or match["table"] in WORKING_TABLES:
        return None
    if match["table"] in RUN_TABLES:
        return Kind.OWN
    return Kind.PUBLISHED if _YEAR.fullmatch(match["part"]) else None


def _year_of(name: str) -> int | None:
    """The year of what is published; None is for files that lie in no year's folder."""
    part = PurePosixPath(name).stem.rpartition("_")[2]
    return int(part) if part.isdecimal() else None


class Mirror:
    """The mirror of one address on this machine.

    ``paths`` is the data folder in it. Everything but :meth:`place` is for who holds its lock
    (``storage.lock``), and sending back for who holds the lease at the address too.
    """

    def __init__(self, folder: RemoteFolder, root: Path) -> None:
        self.paths = self.place(root)
        self._folder = folder
        self._notes = root / "mirror.json"
        self.id, self._known, self._pulled = self._read_notes()
        self._snapshot: Snapshot | None = None
        self._remote: dict[str, Found] = {}
        self._had: set[str] = set()
        self._copies: dict[str, _Copy] | None = None  # plain name → sha256 of what is there, and its mark

    @staticmethod
    def place(root: Path) -> DataPaths:
        """The data folder of a mirror."""
        return DataPaths(root / "data")

    def was_pulled(self, kinds: Iterable[Kind] = Kind) -> bool:
        """Whether all files of some kinds were once brought here."""
        return {kind.value for kind in kinds} <= self._pulled

    # --- from the address ---------------------------------------------------------------------

    def pull(self, kinds: Iterable[Kind] = Kind) -> None:
        """Bring the mirror in step with the address; only what is new is read from there.

        Args:
            kinds: what is wanted.

        Raises:
            UsageError: nothing lies there, or something has a name that no folder can hold.
            StorageRefused: the store refuses, or the mirror's disk.
        """
        kinds = frozenset(kinds)
        self._remote = self._folder.find()
        self._snapshot = read_snapshot(self._folder)
        wanted = {
            name: (name, found) for name, found in self._remote.items() if self._is_plain(name) in kinds
        }
        if Kind.PUBLISHED in kinds and self._snapshot is not None:
            for name, entry in self._snapshot.files.items():
                if kind_of(name) is Kind.PUBLISHED:
                    wanted[name] = (entry.object, Found(entry.size_bytes, entry.sha256, 0))
        if not wanted and self._snapshot is None and not any(kind_of(name) for name in self._remote):
            raise UsageError(
                f"Nothing lies at {self._folder.words}. Put the PDFs there, as raw/<year>/<name>.pdf, or "
                "give another address."
            )
        self.paths.raw_dir.mkdir(parents=True, exist_ok=True)
        here = self._here(kinds)
        for name in here.keys() - wanted.keys():
            if not self._is_to_be_sent(name, here[name]):
                self._drop(name)
        todo = [name for name in sorted(wanted) if not self._is_here(name, wanted[name][1], here.get(name))]
        if todo:
            log.info("%s: reading %d files into %s", self._folder.words, len(todo), self.paths.data_dir)
        remove_dead(self.paths.data_dir / name for name in todo)
        try:
            for begin in range(0, len(todo), _NOTED_EVERY):
                at_once(lambda name: self._fetch(name, *wanted[name]), todo[begin : begin + _NOTED_EVERY])
                self._save_notes()
            self._pulled |= {kind.value for kind in kinds}
        finally:
            self._save_notes()
        if kinds == frozenset(Kind):
            self._had = set(self._here(kinds))

    def raw_files(self) -> list[RawFile]:
        """The PDFs that lie at the address as :meth:`pull` found it, whether they were fetched or not."""
        files = []
        for name, found in self._remote.items():
            if kind_of(name) is Kind.GIVEN:
                known, here = self._known.get(name), _marks_of(self.paths.data_dir / name)
                is_here = here is not None and known == (found.mark, here)
                modified_ns = here[1] if here is not None and is_here else found.stamp_ns
                relative = Path(name).relative_to("raw")
                files.append(raw_file(self.paths, relative, found.size, modified_ns))
        return sorted(files, key=lambda file: file.source_file)

    def _is_plain(self, name: str) -> Kind | None:
        """What an object is that lies under its plain name; None where the snapshot has the say."""
        kind = kind_of(name)
        parts = name.split("/")
        longest = max(len(os.fsencode(part)) for part in parts)
        if kind is Kind.GIVEN and ("" in parts or "\0" in name or longest > _longest_name(self.paths)):
            raise UsageError(
                f"{self._folder.named(name)}: no folder can hold a file of this name. Give it another, then "
                "call again; nothing was done."
            )
        return None if kind is Kind.PUBLISHED and self._snapshot is not None else kind

    def _is_here(self, name: str, found: Found, marks: _Marks | None) -> bool:
        known = self._known.get(name)
        if marks is None or known is None or known[0] != found.mark:
            return False
        if known[1] != marks:
            # Changed here, not there. What a run that died had made of a file by itself is kept.
            return kind_of(name) is Kind.OWN
        if found.stamp_ns and kind_of(name) is Kind.GIVEN and marks[1] != found.stamp_ns:
            # The same content was put there again: its time is the same on every machine.
            path = self.paths.data_dir / name
            os.utime(path, ns=(found.stamp_ns, found.stamp_ns))
            self._note(name, found.mark)
        return True

    def _is_to_be_sent(self, name: str, marks: _Marks) -> bool:
        """Whether a file that the address does not have was made here by a run that died."""
        return kind_of(name) is Kind.OWN and name not in self._known

    def _fetch(self, name: str, source: str, found: Found) -> None:
        target = self.paths.data_dir / name

        def write(path: Path) -> None:
            try:
                self._folder.get(source, path)
            except FileNotFoundError as error:
                raise StorageRefused(
                    f"{self._folder.named(source)} vanished while it was read. Call again."
                ) from error
            is_whole = path.stat().st_size == found.size
            if source != name:
                is_whole = is_whole and hash_file(path) == found.mark
            if not is_whole:
                raise StorageRefused(
                    f"{self._folder.named(source)} was not read whole, or is being written. Call again; if "
                    "it stays so, put the file there anew."
                )
            if found.stamp_ns:
                os.utime(path, ns=(found.stamp_ns, found.stamp_ns))

        replace_file(target, write)
        self._note(name, found.mark)

    def _drop(self, name: str) -> None:
        path = self.paths.data_dir / name
        with saying_why(path.parent):
            path.unlink(missing_ok=True)
        self._known.pop(name, None)

    # --- to the address -----------------------------------------------------------------------

    def adopt(self, check: Callable[..., None]) -> None:
        """Make the first list, of published tables that lie there under plain names alone, as they are.

        Args:
            check: as in :meth:`push`.

        Raises:
            StorageRefused: the store refuses, or the lease was lost.
        """
        here = self._here({Kind.PUBLISHED})
        if self._snapshot is None and here:
            self._publish(check, self._entries(here), here)

    def push(self, check: Callable[..., None], *, only_own: bool = False) -> None:
        """Send what this machine made or removed since :meth:`pull`: the snapshot after all that it names.

        Of a year whose tables do not belong together, or whose links are not made, nothing is published: what
        was published of it stays, and so it does of the years that are linked to it.

        A push that dies anywhere leaves the snapshot of before or the one of now, each whole. The next one
        makes good what is missing of the copies under plain names.

        Args:
            check: raises where the lease is not held any more; ``is_asked=True`` asks the store.
            only_own: working tables and rows of `runs` alone.

        Raises:
            StorageRefused: the store refuses, or the lease was lost.
        """
        here = self._here(Kind)
        try:
            self._send_own(check, here)
            if not only_own:
                self._send_published(check, here)
                for name in self._had - here.keys():
                    if kind_of(name) is Kind.OWN:
                        check()
                        self._folder.remove(name)
                        self._known.pop(name, None)
                self._had = set(here)
        finally:
            self._save_notes()

    def _send_own(self, check: Callable[..., None], here: Mapping[str, _Marks]) -> None:
        def send(name: str) -> None:
            check()
            marks = _marks_of(self.paths.data_dir / name)
            if marks is not None:
                self._folder.put(self.paths.data_dir / name, name)
                self._known[name] = (self._folder.info(name).mark, marks)

        at_once(
            send, [one for one in sorted(here) if kind_of(one) is Kind.OWN and self._is_changed(one, here)]
        )

    def _send_published(self, check: Callable[..., None], here: Mapping[str, _Marks]) -> None:
        before = self._snapshot.files if self._snapshot is not None else {}
        gone = [name for name in before if name not in here and kind_of(name) and name.startswith("parquet/")]
        if gone:  # no run removes a published table
            raise StorageRefused(
                f"{self.paths.data_dir / gone[0]} vanished while a run was at work: leave the mirror alone. "
                f"Nothing was published at {self._folder.words}. Call again."
            )
        made = self._entries(here)
        changed = {_year_of(name) for name, _ in made.items() ^ before.items() if _TABLE.fullmatch(name)}
        unfinished = unfinished_years(self.paths, {_year_of(name) for name in made}, changed)
        for year in sorted(changed & unfinished, key=str):
            log.warning(
                "%s: what was published of %s stays as it was, as a run did not come to its end; the next "
                "one goes on from there",
                self._folder.words,
                year or "no year",
            )
        files = {name: one for name, one in made.items() if _year_of(name) not in unfinished}
        files |= {name: one for name, one in before.items() if _year_of(name) in unfinished}
        if self._snapshot is None or files != before:
            self._publish(check, files, {n: here[n] for n, one in files.items() if one == made.get(n)})
        self._copy(check, files)

    def _entries(self, here: Mapping[str, _Marks]) -> dict[str, Entry]:
        """What a list of the mirror's published files would say."""
        before = self._snapshot.files if self._snapshot is not None else {}
        files: dict[str, Entry] = {}
        for name, marks in here.items():
            if kind_of(name) is Kind.PUBLISHED:
                is_same = name in before and not self._is_changed(name, here)
                sha256 = before[name].sha256 if is_same else hash_file(self.paths.data_dir / name)
                files[name] = Entry(object_name(name, sha256), sha256, marks[0])
        return files

    def _publish(
        self, check: Callable[..., None], files: Mapping[str, Entry], here: Mapping[str, _Marks]
    ) -> None:
        """Put the objects of a list there, then the list; ``here``: those that are so in the mirror too."""
        before = self._snapshot or Snapshot()
        there = {*before.superseded, *(one.object for one in before.files.values())}
        new = [name for name in sorted(files) if files[name].object not in there]

        def send(name: str) -> None:
            check()
            self._folder.put(self.paths.data_dir / name, files[name].object)

        at_once(send, new)
        objects = [name for name in self._remote if name.startswith(OBJECTS)]
        after, needless = before.following(files, objects, datetime.now(UTC))
        check(is_asked=True)
        write_snapshot(self._folder, after)  # from here on, all readers of the list see the new tables
        self._snapshot = after
        for name, marks in here.items():
            self._known[name] = (files[name].sha256, marks)
        self._save_notes()
        for name in needless:
            check()
            self._folder.remove(name)
            self._remote.pop(name, None)

    def _copy(self, check: Callable[..., None], files: Mapping[str, Entry]) -> None:
        """Put published files under their plain names, marks of completed years last.

        Those that another wrote or removed there since are put there again.
        """
        if self._copies is None:
            self._copies = _copies(self._folder.read(COPIES))
        noted = self._copies
        there = {n: found.mark for n, found in self._remote.items() if kind_of(n) is Kind.PUBLISHED}
        # A table that no list ever named is somebody's own.
        stale = sorted(
            name
            for name in {*noted, *there}
            if name not in files and (name in noted or _STATE.fullmatch(name))
        )
        todo = [n for n, one in sorted(files.items()) if noted.get(n) != (one.sha256, there.get(n))]
        if not todo and not stale:
            return
        now = {name: noted[name] for name in files if name not in todo}

        def copy(name: str) -> None:
            check()
            self._folder.copy(files[name].object, name)
            found = self._remote[name] = self._folder.info(name)
            now[name] = (files[name].sha256, found.mark)

        at_once(copy, [name for name in todo if not name.startswith("state/")])
        for name in stale:
            check()
            self._folder.remove(name)
            self._remote.pop(name, None)
        at_once(copy, [name for name in todo if name.startswith("state/")])
        check()
        self._folder.write(COPIES, json.dumps(now, indent=1, sort_keys=True).encode() + b"\n")
        self._copies = now

    # --- notes --------------------------------------------------------------------------------

    def _is_changed(self, name: str, here: Mapping[str, _Marks]) -> bool:
        known = self._known.get(name)
        return known is None or known[1] != here[name]

    def _here(self, kinds: Iterable[Kind]) -> dict[str, _Marks]:
        """The files of the mirror, by name."""
        kinds = frozenset(kinds)
        found = {}
        for path in _files_below(self.paths.data_dir):
            name = path.relative_to(self.paths.data_dir).as_posix()
            marks = _marks_of(path) if kind_of(name) in kinds else None
            if marks is not None:
                found[name] = marks
        return found

    def _note(self, name: str, mark: str) -> None:
        marks = _marks_of(self.paths.data_dir / name)
        if marks is not None:
            self._known[name] = (mark, marks)

    def _read_notes(self) -> tuple[str, dict[str, tuple[str, _Marks]], frozenset[str]]:
        try:
            said = json.loads(self._notes.read_text(encoding="utf-8"))
            known = {name: (mark, tuple(marks)) for name, (mark, marks) in said["files"].items()}
            return said["id"], known, frozenset(said["pulled"])
        except (OSError, ValueError, KeyError, TypeError):
            return uuid.uuid4().hex, {}, frozenset()

    def _save_notes(self) -> None:
        content = {
            "id": self.id,
            "address": self._folder.words,
            "files": self._known,
            "pulled": sorted(self._pulled),
        }
        write_json(self._notes, content)


def _files_below(root: Path) -> Iterator[Path]:
    for folder, _, names in os.walk(root):
        for name in names:
            yield Path(folder, name)


def _longest_name(paths: DataPaths) -> int:
    """Bytes that a name may have in the mirror."""
    try:
        return os.pathconf(paths.data_dir, "PC_NAME_MAX")
    except (OSError, ValueError):  # no such folder yet, or a system that does not tell
        return 255


def _marks_of(path: Path) -> _Marks | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_size, status.st_mtime_ns, status.st_ino


def _copies(content: bytes | None) -> dict[str, _Copy]:
    """What was noted of the copies; one that is noted in another form is made again."""
    try:
        return {name: (sha256, mark) for name, (sha256, mark) in json.loads(content or b"{}").items()}
    except (ValueError, TypeError, AttributeError):
        return {}
