"""Random clicks, keys, drops and sizes on the real window, with everything checked that must never break.

    python -m tests.quality.random_input [--minutes 10] [--seed 0] [--verbose]

A hand without sense clicks, drags, types, drops files and changes the size of a window with a tiny model
of random weights. Every few steps the working store is copied, as a crash would leave it, and read: it
must hold the history of the window. At the end, and all along:

- no exception, neither in the window nor in a background thread;
- no lost edit: what is recovered is what the window shows;
- no thread of ours left once the window is closed;
- nothing left of a tab that was closed;
- bounded memory.

The same seed makes the same steps, though not at the same moments.
"""

from __future__ import annotations

import argparse
import faulthandler
import gc
import logging
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import threading
import time
import traceback
import weakref
from collections import Counter, deque
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import psutil
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import (
    QDesktopServices,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QMenu, QMessageBox, QWidget
from shiboken6 import isValid

from glide_studio.editor.editor import Editor
from glide_studio.editor.runner import ThreadRunner
from glide_studio.editor.shared_runner import SharedRunner
from glide_studio.editor.workers import Workers
from glide_studio.imaging.memory import map_large_blocks
from glide_studio.io.project.working_store import WorkingStore
from glide_studio.ui.studio_window import StudioWindow
from glide_studio.ui.theme import apply_theme
from glide_studio.ui.window import EditorWindow
from tests.benchmarks.killer import fingerprint
from tests.ui.windows import Poster, close_studio, run_event_loop, send_move, wait_until

MAX_MEMORY = 2.0e9  # bytes resident, of the whole process
MAX_TABS = 4
CHECK_STEPS = 40  # between two looks at the working store
COLLECT_STEPS = 400  # between two looks for what is left of closed tabs
LETTERS = "bejkslpmowrufgicnhvqx456"
CHORDS = (
    "Ctrl+R", "Ctrl+;", "Ctrl+Alt+A",
    "Ctrl+Z", "Ctrl+Shift+Z", "Ctrl+D", "Ctrl+A", "Ctrl+Return", "Ctrl+J", "Ctrl+G", "Ctrl+E",
    "Ctrl+Shift+N", "Ctrl+[", "Ctrl+]", "Ctrl+0", "Ctrl+1", "Ctrl+2", "Ctrl+C", "Ctrl+V", "Ctrl+S",
    "Ctrl+Shift+E", "Ctrl+N", "Ctrl+O", "Ctrl+W", "Ctrl+Tab", "Ctrl+K", "Ctrl+L", "Ctrl+T", "F1", "F7",
    "F8", "Return", "Escape", "Tab", "Delete", "Space", "Left", "Right", "[", "]", "Ctrl+Alt+C",
    "Ctrl+Alt+I", "Ctrl+,", "Ctrl+Shift+Return", "Alt+Right",
)  # fmt: skip
WORDS = ("apple", "a red apple", "replace the apple with a cup", "苹果", "", "7", "-3", "fail")
SIZES = ((980, 660), (1024, 700), (1366, 768), (1920, 1080), (700, 500))


class Fault(Exception):
    """Something that must never happen has happened."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run and print a summary; the exit status is 1 if something broke."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.quality.random_input", description=__doc__
    )
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--verbose", action="store_true", help="print every step")
    options = parser.parse_args(arguments)
    faulthandler.enable()
    map_large_blocks()  # as the program does
    application = QApplication.instance() or QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        faults = try_window(Path(folder), options.seed, 60 * options.minutes, options.verbose)
    for fault in faults:
        print(fault)
    del application
    return bool(faults)


def try_window(folder: Path, seed: int, seconds: float, verbose: bool = False) -> list[str]:
    """Send random input for so many seconds; returns what broke, nothing if all is well."""
    from glide_studio.inference.engine import LocalEngine
    from tests.conftest import make_model_set

    os.environ |= {
        "GLIDE_STUDIO_STATE": str(folder / "state"),
        "GLIDE_STUDIO_MODELS": str(folder / "models"),
    }
    shelf = folder / "shelf"
    shelf.mkdir()
    make_model_set(shelf, "tiny")
    threads = set(threading.enumerate())
    hand = RandomHand(folder, seed, lambda: LocalEngine([shelf]), verbose)
    faults = []
    end = time.monotonic() + seconds
    with hand.watching():
        try:
            while time.monotonic() < end:
                hand.step()
            hand.check()
        except Exception:
            faults.append(f"{traceback.format_exc()}after: {', '.join(hand.recent)}")
        hand.end()
    faults += hand.faults
    left = [one.name for one in set(threading.enumerate()) - threads if one.is_alive()]
    # Libraries keep pools of their own as long as the process lives.
    left = [name for name in left if not name.startswith(("asyncio", "Dummy", "pymp"))]
    if left:
        faults.append(f"threads left alive: {left}")
    print(
        f"seed {seed}: {hand.steps} steps, {hand.edits} edits, {hand.checked} stores read back, "
        f"most memory {hand.most_memory / 1e6:.0f} MB, {len(faults)} faults; "
        f"{dict(hand.kinds.most_common())}"
    )
    return faults


class RandomHand(logging.Handler):
    """Sends the input, and hears what the program logs."""

    def __init__(self, folder: Path, seed: int, build: Callable[[], object], verbose: bool):
        super().__init__(logging.ERROR)
        self.folder, self.choose, self.verbose = folder, random.Random(seed), verbose
        self.steps = self.edits = self.checked = 0
        self.most_memory = 0
        self.pages: weakref.WeakSet[EditorWindow] = weakref.WeakSet()
        self.kinds: Counter[str] = Counter()
        self.recent: deque[str] = deque(maxlen=25)
        self.faults: list[str] = []
        apply_theme(QApplication.instance())
        self._poster = Poster()
        post = self._poster.post
        self.runner = SharedRunner(ThreadRunner(build, post))
        self.window = StudioWindow(lambda: Editor(self.runner.lease(), Workers.threads(post)))
        self.window.resize(1200, 800)
        self.window.show()
        self.files = write_files(folder)
        self.window.open_paths([self.files[0]])
        wait_until(lambda: self.editor.history is not None)
        self.editor.set_generation_settings(model="tiny")
        self.popup_timer = QTimer(interval=50)
        self.popup_timer.timeout.connect(self.use_popup)
        self.popup_timer.start()
        self.actions: list[tuple[int, Callable[[], str]]] = [
            (30, self.drag),
            (22, self.click),
            (10, self.press_letter),
            (14, self.press_chord),
            (4, self.write_words),
            (4, self.turn_wheel),
            (3, self.drop),
            (2, self.resize),
            (2, self.use_menu),
        ]

    @property
    def editor(self) -> Editor:
        return self.window.page.editor

    def watching(self):  # type: ignore[no-untyped-def]
        """Hear of exceptions in slots and of errors in threads."""
        from contextlib import contextmanager

        @contextmanager
        def hear():  # type: ignore[no-untyped-def]
            before, opened = sys.excepthook, QDesktopServices.openUrl
            sys.excepthook = self.take_exception
            logging.getLogger().addHandler(self)
            QDesktopServices.openUrl = lambda url: True  # no browser of the machine
            try:
                yield
            finally:
                sys.excepthook = before
                QDesktopServices.openUrl = opened
                logging.getLogger().removeHandler(self)

        return hear()

    def take_exception(self, kind, error, trace) -> None:  # type: ignore[no-untyped-def]
        text = "".join(traceback.format_exception(kind, error, trace))
        self.faults.append(f"{text}after: {', '.join(self.recent)}")

    def emit(self, record: logging.LogRecord) -> None:
        text = self.format(record)
        self.faults.append(f"logged: {text} after: {', '.join(self.recent)}")

    # One step.

    def step(self) -> None:
        weights, actions = zip(*self.actions, strict=True)
        (action,) = self.choose.choices(actions, weights)
        name = action.__name__
        self.recent.append(name)
        said = action()
        self.recent[-1] = f"{name} {said}".strip()
        if self.verbose:
            print(self.recent[-1], flush=True)
        self.kinds[name] += 1
        self.steps += 1
        self.pages.update(self.window.pages)
        run_event_loop(self.choose.choice((0, 0, 1, 5, 30)))
        self.answer_questions()
        if self.steps % CHECK_STEPS == 0:
            self.check()

    def click(self) -> str:
        shown = [one for one in self.targets() if isValid(one) and one.isEnabled()]
        if not shown:
            return ""
        widget = self.choose.choice(shown)
        name = f"{type(widget).__name__} {widget.accessibleName()}"
        self.recent[-1] = f"click {name}"
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=self.place_in(widget))
        return name

    def drag(self) -> str:
        canvas = self.window.page.canvas
        if not canvas.isVisible() or QApplication.activeModalWidget() is not None:
            return "not"
        keys = self.choose.choice(
            (Qt.KeyboardModifier.NoModifier,) * 4
            + (Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier)
        )
        places = [self.place_in(canvas) for _ in range(self.choose.randint(2, 5))]
        QTest.mousePress(canvas, Qt.MouseButton.LeftButton, keys, places[0])
        for place in places[1:]:
            send_move(canvas, place, Qt.MouseButton.LeftButton)
        if self.choose.random() < 0.95:
            QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, keys, places[-1])
        return self.editor.tool_settings.tool.value

    def press_letter(self) -> str:
        return self.press(self.choose.choice(LETTERS))

    def press_chord(self) -> str:
        return self.press(self.choose.choice(CHORDS))

    def press(self, keys: str) -> str:
        from PySide6.QtGui import QKeySequence

        combination = QKeySequence(keys)[0]
        target = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        focus = (target or self.window).focusWidget() or target or self.window
        QTest.keyClick(focus, combination.key(), combination.keyboardModifiers())
        return keys

    def write_words(self) -> str:
        words = self.choose.choice(WORDS)
        if words.isascii():
            focus = self.window.focusWidget() or self.window
            QTest.keyClicks(focus, words)
        else:
            self.editor.set_generation_settings(prompt=words)
        return repr(words)

    def turn_wheel(self) -> str:
        canvas = self.window.page.canvas
        place = self.place_in(canvas).toPointF()
        turn = QPoint(0, self.choose.choice((-480, -120, 120, 480)))
        none = Qt.MouseButton.NoButton
        event = QWheelEvent(
            place, canvas.mapToGlobal(place), QPoint(), turn, none,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(canvas, event)
        return ""

    def drop(self) -> str:
        if QApplication.activeModalWidget() is not None or len(self.window.pages) >= MAX_TABS:
            return "not"
        path = self.choose.choice(self.files)
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        page = self.window.page
        place, copy = self.place_in(page), Qt.DropAction.CopyAction
        none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
        QApplication.sendEvent(page, QDragEnterEvent(place, copy, data, left, none))
        place = self.place_in(page)
        QApplication.sendEvent(page, QDragMoveEvent(place, copy, data, left, none))
        QApplication.sendEvent(page, QDropEvent(QPointF(place), copy, data, left, none))
        return path.name

    def resize(self) -> str:
        size = self.choose.choice(SIZES)
        self.window.resize(*size)
        return str(size)

    def use_menu(self) -> str:
        """Choose any entry of any menu but those that end the window."""
        bar = self.window.page.menu_bar
        menus = [one for one in bar.findChildren(QMenu) if one.title()]
        menu = self.choose.choice(menus)
        menu.aboutToShow.emit()
        entries = [one for one in menu.actions() if one.isEnabled() and not one.isSeparator()]
        entries = [one for one in entries if "Quit" not in one.text().replace("&", "")]
        if not entries or QApplication.activeModalWidget() is not None:
            return "not"
        entry = self.choose.choice(entries)
        self.recent[-1] = f"use_menu {menu.title()} {entry.text()}"
        said = f"{menu.title()} {entry.text()}"  # the entry may delete its menu
        entry.trigger()
        return said

    def targets(self) -> list[QWidget]:
        """Return what may be clicked: children of the uppermost window."""
        top = QApplication.activePopupWidget() or QApplication.activeModalWidget() or self.window
        return [one for one in top.findChildren(QWidget) if one.isVisible() and one.width() > 0]

    def place_in(self, widget: QWidget) -> QPoint:
        return QPoint(
            self.choose.randrange(max(1, widget.width())),
            self.choose.randrange(max(1, widget.height())),
        )

    def answer_questions(self) -> None:
        """Answer file dialogs with a file of ours, questions at random; leave dialogs after a while."""
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QFileDialog):
            saves = dialog.acceptMode() is QFileDialog.AcceptMode.AcceptSave
            path = self.folder / f"saved.{dialog.defaultSuffix() or 'png'}"
            names = [str(path)] if saves else [str(self.choose.choice(self.files))]
            dialog.close()
            if len(self.window.pages) < MAX_TABS:
                dialog.filesSelected.emit(names)
                dialog.fileSelected.emit(names[0])
        elif isinstance(dialog, QMessageBox):
            buttons = [one for one in dialog.buttons() if one.isEnabled()]
            self.choose.choice(buttons).click()
        elif isinstance(dialog, QDialog) and self.choose.random() < 0.25:
            dialog.reject()
        while len(self.window.pages) > MAX_TABS:
            self.window._remove(self.window.pages[-1])

    def use_popup(self) -> None:
        """Choose something in an open menu or list, or close it: a menu holds up the caller.

        So does the question of Qt's file dialog whether a file is replaced.
        """
        question = QApplication.activeModalWidget()
        if isinstance(question, QMessageBox) and isinstance(question.parent(), QFileDialog):
            question.reject()
        popup = QApplication.activePopupWidget()
        if popup is None:
            return
        for key in self.choose.choices(
            (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Escape), k=2
        ):
            if popup.isVisible():
                QTest.keyClick(popup, key)
        popup.close()

    # What must hold.

    def check(self) -> None:
        """Compare what a crash would leave with what the window has; look at the memory."""
        self.most_memory = max(self.most_memory, psutil.Process().memory_info().rss)
        if self.most_memory > MAX_MEMORY:
            raise Fault(f"{self.most_memory / 1e9:.2f} GB of memory are in use")
        for page in list(self.window.pages):
            if page.editor.history is not None:
                self.check_store(page.editor)
        if self.steps % COLLECT_STEPS == 0:
            self.check_closed()

    def check_closed(self) -> None:
        """Look for closed tabs that are still in memory."""
        self.pages.update(self.window.pages)
        for _ in range(1000):  # what runs in the background may still hold one
            run_event_loop(20)
            gc.collect()
            if len(self.pages) == len(self.window.pages):
                return
        raise Fault(f"{len(self.pages) - len(self.window.pages)} closed tabs are still in memory")

    def check_store(self, editor: Editor) -> None:
        autosave = editor.files.autosave
        store, history = autosave.store, editor.timeline
        written = threading.Event()
        editor._workers.autosave.run(written.set, lambda _: None, lambda _: None)
        if not written.wait(60):
            raise Fault("the autosave does not end")
        if store is None or store.path is None:
            raise Fault("there is no working store")
        expected = fingerprint(history)
        self.edits = max(self.edits, len(history))
        copy = self.folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        target = copy / store.path.name
        source, made = sqlite3.connect(store.path), sqlite3.connect(target)
        with made:
            source.backup(made)
        source.close()
        made.close()
        recovered = WorkingStore.recover(target)
        try:
            if fingerprint(recovered.history()) != expected:
                raise Fault("a crash would have lost an edit")
        finally:
            recovered.close(discard=True)
        self.checked += 1

    def end(self) -> None:
        self.popup_timer.stop()
        close_studio(self.window, self.runner, self._poster)
        # The clipboard of the offscreen platform lives longer than Python, and what PySide put
        # there cannot be freed then: the process would crash.
        QGuiApplication.clipboard().clear()
        gc.collect()


def write_files(folder: Path) -> list[Path]:
    """Write what is opened and dropped: photos, one with alpha, one of 16 bits, and broken ones."""
    rng = np.random.default_rng(0)
    small = rng.integers(0, 255, (12, 16, 3), dtype=np.uint8)
    photo = Image.fromarray(small).resize((480, 360))
    photo.save(folder / "photo.jpg")
    photo.convert("RGBA").resize((120, 200)).save(folder / "layer.png")
    Image.fromarray(np.asarray(photo)[..., 0].astype(np.uint16) * 257).save(folder / "deep.png")
    photo.resize((1600, 1200)).save(folder / "large.webp")
    (folder / "cut.jpg").write_bytes((folder / "photo.jpg").read_bytes()[:900])
    (folder / "letter.txt").write_text("Dear Sir")
    names = ("photo.jpg", "layer.png", "deep.png", "large.webp", "cut.jpg", "letter.txt")
    return [*(folder / name for name in names), folder / "missing.png"]


if __name__ == "__main__":
    raise SystemExit(main())
