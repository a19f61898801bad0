"""From a generated patch to the layer that sits in the photo, and the check of what it left alone."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from glide_studio.api.events import Picture
from glide_studio.document.compositing import composite
from glide_studio.document.document import Document, changed_boxes
from glide_studio.document.raster import Raster
from glide_studio.imaging import icc
from glide_studio.imaging.blending.feather import alpha_over
from glide_studio.imaging.blending.harmonize import HarmonizeOptions, harmonize
from glide_studio.imaging.blending.object_placement import PlacementOptions, place_object
from glide_studio.imaging.blending.result_checks import (
    SeamDifference,
    UnchangedReport,
    check_unchanged,
    measure_seam,
)
from glide_studio.imaging.geometry import Box, Size
from glide_studio.imaging.types import Float32, Image, ReportStage, quantize_rgba

CASCADE_SIDE_PX = 256  # side of the picture that GLIDE's two networks draw together


@dataclass(frozen=True, slots=True, eq=False)
class FittedPatch:
    """A patch as a layer's pixels, [h, w, 4] of the document's size, and how visible its seam is."""

    raster: Raster
    seam: SeamDifference

    @property
    def nbytes(self) -> int:
        """Bytes of the raster's tiles."""
        return sum(tile.nbytes for _, tile in self.raster.tiles())


def object_weight(prompt: str, size: Size) -> float:
    """Return how far a patch of `size` is an object with a texture of its own, 0 .. 1.

    A prompt asks for one, as far as the networks drew it, at `CASCADE_SIDE_PX`; what was enlarged
    beyond has no texture yet, and from four times that on takes the photo's like a continuation,
    which has no prompt.
    """
    if not prompt.strip():
        return 0.0
    enlargement = max(size.width, size.height) / CASCADE_SIDE_PX
    return 1 - float(np.clip(math.log(enlargement, 4), 0, 1))


def fit_patch(
    document: Document,
    box: Box,
    patch: Picture,
    painted: NDArray[np.uint8],
    seed: int,
    prompt: str,
    report: ReportStage = lambda stage, done: None,
) -> FittedPatch:
    """Match `patch` to what is visible in `box`, in the document's profile and depth.

    patch: [h, w, 3] sRGB float32, or [h, w, 4] with straight alpha for an object, which gets the
    photo's light and a contact shadow. painted: [h, w] uint8, the mask inside `box`; the raster's alpha is
    0 wherever it is 0. seed: of texture, grain and dither. prompt: what the patch was asked to show.
    report: is told of each part before it begins; what it raises ends the work. A pure function: may
    run in any thread.
    """
    report("Reading the photo", 0.0)
    below = composite(document, box)
    crop = icc.to_srgb(np.ascontiguousarray(below[..., :3]), document.icc)
    mask = np.divide(painted, 255, dtype=np.float32)
    known = below[..., 3] > 0
    if patch.shape[2] == 4:
        report("Placing the object", 0.1)
        placed = place_object(crop, patch, mask, PlacementOptions(seed=seed), known)
        color, alpha = placed.flatten()
        seam = measure_seam(alpha_over(crop, color, alpha), mask, known)
        return _to_layer(document, box, color, alpha, seam, seed)
    options = HarmonizeOptions(seed=seed, object_weight=object_weight(prompt, box.size))
    done = harmonize(crop, patch, mask, options, known, report)
    report("Adding the layer", 0.98)
    return _to_layer(document, box, done.pixels, done.alpha, done.seam, seed)


def _to_layer(
    document: Document, box: Box, color: Image, alpha: Float32, seam: SeamDifference, seed: int
) -> FittedPatch:
    pixels = quantize_rgba(icc.from_srgb(color, document.icc), alpha, document.dtype, seed)
    return FittedPatch(Raster.empty(document.size, 4, document.dtype).write(box, pixels), seam)


def compare_outside(before: Document, after: Document, mask: Raster) -> UnchangedReport:
    """Compare what two documents show wherever `mask` is 0, in the document's own depth.

    Tiles that both documents share by identity hold the same bits: they count as compared.
    """
    result = UnchangedReport()
    for box in changed_boxes(before, after):
        result += check_unchanged(
            composite(before, box), composite(after, box), mask.read(box)[..., 0]
        )
    painted = sum(int(np.count_nonzero(tile.pixels)) for _, tile in mask.tiles())
    return replace(result, compared=before.size.area - painted)
