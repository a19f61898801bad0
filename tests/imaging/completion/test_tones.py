"""Tones that spread from smooth surroundings."""

from __future__ import annotations

import numpy as np

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
    tones, follow = spread(image)
    assert follow.min() > 0.7
    flat = truth[WINDOW].copy()
    flat[:] = truth[~middle()].mean(0)
    error = np.abs(tones - truth[WINDOW]).mean()
    assert error < 6
    assert error < 0.5 * np.abs(flat - truth[WINDOW]).mean()


def test_tones_do_not_pass_an_edge_of_the_copies() -> None:
    image = glow()
    image[65:] = (30, 40, 60)
    tones, follow = spread(image)
    assert np.abs(tones[28:] - image[WINDOW][28:]).max() < 4
    assert np.abs(tones[:20] - image[WINDOW][:20]).max() < 25
    assert follow[24:26].max() < 0.1


def test_texture_is_not_followed() -> None:
    image = np.random.default_rng(2).uniform(60, 200, (130, 160, 3)).astype(np.float32)
    assert spread(image)[1].max() < 0.05


def test_a_smooth_sky_has_no_smudge() -> None:
    truth = glow() + np.random.default_rng(3).normal(0, 1.5, (130, 160, 1))
    image = np.clip(np.rint(truth), 0, 255).astype(np.uint8)
    filled = complete(image, middle()).paste(image).astype(np.float32)
    means = [part[WINDOW].reshape(5, 10, 6, 10, 3).mean((1, 3)) for part in (filled, glow())]
    assert np.abs(means[0] - means[1]).max() < 16
