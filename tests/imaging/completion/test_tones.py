"""Tones that spread from smooth surroundings."""

from __future__ import annotations

import numpy as np
import pytest

from glide_studio.imaging.completion import tones
from glide_studio.imaging.completion.complete import complete
from glide_studio.imaging.completion.tones import spread_tones

WINDOW = (slice(40, 90), slice(50, 110))


def middle() -> np.ndarray:
    hole = np.zeros((130, 160), np.bool_)
    hole[WINDOW] = True
    return hole


def glow() -> np.ndarray:
    """float32 [130, 160, 3]: brightest in the middle of the hole, as around a low sun."""
    ys, xs = np.mgrid[:130, :160].astype(np.float32)
    glow = np.exp(-((ys - 65) ** 2 + (xs - 80) ** 2) / (2 * 60**2))[..., None]
    return np.asarray(90 + glow * (130, 90, 30), np.float32)


def spread(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return spread_tones(np.ascontiguousarray(image), middle(), WINDOW, lambda: None)


def test_a_glow_goes_on_whatever_was_copied() -> None:
    truth = glow()
    image = truth.copy()
    image[middle()] += 6
    found, follow = spread(image)
    assert follow.min() > 0.7
    flat = truth[WINDOW].copy()
    flat[:] = truth[~middle()].mean(0)
    error = np.abs(found - truth[WINDOW]).mean()
    assert error < 6
    assert error < 0.5 * np.abs(flat - truth[WINDOW]).mean()


def test_tones_do_not_pass_an_edge_of_the_copies() -> None:
    image = glow()
    image[65:] = (30, 40, 60)
    found, follow = spread(image)
    assert np.abs(found[28:] - image[WINDOW][28:]).max() < 4
    assert np.abs(found[:20] - image[WINDOW][:20]).max() < 25
    assert follow[24:26].max() < 0.1


def test_what_was_copied_dark_does_not_glow() -> None:
    image = np.full((130, 160, 3), 10, np.float32)
    image[:, :50] = np.maximum(0, 10 - 0.5 * np.arange(49, -1, -1, dtype=np.float32))[:, None]
    found, follow = spread(image)
    assert 11 < found[10:40].max() <= 13.01
    assert follow[10:40].min() > 0.5


def test_texture_is_not_followed() -> None:
    image = np.random.default_rng(2).uniform(60, 200, (130, 160, 3)).astype(np.float32)
    assert spread(image)[1].max() < 0.05


def test_a_smooth_sky_has_no_smudge() -> None:
    truth = glow() + np.random.default_rng(3).normal(0, 1.5, (130, 160, 1))
    image = np.clip(np.rint(truth), 0, 255).astype(np.uint8)
    filled = complete(image, middle()).paste(image).astype(np.float32)
    means = [part[WINDOW].reshape(5, 10, 6, 10, 3).mean((1, 3)) for part in (filled, glow())]
    assert np.abs(means[0] - means[1]).max() < 16


def test_an_edge_of_18_levels_lets_half_of_the_heat_pass() -> None:
    gray = np.repeat(np.float32([0, 18, 18, 0])[None, :, None], 2, 0)
    colored = np.zeros((2, 3, 3), np.float32)
    colored[:, 1] = 18 / 3**0.5
    for cells in (gray, colored):
        across, down = (tones._conductance(cells, axis) for axis in (1, 0))
        assert across[:, 0] == pytest.approx(0.5, abs=1e-4)
        assert down == pytest.approx(1, abs=1e-6)
    assert tones._conductance(gray, 1)[0] == pytest.approx([0.5, 1, 0.5, 1], abs=1e-4)


@pytest.mark.parametrize(("rough", "smooth"), [(0, 1), (1, 16 / 17), (2, 0.5), (4, 1 / 17)])
@pytest.mark.parametrize("axis", [0, 1])
def test_a_zigzag_of_two_levels_is_half_as_smooth_as_a_ramp(
    rough: float, smooth: float, axis: int
) -> None:
    place = np.indices((40, 40))[axis]
    cells = np.repeat((100 + place + rough * (-1) ** place)[..., None], 3, 2).astype(np.float32)
    cells[:, :20] += 90  # beyond an edge other things count
    cells[:, :20] += 30 * (-1) ** np.indices((40, 20)).sum(0)[..., None]
    passes = tuple(np.ones((40, 40), np.float32) for _ in range(2))
    passes[1][:, 19] = 0
    found = tones._smoothness(cells, passes, np.ones((40, 40), np.bool_))
    assert found[15:25, 30:34] == pytest.approx(smooth, abs=0.01)


def test_a_slope_goes_on_beyond_the_last_known_column_and_fades_over_eight_cells(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The integral of slope / (1 + (d / 8)^2) is that of an arc tangent; a cell is two pixels."""
    monkeypatch.setattr(tones, "SWEEPS", 1000)  # until nothing flows any more
    x = np.arange(200)
    ramp = np.repeat(np.repeat((60 + 0.5 * x)[None, :, None], 60, 0), 3, 2).astype(np.float32)
    hole = np.zeros((60, 200), np.bool_)
    hole[:, 150:] = True
    copied = ramp.copy()
    copied[:, 150:] = 60 + 0.5 * 150
    found, follow = spread_tones(copied, hole, (slice(0, 60), slice(150, 200)), lambda: None)
    away = (np.arange(50) + 0.5) / 2
    wanted = 60 + 0.5 * 149.5 + 8 * np.arctan(away / 8)
    assert np.abs(found[20:40, :, 0] - wanted).max() < 0.3
    assert follow.min() > 0.9


def test_a_flat_tone_goes_on_exactly() -> None:
    image = np.full((130, 160, 3), (40, 120, 200), np.float32)
    image[middle()] += np.float32((5, -4, 3))
    found, follow = spread(image)
    assert np.abs(found - (40, 120, 200)).max() < 0.1
    assert follow.min() > 0.97


def test_where_nothing_is_known_nothing_is_followed() -> None:
    image, hole = glow(), np.ones((130, 160), np.bool_)
    found, follow = spread_tones(image, hole, WINDOW, lambda: None)
    assert np.array_equal(found, image[WINDOW])
    assert not follow.any()
