"""What is drawn from: the visible composite and the painted mask as 8-bit pictures at mip levels.

Both are cut into cells and made when they are first looked at. The two never touch each other, so
that painting a mask does not recompose a single layer.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.base.geometry import Box
from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.raster import Cell, Raster
from glide_studio.document.tile import TILE
from glide_studio.files.screen import Array8, Display

CELL = 256  # pixels a side at the cell's own level
CHECKER = 8  # pixels a side of the squares that stand for transparency
LIGHT, DARK = 92, 72
BUDGET = 512 << 20  # bytes of composed cells kept


class CompositePyramid:
    """The visible composite, BGRX uint8 in the display's profile, over a checkerboard, a buffer a level.

    A buffer is as large as its level but holds memory only where cells were drawn. Beyond the
    budget all cells of levels that are not being looked at are forgotten.
    """

    def __init__(self, document: Document, display: Display) -> None:
        self.reset(document, display)

    def reset(self, document: Document, display: Display) -> None:
        """Start over with a document of any size."""
        self._document = document
        self._display = display
        self._buffers: dict[int, Array8] = {}
        self._valid: dict[int, NDArray[np.bool_]] = {}

    def update(self, document: Document, dirty: Iterable[Box]) -> None:
        """Show `document`, which differs from the one before only inside the boxes."""
        self._document = document
        for box in dirty:
            for level, valid in self._valid.items():
                rows, columns = _cells_at(box, level)
                valid[rows, columns] = False

    def ensure(self, level: int, box: Box, seconds: float = float("inf")) -> bool:
        """Compose what is missing of `box` (in the level's pixels) for at most `seconds`.

        False if cells are still missing; at least one is made in every call.
        """
        self._open(level)
        valid = self._valid[level]
        row, column = box.y // CELL, box.x // CELL
        rows, columns = slice(row, -(-box.bottom // CELL)), slice(column, -(-box.right // CELL))
        missing = np.argwhere(~valid[rows, columns])
        end = time.perf_counter() + seconds
        for number, (down, across) in enumerate(missing):
            if number and time.perf_counter() > end:
                return False
            self._compose(level, row + int(down), column + int(across))
        return True

    def has(self, level: int, box: Box) -> bool:
        """True if all of `box` is composed."""
        if level not in self._valid:
            return False
        rows, columns = _cells(box)
        return bool(self._valid[level][rows, columns].all())

    def view(self, level: int) -> Array8:
        """The buffer of a level [h, w, 4]; only what `ensure` made is meaningful."""
        self._open(level)
        return self._buffers[level]

    def coarser(self, level: int, box: Box) -> int | None:
        """The nearest coarser level that has all of `box` (in pixels of `level`)."""
        for other in range(level + 1, 8):
            part = _shift(box, other - level)
            if self.has(other, part):
                return other
        return None

    def _open(self, level: int) -> None:
        if level in self._buffers:
            return
        if sum(valid.sum() for valid in self._valid.values()) * CELL * CELL * 4 > BUDGET:
            self._buffers.clear()
            self._valid.clear()
        box = self._document.selection.level_box(level)
        self._buffers[level] = np.empty((box.height, box.width, 4), np.uint8)
        self._valid[level] = np.zeros((-(-box.height // CELL), -(-box.width // CELL)), np.bool_)

    def _compose(self, level: int, row: int, column: int) -> None:
        buffer = self._buffers[level]
        whole = Box(0, 0, buffer.shape[1], buffer.shape[0])
        box = Box(column * CELL, row * CELL, CELL, CELL).clamp(whole)
        pixels = self._display(composite(self._document, box, level))
        cv2.cvtColor(_on_checkers(pixels), cv2.COLOR_RGBA2BGRA, dst=buffer[box.slices])
        self._valid[level][row, column] = True


class MaskPyramid:
    """The painted mask, uint8, one buffer a level, each made from the next finer one.

    `occupied` is a box around all painted pixels, in document pixels and no tighter than tiles.
    """

    def __init__(self, mask: Raster) -> None:
        self.reset(mask)

    def reset(self, mask: Raster) -> None:
        """Start over with a mask of any size."""
        self._mask = Raster.empty(mask.size, 1)
        self._levels = [np.zeros((mask.size.height, mask.size.width), np.uint8)]
        self._stale: dict[int, Box] = {}
        self.occupied = Box(0, 0, 0, 0)
        self.update(mask)

    def update(self, mask: Raster) -> Box:
        """Take over the tiles that differ from those of the mask before; a box around them."""
        changed = mask.changed(self._mask)
        self._mask = mask
        if not changed:
            return Box(0, 0, 0, 0)
        ground = self._levels[0]
        emptied = False
        for cell in changed:
            # Slices cut off what lies beyond the edge by themselves; boxes would cost more than
            # the copying.
            top, left = cell[0] * TILE, cell[1] * TILE
            part = ground[top : top + TILE, left : left + TILE]
            tile = mask.tile(cell)
            if tile is None:
                part[...] = 0
                emptied = True
            else:
                part[...] = tile.pixels[: part.shape[0], : part.shape[1], 0]
        dirty = _around(changed).clamp(mask.box)
        # Looking at every tile is slow beside a stroke, and only needed where some went away.
        self.occupied = _occupied(mask) if emptied else self.occupied.union(dirty)
        for level in range(1, len(self._levels)):
            self._stale[level] = self._stale.get(level, Box(0, 0, 0, 0)).union(dirty)
        return dirty

    def view(self, level: int) -> Array8:
        """[h, w] of a level, up to date."""
        while len(self._levels) <= level:
            box = self._mask.level_box(len(self._levels))
            self._stale[len(self._levels)] = self.occupied
            self._levels.append(np.zeros((box.height, box.width), np.uint8))
        for finer in range(level):
            self._halve(finer + 1, self._stale.pop(finer + 1, Box(0, 0, 0, 0)))
        return self._levels[level]

    def _halve(self, level: int, dirty: Box) -> None:
        """Make `dirty` (document pixels) of a level from the next finer one."""
        if dirty.empty:
            return
        source, target = self._levels[level - 1], self._levels[level]
        part = _shift(dirty, level).clamp(Box(0, 0, target.shape[1], target.shape[0]))
        fine = Box(part.x * 2, part.y * 2, part.width * 2, part.height * 2)
        fine = fine.clamp(Box(0, 0, source.shape[1], source.shape[0]))
        pixels = source[fine.slices]
        missing = part.height * 2 - fine.height, part.width * 2 - fine.width
        if any(missing):  # odd sides: the last row or column stands for itself
            pixels = np.pad(pixels, ((0, missing[0]), (0, missing[1])), mode="edge")
        target[part.slices] = cv2.resize(
            pixels, (part.width, part.height), interpolation=cv2.INTER_AREA
        )


def _occupied(mask: Raster) -> Box:
    return _around([cell for cell, _ in mask.tiles()]).clamp(mask.box)


def _around(cells: list[Cell]) -> Box:
    """The box around some tiles."""
    if not cells:
        return Box(0, 0, 0, 0)
    rows, columns = zip(*cells, strict=True)
    return Box.between(
        min(columns) * TILE, min(rows) * TILE, (max(columns) + 1) * TILE, (max(rows) + 1) * TILE
    )


def _shift(box: Box, levels: int) -> Box:
    """`box` in pixels of a picture made smaller by 2**levels, grown to whole ones."""
    return Box.between(
        box.x >> levels, box.y >> levels, -(-box.right >> levels), -(-box.bottom >> levels)
    )


def _cells(box: Box) -> tuple[slice, slice]:
    return (
        slice(box.y // CELL, -(-box.bottom // CELL)),
        slice(box.x // CELL, -(-box.right // CELL)),
    )


def _cells_at(box: Box, level: int) -> tuple[slice, slice]:
    return _cells(_shift(box, level))


def _on_checkers(pixels: Array8) -> Array8:
    """Straight RGBA laid on the checkerboard; cells begin at multiples of 2 * CHECKER."""
    alpha = pixels[..., 3]
    if alpha.min() == 255:
        return pixels
    height, width = alpha.shape
    odd = (np.arange(height)[:, None] // CHECKER + np.arange(width)[None, :] // CHECKER) % 2
    ground = np.where(odd == 0, np.float32(LIGHT), np.float32(DARK))[..., None]
    share = alpha[..., None].astype(np.float32) / 255
    out = pixels.copy()
    out[..., :3] = np.rint(ground + (pixels[..., :3] - ground) * share)
    out[..., 3] = 255
    return out
