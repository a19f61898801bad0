"""Photographs with holes like those that people paint, each a function of (file name, seed).

The hole hides real content, so the original under it is known. Four kinds: blobs (a hand-painted
patch), poles (thin, from edge to edge or nearly), standing figures (head, body, legs) and boxes that
reach the picture's border (a cut-off object, a date, an extended canvas).

Nothing of the completion is trained, so the photographs of the train split serve too. Every 13th and
the validation split chose settings; the test split and `UNSEEN`, 20 of the train split and four of
scikit-image's (in the public domain or under CC0), were measured before and have been looked at; of
`EXTENDED`, extensions have been looked at. The split `FINAL` has none of all these.

The split `OBJECTS` has whole things, outlined by hand in `removal_objects.json` (corners in percent of
width and height): a walker, a car, a boat. What is behind them is not known, so only the eye can tell.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

SHORT_SIDE = 512  # pixels of the photographs as they are measured
SHARES = (0.02, 0.25)  # of the picture that a hole covers
KINDS = ("blob", "pole", "figure", "border")
POLE_SHARE = 0.08  # the most that a pole covers; wider ones are no poles
UNSEEN = "unseen"
UNSEEN_SEED = 1
UNSEEN_COUNT, UNSEEN_FIRST, UNSEEN_STEP = 20, 7, 18  # of the train split, in the order of names
TUNED_STEP = 13  # every 13th of the train split was used to choose settings
SKIMAGE = ("astronaut", "chelsea", "coffee", "rocket")
FINAL = "final"
FINAL_SEED = 2
FINAL_COUNT, FINAL_FIRST, FINAL_STEP = 24, 4, 13  # of what is left of the train split, by name
FRESH = "fresh"
FRESH_SEED = 3
FRESH_COUNT, FRESH_FIRST, FRESH_STEP = 24, 5, 12  # of what is left then
BLIND = "blind"
BLIND_SEED = 4
BLIND_COUNT, BLIND_FIRST, BLIND_STEP = 24, 6, 11  # of what is left after that
OBJECTS = "objects"
OUTLINES = Path(__file__).with_name("removal_objects.json")
EXTENDED = (
    "cid22-a-football-on-the-grass-1",
    "cid22-a-lighthouse-on-a-cliff-by-the-sea-1",
    "cid22-a-lone-tree-on-a-dry-field-under-a-blue--1",
    "cid22-a-small-house-in-a-wheat-field-under-blu-1",
    "cid22-a-whale-jumping-in-the-blue-sea-1",
    "cid22-two-alpacas-1",
    "ubuntu-a-bench-in-autumn-leaves-1",
    "ubuntu-a-black-and-white-dog-1",
    "ubuntu-a-small-green-ball-on-brown-leather-1",
    "ubuntu-a-snail-on-wood-1",
    "ubuntu-a-tennis-ball-on-a-sandy-beach-1",
    "ubuntu-birds-flying-in-a-blue-sky-1",
)


@dataclass(frozen=True, slots=True)
class Case:
    """image: uint8 [h, w, 3], sRGB; hole: bool [h, w], True where the object stood."""

    name: str
    kind: str
    image: NDArray[np.uint8]
    hole: NDArray[np.bool_]


def read_cases(scenes: Path, split: str, seed: int = 0) -> Iterator[Case]:
    """One case for every photograph of a split, in the order of their names."""
    if split == UNSEEN:
        yield from _read_unseen(scenes)
        return
    if split == OBJECTS:
        yield from _read_objects(scenes)
        return
    names = _names(scenes, split)
    if split == FINAL:
        names, seed = final_names(_names(scenes, "train")), FINAL_SEED
    if split == FRESH:
        names, seed = fresh_names(_names(scenes, "train")), FRESH_SEED
    if split == BLIND:
        names, seed = blind_names(_names(scenes, "train")), BLIND_SEED
    for number, name in enumerate(names):
        yield make_case(_read(scenes / name), name, seed, KINDS[number % len(KINDS)])


def final_names(train: list[str]) -> list[str]:
    """The file names of the split `FINAL`, of those of the train split in their order."""
    return _not_looked_at(train)[FINAL_FIRST::FINAL_STEP][:FINAL_COUNT]


def fresh_names(train: list[str]) -> list[str]:
    """The file names of the split `FRESH`, of those of the train split in their order."""
    final = final_names(train)
    left = [name for name in _not_looked_at(train) if name not in final]
    return left[FRESH_FIRST::FRESH_STEP][:FRESH_COUNT]


def blind_names(train: list[str]) -> list[str]:
    """The file names of the split `BLIND`, of those of the train split in their order."""
    opened = {*final_names(train), *fresh_names(train)}
    left = [name for name in _not_looked_at(train) if name not in opened]
    return left[BLIND_FIRST::BLIND_STEP][:BLIND_COUNT]


def _not_looked_at(train: list[str]) -> list[str]:
    taken = {*train[::TUNED_STEP], *unseen_names(train), *(f"{name}.jpg" for name in EXTENDED)}
    return [name for name in train if name not in taken]


def unseen_names(train: list[str]) -> list[str]:
    """The file names of the split `UNSEEN` that are of the train split, given that in its order."""
    chosen = [UNSEEN_FIRST + UNSEEN_STEP * number for number in range(UNSEEN_COUNT)]
    return [train[index + (index % TUNED_STEP == 0)] for index in chosen]


def _names(scenes: Path, split: str) -> list[str]:
    with (scenes / "metadata.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return sorted(row["file_name"] for row in rows if row["split"] == split)


def _read(path: Path) -> NDArray[np.uint8]:
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
    assert pixels is not None, path
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), np.uint8)


def _read_unseen(scenes: Path) -> Iterator[Case]:
    from skimage import data

    names = unseen_names(_names(scenes, "train"))
    pictures = [(name, _read(scenes / name)) for name in names]
    pictures += [(f"skimage-{name}.png", getattr(data, name)()) for name in SKIMAGE]
    for number, (name, image) in enumerate(pictures):
        yield make_case(image, name, UNSEEN_SEED, KINDS[number % len(KINDS)])


def _read_objects(scenes: Path) -> Iterator[Case]:
    for name, outline in sorted(json.loads(OUTLINES.read_text("utf-8")).items()):
        image = _read(scenes / f"{name}.jpg")
        corners = np.array(outline) / 100 * image.shape[1::-1]
        mask = np.zeros(image.shape[:2], np.uint8)
        cv2.fillPoly(mask, [np.round(corners).astype(np.int32)], 1)
        yield Case(name, "object", image, mask > 0)


def make_case(image: NDArray[np.uint8], name: str, seed: int, kind: str) -> Case:
    """The case of a photograph uint8 [h, w, 3], its file name, a seed and a kind of hole."""
    scale = SHORT_SIDE / min(image.shape[:2])
    if scale < 1:
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    rng = np.random.Generator(np.random.Philox(key=[seed, zlib.crc32(name.encode())]))
    return Case(
        Path(name).stem, kind, np.asarray(image, np.uint8), make_hole(image.shape[:2], kind, rng)
    )


def make_hole(shape: tuple[int, int], kind: str, rng: np.random.Generator) -> NDArray[np.bool_]:
    """bool [h, w]: a hole of a kind that covers 2 to 25 % of the picture."""
    share = float(np.exp(rng.uniform(*np.log(SHARES))))
    draw = {"blob": _blob, "pole": _pole, "figure": _figure, "border": _border}[kind]
    return draw(shape, share, rng) > 0


def _blob(shape: tuple[int, int], share: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A closed curve around a point: what a hand paints over an object."""
    height, width = shape
    radius = np.sqrt(share * height * width / np.pi)
    angles = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    radii = np.ones(64)
    for wave in range(2, 6):
        radii += rng.normal(0, 0.25 / wave) * np.cos(wave * angles + rng.uniform(0, 2 * np.pi))
    stretch = rng.uniform(0.75, 1.35)
    center = np.array([rng.uniform(0.2, 0.8) * width, rng.uniform(0.2, 0.8) * height])
    points = np.stack([np.cos(angles) * stretch, np.sin(angles) / stretch], 1)
    points = center + points * (radius * np.maximum(radii, 0.3))[:, None]
    mask = np.zeros(shape, np.uint8)
    return cv2.fillPoly(mask, [np.round(points).astype(np.int32)], 1)


def _pole(shape: tuple[int, int], share: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A thick line across most of the picture: a lamp post, a wire, a branch."""
    height, width = shape
    upright = rng.random() < 0.7
    length = height if upright else width
    thickness = max(6, round(min(share, POLE_SHARE) * height * width / length))
    along = np.array([rng.uniform(-0.1, 0.25), rng.uniform(0.75, 1.1)]) * length
    across = rng.uniform(0.15, 0.85) + np.array([0, rng.normal(0, 0.05)])
    across = across * (width if upright else height)
    points = np.stack([across, along] if upright else [along, across], 1)
    mask = np.zeros(shape, np.uint8)
    start, end = np.round(points).astype(int)
    return cv2.line(mask, tuple(start.tolist()), tuple(end.tolist()), 1, thickness)


def _figure(shape: tuple[int, int], share: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Head, body and legs of somebody who stands there, grown as a careful hand does."""
    height, width = shape
    tall = min(0.92 * height, np.sqrt(share * height * width / 0.25))
    foot = min(0.98 * height, rng.uniform(0.7, 1.0) * height)
    foot = max(foot, tall + 2)
    x = rng.uniform(0.15, 0.85) * width

    def at(dx: float, up: float) -> tuple[int, int]:
        return round(x + dx * tall), round(foot - up * tall)

    mask = np.zeros(shape, np.uint8)
    cv2.circle(mask, at(0, 0.91), max(1, round(0.085 * tall)), 1, -1)
    cv2.ellipse(mask, at(0, 0.63), (round(0.15 * tall), round(0.22 * tall)), 0, 0, 360, 1, -1)
    spread = rng.uniform(0.03, 0.12)
    thick = max(2, round(0.12 * tall))
    for side in (-1, 1):
        cv2.line(mask, at(side * 0.06, 0.5), at(side * spread, 0.04), 1, thick)
        elbow, hand = at(side * rng.uniform(0.15, 0.22), 0.58), at(side * 0.17, 0.42)
        cv2.line(mask, at(side * 0.1, 0.78), elbow, 1, max(2, thick // 2))
        cv2.line(mask, elbow, hand, 1, max(2, thick // 2))
    grown = 2 * max(2, round(0.012 * tall)) + 1
    return cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (grown, grown)))


def _border(shape: tuple[int, int], share: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A box that lies against one side of the picture, or in a corner."""
    height, width = shape
    stretch = rng.uniform(0.6, 1.7)
    wide = min(0.7 * width, np.sqrt(share * height * width * stretch))
    high = min(0.7 * height, share * height * width / wide)
    wide, high = round(wide), round(high)
    left = int(rng.integers(0, width - wide + 1))
    top = int(rng.integers(0, height - high + 1))
    side = int(rng.integers(4))
    left = {0: 0, 1: width - wide}.get(side, left)
    top = {2: 0, 3: height - high}.get(side, top)
    mask = np.zeros(shape, np.uint8)
    mask[top : top + high, left : left + wide] = 1
    return mask
