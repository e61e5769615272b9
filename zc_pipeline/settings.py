"""Where the data folder is, from words or the environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

DATA_DIR_VARIABLE: Final = "ZC_DATA_DIR"
_DEFAULT: Final = "data"


def data_dir(given: str | Path | None = None) -> Path:
    """The data folder: as given, else as ``ZC_DATA_DIR`` says, else ``data`` below the working folder."""
    return Path(given or os.environ.get(DATA_DIR_VARIABLE) or _DEFAULT).resolve()
