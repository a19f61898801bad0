"""Between image files and documents."""

from __future__ import annotations

import numpy as np

from glide_studio.api.request import Provenance
from glide_studio.document.compositing import Stack, composite, is_opaque
from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from glide_studio.document.raster import Raster
from glide_studio.document.transform import convert, scale
from glide_studio.imaging import icc
from glide_studio.imaging.geometry import Box, Point, Size
from glide_studio.imaging.types import Pixels
from glide_studio.io.images.picture import Picture, from_metadata, to_metadata
from glide_studio.io.images.prepare_export import BandedPicture, blank_pixels
from glide_studio.io.provenance import provenance_from_dict
from glide_studio.translation import translate

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


def new_document(size: Size, color: str | None) -> Document:
    """Make a document of one layer of a color, "#rrggbb", or of nothing for None."""
    pixels = np.zeros((size.height, size.width, 4), np.uint8)
    if color is not None:
        pixels[...] = [*bytes.fromhex(color[1:]), 255]
    layer = Layer(translate("ImageDocuments", "Background"), Raster.from_array(pixels))
    return Document(size, 8, (layer,), layer.id)


def layer_from_picture(
    picture: Picture, name: str, document: Document, center: Point | None = None
) -> Layer:
    """Make a layer of a document from a picture, in the document's profile and depth.

    center: of the picture, in document pixels; None puts it in the middle. As a layer ends where
    the canvas does, a picture that is larger is scaled down to fit, and one that would reach over
    an edge is shifted inside.
    """
    colors = icc.convert(np.ascontiguousarray(picture.pixels[..., :3]), picture.icc, document.icc)
    pixels = np.dstack([colors, picture.pixels[..., 3:]])
    return Layer(name, _place(convert(Raster.from_array(pixels), document.dtype), document, center))


def missing_from_picture(
    picture: Picture, document: Document, center: Point | None = None
) -> Raster | None:
    """Return what a damaged picture misses, as a mask of where `layer_from_picture` puts it."""
    if picture.missing is None:
        return None
    return _place(Raster.from_array(picture.missing[..., None]), document, center)


def _place(raster: Raster, document: Document, center: Point | None) -> Raster:
    """Put a picture on an empty canvas, see `layer_from_picture`."""
    share = min(
        1.0, document.size.width / raster.size.width, document.size.height / raster.size.height
    )
    if share < 1:
        width, height = (
            max(1, round(side * share)) for side in (raster.size.width, raster.size.height)
        )
        raster = scale(raster, Size(width, height))
    middle = center or Point(document.size.width / 2, document.size.height / 2)
    left, top = round(middle.x - raster.size.width / 2), round(middle.y - raster.size.height / 2)
    place = raster.box.move(
        min(max(0, left), document.size.width - raster.size.width),
        min(max(0, top), document.size.height - raster.size.height),
    )
    empty = Raster.empty(document.size, raster.channels, raster.dtype)
    return empty.write(place, raster.read(raster.box))


def picture_from_document(document: Document) -> Picture:
    """Return what is seen, with the metadata that the document keeps."""
    pixels = composite(document, document.box)
    return _with_metadata(document, pixels, bool(pixels[..., 3].min() < document.max_value))


def bands_from_document(document: Document) -> BandedPicture:
    """Return what is seen as `picture_from_document` does, composited a band at a time."""
    known: dict[Stack, Pixels] = {}

    def read(top: int, bottom: int) -> Pixels:
        return composite(document, Box(0, top, document.size.width, bottom - top), known=known)

    blank = blank_pixels(document.size, document.dtype)
    return BandedPicture(_with_metadata(document, blank, not is_opaque(document)), read)


def _with_metadata(document: Document, pixels: Pixels, has_alpha: bool) -> Picture:
    return Picture(
        pixels,
        has_alpha=has_alpha,
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
