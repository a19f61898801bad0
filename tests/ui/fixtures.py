"""Fixtures of a window of its own for every test, with nothing left behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from tests.editor.conftest import encode_photo
from tests.editor.standin import StandInEngine
from tests.ui.studio import StudioDriver
from tests.ui.windows import WindowDriver, nothing_left_alive


@pytest.fixture(autouse=True)
def tidy(qapp: object) -> Iterator[None]:
    with nothing_left_alive():
        yield
    # The offscreen platform would delete what was copied after the interpreter has ended, and crash.
    QGuiApplication.clipboard().clear()


@pytest.fixture
def engine() -> StandInEngine:
    return StandInEngine()


@pytest.fixture
def driver(qtbot: QtBot, engine: StandInEngine) -> Iterator[WindowDriver]:
    result = WindowDriver(engine)
    yield result
    result.close()


@pytest.fixture
def studio(qtbot: QtBot, engine: StandInEngine) -> Iterator[StudioDriver]:
    result = StudioDriver(engine)
    yield result
    result.close()


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Three photos, the last one larger than the others."""
    paths = [tmp_path / f"{name}.png" for name in ("one", "two", "large")]
    for number, path in enumerate(paths):
        width, height = ((300, 200), (200, 300), (900, 300))[number]
        path.write_bytes(encode_photo(width, height, number))
    return paths


@pytest.fixture
def photo_file(tmp_path: Path) -> Path:
    path = tmp_path / "holiday.png"
    path.write_bytes(encode_photo(600, 400))
    return path
