"""Moving and distorting a layer, and cropping and straightening the canvas, by a frame of handles.

Both are open over several drags: until they are applied or dropped, the history has no entry.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace

from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from glide_studio.document.quad import Quad
from glide_studio.document.transform_edits import (
    content_box,
    largest_inside,
    straighten,
    transform_layer,
)
from glide_studio.editor.canvas_actions import check_size
from glide_studio.editor.state import EditorState, Severity
from glide_studio.editor.workers import Task, Worker
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box, Point, Size
from glide_studio.signals import Signal
from glide_studio.translation import translate

MAX_STRAIGHTEN = 45.0  # degrees to either side


class FrameActions(ABC):
    """A frame of handles that stays open over several drags.

    changed: the frame is another one. quad: the frame, None while none is open. busy: layers are
    being resampled to it.
    """

    def __init__(self, state: EditorState, worker: Worker) -> None:
        self.changed: Signal[()] = Signal()
        self.quad: Quad | None = None
        self._state, self._worker = state, worker
        self._task: Task | None = None
        state.document_changed.connect(lambda *_: self._follow())

    @property
    def busy(self) -> bool:
        return self._task is not None

    @property
    def is_changed(self) -> bool:
        """True if there is something to apply."""
        return self.quad is not None and not self.quad.is_identity

    @abstractmethod
    def drop(self) -> None:
        """Close the frame and leave everything as it is."""

    @abstractmethod
    def _follow(self) -> None:
        """Follow the document: close the frame if what it stood around is gone."""

    def _resample(
        self, work: Callable[[Task], Document], finish: Callable[[Document], object]
    ) -> None:
        """Do the work in the background; an error closes the frame and is told to the user."""
        self._task = task = Task()

        def fail(error: GlideError) -> None:
            self.drop()
            self._state.notify(str(error), Severity.ERROR)

        self._worker.run(lambda: work(task), finish, fail, task)
        self.changed.emit()

    def _close(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._task = self.quad = None
        self.changed.emit()


class TransformActions(FrameActions):
    """Move, scale, turn, flip and distort one layer.

    layer: the one that is transformed, None while none is. quad: where its content goes. targets:
    boxes that a drag snaps to: the canvas and the other layers.
    """

    def __init__(self, state: EditorState, worker: Worker) -> None:
        super().__init__(state, worker)
        self.layer: Layer | None = None
        self.targets: tuple[Box, ...] = ()
        self._showing = False

    def begin(self) -> None:
        """Put a frame around the active layer.

        Raises:
            GlideError: if there is none, or it is locked or empty.
        """
        document = self._state.document
        layer = document.active_layer
        if layer is None:
            raise GlideError(translate("TransformActions", "Choose a layer to move first."))
        if layer.locked or any(inner.locked for inner in layer.iter_layers()):
            raise GlideError(
                translate("TransformActions", "'{name}' is locked; unlock it first.").format(
                    name=layer.name
                )
            )
        box = content_box(layer)
        if box.empty:
            raise GlideError(
                translate(
                    "TransformActions", "'{name}' is empty; there is nothing to move."
                ).format(name=layer.name)
            )
        others = {
            content_box(other)
            for other in document.layers
            if other.visible and all(inner.id != layer.id for inner in other.iter_layers())
        }
        others = {other for other in others if not other.empty}
        self.layer, self.quad = layer, Quad.of(box)
        self.targets = (document.box, *sorted(others - {document.box}, key=str))
        self.changed.emit()

    def set_quad(self, quad: Quad) -> None:
        """Move the frame; the canvas shows the layer there, quickly drawn. Not while resampling."""
        if self.layer is None or self.busy or not quad.is_convex:
            return
        self.quad = quad
        self._show()
        self.changed.emit()

    def flip(self, axis: str) -> None:
        """Mirror in the frame's own directions: "horizontal" or "vertical"."""
        if self.quad is not None:
            self.set_quad(self.quad.flip("horizontal" if axis == "horizontal" else "vertical"))

    def apply(self, then: Callable[[], object] = lambda: None) -> None:
        """Resample the layer in the background, as one entry of the history."""
        layer, quad = self.layer, self.quad
        if layer is None or quad is None or self.busy:
            return
        if quad.is_identity:
            self.drop()
            then()
            return
        document = self._state.document

        def finish(moved: Document) -> None:
            self._close()
            now = self._state.document
            if now.find_layer(layer.id) is not layer:
                self._state.notify(
                    translate(
                        "TransformActions", "The layer has changed in the meantime; move it again."
                    )
                )
                self._state.show(None)
                return
            self._state.apply(
                translate("TransformActions", "Transform layer"),
                now.with_layer(moved.layer(layer.id)),
            )
            then()

        self._resample(lambda task: transform_layer(document, layer.id, quad, task.check), finish)

    def drop(self) -> None:
        """Leave the layer as it is."""
        if self.layer is not None:
            moved = self.is_changed
            self._close()
            if moved and self._state.history is not None:
                self._state.show(None)

    @property
    def rest(self) -> Document | None:
        """What the canvas shows below the moved layer; None while nothing has moved."""
        if self.layer is None or not self.is_changed:
            return None
        document = self._state.document
        hidden = {self.layer.id, *(layer.id for layer in self.above)}
        return _hide(document, hidden)

    @property
    def above(self) -> tuple[Layer, ...]:
        """Visible layers that are drawn over the moved one, if that can be done by itself.

        Empty if there are none, or they do not simply cover what lies below; then the moved layer
        is drawn on top until it is applied.
        """
        document, layer = self._state.document, self.layer
        if layer is None or document.parent_id(layer.id) is not None:
            return ()
        at = [one.id for one in document.layers].index(layer.id)
        above = tuple(one for one in document.layers[at + 1 :] if one.visible and one.opacity > 0)
        plain = all(_covers(one) for one in above)
        return above if plain else ()

    def _show(self) -> None:
        self._showing = True
        self._state.show(self.rest)
        self._showing = False

    def _follow(self) -> None:
        """Follow the document: keep the frame while its layer is the same one."""
        if self.layer is None or self._showing:
            return
        history = self._state.history
        if history is None or history.document.find_layer(self.layer.id) is not self.layer:
            self._close()
        elif self.is_changed and self._state.shown is history.document:
            self._show()

    def _close(self) -> None:
        self.layer = None
        super()._close()


class CropActions(FrameActions):
    """Choose a part of the canvas, perhaps a turned one, and make it the canvas.

    quad: a rectangle. aspect: width over height that is kept, None for any.
    """

    def __init__(self, state: EditorState, worker: Worker) -> None:
        super().__init__(state, worker)
        self.aspect: float | None = None
        self._size = Size(0, 0)

    def begin(self) -> None:
        """Put the frame around the painted mask, or the whole canvas if nothing is painted.

        Raises:
            GlideError: if no picture is open.
        """
        document = self._state.document
        painted = document.selection.content_box()
        self._size = document.size
        whole = Quad.of(document.box)
        self.quad = whole if painted.empty else _around(whole, painted)
        self.changed.emit()

    def set_quad(self, quad: Quad) -> None:
        """Move the frame, which stays a rectangle. Not while the layers are resampled."""
        if self.quad is not None and not self.busy:
            self.quad = quad
            self.changed.emit()

    def set_aspect(self, aspect: float | None) -> None:
        """Keep width over height from now on; the frame becomes the largest one inside itself."""
        self.aspect = aspect
        if aspect is not None and self.quad is not None:
            quad = self.quad
            width = min(quad.width, quad.height * aspect)
            self.set_quad(quad.with_size(quad.center, width, width / aspect, quad.angle))
        self.changed.emit()

    def set_angle(self, degrees: float) -> None:
        """Turn the frame; a whole one becomes the largest that the picture holds."""
        quad = self.quad
        if quad is None:
            return
        degrees = max(-MAX_STRAIGHTEN, min(MAX_STRAIGHTEN, degrees))
        before = self._size
        largest = largest_inside(before, quad.width / quad.height, quad.angle)
        fills = abs(quad.width - largest.width) <= 2 and abs(quad.height - largest.height) <= 2
        size = largest_inside(before, quad.width / quad.height, degrees) if fills else None
        width, height = (size.width, size.height) if size else (quad.width, quad.height)
        self.set_quad(quad.with_size(quad.center, width, height, degrees))

    def reset(self) -> None:
        """Put the frame around the whole canvas again."""
        if self.quad is not None:
            self.aspect = None
            self.set_quad(Quad.of(self._size.box))

    def apply(self, then: Callable[[], object] = lambda: None) -> None:
        """Crop to the frame in the background, as one entry of the history.

        Raises:
            GlideError: if the frame is larger than any canvas.
        """
        quad = self.quad
        if quad is None or self.busy:
            return
        if quad.is_identity:
            self.drop()
            then()
            return
        size = Size(max(1, round(quad.width)), max(1, round(quad.height)))
        check_size(size)
        document = self._state.document
        center, degrees = quad.center, round(quad.angle, 4)

        def finish(cropped: Document) -> None:
            self._close()
            if self._state.document is not document:
                self._state.notify(
                    translate(
                        "TransformActions",
                        "The picture has changed in the meantime; crop it again.",
                    )
                )
                return
            self._state.apply(
                translate("TransformActions", "Straighten")
                if degrees
                else translate("TransformActions", "Crop"),
                cropped,
            )
            then()

        self._resample(lambda task: straighten(document, center, size, degrees, task.check), finish)

    def drop(self) -> None:
        """Leave the canvas as it is."""
        if self.quad is not None:
            self._close()

    def _follow(self) -> None:
        history = self._state.history
        if self.quad is not None and (history is None or history.document.size != self._size):
            self._close()


def _around(quad: Quad, box: Box) -> Quad:
    middle = Point(box.x + box.width / 2, box.y + box.height / 2)
    return quad.with_size(middle, box.width, box.height, 0)


def _covers(layer: Layer) -> bool:
    """Return True if a layer depends on nothing below it and changes nothing but by covering it."""
    inner = list(layer.iter_layers())
    return not layer.clipping and all(
        one.adjustment is None and one.blend in ("normal", "pass-through") for one in inner
    )


def _hide(document: Document, ids: set[str]) -> Document:
    for layer_id in ids:
        document = document.with_layer(replace(document.layer(layer_id), visible=False))
    return document
