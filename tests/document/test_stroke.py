"""Brush strokes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glide_studio.document.brush import MAX_COVERAGE, Brush, Dab, DabPath, StrokePoint, stamp
from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from glide_studio.document.raster import Raster
from glide_studio.document.stroke import Stroke, Target
from glide_studio.imaging.geometry import Box, Size
from tests.document.edits import Edit, an_edit, paint_stroke
from tests.document.pictures import layer, mask, photo, pixels_of

SIZE = Size(400, 300)
PIXELS, LAYER_MASK = Target("pixels", "photo"), Target("layer mask", "b")

points = st.builds(
    StrokePoint,
    st.floats(-50, 450, width=32),
    st.floats(-50, 350, width=32),
    st.floats(0, 1, width=32),
)
brushes = st.builds(
    Brush,
    size=st.sampled_from([1, 7, 40, 150]),
    hardness=st.sampled_from([0.0, 0.5, 1.0]),
    opacity=st.sampled_from([0.3, 1.0]),
    flow=st.sampled_from([0.2, 1.0]),
    pressure_size=st.booleans(),
    pressure_flow=st.booleans(),
)


def document(dtype=np.uint8) -> Document:
    return Document(
        SIZE,
        8 if dtype == np.uint8 else 16,
        layers=(
            photo(SIZE, dtype),
            Layer("b", raster=layer(SIZE, "b", dtype).raster, mask=mask(SIZE, 2, dtype), id="b"),
        ),
        selection=mask(SIZE, 4),
    )


def drawn(edit: Edit, on: Document | None = None) -> np.ndarray:
    return pixels_of(edit(on or Document(SIZE)).selection)[..., 0]


def line(*coordinates: tuple[float, float]) -> tuple[StrokePoint, ...]:
    return tuple(StrokePoint(x, y) for x, y in coordinates)


@settings(max_examples=40)
@given(
    st.lists(points, min_size=1, max_size=8),
    st.lists(st.integers(1, 7), max_size=7),
    brushes,
    st.booleans(),
    st.sampled_from([Target(), PIXELS, LAYER_MASK]),
)
def test_a_stroke_does_not_depend_on_how_its_points_were_batched(path, cuts, brush, erase, target):
    before = document()
    whole = paint_stroke(before, brush, tuple(path), target, erase, (0.2, 0.9, 0.4))
    stroke = Stroke(before, brush, target, erase=erase, color=(0.2, 0.9, 0.4))
    seen = target.raster_of(before)
    rest = list(path)
    dirty = Box(0, 0, 0, 0)
    for cut in [*cuts, len(path)]:
        dirty = stroke.extend(rest[:cut])
        rest = rest[cut:]
        now = target.raster_of(stroke.document)
        for row, column in now.changed_cells(seen):
            assert Box(column * 128, row * 128, 128, 128).clamp(SIZE.box) in dirty
        seen = now
    stroke.finish()
    assert np.array_equal(
        pixels_of(target.raster_of(stroke.document)), pixels_of(target.raster_of(whole))
    )
    for cell in target.raster_of(whole).changed_cells(target.raster_of(before)):
        assert Box(cell[1] * 128, cell[0] * 128, 128, 128).clamp(SIZE.box) in stroke.box


def plain_coverage(brush: Brush, path: list[StrokePoint]) -> np.ndarray:
    """The coverage of a stroke on the whole canvas at once, dab by dab, every pixel of each."""
    wide = np.zeros((SIZE.height + 4000, SIZE.width + 4000), np.float64)
    dabs = DabPath(brush)
    for dab in [dab for point in path for dab in dabs.add(point)] + list(dabs.finish()):
        box, profile = stamp(dab, brush.hardness)
        here = wide[box.move(2000, 2000).slices]
        rise = np.maximum(profile - here, 0)
        here += rise if dab.flow == 1 else np.rint(rise * np.float32(dab.flow))
    return wide[2000:-2000, 2000:-2000]


@settings(max_examples=40)
@given(
    st.lists(points, min_size=1, max_size=6),
    st.builds(
        Brush,
        size=st.sampled_from([90, 300, 520, 1500]),
        hardness=st.sampled_from([0.0, 0.5, 1.0]),
        flow=st.sampled_from([0.3, 1.0]),
        pressure_size=st.booleans(),
        pressure_flow=st.booleans(),
    ),
)
def test_tiles_that_a_large_dab_spares_would_not_have_changed(path, brush):
    stroke = Stroke(Document(SIZE), brush)
    for point in path:  # one by one, as they come from the pen
        stroke.extend([point])
    stroke.finish()
    mask = pixels_of(stroke.document.selection)[..., 0]
    wanted = plain_coverage(brush, path) * 255 / MAX_COVERAGE
    assert np.abs(mask - wanted).max() <= 0.51


def test_a_large_brush_looks_only_at_what_it_changes():
    size = Size(4000, 3000)
    for hardness, most in ((1.0, 0.35), (0.0, 0.65)):
        stroke = Stroke(Document(size), Brush(1500, hardness))
        stroke.extend([StrokePoint(1000, 1500), StrokePoint(1400, 1500)])
        before = dict(stroke.document.selection.tiles())
        stroke.extend([StrokePoint(1700, 1500)])  # one dab or two
        after = dict(stroke.document.selection.tiles())
        changed = sum(before.get(cell) is not tile for cell, tile in after.items())
        assert 0 < changed < most * len(after)
        looked = stroke._coverage.keys() - stroke._full_cells
        assert (len(looked) < len(after)) == (hardness == 1.0)


def test_a_hard_dab_is_a_disc():
    pixels = drawn(an_edit(paint_stroke, Brush(60, hardness=1), line((200.5, 150.5))))
    y, x = np.mgrid[0:300, 0:400]
    distance = np.hypot(x - 200, y - 150)
    assert (pixels[distance <= 29.4] == 255).all()
    assert (pixels[distance >= 30.6] == 0).all()
    assert pixels.sum() / 255 == pytest.approx(np.pi * 30**2, rel=0.005)


def test_a_soft_dab_falls_from_the_centre_to_the_rim():
    pixels = drawn(an_edit(paint_stroke, Brush(100, hardness=0), line((200.5, 150.5))))
    profile = pixels[150, 200:252].astype(int)
    assert profile[0] >= 254
    assert (np.diff(profile) <= 0).all()
    assert abs(profile[25] - 127) <= 4
    assert profile[51] == 0


def test_the_smallest_brush_paints_single_pixels():
    pixels = drawn(an_edit(paint_stroke, Brush(1, hardness=1), line((10.5, 10.5))))
    assert pixels[10, 10] > 200
    assert np.count_nonzero(pixels > 60) == 1


def test_a_line_has_no_gaps_and_is_as_wide_as_the_brush():
    pixels = drawn(an_edit(paint_stroke, Brush(20, hardness=1), line((50, 100), (350, 100))))
    assert (pixels[92:108, 50:350] == 255).all()
    assert not pixels[:89].any()
    assert not pixels[111:].any()
    assert not pixels[:, 361:].any()


def test_opacity_limits_a_stroke_that_passes_twice():
    there_and_back = line((50, 100), (350, 100), (50, 100), (350, 100))
    pixels = drawn(an_edit(paint_stroke, Brush(30, opacity=0.4), there_and_back))
    assert pixels.max() == round(0.4 * 255)
    twice = an_edit(paint_stroke, Brush(30, opacity=0.4), there_and_back)
    again = drawn(twice, twice(Document(SIZE)))
    assert int(again.max()) in (162, 163, 164)


def test_flow_builds_up_towards_the_profile_and_not_beyond():
    one = drawn(an_edit(paint_stroke, Brush(100, hardness=0, flow=0.3), line((200.5, 150.5))))
    full = drawn(an_edit(paint_stroke, Brush(100, hardness=0), line((200.5, 150.5))))
    assert int(one.max()) in (76, 77)
    assert full.max() == 255
    slow = line(*[(200.5 + i, 150.5) for i in range(10)])
    built = drawn(an_edit(paint_stroke, Brush(100, hardness=0, flow=0.3, spacing=0.01), slow))
    limit = drawn(an_edit(paint_stroke, Brush(100, hardness=0, spacing=0.01), slow))
    assert built.max() > 200
    assert (built <= limit.astype(int) + 1).all()


def test_pressure_scales_size_and_flow():
    press = (StrokePoint(200.5, 150.5, 0.5),)
    small = drawn(an_edit(paint_stroke, Brush(60, hardness=1, pressure_size=True), press))
    assert small.sum() / 255 == pytest.approx(np.pi * 15**2, rel=0.01)
    faint = drawn(an_edit(paint_stroke, Brush(60, hardness=1, pressure_flow=True), press))
    assert int(faint.max()) in (127, 128)


def test_an_eraser_takes_back_what_the_same_brush_painted():
    path = line((50, 100), (350, 200), (120, 250))
    painted = paint_stroke(Document(SIZE), Brush(40, hardness=1), path)
    erased = paint_stroke(painted, Brush(44, hardness=1), path, erase=True)
    assert erased.selection == Raster.empty(SIZE, 1)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_painting_pixels_is_source_over(dtype):
    before = document(dtype)
    top = np.iinfo(dtype).max
    after = paint_stroke(
        before, Brush(80, hardness=1, opacity=0.5), line((200.5, 150.5)), PIXELS, color=(1, 0, 0.5)
    )
    old, new = (pixels_of(d.layer("photo").raster)[150, 200] for d in (before, after))
    expected = np.array([*(old[:3] * 0.5 + np.array([1, 0, 0.5]) * top * 0.5), top])
    assert np.abs(new - expected).max() <= 1
    assert after.layer("b") is before.layer("b")


def test_painting_on_nothing_gives_the_color_itself():
    empty = Document(SIZE, layers=(Layer("photo", raster=Raster.empty(SIZE, 4), id="photo"),))
    after = paint_stroke(
        empty, Brush(80, hardness=0, opacity=0.7), line((200, 150)), PIXELS, color=(0.2, 0.4, 0.6)
    )
    pixels = pixels_of(after.layer("photo").raster)
    assert (pixels[pixels[..., 3] > 0][:, :3] == (51, 102, 153)).all()
    assert pixels[..., 3].max() == round(0.7 * 255)


def test_erasing_pixels_lowers_alpha_and_keeps_the_color():
    before = document()
    after = paint_stroke(before, Brush(300, hardness=0.5), line((200, 150)), PIXELS, erase=True)
    old, new = (pixels_of(d.layer("photo").raster) for d in (before, after))
    assert new[150, 200, 3] == 0
    assert np.array_equal(new[..., :3], old[..., :3])


def test_a_16_bit_layer_mask_is_painted_in_16_bits():
    before = document(np.uint16)
    after = paint_stroke(before, Brush(80, hardness=0), line((200, 150)), LAYER_MASK)
    pixels = pixels_of(after.layer("b").mask)
    assert pixels[150, 200] > 65000
    assert (pixels >= pixels_of(before.layer("b").mask)).all()


def test_covered_tiles_are_one_shared_tile():
    size = Size(1000, 1000)
    after = paint_stroke(Document(size), Brush(900, hardness=1), line((500, 500)))
    inner = {after.selection.tile((row, column)).id for row in (2, 3, 4) for column in (2, 3, 4)}
    assert len(inner) == 1
    cleared = paint_stroke(after, Brush(904, hardness=1), line((500, 500)), erase=True)
    assert cleared.selection == Raster.empty(size, 1)


def test_a_stroke_touches_only_its_tiles():
    size = Size(20_000, 20_000)
    before = Document(size)
    stroke = Stroke(before, Brush(40))
    assert stroke.extend(line((10_000, 10_000))).area <= 4 * 128 * 128
    stroke.finish()
    assert len(stroke.document.selection.changed_cells(before.selection)) <= 4
    assert before.selection == Raster.empty(size, 1)


def test_targets_that_are_not_there():
    with pytest.raises(KeyError):
        Stroke(document(), Brush(), Target("pixels", "nobody"))
    with pytest.raises(ValueError, match="no layer mask"):
        Stroke(document(), Brush(), Target("layer mask", "photo"))
    group = Document(SIZE, layers=(Layer("g", id="g"),))
    with pytest.raises(ValueError, match="no pixels"):
        Stroke(group, Brush(), Target("pixels", "g"))


@pytest.mark.parametrize(
    "fields",
    [{"size": 0.5}, {"hardness": 1.1}, {"opacity": -0.1}, {"flow": 2}, {"spacing": 0}],
)
def test_brushes_out_of_range(fields):
    with pytest.raises(ValueError, match=r"in|wide"):
        Brush(**fields)


def test_dabs_lie_their_spacing_apart():
    path = DabPath(Brush(20, spacing=0.25))
    dabs = list(path.add(StrokePoint(0, 0)))
    for x in range(10, 110, 10):
        dabs += path.add(StrokePoint(x, 0))
    dabs += path.finish()
    assert [dab.x for dab in dabs] == pytest.approx(np.arange(0, 101, 5))
    assert list(path.finish()) == []


def test_a_fast_curve_has_no_corner():
    path = DabPath(Brush(4, spacing=0.25))
    dabs = [dab for p in line((0, 0), (100, 0), (100, 100)) for dab in path.add(p)]
    dabs += path.finish()
    steps = np.diff([(dab.x, dab.y) for dab in dabs], axis=0)
    turns = np.abs(np.diff(np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))))
    assert np.degrees(turns.max()) < 10


def test_a_large_dab_has_its_exact_size():
    size = Size(1700, 1700)
    pixels = drawn(
        an_edit(paint_stroke, Brush(1500, hardness=1), line((850.5, 850.5))), Document(size)
    )
    assert pixels.sum(dtype=np.int64) / 255 == pytest.approx(np.pi * 750**2, rel=1e-4)
    assert np.array_equal(pixels[100:1601, 100:1601], pixels[100:1601, 100:1601].T)


def test_a_stamp_lies_around_its_centre():
    box, profile = stamp(Dab(100.5, 50.5, 10, 1), 1.0)
    assert profile.max() == MAX_COVERAGE
    assert np.array_equal(profile, profile[::-1, ::-1])
    assert (box.x + box.right, box.y + box.bottom) == (201, 101)
