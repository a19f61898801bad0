"""How long clicks and the event loop wait while a fill, its fitting and a save run.

    python -m tests.benchmarks.responsiveness [--megapixels 24] [--candidates 4] [--steps 16] [--mask 1500]
        [--clear-first]

Clicks go to tools, the filmstrip and the queue, one every 150 ms; the time of each is from the event to
the end of the painting that follows. Beside each time stands the processor time of the window's thread,
which other programs lengthen least. Then, with nothing running, brush strokes and the slider of an
adjustment layer over the whole picture. The forecast is printed beside the time to the first result,
and the most memory the process ever had.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the program does, like the next
os.environ.setdefault("OPENCV_FOR_THREADS_NUM", "1")

import numpy as np
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from glide_studio.app import note_loaded, pace_garbage_collection
from glide_studio.document.adjustments import Exposure
from glide_studio.imaging.geometry import Point
from glide_studio.imaging.memory import map_large_blocks
from glide_studio.inference.engine import LocalEngine
from tests.benchmarks.window import write_photo
from tests.ui.windows import WindowDriver, run_event_loop, send_move, tile_place

TICK_MS, CLICK_MS = 5, 150
STALL_S = 0.05  # from here on a stack is taken
STACK_DEPTH = 6  # of our own frames that are shown


Times = list[tuple[float, float]]
"""Milliseconds: wall, and processor time of the window's thread."""


class StallWatch:
    """Measures how long the event loop does not turn, and takes stacks while it does not.

    stalls: milliseconds beyond the tick and of processor time, one pair a turn. stacks: where the loop's
    thread was when it had worked for too long -> how often.
    """

    def __init__(self) -> None:
        self.stalls: Times = []
        self.stacks: Counter[str] = Counter()
        self._last, self._last_busy = time.perf_counter(), time.thread_time()
        self._thread_id = threading.get_ident()
        self._clock = time.pthread_getcpuclockid(self._thread_id)
        self._timer = QTimer(interval=TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._ended = threading.Event()
        self._watch = threading.Thread(target=self._take_stacks, daemon=True)

    @contextmanager
    def running(self) -> Iterator[None]:
        self._last, self._last_busy = time.perf_counter(), time.thread_time()
        self._timer.start()
        self._watch.start()
        try:
            yield
        finally:
            self._timer.stop()
            self._ended.set()
            self._watch.join()

    def _tick(self) -> None:
        now, busy = time.perf_counter(), time.thread_time()
        late = max(0.0, 1000 * (now - self._last) - TICK_MS)
        self.stalls.append((late, 1000 * (busy - self._last_busy)))
        self._last, self._last_busy = now, busy

    def _take_stacks(self) -> None:
        taken_for = 0.0
        while not self._ended.wait(0.005):
            last = self._last_busy
            if time.clock_gettime(self._clock) - last > STALL_S and last != taken_for:
                taken_for = last
                frame = sys._current_frames()[self._thread_id]
                lines = [
                    f"{Path(one.filename).name}:{one.lineno} {one.name}"
                    for one in traceback.extract_stack(frame)
                    if "glide_studio" in one.filename or "benchmarks" in one.filename
                ]
                self.stacks[" < ".join(reversed(lines[-STACK_DEPTH:]))] += 1


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--megapixels", type=float, default=24)
    arguments.add_argument("--candidates", type=int, default=4, help="0: no fill")
    arguments.add_argument("--steps", type=int, default=16)
    arguments.add_argument("--mask", type=int, default=1500, help="diameter of the mask, pixels")
    arguments.add_argument("--prompt", default="a red apple", help="empty: fill from the photo")
    arguments.add_argument("--clear-first", action="store_true", help="remove what is there first")
    arguments.add_argument("--stacks", action="store_true", help="say where the loop stood still")
    options = arguments.parse_args()
    run(measure, options)


def run(measure: Callable[[Path, argparse.Namespace], object], options: argparse.Namespace) -> None:
    """Measure in an application that is set up as the program is; options: with `megapixels`."""
    sys.stdout.reconfigure(line_buffering=True)
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, {options.megapixels:g} MP")
    sys.setswitchinterval(0.001)  # as the program does
    map_large_blocks()
    application = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GLIDE_STUDIO_STATE"] = folder
        measure(Path(folder), options)
    del application


def measure(folder: Path, options: argparse.Namespace) -> None:
    driver = WindowDriver(lambda: LocalEngine(background=True))
    driver.window.resize(1440, 900)
    driver.open(write_photo(folder, options.megapixels))
    run_event_loop(2000)  # thumbnails of the photo
    print(f"{'memory before the fill':28} {peak_gb():.2f} GB")
    if options.candidates:
        measure_fill(driver, folder, options)
    watch = StallWatch()
    with watch.running():
        strokes = stroke(driver)
        slides = slide(driver)
        saved = save(driver, folder)
    report("stroke, event to painted", strokes)
    report("slider of an adjustment", slides)
    report("stall, of these and a save", watch.stalls)
    print(f"saved in {saved:.1f} s")
    say_stacks(watch, options.stacks)
    driver.close()


def measure_fill(driver: WindowDriver, folder: Path, options: argparse.Namespace) -> None:
    """Fill a disc and print what it cost."""
    editor, generation = driver.editor, driver.editor.generation
    load_engine(driver)
    size = editor.document.size
    middle = Point(size.width / 2, size.height / 2)
    reach = min(options.mask, size.width, size.height) / 2
    editor.selection.ellipse(
        Point(middle.x - reach, middle.y - reach), Point(middle.x + reach, middle.y + reach)
    )
    sampling = editor.generation_settings.sampling
    editor.set_generation_settings(
        prompt=options.prompt,
        drafts_first=False,
        clear_first=options.clear_first,
        sampling=replace(sampling, count=options.candidates, steps=options.steps),
    )
    watch, preflight = StallWatch(), generation.requests.preflight()
    with watch.running():
        first, clicks = fill(driver, folder)
    told = preflight.forecast.seconds if preflight and preflight.forecast else float("nan")
    print(f"time to the first result: told {told:.1f} s, took {first:.1f} s")
    print(f"first click, on Move: {clicks[0][0]:.0f} ms, {clicks[0][1]:.0f} ms of processor time")
    report("click to painted, in a fill", clicks)
    report("stall, in a fill", watch.stalls)
    print(f"{'most memory, of a fill':28} {peak_gb():.2f} GB | bar 1.5")
    say_stacks(watch, options.stacks)
    generation.candidates.accept()


def load_engine(driver: WindowDriver) -> None:
    """Load the model and what removal needs."""
    editor, loaded = driver.editor, list[bool]()
    editor.runner.start()
    editor.retouch_work.warm_up(lambda: loaded.append(True))
    driver.wait(lambda: editor.engine is not None and bool(loaded))
    note_loaded()
    pace_garbage_collection(driver.window)


def save(driver: WindowDriver, folder: Path) -> float:
    """Save the project in the background; return the seconds."""
    done: list[float] = []
    began = time.perf_counter()
    driver.editor.files.save_later(
        folder / "again.glide", lambda: done.append(time.perf_counter() - began)
    )
    driver.wait(lambda: bool(done))
    return done[0]


def fill(driver: WindowDriver, folder: Path) -> tuple[float, Times]:
    """Generate, save and click until all candidates are fitted; seconds to the first, clicks in ms."""
    generation, clicks, first = driver.editor.generation, Times(), list[float]()
    began = time.perf_counter()
    generation.generate()
    count = driver.editor.generation_settings.sampling.count
    while not (first and all(map(generation.candidates.is_ready, range(count)))):
        if generation.candidates.current is not None and not first:
            first.append(time.perf_counter() - began)
            driver.editor.files.save_later(folder / "work.glide")
        clicks.append(click(driver, len(clicks)))
        end = time.perf_counter() + CLICK_MS / 1000
        while time.perf_counter() < end:
            run_event_loop(TICK_MS)
    return first[0], clicks


def click(driver: WindowDriver, number: int) -> tuple[float, float]:
    """Click something and paint; return the milliseconds, and those of processor time."""
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
    return timed(targets[number % len(targets)])


def timed(step: Callable[[], object]) -> tuple[float, float]:
    """Do something and paint; return the milliseconds, and those of processor time."""
    began, busy = time.perf_counter(), time.thread_time()
    step()
    QApplication.processEvents()
    return 1000 * (time.perf_counter() - began), 1000 * (time.thread_time() - busy)


def stroke(driver: WindowDriver) -> Times:
    """Paint a long stroke of the mask; return the milliseconds of each move."""
    driver.editor.set_tool_settings(size=400.0)
    canvas, left = driver.canvas, Qt.MouseButton.LeftButton
    QTest.mousePress(canvas, left, pos=QPoint(100, 200))
    times = Times()
    for number in range(120):
        place = QPoint(100 + 6 * number, round(300 + 120 * np.sin(number / 12)))
        times.append(timed(partial(send_move, canvas, place, left)))
    QTest.mouseRelease(canvas, left, pos=QPoint(800, 300))
    run_event_loop(500)
    return times


def slide(driver: WindowDriver) -> Times:
    """Move the slider of an adjustment of the whole picture; return the milliseconds of each step."""
    driver.editor.selection.clear()
    driver.editor.layers.add_adjustment(Exposure())
    driver.wait(driver.window.adjustments.isVisible)
    run_event_loop(500)
    slider = driver.window.adjustments.sliders["stops"].slider
    times = Times()
    slider.setSliderDown(True)
    for number in range(40):
        value = slider.value() + (1 if number < 30 else -2)
        times.append(timed(partial(slider.setValue, value)))
        run_event_loop(TICK_MS)
    slider.setSliderDown(False)
    run_event_loop(1000)
    return times


def peak_gb() -> float:
    """Return the most memory that the process has had resident, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def report(name: str, times: Times) -> None:
    wall, busy = np.percentile(times, [50, 99, 100], axis=0).T
    print(
        f"{name:28} median {wall[0]:6.1f} p99 {wall[1]:6.1f} longest {wall[2]:6.1f} ms | processor"
        f" {busy[0]:5.1f} {busy[1]:6.1f} {busy[2]:6.1f} | bar 100"
    )


def say_stacks(watch: StallWatch, wanted: bool) -> None:
    """Print where the loop stood still, the most frequent first."""
    for stack, count in watch.stacks.most_common() if wanted else ():
        print(f"    {count:3} x {stack}")


if __name__ == "__main__":
    main()
