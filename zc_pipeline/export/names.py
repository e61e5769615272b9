"""File names made of what documents print: whole on every operating system, and no two alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

_FORBIDDEN: Final = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
# Most file systems take 255 bytes; some are left for the name of the file while it is being written.
_MOST_BYTES: Final = 200


def safe_stem(text: str) -> str:
    """A file name without suffix that every operating system takes, as like the text as possible.

    Characters that Windows forbids become ``_``, blanks one blank, and the end is cut where the name would be
    longer than a file system takes. The text is expected to begin with a word of ours, so that it is none of
    Windows' reserved names.
    """
    plain = "".join(" " if char.isspace() else char for char in unicodedata.normalize("NFC", text))
    kept = "".join(char for char in plain if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    name = re.sub(" +", " ", _FORBIDDEN.sub("_", kept))
    return _cut(name, _MOST_BYTES).strip(" .") or "_"


def unique_stems(texts: Iterable[str]) -> list[str]:
    """A safe name for each text, in order; names alike but for case or spelling form get a number."""
    taken: set[str] = set()
    names: list[str] = []
    for text in texts:
        stem = name = safe_stem(text)
        number = 1
        while _folded(name) in taken:
            number += 1
            name = f"{_cut(stem, _MOST_BYTES - len(str(number)) - 1)}_{number}"
        taken.add(_folded(name))
        names.append(name)
    return names


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _cut(text: str, most_bytes: int) -> str:
    return text.encode()[:most_bytes].decode(errors="ignore")
