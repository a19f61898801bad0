"""`Canvas`: the widget that shows the document and takes the mouse."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPointingDevice,
    QResizeEvent,
    QTabletEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QStyle, QWidget

from glide_studio.document.document import Document
from glide_studio.document.document_thumbnail import MASK_OPACITY, MASK_TINT
from glide_studio.document.guides import NO_GUIDES, Guides
from glide_studio.document.selection import CombineMode
from glide_studio.document.transform import Axis
from glide_studio.editor.editor import Editor
from glide_studio.editor.result_actions import RenderedBox
from glide_studio.editor.settings import Tool, ToolSettings
from glide_studio.editor.state import DirtyRegion
from glide_studio.errors import GlideError
from glide_studio.imaging.display import make_display_transform
from glide_studio.imaging.geometry import Box, Point, Size
from glide_studio.translation import translate
from glide_studio.ui import theme
from glide_studio.ui.canvas.canvas_tools import ExtendGesture, start_gesture
from glide_studio.ui.canvas.display_pyramid import CompositePyramid, MaskPyramid
from glide_studio.ui.canvas.frame_buffer import FILLED_SHARE, FrameBuffer
from glide_studio.ui.canvas.frame_gestures import (
    SNAP_SHARE,
    CropGesture,
    FrameGesture,
    snap_point,
)
from glide_studio.ui.canvas.gesture import Gesture
from glide_studio.ui.canvas.layer_preview import LayerPreview
from glide_studio.ui.canvas.mask_outline import MaskOutline
from glide_studio.ui.canvas.overlays import (
    SOURCE_MARK_PX,
    BeforeAfterWipe,
    JobPreview,
    draw_guides,
    draw_large_ring,
    draw_outlined,
    draw_pixel_grid,
    draw_source_mark,
)
from glide_studio.ui.canvas.viewport import Viewport, ViewRotation

ZOOM_PER_WHEEL_UNIT = 1.0012  # a notch of the wheel is 120 units
QUICK_INTERVAL_S = 0.15  # views that follow each other faster than this are drawn quickly
COMPOSE_S, QUICK_COMPOSE_S = 0.006, 0.002  # for layers in one frame, at rest and while moving
LARGE_RING_PX = 240  # in device pixels
SMOOTH_DELAY_MS = 80  # until a quickly drawn view is drawn smoothly
MARCH_MS = 125  # between two steps of the dashes along the mask's edge
REFINE_PAUSE_MS = 4  # for other events between two rounds of composing
GUIDE_REACH_PX = 4  # distance that counts as on a guide, in units of the screen
HANDLE_REACH_PX = 9  # distance that counts as on a handle or a first corner, in device pixels
BRUSH_TOOLS = (
    Tool.BRUSH,
    Tool.ERASER,
    Tool.REMOVE,
    Tool.HEAL,
    Tool.CLONE,
    Tool.PAINT,
    Tool.ERASE_PIXELS,
)
STANDING_TOOLS = (Tool.EXTEND, Tool.TRANSFORM, Tool.CROP)  # their handles show before a press
CROP_SHADE = QColor(0, 0, 0, 150)  # over what will be cut off
NUDGES = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
TURN_STOP, TURN_STOP_REACH = 90.0, 2.0  # degrees: near to which angles a turned view stops at them
EXTEND_ROOM = 0.15  # of the canvas's shorter side, around a photo that is to be extended
NUDGE_FAR_PX = 10  # by an arrow key with Shift
GRID_SCALE = 8  # from which the pixel grid is drawn, in units of the screen
WIPE_MARGIN_PX = 2  # around the filled area, in document pixels
WIPE_SIDE_PX = 1500  # of the photo's picture in the wipe


class GuideDrag(NamedTuple):
    """A guide that is dragged. moved: where it stands in the document, None for a new one."""

    direction: Axis
    moved: float | None


class Canvas(QWidget):
    """Pan by the middle button, the space bar or the hand; zoom by the wheel; turn by Shift+R."""

    viewport_changed = Signal()
    pointed = Signal(object)  # Point | None: what is under the mouse
    painted = Signal()  # a frame is on the screen
    gesture_changed = Signal()  # a gesture has begun or ended

    def __init__(self, editor: Editor, reserve_below: Callable[[], int] = lambda: 0) -> None:
        """reserve_below: height at the lower edge that a picture seen whole leaves free."""
        super().__init__()
        self._editor = editor
        self._reserve_below = reserve_below
        self._viewport = Viewport(Size(1, 1), Size(1, 1))
        self._rotation = ViewRotation(0.0, Size(1, 1))
        self._composite: CompositePyramid | None = None
        self._mask: MaskPyramid | None = None
        self._frame: FrameBuffer | None = None
        self._screen: bytes | None = None
        self._stale: list[Box] = []
        self._stale_mask: list[Box] = []
        self._is_quick = False
        self._view_changed_at = 0.0  # when the view was last changed
        self._mask_wanted = True
        self._outline: MaskOutline | None = None  # None while it is not wanted
        self._grid_wanted = True
        self._guides_wanted = self._snaps = True
        self._guide: GuideDrag | None = None
        self._over_guide = False  # the pointer would take hold of a guide
        self._mask_tint: tuple[tuple[int, int, int], float] = (MASK_TINT, MASK_OPACITY)
        self._fitted = True
        self._window_size = QSize()  # when the canvas was laid out last
        self._place = QPoint()  # of the canvas in its window, then
        self._revealed: tuple[Viewport, Viewport] | None = None  # before and after `reveal`
        self._gesture: Gesture | None = None
        self._pan_from: QPointF | None = None
        self._space = False
        self._turn_key = False  # Shift+R is held
        self._turned_from: tuple[float, float] | None = None  # angles of the view and the pointer
        self._pen = False  # down
        self._mouse: QPointF | None = None
        self._preview: JobPreview | None = None
        self._moved_layers: LayerPreview | None = None
        self._tool = editor.tool_settings.tool
        self._wipe: BeforeAfterWipe | None = None
        self._wiping = False  # the line is being dragged
        self._refine = QTimer(self, singleShot=True, interval=REFINE_PAUSE_MS)
        self._refine.timeout.connect(self._refine_some)
        self._smooth = QTimer(self, singleShot=True, interval=SMOOTH_DELAY_MS)
        self._smooth.timeout.connect(self.redraw)
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
        editor.document_changed.connect(self._document_changed)
        editor.jobs_changed.connect(lambda job: self._show_preview())
        editor.candidates_changed.connect(self._show_preview)
        editor.settings_changed.connect(self._tools_changed)
        editor.retouch.changed.connect(self.update)
        editor.retouch_work.changed.connect(self.update)
        editor.transform.changed.connect(self._frame_changed)
        editor.layers.chosen_changed.connect(self._follow_chosen_layers)
        editor.crop.changed.connect(self._frame_changed)
        if editor.shown is not None:
            self._document_changed(None, editor.shown, DirtyRegion(mask=True, whole=True))

    # What is shown.

    @property
    def viewport(self) -> Viewport:
        """Where the image lies on the widget."""
        return self._viewport

    def widget_rect(self, box: Box) -> QRect:
        """Return where a box of the document appears on the widget."""
        return self._logical(self._viewport.device_box(box))

    def document_point(self, position: QPointF | QPoint) -> Point:
        """Return the document's point under a position on the widget."""
        return self._viewport.to_document(*self._frame_position(QPointF(position)))

    def widget_point(self, point: Point) -> QPointF:
        """Return where a point of the document appears on the widget."""
        place = self._rotation.to_widget(*self._viewport.to_device(point))
        return QPointF(*place) / self.devicePixelRatioF()

    def fit(self) -> None:
        """Show the whole image."""
        self._fitted = True
        self._set_view(self._fit(self._viewport))

    def refit(self) -> None:
        """Fit an image that is seen whole again, since the room for it may have changed."""
        if self._fitted and not self.is_gesturing:
            self._set_view(self._fit(self._viewport))

    @property
    def angle(self) -> float:
        """Degrees, clockwise, by which the view is turned: above -180, up to 180."""
        return self._rotation.angle

    def turn_view(self, angle: float) -> None:
        """Turn the view about the middle of the widget to an angle, degrees clockwise.

        The document stays as it is.
        """
        angle = -((180 - angle) % 360 - 180)
        if angle == self.angle:
            return
        self._rotation = ViewRotation(angle, self._rotation.widget)
        self._viewport = self._viewport.resize(self._rotation.frame)
        if self._fitted:
            self._viewport = self._fit(self._viewport)
        self.redraw()
        self._update_cursor()
        self.viewport_changed.emit()

    def _fit(self, viewport: Viewport) -> Viewport:
        """Return the view of the whole image, with room to drag outward for the Extend tool."""
        below = round(self._reserve_below() * self.devicePixelRatioF())
        if self._tool is not Tool.EXTEND:
            return self._rotation.fit(viewport, below=below)
        widget = self._rotation.widget
        margin = round(EXTEND_ROOM * min(widget.width, widget.height))
        return self._rotation.fit(viewport, margin, below)

    def reveal(self, box: Box) -> None:
        """Move the image as little as possible so that a box of the document is in view."""
        device = self._rotation.widget_box(self._viewport.device_box(box))
        size = self._rotation.widget
        dx = _shift_into(device.x, device.right, size.width)
        dy = _shift_into(device.y, device.bottom, size.height)
        if dx or dy:
            before, fitted = self._viewport, self._fitted
            self.pan(dx, dy)
            self._revealed, self._fitted = (before, self._viewport), fitted

    def zoom_to(self, scale: float) -> None:
        """Show the image at a scale, around the center of the widget."""
        x, y = self._center()
        self._set_view(self._viewport.zoom(scale, x, y))

    def zoom_step(self, direction: int) -> None:
        """Zoom in (1) or out (-1) by one round scale."""
        self._set_view(self._viewport.zoom_step(direction, *self._center()))

    def pan(self, dx: float, dy: float) -> tuple[float, float]:
        """Move the image by device pixels of the widget; return by how many it was moved.

        That differs by a part of a pixel in a turned view.
        """
        along, down = (round(way) for way in self._rotation.vector_to_frame(dx, dy))
        self._pan_frame(along, down)
        return self._rotation.vector_to_widget(along, down)

    def _pan_frame(self, dx: int, dy: int) -> None:
        """Move the frame's image; drawn pixels are shifted, only new ones are drawn."""
        before, self._viewport = self._viewport, self._viewport.pan(dx, dy)
        dx, dy = self._viewport.left - before.left, self._viewport.top - before.top
        if self._frame is not None and (dx or dy):
            self._fitted = False
            clean = not (self._stale or self._stale_mask)
            boxes = self._frame.scroll(dx, dy) if clean else [self._viewport.size.box]
            self._stale += boxes
            self.update()
            self.viewport_changed.emit()

    def show_mask(self, shown: bool) -> None:
        """Show or hide the tint over the painted mask."""
        self._mask_wanted = shown
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

    def show_guides(self, shown: bool) -> None:
        """Show or hide the guides; nothing snaps to hidden ones."""
        self._guides_wanted = shown
        self.update()

    def snap_to_guides(self, snaps: bool) -> None:
        """Let what is moved, cropped or drawn go to guides that are near, or not."""
        self._snaps = snaps

    def begin_guide(self, direction: Axis, moved: float | None = None) -> None:
        """Begin to drag a guide. moved: where it stands, None for a new one."""
        if self._editor.history is not None and (moved is not None or self._guides_wanted):
            self._guide = GuideDrag(direction, moved)

    def drag_guide(self, position: QPointF) -> None:
        """Show the dragged guide under a position on the canvas."""
        drag = self._guide
        if drag is None:
            return
        if self.rect().contains(position.toPoint()):
            place = self._guide_place(drag, position)
            self._guard(lambda: self._editor.guides.preview(drag.direction, place, drag.moved))
        else:
            self._editor.guides.stop_preview()

    def drop_guide(self, position: QPointF) -> None:
        """Leave the dragged guide there; outside of the canvas it is deleted."""
        drag, self._guide, guides = self._guide, None, self._editor.guides
        if drag is None:
            return
        place = self._guide_place(drag, position)
        if not self.rect().contains(position.toPoint()):
            guides.stop_preview()
            if drag.moved is not None:
                guides.remove(drag.direction, drag.moved)
        elif drag.moved is None:
            self._guard(lambda: guides.add(drag.direction, place))
        else:
            guides.move(drag.direction, drag.moved, place)
        self._update_cursor()

    def _guide_place(self, drag: GuideDrag, position: QPointF) -> float:
        point = self.document_point(position)
        return float(round(point.y if drag.direction == "horizontal" else point.x))

    def _guide_at(self, position: QPointF, keys: Qt.KeyboardModifier) -> GuideDrag | None:
        """Find the guide that a press takes hold of: by the hand, by Transform, or with Ctrl."""
        shown, gesture = self._editor.shown, self._gesture
        tool, control = self._editor.tool_settings.tool, Qt.KeyboardModifier.ControlModifier
        free = tool in (Tool.HAND, Tool.TRANSFORM) or keys & control
        if shown is None or not (self._guides_wanted and free and shown.guides):
            return None
        if isinstance(gesture, FrameGesture):
            grip = gesture.grip_at(self.document_point(position))
            if grip is not None and grip[0] in ("corner", "side"):
                return None
        x, y = self._frame_position(position)
        reach = GUIDE_REACH_PX * self.devicePixelRatioF()
        for at in shown.guides.vertical:
            if abs(self._viewport.to_device(Point(at, 0))[0] - x) <= reach:
                return GuideDrag("vertical", at)
        for at in shown.guides.horizontal:
            if abs(self._viewport.to_device(Point(0, at))[1] - y) <= reach:
                return GuideDrag("horizontal", at)
        return None

    def _snap_guides(self) -> Guides:
        """Return the guides that things snap to now."""
        shown = self._editor.shown
        wanted = self._snaps and self._guides_wanted and shown is not None
        return shown.guides if wanted and shown is not None else NO_GUIDES

    def _tool_point(self, position: QPointF, gesture: Gesture) -> Point:
        """Return the document's point for a gesture, drawn to a guide that is near."""
        gesture.guides = guides = self._snap_guides()
        point = self.document_point(position)
        near = HANDLE_REACH_PX * self.devicePixelRatioF() * SNAP_SHARE / self._viewport.scale
        return snap_point(point, guides, near) if gesture.snaps and guides else point

    def set_mask_tint(self, color: QColor, opacity: float) -> None:
        """Tint the painted mask; opacity: 0 .. 1 where the mask is full."""
        self._mask_tint = (color.red(), color.green(), color.blue()), opacity
        self._tint()

    @property
    def screen_profile(self) -> bytes | None:
        """The profile of the display; None means sRGB."""
        return self._screen

    @property
    def wipe(self) -> BeforeAfterWipe | None:
        """What compares the photo with the previewed candidate; None while it is off."""
        return self._wipe

    def show_wipe(self, on: bool) -> None:
        """Draw the photo as it is up to a line across the previewed candidate."""
        chooses = on and self._editor.generation.current is not None
        box = self._editor.results.filled_box() if chooses else None
        self._wipe = wipe = None if box is None else BeforeAfterWipe(box)
        self.update()
        if wipe is None or box is None:
            return

        def put(rendered: RenderedBox) -> None:
            unit = 1 << rendered.level
            part = rendered.box
            place = Box(part.x * unit, part.y * unit, part.width * unit, part.height * unit)
            pixels = make_display_transform(rendered.profile, self._screen)(rendered.pixels)
            wipe.put(pixels, place)
            self.update()

        self._editor.results.render(None, box.pad(WIPE_MARGIN_PX), WIPE_SIDE_PX, put)

    def move_wipe(self, by: float) -> None:
        """Move the line of `show_wipe` by a share of the filled area."""
        if self._wipe is not None:
            self._wipe.position = min(1.0, max(0.0, self._wipe.position + by))
            self.update()

    def show_in(self, screen: bytes | None) -> None:
        """Show colors in the profile of a display; None means sRGB."""
        if screen != self._screen:
            self._screen = screen
            if self._composite is not None and self._editor.shown is not None:
                shown = self._editor.shown
                self._composite.reset(shown, make_display_transform(shown.icc, screen))
                self.redraw()

    def redraw(self) -> None:
        """Draw everything again."""
        self._stale = [self._viewport.size.box]
        self._stale_mask = []
        self._is_quick = False
        self.update()

    def _set_view(self, viewport: Viewport) -> None:
        if viewport != self._viewport:
            self._fitted = self._fitted and viewport == self._fit(viewport)
            self._viewport = viewport
            if self._gesture is not None:
                self._gesture.reach = HANDLE_REACH_PX / viewport.scale
            self.redraw()
            before, self._view_changed_at = self._view_changed_at, time.perf_counter()
            self._is_quick = self._view_changed_at - before < QUICK_INTERVAL_S
            self.viewport_changed.emit()

    def _center(self) -> tuple[float, float]:
        return self._viewport.size.width / 2, self._viewport.size.height / 2

    def _document_changed(
        self, before: Document | None, after: Document, dirty: DirtyRegion
    ) -> None:
        if self._composite is None or self._mask is None:
            self._composite = CompositePyramid(
                after, make_display_transform(after.icc, self._screen)
            )
            self._mask = MaskPyramid(after.selection)
            self._frame = FrameBuffer(self._composite, self._mask)
        elif dirty.whole:
            self._composite.reset(after, make_display_transform(after.icc, self._screen))
            self._mask.reset(after.selection)
        if dirty.whole:
            self._viewport = Viewport(self._viewport.size, after.size)
            self.fit()
            self.redraw()
            if self._gesture is not None and self._gesture.standing:
                self._gesture = None
            self._show_handles()
            return
        if dirty.pixels:
            self._composite.update(after, dirty.pixels)
            for box in dirty.pixels:
                self._touch(box, self._stale)
        if dirty.mask:
            for box in self._mask.update(after.selection):
                self._touch(box, self._stale_mask)
        if before is not None and before.guides != after.guides:
            self.update()
        self._tint()
        self._follow_chosen_layers()

    def _tint(self) -> None:
        """Show no tint over a previewed candidate, and a fainter one over a filled mask."""
        if self._frame is None:
            return
        color, opacity = self._mask_tint
        if self._outline is not None and not self.is_gesturing:
            self.update()
        if not self._mask_wanted or self._covers_mask():
            opacity = 0.0
        elif self._editor.generation.is_filled:
            opacity *= FILLED_SHARE
        if (color, opacity) != (self._frame.tint, self._frame.tint_opacity):
            self._frame.tint, self._frame.tint_opacity = color, opacity
            self._stale_mask = [self._viewport.size.box]
            self.update()

    def _covers_mask(self) -> bool:
        """Tell if a picture is looked at that stands for what is under the mask."""
        generation = self._editor.generation
        if generation.previewed or generation.draft:
            return True
        runs = self._preview is not None and not generation.is_filled
        return runs and generation.is_being_filled

    def _touch(self, box: Box, stale: list[Box]) -> None:
        if box.empty:
            return
        # Interpolation, which there is between levels alone, reaches one pixel of the level beyond.
        beyond = 1 << self._viewport.level if self._viewport.scale < 1 else 0
        device = self._viewport.device_box(box.pad(beyond))
        device = device.clamp(self._viewport.size.box)
        if not device.empty:
            stale.append(device)
            self.update(self._logical(device))

    def _show_preview(self) -> None:
        """Draw the draft that is being looked at, else the newest preview of what runs."""
        generation, before = self._editor.generation, self._preview
        job, draft, active = generation.current, generation.draft, generation.jobs.active
        placement = self._editor.generation_settings.placement
        self._preview = None
        if job is not None and draft is not None:
            self._preview = JobPreview.of(job, draft.image, placement, before)
        elif active is not None and active.previews:
            self._preview = JobPreview.of(active, active.previews[0], placement, before)
        if self._preview or before:
            self._tint()
        if self._preview is not before:
            self.update()

    def _tools_changed(self) -> None:
        before, self._tool = self._tool, self._editor.tool_settings.tool
        if before is not self._tool:
            if before is Tool.TRANSFORM:
                self._editor.transform.apply()
            elif before is Tool.CROP:
                self._editor.crop.drop()
            if self._fitted and Tool.EXTEND in (before, self._tool):
                self.fit()
        self._show_handles()
        self._update_cursor()
        self.update()

    def _show_handles(self) -> None:
        """Show the handles of the active tool if it has any."""
        tool, gesture = self._editor.tool_settings.tool, self._gesture
        stands = tool in STANDING_TOOLS and self._editor.history is not None
        if gesture is not None and gesture.standing and not (stands and _fits(gesture, tool)):
            gesture = self._gesture = None
        if stands and gesture is None:
            reach = HANDLE_REACH_PX / self._viewport.scale
            self._gesture = start_gesture(tool, self._editor, None, False, reach)
            self._gesture.reach = reach
            if tool is Tool.CROP:
                self._editor.crop.begin()
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
        if self._mouse is not None:
            self._update_cursor()
        self.update()

    @property
    def is_gesturing(self) -> bool:
        """True while a stroke or a shape is being drawn."""
        return self._gesture is not None and not self._gesture.standing

    def finish_gesture(self) -> None:
        """Complete a gesture that waits for it, as Enter does: a polygon, extended edges."""
        if self._gesture is not None:
            self._guard(self._gesture.close)
            self._show_handles()
            self.update()

    # Painting.

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._frame is None:
            painter.fillRect(event.rect(), QColor(theme.BACKGROUND))
            painter.end()
            return
        self._redraw_stale()
        ratio = self.devicePixelRatioF()
        painter.setClipRegion(event.region())
        for rect in event.region():  # type: ignore[attr-defined]  # the stubs lack __iter__
            source = QRectF(
                rect.x() * ratio, rect.y() * ratio, rect.width() * ratio, rect.height() * ratio
            )
            if self.angle == 0:
                painter.drawImage(QRectF(rect), self._frame.image, source)
            else:
                self._paint_turned(painter, source.toAlignedRect(), ratio)
        self._paint_overlays(painter, ratio)
        painter.end()
        self.painted.emit()

    def _paint_turned(self, painter: QPainter, rect: QRect, ratio: float) -> None:
        """Draw what a turned view shows in a part of the widget, in its device pixels."""
        assert self._frame is not None
        seen = Box(rect.x(), rect.y(), rect.width(), rect.height())
        part = self._rotation.frame_box(seen).pad(2).clamp(self._viewport.size.box)
        place = QRectF(part.x, part.y, part.width, part.height)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setTransform(self._view_transform(ratio))
        painter.drawImage(place, self._frame.image, place)
        painter.restore()

    def _view_transform(self, ratio: float) -> QTransform:
        """Return what maps the frame's pixels to the widget's logical ones."""
        frame, widget = self._viewport.size, self._rotation.widget
        result = QTransform.fromScale(1 / ratio, 1 / ratio)
        if self.angle != 0:
            result.translate(widget.width / 2, widget.height / 2)
            result.rotate(self.angle)
            result.translate(-frame.width / 2, -frame.height / 2)
        return result

    def _redraw_stale(self) -> None:
        assert self._frame is not None
        until = time.perf_counter() + (QUICK_COMPOSE_S if self._is_quick else COMPOSE_S)
        fine = True
        for box in disjoint(self._stale):
            drawn = self._frame.draw(self._viewport, box, until=until, quick=self._is_quick)
            fine = drawn and fine
        for box in disjoint(self._stale_mask):
            self._frame.draw_mask(self._viewport, box, quick=self._is_quick)
        if self._is_quick and self._stale:
            self._smooth.start()
        elif not fine:
            self._refine.start()
        self._stale.clear()
        self._stale_mask.clear()

    def _refine_some(self) -> None:
        """Compose some of the parts that were drawn from coarser pixels, and draw only these."""
        if self._frame is not None:
            boxes = self._frame.refine(self._viewport, time.perf_counter() + QUICK_COMPOSE_S)
            for box in boxes:
                self._stale.append(box)
                self.update(self._logical(box))
            if boxes:
                self._refine.start()

    def _paint_overlays(self, painter: QPainter, ratio: float) -> None:
        painter.setTransform(self._view_transform(ratio))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._grid_wanted and self._viewport.scale >= GRID_SCALE * ratio:
            draw_pixel_grid(painter, self._viewport)
        if self._preview is not None:
            self._preview.paint(painter, self._viewport)
        self._paint_moved_layers(painter)
        self._paint_outline(painter, ratio)
        shown = self._editor.shown
        if self._guides_wanted and shown is not None and shown.guides:
            draw_guides(painter, self._viewport, shown.guides)
        if self._wipe is not None and self._editor.generation.previewed is not None:
            self._wipe.paint(painter, self._viewport, ratio)
        if self._gesture is not None:
            view = self._viewport
            place = QTransform(view.scale, 0, 0, view.scale, view.left, view.top)
            if isinstance(self._gesture, CropGesture):
                painter.fillPath(place.map(self._gesture.shade()), CROP_SHADE)
            path = place.map(self._gesture.outline())
            draw_outlined(painter, lambda: painter.drawPath(path), ratio)
        source = self._source_mark()
        if source is not None:
            draw_source_mark(painter, source, ratio)
        ring = self._ring()
        if ring is not None:
            # Smoothing a large circle costs more than the whole frame and is hardly visible.
            small = ring.width() < LARGE_RING_PX
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, small)
            if small:
                draw_outlined(painter, lambda: painter.drawEllipse(ring), ratio)
            else:
                draw_large_ring(painter, ring)

    def _paint_outline(self, painter: QPainter, ratio: float) -> None:
        """Draw the mask's edge, traced again only while no stroke, pan or turn is in progress."""
        outline, mask, shown = self._outline, self._mask, self._editor.shown
        if outline is None or mask is None or shown is None or self._covers_mask():
            return
        held = self._pan_from is not None or self._turned_from is not None
        if not (held or self.is_gesturing or self._is_quick):
            outline.trace(shown.selection, mask, self._viewport, max(1, round(ratio)))
        outline.paint(painter, self._viewport)
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
        self.update(self._logical(self._outline.box))

    def _paint_moved_layers(self, painter: QPainter) -> None:
        """Draw the layers that the Transform tool moves where they will be."""
        transform, level = self._editor.transform, self._viewport.level
        quad = transform.quad
        if quad is None or not transform.is_changed:
            return
        drawn, parts = self._moved_layers, transform.preview_parts
        if drawn is None or drawn.parts != parts or drawn.wanted_level != level:
            document = self._editor.document
            display = make_display_transform(document.icc, self._screen)
            self._moved_layers = drawn = LayerPreview(document, parts, quad.box, level, display)
        drawn.paint(painter, self._viewport, quad)

    def _ring(self) -> QRectF | None:
        """Return the outline of the brush under the mouse, in pixels of the frame."""
        tools = self._editor.tool_settings
        painting = is_brush(tools) and not self._panning
        if self._mouse is None or not painting:
            return None
        x, y = self._frame_position(self._mouse)
        radius = max(1.5, tools.size * self._viewport.scale / 2)
        return QRectF(x - radius, y - radius, 2 * radius, 2 * radius)

    def _source_mark(self) -> QPointF | None:
        """Return where Heal and Clone take pixels from, in the frame; None if undecided."""
        retouching = self._editor.retouch
        if self._editor.tool_settings.tool not in (Tool.HEAL, Tool.CLONE) or self._panning:
            return None
        point, offset = retouching.source_point, retouching.source_offset
        if point is None:
            return None
        if offset is not None:
            if self._mouse is None:
                return None
            here = self.document_point(self._mouse)
            point = Point(here.x + offset[0], here.y + offset[1])
        return QPointF(*self._viewport.to_device(point))

    def _brush_marks(self) -> list[QRectF]:
        """Return the boxes of all marks that follow the mouse, in pixels of the frame."""
        ring, source = self._ring(), self._source_mark()
        marks = [] if ring is None else [ring]
        if source is not None:
            arm = SOURCE_MARK_PX * self.devicePixelRatioF()
            marks.append(QRectF(source.x() - arm, source.y() - arm, 2 * arm, 2 * arm))
        return marks

    def _update_marks(self, before: list[QRectF]) -> None:
        """Repaint where the marks were and are."""
        for mark in (*before, *self._brush_marks()):
            rect = mark.toAlignedRect()
            box = Box(rect.x(), rect.y(), rect.width(), rect.height())
            self.update(self._logical(box).adjusted(-3, -3, 3, 3))

    # The mouse.

    @property
    def _panning(self) -> bool:
        hand = self._editor.tool_settings.tool is Tool.HAND
        return hand or self._space or self._pan_from is not None

    def _frame_position(self, position: QPointF) -> tuple[float, float]:
        """Map a position on the widget to one in the frame."""
        position = position * self.devicePixelRatioF()
        return self._rotation.to_frame(position.x(), position.y())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        middle = event.button() is Qt.MouseButton.MiddleButton
        if self._editor.shown is None:
            return
        if self._turn_key and event.button() is Qt.MouseButton.LeftButton:
            self._turned_from = self.angle, self._pointer_angle(event.position())
        elif (
            event.button() is Qt.MouseButton.LeftButton
            and not self._space
            and (held := self._guide_at(event.position(), event.modifiers()))
        ):
            self.begin_guide(held.direction, held.moved)
        elif middle or (event.button() is Qt.MouseButton.LeftButton and self._panning):
            self._pan_from = event.position()
            self._update_cursor()
        elif event.button() is Qt.MouseButton.LeftButton and self._is_on_wipe(event.position()):
            self._wiping = True
        elif event.button() is Qt.MouseButton.LeftButton:
            self._press(event.position(), event.modifiers())

    def _is_on_wipe(self, position: QPointF) -> bool:
        """Tell whether a position is on the line of `show_wipe`."""
        if self._wipe is None or self._editor.generation.previewed is None:
            return False
        reach = HANDLE_REACH_PX * self.devicePixelRatioF()
        line = self._wipe.line(self._viewport)
        return line.adjusted(-reach, 0, reach, 0).contains(*self._frame_position(position))

    def _pointer_angle(self, position: QPointF) -> float:
        """Return the direction of a position from the middle of the widget, degrees clockwise."""
        away = position - QPointF(self.width() / 2, self.height() / 2)
        return math.degrees(math.atan2(away.y(), away.x()))

    def _turn_with_pointer(self, position: QPointF) -> None:
        """Turn the view as far as the pointer has gone around its middle; it stops upright."""
        assert self._turned_from is not None
        start, pointer = self._turned_from
        angle = start + self._pointer_angle(position) - pointer
        straight = TURN_STOP * round(angle / TURN_STOP)
        self.turn_view(straight if abs(angle - straight) < TURN_STOP_REACH else round(angle, 1))

    def _press(
        self,
        position: QPointF,
        keys: Qt.KeyboardModifier,
        pressure: float = 1.0,
        turned: bool = False,
    ) -> None:
        """Begin or continue a gesture. turned: by the eraser end of a pen."""
        if self._gesture is None:
            tool, reach = self._editor.tool_settings.tool, HANDLE_REACH_PX / self._viewport.scale
            alt = bool(keys & Qt.KeyboardModifier.AltModifier)
            if turned:
                tool, alt = Tool.ERASER, False
            self._gesture = start_gesture(tool, self._editor, mode_of(keys), alt, reach)
            self.gesture_changed.emit()
        gesture = self._gesture
        gesture.keys = keys
        self._guard(lambda: gesture.press(self._tool_point(position, gesture), pressure))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pan_from is not None:
            self._mouse = event.position()
            ratio = self.devicePixelRatioF()
            step = (event.position() - self._pan_from) * ratio
            self._pan_from += QPointF(*self.pan(step.x(), step.y())) / ratio
            return
        if self._guide is not None:
            self._mouse = event.position()
            self.drag_guide(event.position())
            return
        if self._turned_from is not None:
            self._mouse = event.position()
            self._turn_with_pointer(event.position())
            return
        if self._wiping and self._wipe is not None:
            self._wipe.move_to(self._frame_position(event.position())[0], self._viewport)
            self.update()
            return
        self._move(event.position(), keys=event.modifiers())

    def _move(
        self,
        position: QPointF,
        pressure: float = 1.0,
        keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        marks = self._brush_marks()
        self._mouse = position
        self._update_marks(marks)
        point = self.document_point(position)
        self.pointed.emit(point)
        held = (
            None if self._gesture and not self._gesture.standing else self._guide_at(position, keys)
        )
        if held is not None or self._over_guide:
            self._over_guide = held is not None
            self._update_cursor()
        if self._gesture is not None:
            gesture = self._gesture
            gesture.keys = keys
            if isinstance(gesture, FrameGesture) and not self._over_guide:
                self.setCursor(gesture.cursor(point, self.angle))
            before = gesture.outline().isEmpty()
            place = self._tool_point(position, gesture)
            self._guard(lambda: gesture.move(place, pressure))
            if not (before and gesture.outline().isEmpty()):
                self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pan_from is not None and event.button() in (
            Qt.MouseButton.MiddleButton,
            Qt.MouseButton.LeftButton,
        ):
            self._pan_from = None
            self._update_cursor()
            self.update()
        elif self._guide is not None and event.button() is Qt.MouseButton.LeftButton:
            self.drop_guide(event.position())
        elif self._turned_from is not None:
            self._turned_from = None
            self.update()
        elif self._wiping and event.button() is Qt.MouseButton.LeftButton:
            self._wiping = False
        elif event.button() is Qt.MouseButton.LeftButton:
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
        if self._editor.shown is None or self._panning or self._turn_key:
            event.ignore()
        elif kind is QEvent.Type.TabletPress and tip:
            turned = event.pointerType() is QPointingDevice.PointerType.Eraser
            self._pen = True
            self._press(position, event.modifiers(), event.pressure(), turned)
        elif kind is QEvent.Type.TabletMove and (self._pen or not event.buttons()):
            self._move(position, event.pressure() if self._pen else 1.0, event.modifiers())
        elif kind is QEvent.Type.TabletRelease and self._pen and tip:
            self._pen = False
            self._release(position)
        else:
            event.ignore()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._gesture is not None:
            self.finish_gesture()
        else:
            self.mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        turn = event.angleDelta().y() or event.angleDelta().x()
        scale = self._viewport.scale * ZOOM_PER_WHEEL_UNIT**turn
        self._set_view(self._viewport.zoom(scale, *self._frame_position(event.position())))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Space if not event.isAutoRepeat():
                self._space = True
                self._update_cursor()
            case Qt.Key.Key_R if event.modifiers() == Qt.KeyboardModifier.ShiftModifier:
                self._turn_key = True
                self._update_cursor()
            case Qt.Key.Key_Escape if self._guide is not None:
                self._guide = None
                self._editor.guides.stop_preview()
            case Qt.Key.Key_Escape if self._gesture is not None:
                self._guard(self._gesture.abort)
                self._show_handles()
                self.update()
            case key if key in NUDGES and isinstance(self._gesture, FrameGesture):
                far = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
                way = self._rotation.vector_to_frame(*NUDGES[Qt.Key(key)])
                length = NUDGE_FAR_PX if far else 1
                # along the axis of the document that comes nearest to the arrow on the screen
                along, down = (way[0], 0.0) if abs(way[0]) >= abs(way[1]) else (0.0, way[1])
                self._gesture.nudge(
                    round(math.copysign(length, along)) if along else 0,
                    round(math.copysign(length, down)) if down else 0,
                )
            case Qt.Key.Key_Escape if self._editor.retouch_work.is_running:
                self._editor.retouch_work.cancel()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if self._gesture is not None:
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
        marks, self._mouse = self._brush_marks(), None
        self._update_marks(marks)
        self.pointed.emit(None)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._space = self._turn_key = False  # the key may be let go elsewhere

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.StyleChange:
            self.redraw()  # the ground around the photo has another color

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.WindowActivate and self._outline is not None:
            self.update()  # the dashes move on
        return super().event(event)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._march.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        ratio = self.devicePixelRatioF()
        size = Size(
            max(1, math.ceil(self.width() * ratio)), max(1, math.ceil(self.height() * ratio))
        )
        window, place = self.window().size(), self.mapTo(self.window(), QPoint(0, 0))
        moved, self._place = self._place - place, place
        before, self._rotation = self._rotation.widget, replace(self._rotation, widget=size)
        frame = self._rotation.frame
        is_panel = window == self._window_size and self.isVisible()  # that came or went
        self._window_size = window
        if self._fitted and not self.is_gesturing:
            self._viewport = self._fit(self._viewport.resize(frame))
        elif is_panel:
            # What is looked at stays where it is on the screen.
            if self.angle == 0:
                self._viewport = replace(
                    self._viewport,
                    size=frame,
                    left=self._viewport.left + round(moved.x() * ratio),
                    top=self._viewport.top + round(moved.y() * ratio),
                )
            else:
                self._viewport = self._viewport.resize(frame)
                self.pan(
                    moved.x() * ratio + (before.width - size.width) / 2,
                    moved.y() * ratio + (before.height - size.height) / 2,
                )
            self._return_from_reveal(event)
        else:
            self._viewport = self._viewport.resize(frame)
        if self._gesture is not None:
            self._gesture.reach = HANDLE_REACH_PX / self._viewport.scale
        self.redraw()
        self.viewport_changed.emit()

    def _return_from_reveal(self, event: QResizeEvent) -> None:
        """Move the image back once the panel is gone for which `reveal` moved it."""
        if self._revealed is None or event.size().height() <= event.oldSize().height():
            return
        before, after = self._revealed
        self._revealed = None
        here = self._viewport
        if (here.scale, here.left, here.top) == (after.scale, after.left, after.top):
            self._viewport = replace(here, left=before.left, top=before.top)

    def _guard(self, verb: Callable[[], object]) -> None:
        """Call a step of a gesture; its GlideError is shown, not raised."""
        try:
            verb()
        except GlideError as error:
            self._editor.notify_error(error)
            if self._gesture is not None:
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
        elif isinstance(self._gesture, FrameGesture) and self._mouse is not None:
            point = self.document_point(self._mouse)
            self.setCursor(self._gesture.cursor(point, self.angle))
        elif is_brush(self._editor.tool_settings):
            # A ring of a few pixels alone would be hard to find on a busy photo.
            small = self._editor.tool_settings.size * self._viewport.scale < 8
            self.setCursor(Qt.CursorShape.CrossCursor if small else Qt.CursorShape.BlankCursor)
        else:
            self.setCursor(Qt.CursorShape.CrossCursor)

    def _logical(self, box: Box) -> QRect:
        """Return the part of the widget that shows a box of the frame."""
        box = self._rotation.widget_box(box)
        ratio = self.devicePixelRatioF()
        left, top = math.floor(box.x / ratio), math.floor(box.y / ratio)
        right, bottom = math.ceil(box.right / ratio), math.ceil(box.bottom / ratio)
        return QRect(left, top, right - left, bottom - top)


def _fits(gesture: Gesture, tool: Tool) -> bool:
    """Tell if a standing gesture is the one of a tool."""
    if isinstance(gesture, ExtendGesture):
        return tool is Tool.EXTEND
    return tool is (Tool.CROP if isinstance(gesture, CropGesture) else Tool.TRANSFORM)


def _shift_into(start: int, end: int, size: int) -> int:
    """Return how far start .. end has to move to lie in 0 .. size; its start if it is too long."""
    if end - start > size or start < 0:
        return -start
    return min(0, size - end)


def is_brush(tools: ToolSettings) -> bool:
    """Tell if the active tool draws strokes as wide as the brush."""
    scribbles = tools.tool is Tool.OBJECT and tools.scribble
    return scribbles or tools.tool in BRUSH_TOOLS


def mode_of(keys: Qt.KeyboardModifier) -> CombineMode | None:
    """Return how a shape combines with the mask: Alt subtracts, Shift adds, both intersect.

    None stands for the mode of the options bar.
    """
    alt = bool(keys & Qt.KeyboardModifier.AltModifier)
    if keys & Qt.KeyboardModifier.ShiftModifier:
        return "intersect" if alt else "union"
    return "subtract" if alt else None


def disjoint(boxes: list[Box]) -> list[Box]:
    """Return boxes without overlap that cover the same pixels; more than 24 become one."""
    result: list[Box] = []
    if len(boxes) > 24:
        whole = boxes[0]
        for box in boxes:
            whole = whole.union(box)
        return [whole]
    for box in boxes:
        joined = box
        while touched := [one for one in result if not one.clamp(joined).empty]:
            for other in touched:
                result.remove(other)
                joined = joined.union(other)
        result.append(joined)
    return result
