"""Save a picture that came from a JPEG as JPEG; what was not edited is proven identical."""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import imagecodecs
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glide_studio.imaging.geometry import Size
from glide_studio.imaging.icc import profile_space
from glide_studio.io.images import exif as exif_block
from glide_studio.io.images import jpeg_segments
from glide_studio.io.images.export_options import ExportOptions
from glide_studio.io.images.jpeg_blocks import (
    BLOCK,
    BlockEdit,
    CannotKeepBlocks,
    changed_blocks,
    reach,
)
from glide_studio.io.images.jpeg_segments import JpegStructure
from glide_studio.io.images.picture import Picture
from glide_studio.io.images.pillow_read import read_header
from glide_studio.io.images.pixel_layout import apply_orientation
from glide_studio.io.images.prepare_export import prepare
from glide_studio.io.images.sniff import MAX_SCANS
from glide_studio.io.sandbox.parent import write_jpeg_in_child
from glide_studio.translation import number, translate

INVERSE = {6: 8, 8: 6}  # orientations that undo others; the rest undo themselves
SIDEWAYS = (5, 6, 7, 8)  # orientations that exchange width and height


@dataclass(frozen=True, slots=True)
class KeptBlocks:
    """What is the same in a JPEG and in the one it was edited from, once both are decoded.

    identical, pixels: of the picture. encoded, blocks: MCUs, the units of 8 x 8 to 16 x 16 pixels.
    """

    identical: int
    pixels: int
    encoded: int
    blocks: int

    def describe(self) -> str:
        """Return a sentence for the user."""
        if self.identical == self.pixels:
            return translate(
                "JpegKeep", "All {pixels} pixels are identical to the photo's own JPEG."
            ).format(pixels=number(self.pixels))
        return translate(
            "JpegKeep",
            "{identical} of {pixels} pixels are identical to the photo's own JPEG: "
            "only {encoded} of its {blocks} blocks were encoded again.",
        ).format(
            identical=number(self.identical),
            pixels=number(self.pixels),
            encoded=number(self.encoded),
            blocks=number(self.blocks),
        )


@dataclass(frozen=True, slots=True, eq=False)
class _SourceHeader:
    """What the header of a JPEG says. icc: its RGB profile. turn: its EXIF orientation."""

    structure: JpegStructure
    icc: bytes | None
    turn: int
    has_inks: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Source:
    """The JPEG that a picture came from.

    samples: decoded, gray [h, w] or RGB [h, w, 3], as stored.
    """

    header: _SourceHeader
    samples: NDArray[Any]

    @property
    def mcu(self) -> tuple[int, int]:
        """Width and height in pixels of the unit of blocks."""
        return self.header.structure.mcu_size


def explain_encoding(data: bytes, size: Size, depth: int, icc: bytes | None) -> str:
    """Say why a picture cannot be written with the blocks of its JPEG; "" if its header allows it.

    data: the JPEG. size, depth, icc: of the picture as it will be written.
    """
    try:
        _check_layout(_read_source_header(data, size), depth, icc)
    except CannotKeepBlocks as reason:
        return str(reason)
    return ""


def rewrite_jpeg(
    temporary: Path, picture: Picture, options: ExportOptions
) -> tuple[bytes, KeptBlocks]:
    """Return (the JPEG, what it kept of `picture.jpeg`); `temporary` is a file to work in.

    Pixels further than `jpeg_blocks.SPILL` from a block with an edit are compared in the decoded
    files, and are the same.

    Raises:
        CannotKeepBlocks: with the reason, if the picture has to be encoded as a whole.
        GlideError: if the work cannot be done.
    """
    assert picture.jpeg is not None
    ready = prepare(picture, replace(options, format="jpeg"))
    source = _read_source(picture.jpeg, ready.size)
    _check_same_layout(ready, picture, source.header)
    header, before = source.header, source.samples
    rgb = apply_orientation(ready.pixels[..., :3], INVERSE.get(header.turn, header.turn))
    changed = _differing(rgb, before if before.ndim == 3 else cv2.merge([before] * 3))
    if before.ndim == 2 and _has_color(rgb, changed):
        raise CannotKeepBlocks(translate("JpegKeep", "it is gray and the picture now has color"))
    encoded = write_jpeg_in_child(temporary, BlockEdit(picture.jpeg, rgb, changed))
    stored = _as_stored_metadata(ready, header.turn, rgb)
    made = jpeg_segments.insert_header(encoded, header.structure, stored)
    return made, _prove(source, made, changed)


def _read_source(data: bytes, size: Size) -> _Source:
    """Decode the source of an upright picture of this size.

    A project may hold anything as its source, so size and scans are checked before it is decoded.
    """
    header = _read_source_header(data, size)
    try:
        samples = np.asarray(imagecodecs.jpeg8_decode(data))
    except Exception as error:
        # Codecs raise exceptions of any kind.
        raise CannotKeepBlocks(translate("JpegKeep", "they can no longer be read")) from error
    return _Source(header, samples)


def _read_source_header(data: bytes, size: Size) -> _SourceHeader:
    structure = jpeg_segments.parse(data)
    if len(structure.scans) > MAX_SCANS:
        raise CannotKeepBlocks(translate("JpegKeep", "they come in too many parts"))
    try:
        with Image.open(BytesIO(data), formats=["JPEG", "MPO"]) as image:
            width, height = image.size
            has_inks = image.mode == "CMYK"
            parts = read_header(image)
        block = None if parts.exif is None else exif_block.strip_prefix(parts.exif)
        turn = 1 if block is None else exif_block.orientation(block)
        is_rgb = parts.icc is not None and profile_space(parts.icc) == "RGB "
        if size != (Size(height, width) if turn in SIDEWAYS else Size(width, height)):
            raise CannotKeepBlocks(
                translate("JpegKeep", "the picture was cropped, extended or scaled")
            )
    except CannotKeepBlocks:
        raise
    except Exception as error:
        raise CannotKeepBlocks(translate("JpegKeep", "they can no longer be read")) from error
    return _SourceHeader(structure, parts.icc if is_rgb else None, turn, has_inks)


def _check_layout(source: _SourceHeader, depth: int, icc: bytes | None) -> None:
    if source.has_inks:
        raise CannotKeepBlocks(translate("JpegKeep", "they are in inks, not in RGB"))
    if depth != 8:
        raise CannotKeepBlocks(translate("JpegKeep", "the picture now has 16 bits a channel"))
    if icc != source.icc:
        raise CannotKeepBlocks(translate("JpegKeep", "the picture has another color profile now"))


def _check_same_layout(ready: Picture, picture: Picture, source: _SourceHeader) -> None:
    _check_layout(source, picture.depth, picture.icc)
    if ready.icc not in (source.icc, None):
        raise CannotKeepBlocks(translate("JpegKeep", "the picture has another color profile now"))
    if not jpeg_segments.fits(ready):
        raise CannotKeepBlocks(translate("JpegKeep", "the metadata has grown too long for a JPEG"))


def _differing(one: NDArray[Any], other: NDArray[Any]) -> NDArray[np.uint8]:
    """Return [h, w] uint8, above 0 where two pictures [h, w, 3] differ."""
    bits = np.bitwise_xor(one, other)
    return np.asarray(bits[..., 0] | bits[..., 1] | bits[..., 2], np.uint8)


def _has_color(rgb: NDArray[Any], changed: NDArray[np.uint8]) -> bool:
    edited = rgb[changed > 0]
    return bool((edited != edited[:, :1]).any())


def _as_stored_metadata(ready: Picture, turn: int, rgb: NDArray[Any]) -> Picture:
    """Return the picture with EXIF that turns the stored pixels upright."""
    if turn == 1:
        return ready
    block = exif_block.set_orientation(ready.exif, turn)
    return replace(ready, exif=exif_block.set_size(block, rgb.shape[1], rgb.shape[0]))


def _prove(source: _Source, made: bytes, changed: NDArray[np.uint8]) -> KeptBlocks:
    """Decode what was made and compare it with the source.

    Raises:
        CannotKeepBlocks: if a pixel out of reach of an edit differs.
    """
    before, after = source.samples, np.asarray(imagecodecs.jpeg8_decode(made))
    if before.shape != after.shape:
        raise CannotKeepBlocks(translate("JpegKeep", "they cannot be written"))
    differs = (before ^ after) if before.ndim == 2 else _differing(before, after)
    if np.any(differs[reach(changed, source.mcu) == 0]):
        raise CannotKeepBlocks(translate("JpegKeep", "they cannot be kept exactly"))
    (width, height), shape = source.mcu, changed.shape
    grid = -(-shape[0] // height), -(-shape[1] // width)
    encoded = changed_blocks(changed, grid, (width // BLOCK, height // BLOCK))
    identical = differs.size - int(np.count_nonzero(differs))
    return KeptBlocks(identical, differs.size, int(np.count_nonzero(encoded)), encoded.size)
