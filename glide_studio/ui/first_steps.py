"""Three hints in place for the first fill, on the sample photograph."""

from __future__ import annotations

from enum import IntEnum

from PySide6.QtCore import QEvent, QPoint, QRect, QSize
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from glide_studio.editor.editor import Editor
from glide_studio.translation import QT_TRANSLATE_NOOP, translate
from glide_studio.ui.canvas.canvas import Canvas
from glide_studio.ui.mask_bar import MaskBar, place_beside
from glide_studio.ui.widgets import make_icon_button, make_label

WIDTH_PX = 250
EDGE_PX = 16  # from the edges of the canvas


class GuideStep(IntEnum):
    """What the user is asked to do next."""

    PAINT = 0
    DESCRIBE = 1
    CHOOSE = 2
    DONE = 3


TEXTS = {
    GuideStep.PAINT: QT_TRANSLATE_NOOP("FirstSteps", "Paint over an empty spot on the table."),
    GuideStep.DESCRIBE: QT_TRANSLATE_NOOP(
        "FirstSteps", "Say what should be there, for example “a red apple”, and press Enter."
    ),
    GuideStep.CHOOSE: QT_TRANSLATE_NOOP(
        "FirstSteps", "Arrow keys show each result. Enter keeps it, Esc keeps the original."
    ),
}


class FirstSteps(QFrame):
    """A small card beside what the next step is done with; doing it leads to the next."""

    def __init__(self, editor: Editor, canvas: Canvas, bar: MaskBar, stage: QWidget) -> None:
        super().__init__(stage)
        self._editor, self._canvas, self._bar, self._stage = editor, canvas, bar, stage
        self.step = GuideStep.DONE
        self.setObjectName("firststeps")
        self.setAccessibleName(translate("FirstSteps", "First steps"))
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setFixedWidth(WIDTH_PX)
        self._number = make_label("", "hint")
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(self.text)
        column.addWidget(self._number)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 6, 8)
        row.addLayout(column)
        row.addWidget(
            make_icon_button("close", translate("FirstSteps", "Skip the first steps"), self.skip)
        )
        editor.document_changed.connect(lambda *_: self._follow())
        editor.candidates_changed.connect(self._follow)
        editor.jobs_changed.connect(lambda job: self._follow())
        canvas.viewport_changed.connect(self._place)
        canvas.gesture_changed.connect(self._follow)
        bar.installEventFilter(self)
        stage.installEventFilter(self)
        self.hide()

    def begin(self) -> None:
        """Show the first hint."""
        self.step = GuideStep.PAINT
        self._follow()

    def skip(self) -> None:
        """Show no more hints."""
        self.step = GuideStep.DONE
        self.hide()

    def _follow(self) -> None:
        """Go on to what is to be done next."""
        editor = self._editor
        if self.step is GuideStep.DONE or editor.history is None:
            self.hide()
            return
        is_painted = not editor.document.selection.content_box().empty
        if editor.generation.current is not None:
            self.step = GuideStep.CHOOSE
        elif self.step is GuideStep.CHOOSE:
            self.skip()
            return
        else:
            self.step = GuideStep.DESCRIBE if is_painted else GuideStep.PAINT
        self.text.setText(translate("FirstSteps", TEXTS[self.step]))
        self._number.setText(
            translate("FirstSteps", "{step} of {count}").format(
                step=self.step + 1, count=len(TEXTS)
            )
        )
        fills = self.step is GuideStep.DESCRIBE and bool(editor.generation.jobs.unfinished)
        self.setVisible(not fills and not self._canvas.is_gesturing)
        self._place()

    def _place(self) -> None:
        """Stand beside the bar, or at the edge of the canvas that the next step is nearest to."""
        if not self.isVisible():
            return
        self.raise_()
        size, room = self.sizeHint(), self._stage.rect()
        filled = self._editor.results.filled_box()
        if self.step is GuideStep.DESCRIBE and self._bar.isVisible():
            place = self._beside_bar(size, room)
        elif self.step is GuideStep.CHOOSE and filled is not None:
            # Near the results, but not over what they fill.
            place = QPoint(
                room.center().x() - size.width() // 2, room.bottom() - size.height() - EDGE_PX
            )
            if QRect(place, size).intersects(self._canvas.widget_rect(filled)):
                place = place_beside(self._canvas.widget_rect(filled), size, room)
        else:
            place = QPoint(room.center().x() - size.width() // 2, EDGE_PX)
        self.setGeometry(QRect(place, size))

    def _beside_bar(self, size: QSize, room: QRect) -> QPoint:
        """Return a place that is neither over the bar nor over the mask."""
        bar = self._bar.geometry()
        box = self._editor.document.selection.content_box()
        mask = self._canvas.widget_rect(box)
        return place_beside(bar.united(mask), size, room)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        kinds = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide)
        if event.type() in kinds:
            self._place()
        return False
