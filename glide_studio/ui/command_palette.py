"""The command palette: type a few letters of what you want to do."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)
from shiboken6 import isValid

from glide_studio.translation import translate
from glide_studio.ui.commands import Command, search
from glide_studio.ui.widgets import ScreenDialog, announce, make_column

WIDTH_PX, HEIGHT_PX = 560, 380
LIST_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class CommandPalette(ScreenDialog):
    """A field and the matching actions; Enter runs the chosen one, Esc closes."""

    def __init__(self, parent: QWidget, commands: list[Command]) -> None:
        super().__init__(parent)
        self._commands = commands
        self.setWindowTitle(translate("CommandPalette", "Find a command"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.field = QLineEdit()
        self.field.setPlaceholderText(translate("CommandPalette", "What do you want to do?"))
        self.field.setAccessibleName(translate("CommandPalette", "Search for a command"))
        self.list = QTreeWidget()
        self.list.setAccessibleName(translate("CommandPalette", "Matching commands"))
        self.list.setColumnCount(2)
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.header().setStretchLastSection(False)
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.list.setProperty("role", "choices")
        column = make_column(self, (12, 12, 12, 12), 8)
        column.addWidget(self.field)
        column.addWidget(self.list, 1)
        self.resize(WIDTH_PX, HEIGHT_PX)
        self.field.textChanged.connect(lambda _: self._show())
        self.field.returnPressed.connect(self._run_current)
        self.list.itemActivated.connect(lambda _: self._run_current())
        self.list.itemClicked.connect(lambda _: self._run_current())
        self.field.installEventFilter(self)
        self._show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrow keys move in the list while the field has the focus."""
        pressed = watched is self.field and event.type() is QEvent.Type.KeyPress
        if pressed and isinstance(event, QKeyEvent) and event.key() in LIST_KEYS:
            self.list.keyPressEvent(event)
            return True
        return super().eventFilter(watched, event)

    def _show(self) -> None:
        self.list.clear()
        # Menus that change meanwhile, as that of recent files, delete actions.
        self._commands = [one for one in self._commands if isValid(one.action)]
        for command in search(self._commands, self.field.text()):
            item = QTreeWidgetItem([command.path, command.keys])
            item.setData(0, Qt.ItemDataRole.UserRole, self._commands.index(command))
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setDisabled(not command.action.isEnabled())
            self.list.addTopLevelItem(item)
        items = [self.list.topLevelItem(row) for row in range(self.list.topLevelItemCount())]
        if not items:
            text = translate("CommandPalette", "Nothing found; try another word.")
            nothing = QTreeWidgetItem([text])
            nothing.setDisabled(True)
            self.list.addTopLevelItem(nothing)
            announce(self.list, text)
        first = next((item for item in items if item is not None and not item.isDisabled()), None)
        if first is not None:
            self.list.setCurrentItem(first)

    def _run_current(self) -> None:
        item = self.list.currentItem()
        if item is None or item.isDisabled():
            return
        action = self._commands[item.data(0, Qt.ItemDataRole.UserRole)].action
        self.accept()
        if isValid(action):
            action.trigger()
