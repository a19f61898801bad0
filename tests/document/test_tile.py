"""Tiles leave memory and come back."""

from __future__ import annotations

import numpy as np

from glide_studio.document.tile import Tile, new_tile_id


class Shelf:
    """A store in a dictionary that counts its loads; takes every tile unless it is full."""

    def __init__(self) -> None:
        self.pixels: dict[int, np.ndarray] = {}
        self.loads = 0
        self.is_full = False

    def holds(self, tile: Tile) -> bool:
        if not self.is_full:
            self.save([tile])
        return tile.id in self.pixels

    def save(self, tiles) -> None:
        for tile in tiles:
            self.pixels.setdefault(tile.id, tile.pixels.copy())

    def load(self, tile_id: int) -> np.ndarray:
        self.loads += 1
        return self.pixels[tile_id].copy()


def make(value: int = 7, channels: int = 4, dtype=np.uint16) -> Tile:
    return Tile(np.full((128, 128, channels), value, dtype))


def test_ids_are_distinct_and_fit_a_signed_column():
    ids = {new_tile_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(0 <= number < 2**63 for number in ids)


def test_a_spilled_tile_comes_back_under_its_id():
    shelf, tile = Shelf(), make()
    before, number = tile.pixels, tile.id
    tile.mip(2)
    assert tile.resident_bytes > tile.nbytes == 128 * 128 * 4 * 2
    shelf.save([tile])
    tile.spill(shelf)
    assert (tile.resident, tile.resident_bytes) == (False, 0)
    assert tile.nbytes == before.nbytes
    assert np.array_equal(tile.pixels, before)
    assert (tile.id, tile.resident) == (number, True)
    assert not tile.pixels.flags.writeable
    assert shelf.loads == 1


def test_a_stored_tile_is_loaded_when_looked_at():
    shelf, tile = Shelf(), make(3, 1, np.uint8)
    shelf.save([tile])
    again = Tile.from_store(tile.id, 1, np.dtype(np.uint8), shelf)
    assert not again.resident
    assert again.nbytes == tile.nbytes
    assert shelf.loads == 0
    assert again.mip(1).shape == (64, 64, 1)
    assert (again.pixels == 3).all()
    assert shelf.loads == 1


def test_opaque_looks_at_the_last_channel():
    assert make(65535).opaque
    assert not make(65534).opaque
    assert make(255, 1, np.uint8).opaque
