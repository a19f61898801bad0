"""Draw what a prompt describes, as a picture of its own; an object comes on transparency."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glide_studio.cli.shared_options import (
    add_output_option,
    add_sampling_options,
    check_output,
    numbered_path,
    parse_sampling,
)
from glide_studio.errors import GlideError

MIN_SIDE, MAX_SIDE = 16, 4096
USUAL_STRENGTH = 0.5  # of a variation


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument("prompt", help='what to draw, such as "a red apple"')
    add_output_option(parser, "the file to write; PNG keeps the transparency")
    parser.add_argument(
        "--best-of",
        type=int,
        metavar="N",
        help="draw N drafts and finish the one that fits the words best; for models with a CLIP",
    )
    parser.add_argument(
        "--like",
        type=Path,
        metavar="PNG",
        help="vary this picture, one with transparency for objects",
    )
    parser.add_argument("--size", type=int, help="side in pixels; default: the model's own")
    add_sampling_options(parser)


def run(options: argparse.Namespace) -> int:
    """Draw, and write every candidate with a line on stdout.

    Raises:
        GlideError: if an option cannot be used, the model does not know what is asked for, or the
            run fails.
    """
    if options.size is not None and not MIN_SIDE <= options.size <= MAX_SIDE:
        raise GlideError(f"--size lies in {MIN_SIDE} .. {MAX_SIDE} pixels, not {options.size}.")
    if options.best_of is not None and (options.best_of < 2 or options.count > 1):
        raise GlideError("--best-of is 2 or more, and makes one picture; leave --count out.")
    sampling = parse_sampling(options)
    check_output(options.output)
    from glide_studio.api.request import Request, clean_prompt
    from glide_studio.cli.headless import draw_best, run_request, save_picture
    from glide_studio.imaging.geometry import Box
    from glide_studio.inference.models.model_set import find_model, model_folders

    model, prompt = find_model(options.model, model_folders()), clean_prompt(options.prompt)
    if not prompt:
        raise GlideError('Say what to draw, such as "a red apple".')
    side = options.size or model.side
    strength, sampling = sampling.strength, replace(sampling, strength=1.0)
    sampling = replace(sampling, longest=max(sampling.longest, side))
    request = Request("generate", prompt, Box(0, 0, side, side), sampling, model=model.name)
    if options.like is not None:
        like = read_like(options.like)
        # 1, the default of --strength, would have nothing of the picture.
        strength = USUAL_STRENGTH if strength == 1 else strength
        request = replace(request, like=like, like_strength=strength)
    elif strength < 1:
        raise GlideError("--strength is for variations; name a picture with --like.")
    if options.best_of is not None:
        job = draw_best(request, options.best_of, prompt)
    else:
        job = run_request(request, prompt)
    for patch in job.patches:
        target = numbered_path(options.output, patch.index, sampling.count)
        notes = save_picture(target, patch.image)
        print(target)
        for note in notes:
            print(note, file=sys.stderr)
    return 0


def read_like(path: Path) -> NDArray[np.float32]:
    """Read a picture to vary: [m, m, 4] where it has transparency, else [m, m, 3].

    One that is not square is padded, with transparency or by repeating its border.

    Raises:
        GlideError: if it cannot be read.
    """
    from glide_studio.io.images.read import read_image

    picture = read_image(path)
    pixels = picture.pixels if picture.has_alpha else picture.pixels[..., :3]
    values = np.asarray(pixels, np.float32) / np.iinfo(pixels.dtype).max
    height, width = values.shape[:2]
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    around = [(top, side - height - top), (left, side - width - left), (0, 0)]
    return np.pad(values, around, mode="constant" if picture.has_alpha else "edge")
