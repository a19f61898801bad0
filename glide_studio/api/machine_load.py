"""How busy the machine is with other programs, as far as the system tells."""

from __future__ import annotations

import os
import time
from collections import deque
from contextlib import suppress
from pathlib import Path

import psutil

THREADS = Path("/proc/self/task")  # of Linux, with the times of each thread in `schedstat`
SAMPLE_S = 1.0  # between two looks
SAMPLES = 30  # that are kept
OTHERS_S = 60.0  # how far back other programs are looked at
ENOUGH_S = 0.3  # of processor time, from which on its ratio tells something

BUSY = ("user", "nice", "system", "irq", "softirq", "steal", "interrupt", "dpc")
"""What processors do that is not idle, as psutil names it on the one system or the other."""

Times = dict[str, tuple[float, float]]
"""Of a thread: seconds on a processor, and seconds that it waited for one."""

_samples: deque[tuple[float, Times]] = deque([(0.0, {})], maxlen=SAMPLES)


def estimate_slowdown(seconds: float = 0.0, threads: int = 1) -> float:
    """Return by which factor work takes longer than its processor time; 1 if nothing else runs.

    seconds: processor time of that work. Long work is judged by a longer past, in which programs
        that come and go even out. threads: that it is done in at once. If these are several, a
        core that another program keeps is one too few, though a single thread need not wait.

    What the threads of this process waited of late says so best. The load that the system tells
    would count its own start, and is sampled so seldom that a short while of it is chance.
    """
    measured = _measure_waiting(seconds)
    if measured is not None and threads == 1:
        return measured
    return max(measured or 1.0, (threads + _count_busy_cores()) / (os.cpu_count() or 1))


def forget_waiting() -> None:
    """Measure from now on: while a program loads, its own threads wait for each other."""
    _samples.clear()
    _samples.append((time.monotonic(), _read_times()))


def _read_others() -> float:
    """Return the seconds that other programs have used processors; 0 if the system tells none."""
    try:
        times = psutil.cpu_times()
    except (OSError, RuntimeError):
        return 0.0
    return sum(getattr(times, name, 0.0) for name in BUSY) - time.process_time()


_readings: deque[tuple[float, float]] = deque([(time.monotonic(), _read_others())])


def _count_busy_cores() -> float:
    """Return how many cores other programs kept busy in the last minute, or since the start."""
    now = time.monotonic()
    if now - _readings[-1][0] >= SAMPLE_S:
        _readings.append((now, _read_others()))
    while len(_readings) > 1 and now - _readings[1][0] >= OTHERS_S:
        _readings.popleft()
    (began, before), (ended, after) = _readings[0], _readings[-1]
    return max(0.0, after - before) / (ended - began) if ended > began else 0.0


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
