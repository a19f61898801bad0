"""The line below the canvas: size, mouse position, the tool's use, check of the last fill, zoom."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QToolButton

from glide_studio.editor.editor import Editor
from glide_studio.imaging.blending.result_checks import UnchangedReport
from glide_studio.imaging.geometry import Point
from glide_studio.translation import QT_TRANSLATE_NOOP, number, translate
from glide_studio.ui import theme
from glide_studio.ui.canvas.canvas import Canvas
from glide_studio.ui.prompt_panel import POLL_INTERVAL_MS, describe_retouching
from glide_studio.ui.queue_panel import QueueButton
from glide_studio.ui.tool_strip import describe_use
from glide_studio.ui.widgets import (
    ElidedLabel,
    draw_progress,
    make_icon_button,
    make_label,
    make_row,
)

BEFORE_TIP = QT_TRANSLATE_NOOP("StatusBar", "Hold to see the picture as it was opened  (hold \\)")
CHECKED = "✓"  # stands for the check where the hint needs the room


class StatusBar(QFrame):
    """Size, mouse position, use of the tool, check of the pixels outside the mask, zoom.

    The check stays visible until the next edit.
    """

    def __init__(self, editor: Editor, canvas: Canvas) -> None:
        super().__init__()
        self._editor = editor
        self._canvas = canvas
        self._shown_check: UnchangedReport | None = None
        self._checked_state = ""  # id of the state that the check was made for
        self.setAccessibleName(translate("StatusBar", "Status"))
        self.setFixedHeight(28)
        self.extent = make_label("", "hint")
        self.position = make_label("", "hint")
        self.position.setMinimumWidth(66)
        self.proof = make_label("", "hint")
        self.proof.setAccessibleName(translate("StatusBar", "Check of the pixels outside the mask"))
        self.proof.hide()
        self.zoom = QToolButton()
        self.zoom.setText("100 %")
        self.zoom.setAccessibleName(translate("StatusBar", "Zoom"))
        self.zoom.setToolTip(translate("StatusBar", "Fit the picture in the window  (Ctrl+0)"))
        self.zoom.clicked.connect(canvas.view.fit)
        self.turn = QToolButton()
        self.turn.setAccessibleName(translate("StatusBar", "Rotation of the view"))
        self.turn.setToolTip(translate("StatusBar", "Turn the view upright  (5)"))
        self.turn.clicked.connect(lambda: canvas.view.turn(0))
        self.turn.hide()
        self.before = make_icon_button("before", translate("StatusBar", BEFORE_TIP), lambda: None)
        self.before.pressed.connect(lambda: editor.show_before(True))
        self.before.released.connect(lambda: editor.show_before(False))
        self.queue = QueueButton(editor)
        self.working = ProgressLabel(translate("StatusBar", "Progress of the retouching"))
        self.stop = make_icon_button(
            "close", translate("StatusBar", "Stop  (Esc)"), editor.retouch_work.stop
        )
        self.working.hide()
        self.stop.hide()
        self._poll = QTimer(self, interval=POLL_INTERVAL_MS)
        self._poll.timeout.connect(self._show_working)
        self.hint = ElidedLabel("hint")
        self._row = row = make_row(self, (16, 0, 10, 0), 12)
        for widget in (self.extent, self.position):
            row.addWidget(widget)
        row.addWidget(self.hint, 1)
        row.addWidget(self.queue)
        row.addWidget(self.working)
        row.addWidget(self.stop)
        row.addWidget(self.proof)
        row.addWidget(self.before)
        row.addWidget(self.turn)
        row.addWidget(self.zoom)
        canvas.viewport_changed.connect(self._show_zoom)
        canvas.pointed.connect(self._show_position)
        editor.document_changed.connect(lambda *_: self._show())
        editor.settings_changed.connect(self._show_hint)
        editor.candidates_changed.connect(self._show)
        editor.retouch_work.changed.connect(self._follow_working)

    def _show(self) -> None:
        if self._editor.history is None:
            return
        document = self._editor.document
        depth = translate("StatusBar", "{depth} bit").format(depth=document.depth)
        self.extent.setText(f"{document.size.width} × {document.size.height}   {depth}")
        proof, state = self._editor.candidates.report, self._editor.timeline.current.id
        if proof is not self._shown_check:
            self._shown_check, self._checked_state = proof, state
        is_told = proof is not None and state == self._checked_state
        self.proof.setVisible(is_told)
        if proof is not None and is_told:
            color = theme.SUCCESS if proof.ok else theme.ERROR
            self.proof.setStyleSheet(f"color: {color};")
            compared = translate(
                "StatusBar", "{compared} pixels compared with the photo before the fill"
            ).format(compared=number(proof.compared))
            self.proof.setToolTip(f"{describe_check(proof)}\n{compared}")
        self._show_hint()
        self._show_zoom()

    def _show_check(self) -> None:
        """Show the check, in as many words as leave room for the hint; a bad one always in full."""
        check = self._shown_check
        if check is None or self.proof.isHidden():
            return
        texts = [describe_check(check)]
        if not (check.differing or check.shaded):
            texts.append(translate("StatusBar", "✓  Rest unchanged"))
        if not check.differing:
            texts.append(CHECKED)
        for text in texts:
            self.proof.setText(text)
            if self._row.minimumSize().width() + self.hint.whole_width <= self.width():
                break

    def _show_hint(self) -> None:
        """Show how the tool is used."""
        if self._editor.history is None:
            self.hint.show_text("")
            return
        layer = self._editor.selection.masked_layer
        name = None if layer is None else layer.name
        self.hint.show_text(describe_use(self._editor.tool_settings, name))
        self._show_check()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_check()

    def _follow_working(self) -> None:
        if not self._editor.retouch_work.is_pending:
            self._poll.stop()
            self.working.hide()
            self.stop.hide()
        elif not self._poll.isActive():
            self._poll.start()

    def _show_working(self) -> None:
        work = self._editor.retouch_work
        self.working.show_progress(describe_retouching(work), work.done)
        self.working.show()
        self.stop.show()

    def _show_zoom(self) -> None:
        self.zoom.setText(f"{self._canvas.view.viewport.scale * 100:.4g} %")
        self.turn.setText(f"{self._canvas.view.angle:.4g}°")
        self.turn.setVisible(self._canvas.view.angle != 0)

    def _show_position(self, point: Point | None) -> None:
        self.position.setText("" if point is None else f"{point.x:.0f}, {point.y:.0f}")


class ProgressLabel(QLabel):
    """What is under way, in a few words over a thin bar."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._fraction = 0.0
        self.setProperty("role", "secondary")
        self.setAccessibleDescription(name)
        self.setContentsMargins(6, 0, 6, 2)

    def show_progress(self, text: str, fraction: float) -> None:
        """Show a text, and how much is done, 0 .. 1."""
        self._fraction = fraction
        self.setText(text)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        draw_progress(painter, self.rect(), self._fraction)
        painter.end()


def describe_check(check: UnchangedReport) -> str:
    """Describe the check of the pixels outside the mask."""
    if check.differing:
        return translate("StatusBar", "✕  {changed} pixels outside the mask changed").format(
            changed=number(check.differing)
        )
    if check.shaded:
        return translate(
            "StatusBar", "✓  Nothing outside the mask changed but {shaded} pixels in the shadow"
        ).format(shaded=number(check.shaded))
    if check.rim:
        return translate(
            "StatusBar", "✓  Only the mask changed, and {rim} pixels of its soft edge or shadow"
        ).format(rim=number(check.rim))
    return translate("StatusBar", "✓  Nothing outside the mask changed")
