"""Edits of layers and of the painted mask: a label and one pure `apply` each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from glide_studio.api.request import new_id
from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from glide_studio.document.raster import Raster


class Edit(Protocol):
    """What a user can do to a document: data and a pure function."""

    @property
    def label(self) -> str:
        """What the history shows."""
        ...

    def apply(self, document: Document) -> Document:
        """The document after the edit; `document` itself if nothing changes."""
        ...


@dataclass(frozen=True, slots=True)
class PaintMask:
    """Put `mask` (1 channel uint8, as large as the document) in place of the painted mask."""

    mask: Raster
    label: str = "Paint mask"

    def apply(self, document: Document) -> Document:
        """Replace the selection."""
        return replace(document, selection=self.mask)


@dataclass(frozen=True, slots=True)
class PaintPixels:
    """Put `raster` in place of a layer's pixels.

    Raises:
        KeyError: in `apply`, if the document has no such layer.
    """

    layer: str
    raster: Raster
    label: str = "Paint"

    def apply(self, document: Document) -> Document:
        """Replace the pixels."""
        return document.with_layer(replace(document.layer(self.layer), raster=self.raster))


@dataclass(frozen=True, slots=True)
class AddLayer:
    """Put a layer above another one and make it the active one.

    above: id of the layer that will lie directly below; None puts it on top, inside of `parent` if
        that is given.
    clear_selection: also empties the painted mask, in the same state of the history, as accepting a
        result does when the user wants it so.

    Raises:
        KeyError: in `apply`, if `above` or `parent` is not in the document.
    """

    layer: Layer
    above: str | None = None
    parent: str | None = None
    clear_selection: bool = False
    label: str = "Add layer"

    def apply(self, document: Document) -> Document:
        """Insert the layer."""
        parent = self.parent if self.above is None else document.parent(self.above)
        siblings = list(document.siblings(parent))
        at = len(siblings)
        if self.above is not None:
            at = _index(siblings, self.above) + 1
        siblings.insert(at, self.layer)
        after = replace(document.with_siblings(parent, tuple(siblings)), active=self.layer.id)
        if self.clear_selection:
            after = replace(after, selection=Raster.empty(document.size, 1))
        return after


@dataclass(frozen=True, slots=True)
class RemoveLayer:
    """Take a layer out; the one below it becomes active if it was.

    Raises:
        KeyError: in `apply`, if the document has no such layer.
    """

    layer: str
    label: str = "Remove layer"

    def apply(self, document: Document) -> Document:
        """Remove the layer and all that is inside of it."""
        gone = {inner.id for inner in document.layer(self.layer).walk()}
        parent = document.parent(self.layer)
        siblings = list(document.siblings(parent))
        at = _index(siblings, self.layer)
        del siblings[at]
        after = document.with_siblings(parent, tuple(siblings))
        if document.active in gone:
            next_one = siblings[max(at - 1, 0)].id if siblings else parent
            after = replace(after, active=next_one)
        return after


@dataclass(frozen=True, slots=True)
class MoveLayer:
    """Take a layer out and put it at `index` (0 = bottom) of a group, or of the top for None.

    Raises:
        KeyError: in `apply`, if layer or parent is not in the document.
        ValueError: in `apply`, if a group would be put into itself.
    """

    layer: str
    index: int
    parent: str | None = None
    label: str = "Move layer"

    def apply(self, document: Document) -> Document:
        """Reorder."""
        layer = document.layer(self.layer)
        if self.parent is not None and any(self.parent == inner.id for inner in layer.walk()):
            raise ValueError("A group cannot be put into itself.")
        source = document.parent(self.layer)
        rest = tuple(other for other in document.siblings(source) if other.id != self.layer)
        without = document.with_siblings(source, rest)
        siblings = list(without.siblings(self.parent))
        siblings.insert(self.index, layer)
        return without.with_siblings(self.parent, tuple(siblings))


@dataclass(frozen=True, slots=True)
class SetLayer:
    """Change fields of a layer: name, opacity, blend, visible, locked, clipping, mask, provenance.

    Raises:
        KeyError: in `apply`, if the document has no such layer.
        ValueError: in `apply`, if a value is out of its range.
    """

    layer: str
    changes: Mapping[str, Any]
    label: str = "Change layer"

    def apply(self, document: Document) -> Document:
        """Replace the fields."""
        return document.with_layer(replace(document.layer(self.layer), **self.changes))


@dataclass(frozen=True, slots=True)
class DuplicateLayer:
    """Put a copy directly above a layer; a group's inner layers get new ids as well.

    new: the copy's id, so that the edit is a pure function.

    Raises:
        KeyError: in `apply`, if the document has no such layer.
    """

    layer: str
    label: str = "Duplicate layer"
    new: str = field(default_factory=new_id)

    def apply(self, document: Document) -> Document:
        """Add the copy and make it active."""
        layer = document.layer(self.layer)
        copy = replace(_renamed(layer, self.new), name=f"{layer.name} copy")
        return AddLayer(copy, above=self.layer).apply(document)


@dataclass(frozen=True, slots=True)
class GroupLayers:
    """Put layers that lie side by side in the same group into a new group, at the topmost one's place.

    Raises:
        KeyError: in `apply`, if one of them is not in the document.
        ValueError: in `apply`, if they are none or do not share a parent.
    """

    layers: tuple[str, ...]
    name: str = "Group"
    label: str = "Group layers"
    new: str = field(default_factory=new_id)

    def apply(self, document: Document) -> Document:
        """Group and make the group active."""
        parents = {document.parent(document.layer(layer).id) for layer in self.layers}
        if len(parents) != 1:
            raise ValueError("Layers to be grouped must lie in the same place.")
        parent = parents.pop()
        siblings = document.siblings(parent)
        members = tuple(layer for layer in siblings if layer.id in self.layers)
        group = Layer(self.name, children=members, id=self.new)
        kept: list[Layer] = []
        for layer in siblings:
            if layer is members[-1]:
                kept.append(group)
            elif layer not in members:
                kept.append(layer)
        return replace(document.with_siblings(parent, tuple(kept)), active=group.id)


@dataclass(frozen=True, slots=True)
class UngroupLayers:
    """Put a group's layers where the group was.

    Raises:
        KeyError: in `apply`, if the document has no such layer.
        ValueError: in `apply`, if the layer is not a group.
    """

    layer: str
    label: str = "Ungroup layers"

    def apply(self, document: Document) -> Document:
        """Replace the group by its members."""
        group = document.layer(self.layer)
        if not group.is_group:
            raise ValueError(f"'{group.name}' is not a group.")
        parent = document.parent(self.layer)
        siblings: list[Layer] = []
        for layer in document.siblings(parent):
            siblings += group.children if layer.id == group.id else (layer,)
        after = document.with_siblings(parent, tuple(siblings))
        if document.active == group.id:
            active = group.children[-1].id if group.children else None
            after = replace(after, active=active)
        return after


@dataclass(frozen=True, slots=True)
class SetActive:
    """Choose the layer that tools work on.

    Raises:
        KeyError: in `apply`, if the document has no such layer.
    """

    layer: str | None
    label: str = "Choose layer"

    def apply(self, document: Document) -> Document:
        """Set the active layer."""
        if self.layer is not None:
            document.layer(self.layer)
        return replace(document, active=self.layer)


def _index(layers: list[Layer], layer_id: str) -> int:
    for index, layer in enumerate(layers):
        if layer.id == layer_id:
            return index
    raise KeyError(layer_id)


def _renamed(layer: Layer, layer_id: str) -> Layer:
    """`layer` under a new id, those inside of it under ids made from it."""
    return replace(
        layer,
        id=layer_id,
        children=tuple(
            _renamed(child, f"{layer_id}.{index}") for index, child in enumerate(layer.children)
        ),
    )
