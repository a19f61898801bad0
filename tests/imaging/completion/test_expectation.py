"""What the rim lets expect in a hole, and that copies of something quite different cost more."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from glide_studio.imaging.completion.boundaries import boundary_of, distances_to
from glide_studio.imaging.completion.completion_settings import Settings
from glide_studio.imaging.completion.expectation import NO_LOOKS, expect
from glide_studio.imaging.completion.field import confidence, improve, new_field, patch_means
from glide_studio.imaging.completion.kernels import strangeness
from glide_studio.imaging.completion.lines import Gap
from glide_studio.imaging.completion.pyramid import Level, add_features


def sharp_and_smooth() -> tuple[np.ndarray, np.ndarray]:
    """A gray picture float32 [96, 128, 3], smooth at the right, and a hole amid what is smooth."""
    rng = np.random.default_rng(4)
    image = np.full((96, 128, 1), 120, np.float32)
    image[:, :48] += rng.uniform(-60, 60, (96, 48, 1))
    hole = np.zeros((96, 128), np.bool_)
    hole[32:64, 70:110] = True
    return np.repeat(image, 3, 2), hole


def test_a_hole_amid_what_is_smooth_is_expected_to_be_smooth() -> None:
    image, hole = sharp_and_smooth()
    looks = expect(Level(image, hole, ~hole))
    assert looks.shape == (96, 128, 4)
    assert strangeness.py_func(looks, 48, 90, 48, 122) < 0.01
    assert strangeness.py_func(looks, 48, 90, 48, 20) > 0.5


def test_a_hole_between_two_tones_is_expected_to_have_those_of_its_side() -> None:
    image = np.full((96, 128, 3), 200, np.float32)
    image[48:] = (40, 60, 40)
    hole = np.zeros((96, 128), np.bool_)
    hole[20:76, 50:78] = True
    image[hole] = 255  # what is removed tells nothing
    looks = expect(Level(image, hole, ~hole))
    for row, alike, other in ((26, 8, 88), (70, 88, 8)):
        near = strangeness.py_func(looks, row, 64, alike, 10)
        assert near < 0.3 < 0.7 < strangeness.py_func(looks, row, 64, other, 10)


@pytest.mark.parametrize("horizon", [True, False])
def test_below_a_horizon_at_its_edge_a_hole_is_expected_to_be_sea(horizon: bool) -> None:
    """The rim above is sky; where the horizon goes on, that tells nothing of what is below."""
    image = np.full((96, 128, 3), 60, np.float32)
    image[30:] = 220
    hole = np.zeros((96, 128), np.bool_)
    hole[28:70, 30:98] = True
    line = boundary_of(Gap((30.0, 29.0), (0.0, 1.0), 29.0, 69.0, True, horizon), 200)
    looks = expect(Level(image, hole, ~hole), distances_to([line] if horizon else [], (96, 128)))
    assert (strangeness.py_func(looks, 36, 64, 90, 10) < 0.2) == horizon
    assert (strangeness.py_func(looks, 60, 64, 90, 10) < 0.1) == horizon


def test_without_looks_nothing_is_strange() -> None:
    assert strangeness.py_func(NO_LOOKS, 0, 0, 5, 5) == 0


def test_of_two_equal_matches_that_is_found_which_is_expected() -> None:
    """The left and the right third are the same; looks alone tell them apart."""
    tile = np.random.default_rng(6).integers(0, 256, (48, 40, 3)).astype(np.float32)
    image = np.concatenate([tile, tile, tile], 1)
    hole = np.zeros((48, 120), np.bool_)
    hole[16:32, 52:68] = True
    for expected in (0, 1):
        looks = np.zeros((48, 120, 1), np.float32)
        looks[:, 60:] = 6 if expected == 0 else 0
        looks[:, :60] = 6 if expected == 1 else 0
        looks[hole] = 0
        level = Level(image.copy(), hole, ~hole)
        add_features([level], 6.0)
        settings = Settings()
        field = new_field(level, 3, np.random.default_rng(0))
        weight = confidence(level, field, settings.confidence)
        means = patch_means(level.image, field.radius, lambda: None)
        state = np.array([1, 2, 3, 4], np.uint32)
        for _ in range(4):
            improve(
                level, field, means, settings, weight, 30.0, 5, 120, np.zeros((0, 2), np.int32),
                None, looks, state, lambda: None,
            )  # fmt: skip
        deep = hole[field.origin[0] :, field.origin[1] :][: len(field.nx), : field.nx.shape[1]]
        right = field.nx[deep & field.target] >= 60
        assert (right if expected else ~right).mean() > 0.9


def test_what_is_expected_is_held_at_128_pixels_at_most() -> None:
    for shape, wanted in (((300, 400), (96, 128)), ((400, 200), (128, 64)), ((60, 50), (60, 50))):
        hole = np.zeros(shape, np.bool_)
        hole[20:30, 20:30] = True
        looks = expect(Level(np.full((*shape, 3), 90, np.float32), hole, ~hole))
        assert looks.shape == (*wanted, 4)
        assert np.ptp(looks, axis=(0, 1)) == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize(("apart", "strange"), [(8, 0.2), (16, 0.5), (32, 0.8)])
def test_sixteen_steps_of_lightness_are_half_strange(apart: float, strange: float) -> None:
    lab = np.zeros((60, 120, 3), np.float32)
    lab[..., 0] = 40
    lab[:, 60:, 0] = 40 + apart
    image = cv2.cvtColor(lab, cv2.COLOR_LAB2RGB) * 255
    hole = np.zeros((60, 120), np.bool_)
    hole[25:35, 20:30] = True
    looks = expect(Level(image.astype(np.float32), hole, ~hole))
    assert strangeness.py_func(looks, 30, 25, 30, 100) == pytest.approx(strange, abs=0.01)
    assert strangeness.py_func(looks, 30, 25, 10, 10) < 1e-3


@pytest.mark.parametrize("axis", [0, 1])
def test_texture_of_half_the_slope_is_half_strange(axis: int) -> None:
    """Slopes of 8 and 2.97 levels a pixel: 0.7 apart in the logarithm of slope plus two."""
    other = 10 * np.exp(-0.7) - 2
    place = np.indices((120, 120))[axis]
    image = 100 + np.where(place % 2, 4.0, -4.0)
    image[:, 60:] = 100 + np.where(place % 2, other / 2, -other / 2)[:, 60:]
    image = np.repeat(image[..., None], 3, 2).astype(np.float32)
    hole = np.zeros((120, 120), np.bool_)
    hole[55:65, 20:30] = True
    looks = expect(Level(image, hole, ~hole))
    assert strangeness.py_func(looks, 60, 25, 60, 100) == pytest.approx(0.5, abs=0.02)
