"""What is judged: masked scenes with and without a real object, each a function of (noun, seed).

Scenes come from the split that is measured; cut-outs are those that the model was taught, as there are
no others. So a model is asked for what it knows, at places that it has never seen.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.errors import GlideError
from glide_studio.training import hole_masks
from glide_studio.training.image_folder import Bytes, entries, read_rgb, read_rgba, shrink

Floats = NDArray[np.float32]

LARGEST_SCENE, LARGEST_CUTOUT = 512, 160  # pixels of the shorter side
OBJECT = (0.55, 0.8)  # longest side of an object over the frame's
GROWN = 0.04  # what the mask adds around it, over the frame's side


@dataclass(frozen=True, slots=True)
class Case:
    """A scene with a real object in it, and the mask a user would paint to have one there.

    real: [S, S, 3] float32, 0 .. 1; outside of the mask it is the bare scene. mask: [S, S], 1 = fill.
    """

    real: Floats
    mask: Floats


class Scenes:
    """The photographs of one split, and random squares of them."""

    def __init__(self, root: Path, split: str) -> None:
        found = list(entries(root / "scenes", split))
        if not found:
            raise GlideError(f"There are no scenes of the split '{split}' in {root}.")
        self.pictures = [shrink(read_rgb(entry.path), LARGEST_SCENE) for entry in found]

    def __len__(self) -> int:
        return len(self.pictures)

    def square(
        self, index: int, out: int, rng: np.random.Generator, least: float = 0.5, most: float = 1.0
    ) -> Floats:
        """[out, out, 3], 0 .. 1: a square of `least` .. `most` of the shorter side, averaged down."""
        picture = self.pictures[index]
        side = min(picture.shape[:2])
        cut = round(side * rng.uniform(least, most)) if out < side else side
        cut = min(side, max(out, cut))
        top = int(rng.integers(picture.shape[0] - cut + 1))
        left = int(rng.integers(picture.shape[1] - cut + 1))
        return scaled(picture[top : top + cut, left : left + cut], out)


class Objects:
    """The cut-outs of head nouns. labels: noun -> labels of the data that show one."""

    def __init__(self, root: Path, labels: Mapping[str, Sequence[str]], split: str) -> None:
        paths = defaultdict(list)
        for entry in entries(root / "cutouts", split):
            paths[entry.label.lower()].append(entry.path)
        self.paths = {
            noun: [path for label in own for path in paths[label.lower()]]
            for noun, own in labels.items()
        }
        self.paths = {noun: found for noun, found in self.paths.items() if found}
        self.read: dict[Path, Bytes] = {}

    def cutout(self, noun: str, number: int) -> Floats:
        """Cut-out `number` (taken modulo their count) of a noun, [h, w, 4], 0 .. 1, straight alpha."""
        paths = self.paths[noun]
        path = paths[number % len(paths)]
        if path not in self.read:
            self.read[path] = shrink(read_rgba(path), LARGEST_CUTOUT)
        return np.asarray(self.read[path].astype(np.float32) / 255)


def case(noun: str, seed: int, scenes: Scenes, objects: Objects, side: int) -> Case:
    """The case of a noun and a seed: one of its cut-outs on a random square of a random scene."""
    rng = np.random.Generator(np.random.Philox(key=[seed, zlib.crc32(noun.encode("utf-8"))]))
    picture = scenes.square(int(rng.integers(len(scenes))), side, rng)
    rgba = premultiplied(objects.cutout(noun, int(rng.integers(1 << 30))))
    scale = side * rng.uniform(*OBJECT) / max(rgba.shape[:2])
    width = max(3, round(rgba.shape[1] * scale))
    height = max(3, round(rgba.shape[0] * scale))
    rgba = np.clip(cv2.resize(rgba, (width, height), interpolation=cv2.INTER_AREA), 0, 1)
    left, top = (
        int(np.clip(round((side - length) / 2 + rng.normal(0, 0.05 * side)), 0, side - length))
        for length in (width, height)
    )
    place = picture[top : top + height, left : left + width]
    place[...] = place * (1 - rgba[..., 3:]) + rgba[..., :3]
    grown = GROWN * side
    mask = hole_masks.box(
        side, left - grown, top - grown, left + width + grown, top + height + grown
    )
    return Case(picture, mask)


def premultiplied(rgba: Floats) -> Floats:
    """Colors times alpha, so that what lies under alpha 0 does not bleed when it is scaled."""
    return np.concatenate([rgba[..., :3] * rgba[..., 3:], rgba[..., 3:]], axis=-1)


def scaled(picture: Bytes, side: int) -> Floats:
    """uint8 [h, h, 3] as [side, side, 3] float32 in 0 .. 1."""
    array = np.ascontiguousarray(picture).astype(np.float32) / 255
    how = cv2.INTER_AREA if array.shape[0] >= side else cv2.INTER_CUBIC
    resized = cv2.resize(array, (side, side), interpolation=how)
    return np.clip(np.asarray(resized, np.float32), 0, 1)


def hole(side: int, share: float, rng: np.random.Generator) -> Floats:
    """[side, side]: a box, an ellipse or brush strokes that cover about `share` of the frame."""
    kind = int(rng.integers(3))
    if kind == 2:
        return strokes(side, share, rng)
    stretch = rng.uniform(0.6, 1.6)
    area = share * side**2 * (1 if kind == 0 else 4 / np.pi)
    width = min(0.95 * side, np.sqrt(area * stretch))
    height = min(0.95 * side, area / width)
    left, top = rng.uniform(0, 1, 2) * (side - np.array([width, height]))
    if kind == 0:
        return hole_masks.box(side, left, top, left + width, top + height)
    y, x = np.mgrid[:side, :side] + 0.5
    inside = ((x - left) / width * 2 - 1) ** 2 + ((y - top) / height * 2 - 1) ** 2 <= 1
    return np.asarray(inside, np.float32)


def strokes(side: int, share: float, rng: np.random.Generator) -> Floats:
    """[side, side]: round strokes of a twelfth to a fifth of the side, until `share` is covered."""
    mask = np.zeros((side, side), np.uint8)
    point = rng.uniform(0.2, 0.8, 2) * side
    heading, width = rng.uniform(0, 2 * np.pi), int(rng.integers(side // 12, side // 5))
    while mask.mean() < share:
        heading += rng.normal(0, 0.5)
        ahead = point + side / 16 * np.array([np.cos(heading), np.sin(heading)])
        if not ((ahead > 0) & (ahead < side)).all():
            heading += np.pi / 2
            continue
        cv2.line(mask, pixel(point), pixel(ahead), 1, width)
        point = ahead
    return mask.astype(np.float32)


def pixel(point: NDArray[np.float64]) -> tuple[int, int]:
    """The pixel (x, y) nearest to a point."""
    return round(float(point[0])), round(float(point[1]))
