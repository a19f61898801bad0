"""`Ledger`: what the states of a history hold together, each shared part counted once."""

from __future__ import annotations

import sys

from glide_studio.document.document import Document
from glide_studio.document.raster import Block
from glide_studio.document.tile import Tile, TileStore

SWEEP = 16  # calls of `settle` after which tiles that came back unseen are counted


class Ledger:
    """Distinct tiles, blocks and spines of all documents added, kept under a budget of bytes.

    Nothing is ever taken out: a history keeps all of its states.
    """

    def __init__(self, budget: int, store: TileStore | None) -> None:
        self.budget = budget
        self.store = store
        self._tiles: dict[int, Tile] = {}
        self._blocks: dict[int, Block] = {}
        self._spines: dict[int, tuple[Block | None, ...]] = {}
        self._structure = 0  # bytes of blocks and spines
        self._estimate = 0  # bytes of tiles, too low by what was loaded since the last sweep
        self._settled = 0

    def add(self, document: Document) -> None:
        """Count what `document` holds and no document before it did."""
        for raster in document.rasters():
            spine = raster.blocks
            if id(spine) in self._spines:
                continue
            self._spines[id(spine)] = spine
            self._structure += sys.getsizeof(spine)
            for block in spine:
                if block is None or block.id in self._blocks:
                    continue
                self._blocks[block.id] = block
                self._structure += sys.getsizeof(block) + sys.getsizeof(block.tiles)
                for tile in block.tiles:
                    if tile is not None and tile.id not in self._tiles:
                        self._tiles[tile.id] = tile
                        self._estimate += tile.held

    def resident(self) -> int:
        """Bytes in memory, exactly: pixels and mip levels of tiles, blocks, spines."""
        return self._structure + sum(tile.held for tile in self._tiles.values())

    def settle(self, current: Document) -> None:
        """Spill the tiles that `current` does not hold, oldest first, if the budget is exceeded.

        Stops a sixteenth below the budget, so that the next edits need not spill again.
        """
        if self.store is None:
            return
        self._settled += 1
        if self._structure + self._estimate <= self.budget and self._settled % SWEEP:
            return
        held = self.resident()
        self._estimate = held - self._structure
        if held <= self.budget:
            return
        shown = {tile.id for raster in current.rasters() for _, tile in raster.tiles()}
        cold: list[Tile] = []
        for tile in self._tiles.values():
            if held <= self.budget - self.budget // 16:
                break
            if tile.held and tile.id not in shown:
                cold.append(tile)
                held -= tile.held
        self.store.save(cold)
        for tile in cold:
            tile.spill(self.store)
        self._estimate = held - self._structure
