"""A tile: 128x128 pixels under an id that outlives their stay in memory.

Pixels are unsigned integers, uint8 or uint16, with 1 channel (a mask) or 4 (RGBA, straight
alpha). A tile never changes; what may come and go is where its pixels lie. `spill` drops them
once a store has them, and the next look at `pixels` loads them again.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels: TypeAlias = NDArray[np.unsignedinteger[Any]]

TILE = 128  # pixels a side
LEVELS = 7  # mip levels above the pixels themselves: 64, 32 ... 1 pixels a side

# A random start keeps ids apart between processes, so that tiles of several sessions can lie in
# one store; counting on from there keeps rows of one session together in it. Fits 63 bits.
_ids = itertools.count(secrets.randbits(62))


def new_tile_id() -> int:
    """A number, 0 .. 2**63 - 1, that no other tile or block has."""
    return next(_ids)


class TileSource(Protocol):
    """Answers for the pixels of tiles that are not in memory."""

    def load(self, tile_id: int) -> Pixels:
        """Pixels [128, 128, C] of a tile that was saved under this id."""
        ...


class TileStore(TileSource, Protocol):
    """Takes cold tiles and gives them back: the working store."""

    def save(self, tiles: Sequence[Tile]) -> None:
        """Keep the pixels of `tiles` for `load`; those it already holds cost nothing."""
        ...


class Tile:
    """128x128xC pixels; two tiles are equal only if they are the same one."""

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
    def stored(cls, tile_id: int, channels: int, dtype: np.dtype[Any], source: TileSource) -> Tile:
        """A tile whose pixels still lie in `source`; they are loaded when first looked at."""
        tile = cls.__new__(cls)
        tile.id = tile_id
        tile.channels = channels
        tile.dtype = np.dtype(dtype)
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
            pixels.setflags(write=False)
            self._pixels = pixels
        return pixels

    @property
    def opaque(self) -> bool:
        """True if the last channel, alpha or a mask's value, is at its largest everywhere."""
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
        return TILE * TILE * self.channels * self.dtype.itemsize

    @property
    def held(self) -> int:
        """Bytes in memory now, mip levels included."""
        if self._pixels is None:
            return 0
        return self.nbytes + sum(mip.nbytes for mip in self._mips.values())

    def spill(self, source: TileSource) -> None:
        """Forget the pixels; `source` must already be able to load them."""
        self._source = source
        self.forget()

    def forget(self) -> None:
        """Drop pixels that came from a source; they are loaded from there when looked at again."""
        assert self._source is not None
        self._pixels = None
        self._mips = {}

    def mip(self, level: int) -> Pixels:
        """[128 >> level, 128 >> level, C]: each pixel the mean of 2**level x 2**level, read-only.

        A box filter, kept until the tile is spilled. RGB is weighted by alpha, so that color hidden
        under alpha 0 never bleeds into the picture. `level` lies in 0 .. LEVELS.
        """
        if level == 0:
            return self.pixels
        mip = self._mips.get(level)
        if mip is None:
            mip = self._mips[level] = shrink(self.pixels, level)
        return mip

    def __repr__(self) -> str:
        return f"Tile({self.id}, {self.channels} x {self.dtype}, resident={self.resident})"


def shrink(pixels: Pixels, level: int) -> Pixels:
    """[h, w, C] to [h >> level, w >> level, C], box filter, RGB weighted by alpha; read-only.

    Both sides must be multiples of 2**level.
    """
    height, width, channels = pixels.shape
    size = (width >> level, height >> level)
    if channels == 1 or pixels[..., 3].min() == np.iinfo(pixels.dtype).max:
        small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    else:
        *colors, alpha = cv2.split(pixels.astype(np.float32))
        weight = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
        divisor = np.maximum(weight, 1e-6)  # 0 / 1e-6 where all are transparent
        planes = [cv2.resize(c * alpha, size, interpolation=cv2.INTER_AREA) for c in colors]
        small = np.rint(cv2.merge([*(plane / divisor for plane in planes), weight]))
    out = np.asarray(small, pixels.dtype).reshape(size[1], size[0], channels)
    out.setflags(write=False)
    return out
