"""The noise-aware classifier of ADM: the U-Net's downward half with an attention pool.

Dhariwal & Nichol 2021 (arXiv 2105.05233), section 4 and appendix H. Parameter names are those of
the guided-diffusion checkpoints.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import safetensors
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from glide_studio.glide.config import UNetConfig
from glide_studio.glide.layers import GroupNorm, normal_parameter, timestep_embedding
from glide_studio.glide.unet import (
    TimestepEmbedSequential,
    attention_block,
    build_encoder,
    res_block,
)
from glide_studio.glide.weights import WeightsError, materialize, read_tensors

CLASSES = "glide_studio_classes"  # key in the header of our own files


class AttentionPool(nn.Module):
    """A pool in which the mean of all positions attends to each of them (CLIP, section 2.4)."""

    def __init__(self, positions: int, channels: int, head_width: int, out: int) -> None:
        super().__init__()
        self.heads = channels // head_width
        self.positional_embedding = normal_parameter(channels, positions + 1, std=channels**-0.5)
        self.qkv_proj = nn.Conv1d(channels, 3 * channels, 1)
        self.c_proj = nn.Conv1d(channels, out, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map [N, C, H, W] to [N, out]."""
        h = x.flatten(2)
        h = torch.cat([h.mean(-1, keepdim=True), h], dim=-1) + self.positional_embedding
        # Here the channels lie as [q | k | v], each with its heads one after the other.
        q, k, v = self.qkv_proj(h).unflatten(1, (3, self.heads, -1)).mT.unbind(1)  # [N, h, T, c/h]
        pooled = F.scaled_dot_product_attention(q[:, :, :1], k, v)  # [N, h, 1, c/h]
        out: Tensor = self.c_proj(pooled.transpose(2, 3).flatten(1, 2))
        return out[..., 0]


class Classifier(nn.Module):
    """The classifier: (x_t, original timestep) to the logits of classes.

    config: size, alpha, channels, blocks, multipliers, attention, head_width, patch and norm_groups
    count.
    """

    def __init__(self, config: UNetConfig, classes: int) -> None:
        super().__init__()
        self.config = config
        emb = 4 * config.channels
        self.time_embed = nn.Sequential(
            nn.Linear(config.channels, emb), nn.SiLU(), nn.Linear(emb, emb)
        )
        self.input_blocks, skips = build_encoder(
            config, config.picture_channels * config.patch**2, emb, text_width=None
        )
        width = skips[-1]
        self.middle_block = TimestepEmbedSequential(
            [
                res_block(config, width, width, emb),
                attention_block(config, width, None),
                res_block(config, width, width, emb),
            ]
        )
        side = config.size // config.step
        self.out = nn.Sequential(
            GroupNorm(config.norm_groups, width, silu=True),
            nn.Identity(),
            AttentionPool(side**2, width, config.head_width, classes),
        )

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """Map x [N, C, size, size], t [N] original timesteps to [N, classes].

        Raises:
            ValueError: if the picture has another size.
        """
        side = self.config.size
        if x.shape[2:] != (side, side):
            raise ValueError(
                f"This classifier takes pictures of {side} x {side}, not {tuple(x.shape[2:])}."
            )
        emb = self.time_embed(timestep_embedding(t, self.config.channels))
        h = F.pixel_unshuffle(x, self.config.patch)
        for block in self.input_blocks:
            h = block(h, emb, None)
        out: Tensor = self.out(self.middle_block(h, emb, None))
        return out


def classifier_config(
    state: Mapping[str, Tensor], source: str, size: int = 64, head_width: int = 64
) -> tuple[UNetConfig, int]:
    """Return (the config by these tensors' shapes, the number of classes) for pictures of `size`.

    Raises:
        WeightsError: if they are not such a classifier.
    """
    try:
        stem = state["input_blocks.0.0.weight"]
        pool = state["out.2.positional_embedding"]
        classes = len(state["out.2.c_proj.weight"])
        rows = len({name.split(".")[1] for name in state if name.startswith("input_blocks.")})
        alpha = math.isqrt(stem.shape[1]) ** 2 == stem.shape[1]  # 4 p^2; 3 p^2 is never a square
        patch = math.isqrt(stem.shape[1] // (4 if alpha else 3))
        levels = round(math.log2(size / patch / math.isqrt(pool.shape[1] - 1))) + 1
        blocks = rows // levels - 1  # without the one that halves, for the last level the stem
        ends = [level * (blocks + 1) + blocks for level in range(levels)]
        widths = [len(state[f"input_blocks.{end}.0.out_layers.3.weight"]) for end in ends]
        config = UNetConfig(
            size=size,
            channels=len(stem),
            blocks=blocks,
            multipliers=tuple(width // len(stem) for width in widths),
            attention=tuple(
                2**i for i, end in enumerate(ends) if f"input_blocks.{end}.1.qkv.weight" in state
            ),
            head_width=head_width,
            dropout=0.0,
            alpha=alpha,
            patch=patch,
        )
    except (KeyError, IndexError, ValueError, TypeError, ZeroDivisionError):
        raise WeightsError(
            f"{source} is not a noise-aware classifier; choose another file."
        ) from None
    return config, classes


def load(path: Path, size: int = 64) -> Classifier:
    """Load a classifier for pictures of `size`, such as guided-diffusion's 64x64_classifier.pt.

    Raises:
        WeightsError, FileNotFoundError: see `weights.read_tensors`, `classifier_config` and
            `check`.
    """
    state, _ = read_tensors(path)
    with torch.device("meta"):
        made = Classifier(*classifier_config(state, path.name, size))
    return materialize(made, state, path.name)


def class_header(classes: Sequence[str]) -> dict[str, str]:
    """Return the header of our own classifier files: the names of the classes, in their order."""
    return {CLASSES: json.dumps(list(classes), ensure_ascii=False)}


def class_names(path: Path) -> tuple[str, ...]:
    """Return the classes that one of our own files names; none for others.

    Raises:
        WeightsError: if the file is damaged.
        FileNotFoundError: if there is no such file.
    """
    with open(path, "rb") as file:
        if file.read(16)[8:9] != b"{":
            return ()
    try:
        with safetensors.safe_open(path, framework="pt") as found:
            names = json.loads((found.metadata() or {}).get(CLASSES, "[]"))
    except (safetensors.SafetensorError, json.JSONDecodeError) as error:
        raise WeightsError(f"{path.name} is a damaged safetensors file: {error}.") from None
    return tuple(str(name) for name in names)


@dataclass(frozen=True, slots=True)
class ClassifierGradient:
    """A `guidance.Gradient`: scale d/dx_t log p(classes | x_t); ADM, section 4.1.

    classes: [N] int64, one for each row.
    """

    classifier: Classifier
    classes: Tensor
    scale: float

    def __call__(self, x: Tensor, timesteps: Tensor) -> Tensor:
        """Return the gradient at x_t [N, C, size, size]."""
        original = timesteps.to(x.device)
        with torch.inference_mode(False), torch.enable_grad():
            leaf = x.detach().clone().requires_grad_()
            logits = F.log_softmax(self.classifier(leaf, original), dim=-1)
            chosen = logits.gather(1, self.classes.clone()[:, None])
            (gradient,) = torch.autograd.grad(chosen.sum(), leaf)
        return self.scale * gradient
