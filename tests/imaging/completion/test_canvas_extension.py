"""Extending a canvas: what the margins are filled from, and that nothing is doubled."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from glide_studio.errors import GlideError
from glide_studio.imaging.completion import canvas_margins
from glide_studio.imaging.completion.canvas_extension import Margins, expand, margins_for_aspect
from glide_studio.imaging.completion.canvas_margins import (
    like_the_border,
    margins_around,
    source_rows,
)
from glide_studio.imaging.completion.complete import complete
from glide_studio.imaging.completion.field import new_field
from glide_studio.imaging.completion.pyramid import Level, halve, served_rows
from glide_studio.imaging.geometry import Box, Size


def extend(image: np.ndarray, margins: Margins, **options: Any) -> np.ndarray:
    """The whole picture with the filled margins."""
    return expand(image, margins, **options).paste(margins.pad(image))


def ground(height: int = 140, width: int = 160) -> np.ndarray:
    """Green, textured ground."""
    rng = np.random.default_rng(8)
    noise = rng.integers(-15, 16, (height, width, 1))
    return np.clip(np.array([60, 120, 50]) + noise, 0, 255).astype(np.uint8)


def with_disc(x: int, y: int, radius: int = 20) -> np.ndarray:
    image = ground()
    ys, xs = np.mgrid[: image.shape[0], : image.shape[1]]
    image[np.hypot(ys - y, xs - x) <= radius] = (220, 40, 40)
    return image


def is_red(image: np.ndarray) -> np.ndarray:
    return image[..., 0].astype(int) - image[..., 1] > 60


@pytest.mark.parametrize("gap", [6, 16])
@pytest.mark.parametrize(
    ("side", "x", "y"), [("left", 0, None), ("right", 159, None), ("top", None, 0)]
)
def test_a_large_object_near_the_border_is_not_doubled(
    side: str, x: int | None, y: int | None, gap: int
) -> None:
    away = 20 + gap
    image = with_disc(80 if x is None else abs(x - away), 70 if y is None else away)
    larger = extend(image, Margins(**{side: 90}))
    assert is_red(larger).sum() <= 1.02 * is_red(image).sum()


def test_a_horizon_goes_on_at_its_height() -> None:
    image = ground()
    image[:60] = (90, 140, 220)
    image[:60] += np.random.default_rng(1).integers(0, 8, (60, 160, 1)).astype(np.uint8)
    margin = extend(image, Margins(right=80))[:, 160:].astype(int)
    is_sky = margin[..., 2] > margin[..., 1]
    assert is_sky[:52].all()
    assert not is_sky[68:].any()


def test_above_the_sky_is_sky_and_below_the_sand_is_sand() -> None:
    image = np.zeros((120, 150, 3), np.uint8)
    noise = np.random.default_rng(2).integers(0, 10, (120, 150, 1))
    for rows, color in ((slice(0, 30), (200, 215, 220)), (slice(30, 70), (20, 80, 120))):
        image[rows] = color
    image[70:] = (230, 180, 90)
    image = (image + noise).astype(np.uint8)
    larger = extend(image, Margins(top=70, bottom=70)).astype(int)
    assert larger[:70, :, 0].min() > 180
    assert (larger[190:, :, 0] - larger[190:, :, 2]).min() > 100


def test_the_photograph_itself_stays_and_a_seed_gives_the_same_margins() -> None:
    image = with_disc(70, 60)
    margins = Margins(10, 20, 30, 40)
    first, second = (extend(image, margins, seed=3) for _ in range(2))
    assert first.shape == (200, 200, 3)
    assert np.array_equal(first[20:160, 10:170], image)
    assert np.array_equal(first, second)


def test_a_chosen_source_area_is_taken_as_it_is() -> None:
    image = np.pad(with_disc(80, 70), ((0, 0), (0, 60), (0, 0)))
    hole = np.zeros(image.shape[:2], np.bool_)
    hole[:, 160:] = True
    source = np.zeros_like(hole)
    source[55:85, 65:95] = True  # within the disc
    filled = complete(image, hole, source=source).paste(image)
    assert is_red(filled[:, 165:]).all()


def test_margins_are_taken_from_a_chosen_area_and_never_from_an_avoided_one() -> None:
    image = with_disc(80, 70)
    disc = is_red(image)
    chosen = np.zeros(image.shape[:2], np.bool_)
    chosen[55:85, 65:95] = True  # within the disc, which the rules keep out
    margin = np.s_[:, 165:]  # beyond the seam with the ground
    assert not is_red(extend(image, Margins(right=60)))[margin].any()
    assert is_red(extend(image, Margins(right=60), source=chosen))[margin].all()
    blue = image.copy()
    blue[:, 100:] = blue[:, 100:, ::-1] + np.array([0, 0, 90], np.uint8)
    right = np.zeros_like(disc)
    right[:, 100:] = True
    margin = np.s_[:, 170:]
    assert extend(blue, Margins(right=60))[margin].astype(int)[..., 2].mean() > 120
    assert extend(blue, Margins(right=60), avoid=right)[margin].astype(int)[..., 2].mean() < 80
    with pytest.raises(GlideError, match="Nothing is left to take from"):
        extend(image, Margins(right=60), avoid=np.ones_like(disc))


def test_only_a_hole_around_a_box_is_a_margin() -> None:
    hole = np.ones((40, 50), np.bool_)
    hole[5:30, 10:45] = False
    assert margins_around(hole) == Box(10, 5, 35, 25)
    hole[12, 20] = True
    assert margins_around(hole) is None
    assert margins_around(np.zeros((4, 4), np.bool_)) is None
    assert margins_around(np.ones((4, 4), np.bool_)) is None


def test_rows_beside_a_margin_are_its_own_and_those_above_reach_a_depth() -> None:
    rows = source_rows(Box(0, 100, 50, 200), 300)
    assert rows.shape == (300, 2)
    assert rows[0].tolist() == [100, 200]
    assert rows[150].tolist() == [142, 158]
    assert rows[103].tolist() == [100, 111]


def test_a_margin_takes_from_the_ground_near_it_and_from_no_object_inside() -> None:
    image = np.pad(with_disc(80, 70), ((0, 0), (0, 60), (0, 0)))
    known = Box(0, 0, 160, 140)
    source = np.ones(image.shape[:2], np.bool_)
    like = like_the_border(image, source, known, Box(160, 0, 60, 140))
    assert not like[55:85, 65:95].any()
    assert not like[:, :40].any()
    assert like[:, 130:160].mean() > 0.9
    both = like_the_border(image, source, known, Box(-60, 0, 280, 140))
    assert not both[55:85, 65:95].any()
    assert both[:, :40].mean() > 0.9


def test_a_row_that_is_an_object_near_the_margin_is_taken_from_farther_away() -> None:
    image = np.pad(with_disc(112, 70, 36), ((0, 0), (0, 60), (0, 0)))
    source = np.ones(image.shape[:2], np.bool_)
    like = like_the_border(image, source, Box(0, 0, 160, 140), Box(160, 0, 60, 140))
    assert not is_red(image)[like].any()
    assert like[60:80, :60].mean() > 0.9


def test_levels_end_where_rows_would_have_nothing_to_take_from() -> None:
    source = np.zeros((40, 60), np.bool_)
    source[:20, :40] = True
    rows = source_rows(Box(0, 0, 40, 40), 40)
    level = Level(np.zeros((40, 60, 3), np.float32), ~source, source, rows=rows)
    assert 0.4 < served_rows(level, 2) < 0.65
    level.rows = None
    assert served_rows(level, 2) == 1


def test_matches_are_drawn_from_allowed_rows_or_the_nearest_that_have_any() -> None:
    image = ground().astype(np.float32)
    hole = np.zeros((140, 160), np.bool_)
    hole[:, 120:] = True
    source = ~hole
    source[60:100] = False
    rows = source_rows(Box(0, 0, 120, 140), 140)
    level = halve(Level(image, hole, source, rows=rows))
    field = new_field(level, 2, np.random.default_rng(0))
    y = np.arange(field.target.shape[0])[:, None] + field.origin[0]
    far = np.abs(field.ny - y)[field.target]
    assert far.max() <= 14
    assert level.source[field.ny[field.target], field.nx[field.target]].all()


def test_an_aspect_ratio_is_met_to_the_nearest_pixel() -> None:
    assert margins_for_aspect(Size(100, 80), 16, 9) == Margins(21, 0, 21, 0)
    assert margins_for_aspect(Size(512, 512), 16, 9) == Margins(199, 0, 199, 0)
    assert margins_for_aspect(Size(683, 512), 16, 9) == Margins(113, 0, 114, 0)
    assert margins_for_aspect(Size(911, 512), 16, 9) == Margins(0, 0, 0, 0), "as near as can be"
    assert margins_for_aspect(Size(100, 80), 1, 1) == Margins(0, 10, 0, 10)


def test_margins_thinner_than_an_object_have_no_rules() -> None:
    hole = np.ones((60, 70), np.bool_)
    hole[8:52, 8:62] = False
    assert margins_around(hole) is None
    hole[:, 61] = True
    assert margins_around(hole) == Box(8, 8, 53, 44)


def test_rows_reach_as_far_as_the_margin_is_high_and_a_quarter_at_least() -> None:
    rows = source_rows(Box(0, 30, 50, 200), 320)
    assert rows[0].tolist() == [30, 80]
    assert rows[319].tolist() == [139, 229], "90 pixels below, 90 rows of the picture"
    assert rows[130].tolist() == [122, 138], "4 % of the height above and below"
    low = source_rows(Box(0, 0, 50, 40), 40)
    assert low[20].tolist() == [16, 24], "four rows at least"


def unlike(patch: Box, color: tuple[int, int, int], margin: Box) -> np.ndarray:
    """What of a gray picture of 128 x 100 may be taken for a margin, with a patch on it."""
    image = np.full((100, 128, 3), 120, np.uint8)
    image[patch.slices] = color
    source = np.ones((100, 128), np.bool_)
    return like_the_border(image, source, Box(0, 0, 128, 100), margin)


def test_an_object_is_kept_out_with_two_pixels_around_it() -> None:
    above = Box(0, -40, 128, 40)
    like = unlike(Box(50, 60, 20, 15), (220, 30, 30), above)
    assert not like[60:75, 50:70].any()
    ys, xs = np.nonzero(~like)
    # blurred by a pixel it is a little larger, and then grown
    assert 2 <= 50 - xs.min() <= 6
    assert 2 <= xs.max() - 69 <= 6
    assert 2 <= 60 - ys.min() <= 6


def test_two_parts_near_each_other_are_one_object_and_specks_are_none() -> None:
    above, image = Box(0, -40, 128, 40), np.full((100, 128, 3), 120, np.uint8)
    known = Box(0, 0, 128, 100)
    source = np.ones((100, 128), np.bool_)
    image[50:80, 40:50] = image[50:80, 58:68] = (220, 30, 30)
    like = like_the_border(image, source, known, above)
    assert not like[58:72, 50:58].any()
    ring = np.full((100, 128, 3), 120, np.uint8)
    ring[40:80, 40:80] = (220, 30, 30)
    ring[52:68, 52:68] = 120  # an island of the ground within the object
    like = like_the_border(ring, source, known, above)
    assert not like[40:80, 40:80].any()
    line = np.zeros((40, 40), np.bool_)
    line[20, 5:35] = line[5:35, 8] = True
    assert not canvas_margins._whole_objects(line).any(), "lines of one pixel are no objects"


def test_a_margin_at_one_side_takes_from_the_nearer_two_fifths() -> None:
    image = np.full((100, 200, 3), 120, np.uint8)
    source, known = np.ones((100, 200), np.bool_), Box(0, 0, 200, 100)
    right = like_the_border(image, source, known, Box(200, 0, 60, 100))
    assert np.flatnonzero(right[50]).min() == pytest.approx(120, abs=2)
    left = like_the_border(image, source, known, Box(-60, 0, 60, 100))
    assert np.flatnonzero(left[50]).max() == pytest.approx(79, abs=2)
    wide = like_the_border(image, source, known, Box(-100, 0, 100, 100))
    assert np.flatnonzero(wide[50]).max() == pytest.approx(99, abs=2), "as far as it is wide"
    above = like_the_border(image, source, known, Box(0, -60, 200, 60))
    assert above.all()
    corner = like_the_border(image, source, known, Box(-60, -60, 260, 160))
    assert corner.all()


def test_in_rows_of_little_but_an_object_what_is_beside_the_margin_stays() -> None:
    objects = np.zeros((100, 100), np.bool_)
    objects[40:60] = True
    kept = canvas_margins._keep_in_rows(objects, False, True)
    assert not kept[46:54, 85:].any()
    assert kept[42:58, :85].all()
    assert not canvas_margins._keep_in_rows(objects, True, True)[46:54, :15].any()
    objects[:, :20] = False  # a fifth is left: enough
    assert np.array_equal(canvas_margins._keep_in_rows(objects, True, True), objects)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [(), (1,), (3,), (4,)])
def test_a_picture_is_compared_at_128_pixels_in_three_channels(
    dtype: type, channels: tuple[int, ...]
) -> None:
    image = np.full((300, 512, *channels), np.iinfo(dtype).max // 5, dtype)
    small = canvas_margins._reduce(image)
    assert small.shape == (75, 128, 3)
    assert small == pytest.approx(51, abs=0.01)
    assert canvas_margins._reduce(image[:50, :60]).shape == (50, 60, 3)


@pytest.mark.parametrize("margins", [Margins(), Margins(left=-1, right=5)])
def test_nothing_to_add_is_told(margins: Margins) -> None:
    with pytest.raises(GlideError, match="Nothing is to be added"):
        extend(ground(), margins)


def test_half_a_disc_goes_on_and_is_not_cut_along_the_border() -> None:
    image = with_disc(159, 70, radius=30)
    added = is_red(extend(image, Margins(right=60))[:, 160:])
    assert added[50:90].all()
    assert not added[:30].any()
    assert not added[110:].any()


def test_a_mirrored_result_ends_half_a_disc() -> None:
    image = with_disc(159, 70, radius=30)
    added = is_red(extend(image, Margins(right=60), number=3)[:, 160:])
    assert added[60:80, :15].all()
    assert not added[:, 40:].any()


@pytest.mark.parametrize("side", ["left", "right"])
def test_results_of_one_extension_differ(side: str) -> None:
    image = with_disc(80, 70)
    margins = Margins(**{side: 60})
    found = [expand(image, margins, number=number) for number in range(5)]
    assert [one.variant.value for one in found] == [
        "balanced", "structure", "texture", "mirrored", "balanced",
    ]  # fmt: skip
    assert len({one.pixels.tobytes() for one in found}) == 5


def test_above_and_below_nothing_is_mirrored() -> None:
    image = with_disc(80, 70)
    found = [expand(image, Margins(top=40, left=40), number=number) for number in range(3)]
    assert len({one.pixels.tobytes() for one in found}) == 3
    assert "mirrored" not in {one.variant.value for one in found}


def test_a_mirrored_result_works_beside_a_narrow_picture_and_for_every_kind_of_sample() -> None:
    for image in (
        np.full((40, 9, 3), 90, np.uint8),
        ground()[..., 0],
        ground().astype(np.uint16) * 257,
        np.dstack([ground(), np.full((140, 160), 255, np.uint8)]),
    ):
        larger = extend(image, Margins(30, 0, 30, 0), number=3)
        assert larger.dtype == image.dtype
        assert larger.shape == (image.shape[0], image.shape[1] + 60, *image.shape[2:])
        assert np.array_equal(larger[:, 30:-30], image)


def test_pictures_of_few_pixels_have_every_result() -> None:
    rng = np.random.default_rng(0)
    for width in range(1, 18):
        for height in (1, 2, 8):
            image = rng.integers(0, 256, (height, width, 3)).astype(np.uint8)
            for number in range(4):
                larger = extend(image, Margins(9, 0, 20, 0), number=number)
                assert np.array_equal(larger[:, 9:-20], image)
