"""A document on its way to another machine: its bytes and its limits go, what its pages show comes back.

Both machines must read alike, or a table would depend on where its documents were read: what a reading
depends on goes along, and a machine where it differs reads nothing.
"""

from __future__ import annotations

import hashlib
import stat
import tempfile
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import MappingProxyType
from typing import Final

from zc_pipeline.errors import PublicationStopped, path_in_words
from zc_pipeline.isolation.limits import Limits
from zc_pipeline.isolation.reading import read_page_text_isolated
from zc_pipeline.parse.document import READER_VERSION, PageTextResult

_LIBRARIES: Final = ("pypdfium2", "pdfplumber", "pdfminer.six")


@dataclass(frozen=True, slots=True)
class Shipment:
    """A document that is read elsewhere.

    Attributes:
        name: of the file, for messages.
        content: its bytes. The machines need not share a file system.
        limits: what its reading may take there.
        made_for: :func:`reading_versions` of the machine that sends it.
    """

    name: str
    content: bytes
    limits: Limits
    made_for: tuple[tuple[str, str], ...]

    @property
    def sha256(self) -> str:
        """Of the bytes that are read there, in hex."""
        return hashlib.sha256(self.content).hexdigest()


def pack_file(path: Path, limits: Limits) -> Shipment | None:
    """A file to be read elsewhere; None where it must not or cannot be opened: reading it here says why."""
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > limits.file_bytes:
            return None
        return Shipment(path_in_words(path.name), path.read_bytes(), limits, reading_versions())
    except OSError:
        return None


def read_shipped(shipment: Shipment) -> PageTextResult:
    """Read a document that came from another machine, as a file of this one is read.

    Raises:
        PublicationStopped: this machine would read otherwise than the sender, or cannot read at all.
        UsageError: this system cannot isolate readers.
    """
    check_versions(shipment.made_for)
    with tempfile.TemporaryDirectory(prefix="zc_pipeline_") as folder:
        path = Path(folder) / "shipped.pdf"
        path.write_bytes(shipment.content)
        return read_page_text_isolated(path, shipment.limits)


@cache
def reading_versions() -> tuple[tuple[str, str], ...]:
    """What a reading depends on, and its version on this machine."""
    found = {"zc_pipeline's readers": READER_VERSION, "Unicode's data": unicodedata.unidata_version}
    for library in _LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            found[library] = "not installed"
    return tuple(found.items())


def check_versions(wanted: tuple[tuple[str, str], ...]) -> None:
    """Stop where this machine does not read as the one with these versions does.

    Raises:
        PublicationStopped: with the first difference.
    """
    here = MappingProxyType(dict(reading_versions()))
    for name, there in wanted:
        if here.get(name) != there:
            raise PublicationStopped(
                f"A worker has {name} {here.get(name, 'in no version')}, the run has {there}: the same file "
                "could give other text there. Install the same release and its locked versions on both."
            )
