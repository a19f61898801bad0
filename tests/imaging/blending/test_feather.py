"""The feather runs inwards, whatever the mask."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from glide_studio.imaging.blending.feather import feather
from tests.imaging.blending.scenes import disc

masks = arrays(np.float32, (24, 31), elements=st.sampled_from([0.0, 0.0, 0.25, 1.0, 1.0]))


@settings(max_examples=60)
@given(masks, st.floats(0, 12))
def test_alpha_lies_inside_the_mask_and_below_it(mask, width):
    alpha = feather(mask, width)
    assert ((alpha > 0) == (mask > 0)).all()
    assert (alpha <= mask).all()


def test_a_wide_mask_is_full_in_the_middle_and_fades_at_the_edge():
    alpha = feather(disc(), 8)
    row = alpha[80, 80:130]
    assert row[:35].min() == 1
    assert (np.diff(row[36:46]) < 0).all()
    assert 0 < row[44] < 0.05
    assert row[45:].max() == 0


def test_a_soft_mask_is_multiplied():
    soft = disc() * np.float32(0.5)
    assert np.allclose(feather(soft, 8), feather(disc(), 8) * 0.5)


@pytest.mark.parametrize("breadth", [1, 2, 3, 6])
def test_a_thin_stroke_keeps_its_core(breadth):
    mask = np.zeros((60, 60), np.float32)
    mask[20 : 20 + breadth] = 1
    mask[40:60] = 1
    alpha = feather(mask, 10)
    assert alpha[20 : 20 + breadth].max() > 0.7
    assert alpha[59, 30] == 1


def test_the_border_of_the_picture_is_no_edge():
    mask = np.ones((20, 20), np.float32)
    assert (feather(mask, 5) == 1).all()
    mask[:, 10:] = 0
    assert (feather(mask, 3)[:, :5] == 1).all()


def test_no_width_is_the_mask_itself():
    mask = disc()
    alpha = feather(mask, 0)
    assert np.array_equal(alpha, mask)
    assert alpha is not mask
