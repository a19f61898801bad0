"""`CanvasFrame`: the picture and its mask on the canvas, redrawn where they are out of date."""

from __future__ import annotations

import time

from PySide6.QtCore import QRectF, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from glide_studio.document.document import Document
from glide_studio.editor.state import DirtyRegion
from glide_studio.imaging.display import DisplayTransform, make_display_transform
from glide_studio.imaging.geometry import Box
from glide_studio.ui import theme
from glide_studio.ui.canvas.canvas_view import CanvasView
from glide_studio.ui.canvas.display_pyramid import CompositePyramid, MaskPyramid
from glide_studio.ui.canvas.frame_buffer import FrameBuffer

COMPOSE_S, QUICK_COMPOSE_S = 0.006, 0.002  # for layers in one frame, at rest and while moving
SMOOTH_DELAY_MS = 80  # until a quickly drawn view is drawn smoothly
REFINE_PAUSE_MS = 4  # for other events between two rounds of composing


class CanvasFrame:
    """What of a widget is drawn from pyramids of the document, and when.

    mask: of the document that is shown, None before the first. screen: profile of the display, None
    means sRGB. is_quick: the view moves, and is drawn fast rather than smooth.
    """

    def __init__(self, widget: QWidget, view: CanvasView) -> None:
        self.mask: MaskPyramid | None = None
        self.screen: bytes | None = None
        self.is_quick = False
        self._widget = widget
        self._view = view
        self._document: Document | None = None
        self._composite: CompositePyramid | None = None
        self._buffer: FrameBuffer | None = None
        self._stale: list[Box] = []
        self._stale_mask: list[Box] = []
        self._refine = QTimer(widget, singleShot=True, interval=REFINE_PAUSE_MS)
        self._refine.timeout.connect(self._refine_some)
        self._smooth = QTimer(widget, singleShot=True, interval=SMOOTH_DELAY_MS)
        self._smooth.timeout.connect(self.redraw)
        view.changed.connect(self.redraw)
        view.scrolled.connect(self._scroll)

    def display(self, document: Document) -> DisplayTransform:
        """Return what converts a document's colors to those of the display."""
        return make_display_transform(document.icc, self.screen)

    def show(self, document: Document, dirty: DirtyRegion) -> None:
        """Take over another document, or what has changed in it."""
        self._document = document
        if self._composite is None or self.mask is None:
            self._composite = CompositePyramid(document, self.display(document))
            self.mask = MaskPyramid(document.selection)
            self._buffer = FrameBuffer(self._composite, self.mask)
        elif dirty.whole:
            self._composite.reset(document, self.display(document))
            self.mask.reset(document.selection)
        if dirty.whole:
            return  # the view of it will draw all of it
        if dirty.pixels:
            self._composite.update(document, dirty.pixels)
            for box in dirty.pixels:
                self._touch(box, self._stale)
        if dirty.mask:
            for box in self.mask.update(document.selection):
                self._touch(box, self._stale_mask)

    def show_in(self, screen: bytes | None) -> None:
        """Show colors in the profile of a display; None means sRGB."""
        if screen != self.screen:
            self.screen = screen
            if self._composite is not None and self._document is not None:
                self._composite.reset(self._document, self.display(self._document))
                self.redraw()

    def tint_mask(self, color: tuple[int, int, int], opacity: float) -> None:
        """Tint the mask. color: RGB. opacity: 0 .. 1 where the mask is full; 0 hides it."""
        buffer = self._buffer
        if buffer is not None and (color, opacity) != (buffer.tint, buffer.tint_opacity):
            buffer.tint, buffer.tint_opacity = color, opacity
            self._stale_mask = [self._view.viewport.size.box]
            self._widget.update()

    def redraw(self, quick: bool = False) -> None:
        """Draw everything again. quick: the view moves."""
        self._stale = [self._view.viewport.size.box]
        self._stale_mask = []
        self.is_quick = quick
        self._widget.update()

    def release(self) -> None:
        """Keep only what it takes to be drawn again soon, while the widget is hidden."""
        if self._buffer is not None:
            self._refine.stop()
            self._smooth.stop()
            self._buffer.release(self._view.viewport.level)
            self.redraw()

    def _scroll(self, dx: int, dy: int) -> None:
        """Shift what is drawn by pixels of the frame; only what comes into view is drawn."""
        if self._buffer is not None:
            clean = not (self._stale or self._stale_mask)
            whole = [self._view.viewport.size.box]
            self._stale += self._buffer.scroll(dx, dy) if clean else whole
            self._widget.update()

    def paint(self, painter: QPainter, event: QPaintEvent) -> None:
        """Draw on the widget what an event asks for."""
        if self._buffer is None:
            painter.fillRect(event.rect(), QColor(theme.BACKGROUND))
            return
        self._redraw_stale(self._buffer)
        ratio, image = self._view.ratio, self._buffer.image
        painter.setClipRegion(event.region())
        for rect in event.region():  # type: ignore[attr-defined]  # the stubs lack __iter__
            source = QRectF(
                rect.x() * ratio, rect.y() * ratio, rect.width() * ratio, rect.height() * ratio
            )
            if self._view.angle == 0:
                painter.drawImage(QRectF(rect), image, source)
                continue
            part = self._view.frame_part(source.toAlignedRect())
            place = QRectF(part.x, part.y, part.width, part.height)
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.setTransform(self._view.frame_transform())
            painter.drawImage(place, image, place)
            painter.restore()

    def _redraw_stale(self, buffer: FrameBuffer) -> None:
        viewport, quick = self._view.viewport, self.is_quick
        until = time.perf_counter() + (QUICK_COMPOSE_S if quick else COMPOSE_S)
        fine = True
        for box in disjoint(self._stale):
            drawn = buffer.draw(viewport, box, until=until, quick=quick)
            fine = drawn and fine
        for box in disjoint(self._stale_mask):
            buffer.draw_mask(viewport, box, quick=quick)
        if quick and self._stale:
            self._smooth.start()
        elif not fine:
            self._refine.start()
        self._stale.clear()
        self._stale_mask.clear()

    def _refine_some(self) -> None:
        """Compose some of the parts that were drawn from coarser pixels, and draw only these."""
        if self._buffer is not None:
            until = time.perf_counter() + QUICK_COMPOSE_S
            boxes = self._buffer.refine(self._view.viewport, until)
            for box in boxes:
                self._stale.append(box)
                self._widget.update(self._view.widget_part(box))
            if boxes:
                self._refine.start()

    def _touch(self, box: Box, stale: list[Box]) -> None:
        if box.empty:
            return
        # Interpolation, which there is between levels alone, reaches one pixel of the level beyond.
        viewport = self._view.viewport
        beyond = 1 << viewport.level if viewport.scale < 1 else 0
        device = viewport.device_box(box.pad(beyond)).clamp(viewport.size.box)
        if not device.empty:
            stale.append(device)
            self._widget.update(self._view.widget_part(device))


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
