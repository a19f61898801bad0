"""Convert between pictures [h, w, 3] float32, 0 .. 1, and tensors of networks, -1 .. 1."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from glide_studio.api.request import Request
from glide_studio.imaging.geometry import Size

Floats = NDArray[np.float32]

BLEED_RADII = (1, 2, 4, 8)  # pixels from which colors reach into transparency, the nearest first
RELIABLE_ALPHA = (0.6, 0.97)  # below and in between the color of a pixel is taken from around it
RELIABLE_SHARE = 0.1  # of a neighborhood that has to be opaque

BACK_PROJECTIONS = 2
PAINTED_SHARE = 1 / 512  # of a cell from which on it counts as unknown


@dataclass(frozen=True, slots=True)
class ModelInput:
    """A request's crop for one network: known [1, 3, H, W] and mask [1, 1, H, W] (1 = known).

    Without a picture nothing is known. `known` holds the pixels under the mask too, since sampling
    below full strength starts from them; the networks see known * mask.
    """

    size: Size
    known: Tensor
    mask: Tensor


def build_model_input(request: Request, crop: Size, size: Size, device: torch.device) -> ModelInput:
    """Pad the request's crop to `crop` at its right and lower edges and scale it to `size`."""
    if request.image is None:
        zeros = torch.zeros(1, 4, size.height, size.width, device=device)
        return ModelInput(size, zeros[:, :3], zeros[:, 3:])
    known = to_tensor(pad_to(request.image, crop), size, device)
    if request.mask is None:
        return ModelInput(size, known, torch.zeros_like(known[:, :1]))
    painted = pad_to((request.mask > 0).astype(np.float32), crop, 0)
    return ModelInput(size, known, known_mask(painted, size, device))


def pad_to(array: Floats, size: Size, value: float | None = None) -> Floats:
    """Pad [h, w, ...] to `size` at the right and below, with `value` or its repeated border."""
    height, width = array.shape[:2]
    if (width, height) == (size.width, size.height):
        return array
    padding = [(0, size.height - height), (0, size.width - width)] + [(0, 0)] * (array.ndim - 2)
    if value is None:
        return np.pad(array, padding, mode="edge")
    return np.pad(array, padding, constant_values=value)


def resize(array: Floats, size: Size) -> Floats:
    """Resize [h, w] or [h, w, C]: area average downwards, bicubic (clipped to 0 .. 1) upwards."""
    height, width = array.shape[:2]
    if (width, height) == (size.width, size.height):
        return array
    shrinks = size.width <= width and size.height <= height
    method = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    resized = np.asarray(
        cv2.resize(array, (size.width, size.height), interpolation=method), np.float32
    )
    return np.clip(resized, 0, 1, out=resized)


def back_project(large: Floats, small: Floats) -> Floats:
    """Correct an enlarged picture so that, averaged down again, it is what it was made from.

    Iterative back-projection (Irani & Peleg 1991). large: [k h, k w, C]; small: [h, w, C]; 0 .. 1.
    """
    height, width = small.shape[:2]
    result = large
    for _ in range(BACK_PROJECTIONS):
        lacking = small - cv2.resize(result, (width, height), interpolation=cv2.INTER_AREA)
        enlarged = cv2.resize(lacking, large.shape[1::-1], interpolation=cv2.INTER_CUBIC)
        result = np.clip(result + enlarged, 0, 1)
    return np.asarray(result, np.float32)


def to_tensor(picture: Floats, size: Size, device: torch.device) -> Tensor:
    """Convert a picture, resized to `size`, to a tensor [1, 3, H, W]."""
    array = resize(picture, size) * 2 - 1
    return torch.from_numpy(array).permute(2, 0, 1)[None].to(device)


def known_mask(mask: Floats, size: Size, device: torch.device) -> Tensor:
    """Convert a painted mask [h, w] (above 0 = to be changed) to [1, 1, H, W] with 1 = known.

    A cell counts as known only if nothing of it was painted: what is to be replaced must not show
    at the mask's edge.
    """
    painted = resize((mask > 0).astype(np.float32), size)
    known = (painted < PAINTED_SHARE).astype(np.float32)
    return torch.from_numpy(known)[None, None].to(device)


def to_pictures(x: Tensor) -> list[Floats]:
    """Convert [N, C, H, W] in -1 .. 1 to N read-only pictures [H, W, C] in 0 .. 1."""
    array = ((x.float().clamp(-1, 1) + 1) / 2).permute(0, 2, 3, 1).cpu().numpy()
    pictures = [np.ascontiguousarray(picture) for picture in array]
    for picture in pictures:
        picture.setflags(write=False)
    return pictures


def premultiply(picture: Floats) -> Floats:
    """Multiply the colors of [h, w, 4] by its alpha."""
    return np.concatenate([picture[..., :3] * picture[..., 3:], picture[..., 3:]], axis=-1)


def unpremultiply(picture: Floats) -> Floats:
    """Divide the colors of a premultiplied picture [h, w, 4] by its alpha.

    Toward alpha 0, where the quotient means nothing, it gives way to the colors of the object
    nearby; so the result can be resized without a fringe.
    """
    premultiplied, alpha = picture[..., :3], picture[..., 3:]
    weight = alpha**6  # what is not quite opaque has taken on some of what was around it
    weighted = np.concatenate([premultiplied * weight, alpha * weight], axis=-1)
    nearby = np.zeros_like(premultiplied)
    found = np.zeros_like(alpha)
    for radius in BLEED_RADII:
        side = 2 * radius + 1
        blurred = cv2.blur(weighted, (side, side), borderType=cv2.BORDER_CONSTANT)
        reached = np.minimum(blurred[..., 3:] / RELIABLE_SHARE, 1) * (1 - found)
        nearby += reached * blurred[..., :3] / np.maximum(blurred[..., 3:], 1e-6)
        found += reached
    own = np.clip((alpha - RELIABLE_ALPHA[0]) / (RELIABLE_ALPHA[1] - RELIABLE_ALPHA[0]), 0, 1)
    color = premultiplied / np.maximum(alpha, 1e-3)
    mixed = own * color + (1 - own) * nearby / np.maximum(found, 1e-6)
    straight: Floats = np.concatenate([mixed, alpha], axis=-1).clip(0, 1)
    return straight
