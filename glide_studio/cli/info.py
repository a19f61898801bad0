"""Describe a project or image: size, depth, layers, metadata, history."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument("file", type=Path, help="a .glide project or an image")


def run(options: argparse.Namespace) -> int:
    """Print the description.

    Raises:
        GlideError: if the file cannot be read.
    """
    from glide_studio.cli.headless_editor import open_headless_editor
    from glide_studio.cli.progress import print_warning
    from glide_studio.editor.document_info import describe_document

    with open_headless_editor(claims=False) as editor:
        editor.notice.connect(print_warning)
        editor.files.open(options.file)
        lines = describe_document(editor.document, len(editor.timeline))
    print(f"{options.file.name}: {lines[0]}", *lines[1:], sep="\n")
    return 0
