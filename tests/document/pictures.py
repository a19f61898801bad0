"""Pictures for the tests of the document, and a plain compositor to compare with."""

from __future__ import annotations

import numpy as np

from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from glide_studio.document.raster import Raster
from glide_studio.imaging.geometry import Size


def noise(size: Size, channels: int = 4, dtype=np.uint8, seed: int = 0) -> np.ndarray:
    """Random pixels [h, w, C] of which a third is 0 and, with alpha, a third is opaque."""
    rng = np.random.default_rng(seed)
    top = int(np.iinfo(dtype).max)
    pixels = rng.integers(0, top + 1, (size.height, size.width, channels)).astype(dtype)
    kind = rng.integers(0, 3, (size.height, size.width))
    pixels[kind == 0] = 0
    pixels[kind == 1, -1] = top
    return pixels


def layer(size: Size, name: str = "layer", dtype=np.uint8, seed: int = 0, **fields) -> Layer:
    """A layer of random pixels."""
    return Layer(name, raster=Raster.from_array(noise(size, 4, dtype, seed)), id=name, **fields)


def mask(size: Size, seed: int = 0, dtype=np.uint8) -> Raster:
    """A random mask."""
    return Raster.from_array(noise(size, 1, dtype, seed))


def photo(size: Size, dtype=np.uint8, seed: int = 0) -> Layer:
    """An opaque layer of random color."""
    pixels = noise(size, 4, dtype, seed)
    pixels[..., 3] = np.iinfo(dtype).max
    return Layer("photo", raster=Raster.from_array(pixels), id="photo")


def pixels_of(raster: Raster) -> np.ndarray:
    """All of a raster."""
    return raster.read(raster.box)


def same_pixels(a: Document, b: Document) -> bool:
    """True if two documents hold the same, whichever objects hold it."""
    if (a.size, a.depth, a.active) != (b.size, b.depth, b.active):
        return False
    one, other = list(a.iter_layers()), list(b.iter_layers())
    fields = ("id", "name", "opacity", "blend", "clipping", "visible", "locked")
    if [[getattr(x, f) for f in fields] for x in one] != [
        [getattr(x, f) for f in fields] for x in other
    ]:
        return False
    rasters = list(a.rasters()), list(b.rasters())
    return len(rasters[0]) == len(rasters[1]) and all(
        np.array_equal(pixels_of(x), pixels_of(y)) for x, y in zip(*rasters, strict=True)
    )
