"""What a window knows of a teaching, which is what lies in its folder, and what it does with it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from glide_studio.editor import teaching
from glide_studio.editor.teaching import (
    ERRORS,
    MAX_SIDE_PX,
    MIN_PICTURES,
    NOTE,
    PICTURES,
    PROGRESS,
    STATE,
    WEIGHTS,
    TeachActions,
    TeachingProgress,
    TeachingState,
    crop_to_object,
    read_thumbnail,
)
from glide_studio.editor.workers import InlineWorker
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box

ENDED = 2**22 + 1  # no process of Linux has this number


class Shelf:
    """Where models are kept; remembers what was given to it."""

    def __init__(self) -> None:
        self.kept: list[tuple[object, ...]] = []

    def keep_taught(
        self, model: str, weights: Path, noun: str, name: str, then: Callable[[], object]
    ) -> None:
        self.kept.append((model, weights, noun, name))
        then()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def teach(shelf: Shelf, tmp_path: Path) -> TeachActions:
    return TeachActions(shelf, InlineWorker(), tmp_path / "teaching")  # type: ignore[arg-type]


def begun(teach: TeachActions, *said: object, pid: int = ENDED, errors: str = "") -> None:
    """Leave in the folder what a process has written."""
    (teach.folder / STATE).mkdir(parents=True, exist_ok=True)
    note = {"noun": "teapot", "model": "objects", "minutes": 2.0, "pid": pid, "spent": 30.0}
    (teach.folder / NOTE).write_text(json.dumps(note))
    lines = [one if isinstance(one, str) else json.dumps(one) for one in said]
    (teach.folder / PROGRESS).write_text("\n".join(lines))
    (teach.folder / ERRORS).write_text(errors)


def test_nothing_is_known_without_a_folder(teach: TeachActions) -> None:
    assert teach.read() == TeachingProgress()
    assert teach.read().share == 0
    teach.pause()
    teach.resume()
    assert not teach.folder.exists()
    with pytest.raises(GlideError, match="not done yet"):
        teach.keep("mine")


def test_progress_adds_to_the_seconds_of_the_runs_before(teach: TeachActions) -> None:
    begun(teach, {"step": 4, "seconds": 10.0}, "half a li", "[1]", {"step": 9, "seconds": 30.0})
    (teach.folder / STATE / "1.png").touch()
    (teach.folder / STATE / "2.png").touch()
    found = teach.read()
    assert (found.state, found.noun, found.minutes) == (TeachingState.PAUSED, "teapot", 2.0)
    assert (found.step, found.seconds, found.share) == (9, 60.0, 0.5)
    assert found.sheet == teach.folder / STATE / "2.png"
    assert found.message == ""


@pytest.mark.parametrize(
    ("errors", "message"),
    [
        ("glide-studio: There is no room.\n", "There is no room."),
        ("a warning\nglide-studio: One.\nglide-studio: Two.\nmore", "Two."),
        ("Traceback\nMemoryError: no room\n", "MemoryError: no room"),
        ("a warning\n", ""),
        ("", ""),
    ],
)
def test_a_failure_is_the_last_sentence_that_the_process_said(
    teach: TeachActions, errors: str, message: str
) -> None:
    begun(teach, {"step": 1, "seconds": 1.0}, errors=errors)
    found = teach.read()
    assert found.message == message
    assert found.state is (TeachingState.FAILED if message else TeachingState.PAUSED)
    (teach.folder / ERRORS).unlink()
    assert teach.read().message == ""


def test_a_process_of_that_number_that_teaches_nothing_is_another_one(teach: TeachActions) -> None:
    assert "teach" not in psutil.Process(os.getpid()).cmdline()
    begun(teach, {"step": 1, "seconds": 1.0}, pid=os.getpid())
    assert teach.read().state is TeachingState.PAUSED
    teach.pause()  # must not end this process


def test_only_what_was_taught_to_the_end_is_kept_and_then_the_folder_goes(
    teach: TeachActions, shelf: Shelf
) -> None:
    told: list[TeachingState] = []
    teach.changed.connect(lambda: told.append(teach.progress.state))
    begun(teach, {"step": 1, "seconds": 1.0})
    teach.poll()
    teach.poll()
    with pytest.raises(GlideError, match="not done yet"):
        teach.keep("mine")
    begun(teach, {"step": 1, "seconds": 1.0}, {"event": "done"}, errors="glide-studio: late.\n")
    teach.poll()
    assert teach.progress.share == 1
    teach.keep("mine")
    assert shelf.kept == [("objects", teach.folder / STATE / WEIGHTS, "teapot", "mine")]
    assert not teach.folder.exists()
    assert told == [TeachingState.PAUSED, TeachingState.DONE, TeachingState.NONE]


def test_what_cannot_be_taught_is_said_before_anything_is_written(teach: TeachActions) -> None:
    cutouts = [np.zeros((4, 4, 4), np.uint8)] * MIN_PICTURES
    for noun in ("  ", "!!"):
        with pytest.raises(GlideError, match="no word in the noun"):
            teach.start(noun, "objects", 1.0, cutouts)
    with pytest.raises(GlideError, match=f"{MIN_PICTURES} pictures"):
        teach.start("teapot", "objects", 1.0, cutouts[1:])
    assert not teach.folder.exists()
    for said in ({"event": "done"}, {"step": 1}):
        begun(teach, said)
        with pytest.raises(GlideError, match="already"):
            teach.start("teapot", "objects", 1.0, cutouts)
    assert (teach.folder / NOTE).exists()


def test_an_object_is_cut_out_with_a_margin_and_not_larger_than_needed() -> None:
    pixels = np.zeros((300, 400, 4), np.uint8)
    pixels[100:200, 150:200] = (10, 20, 30, 255)
    assert np.array_equal(crop_to_object(pixels), pixels[96:204, 146:204])
    pixels[0:50, 0:400, 3] = 8  # next to nothing
    assert crop_to_object(pixels).shape == (108, 58, 4)
    large = np.full((MAX_SIDE_PX * 4, MAX_SIDE_PX * 2, 4), 255, np.uint8)
    assert crop_to_object(large).shape == (MAX_SIDE_PX, MAX_SIDE_PX // 2, 4)
    with pytest.raises(GlideError, match="Nothing is left"):
        crop_to_object(np.zeros((4, 4, 4), np.uint8))


def test_pictures_of_any_depth_become_small_rgba(tmp_path: Path, teach: TeachActions) -> None:
    Image.fromarray(np.full((40, 30), 257 * 200, np.uint16)).save(tmp_path / "deep.png")
    assert (read_thumbnail(tmp_path / "deep.png") == (200, 200, 200, 255)).all()
    Image.new("RGB", (MAX_SIDE_PX * 4, 100), (9, 8, 7)).save(tmp_path / "wide.png")
    assert read_thumbnail(tmp_path / "wide.png").shape == (50, MAX_SIDE_PX * 2, 4)
    with pytest.raises(GlideError, match=r"Draw a box around the object in wide\.png"):
        teach.cut_out(tmp_path / "wide.png", None)
    Image.new("RGBA", (20, 20), (9, 8, 7, 249)).save(tmp_path / "clear.png")
    assert teach.cut_out(tmp_path / "clear.png", None).shape == (20, 20, 4)
    scene = np.full((60, 60, 3), 220, np.uint8)
    scene[20:40, 25:45] = (150, 20, 20)
    Image.fromarray(scene).save(tmp_path / "scene.png")
    cut = teach.cut_out(tmp_path / "scene.png", Box(15, 12, 38, 36))
    assert cut[..., 3].max() == 255
    assert abs(cut.shape[0] - 22) <= 4
    assert abs(cut.shape[1] - 22) <= 4


class Started:
    """Takes the place of `subprocess.Popen`: a process that is only written down."""

    commands: list[list[str]]

    def __init__(self, command: list[str], **_: object) -> None:
        type(self).commands.append(command)
        self.pid = os.getpid()

    def poll(self) -> None:
        return None


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> type[Started]:
    Started.commands = []
    monkeypatch.setattr(teaching.subprocess, "Popen", Started)
    return Started


@pytest.mark.parametrize("has_state", [False, True])
def test_a_paused_teaching_goes_on_from_its_state_for_the_time_that_is_left(
    teach: TeachActions, started: type[Started], has_state: bool
) -> None:
    begun(teach, {"step": 4, "seconds": 15.0})
    if has_state:
        (teach.folder / STATE / "mini.state.pt").touch()
    teach.resume()
    (command,) = started.commands
    options = dict(pairwise(command))
    assert options["teach"] == str(teach.folder / PICTURES)
    assert (options["--noun"], options["--model"]) == ("teapot", "objects")
    assert options["--state"] == str(teach.folder / STATE)
    assert options["--minutes"] == "1.25", "of two, 30 seconds before and 15 now"
    assert ("--resume" in command) == has_state
    begun(teach, {"step": 4, "seconds": 89.0})
    teach.resume()
    assert (
        dict(zip(started.commands[-1], started.commands[-1][1:], strict=False))["--minutes"]
        == "0.50"
    ), "half a minute at least"


def test_a_teaching_begins_with_the_noun_without_its_article(
    teach: TeachActions, started: type[Started]
) -> None:
    cutouts = [np.zeros((4, 4, 4), np.uint8)] * MIN_PICTURES
    teach.start(" A red  Vase", "objects", 1.0, cutouts)
    assert dict(pairwise(started.commands[0]))["--noun"] == teach.read().noun == "red vase"


def test_a_teaching_that_is_alive_is_running(
    teach: TeachActions, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(teach, {"step": 4, "seconds": 15.0}, errors="glide-studio: Not yet.\n")
    monkeypatch.setattr(teach, "_is_alive", lambda note: True)
    found = teach.read()
    assert (found.state, found.step, found.message) == (TeachingState.RUNNING, 4, "")
    teach.resume()
    assert teach.read().state is TeachingState.RUNNING, "it does not begin once more"
