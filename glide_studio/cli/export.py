"""Write a project or image in another format; PSD and OpenRaster keep the layers."""

from __future__ import annotations

import argparse
from pathlib import Path

from glide_studio.cli.shared_options import (
    add_keeping_quality_option,
    add_output_option,
    check_output,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument("project", type=Path, help="a .glide project or an image")
    add_output_option(parser)
    add_keeping_quality_option(parser, usual=92)
    parser.add_argument("--width", type=int, help="scale to this width in pixels")
    parser.add_argument("--depth", type=int, choices=[8, 16], help="bits per channel")
    parser.add_argument(
        "--profile",
        choices=["keep", "srgb", "strip"],
        default="keep",
        help="keep the color profile, convert to sRGB, or write none; default: keep",
    )
    parser.add_argument("--no-metadata", action="store_true", help="no EXIF, XMP and resolution")
    parser.add_argument(
        "--verify", action="store_true", help="read the file again and say what is identical"
    )
    parser.add_argument(
        "--no-prompt", action="store_true", help="do not write prompt, seed and model"
    )


def run(options: argparse.Namespace) -> int:
    """Export, and print the path, with --verify what is identical in the file as well.

    Raises:
        GlideError: if a file or an option cannot be used.
    """
    check_output(options.output)
    from glide_studio.cli.headless_editor import open_headless_editor
    from glide_studio.cli.progress import print_warning
    from glide_studio.editor.exporting import ExportChoices, describe_file, size_for_width

    with open_headless_editor(claims=False) as editor:
        editor.notice.connect(print_warning)
        editor.files.open(options.project)
        width, size = options.width, editor.document.size
        choices = ExportChoices(
            options.quality,
            None if width is None else size_for_width(size, width),
            options.depth,
            options.profile,
            not options.no_metadata,
            not options.no_prompt,
        )
        written = editor.files.save(options.output, choices)
        print(options.output)
        if options.verify:
            if written.proof:
                print(written.proof)
            print(describe_file(options.output, editor.document, choices))
    return 0
