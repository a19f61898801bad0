"""Options that several verbs share: how to sample, and where to write."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path
from typing import get_args

from glide_studio.api.request import DEFAULT_MODEL
from glide_studio.api.sampling import (
    MODEL_DEFAULT_FIELDS,
    RELEASED_PLANS,
    Context,
    SamplerName,
    Sampling,
    Variance,
    apply_plan,
)
from glide_studio.errors import GlideError

DEFAULT_SEED = 0
LAYERED_SUFFIXES = (".glide", ".psd", ".ora")

ADVANCED: dict[str, tuple[str, tuple[str, ...] | None]] = {
    "eta": ("noise that the ddim sampler adds in each step, 0 .. 1", None),
    "variance": ("variance of the ancestral sampler", get_args(Variance)),
    "guidance_low": ("apply guidance only above this share of the timesteps, 0 .. 1", None),
    "guidance_high": ("apply guidance only below this share of the timesteps, 0 .. 1", None),
    "mean_below": (
        "take means of predictions below this share of the timesteps, 0 .. 1; 0 is off",
        None,
    ),
    "rescale": ("how far guided noise is rescaled to its contrast without guidance, 0 .. 1", None),
    "clip_scale": ("strength of the noise-aware CLIP guidance", None),
    "classifier_scale": ("strength of the classifier guidance", None),
    "classifier_class": ("class for the classifier; -1: the one that the prompt names", None),
    "strength": ("denoising strength, 0 .. 1; below 1 starts from the photo's own pixels", None),
    "context": ("how the network is shown the pixels around the mask", get_args(Context)),
    "resamples": ("RePaint: how often each stretch of steps is repeated", None),
    "jump": ("RePaint: length of such a stretch in steps", None),
    "longest": ("longest side, in pixels, of a region that is made in full detail", None),
}
"""Fields of `Sampling` with an option of their own -> (help, allowed values)."""


def add_output_option(
    parser: argparse.ArgumentParser, text: str = "the file to write; its ending chooses the format"
) -> None:
    """Add -o, for `check_output`. text: its help."""
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help=text)


def add_seed_option(parser: argparse.ArgumentParser) -> None:
    """Add --seed."""
    parser.add_argument(
        "--seed",
        type=int,
        default=DEFAULT_SEED,
        help=f"another number gives another result; default: {DEFAULT_SEED}",
    )


def add_model_option(parser: argparse.ArgumentParser) -> None:
    """Add --model."""
    parser.add_argument(
        "--model",
        default=DEFAULT_MODEL,
        help=f"name of an installed model; default: {DEFAULT_MODEL}",
    )


def add_keeping_quality_option(parser: argparse.ArgumentParser, usual: int) -> None:
    """Add --quality, without which a JPEG keeps its blocks. usual: of all that is encoded then."""
    parser.add_argument(
        "--quality",
        type=int,
        help=f"1 .. 100 for JPEG, WebP and AVIF, else {usual}; only without it, a photo that is a"
        " JPEG keeps its own blocks where it was not edited",
    )


def add_sampling_options(parser: argparse.ArgumentParser) -> None:
    """Add the options from which `parse_sampling` makes a `Sampling`."""
    default = Sampling()
    add_seed_option(parser)
    parser.add_argument(
        "--count", type=int, default=1, help="number of candidates; all are written"
    )
    parser.add_argument("--guidance", type=float, help="default: the model's, usually 3")
    parser.add_argument(
        "--temperature", type=float, help="scale of the noise that sampling starts from, 0 .. 1"
    )
    add_model_option(parser)
    parser.add_argument(
        "--plan",
        choices=list(RELEASED_PLANS),
        help="speed or quality in one word; default: good, the model's own",
    )
    parser.add_argument(
        "--steps",
        type=int,
        help="steps of the base network; default: the plan's or the model's own",
    )
    parser.add_argument(
        "--upsample-steps",
        type=int,
        help="steps of the upsampler; default: the plan's or the model's own",
    )
    advanced = parser.add_argument_group("advanced settings")
    advanced.add_argument("--sampler", choices=get_args(SamplerName), help="default: the plan's")
    for name, (text, choices) in ADVANCED.items():
        value = getattr(default, name)
        usual = "the model's own" if name in MODEL_DEFAULT_FIELDS else value
        advanced.add_argument(
            f"--{name.replace('_', '-')}",
            type=type(value),
            default=None if name in MODEL_DEFAULT_FIELDS else value,
            choices=choices,
            help=f"{text} (default: {usual})",
        )


def parse_sampling(options: argparse.Namespace) -> Sampling:
    """Return the options of `add_sampling_options` as a `Sampling`, with the model's own defaults.

    Raises:
        GlideError: if a value is out of its range, or there is no such model.
    """
    from glide_studio.inference.models.model_set import find_model, model_folders

    given = {name: getattr(options, name) for name in MODEL_DEFAULT_FIELDS}
    own = [name for name in ADVANCED if name not in MODEL_DEFAULT_FIELDS]
    values = {name: getattr(options, name) for name in ("seed", "count", *own)}
    values |= {name: value for name, value in given.items() if value is not None}
    try:
        usual = find_model(options.model, model_folders()).default_sampling
        return replace(apply_plan(options.plan or "good", usual), **values)
    except ValueError as error:
        raise GlideError(str(error)) from None


def add_source_options(parser: argparse.ArgumentParser) -> None:
    """Add --from and --avoid, for `photo_batch.read_source_masks`: where completion takes from."""
    parser.add_argument(
        "--from",
        dest="source",
        type=Path,
        metavar="MASK",
        help="an image or folder: white = may be taken from",
    )
    parser.add_argument(
        "--avoid", type=Path, metavar="MASK", help="an image or folder: white = is not taken from"
    )


def check_output(path: Path) -> None:
    """Refuse an output file that cannot be written, before any time is spent on it.

    Raises:
        GlideError: if its folder is missing or not writable, or its format is unknown.
    """
    from glide_studio.io.images.export_options import format_for

    if path.is_dir():
        raise GlideError(f"'{path}' is a folder; name a file in it, such as '{path / 'out.png'}'.")
    folder = path.absolute().parent
    if path.suffix.lower() not in LAYERED_SUFFIXES:
        format_for(path)
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise GlideError(
            f"'{path}' cannot be written: its folder is missing or not writable; "
            "choose another place."
        )


def make_folder(folder: Path) -> None:
    """Create an output folder, and its parents.

    Raises:
        GlideError: if it cannot be created.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GlideError(
            f"'{folder}' cannot be created ({error.strerror}); choose another folder with -o."
        ) from None


def numbered_path(path: Path, index: int, count: int) -> Path:
    """Return OUT.png for a single candidate, OUT-1.png, OUT-2.png ... for several; index from 0."""
    return path if count == 1 else path.with_name(f"{path.stem}-{index + 1}{path.suffix}")
