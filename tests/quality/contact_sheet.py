"""Contact sheets: labelled grids of small pictures."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

GRID_MARGIN, HEADING = 4, 22  # of a grid of small pictures, in pixels
FRAME = (0, 170, 60)


def grid(
    rows: Sequence[Sequence[NDArray[np.float32]]],
    row_labels: Sequence[str],
    column_labels: Sequence[str],
    side: int = 96,
    framed: Collection[tuple[int, int]] = (),
) -> NDArray[np.uint8]:
    """Draw pictures [h, w, 3] in 0 .. 1 as a labelled table [H, W, 3], each cell `side` pixels wide.

    Small pictures are enlarged without smoothing, so that their own pixels are seen.
    framed: cells (row, column) that get a green frame.
    """
    font = ImageFont.load_default(13)
    left = 12 + max((round(font.getlength(label)) for label in row_labels), default=0)
    width = left + len(column_labels) * (side + GRID_MARGIN)
    page = Image.new("RGB", (width, HEADING + len(rows) * (side + GRID_MARGIN)), "white")
    draw = ImageDraw.Draw(page)
    for column, label in enumerate(column_labels):
        middle = left + column * (side + GRID_MARGIN) + side // 2
        draw.text((middle, HEADING // 2), label, fill="black", font=font, anchor="mm")
    for row, (pictures, label) in enumerate(zip(rows, row_labels, strict=True)):
        top = HEADING + row * (side + GRID_MARGIN)
        draw.text((6, top + side // 2), label, fill="black", font=font, anchor="lm")
        for column, picture in enumerate(pictures):
            how = cv2.INTER_NEAREST if side % picture.shape[1] == 0 else cv2.INTER_AREA
            cell = cv2.resize(np.clip(picture, 0, 1), (side, side), interpolation=how)
            place = (left + column * (side + GRID_MARGIN), top)
            page.paste(Image.fromarray(np.rint(cell * 255).astype(np.uint8)), place)
            if (row, column) in framed:
                corner = (place[0] + side - 1, place[1] + side - 1)
                draw.rectangle((place, corner), outline=FRAME, width=3)
    return np.asarray(page)
