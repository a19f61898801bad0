"""Small pictures that commands write."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glide_studio.files.images.options import ExportOptions
from glide_studio.files.images.picture import Picture
from glide_studio.files.images.write import write_image

GAP = 12  # pixels of white between two pictures


def beside(left: NDArray[np.uint8], right: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Two pictures [h, w, 3] of one height side by side on white."""
    gap = np.full((left.shape[0], GAP, 3), 255, np.uint8)
    return np.concatenate([left, gap, right], axis=1)


def save_png(path: Path, picture: NDArray[np.uint8] | Image.Image) -> None:
    """Write an RGB picture as PNG, atomically.

    Raises:
        GlideError: if the file can not be written.
    """
    rgb = np.asarray(picture)
    opaque = np.full((*rgb.shape[:2], 1), 255, np.uint8)
    write_image(path, Picture(np.concatenate([rgb, opaque], axis=-1)), ExportOptions("png"))
