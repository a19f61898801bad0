"""Attention maps: how much each position of a picture attends to each token of the caption.

In GLIDE text keys stand beside the picture's own in every attention, so the text's share of one
softmax is already a measure. Averaging over heads and layers follows DAAM (Tang et al. 2022, arXiv
2210.04885). The fused attention kernels never form these weights, so they are computed only while
an `AttentionRecorder` is called.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from glide_studio.glide.diffusion import Prediction
from glide_studio.glide.guidance import NetworkDenoiser
from glide_studio.glide.layers import AttentionBlock
from glide_studio.glide.tokenizers import GLIDE_SPLIT, Tokenizer


def text_attention(block: AttentionBlock, x: Tensor, text: Tensor) -> Tensor:
    """Return the weights on each token [N, L, H, W], mean over the heads.

    x: [N, C, H, W], the input of the block. text: [N, W, L].
    """
    n, _, height, width = x.shape
    q, k, _ = block.picture_qkv(x)
    text_k, _ = block.text_kv(text)
    weights = (q @ torch.cat([text_k, k], dim=2).mT / q.shape[-1] ** 0.5).float().softmax(-1)
    tokens: Tensor = weights[..., : text.shape[-1]].mean(1)  # [N, T, L]
    return tokens.mT.reshape(n, -1, height, width)


@dataclass(slots=True)
class AttentionRecorder:
    """A network's denoiser that keeps the attention of its last evaluation in `maps` [N, L, h, w].

    The maps of all attention blocks are resized to the largest of them and averaged.
    """

    denoiser: NetworkDenoiser
    maps: Tensor | None = field(default=None, init=False)

    def __call__(self, x: Tensor, t: Tensor) -> Prediction:
        """Return the denoiser's prediction and update `maps`."""
        found: list[Tensor] = []

        def record(block: nn.Module, given: tuple[Tensor, Tensor]) -> None:
            assert isinstance(block, AttentionBlock)
            found.append(text_attention(block, given[0], given[1]))

        blocks = self.denoiser.network.attention_blocks()
        hooks = [block.register_forward_pre_hook(record) for block in blocks]
        try:
            pred = self.denoiser(x, t)
        finally:
            for hook in hooks:
                hook.remove()
        size = max(tuple(one.shape[2:]) for one in found)
        resized = [F.interpolate(one, size, mode="bilinear") for one in found]
        self.maps = torch.stack(resized).mean(0)
        return pred


def word_positions(tokenizer: Tokenizer, text: str, context: int) -> list[tuple[str, range]]:
    """Return the words of a caption and their tokens' positions, up to the end of the context."""
    found: list[tuple[str, range]] = []
    position = 0
    for part in GLIDE_SPLIT.findall(text.lower()):
        end = position + len(tokenizer.encode(part))
        word = part.strip()
        if end > context:
            break
        if re.search(r"\w", word):
            found.append((word, range(position, end)))
        position = end
    return found
