"""The device that networks run on, and how much memory is free there."""

from __future__ import annotations

from pathlib import Path

import psutil
import torch

RESERVE_BYTES = 1 << 30
"""Memory that a plan leaves free for the window, the document and other programs."""


def best_device() -> torch.device:
    """Return CUDA, else Apple's MPS, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def describe_device(device: torch.device) -> str:
    """Return the name of the device for the user."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return "Apple GPU"
    return f"CPU, {torch.get_num_threads()} threads"


def free_bytes(device: torch.device) -> int:
    """Return the memory that is free on the device, the reserve included."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return min(psutil.virtual_memory().available, free_in_cgroup(Path("/sys/fs/cgroup")))


def free_in_cgroup(folder: Path) -> int:
    """Return the bytes below the limit of a Linux control group (version 2), which psutil ignores.

    Without a limit: more than any machine has.
    """
    try:
        limit = (folder / "memory.max").read_text().strip()
        used = int((folder / "memory.current").read_text())
        return max(0, int(limit) - used)
    except (OSError, ValueError):
        return 1 << 62
