"""`Gesture`: one use of a tool on the canvas, in document coordinates."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainterPath

from glide_studio.document.guides import NO_GUIDES, Guides
from glide_studio.imaging.geometry import Point


class Gesture(Protocol):
    """One use of a tool. `live` is False once it has ended.

    keys: the modifier keys that are held. reach: distance in document pixels at which a handle is
    taken hold of. standing: it lasts over several drags, as long as its tool is chosen. snaps: its
    points go to guides that are near. guides: those that a standing one keeps to by itself.
    can_abort: `abort` has something to undo, and `close` to complete.
    """

    live: bool
    keys: Qt.KeyboardModifier
    reach: float
    standing: bool
    snaps: bool
    guides: Guides

    @property
    def can_abort(self) -> bool: ...

    def press(self, point: Point, pressure: float = 1.0) -> None:
        """Begin: the button or the pen went down; pressure 0 .. 1."""
        ...

    def move(self, point: Point, pressure: float = 1.0) -> None:
        """Go on: the pointer moved, button down or not."""
        ...

    def release(self, point: Point) -> None:
        """End: the button went up."""
        ...

    def close(self) -> None:
        """Enter or a double click: complete a gesture that has no natural end."""
        ...

    def abort(self) -> None:
        """Escape: undo everything the gesture has done so far."""
        ...

    def outline(self) -> QPainterPath:
        """Return what to draw meanwhile."""
        ...

    def size_text(self) -> str:
        """Return the size of the frame that is being dragged, "" while none is."""
        ...


class BaseGesture:
    """A gesture in which everything is optional."""

    standing = False
    snaps = False

    def __init__(self) -> None:
        self.live = True
        self.keys = Qt.KeyboardModifier.NoModifier
        self.reach = 0.0
        self.guides = NO_GUIDES

    @property
    def can_abort(self) -> bool:
        return True

    def press(self, point: Point, pressure: float = 1.0) -> None:
        pass

    def move(self, point: Point, pressure: float = 1.0) -> None:
        pass

    def release(self, point: Point) -> None:
        pass

    def close(self) -> None:
        pass

    def abort(self) -> None:
        self.live = False

    def outline(self) -> QPainterPath:
        return QPainterPath()

    def size_text(self) -> str:
        return ""


def describe_size(width: float, height: float) -> str:
    """Return a size in pixels as it is read beside the pointer."""
    return f"{round(width)} × {round(height)}"
