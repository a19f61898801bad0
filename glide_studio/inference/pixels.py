"""Between pictures [h, w, 3] float32 in 0 .. 1 and tensors [1, 3, H, W] float32 in -1 .. 1."""

from __future__ import annotations

import math

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from glide_studio.imaging.geometry import Size

Floats = NDArray[np.float32]


def resized(array: Floats, size: Size) -> Floats:
    """[h, w] or [h, w, 3] at another size: averaged downwards, bicubic (kept in 0 .. 1) upwards."""
    height, width = array.shape[:2]
    if (width, height) == (size.width, size.height):
        return array
    shrinks = size.width <= width and size.height <= height
    how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    done = cv2.resize(array, (size.width, size.height), interpolation=how)
    return np.clip(done, 0, 1).astype(np.float32)


def to_tensor(picture: Floats, size: Size, device: torch.device) -> Tensor:
    """A picture for a network that works at `size`: [1, 3, H, W]."""
    array = resized(picture, size) * 2 - 1
    return torch.from_numpy(array).permute(2, 0, 1)[None].to(device)


def known_mask(mask: Floats, size: Size, device: torch.device) -> Tensor:
    """[1, 1, H, W], 1 = known, from a painted mask [h, w] (above 0 = shall change).

    A cell counts as known only if nothing of it was painted: what is to be replaced must not shine
    through at the mask's edge.
    """
    painted = resized((mask > 0).astype(np.float32), size)
    known = (painted < 1 / 512).astype(np.float32)
    return torch.from_numpy(known)[None, None].to(device)


def to_pictures(x: Tensor) -> list[Floats]:
    """[N, 3, H, W] in -1 .. 1 to N read-only pictures in 0 .. 1."""
    array = ((x.float().clamp(-1, 1) + 1) / 2).permute(0, 2, 3, 1).cpu().numpy()
    pictures = [np.ascontiguousarray(picture) for picture in array]
    for picture in pictures:
        picture.setflags(write=False)
    return pictures


def working_size(crop: Size, side: int, step: int) -> Size:
    """The size at which a network that was trained at `side` looks at a crop of another shape.

    The proportions of the crop, about side * side pixels, both sides multiples of `step`.
    """
    if crop.width == crop.height:
        return Size(side, side)
    stretch = math.sqrt(crop.width / crop.height)
    width = max(step, round(side * stretch / step) * step)
    height = max(step, round(side / stretch / step) * step)
    return Size(width, height)
