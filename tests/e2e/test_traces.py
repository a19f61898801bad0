"""The traces in architecture.md are what the stack shows."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QInputDialog

from glide_studio.document import morphology
from glide_studio.editor.editor import Editor
from glide_studio.editor.runner import InlineRunner, RequestQueue
from glide_studio.errors import GlideError
from glide_studio.glide.unet import UNet
from glide_studio.imaging.geometry import Point
from glide_studio.inference.engine import LocalEngine
from tests import architecture
from tests.ui.test_menus import bar
from tests.ui.windows import WindowDriver

Calls = list[tuple[str, str]]
"""Functions in the order in which they call each other, each with its file."""


def read_trace(heading: str) -> Calls:
    """The numbered lines below a heading of architecture.md."""
    (section,) = re.findall(
        rf"^## {heading}.*?$(.*?)^## ",
        architecture.MAP.read_text("utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    lines = re.findall(r"^\d[.] (.*?) \(`(.*?)`\)", section, re.MULTILINE)
    return [(name, file) for names, file in lines for name in re.findall("`(.*?)`", names)]


def stack() -> Calls:
    """The program's own functions above the caller; closures and lambdas belong to their function."""
    calls: Calls = []
    frame = sys._getframe(2)
    while frame.f_back is not None:
        folder, _, file = frame.f_code.co_filename.rpartition("/glide_studio/")
        name = frame.f_code.co_qualname.split(".<locals>")[0].removesuffix(".__call__")
        if folder and (name, file) not in calls[:1]:
            calls.insert(0, (name, file))
        frame = frame.f_back
    return calls


def test_growing_the_mask_takes_four_calls(
    driver: WindowDriver, photo_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.open(photo_file)
    driver.editor.selection.rectangle(Point(50, 50), Point(200, 200))
    grow, seen = morphology.grow, []

    def record(*given: object) -> object:
        seen.append([*stack(), ("grow", "document/morphology.py")])
        return grow(*given)

    monkeypatch.setattr(morphology, "grow", record)
    bar(driver)["Mask/Modify/Grow…"].trigger()
    (dialog,) = driver.window.findChildren(QInputDialog)
    dialog.accept()
    assert seen == [read_trace("Grow mask")]
    assert len(seen[0]) <= 4


def test_generate_reaches_the_network_in_twelve_calls_and_seven_files(
    photo_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add, queued, reached = RequestQueue.add, [], []

    def record_queued(*given: object) -> None:
        queued.append(stack())
        add(*given)

    def record_reached(*given: object) -> None:
        reached.append([*stack(), ("UNet.forward", "glide/unet.py")])
        raise GlideError("That is far enough.")

    monkeypatch.setattr(RequestQueue, "add", record_queued)
    monkeypatch.setattr(UNet, "forward", record_reached)
    editor = Editor(InlineRunner(LocalEngine))
    editor.files.open(photo_file)
    editor.selection.rectangle(Point(50, 50), Point(200, 200))
    editor.set_generation_settings(prompt="an apple")
    editor.runner.start()
    editor.requests.use_model(editor.generation_settings.model)
    assert editor.attempt(editor.generation.generate)
    editor.runner.run_until_done()
    editor.close()
    (before,), (after,) = queued, reached
    # In the window the engine's thread waits where `run_until_done` stands here.
    calls = before + after[after.index(("RequestQueue.step", "editor/runner.py")) :]
    assert calls == read_trace("Generate, to the first network call")
    assert len(calls) <= 12
    assert len({file for _, file in calls}) <= 7
