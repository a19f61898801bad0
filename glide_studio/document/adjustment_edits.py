"""Edits of adjustment layers: pure functions from a document to a document."""

from __future__ import annotations

from dataclasses import replace

from glide_studio.document.adjustments import Adjustment
from glide_studio.document.compositing import clipping_runs, flatten
from glide_studio.document.document import Document
from glide_studio.document.layer import Layer, new_id
from glide_studio.document.layer_edits import add_layer, change_layer
from glide_studio.document.mask_edits import clear_mask
from glide_studio.document.raster import Raster, tile_box
from glide_studio.document.tile import TILE_PX


def add_adjustment(
    document: Document, name: str, adjustment: Adjustment, *, layer_id: str | None = None
) -> Document:
    """Add an adjustment above the active layer and make it active.

    The painted mask, if there is one, becomes its mask; none is painted then.

    layer_id: the layer's id, None for a new one.
    """
    painted = document.selection
    mask = None if painted.content_box().empty else painted
    layer = Layer(name, adjustment=adjustment, mask=mask, id=layer_id or new_id())
    cleared = document if mask is None else clear_mask(document)
    return add_layer(cleared, layer, above=document.active)


def set_adjustment(document: Document, layer_id: str, adjustment: Adjustment) -> Document:
    """Give an adjustment layer other settings; the same object if they are the same.

    Raises:
        KeyError: if the document has no such layer.
        ValueError: if it is no adjustment.
    """
    layer = document.layer(layer_id)
    if layer.adjustment is None:
        raise ValueError(f"'{layer.name}' is not an adjustment.")
    if layer.adjustment == adjustment:
        return document
    return change_layer(document, layer_id, adjustment=adjustment)


def has_adjustments(document: Document) -> bool:
    """Return True if any layer, hidden or not, is an adjustment."""
    return any(layer.adjustment is not None for layer in document.iter_layers())


def rasterize_adjustments(document: Document) -> Document:
    """Replace adjustments by pixels, for files that hold none; the picture looks the same.

    An adjustment over an opaque picture becomes a layer of the adjusted pixels, with its mask,
    opacity and blend mode. Over a partly transparent one, which such a layer would thicken, it is
    merged with what lies below in its group. So is a group that passes adjustments through. A layer
    that an adjustment clips to is merged with those that clip to it. Hidden adjustments are left
    out.
    """
    if not has_adjustments(document):
        return document
    layers = _rasterize(document.layers, document)
    ids = {layer.id for top in layers for layer in top.iter_layers()}
    active = document.active if document.active in ids else None
    return replace(document, layers=layers, active=active)


def _rasterize(layers: tuple[Layer, ...], document: Document) -> tuple[Layer, ...]:
    size, dtype = document.size, document.dtype
    out: list[Layer] = []
    for bottom, clipped in clipping_runs(layers):
        base = replace(bottom, clipping=False)  # as it is drawn
        if base.adjustment is not None:
            if not (base.visible and base.opacity > 0 and out):
                continue
            below = flatten(out, size, dtype)
            if _is_opaque(below):
                whole = replace(base, mask=None, opacity=1.0, blend="normal", clipping=False)
                adjusted = flatten((Layer("", below), whole), size, dtype)
                out.append(replace(base, adjustment=None, raster=adjusted, clipping=False))
            else:
                out = [Layer(out[0].name, flatten((*out, base), size, dtype), id=out[0].id)]
        elif base.blend == "pass-through" and _adjusts(base) and not clipped:
            merged = flatten((*out, base), size, dtype)
            first = out[0] if out else base
            out = [Layer(first.name, merged, id=first.id)]
        elif any(_adjusts(layer) for layer in clipped):
            plain = replace(base, mask=None, opacity=1.0, visible=True)
            if base.is_group:
                plain = replace(plain, blend="normal")
            raster = flatten((plain, *clipped), size, dtype)
            blend = "normal" if base.blend == "pass-through" else base.blend
            out.append(replace(base, raster=raster, children=(), blend=blend))
        else:
            out.append(replace(base, children=_rasterize(base.children, document)))
            out += [
                replace(layer, children=_rasterize(layer.children, document)) for layer in clipped
            ]
    return tuple(out)


def _adjusts(layer: Layer) -> bool:
    return any(inner.adjustment is not None for inner in layer.iter_layers())


def _is_opaque(raster: Raster) -> bool:
    """Return True if alpha has its largest value on the whole canvas."""
    for cell in raster.box.cells(TILE_PX):
        tile, whole = raster.tile(cell), tile_box(cell)
        part = whole.clamp(raster.box).move(-whole.x, -whole.y)
        if tile is None or tile.pixels[part.slices][..., 3].min() < raster.max_value:
            return False
    return True
