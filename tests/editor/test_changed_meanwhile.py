"""What was computed for a document that has changed since is not put into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glide_studio.editor.canvas_actions import LARGEST, LONGEST, check_size
from glide_studio.editor.editor import Editor
from glide_studio.editor.runner import InlineRunner
from glide_studio.editor.upscale_actions import UpscaleProgress
from glide_studio.editor.workers import Workers
from glide_studio.errors import GlideError
from glide_studio.imaging.completion.canvas_extension import Margins
from glide_studio.imaging.geometry import Box, Point, Size
from tests.editor.conftest import photo
from tests.editor.held import HeldWorker
from tests.editor.standin import StandInEngine

SQUARE = np.s_[60:120, 100:160]


@pytest.fixture
def held() -> HeldWorker:
    return HeldWorker()


@pytest.fixture
def apple(held: HeldWorker, tmp_path: Path) -> Iterator[Editor]:
    """An editor on a photo with a red square, whose background work waits."""
    image = photo()
    image[SQUARE] = (210, 20, 30)
    Image.fromarray(image).save(tmp_path / "apple.png")
    workers = replace(Workers.inline(), pool=held)
    editor = Editor(InlineRunner(StandInEngine), workers, tmp_path / "stores")
    editor.files.open(tmp_path / "apple.png")
    held.catch_up()
    editor.runner.start()
    yield editor
    held.catch_up()
    editor.close()


def told(editor: Editor) -> list[str]:
    texts: list[str] = []
    editor.notice.connect(lambda notice: texts.append(notice.text))
    return texts


def smaller(editor: Editor) -> None:
    editor.canvas.scale(Size(120, 90))


STARTS: dict[str, Callable[[Editor], object]] = {
    "select an object": lambda editor: editor.objects.select_in_box(Point(90, 50), Point(170, 130)),
    "extend the canvas": lambda editor: editor.canvas.extend(Margins(right=20)),
    "enlarge": lambda editor: editor.upscale.enlarge(2, "lanczos"),
}


@pytest.mark.parametrize("name", STARTS)
def test_a_result_for_another_picture_changes_nothing(
    apple: Editor, held: HeldWorker, name: str
) -> None:
    ends: list[UpscaleProgress] = []
    apple.upscale.progress.connect(ends.append)
    STARTS[name](apple)
    smaller(apple)
    changed = apple.document
    held.catch_up()
    assert apple.document is changed
    assert apple.shown is changed
    if name == "enlarge":
        assert "changed meanwhile" in ends[-1].error
    assert not apple.retouch_work.is_running
    STARTS[name](apple)  # nothing is in the way of the next one
    held.catch_up()


def test_words_that_were_found_in_another_picture_select_nothing(
    apple: Editor, held: HeldWorker
) -> None:
    apple.words.select("the apple")
    apple.runner.run_until_done()
    smaller(apple)
    changed = apple.document
    held.catch_up()
    assert apple.document is changed
    assert apple.words.error
    assert not apple.words.is_searching


def test_a_layer_that_changed_while_it_was_moved_is_not_replaced(
    apple: Editor, held: HeldWorker
) -> None:
    apple.layers.duplicate()
    apple.transform.begin()
    assert apple.transform.quad is not None
    apple.transform.set_quad(apple.transform.quad.rotate(10))
    ended: list[bool] = []
    apple.transform.apply(lambda: ended.append(True))
    assert apple.transform.busy
    quad = apple.transform.quad
    apple.transform.set_quad(quad.move(5, 5))
    assert apple.transform.quad == quad, "while it is being drawn"
    apple.layers.set_opacity(apple.document.active or "", 0.5)
    changed = apple.document
    held.catch_up()
    assert apple.document is changed
    assert apple.shown is changed
    assert not apple.transform.layers
    assert not ended


def test_a_hidden_layer_is_moved_like_any_other(apple: Editor, held: HeldWorker) -> None:
    apple.layers.duplicate()
    hidden = apple.document.active or ""
    apple.layers.set_visible(hidden, False)
    apple.transform.begin()
    assert apple.transform.quad is not None
    apple.transform.set_quad(apple.transform.quad.move(7, 0))
    apple.transform.apply()
    held.catch_up()
    layer = apple.document.layer(hidden)
    assert layer.raster is not None
    assert layer.raster.content_box() == Box(7, 0, 293, 200)
    assert not layer.visible


NOTHING: dict[str, Callable[[Editor], object]] = {
    "a stroke that was not begun": lambda editor: editor.retouch.finish_stroke(),
    "a box outside": lambda editor: editor.objects.select_in_box(Point(-9, -9), Point(-2, -3)),
    "a box without area": lambda editor: editor.objects.select_in_box(Point(5, 5), Point(5, 9)),
    "a bucket outside": lambda editor: editor.paint.bucket(Point(300, 5)),
    "a color outside": lambda editor: editor.paint.pick(Point(-1, 5)),
    "a gradient without length": lambda editor: editor.paint.gradient(Point(5, 5), Point(5, 5)),
    "a frame that was not begun": lambda editor: editor.transform.apply(),
    "a mirrored frame that was not begun": lambda editor: editor.transform.flip("horizontal"),
    "a crop that was not begun": lambda editor: editor.crop.apply(),
    "an angle of no crop": lambda editor: editor.crop.set_angle(3),
    "words that were not said": lambda editor: editor.words.cancel(),
}


@pytest.mark.parametrize("name", NOTHING)
def test_what_has_nothing_to_work_on_leaves_all_as_it_is(
    apple: Editor, held: HeldWorker, name: str
) -> None:
    before, states, color = apple.document, len(apple.timeline), apple.state.tool_settings.color
    texts = told(apple)
    NOTHING[name](apple)
    held.catch_up()
    assert apple.document is before
    assert apple.shown is before
    assert (len(apple.timeline), apple.state.tool_settings.color) == (states, color)
    assert texts == []


REFUSED: dict[str, tuple[Callable[[Editor], object], str]] = {
    "no layer to paint on": (
        lambda editor: editor.paint.bucket(Point(5, 5)),
        "Choose a layer to paint on first",
    ),
    "no layer to move": (lambda editor: editor.transform.begin(), "Choose a layer to move first"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_needs_a_layer_says_so(apple: Editor, name: str) -> None:
    apple.state.timeline.activate_layer(None)
    verb, sentence = REFUSED[name]
    before = apple.document
    with pytest.raises(GlideError, match=sentence):
        verb(apple)
    assert apple.document is before


def test_a_mask_from_a_file_of_the_pictures_size_is_painted(apple: Editor) -> None:
    mask = np.zeros((200, 300), np.uint8)
    mask[10:20, 30:50] = 200
    apple.selection.replace(mask)
    assert np.array_equal(apple.selection.painted_mask(apple.document.box), mask)
    assert apple.timeline.current.label == "Load mask"
    with pytest.raises(GlideError, match="300 x 200"):
        apple.selection.replace(mask[1:])
    with pytest.raises(GlideError, match="300 x 200"):
        apple.selection.replace(mask[:, 1:])


def test_a_color_is_picked_for_painting_unless_the_second_is_asked_for(apple: Editor) -> None:
    before = apple.state.tool_settings
    apple.paint.pick(Point(130.9, 90.9))
    picked = apple.state.tool_settings
    assert picked.color == "#d2141e"
    assert picked.second_color == before.second_color
    apple.paint.pick(Point(100, 60), second=True)
    assert apple.state.tool_settings.second_color == "#d2141e"
    apple.paint.pick(Point(99.99, 60))
    assert apple.state.tool_settings.color != "#d2141e", "the pixel beside it"


@pytest.mark.parametrize(
    ("size", "fits"),
    [
        (Size(1, 1), True),
        (Size(LONGEST, 1), True),
        (Size(1, LONGEST), True),
        (Size(LONGEST + 1, 1), False),
        (Size(1, LONGEST + 1), False),
        (Size(20_000, LARGEST // 20_000), True),
        (Size(20_000, LARGEST // 20_000 + 1), False),
        (Size(0, 5), False),
        (Size(5, 0), False),
    ],
)
def test_sizes_of_a_canvas(size: Size, fits: bool) -> None:
    if fits:
        check_size(size)
    else:
        with pytest.raises(GlideError):
            check_size(size)


def test_results_of_before_are_there_again_when_a_project_is_opened(
    apple: Editor, held: HeldWorker, tmp_path: Path
) -> None:
    for prompt in ("an apple", "a cup"):
        apple.selection.rectangle(Point(20, 20), Point(90, 90))
        apple.set_generation_settings(prompt=prompt)
        apple.generation.generate()
        held.catch_up()
        apple.runner.run_until_done()
        held.catch_up()
        apple.candidates.accept()
    wanted = [job.request.prompt for job in apple.generation.jobs.values()]
    assert wanted == ["an apple", "a cup"]
    apple.files.save(tmp_path / "a.glide")
    apple.files.open(tmp_path / "apple.png")
    held.catch_up()
    assert not apple.generation.jobs
    apple.files.open(tmp_path / "a.glide")
    held.catch_up()
    assert [job.request.prompt for job in apple.generation.jobs.values()] == wanted


def test_a_mask_is_loaded_and_written_in_the_background(tmp_path: Path, photo_file: Path) -> None:
    files, inline = HeldWorker(), Workers.inline()
    editor = Editor(InlineRunner(StandInEngine), replace(inline, files=files, exports=files))
    editor.files.open(photo_file)
    notices: list[str] = []
    editor.notice.connect(lambda notice: notices.append(notice.text))
    editor.selection.rectangle(Point(10, 20), Point(60, 90))
    painted = editor.document.selection
    editor.files.save_mask_later(tmp_path / "mask.png")
    editor.selection.clear()
    files.catch_up()
    editor.files.load_mask_later(tmp_path / "mask.png")
    assert editor.document.selection.content_box().empty
    files.catch_up()
    assert editor.document.selection.equal_pixels(painted)
    assert not notices
    editor.files.load_mask_later(tmp_path / "mask.png")
    editor.canvas.rotate(1)
    editor.background_edits.finish()
    files.catch_up()
    assert "the picture 200 x 300" in notices[-1]
    editor.files.save_mask_later(tmp_path / "nowhere" / "mask.png")
    files.catch_up()
    assert len(notices) == 2
    editor.close()
