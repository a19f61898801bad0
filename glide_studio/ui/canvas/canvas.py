"""`Canvas`: the widget that shows the document and takes the mouse."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPointingDevice,
    QResizeEvent,
    QTabletEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QStyle, QWidget

from glide_studio.document.document import Document
from glide_studio.document.document_thumbnail import MASK_OPACITY, MASK_TINT
from glide_studio.document.guides import NO_GUIDES
from glide_studio.document.raster import Raster
from glide_studio.document.selection import CombineMode
from glide_studio.editor.editor import Editor
from glide_studio.editor.jobs import box_in, is_in
from glide_studio.editor.settings import Tool
from glide_studio.editor.state import DirtyRegion
from glide_studio.errors import GlideError
from glide_studio.imaging.completion.canvas_extension import Margins
from glide_studio.imaging.geometry import Point
from glide_studio.translation import translate
from glide_studio.ui.canvas.before_after import BeforeAfter
from glide_studio.ui.canvas.brush_marks import BrushMarks, is_brush
from glide_studio.ui.canvas.canvas_frame import CanvasFrame
from glide_studio.ui.canvas.canvas_tools import ExtendGesture, PolygonGesture, start_gesture
from glide_studio.ui.canvas.canvas_view import CanvasView
from glide_studio.ui.canvas.frame_buffer import FILLED_SHARE
from glide_studio.ui.canvas.frame_gestures import SNAP_SHARE, CropGesture, FrameGesture, snap_point
from glide_studio.ui.canvas.gesture import Gesture
from glide_studio.ui.canvas.guide_dragging import GuideDragging
from glide_studio.ui.canvas.layer_preview import LayerPreview
from glide_studio.ui.canvas.mask_outline import MaskOutline
from glide_studio.ui.canvas.overlays import (
    JobPreview,
    draw_before_name,
    draw_guides,
    draw_label,
    draw_outlined,
    draw_pixel_grid,
    draw_plate,
)
from glide_studio.ui.canvas.sampling_marks import SamplingMarks

ZOOM_PER_WHEEL_UNIT = 1.0012  # a notch of the wheel is 120 units
MARCH_MS = 125  # between two steps of the dashes along the mask's edge
HANDLE_REACH_PX = 9  # distance that counts as on a handle or a first corner, in device pixels
STANDING_TOOLS = (Tool.EXTEND, Tool.TRANSFORM, Tool.CROP)  # their handles show before a press
CROP_SHADE = QColor(0, 0, 0, 150)  # over what will be cut off
NUDGES = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
TURN_STOP, TURN_STOP_REACH = 90.0, 2.0  # degrees: near to which angles a turned view stops at them
NUDGE_FAR_PX = 10  # by an arrow key with Shift
GRID_SCALE = 8  # from which the pixel grid is drawn, in units of the screen


class Canvas(QWidget):
    """Pan by the middle button, the space bar or the hand; zoom by the wheel; turn by Shift+R."""

    viewport_changed = Signal()
    pointed = Signal(object)  # Point | None: what is under the mouse
    painted = Signal()  # a frame is on the screen
    gesture_changed = Signal()  # a gesture has begun or ended

    def __init__(self, editor: Editor) -> None:
        super().__init__()
        self._editor = editor
        self.view = CanvasView(self)
        self.frame = CanvasFrame(self, self.view)
        self.guides = GuideDragging(editor, self.view, self)
        self.before_after = BeforeAfter(editor, self.view, self.frame, self)
        self._mask_wanted = True
        self._untinted: Raster | None = None  # the mask that would color what is being judged
        self._outline: MaskOutline | None = None  # None while it is not wanted
        self._sampling = SamplingMarks()
        self._grid_wanted = True
        self._over_guide = False  # the pointer would take hold of a guide
        self._mask_tint: tuple[tuple[int, int, int], float] = (MASK_TINT, MASK_OPACITY)
        self._gesture: Gesture | None = None
        self._pan_from: QPointF | None = None
        self._pressed_ms = 0  # when a button of the mouse was pressed last
        self._space = False
        self._turn_key = False  # Shift+R is held
        self._turned_from: tuple[float, float] | None = None  # angles of the view and the pointer
        self._pen = False  # down
        self._pressed = False  # a button of the mouse, which moves something meanwhile
        self._mouse: QPointF | None = None
        self._preview: JobPreview | None = None
        self._moved_layers: LayerPreview | None = None
        self._tool = editor.tool_settings.tool
        self.view.has_room = self._tool is Tool.EXTEND
        self._wiping = False  # the line is being dragged
        self._shows_before = False
        self._march = QTimer(self, interval=MARCH_MS)
        self._march.timeout.connect(self._march_outline)
        self.setObjectName("canvas")
        self.setAccessibleName(translate("Canvas", "Canvas"))
        self.setAccessibleDescription(
            translate("Canvas", "The picture; paint over what should change.")
        )
        self.setMouseTracking(True)
        self.setTabletTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(320, 240)
        self.view.changed.connect(lambda quick: self._view_changed())
        self.view.scrolled.connect(lambda dx, dy: self.viewport_changed.emit())
        self.guides.changed.connect(self._guides_changed)
        self.before_after.changed.connect(self._before_after_changed)
        editor.document_changed.connect(self._document_changed)
        editor.jobs_changed.connect(lambda job: self._show_preview())
        editor.candidates_changed.connect(self._show_preview)
        editor.settings_changed.connect(self._tools_changed)
        editor.retouch.changed.connect(self._retouch_changed)
        editor.retouch_work.changed.connect(self.update)
        editor.transform.changed.connect(self._frame_changed)
        editor.layers.chosen_changed.connect(self._follow_chosen_layers)
        editor.crop.changed.connect(self._frame_changed)
        if editor.shown is not None:
            self._document_changed(None, editor.shown, DirtyRegion(mask=True, whole=True))

    # What is shown.

    def show_mask(self, shown: bool) -> None:
        """Show or hide the tint over the painted mask, and the areas of sampling."""
        self._mask_wanted, self._untinted = shown, None
        self._tint()
        self.update()

    def clear_tint(self, cleared: bool) -> None:
        """Leave the tint out for judging colors, until the mask is another one or tinted again."""
        shown = self._editor.shown
        self._untinted = shown.selection if cleared and shown is not None else None
        self._tint()

    def show_outline(self, shown: bool) -> None:
        """Show or hide the dashes that move along the edge of the painted mask."""
        self._outline = MaskOutline() if shown else None
        self._march.stop()
        self.update()

    def show_grid(self, shown: bool) -> None:
        """Show or hide the lines between pixels, which appear at large scales."""
        self._grid_wanted = shown
        self.update()

    def _tool_point(self, position: QPointF, gesture: Gesture) -> Point:
        """Return the document's point for a gesture, drawn to a guide that is near."""
        gesture.guides = guides = self.guides.shown if self.guides.snaps else NO_GUIDES
        point = self.view.document_point(position)
        near = HANDLE_REACH_PX * self.view.ratio * SNAP_SHARE / self.view.viewport.scale
        return snap_point(point, guides, near) if gesture.snaps and guides else point

    def set_mask_tint(self, color: QColor, opacity: float) -> None:
        """Tint the painted mask; opacity: 0 .. 1 where the mask is full."""
        self._mask_tint = (color.red(), color.green(), color.blue()), opacity
        self._tint()

    def _view_changed(self) -> None:
        if self._gesture is not None:
            self._gesture.reach = HANDLE_REACH_PX / self.view.viewport.scale
        self._update_cursor()
        self.viewport_changed.emit()

    def _retouch_changed(self) -> None:
        self._sampling.show(self._editor.retouch.sampling)
        self.update()

    def _before_after_changed(self) -> None:
        self._update_cursor()
        self.update()

    def _guides_changed(self) -> None:
        self.update()
        self._update_cursor()

    def _document_changed(
        self, before: Document | None, after: Document, dirty: DirtyRegion
    ) -> None:
        self.frame.show(after, dirty)
        if self._shows_before != self._editor.is_showing_before:
            self._shows_before = self._editor.is_showing_before
            self.update()
        if dirty.whole:
            self.view.show_image(after.size)
            if self._gesture is not None and self._gesture.standing:
                self._gesture = None
            self._drop_polygon()
            self._show_handles()
            return
        if dirty.pixels or dirty.mask:
            self.view.is_new = False
        if before is not None and before.guides != after.guides:
            self.update()
        self._tint()
        self._follow_chosen_layers()

    def _tint(self) -> None:
        """Show no tint over a previewed candidate, and a fainter one over a filled mask."""
        if self.frame.mask is None:
            return
        color, opacity = self._mask_tint
        if self._outline is not None and not self.is_gesturing:
            self.update()
        shown = self._editor.shown
        is_cleared = shown is not None and shown.selection is self._untinted
        if not self._mask_wanted or is_cleared or self._covers_mask():
            opacity = 0.0
        elif self._editor.candidates.is_filled:
            opacity *= FILLED_SHARE
        self.frame.tint_mask(color, opacity)

    def _covers_mask(self) -> bool:
        """Tell if a picture is looked at that stands for what is under the mask."""
        candidates = self._editor.candidates
        if candidates.previewed or candidates.draft:
            return True
        runs = self._preview is not None and not candidates.is_filled
        return runs and candidates.is_being_filled

    def _show_preview(self) -> None:
        """Draw the draft that is being looked at, else the newest preview of what runs."""
        candidates, before = self._editor.candidates, self._preview
        job, draft, active = (
            candidates.current,
            candidates.draft,
            self._editor.generation.jobs.active,
        )
        placement = self._editor.generation_settings.placement
        self._preview = None
        shown, picture = active, active.previews[0] if active and active.previews else None
        if job is not None and draft is not None:
            shown, picture = job, draft.image
        if shown is not None and picture is not None and is_in(self._editor.document, shown):
            box = box_in(self._editor.document, shown)
            self._preview = JobPreview.of(shown, box, picture, placement, before)
        if self._preview or before:
            self._tint()
        if self._preview is not before:
            self.update()

    def _tools_changed(self) -> None:
        before, self._tool = self._tool, self._editor.tool_settings.tool
        if before is not self._tool:
            if self.before_after.is_of_original:
                self.before_after.compare_original(False)
            if before is Tool.TRANSFORM:
                self._editor.transform.apply()
            elif before is Tool.CROP:
                self._editor.crop.drop()
            self.view.has_room = self._tool is Tool.EXTEND
            if self.view.is_fitted and Tool.EXTEND in (before, self._tool):
                self.view.fit()
            self._drop_polygon()
        self._show_handles()
        self._update_cursor()
        self.update()

    def _drop_polygon(self) -> None:
        """Drop a polygon that waits for its next corner; other tools would never get a press."""
        if isinstance(self._gesture, PolygonGesture):
            self._guard(self._gesture.abort)

    def _show_handles(self) -> None:
        """Show the handles of the active tool if it has any."""
        tool, gesture = self._editor.tool_settings.tool, self._gesture
        stands = tool in STANDING_TOOLS and self._editor.history is not None
        if gesture is not None and gesture.standing and not (stands and _fits(gesture, tool)):
            gesture = self._gesture = None
        if stands and gesture is None:
            reach = HANDLE_REACH_PX / self.view.viewport.scale
            self._gesture = start_gesture(tool, self._editor, None, False, reach)
            self._gesture.reach = reach
            if tool is Tool.CROP:
                self._editor.crop.begin()
        if stands:
            self._follow_chosen_layers()

    def _follow_chosen_layers(self) -> None:
        """Keep the frame of the Transform tool around the chosen layers until they are moved."""
        transform = self._editor.transform
        if self._editor.tool_settings.tool is not Tool.TRANSFORM or transform.is_changed:
            return
        if self._editor.document.active_layer is not None and not transform.is_current:
            try:
                transform.begin()
            except GlideError:
                transform.drop()  # a press on the canvas says why

    def _frame_changed(self) -> None:
        """Draw the frame of the Transform and the Crop tool, and the moved layers."""
        if not self._editor.transform.is_changed:
            self._moved_layers = None
        crop, is_chosen = self._editor.crop, self._editor.tool_settings.tool is Tool.CROP
        if is_chosen and crop.quad is None and self._editor.history is not None:
            crop.begin()  # what could be taken hold of is seen
        if self._mouse is not None:
            self._update_cursor()
        self.update()

    @property
    def is_gesturing(self) -> bool:
        """True while a stroke or a shape is being drawn."""
        return self._gesture is not None and not self._gesture.standing

    @property
    def is_held(self) -> bool:
        """True while a gesture or handles wait for keys, or the pointer or a key holds the view."""
        drags = self._wiping or self.guides.is_dragging or self._turned_from is not None
        holds_view = self._space or self._turn_key or self._pan_from is not None
        return self._gesture is not None or drags or holds_view

    @property
    def _is_pressed(self) -> bool:
        """True while a button of the mouse or a pen is down."""
        return self._pressed or self._pen

    @property
    def dragged_margins(self) -> Margins:
        """How far the edges of the canvas are dragged outward, in pixels."""
        gesture = self._gesture
        return gesture.margins if isinstance(gesture, ExtendGesture) else Margins()

    def finish_gesture(self) -> None:
        """Complete a gesture that waits for it, as Enter does: a polygon, extended edges."""
        if self._gesture is not None:
            self._guard(self._gesture.close)
            self._show_handles()
            self.update()

    # Painting.

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.frame.paint(painter, event)
        if self.frame.mask is not None:
            self._paint_overlays(painter, self.view.ratio)
        painter.end()
        self.painted.emit()

    def _paint_overlays(self, painter: QPainter, ratio: float) -> None:
        painter.setTransform(self.view.frame_transform())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._grid_wanted and self.view.viewport.scale >= GRID_SCALE * ratio:
            draw_pixel_grid(painter, self.view.viewport)
        if self._preview is not None:
            self._preview.paint(painter, self.view.viewport)
        self._paint_moved_layers(painter)
        self._paint_sampling(painter, ratio)
        self._paint_outline(painter, ratio)
        if self.guides.shown:
            draw_guides(painter, self.view.viewport, self.guides.shown)
        if (compared := self.before_after.shown) is not None:
            compared.paint(painter, self.view.viewport, ratio)
        if self._gesture is not None:
            view = self.view.viewport
            place = QTransform(view.scale, 0, 0, view.scale, view.left, view.top)
            if isinstance(self._gesture, CropGesture):
                painter.fillPath(place.map(self._gesture.shade()), CROP_SHADE)
            path = place.map(self._gesture.outline())
            draw_outlined(painter, lambda: painter.drawPath(path), ratio)
        self._marks().paint(painter, ratio)
        painter.resetTransform()
        room = QRectF(self.rect())
        if self._shows_before:
            draw_before_name(painter, room, self._editor.original_step)
        elif compared is not None:
            for text, rect in compared.place_names(self.view, room, painter.fontMetrics()):
                draw_plate(painter, text, rect)
        size = "" if self._gesture is None else self._gesture.size_text()
        if size and self._mouse is not None:
            draw_label(painter, size, self._mouse, room)

    @property
    def _is_steady(self) -> bool:
        """True while no stroke, pan or turn is in progress."""
        held = self._pan_from is not None or self._turned_from is not None
        return not (held or self.is_gesturing or self.frame.is_quick)

    def _paint_sampling(self, painter: QPainter, ratio: float) -> None:
        """Draw where removal may take from, and where never, unless a result is looked at."""
        if not self._mask_wanted or self._covers_mask():
            return
        if self._is_steady:
            self._sampling.trace(self.view.viewport, self._mask_tint[0], max(1, round(ratio)))
        self._sampling.paint(painter, self.view.viewport)

    def _paint_outline(self, painter: QPainter, ratio: float) -> None:
        """Draw the mask's edge, traced again only while no stroke, pan or turn is in progress."""
        outline, mask, shown = self._outline, self.frame.mask, self._editor.shown
        if outline is None or mask is None or shown is None or self._covers_mask():
            return
        if self._is_steady:
            outline.trace(shown.selection, mask, self.view.viewport, max(1, round(ratio)))
        outline.paint(painter, self.view.viewport)
        if self._outline_moves() and not self._march.isActive():
            self._march.start()

    def _outline_moves(self) -> bool:
        """Tell if dashes are in view, of a window in use, and the desktop lets things move."""
        style = self.style()
        moves = style.styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration, None, self) > 0
        return (
            moves
            and self._outline is not None
            and not (self._outline.box.empty or self._covers_mask() or self.is_gesturing)
            and self.isVisible()
            and self.isActiveWindow()
        )

    def _march_outline(self) -> None:
        if self._outline is None or not self._outline_moves():
            self._march.stop()
            return
        self._outline.march()
        self.update(self.view.widget_part(self._outline.box))

    def _paint_moved_layers(self, painter: QPainter) -> None:
        """Draw the layers that the Transform tool moves where they will be."""
        transform, level = self._editor.transform, self.view.viewport.level
        quad = transform.quad
        if quad is None or not transform.is_changed:
            return
        drawn, parts = self._moved_layers, transform.preview_parts
        if drawn is None or drawn.parts != parts or drawn.wanted_level != level:
            document = self._editor.document
            display = self.frame.display(document)
            self._moved_layers = drawn = LayerPreview(document, parts, level, display)
        drawn.paint(painter, self.view.viewport, quad)

    def _marks(self) -> BrushMarks:
        """Return what follows the mouse."""
        editor, view = self._editor, self.view
        hidden = self._panning or self._compares
        return BrushMarks() if hidden else BrushMarks.at(self._mouse, editor, view)

    def _move_marks(self, mouse: QPointF | None) -> None:
        """Repaint where the marks were and are."""
        before, self._mouse = self._marks(), mouse
        for rect in (*before.rects(self.view), *self._marks().rects(self.view)):
            self.update(rect)

    # The mouse.

    @property
    def _panning(self) -> bool:
        hand = self._editor.tool_settings.tool is Tool.HAND
        return hand or self._space or self._pan_from is not None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed_ms, self._pressed = event.timestamp(), True
        if self._editor.shown is None:
            return
        position, keys = event.position(), event.modifiers()
        is_left = event.button() is Qt.MouseButton.LeftButton
        find = self.guides.find
        if self._turn_key and is_left:
            self._turned_from = self.view.angle, self.view.pointer_angle(position)
        elif is_left and not self._space and (held := find(position, keys, self._gesture)):
            self.guides.begin(held.direction, held.moved)
        elif event.button() is Qt.MouseButton.MiddleButton or (is_left and self._panning):
            self._pan_from = position
            self._update_cursor()
        elif is_left and self._compares:
            self._wiping = True
            self.before_after.drag(position)
        elif is_left:
            self._press(position, keys)

    @property
    def _compares(self) -> bool:
        return self.before_after.shown is not None

    def _turn_with_pointer(self, position: QPointF) -> None:
        """Turn the view as far as the pointer has gone around its middle; it stops upright."""
        assert self._turned_from is not None
        start, pointer = self._turned_from
        angle = start + self.view.pointer_angle(position) - pointer
        straight = TURN_STOP * round(angle / TURN_STOP)
        self.view.turn(straight if abs(angle - straight) < TURN_STOP_REACH else round(angle, 1))

    def _press(
        self,
        position: QPointF,
        keys: Qt.KeyboardModifier,
        pressure: float = 1.0,
        turned: bool = False,
    ) -> None:
        """Begin or continue a gesture. turned: by the eraser end of a pen."""
        if self._gesture is None:
            self._editor.background_edits.finish()
            tool = self._editor.tool_settings.tool
            reach = HANDLE_REACH_PX / self.view.viewport.scale
            alt = bool(keys & Qt.KeyboardModifier.AltModifier)
            if turned:
                tool, alt = Tool.ERASER, False
            self._gesture = start_gesture(tool, self._editor, mode_of(keys), alt, reach)
            self.gesture_changed.emit()
        gesture = self._gesture
        gesture.keys = keys
        self._guard(lambda: gesture.press(self._tool_point(position, gesture), pressure))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        position = event.position()
        held = self._pan_from is not None or self._turned_from is not None
        if held or self.guides.is_dragging:
            self._mouse = position
        if self._pan_from is not None:
            ratio = self.view.ratio
            step = (position - self._pan_from) * ratio
            self._pan_from += QPointF(*self.view.pan(step.x(), step.y())) / ratio
        elif self.guides.is_dragging:
            self.guides.drag(position)
        elif self._turned_from is not None:
            self._turn_with_pointer(position)
        elif self._wiping:
            self.before_after.drag(position)
        else:
            self._move(position, keys=event.modifiers())

    def _move(
        self,
        position: QPointF,
        pressure: float = 1.0,
        keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        self._move_marks(position)
        point = self.view.document_point(position)
        self.pointed.emit(point)
        find = self.guides.find
        held = None if self.is_gesturing else find(position, keys, self._gesture)
        if held is not None or self._over_guide:
            self._over_guide = held is not None
            self._update_cursor()
        if self._gesture is not None:
            gesture = self._gesture
            gesture.keys = keys
            if isinstance(gesture, FrameGesture) and not self._over_guide:
                self.setCursor(gesture.cursor(point, self.view.angle))
            before = gesture.outline().isEmpty()
            place = self._tool_point(position, gesture)
            self._guard(lambda: gesture.move(place, pressure))
            if not (before and gesture.outline().isEmpty()):
                self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pressed = False
        is_left = event.button() is Qt.MouseButton.LeftButton
        is_middle = event.button() is Qt.MouseButton.MiddleButton
        if self._pan_from is not None and (is_left or is_middle):
            self._pan_from = None
            self._update_cursor()
            self.update()
        elif self.guides.is_dragging and is_left:
            self.guides.drop(event.position())
        elif self._turned_from is not None:
            self._turned_from = None
            self.update()
        elif self._wiping and is_left:
            self._wiping = False
        elif is_left:
            self._release(event.position())

    def _release(self, position: QPointF) -> None:
        if self._gesture is not None:
            gesture = self._gesture
            self._guard(lambda: gesture.release(self._tool_point(position, gesture)))
            self.update()

    def tabletEvent(self, event: QTabletEvent) -> None:
        """Handle the tip of a pen; Qt sends an ignored event again as one of the mouse."""
        kind, position = event.type(), event.position()
        tip = event.button() is Qt.MouseButton.LeftButton
        if self._editor.shown is None or self._panning or self._turn_key or self._compares:
            event.ignore()
        elif kind is QEvent.Type.TabletPress and tip:
            turned = event.pointerType() is QPointingDevice.PointerType.Eraser
            self._pen = True
            self.setFocus()  # unlike the mouse, a pen does not give it by itself
            self._press(position, event.modifiers(), event.pressure(), turned)
        elif kind is QEvent.Type.TabletMove and (self._pen or not event.buttons()):
            self._move(position, event.pressure() if self._pen else 1.0, event.modifiers())
        elif kind is QEvent.Type.TabletRelease and self._pen and tip:
            self._pen = False
            self._release(position)
        else:
            event.ignore()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        first_press_ms = self._pressed_ms
        if self._gesture is not None:
            self.finish_gesture()
        elif event.timestamp() - first_press_ms <= QApplication.doubleClickInterval():
            self.mousePressEvent(event)  # else it was a click on a bar that went away at once

    def wheelEvent(self, event: QWheelEvent) -> None:
        turn = event.angleDelta().y() or event.angleDelta().x()
        scale = self.view.viewport.scale * ZOOM_PER_WHEEL_UNIT**turn
        self.view.zoom_to(scale, event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if self._is_pressed and event.matches(QKeySequence.StandardKey.Undo):
            key = Qt.Key.Key_Escape
        match key:
            case Qt.Key.Key_Space if not event.isAutoRepeat():
                self._space = True
                self._update_cursor()
            case Qt.Key.Key_R if event.modifiers() == Qt.KeyboardModifier.ShiftModifier:
                self._turn_key = True
                self._update_cursor()
            case Qt.Key.Key_Escape if self.guides.is_dragging:
                self.guides.abort()
            case Qt.Key.Key_Escape if self._gesture is not None and self._gesture.can_abort:
                self._guard(self._gesture.abort)
                self._show_handles()
                self.update()
            case _ if self._is_pressed:
                pass  # nothing is done by keys in the middle of a drag
            case key if key in NUDGES and isinstance(self._gesture, FrameGesture):
                far = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
                way = self.view.frame_vector(*NUDGES[Qt.Key(key)])
                length = NUDGE_FAR_PX if far else 1
                # along the axis of the document that comes nearest to the arrow on the screen
                along, down = (way[0], 0.0) if abs(way[0]) >= abs(way[1]) else (0.0, way[1])
                self._gesture.nudge(
                    round(math.copysign(length, along)) if along else 0,
                    round(math.copysign(length, down)) if down else 0,
                )
            case Qt.Key.Key_Escape if self.before_after.is_of_original:
                self.before_after.compare_original(False)
            case Qt.Key.Key_Escape if self._editor.retouch_work.is_pending:
                self._editor.retouch_work.stop()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if (
                self._gesture is not None and self._gesture.can_abort
            ):
                self.finish_gesture()
            case _:
                super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
            self._update_cursor()
        elif event.key() == Qt.Key.Key_R and self._turn_key and not event.isAutoRepeat():
            self._turn_key = False
            self._update_cursor()
        else:
            super().keyReleaseEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._mouse = event.position()
        self._update_cursor()

    def leaveEvent(self, event: QEvent) -> None:
        self._move_marks(None)
        self.pointed.emit(None)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        # The key or the button may be let go elsewhere.
        self._space = self._turn_key = self._pressed = False

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.StyleChange:
            self.frame.redraw()  # the ground around the photo has another color

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.WindowActivate and self._outline is not None:
            self.update()  # the dashes move on
        override = event.type() is QEvent.Type.ShortcutOverride
        if override and self._is_pressed:
            event.accept()  # commands would change what is being dragged
            return True
        if override and self.before_after.filled_box and isinstance(event, QKeyEvent):
            is_plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
            if is_plain and event.key() == Qt.Key.Key_W:
                event.accept()  # it ends the comparison, and chooses no tool
                return True
        return super().event(event)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._march.stop()
        self.frame.release()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.view.resize(event, keep_fitted=not self.is_gesturing)

    def _guard(self, verb: Callable[[], object]) -> None:
        """Call a step of a gesture; its GlideError is shown, not raised."""
        try:
            verb()
        except GlideError as error:
            self._editor.notify_error(error)
            if self._gesture is not None and not self._gesture.standing:
                self._gesture.live = False
        if self._gesture is not None and not self._gesture.live:
            self._gesture = None
            self.gesture_changed.emit()
            if self._outline is not None:
                self.update()  # traced again after the gesture

    def _update_cursor(self) -> None:
        if self._pan_from is not None:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif self._over_guide and self._mouse is not None:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        elif self._turn_key:
            self.setCursor(Qt.CursorShape.SizeAllCursor)
        elif self._panning:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        elif self._compares:
            self.setCursor(Qt.CursorShape.SplitHCursor)
        elif isinstance(self._gesture, FrameGesture) and self._mouse is not None:
            point = self.view.document_point(self._mouse)
            self.setCursor(self._gesture.cursor(point, self.view.angle))
        elif is_brush(self._editor.tool_settings):
            # A ring of a few pixels alone would be hard to find on a busy photo.
            small = self._editor.tool_settings.size * self.view.viewport.scale < 8
            self.setCursor(Qt.CursorShape.CrossCursor if small else Qt.CursorShape.BlankCursor)
        else:
            self.setCursor(Qt.CursorShape.CrossCursor)


def _fits(gesture: Gesture, tool: Tool) -> bool:
    """Tell if a standing gesture is the one of a tool."""
    if isinstance(gesture, ExtendGesture):
        return tool is Tool.EXTEND
    return tool is (Tool.CROP if isinstance(gesture, CropGesture) else Tool.TRANSFORM)


def mode_of(keys: Qt.KeyboardModifier) -> CombineMode | None:
    """Return how a shape combines with the mask: Alt subtracts, Shift adds, both intersect.

    None stands for the mode of the options bar.
    """
    alt = bool(keys & Qt.KeyboardModifier.AltModifier)
    if keys & Qt.KeyboardModifier.ShiftModifier:
        return "intersect" if alt else "union"
    return "subtract" if alt else None
