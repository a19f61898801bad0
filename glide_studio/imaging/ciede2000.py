"""CIEDE2000: how different two colors look.

Sharma, Wu, Dalal, "The CIEDE2000 Color-Difference Formula: Implementation Notes, Supplementary Test
Data, and Mathematical Observations", Color Research and Application 30 (2005), eqs. 2 to 22, with
kL = kC = kH = 1.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.imaging.types import Image

Lab = NDArray[np.floating[Any]]


def rgb_to_lab(image: Image) -> Image:
    """Convert sRGB [h, w, 3], 0 .. 1, to CIELAB (D65): L 0 .. 100, a and b about -128 .. 127."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2Lab), np.float32)


def delta_e(first: Lab, second: Lab) -> NDArray[np.float64]:
    """Compute the difference of CIELAB colors [..., 3]; about 1 is just noticeable."""
    l1, a1, b1 = np.moveaxis(first.astype(np.float64), -1, 0)
    l2, a2, b2 = np.moveaxis(second.astype(np.float64), -1, 0)
    mean_c = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2  # eqs. 2, 3
    g = 0.5 * (1 - np.sqrt(mean_c**7 / (mean_c**7 + 25.0**7)))  # eq. 4
    a1, a2 = (1 + g) * a1, (1 + g) * a2  # eq. 5
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)  # eq. 6
    h1, h2 = _hue(a1, b1), _hue(a2, b2)  # eq. 7

    dl, dc = l2 - l1, c2 - c1  # eqs. 8, 9
    gray = c1 * c2 == 0
    dh = np.where(gray, 0, (h2 - h1 + 180) % 360 - 180)  # eq. 10
    dh_big = 2 * np.sqrt(c1 * c2) * _sin(dh / 2)  # eq. 11

    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2  # eqs. 12, 13
    apart = np.abs(h1 - h2) > 180
    mean_h = np.where(apart, (h1 + h2 + np.where(h1 + h2 < 360, 360, -360)) / 2, (h1 + h2) / 2)
    mean_h = np.where(gray, h1 + h2, mean_h)  # eq. 14

    t = (
        1
        - 0.17 * _cos(mean_h - 30)
        + 0.24 * _cos(2 * mean_h)
        + 0.32 * _cos(3 * mean_h + 6)
        - 0.20 * _cos(4 * mean_h - 63)
    )  # eq. 15
    turn = 30 * np.exp(-(((mean_h - 275) / 25) ** 2))  # eq. 16
    rc = 2 * np.sqrt(mean_c**7 / (mean_c**7 + 25.0**7))  # eq. 17
    sl = 1 + 0.015 * (mean_l - 50) ** 2 / np.sqrt(20 + (mean_l - 50) ** 2)  # eq. 18
    sc = 1 + 0.045 * mean_c  # eq. 19
    sh = 1 + 0.015 * mean_c * t  # eq. 20
    rt = -_sin(2 * turn) * rc  # eq. 21
    x, y, z = dl / sl, dc / sc, dh_big / sh
    total: NDArray[np.float64] = np.sqrt(np.maximum(0, x * x + y * y + z * z + rt * y * z))
    return total  # eq. 22


def _hue(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute the hue angle in degrees, 0 .. 360; 0 for gray."""
    return np.asarray(np.degrees(np.arctan2(b, a)) % 360)


def _sin(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.sin(np.radians(degrees)))


def _cos(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.cos(np.radians(degrees)))
