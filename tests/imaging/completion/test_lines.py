"""Lines that a hole interrupts."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from glide_studio.imaging.completion import lines
from glide_studio.imaging.completion.boundaries import boundary_of, distances_to
from glide_studio.imaging.completion.canvas_extension import Margins, expand
from glide_studio.imaging.completion.complete import complete
from glide_studio.imaging.completion.completion_settings import Settings
from glide_studio.imaging.completion.expectation import NO_LOOKS
from glide_studio.imaging.completion.lines import GUIDE, Gap, guide_along, interrupted_lines
from glide_studio.imaging.completion.pyramid import Level
from glide_studio.imaging.completion.shift_map import Labels, join_copies

START, END = (0, 150), (240, 30)  # x, y of a slanted bar's ends
DIRECTION = np.array([-120, 240]) / np.hypot(120, 240)  # dy, dx


def slanted_bar(end: tuple[int, int] = END) -> np.ndarray:
    """uint8 [180, 240, 3]: a dark bar over a bright, grained ground."""
    rng = np.random.default_rng(8)
    image = np.full((180, 240, 3), 190, np.uint8)
    cv2.line(image, START, end, (40, 60, 90), 7, cv2.LINE_AA)
    return np.clip(image + rng.normal(0, 2, image.shape), 0, 255).astype(np.uint8)


def middle() -> np.ndarray:
    hole = np.zeros((180, 240), np.bool_)
    hole[50:130, 90:150] = True
    return hole


def gaps_of(image: np.ndarray) -> list:
    hole = middle()
    filled = image.astype(np.float32)
    filled[hole] = 0
    return interrupted_lines(Level(filled, hole, ~hole), 16)


def test_a_line_that_goes_on_beyond_the_hole_is_found() -> None:
    gaps = [gap for gap in gaps_of(slanted_bar()) if gap.goes_on]
    assert gaps
    for gap in gaps:
        assert abs(np.dot(gap.direction, DIRECTION)) > 0.998
        assert 55 < gap.width < 85


def test_a_line_that_ends_in_the_hole_does_not_go_on() -> None:
    x, y = (np.array(START) + np.array(END)) // 2
    gaps = gaps_of(slanted_bar((int(x), int(y))))
    assert gaps
    assert not any(gap.goes_on for gap in gaps)


def test_shifts_put_the_line_onto_itself() -> None:
    for gap in gaps_of(slanted_bar()):
        normal = np.array([-gap.direction[1], gap.direction[0]])
        assert np.abs(gap.shifts() @ normal).max() < 0.5
        assert (gap.shifts() @ np.array(gap.direction) < 0).all()


def test_the_guide_lies_on_the_line_and_at_right_angles_to_it() -> None:
    hole = middle()
    guide = guide_along(gaps_of(slanted_bar()), hole)
    ys, xs = np.nonzero(guide[..., 2])
    assert len(ys)
    assert hole[ys, xs].all()
    aside = np.abs((ys - START[1]) * DIRECTION[1] - (xs - START[0]) * DIRECTION[0])
    assert aside.max() < 8
    assert set(guide[ys, xs, 2]) == {GUIDE}
    assert np.abs(guide[ys, xs, :2] @ DIRECTION).max() < 0.06


@pytest.mark.parametrize("led", [True, False])
def test_copies_follow_a_line_that_no_start_follows(led: bool) -> None:
    image, hole = slanted_bar().astype(np.float32), middle()
    truth = image.copy()
    image[hole] = 0
    level = Level(image, hole, ~hole)
    ys, xs = np.mgrid[50:130, 90:150]
    ground = Labels((50, 90), np.full(ys.shape, 10, np.int32), (xs - 60).astype(np.int32))
    gaps = interrupted_lines(level, 16) if led else []
    none = np.zeros((0, 2), np.int32)
    found, _, _ = join_copies(level, [ground], none, gaps, None, NO_LOOKS, Settings(), lambda: None)
    wrong = np.abs(image[found.ly, found.lx] - truth[50:130, 90:150]).max(-1) > 60
    assert (wrong.mean() < 0.01) == led


def test_only_along_a_margin_a_line_leaves_the_picture() -> None:
    image = slanted_bar()
    hole = np.zeros(image.shape[:2], np.bool_)
    hole[:, 180:] = True
    filled = image.astype(np.float32)
    filled[hole] = 0
    rows = np.tile(np.array([0, 179], np.int32), (180, 1))
    margin = interrupted_lines(Level(filled, hole, ~hole, rows=rows), 16)
    assert margin
    assert all(gap.goes_on for gap in margin if gap.length > 40)
    assert any(gap.goes_on for gap in margin)
    assert not any(gap.goes_on for gap in interrupted_lines(Level(filled, hole, ~hole), 16))


def test_a_slanted_bar_is_continued_in_an_extended_canvas() -> None:
    image = slanted_bar()
    known, margins = image[:, :190], Margins(right=50)
    filled = expand(known, margins).paste(margins.pad(known))
    wrong = np.abs(filled.astype(int) - image).max(-1) > 60
    assert wrong[:, 190:].mean() < 0.02


def test_a_gap_keeps_its_direction_in_a_picture_of_another_size() -> None:
    gap = Gap((10, 20), (0.6, 0.8), 30, 40, False)
    assert gap.scale(2) == Gap((20, 40), (0.6, 0.8), 60, 80, False)


def bar_scene(thick: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """A dark horizontal bar, float32 [80, 160, 3], red above and blue below, and a hole over it."""
    image = np.full((80, 160, 3), 200, np.float32)
    image[:40], image[40:] = (220, 120, 120), (120, 120, 220)
    image[40 - thick // 2 : 40 + thick // 2] = 30
    hole = np.zeros((80, 160), np.bool_)
    hole[20:60, 70:110] = True
    image[hole] = 0
    return image, hole


def test_a_gap_begins_at_the_hole_and_is_as_wide_as_it() -> None:
    image, hole = bar_scene()
    gaps = interrupted_lines(Level(image, hole, ~hole), 16)
    both = [gap for gap in gaps if gap.goes_on]
    assert {gap.direction[1] > 0 for gap in both} == {True, False}
    for gap in both:
        assert abs(gap.direction[0]) < 0.02
        assert gap.end[0] == pytest.approx(40, abs=4)
        begin = 70 if gap.direction[1] > 0 else 110
        assert abs(gap.end[1] - begin) < 7
        far = gap.end[1] + gap.direction[1] * gap.width
        assert far == pytest.approx(180 - begin, abs=1.5)
        assert gap.length > 40
    assert interrupted_lines(Level(image, hole, ~hole), 1) == gaps[:1]


def test_a_gap_is_measured_from_the_end_of_its_segment_to_what_is_known_again() -> None:
    image, hole = bar_scene()
    segments = np.array(
        [[5.0, 40.0, 69.0, 40.0], [150.0, 40.0, 113.0, 40.0], [5.0, 40.0, 60.0, 40.0]]
    )
    found = lines._gaps(segments, image, hole, False)
    assert [(gap.end, gap.width) for gap in found] == [((40, 69), 41), ((40, 113), 44)]
    assert [gap.length for gap in found] == [64, 37]
    alone = lines._gaps(segments[:1], image, hole, True)
    assert not alone[0].goes_on, "it meets known pixels again"


@pytest.mark.parametrize(("by", "goes_on"), [(30, True), (60, False)])
def test_a_line_that_lies_aside_goes_on_in_its_own_colors_alone(by: float, goes_on: bool) -> None:
    """Up to 40 levels two segments may differ beside the hole."""
    image, hole = bar_scene()
    image[:37, 110:, 1] -= by
    segments = np.array([[5.0, 37.0, 69.0, 37.0], [150.0, 34.0, 112.0, 34.0]])
    image[33:37, 110:] = 30
    gaps = lines._gaps(segments, image, hole, False)
    assert [gap.goes_on for gap in gaps] == [goes_on, goes_on]


@pytest.mark.parametrize(
    ("near", "far", "goes_on"), [(60, 30, True), (60, 12, False), (40, 30, False)]
)
def test_a_horizon_goes_on_under_a_sky_that_darkens(near: int, far: int, goes_on: bool) -> None:
    """What lies straight on may have other colors if one side is 50 pixels long, the other 15."""
    hole = np.zeros((80, 200), np.bool_)
    hole[20:60, 70 : 200 - far] = True
    image = np.full((80, 200, 3), 220, np.float32)
    image[:40] = np.linspace(180, 60, 200, dtype=np.float32)[:, None]
    ends = np.array([[69.0 - near, 40.0, 69.0, 40.0], [199.0, 40.0, 200.0 - far, 40.0]])
    gaps = lines._gaps(ends, image, hole, False)
    assert [gap.goes_on for gap in gaps] == [goes_on, goes_on]
    assert any(gap.horizon for gap in gaps) == goes_on


@pytest.mark.parametrize(("down", "goes_on"), [(0, True), (3, True), (9, False)])
def test_a_line_goes_on_at_its_own_height_alone(down: int, goes_on: bool) -> None:
    """Beyond a gap of 40 pixels a line may lie aside by 2 pixels and by 5 degrees of half of it."""
    image, hole = bar_scene()
    image[:, 110:] = np.roll(image, down, 0)[:, 110:]
    gaps = interrupted_lines(Level(image, hole, ~hole), 16)
    assert gaps
    assert any(gap.goes_on for gap in gaps) == goes_on


def test_colors_are_looked_at_beside_a_segment_near_its_end() -> None:
    image = np.zeros((60, 80, 3), np.float32)
    image[:30], image[30:] = (200, 10, 20), (30, 40, 250)
    image[:, :30] = 99  # farther than is looked at from an end at column 50
    segment, direction = np.array([5.0, 29.5, 50.0, 29.5]), np.array([0.0, 1.0])
    found = lines._colors_beside(image, segment, direction)
    assert {tuple(side) for side in found.round(3).tolist()} == {(200, 10, 20), (30, 40, 250)}
    back = lines._colors_beside(image, np.array([75.0, 29.5, 40.0, 29.5]), -direction)
    assert np.array_equal(back[::-1], found)
    image[0] = 7
    corner = lines._colors_beside(image, np.array([79.0, 0.0, 60.0, 0.0]), -direction)
    assert {tuple(side) for side in corner.tolist()} == {(200, 10, 20), (7, 7, 7)}


@pytest.mark.parametrize(
    ("length", "width", "count"), [(60, 40, 1), (20, 40, 2), (15, 40, 3), (5, 40, 3)]
)
def test_a_short_segment_is_laid_end_to_end_three_times_at_most(
    length: float, width: float, count: int
) -> None:
    gap = Gap((30.0, 50.0), (0.0, 1.0), length, width, True)
    shifts = gap.shifts()
    assert len(shifts) == count
    assert not shifts[:, 0].any()
    for number, shift in enumerate(shifts, 1):
        reach = min(number * length, width + 4)
        assert reach <= -shift[1] <= reach + 6
    along = np.array([1, int(length) + 1, 2 * int(length) + 1, 500])
    chosen = gap.which_shift(np.full(4, 30), 50 + along)
    assert chosen.tolist() == [min(k, count - 1) for k in (0, 1, 2, 100)]


def test_a_guide_reaches_a_little_beyond_the_gap_and_two_pixels_aside() -> None:
    hole = np.ones((40, 100), np.bool_)
    hole[:, :20] = hole[:, 80:] = False
    across = Gap((20.0, 20.0), (0.0, 1.0), 50.0, 60.0, True)
    guide = guide_along([across], hole)
    rows, columns = np.nonzero(guide[..., 2])
    assert (rows.min(), rows.max()) == (18, 22)
    assert (columns.min(), columns.max()) == (20, 79)
    assert guide[20, 50].tolist() == [-1, 0, GUIDE]
    down = Gap((0.0, 50.0), (1.0, 0.0), 50.0, 20.0, True)
    both = guide_along([across, down], hole)
    assert both[10, 50].tolist() == [0, 1, GUIDE]
    assert both[20, 50].tolist() == [-1, 0, GUIDE], "the first of two that are as near"
    assert both[20, 48].tolist() == [-1, 0, GUIDE], "the nearer one"
    assert np.flatnonzero(both[:, 50, 1]).tolist() == [*range(20), 21, 22, 23]
    assert not guide_along([Gap((20.0, 20.0), (0.0, 1.0), 50.0, 60.0, False)], hole).any()


def coast() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A sky that darkens to the right over a bright sea, uint8 [160, 360, 3]; where is sea; a hole
    whose upper edge lies in the sky two pixels above the horizon."""
    rng = np.random.default_rng(3)
    across = np.linspace(1, 0, 360)[None, :, None]
    sky = np.array([60, 80, 110]) + across * np.array([90, 80, 60])
    below = np.repeat(np.arange(160)[:, None] >= 70, 360, 1)
    image = np.where(below[..., None], np.array([205, 200, 195]), sky)
    image = np.clip(image + rng.normal(0, 3, image.shape), 0, 255).astype(np.uint8)
    hole = np.zeros((160, 360), np.bool_)
    hole[68:110, 100:260] = True
    return image, below, hole


def test_a_horizon_at_the_edge_of_a_hole_stays_straight_at_every_level() -> None:
    image, _, hole = coast()
    for seed in range(2):
        filled = complete(image, hole, seed=seed).paste(image).astype(int)
        assert (np.abs(filled - image).max(-1)[hole] > 50).mean() < 0.02


def test_of_several_lines_the_long_one_between_two_colors_is_a_horizon() -> None:
    image, below, hole = coast()
    gaps = interrupted_lines(Level(image.astype(np.float32), hole, ~hole), 16)
    horizon = next(gap for gap in gaps if gap.horizon)
    sides = distances_to([boundary_of(horizon, 600)], (160, 360))[..., 0]
    assert (np.sign(sides) == np.where(below, 1, -1) * np.sign(sides[150, 120])).mean() > 0.98
