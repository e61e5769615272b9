"""Writing files so that a reader sees the old one or the new one, never half of one."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

Writer = Callable[[Path], None]


@contextlib.contextmanager
def replacing(targets: Mapping[Path, Writer]) -> Iterator[None]:
    """Write several files beside their targets; on leaving the block, put all of them in place.

    Nothing is put in place when writing or the block fails. Each target changes in one step
    (``os.replace``); a reader between two of the steps may see one new file beside an old one.
    """
    staged: dict[Path, Path] = {}
    try:
        for target, write in targets.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            beside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
            staged[target] = beside
            write(beside)
            _sync(beside)
        yield
        for target, beside in staged.items():
            beside.replace(target)
        for folder in {target.parent for target in staged}:
            _sync(folder)
    finally:
        for beside in staged.values():
            beside.unlink(missing_ok=True)


def replace_file(target: Path, write: Writer) -> None:
    """Write one file and put it in place in one step."""
    with replacing({target: write}):
        pass


def write_json(target: Path, content: Any) -> None:
    """Write JSON in one step, keys sorted."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1)
    replace_file(target, lambda beside: _write_text(beside, text + "\n"))


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
