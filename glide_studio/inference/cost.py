"""Estimate floating-point operations and memory of networks from their configs alone."""

from __future__ import annotations

from glide_studio.glide.config import UNetConfig
from glide_studio.imaging.geometry import Size
from glide_studio.inference.models.model_set import ModelSet

CLIP_TOKENS = 257  # of CLIP's image encoder: 16 x 16 patches and one for the whole picture


def flops(config: UNetConfig, size: Size) -> float:
    """Count floating-point operations of a forward of one picture (a multiply-add is two)."""
    patch_area = config.patch**2
    positions = size.area / patch_area
    width = config.channels * config.multipliers[0]
    total = 2 * 9 * positions * config.in_channels * patch_area * width
    skips = [width]
    factor = 1

    def res_block(before: int, after: int, cells: float) -> float:
        skip = 0 if before == after else before * after
        return 2 * cells * (9 * (before * after + after * after) + skip)

    def attention(channels: int, cells: float) -> float:
        keys = cells + config.text.context
        return 2 * cells * 4 * channels**2 + 4 * cells * keys * channels

    for level, multiplier in enumerate(config.multipliers):
        out = config.channels * multiplier
        cells = positions / factor**2
        for _ in range(config.blocks):
            total += res_block(width, out, cells)
            width = out
            total += attention(width, cells) if factor in config.attention else 0
            skips.append(width)
        if level < len(config.multipliers) - 1:
            factor *= 2
            total += res_block(width, width, positions / factor**2)
            skips.append(width)
    lowest = positions / factor**2
    total += 2 * res_block(width, width, lowest) + attention(width, lowest)
    for level, multiplier in reversed(list(enumerate(config.multipliers))):
        out = config.channels * multiplier
        for block in range(config.blocks + 1):
            cells = positions / factor**2
            total += res_block(width + skips.pop(), out, cells)
            width = out
            total += attention(width, cells) if factor in config.attention else 0
            if level > 0 and block == config.blocks:
                factor //= 2
                total += res_block(width, width, positions / factor**2)
    last = config.head * 2 * (config.head + config.in_channels + 3) if config.head else 0
    return total + 2 * 9 * size.area * (last or width * config.out_channels / patch_area)


def clip_flops(model: ModelSet) -> float:
    """Return about the operations of CLIP's image encoder: every weight is used for each token."""
    path = model.files.get("clip-image")
    return 0.0 if path is None else 2 * CLIP_TOKENS * path.stat().st_size / 4


def activation_bytes(config: UNetConfig, size: Size, batch: int) -> int:
    """Return about the peak memory of one forward's activations in float32.

    The peak is at the first level: its skips, a concatenated input and a few temporaries.
    """
    positions = size.area // config.patch**2
    width = config.channels * config.multipliers[0]
    full = size.area * (config.in_channels + 3 * config.head)
    return 4 * batch * (positions * width * (2 * config.blocks + 8) + full)
