"""Lines that a hole interrupts."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from glide_studio.imaging.completion.canvas_extension import Margins, expand
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


@pytest.mark.parametrize("lines", [True, False])
def test_copies_follow_a_line_that_no_start_follows(lines: bool) -> None:
    image, hole = slanted_bar().astype(np.float32), middle()
    truth = image.copy()
    image[hole] = 0
    level = Level(image, hole, ~hole)
    ys, xs = np.mgrid[50:130, 90:150]
    ground = Labels((50, 90), np.full(ys.shape, 10, np.int32), (xs - 60).astype(np.int32))
    gaps = interrupted_lines(level, 16) if lines else []
    none = np.zeros((0, 2), np.int32)
    found, _, _ = join_copies(level, [ground], none, gaps, None, NO_LOOKS, Settings(), lambda: None)
    wrong = np.abs(image[found.ly, found.lx] - truth[50:130, 90:150]).max(-1) > 60
    assert (wrong.mean() < 0.01) == lines


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
    filled = expand(image[:, :190], Margins(right=50))
    wrong = np.abs(filled.astype(int) - image).max(-1) > 60
    assert wrong[:, 190:].mean() < 0.02


def test_a_gap_keeps_its_direction_in_a_picture_of_another_size() -> None:
    gap = Gap((10, 20), (0.6, 0.8), 30, 40, False)
    assert gap.scale(2) == Gap((20, 40), (0.6, 0.8), 60, 80, False)
