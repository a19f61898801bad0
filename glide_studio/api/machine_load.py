"""How busy the machine is with other programs, as far as the system tells."""

from __future__ import annotations

import os


def estimate_slowdown() -> float:
    """Return by which factor work takes longer than its processor time; 1 if nothing else runs."""
    if not hasattr(os, "getloadavg"):
        return 1.0
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
