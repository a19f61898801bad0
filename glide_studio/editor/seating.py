"""From a generated patch to the raster of a layer that sits in the photo."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glide_studio.api.events import Picture
from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.raster import Raster
from glide_studio.imaging import icc
from glide_studio.imaging.blending.checks import SeamDifference
from glide_studio.imaging.blending.harmonize import HarmonizeOptions, harmonize
from glide_studio.imaging.geometry import Box, Size
from glide_studio.imaging.types import quantize_rgba

DRAWN = 256  # pixels of the side that GLIDE's two networks make


@dataclass(frozen=True, slots=True, eq=False)
class Seated:
    """A patch as a layer's pixels, and how much of its seam is left to see."""

    raster: Raster
    seam: SeamDifference


def thing_of(prompt: str, size: Size) -> float:
    """How far a patch of `size` is a thing with a texture of its own, 0 .. 1.

    What words ask for is one as far as the cascade drew it, at `DRAWN` pixels; what was enlarged beyond has
    no texture yet, and at four times that takes the photo's like a continuation, which has no words.
    """
    if not prompt.strip():
        return 0.0
    return 1 - float(np.clip(math.log(max(size.width, size.height) / DRAWN, 4), 0, 1))


def seat(
    document: Document,
    box: Box,
    patch: Picture,
    painted: NDArray[np.uint8],
    seed: int,
    prompt: str,
) -> Seated:
    """Match `patch` to what is seen in `box`, in the document's profile and depth, inside the mask.

    patch: [h, w, 3] sRGB float32. painted: [h, w] uint8, the mask inside `box`; the raster's alpha is
    0 wherever it is 0. seed: of texture, grain and dither. prompt: what the patch was asked to show. A
    pure function: may run in any thread.
    """
    below = composite(document, box)
    crop = icc.to_srgb(np.ascontiguousarray(below[..., :3]), document.icc)
    mask = np.divide(painted, 255, dtype=np.float32)
    options = HarmonizeOptions(seed=seed, object_weight=thing_of(prompt, box.size))
    done = harmonize(crop, patch, mask, options, known=below[..., 3] > 0)
    own = icc.from_srgb(done.pixels, document.icc)
    pixels = quantize_rgba(own, done.alpha, document.dtype, seed)
    return Seated(Raster.empty(document.size, 4, document.dtype).write(box, pixels), done.seam)
