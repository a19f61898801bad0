"""A coarse picture that a caption calls to mind, laid into the hole: an aid for very small networks.

Not of GLIDE. A large network learns by itself to arrange a noun's parts in space; one that must learn
within hours has trouble to, since its caption reaches every position alike. Here words choose a whole
layout, learnt as a table, which is moved and scaled onto what is to be painted (the sampling of spatial
transformers: Jaderberg et al. 2015, arXiv 1506.02025, section 3.3) and added to the stem's output.
The first channels are the picture itself, small, if training says so (`Sketch.colours`).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

HEADS = 4  # ways of looking at the caption
FINE = 2  # pixels of the small picture along a position's side
COLOURS = 3 * FINE**2  # channels that hold it


class Sketch(nn.Module):
    """text_width: of the caption's states. channels: of the layout. side: of its square, in positions.

    out: channels of what it is added to.
    """

    def __init__(self, text_width: int, channels: int, side: int, out: int) -> None:
        super().__init__()
        self.channels, self.side = channels, side
        self.score = nn.Linear(text_width, HEADS)
        self.value = nn.Linear(text_width, text_width)
        self.layout = nn.Linear(text_width, channels * side * side)
        self.mix = nn.Conv2d(channels, out, 1, bias=False)
        # Begins as nothing, so that a network without it can be taken over.
        nn.init.zeros_(self.layout.weight)
        nn.init.zeros_(self.layout.bias)

    def forward(self, sequence: Tensor, mask: Tensor | None, height: int, width: int) -> Tensor:
        """The sketch [N, out, height, width] of captions [N, W, L].

        mask: [N, 1, H, W], 1 = known, or None where everything is to be painted.
        """
        out: Tensor = self.mix(self.laid(sequence, mask, height, width))
        return out

    def laid(self, sequence: Tensor, mask: Tensor | None, height: int, width: int) -> Tensor:
        """The layout [N, channels, height, width] that the captions choose, at its place."""
        picture = self.layout(self.gist(sequence))
        picture = picture.reshape(-1, self.channels, self.side, self.side)
        theta = placed(mask, picture)
        grid = F.affine_grid(theta, [len(picture), 1, height, width], align_corners=False)
        return F.grid_sample(picture, grid, padding_mode="zeros", align_corners=False)

    def colours(self, sequence: Tensor, mask: Tensor | None, height: int, width: int) -> Tensor:
        """The layout's first channels as a picture [N, 3, FINE * height, FINE * width].

        It means something only where training compares it with x0, averaged down.
        """
        return F.pixel_shuffle(self.laid(sequence, mask, height, width)[:, :COLOURS], FINE)

    def gist(self, sequence: Tensor) -> Tensor:
        """[N, W, L] to [N, W]: the positions that matter, each head's own weighted mean."""
        states = sequence.mT  # [N, L, W]
        weights = self.score(states).softmax(dim=1)  # [N, L, heads]
        values = self.value(states).unflatten(2, (HEADS, -1))  # [N, L, heads, W / heads]
        return torch.einsum("nlh,nlhc->nhc", weights, values).flatten(1)


def placed(mask: Tensor | None, like: Tensor) -> Tensor:
    """[N, 2, 3] affine maps from the frame's coordinates to those of a square laid over each hole's box.

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
        scale = side / (last - first).to(like)
        middle = (first + last).to(like) / side - 1
        theta[:, row, row] = scale
        theta[:, row, 2] = -scale * middle
    return theta
