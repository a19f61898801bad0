"""From a coarse map to an outline, and windows that leave nothing out."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glide_studio.imaging.geometry import Size
from glide_studio.inference.text_selection import (
    normalize_minmax,
    outline_object,
    refine_with_grabcut,
    sliding_windows,
)


@given(st.integers(1, 300), st.integers(1, 300), st.sampled_from([0.5, 0.3]))
def test_windows_cover_every_pixel(width: int, height: int, share: float) -> None:
    seen = np.zeros((height, width), bool)
    for top, left, h, w in sliding_windows(Size(width, height), share):
        assert 0 <= top <= top + h <= height
        assert 0 <= left <= left + w <= width
        seen[top : top + h, left : left + w] = True
    assert seen.all()


@pytest.mark.parametrize("size", [(120, 160), (700, 500)])
def test_an_outline_follows_the_pictures_edges(size: tuple[int, int]) -> None:
    height, width = size
    rng = np.random.default_rng(0)
    disc = np.zeros(size, np.uint8)
    cv2.circle(disc, (width // 2, height // 2), height // 4, 1, -1)
    colors = np.where(disc[..., None], (0.8, 0.2, 0.1), (0.2, 0.5, 0.3))
    image = np.clip(colors + rng.normal(0, 0.03, colors.shape), 0, 1).astype(np.float32)
    blob = cv2.GaussianBlur(disc.astype(np.float32), (0, 0), height / 12)
    coarse = np.roll(normalize_minmax(blob), (height // 20, width // 20), (0, 1))
    found = refine_with_grabcut(image, coarse) > 0
    both, either = (found & (disc > 0)).sum(), (found | (disc > 0)).sum()
    assert both / either > 0.95
    rough = coarse > 0.5
    assert (rough & (disc > 0)).sum() / (rough | (disc > 0)).sum() < 0.85


def test_a_map_without_any_difference_selects_nothing() -> None:
    image = np.full((40, 50, 3), 0.5, np.float32)
    assert not refine_with_grabcut(
        image, normalize_minmax(np.full((40, 50), 0.3, np.float32))
    ).any()


@pytest.mark.parametrize("noise", [0.1, 0.2])
@pytest.mark.parametrize("seed", range(3))
def test_an_object_whose_color_is_also_around_is_outlined_whole(noise: float, seed: int) -> None:
    """Where the relevance also lies on other places, the colors of all of them say nothing."""
    rng = np.random.default_rng(seed)
    size = (120, 180)
    disc, other = np.zeros((2, *size), np.uint8)
    cv2.circle(disc, (130, 80), 22, 1, -1)
    cv2.circle(other, (55, 60), 38, 1, -1)
    colors = np.where((disc | other)[..., None], (0.65, 0.18, 0.12), (0.5, 0.3, 0.25))
    grain = cv2.GaussianBlur(rng.normal(0, 1, size).astype(np.float32), (0, 0), 2)
    grain = noise * grain[..., None] / grain.std()
    image = np.clip(colors + grain * (1, 0.8, 0.7), 0, 1).astype(np.float32)
    relevance = np.zeros(size, np.float32)
    cv2.circle(relevance, (130, 85), 14, 1.0, -1)
    cv2.circle(relevance, (30, 40), 6, 0.6, -1)
    relevance[40:70, :8] = 0.6
    found = outline_object(image, cv2.GaussianBlur(relevance, (0, 0), 2)) > 0
    assert (found & (disc > 0)).sum() / (found | (disc > 0)).sum() > 0.9
