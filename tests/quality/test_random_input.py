"""A short run of the random input; the long ones are run by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tests.quality.random_input import try_window


@pytest.mark.slow
def test_twenty_seconds_of_random_input_break_nothing(qapp: QApplication, tmp_path: Path) -> None:
    assert try_window(tmp_path, seed=0, seconds=20) == []
