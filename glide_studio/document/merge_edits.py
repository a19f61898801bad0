"""Edits that make one layer of several."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from glide_studio.api.request import new_id
from glide_studio.document.compositing import flatten
from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from glide_studio.errors import GlideError


@dataclass(frozen=True, slots=True)
class MergeDown:
    """Merge a layer into the one directly below, whose name, id and blend mode stay.

    Both are put together by themselves, the lower one as if its mode were normal; its opacity and mask
    become part of its pixels.

    Raises:
        KeyError: in `apply`, if the document has no such layer.
        GlideError: in `apply`, if nothing lies below in the same group, or one of the two is hidden.
    """

    layer: str
    label: str = "Merge down"

    def apply(self, document: Document) -> Document:
        """Merge and make the result active."""
        upper = document.layer(self.layer)
        parent = document.parent(self.layer)
        siblings = document.siblings(parent)
        at = siblings.index(upper)
        if at == 0:
            raise GlideError(f"There is no layer below '{upper.name}' to merge it into.")
        lower = siblings[at - 1]
        if not (upper.visible and lower.visible):
            raise GlideError("Show both layers before merging them.")
        plain = replace(lower, blend="normal", clipping=False)
        merged = Layer(
            lower.name,
            raster=flatten((plain, upper), document.size, document.dtype),
            blend="normal" if lower.blend == "pass-through" else lower.blend,
            clipping=lower.clipping,
            locked=lower.locked,
            id=lower.id,
        )
        after = document.with_siblings(parent, (*siblings[: at - 1], merged, *siblings[at + 1 :]))
        return replace(after, active=merged.id)


@dataclass(frozen=True, slots=True)
class MergeGroup:
    """Make one layer of a group; its opacity, mask and blend mode stay, "pass-through" becomes normal.

    Raises:
        KeyError: in `apply`, if the document has no such layer.
        ValueError: in `apply`, if it is not a group.
    """

    layer: str
    label: str = "Merge group"

    def apply(self, document: Document) -> Document:
        """Merge and make the result active."""
        group = document.layer(self.layer)
        if not group.is_group:
            raise ValueError(f"'{group.name}' is not a group.")
        merged = replace(
            group,
            raster=flatten(group.children, document.size, document.dtype),
            children=(),
            blend="normal" if group.blend == "pass-through" else group.blend,
        )
        return replace(document.with_layer(merged), active=merged.id)


@dataclass(frozen=True, slots=True)
class Flatten:
    """Make one layer of all that is seen; hidden layers go.

    new: the layer's id, so that the edit is a pure function.
    """

    name: str = "Background"
    label: str = "Flatten"
    new: str = field(default_factory=new_id)

    def apply(self, document: Document) -> Document:
        """Flatten and make the result active."""
        raster = flatten(document.layers, document.size, document.dtype)
        return replace(
            document, layers=(Layer(self.name, raster=raster, id=self.new),), active=self.new
        )
