"""`Tile`: 128x128 pixels that can be spilled to a store and loaded again.

Pixels are unsigned integers, uint8 or uint16, with 1 channel (a mask) or 4 (RGBA, straight alpha).
A tile never changes; only where its pixels are kept does. `spill` drops them once a store has them,
and the next read of `pixels` loads them again.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Set
from typing import Any, Protocol

import cv2
import numpy as np

from glide_studio.imaging.types import Pixels

TILE_PX = 128  # side of a tile
MAX_LEVEL = 7  # of the mip levels: 64, 32 ... 1 pixels a side

# A random start makes ids unique among processes, so that tiles of several processes can share a
# store; counting from there keeps rows of one process together in it. Fits 63 bits.
_ids = itertools.count(secrets.randbits(62))


def new_tile_id() -> int:
    """Make a number, 0 .. 2**63 - 1, that no other tile or block has."""
    return next(_ids)


class TileSource(Protocol):
    """Loads the pixels of tiles that are not in memory."""

    def load(self, tile_id: int) -> Pixels:
        """Load the pixels [128, 128, C] of a tile that was saved under this id."""
        ...


class TileStore(TileSource, Protocol):
    """Gets to hold all tiles of a document sooner or later: the working store."""

    def holds(self, tile: Tile) -> bool:
        """Tell if `load` can load a tile; does not wait for tiles that are being written."""
        ...


class Tile:
    """128x128xC pixels; two tiles are equal only if they are the same object."""

    __slots__ = ("__weakref__", "_mips", "_opaque", "_pixels", "_source", "channels", "dtype", "id")

    def __init__(self, pixels: Pixels, tile_id: int | None = None) -> None:
        """Take over `pixels` [128, 128, C], which become read-only."""
        pixels.setflags(write=False)
        self.id = new_tile_id() if tile_id is None else tile_id
        self.channels: int = pixels.shape[2]
        self.dtype: np.dtype[Any] = pixels.dtype
        self._pixels: Pixels | None = pixels
        self._source: TileSource | None = None
        self._mips: dict[int, Pixels] = {}
        self._opaque: bool | None = None

    @classmethod
    def from_store(
        cls, tile_id: int, channels: int, dtype: np.dtype[Any], source: TileSource
    ) -> Tile:
        """Make a tile whose pixels are in `source`; they are loaded when first read."""
        tile = cls.__new__(cls)
        tile.id = tile_id
        tile.channels = channels
        tile.dtype = dtype
        tile._pixels = None
        tile._source = source
        tile._mips = {}
        tile._opaque = None
        return tile

    @property
    def pixels(self) -> Pixels:
        """[128, 128, C], read-only."""
        pixels = self._pixels  # read once: another thread may be spilling
        if pixels is None:
            assert self._source is not None
            pixels = self._source.load(self.id)
            if pixels.shape[2] != self.channels or pixels.dtype != self.dtype:
                # A broken store no longer knows the kind of a tile that it cannot read.
                pixels = np.zeros((TILE_PX, TILE_PX, self.channels), self.dtype)
            pixels.setflags(write=False)
            self._pixels = pixels
        return pixels

    @property
    def opaque(self) -> bool:
        """True if the last channel, alpha or a mask's value, has its largest value everywhere."""
        if self._opaque is None:
            self._opaque = bool(self.pixels[..., -1].min() == np.iinfo(self.dtype).max)
        return self._opaque

    @property
    def resident(self) -> bool:
        """True while the pixels are in memory."""
        return self._pixels is not None

    @property
    def nbytes(self) -> int:
        """Bytes of the pixels, in memory or not."""
        return TILE_PX * TILE_PX * self.channels * self.dtype.itemsize

    @property
    def resident_bytes(self) -> int:
        """Bytes in memory now, mip levels included."""
        if self._pixels is None:
            return 0
        return self.nbytes + sum(mip.nbytes for mip in self._mips.values())

    def spill(self, source: TileSource) -> None:
        """Drop the pixels from memory; `source` must be able to load them."""
        self._source = source
        self.unload()

    def unload(self) -> None:
        """Drop pixels that a source holds; they are loaded from there when they are read again."""
        assert self._source is not None
        self._pixels = None
        self._mips = {}

    def mip(self, level: int) -> Pixels:
        """Get the pixels downsampled by 2**level, [128 >> level, 128 >> level, C], read-only.

        A box filter, cached until the tile is spilled. RGB is weighted by alpha, so that color
        under alpha 0 does not bleed. level: 0 .. MAX_LEVEL.
        """
        if level == 0:
            return self.pixels
        mip = self._mips.get(level)
        if mip is None:
            opaque = self.channels == 1 or self.opaque
            mip = self._mips[level] = downsample(self.pixels, level, opaque=opaque)
        return mip

    @property
    def reduced_levels(self) -> Set[int]:
        """The levels of `mip` that are in memory."""
        return self._mips.keys()

    def __repr__(self) -> str:
        return f"Tile({self.id}, {self.channels} x {self.dtype}, resident={self.resident})"


def downsample(pixels: Pixels, level: int, *, opaque: bool) -> Pixels:
    """Downsample [h, w, C] to [h >> level, w >> level, C]: box filter, RGB weighted by alpha.

    Both sides must be multiples of 2**level. opaque: alpha is the largest value everywhere, or
    there is none. The result is read-only.
    """
    height, width = pixels.shape[:2]
    size = (width >> level, height >> level)
    if opaque:
        small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    else:
        *colors, alpha = cv2.split(pixels.astype(np.float32))
        weight = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
        divisor = np.maximum(weight, 1e-6)  # 0 / 1e-6 where all are transparent
        planes = [cv2.resize(c * alpha, size, interpolation=cv2.INTER_AREA) for c in colors]
        small = np.rint(cv2.merge([*(plane / divisor for plane in planes), weight]))
    out = np.asarray(small, pixels.dtype).reshape(size[1], size[0], -1)
    out.setflags(write=False)
    return out
