"""Three hints in place for the first fill, on the sample photograph."""

from __future__ import annotations

from enum import IntEnum

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from glide_studio.editor.editor import Editor
from glide_studio.editor.settings import Tool
from glide_studio.translation import QT_TRANSLATE_NOOP, translate
from glide_studio.ui.canvas.canvas import Canvas
from glide_studio.ui.mask_bar import MaskBar, place_beside
from glide_studio.ui.widgets import make_icon_button, make_label

WIDTH_PX = 300  # of the text, at most
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
        "FirstSteps",
        "Click into the prompt, say what should be there, for example “a red apple”, and press"
        " Enter.",
    ),
    GuideStep.CHOOSE: QT_TRANSLATE_NOOP(
        "FirstSteps", "Arrow keys show each result. Enter accepts it, Esc keeps the original."
    ),
}
DRAFTS_TEXT = QT_TRANSLATE_NOOP(
    "FirstSteps",
    "Arrow keys show each draft. Enter refines it, Enter again accepts it. Esc keeps the original.",
)
"""In place of the text of `CHOOSE` while the results are drafts."""


class FirstSteps(QFrame):
    """A small card beside what the next step is done with; doing it leads to the next."""

    def __init__(
        self, editor: Editor, canvas: Canvas, bar: MaskBar, notices: QWidget, stage: QWidget
    ) -> None:
        """notices: at the upper edge of the stage; the card is never over them."""
        super().__init__(stage)
        self._editor, self._canvas, self._bar, self._stage = editor, canvas, bar, stage
        self._notices = notices
        self.step = GuideStep.DONE
        self.setObjectName("firststeps")
        self.setAccessibleName(translate("FirstSteps", "First steps"))
        self.text = QLabel()
        self.text.setWordWrap(True)
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
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self._follow)
        # Later: a job ends before its results are shown.
        editor.jobs_changed.connect(lambda job: self._later.start())
        canvas.viewport_changed.connect(self._place)
        canvas.gesture_changed.connect(self._follow)
        for widget in (bar, notices, stage):
            widget.installEventFilter(self)
        self.hide()

    def begin(self) -> None:
        """Show the first hint, and take the brush that it asks for."""
        self._editor.set_tool_settings(tool=Tool.BRUSH)
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
        job, works = editor.candidates.current, bool(editor.generation.jobs.unfinished)
        if job is not None:
            self.step = GuideStep.CHOOSE
        elif self.step is not GuideStep.CHOOSE:
            self.step = GuideStep.DESCRIBE if is_painted else GuideStep.PAINT
        elif not works:
            self.skip()
            return
        text = DRAFTS_TEXT if job is not None and job.is_drafts else TEXTS[self.step]
        self.text.setText(translate("FirstSteps", text))
        self.text.setFixedWidth(measure_balanced(self.text, WIDTH_PX))
        self._number.setText(
            translate("FirstSteps", "{step} of {count}").format(
                step=self.step + 1, count=len(TEXTS)
            )
        )
        waits = works and job is None and self.step is not GuideStep.PAINT
        self.setVisible(not waits and not self._canvas.is_gesturing)
        self._place()

    def _place(self) -> None:
        """Stand beside the bar, or at the edge of the canvas that the next step is nearest to."""
        if not self.isVisible():
            return
        self.raise_()
        room = self._stage.rect()
        if self._notices.isVisible():
            room.setTop(self._notices.geometry().bottom() + 1)
        # The hint of a label that wraps is for a width of its own choice, not for the fixed one.
        width = self.sizeHint().width()
        size = QSize(width, self.heightForWidth(width))
        filled = self._editor.results.filled_box()
        if self.step is GuideStep.DESCRIBE and self._bar.isVisible():
            place = self._beside_bar(size, room)
        elif self.step is GuideStep.CHOOSE and filled is not None:
            # Near the results, but not over what they fill.
            place = QPoint(
                room.center().x() - size.width() // 2, room.bottom() - size.height() - EDGE_PX
            )
            if QRect(place, size).intersects(self._canvas.view.widget_rect(filled)):
                place = place_beside(self._canvas.view.widget_rect(filled), size, room)
        else:
            photo = self._bar.photo_on_stage
            place = place_beside(photo, size, room, photo=photo)
        self.setGeometry(QRect(place, size))

    def _beside_bar(self, size: QSize, room: QRect) -> QPoint:
        """Return a place that is not over the bar and, if there is room, not over the mask."""
        bar = self._bar.geometry()
        box = self._editor.document.selection.content_box()
        mask = self._canvas.view.widget_rect(box)
        return place_beside(bar.united(mask), size, room, bar, self._bar.photo_on_stage)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        kinds = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide)
        if event.type() in kinds:
            self._place()
        return False


def measure_balanced(label: QLabel, widest: int) -> int:
    """Return the least width, up to `widest`, at which a text takes no more lines than there."""
    label.setMinimumWidth(0)  # a label is never measured for less than that
    height, width = label.heightForWidth(widest), widest
    while width > 1 and label.heightForWidth(width - 1) <= height:
        width -= 1
    return width
