"""What the window costs, against the bars of the product: prints one line a measurement.

    python tests/benchmarks/window.py [--megapixels 24] [--quick]

Times are from the input event to the end of the paint event, in a 1920 x 1080 canvas.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from glide_studio.document.layer import Layer
from glide_studio.document.layer_edits import add_layer
from glide_studio.document.raster import Raster
from glide_studio.editor.editor import Editor
from glide_studio.editor.runner import InlineRunner
from glide_studio.editor.workers import InlineWorker
from glide_studio.imaging.geometry import Point
from glide_studio.ui.canvas.canvas import Canvas
from glide_studio.ui.theme import apply_theme
from tests.editor.standin import StandInEngine
from tests.ui.windows import send_move

SPEED = 12  # device pixels an event: a quick hand at 125 events a second

START = """
import sys, time
begin = float(sys.argv[1])
from glide_studio import app
from glide_studio.ui.window import EditorWindow
from PySide6.QtCore import QObject, QEvent
app.IDLE = 10_000_000
class Watch(QObject):
    def eventFilter(self, watched, event):
        if event.type() is QEvent.Type.Paint:
            print(time.time() - begin, time.process_time())
            watched.window().close()
        return False
make = EditorWindow.__init__
def make_watched(window, *arguments, **named):
    make(window, *arguments, **named)
    window.watch = Watch()
    window.installEventFilter(window.watch)
EditorWindow.__init__ = make_watched
app.open_editor()
"""


Times = list[tuple[float, float]]
"""(wall, processor) milliseconds: the second is what an idle machine would need."""


def report(name: str, times: Times, bar: str) -> None:
    wall, cpu = np.percentile(times, [50, 99], axis=0).T
    print(
        f"{name:52} median {wall[0]:7.2f} p99 {wall[1]:7.2f} ms"
        f" | processor {cpu[0]:6.2f} {cpu[1]:6.2f} | bar {bar}",
        flush=True,
    )


def timed(steps: int, step: Callable[[int], object]) -> Times:
    """Milliseconds of each step, painting included."""
    times = []
    for number in range(steps):
        begin, busy = time.perf_counter(), time.thread_time()
        step(number)
        QApplication.processEvents()
        times.append(((time.perf_counter() - begin) * 1000, (time.thread_time() - busy) * 1000))
    return times


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--megapixels", type=float, default=24)
    arguments.add_argument("--quick", action="store_true", help="few repetitions")
    options = arguments.parse_args()
    few = options.quick
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, {options.megapixels:g} MP")
    first_window(3 if few else 5)
    application = QApplication([])
    apply_theme(application)
    editor = Editor(InlineRunner(StandInEngine))
    canvas = Canvas(editor)
    canvas.resize(1920, 1080)
    canvas.show()
    application.processEvents()
    with tempfile.TemporaryDirectory() as folder:
        path = write_photo(Path(folder), options.megapixels)
        opening(editor, canvas, path)
    strokes(editor, canvas, 20 if few else 60)
    undoing(editor, canvas, 8 if few else 20)
    five_layers(editor)
    moving(canvas, 30 if few else 120)
    editor.close()


def first_window(times: int) -> None:
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        # Compiled as an installed program is: the first run, which is not counted, does it.
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for _ in range(times + 1):
            run = subprocess.run(
                [sys.executable, "-c", START, str(time.time())],
                capture_output=True,
                text=True,
                check=True,
                env=environment,
            )
            wall, busy = run.stdout.split()
            seconds.append((float(wall) * 1000, float(busy) * 1000))
    report("first window, from process start", seconds[1:], "1000")


def write_photo(folder: Path, megapixels: float) -> Path:
    height = round((megapixels * 1e6 / 1.5) ** 0.5)
    width = round(height * 1.5)
    rng = np.random.default_rng(0)
    small = rng.integers(0, 255, (height // 40, width // 40, 3), dtype=np.uint8)
    picture = np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))
    noisy = picture + rng.integers(-6, 6, picture.shape[:2], dtype=np.int8)[..., None]
    Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(folder / "photo.jpg", quality=92)
    return folder / "photo.jpg"


def opening(editor: Editor, canvas: Canvas, path: Path) -> None:
    begin, busy = time.perf_counter(), time.thread_time()
    opened = editor.files.load(path)
    read = time.perf_counter()
    editor.files.autosave._writer = Later()
    editor.files.adopt(opened)
    canvas.repaint()
    done = time.perf_counter()
    print(
        f"{'open a JPEG to the first full paint':52} {(done - begin) * 1000:7.0f} ms"
        f"  (read {(read - begin) * 1000:.0f}, paint {(done - read) * 1000:.0f};"
        f" processor {(time.thread_time() - busy) * 1000:.0f}; bar 1000)"
    )
    begin = time.perf_counter()
    editor.files.autosave._writer.work()
    print(
        f"{'   its working store, in the background':52} {(time.perf_counter() - begin) * 1000:7.0f} ms"
    )
    editor.files.autosave._writer = InlineWorker()


class Later(InlineWorker):
    """Keeps one piece of work."""

    def run(self, work, then, failed) -> None:  # type: ignore[no-untyped-def]
        self.work = work


def strokes(editor: Editor, canvas: Canvas, moves: int) -> None:
    for view in ("fit", "100 %"):
        canvas.view.fit() if view == "fit" else canvas.view.zoom_to(1.0)
        QApplication.processEvents()
        for size in (40, 400, 1500):
            for hardness in (1.0, 0.0):
                editor.set_tool_settings(size=float(size), hardness=hardness)
                times = stroke(canvas, moves)
                edge = "hard" if hardness else "soft"
                report(f"brush of {size} px, {edge}, {view}", times, "8, 16")
                editor.selection.clear()


def stroke(canvas: Canvas, moves: int) -> Times:
    left = Qt.MouseButton.LeftButton
    QTest.mouseMove(canvas, QPoint(300, 300))
    QTest.mousePress(canvas, left, pos=QPoint(300, 300))
    QApplication.processEvents()

    def step(number: int) -> None:
        angle = number / 30
        place = QPoint(round(300 + number * SPEED), round(500 + 200 * np.sin(angle)))
        send_move(canvas, place, left)

    times = timed(moves, step)
    QTest.mouseRelease(canvas, left, pos=QPoint(1500, 500))
    return times


def undoing(editor: Editor, canvas: Canvas, times: int) -> None:
    editor.set_tool_settings(size=400.0, hardness=0.5)
    for view in ("fit", "100 %"):
        canvas.view.fit() if view == "fit" else canvas.view.zoom_to(1.0)
        stroke(canvas, 40)
        QApplication.processEvents()
        report(
            f"undo and redo of a stroke, {view}",
            timed(times, lambda n: editor.redo() if n % 2 else editor.undo()),
            "16",
        )
    editor.selection.clear()


def five_layers(editor: Editor) -> None:
    size = editor.document.size
    rng = np.random.default_rng(1)
    for number in range(4):
        pixels = np.zeros((size.height, size.width, 4), np.uint8)
        top, left = rng.integers(0, size.height // 2), rng.integers(0, size.width // 2)
        pixels[top : top + 1500, left : left + 1500] = (*rng.integers(0, 255, 3), 200)
        layer = Layer(f"layer {number}", Raster.from_array(pixels))
        editor.state.apply("Add layer", add_layer(editor.document, layer))
    editor.selection.ellipse(
        Point(size.width * 0.2, size.height * 0.2), Point(size.width * 0.6, size.height * 0.7)
    )


def moving(canvas: Canvas, frames: int) -> None:
    for view in ("fit", "100 %", "300 %"):
        canvas.view.fit() if view == "fit" else canvas.view.zoom_to(1.0 if view == "100 %" else 3.0)
        QApplication.processEvents()
        times = timed(frames, lambda n: canvas.view.pan(*((13, 7) if n // 10 % 2 else (-13, -7))))
        report(f"pan, 5 layers, {view}", times, "p99 16")
    canvas.view.fit()
    QApplication.processEvents()

    def wheel(number: int) -> None:
        turn = 60 if number // 20 % 2 == 0 else -60
        none = Qt.MouseButton.NoButton
        place = QPointF(900, 500)
        event = QWheelEvent(
            place,
            canvas.mapToGlobal(place),
            QPoint(),
            QPoint(0, turn),
            none,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(canvas, event)

    report("zoom, 5 layers, first time through the levels", timed(frames, wheel), "p99 16")
    report("zoom, 5 layers, again", timed(frames, wheel), "p99 16")


if __name__ == "__main__":
    main()
