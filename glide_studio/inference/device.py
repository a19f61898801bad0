"""Where networks run, and how much memory is free there."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import torch

RESERVE = 1 << 30
"""Bytes that a plan leaves free: the window, the document and everybody else need some too."""


def best_device() -> torch.device:
    """CUDA, else Apple's MPS, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def in_words(device: torch.device) -> str:
    """The device as people call it."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return "Apple GPU"
    return f"CPU, {torch.get_num_threads()} threads"


def free_bytes(device: torch.device) -> int:
    """Memory that a run may still take on the device, before the reserve."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return free_ram()


def free_ram() -> int:
    """On Linux the smaller of MemAvailable and what the cgroup leaves; elsewhere half of all memory."""
    meminfo = Path("/proc/meminfo")
    if not meminfo.exists():
        if sys.platform == "win32":
            return 8 << 30
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    fields = dict(line.split(":", 1) for line in meminfo.read_text().splitlines())
    available = int(fields["MemAvailable"].split()[0]) * 1024
    return min(available, cgroup_left(Path("/sys/fs/cgroup")))


def cgroup_left(folder: Path) -> int:
    """Bytes below the limit of a version 2 control group; without a limit, more than any machine has."""
    try:
        limit = (folder / "memory.max").read_text().strip()
        used = int((folder / "memory.current").read_text())
    except (OSError, ValueError):
        return 1 << 62
    return (1 << 62) if limit == "max" else max(0, int(limit) - used)


def lower_priority() -> None:
    """Let the window's thread go first; call it in the engine's thread before torch's workers are born.

    Linux gives each thread a niceness of its own, which the workers inherit; elsewhere nothing is done,
    since it would slow the whole program.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, 0, 10)
