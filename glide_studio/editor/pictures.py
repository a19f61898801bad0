"""Between image files and documents."""

from __future__ import annotations

import json

import numpy as np

from glide_studio.api.request import Provenance
from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from glide_studio.document.raster import Raster
from glide_studio.io.images.picture import Picture
from glide_studio.io.provenance import provenance_from_dict


def to_document(picture: Picture, name: str) -> Document:
    """A document of one layer called `name`; what came with the picture is kept as metadata."""
    layer = Layer(name, Raster.from_array(picture.pixels))
    metadata = {
        "exif": picture.exif,
        "xmp": picture.xmp,
        "dpi": json.dumps(picture.dpi).encode() if picture.dpi else None,
        "text": json.dumps(dict(picture.text)).encode() if picture.text else None,
    }
    return Document(
        picture.size,
        picture.depth,
        (layer,),
        layer.id,
        icc=picture.icc,
        metadata={key: value for key, value in metadata.items() if value is not None},
    )


def to_picture(document: Document) -> Picture:
    """What is seen, with the metadata that the document keeps."""
    pixels = composite(document, document.box)
    dpi = json.loads(document.metadata.get("dpi", b"null"))
    return Picture(
        pixels,
        has_alpha=bool(np.any(pixels[..., 3] != document.top)),
        icc=document.icc,
        exif=document.metadata.get("exif"),
        xmp=document.metadata.get("xmp"),
        dpi=None if dpi is None else (dpi[0], dpi[1]),
        text=json.loads(document.metadata.get("text", b"{}")),
    )


def provenances(document: Document) -> tuple[Provenance, ...]:
    """Where the visible layers came from, bottom to top."""
    return tuple(
        provenance_from_dict(layer.provenance)
        for layer in document.walk()
        if layer.visible and layer.provenance is not None
    )
