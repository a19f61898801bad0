"""Framing: the crop that a model sees."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glide_studio.editor.framing import CONTEXT, frame
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
    framing = frame(mask, image, model)
    assert framing.box in image.box
    assert mask in framing.box
    assert framing.enlargement == pytest.approx(
        max(framing.box.width / model.width, framing.box.height / model.height)
    )


@given(masks_in_images())
def test_the_frame_is_square_wherever_a_square_fits(case: tuple[Box, Size]) -> None:
    mask, image = case
    box = frame(mask, image, MODEL).box
    if max(mask.width, mask.height) <= min(image.width, image.height):
        assert abs(box.width - box.height) <= 1


def test_a_small_mask_is_looked_at_closely() -> None:
    framing = frame(Box(1000, 700, 40, 30), Size(6000, 4000), MODEL)
    assert framing.box == Box(985, 680, 70, 70)
    assert framing.enlargement == pytest.approx(70 / 256)


def test_a_tiny_mask_keeps_some_surroundings() -> None:
    assert frame(Box(1000, 700, 3, 3), Size(6000, 4000), MODEL).box.size == Size(64, 64)


def test_a_large_mask_gets_context_and_says_how_much_it_is_enlarged() -> None:
    framing = frame(Box(2000, 1000, 800, 400), Size(6000, 4000), MODEL)
    assert framing.box.width == framing.box.height == round(CONTEXT * 800)
    assert framing.enlargement == pytest.approx(CONTEXT * 800 / 256)


def test_a_frame_at_a_corner_is_shifted_not_cut() -> None:
    assert frame(Box(0, 0, 10, 10), Size(1000, 1000), MODEL).box == Box(0, 0, 64, 64)
    assert frame(Box(990, 990, 10, 10), Size(1000, 1000), MODEL).box == Box(936, 936, 64, 64)


def test_an_image_smaller_than_the_model_is_taken_as_far_as_it_goes() -> None:
    framing = frame(Box(150, 50, 150, 130), Size(300, 200), MODEL)
    assert framing.box.height == 200
    assert framing.box.width == 200
    assert framing.enlargement == pytest.approx(200 / 256)


def test_a_mask_longer_than_the_image_is_high_gives_up_the_proportions() -> None:
    assert frame(Box(0, 10, 1000, 50), Size(1000, 300), MODEL).box == Box(0, 0, 1000, 300)


@pytest.mark.parametrize("mask", [Box(5, 5, 0, 3), Box(90, 90, 20, 20)])
def test_a_mask_that_is_not_there_is_refused(mask: Box) -> None:
    with pytest.raises(ValueError, match="mask inside the image"):
        frame(mask, Size(100, 100), MODEL)
