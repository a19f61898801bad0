"""The window on a screen of its own and the hand in front of it, for `tests.quality.walk`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QEventLoop, QPoint, QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMessageBox, QWidget

from glide_studio.api.engine_protocol import Engine
from glide_studio.api.sampling import Sampling
from glide_studio.app import find_sampling
from glide_studio.editor.editor import Editor
from glide_studio.editor.runner import ThreadRunner
from glide_studio.editor.settings import Tool
from glide_studio.editor.shared_runner import SharedRunner
from glide_studio.editor.workers import Workers
from glide_studio.imaging.geometry import Box, Point
from glide_studio.inference.local_library import LocalLibrary
from glide_studio.paths import resources_folder
from glide_studio.ui.command_palette import CommandPalette
from glide_studio.ui.language import list_languages, use_language
from glide_studio.ui.studio_window import StudioWindow
from glide_studio.ui.theme import apply_theme, use_theme
from glide_studio.ui.window import EditorWindow
from tests.quality.drag_source import SIDE_PX
from tests.ui.windows import Poster

WAIT_S = 60.0

Shown = TypeVar("Shown", bound=QWidget)


ROWS: list[tuple[str, Callable[[Walk], None]]] = []
"""What is walked, in order: name and function."""


def row(name: str) -> Callable[[Callable[[Walk], None]], Callable[[Walk], None]]:
    """Make a function a row of the walk."""

    def add(function: Callable[[Walk], None]) -> Callable[[Walk], None]:
        ROWS.append((name, function))
        return function

    return add


class Walk:
    """The window, and the hand in front of it."""

    def __init__(
        self, folder: Path, output: Path, size: str, theme: str, language: str, engine: Engine
    ) -> None:
        self.folder, self.output = folder, output
        self.thinking_s = 0.0  # before an action, in rows that are timed
        self.application = QApplication([])
        use_theme(theme == "light", "Blue")
        apply_theme(self.application)
        languages = {one.code: one for one in list_languages()}
        use_language(self.application, languages[language])
        self._poster = Poster()
        post = self._poster.post
        self.runner = SharedRunner(ThreadRunner(lambda: engine, post))
        self.window = StudioWindow(
            lambda: Editor(
                self.runner.lease(),
                Workers.threads(post),
                library=LocalLibrary,
                find_sampling=find_sampling,
            )
        )
        width, height = map(int, size.split("x"))
        self.window.setGeometry(0, 0, width, height)
        self.window.show()
        self.sampling = Sampling(count=3, steps=6)
        self.photo, self.other = folder / "coffee.jpg", folder / "rocket.jpg"
        for path in (self.photo, self.other):
            shutil.copy(resources_folder() / "demo" / path.name, path)
        self.pause(0.5)
        self.window.activateWindow()
        self.editor.retouch_work.warm_up()  # as the program does once it is idle

    @property
    def page(self) -> EditorWindow:
        return self.window.page

    @property
    def editor(self) -> Editor:
        return self.window.page.editor

    def try_row(self, row: Callable[[Walk], None]) -> str:
        """Walk a row; returns what is wrong, "" if it works."""
        try:
            self.close_dialogs()
            row(self)
        except AssertionError as error:
            at = traceback.extract_tb(error.__traceback__)[-1]
            return f"line {at.lineno}: {error or at.line}"
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        finally:
            self.pause(0.3)
        return ""

    def shoot(self, name: str) -> None:
        """Write what the screen shows."""
        self.pause(0.1)
        self.window.screen().grabWindow(0).save(str(self.output / f"{name}.png"))

    # The hand.

    def send(self, *words: object) -> None:
        subprocess.run(["xdotool", *map(str, words)], check=True, stderr=subprocess.DEVNULL)
        self.pause(0.06)

    def think(self) -> None:
        """Wait as somebody does who looks before they act."""
        self.pause(self.thinking_s)

    def pause(self, seconds: float) -> None:
        loop = QEventLoop()  # `QTest.qWait` keeps the engine's thread from running
        QTimer.singleShot(round(1000 * seconds), loop.quit)
        loop.exec()

    def wait(self, condition: Callable[[], object], what: str = "it never happened") -> None:
        end = time.monotonic() + WAIT_S
        while not condition():
            assert time.monotonic() < end, what
            self.pause(0.02)

    def click(
        self, widget: QWidget, place: QPoint | None = None, button: int = 1, keys: str = ""
    ) -> None:
        """Move to the middle of a widget, or a place of it, and click."""
        assert widget.isVisible(), f"{widget.accessibleName() or widget} is not visible"
        assert widget.isEnabled(), f"{widget.accessibleName() or widget} is disabled"
        at = widget.mapToGlobal(widget.rect().center() if place is None else place)
        self.send("mousemove", at.x(), at.y())
        if keys:
            self.send("keydown", keys, "click", button, "keyup", keys)
        else:
            self.send("click", button)

    def activate(self) -> None:
        """Give the uppermost window the keyboard if none has it, as a window manager does."""
        for _ in range(20):
            if QApplication.focusWindow() is not None:
                return
            modal = QApplication.activeModalWidget()
            (modal or self.window).activateWindow()
            self.pause(0.05)

    def drop_file(self, path: Path, zone: QWidget, picture: str = "") -> None:
        """Drag a file from a window of another process over the canvas, and drop it on a field.

        picture: name of what the screen shows before the drop, which is written if it is given.
        """
        zones, canvas = self.page.drop_zones, self.page.canvas
        corner = self.window.mapToGlobal(QPoint(self.window.width() - SIDE_PX, 0))
        command = [sys.executable, "-m", "tests.quality.drag_source", corner.x(), corner.y(), path]
        with subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE, text=True) as source:
            said = source.stdout
            assert said is not None
            os.set_blocking(said.fileno(), False)
            self.wait(lambda: said.readline() == "ready\n", "the other window is missing")
            self.send("mousemove", corner.x() + 5, corner.y() + 5)
            self.send("mousedown", 1)
            middle = canvas.mapToGlobal(canvas.rect().center())
            for step in range(4):
                self.send("mousemove", middle.x() + step * 9, middle.y() + step * 5)
            self.wait(zones.isVisible, "nothing shows where to let go")
            place = zones.mapToGlobal(zone.geometry().center())
            for step in range(4):
                self.send("mousemove", place.x() + step * 9, place.y() + step * 5)
                assert zones.isVisible(), "the fields are gone while the file is over them"
            if picture:
                self.shoot(picture)
            self.send("mouseup", 1)
            self.wait(lambda: not zones.isVisible(), "the drop is refused")
            source.terminate()

    def press(self, *keys: str) -> None:
        self.activate()
        for key in keys:
            self.send("key", key)

    def type(self, text: str) -> None:
        self.activate()
        self.send("type", "--delay", 8, text)
        self.pause(0.15)

    def at(self, x: float, y: float) -> QPoint:
        """Return where a document position is on the canvas."""
        return self.page.canvas.view.widget_point(Point(x, y)).toPoint()

    def drag(self, *points: tuple[float, float], keys: str = "", release: bool = True) -> None:
        """Drag over the canvas through document positions."""
        places = [self.page.canvas.mapToGlobal(self.at(*point)) for point in points]
        self.send("mousemove", places[0].x(), places[0].y())
        if keys:
            self.send("keydown", keys)
        self.send("mousedown", 1)
        for first, second in pairwise(places):
            for share in (0.25, 0.5, 0.75, 1.0):
                x = round(first.x() + share * (second.x() - first.x()))
                y = round(first.y() + share * (second.y() - first.y()))
                self.send("mousemove", x, y)
        if release:
            self.send("mouseup", 1)
        if keys:
            self.send("keyup", keys)

    def command(self, words: str) -> None:
        """Find a command in the palette and run it."""
        self.press("ctrl+k")
        self.wait(lambda: self.shown(CommandPalette), "the palette does not open")
        palette = self.dialog(CommandPalette)
        self.type(words)
        self.wait(lambda: palette.field.text() == words, "the palette takes no words")
        self.press("Return")
        self.wait(lambda: not self.shown(CommandPalette), f"no command is found by '{words}'")

    def shown(self, kind: type[Shown]) -> Shown | None:
        """Return the visible dialog of a kind; None if there is none."""
        found = [one for one in self.application.topLevelWidgets() if isinstance(one, kind)]
        return next((one for one in found if one.isVisible()), None)

    def dialog(self, kind: type[Shown]) -> Shown:
        self.wait(lambda: self.shown(kind) is not None, f"no {kind.__name__} opens")
        self.pause(0.2)
        found = self.shown(kind)
        assert found is not None
        return found

    def answer(self, box: QMessageBox, role: QMessageBox.ButtonRole) -> None:
        """Click the button of a question that has a role."""
        self.click(next(one for one in box.buttons() if box.buttonRole(one) is role))

    def answer_file(self, path: Path) -> None:
        """Type a path into the file dialog that opens."""
        dialog = self.dialog(QFileDialog)
        (field,) = dialog.findChildren(QLineEdit)
        self.press("ctrl+a")
        self.type(str(path))
        self.wait(lambda: field.text() == str(path), "the file dialog takes no name")
        self.press("Return")
        self.wait(lambda: self.shown(QFileDialog) is None, "the file dialog stays")

    def close_dialogs(self) -> None:
        """Close what an earlier row may have left open."""
        for one in self.application.topLevelWidgets():
            if one.isVisible() and one is not self.window:
                one.close()
        self.pause(0.1)
        self.activate()
        self.page.canvas.setFocus()
        self.pause(0.05)

    def fresh(self) -> None:
        """Begin with a photo, nothing painted, the brush in hand."""
        if self.editor.history is None:
            self.editor.files.open(self.photo)
        if self.editor.generation.jobs.unfinished:
            self.editor.generation.cancel_all()
        self.editor.candidates.put_aside()
        self.editor.jump(self.editor.timeline.states[0].id)
        self.editor.set_tool_settings(tool=Tool.BRUSH, size=60.0)
        self.editor.set_generation_settings(
            prompt="", sampling=self.sampling, drafts_first=False, keep_mask=False
        )
        self.pause(0.1)

    @property
    def painted(self) -> Box:
        return self.editor.document.selection.content_box()

    @property
    def labels(self) -> list[str]:
        return [state.label for state in self.editor.timeline.path()]

    def fill(self, prompt: str = "a red apple") -> None:
        """Paint, write a prompt beside the mask, press Enter, and wait for the results."""
        self.fresh()
        self.drag((480, 80), (540, 110), (500, 140))
        bar = self.page.bar
        self.wait(bar.isVisible, "the bar at the mask does not appear")
        self.click(bar.prompt)
        self.type(prompt)
        if bar.completer.is_open:
            self.press("Escape")
            self.click(bar.prompt)
        self.click(bar.generate)
        generation = self.editor.generation
        self.wait(lambda: generation.candidates.current is not None, "no results come")
        self.wait(lambda: generation.candidates.is_ready(0), "no candidate is fitted")
        self.pause(0.3)

    def close(self) -> None:
        self.window.hide()
        self.window.close_editors()
        self.runner.close()
