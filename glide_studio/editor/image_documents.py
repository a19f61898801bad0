"""Between image files and documents."""

from __future__ import annotations

import numpy as np

from glide_studio.api.request import Provenance
from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from glide_studio.document.raster import Raster
from glide_studio.io.images.picture import Picture, from_metadata, to_metadata
from glide_studio.io.provenance import provenance_from_dict

SOURCE_JPEG = "jpeg"  # name of the whole file among a document's metadata


def document_from_picture(picture: Picture, name: str) -> Document:
    """Make a document of one layer called `name` with the picture's metadata.

    The part of a damaged file that is missing comes selected, ready to be filled.
    """
    layer = Layer(name, Raster.from_array(picture.pixels))
    return Document(
        picture.size,
        picture.depth,
        (layer,),
        layer.id,
        Raster.empty(picture.size, 1)
        if picture.missing is None
        else Raster.from_array(picture.missing[..., None]),
        icc=picture.icc,
        metadata=to_metadata(picture)
        | ({} if picture.jpeg is None else {SOURCE_JPEG: picture.jpeg}),
    )


def picture_from_document(document: Document) -> Picture:
    """Return what is seen, with the metadata that the document keeps."""
    pixels = composite(document, document.box)
    return Picture(
        pixels,
        has_alpha=bool(np.any(pixels[..., 3] != document.max_value)),
        icc=document.icc,
        jpeg=document.metadata.get(SOURCE_JPEG),
        **from_metadata(document.metadata),
    )


def visible_provenances(document: Document) -> tuple[Provenance, ...]:
    """Return where the visible layers came from, bottom to top."""
    return tuple(
        provenance_from_dict(layer.provenance)
        for layer in document.iter_layers()
        if layer.visible and layer.provenance is not None
    )
