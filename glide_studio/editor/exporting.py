"""How a picture is exported: what the user chooses, made into options for the file's format."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from glide_studio.api.request import Provenance
from glide_studio.document.document import Document
from glide_studio.editor.canvas_actions import check_size
from glide_studio.editor.image_documents import picture_from_document, visible_provenances
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Size
from glide_studio.io.images.export_options import ExportOptions, ProfileChoice, format_for, lossless
from glide_studio.io.images.write import write_image

QUALITY = 92  # of JPEG, WebP and AVIF


@dataclass(frozen=True, slots=True)
class ExportChoices:
    """What can be chosen about an export besides its format, which the file's name says.

    quality: 1 .. 100, for JPEG, WebP (100 loses nothing) and AVIF. size: scale to so many pixels;
    None keeps the size. depth: for PNG and TIFF; None keeps the document's. profile: see
    `ExportOptions`. metadata: EXIF, XMP, resolution and text of the photo. prompt: prompt, seed and
    model of every visible result, as XMP, and in a PNG as text.
    """

    quality: int = QUALITY
    size: Size | None = None
    depth: Literal[8, 16] | None = None
    profile: ProfileChoice = "keep"
    metadata: bool = True
    prompt: bool = True


def size_for_width(old: Size, width: int) -> Size:
    """A size of `width` pixels across in the proportions of `old`.

    Raises:
        GlideError: if that is less than one.
    """
    if width < 1:
        raise GlideError(f"A picture is at least one pixel wide, not {width} pixels.")
    return Size(width, max(1, round(old.height * width / old.width)))


def export_options(document: Document, path: Path, choices: ExportChoices) -> ExportOptions:
    """The choices as options for one document and one file.

    Raises:
        GlideError: if a value is out of its range, or the name asks for no format that can be written.
    """
    if choices.size is not None:
        check_size(choices.size)
    made: tuple[Provenance, ...] = visible_provenances(document) if choices.prompt else ()
    try:
        return ExportOptions(
            format_for(path),
            choices.quality,
            choices.size,
            choices.depth,
            choices.profile,
            choices.metadata,
            made,
        )
    except ValueError as error:
        raise GlideError(str(error)) from error


def export_image(path: Path, document: Document, options: ExportOptions) -> tuple[str, ...]:
    """Write what is seen of a document; returns sentences on what the format could not keep.

    Raises:
        GlideError: if it cannot be written; an old file there stays as it was.
    """
    notes = write_image(path, picture_from_document(document), options)
    return (*notes, *describe_loss(options)) if visible_provenances(document) else notes


def describe_loss(options: ExportOptions) -> tuple[str, ...]:
    """What the proof of untouched pixels means in a format that loses something."""
    if lossless(options.format, options.quality):
        return ()
    return (
        f"{options.format.upper()} keeps pixels only nearly: that nothing outside of the masks changed was"
        " proven before it was written; PNG and TIFF keep them exactly.",
    )
