"""The open transform and crop: previews, entries of the history, and what drops them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from glide_studio.document.compositing import composite
from glide_studio.document.quad import Quad
from glide_studio.document.transform_edits import content_box
from glide_studio.editor.editor import Editor
from glide_studio.editor.runner import InlineRunner
from glide_studio.editor.workers import Workers
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box, Point, Size
from tests.editor.held import HeldWorker
from tests.editor.standin import StandInEngine


@pytest.fixture
def opened(editor: Editor, photo_file: Path) -> Editor:
    """A red card on its own layer above the photo."""
    editor.files.open(photo_file)
    editor.layers.add()
    editor.set_tool_settings(color="#ff0000")
    editor.selection.rectangle(Point(40, 50), Point(100, 90))
    editor.paint.bucket(Point(60, 60))
    editor.selection.clear()
    return editor


def test_a_layer_is_moved_as_one_entry(opened: Editor) -> None:
    opened.transform.begin()
    quad = opened.transform.quad
    assert quad is not None
    assert opened.transform.quad == Quad.of(Box(40, 50, 60, 40))
    states = len(opened.timeline)
    opened.transform.set_quad(quad.move(10, 5))
    opened.transform.set_quad(quad.move(20, 5))
    assert len(opened.timeline) == states
    shown = opened.shown
    assert shown is not None
    assert composite(shown, Box(50, 60, 1, 1))[0, 0, :3].tolist() != [255, 0, 0], "drawn apart"
    opened.transform.apply()
    assert opened.timeline.current.label == "Transform layer"
    assert len(opened.timeline) == states + 1
    layer = opened.document.active_layer
    assert layer is not None
    assert content_box(layer) == Box(60, 55, 60, 40)
    assert opened.transform.quad is None
    assert opened.shown is opened.document


def test_a_turned_frame_stays_as_it_was_put_and_goes_on_from_there(opened: Editor) -> None:
    transform = opened.transform
    transform.begin()
    start = transform.quad
    assert start is not None
    turned = start.with_size(start.center, 90, 60, 30).flip("horizontal")
    transform.set_quad(turned)
    transform.apply()
    transform.begin()
    left = transform.quad
    assert left is not None
    assert not transform.is_changed
    assert (left.width, left.height, left.angle) == pytest.approx((90, 60, 30)), "not mirrored"
    transform.set_quad(left.with_size(left.center, 60, 40, 0))
    transform.apply()
    back = content_box(opened.document.layers[1])
    assert Box(40, 50, 60, 40) in back, "as it was, turned back"
    assert back in Box(40, 50, 60, 40).pad(2)
    opened.undo()
    transform.begin()
    assert transform.quad == left, "as the first transform left it"
    opened.undo()
    transform.begin()
    assert transform.quad == start


def transform(editor: Editor, change: Callable[[Quad], Quad]) -> None:
    editor.transform.begin()
    assert editor.transform.quad is not None
    editor.transform.set_quad(change(editor.transform.quad))
    editor.transform.apply()


def active_pixels(editor: Editor) -> np.ndarray:
    layer = editor.document.active_layer
    assert layer is not None
    return composite(replace(editor.document, layers=(layer,)), editor.document.box)


@pytest.mark.parametrize("dx", [-60, -400])
def test_what_was_moved_out_of_the_canvas_comes_back(opened: Editor, dx: int) -> None:
    before = active_pixels(opened)
    transform(opened, lambda quad: quad.move(dx, 0))
    assert content_box(opened.document.layers[1]).width == max(0, 100 + dx)
    for opacity in (0.5, 1.0):
        opened.layers.set_opacity(opened.document.layers[1].id, opacity)
    opened.transform.begin()
    assert opened.transform.quad == Quad.of(Box(40 + dx, 50, 60, 40)), "with what is out of view"
    (part,) = opened.transform.preview_parts
    assert part.box == Box(40, 50, 60, 40), "all of it is drawn"
    transform(opened, lambda quad: quad.move(-dx, 0))
    np.testing.assert_array_equal(active_pixels(opened), before)


def test_what_was_cut_and_painted_on_is_a_layer_of_its_own(opened: Editor) -> None:
    transform(opened, lambda quad: quad.move(-60, 0))
    opened.set_tool_settings(color="#00ff00")
    opened.selection.rectangle(Point(10, 55), Point(20, 60))
    opened.paint.bucket(Point(12, 57))
    opened.transform.begin()
    assert opened.transform.quad == Quad.of(Box(0, 50, 40, 40))
    opened.undo()
    opened.transform.begin()
    assert opened.transform.quad == Quad.of(Box(-20, 50, 60, 40)), "unless that is undone"


def test_several_transforms_resample_once(opened: Editor) -> None:
    before = active_pixels(opened)
    for degrees in (30, 25, -40, 15, -30):
        transform(opened, lambda quad, degrees=degrees: quad.rotate(degrees))
    np.testing.assert_array_equal(active_pixels(opened), before)


def test_a_copy_and_a_group_of_what_was_cut_are_whole_too(opened: Editor) -> None:
    transform(opened, lambda quad: quad.move(-60, 0))
    opened.layers.duplicate()
    transform(opened, lambda quad: quad.move(60, 0))
    assert content_box(opened.document.layers[2]) == Box(40, 50, 60, 40)
    choose(opened, 1, 2)
    opened.transform.begin()
    assert opened.transform.quad == Quad.of(Box(-20, 50, 120, 40)), "around both"
    transform(opened, lambda quad: quad.move(60, 0))
    boxes = [content_box(one) for one in opened.document.layers[1:]]
    assert boxes == [Box(40, 50, 60, 40), Box(100, 50, 60, 40)]


def test_a_bent_layer_is_framed_by_a_box_and_goes_on_from_there(opened: Editor) -> None:
    before = active_pixels(opened)
    transform(opened, lambda quad: quad.drag_corner(0, Point(-30, 20)))
    opened.transform.begin()
    assert opened.transform.quad == Quad.of(Box(-30, 20, 130, 70))
    assert np.abs(active_pixels(opened).astype(int) - before).max() > 200
    transform(opened, lambda quad: quad.move(30, 0))
    assert content_box(opened.document.layers[1]).x <= 1
    assert content_box(opened.document.layers[1]).width >= 128


def test_another_document_forgets_what_was_cut(opened: Editor, photo_file: Path) -> None:
    transform(opened, lambda quad: quad.move(-60, 0))
    assert opened.transform._origins._made
    opened.files.open(photo_file)
    assert not opened.transform._origins._made


def test_undo_and_drop_leave_the_layer_where_it_was(opened: Editor) -> None:
    for drop in (opened.undo, opened.transform.drop):
        before = opened.document
        opened.transform.begin()
        assert opened.transform.quad is not None
        opened.transform.set_quad(opened.transform.quad.rotate(20))
        drop()
        assert opened.document is before
        assert opened.shown is before
        assert not opened.transform.layers


def test_other_edits_keep_the_frame_and_a_lost_layer_drops_it(opened: Editor) -> None:
    opened.transform.begin()
    assert opened.transform.quad is not None
    opened.transform.set_quad(opened.transform.quad.move(7, 7))
    opened.layers.set_opacity(opened.document.layers[0].id, 0.5)
    assert opened.transform.is_changed
    assert opened.shown is not opened.document, "still drawn apart"
    opened.transform.apply()
    assert content_box(opened.document.layers[1]) == Box(47, 57, 60, 40)
    opened.layers.activate(opened.document.layers[1].id)
    opened.transform.begin()
    opened.layers.remove()
    assert opened.transform.quad is None


def test_choosing_other_layers_applies_what_is_open(opened: Editor) -> None:
    """One entry of the history each time; what was moved stays where it went."""
    photo, card = (layer.id for layer in opened.document.layers)

    def choose_both() -> None:
        opened.layers.choose_along(photo)

    def choose_photo() -> None:
        opened.layers.activate(photo)

    for choose in (choose_both, choose_photo, opened.layers.choose_all, opened.layers.add):
        opened.layers.activate(card)
        opened.transform.begin()
        assert opened.transform.quad is not None
        before, states = content_box(opened.document.layer(card)), len(opened.timeline)
        opened.transform.set_quad(opened.transform.quad.move(3, 2))
        choose()
        labels = [state.label for state in opened.timeline.path()][states:]
        assert "Transform layer" in labels
        assert len(labels) == (2 if choose == opened.layers.add else 1)
        assert content_box(opened.document.layer(card)) == before.move(3, 2)
        assert opened.transform.quad is None
        assert opened.document.active != card or len(opened.layers.chosen) == 2
    opened.undo()
    assert content_box(opened.document.layer(card)) == before


def test_what_cannot_be_moved_is_said(opened: Editor) -> None:
    opened.layers.add()
    with pytest.raises(GlideError, match="empty"):
        opened.transform.begin()
    opened.layers.set_locked(None, True)
    with pytest.raises(GlideError, match="locked"):
        opened.transform.begin()


def test_layers_that_simply_cover_are_drawn_over_the_moved_one(opened: Editor) -> None:
    card = opened.document.layers[1]
    opened.layers.duplicate()
    opened.layers.activate(card.id)
    opened.transform.begin()
    assert preview_names(opened) == [("Layer 2 moves",), ("Layer 2 copy",)]
    opened.layers.set_blend(opened.document.layers[2].id, "multiply")
    assert preview_names(opened) == [("Layer 2 moves",)]


def preview_names(editor: Editor) -> list[tuple[str, ...]]:
    return [
        tuple(f"{layer.name}{' moves' * (part.origin is not None)}" for layer in part.layers)
        for part in editor.transform.preview_parts
    ]


def choose(editor: Editor, *numbers: int) -> None:
    first, *others = [editor.document.layers[number].id for number in numbers]
    editor.layers.activate(first)
    for one in others:
        editor.layers.choose_along(one)


def frame_layer_and_moved_copy(editor: Editor, dx: float, dy: float) -> None:
    """Choose the card and a copy of it that is moved away, and begin to transform both."""
    editor.layers.duplicate()
    editor.transform.begin()
    assert editor.transform.quad is not None
    editor.transform.set_quad(editor.transform.quad.move(dx, dy))
    editor.transform.apply()
    choose(editor, 1, 2)
    editor.transform.begin()


def test_several_chosen_layers_are_moved_as_one_entry(opened: Editor) -> None:
    frame_layer_and_moved_copy(opened, 100, 60)
    quad = opened.transform.quad
    assert quad is not None
    assert opened.transform.quad == Quad.of(Box(40, 50, 160, 100)), "the frame stands around both"
    states = len(opened.timeline)
    opened.transform.set_quad(quad.move(-30, 10))
    shown = opened.shown
    assert shown is not None
    assert [layer.visible for layer in shown.layers] == [True, False, False]
    opened.transform.apply()
    assert len(opened.timeline) == states + 1
    assert [content_box(one) for one in opened.document.layers[1:]] == [
        Box(10, 60, 60, 40),
        Box(110, 120, 60, 40),
    ]
    opened.undo()
    assert content_box(opened.document.layers[2]) == Box(140, 110, 60, 40)


def test_several_chosen_layers_are_scaled_about_their_common_frame(opened: Editor) -> None:
    frame_layer_and_moved_copy(opened, 60, 40)
    opened.transform.set_quad(opened.transform.quad.scale(0.5, 0.5, Point(40, 50)))
    opened.transform.apply()
    assert [content_box(one) for one in opened.document.layers[1:]] == [
        Box(40, 50, 30, 20),
        Box(70, 70, 30, 20),
    ]


def test_a_locked_layer_among_the_chosen_ones_is_said(opened: Editor) -> None:
    opened.layers.duplicate()
    opened.layers.set_locked(opened.document.layers[1].id, True)
    choose(opened, 1, 2)
    with pytest.raises(GlideError, match="'Layer 2' is locked"):
        opened.transform.begin()


def test_moved_layers_are_previewed_in_their_order(opened: Editor) -> None:
    opened.layers.duplicate()
    opened.layers.duplicate()
    choose(opened, 1, 3)
    opened.transform.begin()
    assert opened.transform.is_current
    assert preview_names(opened) == [
        ("Layer 2 moves",),
        ("Layer 2 copy",),
        ("Layer 2 copy copy moves",),
    ]
    choose(opened, 1, 2)
    assert not opened.transform.is_current
    opened.transform.begin()
    assert preview_names(opened) == [
        ("Layer 2 moves", "Layer 2 copy moves"),
        ("Layer 2 copy copy",),
    ]
    opened.layers.set_clipping(opened.document.layers[2].id, True)
    opened.transform.begin()
    assert preview_names(opened)[0] == ("Layer 2 moves", "Layer 2 copy moves"), "with its base"
    opened.layers.group()
    opened.layers.activate(opened.document.layers[1].children[0].id)
    opened.transform.begin()
    assert preview_names(opened) == [("Layer 2 moves",)], "inside of a group: on top"


def test_a_crop_is_one_entry_and_follows_an_aspect(opened: Editor) -> None:
    opened.crop.begin()
    quad = opened.crop.quad
    assert quad is not None
    opened.crop.set_aspect(1.0)
    quad = opened.crop.quad
    assert quad is not None
    assert (quad.width, quad.height) == (200, 200)
    opened.crop.set_quad(quad.move(10, 0))
    before = composite(opened.document, opened.document.box)
    opened.crop.apply()
    assert opened.timeline.current.label == "Crop"
    assert opened.document.size == Size(200, 200)
    after = composite(opened.document, opened.document.box)
    assert np.array_equal(after, before[:, 60:260])


def test_an_entered_crop_size_stays_inside_of_the_picture(opened: Editor) -> None:
    opened.crop.begin()
    quad = opened.crop.quad
    assert quad is not None
    opened.crop.set_quad(quad.with_size(Point(50, 50), 100, 100, 0))
    opened.crop.set_size(160, 100, by_width=True)
    assert opened.crop.quad is not None
    assert opened.crop.quad.bounds() == pytest.approx((0, 0, 160, 100))
    opened.crop.set_size(4000, 120, by_width=True)
    assert opened.crop.quad.bounds() == pytest.approx((0, 0, 300, 120))
    opened.crop.set_aspect(1.0)
    opened.crop.set_size(4000, 120, by_width=True)
    left, top, right, bottom = opened.crop.quad.bounds()
    assert (top, bottom, right - left) == pytest.approx((0, 200, 200))
    outside = opened.crop.quad.move(-80, 0)
    opened.crop.set_quad(outside)
    opened.crop.set_size(250, 250, by_width=True)
    assert opened.crop.quad.center == outside.center, "a handle was dragged beyond it"


def test_a_crop_to_the_whole_canvas_only_ends_the_frame(opened: Editor) -> None:
    before, ended = opened.document, []
    opened.crop.begin()
    opened.crop.apply(lambda: ended.append(True))
    assert ended == [True]
    assert opened.crop.quad is None
    assert opened.document is before


def test_an_undone_crop_can_be_corrected(opened: Editor) -> None:
    crop = opened.crop
    crop.begin()
    crop.set_angle(6)
    turned = crop.quad
    crop.apply()
    opened.undo()
    crop.begin()
    assert crop.quad == turned
    opened.redo()
    assert crop.quad is None
    crop.begin()
    assert not crop.is_changed
    crop.drop()
    opened.undo()
    crop.begin()
    assert crop.quad == turned, "the picture was compared with and without"
    crop.set_angle(0)
    assert not crop.is_changed, "what a turn takes away comes back"
    crop.set_angle(3)
    crop.drop()
    crop.begin()
    assert not crop.is_changed, "the frame was left, not applied"


def test_the_frame_of_a_crop_belongs_to_its_picture(opened: Editor) -> None:
    crop = opened.crop
    crop.begin()
    crop.set_angle(6)
    crop.apply()
    opened.undo()
    opened.canvas.rotate(2)
    crop.begin()
    assert not crop.is_changed
    opened.undo()
    crop.begin()
    crop.reset()
    crop.drop()
    crop.begin()
    assert not crop.is_changed, "the whole picture was asked for"


def test_a_turned_crop_stays_inside_and_straightens(opened: Editor) -> None:
    opened.crop.begin()
    opened.crop.set_angle(6)
    quad = opened.crop.quad
    assert quad is not None
    left, top, right, bottom = quad.bounds()
    assert min(left, top) >= 0
    assert right <= 300
    assert bottom <= 200
    opened.crop.apply()
    assert opened.timeline.current.label == "Straighten"
    pixels = composite(opened.document, opened.document.box)
    assert pixels[2:-2, 2:-2, 3].min() == 255
    opened.crop.begin()
    opened.crop.set_angle(99)
    assert opened.crop.quad is not None
    assert opened.crop.quad.angle == pytest.approx(45)
    opened.crop.set_angle(0)
    assert not opened.crop.is_changed, "what a turn takes away comes back"
    opened.crop.set_angle(9)
    opened.crop.reset()
    assert not opened.crop.is_changed


@pytest.mark.parametrize(
    ("end", "degrees"),
    [
        (Point(200, 110), 5.71),
        (Point(200, 90), -5.71),
        (Point(0, 110), -5.71),
        (Point(110, 200), -5.71),
        (Point(90, 200), 5.71),
        (Point(110, 0), 5.71),
    ],
)
def test_a_line_becomes_level_or_upright(opened: Editor, end: Point, degrees: float) -> None:
    opened.crop.begin()
    opened.crop.set_angle(20)  # is no part of it: the line is one of the picture
    opened.crop.straighten_line(Point(100, 100), end)
    assert opened.crop.quad is not None
    assert opened.crop.quad.angle == pytest.approx(degrees, abs=0.01)


@pytest.mark.parametrize("turned_first", [False, True])
def test_a_crop_that_turns_the_picture_is_named_after_both(
    opened: Editor, turned_first: bool
) -> None:
    crop = opened.crop
    crop.begin()
    if turned_first:
        crop.set_angle(5)
    assert crop.quad is not None
    crop.set_quad(crop.quad.with_size(Point(150, 100), 120, 80, crop.quad.angle))
    crop.set_angle(5)
    crop.apply()
    assert opened.timeline.current.label == "Crop and straighten"


def test_a_frame_that_is_turned_reaches_no_further_than_the_picture(opened: Editor) -> None:
    crop = opened.crop
    crop.begin()
    assert crop.quad is not None
    crop.set_quad(crop.quad.with_size(Point(170, 112), 260, 175, 0))
    for degrees in (2, 5, 7.7):
        crop.set_angle(degrees)
    crop.apply()
    pixels = composite(opened.document, opened.document.box)
    assert pixels[2:-2, 2:-2, 3].min() == 255


def test_a_frame_that_reaches_beyond_the_picture_keeps_its_size_when_turned(
    opened: Editor,
) -> None:
    crop = opened.crop
    crop.begin()
    assert crop.quad is not None
    crop.set_quad(crop.quad.with_size(Point(150, 100), 340, 240, 0))
    crop.set_angle(5)
    assert (crop.quad.width, crop.quad.height) == pytest.approx((340, 240))
    assert crop.quad.angle == pytest.approx(5)


def test_the_frame_begins_around_the_painted_mask(opened: Editor) -> None:
    opened.selection.rectangle(Point(10, 20), Point(50, 60))
    opened.crop.begin()
    assert opened.crop.quad is not None
    assert opened.crop.quad.bounds() == (10, 20, 50, 60)
    opened.crop.drop()
    assert opened.crop.quad is None


def test_the_bucket_fills_similar_pixels_and_the_picker_takes_a_color(opened: Editor) -> None:
    opened.set_tool_settings(color="#00ff00", tolerance=0.05)
    opened.paint.bucket(Point(60, 60))
    assert composite(opened.document, Box(90, 80, 1, 1))[0, 0].tolist() == [0, 255, 0, 255]
    opened.paint.pick(Point(90, 80), second=True)
    assert opened.tool_settings.second_color == "#00ff00"
    opened.paint.swap_colors()
    assert opened.tool_settings.color == "#00ff00"
    opened.layers.set_locked(None, True)
    with pytest.raises(GlideError, match="locked"):
        opened.paint.bucket(Point(60, 60))
    opened.layers.group()
    with pytest.raises(GlideError, match="no pixels"):
        opened.paint.gradient(Point(0, 0), Point(50, 50))


def test_a_crop_of_a_picture_that_has_changed_is_not_applied(photo_file: Path) -> None:
    pool, inline = HeldWorker(), Workers.inline()
    editor = Editor(InlineRunner(StandInEngine), replace(inline, pool=pool))
    editor.files.open(photo_file)
    pool.catch_up()
    editor.crop.begin()
    assert editor.crop.quad is not None
    editor.crop.set_quad(editor.crop.quad.with_size(Point(100, 100), 80, 60, 0))
    ended: list[bool] = []
    told: list[str] = []
    editor.notice.connect(lambda notice: told.append(notice.text))
    editor.crop.apply(lambda: ended.append(True))
    editor.layers.add()
    changed = editor.document
    pool.catch_up()
    assert editor.document is changed
    assert told == ["The picture has changed in the meantime; crop it again."]
    assert not ended
    assert editor.crop.quad is None
    assert not editor.crop.busy
    editor.close()


def test_the_crop_frame_ends_with_the_canvas_that_it_is_on(opened: Editor) -> None:
    opened.crop.begin()
    opened.layers.add()
    assert opened.crop.quad is not None, "the canvas is the same"
    opened.canvas.resize_canvas(Size(280, 200))
    assert opened.crop.quad is None
    opened.crop.begin()
    opened.undo()
    assert opened.crop.quad is None
