"""Write an edited JPEG so that every block that was not edited keeps its DCT coefficients.

Decoding and encoding a JPEG again changes nearly every pixel. Here only the 8 x 8 blocks in which a
pixel changed are transformed and quantized (ITU T.81, A.3), with the file's own tables; all others
are copied as they are.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import jpegio
import numpy as np
from numpy.typing import NDArray

from glide_studio.translation import translate

BLOCK = 8
SPILL = 2  # pixels by which decoders interpolate color beyond a block
GRAYSCALE, RGB, YCBCR = 1, 2, 3  # libjpeg's numbers of color spaces
PLANES = np.array(
    [[0.299, 0.587, 0.114], [-0.168735892, -0.331264108, 0.5], [0.5, -0.418687589, -0.081312411]]
)  # of Y, Cb and Cr in red, green, blue (JFIF 1.02)
CHUNK = 4096  # blocks that are transformed at a time
MAX_AC, MIN_DC, MAX_DC = 1023, -1024, 1023  # what 8-bit Huffman tables can code


class CannotKeepBlocks(Exception):
    """Raised with the reason, part of a sentence, why all of the picture must be encoded."""


@dataclass(frozen=True, slots=True, eq=False)
class BlockEdit:
    """What is to be written.

    source: the JPEG as it was. rgb: [h, w, 3] uint8, the picture as it is now, turned as in the
    file. changed: [h, w] uint8, above 0 where a pixel differs from the decoded source.
    """

    source: bytes
    rgb: NDArray[np.uint8]
    changed: NDArray[np.uint8]


def dct_matrix() -> NDArray[np.float64]:
    """Return the orthonormal DCT-II matrix [8, 8] of T.81, A.3.3."""
    row, column = np.mgrid[0:BLOCK, 0:BLOCK]
    matrix = np.cos((2 * column + 1) * row * np.pi / (2 * BLOCK)) / 2
    matrix[0] /= np.sqrt(2)
    return np.asarray(matrix, np.float64)


def write_block_edit(path: Path, edit: BlockEdit) -> None:
    """Write the JPEG of `edit` to `path`, without the source's APP and COM segments.

    The file there is also used for the source. Runs in a child process: the library holds Python's
    lock throughout.

    Raises:
        CannotKeepBlocks: for kinds of JPEG whose blocks cannot be replaced.
        OSError: if the file cannot be written.
    """
    path.write_bytes(edit.source)
    # The library opens files by bytes, which is only safe for the plain name.
    os.chdir(path.parent)
    try:
        coded = jpegio.read(path.name)
    except (RuntimeError, ValueError) as error:
        raise CannotKeepBlocks(translate("JpegBlocks", "they cannot be read")) from error
    space = int(coded.jpeg_color_space)
    if space not in (GRAYSCALE, RGB, YCBCR) or coded.data_precision != BLOCK:
        raise CannotKeepBlocks(translate("JpegBlocks", "they are in inks, not in RGB"))
    for number, component in enumerate(coded.comp_info):
        if component.quant_tbl_no >= len(coded.quant_tables):
            raise CannotKeepBlocks(translate("JpegBlocks", "their tables are in an unusual order"))
        _replace_blocks(
            coded.coef_arrays[number],
            np.asarray(coded.quant_tables[component.quant_tbl_no]),
            (
                _whole_ratio(coded.max_h_samp_factor, component.h_samp_factor),
                _whole_ratio(coded.max_v_samp_factor, component.v_samp_factor),
            ),
            _weights(space, number),
            edit,
        )
    coded.markers = []
    coded.optimize_coding = True
    try:
        jpegio.write(coded, path.name)
    except RuntimeError as error:
        raise CannotKeepBlocks(translate("JpegBlocks", "they cannot be written")) from error


def _whole_ratio(most: int, own: int) -> int:
    if most % own:
        raise CannotKeepBlocks(translate("JpegBlocks", "its colors are stored at an unusual scale"))
    return most // own


def _weights(space: int, number: int) -> tuple[NDArray[np.float64], float]:
    """Return (weights of red, green and blue, what is added) of one component, 0 in the middle."""
    if space == YCBCR:
        return PLANES[number], -128.0 if number == 0 else 0.0
    return np.eye(3)[number], -128.0


def _replace_blocks(
    coefficients: NDArray[np.int32],
    table: NDArray[Any],
    scale: tuple[int, int],
    weights: tuple[NDArray[np.float64], float],
    edit: BlockEdit,
) -> None:
    """Encode the changed blocks of one component in place.

    coefficients: [8 rows, 8 columns] of all blocks. scale: pixels a sample, across and down.
    """
    shape = coefficients.shape[0] // BLOCK, coefficients.shape[1] // BLOCK
    blocks = coefficients.reshape(shape[0], BLOCK, shape[1], BLOCK)
    for rows, columns in _chunks(changed_blocks(edit.changed, shape, scale)):
        samples = _samples(edit.rgb, rows, columns, scale) @ weights[0] + weights[1]
        matrix = dct_matrix()
        quantized = np.rint(matrix @ samples @ matrix.T / table)
        kept = np.clip(quantized, -MAX_AC, MAX_AC)
        kept[:, 0, 0] = np.clip(quantized[:, 0, 0], MIN_DC, MAX_DC)
        blocks[rows, :, columns, :] = kept.astype(coefficients.dtype)


def _chunks(changed: NDArray[np.bool_]) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    rows, columns = np.nonzero(changed)
    for at in range(0, len(rows), CHUNK):
        yield rows[at : at + CHUNK], columns[at : at + CHUNK]


def changed_blocks(
    changed: NDArray[np.uint8], shape: tuple[int, int], scale: tuple[int, int]
) -> NDArray[np.bool_]:
    """Return [rows, columns] bool: the blocks of a component in which a pixel changed.

    shape: rows and columns of blocks. scale: pixels a sample, across and down.
    """
    height, width = BLOCK * scale[1], BLOCK * scale[0]
    padded = np.zeros((shape[0] * height, shape[1] * width), np.bool_)
    padded[: changed.shape[0], : changed.shape[1]] = changed[: len(padded), : padded.shape[1]] > 0
    return np.asarray(padded.reshape(shape[0], height, shape[1], width).any(axis=(1, 3)))


def _samples(
    rgb: NDArray[np.uint8],
    rows: NDArray[Any],
    columns: NDArray[Any],
    scale: tuple[int, int],
) -> NDArray[np.float64]:
    """Return [n, 8, 8, 3] float64, the pixels of blocks as means of `scale`; edges repeat."""
    across, down = scale
    y = np.minimum(rows[:, None] * BLOCK * down + np.arange(BLOCK * down), rgb.shape[0] - 1)
    x = np.minimum(columns[:, None] * BLOCK * across + np.arange(BLOCK * across), rgb.shape[1] - 1)
    pixels = rgb[y[:, :, None], x[:, None, :]].astype(np.float64)
    means = pixels.reshape(-1, BLOCK, down, BLOCK, across, 3).mean(axis=(2, 4))
    return np.asarray(means, np.float64)


def reach(changed: NDArray[np.uint8], mcu: tuple[int, int]) -> NDArray[np.uint8]:
    """Return [h, w] uint8, 1 where a decoded pixel may differ: touched MCUs and SPILL around them.

    mcu: width and height in pixels.
    """
    height, width = changed.shape
    shape = -(-height // mcu[1]), -(-width // mcu[0])
    touched = changed_blocks(changed, shape, (mcu[0] // BLOCK, mcu[1] // BLOCK)).astype(np.uint8)
    whole = np.repeat(np.repeat(touched, mcu[1], axis=0), mcu[0], axis=1)[:height, :width]
    around = np.ones((2 * SPILL + 1, 2 * SPILL + 1), np.uint8)
    return np.asarray(cv2.dilate(np.ascontiguousarray(whole), around), np.uint8)
