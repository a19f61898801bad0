"""How a picture is exported: what the user chooses, made into options for the file's format."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from glide_studio.api.request import Provenance
from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from glide_studio.document.raster import tile_box
from glide_studio.document.tile import MAX_LEVEL, TILE_PX
from glide_studio.editor.canvas_actions import check_size
from glide_studio.editor.image_documents import (
    SOURCE_JPEG,
    bands_from_document,
    picture_from_document,
    visible_provenances,
)
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Size
from glide_studio.imaging.icc import srgb_profile
from glide_studio.io.images.band_write import BANDED, LARGE_AREA, write_bands
from glide_studio.io.images.export_options import ExportOptions, ProfileChoice, format_for, lossless
from glide_studio.io.images.jpeg_keep import explain_encoding
from glide_studio.io.images.picture import READ_ONLY, SUFFIXES, Picture
from glide_studio.io.images.prepare_export import (
    DEEP,
    OPAQUE,
    BandedPicture,
    prepare,
    prepare_bands,
)
from glide_studio.io.images.read import read_image
from glide_studio.io.images.write import Written, write_image
from glide_studio.io.layered.layered_files import SUFFIXES as LAYERED
from glide_studio.io.layered.layered_files import read_layers
from glide_studio.translation import number, translate

QUALITY = 92  # of JPEG, WebP and AVIF
STRIP_ROWS = 256  # rows that are compared at a time
COARSE_PX = 1024  # of the longer side of the picture in which transparency is looked for


@dataclass(frozen=True, slots=True)
class ExportChoices:
    """What can be chosen about an export besides its format, which the file's name says.

    quality: 1 .. 100, for JPEG, WebP (100 loses nothing) and AVIF; None writes a photo that came
    from a JPEG with the blocks of that JPEG wherever it was not edited, all else at QUALITY. size:
    scale to so many pixels; None keeps the size. depth: for PNG and TIFF; None keeps the
    document's. profile: see `ExportOptions`. metadata: EXIF, XMP, resolution and text of the photo.
    prompt: prompt, seed and model of every visible result, as XMP, and in a PNG as text.
    """

    quality: int | None = None
    size: Size | None = None
    depth: Literal[8, 16] | None = None
    profile: ProfileChoice = "keep"
    metadata: bool = True
    prompt: bool = True


def choose_suffix(document: Document, path: Path | None) -> str:
    """Choose the format of an export: that of the opened file if it holds the picture.

    path: of the opened file. Returns "png" for all else, such as pictures that are transparent now,
    or formats that are only read.
    """
    suffix = "" if path is None else path.suffix.lower()
    if suffix in LAYERED:
        return suffix[1:]
    if suffix not in SUFFIXES and SOURCE_JPEG in document.metadata:
        suffix = ".jpg"  # of a project
    form = SUFFIXES.get(suffix, "")
    is_lost = form not in DEEP and document.depth == 16
    if not form or form in READ_ONLY or is_lost or (form in OPAQUE and not _is_opaque(document)):
        return "png"
    return suffix[1:]


def _is_opaque(document: Document) -> bool:
    """Tell whether nothing shows through, as seen at a coarse mip level."""
    if any(_covers_all(layer) for layer in document.layers):
        return True  # as nearly always, and known at once
    longer = max(document.size.width, document.size.height)
    level = next((one for one in range(MAX_LEVEL) if longer >> one <= COARSE_PX), MAX_LEVEL)
    alpha = composite(document, document.selection.level_box(level), level)[..., 3]
    return bool(alpha.min() == document.max_value)


def _covers_all(layer: Layer) -> bool:
    """Tell whether a layer alone hides all that is below it; its tiles know."""
    raster = layer.raster
    is_plain = layer.visible and layer.opacity == 1 and layer.blend == "normal"
    if raster is None or layer.mask is not None or layer.clipping or not is_plain:
        return False
    for cell in raster.box.cells(TILE_PX):
        tile = raster.tile(cell)
        if tile is None:
            return False
        if not tile.opaque:
            part = tile_box(cell).clamp(raster.box)  # beyond the edge there is nothing
            alpha = tile.pixels[: part.height, : part.width, 3]
            if part == tile_box(cell) or alpha.min() < np.iinfo(raster.dtype).max:
                return False
    return True


def explain_jpeg_encoding(document: Document, choices: ExportChoices) -> str:
    """Say why an export cannot keep the blocks of the photo's own JPEG; "" if it can.

    Raises:
        KeyError: if the photo was no JPEG.
    """
    converts = choices.profile == "srgb" and document.icc is not None
    return explain_encoding(
        document.metadata[SOURCE_JPEG],
        choices.size or document.size,
        document.depth,
        srgb_profile() if converts else document.icc,
    )


def size_for_width(old: Size, width: int) -> Size:
    """Return a size of `width` pixels across in the proportions of `old`.

    Raises:
        GlideError: if that is less than one.
    """
    if width < 1:
        raise GlideError(
            translate(
                "Exporting", "A picture is at least one pixel wide, not {width} pixels."
            ).format(width=width)
        )
    return Size(width, max(1, round(old.height * width / old.width)))


def export_options(document: Document, path: Path, choices: ExportChoices) -> ExportOptions:
    """Return the choices as options for one document and one file.

    Raises:
        GlideError: if a value is out of its range, or the name asks for no format that can be
            written.
    """
    if choices.size is not None:
        check_size(choices.size)
    made: tuple[Provenance, ...] = visible_provenances(document) if choices.prompt else ()
    try:
        return ExportOptions(
            format_for(path),
            QUALITY if choices.quality is None else choices.quality,
            choices.size,
            choices.depth,
            choices.profile,
            choices.metadata,
            made,
            keep_blocks=choices.quality is None,
        )
    except ValueError as error:
        raise GlideError(str(error)) from error


def export_image(path: Path, document: Document, options: ExportOptions) -> Written:
    """Write what is seen of a document.

    Raises:
        GlideError: if it cannot be written; an old file there stays as it was.
    """
    if _is_banded(document, options):
        written = write_bands(path, bands_from_document(document), options)
    else:
        written = write_image(path, picture_from_document(document), options)
    if written.proof or not visible_provenances(document):
        return written
    return replace(written, notes=(*written.notes, *describe_loss(options)))


def _is_banded(document: Document, options: ExportOptions) -> bool:
    """Tell whether an export is made a band at a time, so that it is never held whole."""
    keeps = options.format == "jpeg" and options.keep_blocks and SOURCE_JPEG in document.metadata
    same_size = options.size in (None, document.size)
    is_large = document.size.area > LARGE_AREA
    return is_large and same_size and not keeps and options.format in BANDED


def describe_file(path: Path, document: Document, choices: ExportChoices) -> str:
    """Read the file that was written and say how many pixels in it are those that were shown.

    Raises:
        GlideError: if it cannot be read.
    """
    if path.suffix.lower() == ".glide":
        return translate(
            "Exporting",
            "A project is read again and counted before it takes the place of an older one.",
        )
    shown, found = _shown_and_found(path, document, choices)
    size, depth = shown.whole.size, shown.whole.depth
    if found.size != size or found.depth != depth:
        return translate(
            "Exporting", "The file has {size} pixels of {depth} bits; {shown} were shown."
        ).format(size=found.size, depth=found.depth, shown=size)
    largest = 0
    same = 0
    for row in range(0, size.height, STRIP_ROWS):
        end = min(row + STRIP_ROWS, size.height)
        one, other = found.pixels[row:end].astype(int), shown.read(row, end).astype(int)
        differences = np.abs(one - other).max(axis=2)
        same += int(np.count_nonzero(differences == 0))
        largest = max(largest, int(differences.max()))
    if same == size.area:
        return translate(
            "Exporting", "All {same} pixels in the file are exactly those shown."
        ).format(same=number(same))
    top = (1 << found.depth) - 1
    return translate(
        "Exporting",
        "{same} of {area} pixels in the file are exactly those shown; the "
        "others differ by at most {largest} of {top}.",
    ).format(same=number(same), area=number(size.area), largest=number(largest), top=number(top))


def _shown_and_found(
    path: Path, document: Document, choices: ExportChoices
) -> tuple[BandedPicture, Picture]:
    """Return (what a file should show, what it does)."""
    if path.suffix.lower() in LAYERED:
        shown = bands_from_document(document)
        return shown, picture_from_document(read_layers(path)[0])
    options = export_options(document, path, choices)
    if options.size in (None, document.size):
        return prepare_bands(bands_from_document(document), options), read_image(path)
    scaled = prepare(picture_from_document(document), options)
    return BandedPicture(scaled, lambda top, bottom: scaled.pixels[top:bottom]), read_image(path)


def describe_loss(options: ExportOptions) -> tuple[str, ...]:
    """Return what the proof of untouched pixels means in a format that loses something."""
    if lossless(options.format, options.quality):
        return ()
    return (
        translate(
            "Exporting",
            "{format} keeps pixels only nearly; PNG and TIFF keep them exactly.",
        ).format(format=options.format.upper()),
    )
