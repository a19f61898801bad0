"""Cut out the object that words name, or in a box or under scribbles, and write it as a mask.

A box or scribbles need no model, and are exact. Words are looked up by the model, which finds
objects like those it was trained on, says if it knows none of them or finds none, and misses many
real ones: look at the mask."""

from __future__ import annotations

import argparse
from pathlib import Path

from glide_studio.cli.shared_options import add_model_option, add_output_option, check_output


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument("photo", type=Path, help="an image or a .glide project")
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("words", nargs="?", metavar="WORDS", help="what to select, as 'the apple'")
    how.add_argument("--box", metavar="X,Y,W,H", help="pixels: a box around the whole object")
    how.add_argument(
        "--scribbles",
        type=Path,
        metavar="PNG",
        help="an image of the photo's size: white strokes on the object, black beside it, gray "
        "or transparent elsewhere",
    )
    add_model_option(parser)
    parser.add_argument("--grow", type=int, default=0, help="pixels to grow the mask by")
    add_output_option(parser)


def run(options: argparse.Namespace) -> int:
    """Select, write the mask (white = the object) and print its path.

    Raises:
        GlideError: if a file or an option cannot be used.
    """
    check_output(options.output)
    import numpy as np

    from glide_studio.editor.mask_files import grow_mask, write_mask
    from glide_studio.errors import GlideError
    from glide_studio.imaging.geometry import Box
    from glide_studio.imaging.object_selection import select_by_scribbles, select_in_box
    from glide_studio.io.images.read import read_image

    if options.grow < 0:
        raise GlideError("--grow is 0 or more.")
    picture = read_image(options.photo)
    rgb = picture.pixels[..., :3]
    if options.words is not None:
        from glide_studio.cli.headless import select_by_words
        from glide_studio.cli.headless_editor import open_headless_editor

        with open_headless_editor() as editor:
            editor.files.open(options.photo)
            mask = select_by_words(editor, options.words, options.model)
    elif options.box is not None:
        try:
            x, y, width, height = (int(part) for part in options.box.split(","))
            box = Box(x, y, width, height)
        except ValueError:
            raise GlideError(f"'{options.box}' is no box; write it as X,Y,WIDTH,HEIGHT.") from None
        mask = select_in_box(rgb, box)
    else:
        scribbles = read_image(options.scribbles)
        if scribbles.size != picture.size:
            raise GlideError(
                f"The scribbles are {scribbles.size} pixels and the picture {picture.size}; draw "
                "them on an image of the picture's size."
            )
        top = np.iinfo(scribbles.pixels.dtype).max
        drawn = scribbles.pixels[..., 3] > top // 2
        tone = scribbles.pixels[..., :3].mean(-1) / top
        mask = select_by_scribbles(rgb, drawn & (tone > 0.75), drawn & (tone < 0.25))
    write_mask(options.output, grow_mask(mask, options.grow))
    print(options.output)
    return 0
