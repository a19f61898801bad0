"""Pictures and masks for the tests of the finish."""

from __future__ import annotations

import numpy as np

from glide_studio.imaging.filters import gaussian_blur


def scene(side: int = 160, texture: float = 0.04, seed: int = 0) -> np.ndarray:
    """Slopes and soft texture, float32 [side, side, 3]."""
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / side
    slopes = np.stack([0.3 + 0.4 * x, 0.5 + 0.2 * np.sin(9 * y), 0.4 + 0.2 * x * y], -1)
    return np.clip(slopes + texture * _soft(side, seed), 0, 1).astype(np.float32)


def _soft(side: int, seed: int) -> np.ndarray:
    white = np.random.default_rng(seed).standard_normal((side, side, 3)).astype(np.float32)
    return gaussian_blur(white, 1.5) * 5


def grain(side: int = 160, sigma: float = 0.02, seed: int = 1) -> np.ndarray:
    """Gray white noise, float32 [side, side, 3]."""
    white = np.random.default_rng(seed).standard_normal((side, side, 1))
    return np.repeat(white * sigma, 3, axis=2).astype(np.float32)


def disc(side: int = 160, radius: float = 45) -> np.ndarray:
    """A hard round mask in the middle, float32 [side, side]."""
    y, x = np.mgrid[0:side, 0:side] + 0.5
    return (np.hypot(x - side / 2, y - side / 2) < radius).astype(np.float32)


def everywhere(side: int = 160) -> np.ndarray:
    """All pixels known."""
    return np.ones((side, side), np.bool_)
