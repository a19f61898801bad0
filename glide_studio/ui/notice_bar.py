"""Notifications, one at a time, floating above the canvas."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRect, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QGuiApplication, QHideEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton

from glide_studio.editor.editor import Editor
from glide_studio.editor.jobs import Job
from glide_studio.editor.state import Notification, Severity
from glide_studio.translation import translate
from glide_studio.ui import theme
from glide_studio.ui.widgets import announce, make_floating_card, make_icon_button

COLORS = {
    Severity.INFO: "ACCENT",
    Severity.SUCCESS: "SUCCESS",
    Severity.WARNING: "WARNING",
    Severity.ERROR: "ERROR",
}
"""Names of colors of the theme."""

TEXT_WIDTH_PX = 420
DURATIONS_MS = {
    Severity.INFO: 4000,
    Severity.SUCCESS: 6000,
    Severity.WARNING: 12_000,
    Severity.ERROR: 30_000,
}


class NoticeBar(QFrame):
    """The newest notification, for a time and as long as the mouse is on it.

    What only informs makes way for work on the photo. Signal `shown`: a notification has come. An
    error also goes with the next edit, the
    next job, the next finished fill and another tool: what it told is over.
    """

    shown = Signal()

    def __init__(self, editor: Editor) -> None:
        super().__init__()
        self._card = make_floating_card(self)
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setMinimumWidth(TEXT_WIDTH_PX)
        self.copy = QPushButton(translate("NoticeBar", "Copy command"))
        self.copy.setToolTip(translate("NoticeBar", "Copy the command to paste it into a terminal"))
        self.copy.clicked.connect(self._copy_command)
        self._command = ""
        self.action = QPushButton(translate("NoticeBar", "Show"))
        self.action.setToolTip(translate("NoticeBar", "Go to what this tells of"))
        self._act: Callable[[], object] = lambda: None
        self.action.clicked.connect(self._do_action)
        row = QHBoxLayout(self._card)
        row.setContentsMargins(14, 6, 6, 6)
        row.addWidget(self.text, 1)
        row.addWidget(self.copy)
        row.addWidget(self.action)
        row.addWidget(
            make_icon_button("close", translate("NoticeBar", "Close this notification"), self.hide)
        )
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.hide)
        self._editor = editor
        self._severity = Severity.INFO
        self._state = ""  # of the history, when the notice came
        self._jobs: frozenset[str] = frozenset()  # their ids, then
        self._tool = editor.tool_settings.tool
        editor.notice.connect(self.show_notice)
        editor.document_changed.connect(lambda *_: self._follow_history())
        editor.jobs_changed.connect(self._follow_jobs)
        editor.settings_changed.connect(self._follow_tool)
        editor.generation.finished.connect(lambda _: self._drop_error())
        self.hide()

    def show_notice(
        self,
        notice: Notification,
        action: Callable[[], object] | None = None,
    ) -> None:
        """Show a notification in place of the last one.

        action: goes to what it tells of, by a button; the notification goes then.
        """
        color = getattr(theme, COLORS[notice.severity])
        self._card.setStyleSheet(
            f"#card {{ background: {theme.RAISED}; border: 1px solid {theme.BORDER};"
            f" border-left: 3px solid {color}; border-radius: 6px; }}"
        )
        self.text.setText(notice.text)
        self._command = notice.command
        self.copy.setVisible(bool(notice.command))
        self.action.setVisible(action is not None)
        if action is not None:
            self._act = action
        self.show()
        announce(
            self.text,
            self.text.text(),
            urgent=notice.severity in (Severity.WARNING, Severity.ERROR),
        )
        self._severity, self._state = notice.severity, self._current_state()
        self._jobs = frozenset(self._editor.generation.jobs)
        self._timer.start(DURATIONS_MS[notice.severity])
        self.shown.emit()

    @property
    def card(self) -> QRect:
        """What it covers of the widget that it floats above."""
        return self._card.geometry().translated(self.pos())

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._timer.stop()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if self.isVisible():
            self._timer.start(DURATIONS_MS[self._severity])

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not self.isHidden():  # its tab is out of view, and the mouse not on it any more
            self._timer.start(DURATIONS_MS[self._severity])

    def make_way(self, *others: Severity) -> None:
        """Hide what only informs: the user looks at the photo below it. others: hidden as well."""
        if self._severity in (Severity.INFO, *others):
            self.hide()

    def dismiss(self) -> bool:
        """Close an error or a warning, as Esc does; False if none is shown."""
        if not self.isVisible() or self._severity is Severity.INFO:
            return False
        self.hide()
        return True

    def _current_state(self) -> str:
        history = self._editor.history
        return "" if history is None else history.current.id

    def _follow_history(self) -> None:
        if self._current_state() != self._state:
            self._drop_error()

    def _follow_jobs(self, job: Job) -> None:
        if job.id not in self._jobs and not job.state.final:
            self._drop_error()

    def _follow_tool(self) -> None:
        before, self._tool = self._tool, self._editor.tool_settings.tool
        if before is not self._tool:
            self._drop_error()

    def _drop_error(self) -> None:
        if self._severity is Severity.ERROR:
            self.hide()

    def _do_action(self) -> None:
        self.hide()
        self._act()

    def _copy_command(self) -> None:
        QGuiApplication.clipboard().setText(self._command)
