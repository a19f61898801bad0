"""What strokes, undo, their memory and the finish cost: `python tests/benchmarks/document.py`.

Prints one line a measure, with its bar. Takes about half a minute.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from glide_studio.document.brush import Brush, StrokePoint
from glide_studio.document.compositing import composite
from glide_studio.document.document import Document, changed_boxes
from glide_studio.document.document_thumbnail import Thumbnailer
from glide_studio.document.history import MEMORY_BUDGET, History
from glide_studio.document.layer import Layer
from glide_studio.document.raster import Raster
from glide_studio.document.stroke import SELECTION, Stroke, Target
from glide_studio.document.tile import TILE_PX, Tile
from glide_studio.imaging.blending.harmonize import harmonize
from glide_studio.imaging.filters import gaussian_blur
from glide_studio.imaging.geometry import Size
from glide_studio.imaging.types import Pixels
from tests.document.edits import paint_stroke

MEGAPIXELS_24 = Size(6000, 4000)
MEGAPIXELS_100 = Size(12_000, 8_400)
STROKES = 1000


class FileStore:
    """Tiles one after the other in a file."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.places: dict[int, tuple[int, Tile]] = {}

    def save(self, tiles: Sequence[Tile]) -> None:
        for tile in tiles:
            if tile.id not in self.places:
                self.places[tile.id] = self.file.seek(0, os.SEEK_END), tile
                self.file.write(tile.pixels.tobytes())

    def load(self, tile_id: int) -> Pixels:
        place, tile = self.places[tile_id]
        self.file.seek(place)
        shape = (TILE_PX, TILE_PX, tile.channels)
        return np.frombuffer(self.file.read(tile.nbytes), tile.dtype).reshape(shape)


def photo(size: Size, shared: bool) -> Layer:
    """An opaque layer of noise; `shared` uses one tile everywhere, to save memory but no time."""
    rng = np.random.default_rng(0)
    tiles = {}
    tile = None
    for cell in size.box.cells(TILE_PX):
        if tile is None or not shared:
            pixels = rng.integers(0, 256, (TILE_PX, TILE_PX, 4), np.uint8)
            pixels[..., 3] = 255
            tile = Tile(pixels)
        tiles[cell] = tile
    return Layer("Photo", raster=Raster.empty(size, 4).replace_tiles(tiles), id="photo")


def overlay(size: Size, name: str) -> Layer:
    """A translucent layer over all of it, one shared tile."""
    pixels = np.random.default_rng(1).integers(0, 256, (TILE_PX, TILE_PX, 4), np.uint8)
    tile = Tile(pixels)
    cells = dict.fromkeys(size.box.cells(TILE_PX), tile)
    return Layer(name, raster=Raster.empty(size, 4).replace_tiles(cells), id=name, blend="multiply")


def document(size: Size, shared: bool = True, layers: int = 1) -> Document:
    extra = tuple(overlay(size, f"layer {number}") for number in range(1, layers))
    return Document(size, layers=(photo(size, shared), *extra), active="photo")


def path(rng: np.random.Generator, size: Size, length: float = 1400) -> list[StrokePoint]:
    """A curve of 100 points, `length` pixels long, inside of the canvas."""
    angles = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.08, 100))
    steps = np.stack([np.cos(angles), np.sin(angles)], 1) * length / 100
    start = rng.uniform((1500, 1500), (size.width - 1500, size.height - 1500))
    return [StrokePoint(float(x), float(y)) for x, y in start + np.cumsum(steps, 0)]


def milliseconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1000


def resident() -> float:
    """MiB of this process in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 2**20


def stroke_cost() -> None:
    for label, brush in (("40 px", Brush(40)), ("400 px", Brush(400)), ("1500 px", Brush(1500))):
        medians = []
        for size in (MEGAPIXELS_24, MEGAPIXELS_100):
            before = document(size)
            whole, events = [], []
            for number in range(9):
                rng = np.random.default_rng(number)
                stroke = Stroke(before, brush)
                points = path(rng, MEGAPIXELS_24)
                costs = [
                    milliseconds(lambda s=stroke, p=p: (s.extend([p]), s.document)) for p in points
                ]
                whole.append(sum(costs) + milliseconds(stroke.finish))
                events += costs
            medians.append(statistics.median(whole))
            print(
                f"{label} mask stroke of 1400 px, {size.area / 1e6:.0f} MP: {medians[-1]:.1f} ms,"
                f" an event {statistics.median(events):.2f} ms,"
                f" 99th percentile {np.percentile(events, 99):.2f} ms"
            )
        print(f"  100 MP against 24 MP: {medians[1] / medians[0]:.2f} times (bar 1.2)")


def dab_cost() -> None:
    for layers in (1, 3, 5):
        before = document(MEGAPIXELS_24, layers=layers)
        costs = []
        stroke = Stroke(before, Brush(40), Target("pixels", "photo"), color=(1, 0, 0))
        for point in path(np.random.default_rng(0), MEGAPIXELS_24):

            def dab(point: StrokePoint = point, stroke: Stroke = stroke) -> None:
                box = stroke.extend([point])
                if not box.empty:
                    composite(stroke.document, box)

            costs.append(milliseconds(dab))
        print(
            f"40 px dab on pixels and its tiles recomposited, {layers} layers:"
            f" {statistics.median(costs):.2f} ms (bar 4 with 3 layers),"
            f" 99th percentile {np.percentile(costs, 99):.2f} ms"
        )


def strokes_and_memory() -> None:
    with tempfile.TemporaryFile() as file:
        history = History.begin(document(MEGAPIXELS_24, shared=False), store=FileStore(file))
        rng = np.random.default_rng(5)
        start = resident()
        peak = start
        records = []
        for number in range(STROKES):
            target = SELECTION if number % 2 else Target("pixels", "photo")
            points = tuple(path(rng, MEGAPIXELS_24))
            after = paint_stroke(history.document, Brush(40), points, target)
            records.append(milliseconds(lambda after=after: history.record("Brush", after)))
            peak = max(peak, resident())
        print(
            f"{STROKES} strokes on 24 MP, half on pixels: {peak - start:.0f} MiB more resident"
            f" (bar 512), history {history.nbytes / 2**20:.0f} MiB, budget {MEMORY_BUDGET >> 20} besides the picture,"
            f" {len(history)} states; record {statistics.median(records):.2f} ms,"
            f" largest {max(records):.1f} ms"
        )
        for name, step in (("undo", history.undo), ("redo", history.redo)):
            moves, repaints = [], []
            for _ in range(200):
                before = history.document
                moves.append(milliseconds(step))

                def repaint(before: Document = before) -> None:
                    for box in changed_boxes(before, history.document):
                        composite(history.document, box)

                repaints.append(milliseconds(repaint))
            print(
                f"{name}: {statistics.median(moves):.2f} ms, 99th percentile"
                f" {np.percentile(moves, 99):.2f} ms (bar 5); all its tiles recomposited"
                f" {statistics.median(repaints):.2f} ms"
            )
        print(f"memory after that: {resident() - start:.0f} MiB more resident (bar 512)")


def thumbnail_cost() -> None:
    before = document(MEGAPIXELS_24, shared=False, layers=3)
    maker = Thumbnailer()
    first = milliseconds(lambda: maker.render_document(before))
    costs = []
    for number in range(40):
        rng = np.random.default_rng(number)
        before = paint_stroke(before, Brush(40), tuple(path(rng, MEGAPIXELS_24)))
        costs.append(milliseconds(lambda after=before: maker.render_document(after)))
    print(
        f"a state's small picture, 24 MP, 3 layers: the first {first:.0f} ms, after a stroke"
        f" {statistics.median(costs):.2f} ms, 99th percentile {np.percentile(costs, 99):.2f} ms"
    )


def finish_cost() -> None:
    rng = np.random.default_rng(3)
    crop = gaussian_blur(rng.random((1000, 1000, 3), np.float32), 2)
    patch = np.clip(gaussian_blur(crop, 1) * 0.9 + 0.05, 0, 1)
    y, x = np.mgrid[0:1000, 0:1000]
    for radius in (100, 300, 450):
        mask = (np.hypot(x - 500, y - 500) < radius).astype(np.float32)
        costs = [milliseconds(lambda mask=mask: harmonize(crop, patch, mask)) for _ in range(3)]
        print(f"finish of a disc of {2 * radius} px in a crop of 1000 px: {min(costs):.0f} ms")


if __name__ == "__main__":
    finish_cost()
    stroke_cost()
    dab_cost()
    thumbnail_cost()
    strokes_and_memory()
