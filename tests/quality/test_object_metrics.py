"""Measures of drawn objects, on objects whose answer is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.quality.object_metrics import (
    excess_chroma,
    halo,
    nearest_correlation,
    over,
    signatures,
)


def disc(rim: tuple[float, float, float] | None = None) -> np.ndarray:
    """A soft red disc; rim: the color of its edge, its own if None."""
    hard = np.zeros((64, 64), np.float32)
    cv2.circle(hard, (32, 32), 20, 1, -1)
    alpha = cv2.GaussianBlur(hard, (0, 0), 1.5)
    color = np.broadcast_to(np.float32((0.8, 0.1, 0.1)), (64, 64, 3)).copy()
    if rim is not None:
        color[alpha < 0.98] = rim
    return np.concatenate([color, alpha[..., None]], axis=-1)


def test_a_clean_edge_has_no_halo_and_a_bright_rim_has_one() -> None:
    assert halo(disc()) == pytest.approx(0, abs=1e-6)
    assert halo(disc((1.0, 1.0, 1.0))) > 0.02
    assert halo(disc((0.0, 0.0, 0.0))) > 0.02
    assert np.isnan(halo(np.zeros((8, 8, 4), np.float32)))


def test_only_what_is_more_colorful_than_the_scene_counts() -> None:
    gray = np.full((64, 64, 3), 0.5, np.float32)
    vivid = np.broadcast_to(np.float32((1, 0, 0)), (64, 64, 3))
    assert excess_chroma(disc(), gray) > 40
    assert excess_chroma(disc(), vivid) == 0


def test_a_copy_is_found_mirrored_moved_and_scaled() -> None:
    rng = np.random.default_rng(0)
    pictures = [np.asarray(cv2.resize(rng.random((4, 4, 4)), (40, 40)), np.float32) for _ in "abc"]
    for picture in pictures:
        picture[..., 3] = 1
    training = signatures(pictures)
    canvas = np.zeros((120, 120, 4), np.float32)
    canvas[10:90, 30:110] = cv2.resize(pictures[1][:, ::-1], (80, 80))
    assert nearest_correlation(canvas, training) > 0.98
    assert nearest_correlation(disc(), training) < 0.9


def test_an_object_is_composited_by_its_alpha() -> None:
    shown = over(disc(), 0.5)
    assert shown[0, 0] == pytest.approx([0.5] * 3, abs=1e-6)
    assert shown[32, 32] == pytest.approx([0.8, 0.1, 0.1], abs=1e-6)
