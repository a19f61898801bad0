"""JPEG stays JPEG: `python -m tests.quality.jpeg_rounds [N] [SEED] [--rounds 3]`.

Makes N small JPEGs of all kinds: gray, YCbCr, RGB; 4:4:4, 4:2:2, 4:2:0, 4:4:0, 4:1:1; baseline and
progressive; restart markers; odd sizes; qualities 5 to 100; EXIF orientations; profile and comment.
Each is opened, edited somewhere, saved with its own blocks kept and opened again, `rounds` times. Then
pixels further than 2 px from a touched 16 x 16 block must be those of the round before, as Pillow,
which shares no code with the comparison in the program, decodes them; and tables, subsampling and
orientation must be the file's own.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image, ImageCms

from glide_studio.io.images import jpeg_keep
from glide_studio.io.images.export_options import ExportOptions
from glide_studio.io.images.jpeg_blocks import BlockEdit, write_block_edit
from glide_studio.io.images.picture import Picture
from glide_studio.io.images.read import read_image
from glide_studio.io.images.write import write_image

SUBSAMPLINGS = {"444": (1, 1), "422": (2, 1), "420": (2, 2), "440": (1, 2), "411": (4, 1)}
LARGEST = 150  # pixels a side
ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""From the upright picture to the stored one, by EXIF orientation."""


@dataclass(frozen=True)
class Sample:
    """A file to be edited. mcu: width and height of its units. kind: what it is, in words."""

    data: bytes
    mcu: tuple[int, int]
    orientation: int
    kind: str


@dataclass(frozen=True)
class Verdict:
    """stray: pixels that changed out of reach of the edits. fault: what else was wrong, or empty."""

    stray: int
    fault: str


def make_sample(random: np.random.Generator) -> Sample:
    """Make a JPEG of a random kind."""
    width, height = (int(side) for side in random.integers(1, LARGEST, 2))
    coarse = random.integers(0, 256, (height // 12 + 2, width // 12 + 2, 3), np.uint8)
    smooth = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    grain = random.normal(0, float(random.choice([0, 2, 12])), (height, width, 1))
    pixels = np.clip(np.asarray(smooth, np.float64) + grain, 0, 255).astype(np.uint8)
    quality = int(random.integers(5, 101))
    name = str(random.choice(["gray", "rgb", *SUBSAMPLINGS]))
    if name in ("440", "411"):
        data = simplejpeg.encode_jpeg(pixels, quality, "RGB", name)
        return Sample(data, (8 * SUBSAMPLINGS[name][0], 8 * SUBSAMPLINGS[name][1]), 1, name)
    extra: dict[str, object] = {"progressive": bool(random.random() < 0.4)}
    if random.random() < 0.4:
        extra["restart_marker_blocks"] = int(random.integers(1, 20))
    orientation = int(random.integers(1, 9)) if random.random() < 0.6 else 1
    if orientation > 1 or random.random() < 0.5:
        exif = Image.Exif()
        exif[ORIENTATION], exif[0x010E] = orientation, "a photo"
        extra["exif"] = exif.tobytes()
    if random.random() < 0.3 and name != "gray":
        extra["icc_profile"] = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    if random.random() < 0.3:
        extra["comment"] = b"a comment"
    image = Image.fromarray(pixels)
    if name == "gray":
        image = image.convert("L")
    elif name == "rgb":
        extra["keep_rgb"] = True
    else:
        extra["subsampling"] = ["444", "422", "420"].index(name)
    out = BytesIO()
    image.save(out, "JPEG", quality=quality, **extra)
    factors = SUBSAMPLINGS.get(name, (1, 1))
    return Sample(out.getvalue(), (8 * factors[0], 8 * factors[1]), orientation, name)


def edit(random: np.random.Generator, picture: Picture, *, gray: bool) -> NDArray[np.uint8]:
    """Return the pixels with one to three small boxes of another content."""
    pixels = np.array(picture.pixels, np.uint8)
    for _ in range(int(random.integers(1, 4))):
        y, x = (int(random.integers(0, side)) for side in pixels.shape[:2])
        height, width = (int(side) for side in random.integers(1, 30, 2))
        region = pixels[y : y + height, x : x + width, :3]
        channels = 1 if gray else 3
        region[...] = random.integers(0, 256, (*region.shape[:2], channels), np.uint8)
    return pixels


def stored(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Turn an upright picture as the file has it."""
    image = Image.fromarray(pixels)
    turned = image.transpose(TURNS[orientation]) if orientation in TURNS else image
    return np.asarray(turned)


def decode(data: bytes) -> NDArray[np.uint8]:
    """Decode with Pillow, as stored, [h, w, 3]."""
    with Image.open(BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def coding(data: bytes) -> tuple[object, ...]:
    """What has to stay: tables, sampling factors, kind of frame, orientation."""
    with Image.open(BytesIO(data)) as image:
        progressive = bool(image.info.get("progressive"))
        layers = [(one[1], one[2]) for one in image.layer]  # type: ignore[attr-defined]
        tables = {number: list(table) for number, table in image.quantization.items()}  # type: ignore[attr-defined]
        return tables, layers, progressive, image.getexif().get(ORIENTATION, 1)


def allowed(changed: NDArray[np.bool_], mcu: tuple[int, int]) -> NDArray[np.bool_]:
    """Where pixels may differ: every MCU with a changed pixel, and 2 px around it."""
    found = np.zeros_like(changed)
    width, height = mcu
    for y in range(0, changed.shape[0], height):
        for x in range(0, changed.shape[1], width):
            if changed[y : y + height, x : x + width].any():
                found[max(0, y - 2) : y + height + 2, max(0, x - 2) : x + width + 2] = True
    return found


def try_rounds(random: np.random.Generator, sample: Sample, folder: Path, rounds: int) -> Verdict:
    """Edit and save one file `rounds` times and compare after each."""
    path, data, stray = folder / "photo.jpg", sample.data, 0
    for _ in range(rounds):
        path.write_bytes(data)
        picture = read_image(path)
        pixels = edit(random, picture, gray=sample.kind == "gray")
        edited = replace(picture, pixels=pixels)
        written = write_image(path, edited, ExportOptions("jpeg", keep_blocks=True))
        if not written.proof:
            return Verdict(stray, f"{sample.kind}: {' '.join(written.notes)}")
        before, after, made = decode(data), decode(path.read_bytes()), path.read_bytes()
        changed = stored(pixels[..., :3], sample.orientation) != before
        out_of_reach = ~allowed(np.asarray(changed.any(axis=2)), sample.mcu)
        stray += int(((before != after).any(axis=2) & out_of_reach).sum())
        if coding(data) != coding(made):
            return Verdict(stray, f"{sample.kind}: coded in another way")
        data = made
    return Verdict(stray, "")


def keep_in_process(temporary: Path, edit: BlockEdit) -> bytes:
    """Do the child's work here: starting a process would take most of the time."""
    write_block_edit(temporary, edit)
    return temporary.read_bytes()


def main() -> int:
    """Run and print; 1 if a pixel out of reach changed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=1000)
    parser.add_argument("seed", type=int, nargs="?", default=0)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    jpeg_keep.write_jpeg_in_child = keep_in_process  # type: ignore[assignment]
    random = np.random.default_rng(arguments.seed)
    stray, faults, kinds = 0, 0, Counter[str]()
    with tempfile.TemporaryDirectory() as name:
        for _ in range(arguments.count):
            sample = make_sample(random)
            kinds[sample.kind] += 1
            verdict = try_rounds(random, sample, Path(name), arguments.rounds)
            stray += verdict.stray
            faults += bool(verdict.fault)
            if verdict.fault or verdict.stray:
                print(verdict, flush=True)
    print(dict(kinds))
    print(
        f"{arguments.count} JPEGs x {arguments.rounds} rounds: {stray} pixels changed out of reach,"
        f" {faults} other faults"
    )
    return int(stray > 0 or faults > 0)


if __name__ == "__main__":
    sys.exit(main())
