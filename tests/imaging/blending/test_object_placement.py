"""Objects with alpha are scaled into the mask, lit like the photo, and stand on a shadow."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glide_studio.imaging.blending import object_placement
from glide_studio.imaging.blending.object_placement import (
    PlacementOptions,
    clean_rim,
    estimate_shadow_direction,
    ground_shadow,
    match_softness,
    place_object,
)
from glide_studio.imaging.filters import boundary_band, bounding_box, gaussian_blur

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
    placed = place_object(scene, disc(), mask)
    assert not placed.flatten()[1][mask[placed.box.slices] == 0].any()
    assert np.array_equal(placed.over(scene)[mask == 0], scene[mask == 0])
    assert not np.array_equal(placed.over(scene), scene)


@pytest.mark.parametrize(
    "options",
    [
        PlacementOptions(grain=False, shadow_direction=0.7),
        PlacementOptions(grain=False, fit="cover", align="center"),
        PlacementOptions(grain=False, fit="keep", shadow_direction=-0.7),
    ],
)
def test_what_lies_far_from_mask_and_object_makes_no_difference(options: PlacementOptions) -> None:
    """Only a part of a large photo is worked on; the result is that of working on all of it."""
    side, rng = 640, np.random.default_rng(4)
    scene = gaussian_blur(rng.random((side, side, 3)).astype(np.float32), 1.0)
    mask = np.zeros((side, side), np.float32)
    mask[250:370, 270:350] = 1
    y, x = np.mgrid[:side, :side] + 0.5
    alpha = np.clip(60.5 - np.hypot(x - 300, y - 330), 0, 1)
    drawn = np.dstack([scene * (0.9, 0.3, 0.2), alpha]).astype(np.float32)
    part = place_object(scene, drawn, mask, options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(object_placement, "MIN_REACH_PX", side)
        whole = place_object(scene, drawn, mask, options)
    assert part.box.area < 0.5 * whole.box.area == 0.5 * side**2
    inner = part.box.slices
    for name in ("pixels", "alpha", "shadow"):
        seen = part.alpha + part.shadow > 0
        np.testing.assert_allclose(
            getattr(part, name)[seen], getattr(whole, name)[inner][seen], atol=1e-3
        )
    difference = part.over(scene) - whole.over(scene)
    assert np.abs(difference).max() < 0.5 / 255
    assert np.array_equal(part.over(scene)[mask == 0], scene[mask == 0])


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


def mean_color(scene: np.ndarray, drawn: np.ndarray | None = None, **switches: bool) -> np.ndarray:
    """The color of a placed disc; nothing is done to it but what is switched on."""
    off = dict.fromkeys(("exposure", "white_balance", "contrast", "sharpness", "grain"), False)
    options = PlacementOptions(**{**off, **switches})
    placed = place_object(scene, disc() if drawn is None else drawn, square_mask(), options)
    found: np.ndarray = placed.pixels[placed.alpha > 0.9].mean(axis=0)
    return found


def painted(color: tuple[float, float, float]) -> np.ndarray:
    drawn = disc()
    drawn[..., :3] = color
    return drawn


def test_light_that_suits_the_photo_is_left_alone() -> None:
    own = np.array([0.7, 0.2, 0.2])
    np.testing.assert_allclose(mean_color(photo(0.8), exposure=True), own, atol=0.01)
    np.testing.assert_allclose(mean_color(photo(0.45), exposure=False), own, atol=0.01)


def test_an_object_is_never_much_darker_or_brighter_than_the_scene_suggests() -> None:
    dark = painted((0.25, 0.02, 0.03))
    lit = mean_color(photo(0.9), dark, exposure=True)
    assert lit[0] > 1.3 * 0.25
    assert lit[0] / lit[1] > 4  # as red as before
    night = mean_color(photo(0.25), painted((0.95, 0.9, 0.9)), exposure=True)
    assert night.max() < 0.7
    assert mean_color(photo(0.25), painted((0.95, 0.9, 0.9))).max() > 0.9


def test_light_is_taken_over_from_amber_to_blue_but_not_the_green_of_grass() -> None:
    gray = painted((0.5, 0.5, 0.5))
    warm = mean_color(photo(0.45, (1.2, 1.0, 0.7)), gray, white_balance=True)
    cold = mean_color(photo(0.45, (0.7, 1.0, 1.2)), gray, white_balance=True)
    assert warm[0] > 1.1 * warm[2]
    assert cold[2] > 1.1 * cold[0]
    grass = mean_color(photo(0.45, (0.7, 1.3, 0.7)), gray, white_balance=True)
    np.testing.assert_allclose(grass, 0.5, atol=0.02)


def test_a_rim_that_has_taken_on_another_color_takes_the_inner_one() -> None:
    drawn = disc(radius=30)
    alpha = drawn[..., 3]
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5
    rim = np.hypot(x - 48, y - 48) > 28.8
    drawn[rim, :3] = 1.0
    cleaned = clean_rim(drawn[..., :3], alpha)
    assert cleaned[rim & (alpha > 0.5)].mean(axis=0)[2] < 0.45
    inside = np.hypot(x - 48, y - 48) < 24
    assert np.array_equal(cleaned[inside], drawn[inside][:, :3])


def test_contrast_keeps_the_hue() -> None:
    striped = disc()
    striped[::4, :, :3] *= 0.6
    scene = photo()
    scene[::2] *= 0.3
    placed = place_object(scene, striped, square_mask(), PlacementOptions(fit="keep"))
    solid = placed.pixels[placed.alpha > 0.9]
    assert solid.std(axis=0)[0] > 0.05
    ratio = solid[:, 0] / solid[:, 1]
    assert np.percentile(ratio, 90) < 2 * np.percentile(ratio, 10)


def test_an_object_is_softened_beside_what_is_out_of_focus_and_never_sharpened() -> None:
    rng = np.random.default_rng(3)
    sharp = rng.random((SIDE, SIDE, 3)).astype(np.float32)
    soft = gaussian_blur(sharp, 2.0)
    alpha = disc(radius=30)[..., 3]
    band = np.ones((SIDE, SIDE), bool)
    blurred, edge = match_softness(sharp, alpha, soft, band)
    assert np.abs(np.diff(blurred, axis=0)).mean() < 0.6 * np.abs(np.diff(sharp, axis=0)).mean()
    assert not np.array_equal(edge, alpha)
    same, edge = match_softness(soft, alpha, sharp, band)
    assert np.array_equal(same, soft)
    assert np.array_equal(edge, alpha)


def test_a_shadow_lies_on_the_ground_and_falls_away_from_the_light() -> None:
    alpha = disc()[..., 3]
    straight = ground_shadow(alpha, 0)
    rows = np.flatnonzero(straight.max(axis=1) > 0.1)
    assert rows.min() > 48
    assert rows.max() >= 62  # it shows below the object's lower edge
    columns = np.arange(SIDE)
    right, left = ground_shadow(alpha, 1), ground_shadow(alpha, -1)
    assert (right * columns).sum() / right.sum() > (left * columns).sum() / left.sum() + 2
    scene = photo()
    scene[:, :48] += 0.2
    mask = square_mask()
    band = boundary_band(mask, mask < 2, 48)
    assert estimate_shadow_direction(scene, mask, band) > 0.3
    assert estimate_shadow_direction(scene[:, ::-1], mask, band) < -0.3
    assert estimate_shadow_direction(np.full_like(scene, 0.7), mask, band) == pytest.approx(0)


def test_a_shadow_leaves_the_mask_only_if_it_may() -> None:
    mask = square_mask(30, 16, 66, 80)
    kept = place_object(photo(), disc(), mask, PlacementOptions(shadow_direction=1.0))
    free = place_object(
        photo(), disc(), mask, PlacementOptions(shadow_direction=1.0, shadow_outside=True)
    )
    assert not kept.shadow[mask == 0].any()
    assert free.shadow[mask == 0].max() > 0.1
    assert not free.alpha[mask == 0].any()
    assert free.shadow[:, [0, -1]].max() < 0.01


def test_an_object_can_float_in_the_middle() -> None:
    mask = square_mask(16, 8, 80, 88)
    placed = place_object(photo(), disc(), mask, PlacementOptions(align="center"))
    box = bounding_box(placed.alpha > 0.5)
    assert abs(box.y + box.height / 2 - 48) <= 1


def test_without_a_shadow_only_the_object_is_drawn() -> None:
    placed = place_object(photo(), disc(), square_mask(), PlacementOptions(shadow=0))
    assert not placed.shadow.any()
    assert np.array_equal(placed.flatten()[1], placed.alpha)


def test_an_empty_drawing_changes_nothing() -> None:
    empty = np.zeros((SIDE, SIDE, 4), np.float32)
    assert not place_object(photo(), empty, square_mask()).flatten()[1].any()


@pytest.mark.parametrize(
    "wrong", [{"fit": "stretch"}, {"align": "top"}, {"shadow": 2.0}, {"shadow_direction": 3.0}]
)
def test_an_option_out_of_its_range_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"shadow|fit|align"):
        PlacementOptions(**wrong)  # type: ignore[arg-type]


def test_linear_light_is_that_of_the_standard_and_comes_back() -> None:
    srgb = np.array([0, 0.03, 0.04045, 0.05, 0.5, 1], np.float32)
    linear = object_placement.to_linear(srgb)
    assert linear[[1, 4, 5]] == pytest.approx([0.03 / 12.92, 0.2140, 1], abs=1e-4)
    assert object_placement.to_srgb(linear) == pytest.approx(srgb, abs=1e-5)
    assert object_placement.to_srgb(np.array([-1, 2], np.float32)) == pytest.approx([0, 1])
