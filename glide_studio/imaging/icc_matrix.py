"""Conversion between profiles of a matrix and three curves (ICC.1:2022, F.3), by tables.

Most RGB profiles are of this kind: sRGB, Adobe RGB, Display P3, ProPhoto. Little CMS evaluates
their curves with `pow` for each sample; two tables and one product of matrices take a tenth of the
time.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

MAX_16_BIT = 65535
MAX_ROOT_INDEX = (1 << 18) - 1  # finer than 16 bits, so that no two samples become one
CHUNK_PIXELS = 1 << 14  # so that work space stays in the processor's cache
PARAMETER_COUNTS = (1, 3, 4, 5, 7)  # of the parametric curve of each type

Table = NDArray[np.float32]
Curve = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class MatrixProfile:
    """A profile of a matrix and curves.

    curves: [3, 65536] float32, encoded 0 .. 65535 to linear; [1, 65536] if all three are the same.
    matrix: [3, 3], linear RGB to XYZ (D50).
    """

    curves: Table
    matrix: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class MatrixConversion:
    """A conversion from one profile to another.

    decode: as `MatrixProfile.curves`. matrix: linear to linear. encode: [3, 2**18], by the square
    root of linear: over it every usual curve is nearly straight, and the nearest entry is off by
    less than half a 16-bit step.
    """

    decode: Table
    matrix: NDArray[np.float32]
    encode: Table

    def apply(self, pixels: NDArray[Any], dtype: Any) -> NDArray[Any]:
        """Convert [h, w, 3], uint8, uint16 or float32 in 0 .. 1, to float32 in 0 .. 1 or uint16.

        Colors outside of the target's gamut are clipped.
        """
        flat = pixels.reshape(-1, 3)
        out = np.empty(flat.shape, dtype)
        encode = (
            self.encode if dtype == np.float32 else np.rint(self.encode * MAX_16_BIT).astype(dtype)
        )
        for first in range(0, len(flat), CHUNK_PIXELS):
            part = flat[first : first + CHUNK_PIXELS]
            light = cv2.transform(_look_up(self.decode, _table_index(part))[None], self.matrix)[0]
            root = np.sqrt(np.clip(light, 0, 1))
            indices = (root * np.float32(MAX_ROOT_INDEX) + np.float32(0.5)).astype(np.int32)
            out[first : first + CHUNK_PIXELS] = _look_up(encode, indices)
        return out.reshape(pixels.shape)


def _table_index(pixels: NDArray[Any]) -> NDArray[np.uint16]:
    """Compute the index of samples in a table of 65536."""
    if pixels.dtype == np.uint16:
        return pixels
    if pixels.dtype == np.uint8:
        return np.asarray(np.multiply(pixels, 257, dtype=np.uint16))
    scaled = np.clip(pixels, 0, 1) * np.float32(MAX_16_BIT) + np.float32(0.5)
    return np.asarray(scaled, np.uint16)


def _look_up(tables: NDArray[Any], indices: NDArray[Any]) -> NDArray[Any]:
    """Look up [n, 3] indices in one table for all channels or in three, [k, entries]."""
    if len(tables) == 1:
        return np.take(tables[0], indices)
    return np.stack([np.take(tables[one], indices[:, one]) for one in range(3)], axis=-1)


def to_linear(profile: MatrixProfile, pixels: NDArray[Any]) -> Table:
    """Decode samples [h, w, 3] to linear light."""
    light: Table = _look_up(profile.curves, _table_index(pixels.reshape(-1, 3)))
    return light.reshape(pixels.shape)


def make_conversion(source: bytes, target: bytes) -> MatrixConversion | None:
    """Make the conversion of one profile to another.

    None unless both are of a matrix and the target's curves rise.
    """
    ours, theirs = read_matrix_profile(source), read_matrix_profile(target)
    if ours is None or theirs is None or (np.diff(theirs.curves, axis=1) < 0).any():
        return None
    try:
        matrix = np.linalg.solve(theirs.matrix, ours.matrix)
    except np.linalg.LinAlgError:
        return None
    light = np.square(np.linspace(0, 1, MAX_ROOT_INDEX + 1))
    encoded = np.linspace(0, 1, MAX_16_BIT + 1)
    encode = [np.interp(light, curve.astype(np.float64), encoded) for curve in theirs.curves]
    return MatrixConversion(
        ours.curves, matrix.astype(np.float32), _share_equal(np.array(encode, np.float32))
    )


def read_matrix_profile(profile: bytes) -> MatrixProfile | None:
    """Read an RGB profile of a matrix and curves; None for any other or a damaged one."""
    try:
        tags = _tags(profile)
        if b"A2B0" in tags or profile[16:24] != b"RGB XYZ ":
            return None
        columns = [_xyz(tags[name]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
        curves = [_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC")]
    except (KeyError, ValueError, struct.error):
        return None
    tables = np.array(curves, np.float32)
    if not np.isfinite(tables).all():
        return None
    return MatrixProfile(_share_equal(tables), np.array(columns).T)


def _share_equal(tables: Table) -> Table:
    """Reduce three equal tables, as is usual, to one."""
    return tables[:1] if (tables == tables[0]).all() else tables


def _tags(profile: bytes) -> dict[bytes, bytes]:
    """Read the content of each tag by its signature (7.3)."""
    (count,) = struct.unpack_from(">I", profile, 128)
    entries = (
        struct.unpack_from(">4sII", profile, 132 + 12 * one) for one in range(min(count, 200))
    )
    return {name: profile[at : at + length] for name, at, length in entries}


def _xyz(tag: bytes) -> tuple[float, ...]:
    """Read an XYZType (10.31)."""
    return tuple(value / 65536 for value in struct.unpack_from(">iii", tag, 8))


def _curve(tag: bytes) -> Curve:
    """Read 65536 values of a curveType (10.6) or parametricCurveType (10.18)."""
    x: Curve = np.linspace(0, 1, MAX_16_BIT + 1)
    if tag[:4] == b"curv":
        (count,) = struct.unpack_from(">I", tag, 8)
        if count == 0:
            return x
        points = np.array(struct.unpack_from(f">{min(count, 1 << 16)}H", tag, 12), np.float64)
        if count == 1:
            return np.asarray(np.power(x, points[0] / 256))
        return np.interp(x, np.linspace(0, 1, len(points)), points / MAX_16_BIT)
    if tag[:4] != b"para":
        raise ValueError("A curve of an unknown type.")
    (kind,) = struct.unpack_from(">H", tag, 8)
    if kind >= len(PARAMETER_COUNTS):
        raise ValueError("A parametric curve of an unknown type.")
    numbers = np.zeros(7)
    count = PARAMETER_COUNTS[kind]
    numbers[:count] = np.array(struct.unpack_from(f">{count}i", tag, 12)) / 65536
    g, a, b, c, d, e, f = numbers
    if kind == 0:
        return np.asarray(np.power(x, g))
    power = np.power(np.maximum(a * x + b, 0), g)
    if kind in (1, 2):
        return np.asarray(power + c)  # below where the base is 0: c, which type 1 has not
    return np.where(x >= d, power + e, c * x + f)
