"""Write a small PNG of a project, layered file or image, as file managers ask for."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from glide_studio.document.document import Document


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument("file", type=Path, help="a .glide project or an image")
    parser.add_argument("output", type=Path, help="a PNG")
    parser.add_argument("--size", type=int, default=256, help="pixels of the longer side")


def run(options: argparse.Namespace) -> int:
    """Write the thumbnail; nothing is printed.

    Raises:
        GlideError: if the file cannot be read, or the thumbnail not be written.
    """
    import numpy as np

    from glide_studio.document.compositing import composite
    from glide_studio.document.tile import MAX_LEVEL
    from glide_studio.errors import GlideError
    from glide_studio.imaging.geometry import Size
    from glide_studio.io.images.export_options import ExportOptions
    from glide_studio.io.images.picture import Picture
    from glide_studio.io.images.write import write_image

    if not 1 <= options.size <= 4096:
        raise GlideError(f"A thumbnail has 1 .. 4096 pixels a side, not {options.size}.")
    with open_document(options.file) as document:
        size = document.size
        share = min(1.0, options.size / max(size.width, size.height))
        # One level finer than needed leaves the filter something to average.
        level = min(MAX_LEVEL, max(0, int(np.log2(1 / share)) - 1))
        pixels = composite(document, document.selection.level_box(level), level)
    has_alpha = bool((pixels[..., 3] != document.max_value).any())
    goal = Size(*(max(1, round(side * share)) for side in (size.width, size.height)))
    how = ExportOptions("png", size=goal, depth=8, profile="srgb", metadata=False)
    write_image(options.output, Picture(pixels, has_alpha, document.icc), how)
    return 0


@contextmanager
def open_document(path: Path) -> Iterator[Document]:
    """Yield the document in a file of any kind; a project's working store ends with the block.

    Raises:
        GlideError: if it cannot be read.
    """
    import tempfile

    from glide_studio.editor.document_io import PROJECT
    from glide_studio.editor.image_documents import document_from_picture
    from glide_studio.io.images.read import read_image
    from glide_studio.io.layered.layered_files import SUFFIXES, read_layers
    from glide_studio.io.project.open_project import open_project

    suffix = path.suffix.lower()
    if suffix == PROJECT:
        with tempfile.TemporaryDirectory(prefix="glide-studio-") as folder:
            store, history = open_project(path, folder=Path(folder), claims=False)
            try:
                yield history.document
            finally:
                store.close(discard=True)
    elif suffix in SUFFIXES:
        yield read_layers(path)[0]
    else:
        yield document_from_picture(read_image(path), path.stem)
