"""Bytes of tiles and arrays, compressed.

Zstandard level 1 on planes whose rows were made differences: a photo's tile takes 0.2 ms and comes
to 46 %, against 1.8 ms and 63 % for zlib level 1 on interleaved pixels. Nothing is decompressed
past the size that the caller expects.
"""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from glide_studio.document.tile import TILE_PX
from glide_studio.imaging.types import Pixels

LEVEL = 1
FRAME = 1 << 20  # bytes of an array that are compressed at a time


def digest(data: bytes) -> bytes:
    """Return a hash of `data`, 16 bytes."""
    return hashlib.blake2b(data, digest_size=16).digest()


def pack_tile(pixels: Pixels) -> bytes:
    """Compress [128, 128, C] uint8 or uint16."""
    planes = np.ascontiguousarray(pixels.transpose(2, 0, 1))
    return pack(imagecodecs.delta_encode(planes, axis=2).tobytes())


def unpack_tile(data: bytes, channels: int, dtype: np.dtype[Any]) -> Pixels:
    """Decompress [128, 128, C] of what `pack_tile` made.

    Raises:
        ValueError: if `data` is damaged or of another size.
    """
    raw = unpack(data, TILE_PX * TILE_PX * channels * dtype.itemsize)
    planes = np.frombuffer(raw, dtype).reshape(channels, TILE_PX, TILE_PX)
    whole: Pixels = imagecodecs.delta_decode(planes, axis=2)
    return np.ascontiguousarray(whole.transpose(1, 2, 0))


class PackedArray(NamedTuple):
    """An array of any shape, compressed. nbytes: before."""

    content: bytes
    shape: tuple[int, ...]
    dtype: str
    nbytes: int


def pack_array(array: NDArray[Any]) -> PackedArray:
    """Compress an array of any shape: its bytes by significance, which suits floats.

    In frames one after the other, which are decompressed as one: a candidate may be some 100 MB.
    """
    flat = np.ascontiguousarray(array).reshape(-1)
    planes = flat.view(np.uint8).reshape(flat.size, array.itemsize).T
    parts = (plane[at : at + FRAME] for plane in planes for at in range(0, flat.size, FRAME))
    content = b"".join(pack(part.tobytes()) for part in parts)
    return PackedArray(content, array.shape, array.dtype.str, array.nbytes)


def unpack_array(data: bytes, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Decompress the array that `pack_array` compressed.

    Raises:
        ValueError: if `data` is damaged or of another size.
    """
    count = int(np.prod(shape, dtype=np.int64))
    raw = np.frombuffer(unpack(data, count * dtype.itemsize), np.uint8)
    rows = np.ascontiguousarray(raw.reshape(dtype.itemsize, count).T)
    return rows.reshape(-1).view(dtype).reshape(shape)


def pack(raw: bytes) -> bytes:
    """Compress bytes."""
    return bytes(imagecodecs.zstd_encode(raw, LEVEL))


def unpack(data: bytes, size: int) -> bytes:
    """Decompress the `size` bytes that `data` holds.

    Raises:
        ValueError: if it is damaged or holds more or fewer.
    """
    if size == 0:
        return b""
    out = bytearray(size)
    try:
        found = imagecodecs.zstd_decode(data, out=out)
    except imagecodecs.ZstdError as error:
        raise ValueError(f"Compressed bytes are damaged: {error}") from error
    if len(found) != size:
        raise ValueError(f"{len(found)} bytes were compressed, not {size}.")
    return bytes(out)
