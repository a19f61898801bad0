"""Framing: the crop that a model sees."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glide_studio.api.request import CONTEXT_FACTOR
from glide_studio.editor.crop import crop_around
from glide_studio.imaging.geometry import Box, Size

MODEL = Size(256, 256)


@st.composite
def masks_in_images(draw: st.DrawFn) -> tuple[Box, Size]:
    image = Size(draw(st.integers(1, 5000)), draw(st.integers(1, 5000)))
    left = draw(st.integers(0, image.width - 1))
    top = draw(st.integers(0, image.height - 1))
    width = draw(st.integers(1, image.width - left))
    height = draw(st.integers(1, image.height - top))
    return Box(left, top, width, height), image


@given(masks_in_images(), st.sampled_from([MODEL, Size(64, 64), Size(384, 256)]))
def test_the_frame_lies_in_the_image_and_around_the_mask(
    case: tuple[Box, Size], model: Size
) -> None:
    mask, image = case
    crop = crop_around(mask, image, model)
    assert crop.box in image.box
    assert mask in crop.box
    assert crop.enlargement == pytest.approx(
        max(crop.box.width / model.width, crop.box.height / model.height)
    )


@given(masks_in_images())
def test_the_frame_is_square_wherever_a_square_fits(case: tuple[Box, Size]) -> None:
    mask, image = case
    box = crop_around(mask, image, MODEL).box
    if max(mask.width, mask.height) <= min(image.width, image.height):
        assert abs(box.width - box.height) <= 1


def test_a_small_mask_is_looked_at_closely() -> None:
    crop = crop_around(Box(1000, 700, 40, 30), Size(6000, 4000), MODEL)
    assert crop.box == Box(985, 680, 70, 70)
    assert crop.enlargement == pytest.approx(70 / 256)


def test_a_tiny_mask_keeps_some_surroundings() -> None:
    assert crop_around(Box(1000, 700, 3, 3), Size(6000, 4000), MODEL).box.size == Size(64, 64)


def test_a_large_mask_gets_context_and_says_how_much_it_is_enlarged() -> None:
    crop = crop_around(Box(2000, 1000, 800, 400), Size(6000, 4000), MODEL)
    assert crop.box.width == crop.box.height == round(CONTEXT_FACTOR * 800)
    assert crop.enlargement == pytest.approx(CONTEXT_FACTOR * 800 / 256)


def test_a_frame_at_a_corner_is_shifted_not_cut() -> None:
    assert crop_around(Box(0, 0, 10, 10), Size(1000, 1000), MODEL).box == Box(0, 0, 64, 64)
    assert crop_around(Box(990, 990, 10, 10), Size(1000, 1000), MODEL).box == Box(936, 936, 64, 64)


def test_an_image_smaller_than_the_model_is_taken_as_far_as_it_goes() -> None:
    crop = crop_around(Box(150, 50, 150, 130), Size(300, 200), MODEL)
    assert crop.box.height == 200
    assert crop.box.width == 200
    assert crop.enlargement == pytest.approx(200 / 256)


def test_a_mask_longer_than_the_image_is_high_gives_up_the_proportions() -> None:
    assert crop_around(Box(0, 10, 1000, 50), Size(1000, 300), MODEL).box == Box(0, 0, 1000, 300)


@pytest.mark.parametrize("mask", [Box(5, 5, 0, 3), Box(90, 90, 20, 20)])
def test_a_mask_that_is_not_there_is_refused(mask: Box) -> None:
    with pytest.raises(ValueError, match="mask inside the image"):
        crop_around(mask, Size(100, 100), MODEL)
