"""`LayeredPicture`: a layered file's content as plain arrays, between a file and a `Document`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.layer import BlendMode, Layer
from glide_studio.document.raster import Raster
from glide_studio.document.tile import Pixels
from glide_studio.imaging.geometry import Box, Size
from glide_studio.io.images.prepare_export import to_depth

MAX_LAYERS = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class MaskPart:
    """pixels: [h, w] uint8 or uint16 at `box`; elsewhere the mask has the value `outside`."""

    pixels: NDArray[Any]
    box: Box
    outside: int


@dataclass(frozen=True, slots=True, eq=False)
class LayerPart:
    """One layer; fields as in `Layer`.

    pixels: [h, w, 4] at `box`, which may reach over the canvas; None makes it a group.
    """

    name: str
    box: Box
    pixels: NDArray[Any] | None = None
    children: tuple[LayerPart, ...] = ()
    mask: MaskPart | None = None
    opacity: float = 1.0
    blend: BlendMode = "normal"
    clipping: bool = False
    visible: bool = True
    locked: bool = False

    def walk(self) -> Iterator[LayerPart]:
        """This layer, then all inside of it, bottom to top."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True, eq=False)
class LayeredPicture:
    """What a layered file holds.

    layers: bottom to top. dpi, text: as in `Picture`. merged: [h, w, 4], what is seen, to be written beside
    the layers for programs that know none. notes: sentences on what could not be kept, for the user.
    """

    size: Size
    depth: Literal[8, 16]
    layers: tuple[LayerPart, ...]
    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None
    merged: Pixels | None = None
    notes: tuple[str, ...] = ()
    text: Mapping[str, str] = field(default_factory=dict)


def to_document(picture: LayeredPicture) -> Document:
    """The document of these layers; the topmost one is active."""
    layers = tuple(_to_layer(part, picture) for part in picture.layers)
    dpi = None if picture.dpi is None else json.dumps(picture.dpi).encode()
    text = json.dumps(dict(picture.text)).encode() if picture.text else None
    metadata = {"exif": picture.exif, "xmp": picture.xmp, "dpi": dpi, "text": text}
    return Document(
        picture.size,
        picture.depth,
        layers,
        layers[-1].id if layers else None,
        icc=picture.icc,
        metadata={name: block for name, block in metadata.items() if block is not None},
    )


def _to_layer(part: LayerPart, picture: LayeredPicture) -> Layer:
    size, raster, mask = picture.size, None, None
    if part.pixels is not None:
        dtype = np.uint8 if picture.depth == 8 else np.uint16
        raster = Raster.empty(size, 4, dtype).write(part.box, part.pixels)
    if part.mask is not None:
        mask = Raster.full(size, part.mask.outside, part.mask.pixels.dtype)
        mask = mask.write(part.mask.box, part.mask.pixels[..., None])
    return Layer(
        part.name,
        raster,
        tuple(_to_layer(child, picture) for child in part.children),
        mask,
        part.opacity,
        part.blend,
        part.clipping,
        part.visible,
        part.locked,
    )


def from_document(document: Document) -> LayeredPicture:
    """The layers of a document, each cut to what it holds, and what is seen of them."""
    dpi = json.loads(document.metadata.get("dpi", b"null"))
    return LayeredPicture(
        document.size,
        document.depth,
        tuple(_from_layer(layer) for layer in document.layers),
        document.icc,
        document.metadata.get("exif"),
        document.metadata.get("xmp"),
        None if dpi is None else (dpi[0], dpi[1]),
        composite(document, document.box),
    )


def _from_layer(layer: Layer) -> LayerPart:
    box, pixels, mask = Box(0, 0, 0, 0), None, None
    if layer.raster is not None:
        box = layer.raster.content_box()
        pixels = layer.raster.read(box)
    if layer.mask is not None:
        shown = layer.mask.content_box()
        mask = MaskPart(layer.mask.read(shown)[..., 0], shown, 0)
    return LayerPart(
        layer.name,
        box,
        pixels,
        tuple(_from_layer(child) for child in layer.children),
        mask,
        layer.opacity,
        layer.blend,
        layer.clipping,
        layer.visible,
        layer.locked,
    )


def at_depth(part: LayerPart, depth: int) -> LayerPart:
    """The layer with all pixels in it at 8 or 16 bits."""
    return replace(
        part,
        pixels=None if part.pixels is None else to_depth(part.pixels, depth),
        children=tuple(at_depth(child, depth) for child in part.children),
    )


def apply_mask(pixels: Pixels, box: Box, mask: Raster) -> Pixels:
    """RGBA [h, w, 4] at `box` with a mask multiplied into its alpha."""
    out = pixels.copy()
    weight = mask.read(box)[..., 0].astype(np.float32) / mask.top
    out[..., 3] = np.rint(out[..., 3] * weight).astype(out.dtype)
    return out
