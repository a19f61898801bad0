"""From a document and a viewport to pixels on the screen, without a window."""

from __future__ import annotations

import itertools
from dataclasses import replace

import cv2
import numpy as np
import pytest

from glide_studio.document.document import Document
from glide_studio.document.document_thumbnail import MASK_OPACITY, MASK_TINT
from glide_studio.document.layer import Layer
from glide_studio.document.raster import Raster
from glide_studio.document.shapes import ellipse_points, rectangle_points
from glide_studio.document.tile import Tile
from glide_studio.imaging.display import make_display_transform
from glide_studio.imaging.geometry import Box, Point, Size
from glide_studio.ui.canvas import display_pyramid
from glide_studio.ui.canvas.canvas_frame import disjoint
from glide_studio.ui.canvas.display_pyramid import CompositePyramid, MaskPyramid
from glide_studio.ui.canvas.frame_buffer import FrameBuffer
from glide_studio.ui.canvas.viewport import Viewport
from tests.document.edits import an_edit, select_polygon
from tests.editor.conftest import photo

WIDGET = Size(320, 240)


def document(width: int = 700, height: int = 500, alpha: int = 255) -> Document:
    pixels = np.dstack([photo(width, height), np.full((height, width), alpha, np.uint8)])
    return Document(Size(width, height), layers=(Layer("photo", Raster.from_array(pixels)),))


class Screen:
    """A frame and what belongs to it."""

    def __init__(self, shown: Document) -> None:
        self.composite = CompositePyramid(shown, make_display_transform(shown.icc, None))
        self.mask = MaskPyramid(shown.selection)
        self.frame = FrameBuffer(self.composite, self.mask)

    def draw(self, view: Viewport, *boxes: Box) -> np.ndarray:
        """RGB after drawing boxes, by default all of the view."""
        for box in boxes or (view.size.box,):
            while not self.frame.draw(view, box):
                pass
        return self.rgb()

    def draw_once(self, view: Viewport, *boxes: Box) -> None:
        for box in boxes:
            self.frame.draw(view, box, until=0.0)

    def rgb(self) -> np.ndarray:
        return self.frame._pixels[..., 2::-1].copy()


def at(shown: Document, scale: float, left: int = 0, top: int = 0) -> Viewport:
    return Viewport(WIDGET, shown.size, scale, left, top)


def test_100_percent_is_pixel_exact() -> None:
    shown = document()
    seen = Screen(shown).draw(at(shown, 1.0, -100, -50))
    assert np.array_equal(seen, photo(700, 500)[50:290, 100:420])


def test_300_percent_shows_square_pixels() -> None:
    shown = document()
    seen = Screen(shown).draw(at(shown, 3.0, -300, -150))
    part = photo(700, 500)[50:130, 100:207]
    assert np.array_equal(seen, part.repeat(3, axis=0).repeat(3, axis=1)[:240, :320])


def test_half_size_is_the_mean_of_four_pixels() -> None:
    shown = document(640, 480)
    seen = Screen(shown).draw(at(shown, 0.5)).astype(int)
    mean = photo(640, 480).reshape(240, 2, 320, 2, 3).mean(axis=(1, 3))
    assert np.abs(seen - mean).max() <= 1


@pytest.mark.parametrize("scale", [0.07, 0.3, 0.5, 0.77, 1.0, 1.7, 5.0])
def test_parts_drawn_one_by_one_are_the_whole(scale: float) -> None:
    shown = select_polygon(document(), tuple(ellipse_points(100, 80, 400, 300)))
    view = at(shown, scale, 13, -21)
    whole = Screen(shown).draw(view)
    boxes = [Box(x, y, 90, 70) for x in range(0, 320, 90) for y in range(0, 240, 70)]
    # Interpolation weights are rounded to 1/32, once for each part.
    apart = np.abs(Screen(shown).draw(view, *boxes).astype(int) - whole)
    assert apart.max() <= (0 if scale >= 1 or scale == 0.5 else 2)


@pytest.mark.parametrize("scale", [0.3, 1.0, 2.0])
@pytest.mark.parametrize(("dx", "dy"), [(17, -9), (-40, 0), (0, 33), (500, 0)])
def test_a_scrolled_frame_is_the_one_drawn_anew(scale: float, dx: int, dy: int) -> None:
    shown = select_polygon(document(), tuple(ellipse_points(100, 80, 400, 300)))
    view = at(shown, scale, -30, -20)
    screen = Screen(shown)
    screen.draw(view)
    moved = replace(view, left=view.left + dx, top=view.top + dy)
    seen = screen.draw(moved, *screen.frame.scroll(dx, dy))
    apart = np.abs(seen.astype(int) - Screen(shown).draw(moved))
    assert apart.max() <= (0 if scale >= 1 else 2)


def test_the_painted_mask_is_tinted_and_nothing_else() -> None:
    shown = select_polygon(document(), tuple(rectangle_points(10, 20, 60, 80)))
    seen = Screen(shown).draw(at(shown, 1.0)).astype(float)
    plain = photo(700, 500)[:240, :320].astype(float)
    inside = np.zeros((240, 320), bool)
    inside[20:80, 10:60] = True
    assert np.array_equal(seen[~inside], plain[~inside])
    mixed = plain + MASK_OPACITY * (np.array(MASK_TINT) - plain)
    assert np.abs(seen - mixed)[inside].max() <= 2


def test_painting_a_mask_recomposes_no_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = document()
    screen, view = Screen(shown), at(shown, 0.4)
    screen.draw(view)

    def forbidden(*_: object) -> None:
        raise AssertionError("a layer was composed")

    monkeypatch.setattr(display_pyramid, "composite", forbidden)
    painted = select_polygon(shown, tuple(ellipse_points(100, 80, 400, 300)))
    for box in screen.mask.update(painted.selection):
        screen.frame.draw_mask(view, view.device_box(box.pad(2)))
    monkeypatch.undo()
    assert np.array_equal(screen.rgb(), Screen(painted).draw(view))


def test_what_a_large_brush_changes_is_told_row_by_row() -> None:
    shown = document(1200, 900)
    mask = MaskPyramid(shown.selection)
    cells = [(0, 3), (1, 3), (2, 1), (2, 2), (2, 3), (4, 0), (6, 8), (6, 9)]
    tile = Tile(np.full((128, 128, 1), 9, np.uint8))
    painted = shown.selection.replace_tiles(dict.fromkeys(cells, tile))
    assert mask.update(painted) == [
        Box(384, 0, 128, 256),
        Box(128, 256, 384, 128),
        Box(0, 512, 128, 128),
        Box(1024, 768, 176, 128),
    ]
    assert mask.update(painted) == []


def test_only_dirty_cells_are_composed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = document(1200, 900)
    screen = Screen(shown)
    screen.composite.ensure(0, shown.box)
    layer = shown.layers[0]
    assert layer.raster is not None
    box = Box(300, 300, 10, 10)
    raster = layer.raster.write(box, np.zeros((10, 10, 4), np.uint8))
    after = replace(shown, layers=(replace(layer, raster=raster),))
    calls: list[Box] = []
    real = display_pyramid.composite

    def counted(document: Document, box: Box, level: int = 0) -> np.ndarray:
        calls.append(box)
        return real(document, box, level)

    monkeypatch.setattr(display_pyramid, "composite", counted)
    screen.composite.update(after, [box])
    screen.composite.ensure(0, after.box)
    assert calls == [Box(256, 256, 128, 128)]


def test_mask_levels_follow_every_change() -> None:
    shown = document(701, 499)
    mask = MaskPyramid(shown.selection)
    mask.view(3)
    edits = (
        an_edit(select_polygon, tuple(ellipse_points(100, 80, 400, 300))),
        an_edit(select_polygon, tuple(rectangle_points(600, 400, 701, 499))),
        an_edit(select_polygon, tuple(ellipse_points(150, 100, 300, 250)), "subtract"),
        an_edit(select_polygon, tuple(rectangle_points(0, 0, 701, 499)), "subtract"),
    )
    for edit in edits:
        shown = edit(shown)
        mask.update(shown.selection)
        fresh = MaskPyramid(shown.selection)
        for level in (3, 1, 0):
            assert np.array_equal(mask.view(level), fresh.view(level))
        assert shown.selection.content_box() in mask.occupied
    assert mask.occupied.empty


def test_transparency_shows_a_checkerboard() -> None:
    shown = document(alpha=0)
    seen = Screen(shown).draw(at(shown, 1.0))
    assert set(np.unique(seen)) == {display_pyramid.DARK_GRAY, display_pyramid.LIGHT_GRAY}


def test_a_photo_in_another_profile_is_shown_in_srgb() -> None:
    import imagecodecs

    profile = imagecodecs.cms_profile("adobergb")
    shown = replace(document(), icc=profile)
    seen = Screen(shown).draw(at(shown, 1.0))
    plain = photo(700, 500)[:240, :320]
    assert np.abs(seen.astype(int) - plain).max() > 10


def test_16_bit_is_shown_by_its_high_byte() -> None:
    deep = np.dstack([photo().astype(np.uint16) * 257, np.full((200, 300), 65535, np.uint16)])
    shown = Document(Size(300, 200), 16, (Layer("deep", Raster.from_array(deep)),))
    seen = Screen(shown).draw(at(shown, 1.0))
    assert np.array_equal(seen[:200, :300], photo())


def test_too_many_cells_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display_pyramid, "BUDGET_BYTES", 1)
    shown = document()
    screen = Screen(shown)
    screen.composite.ensure(0, shown.box)
    screen.composite.ensure(1, Box(0, 0, 10, 10))
    assert not screen.composite.has(0, shown.box)
    assert screen.composite.has(1, Box(0, 0, 10, 10))


def test_coarser_pixels_stand_in_until_the_fine_ones_are_there() -> None:
    shown = document(1800, 1200)
    screen = Screen(shown)
    screen.draw(Viewport(Size(900, 700), shown.size, 0.5))
    near = Viewport(Size(900, 700), shown.size, 1.0, -500, -400)
    wanted = photo(1800, 1200)[400:1100, 500:1400].astype(int)
    assert not screen.frame.draw(near, near.size.box, until=0.0)
    rough = screen.rgb().astype(int)
    assert np.abs(rough - wanted).mean() < 12, "the same picture, less sharp"
    assert (rough == wanted).all(axis=-1).mean() < 0.5
    (first,) = screen.frame.refine(near, until=0.0)
    assert abs(first.x + first.width / 2 - 450) < 200, "the middle comes first"
    assert abs(first.y + first.height / 2 - 350) < 200
    screen.draw_once(near, first)
    rounds = 1
    while boxes := screen.frame.refine(near, until=0.0):
        assert len(boxes) == 1
        screen.draw_once(near, *boxes)
        rounds += 1
    assert rounds > 30
    assert np.array_equal(screen.rgb(), wanted)


def test_in_a_hurry_a_coarser_level_is_shown_instead() -> None:
    shown = document(1800, 1200)
    screen = Screen(shown)
    screen.draw(Viewport(Size(900, 700), shown.size, 0.5))
    near = Viewport(Size(900, 700), shown.size, 1.0, -500, -400)
    assert not screen.frame.draw(near, near.size.box, until=0.0, quick=True)
    wanted = photo(1800, 1200)[400:1100, 500:1400].astype(int)
    assert np.abs(screen.rgb() - wanted).mean() < 16
    assert screen.composite.ensure(0, Box(500, 400, 900, 700), until=0.0, quick=True) == 1


def test_a_large_change_is_first_shown_coarsely(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display_pyramid, "LATE_S", 0.0)
    shown = document(1800, 1200)
    screen = Screen(shown)
    near = Viewport(Size(900, 700), shown.size, 1.0, -500, -400)
    wanted = photo(1800, 1200)[400:1100, 500:1400].astype(int)
    assert not screen.frame.draw(near, near.size.box, until=0.0)
    assert np.abs(screen.rgb() - wanted).mean() < 24, "the same picture, less sharp"
    while boxes := screen.frame.refine(near, until=0.0):
        screen.draw_once(near, *boxes)
    assert np.array_equal(screen.rgb(), wanted)


def test_a_change_that_takes_too_long_is_shown_coarsely_without_trying(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = itertools.count(step=0.004)
    monkeypatch.setattr(display_pyramid.time, "perf_counter", lambda: next(clock))
    shown = document(1800, 1200)
    screen = Screen(shown)
    assert screen.composite.ensure(0, Box(500, 400, 900, 700), until=0.0) == 0
    cells = screen.composite._cells[0]
    assert (cells == display_pyramid.FINE).sum() == 1
    assert (cells == display_pyramid.COARSE).sum() > 40


def test_a_small_change_is_composed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display_pyramid, "LATE_S", 60.0)
    shown = document(1800, 1200)
    screen = Screen(shown)
    near = Viewport(Size(900, 700), shown.size, 1.0, -500, -400)
    assert screen.frame.draw(near, near.size.box, until=0.0)
    assert np.array_equal(screen.rgb(), photo(1800, 1200)[400:1100, 500:1400])


def test_stand_ins_reach_the_edge_of_odd_pictures() -> None:
    shown = document(1037, 805)
    screen = Screen(shown)
    screen.composite.ensure(3, shown.selection.level_box(3))
    assert screen.composite.ensure(0, shown.box, until=0.0) == 0
    assert not screen.composite.has(0, shown.box)
    rough = screen.composite.view(0)[..., 2::-1].astype(int)
    assert np.abs(rough - photo(1037, 805)).mean() < 30
    assert np.abs(rough[-5:, -5:] - photo(1037, 805)[-5:, -5:]).mean() < 60


def test_an_edit_is_seen_at_once_however_little_time_there_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(display_pyramid, "LATE_S", 60.0)  # a busy machine is no defect
    shown = document(1800, 1200)
    screen = Screen(shown)
    screen.draw(Viewport(WIDGET, shown.size).fit())
    view = at(shown, 1.0)
    screen.draw(view)
    layer = replace(shown.layers[0], opacity=0.0)
    after = replace(shown, layers=(layer,))
    screen.composite.update(after, [after.box])
    assert screen.frame.draw(view, view.size.box, until=0.0)
    assert set(np.unique(screen.rgb())) == {display_pyramid.DARK_GRAY, display_pyramid.LIGHT_GRAY}


def test_disjoint_boxes_cover_the_same_pixels_once() -> None:
    boxes = [Box(0, 0, 10, 10), Box(5, 5, 10, 10), Box(40, 0, 5, 5), Box(12, 12, 30, 3)]
    joined = disjoint(boxes)
    for number, one in enumerate(joined):
        assert all(one.clamp(other).empty for other in joined[number + 1 :])
    assert all(any(box in one for one in joined) for box in boxes)


def test_opencv_uses_one_thread() -> None:
    assert cv2.getNumThreads() <= 1


def test_the_image_point_of_a_viewport_is_where_it_is_drawn() -> None:
    shown = document()
    view = at(shown, 2.0, 40, 30)
    seen = Screen(shown).draw(view)
    x, y = view.to_device(Point(25, 35))
    assert np.array_equal(seen[int(y), int(x)], photo(700, 500)[35, 25])
