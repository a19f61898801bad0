"""The layer verbs, and what locks keep from happening."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from glide_studio.document.adjustments import Levels
from glide_studio.document.brush import StrokePoint
from glide_studio.document.compositing import composite
from glide_studio.document.layer import Layer
from glide_studio.editor.editor import Editor
from glide_studio.editor.layer_actions import LayerActions
from glide_studio.editor.settings import ToolSettings
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box, Point


@pytest.fixture
def opened(editor: Editor, photo_file: Path) -> Editor:
    editor.files.open(photo_file)
    return editor


def names(editor: Editor) -> list[str]:
    """Bottom to top; what is in a group is indented."""
    found = []

    def add(layers: tuple[Layer, ...], depth: int) -> None:
        for layer in layers:
            found.append("  " * depth + layer.name)
            add(layer.children, depth + 1)

    add(editor.document.layers, 0)
    return found


def active(editor: Editor) -> Layer:
    layer = editor.document.active_layer
    assert layer is not None
    return layer


def test_new_layers_lie_above_the_active_one(opened: Editor) -> None:
    opened.layers.add()
    opened.layers.activate(opened.document.layers[0].id)
    opened.layers.add()
    assert names(opened) == ["photo", "Layer 3", "Layer 2"]
    assert active(opened).name == "Layer 3"


def test_copies_and_groups(opened: Editor) -> None:
    verbs = opened.layers
    verbs.duplicate()
    verbs.group()
    assert names(opened) == ["photo", "Group", "  photo copy"]
    verbs.activate(opened.document.layers[0].id)
    verbs.duplicate()
    verbs.move(None, 1)
    verbs.put_into_group()
    assert names(opened) == ["photo", "Group", "  photo copy", "  photo copy"]
    verbs.activate(opened.document.layers[-1].id)
    verbs.ungroup()
    assert names(opened) == ["photo", "photo copy", "photo copy"]


def test_a_layer_leaves_its_group_at_the_groups_end(opened: Editor) -> None:
    verbs = opened.layers
    verbs.add()
    verbs.rename(None, "inner")
    verbs.group()
    inner = active(opened).children[0].id
    verbs.move(inner, 1)
    assert names(opened) == ["photo", "Group", "inner"]
    verbs.put_into_group(inner)
    verbs.move(inner, -1)
    assert names(opened) == ["photo", "inner", "Group"]
    verbs.move(opened.document.layers[0].id, -1)
    assert names(opened) == ["photo", "inner", "Group"], "the document's end is the end"


def test_merging(opened: Editor) -> None:
    verbs = opened.layers
    before = composite(opened.document, opened.document.box)
    verbs.duplicate()
    verbs.set_opacity(None, 0.5)
    verbs.set_blend(None, "multiply")
    seen = composite(opened.document, opened.document.box)
    assert not np.array_equal(seen, before)
    verbs.merge_down()
    assert names(opened) == ["photo"]
    assert np.array_equal(composite(opened.document, opened.document.box), seen)
    verbs.group()
    verbs.merge_group()
    assert not active(opened).is_group
    verbs.add()
    verbs.flatten()
    assert names(opened) == ["Background"]
    assert np.array_equal(composite(opened.document, opened.document.box), seen)
    while opened.timeline.can_undo:
        opened.undo()
    assert np.array_equal(composite(opened.document, opened.document.box), before)


def test_a_layer_mask_comes_from_the_painted_mask_and_goes_back(opened: Editor) -> None:
    verbs, whole = opened.layers, opened.document.box
    opened.selection.rectangle(Point(50, 50), Point(100, 90))
    painted = opened.selection.painted_mask(whole)
    verbs.add_mask()
    assert np.array_equal(composite(opened.document, whole)[..., 3], painted)
    assert opened.document.selection.content_box().empty, "it is the layer's now"
    opened.undo()
    assert np.array_equal(opened.selection.painted_mask(whole), painted)
    opened.redo()
    verbs.invert_mask()
    assert np.array_equal(composite(opened.document, whole)[..., 3], 255 - painted)
    verbs.select_mask()
    assert np.array_equal(opened.selection.painted_mask(whole), 255 - painted)
    verbs.remove_mask()
    assert (composite(opened.document, whole)[..., 3] == 255).all()
    opened.selection.clear()
    verbs.add_mask()
    assert (composite(opened.document, whole)[..., 3] == 255).all(), "nothing painted hides nothing"


def test_the_brush_paints_on_the_layer_mask_if_asked(opened: Editor) -> None:
    whole = opened.document.box
    opened.layers.add_mask()
    opened.set_tool_settings(on_layer_mask=True, size=40.0, hardness=1.0)
    opened.selection.begin_stroke(StrokePoint(100, 100), erase=True)
    opened.selection.extend_stroke([StrokePoint(150, 100)])
    opened.selection.finish_stroke()
    alpha = composite(opened.document, whole)[..., 3]
    assert alpha[100, 120] == 0
    assert alpha[20, 20] == 255
    assert opened.document.selection.content_box().empty


def test_the_brush_paints_on_a_layer_mask_that_was_just_added(opened: Editor) -> None:
    opened.layers.add_mask()
    opened.selection.begin_stroke(StrokePoint(100, 100), erase=True)
    opened.selection.finish_stroke()
    assert composite(opened.document, opened.document.box)[100, 100, 3] < 255
    assert opened.document.selection.content_box().empty


def test_a_stroke_that_changes_nothing_of_a_layer_mask_says_what_would(opened: Editor) -> None:
    told: list[str] = []
    opened.notice.connect(lambda notice: told.append(notice.text))
    opened.layers.add_mask()
    opened.set_tool_settings(on_layer_mask=True, size=40.0, hardness=1.0)

    def stroke(*, erase: bool) -> None:
        told.clear()
        opened.selection.begin_stroke(StrokePoint(100, 100), erase=erase)
        opened.selection.finish_stroke()

    stroke(erase=False)
    assert told == ["The layer is shown here already; the eraser on its mask hides it."]
    stroke(erase=True)
    assert not told
    opened.set_tool_settings(size=20.0)
    stroke(erase=True)
    assert told == ["The layer is hidden here already; the brush on its mask shows it."]
    opened.set_tool_settings(on_layer_mask=False)
    stroke(erase=True)
    assert not told


def test_without_a_layer_mask_the_brush_paints_the_mask_of_the_picture(opened: Editor) -> None:
    opened.layers.add_mask()
    opened.set_tool_settings(on_layer_mask=True, size=40.0)
    opened.layers.remove_mask()
    opened.selection.begin_stroke(StrokePoint(100, 100), erase=False)
    opened.selection.finish_stroke()
    assert Point(100, 100) in opened.document.selection.content_box()


def test_what_is_painted_on_belongs_to_the_document(opened: Editor, photo_file: Path) -> None:
    opened.layers.add_mask()
    opened.set_tool_settings(on_layer_mask=True)
    opened.take_tools(ToolSettings(on_layer_mask=False, hardness=0.25))
    assert opened.tool_settings.on_layer_mask
    assert opened.tool_settings.hardness == 0.25
    opened.files.open(photo_file)
    assert not opened.tool_settings.on_layer_mask


def test_pixels_become_the_mask(opened: Editor) -> None:
    opened.layers.add()
    opened.layers.select_alpha()
    assert opened.document.selection.content_box().empty
    opened.layers.select_alpha(opened.document.layers[0].id)
    assert opened.document.selection.content_box() == opened.document.box


def test_a_layer_with_locked_transparency_takes_colors_alone(opened: Editor) -> None:
    verbs = opened.layers
    verbs.add()
    verbs.set_keeps_alpha(None, True)
    layer = opened.document.active_layer
    assert layer is not None
    assert layer.keeps_alpha
    opened.paint.begin_stroke(StrokePoint(9, 9))
    opened.paint.finish_stroke()
    assert opened.document.layer(layer.id).raster == layer.raster
    with pytest.raises(GlideError, match="The transparency of 'Layer 2' is locked"):
        opened.paint.begin_stroke(StrokePoint(9, 9), erase=True)
    verbs.set_keeps_alpha(None, False)
    opened.paint.begin_stroke(StrokePoint(9, 9))
    opened.paint.finish_stroke()
    assert opened.document.layer(layer.id).raster != layer.raster
    verbs.group()
    with pytest.raises(GlideError, match="Only layers with pixels"):
        verbs.set_keeps_alpha(None, True)


def test_a_locked_layer_stays_as_it_is(opened: Editor) -> None:
    verbs = opened.layers
    verbs.add()
    verbs.add_mask()
    verbs.set_locked(None, True)
    opened.set_tool_settings(on_layer_mask=True)
    before = opened.document
    for verb in (
        verbs.remove,
        verbs.merge_down,
        verbs.flatten,
        verbs.put_into_group,
        verbs.invert_mask,
        verbs.remove_mask,
        lambda: verbs.move(None, -1),
        lambda: opened.selection.begin_stroke(StrokePoint(9, 9), erase=True),
    ):
        with pytest.raises(GlideError, match="'Layer 2' is locked; unlock it first"):
            verb()
    assert opened.document is before
    verbs.set_visible(None, False)
    verbs.set_locked(None, False)
    verbs.remove()
    assert names(opened) == ["photo"]


def test_merging_into_a_locked_layer_is_refused(opened: Editor) -> None:
    opened.layers.set_locked(None, True)
    opened.layers.add()
    with pytest.raises(GlideError, match="'photo' is locked"):
        opened.layers.merge_down()


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        (LayerActions.ungroup, "is not a group"),
        (LayerActions.merge_group, "is not a group"),
        (LayerActions.merge_down, "no layer below"),
        (LayerActions.put_into_group, "no group directly below"),
        (LayerActions.invert_mask, "has no mask"),
        (LayerActions.remove_mask, "has no mask"),
        (LayerActions.select_mask, "has no mask"),
    ],
)
def test_what_does_not_apply_is_said_in_a_sentence(opened: Editor, verb, words) -> None:
    notices: list[str] = []
    opened.notice.connect(lambda notice: notices.append(notice.text))
    opened.attempt(lambda: verb(opened.layers))
    (notice,) = notices
    assert words in notice
    assert len(opened.timeline) == 1


def test_without_a_layer_or_a_picture(opened: Editor) -> None:
    opened.layers.group()
    with pytest.raises(GlideError, match="has no pixels; choose a layer with pixels"):
        opened.layers.select_alpha()
    opened.layers.remove()
    with pytest.raises(GlideError, match="Choose a layer first"):
        opened.layers.duplicate()
    opened.layers.add()
    assert names(opened) == ["Layer 1"]


def test_clipping_shows_only_what_is_below(opened: Editor) -> None:
    opened.selection.rectangle(Point(50, 50), Point(100, 90))
    opened.layers.add_mask()
    opened.layers.duplicate()
    opened.layers.remove_mask()
    opened.layers.set_clipping(None, True)
    alpha = composite(opened.document, Box(0, 0, 300, 200))[..., 3]
    assert alpha[70, 70] == 255
    assert alpha[10, 10] == 0


def test_an_adjustment_is_added_previewed_and_changed(opened: Editor) -> None:
    opened.selection.rectangle(Point(10, 10), Point(30, 30))
    opened.layers.add_adjustment(Levels())
    layer = opened.document.active_layer
    assert layer is not None
    assert (layer.name, layer.adjustment) == ("Levels", Levels())
    assert layer.mask is not None
    assert layer.mask.content_box() == Box(10, 10, 20, 20)
    assert opened.document.selection.content_box().empty, "it is the layer's mask from then on"
    opened.undo()
    assert len(opened.document.layers) == 1
    assert opened.document.selection.content_box() == Box(10, 10, 20, 20)
    opened.redo()
    states = len(opened.timeline)
    opened.layers.preview_adjustment(layer.id, Levels(gamma=2))
    assert opened.shown is not None
    assert opened.shown.layer(layer.id).adjustment == Levels(gamma=2)
    assert len(opened.timeline) == states
    opened.layers.set_adjustment(None, Levels(gamma=2))
    assert opened.timeline.current.label == "Change Levels"
    opened.undo()
    assert opened.document.layer(layer.id).adjustment == Levels()
    opened.layers.set_locked(layer.id, True)
    with pytest.raises(GlideError, match="locked"):
        opened.layers.set_adjustment(None, Levels())
    opened.layers.activate(opened.document.layers[0].id)
    with pytest.raises(GlideError, match="not an adjustment"):
        opened.layers.set_adjustment(None, Levels())


def chosen_names(editor: Editor) -> list[str]:
    return [editor.document.layer(one).name for one in editor.layers.chosen]


@pytest.fixture
def stacked(opened: Editor) -> Editor:
    """Photo, then three layers with a square each, bottom to top; the topmost is active."""
    for number in range(3):
        opened.layers.add()
        opened.set_tool_settings(color=("#ff0000", "#00ff00", "#0000ff")[number])
        left = 4 + 6 * number
        opened.selection.rectangle(Point(left, 4), Point(left + 10, 20))
        opened.paint.bucket(Point(left + 1, 5))
        opened.selection.clear()
        opened.layers.rename(None, "abc"[number])
    return opened


def id_of(editor: Editor, name: str) -> str:
    return next(one.id for one in editor.document.iter_layers() if one.name == name)


def test_layers_are_chosen_along_and_in_ranges(stacked: Editor) -> None:
    verbs, seen = stacked.layers, []
    verbs.chosen_changed.connect(lambda: seen.append(chosen_names(stacked)))
    assert chosen_names(stacked) == ["c"]
    verbs.choose_along(id_of(stacked, "a"))
    assert chosen_names(stacked) == ["a", "c"]
    assert active(stacked).name == "a"
    verbs.choose_along(id_of(stacked, "a"))
    assert chosen_names(stacked) == ["c"]
    assert active(stacked).name == "c"
    verbs.choose_along(id_of(stacked, "c"))  # the last one stays
    assert chosen_names(stacked) == ["c"]
    verbs.choose_range(id_of(stacked, "a"))
    assert chosen_names(stacked) == ["a", "b", "c"]
    assert active(stacked).name == "c"
    verbs.choose_all()
    assert chosen_names(stacked) == ["photo", "a", "b", "c"]
    verbs.activate(id_of(stacked, "b"))
    assert chosen_names(stacked) == ["b"]
    assert seen == [["a", "c"], ["c"], ["a", "b", "c"], ["photo", "a", "b", "c"], ["b"]]


def test_choosing_a_layer_is_no_entry_of_the_history(stacked: Editor) -> None:
    stacked.undo()
    count, shown = len(stacked.timeline), stacked.document
    stacked.layers.activate(id_of(stacked, "a"))
    stacked.layers.choose_along(id_of(stacked, "b"))
    assert len(stacked.timeline) == count
    assert active(stacked).name == "b"
    assert stacked.document.layers == shown.layers
    stacked.redo()
    assert active(stacked).name == "c", "what was undone can still be done again"


def test_what_is_done_to_several_layers_is_one_step(stacked: Editor) -> None:
    verbs, before = stacked.layers, stacked.document

    def undo_one(expected: list[str]) -> None:
        assert names(stacked) == expected
        stacked.undo()
        assert stacked.document.layers == before.layers

    def choose(*wanted: str) -> None:
        verbs.activate(id_of(stacked, wanted[-1]))
        for name in wanted[:-1]:
            verbs.choose_along(id_of(stacked, name))

    choose("a", "c")
    verbs.remove()
    undo_one(["photo", "b"])
    choose("a", "c")
    verbs.group()
    undo_one(["photo", "b", "Group", "  a", "  c"])
    choose("a", "b")
    verbs.move(None, 1)
    undo_one(["photo", "c", "a", "b"])
    choose("b", "c")
    verbs.move(None, 1)  # they stand at the top already
    assert stacked.document.layers == before.layers
    verbs.move(None, -1)
    undo_one(["photo", "b", "c", "a"])
    choose("a", "c")
    verbs.duplicate()
    assert chosen_names(stacked) == ["a copy", "c copy"]
    undo_one(["photo", "a", "a copy", "b", "c", "c copy"])
    choose("a", "c")
    verbs.set_visible(None, False)
    assert [one.visible for one in stacked.document.layers] == [True, False, True, False]
    stacked.undo()
    verbs.set_opacity(None, 0.5)
    assert [one.opacity for one in stacked.document.layers] == [1, 0.5, 1, 0.5]
    stacked.undo()
    assert stacked.document.layers == before.layers


def test_several_layers_are_merged_at_the_place_of_the_topmost(stacked: Editor) -> None:
    verbs, box = stacked.layers, stacked.document.box
    verbs.activate(id_of(stacked, "b"))
    verbs.choose_along(id_of(stacked, "c"))
    seen = composite(stacked.document, box)
    verbs.merge()
    assert names(stacked) == ["photo", "a", "b"]
    assert np.array_equal(composite(stacked.document, box), seen)
    stacked.undo()
    assert names(stacked) == ["photo", "a", "b", "c"]
    verbs.activate(id_of(stacked, "a"))
    verbs.choose_along(id_of(stacked, "c"))
    verbs.merge()
    assert names(stacked) == ["photo", "b", "a"]
    stacked.undo()
    verbs.activate(id_of(stacked, "c"))
    verbs.merge()  # a single one: into the one below
    assert names(stacked) == ["photo", "a", "b"]


def test_what_cannot_be_merged_says_why(stacked: Editor) -> None:
    verbs, document = stacked.layers, stacked.document
    verbs.set_clipping(id_of(stacked, "b"), True)
    verbs.activate(id_of(stacked, "photo"))
    verbs.choose_along(id_of(stacked, "b"))
    notices: list[str] = []
    stacked.notice.connect(lambda notice: notices.append(notice.text))
    verbs.merge()
    assert "'b' is clipped to 'a'" in notices[-1]
    verbs.set_visible(id_of(stacked, "b"), False)
    verbs.merge()
    assert "Show all" in notices[-1]
    verbs.set_locked(id_of(stacked, "photo"), True)
    for verb in (verbs.merge, verbs.remove, lambda: verbs.move(None, 1)):
        with pytest.raises(GlideError, match="locked"):
            verb()
    with pytest.raises(GlideError, match="Only groups"):
        verbs.set_blend(None, "pass-through")
    assert len(stacked.document.layers) == len(document.layers)


def test_a_group_stands_for_its_layers(stacked: Editor) -> None:
    verbs = stacked.layers
    verbs.group()
    group = active(stacked)
    verbs.choose_along(id_of(stacked, "c"))
    verbs.choose_along(id_of(stacked, "b"))
    assert chosen_names(stacked) == ["b", "Group", "c"]
    verbs.set_visible(None, False)
    assert not stacked.document.layer(group.id).visible
    assert stacked.document.layer(id_of(stacked, "c")).visible
    verbs.remove()
    assert names(stacked) == ["photo", "a"]


def test_layers_are_placed_together_into_groups_and_out_of_them(stacked: Editor) -> None:
    verbs, before = stacked.layers, stacked.document
    verbs.place(id_of(stacked, "a"), 4)
    assert names(stacked) == ["photo", "b", "c", "a"]
    assert stacked.timeline.path()[-1].label == "Move layer"
    stacked.undo()
    assert stacked.document.layers == before.layers
    verbs.activate(id_of(stacked, "photo"))
    verbs.choose_along(id_of(stacked, "b"))
    verbs.place(None, 4)  # counted with those that move
    assert names(stacked) == ["a", "c", "photo", "b"]
    assert chosen_names(stacked) == ["photo", "b"]
    count = len(stacked.timeline)
    verbs.place(None, 3)
    assert len(stacked.timeline) == count, "they lie there already"
    verbs.activate(id_of(stacked, "c"))
    verbs.group()
    group = active(stacked).id
    verbs.activate(id_of(stacked, "a"))
    verbs.choose_along(id_of(stacked, "b"))
    assert verbs.can_place(None, group)
    verbs.place(None, 1, group)
    assert [one.name for one in stacked.document.layer(group).children] == ["c", "a", "b"]
    assert not verbs.can_place(group, group)
    verbs.place(None, 0)
    assert names(stacked)[:2] == ["a", "b"]
    verbs.set_locked(id_of(stacked, "photo"), True)
    with pytest.raises(GlideError, match="locked"):
        verbs.place(id_of(stacked, "photo"), 0)


def test_a_layer_mask_is_not_replaced_by_another_one(opened: Editor) -> None:
    opened.layers.add_mask()
    before = opened.document
    with pytest.raises(GlideError, match="has a layer mask"):
        opened.layers.add_mask()
    assert opened.document is before
