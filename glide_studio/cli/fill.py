"""Fill the masked part of a photo with what a prompt describes."""

from __future__ import annotations

import argparse
from pathlib import Path

from glide_studio.cli.placement_options import add_placement_options, parse_placement
from glide_studio.cli.shared_options import (
    add_output_option,
    add_sampling_options,
    check_output,
    numbered_path,
    parse_sampling,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument("photo", type=Path, help="an image or a .glide project")
    parser.add_argument("--mask", type=Path, required=True, help="an image: white = will change")
    parser.add_argument(
        "--prompt", required=True, help="what should be there; '' fills with background"
    )
    add_output_option(parser)
    parser.add_argument("--negative", default="", help="what should not be there")
    parser.add_argument(
        "--seconds",
        type=float,
        help="make a large region only as detailed as this time is expected to allow",
    )
    add_placement_options(parser)
    add_sampling_options(parser)


def run(options: argparse.Namespace) -> int:
    """Fill, and write every candidate with a line on stdout.

    Raises:
        GlideError: if a file or an option cannot be used.
    """
    sampling, placement = parse_sampling(options), parse_placement(options)
    check_output(options.output)
    from glide_studio.cli import headless
    from glide_studio.cli.headless_editor import open_headless_editor
    from glide_studio.cli.photo_batch import describe_proof
    from glide_studio.cli.progress import job_bar, print_warning

    with open_headless_editor() as editor:
        editor.notice.connect(print_warning)
        editor.files.open(options.photo)
        editor.files.load_mask(options.mask)
        with job_bar(options.prompt or "background") as watch:
            job = headless.fill(
                editor,
                options.prompt,
                sampling,
                options.model,
                watch,
                negative=options.negative,
                seconds=options.seconds,
                placement=placement,
            )
        start = editor.timeline.current.id
        for patch in job.patches:
            target = numbered_path(options.output, patch.index, len(job.patches))
            proof = editor.candidates.accept(job.id, patch.index)
            written = editor.files.save(target)
            editor.jump(start)
            # A JPEG that stays one has a proof of its own: of what is in the file.
            print(f"{target}  ({written.proof or describe_proof(proof)})")
    return 0
