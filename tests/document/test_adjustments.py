"""Adjustments: what each does to colors, and how a layer of them is composited."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glide_studio.document import adjustments
from glide_studio.document.adjustment_edits import (
    add_adjustment,
    rasterize_adjustments,
    set_adjustment,
)
from glide_studio.document.adjustments import (
    Curves,
    Exposure,
    Levels,
    Saturation,
    ToneRange,
    WhiteBalance,
    adjust,
    adjustment_from_dict,
    adjustment_to_dict,
    decode_srgb,
    find_tone_range,
    monotone_curve,
)
from glide_studio.document.compositing import composite
from glide_studio.document.document import Document, changed_boxes
from glide_studio.document.layer import Layer
from glide_studio.document.layer_edits import merge_down
from glide_studio.document.mask_edits import select
from glide_studio.document.raster import Raster
from glide_studio.document.shapes import polygon_mask, rectangle_points
from glide_studio.errors import GlideError
from glide_studio.imaging.filters import LUMA_709
from glide_studio.imaging.geometry import Size
from tests.document.pictures import layer, mask, photo

SIZE = Size(150, 140)
NEUTRAL = (Levels(), Curves(), Exposure(), WhiteBalance(), Saturation())
STRONG = (
    Levels(0.1, 1.4, 0.8, 0.05, 0.95),
    Levels(gamma=1.2, green=ToneRange(0.2, 0.7, 0.9)),
    Curves(((0, 0.1), (0.4, 0.3), (1, 1)), red=((0, 0), (0.5, 0.7), (1, 0.9))),
    Exposure(1.0, 0.02, 1.2),
    WhiteBalance(60, -20),
    Saturation(-40, 30),
    Saturation(10, hue=75),
)


def colors(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((3, 20, 30), np.float32)


def opened(*layers: Layer, depth: int = 8) -> Document:
    return Document(SIZE, depth, layers or (photo(SIZE),))


@pytest.mark.parametrize("adjustment", NEUTRAL)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_neutral_adjustment_changes_no_pixel(adjustment, dtype) -> None:
    document = opened(photo(SIZE, dtype), depth=8 * np.dtype(dtype).itemsize)
    adjusted = add_adjustment(document, "a", adjustment)
    assert np.array_equal(composite(adjusted, SIZE.box), composite(document, SIZE.box))


def test_levels_map_the_points_to_the_ends_and_gamma_bends_the_middle() -> None:
    color = np.array([0.2, 0.5, 0.8], np.float32).reshape(1, 1, 3).repeat(3, 0)
    out = adjust(color, Levels(0.2, 2.0, 0.8, 0.1, 0.9))[0, 0]
    assert out == pytest.approx([0.1, 0.1 + 0.8 * 0.5**0.5, 0.9], abs=1e-4)


def test_levels_of_a_channel_come_before_those_of_all() -> None:
    color = np.full((3, 1, 1), 0.5, np.float32)
    out = adjust(color, Levels(output_white=0.5, green=ToneRange(0.25, 1.0, 0.75, 0.0, 0.8)))
    assert out[:, 0, 0] == pytest.approx([0.25, 0.2, 0.25], abs=1e-4)


def test_levels_of_older_files_are_read() -> None:
    values = {"kind": "levels", "black": 0.1, "gamma": 1.0, "white": 0.9, "output_white": 1.0}
    assert adjustment_from_dict(values) == Levels(black=0.1, white=0.9)


def test_the_tone_range_clips_a_share_at_either_end() -> None:
    values = np.linspace(0.2, 0.6, 10_001)
    assert find_tone_range(values, 0.05) == pytest.approx((0.22, 0.58))
    assert find_tone_range(np.full(9, 0.5)) == (0.0, 1.0)
    assert find_tone_range(np.zeros(0)) == (0.0, 1.0)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=8))
def test_a_curve_goes_through_its_points_and_never_beyond_them(points) -> None:
    rising = {round(x, 2): round(y, 2) for x, y in points}
    if len(rising) < 2:
        return
    nodes = tuple(sorted(rising.items()))
    curve = monotone_curve(nodes)
    x, y = np.array(nodes).T
    assert curve(x) == pytest.approx(y, abs=1e-9)
    for (x0, y0), (x1, y1) in pairwise(nodes):
        between = curve(np.linspace(x0, x1, 50))
        assert between.min() >= min(y0, y1) - 1e-9
        assert between.max() <= max(y0, y1) + 1e-9


def test_one_stop_doubles_linear_light() -> None:
    color = np.full((3, 1, 1), 0.4, np.float32)
    out = adjust(color, Exposure(1.0))
    assert decode_srgb(out.astype(float)) == pytest.approx(2 * decode_srgb(np.array(0.4)), rel=1e-3)


def test_white_balance_warms_and_keeps_the_luminance_of_gray() -> None:
    gray = np.full((3, 1, 1), 0.5, np.float32)
    for balance in (WhiteBalance(50, 0), WhiteBalance(-50, 40)):
        light = decode_srgb(adjust(gray, balance).astype(float))[:, 0, 0]
        assert light @ np.array(LUMA_709) == pytest.approx(
            float(decode_srgb(np.array(0.5))), rel=1e-3
        )
        assert (light[0] > light[2]) == (balance.temperature > 0)
    green, magenta = (adjust(gray, WhiteBalance(0, tint)) for tint in (-50, 50))
    assert green[1] > gray[1] > magenta[1]


def test_the_hue_turns_and_the_luma_stays() -> None:
    primaries = np.eye(3, dtype=np.float32).reshape(3, 1, 3)  # red, green, blue
    turned = adjust(primaries, Saturation(hue=120))[:, 0]
    assert turned.argmax(axis=0).tolist() == [1, 2, 0], "red is green, green blue, blue red"
    assert adjust(primaries, Saturation(hue=-120))[:, 0].argmax(axis=0).tolist() == [2, 0, 1]
    weights = np.array(LUMA_709)
    for degrees in (-170, -60, 30, 90, 180):
        out = adjust(colors(), Saturation(hue=degrees))
        assert 0 <= out.min() <= out.max() <= 1
        lumas = np.tensordot(weights, colors(), 1), np.tensordot(weights, out, 1)
        assert lumas[1] == pytest.approx(lumas[0], abs=1e-5)
    soft = colors() * 0.2 + 0.4  # that never leaves the range
    there = adjust(soft, Saturation(hue=70))
    assert adjust(there, Saturation(hue=-70)) == pytest.approx(soft, abs=1e-5)
    gray = np.full((3, 1, 1), 0.3, np.float32)
    assert adjust(gray, Saturation(hue=99)) == pytest.approx(gray, abs=1e-6)


def test_saturation_of_older_files_has_the_hue_as_it_was() -> None:
    values = {"kind": "saturation", "saturation": 20.0, "vibrance": -5.0}
    assert adjustment_from_dict(values) == Saturation(20, -5, 0)
    assert adjustment_from_dict(adjustment_to_dict(Saturation(hue=-30))) == Saturation(hue=-30)
    with pytest.raises(ValueError, match="hue"):
        Saturation(hue=181)


@pytest.mark.parametrize(
    ("kelvin", "chromaticity"),
    [
        (5003, (0.34567, 0.35850)),
        (5503, (0.33242, 0.34743)),
        (6504, (0.31271, 0.32902)),
        (7504, (0.29902, 0.31485)),
    ],
)
def test_daylight_has_the_colors_of_the_standard_illuminants(kelvin, chromaticity) -> None:
    """D50, D55, D65 and D75 (CIE 15), by the matrix of IEC 61966-2-1 from sRGB to XYZ."""
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    xyz = to_xyz @ adjustments._daylight_rgb(kelvin)
    assert xyz[1] == pytest.approx(1, abs=2e-3)
    assert xyz[:2] / xyz.sum() == pytest.approx(chromaticity, abs=5e-4)


def test_saturation_keeps_luma_and_vibrance_spares_saturated_colors() -> None:
    color = colors() * 0.4 + 0.3
    gray = adjust(color, Saturation(-100))
    luma = np.tensordot(LUMA_709, color, 1)
    assert gray == pytest.approx(np.broadcast_to(luma, color.shape), abs=1e-5)
    pale = np.array([0.5, 0.45, 0.4], np.float32).reshape(3, 1, 1)
    strong = np.array([0.8, 0.4, 0.1], np.float32).reshape(3, 1, 1)
    grown = [np.ptp(adjust(one, Saturation(vibrance=50))) / np.ptp(one) for one in (pale, strong)]
    assert grown[0] > grown[1] > 1


@pytest.mark.parametrize("adjustment", [*NEUTRAL, *STRONG])
def test_every_adjustment_comes_back_from_json(adjustment) -> None:
    text = json.dumps(adjustment_to_dict(adjustment))
    assert adjustment_from_dict(json.loads(text)) == adjustment


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "levels", "black": 0.9, "white": 0.1},
        {"kind": "levels", "gamma": 0},
        {"kind": "levels", "red": 0.5},
        {"kind": "levels", "red": {"black": 2}},
        {"kind": "curves", "rgb": 0.5},
        {"kind": "curves", "rgb": [[0, 0]]},
        {"kind": "curves", "rgb": [[0.5, 0], [0.5, 1]]},
        {"kind": "exposure", "stops": float("nan")},
        {"kind": "sepia"},
        {"kind": "saturation", "amount": 3},
    ],
)
def test_settings_that_make_no_sense_are_refused(values) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        adjustment_from_dict(values)


@pytest.mark.parametrize("adjustment", STRONG)
def test_mask_and_opacity_weigh_an_adjustment_and_alpha_stays(adjustment) -> None:
    below = replace(layer(SIZE, "below"), mask=mask(SIZE, 3))
    document = opened(below)
    plain = composite(document, SIZE.box)
    shown = mask(SIZE, 8)
    adjusted = replace(
        document, layers=(below, Layer("a", adjustment=adjustment, mask=shown, opacity=0.5))
    )
    out = composite(adjusted, SIZE.box)
    assert np.array_equal(out[..., 3], plain[..., 3])
    hidden = shown.read(SIZE.box)[..., 0] == 0
    assert np.array_equal(out[hidden], plain[hidden])
    source = plain[..., :3].transpose(2, 0, 1).astype(np.float32) / 255
    weight = shown.read(SIZE.box)[..., 0].astype(np.float32) / 255 * 0.5
    wanted = source + weight * (adjust(source, adjustment) - source)
    opaque = plain[..., 3] == 255
    assert out[opaque][:, :3] == pytest.approx(wanted.transpose(1, 2, 0)[opaque] * 255, abs=1.1)


def test_an_adjustment_that_clips_changes_its_layer_alone() -> None:
    top = layer(SIZE, "top", seed=4)
    gray = Layer("gray", adjustment=Saturation(-100), clipping=True)
    document = opened(photo(SIZE), top, gray)
    alone = composite(opened(top, gray), SIZE.box)
    assert np.array_equal(alone[..., 3], composite(opened(top), SIZE.box)[..., 3])
    out, below = composite(document, SIZE.box), composite(opened(), SIZE.box)
    clear, solid = alone[..., 3] == 0, alone[..., 3] == 255
    assert np.array_equal(out[clear], below[clear])
    assert np.ptp(out[solid][:, :3], axis=1).max() <= 1


def test_other_settings_redraw_what_the_mask_shows() -> None:
    document = Document(Size(600, 400), 8, (photo(Size(600, 400)),))
    outline = polygon_mask(document.size, rectangle_points(10, 10, 50, 50))
    masked = add_adjustment(select(document, outline), "a", Levels())
    assert masked.active is not None
    assert masked.selection.content_box().empty
    after = set_adjustment(masked, masked.active, Levels(gamma=2))
    assert [box.size for box in changed_boxes(masked, after)] == [Size(128, 128)]
    whole = add_adjustment(document, "a", Levels(), layer_id="a")
    after = set_adjustment(whole, "a", Levels(gamma=2))
    assert sum(box.area for box in changed_boxes(whole, after)) == document.box.area
    assert set_adjustment(whole, "a", Levels()) is whole


@pytest.mark.parametrize("adjustment", STRONG)
@pytest.mark.parametrize("shown", [None, mask(SIZE, 8)])
def test_pixels_in_place_of_an_adjustment_look_the_same(adjustment, shown) -> None:
    effect = Layer("a", adjustment=adjustment, mask=shown, opacity=0.7, blend="luminosity")
    over, sparse = layer(SIZE, "over", seed=7, blend="multiply"), layer(SIZE, "sparse", seed=5)
    clip = replace(effect, id="clip", clipping=True)
    for layers in (
        (photo(SIZE), effect, over),
        (sparse, effect, over),
        (photo(SIZE), sparse, clip, over),
        (photo(SIZE), Layer("g", children=(sparse, effect), blend="pass-through"), over),
        (photo(SIZE), Layer("g", children=(sparse, effect)), over),
    ):
        document = opened(*layers)
        baked = rasterize_adjustments(document)
        assert all(one.adjustment is None for one in baked.iter_layers())
        before, after = (composite(one, SIZE.box).astype(int) for one in (document, baked))
        seen = before[..., 3] > 0
        assert np.abs(before - after)[seen].max() <= 4
    kept = rasterize_adjustments(opened(photo(SIZE), effect, over))
    assert [one.name for one in kept.layers] == ["photo", "a", "over"]


def test_an_adjustment_is_merged_into_the_layer_below_but_takes_none_itself() -> None:
    document = opened(photo(SIZE), Layer("a", adjustment=STRONG[0], id="a"))
    merged = merge_down(document, "a")
    assert len(merged.layers) == 1
    assert np.array_equal(composite(merged, SIZE.box), composite(document, SIZE.box))
    above = replace(document, layers=(*document.layers, layer(SIZE, "top")))
    with pytest.raises(GlideError, match="adjustment"):
        merge_down(above, "top")


def test_an_adjustment_holds_no_pixels() -> None:
    with pytest.raises(ValueError, match="neither"):
        Layer("a", Raster.empty(SIZE, 4), adjustment=Levels())
