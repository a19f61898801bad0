"""The layers of the U-Net: timestep embedding, group norm, residual block, attention.

Follows ADM (Dhariwal & Nichol 2021, arXiv 2105.05233) with GLIDE's attention to text. The names of
parameters are those of the released checkpoints.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from glide_studio.glide.convolution import Conv1x1, Conv3x3

Resample = Literal["none", "up", "down"]
TextKV = tuple[Tensor, Tensor]
OnBlock = Callable[[], None]
"""Called between the convolutions of a network; an exception that it raises ends the evaluation."""


def noop() -> None:
    """Do nothing: the `OnBlock` of an evaluation that is not cancelled."""


def timestep_embedding(t: Tensor, dim: int, max_period: float = 10_000.0) -> Tensor:
    """Embed t [N], whole or fractional, as sinusoids [N, dim] float32, cosines first.

    An odd dim ends in 0.
    """
    half = dim // 2
    frequencies = torch.exp(
        -math.log(max_period) * torch.arange(half, dtype=torch.float32, device=t.device) / half
    )
    angles = t.float()[:, None] * frequencies
    return F.pad(torch.cat([angles.cos(), angles.sin()], dim=-1), (0, dim % 2))


# Without gradients, new tensors are changed in place: at 256 x 256 allocating another one costs a
# CPU more time than the arithmetic.


def silu(h: Tensor) -> Tensor:
    """Return x sigmoid(x), in place if no gradient is needed."""
    return F.silu(h, inplace=not h.requires_grad)


def add(h: Tensor, x: Tensor) -> Tensor:
    """Return h + x, in place in h if no gradient is needed."""
    return h + x if h.requires_grad or x.requires_grad else h.add_(x)


class GroupNorm(nn.GroupNorm):
    """GroupNorm with float32 statistics for any dtype; optionally followed by SiLU."""

    def __init__(self, groups: int, channels: int, silu: bool = False) -> None:
        super().__init__(groups, channels, eps=1e-5)
        self.silu = silu

    def forward(self, x: Tensor) -> Tensor:
        """Normalize [N, C, ...]."""
        h = F.group_norm(x.float(), self.num_groups, self.weight, self.bias, self.eps)
        return (silu(h) if self.silu else h).to(x.dtype)

    def modulate(self, x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        """Return (1 + scale) norm(x) + shift for x [N, C, H, W] and scale and shift [N, C] float32.

        One pass over x: the modulation goes into the norm's weight and bias, the batch into its
        groups.
        """
        if x.shape[0] > 1 and not x.is_contiguous():  # channels last
            h = self(x)
            scale, shift = scale.to(h.dtype)[..., None, None], shift.to(h.dtype)[..., None, None]
            return torch.addcmul(shift, h, 1 + scale)
        weight, bias = self.weight * (1 + scale), self.bias * (1 + scale) + shift
        h = F.group_norm(
            x.float().reshape(1, -1, *x.shape[2:]) if x.shape[0] > 1 else x.float(),
            self.num_groups * x.shape[0],
            weight.flatten(),
            bias.flatten(),
            self.eps,
        )
        return h.reshape(x.shape).to(x.dtype)


def normal_parameter(*shape: int, std: float) -> nn.Parameter:
    """Return a parameter of normal numbers, uninitialized on the meta device.

    The first normal number on that device makes torch import hundreds of modules, which takes
    seconds.
    """
    values = torch.empty(shape)
    return nn.Parameter(values if values.is_meta else values.normal_(std=std))


Conv = TypeVar("Conv", nn.Conv1d, nn.Conv2d)


def zero_init(module: Conv) -> Conv:
    """Set a convolution's parameters to zero, so that its residual branch begins as zero."""
    nn.init.zeros_(module.weight)
    if module.bias is not None:
        nn.init.zeros_(module.bias)
    return module


def resample(x: Tensor, how: Resample) -> Tensor:
    """Resize [N, C, H, W] to twice the size (nearest), half of it (mean), or not at all."""
    if how == "up":
        return F.interpolate(x, scale_factor=2, mode="nearest")
    if how == "down":
        return F.avg_pool2d(x, 2)
    return x


class ResBlock(nn.Module):
    """BigGAN's residual block with adaptive group norm (ADM, section 3 and appendix A).

    h = conv(resample(silu(norm(x)))); h = (1 + scale) norm(h) + shift; x' + conv(dropout(silu(h))).
    `scale` multiplies the sum: 1 in GLIDE, 1 / sqrt(2) in Song et al. 2021 (arXiv 2011.13456).
    """

    def __init__(
        self,
        channels: int,
        out_channels: int,
        emb_channels: int,
        *,
        groups: int = 32,
        dropout: float = 0.0,
        how: Resample = "none",
        scale: float = 1.0,
    ) -> None:
        super().__init__()
        self.how: Resample = how
        self.scale = scale
        self.in_layers = nn.Sequential(
            GroupNorm(groups, channels, silu=True),
            nn.Identity(),
            Conv3x3(channels, out_channels),
        )
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(emb_channels, 2 * out_channels))
        self.out_layers = nn.Sequential(
            GroupNorm(groups, out_channels),
            nn.SiLU(),
            nn.Dropout(dropout),
            zero_init(Conv3x3(out_channels, out_channels)),
        )
        self.skip_connection = (
            nn.Identity() if channels == out_channels else Conv1x1(channels, out_channels)
        )

    def forward(self, x: Tensor, emb: Tensor, on_block: OnBlock = noop) -> Tensor:
        """Map x [N, C, H, W] and emb [N, E] to [N, C', H', W']."""
        norm, _, conv = self.in_layers
        h = resample(norm(x), self.how)
        on_block()
        h = conv(h, on_block)
        scale, shift = self.emb_layers(emb).chunk(2, dim=1)  # [N, C']
        norm, _, dropout, conv = self.out_layers
        assert isinstance(norm, GroupNorm)
        h = dropout(silu(norm.modulate(h, scale, shift)))
        on_block()
        h = conv(h, on_block)
        on_block()
        x = self.skip_connection(resample(x, self.how))
        on_block()
        out = add(h, x)
        return out if self.scale == 1.0 else out * self.scale


def pointwise(conv: nn.Conv1d, x: Tensor) -> Tensor:
    """Apply a convolution of width 1 to x [N, T, C], channels last, as a matrix product.

    The heads come out contiguous, as the fused attention kernels need them.
    """
    return F.linear(x, conv.weight[..., 0], conv.bias)


def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Return softmax(q k^T / sqrt(D)) v, [N, heads, T, D].

    q: [N, heads, T, D]. k, v: [N, heads, S, D].
    """
    if q.dtype == torch.bfloat16 and q.device.type == "cpu" and q.requires_grad:
        # The fused kernel's backward pass does not use a CPU's bfloat16 matrix units; plain
        # products do.
        scores = (q * q.shape[-1] ** -0.5) @ k.mT
        found: Tensor = scores.softmax(dim=-1) @ v
        return found
    return F.scaled_dot_product_attention(q, k, v)


class AttentionBlock(nn.Module):
    """Self-attention over the picture's positions whose keys and values begin with the text's.

    One softmax runs over text and picture together (GLIDE, section 3). Without a `text_width` it is
    ADM's plain self-attention. `index` counts the attention blocks of a network.
    """

    index = 0

    def __init__(
        self, channels: int, head_width: int, text_width: int | None = None, groups: int = 32
    ) -> None:
        super().__init__()
        self.heads = channels // head_width
        self.norm = GroupNorm(groups, channels)
        self.qkv = nn.Conv1d(channels, 3 * channels, 1)
        if text_width is not None:
            self.encoder_kv = nn.Conv1d(text_width, 2 * channels, 1)
        self.proj_out = zero_init(nn.Conv1d(channels, channels, 1))

    def picture_qkv(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Project x [N, C, H, W] to queries, keys and values, [N, heads, H W, C / heads] each."""
        # Channels lie as [head 0: q, k, v | head 1: q, k, v | ...].
        qkv = pointwise(self.qkv, self.norm(x).flatten(2).mT)  # [N, H W, 3 C]
        q, k, v = self._heads(qkv).chunk(3, dim=-1)
        return q, k, v

    def text_kv(self, text: Tensor) -> tuple[Tensor, Tensor]:
        """Project text [N, W, L] to keys and values, [N, heads, L, C / heads] each."""
        k, v = self._heads(pointwise(self.encoder_kv, text.mT)).chunk(2, dim=-1)
        return k, v

    def forward(
        self, x: Tensor, text: Tensor | None = None, text_kv: TextKV | None = None
    ) -> Tensor:
        """Map x [N, C, H, W] and text [N, W, L] to [N, C, H, W].

        text_kv: made of that text by the method of that name, to save the work.
        """
        q, k, v = self.picture_qkv(x)
        if text is not None:
            text_k, text_v = text_kv or self.text_kv(text)
            k, v = torch.cat([text_k, k], dim=2), torch.cat([text_v, v], dim=2)
        h = attend(q, k, v)  # [N, heads, H W, C / heads]
        h = pointwise(self.proj_out, h.transpose(1, 2).flatten(2))  # [N, H W, C]
        return add(h.mT.reshape(x.shape), x)

    def _heads(self, h: Tensor) -> Tensor:
        """Split [N, T, W] into [N, heads, T, W / heads]."""
        return h.reshape(*h.shape[:2], self.heads, -1).transpose(1, 2)
