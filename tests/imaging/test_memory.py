"""Tests of memory that pictures have left behind."""

from __future__ import annotations

import subprocess
import sys

import pytest

PICTURES = """
import numpy as np, psutil
from glide_studio.imaging.memory import map_large_blocks
if {mapped}:
    map_large_blocks()
for _ in range(4):
    np.ones(20 << 20, np.uint8)
own = psutil.Process()
before = own.memory_info().rss
pictures, small = [], []
for _ in range(20):
    pictures.append(np.ones(8 << 20, np.uint8))
    small.append(np.ones(100_000, np.uint8))
del pictures
print(own.memory_info().rss - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc alone keeps such blocks")
@pytest.mark.parametrize("mapped", [True, False])
def test_freed_pictures_leave_the_process(mapped: bool) -> None:
    run = subprocess.run(
        [sys.executable, "-c", PICTURES.format(mapped=mapped)],
        capture_output=True,
        check=True,
        timeout=60,
    )
    kept = int(run.stdout)
    assert (kept < 20 << 20) == mapped, f"{kept >> 20} MiB of 160 are kept"
