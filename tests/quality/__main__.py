"""Measures of quality: `python -m tests.quality MEASURE ...` in a checkout; --help lists them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from glide_studio.api.request import DEFAULT_MODEL
from glide_studio.api.sampling import MODEL_DEFAULT_FIELDS, Sampling
from glide_studio.cli.headless import open_headless_editor, save_picture, save_png
from glide_studio.cli.progress import meter
from glide_studio.cli.shared_options import (
    add_sampling_options,
    check_output,
    make_folder,
    parse_sampling,
)
from glide_studio.errors import GlideError
from glide_studio.glide.samplers import SAMPLERS
from glide_studio.inference.engine import LocalEngine
from glide_studio.inference.models.model_set import find_model, model_folders
from glide_studio.io.images.read import read_image
from glide_studio.paths import resources_folder
from tests.quality.background import background
from tests.quality.batch_inpainter import Plan
from tests.quality.contact_sheet import sheet
from tests.quality.fidelity import Trial
from tests.quality.fidelity_report import fidelity
from tests.quality.guidance_benchmark import guiding
from tests.quality.guides import Guidance
from tests.quality.measure_context import MeasureContext, Meter, bench, files_of
from tests.quality.metric_model import load_judge
from tests.quality.object_sheet import PROMPTS, object_sheet
from tests.quality.object_upsampling import object_upsampling
from tests.quality.report import Report
from tests.quality.teaching import teaching
from tests.quality.upsampling import upsampling

MEASURES = {
    "fidelity": "is what was asked for in the fill?",
    "background": "empty prompts against OpenCV's inpainting",
    "upsampler": "against interpolation and Real-ESRGAN",
    "guidance": "unguided, classifier-free, CLIP and classifier at five scales each",
    "teach": "what fine-tuning brings and costs",
    "all": "all but teach",
}
QUICK_NOUNS, QUICK_SEEDS = 24, 3
BAD_INPUT = 2  # exit status


def main(arguments: Sequence[str]) -> int:
    """Run the command line; returns 0, or 2 with one sentence on stderr for bad input."""
    parser = argparse.ArgumentParser(prog="python -m tests.quality", description=__doc__)
    measures = parser.add_subparsers(dest="what", required=True)
    add_sheet_arguments(
        measures.add_parser("sheet", help="every prompt with every seed on a photo")
    )
    add_object_sheet_arguments(
        measures.add_parser("objects", help="the fixed sheet of a model that draws objects")
    )
    add_object_upsampler_arguments(
        measures.add_parser("object-upsampler", help="of objects with alpha, against interpolation")
    )
    for name, text in MEASURES.items():
        add_arguments(measures.add_parser(name, help=text))
    options = parser.parse_args(arguments)
    try:
        if options.what == "sheet":
            written = [run_sheet(options)]
        elif options.what == "objects":
            written = [run_object_sheet(options)]
        elif options.what == "object-upsampler":
            written = run_object_upsampler(options)
        else:
            with meter() as progress:
                written = run(options.what, options, progress)
    except GlideError as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    print("\n".join(str(path) for path in written))
    return 0


def add_sheet_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the contact sheet."""
    parser.add_argument("--photo", type=Path, help="default: the bundled one")
    parser.add_argument("--mask", type=Path, help="default: the bundled one")
    parser.add_argument("--prompts", required=True, help="separated by commas")
    parser.add_argument("--seeds", type=int, default=5, help="how many, from 0 on")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.png")
    add_sampling_options(parser)


def run_sheet(options: argparse.Namespace) -> Path:
    """Write every prompt with every seed on one photo, as one image.

    Raises:
        GlideError: if a file or an option cannot be used.
    """
    sampling = parse_sampling(options)
    check_output(options.output)
    prompts = [prompt.strip() for prompt in options.prompts.split(",")]
    bundled = resources_folder() / "demo"
    with open_headless_editor() as editor, meter() as progress:
        editor.files.open(options.photo or bundled / "coffee.jpg")
        editor.files.load_mask(options.mask or bundled / "coffee-mask.png")
        tick = progress("sheet", len(prompts) * options.seeds)
        page = sheet(
            editor, prompts, range(options.seeds), sampling, options.model, done=lambda: tick(1)
        )
        save_png(options.output, page)
    return Path(options.output)


def add_object_sheet_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the sheet of objects."""
    parser.add_argument("--photo", type=Path, help="background; default: the bundled photo")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.jpg")
    add_sampling_options(parser)
    parser.set_defaults(model="objects")


def run_object_sheet(options: argparse.Namespace) -> Path:
    """Write the fixed sheet of a model that draws objects.

    Raises:
        GlideError: if a file or an option cannot be used.
    """
    sampling = parse_sampling(options)
    check_output(options.output)
    photo = read_image(options.photo or resources_folder() / "demo" / "coffee.jpg").pixels
    with meter() as progress:
        tick = progress("objects", len(PROMPTS))
        page = object_sheet(LocalEngine(), options.model, sampling, photo[..., :3], lambda: tick(1))
    save_picture(options.output, page.astype("float32") / 255)
    return Path(options.output)


def add_object_upsampler_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the measure of an upsampler of objects."""
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER")
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with photo-cutouts and renders"
    )
    parser.add_argument("--model", default="objects")
    parser.add_argument("--split", choices=["validation", "test"], default="test")
    parser.add_argument("--steps", type=int, nargs="+", default=[4])


def run_object_upsampler(options: argparse.Namespace) -> list[Path]:
    """Measure the upsampler of a model that draws objects; the files that were written.

    Raises:
        GlideError: if the model has none, or the pictures are not there.
    """
    upsampler = find_model(options.model, model_folders()).upsampler
    if upsampler is None:
        raise GlideError(f"The model '{options.model}' has no upsampler to measure.")
    make_folder(options.output)
    with meter() as progress:
        tick = progress("object-upsampler", len(options.steps))
        try:
            report = object_upsampling(
                load_judge(), upsampler, options.data, options.split, options.steps, tick
            )
        except (FileNotFoundError, ValueError) as error:
            raise GlideError(f"These pictures cannot be used: {error}.") from None
    return report.write(options.output)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of every measure."""
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--data", type=Path, required=True, help="folder with cutouts and scenes")
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--base", type=Path, help="weights in place of the model's base network")
    parser.add_argument("--upsampler", type=Path, help="weights in place of its upsampler")
    parser.add_argument("--clip", type=Path, nargs=2, metavar=("IMAGE", "TEXT"))
    parser.add_argument("--classifier", type=Path)
    parser.add_argument(
        "--split", choices=["validation", "test"], default="validation", help="of the scenes"
    )
    parser.add_argument("--seeds", type=seeds_of, help="first-last; default: 0-9, or 0-2 if quick")
    parser.add_argument("--nouns", help="separated by commas, or a nouns.json; default: all")
    parser.add_argument("--steps", type=int, help="default: the model's own plan's, as below")
    parser.add_argument(
        "--sampler",
        choices=sorted(SAMPLERS),
        help="of the base network; for guidance always ancestral if nothing is said",
    )
    parser.add_argument("--upsample-steps", type=int)
    parser.add_argument("--guidance", type=float)
    parser.add_argument("--temperature", type=float)
    parser.add_argument("--first", type=int, help="only so many of the nouns")
    parser.add_argument(
        "--finished", action="store_true", help="fidelity: upsample the drafts before judging"
    )
    parser.add_argument("--quick", action="store_true", help="a look in minutes, not a measurement")
    parser.add_argument(
        "--taught", nargs="+", default=[], metavar="NOUN=FILE", help="fine-tuned base networks"
    )


def seeds_of(text: str) -> range:
    """ "3-7" as a range, both ends included.

    Raises:
        ValueError: if it is none.
    """
    first, _, last = text.partition("-")
    found = range(int(first), int(last or first) + 1)
    if not found or found[0] < 0:
        raise ValueError(text)
    return found


def run(what: str, options: argparse.Namespace, meter: Meter) -> list[Path]:
    """Run one measure, or all that need no fine-tuned weights; the files that were written.

    Raises:
        GlideError: if a file or an option cannot be used.
    """
    usual = find_model(options.model, model_folders()).default_sampling
    said = {
        name: getattr(options, name)
        for name in MODEL_DEFAULT_FIELDS
        if getattr(options, name) is not None
    }
    try:
        plain, sampling = (replace(one, **said) for one in (Sampling(), usual))
    except ValueError as error:
        raise GlideError(str(error)) from None
    make_folder(options.output)
    files = files_of(
        options.model, options.base, options.upsampler, options.clip, options.classifier
    )
    ready = bench(files, options.data, meter)
    names = ["fidelity", "background", "upsampler", "guidance"] if what == "all" else [what]
    # Kinds of guidance are compared as GLIDE compared them, not by the plan that suits one of them.
    reports = (
        measured(name, ready, options, plain if name == "guidance" else sampling) for name in names
    )
    return [path for report in reports for path in report.write(options.output)]


def measured(
    name: str, ready: MeasureContext, options: argparse.Namespace, sampling: Sampling
) -> Report:
    """The report of one measure, drawn with the plan of `sampling`.

    Raises:
        GlideError: see the measures.
    """
    quick = options.quick
    plan = Plan(
        sampling.steps,
        options.sampler or ("ancestral" if name == "guidance" else sampling.sampler),
        Guidance("classifier-free", sampling.guidance),
        sampling.upsample_steps,
        sampling.temperature,
    )
    if name in ("background", "upsampler"):
        seeds = options.seeds or range(1 if quick else 4)
        measure = background if name == "background" else upsampling
        return measure(ready, options.split, seeds, plan)
    trial = Trial(options.split, options.seeds or range(QUICK_SEEDS if quick else 10), plan)
    nouns, ranked = nouns_of(options.nouns, ready, quick)
    if name == "guidance":
        few = 8 if quick else QUICK_NOUNS
        return guiding(ready, trial, nouns[:few] if ranked else spread(nouns, few))
    if name == "teach":
        others = nouns[:QUICK_NOUNS] if ranked else spread(nouns, QUICK_NOUNS)
        return teaching(ready, taught_of(options.taught), trial, others)
    trial = replace(trial, finished=options.finished)
    return fidelity(ready, trial, nouns[: options.first], options.output, ranked)


def spread(nouns: Sequence[str], count: int) -> list[str]:
    """`count` of them, evenly over the list."""
    step = max(1, len(nouns) // count)
    return list(nouns[::step][:count])


def taught_of(pairs: Sequence[str]) -> dict[str, Path]:
    """noun -> file, of "noun=file" each.

    Raises:
        GlideError: if there is none, or a file is missing.
    """
    found = {noun: Path(file) for noun, _, file in (pair.partition("=") for pair in pairs)}
    for noun, path in found.items():
        if not path.is_file():
            raise GlideError(
                f"There are no taught weights '{path}' for '{noun}'; name another file."
            )
    if not found:
        raise GlideError("Name the taught weights with --taught noun=file.")
    return found


def nouns_of(named: str | None, ready: MeasureContext, quick: bool) -> tuple[list[str], bool]:
    """(the nouns to try, whether their order means something).

    Raises:
        GlideError: if a noun is unknown or the file is no list of nouns.
    """
    known = list(ready.nouns)
    if named is None:
        return (spread(known, QUICK_NOUNS) if quick else known), False
    if named.endswith(".json"):
        try:
            found = json.loads(Path(named).read_text("utf-8"))
        except (OSError, ValueError):
            found = None
        if not isinstance(found, list) or not found:
            raise GlideError(f"'{named}' is no list of nouns; choose another file.")
    else:
        found = [noun.strip() for noun in named.split(",")]
    if unknown := [noun for noun in found if noun not in ready.nouns]:
        raise GlideError(f"'{unknown[0]}' is not one of the {len(known)} known nouns.")
    return list(found), named.endswith(".json")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
