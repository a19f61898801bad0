"""The denoising network of GLIDE: an ADM U-Net with text, and its inpainting and upsampling inputs.

One class stands for the four released networks (text-to-image and upsampler, each plain and inpainting)
and for our small ones; `UNetConfig` says which. Parameter names below `text.` lose that prefix in the
released files (see `weights`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from glide_studio.glide.config import UNetConfig
from glide_studio.glide.convolution import Conv3x3, has_winograd
from glide_studio.glide.layers import (
    AttentionBlock,
    GroupNorm,
    Resample,
    ResBlock,
    TextKV,
    noop,
    timestep_embedding,
    zero_init,
)
from glide_studio.glide.layers import OnBlock as OnBlock  # for those who call a UNet
from glide_studio.glide.sketch import Sketch
from glide_studio.glide.text import TextEncoder, TextStates


@dataclass(frozen=True, slots=True)
class Condition:
    """What a network is told besides x_t and t; pictures lie in -1 .. 1.

    text: the encoded caption. known: [N, 3, H, W], its unknown part is ignored. mask: [N, 1, H, W],
    1 = known, 0 = to be generated. Without either, the input shows none, as for plain generation.
    low_res: [N, 3, h, w], what a super-resolution network enlarges.
    """

    text: TextStates
    known: Tensor | None = None
    mask: Tensor | None = None
    low_res: Tensor | None = None

    def without_known(self) -> Condition:
        """The same without the known picture, for a fill that ignores its caption (GLIDE, appendix E).

        The mask stays, since a sketch belongs into the hole; the input shows neither.
        """
        return replace(self, known=None)

    def concat(self, other: Condition) -> Condition:
        """Both conditions in one batch, this one's rows first; they must show the same kinds."""

        def join(a: Tensor | None, b: Tensor | None) -> Tensor | None:
            return None if a is None or b is None else torch.cat([a, b])

        return Condition(
            self.text.concat(other.text),
            join(self.known, other.known),
            join(self.mask, other.mask),
            join(self.low_res, other.low_res),
        )


def _layout(plain: bool) -> torch.memory_format:
    return torch.contiguous_format if plain else torch.channels_last


class TimestepEmbedSequential(nn.ModuleList):
    """A row of layers of one level: residual blocks take (x, emb), attention takes (x, text)."""

    def forward(
        self,
        x: Tensor,
        emb: Tensor,
        text: Tensor | None,
        keys: Sequence[TextKV] = (),
        on_block: OnBlock = noop,
    ) -> Tensor:
        """x [N, C, H, W] to [N, C', H', W']."""
        for layer in self:
            if isinstance(layer, ResBlock):
                x = layer(x, emb, on_block)
            elif isinstance(layer, AttentionBlock):
                x = layer(x, text, keys[layer.place] if keys else None)
            else:
                x = layer(x)
            on_block()
        return x


def res_block(
    config: UNetConfig, channels: int, out: int, emb_channels: int, how: Resample = "none"
) -> ResBlock:
    """A residual block as `config` has them."""
    return ResBlock(
        channels,
        out,
        emb_channels,
        groups=config.norm_groups,
        dropout=config.dropout,
        how=how,
        scale=config.residual_scale,
    )


def attention_block(config: UNetConfig, channels: int, text_width: int | None) -> AttentionBlock:
    """An attention block as `config` has them."""
    return AttentionBlock(channels, config.head_width, text_width, config.norm_groups)


def build_encoder(
    config: UNetConfig, in_channels: int, emb_channels: int, text_width: int | None
) -> tuple[nn.ModuleList, list[int]]:
    """(the blocks from the stem to the lowest level, the channels that each of them puts out)."""
    width, factor = config.channels * config.multipliers[0], 1
    blocks = [TimestepEmbedSequential([Conv3x3(in_channels, width)])]
    widths = [width]
    for level, multiplier in enumerate(config.multipliers):
        out = config.channels * multiplier
        for _ in range(config.blocks):
            layers: list[nn.Module] = [res_block(config, width, out, emb_channels)]
            width = out
            if factor in config.attention:
                layers.append(attention_block(config, width, text_width))
            blocks.append(TimestepEmbedSequential(layers))
            widths.append(width)
        if level < len(config.multipliers) - 1:
            blocks.append(
                TimestepEmbedSequential([res_block(config, width, width, emb_channels, "down")])
            )
            widths.append(width)
            factor *= 2
    return nn.ModuleList(blocks), widths


class Head(nn.Module):
    """Two thin convolutions at full resolution behind a patched trunk.

    They see the network's input beside the trunk's output, so that the trunk need not carry every
    pixel through its narrow patches and the patch grid does not show.
    """

    def __init__(
        self, trunk_channels: int, in_channels: int, width: int, out_channels: int, patch: int
    ):
        super().__init__()
        self.unfold = nn.Conv2d(trunk_channels, width * patch * patch, 1)
        self.shuffle = nn.PixelShuffle(patch)
        self.mix = nn.Conv2d(width + in_channels, 2 * width, 3, padding=1)
        self.last = zero_init(nn.Conv2d(2 * width, out_channels, 3, padding=1))

    def forward(self, h: Tensor, x: Tensor) -> Tensor:
        """h [N, C, H/p, W/p], x [N, in, H, W] to [N, out, H, W]."""
        h = self.shuffle(self.unfold(h))
        out: Tensor = self.last(F.silu(self.mix(torch.cat([h, x.to(h.dtype)], dim=1))))
        return out


class UNet(nn.Module):
    """x_t and a condition to epsilon or x0, and the variance's v."""

    def __init__(self, config: UNetConfig) -> None:
        super().__init__()
        self.config = config
        emb_channels = 4 * config.channels
        self.text = TextEncoder(config.text, emb_channels)
        self.time_embed = nn.Sequential(
            nn.Linear(config.channels, emb_channels),
            nn.SiLU(),
            nn.Linear(emb_channels, emb_channels),
        )

        area, text_width = config.patch**2, config.text.width
        self.input_blocks, skips = build_encoder(
            config, config.in_channels * area, emb_channels, text_width
        )
        self.sketch = Sketch(text_width, config.sketch) if config.sketch else None
        width, factor = skips[-1], 2 ** (len(config.multipliers) - 1)
        self.middle_block = TimestepEmbedSequential(
            [
                res_block(config, width, width, emb_channels),
                attention_block(config, width, text_width),
                res_block(config, width, width, emb_channels),
            ]
        )
        self.output_blocks = nn.ModuleList()
        for level, multiplier in reversed(list(enumerate(config.multipliers))):
            out = config.channels * multiplier
            for block in range(config.blocks + 1):
                layers: list[nn.Module] = [
                    res_block(config, width + skips.pop(), out, emb_channels)
                ]
                width = out
                if factor in config.attention:
                    layers.append(attention_block(config, width, text_width))
                if level > 0 and block == config.blocks:
                    layers.append(res_block(config, width, width, emb_channels, "up"))
                    factor //= 2
                self.output_blocks.append(TimestepEmbedSequential(layers))

        if config.head:
            last: nn.Module = Head(
                width, config.in_channels, config.head, config.out_channels, config.patch
            )
        else:
            last = zero_init(Conv3x3(width, config.out_channels * area))
        self.out = nn.ModuleList(
            [GroupNorm(config.norm_groups, width, silu=True), nn.Identity(), last]
        )
        for place, module in enumerate(self.attention_blocks()):
            module.place = place

    def attention_blocks(self) -> list[AttentionBlock]:
        """In the order of the evaluation."""
        return [module for module in self.modules() if isinstance(module, AttentionBlock)]

    def precompute_keys(self, text: TextStates) -> TextStates:
        """An encoded caption with the keys and values that every evaluation would make of it."""
        sequence = text.sequence.to(self.dtype)
        keys = tuple(block.text_kv(sequence) for block in self.attention_blocks())
        return text._replace(keys=keys)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.text.positional_embedding.device

    @property
    def dtype(self) -> torch.dtype:
        """Of the text's projections and the trunk's convolutions, hence of the activations."""
        return self.text.transformer_proj.weight.dtype

    def cast(self, dtype: torch.dtype) -> Self:
        """Put the large matrices into `dtype`, as the official half-precision networks have them.

        Norms, the embedding of t, the modulation by it and the last layer stay as they are.
        """
        for trunk in (self.input_blocks, self.middle_block, self.output_blocks):
            for module in trunk.modules():
                if isinstance(module, nn.Conv1d | nn.Conv2d):
                    module.to(dtype)
        for module in self.text.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                module.to(dtype)
        return self

    def to_fastest_layout(self, device: torch.device | str = "cpu") -> Self:
        """The weights in the memory layout in which this network is fastest on `device`.

        Channels last, but for what Winograd's convolutions take on a CPU: full-size networks in float32.
        """
        winograd = torch.device(device).type == "cpu" and self.dtype == torch.float32
        plain = winograd and self.config.patch == 1 and has_winograd()
        return self.to(memory_format=_layout(plain))  # type: ignore[call-overload, no-any-return]

    def inputs(self, x: Tensor, condition: Condition) -> Tensor:
        """x [N, 3, H, W] and what the condition shows, as [N, in_channels, H, W].

        Channel order of the released files: x, known picture, mask, low resolution. A sketch comes last.

        Raises:
            ValueError: if a super-resolution network gets no low-resolution picture.
        """
        parts = [x]
        if self.config.inpaint:
            if condition.known is None or condition.mask is None:
                parts.append(x.new_zeros(x.shape[0], 4, *x.shape[2:]))
            else:
                parts += [condition.known * condition.mask, condition.mask]
        if self.config.super_res:
            parts.append(self.upsample_low_res(x, condition))
        if self.sketch is not None:
            sequence = condition.text.sequence.float()
            parts.append(self.sketch(sequence, condition.mask, *x.shape[2:]))
        return torch.cat(parts, dim=1)

    def upsample_low_res(self, x: Tensor, condition: Condition) -> Tensor:
        """The low-resolution picture at the size of x."""
        if condition.low_res is None:
            raise ValueError("A super-resolution network needs a low-resolution picture.")
        how = self.config.enlarge
        return F.interpolate(condition.low_res, x.shape[2:], mode=how, align_corners=False)

    def forward(
        self, x: Tensor, t: Tensor, condition: Condition, on_block: OnBlock = noop
    ) -> Tensor:
        """x [N, 3, H, W] float32, t [N] original timesteps to [N, out_channels, H, W] float32.

        Raises:
            ValueError: if H or W is no multiple of `config.step`.
        """
        if any(side % self.config.step for side in x.shape[2:]):
            raise ValueError(
                f"This network needs sides that are multiples of {self.config.step}, "
                f"not {x.shape[3]} x {x.shape[2]}."
            )
        emb = self.time_embed(timestep_embedding(t, self.config.channels))
        emb = emb + condition.text.vector.to(emb)
        text, keys = condition.text.sequence.to(self.dtype), condition.text.keys
        full = self.inputs(x, condition)
        h = F.pixel_unshuffle(full, self.config.patch) if self.config.patch > 1 else full
        # The kernels follow the layout, and the last bits the kernels: whatever x is, let it be the weights'.
        plain = next(self.input_blocks.parameters()).is_contiguous()
        h = h.to(self.dtype, memory_format=_layout(plain))
        skips: list[Tensor] = []
        for block in self.input_blocks:
            h = block(h, emb, text, keys, on_block)
            skips.append(h)
        h = self.middle_block(h, emb, text, keys, on_block)
        for block in self.output_blocks:
            h = torch.cat([h, skips.pop()], dim=1)
            on_block()
            h = block(h, emb, text, keys, on_block)
        return self.output(h.float(), full, x, condition)

    def output(self, h: Tensor, full: Tensor, x: Tensor, condition: Condition) -> Tensor:
        """The trunk's last activations to the network's output, in float32."""
        norm, _, last = self.out
        h = norm(h)
        if self.config.head:
            h = last(h, full)
        else:
            h = last(h)
            if self.config.patch > 1:
                h = F.pixel_shuffle(h, self.config.patch)
        if self.config.predicts == "x0" and self.config.super_res:
            h = h + F.pad(
                self.upsample_low_res(x, condition), (0, 0, 0, 0, 0, h.shape[1] - x.shape[1])
            )
        return h.float()
