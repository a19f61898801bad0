"""Removal, healing, cloning, object selection and extension from the photo's own pixels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import copy
from typing import Any, Literal

import cv2
import numpy as np
import pytest
from PIL import Image

from glide_studio.document.adjustments import Exposure
from glide_studio.document.brush import StrokePoint
from glide_studio.document.canvas_edits import scale
from glide_studio.document.compositing import composite
from glide_studio.document.layer_edits import change_layer
from glide_studio.document.raster import Raster
from glide_studio.document.transform_edits import straighten
from glide_studio.editor.editor import Editor
from glide_studio.editor.removal_mask import add_rims
from glide_studio.editor.retouch_actions import RETOUCH_LAYER
from glide_studio.editor.runner import InlineRunner
from glide_studio.editor.state import Notification
from glide_studio.editor.workers import Workers
from glide_studio.errors import GlideError
from glide_studio.imaging.completion.canvas_extension import Margins
from glide_studio.imaging.geometry import Point, Size
from glide_studio.io.provenance import provenance_from_dict
from tests.editor.held import HeldWorker
from tests.editor.standin import StandInEngine

WIDTH, HEIGHT = 200, 140


def wall(dtype: type = np.uint8) -> np.ndarray:
    """Fine grain on a vertical slope, none right of 160; a dark disc at (100, 70) of radius 12."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    gray = 120 + 0.4 * y + np.where(x < 160, rng.normal(0, 4, y.shape), 0)
    rgb = np.stack([gray, gray * 0.9, gray * 0.8], -1)
    rgb[(x - 100) ** 2 + (y - 70) ** 2 < 144] = (20, 20, 90)
    return np.clip(np.rint(rgb), 0, 255).astype(dtype)


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Editor]:
    path = tmp_path / "wall.png"
    Image.fromarray(wall()).save(path)
    editor = Editor(InlineRunner(StandInEngine), stores=tmp_path / "stores")
    editor.files.open(path)
    editor.set_tool_settings(size=30.0, hardness=1.0, pressure_size=False)
    yield editor
    editor.close()


def seen(editor: Editor) -> np.ndarray:
    return composite(editor.document, editor.document.box)[..., :3].astype(int)


def notices(editor: Editor) -> list[Notification]:
    found: list[Notification] = []
    editor.notice.connect(found.append)
    return found


def dab(editor: Editor, kind: str, *points: tuple[float, float], erase: bool = False) -> None:
    first, *rest = [StrokePoint(x, y) for x, y in points]
    editor.retouch.begin_stroke(kind, first, erase=erase)
    editor.retouch.extend_stroke(rest)
    editor.retouch.finish_stroke()


def test_a_stroke_of_the_remove_brush_takes_the_disc_away_and_nothing_else(
    editor: Editor,
) -> None:
    before = seen(editor)
    dab(editor, "remove", (98, 70), (102, 70))
    after = seen(editor)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    disc = (x - 100) ** 2 + (y - 70) ** 2 < 144
    assert after[disc][:, 2].mean() == pytest.approx(0.8 * (120 + 0.4 * 70), abs=8)
    far = (x - 100) ** 2 + (y - 70) ** 2 > 20**2
    assert np.array_equal(before[far], after[far])
    assert [layer.name for layer in editor.document.layers] == ["wall", RETOUCH_LAYER]
    assert editor.timeline.current.label == "Remove"
    assert not editor.retouch_work.is_running
    editor.undo()
    assert np.array_equal(seen(editor), before)


def test_further_strokes_go_onto_the_same_layer(editor: Editor) -> None:
    dab(editor, "remove", (100, 70))
    dab(editor, "remove", (40, 40))
    assert len(editor.document.layers) == 2
    assert len(editor.timeline.path()) == 3


def renamed(editor: Editor, name: str, **changes: Any) -> None:
    layer = editor.document.layers[-1]
    editor.state.apply("Rename", change_layer(editor.document, layer.id, name=name, **changes))


def test_the_retouch_layer_is_known_by_another_name_and_out_of_the_project_file(
    editor: Editor, tmp_path: Path
) -> None:
    dab(editor, "remove", (100, 70))
    renamed(editor, "修饰")
    editor.files.save(tmp_path / "wall.glide")
    editor.files.open(tmp_path / "wall.png")
    editor.files.open(tmp_path / "wall.glide")
    dab(editor, "remove", (40, 40))
    assert [layer.name for layer in editor.document.layers] == ["wall", "修饰"]


def test_a_layer_of_ones_own_that_is_called_retouch_is_not_painted_on(editor: Editor) -> None:
    editor.layers.add()
    renamed(editor, RETOUCH_LAYER)
    own = editor.document.layers[-1]
    dab(editor, "remove", (100, 70))
    assert len(editor.document.layers) == 3
    assert editor.document.layer(own.id) is own


def test_an_extension_is_not_painted_on(editor: Editor) -> None:
    editor.canvas.extend(Margins(20, 0, 0, 0))
    renamed(editor, "Anything")
    dab(editor, "remove", (120, 70))
    assert len(editor.document.layers) == 3


@pytest.mark.parametrize(("name", "count"), [(RETOUCH_LAYER, 2), ("Extended", 3)])
def test_the_retouch_layer_of_an_earlier_version_is_known_by_its_english_name(
    editor: Editor, name: str, count: int
) -> None:
    dab(editor, "remove", (100, 70))
    made = dict(editor.document.layers[-1].provenance or {})
    assert made.pop("role") == "retouch"
    renamed(editor, name, provenance=made)
    dab(editor, "remove", (40, 40))
    assert len(editor.document.layers) == count


def test_while_a_stroke_is_drawn_only_the_draft_changes(editor: Editor) -> None:
    editor.retouch.begin_stroke("remove", StrokePoint(100, 70))
    assert editor.shown is not None
    assert not editor.shown.selection.content_box().empty
    assert editor.document.selection.content_box().empty
    editor.undo()
    assert not editor.retouch.stroking
    assert editor.shown is editor.document


def test_remove_what_is_painted(editor: Editor) -> None:
    with pytest.raises(GlideError, match="Nothing is painted"):
        editor.retouch.remove_painted()
    editor.selection.ellipse(Point(84, 54), Point(116, 86))
    editor.retouch.remove_painted()
    assert seen(editor)[70, 100, 2] > 90
    assert not editor.document.selection.content_box().empty, "the mask stays"


def test_a_removal_with_a_seed_repeats_exactly(editor: Editor) -> None:
    def remove(seed: int) -> np.ndarray:
        editor.selection.ellipse(Point(84, 54), Point(116, 86))
        editor.retouch.remove_painted(seed=seed)
        found = seen(editor).copy()
        editor.undo()  # the removal, so that the next one sees the same picture
        return found

    first = remove(3)
    np.testing.assert_array_equal(remove(3), first)
    assert not np.array_equal(remove(4), first)


def test_removal_takes_from_the_sampling_area_only(editor: Editor) -> None:
    editor.selection.rectangle(Point(164, 0), Point(200, 140))
    editor.retouch.sample_from_mask()
    assert editor.document.selection.content_box().empty
    editor.selection.rectangle(Point(84, 54), Point(116, 86))
    editor.retouch.remove_painted()
    rows = seen(editor)[62:78, 92:108, 0]
    assert (rows - rows.mean(axis=1, keepdims=True)).std() < 1.5, "without grain"
    editor.retouch.sample_everywhere()
    editor.selection.select_all()
    editor.retouch.avoid_mask()
    editor.selection.rectangle(Point(84, 54), Point(116, 86))
    said = notices(editor)
    editor.retouch.remove_painted()
    assert "Nothing is left to take from" in said[-1].text


def test_the_clone_stamp_copies_from_the_source_point(editor: Editor) -> None:
    with pytest.raises(GlideError, match="Alt-click"):
        editor.retouch.begin_stroke("clone", StrokePoint(40, 40))
    editor.retouch.set_source_point(Point(100, 70))
    dab(editor, "clone", (40, 40))
    after = seen(editor)
    assert np.array_equal(after[32:48, 32:48], wall()[62:78, 92:108])
    dab(editor, "clone", (40, 100))
    assert np.array_equal(seen(editor)[96:104, 36:44], after[126:134, 96:104])
    editor.retouch.set_source_point(Point(20, 20))
    assert editor.retouch.source_offset is None


@pytest.mark.parametrize("kind", ["heal", "clone"])
def test_where_the_source_runs_off_the_picture_earlier_retouching_stays(
    editor: Editor, kind: Literal["heal", "clone"]
) -> None:
    editor.retouch.set_source_point(Point(100, 70))
    dab(editor, "clone", (40, 40))
    before = seen(editor)
    editor.retouch.set_source_point(Point(5, 5))
    # The source of a pixel at (x, y) is at (x - 43, y - 35): none left of 43, none above 35.
    points = (48, 40), (30, 40)
    editor.retouch.begin_stroke(kind, StrokePoint(*points[0]))
    editor.retouch.extend_stroke([StrokePoint(*points[1])])
    assert editor.shown is not None
    drawn = composite(editor.shown, editor.document.box)[..., :3].astype(int)
    editor.retouch.finish_stroke()
    after = seen(editor)
    for shown in (drawn, after):
        assert np.array_equal(shown[:, :43], before[:, :43])
        assert np.array_equal(shown[:35], before[:35])
        assert not np.array_equal(shown[35:55, 43:60], before[35:55, 43:60])
    if kind == "clone":
        assert np.array_equal(after[36:46, 44:56], wall()[1:11, 1:13])
    assert composite(editor.document, editor.document.box)[..., 3].min() == 255


@pytest.mark.parametrize("kind", ["heal", "clone"])
def test_a_stroke_with_all_of_its_source_outside_says_so_and_changes_nothing(
    editor: Editor, kind: Literal["heal", "clone"]
) -> None:
    editor.retouch.set_source_point(Point(5, 5))
    dab(editor, kind, (100, 70))
    before, said = editor.document, notices(editor)
    try:
        dab(editor, kind, (40, 40), (50, 45))
    except GlideError as error:
        editor.notify_error(error)
    assert "outside of the picture" in said[-1].text
    assert editor.document is before
    assert editor.shown is before


@pytest.mark.parametrize("kind", ["remove", "heal", "clone", "scribble"])
def test_a_stroke_beside_the_picture_does_nothing(editor: Editor, kind: str) -> None:
    editor.retouch.set_source_point(Point(30, 20))
    before, said = editor.document, notices(editor)
    dab(editor, kind, (-40, 40), (-50, 45))
    assert editor.document is before
    assert editor.shown is before
    assert not said


def test_clear_pixels_of_the_picture_are_cloned_as_they_are(editor: Editor) -> None:
    document = editor.document
    pixels = document.layers[0].raster.read(document.box).copy()
    pixels[:40, :40] = 0
    raster = Raster.from_array(pixels)
    editor.state.apply("cut", change_layer(document, document.layers[0].id, raster=raster))
    alphas = []
    for source in (Point(100, 70), Point(20, 20)):
        editor.retouch.set_source_point(source)
        dab(editor, "clone", (60, 100))
        raster = editor.document.layers[-1].raster
        assert raster is not None
        alphas.append(raster.read(document.box)[100, 60, 3])
    assert alphas == [255, 0]


def test_healing_copies_the_texture_but_keeps_the_tone(editor: Editor) -> None:
    editor.retouch.set_source_point(Point(30, 20))
    before = seen(editor)
    dab(editor, "heal", (30, 120))
    after = seen(editor)
    here = slice(112, 128), slice(22, 38)
    assert not np.array_equal(before[here], after[here])
    assert after[here].mean() == pytest.approx(before[here].mean(), abs=4)
    assert abs(before[12:28, 22:38].mean() - before[here].mean()) > 20


def test_an_object_is_selected_by_a_box_and_by_scribbles(editor: Editor) -> None:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    disc = (x - 100) ** 2 + (y - 70) ** 2 < 144

    def overlap() -> float:
        mask = editor.selection.painted_mask(editor.document.box) > 127
        return float((mask & disc).sum() / (mask | disc).sum())

    editor.objects.select_in_box(Point(80, 50), Point(122, 92))
    assert overlap() > 0.85
    assert editor.timeline.current.label == "Object mask"
    editor.selection.clear()
    editor.set_tool_settings(size=6.0)
    dab(editor, "scribble", (95, 66), (105, 74))
    dab(editor, "scribble", (60, 30), (150, 30), (150, 110), erase=True)
    assert overlap() > 0.85


def soften_disc(editor: Editor) -> None:
    """Blur the picture, as a lens does, so that the disc's color reaches beyond its edge."""
    document = editor.document
    pixels = document.layers[0].raster.read(document.box).copy()
    pixels[..., :3] = cv2.GaussianBlur(np.ascontiguousarray(pixels[..., :3]), (0, 0), 2.5)
    raster = Raster.from_array(pixels)
    editor.state.apply("blur", change_layer(document, document.layers[0].id, raster=raster))


def test_the_rim_of_a_selected_object_is_removed_with_it(editor: Editor) -> None:
    soften_disc(editor)
    before = seen(editor)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    ring = np.abs(np.hypot(x - 100, y - 70) - 14) < 4
    far = np.hypot(x - 100, y - 70) > 26
    left = {}
    for takes_rim in (True, False):
        editor.set_tool_settings(takes_rim=takes_rim)
        editor.objects.select_in_box(Point(80, 50), Point(122, 92), "replace")
        editor.retouch.remove_painted()
        left[takes_rim] = float(np.abs(seen(editor)[..., 0] - (120 + 0.4 * y))[ring].max())
        assert np.array_equal(seen(editor)[far], before[far])
        editor.undo()
    assert 2 * left[True] < left[False]


def test_the_rim_lies_around_each_island_of_the_mask(editor: Editor) -> None:
    assert add_rims(editor.document, editor.document.selection).content_box().empty
    editor.selection.rectangle(Point(100, 50), Point(140, 90), mode="replace")
    editor.selection.rectangle(Point(20, 20), Point(26, 26), mode="union")
    selection = editor.document.selection
    taken = add_rims(editor.document, selection).read(editor.document.box)[..., 0] > 0
    painted = selection.read(editor.document.box)[..., 0] > 0
    assert taken[painted].all()
    assert taken[18:28, 18:28].any(0).all(), "two pixels, whatever is seen there"
    assert taken[50:90, 98:142].all()
    assert not taken[:, 35:90].any(), "nothing between islands far apart"


def test_results_without_a_prompt_take_the_rim_as_well(editor: Editor) -> None:
    soften_disc(editor)
    editor.objects.select_in_box(Point(80, 50), Point(122, 92), "replace")
    rims = add_rims(editor.document, editor.document.selection)
    hole = rims.read(editor.document.box)[..., 0] > 0
    job = editor.generation.fill_from_photo()
    before = seen(editor)
    editor.candidates.accept(job.id, 0)
    changed = (seen(editor) != before).any(-1)
    assert changed[hole].mean() > 0.8
    assert not changed[~hole].any()
    report, painted = editor.candidates.report, job.painted
    assert report is not None
    assert report.ok
    assert painted is not None
    assert report.rim == np.count_nonzero(hole) - np.count_nonzero(painted) > 0
    assert editor.document.selection.content_box().empty, "the mask was used"
    editor.results.edit_mask(job.id)
    mask = editor.document.selection.read(job.request.box)[..., 0]
    assert np.array_equal(mask, painted), "without the rim, which would grow with each removal"
    again = editor.generation.jobs[editor.generation.generate_again(job.id).id]
    assert again.taken is not None


def test_what_a_removal_takes_along_is_stored_with_its_results(
    editor: Editor, tmp_path: Path
) -> None:
    editor.selection.rectangle(Point(80, 50), Point(120, 90))
    taken = editor.generation.jobs[editor.generation.fill_from_photo().id].taken
    assert taken is not None
    editor.files.save(tmp_path / "kept.glide")
    Image.new("RGB", (8, 8)).save(tmp_path / "other.png")
    editor.files.open(tmp_path / "other.png")
    editor.files.open(tmp_path / "kept.glide")
    (job,) = editor.generation.jobs.values()
    assert np.array_equal(job.taken, taken)
    assert editor.candidates.accept(job.id, 1).ok
    assert editor.document.selection.content_box().empty


def test_the_canvas_is_extended_and_filled(editor: Editor) -> None:
    before = seen(editor)
    editor.canvas.extend(Margins(30, 0, 10, 20))
    assert editor.document.size == Size(WIDTH + 40, HEIGHT + 20)
    after = composite(editor.document, editor.document.box)
    assert after[..., 3].min() == 255
    assert np.array_equal(after[:HEIGHT, 30 : 30 + WIDTH, :3], before)
    assert after[:100, :30, 0].std() < 25
    assert len(editor.timeline.path()) == 2
    editor.undo()
    assert editor.document.size == Size(WIDTH, HEIGHT)
    for margins in (Margins(), Margins(left=-1, right=5)):
        with pytest.raises(GlideError, match="Drag an edge"):
            editor.canvas.extend(margins)


def test_margins_are_filled_in_other_ways_until_the_picture_is_changed(editor: Editor) -> None:
    assert not editor.canvas.can_extend_again
    with pytest.raises(GlideError, match="Extend the canvas first"):
        editor.canvas.extend_again()
    before = seen(editor)
    found = []
    editor.canvas.extend(Margins(30, 0, 30, 0))
    for _ in range(3):
        assert editor.document.size == Size(WIDTH + 60, HEIGHT)
        found.append(seen(editor))
        assert np.array_equal(found[-1][:, 30:-30], before)
        assert [layer.name for layer in editor.document.layers].count("Extended") == 1
        editor.canvas.extend_again()
    assert len({one.tobytes() for one in found}) == 3
    assert editor.timeline.current.label == "Extend canvas (4)"
    editor.undo()
    assert np.array_equal(seen(editor), found[2])
    assert editor.canvas.can_extend_again, "the third result is as good a start as the fourth"
    editor.canvas.extend_again()
    assert editor.timeline.current.label == "Extend canvas (5)"
    editor.selection.select_all()
    painted = editor.document.selection
    editor.canvas.extend_again()
    assert editor.document.selection is painted
    editor.layers.add_adjustment(Exposure(stops=0.5))
    assert not editor.canvas.can_extend_again
    with pytest.raises(GlideError, match="Extend the canvas first"):
        editor.canvas.extend_again()
    editor.undo()
    assert editor.canvas.can_extend_again


def test_another_result_is_there_after_the_project_was_opened_again(
    editor: Editor, tmp_path: Path
) -> None:
    editor.canvas.extend(Margins(30, 5, 20, 0))
    editor.canvas.extend_again()
    second = seen(editor)
    editor.selection.select_all()
    editor.files.save(tmp_path / "wide.glide")
    editor.canvas.extend_again()
    third = seen(editor)
    again = Editor(InlineRunner(StandInEngine), stores=tmp_path / "other")
    again.files.open(Path(copy(tmp_path / "wide.glide", tmp_path / "copy.glide")))
    assert np.array_equal(seen(again), second)
    assert again.canvas.can_extend_again
    again.canvas.extend_again()
    assert again.timeline.current.label == "Extend canvas (3)"
    assert np.array_equal(seen(again), third)
    again.close()


def test_the_results_of_an_extension_are_listed_while_one_is_in_view(editor: Editor) -> None:
    canvas = editor.canvas
    canvas.extend(Margins(30, 0, 0, 0))  # another extension of the same picture
    editor.undo()
    assert canvas.extension_results == {}
    canvas.extend(Margins(0, 0, 30, 0))
    first = editor.timeline.current.id
    assert canvas.extension_results == {first: 1}
    canvas.extend_again()
    second = editor.timeline.current.id
    assert canvas.extension_results == {first: 1, second: 2}
    editor.selection.select_all()
    assert canvas.extension_results == {first: 1, second: 2}, "a mask makes no other result"
    assert canvas.extension_in_view == second
    editor.jump(first)
    assert canvas.extension_in_view == first
    canvas.extend_again()
    third = editor.timeline.current.id
    assert canvas.extension_results == {first: 1, second: 2, third: 3}
    editor.layers.add_adjustment(Exposure(stops=0.5))
    assert canvas.extension_results == {}


@pytest.mark.parametrize("change", ["flip", "crop", "original"])
def test_a_picture_that_was_changed_is_not_extended_again(editor: Editor, change: str) -> None:
    editor.canvas.extend(Margins(30, 0, 30, 0))
    if change == "flip":
        editor.canvas.flip("horizontal")
    elif change == "crop":
        editor.canvas.resize_canvas(Size(WIDTH, HEIGHT))
    else:
        editor.undo()
    assert not editor.canvas.can_extend_again


def test_another_result_takes_from_the_same_sampling_area(editor: Editor) -> None:
    editor.selection.rectangle(Point(92, 62), Point(109, 79))  # within the disc
    editor.retouch.sample_from_mask()
    editor.canvas.extend(Margins(0, 0, 30, 0))
    editor.canvas.extend_again()
    assert seen(editor)[:, WIDTH + 8 :, 0].max() < 60


@pytest.mark.parametrize("way", ["turned", "enlarged", "seen smaller"])
def test_no_gap_opens_beside_an_extension(editor: Editor, way: str) -> None:
    editor.canvas.extend(Margins(21, 0, 11, 0))
    document, level = editor.document, 0
    if way == "turned":
        document = straighten(document, Point(65, 70), Size(100, 60), 5.0)
    elif way == "enlarged":
        document = scale(document, Size(311, 211))
    else:
        level = 3
    box = document.selection.level_box(level)
    assert composite(document, box, level)[1:-1, 1:-1, 3].min() == 255


def test_an_extension_lies_on_top_where_layers_change_what_is_below(editor: Editor) -> None:
    editor.layers.add_adjustment(Exposure(stops=0.5))
    before = seen(editor)
    editor.canvas.extend(Margins(20, 0, 0, 0))
    assert [layer.name for layer in editor.document.layers][-1] == "Extended"
    after = composite(editor.document, editor.document.box)
    assert np.array_equal(after[:, 20:, :3], before)


def test_an_extension_takes_from_the_sampling_area_only_and_not_from_the_excluded(
    editor: Editor,
) -> None:
    editor.selection.rectangle(Point(92, 62), Point(109, 79))  # within the disc
    editor.retouch.sample_from_mask()
    editor.canvas.extend(Margins(0, 0, 30, 0))
    assert seen(editor)[:, WIDTH + 8 :, 0].max() < 60
    assert editor.retouch.sampling.source is None, "it belonged to the smaller canvas"
    editor.undo()
    editor.selection.select_all()
    editor.retouch.avoid_mask()
    said = notices(editor)
    editor.canvas.extend(Margins(0, 0, 30, 0))
    assert "Nothing is left to take from" in said[-1].text
    assert editor.document.size == Size(WIDTH, HEIGHT)


def test_a_cancelled_removal_changes_nothing(
    editor: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = editor.retouch_work
    monkeypatch.setattr(work, "report", lambda share: work.cancel())
    before = editor.document
    dab(editor, "remove", (100, 70))
    assert editor.document is before
    assert editor.shown is before
    assert not work.is_running


def test_undo_cancels_an_extension_and_says_so_once(photo_file: Path) -> None:
    pool = HeldWorker()
    editor = Editor(InlineRunner(StandInEngine), replace(Workers.inline(), pool=pool))
    editor.files.open(photo_file)
    editor.selection.select_all()
    pool.catch_up()
    before, said = editor.document, notices(editor)
    editor.canvas.extend(Margins(0, 0, 30, 0))
    editor.undo()
    editor.undo()
    assert [one.text for one in said] == ["Extend was cancelled; the picture stays as it is."]
    assert editor.document is before, "the presses until it has ended undo nothing"
    pool.catch_up()
    assert editor.document is before
    editor.undo()
    assert editor.document is not before
    editor.close()


def test_a_removal_says_where_its_pixels_come_from(editor: Editor) -> None:
    dab(editor, "remove", (100, 70))
    layer = editor.document.layers[-1]
    assert layer.provenance is not None
    request = provenance_from_dict(layer.provenance).request
    assert (request.model, request.prompt) == ("completion", "")
    assert request.box in editor.document.box


@pytest.mark.parametrize("kind", ["heal", "clone"])
def test_healed_and_cloned_pixels_say_so_on_their_layer(
    editor: Editor, kind: Literal["heal", "clone"]
) -> None:
    editor.retouch.set_source_point(Point(30, 20))
    dab(editor, kind, (30, 120))
    provenance = editor.document.layers[-1].provenance
    assert provenance is not None
    assert provenance_from_dict(provenance).request.model == kind
    editor.undo()
    assert len(editor.document.layers) == 1


def test_an_extension_says_where_its_pixels_come_from(editor: Editor) -> None:
    editor.canvas.extend(Margins(20, 0, 0, 0))
    provenance = editor.document.layers[0].provenance
    assert provenance is not None
    assert provenance_from_dict(provenance).request.model == "completion"


def held_editor(tmp_path: Path) -> tuple[Editor, HeldWorker]:
    path = tmp_path / "wall.png"
    Image.fromarray(wall()).save(path)
    held = HeldWorker()
    workers = replace(Workers.inline(), pool=held)
    editor = Editor(InlineRunner(StandInEngine), workers, tmp_path / "stores")
    editor.files.open(path)
    editor.set_tool_settings(size=30.0, hardness=1.0, pressure_size=False)
    return editor, held


def test_strokes_while_a_removal_runs_wait_for_it_and_none_is_lost(tmp_path: Path) -> None:
    editor, held = held_editor(tmp_path)
    before = seen(editor)
    dab(editor, "remove", (100, 70))
    dab(editor, "remove", (40, 40))
    dab(editor, "remove", (60, 110))
    assert len(editor.timeline) == 1
    held.catch_up()
    assert [state.label for state in editor.timeline.path()][1:] == ["Remove"] * 3
    after = seen(editor)
    for x, y in ((100, 70), (40, 40), (60, 110)):
        assert (after[y - 8 : y + 8, x - 8 : x + 8] != before[y - 8 : y + 8, x - 8 : x + 8]).any()
    editor.close()


def test_undo_while_a_removal_runs_stops_it(tmp_path: Path) -> None:
    editor, held = held_editor(tmp_path)
    dab(editor, "remove", (100, 70))
    editor.undo()
    held.catch_up()
    assert len(editor.timeline) == 1
    assert editor.shown is editor.document
    assert not editor.retouch_work.is_running
    editor.close()
