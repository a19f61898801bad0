"""Completion from the call that the program uses: what changes, what is the same, what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from glide_studio.errors import GlideError
from glide_studio.imaging.completion.complete import Variant, candidates, complete
from glide_studio.imaging.completion.solver import CompletionCancelled


def stripes(
    height: int = 60, width: int = 80, channels: int = 3, dtype: type = np.uint8
) -> np.ndarray:
    """A picture that repeats itself every 10 columns, with a little noise."""
    top = np.iinfo(dtype).max
    rng = np.random.default_rng(5)
    wave = 0.5 + 0.35 * np.sin(np.arange(width) * 2 * np.pi / 10)
    values = wave[None, :, None] + rng.normal(0, 0.01, (height, width, channels))
    image = np.clip(values * top, 0, top).astype(dtype)
    if channels == 4:
        image[..., 3] = top
    return image


def middle(image: np.ndarray) -> np.ndarray:
    hole = np.zeros(image.shape[:2], np.bool_)
    hole[20:40, 30:52] = True
    return hole


@pytest.mark.parametrize("thickness", [1, 2, 3])
@pytest.mark.parametrize("at", [0, 31, -3])
def test_strips_of_a_few_pixels_are_filled(at: int, thickness: int) -> None:
    image = stripes()
    for hole in (np.zeros(image.shape[:2], np.bool_), np.zeros(image.shape[1::-1], np.bool_).T):
        lines = hole if hole.flags.c_contiguous else hole.T
        lines[at : (at + thickness) or None] = True
        filled = complete(image, np.ascontiguousarray(hole)).paste(image)
        assert (filled[~hole] == image[~hole]).all()
        assert np.abs(filled.astype(int) - image)[hole].mean() < 60


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_exactly_the_hole_changes(dtype: type, channels: int) -> None:
    image = stripes(channels=channels, dtype=dtype)
    hole = middle(image)
    hole[:8, :8] = True
    filled = complete(image, hole).paste(image)
    assert filled.dtype == image.dtype
    assert filled.shape == image.shape
    assert np.array_equal(filled[~hole], image[~hole])


def test_what_the_hole_hides_does_not_matter() -> None:
    image = stripes()
    hole = middle(image)
    other = image.copy()
    other[hole] = (255, 0, 255)
    assert np.array_equal(complete(image, hole).pixels, complete(other, hole).pixels)


def test_a_pattern_is_continued() -> None:
    image = stripes()
    hole = middle(image)
    filled = complete(image, hole).paste(image)
    error = np.abs(filled[hole].astype(float) - image[hole]).mean()
    assert error < 12


def test_a_seed_gives_the_same_pixels() -> None:
    image = np.random.default_rng(1).integers(0, 256, (50, 60, 3)).astype(np.uint8)
    hole = middle(np.zeros((50, 60)))
    first, second = (complete(image, hole, seed=7).pixels for _ in range(2))
    assert np.array_equal(first, second)


def test_nothing_is_taken_from_where_it_is_avoided() -> None:
    image = np.zeros((60, 80, 3), np.uint8)
    image[:, 40:] = (200, 30, 30)
    hole = np.zeros((60, 80), np.bool_)
    hole[20:40, 34:46] = True
    avoid = np.zeros_like(hole)
    avoid[:, 40:] = True
    filled = complete(image, hole, avoid=avoid).paste(image)
    assert filled[22:38, 34:46].max() < 90
    only = complete(image, hole, source=avoid).paste(image)
    assert only[22:38, 34:46, 0].min() > 80


def test_transparency_is_completed_too() -> None:
    image = stripes(channels=4)
    image[:, :25, 3] = 0
    hole = np.zeros(image.shape[:2], np.bool_)
    hole[20:40, 5:15] = True
    hole[20:40, 50:60] = True
    filled = complete(image, hole).paste(image)
    assert filled[25:35, 8:12, 3].max() == 0
    assert filled[25:35, 53:57, 3].min() == 255


@pytest.mark.parametrize("shape", [(1, 2), (2, 1), (2, 3), (3, 3), (5, 8), (8, 8), (8, 300)])
def test_tiny_pictures_are_filled(shape: tuple[int, int]) -> None:
    image = np.full((*shape, 3), 90, np.uint8)
    hole = np.zeros(shape, np.bool_)
    hole[0, 0] = True
    assert np.abs(complete(image, hole).paste(image).astype(int) - 90).max() <= 1


def test_candidates_differ_and_the_one_the_others_are_most_like_comes_first() -> None:
    image = np.random.default_rng(2).integers(0, 256, (50, 60, 3)).astype(np.uint8)
    found = candidates(image, middle(np.zeros((50, 60))), count=4)
    assert {completion.variant for completion in found} == set(Variant)
    assert [c.dissent for c in found] == sorted(c.dissent for c in found)
    assert found[0].dissent > 0
    assert len({c.pixels.tobytes() for c in found}) == 4
    (alone,) = candidates(image, middle(np.zeros((50, 60))), count=1)
    assert alone.dissent == 0


def test_holes_far_apart_are_filled_each_from_its_surroundings() -> None:
    image = np.zeros((120, 900, 3), np.uint8)
    image[:, 450:] = 220
    hole = np.zeros((120, 900), np.bool_)
    hole[50:62, 40:52] = hole[50:62, 840:852] = True
    filled = complete(image, hole).paste(image)
    assert filled[hole][: 12 * 12].max() >= 200
    assert filled[50:62, 40:52].max() <= 1
    assert filled[50:62, 840:852].min() >= 219


def test_progress_rises_to_one() -> None:
    image = stripes()
    told: list[float] = []
    complete(image, middle(image), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1


def test_cancelling_ends_it() -> None:
    image = stripes()
    with pytest.raises(CompletionCancelled):
        complete(image, middle(image), is_cancelled=lambda: True)


@pytest.mark.parametrize(
    ("hole", "kwargs", "said"),
    [
        (np.ones((60, 80), np.bool_), {}, "whole picture is masked"),
        (np.zeros((60, 80), np.bool_), {}, "Nothing is masked"),
        (np.ones((6, 8), np.bool_), {}, "8 x 6 pixels, the picture 80 x 60"),
        (middle(np.zeros((60, 80))), {"avoid": np.ones((60, 80), np.bool_)}, "Nothing is left"),
        (middle(np.zeros((60, 80))), {"source": middle(np.zeros((60, 80)))}, "Nothing is left"),
    ],
)
def test_bad_input_gets_a_sentence(hole: np.ndarray, kwargs: dict, said: str) -> None:
    with pytest.raises(GlideError, match=said):
        complete(stripes(), hole, **kwargs)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_colors_under_partial_transparency_are_continued_as_they_are(dtype: type) -> None:
    top = np.iinfo(dtype).max
    image = stripes(channels=4, dtype=dtype)
    image[..., :3] = np.array([0.9, 0.5, 0.2]) * top
    image[..., 3] = 0.5 * top
    hole = middle(image)
    filled = complete(image, hole).paste(image)[hole].astype(float) / top
    assert np.abs(filled - [0.9, 0.5, 0.2, 0.5]).max() < 0.02
