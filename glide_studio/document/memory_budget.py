"""`MemoryBudget`: what the states of a history hold in memory, each shared part counted once."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

from glide_studio.document.document import Document
from glide_studio.document.raster import TileBlock
from glide_studio.document.tile import Tile, TileStore


class MemoryBudget:
    """Counts the distinct tiles and blocks of all documents and spills tiles beyond a limit.

    expected: a document that will be shown next, whose tiles stay in memory like those of the
    current one; None if there is none.

    The limit, in bytes, is for what the current document does not show, since that has to be in
    memory anyway. A tile is counted with a third more for its mip levels. Nothing is ever removed:
    a history keeps all of its states.

    A tile is *resident* while it counts as being in memory, and *spilled* once a store holds it. An
    old state that is read loads spilled tiles again; they are unloaded at the next eviction.
    """

    def __init__(self, limit: int, store: TileStore | None) -> None:
        """limit: bytes. store: loads spilled tiles; without one everything stays in memory."""
        self.limit = limit
        self.store = store
        self.expected: Document | None = None
        self._blocks: dict[int, TileBlock] = {}
        self._block_indices: dict[int, tuple[TileBlock | None, ...]] = {}
        self._structure_bytes = 0  # of blocks and block indices
        self._resident: dict[int, Tile] = {}  # in view longest ago first
        self._resident_bytes = 0
        self._spilled: dict[int, Tile] = {}
        self._current_blocks: dict[int, TileBlock] = {}
        self._current_uses: Counter[int] = Counter()  # tile id: how many current blocks hold it
        self._current_bytes = 0

    def register(self, document: Document) -> None:
        """Count what `document` holds and no document before it did."""
        resident, spilled = self._resident, self._spilled
        for raster in document.rasters():
            index = raster.blocks
            if id(index) in self._block_indices:
                continue
            self._block_indices[id(index)] = index
            self._structure_bytes += sys.getsizeof(index)
            for block in index:
                if block is None or block.id in self._blocks:
                    continue
                self._blocks[block.id] = block
                self._structure_bytes += sys.getsizeof(block) + sys.getsizeof(block.tiles)
                for tile in block.tiles:
                    if tile is None or tile.id in spilled or tile.id in resident:
                        continue
                    if tile.resident:
                        resident[tile.id] = tile
                        self._resident_bytes += _memory_cost(tile)
                    else:
                        spilled[tile.id] = tile

    def used_bytes(self) -> int:
        """Count the bytes in memory: pixels and mip levels of tiles, blocks, block indices."""
        tiles = (*self._resident.values(), *self._spilled.values())
        return self._structure_bytes + sum(tile.resident_bytes for tile in tiles)

    def evict(
        self, current: Document | None, limit: int | None = None, *, most: int | None = None
    ) -> None:
        """Make `current` the document that is shown, then spill other tiles beyond the limit.

        current: None if nothing is shown. limit: another one for this time; then what was loaded
            again goes too, though there is room. most: tiles that go, None for all.

        Tiles that were in view longest ago go first; those that the store does not hold yet stay,
        so that nothing waits for the disk. The time depends on what differs from the document shown
        before. Stops a little below the limit, so that not every edit spills.
        """
        self._set_shown([one for one in (current, self.expected) if one is not None])
        beyond = self.hidden_bytes
        if self.store is None or (limit is None and beyond <= self.limit):
            return
        limit = self.limit if limit is None else limit
        evicted: list[Tile] = []
        for tile in self._resident.values() if beyond > limit else ():
            if beyond <= limit - limit // 64 or len(evicted) == most:
                break
            if tile.id not in self._current_uses and self.store.holds(tile):
                evicted.append(tile)
                beyond -= _memory_cost(tile)
        for tile in evicted:
            tile.spill(self.store)
            del self._resident[tile.id]
            self._resident_bytes -= _memory_cost(tile)
            self._spilled[tile.id] = tile
        again = (tile for tile in self._spilled.values() if tile.resident)
        for tile in list(islice(again, most)):
            tile.unload()

    @property
    def held_bytes(self) -> int:
        """Bytes in memory, without what was loaded again; `used_bytes` counts tile by tile."""
        return self._structure_bytes + self._resident_bytes

    @property
    def hidden_bytes(self) -> int:
        """Bytes of `held_bytes` that the current document does not show."""
        return self.held_bytes - self._current_bytes

    def _set_shown(self, documents: Iterable[Document]) -> None:
        rasters = (raster for document in documents for raster in document.rasters())
        blocks = {block.id: block for raster in rasters for block in raster.blocks if block}
        for block_id in self._current_blocks.keys() - blocks.keys():
            for tile in _tiles(self._current_blocks[block_id]):
                self._current_uses[tile.id] -= 1
                if not self._current_uses[tile.id]:
                    del self._current_uses[tile.id]
                    self._current_bytes -= _memory_cost(tile)
                    if tile.id in self._resident:
                        self._resident[tile.id] = self._resident.pop(tile.id)
        uses = self._current_uses
        for block_id in blocks.keys() - self._current_blocks.keys():
            for tile in _tiles(blocks[block_id]):
                count = uses.get(tile.id, 0)
                uses[tile.id] = count + 1
                is_drawn_again = tile.id in self._spilled
                if count and not is_drawn_again:
                    continue
                cost = _memory_cost(tile)
                if not count:
                    self._current_bytes += cost
                if is_drawn_again:
                    self._resident[tile.id] = self._spilled.pop(tile.id)
                    self._resident_bytes += cost
        self._current_blocks = blocks


def _tiles(block: TileBlock) -> Iterator[Tile]:
    return (tile for tile in block.tiles if tile is not None)


def _memory_cost(tile: Tile) -> int:
    """Return bytes of a tile with all of its mip levels."""
    return tile.nbytes * 4 // 3
