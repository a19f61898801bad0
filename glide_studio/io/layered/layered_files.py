"""Read and write layered files: PSD, PSB and OpenRaster to a `Document` and back."""

from __future__ import annotations

from pathlib import Path

import psutil

from glide_studio.document.adjustment_edits import has_adjustments, rasterize_adjustments
from glide_studio.document.document import Document
from glide_studio.errors import GlideError
from glide_studio.io.images.read import read_head
from glide_studio.io.images.sniff import sniff
from glide_studio.io.images.write import metadata_losses
from glide_studio.io.layered.layered_picture import from_document, to_document
from glide_studio.io.layered.ora_write import write_ora
from glide_studio.io.sandbox.parent import decode_layers_in_child, write_psd_in_child
from glide_studio.translation import QT_TRANSLATE_NOOP, number, translate

SUFFIXES = (".psd", ".psb", ".ora")
MAX_PSD = 2 << 30  # bytes of a PSD, by its specification
ADJUSTMENTS_BECAME_PIXELS = QT_TRANSLATE_NOOP(
    "LayeredFiles",
    "Adjustments were written as layers of pixels; save a .glide project to go on changing them.",
)


def read_layers(path: Path) -> tuple[Document, tuple[str, ...]]:
    """Read a PSD, PSB or OpenRaster file; returns (document, notes for the user).

    It is decoded in a process of its own, under a memory limit and a deadline.

    Raises:
        GlideError: if it is missing, something else, damaged or too large.
    """
    head, length = read_head(path)
    kind = sniff(head)
    if head.startswith(b"PK") and path.suffix.lower() == ".ora":
        kind = "ora"  # a ZIP packed by hand may not begin with its media type
    if kind not in ("psd", "ora"):
        raise GlideError(
            translate(
                "LayeredFiles", "'{name}' is not a PSD or OpenRaster file; choose another one."
            ).format(name=path.name)
        )
    picture = decode_layers_in_child(path, kind, length)
    return to_document(picture), picture.notes


def write_layers(path: Path, document: Document) -> tuple[str, ...]:
    """Write a document with its layers, as PSD or OpenRaster by the name's ending.

    Returns sentences on what the format could not keep.

    Raises:
        GlideError: if the ending is another one, or the file cannot be written.
    """
    notes = (
        (translate("LayeredFiles", ADJUSTMENTS_BECAME_PIXELS),) if has_adjustments(document) else ()
    )
    document = rasterize_adjustments(document)
    match path.suffix.lower():
        case ".psd":
            _check_psd_length(document)
            picture = from_document(document)
            lost = metadata_losses(picture.text, False, "psd")
            return (*write_psd_in_child(path, picture), *notes, *lost)
        case ".ora":
            return (*write_ora(path, document), *notes)
    raise GlideError(
        translate("LayeredFiles", "'{name}' keeps no layers; use .psd or .ora.").format(
            name=path.name
        )
    )


def _check_psd_length(document: Document) -> None:
    """Refuse layers that a PSD cannot hold, before they are all made into arrays."""
    rasters = [layer.raster for layer in document.iter_layers() if layer.raster is not None]
    length = sum(tile.nbytes for raster in rasters for _, tile in raster.tiles())
    pixel = 4 * document.dtype.itemsize
    needed = pixel * sum(raster.content_box().area for raster in rasters)
    if length > MAX_PSD or needed > psutil.virtual_memory().available:
        raise GlideError(
            translate(
                "LayeredFiles",
                "The layers together take {length} GB, too much for a PSD; merge some of them,"
                " or save as OpenRaster or as a project.",
            ).format(length=number(max(length, needed) / 1e9, 1))
        )
