"""Color between profiles of a matrix and three curves (ICC.1:2022, F.3), by tables.

Most RGB profiles are of this kind: sRGB, Adobe RGB, Display P3, ProPhoto. Little CMS evaluates their curves
with `pow` for each sample, 0.25 s a megapixel; two tables and one product of matrices take a tenth of that.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

TOP = 65535
ROOTS = (1 << 18) - 1  # finer than 16 bits, so that no two samples become one
PIXELS = 1 << 14  # at a time, so that work space stays in the cache
PARAMETERS = (1, 3, 4, 5, 7)  # numbers that a parametric curve of each type has

Table = NDArray[np.float32]
Curve = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Shaper:
    """curves: [3, 65536] float32, encoded 0 .. 65535 to linear. matrix: [3, 3], linear RGB to XYZ (D50)."""

    curves: Table
    matrix: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Conversion:
    """decode: as `Shaper.curves`. matrix: linear to linear. encode: [3, 2**18], by the root of linear.

    Over the root of light every usual curve is nearly straight: the nearest entry is off by less than half
    a 16-bit step.
    """

    decode: Table
    matrix: NDArray[np.float32]
    encode: Table

    def apply(self, pixels: NDArray[Any], dtype: Any) -> NDArray[Any]:
        """Colors [h, w, 3], uint8, uint16 or float32 in 0 .. 1, as float32 in 0 .. 1 or uint16.

        What the target does not hold is clipped.
        """
        flat = pixels.reshape(-1, 3)
        out = np.empty(flat.shape, dtype)
        encode = self.encode if dtype == np.float32 else np.rint(self.encode * TOP).astype(dtype)
        for first in range(0, len(flat), PIXELS):
            part = flat[first : first + PIXELS]
            light = cv2.transform(_look_up(self.decode, _places(part))[None], self.matrix)[0]
            root = np.sqrt(np.clip(light, 0, 1))
            places = (root * np.float32(ROOTS) + np.float32(0.5)).astype(np.int32)
            out[first : first + PIXELS] = _look_up(encode, places)
        return out.reshape(pixels.shape)


def _places(pixels: NDArray[Any]) -> NDArray[np.uint16]:
    """Where samples are found in a table of 65536."""
    if pixels.dtype == np.uint16:
        return pixels
    if pixels.dtype == np.uint8:
        return np.asarray(np.multiply(pixels, 257, dtype=np.uint16))
    scaled = np.clip(pixels, 0, 1) * np.float32(TOP) + np.float32(0.5)
    return np.asarray(scaled, np.uint16)


def _look_up(tables: NDArray[Any], places: NDArray[Any]) -> NDArray[Any]:
    """Entries of [n, 3] places in one table or three, [k, entries]."""
    if len(tables) == 1:
        return np.take(tables[0], places)
    return np.stack([np.take(tables[one], places[:, one]) for one in range(3)], axis=-1)


def linear(found: Shaper, pixels: NDArray[Any]) -> Table:
    """Light of samples [h, w, 3]."""
    light: Table = _look_up(found.curves, _places(pixels.reshape(-1, 3)))
    return light.reshape(pixels.shape)


def conversion(source: bytes, target: bytes) -> Conversion | None:
    """From profile to profile; None unless both are of a matrix and curves that rise."""
    ours, theirs = shaper(source), shaper(target)
    if ours is None or theirs is None or (np.diff(theirs.curves, axis=1) < 0).any():
        return None
    try:
        matrix = np.linalg.solve(theirs.matrix, ours.matrix)
    except np.linalg.LinAlgError:
        return None
    light = np.square(np.linspace(0, 1, ROOTS + 1))
    encoded = np.linspace(0, 1, TOP + 1)
    encode = [np.interp(light, curve.astype(np.float64), encoded) for curve in theirs.curves]
    return Conversion(ours.curves, matrix.astype(np.float32), _once(np.array(encode, np.float32)))


def shaper(profile: bytes) -> Shaper | None:
    """What an RGB profile says if it is of a matrix and curves; None for any other or a damaged one."""
    try:
        tags = _tags(profile)
        if b"A2B0" in tags or profile[16:24] != b"RGB XYZ ":
            return None
        columns = [_xyz(tags[name]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
        curves = [_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC")]
    except (KeyError, ValueError, struct.error):
        return None
    found = np.array(curves, np.float32)
    return Shaper(_once(found), np.array(columns).T) if np.isfinite(found).all() else None


def _once(tables: Table) -> Table:
    """The first alone if all three are the same, as usual."""
    return tables[:1] if (tables == tables[0]).all() else tables


def _tags(profile: bytes) -> dict[bytes, bytes]:
    """Content of each tag by its signature (7.3)."""
    (count,) = struct.unpack_from(">I", profile, 128)
    entries = (
        struct.unpack_from(">4sII", profile, 132 + 12 * one) for one in range(min(count, 200))
    )
    return {name: profile[at : at + length] for name, at, length in entries}


def _xyz(tag: bytes) -> tuple[float, ...]:
    """XYZType (10.31)."""
    return tuple(value / 65536 for value in struct.unpack_from(">iii", tag, 8))


def _curve(tag: bytes) -> Curve:
    """65536 values of a curveType (10.6) or parametricCurveType (10.18)."""
    x: Curve = np.linspace(0, 1, TOP + 1)
    if tag[:4] == b"curv":
        (count,) = struct.unpack_from(">I", tag, 8)
        if count == 0:
            return x
        points = np.array(struct.unpack_from(f">{min(count, 1 << 16)}H", tag, 12), np.float64)
        if count == 1:
            return np.asarray(np.power(x, points[0] / 256))
        return np.interp(x, np.linspace(0, 1, len(points)), points / TOP)
    if tag[:4] != b"para":
        raise ValueError("A curve of an unknown type.")
    (kind,) = struct.unpack_from(">H", tag, 8)
    if kind >= len(PARAMETERS):
        raise ValueError("A parametric curve of an unknown type.")
    numbers = np.zeros(7)
    count = PARAMETERS[kind]
    numbers[:count] = np.array(struct.unpack_from(f">{count}i", tag, 12)) / 65536
    g, a, b, c, d, e, f = numbers
    if kind == 0:
        return np.asarray(np.power(x, g))
    power = np.power(np.maximum(a * x + b, 0), g)
    if kind in (1, 2):
        return np.asarray(power + c)  # below where the base is 0: c, which type 1 has not
    return np.where(x >= d, power + e, c * x + f)
