"""What the surroundings say: where the data folder is, and how much one document may take.

Every environment variable of the program is read here.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zc_pipeline.errors import UsageError
from zc_pipeline.isolation.limits import Limits

DATA_DIR_VARIABLE: Final = "ZC_DATA_DIR"
_DEFAULT: Final = "data"


def data_dir(given: str | Path | None = None) -> Path:
    """The data folder: as given, else as ``ZC_DATA_DIR`` says, else ``data`` below the working folder."""
    return Path(given or os.environ.get(DATA_DIR_VARIABLE) or _DEFAULT).resolve()


@dataclass(frozen=True, slots=True)
class LimitVariable:
    """One environment variable that sets a limit.

    ``field`` is of :class:`~zc_pipeline.isolation.limits.Limits`, which measures in ``1 / unit`` of what the
    variable is measured in; ``least`` and ``most`` are as the variable is.
    """

    name: str
    field: str
    least: float
    most: float
    unit: int = 1
    is_whole: bool = True

    def read(self, text: str) -> float:
        """The field's value.

        Raises:
            UsageError: the text is no number that is allowed.
        """
        try:
            value = int(text) if self.is_whole else float(text)
        except ValueError:
            value = math.nan
        if not self.least <= value <= self.most:
            kind = "a whole number" if self.is_whole else "a number"
            raise UsageError(
                f"{self.name}={text!r} is not allowed: it takes {kind} from {self.least:,.10g} to "
                f"{self.most:,.10g}."
            )
        return value * self.unit


_MB: Final = 1 << 20
LIMIT_VARIABLES: Final = (
    LimitVariable("ZC_MAX_PAGES", "pages", 1, 100_000),
    LimitVariable("ZC_MAX_SECONDS", "seconds", 0.1, 86_400, is_whole=False),
    LimitVariable("ZC_MAX_SECONDS_PER_PAGE", "seconds_per_page", 0, 3_600, is_whole=False),
    LimitVariable("ZC_MAX_WAIT_FACTOR", "wait_factor", 1, 1_000, is_whole=False),
    LimitVariable("ZC_MAX_MEMORY_MB", "memory_bytes", 64, 1_048_576, _MB),
    LimitVariable("ZC_MAX_FILE_MB", "file_bytes", 1, 65_536, _MB),
    LimitVariable("ZC_MAX_RESULT_MB", "result_bytes", 1, 65_536, _MB),
    LimitVariable("ZC_MAX_OPEN_FILES", "open_files", 16, 65_536),
)


def read_limits(environment: Mapping[str, str] | None = None) -> Limits:
    """What one document may take: the defaults, but for what the environment sets.

    Args:
        environment: None takes the process's.

    Raises:
        UsageError: a variable has a value that is not allowed; the sentence names it.
    """
    environment = os.environ if environment is None else environment
    given = {one.field: one.read(text) for one in LIMIT_VARIABLES if (text := environment.get(one.name))}
    return Limits(**given)  # type: ignore[arg-type]
