"""A folder in an object store, by name of what is in it: the only place that knows ``fsspec``."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from zc_pipeline.errors import StorageRefused, UsageError, ZcPipelineError
from zc_pipeline.storage.address import address_in_words, checked_address, secrets_of

# What stores call the mark of a content, and the time of its writing.
_CONTENT_MARKS: Final = ("ETag", "etag", "md5Hash", "generation")
_TIMES: Final = (
    "LastModified",
    "last_modified",
    "updated",
    "mtime",
    "modified",
    "modify",
    "modifiedTime",
    "modificationTime",
    "created",
)
# A number as large is milliseconds: seconds would lie beyond the year 5000.
_MILLISECONDS: Final = 1e11
_EXTRAS: Final = {"s3": "python -m pip install 'zc_pipeline[s3]'"}
_AT_ONCE: Final = 8
_SECOND_NS: Final = 1_000_000_000

_One = TypeVar("_One")


@dataclass(frozen=True, slots=True)
class Found:
    """One object.

    Attributes:
        size: in bytes.
        mark: what another content would change; the same in a listing and for the object alone.
        stamp_ns: a time for its copy here. Seconds are those of its writing; the rest comes from its mark, so
            that two contents written within a second have two times, and one has the same on every machine.
    """

    size: int
    mark: str
    stamp_ns: int


class RemoteFolder:
    """A folder at an address. Every method raises :class:`StorageRefused` where the store refuses.

    Names are relative, with forward slashes. An object is there whole or not at all, where the store keeps
    to that: all object stores do.
    """

    def __init__(self, address: str) -> None:
        """Open a folder.

        Raises:
            UsageError: nothing can hold it, or the package for such stores is not installed.
        """
        import fsspec

        address = checked_address(address)
        self.words: Final = address_in_words(address)
        self._secrets: Final = secrets_of(address)
        scheme = address.split("://", 1)[0]
        try:
            self._fs, root = fsspec.core.url_to_fs(address)
        except ImportError as error:
            remedy = _EXTRAS.get(scheme, "install it beside zc_pipeline")
            raise UsageError(
                f"{self.words} needs a package that is not installed ({self._plain(error)}): {remedy}."
            ) from self._cause(error)
        except ValueError as error:
            raise UsageError(
                f"{self.words}: no such kind of store is known ({self._plain(error)})."
            ) from self._cause(error)
        except Exception as error:  # some look for their server at once
            raise self._refused("cannot be reached", error) from self._cause(error)
        self._root = root.rstrip("/") + "/"

    def url(self, name: str) -> str:
        """The full address of an object, for who opens it; not to be printed."""
        return str(self._fs.unstrip_protocol(self._root + name))

    def named(self, name: str) -> str:
        """An object's address that can be printed."""
        return f"{self.words}/{name}"

    def find(self, below: str = "") -> dict[str, Found]:
        """Every object below a name that ends in a slash, or of the whole folder, by name."""
        with self._saying("cannot be listed"):
            self._fs.invalidate_cache()
            try:
                listed = self._listed((self._root + below).rstrip("/"), is_required=not below)
            finally:
                self._fs.invalidate_cache()
            return {
                path[len(self._root) :]: self._found(path, info)
                for path, info in listed.items()
                if path.startswith(self._root + below) and info.get("type") != "directory"
            }

    def info(self, name: str) -> Found:
        """One object's marks."""
        with self._saying(f"does not tell of {name}"):
            return self._found(self._root + name, self._fs.info(self._root + name))

    def read(self, name: str) -> bytes | None:
        """An object's content; None where there is none."""
        with self._saying(f"does not let {name} be read"):
            try:
                return bytes(self._fs.cat_file(self._root + name))
            except FileNotFoundError:
                return None

    def write(self, name: str, content: bytes) -> None:
        """Put an object in place of what is there."""
        with self._saying(f"does not let {name} be written"):
            self._in_its_folder(name, lambda path: self._fs.pipe_file(path, content))

    def create(self, name: str, content: bytes) -> bool:
        """Write an object where there is none, in one step; returns whether it was this call that did.

        ``content`` must be nobody else's: a request that the network lost the answer of is told by it.
        """
        with self._saying(f"does not let {name} be written"):
            try:
                self._in_its_folder(name, lambda path: self._fs.pipe_file(path, content, mode="create"))
            except Exception:
                there = self.read(name)
                if there is None:
                    raise
                return there == content
        return True

    def get(self, name: str, target: Path) -> None:
        """Write an object's content to a path.

        Raises:
            FileNotFoundError: there is none.
        """
        with self._saying(f"does not let {name} be read", FileNotFoundError):
            self._fs.get_file(self._root + name, str(target))

    def put(self, source: Path, name: str) -> None:
        """Put a file's content in place of what is there."""
        with self._saying(f"does not let {name} be written"):
            self._in_its_folder(name, lambda path: self._fs.put_file(str(source), path))

    def copy(self, name: str, other: str) -> None:
        """Put an object's content in place of another's, within the store."""
        with self._saying(f"does not let {other} be written"):
            self._in_its_folder(other, lambda path: self._fs.cp_file(self._root + name, path))

    def remove(self, name: str) -> None:
        """Remove an object, if it is there."""
        with self._saying(f"does not let {name} be removed"), contextlib.suppress(FileNotFoundError):
            self._fs.rm_file(self._root + name)

    def _listed(self, folder: str, *, is_required: bool) -> dict[str, Mapping[str, Any]]:
        """Every object in a folder and those below it, by path; none where the folder need not be there.

        The general ``find`` of ``fsspec`` leaves out a folder that it cannot list, as if nothing lay there.
        """
        try:
            if not _has_general_find(self._fs):
                return dict(self._fs.find(folder, detail=True))
            todo = [self._fs.ls(folder, detail=True)]
        except FileNotFoundError:
            if is_required:
                raise
            return {}
        found: dict[str, Mapping[str, Any]] = {}
        while todo:
            for info in todo.pop():
                path = info["name"].rstrip("/")
                if info.get("type") != "directory":
                    found[path] = info
                elif path != folder:
                    todo.append(self._fs.ls(path, detail=True))
        return found

    def _in_its_folder(self, name: str, write: Callable[[str], object]) -> None:
        """Write an object; its folder is made before, where the store knows folders and has it not yet.

        Object stores are not asked to make one: that takes the right to make buckets.
        """
        path = self._root + name
        try:
            write(path)
        except FileNotFoundError:
            with contextlib.suppress(Exception):  # what the second try says is what is missing
                self._fs.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
            write(path)

    def _found(self, path: str, info: Mapping[str, Any]) -> Found:
        size = int(info.get("size") or 0)
        times = (_seconds(info[key]) for key in _TIMES if info.get(key) is not None)
        seconds = next((one for one in times if one is not None), None)
        marks = [str(info[key]).strip('"') for key in _CONTENT_MARKS if info.get(key) is not None]
        if seconds is None and not marks:
            raise StorageRefused(
                f"{self.named(path[len(self._root) :])}: the store tells neither a mark of a file's content "
                "nor the time of its writing, so nobody could see that another lies there by now. Use a "
                "store that tells one of them, or copy the files to a folder of this machine."
            )
        mark = json.dumps([size, *(marks or [f"{seconds:.3f}"])])
        within = int.from_bytes(hashlib.sha256(mark.encode()).digest()[:8], "big") % _SECOND_NS
        return Found(size, mark, int(seconds or 0) * _SECOND_NS + within)

    @contextlib.contextmanager
    def _saying(self, what: str, *passed: type[Exception]) -> Iterator[None]:
        """Turn whatever a store's library raises, each its own errors, into a sentence."""
        try:
            yield
        except Exception as error:
            if isinstance(error, (ZcPipelineError, *passed)):
                raise
            raise self._refused(what, error) from self._cause(error)

    def _refused(self, what: str, error: Exception) -> StorageRefused:
        if isinstance(error, PermissionError):
            remedy = "Look after the credentials in the environment and what they allow"
        elif isinstance(error, FileNotFoundError):
            remedy = "Look after the address: is there such a bucket or folder?"
        else:
            remedy = "Look after the address, the network and the credentials in the environment"
        return StorageRefused(
            f"{self.words} {what}: {type(error).__name__}: {self._plain(error)}. {remedy}, then call again. "
            "What was published stays whole, and nothing needs repair."
        )

    def _plain(self, error: Exception) -> str:
        """What a library says, without what of the address is nobody's business."""
        said = str(error)
        for secret in self._secrets:
            said = said.replace(secret, "…")
        return said

    def _cause(self, error: Exception) -> Exception | None:
        """What an error came from, where that can be printed."""
        return None if self._secrets else error


def at_once(work: Callable[[_One], None], todo: list[_One]) -> None:
    """Do the same for many objects, several at a time, as the network is slow for each.

    Raises:
        Exception: the first that one of them raised; what was not begun by then is not done.
    """
    if len(todo) < 2:
        for one in todo:
            work(one)
        return
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        futures = [pool.submit(work, one) for one in todo]
        try:
            for future in futures:
                future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _has_general_find(store: Any) -> bool:
    """Whether a store is listed folder by folder by ``fsspec`` itself, and not in the store's own way."""
    from fsspec.asyn import AsyncFileSystem
    from fsspec.spec import AbstractFileSystem

    own = type(store)
    if isinstance(store, AsyncFileSystem):
        return own._find is AsyncFileSystem._find
    return own.find is AbstractFileSystem.find


def _seconds(time: object) -> float | None:
    """A time in any of the forms that stores give it, in seconds since 1970; None where it is none."""
    if isinstance(time, str):
        digits = time.split(".")[0]  # FTP: 20240301120000.123
        form = f"{digits[:8]}T{digits[8:]}" if digits.isdecimal() and len(digits) == 14 else time
        time = datetime.fromisoformat(form)
    if isinstance(time, datetime):
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    if not isinstance(time, int | float):
        return None
    return time / 1000 if time > _MILLISECONDS else float(time)
