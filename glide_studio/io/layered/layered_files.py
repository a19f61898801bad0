"""Layered files to documents and back: what the session calls."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from glide_studio.document.document import Document
from glide_studio.errors import GlideError
from glide_studio.io.images.read import read_file
from glide_studio.io.images.sniff import sniff
from glide_studio.io.layered.layered_picture import LayeredPicture, from_document, to_document
from glide_studio.io.layered.ora_write import write_ora
from glide_studio.io.sandbox import parent
from glide_studio.io.sandbox.protocol import from_answer, to_answer

SUFFIXES = (".psd", ".psb", ".ora")
WORKER = "glide_studio.io.sandbox.layered_worker"
WRITER = "glide_studio.io.sandbox.layered_writer"


def read_layers(path: Path) -> tuple[Document, tuple[str, ...]]:
    """(document, notes for the user) of a PSD, PSB or OpenRaster file.

    It is decoded in a process of its own, under a memory limit and a deadline.

    Raises:
        GlideError: if it is missing, something else, damaged or too large.
    """
    data = read_file(path)
    kind = sniff(data[:64])
    if data.startswith(b"PK") and path.suffix.lower() == ".ora":
        kind = "ora"  # though its type does not come first, as where it was packed by hand
    if kind not in ("psd", "ora"):
        raise GlideError(f"'{path.name}' is no PSD or OpenRaster file; choose another one.")
    picture = from_answer(parent.run(path, kind, len(data), WORKER))
    return to_document(picture), picture.notes


def write_layers(path: Path, document: Document) -> tuple[str, ...]:
    """Write a document with its layers, as PSD or OpenRaster by the name's ending.

    Returns sentences on what the format could not keep.

    Raises:
        GlideError: if the ending is another one, or the file cannot be written.
    """
    match path.suffix.lower():
        case ".psd":
            return write_apart(path, from_document(document))
        case ".ora":
            return write_ora(path, document)
    raise GlideError(f"'{path.name}' keeps no layers; use .psd or .ora.")


def write_apart(path: Path, picture: LayeredPicture) -> tuple[str, ...]:
    """Write a PSD in a process of its own: it takes seconds of Python, which would stall the window.

    Returns sentences on what the format could not keep.

    Raises:
        GlideError: if the file cannot be written; an old one there stays as it was.
    """
    header, buffers = to_answer(picture)
    lengths = [memoryview(buffer).nbytes for buffer in buffers]
    with parent.start(WRITER, str(path), stdin=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        parent.widen(child.stdin)
        try:
            child.stdin.write(json.dumps({**header, "buffers": lengths}).encode() + b"\n")
            for buffer in buffers:
                child.stdin.write(buffer)
            child.stdin.close()
        except BrokenPipeError:
            child.stdin.close()
        answer = parent.read_line(child.stdout)
    if answer is None:
        raise GlideError(f"'{path.name}' could not be written; save it as OpenRaster instead.")
    if "refused" in answer:
        raise GlideError(str(answer["refused"]))
    return tuple(answer["notes"])
