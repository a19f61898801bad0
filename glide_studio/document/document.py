"""`Document`: everything that is saved and can be undone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal, Self

import numpy as np

from glide_studio.document.layer import Layer
from glide_studio.document.raster import Raster, tile_box
from glide_studio.imaging.geometry import Box, Size

Depth = Literal[8, 16]
NOTHING = Raster.empty(Size(0, 0), 1)  # becomes an empty selection of the document's size


@dataclass(frozen=True, slots=True)
class SavedMask:
    """A mask kept under a name: 1 channel uint8, as large as the document."""

    name: str
    raster: Raster


@dataclass(frozen=True, slots=True)
class Document:
    """A picture being edited; immutable, so a state of the history is one of these.

    depth: bits a channel; layers hold uint8 or uint16 accordingly.
    layers: bottom to top.
    active: id of the layer that tools work on, None if there is none.
    selection: 1 channel uint8, the painted mask; 255 = will change. Empty if nothing is painted.
    saved_masks: masks put aside, oldest first.
    icc: the color profile of the pixels, None means sRGB.
    metadata: what came with the file, by name ("exif", "xmp", ...), as it was read.

    Raises:
        ValueError: if a raster has another size or depth than the document, or two layers share an id.
    """

    size: Size
    depth: Depth = 8
    layers: tuple[Layer, ...] = ()
    active: str | None = None
    selection: Raster = NOTHING
    saved_masks: tuple[SavedMask, ...] = ()
    icc: bytes | None = None
    metadata: Mapping[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.selection is NOTHING:
            object.__setattr__(self, "selection", Raster.empty(self.size, 1))
        if not isinstance(self.metadata, MappingProxyType):
            object.__setattr__(self, "metadata", MappingProxyType(dict(self.metadata)))
        if any(raster.size != self.size for raster in self.rasters()):
            raise ValueError(f"All pixels of a document of {self.size} must have that size.")
        ids = [layer.id for layer in self.walk()]
        if len(set(ids)) != len(ids):
            raise ValueError("No two layers of a document can have the same id.")
        for layer in self.walk():
            if layer.raster is not None and layer.raster.dtype != self.dtype:
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
        """Of the layers' pixels: uint8 or uint16."""
        return np.dtype(np.uint8) if self.depth == 8 else np.dtype(np.uint16)

    @property
    def top(self) -> int:
        """The largest value of a channel: 255 or 65535."""
        return (1 << self.depth) - 1

    @property
    def active_layer(self) -> Layer | None:
        """The layer that tools work on."""
        return None if self.active is None else self.find(self.active)

    def walk(self) -> Iterator[Layer]:
        """Every layer, groups before what is in them, bottom to top."""
        for layer in self.layers:
            yield from layer.walk()

    def find(self, layer_id: str) -> Layer | None:
        """The layer with this id, at any depth."""
        return next((layer for layer in self.walk() if layer.id == layer_id), None)

    def layer(self, layer_id: str) -> Layer:
        """The layer with this id, at any depth.

        Raises:
            KeyError: if there is none.
        """
        found = self.find(layer_id)
        if found is None:
            raise KeyError(layer_id)
        return found

    def parent(self, layer_id: str) -> str | None:
        """Id of the group that holds this layer; None at the top."""
        for layer in self.walk():
            if any(child.id == layer_id for child in layer.children):
                return layer.id
        return None

    def siblings(self, parent: str | None) -> tuple[Layer, ...]:
        """The layers of a group, or those at the top for None."""
        return self.layers if parent is None else self.layer(parent).children

    def with_siblings(self, parent: str | None, layers: tuple[Layer, ...]) -> Self:
        """This document with `layers` as all that a group, or for None the top, holds."""
        if parent is None:
            return replace(self, layers=layers)
        return self.with_layer(replace(self.layer(parent), children=layers))

    def with_layer(self, layer: Layer) -> Self:
        """This document with `layer` in place of the one of the same id.

        Raises:
            KeyError: if there is none.
        """
        self.layer(layer.id)
        return replace(self, layers=_swap(self.layers, layer))

    def rasters(self) -> Iterator[Raster]:
        """All pixels and masks: of layers, the selection and the saved masks."""
        for layer in self.layers:
            yield from layer.rasters()
        yield self.selection
        for saved in self.saved_masks:
            yield saved.raster


def _swap(layers: tuple[Layer, ...], new: Layer) -> tuple[Layer, ...]:
    return tuple(
        new
        if layer.id == new.id
        else replace(layer, children=_swap(layer.children, new))
        if layer.children
        else layer
        for layer in layers
    )


def same(before: Document, after: Document) -> bool:
    """True if nothing differs but which objects hold it: an edit that did this did nothing."""
    return before is after or before == after


def dirty(before: Document, after: Document) -> list[Box]:
    """Where the visible composite may differ: whole tiles by identity, clamped to the canvas.

    Changes of the selection and the saved masks are not in it; they have an overlay of their own.
    """
    if before.size != after.size or before.depth != after.depth:
        return [before.box.union(after.box)]
    cells = _layers_changed(before.layers, after.layers)
    return [tile_box(cell).clamp(after.box) for cell in sorted(cells)]


def _layers_changed(before: tuple[Layer, ...], after: tuple[Layer, ...]) -> set[tuple[int, int]]:
    if before is after:
        return set()
    old = {layer.id: layer for layer in before}
    new = {layer.id: layer for layer in after}
    if [key for key in old if key in new] != [key for key in new if key in old]:
        return _cells((*before, *after))  # reordered
    cells = _cells(tuple(layer for key, layer in old.items() if key not in new))
    cells |= _cells(tuple(layer for key, layer in new.items() if key not in old))
    for key in old.keys() & new.keys():
        cells |= _layer_changed(old[key], new[key])
    # A layer that clips depends on which layer lies below it, so its whole run is looked at anew.
    if [(key, layer.clipping) for key, layer in old.items()] != [
        (key, layer.clipping) for key, layer in new.items()
    ]:
        cells |= _cells(tuple(layer for layer in (*before, *after) if layer.clipping))
    return cells


def _layer_changed(before: Layer, after: Layer) -> set[tuple[int, int]]:
    if before is after or not (before.visible or after.visible):
        return set()
    plain = ("opacity", "blend", "clipping", "visible")
    if any(getattr(before, name) != getattr(after, name) for name in plain):
        return _cells((before, after))
    if before.is_group != after.is_group or (before.mask is None) != (after.mask is None):
        return _cells((before, after))
    cells: set[tuple[int, int]] = set()
    if before.raster is not None and after.raster is not None:
        cells |= set(after.raster.changed(before.raster))
    if before.mask is not None and after.mask is not None:
        cells |= set(after.mask.changed(before.mask)) & _cells((before, after))
    return cells | _layers_changed(before.children, after.children)


def _cells(layers: tuple[Layer, ...]) -> set[tuple[int, int]]:
    """Cells in which any of `layers` has pixels."""
    return {
        cell
        for layer in layers
        for inner in layer.walk()
        if inner.raster is not None
        for cell, _ in inner.raster.tiles()
    }
