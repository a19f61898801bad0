"""What is painted while the photo is the active layer lies on a layer of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from glide_studio.document.adjustments import Exposure
from glide_studio.document.brush import StrokePoint
from glide_studio.document.layer import Layer
from glide_studio.editor.editor import Editor
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box, Point, Size


@pytest.fixture
def opened(editor: Editor, photo_file: Path) -> Editor:
    editor.files.open(photo_file)
    editor.set_tool_settings(color="#ff0000", tolerance=0.05)
    return editor


def stroke(editor: Editor, at: float = 60) -> None:
    editor.paint.begin_stroke(StrokePoint(at, at))
    editor.paint.finish_stroke()


def draw(editor: Editor, kind: str = "rectangle") -> None:
    editor.set_tool_settings(shape=kind)
    editor.paint.shape(Point(40, 50), Point(100, 90))


PAINTED: dict[str, Callable[[Editor], object]] = {
    "Paint": stroke,
    "Fill": lambda editor: editor.paint.bucket(Point(60, 60)),
    "Gradient": lambda editor: editor.paint.gradient(Point(0, 0), Point(50, 50)),
}


@pytest.mark.parametrize("all_layers", [False, True])
def test_the_bucket_looks_at_the_active_layer_or_at_all_of_them(
    opened: Editor, all_layers: bool
) -> None:
    draw(opened)
    opened.layers.add()
    opened.set_tool_settings(color="#0000ff", all_layers=all_layers)
    opened.paint.bucket(Point(60, 60))
    raster = active(opened).raster
    assert raster is not None
    drawn, everything = Box(40, 50, 60, 40), opened.document.box
    assert raster.content_box() == (drawn if all_layers else everything)


def active(editor: Editor) -> Layer:
    layer = editor.document.active_layer
    assert layer is not None
    return layer


@pytest.mark.parametrize("name", PAINTED)
def test_paint_on_the_photo_makes_a_layer_above_it_and_goes_on_there(
    opened: Editor, name: str
) -> None:
    (photo,) = opened.document.layers
    states = len(opened.timeline)
    PAINTED[name](opened)
    below, above = opened.document.layers
    assert below == photo, "the photo stays as it was"
    assert above.name == name
    assert above.raster is not None
    assert not above.raster.content_box().empty
    assert active(opened).id == above.id
    assert len(opened.timeline) == states + 1, "one entry, one undo"
    opened.set_tool_settings(color="#00ff00")
    PAINTED[name](opened)
    assert len(opened.document.layers) == 2, "the next one goes onto the same layer"
    assert active(opened).raster != above.raster
    opened.undo()
    opened.undo()
    assert opened.document.layers == (photo,)


@pytest.mark.parametrize("kind", ["rectangle", "ellipse", "line"])
def test_each_shape_has_a_layer_of_its_own_above_the_active_one(opened: Editor, kind: str) -> None:
    (photo,) = opened.document.layers
    states = len(opened.timeline)
    draw(opened, kind)
    first = active(opened)
    assert opened.document.layers == (photo, first)
    assert len(opened.timeline) == states + 1, "one entry, one undo"
    draw(opened)
    second = active(opened)
    assert opened.document.layers == (photo, first, second), "the first stays as it was"
    assert [first.name, second.name] == [kind.capitalize(), "Rectangle"]
    opened.layers.activate(photo.id)
    draw(opened)
    assert opened.document.layers == (photo, active(opened), first, second)


def test_a_shape_stays_apart_from_what_was_painted(opened: Editor) -> None:
    stroke(opened)
    painted = active(opened)
    draw(opened)
    assert [layer.name for layer in opened.document.layers][1:] == ["Paint", "Rectangle"]
    assert opened.document.layers[1] == painted


def test_shapes_go_above_a_pasted_picture_and_brushes_onto_it(
    opened: Editor, photo_file: Path
) -> None:
    opened.files.add_layers_later([photo_file])
    pasted = active(opened)
    draw(opened)
    assert [layer.name for layer in opened.document.layers][1:] == ["photo", "Rectangle"]
    assert opened.document.layers[1] == pasted
    opened.layers.activate(pasted.id)
    stroke(opened)
    assert active(opened).id == pasted.id
    assert active(opened).raster != pasted.raster


def test_a_shape_goes_above_a_group_and_onto_an_empty_layer(opened: Editor) -> None:
    opened.layers.add()
    empty = active(opened)
    draw(opened)
    assert active(opened).id == empty.id
    opened.layers.group()
    draw(opened)
    assert active(opened).name == "Rectangle"
    assert opened.document.layers[-1].id == active(opened).id


@pytest.mark.parametrize("kind", ["Paint", "Fill", "Gradient"])
def test_an_adjustment_says_how_its_mask_is_painted(opened: Editor, kind: str) -> None:
    opened.layers.add_adjustment(Exposure(1.0))
    opened.layers.add_mask()
    before = opened.document
    with pytest.raises(GlideError, match=r"to paint on its mask, .* brush \(B\)"):
        PAINTED[kind](opened)
    assert opened.document is before
    opened.selection.begin_stroke(StrokePoint(60, 60), erase=True)
    opened.selection.finish_stroke()
    assert active(opened).mask != before.active_layer.mask, "and so it is"
    opened.layers.remove_mask()
    with pytest.raises(GlideError, match="choose or add a layer"):
        PAINTED[kind](opened)


def test_what_paints_nothing_adds_no_layer(opened: Editor) -> None:
    opened.selection.rectangle(Point(200, 100), Point(250, 150))
    states = len(opened.timeline)
    stroke(opened)
    draw(opened)
    opened.paint.shape(Point(5, 5), Point(5, 5))
    opened.paint.bucket(Point(-5, 5))
    assert len(opened.timeline) == states
    assert len(opened.document.layers) == 1
    opened.paint.begin_stroke(StrokePoint(220, 120))
    opened.paint.abort_stroke()
    assert opened.shown == opened.document
    assert len(opened.document.layers) == 1


def test_a_shape_outside_of_the_mask_is_told(opened: Editor) -> None:
    told: list[str] = []
    opened.notice.connect(lambda notice: told.append(notice.text))
    opened.selection.rectangle(Point(150, 100), Point(200, 150))
    before = opened.document
    opened.paint.shape(Point(10, 10), Point(50, 50))
    assert opened.document is before
    assert "Nothing was drawn" in told[-1]


def test_an_empty_new_picture_and_the_eraser_take_no_new_layer(editor: Editor) -> None:
    editor.files.new(Size(80, 60), None)
    stroke(editor, 30)
    assert len(editor.document.layers) == 1
    editor.files.new(Size(80, 60), "#ffffff")
    editor.paint.begin_stroke(StrokePoint(30, 30), erase=True)
    editor.paint.finish_stroke()
    (white,) = editor.document.layers
    assert white.raster is not None
    assert white.raster.read(Box(30, 30, 1, 1))[0, 0, 3] == 0
