"""Noise-aware CLIP: similarity of noised pictures and captions, and its gradient for guidance.

GLIDE, section 2.4: CLIP of Radford et al. 2021 (arXiv 2103.00020), trained on x_t with the timestep
t, for the schedule of the base network. Parameter names are those of the released checkpoints.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from glide_studio.glide.layers import normal_parameter
from glide_studio.glide.text import row_indices
from glide_studio.glide.weights import WeightsError, materialize, read_tensors

HEAD_WIDTH = 64  # channels; of the released encoders, since no shape tells it
LOGIT_SCALE = 100.0  # of the released code; no checkpoint holds it

# Mean and standard deviation of CLIP's training pictures, red, green and blue in 0 .. 255; of
# alpha, the middle and half of its range.
MEANS = (122.77093945, 116.74601272, 104.09373519, 127.5)
DEVIATIONS = (68.50053285, 66.63215831, 70.32316309, 127.5)


class Norm(nn.Module):
    """Layer norm over the last axis, in float32."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.g = nn.Parameter(torch.ones(width))
        self.b = nn.Parameter(torch.zeros(width))

    def forward(self, x: Tensor) -> Tensor:
        """Normalize [..., W]."""
        return F.layer_norm(x.float(), self.g.shape, self.g, self.b, eps=1e-5).to(x.dtype)


class Affine(nn.Module):
    """A linear layer, x w^T + b."""

    def __init__(self, width: int, out: int, bias: bool = True) -> None:
        super().__init__()
        self.w = normal_parameter(out, width, std=width**-0.5)
        self.b = nn.Parameter(torch.zeros(out)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        """Map [..., W] to [..., out]."""
        return F.linear(x, self.w, self.b)


class ClipAttention(nn.Module):
    """Multi-head self-attention on normalized tokens; heads lie one after the other."""

    def __init__(self, width: int, heads: int, causal: bool) -> None:
        super().__init__()
        self.heads = heads
        self.causal = causal
        self.ln = Norm(width)
        self.f_q = Affine(width, width)
        self.f_k = Affine(width, width, bias=False)
        self.f_v = Affine(width, width)
        self.f_c = Affine(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Attend over [N, L, W]."""
        h = self.ln(x)
        q, k, v = (
            f(h).unflatten(-1, (self.heads, -1)).transpose(1, 2)  # [N, h, L, W/h]
            for f in (self.f_q, self.f_k, self.f_v)
        )
        h = F.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        out: Tensor = self.f_c(h.transpose(1, 2).flatten(2))
        return out


class ClipMLP(nn.Module):
    """A normalized MLP, four times wider inside, with exact GELU."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.ln = Norm(width)
        self.f_1 = Affine(width, 4 * width)
        self.f_2 = Affine(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Map [..., W] to the same shape."""
        out: Tensor = self.f_2(F.gelu(self.f_1(self.ln(x))))
        return out


class ClipBlock(nn.Module):
    """x += attention(norm(x)); x += mlp(norm(x))."""

    def __init__(self, width: int, heads: int, causal: bool) -> None:
        super().__init__()
        self.f_attn = ClipAttention(width, heads, causal)
        self.f_mlp = ClipMLP(width)

    def forward(self, x: Tensor) -> Tensor:
        """Map [N, L, W] to the same shape."""
        x = x + self.f_attn(x)
        out: Tensor = x + self.f_mlp(x)
        return out


class TokenEmbedding(nn.Module):
    """The embedding of token ids and their positions.

    rows: of a reduced table that knows rows - 1 ids; all others share the last row. None: one row
        an id.
    """

    token_ids: Tensor

    def __init__(self, vocabulary: int, context: int, width: int, rows: int | None = None) -> None:
        super().__init__()
        self.w_voc = normal_parameter(rows or vocabulary, width, std=0.02)
        self.w_pos = normal_parameter(context, width, std=0.01)
        self.rows = rows
        if rows is not None:
            # Row i holds the token id token_ids[i].
            self.register_buffer("token_ids", torch.arange(rows - 1, dtype=torch.int32))

    def forward(self, tokens: Tensor) -> Tensor:
        """Map [N, L] to [N, L, W]."""
        place = tokens if self.rows is None else row_indices(self.token_ids, tokens)
        return F.embedding(place, self.w_voc) + self.w_pos


class PatchEmbedding(nn.Module):
    """The embedding of t as a token, then of the picture's patches row by row."""

    def __init__(self, size: int, patch: int, timesteps: int, width: int, channels: int) -> None:
        super().__init__()
        self.patch = patch
        self.w_t = normal_parameter(timesteps, width, std=0.02)
        deviation = (channels * patch**2) ** -0.5
        self.patch_proj = normal_parameter(width, channels, patch, patch, std=deviation)
        self.w_pos = normal_parameter((size // patch) ** 2 + 1, width, std=0.01)
        self.ln = Norm(width)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """Map x [N, C, H, W] in -1 .. 1 and t [N] int64 to [N, 1 + patches, W]."""
        means, deviations = (
            x.new_tensor(values[: x.shape[1]]).reshape(-1, 1, 1) for values in (MEANS, DEVIATIONS)
        )
        pixels = ((x + 1) * 127.5 - means) / deviations
        h = F.conv2d(pixels, self.patch_proj, stride=self.patch).flatten(2).mT
        out: Tensor = self.ln(torch.cat([self.w_t[t][:, None], h], dim=1) + self.w_pos)
        return out


class Projection(nn.Module):
    """The projection of one token to the space that pictures and captions share."""

    def __init__(self, width: int, embedding: int) -> None:
        super().__init__()
        self.ln = Norm(width)
        self.f = Affine(width, embedding, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map [N, W] to [N, E]."""
        out: Tensor = self.f(self.ln(x))
        return out


def _stack(
    first: nn.Module, last: nn.Module, width: int, layers: int, heads: int, causal: bool
) -> nn.ModuleDict:
    blocks = {f"block_{i}": ClipBlock(width, heads, causal) for i in range(layers)}
    return nn.ModuleDict({"input": first, **blocks, "output": last})


class ImageEncoder(nn.Module):
    """The encoder of (x_t, original timestep). channels: 3, or 4 with alpha."""

    def __init__(
        self,
        *,
        size: int = 64,
        patch: int = 4,
        timesteps: int = 1000,
        width: int = 768,
        layers: int = 12,
        heads: int = 12,
        embedding: int = 512,
        channels: int = 3,
    ) -> None:
        super().__init__()
        self.size, self.channels = size, channels
        first = PatchEmbedding(size, patch, timesteps, width, channels)
        self.blocks = _stack(first, Projection(width, embedding), width, layers, heads, False)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """Encode x [N, C, size, size] in -1 .. 1 at t [N] int64 in 0 .. timesteps - 1 to [N, E].

        Raises:
            ValueError: if the picture has another size.
        """
        if x.shape[2:] != (self.size, self.size):
            raise ValueError(
                f"CLIP takes pictures of {self.size} x {self.size}, not {tuple(x.shape[2:])}."
            )
        first, *blocks, last = self.blocks.values()
        h = first(x, t)
        for block in blocks:
            h = block(h)
        out: Tensor = last(h[:, 0])
        return out


class CaptionEncoder(nn.Module):
    """The causal encoder of captions. rows: see `TokenEmbedding`."""

    def __init__(
        self,
        *,
        vocabulary: int = 65_536,
        context: int = 77,
        width: int = 512,
        layers: int = 12,
        heads: int = 8,
        embedding: int = 512,
        rows: int | None = None,
    ) -> None:
        super().__init__()
        first = TokenEmbedding(vocabulary, context, width, rows)
        self.blocks = _stack(first, Projection(width, embedding), width, layers, heads, True)

    @property
    def token_embedding(self) -> TokenEmbedding:
        """The embedding of tokens; its positions are as many as the tokens that it takes."""
        return cast(TokenEmbedding, self.blocks["input"])

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Encode tokens [N, L] int64 to [N, E]; lengths [N]: of the captions without padding."""
        first, *blocks, last = self.blocks.values()
        h = first(tokens)
        for block in blocks:
            h = block(h)
        out: Tensor = last(h[torch.arange(len(h), device=h.device), lengths - 1])
        return out


def _encoder_sizes(
    state: Mapping[str, Tensor], head_width: int, source: str
) -> tuple[int, int, int, int]:
    """Return (width, layers, heads, embedding) by the shapes of a table of tensors."""
    output = state.get("blocks.output.f.w")
    if output is None or output.ndim != 2 or output.shape[1] % head_width:
        raise WeightsError(f"{source} is not a noise-aware CLIP encoder; choose another file.")
    layers = len({name.split(".")[1] for name in state if name.startswith("blocks.block_")})
    embedding, width = output.shape
    return width, layers, width // head_width, embedding


def image_encoder(
    state: Mapping[str, Tensor], source: str, head_width: int = HEAD_WIDTH
) -> ImageEncoder:
    """Build the image encoder of these tensors; all sizes but the heads' follow from shapes.

    Raises:
        WeightsError: if they are not one.
    """
    width, layers, heads, embedding = _encoder_sizes(state, head_width, source)
    try:
        channels, patch = state["blocks.input.patch_proj"].shape[1:3]
        side = round((len(state["blocks.input.w_pos"]) - 1) ** 0.5)
        timesteps = len(state["blocks.input.w_t"])
    except (KeyError, IndexError, TypeError, ValueError):
        raise WeightsError(
            f"{source} is not a noise-aware CLIP encoder; choose another file."
        ) from None
    with torch.device("meta"):
        made = ImageEncoder(
            size=side * patch,
            patch=patch,
            timesteps=timesteps,
            width=width,
            layers=layers,
            heads=heads,
            embedding=embedding,
            channels=channels,
        )
    return materialize(made, dict(state), source)


def caption_encoder(
    state: Mapping[str, Tensor], source: str, head_width: int = HEAD_WIDTH
) -> CaptionEncoder:
    """Build the text encoder of these tensors, likewise.

    Raises:
        WeightsError: if they are not one.
    """
    width, layers, heads, embedding = _encoder_sizes(state, head_width, source)
    if "blocks.input.w_voc" not in state or "blocks.input.w_pos" not in state:
        raise WeightsError(f"{source} is not a CLIP text encoder; choose another file.")
    with torch.device("meta"):
        made = CaptionEncoder(
            vocabulary=len(state["blocks.input.w_voc"]),
            context=len(state["blocks.input.w_pos"]),
            width=width,
            layers=layers,
            heads=heads,
            embedding=embedding,
            rows=len(state["blocks.input.w_voc"]) if "blocks.input.token_ids" in state else None,
        )
    return materialize(made, dict(state), source)


def load_image_encoder(path: Path) -> ImageEncoder:
    """Load the released file clip_image_enc.pt, or one like it.

    Raises:
        WeightsError, FileNotFoundError: see `weights.read_tensors` and `image_encoder`.
    """
    return image_encoder(read_tensors(path)[0], path.name)


def load_caption_encoder(path: Path) -> CaptionEncoder:
    """Load the released file clip_text_enc.pt, or one like it.

    Raises:
        WeightsError, FileNotFoundError: see `weights.read_tensors` and `caption_encoder`.
    """
    return caption_encoder(read_tensors(path)[0], path.name)


def l2_normalize(z: Tensor) -> Tensor:
    """Scale each row of [N, E] to length 1."""
    length: Tensor = torch.linalg.norm(z, dim=-1, keepdim=True)
    return z / (length + 1e-12)


def similarity(images: ImageEncoder, x: Tensor, t: Tensor, caption: Tensor) -> Tensor:
    """Return the cosine [N] of x [N, C, S, S] at original timesteps t [N] and captions.

    caption: encoded, [N or 1, E].
    """
    with torch.no_grad():
        return (l2_normalize(images(x, t)) * l2_normalize(caption)).sum(-1)


@dataclass(frozen=True, slots=True)
class ClipGradient:
    """A `guidance.Gradient`: scale d/dx_t LOGIT_SCALE cos(image(x_t), caption); GLIDE, eq. 9.

    caption: [N or 1, E], encoded once.
    """

    images: ImageEncoder
    caption: Tensor
    scale: float = 3.0

    def __call__(self, x: Tensor, timesteps: Tensor) -> Tensor:
        """Return the gradient at x_t [N, C, S, S], for the nearest whole timesteps."""
        original = timesteps.round().long().to(x.device)
        # Tensors made in inference mode cannot be differentiated; their copies outside of it can.
        with torch.inference_mode(False), torch.enable_grad():
            leaf = x.detach().clone().requires_grad_()
            z = l2_normalize(self.images(leaf, original)) * l2_normalize(self.caption.clone())
            (gradient,) = torch.autograd.grad(LOGIT_SCALE * z.sum(), leaf)
        return self.scale * gradient
