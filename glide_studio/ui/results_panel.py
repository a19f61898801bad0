"""The filmstrip of results below the canvas: choose, compare, mark, search, delete."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QColor,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
)

from glide_studio.editor.editor import Editor
from glide_studio.editor.jobs import Choice, Job, JobState, Mark
from glide_studio.translation import number, translate
from glide_studio.ui import theme
from glide_studio.ui.icons import icon
from glide_studio.ui.results_model import (
    CHOICE_ROLE,
    GAP_PX,
    SIDE_PX,
    Filter,
    ResultsModel,
    TileDelegate,
    describe_candidate,
    describe_fill,
)
from glide_studio.ui.widgets import announce, make_column, make_icon_button, make_label

LIST_HEIGHT_PX = SIDE_PX + 2 * GAP_PX + 14  # with room for the scroll bar
SEARCH_MIN_PX, SEARCH_WIDTH_PX = 84, 150
NARROW_PX = 700  # of the panel: below that the edge is told by the tooltip alone
WIPE_STEP = 0.1  # of the filled area, by a key

KEYS: dict[Qt.Key, str] = {
    Qt.Key.Key_Return: "accept",
    Qt.Key.Key_Enter: "accept",
    Qt.Key.Key_Escape: "keep_original",
    Qt.Key.Key_Delete: "delete",
    Qt.Key.Key_F: "favorite",
    Qt.Key.Key_X: "reject",
    Qt.Key.Key_R: "again",
    Qt.Key.Key_L: "similar",
    Qt.Key.Key_C: "compare",
    Qt.Key.Key_W: "wipe",
}
"""What a key does while the filmstrip has the focus."""

ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right)
VARIATIONS = {"close": 0.35, "similar": 0.55, "loose": 0.75}
"""How far variations of a candidate may go from it."""


class ResultsPanel(QFrame):
    """All results of the document, the newest first; hidden until there are any.

    Signals: `compare_requested` to see candidates side by side; `wipe_toggled(on)` to see before
    and after in one picture; `wipe_moved(share)` by keys; `left` once the user goes back to the
    canvas; `appeared` once the panel takes room from the canvas; `offered` once the results of
    another fill can be chosen from here.
    """

    appeared = Signal()
    offered = Signal()

    compare_requested = Signal()
    wipe_toggled = Signal(bool)
    wipe_moved = Signal(float)
    left = Signal()

    def __init__(self, editor: Editor) -> None:
        super().__init__()
        self._editor = editor
        self._closed_by_user = False
        self._offered_id = ""  # of the job that was announced by `offered`
        self.setAccessibleName(translate("ResultsPanel", "Results"))
        self.setObjectName("results")
        self.model = ResultsModel(editor, self)
        self.list = Filmstrip(self.model, lambda: self.chosen is not None)
        self.list.setItemDelegate(TileDelegate(editor, self.model, self.list))
        self.nothing = make_label(
            translate("ResultsPanel", "Nothing found; search for another word or choose All."),
            "hint",
        )
        self.nothing.hide()
        make_column(self.list.viewport(), (8, 0, 0, 0), 0).addWidget(self.nothing)
        self._make_controls()
        column = make_column(self, (12, 6, 12, 4), 2)
        column.addLayout(self._make_header())
        column.addLayout(self._make_strip())
        self.list.clicked.connect(self._choose)
        self.list.selectionModel().selectionChanged.connect(lambda *_: self._selection_changed())
        self.list.entered.connect(self._point_at)
        self.list.pointer_left.connect(self._point_away)
        self.list.moved.connect(self._choose)
        self.list.stepped.connect(self._step_to)
        self.list.pressed_key.connect(self.press)
        self.list.customContextMenuRequested.connect(
            lambda place: self._menu.popup(self.list.viewport().mapToGlobal(place))
        )
        editor.jobs_changed.connect(lambda job: self._show())
        editor.candidates_changed.connect(self._candidates_changed)
        editor.results.changed.connect(self._show)
        editor.document_changed.connect(lambda *_: self.list.viewport().update())
        self.hide()

    # What it is made of.

    def _make_controls(self) -> None:
        self.title = ResultTitle()
        self.title.setAccessibleDescription(translate("ResultsPanel", "Chosen result"))
        self.seam = make_label("", "hint")
        self.seam.setAccessibleDescription(translate("ResultsPanel", "Edge of the result"))
        self.search = QLineEdit()
        self.search.setPlaceholderText(translate("ResultsPanel", "Search"))
        self.search.setAccessibleName(translate("ResultsPanel", "Search prompts"))
        self.search.setToolTip(
            translate("ResultsPanel", "Show only results whose prompts contain these words")
        )
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(SEARCH_MIN_PX)
        self.search.setMaximumWidth(SEARCH_WIDTH_PX)
        self.search.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for button in self.search.findChildren(QToolButton):
            button.setAccessibleName(translate("ResultsPanel", "Clear the search"))
            button.setToolTip(translate("ResultsPanel", "Clear the search"))
        self.search.textChanged.connect(self._filter_changed)
        self.filter = QComboBox()
        self.filter.setAccessibleName(translate("ResultsPanel", "Which results are shown"))
        self.filter.setToolTip(translate("ResultsPanel", "Which results are shown"))
        for one in Filter:
            self.filter.addItem(translate("ResultsModel", one.value), one)
        self.filter.activated.connect(self._filter_changed)
        self.compare = make_icon_button(
            "grid", translate("ResultsPanel", "Side by side"), lambda: self.press("compare"), "C"
        )
        self.wipe = make_icon_button(
            "wipe", translate("ResultsPanel", "Before and after"), lambda: None
        )
        self.wipe.setCheckable(True)
        self.wipe.toggled.connect(self.wipe_toggled)
        self.more = make_icon_button(
            "more", translate("ResultsPanel", "More about this result"), lambda: None
        )
        self._menu = self._make_menu(lambda: self.selected)
        self.more.setMenu(self._make_menu(self._find_named))
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.undelete = QPushButton(translate("ResultsPanel", "Undo delete"))
        self.undelete.setToolTip(
            translate("ResultsPanel", "Take back the results that were deleted last")
        )
        self.undelete.clicked.connect(self._editor.results.undelete)
        self.undelete.hide()
        self.accept = QPushButton(
            icon("check", theme.ON_ACCENT), translate("ResultsPanel", "Accept")
        )
        self.accept.setProperty("role", "primary")
        self.accept.setAccessibleName(translate("ResultsPanel", "Accept"))
        self.accept.setToolTip(translate("ResultsPanel", "Add this result as a layer  (Enter)"))
        self.accept.clicked.connect(lambda: self.press("accept"))
        self.original = QPushButton(translate("ResultsPanel", "Keep original"))
        self.original.setToolTip(
            translate("ResultsPanel", "Leave the photo as it is; the results are kept here  (Esc)")
        )
        self.original.clicked.connect(self._editor.keep_original)

    def _make_header(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(make_label(translate("ResultsPanel", "Results").upper(), "title"))
        # What is said of a result stands by its name, apart from what can be pressed.
        row.addWidget(self.title)
        row.addWidget(self.seam)
        row.addStretch(3)
        for widget in (
            self.undelete,
            self.search,
            self.filter,
            self.compare,
            self.wipe,
            self.more,
            make_icon_button(
                "close", translate("ResultsPanel", "Hide the results"), self.close_by_user
            ),
        ):
            row.addWidget(widget, 1 if widget is self.search else 0)
        return row

    def _make_strip(self) -> QHBoxLayout:
        buttons = QVBoxLayout()
        buttons.setSpacing(6)
        buttons.addStretch()
        buttons.addWidget(self.accept)
        buttons.addWidget(self.original)
        buttons.addStretch()
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.list, 1)
        row.addLayout(buttons)
        return row

    def _make_menu(self, find: Callable[[], tuple[Choice, ...]]) -> QMenu:
        """Make a menu of what is done with the results that `find` returns."""
        menu = QMenu(self)
        for name, text, keys in (
            ("again", translate("ResultsPanel", "One &more with another seed"), "R"),
            ("all_again", translate("ResultsPanel", "&All again with another seed"), ""),
            ("similar", translate("ResultsPanel", "More &like this"), "L"),
            ("close", translate("ResultsPanel", "More like this, but &closer"), ""),
            ("loose", translate("ResultsPanel", "More like t&his, but freer"), ""),
            ("settings", translate("ResultsPanel", "&Use its settings"), ""),
            ("mask", translate("ResultsPanel", "&Edit its mask"), ""),
            ("", "", ""),
            ("favorite", translate("ResultsPanel", "&Favorite"), "F"),
            ("reject", translate("ResultsPanel", "&Reject"), "X"),
            ("delete", translate("ResultsPanel", "&Delete"), "Del"),
        ):
            if not name:
                menu.addSeparator()
                continue
            # The key is named, not bound: it works in the filmstrip alone.
            action = QAction(f"{text}\t{keys}" if keys else text, menu)
            action.setObjectName(name)
            action.triggered.connect(lambda _=False, name=name: self._apply(name, find()))
            menu.addAction(action)
        return menu

    # What is shown.

    @property
    def chosen(self) -> Choice | None:
        """The candidate that Accept takes."""
        current = self._editor.candidates.current
        return None if current is None else Choice(current.id, self._editor.candidates.selected)

    @property
    def selected(self) -> tuple[Choice, ...]:
        """The candidates that are selected in the list, else the chosen one."""
        rows = sorted(self.list.selectionModel().selectedIndexes(), key=QModelIndex.row)
        found = tuple(self.model.data(index, CHOICE_ROLE) for index in rows)
        return found or ((self.chosen,) if self.chosen is not None else ())

    def _find_named(self) -> tuple[Choice, ...]:
        """Return the candidate that the heading names, with what is selected besides it."""
        chosen, selected = self.chosen, self.selected
        return selected if chosen is None or chosen in selected else (chosen,)

    def reveal(self) -> None:
        """Show the panel though it was closed before."""
        self._closed_by_user = False
        self._show()

    def close_by_user(self) -> None:
        """Hide the panel until there are new results or it is asked for."""
        self._closed_by_user = True
        self.left.emit()
        self.hide()

    def step(self, by: int) -> None:
        """Choose the next (1) or the previous (-1) candidate."""
        row = self.model.row_of(self.chosen) if self.chosen is not None else -1
        last = self.model.rowCount() - 1
        row = min(max(row + by, 0), last) if row >= 0 else 0
        if last >= 0:
            self._step_to(self.model.index(row))

    def take_key(self, key: int) -> bool:
        """Choose, accept or leave by a key pressed on the canvas; False if it means nothing."""
        if self.chosen is None:
            return False
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.step(1 if key == Qt.Key.Key_Right else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.press("accept")
        elif key == Qt.Key.Key_Escape:
            self.press("keep_original")
        elif key == Qt.Key.Key_W and self.wipe.isChecked():
            self.press("wipe")
        else:
            return False
        return True

    def _candidates_changed(self) -> None:
        if self._editor.candidates.current is not None:
            self._closed_by_user = False
        self._show()
        chosen = self.chosen
        if chosen is None:
            self._offered_id = ""
            self.wipe.setChecked(False)
            return
        index = self.model.index(self.model.row_of(chosen))
        if index.isValid() and index not in self.list.selectionModel().selectedIndexes():
            flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.list.selectionModel().setCurrentIndex(index, flag)
            self.list.scrollTo(index)
        if index.isValid() and chosen.job != self._offered_id:
            self._offered_id = chosen.job
            self.offered.emit()

    def _selection_changed(self) -> None:
        job = self._editor.candidates.current
        if job is not None:
            self._show_accept(job)

    def _filter_changed(self) -> None:
        self.model.text = self.search.text()
        self.model.filter = self.filter.currentData()
        self._show()

    def _show(self) -> None:
        self.model.show()
        jobs = self._editor.generation.jobs
        exists = bool(jobs.results) or self.model.rowCount() > 0
        self.undelete.setVisible(self._editor.results.can_undelete)
        self._show_nothing()
        was_visible = self.isVisible()
        self.setVisible((exists or self._editor.results.can_undelete) and not self._closed_by_user)
        if self.isVisible() and not was_visible:
            self.appeared.emit()
        chosen = self.chosen
        job = None if chosen is None else jobs.get(chosen.job)
        is_chosen = chosen is not None and job is not None
        for widget in (self.accept, self.original, self.wipe, self.compare):
            widget.setVisible(is_chosen)
        self.more.setEnabled(bool(self.selected))
        if chosen is None or job is None:
            self.title.show_name("" if exists else translate("ResultsPanel", "None yet"))
            self.seam.clear()
            return
        self._show_title(job, chosen)

    def _show_nothing(self) -> None:
        """Say so if a search or the filter leaves no result."""
        is_sought = bool(self.model.text) or self.model.filter is not Filter.ALL
        is_empty = is_sought and self.model.rowCount() == 0
        if is_empty and self.nothing.isHidden():
            announce(self.list, self.nothing.text())
        self.nothing.setVisible(is_empty)

    def _show_title(self, job: Job, chosen: Choice) -> None:
        candidates = self._editor.candidates
        place, count = self._editor.results.place_of(chosen)
        prompt = describe_fill(job)
        self.title.show_name(describe_candidate(job, place, count), prompt)
        is_ready = candidates.is_ready(chosen.index)
        why_not = candidates.explain_misplaced(job)
        self._show_accept(job)
        self.accept.setEnabled((is_ready or job.is_drafts) and not why_not)
        self._show_wipe(job, is_ready)
        seam = candidates.seam()
        if why_not:
            self._say_seam(translate("ResultsPanel", "Made for another canvas"), theme.SECONDARY)
            for widget in (self.seam, self.accept, self.wipe):
                widget.setToolTip(why_not)
        elif job.is_drafts:
            self.seam.clear()
        elif not is_ready:
            self._say_seam(translate("ResultsPanel", "Fitting it into the photo…"), theme.SECONDARY)
            self.seam.setToolTip("")
        elif seam is not None:
            self._say_seam(*describe_seam(seam.median))
            self.seam.setToolTip(
                translate(
                    "ResultsPanel", "Color difference across the edge: {difference} (CIEDE2000)"
                ).format(difference=number(seam.median, 1))
            )
        self.title.setToolTip(f"{prompt}\n{self.seam.text()}" if self.seam.text() else prompt)

    def _show_wipe(self, job: Job, is_ready: bool) -> None:
        """Say why before and after cannot be compared yet."""
        self.wipe.setEnabled(is_ready)
        self.wipe.setToolTip(
            translate("ResultsPanel", "Before and after  (W)")
            if is_ready
            else translate("ResultsPanel", "Before and after: refine the draft first")
            if job.is_drafts
            else translate("ResultsPanel", "Before and after: once it is fitted into the photo")
        )

    def _say_seam(self, text: str, color: str) -> None:
        self.seam.setText(text)
        style = f"color: {color};"
        if style != self.seam.styleSheet():  # setting it lays out the panel, which takes long
            self.seam.setStyleSheet(style)

    def _show_accept(self, job: Job) -> None:
        """Name the button by what it does: drafts are refined before they can be accepted."""
        count = len(self.selected) if job.is_drafts else 0
        text = (
            translate("ResultsPanel", "Accept")
            if not count
            else translate("ResultsPanel", "Refine {count}").format(count=count)
            if count > 1
            else translate("ResultsPanel", "Refine")
        )
        self.list.setToolTip(
            translate("ResultsPanel", "Arrow keys choose, Enter refines, Esc keeps the original")
            if count
            else translate(
                "ResultsPanel", "Arrow keys choose, Enter accepts, Esc keeps the original"
            )
        )
        self.accept.setText(text)
        self.accept.setAccessibleName(text)
        self.accept.setToolTip(
            translate(
                "ResultsPanel",
                "Make the selected drafts in full detail; Shift and Ctrl select several  (Enter)",
            )
            if count
            else translate("ResultsPanel", "Add this result as a layer  (Enter)")
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.seam.setVisible(self.width() >= NARROW_PX)

    # What the user does.

    def _choose(self, index: QModelIndex) -> None:
        choice = self.model.data(index, CHOICE_ROLE) if index.isValid() else None
        job = None if choice is None else self._editor.generation.jobs.get(choice.job)
        if choice is None or job is None or job.state is not JobState.FINISHED:
            return
        self._editor.attempt(lambda: self._editor.candidates.choose(choice))

    def _step_to(self, index: QModelIndex) -> None:
        """Choose a candidate; of another island of the same mask, the one that is picked there."""
        jobs, now = self._editor.generation.jobs, self._editor.candidates.current
        choice: Choice | None = self.model.data(index, CHOICE_ROLE) if index.isValid() else None
        job = None if choice is None else jobs.get(choice.job)
        if choice and job and now and now.group and now.group == job.group:
            series = [jobs[one.job] for one in self._editor.results.series_of(choice)]
            latest = max(series, key=lambda one: one.picked_at)
            row = self.model.row_of(latest.by_pick[0]) if latest.choices else -1
            if job.place != now.place and row >= 0:
                index = self.model.index(row)
        self._choose(index)

    def _point_at(self, index: QModelIndex) -> None:
        choice, candidates = self.model.data(index, CHOICE_ROLE), self._editor.candidates
        if choice is not None and self.chosen is not None and choice.job == self.chosen.job:
            candidates.preview(choice.index)

    def _point_away(self) -> None:
        if self.chosen is not None:
            self._editor.candidates.preview(self._editor.candidates.selected)

    def press(self, name: str) -> None:
        """Do what a key stands for, with what is selected. name: see `KEYS`."""
        self._apply(name, self.selected)

    def _apply(self, name: str, selected: tuple[Choice, ...]) -> None:
        """Do what a key or an entry of a menu stands for."""
        editor, generation, results = self._editor, self._editor.generation, self._editor.results
        first = selected[0] if selected else None
        jobs: dict[str, Callable[[str], object]] = {
            "again": lambda job_id: generation.generate_again(job_id, count=1),
            "all_again": generation.generate_again,
            "settings": results.use_settings,
            "mask": results.edit_mask,
        }
        drafts = editor.candidates.draft is not None
        if name == "accept" and drafts:
            picked = [one for one in selected if generation.jobs[one.job].is_drafts]
            if editor.attempt(lambda: generation.refine(picked)):
                self.left.emit()
        elif name == "accept" and self.chosen is not None:
            if editor.attempt(editor.candidates.accept_selected):
                self.left.emit()
        elif name == "keep_original" and self.wipe.isChecked():
            self.wipe.setChecked(False)
        elif name == "keep_original":
            editor.keep_original()
            self.left.emit()
        elif name == "delete":
            results.delete(selected)
        elif name == "favorite":
            results.toggle(selected, Mark.FAVORITE)
        elif name == "reject":
            results.toggle(selected, Mark.REJECTED)
            self._leave_rejected()
        elif name == "compare" and self.chosen is not None:
            self.compare_requested.emit()
        elif name == "wipe" and self.wipe.isEnabled():
            self.wipe.toggle()
        elif name in ("wipe_left", "wipe_right"):
            self.wipe_moved.emit(WIPE_STEP if name == "wipe_right" else -WIPE_STEP)
        elif name in VARIATIONS and first is not None and not drafts:
            editor.attempt(lambda: generation.vary(first.job, first.index, VARIATIONS[name]))
        elif name in jobs and first is not None:
            editor.attempt(lambda: jobs[name](first.job))

    def delete_chosen(self) -> None:
        """Delete the chosen result, and look at the next one of its Generate; else at the last."""
        editor, chosen = self._editor, self.chosen
        if chosen is None:
            return
        series = editor.results.series_of(chosen)
        at = series.index(chosen)
        left = (*series[at + 1 :], *reversed(series[:at]))
        jobs, mark_of = editor.generation.jobs, editor.results.mark_of
        ended = (one for one in left if jobs[one.job].state is JobState.FINISHED)
        found = next((one for one in ended if mark_of(one) is not Mark.REJECTED), None)
        if found is not None:
            editor.attempt(lambda: editor.candidates.choose(found))
        editor.results.delete((chosen,))

    def _leave_rejected(self) -> None:
        """Look at the nearest result that is not rejected, the next ones first; else at none.

        Those for other islands of the same mask come last.
        """
        editor, chosen = self._editor, self.chosen
        if chosen is None or editor.results.mark_of(chosen) is not Mark.REJECTED:
            return
        jobs, series = editor.generation.jobs, editor.results.series_of(chosen)
        at, group = series.index(chosen), jobs[chosen.job].group
        beside = [job for job in jobs.results if group and job.group == group]
        others = (choice for job in beside for choice in job.by_pick)
        left = (
            one
            for one in (*series[at + 1 :], *reversed(series[:at]), *others)
            if jobs[one.job].state is JobState.FINISHED
            and editor.results.mark_of(one) is not Mark.REJECTED
        )
        found = next(left, None)
        if found is not None:
            editor.attempt(lambda: editor.candidates.choose(found))
        else:
            editor.keep_original()
            self.left.emit()


class ResultTitle(QLabel):
    """The name of a result; where there is too little room its prompt is cut, not its place."""

    def __init__(self) -> None:
        super().__init__()
        self._prompt = ""
        self.setProperty("role", "secondary")
        self.setMinimumWidth(1)

    def show_name(self, name: str, prompt: str = "") -> None:
        """Show a name. prompt: the part of it that may be cut; "" for all of it."""
        self._prompt = prompt or name
        self.setText(name)

    @property
    def seen_text(self) -> str:
        """What of the name there is room for."""
        name, room, metrics = self.text(), self.contentsRect().width(), self.fontMetrics()
        over = metrics.horizontalAdvance(name) - room
        if over <= 0:
            return name
        left = metrics.horizontalAdvance(self._prompt) - over
        if left < metrics.horizontalAdvance("…"):
            return metrics.elidedText(name, Qt.TextElideMode.ElideLeft, room)
        cut = metrics.elidedText(self._prompt, Qt.TextElideMode.ElideRight, left)
        return name.replace(self._prompt, cut, 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QColor(theme.SECONDARY))
        painter.drawText(self.contentsRect(), Qt.AlignmentFlag.AlignVCenter, self.seen_text)
        painter.end()


class Filmstrip(QListView):
    """One row of pictures. Arrow keys move along it; several are selected with Shift and Ctrl.

    is_compared: side by side is open, which Esc ends before it keeps the original.

    Signals: `stepped(index)` by an arrow key alone, `moved(index)` by any other key;
    `pressed_key(name)`, see `KEYS`; `pointer_left`.
    """

    stepped = Signal(QModelIndex)
    moved = Signal(QModelIndex)
    pressed_key = Signal(str)
    pointer_left = Signal()

    def __init__(self, model: ResultsModel, has_chosen: Callable[[], bool]) -> None:
        """has_chosen: whether a result is looked at, whatever is selected."""
        super().__init__()
        self.is_compared = False
        self._has_chosen = has_chosen
        self.setModel(model)
        self.setAccessibleName(translate("ResultsPanel", "Results"))
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setUniformItemSizes(False)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setMouseTracking(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFixedHeight(LIST_HEIGHT_PX)
        self.setIconSize(QSize(SIDE_PX, SIDE_PX))

    def event(self, event: QEvent) -> bool:
        """Keep the keys of `KEYS` from the shortcuts of the menus if they are for a result."""
        is_override = event.type() is QEvent.Type.ShortcutOverride
        has_result = self._has_chosen() or bool(self.selectedIndexes())
        if is_override and isinstance(event, QKeyEvent) and has_result:
            keys = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
            is_own = keys == Qt.KeyboardModifier.NoModifier and event.key() in KEYS
            is_own &= not (self.is_compared and event.key() == Qt.Key.Key_Escape)
            if is_own or event.matches(QKeySequence.StandardKey.SelectAll):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, keys = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        control = keys == Qt.KeyboardModifier.ControlModifier
        if key == Qt.Key.Key_Escape and not self._has_chosen():
            event.ignore()  # there is nothing to keep the original of
        elif control and key in ARROWS:
            self.pressed_key.emit("wipe_right" if key == Qt.Key.Key_Right else "wipe_left")
        elif keys == Qt.KeyboardModifier.NoModifier and key in KEYS:
            self.pressed_key.emit(KEYS[Qt.Key(key)])
        else:
            before = self.currentIndex()
            super().keyPressEvent(event)
            if self.currentIndex() != before:
                arrow = keys == Qt.KeyboardModifier.NoModifier and key in ARROWS
                (self.stepped if arrow else self.moved).emit(self.currentIndex())

    def leaveEvent(self, event: QEvent) -> None:
        self.pointer_left.emit()
        super().leaveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if not self.indexAt(event.position().toPoint()).isValid():
            self.pointer_left.emit()


def describe_seam(difference: float) -> tuple[str, str]:
    """Describe how visible the edge of a result is, and name the color to say it in.

    difference: median CIEDE2000 across the edge; about 1 is just noticeable side by side.
    """
    if difference < 1.5:
        return "✓  " + translate("ResultsPanel", "Edge not visible"), theme.SUCCESS
    if difference < 3:
        return translate("ResultsPanel", "Edge faintly visible"), theme.SECONDARY
    return translate("ResultsPanel", "Edge visible"), theme.WARNING
