"""From float to 8 and 16 bits."""

from __future__ import annotations

import numpy as np
import pytest

from glide_studio.imaging.types import quantize, quantize_rgba


@pytest.mark.parametrize(("dtype", "top"), [(np.uint8, 255), (np.uint16, 65535)])
def test_every_level_comes_back_dithered_or_not(dtype, top):
    levels = np.arange(top + 1)
    values = (levels / top).astype(np.float32)
    for seed in (None, 0, 1):
        assert np.array_equal(quantize(values, dtype, seed), levels)


def test_dithering_keeps_means_and_plain_rounding_does_not():
    values = np.full((200, 200), 100.3 / 255, np.float32)
    assert (quantize(values, np.uint8) == 100).all()
    dithered = quantize(values, np.uint8, 7)
    assert set(np.unique(dithered)) == {100, 101}
    assert dithered.mean() == pytest.approx(100.3, abs=0.01)
    assert np.array_equal(dithered, quantize(values, np.uint8, 7))
    assert not np.array_equal(dithered, quantize(values, np.uint8, 8))


def test_values_beyond_are_clipped():
    values = np.array([-1, -1e-6, 1.0, 1 + 1e-6, 9], np.float32)
    for seed in (None, 3):
        assert quantize(values, np.uint8, seed).tolist() == [0, 0, 255, 255, 255]


def test_a_layer_is_empty_where_it_is_transparent():
    pixels = np.full((2, 2, 3), 0.5, np.float32)
    alpha = np.array([[0, 0.001], [0.5, 1]], np.float32)
    rgba = quantize_rgba(pixels, alpha, np.uint8)
    assert rgba[0].tolist() == [[0] * 4, [0] * 4]
    assert rgba[1].tolist() == [[128, 128, 128, 128], [128, 128, 128, 255]]
    assert quantize_rgba(pixels, alpha, np.uint16)[0, 1].tolist() == [32768, 32768, 32768, 66]
