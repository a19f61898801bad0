"""Extend a photo over its edges, and fill the new area from the photo; no model is needed."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from glide_studio.cli.shared_options import (
    add_output_option,
    add_seed_option,
    add_source_options,
    numbered_path,
)

if TYPE_CHECKING:
    from glide_studio.io.images.picture import Picture, Samples


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument("photos", nargs="+", metavar="PHOTO", help="photos, folders or globs")
    for side in ("left", "right", "top", "bottom"):
        parser.add_argument(f"--{side}", type=int, default=0, metavar="N", help="pixels to add")
    parser.add_argument(
        "--aspect", metavar="W:H", help="add on both sides until it has this shape, such as 16:9"
    )
    add_source_options(parser)
    parser.add_argument(
        "--count", type=int, default=1, help="how many different results, the usual one first"
    )
    add_seed_option(parser)
    parser.add_argument("--quality", type=int, default=95, help="1 .. 100 for JPEG, WebP and AVIF")
    add_output_option(parser, "a file, or a folder for several photos")


def run(options: argparse.Namespace) -> int:
    """Extend, and print a line for every picture that is written.

    Raises:
        GlideError: if a file or an option cannot be used.
    """
    from glide_studio.cli import photo_batch as batch
    from glide_studio.editor.canvas_actions import check_size
    from glide_studio.errors import GlideError
    from glide_studio.imaging.completion.canvas_extension import Margins, expand, margins_for_aspect

    given = Margins(options.left, options.top, options.right, options.bottom)
    if options.aspect is not None and any(given):
        raise GlideError("Give either --aspect or pixels to add, not both.")
    if options.count < 1 or options.seed < 0:
        raise GlideError("--count is 1 or more and --seed is 0 or more.")
    aspect = None if options.aspect is None else _parse_aspect(options.aspect)

    def write(path: Path, picture: Picture, pixels: Samples) -> None:
        notes = batch.write_photo(path, picture, pixels, options.quality)
        print(" ".join([str(path), *notes]))

    def edit(photo: Path, target: Path, report: Callable[[float], None]) -> None:
        picture, pixels = batch.read_photo(photo)
        source, avoid = batch.read_source_masks(options.source, options.avoid, photo, picture)
        margins = given if aspect is None else margins_for_aspect(picture.size, *aspect)
        if aspect is not None and not any(margins):
            # a photo that has the wanted shape already is written as it is
            write(target, picture, pixels)
            return
        check_size(margins.around(picture.size).size)
        for index in range(options.count):

            def report_part(done: float, index: int = index) -> None:
                report((index + done) / options.count)

            found = expand(
                pixels,
                margins,
                source=source,
                avoid=avoid,
                seed=options.seed,
                number=index,
                progress=report_part,
            )
            path = numbered_path(target, index, options.count)
            write(path, picture, found.paste(margins.pad(pixels)))

    return batch.edit_photos(options.photos, options.output, edit)


def _parse_aspect(text: str) -> tuple[int, int]:
    from glide_studio.errors import GlideError

    parts = text.split(":")
    if len(parts) != 2 or not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise GlideError(f"'{text}' is no aspect ratio; write it as 16:9.")
    return int(parts[0]), int(parts[1])
