"""Edits of the painted mask and of the saved masks: pure functions from a document to a document.

Each returns the document that results, or the same object if the mask comes out as it was. Masks
are rasters of 1 channel uint8, as large as the document; 255 is selected.
"""

from __future__ import annotations

from dataclasses import replace

from glide_studio.document import selection
from glide_studio.document.document import Document, SavedMask
from glide_studio.document.raster import Raster
from glide_studio.document.selection import CombineMode


def select(document: Document, mask: Raster, mode: CombineMode = "replace") -> Document:
    """Combine `mask` with the painted mask."""
    mask = selection.combine(document.selection, mask, mode)
    return document if mask == document.selection else replace(document, selection=mask)


def select_all(document: Document) -> Document:
    """Select the whole canvas."""
    full = Raster.full(document.size, 255)
    return document if full.equal_pixels(document.selection) else select(document, full)


def clear_mask(document: Document) -> Document:
    """Select nothing."""
    return select(document, Raster.empty(document.size, 1))


def invert_mask(document: Document) -> Document:
    """Exchange what is selected and what is not."""
    return select(document, selection.invert(document.selection))


def select_layer_alpha(
    document: Document, layer_id: str, mode: CombineMode = "replace"
) -> Document:
    """Combine a layer's alpha with the painted mask.

    Raises:
        KeyError: if the document has no such layer.
        ValueError: if it holds no pixels.
    """
    layer = document.layer(layer_id)
    if layer.raster is None:
        raise ValueError(f"'{layer.name}' has no pixels of its own.")
    return select(document, selection.from_alpha(layer.raster), mode)


def save_mask(document: Document, name: str) -> Document:
    """Keep the painted mask under a name, in place of one of that name."""
    others = tuple(saved for saved in document.saved_masks if saved.name != name)
    return replace(document, saved_masks=(*others, SavedMask(name, document.selection)))


def load_mask(document: Document, name: str, mode: CombineMode = "replace") -> Document:
    """Combine a saved mask with the painted one.

    Raises:
        KeyError: if there is none of this name.
    """
    masks = {saved.name: saved.raster for saved in document.saved_masks}
    return select(document, masks[name], mode)


def delete_mask(document: Document, name: str) -> Document:
    """Remove a saved mask.

    Raises:
        KeyError: if there is none of this name.
    """
    others = tuple(saved for saved in document.saved_masks if saved.name != name)
    if len(others) == len(document.saved_masks):
        raise KeyError(name)
    return replace(document, saved_masks=others)
