"""Framing: which part of the photo a model looks at to fill a mask. A pure function of sizes."""

from __future__ import annotations

from dataclasses import dataclass

from glide_studio.imaging.geometry import Box, Size

CONTEXT = 1.75
"""Side of the frame over the side of the mask's bounding box: what is around tells the model what
belongs there, but every pixel of context is one less for the masked part."""

CLOSEST = 0.25
"""Smallest crop side over model side. A region of 40 pixels is looked at enlarged, so that the base
network has room for what shall be there; closer than a quarter the surroundings are only blur."""


@dataclass(frozen=True, slots=True)
class Framing:
    """A crop and what it costs in detail.

    box: inside the image and around the whole mask, in document pixels.
    enlargement: crop side over model side; above 1 the generated picture is scaled up by it, below 1 it
        is made with more detail than the photo can show.
    """

    box: Box
    enlargement: float


def frame(mask: Box, image: Size, model: Size, context: float = CONTEXT) -> Framing:
    """The crop of the model's proportions around `mask`, with context, inside the image.

    mask: bounds of the painted pixels, not empty, inside the image. model: the picture that the
    model makes, in pixels. The crop is never smaller than a quarter of its side while the image has
    room. Near an edge the crop is shifted inwards. Where the image is
    too small, first context is given up, and only if the mask would not fit, the proportions.

    Raises:
        ValueError: if the mask is empty or not inside the image.
    """
    if mask.empty or mask not in image.box:
        raise ValueError(f"A frame needs a mask inside the image, not {mask} in {image}.")
    wanted = max(CLOSEST, context * mask.width / model.width, context * mask.height / model.height)
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
    return Framing(box, max(width / model.width, height / model.height))


def _start(mask: int, mask_length: int, length: int, image_length: int) -> int:
    """Where an interval of `length` begins: centred on the mask, then shifted inside the image."""
    centred = mask + (mask_length - length) // 2
    return min(max(0, centred), image_length - length)
