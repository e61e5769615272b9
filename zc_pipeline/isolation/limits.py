"""How much one document may take, with the reasons for the defaults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from zc_pipeline.model import SecondReading

# How much longer the same work takes a core whose neighbours are busy too, as they share caches and units.
# Pages that take 0.13 s on an idle machine were seen to take 0.2 s where four programs shared a core.
BUSY_SLOWDOWN: Final = 2.0
_MB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What the reading of one document may take; beyond it, the document is refused for that reason.

    Attributes:
        pages: of one file.
        seconds: for opening the file and anything that does not grow with its pages.
        seconds_per_page: added for each page. Dense tables take 0.15 to 0.2 s a page of one core; the ten
            seconds before them are the margin of short files.
        wait_factor: seconds are those in which the reader ran or could have run: plain time less the time in
            which it stood in the kernel's queue because others had the cores, so that a busy machine refuses
            no honest document. While it is busy, a second counts half (``BUSY_SLOWDOWN``). Plain time is
            limited too: to this multiple of the seconds.
        memory_bytes: address space beyond what the readers take before they see the file.
        file_bytes: size of the file.
        result_bytes: size of what is handed back; a dense page takes 20 kB.
        open_files: of the reader, its own program's included.
        second_reading: which pages the second reader reads in full, which takes most of the time.
    """

    pages: int = 3_000
    seconds: float = 10.0
    seconds_per_page: float = 0.2
    wait_factor: float = 20.0
    memory_bytes: int = 1_024 * _MB
    file_bytes: int = 256 * _MB
    result_bytes: int = 128 * _MB
    open_files: int = 64
    second_reading: SecondReading = SecondReading.EVERY

    def seconds_for(self, pages: int) -> float:
        """The time for a file of so many pages; 0 while the pages are not known."""
        return self.seconds + self.seconds_per_page * pages

    @property
    def most_seconds(self) -> float:
        """The time for the longest file that is read."""
        return self.seconds_for(self.pages)
