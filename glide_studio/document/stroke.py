"""`Stroke`: a brush stroke while it is being drawn."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.document.brush import (
    FULL,
    LARGE,
    Brush,
    Dab,
    DabPath,
    Profile,
    StrokePoint,
    stamp,
)
from glide_studio.document.document import Document
from glide_studio.document.raster import Cell, Raster, make_tile, tile_box
from glide_studio.document.tile import TILE, Pixels, Tile
from glide_studio.imaging.geometry import Box

Coverage = NDArray[np.uint16]
Color = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Target:
    """What a stroke changes: the painted mask, or the pixels or mask of a layer.

    layer: id, for "pixels" and "layer mask".
    """

    kind: Literal["selection", "pixels", "layer mask"] = "selection"
    layer: str | None = None

    def raster(self, document: Document) -> Raster:
        """The raster that the stroke is to change.

        Raises:
            KeyError: if the document has no such layer.
            ValueError: if the layer holds no pixels, or no mask.
        """
        if self.kind == "selection":
            return document.selection
        layer = document.layer(self.layer or "")
        raster = layer.raster if self.kind == "pixels" else layer.mask
        if raster is None:
            raise ValueError(f"The layer '{layer.name}' has no {self.kind} to paint on.")
        return raster

    def put(self, document: Document, raster: Raster) -> Document:
        """`document` with the target replaced by `raster`; `document` itself if it is the same."""
        if raster == self.raster(document):
            return document
        if self.kind == "selection":
            return replace(document, selection=raster)
        layer = document.layer(self.layer or "")
        if self.kind == "pixels":
            return document.with_layer(replace(layer, raster=raster))
        return document.with_layer(replace(layer, mask=raster))


SELECTION = Target()


class Stroke:
    """A stroke on a document as it was when the pen came down.

    Extend it with points as they come; `document` is what it looks like so far and shares every
    untouched tile. Coverage is kept per tile, and each touched tile is computed from the tile before
    the stroke and the coverage of the whole stroke, so the result does not depend on how the points
    were batched, and the cost not on the picture's size.
    """

    def __init__(
        self,
        document: Document,
        brush: Brush,
        target: Target = SELECTION,
        *,
        erase: bool = False,
        color: Color = (0.0, 0.0, 0.0),
    ) -> None:
        """Begin. erase: lowers a mask or a layer's alpha. color: encoded RGB, 0 .. 1, for pixels.

        Raises:
            KeyError, ValueError: if there is no such target.
        """
        self._before = document
        self._base = target.raster(document)
        self._raster = self._base
        self._brush = brush
        self._target = target
        self.erase = erase
        self._color = color
        self._path = DabPath(brush)
        self._coverage: dict[Cell, Coverage] = {}
        self._covered: Tile | None = None
        self._filled: set[Cell] = set()  # whose coverage cannot grow any more
        self._touched: set[Cell] = set()
        self._last: tuple[Profile, int, int] | None = None  # the last dab of full flow, its centre

    @property
    def document(self) -> Document:
        """The document with the stroke as far as it was drawn."""
        return self._target.put(self._before, self._raster)

    @property
    def box(self) -> Box:
        """All tiles touched so far."""
        return self._bounds(self._coverage)

    def extend(self, points: Iterable[StrokePoint]) -> Box:
        """Draw on; the box of tiles that changed with it, empty if none did."""
        for point in points:
            self._print(self._path.add(point))
        return self._render()

    def finish(self) -> Box:
        """Draw the last half segment, when the pen is lifted; the box of tiles that changed with it."""
        self._print(self._path.finish())
        return self._render()

    def _print(self, dabs: Iterator[Dab]) -> None:
        for dab in dabs:
            box, profile = stamp(dab, self._brush.hardness)
            inside = box.clamp(self._base.box)
            spared = self._spared(box, profile, dab.flow)
            for cell in inside.cells(TILE):
                if cell in self._filled or spared(cell):
                    continue
                corner = tile_box(cell)
                part = corner.clamp(inside)
                print_ = profile[part.move(-box.x, -box.y).slices]
                coverage = self._coverage.get(cell)
                if coverage is None:
                    coverage = self._coverage[cell] = np.zeros((TILE, TILE), np.uint16)
                here = coverage[part.move(-corner.x, -corner.y).slices]
                if dab.flow == 1:
                    here[...] = cv2.max(here, print_)
                else:
                    # cv2.subtract stops at 0, which is the max() of the flow's rule.
                    missing = cv2.subtract(print_, here)
                    here[...] = cv2.addWeighted(missing, dab.flow, here, 1, 0)
                self._touched.add(cell)

    def _spared(self, box: Box, profile: Profile, flow: float) -> Callable[[Cell], bool]:
        """Says of which tiles a large dab changes nothing, without looking at a pixel.

        Profiles fall with the distance from their centre. So nothing comes of a dab where it does not
        reach, nor, at full flow, where the same profile was printed nearer by the dab before: on that
        side of the line half way between the two centres.
        """
        reach = profile.shape[0] // 2
        x, y = box.x + reach, box.y + reach
        before, self._last = self._last, (profile, x, y) if flow == 1 else None
        if reach < LARGE:
            return lambda cell: False
        same = before is not None and before[0] is profile and flow == 1
        old_x, old_y = before[1:] if before is not None else (x, y)
        dx, dy = x - old_x, y - old_y
        line = (x * x + y * y - old_x * old_x - old_y * old_y) / 2

        def spared(cell: Cell) -> bool:
            top, left = cell[0] * TILE, cell[1] * TILE
            bottom, right = top + TILE - 1, left + TILE - 1
            near_x, near_y = min(max(x, left), right), min(max(y, top), bottom)
            if (near_x - x) ** 2 + (near_y - y) ** 2 > reach * reach:
                return True
            # The tile's corner that lies furthest in the direction of the step.
            far = (right if dx > 0 else left) * dx + (bottom if dy > 0 else top) * dy
            return same and far <= line

        return spared

    def _render(self) -> Box:
        tiles: dict[Cell, Tile | None] = {}
        for cell in self._touched:
            tile = self._tile(cell)
            if tile is not self._raster.tile(cell):
                tiles[cell] = tile
        self._touched.clear()
        self._raster = self._raster.replace_tiles(tiles)
        return self._bounds(tiles)

    def _tile(self, cell: Cell) -> Tile | None:
        coverage = self._coverage[cell]
        base = self._base.tile(cell)
        if self.erase and base is None:
            return None
        if coverage[:: TILE - 1, :: TILE - 1].min() == FULL and cv2.minMaxLoc(coverage)[0] == FULL:
            self._filled.add(cell)
            if self._brush.opacity == 1:
                return self._full(base)
        if base is None:
            pixels: Pixels = np.zeros((TILE, TILE, self._base.channels), self._base.dtype)
        else:
            pixels = base.pixels.copy()
        if self._base.channels == 4:
            self._paint_color(pixels, coverage)
        elif self._base.dtype == np.uint16:
            self._paint_mask16(pixels[..., 0], coverage)
        elif base is None:
            pixels[..., 0] = self._effect8(coverage)
        else:
            self._paint_mask8(pixels[..., 0], coverage)
        if base is not None and np.array_equal(pixels, base.pixels):
            return base
        return make_tile(pixels)

    def _full(self, base: Tile | None) -> Tile | None:
        """The tile where nothing of `base` is left."""
        if self.erase:
            if self._base.channels == 1 or base is None:
                return None
            pixels = base.pixels.copy()  # the color under alpha 0 is kept
            pixels[..., 3] = 0
            return make_tile(pixels)
        if self._covered is None:
            pixels = np.full((TILE, TILE, self._base.channels), self._base.top, self._base.dtype)
            if self._base.channels == 4:
                pixels[..., :3] = self._ink()
            self._covered = Tile(pixels)
        return self._covered

    def _ink(self) -> NDArray[np.float32]:
        return np.rint(np.clip(np.array(self._color, np.float32), 0, 1) * self._base.top)

    def _effect8(self, coverage: Coverage) -> NDArray[np.uint8]:
        effect = cv2.convertScaleAbs(coverage, alpha=self._brush.opacity * 255 / FULL)
        return np.asarray(effect, np.uint8)

    def _paint_mask8(self, mask: Pixels, coverage: Coverage) -> None:
        """m + e (1 - m), or m (1 - e) for an eraser, rounded to 8 bits twice; exact for e = 0 and 1."""
        effect = self._effect8(coverage)
        both = cv2.multiply(mask, effect, scale=1 / 255)
        if self.erase:
            mask[...] = cv2.subtract(mask, both)
        else:
            mask[...] = cv2.add(mask, cv2.subtract(effect, both))

    def _paint_mask16(self, mask: Pixels, coverage: Coverage) -> None:
        effect = coverage * np.float32(self._brush.opacity / FULL)
        target = 0 if self.erase else self._base.top
        mask[...] = np.rint(mask + effect * (target - mask.astype(np.float32)))

    def _paint_color(self, pixels: Pixels, coverage: Coverage) -> None:
        """Source-over with straight alpha; an eraser lowers alpha and keeps the color."""
        touched = coverage > 0
        effect = coverage[touched] * np.float32(self._brush.opacity / FULL)
        here = pixels[touched].astype(np.float32)
        below = here[:, 3] / self._base.top * (1 - effect)
        if self.erase:
            here[:, 3] = below * self._base.top
        else:
            alpha = effect + below
            share = (effect / alpha)[:, None]
            here[:, :3] += share * (self._ink() - here[:, :3])
            here[:, 3] = alpha * self._base.top
        pixels[touched] = np.rint(here)

    def _bounds(self, cells: Collection[Cell]) -> Box:
        rows = [row for row, _ in cells]
        if not rows:
            return Box(0, 0, 0, 0)
        columns = [column for _, column in cells]
        first, last = (min(rows), min(columns)), (max(rows), max(columns))
        return tile_box(first).union(tile_box(last)).clamp(self._base.box)
