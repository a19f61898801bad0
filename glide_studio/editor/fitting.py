"""Fit a generated patch into the photo as a layer, and check what it left alone."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from glide_studio.api.events import Patch
from glide_studio.document.compositing import composite
from glide_studio.document.document import Document, changed_boxes
from glide_studio.document.frame import FIRST, Frame
from glide_studio.document.layer import Layer
from glide_studio.document.layer_edits import add_layer
from glide_studio.document.raster import Raster, tile_box
from glide_studio.document.tile import TILE_PX
from glide_studio.document.transform import crop
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
from glide_studio.imaging.types import (
    Float32,
    Image,
    Pixels,
    ReportStage,
    quantize_rgba,
    to_unit,
)
from glide_studio.translation import translate

OBJECT_AT, LAYER_AT = 0.01, 0.8
"""Shares of the time that have gone when an object is placed, and when its layer is made."""
CASCADE_SIDE_PX = 256  # side of the picture that GLIDE's two networks draw together


@dataclass(frozen=True, slots=True, eq=False)
class FittedPatch:
    """A patch as the pixels of layers, each [h, w, 4] of the document's size.

    raster: the patch itself. seam: how visible its edge is. shadow: of an object, if it is to be a
    layer of its own, below. cleared: what lies below both in place of what was there before.
    may_shade: the shadow may lie outside of the painted area. frame: of the document.
    """

    raster: Raster
    seam: SeamDifference
    shadow: Raster | None = None
    cleared: Raster | None = None
    may_shade: bool = False
    frame: Frame = FIRST

    def follow_canvas(self, document: Document) -> Self:
        """Return the patch for a document that was cropped or extended since it was fitted."""
        canvas = Box(
            document.frame.x - self.frame.x,
            document.frame.y - self.frame.y,
            document.size.width,
            document.size.height,
        )
        if canvas == self.raster.box:
            return self
        shadow, cleared = (
            None if one is None else crop(one, canvas) for one in (self.shadow, self.cleared)
        )
        raster = crop(self.raster, canvas)
        return replace(self, raster=raster, shadow=shadow, cleared=cleared, frame=document.frame)

    @property
    def rasters(self) -> tuple[Raster, ...]:
        """The rasters from the lowest to the uppermost."""
        return tuple(one for one in (self.cleared, self.shadow, self.raster) if one is not None)

    @property
    def nbytes(self) -> int:
        """Bytes of the rasters' tiles."""
        return sum(tile.nbytes for one in self.rasters for _, tile in one.tiles())


@dataclass(frozen=True, slots=True, eq=False)
class ObjectPlacement:
    """How an object with alpha is fitted.

    options: its place, light and shadow. shadow_layer: the shadow becomes a raster of its own.
    cleared: what is there instead of what was painted over, [h, w, 4] of the document's size.
    """

    options: PlacementOptions = field(default_factory=PlacementOptions)
    shadow_layer: bool = False
    cleared: Raster | None = None


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
    patch: Patch,
    painted: NDArray[np.uint8],
    seed: int,
    prompt: str,
    report: ReportStage = lambda stage, done: None,
    placement: ObjectPlacement | None = None,
) -> FittedPatch:
    """Match `patch` to what is visible in `box`, in the document's profile and depth.

    patch: of 3 channels, or of 4 for an object, which gets the photo's light and a shadow as
    `placement` says. painted: [h, w] uint8, the mask inside `box`; the raster's alpha is 0 wherever
    it is 0, but for a shadow that may leave the mask. seed: of texture, grain and dither. prompt:
    what the patch was asked to show. report: is told of each part before it begins; what it raises
    ends the work. A pure function: may run in any thread.
    """
    report(translate("Fitting", "Reading the photo"), 0.0)
    placement = placement or ObjectPlacement()
    if placement.cleared is not None:
        document = add_layer(document, Layer("", placement.cleared))
    below = composite(document, box)
    known = below[..., 3] > 0
    colors = np.ascontiguousarray(below[..., :3])
    del below
    if patch.pixels.shape[2] == 4:
        as_it_is = icc.is_srgb(document.icc)  # takes a quarter of the memory
        photo = colors if as_it_is else icc.to_srgb(colors, document.icc)
        return _fit_object(document, box, patch, painted, photo, known, seed, placement, report)
    options = HarmonizeOptions(seed=seed, object_weight=object_weight(prompt, box.size))
    crop = icc.to_srgb(colors, document.icc)
    del colors
    done = harmonize(crop, patch.image, to_unit(painted), options, known, report)
    report(translate("Fitting", "Adding the layer"), 0.98)
    place = done.box.move(box.x, box.y)
    raster = _to_raster(document, place, done.pixels, done.alpha, seed)
    return FittedPatch(raster, done.seam, frame=document.frame)


def _fit_object(
    document: Document,
    box: Box,
    patch: Patch,
    painted: NDArray[np.uint8],
    photo: Image | Pixels,
    known: NDArray[np.bool_],
    seed: int,
    placement: ObjectPlacement,
    report: ReportStage,
) -> FittedPatch:
    """Place an object; its shadow is part of the patch or a raster of its own."""
    options = replace(placement.options, seed=seed)

    def report_placing(stage: str, done: float) -> None:
        report(stage, OBJECT_AT + (LAYER_AT - OBJECT_AT) * done)

    placed = place_object(photo, patch.pixels, painted, options, known, patch.box, report_placing)
    report(translate("Fitting", "Adding the layer"), LAYER_AT)
    part, place = placed.box.slices, placed.box.move(box.x, box.y)
    color, alpha = placed.flatten()
    shade = placed.shadow if placement.shadow_layer and placed.shadow.any() else None
    own = (color, alpha) if shade is None else (placed.pixels, placed.alpha)
    del placed  # a picture of a large mask is some 100 MB
    seen = alpha_over(photo[part], color, alpha)
    seam = measure_seam(seen, painted[part], known[part])
    del seen
    shadow = None
    if shade is not None:
        shadow = _to_raster(document, place, np.zeros_like(color), shade, seed)
    return FittedPatch(
        _to_raster(document, place, *own, seed),
        seam,
        shadow,
        placement.cleared,
        placement.options.shadow_outside,
        document.frame,
    )


def _to_raster(document: Document, box: Box, color: Image, alpha: Float32, seed: int) -> Raster:
    pixels = quantize_rgba(icc.from_srgb(color, document.icc), alpha, document.dtype, seed)
    return Raster.empty(document.size, 4, document.dtype).write(box, pixels)


def compare_outside(
    before: Document, after: Document, mask: Raster, fitted: FittedPatch | None
) -> UnchangedReport:
    """Compare what two documents show wherever `mask` is 0, in the document's own depth.

    fitted: what was added; where its shadow may lie outside of the mask, those pixels are counted
    as shaded instead. Tiles that both documents share by identity hold the same bits: they count as
    compared.
    """
    result, changed = UnchangedReport(), changed_boxes(before, after)
    shaded = 0
    parts = (tile_box(cell).clamp(box) for box in changed for cell in box.cells(TILE_PX))
    for box in parts:
        allowed = mask.read(box)[..., 0]
        if allowed.all():
            continue
        if fitted is not None and fitted.may_shade:
            added = np.stack([one.read(box)[..., 3] > 0 for one in fitted.rasters]).any(axis=0)
            added &= allowed == 0
            shaded += int(np.count_nonzero(added))
            allowed = np.where(added, np.uint8(1), allowed)
        result += check_unchanged(composite(before, box), composite(after, box), allowed)
    left = before.size.area - mask.count_content() - shaded
    return replace(result, compared=left, shaded=shaded)
