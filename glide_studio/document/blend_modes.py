"""Blend modes by the formulas of W3C "Compositing and Blending Level 1", sections 9 and 10.

Colors are float32 [3, ...], 0 .. 1, in the encoding of the document: Cb of the backdrop, Cs of the
source. Channels come first because numpy is several times faster on long inner axes. Each function
returns B(Cb, Cs).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np

from glide_studio.document.layer import BlendMode
from glide_studio.imaging.types import Float32

BlendFunction: TypeAlias = Callable[[Float32, Float32], Float32]


def normal(cb: Float32, cs: Float32) -> Float32:
    """Compute B = Cs."""
    return cs


def multiply(cb: Float32, cs: Float32) -> Float32:
    """Compute B = Cb x Cs."""
    return cb * cs


def screen(cb: Float32, cs: Float32) -> Float32:
    """Compute B = Cb + Cs - Cb x Cs."""
    return cb + cs - cb * cs


def overlay(cb: Float32, cs: Float32) -> Float32:
    """Compute hard light with the two exchanged."""
    return hard_light(cs, cb)


def darken(cb: Float32, cs: Float32) -> Float32:
    """Compute B = min(Cb, Cs)."""
    return np.minimum(cb, cs)


def lighten(cb: Float32, cs: Float32) -> Float32:
    """Compute B = max(Cb, Cs)."""
    return np.maximum(cb, cs)


def color_dodge(cb: Float32, cs: Float32) -> Float32:
    """Compute B = min(1, Cb / (1 - Cs)); 0 where Cb is 0, else 1 where Cs is 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        bright = np.minimum(1, cb / (1 - cs))
    return np.where(cb == 0, np.float32(0), np.where(cs >= 1, np.float32(1), bright))


def color_burn(cb: Float32, cs: Float32) -> Float32:
    """Compute B = 1 - min(1, (1 - Cb) / Cs); 1 where Cb is 1, else 0 where Cs is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        dark = 1 - np.minimum(1, (1 - cb) / cs)
    return np.where(cb >= 1, np.float32(1), np.where(cs <= 0, np.float32(0), dark))


def hard_light(cb: Float32, cs: Float32) -> Float32:
    """Multiply by 2 Cs up to Cs = 0.5, screen with 2 Cs - 1 above."""
    return np.where(cs <= 0.5, multiply(cb, 2 * cs), screen(cb, 2 * cs - 1))


def soft_light(cb: Float32, cs: Float32) -> Float32:
    """Compute Cb - (1 - 2 Cs) Cb (1 - Cb) up to Cs = 0.5, Cb + (2 Cs - 1)(D(Cb) - Cb) above."""
    root = np.sqrt(np.maximum(cb, 0))  # blending may leave a backdrop just below 0
    d = np.where(cb <= 0.25, ((16 * cb - 12) * cb + 4) * cb, root)
    return np.where(cs <= 0.5, cb - (1 - 2 * cs) * cb * (1 - cb), cb + (2 * cs - 1) * (d - cb))


def difference(cb: Float32, cs: Float32) -> Float32:
    """Compute B = |Cb - Cs|."""
    difference_: Float32 = np.abs(cb - cs)
    return difference_


def exclusion(cb: Float32, cs: Float32) -> Float32:
    """Compute B = Cb + Cs - 2 Cb Cs."""
    return cb + cs - 2 * cb * cs


def hue(cb: Float32, cs: Float32) -> Float32:
    """Compute SetLum(SetSat(Cs, Sat(Cb)), Lum(Cb))."""
    return _set_lum(_set_sat(cs, _sat(cb)), _lum(cb))


def saturation(cb: Float32, cs: Float32) -> Float32:
    """Compute SetLum(SetSat(Cb, Sat(Cs)), Lum(Cb))."""
    return _set_lum(_set_sat(cb, _sat(cs)), _lum(cb))


def color(cb: Float32, cs: Float32) -> Float32:
    """Compute SetLum(Cs, Lum(Cb))."""
    return _set_lum(cs, _lum(cb))


def luminosity(cb: Float32, cs: Float32) -> Float32:
    """Compute SetLum(Cb, Lum(Cs))."""
    return _set_lum(cb, _lum(cs))


BLEND_FUNCTIONS: Mapping[BlendMode, BlendFunction] = {
    "normal": normal,
    "multiply": multiply,
    "screen": screen,
    "overlay": overlay,
    "darken": darken,
    "lighten": lighten,
    "color-dodge": color_dodge,
    "color-burn": color_burn,
    "hard-light": hard_light,
    "soft-light": soft_light,
    "difference": difference,
    "exclusion": exclusion,
    "hue": hue,
    "saturation": saturation,
    "color": color,
    "luminosity": luminosity,
}


def _lum(c: Float32) -> Float32:
    """Compute Lum(C), section 10.2."""
    lum: Float32 = 0.3 * c[0] + 0.59 * c[1] + 0.11 * c[2]
    return lum


def _sat(c: Float32) -> Float32:
    """Compute Sat(C) = max - min."""
    spread: Float32 = c.max(axis=0) - c.min(axis=0)
    return spread


def _set_sat(c: Float32, s: Float32) -> Float32:
    """Compute SetSat(C, s): smallest channel to 0, largest to s, the middle one in proportion."""
    low = c.min(axis=0)
    spread = c.max(axis=0) - low
    return np.where(spread > 0, (c - low) * s / np.where(spread > 0, spread, 1), np.float32(0))


def _set_lum(c: Float32, lum: Float32) -> Float32:
    """Compute SetLum(C, l) = ClipColor(C + l - Lum(C))."""
    c = c + (lum - _lum(c))
    mean = _lum(c)
    low, high = c.min(axis=0), c.max(axis=0)
    under, over = mean - low, high - mean
    c = np.where(low < 0, mean + (c - mean) * mean / np.where(under > 0, under, 1), c)
    return np.where(high > 1, mean + (c - mean) * (1 - mean) / np.where(over > 0, over, 1), c)
