"""Objects with alpha are scaled into the mask, lit like the photo, and stand on a shadow."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glide_studio.imaging.blending.feather import alpha_over
from glide_studio.imaging.blending.object_placement import (
    PlacementOptions,
    contact_shadow,
    estimate_shadow_direction,
    place_object,
)
from glide_studio.imaging.filters import boundary_band, bounding_box

SIDE = 96


def disc(center: tuple[float, float] = (48, 48), radius: float = 14) -> np.ndarray:
    """[SIDE, SIDE, 4]: a red disc."""
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5
    alpha = np.clip(radius + 0.5 - np.hypot(x - center[0], y - center[1]), 0, 1)
    return np.dstack([np.full_like(alpha, 0.7), alpha * 0 + 0.2, alpha * 0 + 0.2, alpha]).astype(
        np.float32
    )


def photo(brightness: float = 0.45, tint: tuple[float, float, float] = (1, 1, 1)) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, 0.01, (SIDE, SIDE, 3))
    return np.clip(brightness * np.array(tint) + noise, 0, 1).astype(np.float32)


def square_mask(left: int = 20, top: int = 16, right: int = 76, bottom: int = 80) -> np.ndarray:
    mask = np.zeros((SIDE, SIDE), np.float32)
    mask[top:bottom, left:right] = 1
    return mask


@given(st.integers(4, 40), st.integers(4, 40), st.integers(8, 50), st.integers(8, 50))
def test_nothing_outside_of_the_mask_changes(left: int, top: int, width: int, height: int) -> None:
    mask = square_mask(left, top, left + width, top + height)
    scene = photo()
    color, alpha = place_object(scene, disc(), mask).flatten()
    assert not alpha[mask == 0].any()
    assert np.array_equal(alpha_over(scene, color, alpha)[mask == 0], scene[mask == 0])


def test_an_object_is_contained_and_stands_on_the_lower_edge() -> None:
    placed = place_object(photo(), disc(radius=6), square_mask())
    box = bounding_box(placed.alpha > 0.3)
    assert abs(box.x + box.width / 2 - 48) <= 1
    assert 72 <= box.y + box.height <= 80
    assert abs(box.width - 56 * 0.84) <= 4
    assert box.height <= 64


def test_cover_fills_the_box_and_keep_leaves_the_object_where_it_is() -> None:
    cover = place_object(photo(), disc(radius=6), square_mask(), PlacementOptions(fit="cover"))
    assert bounding_box(cover.alpha > 0.3).height >= 60
    keep = place_object(photo(), disc(radius=6), square_mask(), PlacementOptions(fit="keep"))
    assert bounding_box(keep.alpha > 0.5).width <= 13


def test_an_object_takes_over_the_light_of_the_photo() -> None:
    def mean(scene: np.ndarray, **switches: bool) -> np.ndarray:
        placed = place_object(scene, disc(), square_mask(), PlacementOptions(**switches))
        found: np.ndarray = placed.pixels[placed.alpha > 0.9].mean(axis=0)
        return found

    dark, bright = mean(photo(0.12)), mean(photo(0.8))
    assert bright.sum() > 1.2 * dark.sum()
    warm = mean(photo(0.45, (1.2, 1.0, 0.7)))
    cold = mean(photo(0.45, (0.7, 1.0, 1.2)))
    assert warm[0] / warm[2] > 1.2 * cold[0] / cold[2]
    off = {"exposure": False, "white_balance": False, "contrast": False, "grain": False}
    assert np.allclose(mean(photo(0.12), **off), mean(photo(0.8), **off), atol=0.02)


def test_a_shadow_lies_on_the_ground_and_falls_away_from_the_light() -> None:
    alpha = disc()[..., 3]
    straight = contact_shadow(alpha, 0)
    rows = np.flatnonzero(straight.max(axis=1) > 0.1)
    assert rows.min() > 48
    columns = np.arange(SIDE)
    right, left = contact_shadow(alpha, 1), contact_shadow(alpha, -1)
    assert (right * columns).sum() / right.sum() > (left * columns).sum() / left.sum() + 2
    scene = photo()
    scene[:, :48] += 0.2
    mask = square_mask()
    assert estimate_shadow_direction(scene, mask, boundary_band(mask, mask < 2, 48)) > 0.3


def test_without_a_shadow_only_the_object_is_drawn() -> None:
    placed = place_object(photo(), disc(), square_mask(), PlacementOptions(shadow=0))
    assert not placed.shadow.any()
    assert np.array_equal(placed.flatten()[1], placed.alpha)


def test_an_empty_drawing_changes_nothing() -> None:
    empty = np.zeros((SIDE, SIDE, 4), np.float32)
    assert not place_object(photo(), empty, square_mask()).flatten()[1].any()


@pytest.mark.parametrize("wrong", [{"fit": "stretch"}, {"shadow": 2.0}, {"shadow_direction": 3.0}])
def test_an_option_out_of_its_range_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"shadow|fit"):
        PlacementOptions(**wrong)  # type: ignore[arg-type]
