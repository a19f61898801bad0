"""`Ledger`: what the states of a history hold together, each shared part counted once."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator

from glide_studio.document.document import Document
from glide_studio.document.raster import Block
from glide_studio.document.tile import Tile, TileStore


class Ledger:
    """Distinct tiles, blocks and spines of all documents added; cold tiles leave beyond a budget.

    The budget, in bytes, is for what the current document does not show: that has to be in memory
    anyway. A tile is counted with a third more for its mip levels. Nothing is ever taken out of the
    ledger: a history keeps all of its states.
    """

    def __init__(self, budget: int, store: TileStore | None) -> None:
        self.budget = budget
        self.store = store
        self._blocks: dict[int, Block] = {}
        self._spines: dict[int, tuple[Block | None, ...]] = {}
        self._structure = 0  # bytes of blocks and spines
        self._warm: dict[int, Tile] = {}  # in memory, the longest there first
        self._warm_bytes = 0
        self._cold: dict[int, Tile] = {}  # spilled; one that an old state was read for may be back
        self._current: dict[int, Block] = {}  # of the current document
        self._shown: Counter[int] = Counter()  # tile id: how many of these blocks hold it
        self._shown_bytes = 0

    def add(self, document: Document) -> None:
        """Count what `document` holds and no document before it did."""
        warm, cold = self._warm, self._cold
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
                    if tile is None or tile.id in cold or tile.id in warm:
                        continue
                    if tile.resident:
                        warm[tile.id] = tile
                        self._warm_bytes += _cost(tile)
                    else:
                        cold[tile.id] = tile

    def resident(self) -> int:
        """Bytes in memory, exactly: pixels and mip levels of tiles, blocks, spines."""
        tiles = (*self._warm.values(), *self._cold.values())
        return self._structure + sum(tile.held for tile in tiles)

    def settle(self, current: Document) -> None:
        """Take note of what is shown now, then spill other tiles, oldest first, if there are too many.

        Costs what differs from the document shown before. Stops a little below the budget, so that
        not every edit spills.
        """
        self._show(current)
        beyond = self._structure + self._warm_bytes - self._shown_bytes
        if self.store is None or beyond <= self.budget:
            return
        leave: list[Tile] = []
        for tile in self._warm.values():
            if beyond <= self.budget - self.budget // 64:
                break
            if tile.id not in self._shown:
                leave.append(tile)
                beyond -= _cost(tile)
        self.store.save(leave)
        for tile in leave:
            tile.spill(self.store)
            del self._warm[tile.id]
            self._warm_bytes -= _cost(tile)
            self._cold[tile.id] = tile
        for tile in self._cold.values():
            if tile.resident:
                tile.forget()

    def _show(self, document: Document) -> None:
        rasters = document.rasters()
        now = {block.id: block for raster in rasters for block in raster.blocks if block}
        for number in self._current.keys() - now.keys():
            for tile in _tiles(self._current[number]):
                self._shown[tile.id] -= 1
                if not self._shown[tile.id]:
                    del self._shown[tile.id]
                    self._shown_bytes -= _cost(tile)
        for number in now.keys() - self._current.keys():
            for tile in _tiles(now[number]):
                if tile.id not in self._shown:
                    self._shown_bytes += _cost(tile)
                self._shown[tile.id] += 1
                if tile.id in self._cold:  # it is about to be looked at
                    self._warm[tile.id] = self._cold.pop(tile.id)
                    self._warm_bytes += _cost(tile)
        self._current = now


def _tiles(block: Block) -> Iterator[Tile]:
    return (tile for tile in block.tiles if tile is not None)


def _cost(tile: Tile) -> int:
    return tile.nbytes * 4 // 3
