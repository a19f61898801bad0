"""How busy the machine is with other programs, as far as the system tells."""

from __future__ import annotations

import math
import os
import time
from collections import deque
from contextlib import suppress
from pathlib import Path

THREADS = Path("/proc/self/task")  # of Linux, with the times of each thread in `schedstat`
SAMPLE_S = 1.0  # between two looks
SAMPLES = 30  # that are kept
LOAD_MEMORY_S = 60.0  # time constant of the system's mean load
SETTLED_S = 10.0  # from which on two readings of it tell what ran between them
ENOUGH_S = 0.3  # of processor time, from which on its ratio tells something

Times = dict[str, tuple[float, float]]
"""Of a thread: seconds on a processor, and seconds that it waited for one."""

_samples: deque[tuple[float, Times]] = deque([(0.0, {})], maxlen=SAMPLES)


def estimate_slowdown(seconds: float = 0.0) -> float:
    """Return by which factor work takes longer than its processor time; 1 if nothing else runs.

    seconds: processor time of that work. Long work is judged by a longer past, in which programs
        that come and go even out.

    What the threads of this process waited of late says so best; the load of the system counts
    programs that are about to end, or that wait for the disk, as much as others.
    """
    measured = _measure_waiting(seconds)
    if measured is not None:
        return measured
    return max(1.0, _estimate_load() / (os.cpu_count() or 1))


def forget_waiting() -> None:
    """Measure from now on: while a program loads, its own threads wait for each other."""
    _samples.clear()
    _samples.append((time.monotonic(), _read_times()))


def _read_load() -> float:
    """Return the load of the system, its mean of the last minute; 0 if it tells none."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


_first_load = time.monotonic(), _read_load()


def _estimate_load() -> float:
    """Return the mean load since this process began, without what was before.

    The system's mean forgets by exp(-t / 60 s): what ran shortly before the program counts in it.
    """
    (began, first), load = _first_load, _read_load()
    seconds = time.monotonic() - began
    if seconds < SETTLED_S:
        return load
    kept = math.exp(-seconds / LOAD_MEMORY_S)
    return max(0.0, (load - kept * first) / (1 - kept))


def _measure_waiting(wanted: float) -> float | None:
    """Return how much longer this process took of late than it worked; None if that is unknown.

    wanted: seconds of processor time to look at, or as many as there are, ENOUGH_S at least.
    """
    now = time.monotonic()
    if now - _samples[-1][0] >= SAMPLE_S:
        _samples.append((now, _read_times()))
    newest, found = _samples[-1][1], None
    for _, before in reversed(_samples):
        ran = waited = 0.0
        for thread, (run, wait) in newest.items():
            earlier = before.get(thread, (0.0, 0.0))
            ran, waited = ran + run - earlier[0], waited + wait - earlier[1]
        if ran >= ENOUGH_S:
            # A system that does not count the waiting says that there was none at all.
            found = (ran + waited) / ran if waited else None
        if ran >= max(ENOUGH_S, wanted):
            break
    return found


def _read_times() -> Times:
    found: Times = {}
    with suppress(OSError):
        for thread in os.listdir(THREADS):
            with suppress(OSError, ValueError):
                run, wait, _ = (THREADS / thread / "schedstat").read_text().split()
                found[thread] = int(run) / 1e9, int(wait) / 1e9
    return found
