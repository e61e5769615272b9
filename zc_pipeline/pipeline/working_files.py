"""What is known of the working tables' files of a year without opening them.

A file is opened once after it was written, by whoever, and what it says is noted together with its size,
its time and its inode; while these are the same it is not opened again. The notes are a convenience: where
they are lost, damaged or of another version of the program, every file is opened once more.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from zc_pipeline.isolation.limits import Limits
from zc_pipeline.model import Problem, SecondReading
from zc_pipeline.parse.document import hash_file
from zc_pipeline.pipeline.gating import GATE_CODES
from zc_pipeline.schemas import TABLES
from zc_pipeline.storage.files import replace_file, text_writer
from zc_pipeline.storage.parquet import read_facts, read_table, versions_of
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.tables.notes import problems_from_json

# What a limit that was hit says of a document: with other limits it may be read.
LIMIT_CODES: Final = frozenset({"file_too_large", "page_limit", "time_limit", "memory_limit"})
# What the system said of a file, not the file itself: the next run may read it.
UNREADABLE_CODE: Final = "file_unreadable"
# Raised with the attributes of WorkingFile: notes of another shape are not taken over.
_NOTES_VERSION: Final = 2


@dataclass(frozen=True, slots=True)
class WorkingFile:
    """One working table's file as it stands.

    Attributes:
        sha256: of the file.
        rows: how many it has.
        why_not_current: why it must be made anew, in words; empty if it need not.
        made_from: sha256 of the file that it was made from; empty where that is the PDF.
        limits: the limits under which it was made, where one of them was hit; else empty.
        problems: what the gates said of its rows, as plain values.
        second_reading: which pages of the PDF were read by both readers, if it was made from the PDF.
        is_unread: whether the system did not let the PDF be read.
    """

    sha256: str
    rows: int
    why_not_current: str
    made_from: str
    limits: str
    problems: tuple[dict[str, Any], ...]
    second_reading: str = SecondReading.EVERY.value
    is_unread: bool = False

    @property
    def gate_problems(self) -> list[Problem]:
        """What the gates said of its rows when it was made."""
        return problems_from_json(self.problems)


def limits_key(limits: Limits) -> str:
    """Limits as a short text."""
    return hashlib.sha256(repr(limits).encode()).hexdigest()[:16]


def limits_note(problems: Iterable[Problem], limits: Limits) -> dict[str, str]:
    """What is noted with a document that hit a limit: under other limits it is read again."""
    is_hit = any(problem.code in LIMIT_CODES for problem in problems)
    return {"limits": limits_key(limits)} if is_hit else {}


def why_read(page_text: WorkingFile | None, limits: Limits) -> str:
    """Why a document must be read, in words; empty if it need not.

    Args:
        page_text: its `page_text` as it stands.
        limits: of this run.
    """
    if page_text is None:
        return "not read yet"
    if page_text.why_not_current:
        return page_text.why_not_current
    if page_text.is_unread:
        return "could not be read"
    if page_text.limits not in ("", limits_key(limits)):
        return "other limits"
    is_enough = SecondReading(page_text.second_reading).covers(limits.second_reading)
    return "" if is_enough else "fewer pages read by both readers than now wanted"


def completed_notes(codes: Iterable[str], limits: Limits, *, is_unread: bool) -> dict[str, Any]:
    """What is noted with a completed year, beside its files, of how they were read.

    Args:
        codes: of the problems that its documents have.
        limits: those in force.
        is_unread: whether the system did not let one of its files be read.
    """
    notes: dict[str, Any] = {"second_reading": limits.second_reading.value}
    if not LIMIT_CODES.isdisjoint(codes):
        notes["limits"] = limits_key(limits)
    if is_unread:
        notes["is_unread"] = True
    return notes


def would_read_otherwise(completed: Mapping[str, Any], limits: Limits) -> bool:
    """Whether a run would now read a completed year's files again though they are the same.

    That is where one could not be read, where one hit limits that are others by now, and where fewer pages
    were read by both readers than are wanted now.

    Args:
        completed: what :func:`completed_notes` noted. Where it says nothing of the second reading, what was
            read may have been read with the fewest comparisons.
        limits: those in force.
    """
    try:
        noted = SecondReading(completed.get("second_reading", SecondReading.WHEN_IN_DOUBT))
    except ValueError:
        noted = SecondReading.WHEN_IN_DOUBT
    is_of_these_limits = completed.get("limits", limits_key(limits)) == limits_key(limits)
    return (
        bool(completed.get("is_unread")) or not is_of_these_limits or not noted.covers(limits.second_reading)
    )


def why_stitch(stitched_rows: WorkingFile | None, page_text: WorkingFile | None) -> str:
    """Why a document's rows must be joined, in words; empty if they need not.

    Args:
        stitched_rows: its `stitched_rows` as it stands.
        page_text: its `page_text` as it stands.
    """
    if stitched_rows is None:
        return "not joined yet"
    if stitched_rows.why_not_current:
        return stitched_rows.why_not_current
    is_of_it = page_text is not None and stitched_rows.made_from == page_text.sha256
    return "" if is_of_it else "another page text"


class WorkingIndex:
    """The files of one working table and year. Call :meth:`save` at the end."""

    def __init__(self, paths: DataPaths, table: str, year: int) -> None:
        self.table = table
        self._folder = str(paths.table_dir(table) / str(year))  # as text: it is put together for each file
        self._place = paths.working_index(table, year)
        self._code = _code_of(table)
        self._entries = self._read()
        self._is_changed = False

    def look(self, document_id: str) -> WorkingFile | None:
        """A document's file as it stands; None where there is none, or a damaged one."""
        path = f"{self._folder}/{document_id}.parquet"
        marks = _marks_of(path)
        entry = self._entries.get(document_id)
        if marks is not None and entry is not None and entry["marks"] == marks:
            return WorkingFile(**{**entry["facts"], "problems": tuple(entry["facts"]["problems"])})
        found = self._open(Path(path)) if marks is not None else None
        if found is not None:
            self._entries[document_id] = {"marks": marks, "facts": asdict(found)}
            self._is_changed = True
        elif self._entries.pop(document_id, None) is not None:
            self._is_changed = True
        return found

    def noted_rows(self) -> dict[str, int]:
        """How many rows each file had when it was last looked at, by document."""
        return {one: entry["facts"]["rows"] for one, entry in self._entries.items()}

    def note(self, document_id: str, rows: int, notes: Mapping[str, Any]) -> None:
        """Note a file that has just been written with these notes."""
        path = Path(f"{self._folder}/{document_id}.parquet")
        one = self._facts(path, rows, notes, "")
        self._entries[document_id] = {"marks": _marks_of(path), "facts": asdict(one)}
        self._is_changed = True

    def forget(self, document_id: str) -> None:
        """Open the file again when it is next looked at."""
        self._is_changed |= self._entries.pop(document_id, None) is not None

    def save(self) -> None:
        """Keep what is known for the next run."""
        if not self._is_changed:
            return
        content = {"code": self._code, "files": self._entries}
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        replace_file(self._place, text_writer(text + "\n"))
        self._is_changed = False

    def _open(self, path: Path) -> WorkingFile | None:
        facts = read_facts(path, self.table)
        if facts is None or (not facts.why_not_current and read_table(path, self.table) is None):
            return None  # its rows are read too: a footer can be whole where they are not
        return self._facts(path, facts.rows, facts.notes, facts.why_not_current)

    def _facts(self, path: Path, rows: int, notes: Mapping[str, Any], why_not_current: str) -> WorkingFile:
        gates = [
            one
            for one in notes.get("problems", ())
            if one["stage"] == self.table and one["code"] in GATE_CODES.values()
        ]
        return WorkingFile(
            sha256=hash_file(path),
            rows=rows,
            why_not_current=why_not_current,
            made_from=notes.get("page_text_sha256", ""),
            limits=notes.get("limits", ""),
            problems=tuple(gates),
            second_reading=notes.get("second_reading", SecondReading.EVERY.value),
            is_unread=any(one["code"] == UNREADABLE_CODE for one in notes.get("problems", ())),
        )

    def _read(self) -> dict[str, Any]:
        try:
            content = json.loads(self._place.read_text(encoding="utf-8"))
            return dict(content["files"]) if content["code"] == self._code else {}
        except (OSError, ValueError, KeyError, TypeError):
            return {}


def count_working_rows(paths: DataPaths, table: str) -> int:
    """The rows of a working table over all years, from what is noted, or else from the files' footers."""
    root = paths.table_dir(table)
    return sum(_count_rows(paths, table, folder) for folder in root.iterdir()) if root.is_dir() else 0


def _count_rows(paths: DataPaths, table: str, folder: Path) -> int:
    if not folder.name.isdigit():
        return 0
    files = {path.stem: path for path in folder.glob("*.parquet")}
    noted = WorkingIndex(paths, table, int(folder.name)).noted_rows()
    facts = (read_facts(path, table) for one, path in files.items() if one not in noted)
    return sum(noted.get(one, 0) for one in files) + sum(one.rows for one in facts if one is not None)


def _code_of(table: str) -> str:
    """What the notes depend on beside the files: the columns, and what makes the table."""
    columns = [(field.name, str(field.type), field.nullable) for field in TABLES[table].fields]
    return hashlib.sha256(repr((_NOTES_VERSION, versions_of(table), columns)).encode()).hexdigest()


def _marks_of(path: str | Path) -> list[int] | None:
    """What another content of the file would change; None where there is no file."""
    try:
        status = Path(path).stat()
    except FileNotFoundError:
        return None
    return [status.st_size, status.st_mtime_ns, status.st_ino]
