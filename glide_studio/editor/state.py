"""`EditorState`: what all actions of the editor share; the only place where documents change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from glide_studio.document.document import Document, changed_boxes
from glide_studio.document.history import MEMORY_BUDGET, History
from glide_studio.editor.settings import GenerationSettings, ToolSettings
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box
from glide_studio.signals import Signal
from glide_studio.translation import translate


class Severity(StrEnum):
    """How much a notice matters."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Notification:
    """One sentence for the user. command: of a terminal, which solves what it tells."""

    text: str
    severity: Severity = Severity.INFO
    command: str = ""


@dataclass(frozen=True, slots=True)
class DirtyRegion:
    """What may look different now.

    pixels: boxes of the visible composite. mask: the painted mask. whole: another picture
    altogether, perhaps of another size.
    """

    pixels: tuple[Box, ...] = ()
    mask: bool = False
    whole: bool = False


class EditorState:
    """History, what is shown, tools and signals. One thread: the loop's.

    `document` is the current state of the history. `shown` is what the canvas draws: the same, or a
    draft that is not an entry yet (an open stroke, a candidate under the mouse: `trying`).
    """

    def __init__(self) -> None:
        self.document_changed: Signal[Document | None, Document, DirtyRegion] = Signal()
        self.settings_changed: Signal[()] = Signal()
        self.notice: Signal[Notification] = Signal()
        self.history: History | None = None
        self.path: Path | None = None
        self.tool_settings = ToolSettings()
        self.generation_settings = GenerationSettings()
        self.sampling_chosen = False  # until then it is the model's to say
        self.on_commit: Callable[[bool], object] = lambda durable: None
        self.is_previewing = False
        self.history_budget = MEMORY_BUDGET  # bytes, of this and the next documents' histories
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
            raise GlideError(translate("State", "No picture is open; open a photo first."))
        return self.history

    @property
    def shown(self) -> Document | None:
        """What the canvas draws."""
        return self._shown

    @property
    def modified(self) -> bool:
        """True if the current state is not the one that was opened or saved last."""
        return self.history is not None and self.history.current.id != self._saved

    @property
    def saved_state(self) -> str | None:
        """Id of the state that was opened or saved last; None if no file holds any."""
        return self._saved

    def replace_history(self, history: History, path: Path | None, saved: bool) -> None:
        """Show another document altogether."""
        history.budget = self.history_budget
        before, self.history, self.path = self._shown, history, path
        self._saved = history.current.id if saved else None
        self._shown = history.document
        self.document_changed.emit(before, history.document, DirtyRegion(mask=True, whole=True))

    def mark_saved(self, state: str, path: Path | None = None) -> None:
        """Note that a state is on the disk now; `path` if the document lives there from now on."""
        self._saved = state
        self.path = path or self.path
        self.document_changed.emit(self._shown, self._shown or self.document, DirtyRegion())

    def apply(self, label: str, document: Document, *, durable: bool = True) -> bool:
        """Make `document`, which was made from the current one, one entry of the history.

        durable: written to the disk for good; without it the last entries may be lost in a power
            cut, but not if the process ends.

        Returns False if it is the same as the current document, which leaves no entry.
        """
        changed = self.timeline.record(label, document) is not None
        if changed:
            self.on_commit(durable)
        self.show(None)
        return changed

    def activate_layer(self, layer: str | None) -> None:
        """Choose the layer that tools work on; no entry of the history."""
        self.timeline.activate_layer(layer)
        self.show(None)

    def go(self, move: Callable[[History], Any]) -> None:
        """Undo, redo or jump."""
        move(self.timeline)
        self.on_commit(False)
        self.show(None)

    def show(self, draft: Document | None, *, is_previewing: bool = False) -> None:
        """Draw a draft, or for None the current document; watchers are told what differs.

        is_previewing: the draft is a candidate to be looked at, not something under way.
        """
        after = self.document if draft is None else draft
        self.is_previewing = is_previewing
        before, self._shown = self._shown, after
        if before is None or before.size != after.size:
            self.document_changed.emit(before, after, DirtyRegion(mask=True, whole=True))
            return
        masked = before.selection is not after.selection
        boxes = () if before.layers is after.layers else tuple(changed_boxes(before, after))
        self.document_changed.emit(before, after, DirtyRegion(boxes, masked))

    def set_tool_settings(self, **changes: Any) -> None:
        """Change fields of `tool_settings`."""
        if "size" in changes:
            changes["size_chosen"] = True
        self.tool_settings = replace(self.tool_settings, **changes)
        self.settings_changed.emit()

    def set_generation_settings(self, **changes: Any) -> None:
        """Change fields of `generation_settings`."""
        self.sampling_chosen |= "sampling" in changes
        self.generation_settings = replace(self.generation_settings, **changes)
        self.settings_changed.emit()

    def close(self) -> None:
        """Disconnect all watchers: a save that is still running may end after its window."""
        for signal in (self.document_changed, self.settings_changed, self.notice):
            signal.disconnect_all()

    def notify(self, text: str, severity: Severity = Severity.INFO, command: str = "") -> None:
        """Show the user one sentence, and a command that can be copied."""
        self.notice.emit(Notification(text, severity, command))
