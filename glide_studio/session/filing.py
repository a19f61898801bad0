"""The file verbs: open and save, each split so that the slow half can run in a thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from glide_studio.document.document import Document
from glide_studio.document.history import History
from glide_studio.files.images.options import ExportOptions, format_for
from glide_studio.files.images.read import read_image
from glide_studio.files.images.write import write_image
from glide_studio.session.pictures import provenances, to_document, to_picture
from glide_studio.session.state import State

PROJECT = ".glide"


@dataclass(frozen=True, slots=True)
class Opened:
    """What was read from a file, before it takes the place of the open document."""

    path: Path
    document: Document
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SaveWork:
    """A save that may run in any thread. state: which one of the history it writes."""

    state: str
    write: Callable[[], None]


def load(path: Path) -> Opened:
    """Read an image. A pure function of the file: may run in any thread.

    Raises:
        GlideError: if it can not be opened.
    """
    picture = read_image(path)
    return Opened(path, to_document(picture, path.stem), picture.notes)


def export(document: Document, path: Path, quality: int = 92) -> None:
    """Write what is seen to an image file; may run in any thread.

    Raises:
        GlideError: if the format can not be written, or the file can not.
    """
    form = format_for(path)
    options = ExportOptions(form, quality=quality, provenance=provenances(document))
    write_image(path, to_picture(document), options)


class Filing:
    """Opening and saving the session's document."""

    def __init__(self, state: State, forget: Callable[[], object], stores: Path | None) -> None:
        self._state = state
        self._forget = forget
        self._stores = stores

    def open(self, path: Path) -> None:
        """See `Session.open`."""
        self.adopt(load(path))

    def adopt(self, opened: Opened) -> None:
        """Put what was read in place of the document."""
        self._forget()
        history = History.begin(opened.document, f"Open {opened.path.name}")
        self._state.replace_history(history, opened.path, saved=True)

    def save(self, path: Path) -> None:
        """See `Session.save`."""
        work = self.save_work(path)
        work.write()
        self.saved(path, work.state)

    def save_work(self, path: Path) -> SaveWork:
        """What has to be written to save the document as it is now."""
        document = self._state.document
        return SaveWork(self._state.timeline.current.id, lambda: export(document, path))

    def saved(self, path: Path, state: str) -> None:
        """A state of the history is on the user's disk now."""
        self._state.mark_saved(state)

    def close(self) -> None:
        """Close the working store."""
