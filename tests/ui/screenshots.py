"""Make the screenshots of the user guide from the real window on the bundled photographs.

Run in a checkout: `python -m tests.ui.screenshots [-o FOLDER] [--size 1440x900] [NAME ...]`. Without
names all of them are made; it takes a minute or two, most of it for the fill.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from glide_studio.document.adjustments import Curves
from glide_studio.editor.settings import Tool
from glide_studio.imaging.geometry import Point
from glide_studio.inference.engine import LocalEngine
from glide_studio.inference.local_library import LocalLibrary
from glide_studio.paths import resources_folder
from glide_studio.ui.commands import list_commands
from glide_studio.ui.export_dialog import ExportDialog
from glide_studio.ui.models_dialog import ModelsDialog
from glide_studio.ui.preferences import Preferences
from glide_studio.ui.preferences_dialog import PreferencesDialog
from glide_studio.ui.size_dialog import ExtendDialog
from tests.ui.windows import WindowDriver, run_event_loop

FOLDER = Path(__file__).parents[2] / "resources" / "docs" / "images"
QUALITY = 88
MARGIN = 24  # around a dialog, in pixels
TIMEOUT_S = 600.0
SETTLE_MS = 1000  # until thumbnails and smooth drawing are there
SHORT_MS = 100  # while a fill runs, which goes on


class Guide:
    """One window; each method brings it to what a page of the guide shows."""

    def __init__(self, folder: Path, width: int, height: int) -> None:
        self.folder = folder
        self.driver = WindowDriver(LocalEngine(), LocalLibrary)
        self.editor = self.driver.editor
        self.driver.window.resize(width, height)
        self.editor.runner.start()
        self.driver.wait(lambda: self.editor.engine is not None, TIMEOUT_S)

    def save(self, name: str, widget: QWidget | None = None, settle_ms: int = SETTLE_MS) -> None:
        """Write what the window, or a dialog, looks like after a moment."""
        run_event_loop(settle_ms)
        path = self.folder / f"{name}.jpg"
        picture = (widget or self.driver.window).grab()
        if not picture.save(str(path), quality=QUALITY):
            raise SystemExit(f"'{path}' cannot be written; choose another folder with -o.")
        print(path)

    def reopen(self, name: str = "coffee.jpg") -> None:
        """Start over with a bundled photograph."""
        self.editor.files.open(resources_folder() / "demo" / name)
        self.editor.set_tool_settings(tool=Tool.BRUSH, size=60.0)
        self.editor.set_generation_settings(prompt="")
        self.driver.window.notices.hide()
        self.move_away()
        self.driver.canvas.setFocus()
        QTest.qWait(100)

    def start(self) -> None:
        """The first page, and the hints on the sample photo."""
        self.save("start")
        self.driver.window.welcome.sample.click()
        self.driver.wait(lambda: self.editor.name == "coffee.jpg", TIMEOUT_S)
        self.editor.set_tool_settings(size=80.0)
        self.driver.drag((500, 90), (540, 110), (520, 125))
        self.save("first-steps")
        self.driver.window.first_steps.skip()

    def paint(self) -> None:
        self.reopen()
        self.editor.files.load_mask(resources_folder() / "demo" / "coffee-mask.png")
        self.editor.set_generation_settings(prompt="a red apple", new_seed=False)
        QTest.qWait(400)
        self.save("mask")

    def fill(self) -> None:
        """Progress, candidates, and the accepted layer."""
        self.paint()
        self.editor.generation.generate()
        jobs = self.editor.generation.jobs
        self.driver.wait(lambda: any(job.fraction > 0.4 for job in jobs.values()), TIMEOUT_S)
        self.save("generate", settle_ms=SHORT_MS)
        generation = self.editor.generation
        self.driver.wait(lambda: generation.candidates.current is not None, TIMEOUT_S)
        count = self.editor.generation_settings.sampling.count
        self.driver.wait(lambda: all(map(generation.candidates.is_ready, range(count))), TIMEOUT_S)
        self.save("candidates")
        self.compare()
        self.editor.candidates.accept()
        self.save("layers")
        self.driver.window.file_actions.export()
        self.save_dialog("export", ExportDialog)

    def compare(self) -> None:
        """The candidates side by side, then the line between before and after."""
        window = self.driver.window
        QTest.keyClick(window.results.list, Qt.Key.Key_C)
        pictures = window.compare.pictures
        self.driver.wait(lambda: all(one.has_picture for one in pictures.values()), TIMEOUT_S)
        self.save("compare")
        QTest.keyClick(window.compare, Qt.Key.Key_Escape)
        self.driver.wait(window.canvas.isVisible)
        run_event_loop(SHORT_MS)
        self.move_away()
        QTest.keyClick(window.results.list, Qt.Key.Key_W)
        self.driver.wait(
            lambda: (
                window.canvas.before_after.wipe is not None
                and window.canvas.before_after.wipe.is_ready
            )
        )
        self.save("before-after")
        QTest.keyClick(window.results.list, Qt.Key.Key_W)

    def queue(self) -> None:
        """Three fills, the first of which runs."""
        self.paint()
        generation = self.editor.generation
        for prompt in ("a red apple", "a tomato", "a cherry"):
            self.editor.set_generation_settings(prompt=prompt)
            generation.generate()
        jobs = generation.jobs
        self.driver.wait(lambda: any(job.fraction > 0.4 for job in jobs.values()), TIMEOUT_S)
        self.driver.window.status.queue.click()
        self.save("queue", settle_ms=SHORT_MS)
        generation.cancel_all()
        self.driver.wait(lambda: not generation.jobs.unfinished, TIMEOUT_S)

    def remove(self) -> None:
        self.reopen("rocket.jpg")
        self.editor.files.load_mask(resources_folder() / "demo" / "rocket-mask.png")
        self.editor.set_tool_settings(tool=Tool.REMOVE)
        self.save("remove-mask")
        self.editor.retouch.remove_painted()
        self.wait_for_retouching()
        self.editor.selection.clear()
        self.save("remove")

    def select(self) -> None:
        self.reopen()
        self.editor.set_tool_settings(tool=Tool.OBJECT)
        self.editor.objects.select_in_box(Point(160, 5), Point(440, 345))
        self.wait_for_retouching()
        self.save("object")

    def extend(self) -> None:
        self.reopen()
        self.driver.canvas.view.zoom_to(0.9)
        self.editor.set_tool_settings(tool=Tool.EXTEND)
        self.driver.drag((600, 200), (680, 200))
        self.save("extend-handles")
        self.driver.canvas.finish_gesture()
        self.wait_for_retouching()
        self.save("extend")
        self.driver.window.image_menu.ask_extend()
        self.save_dialog("extend-dialog", ExtendDialog)

    def layer_tools(self) -> None:
        """A layer that is moved, a turned crop, curves."""
        self.reopen()
        editor = self.editor
        editor.set_tool_settings(tool=Tool.OBJECT)
        editor.objects.select_in_box(Point(160, 5), Point(440, 345))
        self.wait_for_retouching()
        editor.layers.duplicate()
        editor.layers.add_mask()
        editor.selection.clear()
        editor.set_tool_settings(tool=Tool.TRANSFORM)
        quad = editor.transform.quad
        assert quad is not None
        editor.transform.set_quad(quad.scale(0.5, 0.5).rotate(-12).move(150, 60))
        self.save("transform")
        editor.transform.drop()
        editor.set_tool_settings(tool=Tool.CROP)
        editor.crop.set_angle(6)
        self.save("crop")
        editor.set_tool_settings(tool=Tool.BRUSH)
        curves = Curves(((0, 0), (0.3, 0.22), (0.7, 0.82), (1, 1)))
        editor.layers.add_adjustment(curves)
        self.save("curves")

    def dialogs(self) -> None:
        """The shortcuts in the preferences, and the models."""
        self.reopen()
        menu = {one.path: one.action for one in list_commands(self.driver.window.menu_bar)}
        menu["Edit › Preferences"].trigger()
        (preferences,) = self.driver.window.findChildren(PreferencesDialog)
        preferences.sections.setCurrentRow(preferences.sections.count() - 1)
        self.save_dialog("preferences", PreferencesDialog)
        models = ModelsDialog(self.driver.window, self.editor, Preferences())
        models.open()
        self.driver.wait(lambda: models.list.count() > 0, TIMEOUT_S)
        self.save_dialog("models", ModelsDialog)

    def save_dialog(self, name: str, kind: type[QDialog]) -> None:
        """Write what the open dialog of a kind looks like, and close it."""
        (dialog,) = self.driver.window.findChildren(kind)
        self.save(name, dialog)
        dialog.close()
        QTest.qWait(50)

    def move_away(self) -> None:
        """Take the pointer from the canvas, and its circle with it."""
        QApplication.sendEvent(self.driver.canvas, QEvent(QEvent.Type.Leave))

    def wait_for_retouching(self) -> None:
        self.driver.wait(lambda: not self.editor.retouch_work.is_running, TIMEOUT_S)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the screenshots and print their paths."""
    steps: dict[str, Callable[[Guide], None]] = {
        "start": Guide.start,
        "fill": Guide.fill,
        "queue": Guide.queue,
        "remove": Guide.remove,
        "object": Guide.select,
        "extend": Guide.extend,
        "layers": Guide.layer_tools,
        "dialogs": Guide.dialogs,
    }
    parser = argparse.ArgumentParser(prog="python -m tests.ui.screenshots", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*steps, []], help="default: all")
    parser.add_argument("-o", "--output", type=Path, default=FOLDER, metavar="FOLDER")
    parser.add_argument("--size", default="1440x900", help="of the window, in pixels")
    options = parser.parse_args(arguments)
    width, height = map(int, options.size.split("x"))
    options.output.mkdir(parents=True, exist_ok=True)
    application = QApplication.instance() or QApplication([])
    with tempfile.TemporaryDirectory() as state:
        os.environ["GLIDE_STUDIO_STATE"] = state
        guide = Guide(options.output, width, height)
        try:
            for name in options.names or steps:
                steps[name](guide)
        finally:
            guide.driver.close()
    del application
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
