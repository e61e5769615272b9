"""Memory that nothing needs any more, given back to the system between the stages.

What a stage leaves free stays with the process, at the allocators of Python, of Arrow and of the C library,
and little of it suits the next stage: without this, what the stages take adds up.
"""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable
from functools import cache

import pyarrow as pa


def give_back_memory() -> None:
    """Give back what is free. Takes some milliseconds; where the system cannot do it, it stays as it is."""
    gc.collect()
    pa.default_memory_pool().release_unused()
    trim = _trim()
    if trim is not None:
        trim(0)


def use_returnable_memory() -> None:
    """Let Arrow allocate with the C library for the rest of the process: all that is free can be given back.

    Its own allocators keep more than half as much again as a year's tables take, for a use that may not come.
    """
    pa.set_memory_pool(pa.system_memory_pool())


@cache
def _trim() -> Callable[[int], int] | None:
    """``malloc_trim`` of the GNU C library; None where the C library is another."""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # musl and macOS; Windows
        return None
    trim.argtypes, trim.restype = [ctypes.c_size_t], ctypes.c_int
    return trim
