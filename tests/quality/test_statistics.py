"""Figures against closed forms, and what must hold for all of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.quality.statistics import (
    gradient_energy,
    mean,
    mean_of_means,
    psnr,
    ratio_of_means,
    wilson,
)


def test_wilson_equals_published_values() -> None:
    half = wilson(5, 10)
    assert (half.value, half.low, half.high) == pytest.approx((0.5, 0.2366, 0.7634), abs=1e-4)
    none = wilson(0, 10)
    assert (none.low, none.high) == pytest.approx((0.0, 0.2775), abs=1e-4)


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_lies_around_its_share_inside_0_to_1(counts: tuple[int, int]) -> None:
    found = wilson(*counts)
    assert 0 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= 1
    assert found.high > found.low


def test_a_share_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        wilson(0, 0)


def test_the_bootstrap_of_a_mean_is_as_wide_as_theory_says() -> None:
    values = np.random.default_rng(0).normal(3, 2, 400)
    found = mean(values)
    assert found.value == pytest.approx(values.mean())
    half = 1.96 * values.std() / 20
    assert found.high - found.value == pytest.approx(half, rel=0.1)
    assert found.value - found.low == pytest.approx(half, rel=0.1)


def test_a_constant_has_no_spread() -> None:
    found = mean(np.full(20, 0.25))
    assert (found.value, found.low, found.high) == (0.25, 0.25, 0.25)


def test_a_ratio_weighs_nouns_alike_and_keeps_pairs_together() -> None:
    few = np.array([[1, 1], [0, 1]])
    many = np.array([[1, 1]] * 10)
    found = ratio_of_means([few, many])
    assert found.value == pytest.approx((0.5 + 1) / 2)
    # The second group cannot vary, the first only between 0 and 1.
    assert found.low >= 0.5
    assert found.high <= 1.0


def test_a_ratio_to_nothing_is_no_number() -> None:
    assert np.isnan(ratio_of_means([np.array([[1, 0], [0, 0]])]).value)


def test_rows_are_drawn_within_their_own_group() -> None:
    found = mean_of_means([np.zeros(5), np.ones(7), np.ones(2)])
    assert (found.value, found.low, found.high) == pytest.approx((2 / 3, 2 / 3, 2 / 3))


def test_psnr_of_a_known_error() -> None:
    original = np.full((8, 8, 3), 0.5, np.float32)
    picture = original.copy()
    picture[:4] += np.float32(0.1)
    upper = np.zeros((8, 8), np.bool_)
    upper[:4] = True
    assert psnr(picture, original, upper) == pytest.approx(20, abs=1e-4)
    assert psnr(picture, original) == pytest.approx(20 + 10 * np.log10(2), abs=1e-4)
    assert psnr(original, original) == 99.0


def test_gradient_energy_of_a_ramp() -> None:
    ramp = np.tile(np.arange(10, dtype=np.float32)[None, :, None] * 0.1, (6, 1, 3))
    assert gradient_energy(ramp) == pytest.approx(0.01, rel=1e-4)
    assert gradient_energy(ramp.transpose(1, 0, 2)) == pytest.approx(0.01, rel=1e-4)
