"""Which networks are in memory: loaded when first needed, dropped when memory is short."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch

from glide_studio.base.places import resources_folder
from glide_studio.engine.device import RESERVE, free_bytes
from glide_studio.glide import weights
from glide_studio.glide.tokenizer import Tokenizer
from glide_studio.glide.unet import UNet
from glide_studio.library.download import hash_file


@dataclass(frozen=True, slots=True)
class Resident:
    """A network in memory and the first 16 hexadecimal digits of its file's sha256."""

    network: UNet
    digest: str


@lru_cache(maxsize=64)
def digest(path: Path, size: int, modified: int) -> str:
    """First 16 hexadecimal digits of a file's sha256; size and time are the cache's key."""
    return hash_file(path)[:16]


class Residents:
    """The networks in memory of one device."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.networks: dict[Path, Resident] = {}

    def network(self, path: Path) -> Resident:
        """The network of a weight file.

        Raises:
            WeightsError, FileNotFoundError: if the file can not be used.
        """
        if path not in self.networks:
            status = path.stat()
            # float32 in memory, half precision on disk, and the file itself while it is read.
            if 3 * status.st_size > free_bytes(self.device) - RESERVE:
                self.free()
            network = weights.load(path)
            if self.device.type == "cuda":
                network.cast(torch.float16)
            network = network.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
            name = digest(path, status.st_size, status.st_mtime_ns)
            self.networks[path] = Resident(network, name)
        return self.networks[path]

    def free(self) -> None:
        """Drop every network."""
        self.networks.clear()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()


@lru_cache(maxsize=1)
def tokenizer() -> Tokenizer:
    """GLIDE's tokenizer, read once."""
    return Tokenizer(resources_folder() / "vocabulary" / "glide")
