"""What the networks are shown: a request's crop at a level's size, and its captions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from glide_studio.api.request import Request
from glide_studio.imaging.geometry import Size
from glide_studio.inference.pixels import Floats, known_mask, to_tensor


@dataclass(frozen=True, slots=True)
class Canvas:
    """A request's crop for one network: known [1, 3, H, W] and mask [1, 1, H, W] (1 = known).

    Without a picture nothing is known. What shall change is part of `known` too: a variation begins
    from it, and the networks look at known * mask.
    """

    size: Size
    known: Tensor
    mask: Tensor


def canvas(request: Request, crop: Size, size: Size, device: torch.device) -> Canvas:
    """The request's crop, filled up to `crop` at its right and lower edges, at `size`."""
    if request.image is None:
        nothing = torch.zeros(1, 4, size.height, size.width, device=device)
        return Canvas(size, nothing[:, :3], nothing[:, 3:])
    known = to_tensor(grown(request.image, crop), size, device)
    if request.mask is None:
        return Canvas(size, known, torch.zeros_like(known[:, :1]))
    painted = grown((request.mask > 0).astype(np.float32), crop, 0)
    return Canvas(size, known, known_mask(painted, size, device))


def grown(array: Floats, size: Size, value: float | None = None) -> Floats:
    """[h, w, ...] at its right and lower edges filled up to `size`, with its own border or `value`."""
    height, width = array.shape[:2]
    if (width, height) == (size.width, size.height):
        return array
    more = [(0, size.height - height), (0, size.width - width)] + [(0, 0)] * (array.ndim - 2)
    if value is None:
        return np.pad(array, more, mode="edge")
    return np.pad(array, more, constant_values=value)
