"""Edits of layers: pure functions from a document to a document.

Each returns the document that results, or the same object if nothing changes. A layer is named by
its id. `History.record` makes the result an entry of the history.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from glide_studio.document.compositing import clipping_runs, flatten
from glide_studio.document.document import Document
from glide_studio.document.layer import BlendMode, Layer, new_id
from glide_studio.errors import GlideError
from glide_studio.translation import translate


def add_layer(
    document: Document,
    layer: Layer,
    *,
    above: str | None = None,
    parent: str | None = None,
) -> Document:
    """Insert a layer and make it the active one.

    above: id of the layer that will lie directly below; None puts it on top, inside of `parent` if
        that is given.

    Raises:
        KeyError: if `above` or `parent` is not in the document.
    """
    if above is not None:
        parent = document.parent_id(above)
    siblings = list(document.siblings(parent))
    index = len(siblings) if above is None else _index(siblings, above) + 1
    siblings.insert(index, layer)
    return replace(document.with_siblings(parent, tuple(siblings)), active=layer.id)


def remove_layer(document: Document, layer_id: str) -> Document:
    """Remove a layer with all that is inside of it; the one below becomes active if it was.

    Raises:
        KeyError: if the document has no such layer.
    """
    removed = {inner.id for inner in document.layer(layer_id).iter_layers()}
    parent = document.parent_id(layer_id)
    siblings = list(document.siblings(parent))
    index = _index(siblings, layer_id)
    del siblings[index]
    after = document.with_siblings(parent, tuple(siblings))
    if document.active in removed:
        after = replace(after, active=siblings[max(index - 1, 0)].id if siblings else parent)
    return after


def move_layer(
    document: Document, layer_id: str, index: int, parent: str | None = None
) -> Document:
    """Take a layer out and insert it at `index` (0 = bottom) of a group, or of the top for None.

    Raises:
        KeyError: if layer or parent is not in the document.
        ValueError: if a group would be put into itself.
    """
    layer = document.layer(layer_id)
    if parent is not None and any(parent == inner.id for inner in layer.iter_layers()):
        raise ValueError("A group cannot be put into itself.")
    source = document.parent_id(layer_id)
    rest = tuple(other for other in document.siblings(source) if other.id != layer_id)
    without = document.with_siblings(source, rest)
    siblings = list(without.siblings(parent))
    siblings.insert(index, layer)
    return without.with_siblings(parent, tuple(siblings))


def move_layers(
    document: Document, layer_ids: Collection[str], index: int, parent: str | None = None
) -> Document:
    """Put layers next to each other into a group, or at the top for None, in the order they have.

    index: how many of the group's layers lie below the place, counted before the move.

    Raises:
        KeyError: if one of the layers or the parent is not in the document.
        ValueError: if a group would be put into itself.
    """
    moved = [one.id for one in document.iter_layers() if one.id in layer_ids]
    below = [one.id for one in document.siblings(parent)[:index] if one.id not in moved]
    for layer_id in moved:
        rest = [one.id for one in document.siblings(parent) if one.id != layer_id]
        at = rest.index(below[-1]) + 1 if below else 0
        document = move_layer(document, layer_id, at, parent)
        below.append(layer_id)
    return document


def change_layer(document: Document, layer_id: str, **fields: Any) -> Document:
    """Set fields of a layer: name, opacity, blend, visible, locked, clipping, mask, raster.

    Raises:
        KeyError: if the document has no such layer.
        ValueError: if a value is out of its range.
    """
    return document.with_layer(replace(document.layer(layer_id), **fields))


def duplicate_layer(document: Document, layer_id: str, *, copy_id: str | None = None) -> Document:
    """Add a copy directly above a layer and make it active; inner layers get new ids as well.

    copy_id: the copy's id, None for a new one.

    Raises:
        KeyError: if the document has no such layer.
    """
    layer = document.layer(layer_id)
    copy = replace(
        _with_new_ids(layer, copy_id or new_id()),
        name=translate("LayerEdits", "{name} copy").format(name=layer.name),
    )
    return add_layer(document, copy, above=layer_id)


def group_layers(
    document: Document,
    layer_ids: Collection[str],
    *,
    group_id: str | None = None,
) -> Document:
    """Put siblings into a new group at the topmost one's place and make the group active.

    The group passes through, so that its layers blend with what lies below as before. A group that
    clips, or to which a layer clips, cannot pass through: around a single layer it takes over that
    layer's blend mode, and its clipping, instead, which looks the same.

    group_id: the group's id, None for a new one.

    Raises:
        KeyError: if one of the layers is not in the document.
        GlideError: if they do not share a parent.
    """
    parent, members = _siblings_of(document, layer_ids)
    siblings = document.siblings(parent)
    top = siblings.index(members[-1])
    clips = len(members) == 1 and members[0].clipping and members[0] is not siblings[0]
    is_clip_base = top + 1 < len(siblings) and siblings[top + 1].clipping
    blend: BlendMode = "pass-through"
    if clips or is_clip_base:
        blend = members[0].blend if len(members) == 1 else "normal"
    group = Layer(
        translate("LayerEdits", "Group"),
        children=(replace(members[0], clipping=False),) if clips else members,
        blend=blend,
        clipping=clips,
        id=group_id or new_id(),
    )
    return _put_in_place(document, parent, members, group)


def ungroup_layers(document: Document, group_id: str) -> Document:
    """Put a group's layers where the group was; those of a group that clips will clip.

    Raises:
        KeyError: if the document has no such layer.
        ValueError: if the layer is not a group.
    """
    group = _group(document, group_id)
    members = group.children
    if group.clipping:
        members = tuple(replace(layer, clipping=True) for layer in members)
    parent = document.parent_id(group_id)
    siblings: list[Layer] = []
    for layer in document.siblings(parent):
        siblings += members if layer.id == group_id else (layer,)
    after = document.with_siblings(parent, tuple(siblings))
    if document.active == group_id:
        after = replace(after, active=members[-1].id if members else None)
    return after


def activate_layer(document: Document, layer_id: str | None) -> Document:
    """Choose the layer that tools work on; None for no layer.

    Raises:
        KeyError: if the document has no such layer.
    """
    if layer_id is not None:
        document.layer(layer_id)
    return replace(document, active=layer_id)


def merge_down(document: Document, layer_id: str) -> Document:
    """Merge a layer into the one directly below and make the result active.

    The lower layer's name, id and blend mode stay. Both are put together by themselves, the lower
    one as if its mode were normal; its opacity and mask become part of its pixels.

    Raises:
        KeyError: if the document has no such layer.
        GlideError: if nothing lies below in the same group, one of the two is hidden, or the
            lower one is an adjustment.
    """
    upper = document.layer(layer_id)
    parent = document.parent_id(layer_id)
    siblings = document.siblings(parent)
    index = siblings.index(upper)
    if index == 0:
        raise GlideError(
            translate("LayerEdits", "There is no layer below '{name}' to merge it into.").format(
                name=upper.name
            )
        )
    lower = siblings[index - 1]
    if not (upper.visible and lower.visible):
        raise GlideError(translate("LayerEdits", "Show both layers before merging them."))
    if lower.adjustment is not None:
        raise _nothing_to_merge_into(lower)
    return _put_in_place(document, parent, (lower, upper), _merge(document, (lower, upper)))


def merge_layers(document: Document, layer_ids: Collection[str]) -> Document:
    """Merge layers of one group at the topmost one's place and make the result active.

    Name, id and blend mode are the lowest one's. They are put together by themselves, the lowest
    one as if its mode were normal; its opacity and mask become part of its pixels.

    Raises:
        KeyError: if one of the layers is not in the document.
        GlideError: if they do not share a parent, one is hidden, the lowest one is an adjustment,
            or one clips to a layer that is not among them.
    """
    parent, members = _siblings_of(document, layer_ids)
    lowest = members[0]
    if not all(layer.visible for layer in members):
        raise GlideError(translate("LayerEdits", "Show all of these layers before merging them."))
    if lowest.adjustment is not None:
        raise _nothing_to_merge_into(lowest)
    siblings = document.siblings(parent)
    for base, clipped in clipping_runs(siblings):
        for layer in clipped:
            if layer in members[1:] and base not in members:
                raise GlideError(
                    translate(
                        "LayerEdits", "'{name}' is clipped to '{base}'; choose that one as well."
                    ).format(name=layer.name, base=base.name)
                )
    merged = _merge(document, members)
    return _put_in_place(document, parent, members, merged)


def merge_group(document: Document, group_id: str) -> Document:
    """Make one layer of a group and make it active.

    Opacity, mask and blend mode of the group stay, "pass-through" becomes "normal".

    Raises:
        KeyError: if the document has no such layer.
        ValueError: if it is not a group.
    """
    group = _group(document, group_id)
    merged = replace(
        group,
        raster=flatten(group.children, document.size, document.dtype),
        children=(),
        blend="normal" if group.blend == "pass-through" else group.blend,
    )
    return replace(document.with_layer(merged), active=merged.id)


def flatten_image(document: Document, *, layer_id: str | None = None) -> Document:
    """Make one layer of all that is seen and make it active; hidden layers are dropped.

    layer_id: the layer's id, None for a new one.
    """
    raster = flatten(document.layers, document.size, document.dtype)
    layer = Layer(translate("LayerEdits", "Background"), raster=raster, id=layer_id or new_id())
    return replace(document, layers=(layer,), active=layer.id)


def _siblings_of(
    document: Document, layer_ids: Collection[str]
) -> tuple[str | None, tuple[Layer, ...]]:
    """Return the group that holds all these layers, None for the top, and them, bottom to top."""
    parents = {document.parent_id(document.layer(layer_id).id) for layer_id in layer_ids}
    if len(parents) != 1:
        raise GlideError(
            translate(
                "LayerEdits", "These layers lie in different groups; choose layers of one group."
            )
        )
    parent = parents.pop()
    return parent, tuple(one for one in document.siblings(parent) if one.id in layer_ids)


def _put_in_place(
    document: Document, parent: str | None, members: tuple[Layer, ...], layer: Layer
) -> Document:
    """Put a layer at the place of the topmost of `members`, drop the others, and make it active."""
    siblings = tuple(
        layer if one is members[-1] else one
        for one in document.siblings(parent)
        if one is members[-1] or one not in members
    )
    return replace(document.with_siblings(parent, siblings), active=layer.id)


def _merge(document: Document, members: tuple[Layer, ...]) -> Layer:
    """Make one layer of several, bottom to top, under the lowest one's name, id and blend mode."""
    lowest = members[0]
    normal = replace(lowest, blend="normal", clipping=False)
    return Layer(
        lowest.name,
        raster=flatten((normal, *members[1:]), document.size, document.dtype),
        blend="normal" if lowest.blend == "pass-through" else lowest.blend,
        clipping=lowest.clipping,
        locked=lowest.locked,
        id=lowest.id,
    )


def _nothing_to_merge_into(layer: Layer) -> GlideError:
    return GlideError(
        translate(
            "LayerEdits", "'{name}' is an adjustment and holds no pixels to merge into."
        ).format(name=layer.name)
    )


def _group(document: Document, group_id: str) -> Layer:
    group = document.layer(group_id)
    if not group.is_group:
        raise ValueError(f"'{group.name}' is not a group.")
    return group


def _index(layers: list[Layer], layer_id: str) -> int:
    for index, layer in enumerate(layers):
        if layer.id == layer_id:
            return index
    raise KeyError(layer_id)


def _with_new_ids(layer: Layer, layer_id: str) -> Layer:
    """Give `layer` a new id, and the layers inside of it ids made from that one."""
    return replace(
        layer,
        id=layer_id,
        children=tuple(
            _with_new_ids(child, f"{layer_id}.{index}")
            for index, child in enumerate(layer.children)
        ),
    )
