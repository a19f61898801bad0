"""Guides under the mouse: taken hold of, dragged, dropped, and what snaps to them."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QWidget

from glide_studio.document.guides import NO_GUIDES, Guides
from glide_studio.document.transform import Axis
from glide_studio.editor.editor import Editor
from glide_studio.editor.settings import Tool
from glide_studio.imaging.geometry import Point
from glide_studio.signals import Signal
from glide_studio.ui.canvas.canvas_view import CanvasView
from glide_studio.ui.canvas.frame_gestures import FrameGesture
from glide_studio.ui.canvas.gesture import Gesture

GUIDE_REACH_PX = 4  # distance that counts as on a guide, in units of the screen


class GuideDrag(NamedTuple):
    """A guide that is dragged. moved: where it stands in the document, None for a new one."""

    direction: Axis
    moved: float | None


class GuideDragging:
    """Drags guides on a widget; nothing snaps to hidden ones.

    are_shown: guides are drawn. snaps: see `snap`. changed: they were shown or hidden, or one was
    dropped.
    """

    def __init__(self, editor: Editor, view: CanvasView, widget: QWidget) -> None:
        self.changed: Signal[()] = Signal()
        self.are_shown = self.snaps = True
        self._editor, self._view, self._widget = editor, view, widget
        self._drag: GuideDrag | None = None

    def show(self, shown: bool) -> None:
        """Show or hide the guides."""
        self.are_shown = shown
        self.changed.emit()

    def snap(self, snaps: bool) -> None:
        """Let what is moved, cropped or drawn go to guides that are near, or not."""
        self.snaps = snaps

    @property
    def shown(self) -> Guides:
        """The guides that are drawn."""
        document = self._editor.shown
        return document.guides if self.are_shown and document is not None else NO_GUIDES

    @property
    def is_dragging(self) -> bool:
        """True between `begin` and `drop`."""
        return self._drag is not None

    def begin(self, direction: Axis, moved: float | None = None) -> None:
        """Begin to drag a guide. moved: where it stands, None for a new one."""
        if self._editor.history is not None and (moved is not None or self.are_shown):
            self._drag = GuideDrag(direction, moved)

    def drag(self, position: QPointF) -> None:
        """Show the dragged guide under a position on the widget."""
        drag, guides = self._drag, self._editor.guides
        if drag is None:
            return
        if self._widget.rect().contains(position.toPoint()):
            place = self._place(drag, position)
            self._editor.attempt(lambda: guides.preview(drag.direction, place, drag.moved))
        else:
            guides.stop_preview()

    def drop(self, position: QPointF) -> None:
        """Leave the dragged guide there; outside of the widget it is deleted."""
        drag, self._drag, guides = self._drag, None, self._editor.guides
        if drag is None:
            return
        place = self._place(drag, position)
        if not self._widget.rect().contains(position.toPoint()):
            guides.stop_preview()
            if drag.moved is not None:
                guides.remove(drag.direction, drag.moved)
        elif drag.moved is None:
            self._editor.attempt(lambda: guides.add(drag.direction, place))
        else:
            guides.move(drag.direction, drag.moved, place)
        self.changed.emit()

    def abort(self) -> None:
        """Leave the dragged guide where it was."""
        self._drag = None
        self._editor.guides.stop_preview()

    def _place(self, drag: GuideDrag, position: QPointF) -> float:
        point = self._view.document_point(position)
        return float(round(point.y if drag.direction == "horizontal" else point.x))

    def find(
        self, position: QPointF, keys: Qt.KeyboardModifier, gesture: Gesture | None
    ) -> GuideDrag | None:
        """Find the guide that a press takes hold of: by the hand, by Transform, or with Ctrl."""
        guides, tool = self.shown, self._editor.tool_settings.tool
        free = tool in (Tool.HAND, Tool.TRANSFORM) or keys & Qt.KeyboardModifier.ControlModifier
        if not (guides and free):
            return None
        if isinstance(gesture, FrameGesture):
            grip = gesture.grip_at(self._view.document_point(position))
            if grip is not None and grip[0] in ("corner", "side"):
                return None
        x, y = self._view.frame_position(position)
        reach, viewport = GUIDE_REACH_PX * self._view.ratio, self._view.viewport
        for at in guides.vertical:
            if abs(viewport.to_device(Point(at, 0))[0] - x) <= reach:
                return GuideDrag("vertical", at)
        for at in guides.horizontal:
            if abs(viewport.to_device(Point(0, at))[1] - y) <= reach:
                return GuideDrag("horizontal", at)
        return None
