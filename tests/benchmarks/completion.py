"""How long completion takes, by the size of the hole and of the picture, and how fast it cancels.

    python -m tests.benchmarks.completion [CASE ...]

Prints a row for every case: processor seconds and waiting seconds of the first candidate, by how much
the process's peak of memory grows (the least that it adds), and the most processor seconds between two
looks at cancel. Each case runs in a process of its own, so that one's memory does not count for
another.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.imaging.completion.complete import complete, warm_up

CASES = {  # name: width, height, side of the hole, all in pixels
    "768 x 512, hole of 10 %": (768, 512, 198),
    "6 megapixels, spot of 60": (3000, 2000, 60),
    "6 megapixels, spot of 150": (3000, 2000, 150),
    "24 megapixels, hole of 1500": (6000, 4000, 1500),
    "100 megapixels, hole of 1500": (12000, 8333, 1500),
}


def make_picture(width: int, height: int) -> NDArray[np.uint8]:
    """uint8 [height, width, 3]: clouds of noise at every scale, like leaves, stones or grass."""
    rng = np.random.default_rng(0)
    picture = np.full((height, width, 3), 128, np.int16)
    for octave in range(2, 9):
        cells = (max(2, height >> octave), max(2, width >> octave), 3)
        noise = rng.normal(0, 10, cells).astype(np.float32)
        picture += cv2.resize(noise, (width, height), interpolation=cv2.INTER_LINEAR).astype(
            np.int16
        )
    return np.clip(picture, 0, 255).astype(np.uint8)


def measure(case: tuple[int, int, int]) -> tuple[float, float, float, float]:
    """(processor s, waiting s, memory GB, processor s of the longest step) of one case."""
    width, height, side = case
    warm_up()
    picture = make_picture(width, height)
    hole = np.zeros((height, width), np.bool_)
    top, left = (height - side) // 2, (width - side) // 2
    disc = np.zeros((side, side), np.uint8)
    cv2.circle(disc, (side // 2, side // 2), side // 2, 1, -1)
    hole[top : top + side, left : left + side] = disc > 0
    looks: list[float] = []

    def look() -> bool:
        looks.append(time.thread_time())
        return False

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    processor, began = time.process_time(), time.perf_counter()
    complete(picture, hole, is_cancelled=look)
    processor, waited = time.process_time() - processor, time.perf_counter() - began
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return processor, waited, grown / 2**20, float(np.diff(looks).max())


def main(arguments: Sequence[str]) -> int:
    """Measure the chosen cases, all if none is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    names = parser.parse_args(arguments).cases or list(CASES)
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    print("case\tprocessor s\twaiting s\tadded GB\tlongest step s")
    context = multiprocessing.get_context("spawn")
    for name in names:
        with context.Pool(1) as pool:
            row = pool.apply(measure, (CASES[name],))
        print("\t".join([name, *(f"{value:.2f}" for value in row)]), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
