"""Small pictures that commands write."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from glide_studio.io.images.options import ExportOptions
from glide_studio.io.images.picture import Picture
from glide_studio.io.images.write import write_image

GAP = 12  # pixels of white between two pictures
MARGIN, HEADING = 4, 22  # of a grid of small pictures, in pixels
FRAME = (0, 170, 60)


def beside(left: NDArray[np.uint8], right: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Two pictures [h, w, 3] of one height side by side on white."""
    gap = np.full((left.shape[0], GAP, 3), 255, np.uint8)
    return np.concatenate([left, gap, right], axis=1)


def save_png(path: Path, picture: NDArray[np.uint8] | Image.Image) -> None:
    """Write an RGB picture as PNG, atomically.

    Raises:
        GlideError: if the file cannot be written.
    """
    rgb = np.asarray(picture)
    opaque = np.full((*rgb.shape[:2], 1), 255, np.uint8)
    write_image(path, Picture(np.concatenate([rgb, opaque], axis=-1)), ExportOptions("png"))


def grid(
    rows: Sequence[Sequence[NDArray[np.float32]]],
    row_labels: Sequence[str],
    column_labels: Sequence[str],
    side: int = 96,
    framed: Collection[tuple[int, int]] = (),
) -> NDArray[np.uint8]:
    """Pictures [h, w, 3] in 0 .. 1 as a labelled table [H, W, 3], each cell `side` pixels across.

    Small pictures are enlarged without smoothing, so that their own pixels are seen. framed: cells
    (row, column) that get a green frame.
    """
    font = ImageFont.load_default(13)
    left = 12 + max((round(font.getlength(label)) for label in row_labels), default=0)
    width = left + len(column_labels) * (side + MARGIN)
    page = Image.new("RGB", (width, HEADING + len(rows) * (side + MARGIN)), "white")
    draw = ImageDraw.Draw(page)
    for column, label in enumerate(column_labels):
        middle = left + column * (side + MARGIN) + side // 2
        draw.text((middle, HEADING // 2), label, fill="black", font=font, anchor="mm")
    for row, (pictures, label) in enumerate(zip(rows, row_labels, strict=True)):
        top = HEADING + row * (side + MARGIN)
        draw.text((6, top + side // 2), label, fill="black", font=font, anchor="lm")
        for column, picture in enumerate(pictures):
            how = cv2.INTER_NEAREST if side % picture.shape[1] == 0 else cv2.INTER_AREA
            cell = cv2.resize(np.clip(picture, 0, 1), (side, side), interpolation=how)
            place = (left + column * (side + MARGIN), top)
            page.paste(Image.fromarray(np.rint(cell * 255).astype(np.uint8)), place)
            if (row, column) in framed:
                corner = (place[0] + side - 1, place[1] + side - 1)
                draw.rectangle((place, corner), outline=FRAME, width=3)
    return np.asarray(page)
