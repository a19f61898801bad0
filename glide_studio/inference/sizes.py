"""Sizes in pixels: of the crop at each stage of the cascade, and of its tiles."""

from __future__ import annotations

import math

import numpy as np

from glide_studio.api.request import CONTEXT_FACTOR, Request
from glide_studio.glide.config import UNetConfig
from glide_studio.glide.tiling import tile_origins
from glide_studio.imaging.geometry import Size

UPSAMPLE_FACTOR = 4  # by which GLIDE's upsampler enlarges
MIN_PASS_FACTOR = 1.5  # a tiled pass for less enlargement shows nothing new
MAX_PASS_FACTOR = (
    5.0  # by which one pass may enlarge; its low resolution is then interpolated a little
)
OBJECT_SHARE = 0.92  # of the sides of its picture that an object takes
OVERLAP_256 = 64  # pixels that neighboring tiles of 256 pixels share


def working_size(crop: Size, config: UNetConfig) -> Size:
    """Return the size at which a network looks at a crop of any shape.

    It has the proportions of the crop, about the area of the network's training pictures, and both
    sides are multiples of `config.step`.
    """
    side, step = config.size, config.step
    if crop.width == crop.height:
        return Size(side, side)
    stretch = math.sqrt(crop.width / crop.height)
    width = max(step, round(side * stretch / step) * step)
    height = max(step, round(side / stretch / step) * step)
    return Size(width, height)


def size_multiple(side: int, config: UNetConfig) -> int:
    """Return what a side of a tiled picture must be a multiple of."""
    return math.lcm(UPSAMPLE_FACTOR, config.step if side < config.size else config.patch)


def round_up(size: Size, config: UNetConfig) -> Size:
    """Return `size` with both sides rounded up to their `size_multiple`."""

    def up(side: int) -> int:
        multiple = size_multiple(side, config)
        return -(-side // multiple) * multiple

    return Size(up(size.width), up(size.height))


def tiled_sizes(crop: Size, longest: int, config: UNetConfig) -> list[Size]:
    """Return the sizes of the tiled passes, each made from the one before.

    longest: pixels of the longer side up to which the crop is made in full detail. config: of the
    upsampler. Empty if the upsampler's own size is enough.
    """
    own = working_size(crop, config)
    side, current = max(crop.width, crop.height), max(own.width, own.height)
    target = min(side, longest)
    if target < MIN_PASS_FACTOR * current:
        return []
    found: list[Size] = []
    while current * MAX_PASS_FACTOR < target:
        current *= UPSAMPLE_FACTOR
        found.append(round_up(_scale(crop, current / side), config))
    last = crop if target == side else round_up(_scale(crop, target / side), config)
    return [*found, last]


def _scale(size: Size, factor: float) -> Size:
    return Size(max(1, round(size.width * factor)), max(1, round(size.height * factor)))


def aligned_crop(crop: Size, longest: int, config: UNetConfig) -> Size:
    """Return the crop with its sides rounded up if tiles of the upsampler will make it."""
    return round_up(crop, config) if tiled_sizes(crop, longest, config) else crop


def tile_size(size: Size, config: UNetConfig) -> Size:
    """Return the size of the tiles that make a picture of `size`."""
    return Size(min(size.width, config.size), min(size.height, config.size))


def tile_overlap(config: UNetConfig) -> int:
    """Return the pixels that neighboring tiles share, in proportion to their size."""
    return max(size_multiple(config.size, config), OVERLAP_256 * config.size // 256)


def count_tiles(request: Request, size: Size, config: UNetConfig) -> int:
    """Estimate how many tiles cover the mask of a request, or an object, at `size`."""
    tile, count = tile_size(size, config), 1
    for axis, length, side in ((1, size.height, tile.height), (0, size.width, tile.width)):
        if config.alpha and request.kind == "fill":
            low, high = 0.5 - 0.5 * OBJECT_SHARE, 0.5 + 0.5 * OBJECT_SHARE
        else:
            low, high = _masked_range(request, axis)
        multiple = size_multiple(length, config)
        first, last = round(low * length), round(high * length)
        count *= len(tile_origins(first, last, length, side, tile_overlap(config), multiple))
    return count


def _masked_range(request: Request, axis: int) -> tuple[float, float]:
    """Return where the mask begins and ends, as shares of the crop, projected along `axis`."""
    if request.mask is not None:
        mask = request.mask[::4, ::4] if request.mask.size > 1 << 16 else request.mask
        masked = np.flatnonzero(mask.any(axis))
        if len(masked):
            length = mask.shape[1 - axis]
            return masked[0] / length, (masked[-1] + 1) / length
    elif request.kind == "fill":
        return 0.5 - 0.5 / CONTEXT_FACTOR, 0.5 + 0.5 / CONTEXT_FACTOR
    return 0.0, 1.0
