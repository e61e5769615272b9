"""Writing files so that a reader sees the old one or the new one, never half of one.

A file is written beside its place under a name of its own, ``.<name>.<pid>.tmp`` (a hash in place of a long
name), brought to the disk, and only then put in its place in one step. A process that is killed leaves such
files beside; :func:`remove_staged` and :func:`remove_dead` are for those who come after it.
"""

from __future__ import annotations

import contextlib
import errno
import getpass
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from zc_pipeline.errors import StorageRefused

Writer = Callable[[Path], None]

# Bytes; most file systems end a name at 255.
_LONG_NAME: Final = 200
_STAGED: Final = re.compile(r"\.(?P<name>.+)\.(?P<pid>\d+)\.tmp")
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN: Final = (errno.EACCES, errno.EPERM, errno.EROFS)
# What file systems say that cannot bring a folder's entries to the disk by themselves.
_NO_FOLDER_SYNC: Final = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)


@contextlib.contextmanager
def replacing(targets: Mapping[Path, Writer]) -> Iterator[None]:
    """Write several files beside their targets; on leaving the block, put all of them in place.

    Nothing is put in place when writing or the block fails. All files are on the disk before the first is
    put in place; then each target changes in one step (``os.replace``), one directly after the other, in the
    order given. A reader between two of the steps, or after a kill between them, sees new files beside old
    ones, each whole: files that belong together must say so themselves (``storage.publication``).

    Raises:
        StorageRefused: the disk is full, or the folder may not be written; the sentence names it.
    """
    staged: dict[Path, Path] = {}
    try:
        for target, write in targets.items():
            with saying_why(target.parent):
                _make_folder(target.parent)
                beside = staged[target] = _beside(target)
                write(beside)
                _sync(beside)
        yield
        for target, beside in staged.items():
            with saying_why(target.parent):
                beside.replace(target)
        for folder in {target.parent for target in staged}:
            with saying_why(folder):
                _sync_folder(folder)
    finally:
        for beside in staged.values():
            with contextlib.suppress(OSError):
                beside.unlink(missing_ok=True)


def replace_file(target: Path, write: Writer) -> None:
    """Write one file and put it in place in one step.

    Raises:
        StorageRefused: as :func:`replacing`.
    """
    with replacing({target: write}):
        pass


def text_writer(text: str) -> Writer:
    """A function that writes a text to a path, in UTF-8."""

    def write(path: Path) -> None:
        path.write_text(text, encoding="utf-8")

    return write


def write_json(target: Path, content: Any) -> None:
    """Write JSON in one step, keys sorted."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1)
    replace_file(target, text_writer(text + "\n"))


def remove_staged(folder: Path, *, only_dead: bool = False) -> int:
    """Remove staged files from a folder, not from the folders in it.

    Args:
        folder: it need not be there.
        only_dead: leave alone those of living processes. Else all are removed: only for one who knows that
            nobody is writing there, as who holds the lock of the data folder does of its tables.

    Returns:
        How many there were; none where the folder may not be changed.
    """
    return sum(_remove(path) for path, _, pid in _staged_in(folder) if not (only_dead and is_alive(pid)))


def remove_dead(targets: Iterable[Path]) -> int:
    """Remove what killed processes staged for some files; what a living process stages is left alone.

    Returns:
        How many there were.
    """
    names: dict[Path, set[str]] = {}
    for target in targets:
        names.setdefault(target.parent, set()).add(_short(target.name))
    return sum(
        _remove(path)
        for folder, wanted in names.items()
        for path, name, pid in _staged_in(folder)
        if name in wanted and not is_alive(pid)
    )


def is_alive(pid: int) -> bool:
    """Whether a process of this number runs on this machine."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


@contextlib.contextmanager
def saying_why(folder: Path) -> Iterator[None]:
    """Turn what the system says when it refuses to write into a sentence for the user.

    Args:
        folder: what was to be written lies there.

    Raises:
        StorageRefused: the block met an error of the system.
    """
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise StorageRefused(refusal(folder, error)) from error


def refusal(folder: Path, error: OSError) -> str:
    """The sentence for a folder that the system refuses to write to."""
    if error.errno in _FULL:
        what = f"{folder} cannot be written: the disk is full, or a quota or limit of file size is reached."
        remedy = "Make room there"
    elif error.errno in _FORBIDDEN:
        what = f"{_nearest(folder)} cannot be written by the user {_user()}: {os.strerror(error.errno)}."
        remedy = "Give this user the right to write there"
    else:
        what = f"{folder} cannot be written: {error.strerror or error}."
        remedy = "Look after the disk"
    return f"{what} {remedy}, then call again. What was published stays whole, and nothing needs repair."


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next((one for one in (folder, *folder.parents) if _is_there(one)), folder)


def _is_there(folder: Path) -> bool:
    try:
        return folder.exists()
    except PermissionError:  # below a folder that may not be entered
        return False


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a number without a name, as in containers
        return str(os.getuid())


def _beside(target: Path) -> Path:
    return target.with_name(f".{_short(target.name)}.{os.getpid()}.tmp")


def _short(name: str) -> str:
    """A file's name as its staged file has it: one that takes all the room of a name has none for more."""
    name_bytes = os.fsencode(name)
    return name if len(name_bytes) <= _LONG_NAME else hashlib.sha256(name_bytes).hexdigest()[:32]


def _staged_in(folder: Path) -> Iterator[tuple[Path, str, int]]:
    """The staged files of a folder: path, name of the target as :func:`_short` has it, pid of the writer."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries]
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in names:
        match = _STAGED.fullmatch(name)
        if match:
            yield folder / name, match["name"], int(match["pid"])


def _remove(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:  # gone by itself, or not ours to remove: it harms nobody
        return False
    return True


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it; each new one is brought to the disk with its entry."""
    if folder.is_dir():
        return
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in missing:
        _sync_folder(made.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    try:
        _sync(folder)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
