"""Edits of the painted mask and of the masks put aside."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from glide_studio.document import morphology, selection, shapes, similar
from glide_studio.document.document import Document, SavedMask
from glide_studio.document.raster import Raster
from glide_studio.document.selection import Mode
from glide_studio.imaging.geometry import Point


@dataclass(frozen=True, slots=True)
class CombineMask:
    """Put `mask` (1 channel uint8, as large as the document) together with the painted mask."""

    mask: Raster
    mode: Mode = "union"
    label: str = "Change mask"

    def apply(self, document: Document) -> Document:
        """Combine."""
        return _select(document, self.mask, self.mode)


@dataclass(frozen=True, slots=True)
class SelectPolygon:
    """The inside of a closed polygon: a lasso, or what `shapes.rectangle` and `shapes.ellipse` give."""

    points: tuple[Point, ...]
    mode: Mode = "union"
    label: str = "Lasso"

    def apply(self, document: Document) -> Document:
        """Draw and combine."""
        return _select(document, shapes.polygon(document.size, self.points), self.mode)


@dataclass(frozen=True, slots=True)
class MagicWand:
    """Pixels of like color; see `similar.wand`."""

    x: int
    y: int
    tolerance: float = 0.1
    contiguous: bool = True
    layer: str | None = None
    mode: Mode = "union"
    label: str = "Magic wand"

    def apply(self, document: Document) -> Document:
        """Find and combine."""
        mask = similar.wand(
            document,
            self.x,
            self.y,
            tolerance=self.tolerance,
            contiguous=self.contiguous,
            layer=self.layer,
        )
        return _select(document, mask, self.mode)


@dataclass(frozen=True, slots=True)
class SelectColor:
    """A range of colors; see `similar.color_range`."""

    color: tuple[float, float, float]
    tolerance: float = 0.1
    softness: float = 0.05
    layer: str | None = None
    mode: Mode = "union"
    label: str = "Select color"

    def apply(self, document: Document) -> Document:
        """Find and combine."""
        mask = similar.color_range(
            document,
            self.color,
            tolerance=self.tolerance,
            softness=self.softness,
            layer=self.layer,
        )
        return _select(document, mask, self.mode)


@dataclass(frozen=True, slots=True)
class SelectAlpha:
    """Where a layer has pixels.

    Raises:
        KeyError: in `apply`, if the document has no such layer.
        ValueError: in `apply`, if it is a group.
    """

    layer: str
    mode: Mode = "replace"
    label: str = "Select layer"

    def apply(self, document: Document) -> Document:
        """Take the layer's alpha."""
        layer = document.layer(self.layer)
        if layer.raster is None:
            raise ValueError(f"The group '{layer.name}' has no pixels of its own.")
        return _select(document, selection.alpha(layer.raster), self.mode)


@dataclass(frozen=True, slots=True)
class SelectAll:
    """The whole canvas will change."""

    label: str = "Select all"

    def apply(self, document: Document) -> Document:
        """Fill the mask."""
        full = Raster.full(document.size, 255)
        return document if _equal(full, document.selection) else _select(document, full, "replace")


@dataclass(frozen=True, slots=True)
class ClearMask:
    """Nothing will change."""

    label: str = "Clear mask"

    def apply(self, document: Document) -> Document:
        """Empty the mask."""
        return _select(document, Raster.empty(document.size, 1), "replace")


@dataclass(frozen=True, slots=True)
class InvertMask:
    """What was kept will change, and the other way round."""

    label: str = "Invert mask"

    def apply(self, document: Document) -> Document:
        """Invert."""
        return _select(document, selection.invert(document.selection), "replace")


@dataclass(frozen=True, slots=True)
class ShapeMask:
    """Make the painted mask larger, smaller, softer, rounder or whole; lengths in document pixels."""

    operation: Literal["grow", "shrink", "feather", "smooth", "fill holes"]
    pixels: float = 0.0

    @property
    def label(self) -> str:
        """The operation and its length."""
        text = f"{self.operation.capitalize()} mask"
        return text if self.operation == "fill holes" else f"{text} by {self.pixels:g} px"

    def apply(self, document: Document) -> Document:
        """Run the operation."""
        mask = document.selection
        if self.operation == "grow":
            mask = morphology.grow(mask, self.pixels)
        elif self.operation == "shrink":
            mask = morphology.shrink(mask, self.pixels)
        elif self.operation == "feather":
            mask = morphology.feather(mask, self.pixels)
        elif self.operation == "smooth":
            mask = morphology.smooth(mask, self.pixels)
        else:
            mask = morphology.fill_holes(mask)
        return _select(document, mask, "replace")


@dataclass(frozen=True, slots=True)
class SaveMask:
    """Put the painted mask aside under a name, in place of one of that name."""

    name: str
    label: str = "Save mask"

    def apply(self, document: Document) -> Document:
        """Add it to the saved masks."""
        others = tuple(saved for saved in document.saved_masks if saved.name != self.name)
        return replace(document, saved_masks=(*others, SavedMask(self.name, document.selection)))


@dataclass(frozen=True, slots=True)
class LoadMask:
    """Put a saved mask together with the painted one.

    Raises:
        KeyError: in `apply`, if there is none of this name.
    """

    name: str
    mode: Mode = "replace"
    label: str = "Load mask"

    def apply(self, document: Document) -> Document:
        """Combine."""
        masks = {saved.name: saved.raster for saved in document.saved_masks}
        return _select(document, masks[self.name], self.mode)


@dataclass(frozen=True, slots=True)
class DeleteMask:
    """Forget a saved mask.

    Raises:
        KeyError: in `apply`, if there is none of this name.
    """

    name: str
    label: str = "Delete saved mask"

    def apply(self, document: Document) -> Document:
        """Remove it."""
        others = tuple(saved for saved in document.saved_masks if saved.name != self.name)
        if len(others) == len(document.saved_masks):
            raise KeyError(self.name)
        return replace(document, saved_masks=others)


def _select(document: Document, mask: Raster, mode: Mode) -> Document:
    mask = selection.combine(document.selection, mask, mode)
    return document if mask == document.selection else replace(document, selection=mask)


def _equal(a: Raster, b: Raster) -> bool:
    """True if all pixels are the same, whichever tiles hold them."""
    for cell in a.changed(b):
        mine, theirs = a.tile(cell), b.tile(cell)
        if mine is None or theirs is None or (mine.pixels != theirs.pixels).any():
            return False
    return True
