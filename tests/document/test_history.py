"""The history tree, and the memory it holds."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glide_studio.document import history as history_module
from glide_studio.document.brush import Brush, StrokePoint
from glide_studio.document.canvas_edits import crop, flip, rotate, set_depth
from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.history import History, HistoryState
from glide_studio.document.layer import Layer
from glide_studio.document.layer_edits import (
    add_layer,
    change_layer,
    duplicate_layer,
    flatten_image,
    group_layers,
    remove_layer,
)
from glide_studio.document.mask_edits import clear_mask, invert_mask, load_mask, save_mask
from glide_studio.document.raster import Raster
from glide_studio.document.stroke import Target
from glide_studio.document.tile import Tile
from glide_studio.imaging.geometry import Box, Point, Size
from tests.document.edits import Edit, an_edit, paint_mask, paint_stroke, select_polygon, shape_mask
from tests.document.pictures import layer, noise, photo, same_pixels
from tests.document.test_tile import Shelf

SIZE = Size(200, 150)


def start(size: Size = SIZE) -> Document:
    return Document(size, layers=(photo(size), layer(size, "b", seed=3)), active="b")


def dot(number: int, size: Size = SIZE) -> Edit:
    """A mask that differs from that of every other number."""
    box = Box(number % 100, number // 100, 1, 1)
    return an_edit(paint_mask, Raster.empty(size, 1).write(box, np.full((1, 1, 1), 255, np.uint8)))


def do(history: History, edit: Edit) -> HistoryState | None:
    """Make an edit of the current document the next state."""
    return history.record("Paint mask", edit(history.document))


POINTS = (StrokePoint(20, 20), StrokePoint(90, 60, 0.5), StrokePoint(130, 140))
EDITS = (
    an_edit(paint_stroke, Brush(30), POINTS),
    an_edit(paint_stroke, Brush(30, hardness=0, flow=0.4), POINTS, erase=True),
    an_edit(paint_stroke, Brush(12, opacity=0.5), POINTS, Target("pixels", "b"), color=(1, 0.5, 0)),
    an_edit(select_polygon, (Point(5, 5), Point(150.5, 20), Point(60, 140.2))),
    an_edit(invert_mask),
    an_edit(clear_mask),
    an_edit(shape_mask, "grow", 4),
    an_edit(shape_mask, "feather", 3),
    an_edit(save_mask, "one"),
    an_edit(load_mask, "one", "union"),
    an_edit(change_layer, "b", opacity=0.4, blend="multiply"),
    an_edit(change_layer, "b", visible=False),
    an_edit(add_layer, layer(SIZE, "c", seed=5)),
    an_edit(remove_layer, "c"),
    an_edit(duplicate_layer, "b", copy_id="copy"),
    an_edit(group_layers, ("photo", "b"), group_id="group"),
    an_edit(rotate, 1),
    an_edit(flip, "horizontal"),
    an_edit(crop, Box(10, -5, 140, 120)),
    an_edit(set_depth, 16),
    an_edit(flatten_image, layer_id="flat"),
)


@settings(max_examples=40)
@given(st.lists(st.one_of(st.sampled_from(EDITS), st.sampled_from(["undo", "redo"])), max_size=12))
def test_any_script_undone_to_the_start_gives_the_identical_document(script):
    first = start()
    copy = start()
    history = History.begin(first)
    for step in script:
        if step == "undo":
            history.undo()
        elif step == "redo":
            history.redo()
        else:
            try:
                do(history, step)
            except (KeyError, ValueError):  # the layer or the size is not there any more
                continue
    last = history.document
    back = 0
    while history.undo():
        back += 1
    assert history.document is first
    assert same_pixels(first, copy)
    for _ in range(back):
        history.redo()
    assert history.document is last


def test_edits_are_states_of_a_tree():
    history = History.begin(start(), "Open")
    a = do(history, dot(1))
    b = do(history, dot(2))
    assert history.undo() is a
    c = do(history, dot(3))
    assert [state.label for state in history.path()] == ["Open", "Paint mask", "Paint mask"]
    assert history.children(a.id) == (b, c)
    assert history.current is c
    assert len(history) == 4
    assert b.id in history
    assert history.state(b.id).parent == a.id
    assert (history.can_undo, history.can_redo) == (True, False)


def test_redo_goes_to_the_child_visited_last():
    history = History.begin(start())
    root = history.current
    a = do(history, dot(1))
    a2 = do(history, dot(2))
    history.jump(root.id)
    b = do(history, dot(3))
    history.undo()
    assert history.redo() is b
    history.jump(a2.id)
    history.jump(root.id)
    assert history.redo() is a
    assert history.redo() is a2
    assert history.redo() is None


def test_the_ends_of_the_tree():
    history = History.begin(start())
    assert history.undo() is None
    assert history.redo() is None
    with pytest.raises(KeyError):
        history.jump("nobody")
    with pytest.raises(KeyError):
        history.state("nobody")


@pytest.mark.parametrize(
    "edit",
    [
        an_edit(clear_mask),
        an_edit(change_layer, "b", opacity=1.0),
        an_edit(paint_stroke, Brush(20), POINTS, erase=True),
        an_edit(paint_stroke, Brush(20), (StrokePoint(-500, -500),)),
        an_edit(shape_mask, "grow", 5),
        an_edit(rotate, 4),
        an_edit(set_depth, 8),
        an_edit(crop, SIZE.box),
    ],
)
def test_an_edit_that_changes_nothing_leaves_no_entry(edit):
    history = History.begin(start())
    assert do(history, edit) is None
    assert len(history) == 1


def test_undoing_a_result_brings_its_mask_back():
    history = History.begin(start())
    do(history, an_edit(paint_stroke, Brush(40), POINTS))
    painted = history.document.selection
    do(history, lambda document: clear_mask(add_layer(document, layer(SIZE, "fill"))))
    assert history.document.selection.content_box().empty
    history.undo()
    assert history.document.selection is painted
    assert history.document.find_layer("fill") is None


def test_a_history_is_taken_up_again():
    history = History.begin(start())
    a = do(history, dot(1))
    do(history, dot(2))
    history.jump(a.id)
    do(history, dot(3))
    history.jump(a.id)
    again = History(history.states, history.current.id, visited=history.visited)
    assert again.current is a
    assert again.redo() is history.redo()
    with pytest.raises(ValueError, match="exactly one first"):
        History([HistoryState("a", start()), HistoryState("b", start())], "a")
    with pytest.raises(KeyError):
        History([HistoryState("b", start(), parent="nobody")], "b")
    with pytest.raises(KeyError):
        History(history.states, "nobody")


def test_thumbnails_belong_to_states():
    history = History.begin(start())
    pixels = noise(Size(8, 8))
    history.set_thumbnail(history.current.id, pixels)
    assert history.thumbnail(history.current.id) is pixels
    assert history.thumbnail("nobody") is None
    with pytest.raises(KeyError):
        history.set_thumbnail("nobody", pixels)


def test_shared_parts_are_counted_once():
    history = History.begin(start())
    before = history.nbytes
    do(history, an_edit(change_layer, "b", opacity=0.5))
    assert history.nbytes == before
    do(history, dot(1))
    tile = 128 * 128
    assert tile < history.nbytes - before < tile + 4096


def test_memory_is_tiles_blocks_and_block_indices():
    history = History.begin(Document(Size(5000, 3000)))

    def structure(raster: Raster) -> int:
        blocks = [block for block in raster.blocks if block is not None]
        return sys.getsizeof(raster.blocks) + sum(
            sys.getsizeof(block) + sys.getsizeof(block.tiles) for block in blocks
        )

    assert history.nbytes == structure(history.document.selection)
    before = history.nbytes
    do(history, dot(1, Size(5000, 3000)))
    assert history.nbytes == before + structure(history.document.selection) + 128 * 128


def test_cold_tiles_go_to_the_store_and_come_back():
    shelf = Shelf()
    size = Size(300, 200)
    history = History.begin(start(size), budget=2 << 20, store=shelf)
    plain = History.begin(start(size))
    states = []
    for number in range(40):
        for one in (history, plain):  # each with tiles of its own
            do(one, an_edit(add_layer, layer(size, f"n{number}", seed=number)))
            if number:
                do(one, an_edit(remove_layer, f"n{number - 1}"))
        states.append((history.current.id, plain.current.id))
        memory = history._memory
        hidden = memory._structure_bytes + memory._resident_bytes - memory._current_bytes
        assert hidden <= memory.limit
    assert plain.nbytes > 10 << 20
    shown = sum(t.nbytes for r in history.document.rasters() for _, t in r.tiles())
    assert history.nbytes <= (2 << 20) + shown
    assert shelf.pixels
    for mine, theirs in states[::7]:
        a, b = history.jump(mine).document, plain.jump(theirs).document
        assert np.array_equal(composite(a, size.box), composite(b, size.box))
    for number in range(20):  # what came back leaves again, sooner or later
        composite(history.jump(states[number][0]).document, size.box)
    for _ in range(20):
        history.undo()
    assert history.nbytes <= (2 << 20) + shown


def test_what_is_shown_is_never_spilled():
    history = History.begin(start(), budget=1, store=Shelf())
    do(history, dot(1))
    assert all(tile.resident for r in history.document.rasters() for _, tile in r.tiles())


def test_what_was_seen_last_stays_in_memory():
    first = Document(SIZE, layers=(photo(SIZE),))
    history = History.begin(first, budget=1 << 30, store=Shelf())
    turned = history.record("Rotate", rotate(first, 2))
    assert turned is not None
    history.undo()
    history.budget = history.held_bytes - history.hidden_bytes + 30_000  # one picture besides
    history.record("Flip", flip(first, "vertical"))
    of_first, of_turned = (
        [tile.resident for raster in document.rasters() for _, tile in raster.tiles()]
        for document in (first, turned.document)
    )
    assert all(of_first), "undo goes back to it"
    assert not all(of_turned)


def test_an_edit_drops_few_tiles_and_the_others_go_later(monkeypatch):
    monkeypatch.setattr(history_module, "AT_ONCE", 3)
    first = Document(Size(600, 400), layers=(photo(Size(600, 400)),))
    history = History.begin(first, budget=0, store=Shelf())
    history.record("Rotate", rotate(first, 2))
    assert first.count_unloaded() == 3
    assert history.hidden_bytes > history.budget
    history.trim()
    assert first.count_unloaded() == len(list(first.layers[0].raster.tiles()))
    first.reduce_as(history.document)
    history.record("Flip", flip(history.document, "vertical"))
    assert first.count_unloaded() == 3, "what was loaded again is no exception"


def test_a_hidden_document_is_spilled_too_and_comes_back():
    history = History.begin(start(), store=Shelf())
    states = [do(history, dot(number)) for number in range(5)]
    pictures = [composite(state.document, SIZE.box) for state in states]
    history.spill(history.held_bytes, is_shown=False)
    assert all(tile.resident for r in history.document.rasters() for _, tile in r.tiles())
    history.spill(0, is_shown=False)
    rasters = [raster for state in history.states for raster in state.document.rasters()]
    assert not any(tile.resident for raster in rasters for _, tile in raster.tiles())
    assert history.nbytes == history.held_bytes
    assert np.array_equal(composite(history.document, SIZE.box), pictures[-1])
    history.spill(1 << 20, is_shown=False)
    assert not any(tile.resident for raster in rasters for _, tile in raster.tiles())
    do(history, dot(9))
    assert history.hidden_bytes < history.held_bytes, "it is shown again"
    for state, picture in zip(states, pictures, strict=True):
        assert np.array_equal(composite(history.jump(state.id).document, SIZE.box), picture)


def test_tiles_of_old_states_leave_again_when_only_looked_at():
    project, working = Shelf(), Shelf()
    raster = Raster.from_array(noise(SIZE))
    stored = {}
    for cell, tile in raster.tiles():
        project.save([tile])
        stored[cell] = Tile.from_store(tile.id, 4, tile.dtype, project)
    cold = Raster.empty(SIZE, 4).replace_tiles(stored)
    old = HistoryState("Open", Document(SIZE, layers=(Layer("a", raster=cold),)))
    history = History([old], old.id, budget=1 << 16, store=working)
    do(history, an_edit(remove_layer, old.document.layers[0].id))
    for begin in (0, 20):  # an old state is looked at behind the history's back, twice
        assert np.array_equal(composite(old.document, SIZE.box), noise(SIZE))
        assert all(tile.resident for tile in stored.values())
        for number in range(begin, begin + 20):
            do(history, dot(number + 1))
        assert not any(tile.resident for tile in stored.values())


def test_tiles_that_the_store_does_not_hold_yet_stay_in_memory():
    shelf = Shelf()
    shelf.is_full = True
    history = History.begin(start(), budget=1 << 16, store=shelf)
    for number in range(12):
        do(history, dot(number))
    tiles = [t for one in history.states for r in one.document.rasters() for _, t in r.tiles()]
    assert all(tile.resident for tile in tiles)
    shelf.is_full = False
    do(history, dot(50))
    assert history.nbytes < sum(
        t.nbytes for r in history.document.rasters() for _, t in r.tiles()
    ) + (1 << 17)
    for number, state in enumerate(history.states[1:13]):
        assert state.document.selection.content_box() == Box(number, 0, 1, 1)


def test_a_state_that_is_expected_stays_in_memory_once_it_is_loaded():
    history = History.begin(Document(SIZE, layers=(photo(SIZE),)), store=Shelf())
    first = history.current
    do(history, an_edit(rotate, 2))
    history.spill(0, is_shown=True)
    assert first.document.count_unloaded() == len(list(photo(SIZE).raster.tiles()))
    history.expect(first)
    first.document.reduce_as(history.document)
    history.spill(0, is_shown=True)
    assert first.document.count_unloaded() == 0
    history.expect(None)
    history.spill(0, is_shown=True)
    assert first.document.count_unloaded() > 0
    history.expect(first)
    first.document.reduce_as(history.document)
    history.undo()
    history.redo()
    history.spill(0, is_shown=True)
    assert first.document.count_unloaded() > 0, "once it was visited it is like any other"
