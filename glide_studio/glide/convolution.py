"""3 x 3 convolutions, on a CPU by Winograd's algorithm where that pays.

Lavin & Gray 2016 (arXiv 1509.09308): a tile of 6 x 6 outputs takes 8 x 8 products a pair of channels
instead of 324. torch brings such a kernel along, in NNPACK, but chooses it for phones only. Here it is
2.5 to 3.5 times as fast as the direct one from 64 x 64 positions on, and slower below 32 x 32, where the
transformed weights are more work than the picture; results differ by some 5e-5 of their deviation
(`tests/benchmarks/core.py` measures the networks with it).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor, nn

LEAST_POSITIONS = 32 * 32

# Products of the largest piece of a convolution on a CPU, so that an evaluation can be ended within a
# fraction of a second; a piece of this size takes no longer than its share of the whole.
LARGEST_PIECE = 8e9


@cache
def has_winograd() -> bool:
    """True if torch's NNPACK runs on this processor; asking prepares it for use."""
    return torch.backends.nnpack.is_available()  # type: ignore[no-any-return,no-untyped-call]


def uses_winograd(x: Tensor) -> bool:
    """True if x [N, C, H, W] is convolved faster so: float32 on a CPU, NCHW, no gradient wanted."""
    return (
        x.device.type == "cpu"
        and x.dtype == torch.float32
        and not torch.is_grad_enabled()
        and x.shape[2] * x.shape[3] >= LEAST_POSITIONS
        and x.is_contiguous()
        and has_winograd()
    )


class Conv3x3(nn.Conv2d):
    """A convolution over 3 x 3 positions that keeps height and width."""

    def __init__(self, channels: int, out_channels: int) -> None:
        super().__init__(channels, out_channels, 3, padding=1)

    def forward(self, x: Tensor, on_block: Callable[[], None] | None = None) -> Tensor:
        """[N, C, H, W] to [N, C', H, W]; with `on_block`, large ones in strips, and it is called after each."""
        pieces = self._pieces(x)
        if on_block is None or pieces == 1:
            return self._whole(x)
        height, strips = x.shape[2], []
        for piece in range(pieces):
            low, high = height * piece // pieces, height * (piece + 1) // pieces
            above, below = max(0, low - 1), min(height, high + 1)
            strip = self._whole(x[:, :, above:below])
            strips.append(strip[:, :, low - above : high - above])
            on_block()
        return torch.cat(strips, dim=2)

    def _pieces(self, x: Tensor) -> int:
        if x.device.type != "cpu" or torch.is_grad_enabled():
            return 1
        products = x.shape[0] * x.shape[2] * x.shape[3] * self.weight.numel()
        return max(1, min(math.ceil(products / LARGEST_PIECE), x.shape[2] // 8))

    def _whole(self, x: Tensor) -> Tensor:
        if self.weight.is_contiguous() and not x.is_contiguous(memory_format=torch.channels_last):
            x = x.contiguous()  # a strip is not
        if not (uses_winograd(x) and self.weight.is_contiguous()):
            return super().forward(x)
        # One picture at a time: for several the library takes another algorithm, three times slower.
        convolve = torch.ops.aten._nnpack_spatial_convolution
        rows = [convolve(row, self.weight, self.bias, (1, 1)) for row in torch.split(x, 1)]
        return rows[0] if len(rows) == 1 else torch.cat(rows)


class Conv1x1(nn.Conv2d):
    """A convolution over single positions."""

    def __init__(self, channels: int, out_channels: int) -> None:
        super().__init__(channels, out_channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """[N, C, H, W] to [N, C', H, W]."""
        if x.device.type != "cpu" or torch.is_grad_enabled() or not x.is_contiguous():
            return super().forward(x)
        # As the product that it is: as fast, and without the copies that a CPU's convolution rearranges.
        weight = self.weight[..., 0, 0].expand(x.shape[0], -1, -1)  # [N, C', C]
        bias = x.new_zeros(1) if self.bias is None else self.bias[:, None]
        return torch.baddbmm(bias, weight, x.flatten(2)).reshape(x.shape[0], -1, *x.shape[2:])
