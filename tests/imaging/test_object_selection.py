"""Objects selected by a box around them or by scribbles on them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from glide_studio.errors import GlideError
from glide_studio.imaging import object_selection
from glide_studio.imaging.filters import gaussian_blur
from glide_studio.imaging.geometry import Box
from glide_studio.imaging.object_selection import (
    distance_to,
    follow_edges,
    select_by_scribbles,
    select_in_box,
)

HEIGHT, WIDTH = 240, 320
ROWS, COLUMNS = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
BALL = np.hypot(COLUMNS - 170, ROWS - 120) < 50
SECOND = np.hypot(COLUMNS - 60, ROWS - 60) < 30
BOX = Box(108, 58, 124, 124)


def photo(dtype: type = np.uint8, *, second: bool = False) -> np.ndarray:
    """A red ball, with `second` two, before a textured green ground."""
    noise = np.random.default_rng(0).standard_normal((HEIGHT, WIDTH, 3)).astype(np.float32)
    image = gaussian_blur(noise, 1.0) * 0.06 + np.float32((0.25, 0.45, 0.2))
    image[BALL] += np.float32((0.5, -0.3, -0.05))
    if second:
        image[SECOND] += np.float32((0.5, -0.3, -0.05))
    image = gaussian_blur(image, 0.7)
    top = np.iinfo(dtype).max
    return np.rint(np.clip(image, 0, 1) * top).astype(dtype)


def overlap(mask: np.ndarray, wanted: np.ndarray) -> float:
    """Intersection over union."""
    chosen = mask >= 128
    return float((chosen & wanted).sum() / (chosen | wanted).sum())


def stroke(box: Box) -> np.ndarray:
    where = np.zeros((HEIGHT, WIDTH), np.bool_)
    where[box.slices] = True
    return where


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_box_selects_what_it_encloses(dtype):
    mask = select_in_box(photo(dtype), BOX)
    assert (mask.shape, mask.dtype) == ((HEIGHT, WIDTH), np.uint8)
    assert overlap(mask, BALL) > 0.96
    assert not mask[~stroke(BOX)].any()
    edge = (mask > 0) & (mask < 255)
    assert edge.any(), "the edge is soft"
    assert np.array_equal(mask, select_in_box(photo(dtype), BOX)), "and the same every time"


def test_a_large_image_is_selected_at_its_own_size():
    large = photo().repeat(4, axis=0).repeat(4, axis=1)
    mask = select_in_box(large, Box(BOX.x * 4, BOX.y * 4, BOX.width * 4, BOX.height * 4))
    assert overlap(mask, BALL.repeat(4, axis=0).repeat(4, axis=1)) > 0.95


def test_a_box_over_the_edge_of_the_image_is_cut():
    left = photo()[:, 150:]
    mask = select_in_box(left, Box(-60, 58, 150, 124))
    assert overlap(mask, BALL[:, 150:]) > 0.9


def test_scribbles_select_the_object_under_them_alone():
    nothing = np.zeros((HEIGHT, WIDTH), np.bool_)
    on_ball = stroke(Box(150, 115, 40, 8))
    beside = stroke(Box(10, 200, 300, 8))
    mask = select_by_scribbles(photo(second=True), on_ball, beside)
    assert overlap(mask, BALL) > 0.95
    assert not mask[SECOND].any(), "an object of the same color that no stroke touches"
    assert (mask[on_ball] == 255).all()
    assert not mask[beside].any()
    both = select_by_scribbles(photo(second=True), on_ball | stroke(Box(50, 55, 20, 8)), beside)
    assert overlap(both, BALL | SECOND) > 0.95
    alone = select_by_scribbles(photo(), on_ball, nothing)
    assert (alone[on_ball] == 255).all()


def test_what_cannot_be_selected_is_said():
    flat = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    nothing = np.zeros((HEIGHT, WIDTH), np.bool_)
    with pytest.raises(GlideError, match="outside of the picture"):
        select_in_box(photo(), Box(400, 10, 50, 50))
    with pytest.raises(GlideError, match="covers the whole picture"):
        select_in_box(photo(), Box(0, 0, WIDTH, HEIGHT))
    with pytest.raises(GlideError, match="no stroke on the object"):
        select_by_scribbles(photo(), nothing, nothing)
    with pytest.raises(GlideError, match="stands out"):
        select_in_box(flat, BOX)


def test_grains_of_the_ground_are_no_object() -> None:
    sand = np.random.default_rng(0).normal(180, 2, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    middle = BOX.y + BOX.height // 2, BOX.x + BOX.width // 2
    sand[middle[0] : middle[0] + 5, middle[1] : middle[1] + 5] = (40, 30, 20)
    with pytest.raises(GlideError, match="No object stands out there"):
        select_in_box(sand, BOX)
    closer = Box(middle[1] - 10, middle[0] - 10, 26, 26)
    assert select_in_box(sand, closer)[middle] == 255, "in a closer box the grain is one"


def test_specks_are_dropped_and_parts_without_a_stroke() -> None:
    inside = np.zeros((60, 80), np.bool_)
    inside[5:25, 5:25] = True  # 400 pixels
    inside[40:45, 10:18] = True  # a tenth of that
    inside[40:45, 30:37] = True  # less
    labels = np.full(inside.shape, cv2.GC_PR_FGD, np.uint8)
    kept = object_selection._without_specks(inside, labels)
    assert kept[:, :20][inside[:, :20]].all()
    assert not kept[:, 28:40].any()
    labels[42, 32] = cv2.GC_FGD
    kept = object_selection._without_specks(inside, labels)
    assert kept[40:45, 30:37].all()
    assert kept.sum() == 35
    whole = inside & (np.arange(80) > 28)
    assert np.array_equal(object_selection._without_specks(whole, labels * 0), whole)


def test_a_thin_stroke_marks_every_cell_that_it_crosses() -> None:
    marks = np.full((90, 120), cv2.GC_PR_BGD, np.uint8)
    marks[37, 10:110], marks[70:90] = cv2.GC_FGD, cv2.GC_BGD
    found = object_selection._reduced_labels(marks, (40, 30))
    assert (found[12, 4:36] == cv2.GC_FGD).all()
    assert (found[:12] == cv2.GC_PR_BGD).all()
    assert (found[24:] == cv2.GC_BGD).all()
    assert (found[23] == cv2.GC_BGD).all(), "of a stroke beside the object a part of a cell counts"
    box = np.full((90, 120), cv2.GC_BGD, np.uint8)
    box[31:61, 40:82] = cv2.GC_PR_FGD
    found = object_selection._reduced_labels(box, (40, 30))
    assert np.unique(np.nonzero(found == cv2.GC_PR_FGD)[0]).tolist() == list(range(11, 20))
    assert np.unique(np.nonzero(found == cv2.GC_PR_FGD)[1]).tolist() == list(range(14, 27))


@pytest.mark.parametrize("edge", [197, 200, 203])
def test_a_mask_of_coarse_cells_is_laid_along_the_edge_of_the_picture(edge: int) -> None:
    image = np.full((400, 400, 3), 60, np.uint8)
    image[:, edge:] = 200
    inside = np.zeros((100, 100), np.bool_)
    inside[:, 50:] = True  # from column 200 on
    found = follow_edges(image, inside)[100:300]
    assert (found[:, : edge - 8] == 0).all()
    assert (found[:, edge + 8 :] == 255).all()
    assert (found[:, edge - 2] < 64).all()
    assert (found[:, edge + 1] > 191).all()
    assert (np.diff(found.astype(int), axis=1) >= -3).all()


def test_rows_and_columns_are_treated_alike() -> None:
    rng = np.random.default_rng(3)
    image = rng.integers(0, 256, (90, 120, 3)).astype(np.uint8)
    inside = gaussian_blur(rng.random((30, 40)).astype(np.float32), 3) > 0.5
    found = follow_edges(image, inside)
    turned = follow_edges(np.ascontiguousarray(image.transpose(1, 0, 2)), inside.T.copy())
    assert np.abs(found.astype(int) - turned.T).max() <= 1


def test_faint_texture_does_not_move_the_edge() -> None:
    """Steps of one level, far below the filter's limit, on both sides of the mask's edge."""
    image = np.full((100, 100, 3), 90, np.uint8)
    image[:, ::2] += 1
    inside = np.zeros((100, 100), np.bool_)
    inside[:, 50:] = True
    found = follow_edges(image, inside)
    assert (found[:, :44] == 0).all()
    assert (found[:, 56:] == 255).all()
    assert found[50, 49] < 128 <= found[50, 50]
    assert found[50, 49] + int(found[50, 50]) == pytest.approx(255, abs=6)


def test_distances_to_the_edge_grow_on_both_sides_of_it() -> None:
    inside = np.zeros((20, 30), np.bool_)
    inside[:, 10:] = True
    found = object_selection._distance_to_edge(inside)[10]
    assert found[8:13].round(1).tolist() == pytest.approx([1.9, 1.0, 1.0, 1.9, 2.9], abs=0.15)
    assert distance_to(inside)[10, 5:12].tolist() == [5, 4, 3, 2, 1, 0, 0]


@pytest.mark.parametrize("side", [np.s_[:], np.s_[:, ::-1], np.s_[::-1], np.s_[::-1, ::-1]])
def test_an_object_in_a_corner_is_selected_to_the_border(side):
    image = np.full((HEIGHT, WIDTH, 3), (40, 150, 60), np.uint8)
    image += np.random.default_rng(0).integers(0, 12, image.shape, np.uint8)
    inside = np.zeros((HEIGHT, WIDTH), np.bool_)
    inside[:70, :90] = True
    image[inside] = (200, 40, 40)
    on_it = np.zeros_like(inside)
    on_it[20:30, 10:80] = True
    beside = np.zeros_like(inside)
    beside[150:160, 20:-20] = True
    turned = [np.ascontiguousarray(one[side]) for one in (image, on_it, beside, inside)]
    mask = select_by_scribbles(*turned[:3])
    assert overlap(mask, turned[3]) > 0.97
    found = np.ascontiguousarray(mask[side])
    assert min(found[0, 0], found[0, 80], found[60, 0]) > 240
