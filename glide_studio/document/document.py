"""`Document`: an immutable image of layers and masks, and what differs between two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal, Self

import numpy as np

from glide_studio.document.frame import FIRST, Frame
from glide_studio.document.guides import NO_GUIDES, Guides
from glide_studio.document.layer import Layer
from glide_studio.document.raster import Cell, Raster, tile_box
from glide_studio.document.tile import MAX_LEVEL, TILE_PX
from glide_studio.imaging.geometry import Box, Size

Depth = Literal[8, 16]
UNSET = Raster.empty(Size(0, 0), 1)  # replaced by an empty selection of the document's size


@dataclass(frozen=True, slots=True)
class SavedMask:
    """A mask kept under a name: 1 channel uint8, as large as the document."""

    name: str
    raster: Raster


@dataclass(frozen=True, slots=True)
class Document:
    """An image being edited; immutable, so that a state of the history is a document.

    depth: bits a channel; layers hold uint8 or uint16 accordingly.
    layers: bottom to top.
    active: id of the layer that tools work on, None if there is none.
    selection: the painted mask, 1 channel uint8; 255 = will change. Empty if nothing is painted.
    saved_masks: the oldest first.
    icc: the color profile of the pixels; None means sRGB.
    metadata: blocks of the opened file by name ("exif", "xmp", ...), as they were read.
    guides: lines that things are aligned to.
    frame: the coordinates that places in this picture are told in.

    Raises:
        ValueError: if a raster has another size or depth than the document, or two layers share
            an id.
    """

    size: Size
    depth: Depth = 8
    layers: tuple[Layer, ...] = ()
    active: str | None = None
    selection: Raster = UNSET
    saved_masks: tuple[SavedMask, ...] = ()
    icc: bytes | None = None
    metadata: Mapping[str, bytes] = field(default_factory=dict)
    guides: Guides = NO_GUIDES
    frame: Frame = field(default=FIRST, compare=False)

    def __post_init__(self) -> None:
        if self.selection is UNSET:
            object.__setattr__(self, "selection", Raster.empty(self.size, 1))
        if not isinstance(self.metadata, MappingProxyType):
            object.__setattr__(self, "metadata", MappingProxyType(dict(self.metadata)))
        size, dtype, layers = self.size, self.dtype, tuple(self.iter_layers())
        # Sizes are mostly the same object, which is quicker to see.
        if any(raster.size is not size and raster.size != size for raster in self.rasters()):
            raise ValueError(f"All pixels of a document of {size} must have that size.")
        if len({layer.id for layer in layers}) != len(layers):
            raise ValueError("No two layers of a document can have the same id.")
        for layer in layers:
            if layer.raster is not None and layer.raster.dtype != dtype:
                raise ValueError(f"A {self.depth}-bit document cannot hold {layer.raster.dtype}.")
        for mask in (self.selection, *(saved.raster for saved in self.saved_masks)):
            if mask.channels != 1 or mask.dtype != np.uint8:
                raise ValueError("Selections and saved masks have 1 channel of uint8.")

    @property
    def box(self) -> Box:
        """The whole canvas."""
        return self.size.box

    @property
    def dtype(self) -> np.dtype[np.uint8] | np.dtype[np.uint16]:
        """The type of the layers' pixels: uint8 or uint16."""
        return np.dtype(np.uint8) if self.depth == 8 else np.dtype(np.uint16)

    @property
    def max_value(self) -> int:
        """The largest value of a channel: 255 or 65535."""
        return (1 << self.depth) - 1

    @property
    def active_layer(self) -> Layer | None:
        """The layer that tools work on."""
        return None if self.active is None else self.find_layer(self.active)

    def iter_layers(self) -> Iterator[Layer]:
        """Iterate over every layer, groups before their children, bottom to top."""
        for layer in self.layers:
            yield from layer.iter_layers()

    def reduce_as(self, other: Document) -> None:
        """Load all pixels, and make the mip levels that `other` was drawn by, now.

        And the next smaller of each level.
        """
        levels = {
            level
            for raster in other.rasters()
            for _, tile in raster.tiles()
            for level in tile.reduced_levels
        }
        # A picture that is turned upright is seen smaller.
        levels |= {0} | {min(level + 1, MAX_LEVEL) for level in levels}
        for raster in self.rasters():
            raster.reduce_tiles(levels)

    def count_unloaded(self) -> int:
        """Count the tiles whose pixels are not in memory."""
        blocks = {block.id: block for one in self.rasters() for block in one.blocks if block}
        return sum(not tile.resident for block in blocks.values() for tile in block.tiles if tile)

    def find_layer(self, layer_id: str) -> Layer | None:
        """Find the layer with this id, at any depth; None if there is none."""
        return next((layer for layer in self.iter_layers() if layer.id == layer_id), None)

    def layer(self, layer_id: str) -> Layer:
        """Get the layer with this id, at any depth.

        Raises:
            KeyError: if there is none.
        """
        found = self.find_layer(layer_id)
        if found is None:
            raise KeyError(layer_id)
        return found

    def parent_id(self, layer_id: str) -> str | None:
        """Find the id of the group that holds this layer; None at the top."""
        for layer in self.iter_layers():
            if any(child.id == layer_id for child in layer.children):
                return layer.id
        return None

    def siblings(self, parent: str | None) -> tuple[Layer, ...]:
        """Get the layers of a group, or those at the top for None."""
        return self.layers if parent is None else self.layer(parent).children

    def with_siblings(self, parent: str | None, layers: tuple[Layer, ...]) -> Self:
        """Replace all layers of a group, or those at the top for None."""
        if parent is None:
            return replace(self, layers=layers)
        return self.with_layer(replace(self.layer(parent), children=layers))

    def with_layer(self, layer: Layer) -> Self:
        """Replace the layer of the same id.

        Raises:
            KeyError: if there is none.
        """
        self.layer(layer.id)
        return replace(self, layers=_replace_layer(self.layers, layer))

    def rasters(self) -> Iterator[Raster]:
        """Iterate over all rasters: pixels and masks of layers, the selection, the saved masks."""
        for layer in self.layers:
            yield from layer.rasters()
        yield self.selection
        for saved in self.saved_masks:
            yield saved.raster


def _replace_layer(layers: tuple[Layer, ...], new: Layer) -> tuple[Layer, ...]:
    return tuple(
        new
        if layer.id == new.id
        else replace(layer, children=_replace_layer(layer.children, new))
        if layer.children
        else layer
        for layer in layers
    )


def is_same(before: Document, after: Document) -> bool:
    """Return True if two documents are equal, so that an edit between them did nothing."""
    return before is after or before == after


def changed_boxes(before: Document, after: Document) -> list[Box]:
    """Find where the composite of two documents may differ: where tiles are other objects.

    The boxes are whole tiles and do not overlap.

    Changes of the selection and the saved masks do not count; the window draws them as an overlay.
    """
    if before.size != after.size or before.depth != after.depth:
        return [before.box.union(after.box)]
    every = frozenset(after.box.cells(TILE_PX))
    cells = _changed_in_layers(before.layers, after.layers, every)
    return [box.clamp(after.box) for box in merge_cells(cells)]


def merge_cells(cells: set[Cell]) -> list[Box]:
    """Return few boxes that cover exactly some tiles: runs of rows, joined with those above."""
    done: list[Box] = []
    above: dict[tuple[int, int], Box] = {}  # by left and width, those that end at the row before
    by_row: dict[int, list[int]] = {}
    for row, column in sorted(cells):
        by_row.setdefault(row, []).append(column)
    for row, columns in by_row.items():
        here: dict[tuple[int, int], Box] = {}
        for run in _runs(columns):
            box = tile_box((row, run[0])).union(tile_box((row, run[-1])))
            key = box.x, box.width
            upper = above.pop(key, None)
            if upper is not None and upper.bottom == box.y:
                box = upper.union(box)
            elif upper is not None:
                done.append(upper)
            here[key] = box
        done += above.values()
        above = here
    return [*done, *above.values()]


def _runs(numbers: list[int]) -> list[list[int]]:
    """Split ascending numbers where one is left out."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs


def _changed_in_layers(
    before: tuple[Layer, ...], after: tuple[Layer, ...], every: frozenset[Cell]
) -> set[Cell]:
    """Find the cells in which two lists of layers may look different; every: all of the canvas."""
    if before is after:
        return set()
    old = {layer.id: layer for layer in before}
    new = {layer.id: layer for layer in after}
    if [key for key in old if key in new] != [key for key in new if key in old]:
        return _occupied_cells((*before, *after), every)  # reordered
    gone = tuple(layer for key, layer in old.items() if key not in new)
    added = tuple(layer for key, layer in new.items() if key not in old)
    cells = _occupied_cells((*gone, *added), every)
    for key in old.keys() & new.keys():
        cells |= _changed_in_layer(old[key], new[key], every)
    # A layer that clips depends on which layer lies below it, so all of its cells count.
    if [(key, layer.clipping) for key, layer in old.items()] != [
        (key, layer.clipping) for key, layer in new.items()
    ]:
        clipped = tuple(layer for layer in (*before, *after) if layer.clipping)
        cells |= _occupied_cells(clipped, every)
    return cells


def _changed_in_layer(before: Layer, after: Layer, every: frozenset[Cell]) -> set[Cell]:
    if before is after or not (before.visible or after.visible):
        return set()
    fields = ("opacity", "blend", "clipping", "visible", "adjustment")
    if any(getattr(before, name) != getattr(after, name) for name in fields):
        return _occupied_cells((before, after), every)
    if before.is_group != after.is_group or (before.mask is None) != (after.mask is None):
        return _occupied_cells((before, after), every)
    cells: set[Cell] = set()
    if before.raster is not None and after.raster is not None:
        cells |= set(after.raster.changed_cells(before.raster))
    if before.mask is not None and after.mask is not None:
        cells |= set(after.mask.changed_cells(before.mask)) & _occupied_cells(
            (before, after), every
        )
    return cells | _changed_in_layers(before.children, after.children, every)


def _occupied_cells(layers: tuple[Layer, ...], every: frozenset[Cell]) -> set[Cell]:
    """Find the cells in which any of `layers` has pixels, or changes those below."""
    cells: set[Cell] = set()
    for layer in layers:
        for inner in layer.iter_layers():
            if inner.raster is not None:
                cells.update(cell for cell, _ in inner.raster.tiles())
            elif inner.adjustment is not None:
                mask = inner.mask
                cells.update(every if mask is None else (cell for cell, _ in mask.tiles()))
    return cells
