"""What a process may do, by the means of its kernel: resource limits, no network, no life after its parent.

Each function says whether it holds; on systems other than Linux some cannot.
"""

from __future__ import annotations

import ctypes
import math
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from zc_pipeline.isolation.limits import BUSY_SLOWDOWN, Limits

if sys.platform != "win32":
    import resource

_IS_LINUX: Final = sys.platform == "linux"
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000
_C: Final = ctypes.CDLL(None, use_errno=True) if _IS_LINUX else None


def leave_network() -> bool:
    """Move this process and its children to a network without a way out; False where that is not allowed.

    To be called while the process has one thread. A user without privileges gets a user namespace of his own
    for it; files are opened with his rights as before.
    """
    if _C is None:
        return False
    if _C.unshare(_CLONE_NEWNET) == 0:
        return True
    # For root, a new user namespace would take away the right to read other users' files.
    return os.geteuid() != 0 and _C.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0


def end_with_parent(parent: int) -> bool:
    """Have the kernel kill this process when its parent ends; False where it cannot.

    Args:
        parent: pid of the parent; it may be gone already.
    """
    if _C is None:
        return False
    _C.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
    return True


def confine(limits: Limits) -> None:
    """Limit this process for good, before it sees the file; :func:`allow_pages` raises its CPU seconds."""
    if _C is not None:
        _C.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _limit(resource.RLIMIT_CORE, 0, 0)
    _limit(resource.RLIMIT_FSIZE, 0, 0)
    _limit(resource.RLIMIT_NPROC, 0, 0)
    _limit(resource.RLIMIT_NOFILE, limits.open_files, limits.open_files)
    _limit(resource.RLIMIT_CPU, _cpu(limits.seconds), _cpu(limits.most_seconds) + 1)
    memory = address_space() + limits.memory_bytes
    _limit(resource.RLIMIT_AS, memory, memory)


def allow_pages(limits: Limits, pages: int) -> None:
    """Raise the CPU seconds of this process to what a file of so many pages may take."""
    _limit(resource.RLIMIT_CPU, _cpu(limits.seconds_for(pages)), _cpu(limits.most_seconds) + 1)


def _cpu(seconds: float) -> int:
    """Whole seconds; the caller's clock comes first, this is what holds when the caller is stopped."""
    return math.ceil(BUSY_SLOWDOWN * seconds) + 1


def _limit(kind: int, soft: int, hard: int) -> None:
    _, given = resource.getrlimit(kind)
    if given != resource.RLIM_INFINITY:
        soft, hard = min(soft, given), min(hard, given)
    with suppress(ValueError, OSError):  # macOS refuses some
        resource.setrlimit(kind, (soft, hard))


def address_space() -> int:
    """Bytes of this process's address space now; 0 where it cannot be known."""
    if not _IS_LINUX:
        return 0
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()


def peak_address_space() -> int:
    """Bytes of the largest address space this process had so far; 0 where it cannot be known."""
    if not _IS_LINUX:
        return 0
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    line = next((one for one in status.splitlines() if one.startswith("VmPeak:")), "VmPeak: 0")
    return int(line.split()[1]) * 1024


def seconds_in_queue(pid: int) -> float:
    """How long a process stood in the kernel's queue, ready to run, while others had the cores.

    0 where the kernel does not tell, or the process is gone.
    """
    try:
        fields = Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()
        return int(fields[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0
