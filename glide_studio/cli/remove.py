"""Remove what a mask covers, and fill the place from the rest of the photo; no model is needed."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from glide_studio.cli.shared_options import (
    add_keeping_quality_option,
    add_output_option,
    add_seed_option,
    add_source_options,
    numbered_path,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument("photos", nargs="+", metavar="PHOTO", help="photos, folders or globs")
    parser.add_argument(
        "--mask",
        type=Path,
        required=True,
        help="an image: white = is removed; or a folder of masks with the photos' names",
    )
    parser.add_argument(
        "--grow",
        type=int,
        default=0,
        metavar="N",
        help="pixels to grow the mask by; default: 0",
    )
    parser.add_argument(
        "--rim",
        action="store_true",
        help="take soft edges, what the mask misses of a thing, and its shadow along, as the editor"
        " does",
    )
    add_source_options(parser)
    parser.add_argument(
        "--count", type=int, default=1, help="how many different results, the best first"
    )
    add_seed_option(parser)
    add_keeping_quality_option(parser, usual=95)
    add_output_option(parser, "a file, or a folder for several photos")


def run(options: argparse.Namespace) -> int:
    """Remove, and print a line for every picture that is written.

    Raises:
        GlideError: if a file or an option cannot be used.
    """
    import numpy as np

    from glide_studio.cli import photo_batch as batch
    from glide_studio.document.raster import Raster
    from glide_studio.editor.image_documents import document_from_picture
    from glide_studio.editor.mask_files import grow_mask
    from glide_studio.editor.removal_mask import add_rims
    from glide_studio.errors import GlideError
    from glide_studio.imaging.blending.result_checks import check_unchanged
    from glide_studio.imaging.completion.complete import candidates, complete
    from glide_studio.io.images.export_options import format_for

    if options.count < 1 or options.seed < 0:
        raise GlideError("--count is 1 or more and --seed is 0 or more.")
    if options.grow < 0:
        raise GlideError("--grow is 0 or more.")

    def edit(photo: Path, target: Path, report: Callable[[float], None]) -> None:
        picture, pixels = batch.read_photo(photo)
        mask = grow_mask(batch.read_mask_for(options.mask, photo, picture), options.grow)
        painted = mask > 0
        if options.rim:
            raster = Raster.from_array(mask[..., None])
            raster = add_rims(document_from_picture(picture, photo.name), raster)
            mask = raster.read(raster.box)[..., 0]
        hole = mask > 0
        taken_along = int(np.count_nonzero(hole & ~painted))
        source, avoid = batch.read_source_masks(options.source, options.avoid, photo, picture)
        if options.count == 1:
            found = [
                complete(
                    pixels, hole, source=source, avoid=avoid, seed=options.seed, progress=report
                )
            ]
        else:
            found = candidates(
                pixels,
                hole,
                count=options.count,
                source=source,
                avoid=avoid,
                seed=options.seed,
                progress=report,
            )
        for index, completion in enumerate(found):
            path = numbered_path(target, index, len(found))
            pasted = completion.paste(pixels)
            notes = batch.write_photo(path, picture, pasted, options.quality)
            if format_for(path) in ("png", "tiff"):  # the file has every sample as it is here
                proof = replace(check_unchanged(pixels, pasted, hole), rim=taken_along)
                notes = (f" ({batch.describe_proof(proof)})", *notes)
            print(" ".join([str(path), *notes]))

    return batch.edit_photos(options.photos, options.output, edit)
