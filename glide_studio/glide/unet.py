"""GLIDE's denoising network: an ADM U-Net with text, and its inpainting and upsampling inputs.

One class stands for the four released networks (text-to-image and upsampler, each plain and
inpainting) and for our small ones; `UNetConfig` says which. Parameter names below `text.` lose that
prefix in the released files (see `weights`).
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
from glide_studio.glide.text import TextEncoder, TextStates


@dataclass(frozen=True, slots=True)
class Condition:
    """What a network is given besides x_t and t; pictures lie in -1 .. 1.

    text: the encoded caption. known: [N, 3, H, W], its unknown part is ignored. mask: [N, 1, H, W],
    1 = known, 0 = to be generated. Without either, the input holds zeros, as for plain generation.
    low_res: [N, C, h, w], what a super-resolution network enlarges, with as many channels as x.
    """

    text: TextStates
    known: Tensor | None = None
    mask: Tensor | None = None
    low_res: Tensor | None = None

    def without_known(self) -> Condition:
        """Return the condition without the known picture.

        It is for fills that are not to see the context (GLIDE, appendix E).
        """
        return replace(self, known=None, mask=None)

    def concat(self, other: Condition) -> Condition:
        """Return both conditions in one batch, these rows first; both must hold the same parts."""

        def join(a: Tensor | None, b: Tensor | None) -> Tensor | None:
            return None if a is None or b is None else torch.cat([a, b])

        return Condition(
            self.text.concat(other.text),
            join(self.known, other.known),
            join(self.mask, other.mask),
            join(self.low_res, other.low_res),
        )


def _memory_format(plain: bool) -> torch.memory_format:
    return torch.contiguous_format if plain else torch.channels_last


class TimestepEmbedSequential(nn.ModuleList):
    """Layers of one level in a row: residual blocks take (x, emb), attention takes (x, text)."""

    def forward(
        self,
        x: Tensor,
        emb: Tensor,
        text: Tensor | None,
        keys: Sequence[TextKV] = (),
        on_block: OnBlock = noop,
    ) -> Tensor:
        """Map x [N, C, H, W] to [N, C', H', W']."""
        for layer in self:
            if isinstance(layer, ResBlock):
                x = layer(x, emb, on_block)
            elif isinstance(layer, AttentionBlock):
                x = layer(x, text, keys[layer.index] if keys else None)
            else:
                x = layer(x)
            on_block()
        return x


def res_block(
    config: UNetConfig, channels: int, out: int, emb_channels: int, how: Resample = "none"
) -> ResBlock:
    """Return a residual block with the options of `config`."""
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
    """Return an attention block with the options of `config`."""
    return AttentionBlock(channels, config.head_width, text_width, config.norm_groups)


def build_encoder(
    config: UNetConfig, in_channels: int, emb_channels: int, text_width: int | None
) -> tuple[nn.ModuleList, list[int]]:
    """Return (the blocks from the stem to the lowest level, the output channels of each)."""
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

    They get the network's input beside the trunk's output, so that the trunk need not carry every
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
        """Map h [N, C, H/p, W/p] and x [N, in, H, W] to [N, out, H, W]."""
        h = self.shuffle(self.unfold(h))
        out: Tensor = self.last(F.silu(self.mix(torch.cat([h, x.to(h.dtype)], dim=1))))
        return out


class UNet(nn.Module):
    """The network (x_t, t, condition) -> epsilon or x0, and the variance's v."""

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
        for index, module in enumerate(self.attention_blocks()):
            module.index = index

    def attention_blocks(self) -> list[AttentionBlock]:
        """Return the attention blocks in the order of evaluation."""
        return [module for module in self.modules() if isinstance(module, AttentionBlock)]

    def precompute_keys(self, text: TextStates) -> TextStates:
        """Return a caption with the keys and values that each evaluation would make of it."""
        sequence = text.sequence.to(self.dtype)
        keys = tuple(block.text_kv(sequence) for block in self.attention_blocks())
        return text._replace(keys=keys)

    @property
    def device(self) -> torch.device:
        """Where the weights lie."""
        return self.text.positional_embedding.device

    @property
    def dtype(self) -> torch.dtype:
        """Dtype of the text's projections and the trunk, hence of the activations."""
        return self.text.transformer_proj.weight.dtype

    def cast(self, dtype: torch.dtype) -> Self:
        """Convert the large matrices to `dtype`, as in the official half-precision networks.

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
        """Change the weights to the memory layout that is fastest on `device`.

        That is channels last, but NCHW for Winograd's convolutions on a CPU: full-size networks in
        float32.
        """
        winograd = torch.device(device).type == "cpu" and self.dtype == torch.float32
        plain = winograd and self.config.patch == 1 and has_winograd()
        return self.to(memory_format=_memory_format(plain))  # type: ignore[call-overload, no-any-return]

    def inputs(self, x: Tensor, condition: Condition) -> Tensor:
        """Return x [N, C, H, W] and the parts of the condition as [N, in_channels, H, W].

        Channel order of the released files: x, known picture, mask, low resolution.

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
        return torch.cat(parts, dim=1)

    def upsample_low_res(self, x: Tensor, condition: Condition) -> Tensor:
        """Return the low-resolution picture at the size of x."""
        if condition.low_res is None:
            raise ValueError("A super-resolution network needs a low-resolution picture.")
        how = self.config.enlarge
        return F.interpolate(condition.low_res, x.shape[2:], mode=how, align_corners=False)

    def forward(
        self, x: Tensor, t: Tensor, condition: Condition, on_block: OnBlock = noop
    ) -> Tensor:
        """Map x [N, C, H, W] and original timesteps t [N] to [N, out_channels, H, W] float32.

        Raises:
            ValueError: if H or W is not a multiple of `config.step`.
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
        # Kernels, and the last bits of results, depend on the layout: x takes that of the weights.
        plain = next(self.input_blocks.parameters()).is_contiguous()
        h = h.to(self.dtype, memory_format=_memory_format(plain))
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
        """Map the trunk's last activations to the network's output, in float32."""
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
