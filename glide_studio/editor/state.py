"""`State`: what the verbs of a session share, and the only place where documents are swapped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from glide_studio.document.document import Document, changed_boxes
from glide_studio.document.history import History
from glide_studio.editor.tools import Recipe, Tools
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box
from glide_studio.signals import Signal


class Grade(StrEnum):
    """How much a notice matters."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence for the user."""

    text: str
    grade: Grade = Grade.INFO


@dataclass(frozen=True, slots=True)
class Dirty:
    """What may look different now.

    pixels: boxes of the visible composite. mask: the painted mask. whole: another picture
    altogether, perhaps of another size.
    """

    pixels: tuple[Box, ...] = ()
    mask: bool = False
    whole: bool = False


class State:
    """History, what is shown, tools and signals. One thread: the loop's.

    `document` is the current state of the history. `shown` is what the canvas draws: the same, or a
    draft that is not an entry yet (an open stroke, a candidate under the mouse: `trying`).
    """

    def __init__(self) -> None:
        self.document_changed: Signal[Document | None, Document, Dirty] = Signal()
        self.tools_changed: Signal[()] = Signal()
        self.notice: Signal[Notice] = Signal()
        self.history: History | None = None
        self.path: Path | None = None
        self.tools = Tools()
        self.recipe = Recipe()
        self.sampling_said = False  # until then it is the model's to say
        self.committed: Callable[[bool], object] = lambda durable: None
        self.trying = False
        self._saved: str | None = None
        self._shown: Document | None = None

    @property
    def document(self) -> Document:
        """The current document.

        Raises:
            GlideError: if none is open.
        """
        return self.timeline.document

    @property
    def timeline(self) -> History:
        """The history of the open document.

        Raises:
            GlideError: if none is open.
        """
        if self.history is None:
            raise GlideError("No picture is open; open a photo first.")
        return self.history

    @property
    def shown(self) -> Document | None:
        """What the canvas draws."""
        return self._shown

    @property
    def modified(self) -> bool:
        """True if the current state is not the one that was opened or saved last."""
        return self.history is not None and self.history.current.id != self._saved

    def replace_history(self, history: History, path: Path | None, saved: bool) -> None:
        """Another document altogether."""
        before, self.history, self.path = self._shown, history, path
        self._saved = history.current.id if saved else None
        self._shown = history.document
        self.document_changed.emit(before, history.document, Dirty(mask=True, whole=True))

    def mark_saved(self, state: str, path: Path | None = None) -> None:
        """A state is on the user's disk now; `path` if the document lives there from now on."""
        self._saved = state
        self.path = path or self.path
        self.document_changed.emit(self._shown, self._shown or self.document, Dirty())

    def apply(self, label: str, document: Document, *, durable: bool = True) -> bool:
        """Make `document`, which was made from the current one, one entry of the history.

        durable: written to the disk for good; without it the last entries may be lost in a power cut,
            but not if the process ends.

        Returns False if it is the same as the current document, which leaves no entry.
        """
        changed = self.timeline.record(label, document) is not None
        if changed:
            self.committed(durable)
        self.show(None)
        return changed

    def go(self, move: Callable[[History], Any]) -> None:
        """Undo, redo or jump."""
        move(self.timeline)
        self.committed(False)
        self.show(None)

    def show(self, draft: Document | None, *, trying: bool = False) -> None:
        """Draw a draft, or for None the current document; watchers are told what differs.

        trying: the draft is a candidate to be looked at, not something under way.
        """
        after = self.document if draft is None else draft
        self.trying = trying
        before, self._shown = self._shown, after
        if before is None or before.size != after.size:
            self.document_changed.emit(before, after, Dirty(mask=True, whole=True))
            return
        masked = before.selection is not after.selection
        boxes = () if before.layers is after.layers else tuple(changed_boxes(before, after))
        self.document_changed.emit(before, after, Dirty(boxes, masked))

    def set_tools(self, **changes: Any) -> None:
        """Change fields of `tools`."""
        self.tools = replace(self.tools, **changes)
        self.tools_changed.emit()

    def set_recipe(self, **changes: Any) -> None:
        """Change fields of `recipe`."""
        self.sampling_said |= "sampling" in changes
        self.recipe = replace(self.recipe, **changes)
        self.tools_changed.emit()

    def tell(self, text: str, grade: Grade = Grade.INFO) -> None:
        """Show the user one sentence."""
        self.notice.emit(Notice(text, grade))
