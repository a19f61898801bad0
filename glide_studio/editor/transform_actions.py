"""Moving and distorting a layer, and cropping and straightening the canvas, by a frame of handles.

Both are open over several drags: until they are applied or dropped, the history has no entry.
"""

from __future__ import annotations

import math
import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from glide_studio.document.document import Document
from glide_studio.document.history import History
from glide_studio.document.layer import Layer
from glide_studio.document.quad import Quad
from glide_studio.document.transform_edits import (
    content_box,
    is_inside,
    straighten,
    transform_layers,
    turn_inside,
)
from glide_studio.document.warp import map_box
from glide_studio.editor.canvas_actions import check_size
from glide_studio.editor.layer_actions import LayerActions
from glide_studio.editor.state import EditorState, Severity
from glide_studio.editor.transform_origins import UNMOVED, Origin, TransformOrigins
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
        before = self._state.document

        def fail(error: GlideError) -> None:
            self.drop()
            self._state.notify(str(error), Severity.ERROR)

        def make() -> Document:
            made = work(task)
            made.reduce_as(before)
            return made

        self._worker.run(make, finish, fail, task)
        self.changed.emit()

    def _close(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._task = self.quad = None
        self.changed.emit()


class PreviewPart(NamedTuple):
    """Layers next to each other in the stack, drawn as one picture.

    box: around their content. origin: tells where they were moved to before the frame moves them
    further; None if they do not move with it.
    """

    layers: tuple[Layer, ...]
    box: Box
    origin: Origin | None


class TransformActions(FrameActions):
    """Move, scale, turn, flip and distort the chosen layers together.

    Choosing other layers applies what is open, as leaving the tool does. layers: those that are
    transformed, bottom to top. quad: where their content goes.
    """

    def __init__(self, state: EditorState, worker: Worker, chosen: LayerActions) -> None:
        super().__init__(state, worker)
        self.layers: tuple[Layer, ...] = ()
        self._chosen = chosen
        self._targets: tuple[Box, ...] = ()
        self._origins = TransformOrigins()
        self._moving: tuple[Origin, ...] = ()  # of the layers
        self._timeline: History | None = None  # of the document that they belong to
        self._showing = False
        self._after: list[Callable[[], object]] = []  # called once what is resampled is applied

    def begin(self) -> None:
        """Put a frame around the chosen layers, with what earlier transforms moved out of view.

        It is as it was left if nothing but transforms has changed their pixels since.

        Raises:
            GlideError: if there is none, or one is locked, or all are empty.
        """
        if self._state.document.active_layer is None:
            raise GlideError(translate("TransformActions", "Choose a layer to move first."))
        layers = self._chosen.targets()
        for inner in (inner for layer in layers for inner in layer.iter_layers()):
            if inner.locked:
                raise GlideError(
                    translate("TransformActions", "'{name}' is locked; unlock it first.").format(
                        name=inner.name
                    )
                )
        origins = tuple(self._origins.find(layer) for layer in layers)
        if all(content_box(one.source).empty for one in origins):
            raise GlideError(
                translate(
                    "TransformActions", "'{name}' is empty; there is nothing to move."
                ).format(name=layers[-1].name)
            )
        self.layers, self._targets, self._moving = layers, (), origins
        self.quad = _frame_around(origins)
        self.changed.emit()

    @property
    def is_current(self) -> bool:
        """True if the frame stands around the layers that are chosen now."""
        chosen = self._chosen.targets() if self._state.document.active_layer else ()
        return _are_same(chosen, self.layers)

    @property
    def targets(self) -> tuple[Box, ...]:
        """Boxes that a drag snaps to: the canvas and the other layers."""
        if not self._targets and self.layers:
            document, moved = self._state.document, {one.id for one in self.layers}
            others = {
                content_box(other)
                for other in document.layers
                if other.visible and all(inner.id not in moved for inner in other.iter_layers())
            }
            others = {other for other in others if not other.empty}
            self._targets = (document.box, *sorted(others - {document.box}, key=str))
        return self._targets

    def set_quad(self, quad: Quad) -> None:
        """Move the frame; the canvas quickly draws the layers there. Not while resampling."""
        if not self.layers or self.busy or not quad.is_convex:
            return
        self.quad = quad
        self._show()
        self.changed.emit()

    def flip(self, axis: str) -> None:
        """Mirror in the frame's own directions: "horizontal" or "vertical"."""
        if self.quad is not None:
            self.set_quad(self.quad.flip("horizontal" if axis == "horizontal" else "vertical"))

    def apply(self, then: Callable[[], object] = lambda: None) -> None:
        """Resample the layers in the background, as one entry of the history.

        then: called once they are; not if that fails.
        """
        layers, quad = self.layers, self.quad
        if not layers or quad is None:
            return
        if self.busy:
            self._after.append(then)
            return
        if quad.is_identity:
            self.drop()
            then()
            return
        document, ids = self._state.document, [layer.id for layer in layers]
        origins = self._moving
        pixels = {one.source.id: (one.source, one.matrix) for one in origins}

        def finish(moved: Document) -> None:
            after = [then, *self._after]
            self._close()
            now = self._state.document
            if any(now.find_layer(layer.id) is not layer for layer in layers):
                self._state.notify(
                    translate(
                        "TransformActions", "The layer has changed in the meantime; move it again."
                    )
                )
                self._state.show(None)
                return
            for one in ids:
                now = now.with_layer(moved.layer(one))
            frame = quad.restart() if quad.is_parallelogram else None
            made = [now.layer(one) for one in ids]
            self._origins.record(zip(made, origins, strict=True), quad.matrix, frame)
            self._state.apply(
                translate("TransformActions", "Transform layers")
                if len(layers) > 1
                else translate("TransformActions", "Transform layer"),
                now,
            )
            for call in after:
                call()

        self._resample(
            lambda task: transform_layers(document, ids, quad, task.check, pixels), finish
        )

    def drop(self) -> None:
        """Leave the layers as they are."""
        if self.layers:
            moved = self.is_changed
            self._close()
            if moved and self._state.history is not None:
                self._state.show(None)

    @property
    def rest(self) -> Document | None:
        """What the canvas shows below the moved layers; None while nothing has moved."""
        if not self.layers or not self.is_changed:
            return None
        drawn = {layer.id for part in self.preview_parts for layer in part.layers}
        return _hide(self._state.document, drawn)

    @property
    def preview_parts(self) -> tuple[PreviewPart, ...]:
        """What is drawn over `rest`, bottom to top: the moved layers and what lies above them.

        Layers above are drawn apart only if they simply cover what lies below; otherwise the moved
        layers are on top until they are applied.
        """
        document = self._state.document
        moved = {origin.source.id: _moved_part(origin) for origin in self._moving}
        stack = document.layers
        if not moved.keys() <= {one.id for one in stack}:
            return tuple(moved.values())
        lowest = next(at for at, one in enumerate(stack) if one.id in moved)
        parts: list[PreviewPart] = []
        for layer in stack[lowest:]:
            part = moved.get(layer.id, PreviewPart((layer,), document.box, None))
            follows = bool(parts) and _move_alike(parts[-1], part)
            if follows and (_covers(layer) or layer.clipping) and _covers(parts[-1].layers[0]):
                box = parts[-1].box.union(part.box)
                parts[-1] = PreviewPart((*parts[-1].layers, *part.layers), box, part.origin)
            elif layer.id in moved or _covers(layer):
                parts.append(part)
            else:
                return tuple(moved.values())
        return tuple(part for part in parts if any(map(_is_shown, part.layers)))

    def _show(self) -> None:
        self._showing = True
        self._state.show(self.rest)
        self._showing = False

    def _follow(self) -> None:
        """Follow the document: keep the frame while its layers are the same ones."""
        history = self._state.history
        if history is not self._timeline:
            self._origins.clear()
            self._timeline = history
        if not self.layers or self._showing:
            return
        if history is None or any(
            history.document.find_layer(one.id) is not one for one in self.layers
        ):
            self._close()
        elif self.is_changed:
            if self._state.shown is history.document:
                self._show()
            if not self.is_current:
                self.apply()

    def _close(self) -> None:
        self.layers = self._moving = ()
        self._after = []
        super()._close()


class CropActions(FrameActions):
    """Choose a part of the canvas, perhaps a turned one, and make it the canvas.

    quad: a rectangle. aspect: width over height that is kept, None for any. takes_line: the next
    drag draws a line of the picture that will be level or upright.
    """

    def __init__(self, state: EditorState, worker: Worker) -> None:
        super().__init__(state, worker)
        self.aspect: float | None = None
        self.takes_line = False
        self._size = Size(0, 0)
        self._unturned: Quad | None = None  # what `set_angle` turns: it shrinks only once
        self._applied: tuple[str, Quad, Quad | None] | None = (
            None  # to which state, and `_unturned`
        )

    def begin(self) -> None:
        """Put the frame around the painted mask, or the whole canvas if nothing is painted.

        After undoing the last crop it is the frame of that crop, to be corrected.

        Raises:
            GlideError: if no picture is open.
        """
        document = self._state.document
        painted = document.selection.content_box()
        self._size = document.size
        whole = Quad.of(document.box)
        self.quad = self._unturned = whole if painted.empty else _around(whole, painted)
        if self._applied is not None and self._applied[0] == self._state.timeline.current.id:
            _, self.quad, self._unturned = self._applied
        self.changed.emit()

    def set_quad(self, quad: Quad) -> None:
        """Move the frame, which stays a rectangle. Not while the layers are resampled."""
        if self.quad is not None and not self.busy:
            self.quad = self._unturned = quad
            self.changed.emit()

    def set_size(self, width: float, height: float, *, by_width: bool) -> None:
        """Make the frame as large as this around its middle, inside of the picture if it is now.

        by_width: with an aspect, `height` follows from `width`; otherwise `width` from `height`.
        """
        quad, aspect, canvas = self.quad, self.aspect, self._size
        if quad is None:
            return
        if aspect is not None:
            width, height = (width, width / aspect) if by_width else (height * aspect, height)
        if not is_inside(quad, canvas.box):
            self.set_quad(quad.with_size(quad.center, width, height, quad.angle))
            return
        if aspect is None:
            width, height = min(width, canvas.width), min(height, canvas.height)
        wanted = quad.with_size(quad.center, width, height, quad.angle)
        self.set_quad(turn_inside(wanted, canvas.box, quad.angle))

    def set_aspect(self, aspect: float | None) -> None:
        """Keep width over height from now on; the frame becomes the largest one inside itself."""
        self.aspect = aspect
        if aspect is not None and self.quad is not None:
            quad = self.quad
            width = min(quad.width, quad.height * aspect)
            self.set_quad(quad.with_size(quad.center, width, width / aspect, quad.angle))
        self.changed.emit()

    def set_angle(self, degrees: float) -> None:
        """Turn the frame; it stays inside of the picture unless it reached beyond it before."""
        quad = self._unturned
        if self.quad is None or quad is None or self.busy:
            return
        degrees = max(-MAX_STRAIGHTEN, min(MAX_STRAIGHTEN, degrees))
        if is_inside(quad, self._size.box):
            self.quad = turn_inside(quad, self._size.box, degrees)
        else:
            self.quad = quad.with_size(quad.center, quad.width, quad.height, degrees)
        self.changed.emit()

    def take_line(self, on: bool) -> None:
        """Have the next drag draw a line, or not."""
        self.takes_line = on and self.quad is not None
        self.changed.emit()

    def straighten_line(self, start: Point, end: Point) -> None:
        """Turn the frame so that a line of the picture becomes level, or upright if it is nearer.

        start, end: in document pixels, apart from each other.
        """
        self.takes_line = False
        self.set_angle(measure_tilt(start, end))

    def reset(self) -> None:
        """Put the frame around the whole canvas again."""
        if self.quad is not None:
            self.aspect = self._applied = None
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
        document, unturned = self._state.document, self._unturned
        state = self._state.timeline.current.id
        center, degrees = quad.center, round(quad.angle, 4)
        if not degrees:
            label = translate("TransformActions", "Crop")
        elif unturned is not None and unturned.is_identity:
            label = translate("TransformActions", "Straighten")
        else:
            label = translate("TransformActions", "Crop and straighten")

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
            self._applied = state, quad, unturned
            self._state.apply(label, cropped)
            then()

        self._resample(lambda task: straighten(document, center, size, degrees, task.check), finish)

    def drop(self) -> None:
        """Leave the canvas as it is."""
        if self.is_changed:
            self._applied = None
        if self.quad is not None:
            self._close()

    def _close(self) -> None:
        self.takes_line = False
        super()._close()

    def _follow(self) -> None:
        history = self._state.history
        if self.quad is not None and (history is None or history.document.size != self._size):
            self._close()


def measure_tilt(start: Point, end: Point) -> float:
    """Return how far a line is from level, or from upright if that is nearer.

    The result is in degrees, clockwise, -45 .. 45.
    """
    return (math.degrees(math.atan2(end.y - start.y, end.x - start.x)) + 45) % 90 - 45


def _around(quad: Quad, box: Box) -> Quad:
    middle = Point(box.x + box.width / 2, box.y + box.height / 2)
    return quad.with_size(middle, box.width, box.height, 0)


def _frame_around(origins: Sequence[Origin]) -> Quad:
    """Return the frame that was left around layers, or one around all of their content."""
    frame = origins[0].frame
    are_those = all(one.frame is frame and one.frame_layers == len(origins) for one in origins)
    if frame is not None and are_those:
        return frame
    box = Box(0, 0, 0, 0)
    for one in origins:
        content = content_box(one.source)
        moved = content if one.matrix is UNMOVED else map_box(one.matrix, content)
        box = box.union(moved)
    return Quad.of(box)


def _moved_part(origin: Origin) -> PreviewPart:
    return PreviewPart((origin.source,), content_box(origin.source), origin)


def _move_alike(one: PreviewPart, other: PreviewPart) -> bool:
    if one.origin is None or other.origin is None:
        return one.origin is other.origin
    return one.origin.matrix is other.origin.matrix


def _are_same(some: tuple[Layer, ...], others: tuple[Layer, ...]) -> bool:
    return len(some) == len(others) and all(map(operator.is_, some, others))


def _is_shown(layer: Layer) -> bool:
    return layer.visible and layer.opacity > 0


def _covers(layer: Layer) -> bool:
    """Return True if a layer depends on nothing below it and changes nothing but by covering it."""
    if not _is_shown(layer):
        return True
    inner = list(layer.iter_layers())
    return not layer.clipping and all(
        one.adjustment is None and one.blend in ("normal", "pass-through") for one in inner
    )


def _hide(document: Document, ids: set[str]) -> Document:
    for layer_id in ids:
        document = document.with_layer(replace(document.layer(layer_id), visible=False))
    return document
