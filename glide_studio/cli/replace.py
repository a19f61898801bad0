"""Replace what words name in a photo by something else: it is found, removed, and the other thing
is drawn in its place, as large as it was and in the light of the photo."""

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
    parser.add_argument("old", metavar="OLD", help="what is in the photo, as 'the apple'")
    parser.add_argument("new", metavar="NEW", help="what should be there, as 'a tomato'")
    parser.add_argument("--mask-out", type=Path, metavar="MASK", help="also write what was found")
    add_output_option(parser)
    add_placement_options(parser, clears=True)
    add_sampling_options(parser)


def run(options: argparse.Namespace) -> int:
    """Replace, and write every candidate with a line on stdout.

    Raises:
        GlideError: if a file or an option cannot be used, the model does not know one of the two,
            or nothing is found.
    """
    sampling, placement = parse_sampling(options), parse_placement(options)
    check_output(options.output)
    if options.mask_out is not None:
        check_output(options.mask_out)
    from glide_studio.cli import headless
    from glide_studio.cli.headless_editor import open_headless_editor
    from glide_studio.cli.progress import print_warning
    from glide_studio.editor.mask_files import write_mask
    from glide_studio.editor.word_actions import Replacement

    with open_headless_editor() as editor:
        editor.files.open(options.photo)
        editor.set_generation_settings(
            sampling=sampling, model=options.model, new_seed=False, **placement
        )
        editor.runner.start()
        editor.words.replace(Replacement(options.old, options.new))
        editor.runner.run_until_done()
        mask = headless.read_found(editor)
        editor.notice.connect(print_warning)
        if options.mask_out is not None:
            write_mask(options.mask_out, mask)
        editor.words.confirm()
        editor.runner.run_until_done()
        job = headless.last_job(editor)
        start = editor.timeline.current.id
        for patch in job.patches:
            target = numbered_path(options.output, patch.index, len(job.patches))
            editor.candidates.accept(job.id, patch.index)
            editor.files.save(target)
            editor.jump(start)
            print(target)
    return 0
