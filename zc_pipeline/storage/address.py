"""Addresses of data folders that lie in an object store: ``s3://bucket/folder`` and its like."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from zc_pipeline.errors import UsageError

_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.:-]*://")
_WHOLE: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s?#][^\s?#]*")
_OF_THIS_MACHINE: Final = ("file", "local")
_USER: Final = re.compile(r"://[^/@]*@")


def is_address(place: str | Path) -> bool:
    """Whether a data folder is named by an address, and not by a path of this machine."""
    return isinstance(place, str) and _ADDRESS.match(place) is not None


def checked_address(text: str) -> str:
    """An address without the slashes at its end.

    Raises:
        UsageError: it is of a form that cannot hold a data folder; the sentence says which can.
    """
    scheme = text.split("://", 1)[0]
    if scheme in _OF_THIS_MACHINE:
        raise UsageError(f"{text} is a folder of this machine: give its path, without {scheme}://.")
    if not _WHOLE.fullmatch(text) or "::" in scheme:
        raise UsageError(
            f"{address_in_words(text)} is no address of a data folder: it is written as s3://bucket/folder, "
            "in one piece, without ? and #."
        )
    return text.rstrip("/")


def address_in_words(address: str) -> str:
    """An address that can be printed: user and password, which some have, are left out."""
    return _USER.sub("://…@", address)
