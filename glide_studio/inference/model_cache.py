"""The networks in memory: loaded when first needed, dropped when memory is short."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import lru_cache
from pathlib import Path
from typing import TypeVar, cast

import torch
from torch import nn

from glide_studio.glide import classifier, clip, weights
from glide_studio.glide.classifier import Classifier
from glide_studio.glide.clip import CaptionEncoder, ImageEncoder
from glide_studio.glide.layers import OnBlock, noop
from glide_studio.glide.tokenizers import ClipTokenizer, Tokenizer
from glide_studio.glide.torch_compile import compile_network
from glide_studio.glide.unet import UNet
from glide_studio.inference.device import RESERVE_BYTES, free_bytes
from glide_studio.inference.models.download import hash_file
from glide_studio.paths import resources_folder

M = TypeVar("M", bound=nn.Module)
T = TypeVar("T")

POLL_INTERVAL_S = 0.05  # between two calls of `check_cancelled` while a network loads

LARGE_FILE_BYTES = 256 << 20
"""Two weight files above this never share a CPU's memory: reading one again takes less time than
two evaluations of its network."""

PRECISION = {"cuda": torch.float16}
"""Dtype of the diffusion networks' large matrices by device; elsewhere float32."""


class ModelCache:
    """The networks in memory of one device.

    precision: dtype of the diffusion networks' large matrices, None for the device's default.
    compiled: run the diffusion networks through torch.compile.
    exclusive: keep a single network at a time. reserved_bytes: memory that a run needs besides its
    networks.
    """

    def __init__(
        self,
        device: torch.device,
        precision: torch.dtype | None = None,
        compiled: bool = False,
    ) -> None:
        self.device = device
        self.compiled = compiled
        self.precision = precision or PRECISION.get(device.type, torch.float32)
        self.exclusive = False
        self.reserved_bytes = 0
        self.networks: dict[Path, nn.Module] = {}

    def unet(self, path: Path, check_cancelled: OnBlock = noop) -> UNet:
        """Return the diffusion network of a weight file.

        check_cancelled: called again and again while it loads; what it raises ends the loading.

        Raises:
            WeightsError, FileNotFoundError: if the file cannot be used; so for the others below.
        """
        if self.device.type == "cpu" and path not in self.networks:
            self._drop_large()
        return self._get(path, self._load_unet, check_cancelled)

    def image_encoder(self, path: Path, check_cancelled: OnBlock = noop) -> ImageEncoder:
        """Return CLIP's image encoder."""
        return self._get(path, clip.load_image_encoder, check_cancelled)

    def caption_encoder(self, path: Path, check_cancelled: OnBlock = noop) -> CaptionEncoder:
        """Return CLIP's text encoder."""
        return self._get(path, clip.load_caption_encoder, check_cancelled)

    def classifier(self, path: Path, check_cancelled: OnBlock = noop) -> Classifier:
        """Return the noise-aware classifier."""
        return self._get(path, classifier.load, check_cancelled)

    def clear(self) -> None:
        """Drop every network."""
        self.networks.clear()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()

    def _drop_large(self) -> None:
        """Drop the other large diffusion networks."""
        for other, network in [*self.networks.items()]:
            if isinstance(network, UNet) and (
                not other.exists() or other.stat().st_size > LARGE_FILE_BYTES
            ):
                del self.networks[other]

    def _load_unet(self, path: Path) -> UNet:
        network = weights.load(path, dtype=self.precision).to_fastest_layout(self.device)
        return compile_network(network) if self.compiled else network

    def _get(self, path: Path, load: Callable[[Path], M], check_cancelled: OnBlock) -> M:
        if path not in self.networks:
            # float32 in memory, half precision on disk, and the file itself while it is read.
            needed = 3 * path.stat().st_size + self.reserved_bytes
            if self.exclusive or needed > free_bytes(self.device) - RESERVE_BYTES:
                self.clear()
            self.networks[path] = run_cancellable(
                lambda: load(path).to(self.device), check_cancelled
            )
        return cast(M, self.networks[path])


def run_cancellable(work: Callable[[], T], check_cancelled: OnBlock) -> T:
    """Return what `work` returns, run in a thread of its own while `check_cancelled` is polled.

    If `check_cancelled` raises, the thread's result is discarded. Inference mode belongs to a
    thread, so that weights are never made in it: they could not pass a gradient on to the picture.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, name="weights", daemon=True).start()
    while True:
        try:
            return future.result(timeout=POLL_INTERVAL_S)
        except TimeoutError:
            if future.done():
                raise
            check_cancelled()


def digest_of(path: Path, check_cancelled: OnBlock = noop) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of a file as it is now."""
    status = path.stat()
    return run_cancellable(
        lambda: _digest(path, status.st_size, status.st_mtime_ns), check_cancelled
    )


@lru_cache(maxsize=64)
def _digest(path: Path, size: int, modified: int) -> str:
    """See `digest_of`; size and time of the file are keys of the cache."""
    return hash_file(path)[:16]


@lru_cache(maxsize=1)
def tokenizer() -> Tokenizer:
    """Return GLIDE's tokenizer, read once."""
    return Tokenizer(resources_folder() / "vocabulary" / "glide")


@lru_cache(maxsize=1)
def clip_tokenizer() -> ClipTokenizer:
    """Return CLIP's tokenizer, read once."""
    return ClipTokenizer(resources_folder() / "vocabulary" / "clip")
