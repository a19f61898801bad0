"""The priority of threads that work beside the window."""

from __future__ import annotations

import os
import sys

BACKGROUND_NICENESS = 10
"""A tenth of the window's share of a busy core, and of that of other programs of its session.

With a third of it, a turn of the window in which much is due waits for a core half as long again.
"""


def lower_priority() -> None:
    """Let the window's thread go before the calling one; call it before that one starts others.

    On Linux each thread has a niceness of its own, which the threads it starts inherit. Elsewhere
    nothing is done, since it would slow down the whole program.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, 0, BACKGROUND_NICENESS)
