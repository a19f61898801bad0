"""How long clicks and the event loop wait while a fill, its fitting and a save run.

    python tests/benchmarks/responsiveness.py [--megapixels 24]

Clicks go to tools, the filmstrip and the queue, one every 150 ms; the time of each is from the event to
the end of the painting that follows. The forecast is printed beside the time to the first result.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from glide_studio.imaging.geometry import Point
from glide_studio.inference.engine import LocalEngine
from tests.benchmarks.window import write_photo
from tests.ui.windows import WindowDriver, tile_place

TICK_MS, CLICK_MS = 5, 150


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--megapixels", type=float, default=24)
    options = arguments.parse_args()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, {options.megapixels:g} MP")
    application = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GLIDE_STUDIO_STATE"] = folder
        measure(Path(folder), options.megapixels)
    del application


def measure(folder: Path, megapixels: float) -> None:
    driver = WindowDriver(LocalEngine(background=True))
    generation = driver.editor.generation
    generation.start_engine()
    driver.wait(lambda: driver.editor.engine is not None)
    driver.open(write_photo(folder, megapixels))
    size = driver.editor.document.size
    middle = Point(size.width / 2, size.height / 2)
    reach = min(size.width, size.height) / 8
    driver.editor.selection.ellipse(
        Point(middle.x - reach, middle.y - reach), Point(middle.x + reach, middle.y + reach)
    )
    driver.editor.set_generation_settings(prompt="a red apple")
    stalls, clicks = [], []
    last = time.perf_counter()

    def tick() -> None:
        nonlocal last
        now = time.perf_counter()
        stalls.append(1000 * (now - last) - TICK_MS)
        last = now

    timer = QTimer(interval=TICK_MS)
    timer.timeout.connect(tick)
    preflight = generation.preflight()
    began = time.perf_counter()
    generation.generate()
    timer.start()
    first: list[float] = []

    def is_done() -> bool:
        if generation.current is not None and not first:
            first.append(time.perf_counter() - began)
            driver.editor.files.save_later(folder / "work.glide")
        count = driver.editor.generation_settings.sampling.count
        return bool(first) and all(map(generation.is_ready, range(count)))

    number = 0
    while not is_done():
        clicks.append(click(driver, number))
        number += 1
        end = time.perf_counter() + CLICK_MS / 1000
        while time.perf_counter() < end:
            QTest.qWait(TICK_MS)
    timer.stop()
    told = preflight.forecast.seconds if preflight and preflight.forecast else float("nan")
    print(f"time to the first result: told {told:.1f} s, took {first[0]:.1f} s")
    report("click to painted", clicks)
    report("stall of the event loop", stalls)
    driver.close()


def click(driver: WindowDriver, number: int) -> float:
    """Click something and paint; return the milliseconds."""
    window = driver.window
    tools = [button for button in window.tools.findChildren(QWidget) if button.isVisible()]
    targets: list[Callable[[], object]] = [
        lambda: QTest.mouseClick(tools[number % 4], Qt.MouseButton.LeftButton),
        lambda: (
            window.status.queue.isVisible()
            and QTest.mouseClick(window.status.queue, Qt.MouseButton.LeftButton)
        ),
        lambda: (
            window.results.model.rowCount()
            and QTest.mouseClick(
                *tile_place(window.results, number % window.results.model.rowCount())
            )
        ),
    ]
    began = time.perf_counter()
    targets[number % len(targets)]()
    QApplication.processEvents()
    return 1000 * (time.perf_counter() - began)


def report(name: str, milliseconds: list[float]) -> None:
    median, late, most = np.percentile(milliseconds, [50, 99, 100])
    print(f"{name:28} median {median:6.1f} p99 {late:6.1f} longest {most:6.1f} ms | bar 100")


if __name__ == "__main__":
    main()
