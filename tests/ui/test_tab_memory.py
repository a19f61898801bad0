"""What all tabs hold in memory together, and when garbage is collected."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget

from glide_studio import app
from glide_studio.document.raster import Raster
from glide_studio.editor.editor import Editor
from tests.ui.studio import StudioDriver
from tests.ui.test_canvas import pixels
from tests.ui.windows import WindowDriver, wait_until

BUDGET = 2 << 20
EDITS = 24  # each of 240 kB: a history holds more than the budget of all


def paint_noise(editor: Editor, seed: int) -> list[bytes]:
    """Make masks of noise one after the other; return the pixels of each state."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(EDITS):
        size = editor.document.size
        noise = rng.integers(0, 256, (size.height, size.width, 1), np.uint8)
        selection = Raster.from_array(noise)
        editor.state.apply(f"Noise {number}", replace(editor.document, selection=selection))
        made.append(noise.tobytes())
    return made


def wait(condition: Callable[[], bool]) -> None:
    wait_until(condition, 60)


def selection_bytes(editor: Editor) -> bytes:
    selection = editor.document.selection
    return selection.read(selection.box).tobytes()


def test_six_tabs_keep_within_one_budget_and_lose_nothing(
    studio: StudioDriver, tmp_path: Path, photo_file: Path
) -> None:
    window = studio.window
    window.memory._timer.setInterval(1)
    window.memory._preferences = SimpleNamespace(history_mb=BUDGET >> 20)
    paths = [tmp_path / f"{number}.png" for number in range(6)]
    for path in paths:
        path.write_bytes(photo_file.read_bytes())
    studio.open(*paths)
    made = {}
    for number, page in enumerate(window.pages):
        window.tabs.setCurrentIndex(number)
        page.editor.set_budgets(results=1 << 20, history=BUDGET, trash_days=1)
        made[page] = paint_noise(page.editor, number)
    histories = {page: page.editor.timeline for page in window.pages}

    def is_within() -> bool:
        current = histories[window.page]
        room = sum(
            tile.nbytes * 4 // 3
            for raster in current.document.rasters()
            for _, tile in raster.tiles()
        )
        return sum(one.nbytes for one in histories.values()) <= BUDGET + room

    wait(is_within)
    assert all(len(one) == EDITS + 1 for one in histories.values())
    for number, page in enumerate(window.pages):
        window.tabs.setCurrentIndex(number)
        assert selection_bytes(page.editor) == made[page][-1]
        for state in reversed(made[page][:-1]):
            page.editor.undo()
            assert selection_bytes(page.editor) == state
        wait(is_within)
    for page, states in made.items():
        for state in states[1:]:
            page.editor.redo()
            assert selection_bytes(page.editor) == state


def test_the_tab_looked_at_longest_ago_gives_way_first(
    studio: StudioDriver, files: list[Path]
) -> None:
    window = studio.window
    studio.open(*files[:3])
    for number, page in enumerate(window.pages):
        window.tabs.setCurrentIndex(number)
        paint_noise(page.editor, number)
    first, second, last = (page.editor.timeline for page in window.pages)
    before = second.held_bytes, last.held_bytes
    enough = (last.hidden_bytes + second.held_bytes >> 20) + 1
    window.memory._preferences = SimpleNamespace(history_mb=enough)
    window.memory.settle()
    wait(lambda: first.nbytes < 1 << 20)
    assert (second.held_bytes, last.held_bytes) == before


def test_a_hidden_canvas_keeps_only_what_it_is_drawn_from(
    driver: WindowDriver, photo_file: Path
) -> None:
    driver.open(photo_file)
    canvas, frame = driver.canvas, driver.canvas.frame
    for level in range(3):
        frame._composite.view(level)
    before = pixels(canvas.grab().toImage())
    canvas.hide()
    assert frame._buffer.image.sizeInBytes() == 4
    assert list(frame._composite._buffers) == [canvas.view.viewport.level]
    canvas.show()
    assert np.array_equal(pixels(canvas.grab().toImage()), before)


def test_full_passes_of_the_garbage_collector_wait_for_a_pause(
    driver: WindowDriver, photo_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Cycle:
        def __init__(self) -> None:
            self.itself = self

    monkeypatch.setattr(app, "PASS_INTERVAL_MS", 1)
    driver.open(photo_file)
    threshold, window = gc.get_threshold(), QWidget()
    try:
        gc.collect()
        app.pace_garbage_collection(window)
        assert gc.get_threshold()[2] > 1_000_000
        cycle = Cycle()
        gc.collect(1)  # no longer young
        watched = weakref.ref(cycle)
        del cycle

        def is_gone() -> bool:
            driver.canvas.update()
            return watched() is None

        wait(is_gone)
    finally:
        gc.set_threshold(*threshold)
        gc.unfreeze()
        window.deleteLater()
