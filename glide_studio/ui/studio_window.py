"""The window of the program: open documents as tabs, each with its panels and its menus."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QIcon,
    QKeySequence,
)
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QMainWindow,
    QMenuBar,
    QScrollArea,
    QStackedWidget,
    QTabBar,
    QWidget,
)

from glide_studio.editor.document_io import explain_unread
from glide_studio.editor.editor import Editor
from glide_studio.editor.jobs import Job, JobState
from glide_studio.editor.state import Notification, Severity
from glide_studio.io.project.recovery import Recoverable
from glide_studio.translation import QT_TRANSLATE_NOOP, translate
from glide_studio.ui import theme
from glide_studio.ui.closing_editors import ClosingEditors
from glide_studio.ui.desktop_message import show_desktop_message
from glide_studio.ui.dialogs import (
    FOLLOW_INTERVAL_MS,
    ask_running,
    ask_unsaved_several,
    tell_writing,
)
from glide_studio.ui.drop_zones import dropped_paths
from glide_studio.ui.icons import icon
from glide_studio.ui.preferences import MIN_WINDOW, Preferences
from glide_studio.ui.prompt_panel import describe_job, describe_retouching
from glide_studio.ui.results_model import describe_fill
from glide_studio.ui.tab_memory import TabMemory
from glide_studio.ui.theme import style_window
from glide_studio.ui.widgets import announce, make_column, make_icon_button, make_row
from glide_studio.ui.window import EditorWindow

DEFAULT_SIZE = (1440, 900)  # in pixels
LONG_JOB_S = 10.0  # from here on the desktop tells that a job has ended
UNTITLED = QT_TRANSLATE_NOOP("StudioWindow", "New tab")


class PageStack(QStackedWidget):
    """Pages of which only the one in view asks for room: the others may not be laid out yet."""

    def __init__(self) -> None:
        super().__init__()
        self.currentChanged.connect(lambda _: self.updateGeometry())

    def sizeHint(self) -> QSize:
        page = self.currentWidget()
        return super().sizeHint() if page is None else page.sizeHint()

    def minimumSizeHint(self) -> QSize:
        page = self.currentWidget()
        return super().minimumSizeHint() if page is None else page.minimumSizeHint()


class StudioWindow(QMainWindow):
    """Documents as tabs. `closed` is emitted once the user has agreed to close all of them.

    page_closed: nothing of a closed tab is being written any more. pages: one `EditorWindow` for
    each tab, in the order of the tabs. There is always one; the last may be empty.
    """

    closed = Signal()
    page_closed = Signal()

    def __init__(self, make_editor: Callable[[], Editor]) -> None:
        super().__init__()
        self._make_editor = make_editor
        self._preferences = Preferences()
        self._is_agreed = False  # while it closes after the questions about unsaved changes
        self._running: set[str] = set()  # ids of jobs whose end is still to be told
        self._unseen: set[EditorWindow] = set()  # pages with results since they were in view
        self._busy: set[EditorWindow] = set()  # pages of which something is being made
        self._elsewhere = QTimer(self, interval=FOLLOW_INTERVAL_MS)
        self._elsewhere.timeout.connect(self._show_elsewhere)
        self._recovered: set[EditorWindow] = set()  # pages with recovered work; marked until saved
        self.pages: list[EditorWindow] = []
        self.memory = TabMemory(self, self._preferences)
        self._closing = ClosingEditors(self)
        self._closing.ended.connect(self.page_closed)
        self._closing.told.connect(self._tell_closed)
        self._menu_bars: dict[EditorWindow, QMenuBar] = {}
        self._menus = QStackedWidget()
        self._stack = PageStack()
        self.tabs = QTabBar()
        self.tabs.setAccessibleName(translate("StudioWindow", "Open documents"))
        self.tabs.setDocumentMode(True)
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setMovable(True)
        self.tabs.setTabsClosable(True)
        self.tabs.setElideMode(Qt.TextElideMode.ElideMiddle)
        self.tabs.installEventFilter(self)
        self._tab_row = QWidget()
        row = make_row(self._tab_row, (6, 2, 6, 0), 2)
        row.addWidget(self.tabs)
        row.addWidget(
            make_icon_button(
                "plus", translate("StudioWindow", UNTITLED), self.add_page, "Ctrl+Shift+T"
            )
        )
        row.addStretch()
        whole = QWidget()
        column = make_column(whole)
        column.addWidget(self._tab_row)
        column.addWidget(self._stack, 1)
        self.setMenuWidget(self._menus)
        self.setAcceptDrops(True)
        area = QScrollArea()  # for a screen that has no room for all panels
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(whole)
        # Each page is styled by itself.
        for part in (self._tab_row, area.verticalScrollBar(), area.horizontalScrollBar()):
            style_window(part)
        self.setCentralWidget(area)
        room = self.screen().availableSize()
        self.setMinimumSize(QSize(*MIN_WINDOW).boundedTo(room))
        if not self.restoreGeometry(self._preferences.window_geometry):
            self.resize(QSize(*DEFAULT_SIZE))
        self.resize(self.size().boundedTo(room))
        for keys, step in (
            (("Ctrl+Tab", "Ctrl+PgDown"), 1),
            (("Ctrl+Shift+Tab", "Ctrl+PgUp"), -1),
        ):
            action = QAction(
                translate("StudioWindow", "Next tab")
                if step > 0
                else translate("StudioWindow", "Previous tab"),
                self,
            )
            action.setShortcuts([QKeySequence(one) for one in keys])
            action.triggered.connect(lambda _=False, step=step: self._step(step))
            self.addAction(action)
        self.tabs.currentChanged.connect(self._show_page)
        self.tabs.tabMoved.connect(self._move_page)
        self.tabs.tabCloseRequested.connect(lambda at: self.close_page(self.pages[at]))
        self.add_page()

    @property
    def page(self) -> EditorWindow:
        """The page of the current tab."""
        return self.pages[self.tabs.currentIndex()]

    def add_page(self, *, activate: bool = True) -> EditorWindow:
        """Add an empty tab."""
        editor = self._make_editor()
        editor.requests.use_model(self._preferences.model)
        editor.files.wait_for_file = self._closing.wait_for_file
        page = EditorWindow(editor, self._stack)
        actions = page.file_actions
        actions.open_paths = self.open_paths
        actions.recover_paths = lambda paths: self._recover(paths, page)
        actions.add_tab = self.add_page
        actions.close = lambda: self.close_page(page)
        actions.quit = self.close
        page.preferences_changed = self._use_preferences
        self._menu_bars[page] = page.menu_bar
        self._menus.addWidget(self._menu_bars[page])
        self._stack.addWidget(page)
        self.pages.append(page)
        self.tabs.addTab(translate("StudioWindow", UNTITLED))
        page.windowTitleChanged.connect(lambda _: self._show_titles())
        editor.document_changed.connect(lambda *_: self._show_titles())
        editor.candidates_changed.connect(self._show_titles)
        editor.results.changed.connect(self._show_titles)
        editor.document_changed.connect(lambda *_: self.memory.note_change())
        editor.jobs_changed.connect(lambda job: self._announce(page, job))
        editor.jobs_changed.connect(lambda job: self.memory.note_change())
        editor.jobs_changed.connect(lambda job: self._follow_work(page))
        editor.retouch_work.changed.connect(lambda: self._follow_work(page))
        editor.retouch_work.applied.connect(lambda: self._mark_unseen(page))
        editor.thumbnails.made.connect(self.memory.note_change)  # they read old states again
        if activate or len(self.pages) == 1:
            self.tabs.setCurrentIndex(len(self.pages) - 1)
        self._show_titles()
        return page

    def open_paths(
        self, paths: Sequence[Path], *, activate: bool = True, offers_recovery: bool = True
    ) -> None:
        """Open each file in a tab of its own; one that is open already is shown instead.

        An empty tab takes the first of them. offers_recovery: see `EditorWindow.load`.
        """
        former = self.page
        left, unread = list[Path](), list[tuple[str, Notification]]()
        for path in paths:
            known = next((page for page in self.pages if page.holds(path)), None)
            page = known or next((page for page in self.pages if page.is_empty), None)
            if page is None:
                page = self.add_page(activate=activate)
                self._remove_if_empty(page, former)
            elif activate:
                self.tabs.setCurrentIndex(self.pages.index(page))
            if known is None:
                if len(paths) > 1:
                    self._note_unread(page, path, left, unread)
                page.load(path, offers_recovery=offers_recovery)

    def _note_unread(
        self,
        page: EditorWindow,
        path: Path,
        left: list[Path],
        unread: list[tuple[str, Notification]],
    ) -> None:
        """Tell, once none of several files is left, which could not be read.

        What is said of each is hidden by what is said of the next.
        """
        heard = list[Notification]()
        forget = page.editor.notice.connect(heard.append)

        def end() -> None:
            forget()
            left.remove(path)
            errors = [one for one in heard if one.severity is Severity.ERROR]
            if page.editor.history is None and errors:
                unread.append((path.name, errors[-1]))
            if unread and not left:
                # Later: what is said of the last one alone comes before.
                QTimer.singleShot(0, self, lambda: self._tell_unread(unread))

        left.append(path)
        self._call_once(page, end)

    def _tell_unread(self, unread: Sequence[tuple[str, Notification]]) -> None:
        one = unread[0][1]
        text = one.text if len(unread) == 1 else str(explain_unread([name for name, _ in unread]))
        self.page.editor.state.notify(text, Severity.ERROR, one.command)

    def _recover(self, paths: Sequence[Path], first: EditorWindow) -> None:
        """Open unsaved work, each piece in a tab of its own; `first` is the tab of the first."""
        left, recovered = [*paths], []

        def end(page: EditorWindow, path: Path) -> None:
            left.remove(path)
            if page.editor.history is not None:
                recovered.append(page)
                self._recovered.add(page)
                self._show_titles()
            if not left and len(recovered) > 1:
                # Later: each page says the name of its own work first.
                QTimer.singleShot(0, self, lambda: self._tell_recovered(len(recovered)))

        for path in paths:
            page = first if first.is_empty else self.add_page(activate=False)
            if page is not first:
                self._remove_if_empty(page, first)
            self._call_once(page, partial(end, page, path))
            page.recover(path)

    def _call_once(self, page: EditorWindow, then: Callable[[], object]) -> None:
        """Call `then` when what is being opened on a page is open or has failed."""

        def end() -> None:
            disconnect()
            then()

        disconnect = page.editor.files.opening_ended.connect(end)

    def _tell_recovered(self, count: int) -> None:
        text = translate(
            "StudioWindow", "%n works were recovered, each in a tab of its own.", None, count
        )
        self.page.editor.state.notify(text)

    def _list_lost(self, page: EditorWindow) -> None:
        """List the unsaved work that is left on a page that stays empty."""
        if page in self.pages and page.is_empty:
            page.editor.files.find_recoverable(page.welcome.offer)

    def _remove_if_empty(self, page: EditorWindow, former: EditorWindow) -> None:
        """Remove a tab again if nothing could be opened in it.

        former: the tab that is in view then, and says what was said.
        """
        heard: list[Notification] = []

        def end() -> None:
            forget()
            disconnect()
            if page.editor.history is None:
                # Later: the page itself still hears that its opening has ended.
                QTimer.singleShot(0, self, lambda: self._remove_unopened(page, former, heard))

        forget = page.editor.notice.connect(heard.append)
        disconnect = page.editor.files.opening_ended.connect(end)

    def _remove_unopened(
        self, page: EditorWindow, former: EditorWindow, said: list[Notification]
    ) -> None:
        if page not in self.pages or not page.is_empty or len(self.pages) == 1:
            return
        if page is self.page and former in self.pages:
            self.tabs.setCurrentIndex(self.pages.index(former))
        self._remove(page)
        for notice in said:
            if notice.severity is Severity.ERROR:
                self.page.editor.state.notify(notice.text, notice.severity, notice.command)

    def open_first(self, paths: Sequence[Path]) -> None:
        """Open the files that the program was started with; then tell of unsaved work, if any."""
        self.open_paths(paths)

        def find() -> None:
            self.page.editor.files.find_recoverable(self._tell_lost)

        # Later: what is said of the opened file comes before.
        self._call_once(self.page, lambda: QTimer.singleShot(0, self, find))

    def _tell_lost(self, found: list[Recoverable]) -> None:
        if self.page.is_empty:
            self.page.welcome.offer(found)
        elif found:
            text = translate("StudioWindow", "There is unsaved work from the last time.")
            self.page.notices.show_notice(Notification(text, Severity.WARNING), self.add_page)

    def offer(self, found: list[Recoverable]) -> None:
        """Show unsaved work on the first page; then open what was open the last time."""
        self.pages[0].welcome.offer(found)
        if found:
            self.pages[0].is_reserved = True
        self.restore_session()
        self.pages[0].is_reserved = False

    def restore_session(self) -> None:
        """Open the files that were open when the window was closed, if they are still there."""
        if self._preferences.reopens_files:
            paths = [path for path in self._preferences.open_files if path.exists()]
            # The first page lists the unsaved work already.
            reserved = self.pages[0].is_reserved
            self.open_paths(paths, activate=not reserved, offers_recovery=not reserved)
            front = Path(self._preferences.front_file)
            if not reserved and front in paths:
                self.open_paths([front])

    def close_page(self, page: EditorWindow) -> None:
        """Close a tab, after its questions; the last one becomes empty."""
        self.tabs.setCurrentIndex(self.pages.index(page))
        page.file_actions.confirm_discard(lambda: self._remove(page))

    def event(self, event: QEvent) -> bool:
        """Take the keyboard back from a dialog that closes: without a window manager none does."""
        handled = super().event(event)
        if event.type() is QEvent.Type.WindowUnblocked and (
            QApplication.focusWindow() is not None
            # The list of a file dialog's field leaves no window with the keyboard.
            or QApplication.applicationState() is Qt.ApplicationState.ApplicationActive
        ):
            self.activateWindow()
        return handled

    def closeEvent(self, event: QCloseEvent) -> None:
        is_running, is_agreed = bool(self._list_running()), self._is_agreed
        is_writing = bool(self._list_writing())
        if not is_writing and (is_agreed or not (is_running or self._unsaved)):
            self.page.editor.attempt(self._store)
            event.accept()
            self.closed.emit()
            return
        event.ignore()
        if is_running and not is_agreed:
            ask_running(self, self._list_running, self._ask_unsaved)
        elif self._unsaved and not is_agreed:
            self._ask_unsaved()
        else:
            close = self._close_agreed if is_agreed else self.close
            tell_writing(self, self._list_writing, close)

    def _list_running(self) -> list[str]:
        """Return what is still being made in all tabs, in words."""
        return [
            f"{_name_page(page)}: {one}" for page in self.pages for one in page.file_actions.running
        ]

    def _list_writing(self) -> list[str]:
        """Return what is still being saved and exported of all tabs and closed ones, in words."""
        own = [one for page in self.pages for one in page.editor.files.writing]
        return own + self._closing.writing

    def close_editors(self, *, keep: bool = False) -> None:
        """Close the editors of all tabs, and wait for those that are being closed.

        keep: see `Editor.close`.
        """
        for page in self.pages:
            page.editor.close(keep=keep)
        self._closing.wait()

    def _ask_unsaved(self) -> None:
        """Ask about unsaved work, if there is any, then close the window."""
        unsaved = self._unsaved
        if len(unsaved) < 2:
            self._review(unsaved)
            return
        ask_unsaved_several(
            self,
            [_name_page(page) for page in unsaved],
            lambda: self._save_all(unsaved),
            self._close_agreed,
            lambda: self._review(unsaved),
            have_files=all(page.file_actions.project for page in unsaved),
        )

    @property
    def _unsaved(self) -> list[EditorWindow]:
        return [page for page in self.pages if page.editor.modified]

    def _close_agreed(self) -> None:
        """Close the window, whatever is unsaved."""
        self._is_agreed = True
        self.close()
        self._is_agreed = False

    def _save_all(self, pages: Sequence[EditorWindow]) -> None:
        """Save documents one after the other, then close the window; no file named ends it."""
        if not pages:
            self._ask_unsaved()  # again about what was edited meanwhile
            return
        self.tabs.setCurrentIndex(self.pages.index(pages[0]))
        pages[0].file_actions.save(lambda: self._save_all(pages[1:]))

    def _review(self, pages: Sequence[EditorWindow]) -> None:
        """Ask for each document, then close the window; a change of mind ends the round."""
        if not pages:
            self._close_agreed()
            return
        self.tabs.setCurrentIndex(self.pages.index(pages[0]))
        pages[0].file_actions.confirm_unsaved(lambda: self._review(pages[1:]))

    def _store(self) -> None:
        self._preferences.window_geometry = self.saveGeometry()
        self._preferences.open_files = [
            path.absolute()
            for page in self.pages
            if (path := page.editor.state.path) is not None and path.exists()
        ]
        front = self.page.editor.state.path
        self._preferences.front_file = "" if front is None else str(front.absolute())

    def _remove(self, page: EditorWindow) -> None:
        if page not in self.pages:
            return  # closed again while it was being saved
        if len(self.pages) == 1:
            if page.is_empty:
                return
            self.add_page()
        at = self.pages.index(page)
        menu_bar = self._menu_bars.pop(page)
        del self.pages[at]
        self._unseen.discard(page)
        self._busy.discard(page)
        self._recovered.discard(page)
        self._stack.removeWidget(page)
        self._menus.removeWidget(menu_bar)
        self.tabs.removeTab(at)
        page.hide()
        self._closing.close(page.editor)
        writing = page.editor.files.writing
        for one in (page, menu_bar):
            # Out of the window first: what `findChildren` finds of it before it is deleted gets a
            # new parent by PySide, which then keeps it and all that it refers to.
            one.setParent(None)
            one.deleteLater()
        self._show_page(self.tabs.currentIndex())
        self._show_titles()
        self.activateWindow()  # the question, which was in front, belonged to the page
        for doing in writing[-1:]:
            self.page.editor.state.notify(doing)

    def _tell_closed(self, notice: Notification) -> None:
        """Tell what became of a save or an export of a tab that is closed."""
        self.page.editor.state.notify(notice.text, notice.severity, notice.command)

    def _announce(self, page: EditorWindow, job: Job) -> None:
        """Mark the tab of a job that ends out of view; tell the desktop if the window is.

        The list of windows marks this one; of a long job a message says so as well.
        """
        if not job.state.final:
            self._running.add(job.id)
            return
        if job.id not in self._running:
            return  # it was told, or comes with a project
        self._running.remove(job.id)
        if job.choices:
            self._mark_unseen(page)
        if self.isActiveWindow():
            return
        QApplication.alert(self)
        if job.state is JobState.FINISHED and job.seconds >= LONG_JOB_S:
            text = translate("StudioWindow", "The results for {fill} are ready.")
            show_desktop_message(
                translate("App", "Glide Studio"), text.format(fill=describe_fill(job))
            )

    def _mark_unseen(self, page: EditorWindow) -> None:
        """Mark the tab of a page that has a result while it is out of view."""
        if page is self.page or page not in self.pages:
            return
        self._unseen.add(page)
        self._show_titles()
        text = translate("StudioWindow", "{name}: results are ready")
        announce(self.tabs, text.format(name=_name_page(page)))

    def _follow_work(self, page: EditorWindow) -> None:
        """Mark the tab of a page while something of it is being made."""
        is_busy = page in self.pages and bool(_describe_work(page))
        if is_busy != (page in self._busy):
            (self._busy.add if is_busy else self._busy.discard)(page)
            self._show_titles()
            self._show_elsewhere()

    def _show_elsewhere(self) -> None:
        """Tell the page in view what is being made of others."""
        busy = [one for one in self.pages if one in self._busy and one is not self.page]
        works = [f"{_name_page(one)}: {_describe_work(one, briefly=True)}" for one in busy[:1]]
        if len(busy) > 1:
            works.append(translate("QueuePanel", "{count} more").format(count=len(busy) - 1))
        self.page.status.queue.show_elsewhere("  ·  ".join(works))
        if not busy:
            self._elsewhere.stop()
        elif not self._elsewhere.isActive():
            self._elsewhere.start()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take files that were dropped beside the page, such as on the tabs, as the page does."""
        self.page.dropEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the tool tips of the tabs say how much is done by now."""
        if event.type() is QEvent.Type.ToolTip:
            self._show_titles()
        return False

    def _use_preferences(self) -> None:
        for page in self.pages:
            page.use_preferences()

    def _step(self, step: int) -> None:
        self.tabs.setCurrentIndex((self.tabs.currentIndex() + step) % len(self.pages))

    def _move_page(self, source: int, target: int) -> None:
        """Follow a tab that the user has dragged to another place."""
        self.pages.insert(target, self.pages.pop(source))
        self._show_page(self.tabs.currentIndex())

    def _show_page(self, at: int) -> None:
        if not 0 <= at < len(self.pages):
            return
        before = self._stack.currentWidget()
        page = self.pages[at]
        self._unseen.discard(page)
        self.memory.view(page, self.pages)
        self._stack.setCurrentWidget(page)
        self._menus.setCurrentWidget(self._menu_bars[page])
        if isinstance(before, EditorWindow) and before is not page and before in self.pages:
            before.editor.show_before(False)
            page.editor.take_tools(before.editor.tool_settings)
        self._show_elsewhere()
        (page.welcome if page.is_empty else page.canvas).setFocus()
        if self.isVisible():  # the list of the start comes by `offer`
            # Later: a file may be about to be opened here.
            QTimer.singleShot(0, self, lambda: self._list_lost(page))
        self._show_titles()

    def _show_titles(self) -> None:
        """Show names of files on the tabs, with a dot for unsaved changes and a spark for results.

        The spark goes once the tab is looked at, the word for recovered work once it is saved. An
        hourglass marks a tab out of view while something of it is being made.
        """
        if self.tabs.count() != len(self.pages):
            return
        for at, page in enumerate(self.pages):
            name, is_unseen = _name_page(page), page in self._unseen
            if not page.editor.modified:
                self._recovered.discard(page)
            if page in self._recovered:
                name = translate("StudioWindow", "{name} (recovered)").format(name=name)
            self.tabs.setTabText(at, f"● {name}" if page.editor.modified else name)
            ready = translate("StudioWindow", "Results are ready") if is_unseen else ""
            is_busy = page in self._busy and page is not self.page
            work = _describe_work(page) if is_busy else ""
            path = page.editor.state.path
            self.tabs.setTabToolTip(at, "\n".join(filter(None, (ready, work, str(path or "")))))
            mark, said = QIcon(), ""
            if is_busy:
                mark = icon("busy", theme.SECONDARY)
                said = translate("StudioWindow", "{name}: something is being made")
            elif is_unseen:
                mark = icon("spark", theme.ACCENT)
                said = translate("StudioWindow", "{name}: results are ready")
            self.tabs.setTabIcon(at, mark)
            self.tabs.setAccessibleTabName(at, said.format(name=name))
        self._tab_row.setVisible(len(self.pages) > 1)
        self.setWindowTitle(self.page.windowTitle())
        self.setWindowModified(self.page.editor.modified)


def _describe_work(page: EditorWindow, *, briefly: bool = False) -> str:
    """Describe what is being made of a page, and how much of it is done; "" for nothing.

    briefly: without the prompt.
    """
    work, job = page.editor.retouch_work, page.editor.generation.jobs.active
    if job is not None:
        return describe_job(job) if briefly else f"{describe_fill(job)}: {describe_job(job)}"
    return describe_retouching(work) if work.is_pending else ""


def _name_page(page: EditorWindow) -> str:
    return page.editor.name or translate("StudioWindow", UNTITLED)
