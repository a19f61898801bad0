"""`write_image`: a `Picture` to a file, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from glide_studio.atomic import atomic_write
from glide_studio.errors import GlideError
from glide_studio.io.images.write import encode
from glide_studio.io.images.export_options import ExportOptions
from glide_studio.io.images.picture import Picture
from glide_studio.io.images.prepare_export import DEEP, OPAQUE, prepare


def write_image(path: Path, picture: Picture, options: ExportOptions) -> tuple[str, ...]:
    """Write `picture` to `path`; an old file there stays as it is until the new one is whole.

    Returns sentences on what the format could not keep.

    Raises:
        GlideError: if the format cannot hold the picture, or the file cannot be written.
    """
    try:
        data = encode(prepare(picture, options), options.format, options.quality)
    except MemoryError as error:
        raise GlideError(
            f"There is not enough memory to write '{path.name}'; export it smaller."
        ) from error
    with atomic_write(path) as temporary:
        temporary.write_bytes(data)
    return format_losses(picture, options)


def format_losses(picture: Picture, options: ExportOptions) -> tuple[str, ...]:
    """What a picture loses for want of room in the format, a sentence each."""
    name, found = options.format.upper(), []
    if picture.depth == 16 and options.format not in DEEP:
        found.append(f"{name} has 8 bits a channel, so 16 were rounded; PNG and TIFF keep them.")
    if picture.has_alpha and options.format in OPAQUE:
        found.append(f"{name} has no transparency, so a color was put behind; PNG keeps it.")
    if options.format == "bmp" and picture.icc is not None and options.profile == "keep":
        found.append(
            "BMP keeps no color profile, so colors will look different; convert to sRGB, or use PNG."
        )
    if options.format == "bmp" and options.metadata and (picture.exif or picture.xmp):
        found.append("BMP keeps no metadata but the resolution; PNG and TIFF keep all of it.")
    return tuple(found)
