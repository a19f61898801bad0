"""`BeforeAfter`: a line across the canvas, with what was there on its left side."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, QTimer, Signal

from glide_studio.document.document import Document
from glide_studio.editor.editor import Editor
from glide_studio.editor.result_actions import RenderedBox
from glide_studio.imaging.display import make_display_transform
from glide_studio.imaging.geometry import Box
from glide_studio.ui.canvas.canvas_frame import CanvasFrame
from glide_studio.ui.canvas.canvas_view import CanvasView
from glide_studio.ui.canvas.overlays import BeforeAfterWipe

RESULT_MARGIN_PX = 2  # around the filled area, in document pixels
RESULT_SIDE_PX, ORIGINAL_SIDE_PX = 1500, 1000  # of the picture on the left, at least
SETTLE_MS = 80  # without another view until the original is drawn as sharp as the view is


class BeforeAfter(QObject):
    """Compares a result that is in view with the photo, or the photo with what it was.

    wipe: the line and what is left of it; None while nothing is compared. changed: it has begun or
    ended, moved, or has other pixels.
    """

    changed = Signal()

    def __init__(self, editor: Editor, view: CanvasView, frame: CanvasFrame, parent: QObject):
        super().__init__(parent)
        self.wipe: BeforeAfterWipe | None = None
        self._editor, self._view, self._frame = editor, view, frame
        self._original: Document | None = None  # what is left of the line, if it is no result's
        self._settled = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settled.timeout.connect(self._draw_visible)
        editor.document_changed.connect(lambda *_: self._follow_original())
        editor.candidates_changed.connect(self._make_way)
        view.changed.connect(lambda _: self._follow_view())
        view.scrolled.connect(lambda *_: self._follow_view())

    @property
    def shown(self) -> BeforeAfterWipe | None:
        """What is seen of it now; meanwhile a drag moves its line and no tool draws."""
        compares = self._original is not None or self._editor.candidates.previewed is not None
        return self.wipe if compares else None

    @property
    def filled_box(self) -> Box | None:
        """The part of the document that a compared result fills; None if none is compared."""
        shown = self.shown
        return None if shown is None or self._original is not None else shown.box

    @property
    def is_of_original(self) -> bool:
        """True while the photo is compared with what it was."""
        return self._original is not None

    def compare_result(self, on: bool) -> None:
        """Compare the result that is in view, or end that."""
        chooses = on and self._editor.candidates.current is not None
        box = self._editor.results.filled_box() if chooses else None
        self._original = None
        self.wipe = wipe = None if box is None else BeforeAfterWipe(box)
        self.changed.emit()
        if wipe is not None and box is not None:
            self._editor.results.render(
                None,
                box.pad(RESULT_MARGIN_PX),
                RESULT_SIDE_PX,
                lambda rendered: self._put(wipe, rendered),
            )

    def compare_original(self, on: bool) -> None:
        """Compare the photo with what it was when it was opened, or end that.

        The line begins in the middle of what is seen.
        """
        original = self._editor.original if on else None
        if original is None:
            self._end_original()
            return
        seen, box = self._view.viewport.visible(0), original.size.box
        middle = (seen.x + seen.width / 2 - box.x) / box.width
        step = self._editor.original_step
        self._begin_original(original, BeforeAfterWipe(box, middle, step))

    def move(self, by: float) -> None:
        """Move the line by a share of what it crosses."""
        if self.wipe is not None:
            self.wipe.position = min(1.0, max(0.0, self.wipe.position + by))
            self.changed.emit()

    def drag(self, position: QPointF) -> None:
        """Move the line to a position on the widget."""
        if self.wipe is not None:
            self.wipe.move_to(self._view.frame_position(position)[0], self._view.viewport)
            self.changed.emit()

    def _begin_original(self, original: Document, wipe: BeforeAfterWipe) -> None:
        self._original, self.wipe = original, wipe
        self._editor.results.render_document(
            original, wipe.box, ORIGINAL_SIDE_PX, lambda rendered: self._put(wipe, rendered)
        )
        self._settled.start()
        self.changed.emit()

    def _end_original(self) -> None:
        if self._original is not None:
            self._original = self.wipe = None
            self.changed.emit()

    def _make_way(self) -> None:
        """End the comparison with the original once there are results to choose from."""
        if self._editor.candidates.current is not None:
            self._end_original()

    def _follow_original(self) -> None:
        before, wipe = self._original, self.wipe
        if before is None or wipe is None:
            return
        original = self._editor.original
        if original is None or original.size != before.size:
            self._end_original()
        elif original is not before:
            step = self._editor.original_step
            self._begin_original(original, BeforeAfterWipe(wipe.box, wipe.position, step))

    def _follow_view(self) -> None:
        if self._original is not None:
            self._settled.start()

    def _draw_visible(self) -> None:
        """Draw what is seen of the original at the resolution of the view."""
        wipe, seen = self.wipe, self._view.viewport.visible(0)
        if self._original is None or wipe is None or seen.empty:
            return
        size = self._view.viewport.size
        self._editor.results.render_document(
            self._original,
            seen,
            max(size.width, size.height),
            lambda rendered: self._put(wipe, rendered),
        )

    def _put(self, wipe: BeforeAfterWipe, rendered: RenderedBox) -> None:
        unit = 1 << rendered.level
        part = rendered.box
        place = Box(part.x * unit, part.y * unit, part.width * unit, part.height * unit)
        convert = make_display_transform(rendered.profile, self._frame.screen)
        wipe.put(convert(rendered.pixels), place)
        self.changed.emit()
