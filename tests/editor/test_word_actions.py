"""Select and replace by words, with an engine that finds what is red."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.raster import Raster
from glide_studio.editor import word_actions
from glide_studio.editor.editor import Editor
from glide_studio.editor.jobs import Choice
from glide_studio.editor.runner import InlineRunner
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
from glide_studio.imaging.geometry import Box, Point, Size
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


def follow_questions(editor: Editor) -> list[tuple[Replacement, bool]]:
    """Collect the questions that are asked from now on, and whether what they are on was found."""
    asked: list[tuple[Replacement, bool]] = []
    editor.words.asked.connect(lambda wish, is_found: asked.append((wish, is_found)))
    return asked


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
    assert apple.timeline.current.label == "Mask: the apple"
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
    assert apple.words.error == "Nothing like 'the apple' was found in the picture."
    assert apple.words.is_missing
    assert notices[-1].text == f"{apple.words.error} Put a box around it (the Object select tool)."
    assert not painted(apple).any()


def test_unknown_words_are_refused_before_the_search(apple: Editor, engine: StandInEngine) -> None:
    with pytest.raises(GlideError, match="does not know 'the zeppelin'"):
        apple.words.select("the zeppelin")
    with pytest.raises(GlideError, match="zeppelin"):
        apple.words.replace(Replacement("the apple", "a zeppelin"))
    with pytest.raises(GlideError, match="Type what"):
        apple.words.select("  ")
    assert not engine.requests


def test_a_replacement_asks_removes_and_draws_in_the_same_place(
    apple: Editor, engine: StandInEngine
) -> None:
    asked = follow_questions(apple)
    wish = Replacement("the apple", "a cup")
    apple.words.replace(wish)
    apple.runner.run_until_done()
    assert asked == [(wish, True)]
    assert apple.words.pending is wish
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


def test_keeping_the_original_takes_a_replacement_back_as_a_whole(apple: Editor) -> None:
    typed = "replace the apple with a cup"
    apple.set_generation_settings(prompt=typed)
    apple.words.replace(Replacement("the apple", "a cup"))
    apple.runner.run_until_done()
    before = apple.document
    apple.words.confirm()
    apple.runner.run_until_done()
    assert apple.candidates.current is not None
    assert apple.generation_settings.prompt == typed
    assert len(apple.document.layers) == 2, "the apple is gone"
    apple.keep_original()
    assert apple.document is before
    assert apple.shown is before
    assert apple.candidates.current is None
    apple.redo()
    assert len(apple.document.layers) == 2


def test_keeping_the_original_takes_a_replacement_back_after_a_restart(
    apple: Editor, tmp_path: Path
) -> None:
    apple.words.replace(Replacement("the apple", "a cup"))
    apple.runner.run_until_done()
    before = composite(apple.document, apple.document.box)
    apple.words.confirm()
    apple.runner.run_until_done()
    assert apple.candidates.current is not None
    project = tmp_path / "cup.glide"
    apple.files.save(project)
    apple.close()
    again = Editor(InlineRunner(StandInEngine))
    again.files.open(project)
    again.runner.run_until_done()
    assert again.candidates.current is not None
    assert not np.array_equal(composite(again.document, again.document.box), before)
    again.keep_original()
    assert np.array_equal(composite(again.document, again.document.box), before)
    assert len(again.document.layers) == 1
    again.close()


def red_share(document: Document) -> float:
    """Return how much of the apple's place is red as seen."""
    pixels = composite(document, document.box)[SQUARE].astype(int)
    return float(np.mean(pixels[..., 0] - pixels[..., 1:3].max(-1) > 100))


def test_a_result_that_is_accepted_after_keeping_the_original_removes_the_apple_again(
    apple: Editor, engine: StandInEngine
) -> None:
    engine.alpha = True
    apple.words.replace(Replacement("the apple", "a cup"))
    apple.runner.run_until_done()
    apple.words.confirm()
    apple.runner.run_until_done()
    accepted_at_once = apple.candidates.document_with(Choice(apple.candidates.current_id, 0))
    job = apple.candidates.current_id
    fitted = apple.generation.jobs[job].fitted[0]
    apple.keep_original()
    before = apple.document
    assert red_share(before) == 1
    apple.candidates.choose(Choice(job, 0))
    apple.runner.run_until_done()
    assert apple.generation.jobs[job].fitted[0] is fitted, "it is fitted into the cleared ground"
    assert apple.shown is not None
    assert red_share(apple.shown) == 0
    assert apple.document is before, "only tried on so far"
    apple.candidates.accept()
    assert len(apple.document.layers) == 3
    assert accepted_at_once is not None
    assert np.array_equal(
        composite(apple.document, apple.document.box),
        composite(accepted_at_once, accepted_at_once.box),
    )
    assert not painted(apple).any()
    assert apple.candidates.report is not None
    assert apple.candidates.report.ok
    apple.undo()
    assert apple.document is before, "one undo"


@pytest.fixture
def replaced(apple: Editor, engine: StandInEngine) -> tuple[Editor, str]:
    """The apple replaced by a cup that is a layer, and the id of the job that drew it."""
    engine.alpha = True
    apple.words.replace(Replacement("the apple", "a cup"))
    apple.runner.run_until_done()
    apple.words.confirm()
    apple.runner.run_until_done()
    job = apple.candidates.current_id
    apple.candidates.accept()
    return apple, job


def more(editor: Editor, job: str, verb: str) -> str:
    """Make more of a job; returns the id of the job that did."""
    generation = editor.generation
    again = generation.generate_again(job) if verb == "again" else generation.vary(job, 0, 0.5)
    editor.runner.run_until_done()
    return again.id


def undo_all(editor: Editor) -> None:
    while editor.timeline.can_undo:
        editor.undo()


@pytest.mark.parametrize("verb", ["again", "vary"])
def test_more_of_a_replacement_that_was_undone_is_drawn_where_the_apple_is_removed(
    replaced: tuple[Editor, str], engine: StandInEngine, verb: str
) -> None:
    editor, first = replaced
    cleared = next(one for one in engine.requests if one.kind == "fill").image
    undo_all(editor)
    before = editor.document
    assert red_share(before) == 1
    more(editor, first, verb)
    assert np.array_equal(engine.requests[-1].image, cleared), "what the model sees"
    assert editor.shown is not None
    assert red_share(editor.shown) == 0
    assert editor.document is before, "only tried on so far"
    assert editor.candidates.accept().ok
    assert red_share(editor.document) == 0
    editor.undo()
    assert editor.document is before, "one undo"


@pytest.mark.parametrize("verb", ["again", "vary"])
def test_more_of_a_replacement_is_accepted_after_an_undo_as_the_first_result_is(
    replaced: tuple[Editor, str], verb: str
) -> None:
    editor, first = replaced
    job = more(editor, first, verb)
    editor.candidates.put_aside()
    undo_all(editor)
    editor.candidates.choose(Choice(job, 0))
    editor.runner.run_until_done()
    assert editor.candidates.accept().ok
    assert red_share(editor.document) == 0
    names = [layer.name for layer in editor.document.layers]
    assert names[-1] == "a cup"
    assert len(names) == 3, "the photo, what removes the apple, and this cup alone"


def test_keeping_the_original_of_more_results_takes_the_replacement_back(apple: Editor) -> None:
    apple.words.replace(Replacement("the apple", "a cup"))
    apple.runner.run_until_done()
    before = apple.document
    apple.words.confirm()
    apple.runner.run_until_done()
    more(apple, apple.candidates.current_id, "again")
    apple.keep_original()
    assert apple.document is before


@pytest.mark.parametrize("is_undone", [False, True])
def test_cancelling_more_of_a_replacement_leaves_the_picture_as_it_is(
    replaced: tuple[Editor, str], is_undone: bool
) -> None:
    editor, first = replaced
    if is_undone:
        undo_all(editor)
    before, states = editor.document, len(editor.timeline)
    editor.generation.cancel(editor.generation.generate_again(first).id)
    editor.runner.run_until_done()
    assert editor.document is before
    assert len(editor.timeline) == states


def test_removing_again_keeps_what_was_painted_on_the_same_layer_since(apple: Editor) -> None:
    apple.selection.rectangle(Point(10, 10), Point(30, 30))
    apple.retouch.remove_painted()  # there is a layer of retouching before the replacement
    apple.runner.run_until_done()
    apple.words.replace(Replacement("the apple", "a cup"))
    apple.runner.run_until_done()
    apple.words.confirm()
    apple.runner.run_until_done()
    job = apple.candidates.current_id
    apple.keep_original()
    apple.selection.rectangle(Point(10, 130), Point(40, 145), "replace")
    apple.retouch.remove_painted()
    apple.runner.run_until_done()
    layer = apple.document.layers[1]
    assert layer.raster is not None
    since = layer.raster.read(Box(10, 130, 30, 15))
    masked = apple.document.selection
    apple.candidates.choose(Choice(job, 0))
    apple.runner.run_until_done()
    apple.candidates.accept()
    raster = apple.document.layer(layer.id).raster
    assert raster is not None
    assert np.array_equal(raster.read(Box(10, 130, 30, 15)), since)
    assert raster.read(Box(100, 60, 60, 60))[..., 3].all(), "the apple is covered again"
    assert apple.document.selection == masked


def test_what_was_deleted_after_a_replacement_stays_deleted(apple: Editor) -> None:
    apple.words.replace(Replacement("the apple", "a cup"))
    apple.runner.run_until_done()
    apple.words.confirm()
    apple.runner.run_until_done()
    job = apple.candidates.current_id
    apple.candidates.accept()
    _, removal, cup = apple.document.layers
    apple.layers.remove(cup.id)
    apple.layers.remove(removal.id)
    apple.candidates.choose(Choice(job, 1))
    apple.runner.run_until_done()
    apple.candidates.accept()
    assert len(apple.document.layers) == 2


def replace_and_hold(editor: Editor) -> tuple[str, Document]:
    """Remove the apple; returns the id of the job that waits to draw, and what was there before."""
    editor.words.replace(Replacement("the apple", "a cup"))
    editor.runner.run_until_done()
    before = editor.document
    editor.words.confirm()
    (job,) = editor.generation.jobs.unfinished
    assert len(editor.document.layers) == 2, "the apple is gone"
    return job.id, before


def test_cancelling_a_replacement_brings_back_what_was_removed(apple: Editor) -> None:
    job, before = replace_and_hold(apple)
    apple.generation.cancel(job)
    apple.runner.run_until_done()
    assert apple.document == before
    assert apple.shown == before
    assert len(apple.document.layers) == 1


def test_cancelling_a_replacement_keeps_what_was_done_meanwhile(apple: Editor) -> None:
    job, _ = replace_and_hold(apple)
    apple.layers.add()
    mine = apple.document.active
    apple.selection.rectangle(Point(10, 10), Point(50, 50), "replace")
    apple.paint.bucket(Point(20, 20))
    masked = apple.document.selection
    states = len(apple.timeline)
    apple.generation.cancel(job)
    apple.runner.run_until_done()
    _, own = apple.document.layers
    assert own.id == mine
    assert own.raster is not None
    assert own.raster.content_box() == Box(10, 10, 40, 40)
    assert apple.document.selection == masked
    assert len(apple.timeline) == states + 1, "one undo"
    apple.undo()
    assert len(apple.document.layers) == 3


def test_keeping_the_original_leaves_what_was_done_after_a_replacement(apple: Editor) -> None:
    apple.words.replace(Replacement("the apple", "a cup"))
    apple.runner.run_until_done()
    apple.words.confirm()
    apple.runner.run_until_done()
    apple.candidates.accept()
    apple.selection.rectangle(Point(10, 10), Point(50, 50))
    apple.generation.generate(prompt="a pear")
    apple.runner.run_until_done()
    edited = apple.document
    apple.keep_original()
    assert apple.document is edited


def test_what_is_not_found_may_be_what_the_mask_covers(
    apple: Editor, engine: StandInEngine, photo_file: Path
) -> None:
    apple.files.open(photo_file)
    asked, notices = follow_questions(apple), []
    apple.notice.connect(notices.append)
    apple.selection.rectangle(Point(40, 50), Point(100, 120))
    selected = painted(apple)
    wish = Replacement("the apple", "a cup")
    apple.words.replace(wish)
    apple.runner.run_until_done()
    assert asked == [(wish, False)]
    assert not notices
    assert (painted(apple) == selected).all()
    assert apple.words.is_missing
    apple.words.confirm()
    apple.runner.run_until_done()
    assert engine.requests[-1].prompt == "a cup"
    rows, _ = np.nonzero(painted(apple))
    assert rows.min() == 50


def test_what_is_not_found_is_to_be_selected_first(apple: Editor, photo_file: Path) -> None:
    apple.files.open(photo_file)
    asked, notices = follow_questions(apple), []
    apple.notice.connect(notices.append)
    apple.words.replace(Replacement("the apple", "a cup"))
    apple.runner.run_until_done()
    assert not asked
    assert apple.words.pending is None
    assert "Select it with a box (the Object select tool), then" in notices[-1].text


def test_a_finding_that_vanishes_in_the_whole_picture_is_none(
    apple: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        word_actions, "enlarge_found", lambda document, mask: Raster.empty(document.size, 1)
    )
    asked, before = follow_questions(apple), apple.timeline.current.id
    apple.words.replace(Replacement("the apple", "a cup"))
    apple.runner.run_until_done()
    assert not asked
    assert apple.words.is_missing
    assert apple.timeline.current.id == before


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
