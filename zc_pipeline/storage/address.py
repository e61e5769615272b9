"""Addresses of data folders that lie in an object store: ``s3://bucket/folder`` and its like."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from zc_pipeline.errors import UsageError

_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.:-]*://")
_WHOLE: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s?#][^\s?#]*")
_OF_THIS_MACHINE: Final = ("file", "local")
# Up to the last @: a password may have one, or a slash.
_USER: Final = re.compile(r"://(?P<user>.*)@", re.DOTALL)
# Their credentials come from the environment. Of these, the first have no @ before a bucket's name at all.
_BUCKETS: Final = ("s3", "s3a", "gs", "gcs")
_CONTAINERS: Final = ("az", "abfs", "abfss", "adl")


def is_address(place: str | Path) -> bool:
    """Whether a data folder is named by an address, and not by a path of this machine."""
    return isinstance(place, str) and _ADDRESS.match(place) is not None


def checked_address(text: str) -> str:
    """An address without the slashes at its end.

    Raises:
        UsageError: it is of a form that cannot hold a data folder; the sentence says which can.
    """
    scheme, _, rest = text.partition("://")
    if scheme in _OF_THIS_MACHINE:
        raise UsageError(f"{text} is a folder of this machine: give its path, without {scheme}://.")
    if not _WHOLE.fullmatch(text) or "::" in scheme:
        raise UsageError(
            f"{address_in_words(text)} is no address of a data folder: it is written as s3://bucket/folder, "
            "in one piece, without ? and #."
        )
    server = rest.partition("/")[0]
    has_password = "@" in rest and ":" in server
    if (scheme in _BUCKETS and "@" in server) or (scheme in (*_BUCKETS, *_CONTAINERS) and has_password):
        raise UsageError(
            f"{address_in_words(text)}: credentials for {scheme}:// come from the environment, not from the "
            "address. Leave out what stands before the @."
        )
    if has_password and "@" not in server and not server.rpartition(":")[2].isdecimal():
        raise UsageError(
            f"{address_in_words(text)}: a name or password with a slash cannot stand in an address. Use a "
            "key of that server, or another password."
        )
    return text.rstrip("/")


def address_in_words(address: str) -> str:
    """An address that can be printed: user and password, which some have, are left out."""
    return _USER.sub("://…@", address)


def secrets_of(address: str) -> tuple[str, ...]:
    """What of an address must not be printed, whoever repeats it: user with password, then the password."""
    match = _USER.search(address)
    if match is None or ":" not in match["user"]:
        return ()
    said = (match["user"], match["user"].partition(":")[2])
    return tuple(dict.fromkeys(form for one in said for form in (one, unquote(one)) if form))
