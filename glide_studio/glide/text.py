"""The text transformer inside each diffusion network (GLIDE, section 3).

Bidirectional, pre-norm, no attention mask: all positions are attended to, padding included; a
position without a token holds a learned padding vector of its own. Parameter names are those of the
released checkpoints.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from glide_studio.glide.config import TextConfig
from glide_studio.glide.layers import attend, normal_parameter


def row_indices(known: Tensor, tokens: Tensor) -> Tensor:
    """Return the index of each token id [N, L] in `known` [K], increasing; K for others."""
    place = torch.searchsorted(known, tokens.int().contiguous()).clamp(max=len(known) - 1)
    return torch.where(known[place] == tokens, place, len(known))


class LayerNorm(nn.LayerNorm):
    """LayerNorm with float32 statistics for activations of any dtype."""

    def forward(self, x: Tensor) -> Tensor:
        """Normalize [..., W]."""
        h = F.layer_norm(x.float(), self.normalized_shape, self.weight, self.bias, self.eps)
        return h.to(x.dtype)


class Attention(nn.Module):
    """Multi-head self-attention whose channels lie as [head 0: q, k, v | head 1: q, k, v | ...]."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.c_qkv = nn.Linear(width, 3 * width)
        self.c_proj = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Attend over [N, L, W]."""
        n, length, width = x.shape
        qkv = self.c_qkv(x).reshape(n, length, self.heads, -1).transpose(1, 2)  # [N, h, L, 3W/h]
        h = attend(*qkv.chunk(3, dim=-1))  # [N, h, L, W/h]
        out: Tensor = self.c_proj(h.transpose(1, 2).reshape(n, length, width))
        return out


class MLP(nn.Module):
    """Four times wider inside, exact GELU."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.c_fc = nn.Linear(width, 4 * width)
        self.c_proj = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Map [..., W] to the same shape."""
        out: Tensor = self.c_proj(F.gelu(self.c_fc(x)))
        return out


class TextBlock(nn.Module):
    """x += attention(norm(x)); x += mlp(norm(x))."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.attn = Attention(width, heads)
        self.ln_1 = LayerNorm(width)
        self.mlp = MLP(width)
        self.ln_2 = LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        """Map [N, L, W] to the same shape."""
        x = x + self.attn(self.ln_1(x))
        out: Tensor = x + self.mlp(self.ln_2(x))
        return out


class Transformer(nn.Module):
    """A stack of `TextBlock`s."""

    def __init__(self, width: int, layers: int, heads: int) -> None:
        super().__init__()
        self.resblocks = nn.ModuleList(TextBlock(width, heads) for _ in range(layers))

    def forward(self, x: Tensor) -> Tensor:
        """Map [N, L, W] to the same shape."""
        for block in self.resblocks:
            x = block(x)
        return x


class TextStates(NamedTuple):
    """An encoded caption.

    sequence: [N, W, L], for attention. vector: [N, E], added to the embedding of t.

    keys: the keys and values that each attention block makes of the sequence, in the network's
    order; empty if every evaluation makes them (see `UNet.precompute_keys`).
    """

    sequence: Tensor
    vector: Tensor
    keys: tuple[tuple[Tensor, Tensor], ...] = ()

    def map(self, change: Callable[[Tensor], Tensor]) -> TextStates:
        """Apply the same change to each tensor."""
        keys = tuple((change(k), change(v)) for k, v in self.keys)
        return TextStates(change(self.sequence), change(self.vector), keys)

    def concat(self, other: TextStates) -> TextStates:
        """Return both in one batch, these first."""
        return TextStates(
            torch.cat([self.sequence, other.sequence]),
            torch.cat([self.vector, other.vector]),
            tuple(
                (torch.cat([k, other_k]), torch.cat([v, other_v]))
                for (k, v), (other_k, other_v) in zip(self.keys, other.keys, strict=True)
            ),
        )


class TextEncoder(nn.Module):
    """The caption encoder; `emb_channels` is the width E of the network's timestep embedding."""

    token_ids: Tensor

    def __init__(self, config: TextConfig, emb_channels: int) -> None:
        super().__init__()
        self.config = config
        rows = config.rows or config.vocabulary
        table = normal_parameter(rows, config.width, std=1.0)
        self.token_embedding = nn.Embedding.from_pretrained(table, freeze=False)  # type: ignore[no-untyped-call]
        self.positional_embedding = normal_parameter(config.context, config.width, std=0.01)
        self.padding_embedding = normal_parameter(config.context, config.width, std=0.01)
        self.transformer = Transformer(config.width, config.layers, config.heads)
        self.final_ln = LayerNorm(config.width)
        self.transformer_proj = nn.Linear(config.width, emb_channels)
        if config.rows is not None:
            # Row i holds the token id token_ids[i]; the last row stands for every other id.
            self.register_buffer("token_ids", torch.tensor(range(rows - 1), dtype=torch.int32))

    def set_vocabulary(self, token_ids: Tensor) -> None:
        """Set the ids [rows - 1], increasing, that the rows of a reduced table stand for."""
        self.token_ids.copy_(token_ids)

    def embedding_rows(self, tokens: Tensor) -> Tensor:
        """Map token ids [N, L] int64 to rows of the embedding table."""
        if self.config.rows is None:
            return tokens
        return row_indices(self.token_ids, tokens)

    def forward(self, tokens: Tensor, mask: Tensor) -> TextStates:
        """Encode tokens [N, L] int64 with mask [N, L] bool, True where a token stands."""
        x = self.token_embedding(self.embedding_rows(tokens)) + self.positional_embedding
        x = torch.where(mask[..., None], x, self.padding_embedding.to(x.dtype))
        x = self.final_ln(self.transformer(x.to(self.transformer_proj.weight.dtype)))
        return TextStates(x.mT, self.transformer_proj(x[:, -1]))
