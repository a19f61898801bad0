"""A hundred accepted fills, saved and opened again in between: outside of the masks no bit changes.

The engine is a stand-in; everything else is the program. What comes out is read by Pillow (8 bits) and
OpenCV (16 bits), which do not decode these formats for the program.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from glide_studio.api.sampling import Sampling
from glide_studio.document.brush import StrokePoint
from glide_studio.editor.editor import Editor
from glide_studio.editor.image_documents import picture_from_document
from glide_studio.editor.removal_mask import add_rims
from glide_studio.editor.runner import InlineRunner
from glide_studio.imaging.geometry import Size
from glide_studio.io.images.export_options import ExportOptions
from glide_studio.io.images.picture import Picture
from glide_studio.io.images.read import read_image
from glide_studio.io.images.write import write_image
from tests.editor.standin import StandInEngine
from tests.io.images.makers import WIDE

SIZE = Size(160, 120)
ENDINGS = ("glide", "png", "tif", "ora")


def photo(depth: int, has_alpha: bool) -> NDArray[np.unsignedinteger]:
    """[h, w, 4] of noise; with alpha a part is clear, and hides colors that must stay."""
    dtype = np.uint8 if depth == 8 else np.uint16
    top = np.iinfo(dtype).max
    pixels = (
        np.random.default_rng(depth)
        .integers(0, top + 1, (SIZE.height, SIZE.width, 4))
        .astype(dtype)
    )
    if not has_alpha:
        pixels[..., 3] = top
    else:
        pixels[:30, :50, 3] = 0
        pixels[60:, 90:, 3] = top
    return pixels


def by_others(data: bytes) -> NDArray[np.unsignedinteger]:
    """RGBA [h, w, 4] of a PNG or TIFF, as libraries read it that are not the program's own.

    Pillow has no 16 bits for RGB, and OpenCV multiplies an 8-bit TIFF's colors by alpha.
    """
    found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert found is not None
    if found.dtype == np.uint8:
        with Image.open(BytesIO(data)) as image:
            return np.asarray(image.convert("RGBA"))
    way = cv2.COLOR_BGRA2RGBA if found.shape[2] == 4 else cv2.COLOR_BGR2RGBA
    return np.asarray(cv2.cvtColor(found, way))


def merged(path: Path) -> bytes:
    """The picture that a file shows, as PNG or TIFF."""
    if path.suffix != ".ora":
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        return archive.read("mergedimage.png")


@contextmanager
def editing(path: Path) -> Iterator[Editor]:
    """An editor of a file, closed with the block."""
    editor = Editor(InlineRunner(StandInEngine))
    try:
        editor.files.open(path)
        yield editor
    finally:
        editor.close()


def fill(editor: Editor, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Paint somewhere, remove, accept; where the mask and its rim were."""
    editor.selection.clear()
    editor.set_tool_settings(size=float(rng.integers(2, 24)), hardness=float(rng.random()))
    start = rng.uniform((0, 0), (SIZE.width, SIZE.height))
    editor.selection.begin_stroke(StrokePoint(*start), erase=False)
    editor.selection.extend_stroke(
        [StrokePoint(*(start + step)) for step in rng.uniform(-15, 15, (3, 2))]
    )
    editor.selection.finish_stroke()
    painted = add_rims(editor.document, editor.document.selection).read(SIZE.box)[..., 0] > 0
    if painted.any():
        editor.set_generation_settings(
            sampling=Sampling(seed=int(rng.integers(1 << 30)), steps=1), new_seed=False
        )
        editor.generation.generate()
        editor.runner.run_until_done()
        assert editor.candidates.accept().ok
    return painted


def journey(folder: Path, start: Path, fills: int, endings: list[str]) -> None:
    """Fills in equal shares, after each a save and the file opened anew; then the comparison."""
    original = by_others(start.read_bytes())
    profile = read_image(start).icc
    rng = np.random.default_rng(fills)
    touched = np.zeros((SIZE.height, SIZE.width), np.bool_)
    path = start
    for number, ending in enumerate(endings):
        with editing(path) as editor:
            for _ in range(fills // len(endings)):
                touched |= fill(editor, rng)
            path = folder / f"{number}.{ending}"
            editor.files.save(path)
    with editing(path) as editor:
        assert editor.document.icc == profile
        assert editor.document.dtype == original.dtype
        seen = picture_from_document(editor.document).pixels
        editor.files.save(folder / "end.png")
    if path.suffix != ".glide":
        assert np.array_equal(by_others(merged(path)), seen)
    last = by_others((folder / "end.png").read_bytes())
    assert np.array_equal(last, seen)
    assert last.dtype == original.dtype
    assert np.array_equal(last[~touched], original[~touched])
    assert touched.mean() > 0.002 * fills
    assert not touched.all()
    assert (last[touched] != original[touched]).any(axis=-1).mean() > 0.5


def source(folder: Path, depth: int, has_alpha: bool, profile: bytes | None) -> Path:
    """The photo as a PNG file, exactly as made."""
    pixels = photo(depth, has_alpha)
    write_image(folder / "photo.png", Picture(pixels, has_alpha, profile), ExportOptions())
    assert np.array_equal(by_others((folder / "photo.png").read_bytes()), pixels)
    return folder / "photo.png"


KINDS = [
    pytest.param(depth, has_alpha, profile, id=f"{depth}{'-alpha' * has_alpha}{'-icc' * bool(profile)}")
    for depth in (8, 16)
    for has_alpha in (False, True)
    for profile in (None, WIDE)
]  # fmt: skip


@pytest.mark.parametrize(("depth", "has_alpha", "profile"), [KINDS[n] for n in (0, 3, 5, 6)])
def test_fills_through_all_formats(
    tmp_path: Path, depth: int, has_alpha: bool, profile: bytes | None
) -> None:
    start = source(tmp_path, depth, has_alpha, profile)
    journey(tmp_path, start, 8, list(ENDINGS))


@pytest.mark.slow
@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize(("depth", "has_alpha", "profile"), KINDS)
def test_100_fills(
    tmp_path: Path, ending: str, depth: int, has_alpha: bool, profile: bytes | None
) -> None:
    start = source(tmp_path, depth, has_alpha, profile)
    journey(tmp_path, start, 100, [ending] * 10)
