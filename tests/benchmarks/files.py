"""What opening, recording, saving and exporting cost: `python tests/benchmarks/files.py`.

Prints one line a measure, with its bar where the product has one. Takes about a minute.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np

from glide_studio.document.document import Document
from glide_studio.document.document_thumbnail import Thumbnailer
from glide_studio.document.history import History
from glide_studio.document.layer import Layer
from glide_studio.document.raster import Raster
from glide_studio.imaging.geometry import Box, Size
from glide_studio.imaging.types import Pixels
from glide_studio.io.images.export_options import ExportOptions
from glide_studio.io.images.picture import Format, Picture
from glide_studio.io.images.read import read_image
from glide_studio.io.images.write import write_image
from glide_studio.io.project.open_project import open_project
from glide_studio.io.project.working_store import WorkingStore

SIZE = Size(6000, 4000)
STROKES = 1000
T = TypeVar("T")


def photo() -> Pixels:
    """24 megapixels of a smooth picture with grain, RGBA."""
    random = np.random.default_rng(0)
    small = random.integers(0, 256, (40, 60, 3), np.uint8)
    large = cv2.resize(small, (SIZE.width, SIZE.height), interpolation=cv2.INTER_CUBIC)
    grain = random.normal(0, 4, (SIZE.height, SIZE.width, 1)).astype(np.float32)
    colors = np.clip(np.asarray(large, np.float32) + grain, 0, 255).astype(np.uint8)
    return np.dstack([colors, np.full(colors.shape[:2], 255, np.uint8)])


def timed(what: str, action: Callable[[], T], bar: str = "") -> T:
    """Do it, print how long it took."""
    begin = time.perf_counter()
    result = action()
    print(f"{what}: {time.perf_counter() - begin:.2f} s{bar and f' (bar {bar})'}", flush=True)
    return result


def images(folder: Path, pixels: Pixels) -> None:
    """Each format once, 24 megapixels."""
    forms: tuple[Format, ...] = ("jpeg", "png", "tiff", "webp", "bmp")
    for form in forms:
        path = folder / f"photo.{form}"
        timed(
            f"write {form}",
            lambda p=path, f=form: write_image(p, Picture(pixels), ExportOptions(f)),
        )
        timed(f"read {form}", lambda p=path: read_image(p), "0.5 s" if form == "jpeg" else "")


def stroke(mask: Raster, random: np.random.Generator) -> Raster:
    """A soft line of 1400 x 60 pixels somewhere."""
    x = int(random.integers(0, SIZE.width - 1400))
    y = int(random.integers(0, SIZE.height - 60))
    box = Box(x, y, 1400, 60)
    profile = np.clip(1.3 - np.abs(np.linspace(-1.3, 1.3, 60)), 0, 1) * 255
    line = np.broadcast_to(profile[:, None, None], (60, 1400, 1)).astype(np.uint8)
    return mask.write(box, np.maximum(mask.read(box), line))


def store(folder: Path, pixels: Pixels) -> None:
    """A working store through a thousand strokes with their small pictures, saved and opened again."""
    layer = Layer("Photo", Raster.from_array(pixels))
    history = History.begin(Document(SIZE, 8, (layer,), layer.id))
    random = np.random.default_rng(1)
    maker = Thumbnailer()
    history.set_thumbnail(history.current.id, maker.render_document(history.document))
    work = timed(
        "make the working store of 24 megapixels",
        lambda: WorkingStore.create(history, "photo", folder=folder),
    )
    for durable, name in ((False, "a stroke"), (True, "a stroke and wait for the disk")):
        seconds = []
        for _ in range(STROKES // 2):
            document = history.document
            painted = stroke(document.selection, random)
            history.record("Paint mask", replace(document, selection=painted))
            history.set_thumbnail(history.current.id, maker.render_document(history.document))
            begin = time.perf_counter()
            work.record(history, durable=durable)
            seconds.append(time.perf_counter() - begin)
        middle, rare = statistics.median(seconds), statistics.quantiles(seconds, n=100)[98]
        print(
            f"record {name}: median {middle * 1e3:.1f} ms, 99 % {rare * 1e3:.1f} ms,"
            f" longest {max(seconds) * 1e3:.0f} ms (bar 30 ms)",
            flush=True,
        )
    project = folder / "photo.glide"
    timed("save the project", lambda: work.write_project(project))
    work.close(discard=True)
    print(f"project with {len(history)} states: {project.stat().st_size / 1e6:.0f} MB")
    opened, back = timed(
        f"open {len(history)} states", lambda: open_project(project, folder=folder), "1 s"
    )
    timed("load all pixels shown", lambda: back.document.layers[0].raster.read(SIZE.box))
    opened.close(discard=True)


def main() -> None:
    """Measure and print."""
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    pixels = photo()
    with tempfile.TemporaryDirectory() as name:
        images(Path(name), pixels)
        store(Path(name), pixels)


if __name__ == "__main__":
    main()
