"""What a replacement removed from the picture: brought back, or removed again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from glide_studio.document.document import Document
from glide_studio.document.history import History
from glide_studio.document.layer import Layer
from glide_studio.document.layer_edits import add_layer, change_layer, remove_layer
from glide_studio.document.raster import Raster, tile_box
from glide_studio.editor.jobs import Job


def restore_removed(before: Document, after: Document, now: Document) -> Document:
    """Undo in `now` what a removal changed between two earlier documents.

    Layers that were painted on since stay as they are.
    """
    old = {layer.id: layer for layer in before.iter_layers()}
    present = {layer.id: layer for layer in now.iter_layers()}
    for layer in after.iter_layers():
        was, is_now = old.get(layer.id), present.get(layer.id)
        if layer.raster is None or is_now is None or is_now.raster != layer.raster:
            continue
        if was is None:
            now = remove_layer(now, layer.id)
        elif was.raster != layer.raster:
            now = change_layer(now, layer.id, raster=was.raster, provenance=was.provenance)
    if now.selection == after.selection and now.size == before.size:
        now = replace(now, selection=before.selection)
    return now


def clear_ground(history: History, job: Job) -> Document:
    """Return the current document without what a job replaces, if that was brought back."""
    now, removed = history.document, job.request.state
    if not job.replaces or job.replaces not in history or removed not in history:
        return now
    if any(state.id == removed for state in history.path()):
        return now  # what is there now was made from what is left
    return remove_again(history.state(job.replaces).document, history.state(removed).document, now)


def remove_again(before: Document, after: Document, now: Document) -> Document:
    """Repeat in `now` what a removal changed between two earlier documents.

    Pixels that were painted on since stay as they are, and so do locked layers.
    """
    if (now.size, now.dtype) != (after.size, after.dtype):
        return now
    old = {layer.id: layer for layer in before.iter_layers()}
    present = {layer.id: layer for layer in now.iter_layers()}
    for layer in after.iter_layers():
        was, is_now = old.get(layer.id), present.get(layer.id)
        if was is None and is_now is None:
            now = add_layer(now, layer, above=_find_below(after, layer, present))
        elif was is None or is_now is None or is_now.raster is None or is_now.locked:
            continue
        elif was.raster is not None and layer.raster is not None and was.raster != layer.raster:
            raster = _repeat_change(was.raster, layer.raster, is_now.raster)
            now = change_layer(now, layer.id, raster=raster, provenance=layer.provenance)
    if now.selection == before.selection:
        now = replace(now, selection=after.selection)
    return now


def _find_below(document: Document, layer: Layer, present: dict[str, Layer]) -> str | None:
    """Return the id of the layer that lies directly below one, if it is still present."""
    siblings = document.siblings(document.parent_id(layer.id))
    at = siblings.index(layer)
    return siblings[at - 1].id if at and siblings[at - 1].id in present else None


def _repeat_change(before: Raster, after: Raster, now: Raster) -> Raster:
    """Return `now` with the pixels of `after` wherever it is as `before` was."""
    if now == before:
        return after
    for cell in before.changed_cells(after):
        box = tile_box(cell).clamp(now.box)
        was, wanted, is_now = (one.read(box) for one in (before, after, now))
        same = (is_now == was).all(axis=-1, keepdims=True)
        now = now.write(box, np.where(same, wanted, is_now))
    return now
