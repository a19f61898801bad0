"""Tiled denoising of pictures larger than those a network was trained on.

MultiDiffusion (Bar-Tal et al. 2023, arXiv 2302.08113), eq. 5: at each step the predictions of
overlapping tiles are averaged, here with weights that fall off towards a tile's edge. All tiles
share one x_t and one noise field, and any sampler takes the result.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from glide_studio.glide.diffusion import (
    Prediction,
    eps_from_x0,
    original_timesteps,
    prediction_from_output,
)
from glide_studio.glide.layers import OnBlock, noop
from glide_studio.glide.schedule import Schedule
from glide_studio.glide.unet import Condition, UNet


@dataclass(frozen=True, slots=True)
class TileLayout:
    """Tiles of one size: height, width and overlap of neighbors in pixels; origins (top, left)."""

    height: int
    width: int
    overlap: int
    origins: tuple[tuple[int, int], ...]


def tile_origins(
    low: int, high: int, length: int, tile: int, overlap: int, size_multiple: int
) -> list[int]:
    """Return where tiles begin that cover low .. high of a line of `length`.

    They lie at multiples of `size_multiple`; length and tile are such multiples, overlap is one at
    least. Neighbours share `overlap` or more.
    """
    if length <= tile:
        return [0]
    low, high = (
        low // size_multiple * size_multiple,
        min(length, -(-high // size_multiple) * size_multiple),
    )
    if high - low <= tile:
        centred = (low + high - tile) // 2 // size_multiple * size_multiple
        return [min(max(0, centred), length - tile)]
    # Rounding to the multiple may take that much of the overlap away.
    gaps = math.ceil((high - low - tile) / (tile - overlap - size_multiple))
    last = high - tile
    return [
        low + (last - low) * i // gaps // size_multiple * size_multiple for i in range(gaps)
    ] + [last]


def plan_tiles(
    known: Tensor, tile: tuple[int, int], overlap: int, size_multiple: int, margin: int = 0
) -> TileLayout:
    """Place tiles over the unknown part of a picture and `margin` pixels around it.

    known: [1, 1, H, W], 1 = known. tile: (height, width), at most (H, W), multiples of
    `size_multiple` as H and W are. Tiles in which all is known are left out.

    Raises:
        ValueError: if a size is not a multiple of `size_multiple`.
    """
    rows, columns = known.shape[2:]
    if any(side % size_multiple for side in (rows, columns, *tile)):
        raise ValueError(
            f"Tiles of {tile} at multiples of {size_multiple} do not fit into {columns} x {rows}."
        )
    unknown = (known[0, 0] == 0).cpu()
    origins: list[tuple[int, int]] = []
    if unknown.any():
        ranges = []
        for axis, side, length in ((1, tile[0], rows), (0, tile[1], columns)):
            where = unknown.any(axis).nonzero()
            low = max(0, int(where.min()) - margin)
            high = min(length, int(where.max()) + 1 + margin)
            ranges.append(tile_origins(low, high, length, side, overlap, size_multiple))
        origins = [
            (top, left)
            for top in ranges[0]
            for left in ranges[1]
            if unknown[top : top + tile[0], left : left + tile[1]].any()
        ]
    return TileLayout(tile[0], tile[1], overlap, tuple(origins))


def ramp(length: int, overlap: int) -> Tensor:
    """Return weights [length]: 1 inside, almost 0 at both ends, linear over `overlap` positions."""
    distance = torch.arange(length).minimum(torch.arange(length).flip(0)) + 0.5
    return (distance / overlap).clamp(max=1.0)


@dataclass(frozen=True, slots=True)
class TiledDenoiser:
    """The denoiser of a large picture by a network that is evaluated on one tile after the other.

    condition: for N pictures; known and mask as large as x, low_res at `x / low_res` of its size, a
        whole number that divides each tile's place. Where no tile lies, x0 is the known picture, or
        transparent for a network with alpha.
    batch: tiles that are evaluated together. The prediction has no variance of its own.
    """

    network: UNet
    schedule: Schedule
    condition: Condition
    layout: TileLayout
    batch: int = 1
    on_block: OnBlock = noop

    def __call__(self, x: Tensor, t: Tensor) -> Prediction:
        """Evaluate every tile of x [N, C, H, W], in batches."""
        plan = self.layout
        window = torch.outer(ramp(plan.height, plan.overlap), ramp(plan.width, plan.overlap)).to(x)
        total, weight = torch.zeros_like(x), x.new_zeros(1, 1, *x.shape[2:])
        for origins in self._batches():
            tiles = torch.cat([self._cut(x, origin) for origin in origins])
            steps = t.repeat(len(origins))
            timesteps = original_timesteps(self.schedule, steps).to(x.device)
            seen = self._condition_for(x, origins)
            output = self.network(tiles, timesteps, seen, self.on_block)
            pred = prediction_from_output(
                self.schedule, tiles, steps, output, self.network.config.predicts
            )
            for origin, x0 in zip(origins, pred.x0.chunk(len(origins)), strict=True):
                self._cut(total, origin).add_(window * x0)
                self._cut(weight, origin).add_(window)
        x0 = torch.where(weight > 0, total / weight.clamp(min=1e-9), self._x0_outside_tiles(x))
        return Prediction(eps_from_x0(self.schedule, x, t, x0), x0)

    def _x0_outside_tiles(self, x: Tensor) -> Tensor:
        """Return x0 where no tile lies."""
        if self.network.config.alpha:
            return torch.full_like(x, -1)
        return x if self.condition.known is None else self.condition.known

    def _batches(self) -> Iterator[tuple[tuple[int, int], ...]]:
        origins = self.layout.origins
        for first in range(0, len(origins), self.batch):
            yield origins[first : first + self.batch]

    def _cut(self, picture: Tensor, origin: tuple[int, int], factor: int = 1) -> Tensor:
        """Return a view of one tile of a picture that is `factor` times smaller than x."""
        top, left = (side // factor for side in origin)
        height, width = self.layout.height // factor, self.layout.width // factor
        return picture[..., top : top + height, left : left + width]

    def _condition_for(self, x: Tensor, origins: tuple[tuple[int, int], ...]) -> Condition:
        """Return the condition of some tiles, all pictures of one tile before those of the next."""

        def cut(picture: Tensor | None) -> Tensor | None:
            if picture is None:
                return None
            factor = x.shape[3] // picture.shape[3]
            whole = picture.expand(x.shape[0], -1, -1, -1)
            return torch.cat([self._cut(whole, origin, factor) for origin in origins])

        seen, n = self.condition, len(origins)
        text = seen.text.map(lambda one: one.repeat(n, *[1] * (one.ndim - 1)))
        return Condition(text, cut(seen.known), cut(seen.mask), cut(seen.low_res))
