"""Blend modes against W3C formulas worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from glide_studio.document.blend_modes import BLEND_FUNCTIONS
from glide_studio.document.layer import BLEND_MODES


def blend(mode: str, cb: tuple[float, float, float], cs: tuple[float, float, float]) -> list[float]:
    colors = (np.array(c, np.float32).reshape(3, 1) for c in (cb, cs))
    return BLEND_FUNCTIONS[mode](*colors)[:, 0].tolist()


@pytest.mark.parametrize(
    ("mode", "cb", "cs", "expected"),
    [
        ("normal", 0.2, 0.7, 0.7),
        ("multiply", 0.2, 0.7, 0.14),
        ("screen", 0.2, 0.7, 0.76),
        ("overlay", 0.2, 0.7, 0.28),
        ("overlay", 0.6, 0.7, 0.76),
        ("darken", 0.2, 0.7, 0.2),
        ("lighten", 0.2, 0.7, 0.7),
        ("color-dodge", 0.2, 0.6, 0.5),
        ("color-dodge", 0.5, 0.6, 1.0),
        ("color-dodge", 0.0, 1.0, 0.0),
        ("color-dodge", 0.1, 1.0, 1.0),
        ("color-burn", 0.8, 0.5, 0.6),
        ("color-burn", 0.3, 0.5, 0.0),
        ("color-burn", 1.0, 0.0, 1.0),
        ("color-burn", 0.9, 0.0, 0.0),
        ("hard-light", 0.2, 0.7, 0.52),
        ("hard-light", 0.2, 0.4, 0.16),
        ("soft-light", 0.5, 0.25, 0.375),
        ("soft-light", 0.25, 0.75, 0.375),  # D(0.25) = 0.5 = sqrt(0.25)
        ("soft-light", 0.64, 1.0, 0.8),
        ("soft-light", 0.1, 1.0, 0.296),  # D = ((1.6 - 12) 0.1 + 4) 0.1
        ("difference", 0.2, 0.7, 0.5),
        ("exclusion", 0.2, 0.7, 0.62),
    ],
)
def test_separable_modes(mode, cb, cs, expected):
    assert blend(mode, (cb,) * 3, (cs,) * 3) == pytest.approx([expected] * 3, abs=1e-6)


# Cb = (0.2, 0.4, 0.6): Lum 0.362, Sat 0.4.  Cs = (0.9, 0.5, 0.1): Lum 0.576, Sat 0.8.
NON_SEPARABLE = {
    # SetSat(Cs, 0.4) = (0.4, 0.2, 0): Lum 0.238, moved by 0.124
    "hue": [0.524, 0.324, 0.124],
    # SetSat(Cb, 0.8) = (0, 0.4, 0.8): Lum 0.324, moved by 0.038
    "saturation": [0.038, 0.438, 0.838],
    # Cs moved by -0.214 = (0.686, 0.286, -0.114), clipped: L + (C - L) L / (L - min)
    "color": [
        0.362 + 0.324 * 0.362 / 0.476,
        0.362 - 0.076 * 0.362 / 0.476,
        0.0,
    ],
    # Cb moved by 0.214
    "luminosity": [0.414, 0.614, 0.814],
}


@pytest.mark.parametrize("mode", NON_SEPARABLE)
def test_non_separable_modes(mode):
    result = blend(mode, (0.2, 0.4, 0.6), (0.9, 0.5, 0.1))
    assert result == pytest.approx(NON_SEPARABLE[mode], abs=1e-6)


def test_clipping_from_above_keeps_the_luminosity():
    # Cs moved to Lum 0.93: (1.1, 0.9, ...) must be drawn back to 1.
    result = blend("color", (0.93, 0.93, 0.93), (0.9, 0.5, 0.1))
    assert max(result) == pytest.approx(1.0, abs=1e-6)
    assert 0.3 * result[0] + 0.59 * result[1] + 0.11 * result[2] == pytest.approx(0.93, abs=1e-6)


def test_gray_has_no_hue_to_give():
    assert blend("hue", (0.2, 0.4, 0.6), (0.5, 0.5, 0.5)) == pytest.approx([0.362] * 3, abs=1e-6)


def test_every_mode_but_pass_through_has_a_formula():
    assert set(BLEND_FUNCTIONS) == set(BLEND_MODES) - {"pass-through"}


def test_soft_light_takes_a_backdrop_just_below_0():
    low = np.full((3, 1, 1), -1e-7, np.float32)
    found = BLEND_FUNCTIONS["soft-light"](low, np.full_like(low, 0.9))
    assert np.abs(found).max() < 1e-5
