"""Layered files to documents and back: what the session calls."""

from __future__ import annotations

from pathlib import Path

from glide_studio.base.errors import GlideError
from glide_studio.document.document import Document
from glide_studio.files import helper
from glide_studio.files.images.read import read_file
from glide_studio.files.images.sniff import sniff
from glide_studio.files.layered.ora import write_ora
from glide_studio.files.layered.parts import to_document
from glide_studio.files.layered.psd import write_psd
from glide_studio.files.layered.transport import from_answer

SUFFIXES = (".psd", ".psb", ".ora")
WORKER = "glide_studio.files.layered.worker"


def read_layers(path: Path) -> tuple[Document, tuple[str, ...]]:
    """(document, notes for the user) of a PSD, PSB or OpenRaster file.

    It is decoded in a process of its own, under a memory limit and a deadline.

    Raises:
        GlideError: if it is missing, something else, damaged or too large.
    """
    data = read_file(path)
    kind = sniff(data[:64])
    if kind not in ("psd", "ora"):
        raise GlideError(f"'{path.name}' is no PSD or OpenRaster file; choose another one.")
    picture = from_answer(helper.run(path, kind, len(data), WORKER))
    return to_document(picture), picture.notes


def write_layers(path: Path, document: Document) -> tuple[str, ...]:
    """Write a document with its layers, as PSD or OpenRaster by the name's ending.

    Returns sentences on what the format could not keep.

    Raises:
        GlideError: if the ending is another one, or the file can not be written.
    """
    match path.suffix.lower():
        case ".psd":
            return write_psd(path, document)
        case ".ora":
            return write_ora(path, document)
    raise GlideError(f"'{path.name}' keeps no layers; use .psd or .ora.")
