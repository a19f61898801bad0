"""Keep the memory of activations instead of handing it back after every layer.

glibc maps each large block afresh and unmaps it when it is freed, so a CPU pays for zeroed pages at every
layer: some 15 % of the time of a residual block at any size (`tests/benchmarks/core.py` uses this). Where
the C library is another one, nothing happens.
"""

from __future__ import annotations

import ctypes
import sys

# The parameters of mallopt(3).
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_NEVER = 2**31 - 1


def keep() -> bool:
    """Keep freed memory for the next layer; True if the C library takes the advice.

    For the whole process. Call it before the first thread is started: memory is kept in one arena only.
    """
    library = _glibc()
    if library is None:
        return False
    advice = ((_ARENA_MAX, 1), (_MMAP_THRESHOLD, _NEVER), (_TRIM_THRESHOLD, _NEVER))
    return all(library.mallopt(parameter, value) == 1 for parameter, value in advice)


def release() -> None:
    """Hand what is free back to the system, as after dropping a network."""
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None
