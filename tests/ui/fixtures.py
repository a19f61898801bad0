"""Fixtures of a window of its own for every test, with nothing left behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from tests.editor.conftest import photo
from tests.editor.standin import StandInEngine
from tests.ui.windows import WindowDriver, nothing_left_alive


@pytest.fixture(autouse=True)
def tidy(qapp: object) -> Iterator[None]:
    with nothing_left_alive():
        yield


@pytest.fixture
def engine() -> StandInEngine:
    return StandInEngine()


@pytest.fixture
def driver(qtbot: QtBot, engine: StandInEngine) -> Iterator[WindowDriver]:
    result = WindowDriver(engine)
    yield result
    result.close()


@pytest.fixture
def photo_file(tmp_path: Path) -> Path:
    path = tmp_path / "holiday.png"
    Image.fromarray(photo(600, 400)).save(path)
    return path
