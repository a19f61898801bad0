"""`LayeredPicture`: the content of a layered file as plain arrays, between file and `Document`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.layer import BlendMode, Layer
from glide_studio.document.raster import Raster
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box, Size
from glide_studio.imaging.types import Pixels
from glide_studio.io.images.picture import from_metadata, to_metadata
from glide_studio.io.images.prepare_export import flatten, to_depth
from glide_studio.translation import translate

MAX_NOTES = 20  # sentences on one file; thousands of layers may each have one
FREE_AREA = 1 << 28  # pixels that the layers of any file may have together
PIXELS_PER_BYTE = 64  # more for each byte of the file; photographs have one to ten


@dataclass(frozen=True, slots=True, eq=False)
class MaskPart:
    """A layer mask: pixels [h, w] uint8 or uint16 at `box`, and `outside` everywhere else."""

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
    keeps_alpha: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class LayeredPicture:
    """What a layered file holds.

    layers: bottom to top. icc, exif, xmp, iptc, dpi, text: as in `Picture`.
    merged: [h, w, 4], the composite, for programs that cannot read layers.
    notes: sentences on what could not be kept, for the user.
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
    iptc: bytes | None = None


def to_document(picture: LayeredPicture) -> Document:
    """Make a document of these layers; the topmost one is active."""
    rasters: dict[tuple[int, Box], Raster] = {}
    layers = tuple(_to_layer(part, picture, rasters) for part in picture.layers)
    return Document(
        picture.size,
        picture.depth,
        layers,
        layers[-1].id if layers else None,
        icc=picture.icc,
        metadata=to_metadata(picture),
    )


def _to_layer(
    part: LayerPart, picture: LayeredPicture, rasters: dict[tuple[int, Box], Raster]
) -> Layer:
    """Make a layer; layers that show the same array at the same place share a raster."""
    size, raster, mask = picture.size, None, None
    if part.pixels is not None:
        key = id(part.pixels), part.box
        if key not in rasters:
            dtype = np.uint8 if picture.depth == 8 else np.uint16
            rasters[key] = Raster.empty(size, 4, dtype).write(part.box, part.pixels)
        raster = rasters[key]
    if part.mask is not None:
        mask = Raster.full(size, part.mask.outside, part.mask.pixels.dtype)
        mask = mask.write(part.mask.box, part.mask.pixels[..., None])
    return Layer(
        part.name,
        raster,
        tuple(_to_layer(child, picture, rasters) for child in part.children),
        mask,
        part.opacity,
        part.blend,
        part.clipping,
        part.visible,
        part.locked,
        part.keeps_alpha,
    )


def from_document(document: Document) -> LayeredPicture:
    """Take the layers of a document, each cropped to its content, and their composite."""
    return LayeredPicture(
        document.size,
        document.depth,
        tuple(_from_layer(layer) for layer in document.layers),
        document.icc,
        merged=composite(document, document.box),
        **from_metadata(document.metadata),
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
        layer.keeps_alpha,
    )


def convert_depth(part: LayerPart, depth: int, converted: dict[int, NDArray[Any]]) -> LayerPart:
    """Convert all pixels in the layer to 8 or 16 bits.

    converted: results by id of the array, so that what layers share stays shared.
    """
    if part.pixels is not None and id(part.pixels) not in converted:
        converted[id(part.pixels)] = to_depth(part.pixels, depth)
    return replace(
        part,
        pixels=None if part.pixels is None else converted[id(part.pixels)],
        children=tuple(convert_depth(child, depth, converted) for child in part.children),
    )


def check_layers_area(area: int, canvas: Size, length: int) -> None:
    """Refuse layers whose pixels together are more than a file of `length` bytes explains.

    Raises:
        GlideError: if there are more than a canvas and PIXELS_PER_BYTE for each byte.
    """
    if area > max(canvas.area, FREE_AREA) + PIXELS_PER_BYTE * length:
        raise GlideError(
            translate(
                "LayeredPicture",
                "The layers together have far more pixels than the file explains;"
                " merge some of them.",
            )
        )


def shorten_notes(notes: Iterable[str]) -> tuple[str, ...]:
    """Return the first MAX_NOTES of the sentences, and one that says how many were left out."""
    told = tuple(notes)
    more = len(told) - MAX_NOTES
    return (
        told
        if more <= 0
        else (
            *told[:MAX_NOTES],
            translate("LayeredPicture", "{more} more notes were left out.").format(more=more),
        )
    )


def over_white(pixels: NDArray[Any]) -> NDArray[Any]:
    """Return a composite as PSD keeps it: RGB if opaque, else RGB over white, and alpha."""
    if (pixels[..., 3] == np.iinfo(pixels.dtype).max).all():
        return pixels[..., :3]
    flat = flatten(pixels, (255, 255, 255))
    flat[..., 3] = pixels[..., 3]
    return flat


def sample_layers(picture: LayeredPicture, stride: int) -> LayeredPicture:
    """Keep every `stride`-th pixel of the canvas in each direction."""

    def sample(box: Box, pixels: NDArray[Any]) -> tuple[Box, NDArray[Any]]:
        left, top = max(0, -(-box.x // stride)), max(0, -(-box.y // stride))
        kept = pixels[top * stride - box.y :: stride, left * stride - box.x :: stride]
        return Box(left, top, kept.shape[1], kept.shape[0]), np.ascontiguousarray(kept)

    def part(layer: LayerPart) -> LayerPart:
        box, pixels, mask = layer.box, layer.pixels, layer.mask
        if pixels is not None:
            box, pixels = sample(box, pixels)
        if mask is not None:
            mask_box, gray = sample(mask.box, mask.pixels)
            mask = MaskPart(gray, mask_box, mask.outside)
        children = tuple(part(child) for child in layer.children)
        return replace(layer, box=box, pixels=pixels, mask=mask, children=children)

    size = Size(-(-picture.size.width // stride), -(-picture.size.height // stride))
    return replace(picture, size=size, layers=tuple(part(layer) for layer in picture.layers))


def apply_mask(pixels: Pixels, box: Box, mask: Raster) -> Pixels:
    """Multiply a mask into the alpha of RGBA [h, w, 4] at `box`."""
    out = pixels.copy()
    weight = mask.read(box)[..., 0].astype(np.float32) / mask.max_value
    out[..., 3] = np.rint(out[..., 3] * weight).astype(out.dtype)
    return out
