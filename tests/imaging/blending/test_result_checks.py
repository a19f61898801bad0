"""The untouched-pixel proof counts, and sees everything."""

from __future__ import annotations

import numpy as np
import pytest

from glide_studio.imaging.blending import result_checks
from glide_studio.imaging.blending.result_checks import (
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


def test_unequal_kinds_are_refused():
    picture, mask = np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.uint8)
    for other in (picture[:3], picture.astype(np.uint16), np.zeros((4, 4, 4), np.uint8)):
        with pytest.raises(ValueError, match="equal kinds"):
            check_unchanged(picture, other, mask)
    with pytest.raises(ValueError, match="equal kinds"):
        check_unchanged(picture, picture, mask[:3])


def test_a_seam_is_measured_in_strips_as_in_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    picture, mask = scene(texture=0.05), disc()
    picture[mask > 0] += 0.04
    whole = measure_seam(picture, mask)
    monkeypatch.setattr(result_checks, "STRIP_ROWS", 7)
    strips = measure_seam(picture, mask)
    assert whole.length == strips.length > 100
    assert whole.median > 1
    assert (strips.median, strips.percentile95) == pytest.approx(
        (whole.median, whole.percentile95), rel=1e-4
    )
