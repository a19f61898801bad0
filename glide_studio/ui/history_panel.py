"""The panel of document states; a click returns to one."""

from __future__ import annotations

import time
from enum import Enum
from functools import partial

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QActionGroup, QBrush, QColor, QIcon, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QHeaderView,
    QMenu,
    QStyleOptionViewItem,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
)

from glide_studio.document.document import Document
from glide_studio.document.history import History, HistoryState
from glide_studio.editor.editor import Editor
from glide_studio.editor.state import DirtyRegion
from glide_studio.translation import QT_TRANSLATE_NOOP, number, translate
from glide_studio.ui import theme
from glide_studio.ui.widgets import Section, format_time, make_icon_button, thumbnail_pixmap

THUMBNAIL_WIDTH_PX, THUMBNAIL_HEIGHT_PX = 42, 28
FILTER_HEIGHT_PX = 20  # of the button, no more than the title has


class HistoryFilter(Enum):
    """Which states the panel lists; the current one always is."""

    GROUPED = QT_TRANSLATE_NOOP("HistoryPanel", "Equal steps as one")
    ALL = QT_TRANSLATE_NOOP("HistoryPanel", "Every step")
    PICTURE = QT_TRANSLATE_NOOP("HistoryPanel", "Without steps of the mask")


FILTER_TIPS = {
    HistoryFilter.GROUPED: QT_TRANSLATE_NOOP(
        "HistoryPanel", "Equal steps that follow each other, as strokes do, are one line"
    ),
    HistoryFilter.ALL: QT_TRANSLATE_NOOP("HistoryPanel", "Each step has a line"),
    HistoryFilter.PICTURE: QT_TRANSLATE_NOOP(
        "HistoryPanel", "Only steps that changed the picture, not the mask"
    ),
}
ROW_PX = THUMBNAIL_HEIGHT_PX + 6
TREE_BORDER_PX = 2  # above and below together
MIN_TREE_PX = 18  # half of a row, in the least window


class HistoryPanel(Section):
    """States in the order they were made; states on abandoned branches are indented and gray."""

    def __init__(self, editor: Editor) -> None:
        super().__init__(translate("HistoryPanel", "History"))
        self._editor = editor
        self._history: History | None = None
        self._items: dict[str, QTreeWidgetItem] = {}
        self._without_thumbnail: set[str] = set()  # ids of states
        self.tree = HistoryTree()
        self.tree.setAccessibleName(translate("HistoryPanel", "History"))
        self.tree.setHeaderHidden(True)
        self.tree.setColumnCount(2)
        self.tree.header().setStretchLastSection(False)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        self.tree.header().resizeSection(1, 56)
        self.tree.setIconSize(QSize(THUMBNAIL_WIDTH_PX, THUMBNAIL_HEIGHT_PX))
        self.tree.setIndentation(14)
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(True)
        self.tree.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.tree.itemClicked.connect(self._jump_to)
        self.tree.itemActivated.connect(self._jump_to)
        self.tree.setMinimumHeight(MIN_TREE_PX)
        self._wanted = HistoryFilter.GROUPED
        self.filter = make_icon_button(
            "more", translate("HistoryPanel", "Which steps are listed"), lambda: None
        )
        self.filter.setFixedHeight(FILTER_HEIGHT_PX)
        self.filter.setStyleSheet("QToolButton { padding: 0 4px; margin: 0; }")
        self.filter.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.filter.setMenu(self._make_filter_menu())
        self.header.addWidget(self.filter)
        self.body.addWidget(self.tree, 1)
        self.body.addStretch()
        editor.document_changed.connect(self._document_changed)
        editor.thumbnails.begin()
        editor.thumbnails.made.connect(self._show_pictures)

    def fit_height(self, height: int) -> int:
        """Return the height of as many whole rows as a height has room for, and of one at least.

        Both in pixels.
        """
        edges = self.minimumSizeHint().height() - MIN_TREE_PX + TREE_BORDER_PX
        return edges + max(1, (height - edges) // ROW_PX) * ROW_PX

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show whole rows only."""
        super().resizeEvent(event)
        room = self.body.contentsRect().bottom() - self.tree.y() + 1 - TREE_BORDER_PX
        self.tree.setMaximumHeight(max(1, room // ROW_PX) * ROW_PX + TREE_BORDER_PX)

    def _make_filter_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        group = QActionGroup(menu)
        for one, tip in FILTER_TIPS.items():
            action = QAction(translate("HistoryPanel", one.value), group, checkable=True)
            action.setToolTip(translate("HistoryPanel", tip))
            action.setChecked(one is self._wanted)
            action.triggered.connect(partial(self.use_filter, one))
            menu.addAction(action)
        return menu

    def use_filter(self, wanted: HistoryFilter, *_: object) -> None:
        """List the steps that a filter keeps."""
        self._wanted = wanted
        self._show_rows()

    def _document_changed(
        self, before: Document | None, after: Document, dirty: DirtyRegion
    ) -> None:
        history = self._editor.timeline
        if history is not self._history:
            self._history = history
            self._items.clear()
            self._without_thumbnail.clear()
            self.tree.clear()
        grown = len(history) > len(self._items)
        if not grown and self.tree.currentItem() is self._items.get(history.current.id):
            return
        if grown:
            for state in history.states[len(self._items) :]:
                self._add(history, state)
            self._show_pictures()
        self._color_items(history)
        self._show_rows()
        current = self._items[history.current.id]
        self.tree.setCurrentItem(current)
        self.tree.scrollToItem(current)

    def _show_rows(self) -> None:
        """Hide the rows that the filter leaves out, and tell how many stand behind the others."""
        history, wanted = self._history, self._wanted
        if history is None:
            return
        folded: dict[str, int] = {}  # id of a state -> how many equal ones before it have no row
        for state in history.states:
            children = history.children(state.id)
            hidden = False
            # A row that holds branches stays, since they would go with it.
            if state.id != history.current.id and state.parent is not None and len(children) < 2:
                if wanted is HistoryFilter.GROUPED:
                    hidden = bool(children) and children[0].label == state.label
                elif wanted is HistoryFilter.PICTURE:
                    before = history.state(state.parent).document
                    hidden = before.layers == state.document.layers
            count = folded.get(state.id, 0)
            if hidden and wanted is HistoryFilter.GROUPED:
                folded[children[0].id] = count + 1
            item = self._items[state.id]
            item.setHidden(hidden)
            text = state.label
            if count:
                text = translate("HistoryPanel", "{label}  × {count}").format(
                    label=state.label, count=number(count + 1)
                )
            if item.text(0) != text:
                item.setText(0, text)

    def _color_items(self, history: History) -> None:
        """Gray the states that lie beside the way to the current one."""
        line = {state.id for state in history.path()}
        for state_id, item in self._items.items():
            color = theme.TEXT if state_id in line else theme.HINT
            item.setForeground(0, QBrush(QColor(color)))
            item.setForeground(1, QBrush(QColor(theme.HINT)))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.StyleChange and self._history is not None:
            self._color_items(self._history)

    def _add(self, history: History, state: HistoryState) -> None:
        when = time.localtime(state.time)
        item = QTreeWidgetItem([state.label, time.strftime("%H:%M", when)])
        item.setData(0, Qt.ItemDataRole.UserRole, state.id)
        item.setToolTip(0, f"{state.label}, {format_time(state.time)}")
        item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        item.setSizeHint(0, QSize(0, ROW_PX))
        self._without_thumbnail.add(state.id)
        # A straight line of edits stays flat; only a second child of the same state is a branch.
        parent = self._items.get(state.parent or "")
        first = state.parent is not None and history.children(state.parent)[0].id == state.id
        holder = parent if parent is not None and not first else None
        if first and parent is not None:
            holder = parent.parent()
        if holder is None:
            self.tree.addTopLevelItem(item)
        else:
            holder.addChild(item)
            holder.setExpanded(True)
        self._items[state.id] = item

    def _show_pictures(self) -> None:
        for state_id in tuple(self._without_thumbnail):
            pixels = self._editor.thumbnails.of_state(state_id)
            if pixels is not None:
                ratio = self.devicePixelRatioF()
                picture = thumbnail_pixmap(pixels, THUMBNAIL_WIDTH_PX, THUMBNAIL_HEIGHT_PX, ratio)
                icon = QIcon(picture)
                icon.addPixmap(picture, QIcon.Mode.Selected)  # otherwise Qt tints it
                self._items[state_id].setIcon(0, icon)
                self._without_thumbnail.remove(state_id)

    def _jump_to(self, item: QTreeWidgetItem) -> None:
        state_id = item.data(0, Qt.ItemDataRole.UserRole)
        self._editor.attempt(lambda: self._editor.jump(state_id), finishes=False)


class HistoryTree(QTreeWidget):
    """A tree whose selected row is one rounded bar across all columns."""

    def drawRow(
        self,
        painter: QPainter,
        options: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        if self.selectionModel().isSelected(index):
            bar = QRectF(
                0, options.rect.y() + 1, self.viewport().width(), options.rect.height() - 2
            )
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.SELECTED))
            painter.drawRoundedRect(bar, 5, 5)
            painter.restore()
        super().drawRow(painter, options, index)

    def drawBranches(
        self, painter: QPainter, rect: QRect, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw nothing: the indentation alone shows a branch."""
