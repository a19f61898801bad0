"""The priority of threads that work beside the window."""

from __future__ import annotations

import os
import sys

BACKGROUND_NICENESS = 5
"""A third of the window's share of a busy core, and of that of other programs."""


def lower_priority() -> None:
    """Let the window's thread go before the calling one; call it before that one starts others.

    On Linux each thread has a niceness of its own, which the threads it starts inherit. Elsewhere
    nothing is done, since it would slow down the whole program.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, 0, BACKGROUND_NICENESS)
