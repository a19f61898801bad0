"""The crop of the photo that a model looks at to fill a mask."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from glide_studio.api.request import CONTEXT_FACTOR, Request
from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.imaging import icc
from glide_studio.imaging.geometry import Box, Size

MIN_SCALE = 0.25
"""Smallest crop side over model side. A region of 40 pixels is enlarged, so that the base network
has room for details; below a quarter the surroundings would only be blur."""


@dataclass(frozen=True, slots=True)
class CropRegion:
    """A crop and what it costs in detail.

    box: inside the image and around the whole mask, in document pixels.
    enlargement: crop side over model side; above 1 the generated picture is scaled up by it, below
        1 it is made with more detail than the photo can show.
    """

    box: Box
    enlargement: float


def crop_around(
    mask: Box, image: Size, model: Size, context_factor: float = CONTEXT_FACTOR
) -> CropRegion:
    """Choose the crop of the model's proportions around `mask`, with context, inside the image.

    mask: bounds of the painted pixels, not empty, inside the image. model: the picture that the
    model makes, in pixels. The crop is never smaller than `MIN_SCALE` of its side while the image
    has room. Near an edge the crop is shifted inwards. Where the image is too small, first context
    is given up, and only if the mask would not fit, the proportions.

    Raises:
        ValueError: if the mask is empty or not inside the image.
    """
    if mask.empty or mask not in image.box:
        raise ValueError(f"A crop needs a mask inside the image, not {mask} in {image}.")
    wanted = max(
        MIN_SCALE,
        context_factor * mask.width / model.width,
        context_factor * mask.height / model.height,
    )
    fitting = min(image.width / model.width, image.height / model.height)
    covering = max(mask.width / model.width, mask.height / model.height)
    scale = min(wanted, fitting) if covering <= fitting else wanted
    width = min(image.width, max(mask.width, round(scale * model.width)))
    height = min(image.height, max(mask.height, round(scale * model.height)))
    box = Box(
        _start(mask.x, mask.width, width, image.width),
        _start(mask.y, mask.height, height, image.height),
        width,
        height,
    )
    return CropRegion(box, max(width / model.width, height / model.height))


def _start(mask: int, mask_length: int, length: int, image_length: int) -> int:
    """Return where an interval of `length` begins: centered on the mask, shifted into the image."""
    centered = mask + (mask_length - length) // 2
    return min(max(0, centered), image_length - length)


def add_pixels(document: Document, request: Request, painted: NDArray[np.uint8]) -> Request:
    """Return `request` with the visible pixels in its box, in sRGB, and the mask to be generated.

    painted: [h, w] uint8, the mask inside the box; transparent pixels are unknown as well. A pure
    function: may run in any thread.
    """
    pixels = composite(document, request.box)
    unknown = 1 - pixels[..., 3] / np.float32(document.max_value)
    return replace(
        request,
        image=icc.to_srgb(np.ascontiguousarray(pixels[..., :3]), document.icc),
        mask=np.maximum(painted / np.float32(255), unknown).astype(np.float32),
    )
