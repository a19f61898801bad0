"""A small picture that a caption calls to mind, laid into the hole: an aid for very small networks.

Not of GLIDE. A large network learns by itself to arrange a noun's parts in space; one that must
learn within hours has trouble to, since its caption reaches every position alike. Here words choose
a picture with alpha, learnt as a table, which is moved and scaled onto what is to be painted (the
sampling of spatial transformers: Jaderberg et al. 2015, arXiv 1506.02025, section 3.3). The network
sees it as four more channels of its input, and paints the real thing.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from glide_studio.glide.config import GIST

HEADS = 4  # ways of looking at the caption


class Sketch(nn.Module):
    """text_width: of the caption's states. side: of the square picture, in pixels."""

    def __init__(self, text_width: int, side: int) -> None:
        super().__init__()
        self.side = side
        self.score = nn.Linear(text_width, HEADS)
        self.value = nn.Linear(text_width, GIST * text_width)
        self.picture = nn.Linear(GIST * text_width, 4 * side * side)
        # Begins as nothing at all.
        nn.init.zeros_(self.picture.weight)
        nn.init.zeros_(self.picture.bias)

    def forward(self, sequence: Tensor, mask: Tensor | None, height: int, width: int) -> Tensor:
        """The sketch [N, 4, height, width] of captions [N, W, L], transparent outside of the hole's box.

        Red, green and blue in -1 .. 1, times alpha; alpha in 0 .. 1 (as learnt: nothing enforces
        it).
        mask: [N, 1, H, W], 1 = known, or None where everything is to be painted.
        """
        picture = self.picture(self.gist(sequence)).reshape(-1, 4, self.side, self.side)
        grid = F.affine_grid(
            place_in_hole(mask, picture), [len(picture), 1, height, width], align_corners=False
        )
        return F.grid_sample(picture, grid.to(picture), padding_mode="zeros", align_corners=False)

    def gist(self, sequence: Tensor) -> Tensor:
        """[N, W, L] to [N, GIST W]: the positions that matter, each head's own weighted mean."""
        states = sequence.mT  # [N, L, W]
        weights = self.score(states).softmax(dim=1)  # [N, L, heads]
        values = self.value(states).unflatten(2, (HEADS, -1))  # [N, L, heads, GIST W / heads]
        return F.gelu(torch.einsum("nlh,nlhc->nhc", weights, values).flatten(1))


def over(sketch: Tensor, behind: Tensor) -> Tensor:
    """A sketch [N, 4, H, W] on pictures or colors [N, 3, H or 1, W or 1]; (Porter & Duff 1984)."""
    return sketch[:, :3] + (1 - sketch[:, 3:]) * behind


def place_in_hole(mask: Tensor | None, like: Tensor) -> Tensor:
    """[N, 2, 3] affine maps from the frame's coordinates to those of a square laid over each hole's box.

    The box lies in the middle of the hole and is as wide as the hole's rows are on average, as high
    as its
    columns: whoever circles a thing means what stands inside of the ellipse, not as far as it
        reaches.
    mask: [N, 1, H, W], 1 = known; without a hole, or without a mask, the box is the whole frame.
    Coordinates run over -1 .. 1 (`torch.nn.functional.affine_grid`).
    """
    theta = like.new_zeros(len(like), 2, 3)
    theta[:, 0, 0] = theta[:, 1, 1] = 1.0
    if mask is None:
        return theta
    hole = mask[:, 0] < 0.5
    for row, axis in enumerate((1, 2)):  # x follows from columns, y from rows
        along = hole.any(dim=axis)  # [N, side]
        side = along.shape[1]
        first = along.int().argmax(dim=1)
        last = side - along.flip(1).int().argmax(dim=1)
        lines = hole.any(dim=3 - axis).sum(dim=1).clamp(min=1)
        length = (hole.sum(dim=(1, 2)) / lines).to(like)
        length = torch.where(along.any(dim=1), length, side)  # without a hole, the whole frame
        scale = side / torch.maximum(length, (last - first).to(like) / 2)
        middle = (first + last).to(like) / side - 1
        theta[:, row, row] = scale
        theta[:, row, 2] = -scale * middle
    return theta
