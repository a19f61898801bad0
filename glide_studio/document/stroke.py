"""`Stroke`: a brush stroke while it is being drawn."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.document.brush import (
    LARGE_RADIUS_PX,
    MAX_COVERAGE,
    Brush,
    Dab,
    DabPath,
    Profile,
    StrokePoint,
    stamp,
)
from glide_studio.document.document import Document
from glide_studio.document.raster import Cell, Raster, make_tile, tile_box
from glide_studio.document.tile import TILE_PX, Tile
from glide_studio.imaging.geometry import Box
from glide_studio.imaging.types import Pixels

Coverage = NDArray[np.uint16]
Color = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Target:
    """The raster that a stroke changes: the painted mask, or the pixels or mask of a layer.

    layer: id, for "pixels" and "layer mask".
    """

    kind: Literal["selection", "pixels", "layer mask"] = "selection"
    layer: str | None = None

    def raster_of(self, document: Document) -> Raster:
        """Get the target's raster.

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

    def replace_in(self, document: Document, raster: Raster) -> Document:
        """Replace the target's raster; returns `document` itself if it is the same."""
        if raster == self.raster_of(document):
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

    Extend it with points as they arrive; `document` is the result so far and shares every untouched
    tile. Coverage is kept per tile, and each touched tile is computed from the tile before the
    stroke and the coverage of the whole stroke, so the result does not depend on how the points are
    batched, nor the time on the size of the image. A layer that keeps its alpha is painted atop: as
    much of the color is mixed in as the brush covers, wherever the layer shows something.

    erase: lowers a mask or a layer's alpha instead of raising it.
    """

    def __init__(
        self,
        document: Document,
        brush: Brush,
        target: Target = SELECTION,
        *,
        erase: bool = False,
        color: Color = (0.0, 0.0, 0.0),
        clip: Raster | None = None,
    ) -> None:
        """Begin without points.

        color: encoded RGB, 0 .. 1, with which pixels are painted. clip: a mask, 1 channel uint8,
        that weighs the stroke as a selection does; None for no limit.

        Raises:
            KeyError: if there is no such target.
            ValueError: if it holds nothing to paint on, or is to be erased and keeps its alpha.
        """
        is_pixels = target.kind == "pixels"
        self._keeps_alpha = is_pixels and document.layer(target.layer or "").keeps_alpha
        if erase and self._keeps_alpha:
            raise ValueError("A layer that keeps its alpha cannot be erased.")
        self._before = document
        self._base = target.raster_of(document)
        self._raster = self._base
        self._brush = brush
        self._target = target
        self.erase = erase
        self._color = color
        self._clip = clip
        self._path = DabPath(brush)
        self._coverage: dict[Cell, Coverage] = {}
        self._covered_tile: Tile | None = None
        self._full_cells: set[Cell] = set()  # cells whose coverage is full
        self._touched: set[Cell] = set()
        self._last_dab: tuple[Profile, int, int] | None = None  # of full flow: profile, center

    @property
    def document(self) -> Document:
        """The document with the stroke so far."""
        return self._target.replace_in(self._before, self._raster)

    @property
    def is_visible(self) -> bool:
        """True if the stroke has changed what it is drawn on."""
        return self._raster != self._base

    @property
    def box(self) -> Box:
        """The box of all tiles touched so far."""
        return self._bounds(self._coverage)

    def extend(self, points: Iterable[StrokePoint]) -> Box:
        """Draw on to `points`; returns the box of tiles that changed, empty if none did."""
        for point in points:
            self._stamp_dabs(self._path.add(point))
        return self._render_touched()

    def finish(self) -> Box:
        """Draw the last half segment, when the pen is lifted; returns the box of changed tiles."""
        self._stamp_dabs(self._path.finish())
        return self._render_touched()

    def _stamp_dabs(self, dabs: Iterator[Dab]) -> None:
        for dab in dabs:
            box, profile = stamp(dab, self._brush.hardness)
            inside = box.clamp(self._base.box)
            is_skippable = self._skippable_tiles(box, profile, dab.flow)
            for cell in inside.cells(TILE_PX):
                if cell in self._full_cells or is_skippable(cell):
                    continue
                corner = tile_box(cell)
                part = corner.clamp(inside)
                stamped = profile[part.move(-box.x, -box.y).slices]
                coverage = self._coverage.get(cell)
                if coverage is None:
                    coverage = self._coverage[cell] = np.zeros((TILE_PX, TILE_PX), np.uint16)
                here = coverage[part.move(-corner.x, -corner.y).slices]
                if dab.flow == 1:
                    here[...] = cv2.max(here, stamped)
                else:
                    # cv2.subtract stops at 0, which is the max() of the flow's rule.
                    missing = cv2.subtract(stamped, here)
                    here[...] = cv2.addWeighted(missing, dab.flow, here, 1, 0)
                self._touched.add(cell)

    def _skippable_tiles(self, box: Box, profile: Profile, flow: float) -> Callable[[Cell], bool]:
        """Make a predicate for tiles in which a large dab changes nothing, without reading pixels.

        Profiles fall with the distance from their center. So a dab changes nothing where it does
        not reach, nor, at full flow, where the dab before stamped the same profile nearer: on that
        side of the bisector of the two centers.
        """
        reach = profile.shape[0] // 2
        x, y = box.x + reach, box.y + reach
        before, self._last_dab = self._last_dab, (profile, x, y) if flow == 1 else None
        if reach < LARGE_RADIUS_PX:
            return lambda cell: False
        is_repeated = before is not None and before[0] is profile and flow == 1
        old_x, old_y = before[1:] if before is not None else (x, y)
        dx, dy = x - old_x, y - old_y
        bisector = (x * x + y * y - old_x * old_x - old_y * old_y) / 2

        def is_skippable(cell: Cell) -> bool:
            top, left = cell[0] * TILE_PX, cell[1] * TILE_PX
            bottom, right = top + TILE_PX - 1, left + TILE_PX - 1
            near_x, near_y = min(max(x, left), right), min(max(y, top), bottom)
            if (near_x - x) ** 2 + (near_y - y) ** 2 > reach * reach:
                return True
            # The tile's corner that lies furthest in the direction of the step.
            far = (right if dx > 0 else left) * dx + (bottom if dy > 0 else top) * dy
            return is_repeated and far <= bisector

        return is_skippable

    def _render_touched(self) -> Box:
        tiles: dict[Cell, Tile | None] = {}
        for cell in self._touched:
            tile = self._painted_tile(cell)
            if tile is not self._raster.tile(cell):
                tiles[cell] = tile
        self._touched.clear()
        self._raster = self._raster.replace_tiles(tiles)
        return self._bounds(tiles)

    def _painted_tile(self, cell: Cell) -> Tile | None:
        coverage = self._coverage[cell]
        base = self._base.tile(cell)
        if (self.erase or self._keeps_alpha) and base is None:
            return None
        if self._clip is not None:
            tile = self._clip.tile(cell)
            if tile is None:
                return base
            weight = tile.pixels[..., 0] / np.float32(self._clip.max_value)
            coverage = np.rint(coverage * weight).astype(np.uint16)
        corners = coverage[:: TILE_PX - 1, :: TILE_PX - 1]  # a cheap test that most tiles fail
        if corners.min() == MAX_COVERAGE and cv2.minMaxLoc(coverage)[0] == MAX_COVERAGE:
            if self._clip is None:
                self._full_cells.add(cell)
            if self._brush.opacity == 1:
                return self._fully_covered(base)
        if base is None:
            pixels: Pixels = np.zeros((TILE_PX, TILE_PX, self._base.channels), self._base.dtype)
        else:
            pixels = base.pixels.copy()
        if self._base.channels == 4:
            self._paint_color(pixels, coverage)
        elif self._base.dtype == np.uint16:
            self._paint_mask_16_bit(pixels[..., 0], coverage)
        elif base is None:
            pixels[..., 0] = self._effect_8_bit(coverage)
        else:
            self._paint_mask_8_bit(pixels[..., 0], coverage)
        if base is not None and np.array_equal(pixels, base.pixels):
            return base
        return make_tile(pixels)

    def _fully_covered(self, base: Tile | None) -> Tile | None:
        """Compute the tile where the stroke covers everything at full opacity."""
        if self.erase:
            if self._base.channels == 1 or base is None:
                return None
            pixels = base.pixels.copy()  # color under alpha 0 stays
            pixels[..., 3] = 0
            return make_tile(pixels)
        if self._keeps_alpha:
            assert base is not None
            pixels = base.pixels.copy()
            pixels[..., :3][pixels[..., 3] > 0] = self._encoded_color()
            return make_tile(pixels)
        if self._covered_tile is None:
            pixels = np.full(
                (TILE_PX, TILE_PX, self._base.channels), self._base.max_value, self._base.dtype
            )
            if self._base.channels == 4:
                pixels[..., :3] = self._encoded_color()
            self._covered_tile = Tile(pixels)
        return self._covered_tile

    def _encoded_color(self) -> NDArray[np.float32]:
        return np.rint(np.clip(np.array(self._color, np.float32), 0, 1) * self._base.max_value)

    def _effect_8_bit(self, coverage: Coverage) -> NDArray[np.uint8]:
        effect = cv2.convertScaleAbs(coverage, alpha=self._brush.opacity * 255 / MAX_COVERAGE)
        return np.asarray(effect, np.uint8)

    def _paint_mask_8_bit(self, mask: Pixels, coverage: Coverage) -> None:
        """Compute m + e (1 - m), or m (1 - e) for an eraser, in place; exact for e = 0 and 1."""
        effect = self._effect_8_bit(coverage)
        both = cv2.multiply(mask, effect, scale=1 / 255)
        if self.erase:
            mask[...] = cv2.subtract(mask, both)
        else:
            mask[...] = cv2.add(mask, cv2.subtract(effect, both))

    def _paint_mask_16_bit(self, mask: Pixels, coverage: Coverage) -> None:
        effect = coverage * np.float32(self._brush.opacity / MAX_COVERAGE)
        target = 0 if self.erase else self._base.max_value
        mask[...] = np.rint(mask + effect * (target - mask.astype(np.float32)))

    def _paint_color(self, pixels: Pixels, coverage: Coverage) -> None:
        """Blend source-over, or atop, in place; an eraser lowers alpha and keeps the color."""
        touched = coverage > 0
        if self._keeps_alpha:
            touched &= pixels[..., 3] > 0
        effect = coverage[touched] * np.float32(self._brush.opacity / MAX_COVERAGE)
        here = pixels[touched].astype(np.float32)
        below = here[:, 3] / self._base.max_value * (1 - effect)
        if self.erase:
            here[:, 3] = below * self._base.max_value
        elif self._keeps_alpha:
            here[:, :3] += effect[:, None] * (self._encoded_color() - here[:, :3])
        else:
            alpha = effect + below
            share = (effect / alpha)[:, None]
            here[:, :3] += share * (self._encoded_color() - here[:, :3])
            here[:, 3] = alpha * self._base.max_value
        pixels[touched] = np.rint(here)

    def _bounds(self, cells: Collection[Cell]) -> Box:
        rows = [row for row, _ in cells]
        if not rows:
            return Box(0, 0, 0, 0)
        columns = [column for _, column in cells]
        first, last = (min(rows), min(columns)), (max(rows), max(columns))
        return tile_box(first).union(tile_box(last)).clamp(self._base.box)
