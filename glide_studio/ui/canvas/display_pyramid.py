"""The sources of the canvas: the composite and the painted mask as 8-bit images at mip levels.

Both are cut into cells and made when they are first looked at. The two never touch each other, so
that painting a mask does not recompose a single layer.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.raster import Cell, Raster
from glide_studio.document.tile import MAX_LEVEL, TILE_PX
from glide_studio.imaging.display import DisplayTransform
from glide_studio.imaging.geometry import Box
from glide_studio.imaging.types import Uint8

CELL_PX = 128  # side of a cell at its own level
ABSENT, COARSE, FINE = 0, 1, 2  # a cell holds nothing, enlarged coarser pixels, or its own pixels
CHECKER_PX = 8  # side of the squares that stand for transparency
LIGHT_GRAY, DARK_GRAY = 92, 72  # of the squares
LATE_S = 0.015  # beyond the time of a frame, until a large change is first shown coarsely
COARSE_STEP = 2  # levels
BUDGET_BYTES = 512 << 20  # of composed cells


class CompositePyramid:
    """The composite over a checkerboard, BGRX uint8 in the display's profile, a buffer per level.

    A buffer is as large as its level but holds memory only where cells were drawn. Beyond the
    budget all cells of levels that are not being looked at are forgotten.
    """

    def __init__(self, document: Document, display: DisplayTransform) -> None:
        self.reset(document, display)

    def reset(self, document: Document, display: DisplayTransform) -> None:
        """Start over with a document of any size."""
        self._document = document
        self._display = display
        self._buffers: dict[int, Uint8] = {}
        self._cells: dict[int, NDArray[np.uint8]] = {}

    def update(self, document: Document, dirty: Iterable[Box]) -> None:
        """Show `document`, which differs from the one before only inside the boxes."""
        self._document = document
        for box in dirty:
            for level, cells in self._cells.items():
                cells[_cells_at(box, level)] = ABSENT

    def ensure(self, level: int, box: Box, until: float = math.inf, *, quick: bool = False) -> int:
        """Fill all of `box` (in pixels of the level); return the level to draw it from.

        What is missing is composed, from the middle outwards, until `time.perf_counter()` reaches
        `until`, and a little longer if that is enough for all of it. From then on coarser pixels
        stand in where there are any: enlarged into this level, for `refine` to replace, or, if it
        has to be quick, by showing a coarser level instead.
        """
        self._open(level)
        missing = self._select_cells(level, box, lambda cells: cells == ABSENT)
        count = len(missing)
        began, is_late = time.perf_counter(), False
        while missing:
            self._compose(level, *missing.pop(0))
            if missing and time.perf_counter() > until:
                coarser = self._coarser(level, box) if quick else None
                if coarser is not None:
                    return coarser
                each = (time.perf_counter() - began) / (count - len(missing))
                missing = self._stand_in(level, box)
                if missing and (is_late or each * len(missing) > LATE_S):
                    self._compose_coarse(level, box)
                    missing = self._stand_in(level, box)
                # What no coarser level has is composed now, but not all of a large change.
                now = time.perf_counter()
                until, is_late = (math.inf if is_late else now + LATE_S), True
        return level

    def _compose_coarse(self, level: int, box: Box) -> None:
        """Compose a coarser level of `box` (in pixels of `level`), a sixteenth of the work."""
        coarse = min(level + COARSE_STEP, MAX_LEVEL)
        if coarse == level:
            return
        self._open(coarse)
        for cell in self._select_cells(
            coarse, _shift(box, coarse - level), lambda cells: cells == ABSENT
        ):
            self._compose(coarse, *cell)

    def refine(self, level: int, box: Box, until: float) -> list[Box]:
        """Compose the parts of `box` that are not fine yet, from the middle outwards, until a time.

        Returns the boxes that were, in the level's pixels; at least one if there was any to do.
        """
        self._open(level)
        done: list[Box] = []
        for row, column in self._select_cells(level, box, lambda cells: cells != FINE):
            if done and time.perf_counter() > until:
                break
            done.append(self._compose(level, row, column))
        return done

    def _select_cells(
        self, level: int, box: Box, which: Callable[[NDArray[np.uint8]], NDArray[np.bool_]]
    ) -> list[tuple[int, int]]:
        """Return (row, column) of the cells of `box` that `which` selects, middle ones first."""
        here = self._cells[level][_cells(box)]
        found = np.argwhere(which(here))
        middle = (np.array(here.shape) - 1) / 2
        order = np.argsort(((found - middle) ** 2).sum(axis=1), kind="stable")
        corner = np.array([box.y // CELL_PX, box.x // CELL_PX])
        return [(int(row), int(column)) for row, column in found[order] + corner]

    def has(self, level: int, box: Box) -> bool:
        """Tell if all of `box` is composed."""
        return level in self._cells and bool((self._cells[level][_cells(box)] == FINE).all())

    def forget_except(self, level: int) -> None:
        """Forget the cells of all other levels."""
        for other in self._buffers.keys() - {level}:
            del self._buffers[other], self._cells[other]

    def view(self, level: int) -> Uint8:
        """Return the buffer of a level [h, w, 4]; only what `ensure` filled is defined."""
        self._open(level)
        return self._buffers[level]

    def _open(self, level: int) -> None:
        if level in self._buffers:
            return
        if (
            sum((cells > ABSENT).sum() for cells in self._cells.values()) * CELL_PX * CELL_PX * 4
            > BUDGET_BYTES
        ):
            self._buffers.clear()
            self._cells.clear()
        box = self._document.selection.level_box(level)
        self._buffers[level] = np.empty((box.height, box.width, 4), np.uint8)
        self._cells[level] = np.zeros(
            (-(-box.height // CELL_PX), -(-box.width // CELL_PX)), np.uint8
        )

    def _box(self, level: int, row: int, column: int) -> Box:
        height, width = self._buffers[level].shape[:2]
        return Box(column * CELL_PX, row * CELL_PX, CELL_PX, CELL_PX).clamp(
            Box(0, 0, width, height)
        )

    def _compose(self, level: int, row: int, column: int) -> Box:
        box = self._box(level, row, column)
        pixels = self._display(composite(self._document, box, level))
        target = self._buffers[level][box.slices]
        cv2.cvtColor(_on_checkers(pixels), cv2.COLOR_RGBA2BGRA, dst=target)
        self._cells[level][row, column] = FINE
        return box

    def _coarser(self, level: int, box: Box) -> int | None:
        """Return the nearest coarser level that has all of `box` (in pixels of `level`)."""
        for other in range(level + 1, MAX_LEVEL + 1):
            if self.has(other, _shift(box, other - level)):
                return other
        return None

    def _stand_in(self, level: int, box: Box) -> list[tuple[int, int]]:
        """Fill the missing cells of `box` from coarser levels; return the cells that none has."""
        cells = self._cells[level]
        rows, columns = _cells(box)
        left: list[tuple[int, int]] = []
        for row in range(rows.start, rows.stop):
            absent = np.flatnonzero(cells[row, columns] == ABSENT) + columns.start
            # Neighbours together: one call for a run of cells costs little more than for one.
            for run in np.split(absent, np.flatnonzero(np.diff(absent) != 1) + 1):
                if not run.size:
                    continue
                first, last = (
                    self._box(level, row, int(run[0])),
                    self._box(level, row, int(run[-1])),
                )
                place = first.union(last)
                other = self._coarser(level, place)
                if other is None:
                    left += [(row, int(column)) for column in run]
                    continue
                part = _shift(place, other - level)
                # A cell begins on a whole pixel of every coarser level, but may end within one.
                size = part.width << (other - level), part.height << (other - level)
                large = cv2.resize(self._buffers[other][part.slices], size)
                self._buffers[level][place.slices] = large[: place.height, : place.width]
                cells[row, run] = COARSE
        return left


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

    def update(self, mask: Raster) -> list[Box]:
        """Update the tiles that differ from the mask before; return boxes around them, row by row.

        What a large brush changes at each step is a crescent: one box around it would be mostly
        idle.
        """
        changed = mask.changed_cells(self._mask)
        self._mask = mask
        if not changed:
            return []
        ground = self._levels[0]
        emptied = False
        for cell in changed:
            # Slices cut off what lies beyond the edge by themselves; boxes would cost more than
            # the copying.
            top, left = cell[0] * TILE_PX, cell[1] * TILE_PX
            part = ground[top : top + TILE_PX, left : left + TILE_PX]
            tile = mask.tile(cell)
            if tile is None:
                part[...] = 0
                emptied = True
            else:
                part[...] = tile.pixels[: part.shape[0], : part.shape[1], 0]
        dirty = _bounding_box(changed).clamp(mask.box)
        # Looking at every tile is slow beside a stroke, and only needed where some went away.
        self.occupied = _occupied_box(mask) if emptied else self.occupied.union(dirty)
        for level in range(1, len(self._levels)):
            self._stale[level] = self._stale.get(level, Box(0, 0, 0, 0)).union(dirty)
        return [box.clamp(mask.box) for box in _row_boxes(changed)]

    def view(self, level: int) -> Uint8:
        """Return the mask at a level, [h, w] uint8, up to date."""
        while len(self._levels) <= level:
            box = self._mask.level_box(len(self._levels))
            self._stale[len(self._levels)] = self.occupied
            self._levels.append(np.zeros((box.height, box.width), np.uint8))
        for finer in range(level):
            self._halve(finer + 1, self._stale.pop(finer + 1, Box(0, 0, 0, 0)))
        return self._levels[level]

    def _halve(self, level: int, dirty: Box) -> None:
        """Compute `dirty` (document pixels) of a level from the next finer level."""
        if dirty.empty:
            return
        source, target = self._levels[level - 1], self._levels[level]
        part = _shift(dirty, level).clamp(Box(0, 0, target.shape[1], target.shape[0]))
        fine = Box(part.x * 2, part.y * 2, part.width * 2, part.height * 2)
        fine = fine.clamp(Box(0, 0, source.shape[1], source.shape[0]))
        _halve(source[fine.slices], target[part.slices])


def _halve(pixels: Uint8, out: Uint8) -> None:
    """Write the means of 2x2 pixels; beyond an odd side its last row or column goes on."""
    height, width = pixels.shape[0] // 2, pixels.shape[1] // 2
    if height and width:
        out[:height, :width] = cv2.resize(
            pixels[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA
        )
    # The edges alone: to copy all of it with one more row or column takes longer than the rest.
    for edge, place in (
        (pixels[:, 2 * width :], out[:, width:]),
        (pixels[2 * height :], out[height:]),
    ):
        if edge.size:
            missing = 2 * place.shape[0] - edge.shape[0], 2 * place.shape[1] - edge.shape[1]
            whole = np.pad(edge, ((0, missing[0]), (0, missing[1])), mode="edge")
            size = place.shape[1], place.shape[0]
            place[...] = cv2.resize(whole, size, interpolation=cv2.INTER_AREA)


def _occupied_box(mask: Raster) -> Box:
    return _bounding_box([cell for cell, _ in mask.tiles()]).clamp(mask.box)


def _bounding_box(cells: list[Cell]) -> Box:
    """Return the box around tiles."""
    if not cells:
        return Box(0, 0, 0, 0)
    rows, columns = zip(*cells, strict=True)
    return Box.between(
        min(columns) * TILE_PX,
        min(rows) * TILE_PX,
        (max(columns) + 1) * TILE_PX,
        (max(rows) + 1) * TILE_PX,
    )


def _row_boxes(cells: list[Cell]) -> list[Box]:
    """Return a box around the tiles of each row; equal consecutive rows share one."""
    by_row: dict[int, list[Cell]] = {}
    for cell in cells:
        by_row.setdefault(cell[0], []).append(cell)
    boxes: list[Box] = []
    for row in sorted(by_row):
        box = _bounding_box(by_row[row])
        last = boxes[-1] if boxes else None
        if last is not None and (last.x, last.width, last.bottom) == (box.x, box.width, box.y):
            boxes[-1] = last.union(box)
        else:
            boxes.append(box)
    return boxes


def _shift(box: Box, levels: int) -> Box:
    """Convert a box to the whole pixels of an image reduced by 2**levels."""
    return Box.between(
        box.x >> levels, box.y >> levels, -(-box.right >> levels), -(-box.bottom >> levels)
    )


def _cells(box: Box) -> tuple[slice, slice]:
    return (
        slice(box.y // CELL_PX, -(-box.bottom // CELL_PX)),
        slice(box.x // CELL_PX, -(-box.right // CELL_PX)),
    )


def _cells_at(box: Box, level: int) -> tuple[slice, slice]:
    return _cells(_shift(box, level))


def _on_checkers(pixels: Uint8) -> Uint8:
    """Lay straight RGBA on the checkerboard; cells begin at multiples of 2 * CHECKER_PX."""
    alpha = pixels[..., 3]
    if alpha.min() == 255:
        return pixels
    height, width = alpha.shape
    odd = (np.arange(height)[:, None] // CHECKER_PX + np.arange(width)[None, :] // CHECKER_PX) % 2
    ground = np.where(odd == 0, np.float32(LIGHT_GRAY), np.float32(DARK_GRAY))[..., None]
    share = alpha[..., None].astype(np.float32) / 255
    out = pixels.copy()
    out[..., :3] = np.rint(ground + (pixels[..., :3] - ground) * share)
    out[..., 3] = 255
    return out
