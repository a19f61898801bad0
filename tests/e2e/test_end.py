"""The system asks the program to end while nobody moves the mouse."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

IDLE_LOOP = """
import signal
from PySide6.QtCore import QCoreApplication, QTimer
from glide_studio.app import wake_on_signals

application = QCoreApplication([])
signal.signal(signal.SIGTERM, lambda *_: application.quit())
QTimer.singleShot(0, lambda: print("idle", flush=True))
with wake_on_signals():
    application.exec()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")
def test_a_signal_ends_an_idle_event_loop() -> None:
    command = [sys.executable, "-W", "error::ResourceWarning", "-c", IDLE_LOOP]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "idle\n"
        program.send_signal(signal.SIGTERM)
        try:
            assert program.wait(timeout=120) == 0
        finally:
            program.kill()
