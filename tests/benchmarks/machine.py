"""How evenly the machine itself runs: a fixed piece of work, timed again and again.

    python -m tests.benchmarks.machine [--seconds 60] [--beside nothing | computing | freeing]

A walk over small objects takes about a millisecond. Virtual machines that give freed memory back to
their host make every access to memory many times slower meanwhile, for all processes and counted as
their own processor time: no program is answered then, whatever it does. Beside a process that only
computes this does not happen; beside one that takes and frees memory, as every program with pictures
does, it may. What is printed is the floor under the figures of `responsiveness`.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import time

import numpy as np

OBJECTS, WALK = 40_000, 2_000
PAUSE_S = 0.004
BLOCK_SIZES = (200_000, 500_000, 900_000, 3_000_000, 8_000_000)  # values of four bytes


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=60)
    arguments.add_argument(
        "--beside", choices=["nothing", "computing", "freeing"], default="freeing"
    )
    options = arguments.parse_args()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, beside {options.beside}")
    work = {"computing": compute, "freeing": take_and_free}.get(options.beside)
    other = None if work is None else multiprocessing.Process(target=work, daemon=True)
    if other is not None:
        other.start()
    times = np.array(time_walks(options.seconds))
    if other is not None:
        other.terminate()
    middle, rare, longest = np.percentile(times, [50, 99.9, 100])
    print(f"a walk, processor time: median {middle:.2f} p99.9 {rare:.2f} longest {longest:.1f} ms")
    print(f"{np.count_nonzero(times > 10 * middle)} of {len(times)} took ten times the median")


def time_walks(seconds: float) -> list[float]:
    """Return the milliseconds of processor time that each walk over the objects took."""
    objects = [{"number": n, "text": str(n)} for n in range(OBJECTS)]
    random.shuffle(objects)
    end, at, times = time.perf_counter() + seconds, 0, list[float]()
    while time.perf_counter() < end:
        began = time.thread_time()
        for n in range(at, at + WALK):
            len(str(objects[n % OBJECTS]["text"]))
        times.append(1000 * (time.thread_time() - began))
        at += WALK
        time.sleep(PAUSE_S)
    return times


def compute() -> None:
    """Count for ever, in the cache alone."""
    while True:
        sum(range(100_000))


def take_and_free() -> None:
    """Take, fill and free memory for ever, as filters of pictures do."""
    while True:
        for size in BLOCK_SIZES:
            block = np.full(size, 1.5, np.float32)
            np.clip(block * 2 + block, 0, 1)


if __name__ == "__main__":
    main()
