"""Convolutions of 3 x 3 and 1 x 1, the former by Winograd's algorithm where a CPU gains by it.

Lavin & Gray 2016 (arXiv 1509.09308): a tile of 6 x 6 outputs takes 8 x 8 products a pair of
channels instead of 324. torch has such a kernel, in NNPACK, but chooses it for phones only. It is
faster than the direct one on large pictures and slower on small ones, where the transformed weights
are more work than the picture; results differ by about 5e-5 of their standard deviation
(`tests/benchmarks/core.py` measures both).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor, nn

MIN_WINOGRAD_POSITIONS = 32 * 32

# A convolution on a CPU is computed in strips of at most this many products, so that an evaluation
# can be cancelled within a fraction of a second; a strip of this size costs no more than its share
# of the whole.
MAX_STRIP_PRODUCTS = 8e9


@cache
def has_winograd() -> bool:
    """Tell whether torch's NNPACK runs on this processor; asking initializes it."""
    return torch.backends.nnpack.is_available()  # type: ignore[no-any-return,no-untyped-call]


def uses_winograd(x: Tensor) -> bool:
    """Tell whether x is convolved faster so: large, float32, on a CPU, NCHW, without gradient."""
    return (
        x.device.type == "cpu"
        and x.dtype == torch.float32
        and not torch.is_grad_enabled()
        and x.shape[2] * x.shape[3] >= MIN_WINOGRAD_POSITIONS
        and x.is_contiguous()
        and has_winograd()
    )


class Conv3x3(nn.Conv2d):
    """A convolution over 3 x 3 positions that keeps height and width."""

    def __init__(self, channels: int, out_channels: int) -> None:
        super().__init__(channels, out_channels, 3, padding=1)

    def forward(self, x: Tensor, on_block: Callable[[], None] | None = None) -> Tensor:
        """Map [N, C, H, W] to [N, C', H, W]; with `on_block`, in strips, calling it after each."""
        count = self._strip_count(x)
        if on_block is None or count == 1:
            return self._convolve(x)
        height, strips = x.shape[2], []
        for strip_index in range(count):
            low, high = height * strip_index // count, height * (strip_index + 1) // count
            above, below = max(0, low - 1), min(height, high + 1)
            strip = self._convolve(x[:, :, above:below])
            strips.append(strip[:, :, low - above : high - above])
            on_block()
        return torch.cat(strips, dim=2)

    def _strip_count(self, x: Tensor) -> int:
        if x.device.type != "cpu" or torch.is_grad_enabled():
            return 1
        products = x.shape[0] * x.shape[2] * x.shape[3] * self.weight.numel()
        return max(1, min(math.ceil(products / MAX_STRIP_PRODUCTS), x.shape[2] // 8))

    def _convolve(self, x: Tensor) -> Tensor:
        if self.weight.is_contiguous() and not x.is_contiguous(memory_format=torch.channels_last):
            x = x.contiguous()  # a strip is not
        if not (uses_winograd(x) and self.weight.is_contiguous()):
            return super().forward(x)
        # One picture at a time: for several the library takes another, much slower algorithm.
        convolve = torch.ops.aten._nnpack_spatial_convolution
        rows = [convolve(row, self.weight, self.bias, (1, 1)) for row in torch.split(x, 1)]
        return rows[0] if len(rows) == 1 else torch.cat(rows)


class Conv1x1(nn.Conv2d):
    """A convolution over single positions."""

    def __init__(self, channels: int, out_channels: int) -> None:
        super().__init__(channels, out_channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map [N, C, H, W] to [N, C', H, W]."""
        if x.device.type != "cpu" or torch.is_grad_enabled() or not x.is_contiguous():
            return super().forward(x)
        # As a matrix product: without the copies by which a CPU's convolution rearranges x.
        weight = self.weight[..., 0, 0].expand(x.shape[0], -1, -1)  # [N, C', C]
        bias = x.new_zeros(1) if self.bias is None else self.bias[:, None]
        return torch.baddbmm(bias, weight, x.flatten(2)).reshape(x.shape[0], -1, *x.shape[2:])
