"""`releases.yaml`: a person's word that a check which a source fails itself does not hold it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import yaml

from zc_pipeline.errors import CATALOGUE, UsageError
from zc_pipeline.model import Release

_KEYS: Final = ("document_id", "check", "reason", "name", "date")


def read_releases(path: Path) -> tuple[Release, ...]:
    """Read the releases; none where there is no file.

    The file is a list of entries with ``document_id`` (all 64 digits), ``check`` (a problem code that can be
    released), ``reason``, ``name`` and ``date``.

    Raises:
        UsageError: the file is not of that form; the sentence names the entry.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except yaml.YAMLError as error:
        raise UsageError(f"{path} is no YAML: {error}") from error
    if content is None:
        return ()
    if not isinstance(content, list):
        raise UsageError(f"{path} must be a list of releases.")
    return tuple(_read_entry(path, number, entry) for number, entry in enumerate(content, start=1))


def _read_entry(path: Path, number: int, entry: object) -> Release:
    where = f"{path}, entry {number}"
    if not isinstance(entry, dict) or set(entry) != set(_KEYS):
        raise UsageError(f"{where} must have exactly the keys {', '.join(_KEYS)}.")
    values = {key: str(entry[key]).strip() for key in _KEYS}
    empty = [key for key in _KEYS if entry[key] is None or not values[key]]
    if empty:
        raise UsageError(f"{where} leaves {', '.join(empty)} empty.")
    condition = CATALOGUE.get(values["check"])
    if condition is None or not condition.is_releasable:
        releasable = ", ".join(one.code for one in CATALOGUE.values() if one.is_releasable)
        raise UsageError(f"{where}: {values['check']!r} cannot be released; these can: {releasable}.")
    return Release(**values)
