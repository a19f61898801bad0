"""Which networks are in memory: loaded when first needed, dropped when memory is short."""

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
from glide_studio.glide.clip_tokenizer import ClipTokenizer
from glide_studio.glide.compiling import compiled
from glide_studio.glide.layers import Between, nothing
from glide_studio.glide.tokenizer import Tokenizer
from glide_studio.glide.unet import UNet
from glide_studio.inference.device import RESERVE_BYTES, free_bytes
from glide_studio.inference.models.download import hash_file
from glide_studio.paths import resources_folder

M = TypeVar("M", bound=nn.Module)
T = TypeVar("T")

PATIENCE = 0.05  # seconds between two looks at whether the user has cancelled

LARGE = 256 << 20
"""Bytes of a weight file from which on a CPU takes longer for two evaluations than for reading it again; so
two such networks never share its memory."""

PRECISION = {"cuda": torch.float16}
"""Of the diffusion networks' large matrices, by device; elsewhere float32."""


@lru_cache(maxsize=64)
def digest(path: Path, size: int, modified: int) -> str:
    """First 16 hexadecimal digits of a file's sha256; size and time are the cache's key."""
    return hash_file(path)[:16]


class Residents:
    """The networks in memory of one device.

    precision: of the diffusion networks' large matrices, None for what suits the device.
    compiled: run the diffusion networks through torch.compile.
    alone: keep a single network at a time. room: bytes that a run needs beside its networks.
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
        self.alone = False
        self.room = 0
        self.networks: dict[Path, nn.Module] = {}

    def network(self, path: Path, between: Between = nothing) -> UNet:
        """The diffusion network of a weight file; `between` is called while it loads, and may raise.

        Raises:
            WeightsError, FileNotFoundError: if the file cannot be used; so for the others below.
        """
        if self.device.type == "cpu" and path not in self.networks:
            self._drop_large()
        return self._held(path, self._unet, between)

    def images(self, path: Path, between: Between = nothing) -> ImageEncoder:
        """CLIP's image encoder."""
        return self._held(path, clip.load_image_encoder, between)

    def captions(self, path: Path, between: Between = nothing) -> CaptionEncoder:
        """CLIP's text encoder."""
        return self._held(path, clip.load_caption_encoder, between)

    def classifier(self, path: Path, between: Between = nothing) -> Classifier:
        """The noise-aware classifier."""
        return self._held(path, classifier.load, between)

    def free(self) -> None:
        """Drop every network."""
        self.networks.clear()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()

    def _drop_large(self) -> None:
        """Let go of the other diffusion networks that are large."""
        for other, network in [*self.networks.items()]:
            if isinstance(network, UNet) and (not other.exists() or other.stat().st_size > LARGE):
                del self.networks[other]

    def _unet(self, path: Path) -> UNet:
        network = weights.load(path, dtype=self.precision).laid_out(self.device)
        return compiled(network) if self.compiled else network

    def _held(self, path: Path, load: Callable[[Path], M], between: Between) -> M:
        if path not in self.networks:
            # float32 in memory, half precision on disk, and the file itself while it is read.
            needed = 3 * path.stat().st_size + self.room
            if self.alone or needed > free_bytes(self.device) - RESERVE_BYTES:
                self.free()
            self.networks[path] = waited(lambda: load(path).to(self.device), between)
        return cast(M, self.networks[path])


def waited(work: Callable[[], T], between: Between) -> T:
    """What `work` returns, done in a thread of its own, while `between` is called again and again.

    Gigabytes are not read in 300 ms. If `between` raises, the thread ends unheard. Inference mode is a
    thread's own: weights that were made in it could not pass a gradient on to the picture.
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
            return future.result(timeout=PATIENCE)
        except TimeoutError:
            if future.done():
                raise
            between()


def digest_of(path: Path, between: Between = nothing) -> str:
    """The digest of a file as it is now; `between` as above."""
    status = path.stat()
    return waited(lambda: digest(path, status.st_size, status.st_mtime_ns), between)


@lru_cache(maxsize=1)
def tokenizer() -> Tokenizer:
    """GLIDE's tokenizer, read once."""
    return Tokenizer(resources_folder() / "vocabulary" / "glide")


@lru_cache(maxsize=1)
def clip_tokenizer() -> ClipTokenizer:
    """CLIP's tokenizer, read once."""
    return ClipTokenizer(resources_folder() / "vocabulary" / "clip")
