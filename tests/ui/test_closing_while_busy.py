"""Closing while something is still being made: a question names it first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from glide_studio.api.sampling import Sampling
from glide_studio.imaging.completion.canvas_extension import Margins
from glide_studio.imaging.geometry import Point
from tests.editor.standin import StandInEngine
from tests.ui.studio import StudioDriver, press
from tests.ui.test_unsaved_results import CLOSE, questions, words


def begin_fill(studio: StudioDriver) -> None:
    studio.editor.set_generation_settings(prompt="an apple", sampling=Sampling(count=1, steps=500))
    studio.editor.generation.generate()


def begin_removal_with_candidates(studio: StudioDriver) -> None:
    studio.editor.generation.fill_from_photo()


def begin_removal(studio: StudioDriver) -> None:
    studio.editor.retouch.remove_painted()


def begin_extension(studio: StudioDriver) -> None:
    studio.editor.canvas.extend(Margins(left=40))


BEGIN = {
    "“an apple”": begin_fill,
    "Removal": begin_removal_with_candidates,
    "Filling from the photo": begin_removal,
    "Extending the canvas": begin_extension,
}


@pytest.fixture
def saved(studio: StudioDriver, engine: StandInEngine, files: list[Path]) -> StudioDriver:
    """A photo with a painted mask, all of it in a project."""
    engine.pace = 0.02
    studio.open(files[0])
    studio.editor.selection.rectangle(Point(20, 20), Point(80, 80))
    studio.editor.files.save(files[0].with_suffix(".glide"))
    return studio


@pytest.mark.parametrize("way", CLOSE.values(), ids=CLOSE)
@pytest.mark.parametrize(("name", "begin"), BEGIN.items(), ids=BEGIN)
def test_closing_asks_about_what_is_being_made(
    saved: StudioDriver,
    name: str,
    begin: Callable[[StudioDriver], None],
    way: Callable[[StudioDriver], object],
) -> None:
    left: list[bool] = []
    saved.window.closed.connect(lambda: left.append(True))
    begin(saved)
    way(saved)
    box = saved.box()
    assert "Something is still being made. Close anyway?" in box.text()
    assert name in box.informativeText()
    assert words(box) == {"Close anyway", "Cancel"}
    assert box.defaultButton().text() == "Cancel", "Enter loses nothing"
    press(box, "Cancel")
    assert saved.editor.history is not None
    assert not left
    saved.editor.generation.cancel_all()
    saved.editor.retouch_work.stop()
    saved.wait(lambda: not saved.editor.generation.jobs.unfinished)
    way(saved)
    saved.wait(lambda: saved.editor.history is None or left == [True])
    assert not questions(saved), "what was cancelled is no question"


def test_what_is_made_in_all_tabs_is_asked_once_before_what_is_unsaved(
    saved: StudioDriver, files: list[Path]
) -> None:
    left: list[bool] = []
    saved.window.closed.connect(lambda: left.append(True))
    begin_fill(saved)
    saved.open(files[1])
    saved.editor.selection.rectangle(Point(20, 20), Point(80, 80))  # unsaved
    begin_fill(saved)
    saved.window.close()
    box = saved.box()
    assert "one.glide: “an apple”<br>two.png: “an apple”" in box.informativeText()
    press(box, "Close anyway")
    box = saved.box()
    assert "Save the changes to “two.png”?" in box.text()
    press(box, "Don’t save")
    saved.wait(lambda: left == [True])


def test_the_question_follows_what_is_made_and_goes_on_once_nothing_is(
    saved: StudioDriver,
) -> None:
    left: list[bool] = []
    saved.window.closed.connect(lambda: left.append(True))
    begin_fill(saved)
    saved.editor.set_generation_settings(prompt="a pear")
    saved.editor.generation.generate()
    saved.window.close()
    box = saved.box()
    assert "“an apple”" in box.informativeText()
    saved.editor.generation.cancel(saved.editor.generation.jobs.unfinished[0].id)
    saved.wait(lambda: "apple" not in box.informativeText())
    assert "“a pear”" in box.informativeText()
    assert not left
    saved.editor.generation.cancel_all()
    saved.wait(lambda: left == [True])


def test_results_that_are_fitted_again_from_a_project_are_no_question(
    saved: StudioDriver, engine: StandInEngine
) -> None:
    engine.pace = 0.0
    studio, path = saved, saved.editor.state.path
    studio.editor.set_generation_settings(prompt="an apple", sampling=Sampling(count=1, steps=2))
    studio.editor.generation.generate()
    studio.wait(lambda: studio.editor.candidates.is_seen)
    studio.editor.files.save(path)
    CLOSE["Ctrl+W"](studio)
    studio.wait(lambda: studio.editor.history is None)
    studio.editor.files.open(path)
    assert studio.editor.generation.jobs.unfinished
    CLOSE["Ctrl+W"](studio)
    studio.wait(lambda: studio.editor.history is None)
    assert not questions(studio)
