"""Enlarge a photo 2 or 4 times with the model's diffusion upsampler, in tiles.

It invents fine texture that fits the picture: plausible, but not what was there. Faces, letters and
regular patterns may change, and the bundled model is small, so that plain resampling is often as
good; compare. It takes about a minute per megapixel of the result on a fast computer, more on
others.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from glide_studio.cli.shared_options import (
    add_model_option,
    add_output_option,
    add_seed_option,
    check_output,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument("photo", type=Path, help="an image or a .glide project")
    parser.add_argument(
        "--scale", type=int, choices=(2, 4), default=2, help="how many times as large; default: 2"
    )
    parser.add_argument("--steps", type=int, help="of the upsampler; default: the model's own")
    add_seed_option(parser)
    add_model_option(parser)
    parser.add_argument("--quality", type=int, default=95, help="1 .. 100 for JPEG, WebP and AVIF")
    add_output_option(parser)


def run(options: argparse.Namespace) -> int:
    """Enlarge, write the picture and print its path.

    Raises:
        GlideError: if a file or an option cannot be used.
    """
    check_output(options.output)
    from glide_studio.cli.headless import upscale
    from glide_studio.cli.photo_batch import read_photo, write_photo
    from glide_studio.errors import GlideError
    from glide_studio.inference.models.model_set import find_model, model_folders

    sampling = find_model(options.model, model_folders()).default_sampling
    try:
        steps = options.steps or sampling.upsample_steps
        sampling = replace(sampling, seed=options.seed, upsample_steps=steps)
    except ValueError as error:
        raise GlideError(str(error)) from None
    picture, pixels = read_photo(options.photo)
    enlarged = upscale(pixels, options.scale, sampling, options.model)
    notes = write_photo(options.output, picture, enlarged, options.quality)
    print(" ".join([str(options.output), *notes]))
    return 0
