"""`Raster`: an immutable, sparse image of shared tiles.

Two levels: the block index is a tuple of blocks, row by row, and a block a tuple of 16x16 tiles.
Writing copies the touched tiles, their blocks and the block index; all else is shared with the
raster it came from, so that a state of the history costs what its edit touched. A tile without
content is missing (None), and so is a block without tiles.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike

from glide_studio.document.tile import MAX_LEVEL, TILE_PX, Tile, new_tile_id
from glide_studio.imaging.geometry import Box, Size
from glide_studio.imaging.types import Pixels

BLOCK_TILES = 16  # tiles a side
Cell = tuple[int, int]
"""(row, column) of a tile."""


@dataclass(frozen=True, slots=True, eq=False)
class TileBlock:
    """16x16 tiles, row by row; `id` is unique among tiles and blocks."""

    id: int
    tiles: tuple[Tile | None, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Raster:
    """An image of `size` with 1 channel (mask) or 4 (RGBA, straight alpha), uint8 or uint16.

    blocks: the block index, row by row, `grid` of 16x16 tiles each. Two rasters are equal if they
        consist of the same blocks. Pixels of edge tiles that lie outside of `size` are 0.
    """

    size: Size
    channels: int
    dtype: np.dtype[Any]
    blocks: tuple[TileBlock | None, ...] = field(repr=False)
    _memo: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def empty(cls, size: Size, channels: int, dtype: DTypeLike = np.uint8) -> Raster:
        """Make a raster whose pixels are all 0.

        Raises:
            ValueError: unless channels is 1 or 4 and dtype uint8 or uint16.
        """
        kind = np.dtype(dtype)
        if channels not in (1, 4) or kind not in (np.uint8, np.uint16):
            raise ValueError(
                f"A raster has 1 or 4 channels of uint8 or uint16: {channels}, {kind}."
            )
        rows, columns = _grid(size)
        return cls(size, channels, kind, (None,) * (rows * columns))

    @classmethod
    def from_array(cls, array: Pixels) -> Raster:
        """Make a raster of a copy of the pixels of `array` [h, w, C]."""
        height, width, channels = array.shape
        size = Size(width, height)
        return cls.empty(size, channels, array.dtype).write(size.box, array)

    @classmethod
    def full(cls, size: Size, value: int, dtype: DTypeLike = np.uint8) -> Raster:
        """Make a mask with `value` everywhere; all inner tiles are one shared tile."""
        raster = cls.empty(size, 1, dtype)
        if value == 0:
            return raster
        whole = Tile(np.full((TILE_PX, TILE_PX, 1), value, raster.dtype))
        tiles = {}
        for row, column in size.box.cells(TILE_PX):
            height, width = size.height - row * TILE_PX, size.width - column * TILE_PX
            tile = whole
            if min(height, width) < TILE_PX:
                pixels = np.zeros((TILE_PX, TILE_PX, 1), raster.dtype)
                pixels[:height, :width] = value
                tile = Tile(pixels)
            tiles[row, column] = tile
        return raster.replace_tiles(tiles)

    @property
    def box(self) -> Box:
        """The whole raster."""
        return self.size.box

    @property
    def grid(self) -> tuple[int, int]:
        """(rows, columns) of blocks in the block index."""
        return _grid(self.size)

    @property
    def max_value(self) -> int:
        """The largest value of a channel: 255 or 65535."""
        return int(np.iinfo(self.dtype).max)

    def tile(self, cell: Cell) -> Tile | None:
        """Get the tile at (row, column), None where it is missing or outside of the raster."""
        row, column = cell
        rows, columns = self.grid
        if not (0 <= row < rows * BLOCK_TILES and 0 <= column < columns * BLOCK_TILES):
            return None
        block = self.blocks[row // BLOCK_TILES * columns + column // BLOCK_TILES]
        return (
            None
            if block is None
            else block.tiles[row % BLOCK_TILES * BLOCK_TILES + column % BLOCK_TILES]
        )

    def tiles(self) -> Iterator[tuple[Cell, Tile]]:
        """Iterate over the cell and tile of every tile that is not missing, block by block."""
        columns = self.grid[1]
        for number, block in enumerate(self.blocks):
            if block is None:
                continue
            top, left = number // columns * BLOCK_TILES, number % columns * BLOCK_TILES
            for index, tile in enumerate(block.tiles):
                if tile is not None:
                    yield (top + index // BLOCK_TILES, left + index % BLOCK_TILES), tile

    def replace_tiles(self, tiles: Mapping[Cell, Tile | None]) -> Self:
        """Put other tiles at some cells; returns the same object if they are there already.

        The caller guarantees that pixels outside of `size` are 0 and that tiles have content.
        """
        columns = self.grid[1]
        touched: dict[int, list[Tile | None]] = {}
        for (row, column), tile in tiles.items():
            if self.tile((row, column)) is tile:
                continue
            number = row // BLOCK_TILES * columns + column // BLOCK_TILES
            if number not in touched:
                block = self.blocks[number]
                touched[number] = [None] * BLOCK_TILES**2 if block is None else list(block.tiles)
            touched[number][row % BLOCK_TILES * BLOCK_TILES + column % BLOCK_TILES] = tile
        if not touched:
            return self
        blocks = list(self.blocks)
        for number, members in touched.items():
            full = any(tile is not None for tile in members)
            blocks[number] = TileBlock(new_tile_id(), tuple(members)) if full else None
        return replace(self, blocks=tuple(blocks))

    def read(self, box: Box, level: int = 0) -> Pixels:
        """Read the pixels [h, w, C] of `box`, a new array; 0 where there is no tile.

        level: 0 .. 7, reads the raster downsampled by 2**level; `box` is then in its pixels.
        """
        out = np.zeros((box.height, box.width, self.channels), self.dtype)
        side = TILE_PX >> level
        for cell in box.clamp(self.level_box(level)).cells(side):
            tile = self.tile(cell)
            if tile is None:
                continue
            # Plain numbers: boxes would cost more than the copying.
            top, left = cell[0] * side - box.y, cell[1] * side - box.x
            y, x = max(top, 0), max(left, 0)
            bottom, right = min(top + side, box.height), min(left + side, box.width)
            out[y:bottom, x:right] = tile.mip(level)[
                y - top : bottom - top, x - left : right - left
            ]
        return out

    def level_box(self, level: int) -> Box:
        """Compute the box of the whole raster at a mip level, in that level's pixels.

        Raises:
            ValueError: if level is not in 0 .. 7.
        """
        if not 0 <= level <= MAX_LEVEL:
            raise ValueError(f"Mip levels go from 0 to {MAX_LEVEL}, not {level}.")
        return Box(0, 0, -(-self.size.width >> level), -(-self.size.height >> level))

    def write(self, box: Box, array: Pixels) -> Self:
        """Write `array` [h, w, C] at `box`; what lies outside of the raster is ignored.

        Tiles whose pixels do not change are kept, so writing the same again returns the same
        object.

        Raises:
            ValueError: if shape or dtype of `array` do not fit.
        """
        if array.shape != (box.height, box.width, self.channels) or array.dtype != self.dtype:
            raise ValueError(
                f"Pixels for a box of {box.size} must be {self.dtype} with {self.channels}"
                f" channels, not {array.dtype} {array.shape}."
            )
        inside = box.clamp(self.box)
        tiles: dict[Cell, Tile | None] = {}
        for cell in inside.cells(TILE_PX):
            whole = tile_box(cell)
            part = whole.clamp(inside)
            new = array[part.move(-box.x, -box.y).slices]
            old = self.tile(cell)
            target = part.move(-whole.x, -whole.y).slices
            if old is not None and np.array_equal(old.pixels[target], new):
                continue
            if part == whole:
                pixels = new.copy()
            elif old is None:
                pixels = np.zeros((TILE_PX, TILE_PX, self.channels), self.dtype)
                pixels[target] = new
            else:
                pixels = old.pixels.copy()
                pixels[target] = new
            tiles[cell] = make_tile(pixels)
        return self.replace_tiles(tiles)

    def changed_cells(self, other: Raster) -> list[Cell]:
        """Find the cells whose tiles are other objects than those of `other`.

        Raises:
            ValueError: if the two have different sizes.
        """
        if self.size != other.size:
            raise ValueError(f"Rasters of {self.size} and {other.size} cannot be compared by tile.")
        columns = self.grid[1]
        cells: list[Cell] = []
        for number, (mine, theirs) in enumerate(zip(self.blocks, other.blocks, strict=True)):
            if mine is theirs:
                continue
            row, column = number // columns * BLOCK_TILES, number % columns * BLOCK_TILES
            a = mine.tiles if mine is not None else (None,) * BLOCK_TILES**2
            b = theirs.tiles if theirs is not None else (None,) * BLOCK_TILES**2
            cells += [
                (row + index // BLOCK_TILES, column + index % BLOCK_TILES)
                for index, (left, right) in enumerate(zip(a, b, strict=True))
                if left is not right
            ]
        return cells

    def equal_pixels(self, other: Raster) -> bool:
        """Return True if all pixels are the same, whichever tiles hold them.

        Raises:
            ValueError: if the two have different sizes.
        """
        for cell in self.changed_cells(other):
            mine, theirs = self.tile(cell), other.tile(cell)
            if mine is None or theirs is None or (mine.pixels != theirs.pixels).any():
                return False
        return True

    def count_content(self) -> int:
        """Return the number of values that are not 0; counted once."""
        if "count" not in self._memo:
            self._memo["count"] = sum(int(np.count_nonzero(one.pixels)) for _, one in self.tiles())
        return int(self._memo["count"])

    def content_box(self) -> Box:
        """Find the smallest box around all pixels with alpha > 0, or a mask's value > 0; once."""
        if "box" not in self._memo:
            self._memo["box"] = self._find_content_box()
        found: Box = self._memo["box"]
        return found

    def _find_content_box(self) -> Box:
        by_row: dict[int, list[tuple[Cell, Tile]]] = {}
        by_column: dict[int, list[tuple[Cell, Tile]]] = {}
        for cell, tile in self.tiles():
            by_row.setdefault(cell[0], []).append((cell, tile))
            by_column.setdefault(cell[1], []).append((cell, tile))
        found = Box(0, 0, 0, 0)
        # Only the outermost rows and columns of tiles with content need to be read, and of these
        # no more than until a pixel lies at the very edge.
        for lines, extent in ((by_row, self.size.height), (by_column, self.size.width)):
            for is_far in (False, True):
                for line in sorted(lines, reverse=is_far):
                    edge, outermost = Box(0, 0, 0, 0), min((line + is_far) * TILE_PX, extent)
                    for cell, tile in lines[line]:
                        edge = edge.union(_tile_content(cell, tile))
                        near, far = (
                            (edge.y, edge.bottom) if lines is by_row else (edge.x, edge.right)
                        )
                        if not edge.empty and (far if is_far else near) == outermost:
                            break
                    found = found.union(edge)
                    if not edge.empty:
                        break
        return found

    def reduce_tiles(self, levels: Iterable[int] = range(1, MAX_LEVEL + 1)) -> None:
        """Make mip levels of the tiles now, rather than when they are first drawn."""
        for _, tile in self.tiles():
            for level in levels:
                tile.mip(level)


def make_tile(pixels: Pixels) -> Tile | None:
    """Make a tile that takes over `pixels` [128, 128, C]; None if they are all 0."""
    # Eight bytes at a time: numpy tests single bytes far more slowly.
    return Tile(pixels) if pixels.ravel().view(np.uint64).any() else None


def tile_box(cell: Cell) -> Box:
    """Compute the box of the tile at (row, column)."""
    return Box(cell[1] * TILE_PX, cell[0] * TILE_PX, TILE_PX, TILE_PX)


def _grid(size: Size) -> tuple[int, int]:
    side = TILE_PX * BLOCK_TILES
    return -(-size.height // side), -(-size.width // side)


def _tile_content(cell: Cell, tile: Tile) -> Box:
    """Find the smallest box around a tile's pixels with content, in pixels of the raster."""
    solid = tile.pixels[..., -1] > 0
    rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
    if not rows.size:
        return Box(0, 0, 0, 0)
    corner = tile_box(cell)
    return Box.between(
        corner.x + int(columns[0]),
        corner.y + int(rows[0]),
        corner.x + int(columns[-1]) + 1,
        corner.y + int(rows[-1]) + 1,
    )
