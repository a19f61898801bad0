"""What an evaluation of a network costs, from its config alone."""

from __future__ import annotations

from glide_studio.glide.config import GIST, UNetConfig
from glide_studio.imaging.geometry import Size


def flops(config: UNetConfig, size: Size) -> float:
    """Floating-point operations of one forward for one picture (a multiply-add counts as two)."""
    area = config.patch**2
    positions = size.area / area
    width = config.channels * config.multipliers[0]
    total = 2 * 9 * positions * config.in_channels * area * width
    skips = [width]
    factor = 1

    def res(before: int, after: int, cells: float) -> float:
        skip = 0 if before == after else before * after
        return 2 * cells * (9 * (before * after + after * after) + skip)

    def attention(channels: int, cells: float) -> float:
        reach = cells + config.text.context
        return 2 * cells * 4 * channels**2 + 4 * cells * reach * channels

    for level, multiplier in enumerate(config.multipliers):
        out = config.channels * multiplier
        cells = positions / factor**2
        for _ in range(config.blocks):
            total += res(width, out, cells)
            width = out
            total += attention(width, cells) if factor in config.attention else 0
            skips.append(width)
        if level < len(config.multipliers) - 1:
            factor *= 2
            total += res(width, width, positions / factor**2)
            skips.append(width)
    total += 2 * res(width, width, positions / factor**2) + attention(width, positions / factor**2)
    for level, multiplier in reversed(list(enumerate(config.multipliers))):
        out = config.channels * multiplier
        for block in range(config.blocks + 1):
            total += res(width + skips.pop(), out, positions / factor**2)
            width = out
            total += attention(width, positions / factor**2) if factor in config.attention else 0
            if level > 0 and block == config.blocks:
                factor //= 2
                total += res(width, width, positions / factor**2)
    total += 2 * 4 * config.sketch**2 * GIST * config.text.width
    last = config.head * 2 * (config.head + config.in_channels + 3) if config.head else 0
    return total + 2 * 9 * size.area * (last or width * config.out_channels / area)


def activation_bytes(config: UNetConfig, size: Size, batch: int) -> int:
    """Peak memory of one forward's activations in float32, found to be about this by measurement.

    The widest moment is the first level: its skips, a concatenated input and a few temporaries.
    """
    positions = size.area // config.patch**2
    width = config.channels * config.multipliers[0]
    full = size.area * (config.in_channels + 3 * config.head)
    return 4 * batch * (positions * width * (2 * config.blocks + 8) + full)
