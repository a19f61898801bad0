"""Memory that pictures have left behind."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress


def return_freed_memory() -> None:
    """Give memory that was freed back to the system; only glibc has to be told.

    It keeps blocks of up to 32 MB for later, in an arena for each thread: a few hundred MB after
    pictures of that size.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
