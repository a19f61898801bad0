"""Memory that pictures have left behind."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of glibc's malloc.h
LARGE_BLOCK_BYTES = 4 << 20
KEPT_BYTES = 32 << 20


def map_large_blocks() -> None:
    """Have blocks from 4 MiB on, as pictures are, go back to the system as soon as they are freed.

    glibc would raise that limit to 32 MiB by itself and keep what is smaller between other blocks.
    Of smaller ones `KEPT_BYTES` stay for later: what is given back must be cleared to be had again.
    Call it once, when a program starts that stays open.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK_BYTES)
            ctypes.CDLL(None).mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)


def return_freed_memory() -> None:
    """Give memory that was freed back to the system; only glibc has to be told.

    It keeps smaller blocks for later, in an arena for each thread.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
