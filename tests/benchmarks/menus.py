"""How long the event loop stands still after each entry of the menus, and after undoing it.

    python -m tests.benchmarks.menus [--megapixels 24] [--only TEXT] [--wait 700]

A photo is opened, an ellipse of 1,500 px is filled from it, accepted and painted again; then each
entry is triggered, and what it did undone. Dialogs are closed again. A row for each, the longest
first: milliseconds of the longest turn of the loop by the clock and of the window's thread's
processor time, of the entry and of the undo. Entries that leave the program, or cannot be used
then, are left out.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the program does, like the next
os.environ.setdefault("OPENCV_FOR_THREADS_NUM", "1")

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QDialog, QMenu

from glide_studio.imaging.geometry import Point
from glide_studio.inference.engine import LocalEngine
from tests.benchmarks.responsiveness import StallWatch, load_engine, run
from tests.benchmarks.window import write_photo
from tests.ui.windows import WindowDriver, run_event_loop

LEFT_OUT = ("Quit", "Close", "Open recent", "Revert", "Undo", "Redo")
RADIUS = 750  # pixels
DIALOG_MS = 300  # a dialog stays open


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--megapixels", type=float, default=24)
    arguments.add_argument("--only", default="", help="of the entries' names, like 'Image >'")
    arguments.add_argument("--wait", type=int, default=700, help="milliseconds after each entry")
    options = arguments.parse_args()
    run(measure, options)


def measure(folder: Path, options: argparse.Namespace) -> None:
    driver = WindowDriver(lambda: LocalEngine(background=True))
    driver.window.resize(1440, 900)
    driver.open(write_photo(folder, options.megapixels))
    run_event_loop(2000)  # thumbnails of the photo
    rows = [("Accept result", time_turns(driver, options.wait, fill(driver)), (0.0, 0.0))]
    paint(driver)
    closing = QTimer(interval=DIALOG_MS)
    closing.timeout.connect(close_dialog)
    closing.start()
    for name, action in list(find_entries(driver)):
        if options.only.lower() in name.lower() and action.isEnabled():
            rows.append((name, *trigger(driver, action, options.wait)))
    print(f"{'ms: longest turn (processor)':34} entry        undo")
    for name, done, undone in sorted(rows, key=lambda row: -max(row[1][0], row[2][0])):
        print(f"{name:34} {describe(done)} {describe(undone)}")
    closing.stop()
    driver.close()


def paint(driver: WindowDriver) -> None:
    """Paint an ellipse in the middle."""
    size = driver.editor.document.size
    reach = min(RADIUS, size.width / 2, size.height / 2)
    x, y = size.width / 2, size.height / 2
    driver.editor.selection.ellipse(Point(x - reach, y - reach), Point(x + reach, y + reach))


def fill(driver: WindowDriver) -> Callable[[], object]:
    """Fill the ellipse from the photo; return what accepts the result."""
    editor = driver.editor
    load_engine(driver)
    paint(driver)
    sampling = replace(editor.generation_settings.sampling, count=1)
    editor.set_generation_settings(prompt="", sampling=sampling)
    editor.generation.generate()
    driver.wait(
        lambda: editor.candidates.current is not None and editor.candidates.is_ready(0), 120
    )
    return editor.candidates.accept_selected


def find_entries(driver: WindowDriver) -> Iterator[tuple[str, QAction]]:
    """Find the entries of all menus with their paths, like "Image > Rotate 180°"."""

    def walk(menu: QMenu, path: str) -> Iterator[tuple[str, QAction]]:
        menu.aboutToShow.emit()
        for action in menu.actions():
            name = path + action.text().replace("&", "")
            if action.menu():
                yield from walk(action.menu(), f"{name} > ")
            elif not action.isSeparator() and not any(one in name for one in LEFT_OUT):
                yield name, action

    for action in driver.window.menuBar().actions():
        yield from walk(action.menu(), action.text().replace("&", "") + " > ")


def trigger(
    driver: WindowDriver, action: QAction, wait: int
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Trigger an entry, then undo; return the longest turns, (clock, processor) ms, of both."""
    editor, before = driver.editor, driver.editor.timeline.current.id
    done, undone = time_turns(driver, wait, action.trigger), (0.0, 0.0)
    while editor.timeline.current.id != before:
        undone = max(undone, time_turns(driver, wait // 2, editor.undo))
    return done, undone


def time_turns(driver: WindowDriver, wait: int, step: Callable[[], object]) -> tuple[float, float]:
    """Do a step, run the loop until it is done and for `wait` ms at least.

    Returns (clock, processor) ms of the longest turn.
    """
    watch = StallWatch()
    with watch.running():
        began, busy = time.perf_counter(), time.thread_time()
        step()
        first = 1000 * (time.perf_counter() - began), 1000 * (time.thread_time() - busy)
        run_event_loop(wait)
        while driver.editor.background_edits.label:
            run_event_loop(wait)
    return max(first, *watch.stalls)


def close_dialog() -> None:
    """Close the dialog or menu that is open."""
    for open_one in (QApplication.activeModalWidget(), QApplication.activePopupWidget()):
        if isinstance(open_one, QDialog):
            open_one.reject()
        elif open_one is not None:
            open_one.close()


def describe(turn: tuple[float, float]) -> str:
    return f"{turn[0]:4.0f} ({turn[1]:3.0f})"


if __name__ == "__main__":
    main()
