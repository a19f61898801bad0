"""The untouched-pixel proof counts, and sees everything."""

from __future__ import annotations

import numpy as np
import pytest

from glide_studio.imaging.blending import result_checks
from glide_studio.imaging.blending.result_checks import (
    SeamDifference,
    UnchangedReport,
    check_unchanged,
    measure_seam,
)
from tests.imaging.blending.scenes import disc, scene


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_equal_outside_holds_whatever_is_inside(dtype):
    before = np.random.default_rng(0).integers(0, 200, (9, 7, 4)).astype(dtype)
    mask = np.zeros((9, 7), np.uint8)
    mask[2:5, 3:6] = 1
    after = before.copy()
    after[mask > 0] += 3
    result = check_unchanged(before, after, mask)
    assert result == UnchangedReport(63 - 9, 0, 0.0)
    assert result.ok


@pytest.mark.parametrize("channel", [0, 3])
def test_one_pixel_by_one_step_is_seen(channel):
    before = np.full((9, 7, 4), 200, np.uint16)
    after = before.copy()
    after[8, 6, channel] -= 1
    after[0, 0] += 50
    mask = np.zeros((9, 7), np.float32)
    result = check_unchanged(before, after, mask)
    assert result == UnchangedReport(63, 2, 50.0)
    assert not result.ok
    mask[0, 0] = 1e-6
    assert check_unchanged(before, after, mask) == UnchangedReport(62, 1, 1.0)


def test_proofs_add_up():
    assert UnchangedReport(5, 1, 3.0) + UnchangedReport(7, 2, 1.0) == UnchangedReport(12, 3, 3.0)
    assert sum([UnchangedReport(1, 0, 0.0)] * 3, UnchangedReport()) == UnchangedReport(3, 0, 0.0)


def test_shaded_pixels_add_up_as_well():
    one, two = UnchangedReport(5, 0, 0.0, 3), UnchangedReport(6, 0, 0.0, 4)
    assert one + two == UnchangedReport(11, 0, 0.0, 7)


def test_a_seam_is_as_long_as_the_pixels_that_touch_the_outside():
    picture, mask = np.full((40, 50, 3), 0.5, np.float32), np.zeros((40, 50), np.float32)
    mask[10:30, 10:20] = mask[20:30, 10:40] = 0.3
    wanted = sum(
        mask[y, x] > 0 and min(mask[y - 1, x], mask[y + 1, x], mask[y, x - 1], mask[y, x + 1]) == 0
        for y in range(1, 39)
        for x in range(1, 49)
    )
    assert measure_seam(picture, mask).length == wanted == 95
    nothing = SeamDifference(0.0, 0.0, 0)
    assert measure_seam(picture, mask * 0) == measure_seam(picture, mask * 0 + 1) == nothing
    assert measure_seam(picture, mask, np.zeros((40, 50), np.bool_)) == nothing


def test_a_seam_beyond_which_all_is_unknown_on_one_side_is_measured_on_the_other():
    picture, mask = np.full((60, 60, 3), 0.5, np.float32), np.zeros((60, 60), np.float32)
    mask[20:40, 20:40] = 1
    picture[20:40, 20:40] = 0.55
    known = np.ones((60, 60), np.bool_)
    known[:, 40:] = False
    whole, part = measure_seam(picture, mask), measure_seam(picture, mask, known)
    assert (whole.length, part.length) == (76, 58)
    assert part.median == pytest.approx(whole.median, abs=0.05)


def test_unequal_kinds_are_refused():
    picture, mask = np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.uint8)
    for other in (picture[:3], picture.astype(np.uint16), np.zeros((4, 4, 4), np.uint8)):
        with pytest.raises(ValueError, match="equal kinds"):
            check_unchanged(picture, other, mask)
    with pytest.raises(ValueError, match="equal kinds"):
        check_unchanged(picture, picture, mask[:3])


def test_a_seam_is_measured_in_tiles_as_in_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    picture, mask = scene(texture=0.05), disc()
    picture[mask > 0] += 0.04
    whole = measure_seam(picture, mask)
    monkeypatch.setattr(result_checks, "TILE_SIDE", 7)
    tiles = measure_seam(picture, mask)
    assert whole.length == tiles.length > 100
    assert whole.median > 1
    assert (tiles.median, tiles.percentile95) == pytest.approx(
        (whole.median, whole.percentile95), rel=1e-4
    )
