"""Select and replace by words, with an engine that finds what is red."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glide_studio.editor.editor import Editor
from glide_studio.editor.state import Notification
from glide_studio.editor.word_actions import (
    SEARCH_SIDE_PX,
    Replacement,
    box_for,
    make_search_request,
    parse_replacement,
    search_size,
)
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box, Size
from tests.editor.conftest import photo
from tests.editor.standin import StandInEngine

SQUARE = np.s_[60:120, 100:160]


@pytest.fixture
def apple(editor: Editor, tmp_path: Path) -> Editor:
    """The editor on a photo with a red square."""
    image = photo()
    image[SQUARE] = (210, 20, 30)
    Image.fromarray(image).save(tmp_path / "apple.png")
    editor.files.open(tmp_path / "apple.png")
    editor.runner.start()
    return editor


def painted(editor: Editor) -> np.ndarray:
    return editor.selection.painted_mask(editor.document.box) > 127


@pytest.mark.parametrize(
    ("prompt", "wanted"),
    [
        ("replace the apple with a cup", Replacement("the apple", "a cup")),
        ("Replace an apple by a red cup.", Replacement("an apple", "a red cup")),
        (
            "  replace  the cup with milk with an apple ",
            Replacement("the cup", "milk with an apple"),
        ),
        ("an apple", None),
        ("replace the apple", None),
        ("a cup with a lid", None),
    ],
)
def test_only_a_sentence_about_replacing_is_one(prompt: str, wanted: Replacement | None) -> None:
    assert parse_replacement(prompt) == wanted


def test_what_words_name_is_selected_in_one_entry(apple: Editor) -> None:
    before = apple.timeline.current.id
    apple.words.select("the apple")
    assert apple.words.is_searching
    apple.runner.run_until_done()
    assert not apple.words.is_searching
    assert apple.words.error == ""
    wanted = np.zeros((200, 300), bool)
    wanted[SQUARE] = True
    assert (painted(apple) & wanted).sum() / (painted(apple) | wanted).sum() > 0.95
    apple.undo()
    assert apple.timeline.current.id == before


def test_words_of_something_that_is_not_there_say_so(apple: Editor, photo_file: Path) -> None:
    notices: list[Notification] = []
    apple.notice.connect(notices.append)
    apple.files.open(photo_file)
    apple.words.select("the apple")
    apple.runner.run_until_done()
    assert "Nothing like 'the apple'" in apple.words.error == notices[-1].text
    assert not painted(apple).any()


def test_unknown_words_are_refused_before_the_search(apple: Editor, engine: StandInEngine) -> None:
    with pytest.raises(GlideError, match="not trained on anything in 'the zeppelin'"):
        apple.words.select("the zeppelin")
    with pytest.raises(GlideError, match="zeppelin"):
        apple.words.replace(Replacement("the apple", "a zeppelin"))
    with pytest.raises(GlideError, match="Type what"):
        apple.words.select("  ")
    assert not engine.requests


def test_a_replacement_asks_removes_and_draws_in_the_same_place(
    apple: Editor, engine: StandInEngine
) -> None:
    asked: list[Replacement] = []
    apple.words.asked.connect(asked.append)
    wish = Replacement("the apple", "a cup")
    apple.words.replace(wish)
    apple.runner.run_until_done()
    assert asked == [wish] == [apple.words.pending]
    assert painted(apple)[90, 130]
    assert len(engine.requests) == 1  # nothing is done before the answer
    apple.words.confirm()
    apple.runner.run_until_done()
    fill = engine.requests[-1]
    assert (fill.kind, fill.prompt) == ("fill", "a cup")
    assert fill.image is not None
    red = fill.image[..., 0] - fill.image[..., 1:].max(-1) > 0.55
    assert not red.any()  # the apple is gone before the cup is drawn
    rows, columns = np.nonzero(painted(apple))
    assert rows.min() <= 62 <= 118 <= rows.max() + 1
    assert 90 <= columns.min() <= 102 <= 158 <= columns.max() + 1 <= 175
    assert apple.candidates.current is not None


def test_a_declined_replacement_changes_nothing_but_the_selection(
    apple: Editor, engine: StandInEngine
) -> None:
    apple.words.replace(Replacement("the apple", "a cup"))
    apple.runner.run_until_done()
    apple.words.decline()
    assert len(engine.requests) == 1
    with pytest.raises(GlideError, match="nothing to replace"):
        apple.words.confirm()


def test_a_cancelled_search_selects_nothing(apple: Editor) -> None:
    apple.words.select("the apple")
    apple.words.cancel()
    apple.runner.run_until_done()
    assert not painted(apple).any()


def test_the_new_object_gets_the_old_one_s_size() -> None:
    box = box_for(Box(100, 100, 84, 92))
    assert (box.width, box.height, box.y) == (100, 100, 100)
    assert box.x == 92


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        (Size(4 * SEARCH_SIDE_PX, SEARCH_SIDE_PX), Size(SEARCH_SIDE_PX, SEARCH_SIDE_PX // 4)),
        (Size(90, 60), Size(90, 60)),
        (Size(1, 8 * SEARCH_SIDE_PX), Size(1, SEARCH_SIDE_PX)),
    ],
)
def test_a_large_picture_is_searched_at_a_smaller_size(size: Size, wanted: Size) -> None:
    assert search_size(size) == wanted


def test_the_search_looks_at_the_whole_reduced_picture() -> None:
    request = make_search_request(Size(4 * SEARCH_SIDE_PX, SEARCH_SIDE_PX), "a cup", "words")
    assert request.box == Box(0, 0, SEARCH_SIDE_PX, SEARCH_SIDE_PX // 4)
    assert (request.kind, request.prompt, request.model) == ("select", "a cup", "words")
