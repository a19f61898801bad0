"""Objects with alpha are scaled into the mask, lit like the photo, and stand on a shadow."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glide_studio.imaging.blending import object_placement
from glide_studio.imaging.blending.object_placement import (
    Align,
    Fit,
    ObjectTransform,
    PlacedObject,
    PlacementOptions,
    balance_gains,
    clean_rim,
    contained_height,
    containing_height,
    estimate_shadow_direction,
    exposure_gain,
    fit_to_mask,
    ground_shadow,
    match_softness,
    measure_sharpness,
    place_object,
)
from glide_studio.imaging.filters import boundary_band, bounding_box, gaussian_blur
from glide_studio.imaging.geometry import Box
from glide_studio.imaging.types import Float32, to_linear, to_srgb

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


@pytest.mark.parametrize("fit", ["contain", "cover", "keep"])
def test_part_of_a_drawing_and_integers_are_placed_as_all_of_it_in_floats(fit: Fit) -> None:
    side, rng = 200, np.random.default_rng(5)
    scene = (255 * gaussian_blur(rng.random((side, side, 3)).astype(np.float32), 1.0)).astype("u1")
    painted = np.zeros((side, side), np.uint8)
    painted[40:170, 60:150] = rng.integers(1, 256, (130, 90))
    drawn, box = np.zeros((side, side, 4), np.float16), Box(70, 30, 90, 120)
    drawn[box.slices] = rng.random((120, 90, 4))
    drawn[box.pad(-10).slices][..., 3] = 1
    options = PlacementOptions(fit=fit, shadow_direction=0.4)
    whole = place_object(
        scene / np.float32(255), drawn, painted / np.float32(255), options, scene[..., 0] > 9
    )
    part = place_object(scene, drawn[box.slices], painted, options, scene[..., 0] > 9, box)
    assert part.box == whole.box
    for name in ("pixels", "alpha", "shadow"):
        assert np.array_equal(getattr(part, name), getattr(whole, name))
    assert part.alpha.max() > 0.9


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
    off = dict.fromkeys(
        ("exposure", "white_balance", "shade", "contrast", "sharpness", "grain"), False
    )
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
    cleaned = drawn[..., :3].copy()
    clean_rim(cleaned, alpha)
    assert cleaned[rim & (alpha > 0.5)].mean(axis=0)[2] < 0.45
    inside = np.hypot(x - 48, y - 48) < 24
    assert np.array_equal(cleaned[inside], drawn[inside][:, :3])


@pytest.mark.parametrize("fit", ["contain", "cover", "keep"])
def test_half_precision_is_placed_as_its_values_are(fit: Fit) -> None:
    half = (disc() * 0.73).astype(np.float16)
    options = PlacementOptions(fit=fit)
    found = place_object(photo(), half, square_mask(), options).over(photo())
    exact = place_object(photo(), half.astype(np.float32), square_mask(), options).over(photo())
    assert found.dtype == np.float32
    assert np.array_equal(found, exact)
    assert not np.array_equal(found, photo())


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


def measured_sharpness(photo: Float32) -> float:
    """Measure how sharp all of a photo is, which is not flat."""
    measured = measure_sharpness(photo, np.ones(photo.shape[:2], np.bool_))
    assert measured is not None
    return measured


def test_an_object_is_softened_beside_what_is_out_of_focus_and_never_sharpened() -> None:
    rng = np.random.default_rng(3)
    sharp = rng.random((SIDE, SIDE, 3)).astype(np.float32)
    soft = gaussian_blur(sharp, 2.0)
    alpha = disc(radius=30)[..., 3]
    blurred, edge = match_softness(sharp, alpha, measured_sharpness(soft))
    assert np.abs(np.diff(blurred, axis=0)).mean() < 0.6 * np.abs(np.diff(sharp, axis=0)).mean()
    assert not np.array_equal(edge, alpha)
    same, edge = match_softness(soft, alpha, measured_sharpness(gaussian_blur(sharp, 0.5)))
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
    linear = to_linear(srgb)
    assert linear[[1, 4, 5]] == pytest.approx([0.03 / 12.92, 0.2140, 1], abs=1e-4)
    assert to_srgb(linear) == pytest.approx(srgb, abs=1e-5)
    assert to_srgb(np.array([-1, 2], np.float32)) == pytest.approx([0, 1])


def rectangle(box: Box, side: int = SIDE) -> np.ndarray:
    """[side, side]: 1 in a box."""
    alpha = np.zeros((side, side), np.float32)
    alpha[box.slices] = 1
    return alpha


@pytest.mark.parametrize(("height", "gap"), [(50, 4), (100, 8), (200, 8), (400, 10), (1000, 25)])
def test_a_contained_object_stands_close_to_the_lower_edge_with_room_for_its_shadow(
    height: int, gap: int
) -> None:
    mask = np.zeros((height + 40, height + 40), np.float32)
    mask[20 : 20 + height, 20 : 20 + height] = 1
    drawn = np.zeros_like(mask)
    drawn[5:35, 5:15] = 1  # tall, so that the height decides
    found = ObjectTransform.to_mask(drawn, mask, "contain", "bottom").target
    assert found.bottom == pytest.approx(20 + height - gap, abs=1)
    assert found.height == pytest.approx(height - gap, abs=1)
    assert containing_height(contained_height(height)) == pytest.approx(height)


@pytest.mark.parametrize(
    ("fit", "align", "scale", "target"),
    [
        ("contain", "bottom", 4.6, Box.between(57, 40, 103, 132)),
        ("contain", "center", 4.6, Box.between(57, 44, 103, 136)),
        ("cover", "bottom", 10.0, Box.between(30, -60, 130, 140)),
        ("cover", "center", 10.0, Box.between(30, -10, 130, 190)),
    ],
)
def test_the_box_of_an_object_is_laid_onto_that_of_the_mask(
    fit: str, align: str, scale: float, target: Box
) -> None:
    """8 % of the mask's box are left on each side and below where the object is contained."""
    drawn, source = rectangle(Box(5, 7, 10, 20), 200), Box(5, 7, 10, 20)
    drawn[20, 60] = 0.05  # next to nothing: no part of the object
    found = ObjectTransform.to_mask(drawn, rectangle(Box(30, 40, 100, 100), 200), fit, align)
    assert found.target == target
    assert found.matrix is not None
    assert found.matrix[:, :2].tolist() == [[scale, 0], [0, scale]]
    # the corners of pixels lie half a pixel before their centers
    first = found.matrix @ (source.x - 0.5, source.y - 0.5, 1) + 0.5
    last = found.matrix @ (source.right - 0.5, source.bottom - 0.5, 1) + 0.5
    wanted = (target.x, target.y, target.right, target.bottom)
    assert [*first, *last] == pytest.approx(wanted, abs=1e-6)


def test_without_mask_or_object_it_stays_where_it_was_drawn() -> None:
    nothing, some = np.zeros((SIDE, SIDE), np.float32), rectangle(Box(3, 4, 9, 8))
    for alpha, mask in ((nothing, some), (some, nothing)):
        found = ObjectTransform.to_mask(alpha, mask, "contain", "bottom")
        assert found.matrix is None
        assert found.target == bounding_box(alpha > 0)
    kept = ObjectTransform.to_mask(some, rectangle(Box(50, 50, 20, 20)), "keep", "center")
    assert (kept.matrix, kept.target) == (None, Box(3, 4, 9, 8))


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0])
def test_a_scaled_object_has_its_colors_and_its_area(scale: float) -> None:
    side = round(24 * scale)
    drawn = np.dstack([np.full((SIDE, SIDE, 3), 0.25), rectangle(Box(20, 30, 24, 24))])
    drawn[20:64, 32:70, 0] = 0.75  # its right half is red, beyond its edge as well
    whole = Box(0, 0, SIDE, SIDE)
    mask = rectangle(Box(10, 15, side, side))
    found = ObjectTransform.to_mask(drawn[..., 3], mask, "cover", "bottom")
    pixels, alpha = found.apply(drawn.astype(np.float32), whole, whole, whole.size)
    inside = alpha > 0.5
    assert bounding_box(inside) == Box(10, 15, side, side)
    assert alpha.sum() == pytest.approx(side**2, rel=0.03)
    left, right = inside.copy(), inside.copy()
    left[:, 10 + side * 2 // 5 :] = right[:, : 10 + side * 3 // 5] = False
    assert pixels[left] == pytest.approx(0.25, abs=0.01)
    assert pixels[right][:, 0] == pytest.approx(0.75, abs=0.01)
    assert pixels[right][:, 1:] == pytest.approx(0.25, abs=0.01)
    part_pixels, part_alpha = found.apply(
        drawn.astype(np.float32), Box(12, 17, 9, 8), whole, whole.size
    )
    assert part_alpha == pytest.approx(alpha[17:25, 12:21], abs=1e-5)
    assert part_pixels == pytest.approx(pixels[17:25, 12:21], abs=1e-5)


def test_the_object_covers_its_shadow_and_the_shadow_darkens_what_is_left() -> None:
    color, alpha, shadow = 0.6, np.float32([[0, 0, 0.25, 1]]), np.float32([[0, 0.4, 0.4, 0.4]])
    placed = PlacedObject(Box(1, 1, 4, 1), np.full((1, 4, 3), color, np.float32), alpha, shadow)
    scene = np.full((3, 6, 3), 0.8, np.float32)
    found = placed.over(scene)
    wanted = alpha * color + (1 - alpha) * (1 - shadow) * 0.8
    assert found[1, 1:5, 0] == pytest.approx(wanted[0], abs=1e-6)
    assert np.array_equal(found[1, 1], scene[1, 1])
    assert np.array_equal(found[[0, 2]], scene[[0, 2]])


def test_drawn_edges_are_stretched_to_those_of_a_photo() -> None:
    drawn = painted((0.5, 0.5, 0.5))
    drawn[..., 3] = 0
    drawn[36:60, 36:42, 3], drawn[36:60, 42:48, 3], drawn[36:60, 48:60, 3] = 0.2, 0.525, 0.85
    off = dict.fromkeys(
        ("exposure", "white_balance", "shade", "contrast", "sharpness", "grain"), False
    )
    options = PlacementOptions(fit="keep", shadow=0, **off)
    alpha = place_object(photo(), drawn, square_mask(), options).alpha
    row = alpha[len(alpha) // 2]
    levels = [row[np.abs(row - level) < 1e-3].size for level in (0.5, 1.0)]
    assert levels == [6, 12]
    assert (row > 0).sum() == 18


@pytest.mark.parametrize("wrong", ["cutout", "mask"])
def test_sizes_that_do_not_fit_are_refused(wrong: str) -> None:
    given = {"photo": photo(), "cutout": disc(), "mask": square_mask()}
    given[wrong] = given[wrong][1:]
    with pytest.raises(ValueError, match="cut-out"):
        place_object(**given)


def test_the_ends_of_the_ranges_are_options() -> None:
    for value in (0, 1):
        assert PlacementOptions(shadow=value).shadow == value
    for value in (-1, 0, 1):
        assert PlacementOptions(shadow_direction=value).shadow_direction == value


@pytest.mark.parametrize(
    ("own", "gain"), [(0.35, 1), (0.5, 1), (0.8, 1), (0.175, 2**0.85), (1.6, 0.5**0.85)]
)
def test_light_is_kept_in_its_range_and_moved_most_of_the_way_to_it(
    own: float, gain: float
) -> None:
    for white in (0.02, 0.3, 1.0):
        assert exposure_gain(own * white, white) == pytest.approx(gain, rel=1e-6)


def test_a_gain_of_light_has_bounds() -> None:
    assert exposure_gain(1e-3, 1.0) == exposure_gain(0, 1.0) == 2.4
    assert exposure_gain(1.0, 1e-3) == exposure_gain(1.0, 0) == 0.4


def cast(red: float, green: float, blue: float) -> np.ndarray:
    """Gains for a scene of one color, of luminance 1."""
    gains = balance_gains(np.tile(np.float32([red, green, blue]), (64, 1)))
    assert gains @ (0.2126, 0.7152, 0.0722) == pytest.approx(1, abs=1e-5)
    return gains


def test_half_of_a_cast_from_amber_to_blue_is_taken_over() -> None:
    assert cast(0.5, 0.5, 0.5) == pytest.approx(1, abs=1e-6)
    assert cast(0.4, 0.8, 0.4) == pytest.approx(1, abs=1e-6)
    amber = cast(0.5 * 1.2, 0.5, 0.5 / 1.2)
    assert amber[0] / amber[2] == pytest.approx(1.2, rel=1e-4)
    assert amber[0] / amber[1] == pytest.approx(1.2**0.5, rel=1e-4)
    blue = cast(0.5 / 1.2, 0.5, 0.5 * 1.2)
    assert blue[2] / blue[0] == pytest.approx(1.2, rel=1e-4)
    strong = cast(0.9, 0.3, 0.1)
    assert np.log(strong[0] / strong[2]) == pytest.approx(0.3 * 2**0.5, rel=1e-4)


def test_bright_surfaces_tell_the_light_more_than_dark_ones() -> None:
    """The mean of the sixth powers (Finlayson and Trezzi 2004) is the same in all channels here."""
    scene = np.full((64, 3), ((1 + 0.5**6) / 2) ** (1 / 6), np.float32)
    scene[:32, 0], scene[32:, 0] = 1, 0.5
    assert balance_gains(scene) == pytest.approx(1, abs=1e-4)


def lit(scene: np.ndarray, pixels: np.ndarray, **switches: bool) -> np.ndarray:
    """`match_light` of an object that fills its picture."""
    off = dict.fromkeys(("exposure", "white_balance", "shade", "contrast"), False)
    outside = np.ones(scene.shape[:2], np.bool_)
    return object_placement.match_light(
        pixels, np.ones(pixels.shape[:2], np.float32), scene, outside,
        PlacementOptions(**{**off, **switches}),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("low", "high", "slope"),
    [(0.5, 0.5, 0.88), (0.3, 0.7, 1.0), (0.25, 0.75, 1.25**0.25), (0.0, 1.0, 1.12)],
)
def test_contrast_follows_that_of_the_photo_within_bounds(
    low: float, high: float, slope: float
) -> None:
    scene = np.full((SIDE, SIDE, 3), low, np.float32)
    scene[::2] = high
    tones = np.full((16, 16, 3), 0.4, np.float32)
    tones[8:] = 0.6
    tones *= np.float32((1.2, 1.0, 0.8))
    found = lit(scene, tones, contrast=True)
    luma = found @ np.float32((0.2126, 0.7152, 0.0722))
    before = tones @ np.float32((0.2126, 0.7152, 0.0722))
    assert np.ptp(luma) == pytest.approx(np.ptp(before) * slope, rel=1e-3)
    assert luma.mean() == pytest.approx(before.mean(), rel=1e-3)
    assert found / luma[..., None] == pytest.approx(tones / before[..., None], rel=1e-3)


def test_exposure_is_measured_by_what_is_white_in_the_photo() -> None:
    scene = np.full((SIDE, SIDE, 3), 0.2, np.float32)
    scene[:10] = 0.9  # more than a twentieth of the picture
    gray = np.full((16, 16, 3), 0.25, np.float32)
    gain = exposure_gain(*(float(v) for v in to_linear(np.float32([0.25, 0.9]))))
    found = to_linear(lit(scene, gray, exposure=True))
    assert found == pytest.approx(to_linear(gray) * gain, rel=1e-3)
    scene[:10], scene[:3] = 0.2, 0.9  # less than that
    gain = exposure_gain(*(float(v) for v in to_linear(np.float32([0.25, 0.2]))))
    found = to_linear(lit(scene, gray, exposure=True))
    assert found == pytest.approx(to_linear(gray) * gain, rel=1e-3)


def test_with_next_to_nothing_to_measure_light_is_left_alone() -> None:
    scene, gray = photo(0.9), np.full((16, 16, 3), 0.1, np.float32)
    few = np.zeros((SIDE, SIDE), np.bool_)
    few[0, :63] = True
    alpha = np.ones((16, 16), np.float32)
    given = (gray, alpha, scene)
    assert object_placement.match_light(*given, few, PlacementOptions()) is gray
    few[0, 63] = True
    assert object_placement.match_light(*given, few, PlacementOptions()) is not gray
    alpha[:13] = 0.9  # not solid
    assert object_placement.match_light(*given, few, PlacementOptions()) is gray


@pytest.mark.parametrize("sigma", [0.4, 0.6, 0.8, 1.0, 1.3])
def test_an_object_gets_the_blur_that_the_photo_has(sigma: float) -> None:
    rng = np.random.default_rng(3)
    sharp = gaussian_blur(rng.random((SIDE, SIDE, 3)).astype(np.float32), 0.5)
    alpha = disc(radius=30)[..., 3]
    blurred, edge = match_softness(sharp, alpha, measured_sharpness(gaussian_blur(sharp, sigma)))
    assert np.array_equal(blurred, gaussian_blur(sharp, sigma))
    assert np.array_equal(edge, gaussian_blur(alpha, sigma))


def test_a_photo_that_is_flat_or_unseen_does_not_tell_how_sharp_it_is() -> None:
    sharp = np.random.default_rng(3).random((SIDE, SIDE, 3)).astype(np.float32)
    alpha, band = disc(radius=30)[..., 3], np.ones((SIDE, SIDE), np.bool_)
    soft = gaussian_blur(sharp, 2)
    for scene, where in ((np.full_like(sharp, 0.5), band), (soft, band & False)):
        assert measure_sharpness(scene, where) is None
    wanted = measured_sharpness(soft)
    assert match_softness(sharp, alpha * 0, wanted)[0] is sharp
    assert match_softness(np.full_like(sharp, 0.5), alpha, wanted)[0].max() == 0.5


def test_the_rim_takes_most_of_the_inner_color_to_a_depth_that_grows_with_the_object() -> None:
    """A white rim on a gray disc of 113 pixels, where the inner color alone is looked at."""
    side, radius = 240, 113
    y, x = np.mgrid[:side, :side] + 0.5
    far = np.hypot(x - 120, y - 120)
    alpha = np.asarray(far < radius, np.float32)
    width = 0.03 * float(np.sqrt(alpha.sum()))
    pixels = np.full((side, side, 3), 0.2, np.float32)
    depth = radius - far
    pixels[depth < 0.5 * width - 1] = 1
    cleaned = pixels.copy()
    clean_rim(cleaned, alpha)
    found = cleaned[..., 0]
    outermost = (depth > 0) & (depth < 0.5 * width - 1)
    assert outermost.sum() > 20
    assert found[outermost] == pytest.approx(1 - 0.85 * 0.8, abs=0.01)
    assert found[depth > 0.5 * width + 1] == pytest.approx(0.2, abs=1e-4)
    assert np.array_equal(found[depth > 1.5 * width + 1], pixels[depth > 1.5 * width + 1, 0])
    few = np.zeros_like(alpha)
    few[60:67, 60:67] = 1  # too small to have an inside
    before = cleaned.copy()
    clean_rim(cleaned, few)
    assert np.array_equal(cleaned, before)


@pytest.mark.parametrize(("left", "right", "direction"), [(0.6, 0.5, 0.4), (0.5, 0.6, -0.4)])
def test_shadows_fall_by_the_difference_of_both_sides(
    left: float, right: float, direction: float
) -> None:
    mask = square_mask(left=20, right=76)
    scene = np.full((SIDE, SIDE, 3), left, np.float32)
    scene[:, 48:] = right
    band = mask == 0
    assert estimate_shadow_direction(scene, mask, band) == pytest.approx(direction, abs=1e-4)
    scene[:, 48:] = left - 4 * (left - right)
    assert estimate_shadow_direction(scene, mask, band) == np.sign(direction)
    assert estimate_shadow_direction(scene, mask, band & (np.arange(SIDE) < 48)) == 0


def shadow_of(box: Box, direction: float = 0.0, size: tuple[int, int] = (200, 240)) -> np.ndarray:
    alpha = np.zeros(size, np.float32)
    alpha[box.slices] = 1
    return ground_shadow(alpha, direction)


def test_a_shadow_moves_and_grows_with_its_object_and_is_mirrored_with_its_direction() -> None:
    box = Box(90, 40, 60, 80)
    upright = shadow_of(box)
    assert np.abs(upright - upright[:, ::-1]).max() < 1e-3  # the box is in the middle
    left, right = shadow_of(box, -0.6), shadow_of(box, 0.6)
    assert np.abs(left - right[:, ::-1]).max() < 1e-3
    assert np.abs(left - right).max() > 0.2
    moved = shadow_of(box.move(13, -7), 0.6)
    assert np.abs(moved[:-7, 13:] - right[7:, :-13]).max() < 1e-3
    double = shadow_of(Box(180, 80, 120, 160), 0.6, (400, 480))
    halved = double.reshape(200, 2, 240, 2).mean((1, 3))
    assert np.abs(halved - right).mean() < 0.002
    assert np.abs(halved - right).max() < 0.1


def test_a_shadow_is_dark_at_the_foot_and_a_wide_half_shade_around_it() -> None:
    """A box of 60 x 200, whose lower edge is in row 300: how dark the ground is in its middle."""
    shadow = shadow_of(Box(140, 100, 60, 200), size=(400, 400))
    middle = shadow[:, 170]
    assert middle[295] == pytest.approx(1, abs=0.01)  # where it stands, it is black
    assert middle[277] == pytest.approx(0.6, abs=0.01)  # around that a half shade
    # which reaches from 4.5 % of its height below the edge to a fifth of its height above that
    half = np.flatnonzero(middle > 0.3)
    assert (half.min(), half.max()) == pytest.approx((300 + 9 - 40, 300 + 9), abs=1.5)
    # the black from 1.2 % below the edge: the lowest 22 %, at 40 % of their height
    black = np.flatnonzero(middle > 0.8)
    assert (black.min(), black.max()) == pytest.approx((302.4 - 17.6, 302.4), abs=1.5)
    columns = np.flatnonzero(shadow[277] > 0.3)
    assert (columns.min(), columns.max()) == pytest.approx((140, 199), abs=1)
    # edges of the half shade are twice as soft as those of the black
    assert np.diff(shadow[277, 130:150]).max() == pytest.approx(0.6 / (3 * 2.507), rel=0.05)
    assert np.diff(middle[310:296:-1]).max() == pytest.approx(0.4 / (1.5 * 2.507), rel=0.3)
    assert shadow.max() <= 1
    assert not shadow[:250].any()
    slanted = shadow_of(Box(140, 100, 60, 200), 1.0, size=(400, 400))
    top = np.flatnonzero(slanted[274] > 0.3)  # seven eighths up
    assert top.max() == pytest.approx(199 + 0.5 * 200 * 0.875, abs=4)


def test_object_and_shadow_fade_at_the_edge_of_the_mask() -> None:
    """The object over 2 pixels, its shadow over 8, unless it may leave the mask."""
    drawn, mask = painted((0.5, 0.5, 0.5)), square_mask(20, 16, 76, 80)
    drawn[..., 3] = rectangle(Box(4, 4, 88, 88))
    options = PlacementOptions(fit="keep", shadow_direction=0, sharpness=False)
    placed = place_object(photo(), drawn, mask, options)
    row = np.zeros((SIDE, SIDE), np.float32)
    row[placed.box.slices] = placed.alpha
    assert row[48, 19:24] == pytest.approx([0, 7 / 27, 20 / 27, 1, 1], abs=1e-5)
    drawn[..., 3] = rectangle(Box(30, 30, 36, 50))
    shade = np.zeros((2, SIDE, SIDE), np.float32)
    for number, outside in enumerate((False, True)):
        free = replace(options, shadow_outside=outside)
        found = place_object(photo(), drawn, mask, free)
        shade[number][found.box.slices] = found.shadow
    share = np.divide(*shade, where=shade[1] > 0.05, out=np.ones_like(shade[0]))
    for down in range(7):
        t = (down + 1) / 9
        assert share[79 - down, 48] == pytest.approx(t * t * (3 - 2 * t), abs=0.01)
    assert share[79 - 8, 48] == pytest.approx(1, abs=0.01)
    assert shade.max() == pytest.approx(0.75, abs=0.01), "three quarters of black"


def test_all_of_the_light_is_matched_unless_it_is_switched_off() -> None:
    rng, mask = np.random.default_rng(3), square_mask()
    soft = gaussian_blur(rng.random((SIDE, SIDE, 3)).astype(np.float32), 1.5)
    scene = np.clip(0.5 + soft * (0.9, 0.6, 0.4), 0, 1).astype(np.float32)
    scene += rng.normal(0, 0.01, scene.shape).astype(np.float32)
    drawn = painted((0.3, 0.15, 0.5))
    drawn[..., :3] += 0.3 * rng.random((SIDE, 1, 1))
    drawn[..., :3] *= np.interp(np.arange(SIDE), (34, 62), (1, 0.2))[:, None]  # lit from the left
    usual = place_object(scene, drawn, mask)
    for switch in ("exposure", "white_balance", "shade", "contrast", "sharpness", "grain"):
        same, without = (
            place_object(scene, drawn, mask, PlacementOptions(**{switch: on}))
            for on in (True, False)
        )
        assert np.array_equal(usual.pixels, same.pixels)
        assert not np.array_equal(usual.pixels, without.pixels), switch


def test_how_sharp_a_picture_is_depends_on_neither_its_contrast_nor_its_grain() -> None:
    side, where = 160, np.ones((160, 160), np.bool_)
    white = np.random.default_rng(3).standard_normal((side, side, 1)).astype(np.float32)
    detail = np.repeat(gaussian_blur(white, 1.2)[..., None] * 0.4, 3, 2)
    grain = np.random.default_rng(4).normal(0, 0.004, (side, side, 1)).astype(np.float32)
    sharp, weak, grainy, soft = (
        measure_sharpness(picture, where)
        for picture in (
            0.5 + detail,
            0.5 + 0.3 * detail,
            0.5 + 0.3 * detail + grain,
            0.5 + gaussian_blur(detail, 1.0),
        )
    )
    assert sharp == pytest.approx(weak, rel=0.02)
    assert grainy == pytest.approx(sharp, rel=0.2)
    assert soft < 0.6 * sharp
    assert measure_sharpness(0.5 + 0.01 * detail, where) is None


@pytest.mark.parametrize("align", ["bottom", "center"])
def test_an_object_with_feet_keeps_them_in_a_round_mask(align: Align) -> None:
    table = np.zeros((64, 64), np.float32)
    table[20:26, 4:60] = 1
    table[26:50, 4:8] = table[26:50, 56:60] = 1
    cutout = np.dstack([np.full((64, 64, 3), 0.5, np.float32), table])
    rows, columns = np.mgrid[:120, :200] + 0.5
    mask = ((rows - 60) ** 2 / 55**2 + (columns - 100) ** 2 / 90**2 < 1).astype(np.float32)
    _, alpha = fit_to_mask(cv2.resize(cutout, (200, 200)), mask, "contain", align)
    assert (alpha * (1 - mask)).sum() < 0.01 * alpha.sum()
    box = bounding_box(alpha > 0.5)
    assert abs(box.x + box.width / 2 - 100) < 4
    assert box.width > 100
    assert abs(box.y + box.height / 2 - 60) < 6  # as large as it can be, so in the middle


def test_a_mask_of_many_strokes_bites_nothing_out_of_an_object() -> None:
    side, strokes = (
        400,
        ((44, 42, 21), (45, 62, 19), (33, 50, 18), (52, 53, 19), (53, 66, 17), (31, 58, 21)),
    )
    mask = np.zeros((side, side), np.uint8)
    for x, y, radius in strokes:
        cv2.circle(mask, (4 * x, 4 * y), 4 * radius, 255, -1, cv2.LINE_AA)
    drawn = np.kron(disc(), np.ones((4, 4, 1), np.float32))
    placed = ObjectTransform.to_mask(
        drawn[..., 3], mask, "contain", "bottom", Box(0, 0, 384, 384)
    ).target
    y, x = np.mgrid[:side, :side] + 0.5
    across = (x - placed.x - placed.width / 2) / placed.width
    down = (y - placed.y - placed.height / 2) / placed.height
    inner = np.hypot(across, down) < 0.49
    assert np.count_nonzero(inner) > 0.25 * np.count_nonzero(mask)
    assert np.mean(mask[inner] < 128) < 0.0005


def test_a_shadow_fades_over_a_share_of_a_large_mask() -> None:
    side = 960
    mask = np.kron(square_mask(), np.ones((10, 10), np.float32))
    drawn = np.kron(disc(), np.ones((10, 10, 1), np.float32))
    placed = place_object(np.full((side, side, 3), 0.6, np.float32), drawn, mask)
    shadow = np.zeros((side, side), np.float32)
    shadow[placed.box.slices] = placed.shadow
    full = shadow[760:780, 480].max()
    assert full > 0.6
    assert shadow[799, 480] < 0.02
    assert shadow[790, 480] == pytest.approx(full / 2, rel=0.3), "half as far as it fades"
