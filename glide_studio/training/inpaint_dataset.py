"""Compose training samples: objects on scenes, photographs, and backgrounds with holes.

All pictures are kept decoded in memory at the few sizes that are needed, so that composing a batch
takes a few per cent of a training step.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.training import hole_masks
from glide_studio.training.captions import CaptionWriter
from glide_studio.training.image_folder import Bytes, Entry, entries, read_rgb, read_rgba, shrink

Floats = NDArray[np.float32]

# Shares of the kinds of samples for the inpainting task; the rest are objects in scenes.
BACKGROUND = 0.15  # null caption: a hole in a scene
PRODUCT = 0.03  # a photograph of one thing
CAPTIONED_SCENE = 0.02  # a whole scene by its caption
OBJECT_FROM_NOTHING = 0.05  # everything masked, an object in the middle of a scene
KNOWN_NOUN = 0.94  # of the objects: one of the nouns that the model promises; the others, anything
FOCUS = 0.85  # of the known nouns: one of those that a run is focused on, if it is
RENDERED = 0.8  # of a noun's pictures: a rendering, if it has one beside its drawings


@dataclass(frozen=True, slots=True)
class Sample:
    """One training picture: [S, S, C] float32 in -1 .. 1, mask [S, S] (1 = generate), its caption.

    noun: the table's noun for the object in it, "" if there is none. scene: [S, S, 3], what lies
    around an object with alpha, whose `picture` is all of the target then; None if the picture says
    so itself.
    """

    picture: Floats
    mask: Floats
    text: str
    noun: str = ""
    scene: Floats | None = None


class Scenes:
    """Photographs at several sizes; a crop is taken from the nearest larger one."""

    SIDES = (512, 256, 128, 64)

    def __init__(self, found: list[Entry]) -> None:
        self.entries = found
        self.texts = [entry.text for entry in found]
        self.pyramids: list[list[Bytes]] = []
        for entry in found:
            level = read_rgb(entry.path)
            pyramid = []
            for side in self.SIDES:
                level = shrink(level, side)
                pyramid.append(level)
            self.pyramids.append(pyramid)

    def __len__(self) -> int:
        return len(self.pyramids)

    def crop(self, index: int, side: int, out: int, rng: np.random.Generator) -> Bytes:
        """Return a random square of `side` pixels of the 512 level, flipped or not, `out` wide."""
        pyramid = self.pyramids[index]
        full = min(pyramid[0].shape[:2])
        side = min(side, full)
        level = pyramid[0]
        for candidate in pyramid[1:]:
            if min(candidate.shape[:2]) / full * side < out:
                break
            level = candidate
        cut = max(1, round(side * min(level.shape[:2]) / full))
        top = rng.integers(level.shape[0] - cut + 1)
        left = rng.integers(level.shape[1] - cut + 1)
        square = level[top : top + cut, left : left + cut]
        if rng.random() < 0.5:
            square = square[:, ::-1]
        how = cv2.INTER_AREA if cut >= out else cv2.INTER_CUBIC
        resized = cv2.resize(np.ascontiguousarray(square), (out, out), interpolation=how)
        return np.asarray(resized, dtype=np.uint8)


class InpaintDataset:
    """Compose samples for the base network from the training split of the folders that exist.

    root: holds `cutouts`, `products` and `scenes`. side: of a sample in pixels. (seed, position)
    determines a sample, so a resumed run sees the same ones.
    """

    def __init__(
        self,
        root: Path,
        captions: CaptionWriter,
        side: int,
        seed: int = 0,
        split: str = "train",
    ) -> None:
        self.side, self.seed, self.captions = side, seed, captions
        self.scenes = Scenes(list(entries(root / "scenes", split)))
        self.objects = self.find_objects(root / "cutouts", split)
        self.cutouts = [shrink(read_rgba(entry.path), 96) for entry in self.objects]
        self.products = list(entries(root / "products", split))
        self.photos = [read_rgb(entry.path) for entry in self.products]
        of_label = defaultdict(list)
        for index, entry in enumerate(self.objects):
            of_label[entry.label.lower()].append(index)
        shown = {
            noun: [index for label in labels for index in of_label[label]]
            for noun, labels in captions.nouns.items()
        }
        self.nouns = [(noun, indices) for noun, indices in shown.items() if indices]
        # Between every picture alike and every noun alike: what has many views deserves more time.
        weights = np.sqrt([len(indices) for _, indices in self.nouns])
        focused = np.array([noun in captions.focus for noun, _ in self.nouns])
        if focused.any():
            weights[focused] *= (
                FOCUS / (1 - FOCUS) * weights[~focused].sum() / weights[focused].sum()
            )
        self.chances = np.cumsum(weights / weights.sum())

    def find_objects(self, folder: Path, split: str) -> list[Entry]:
        """Return the cut-outs to compose with."""
        return list(entries(folder, split))

    def sample(self, position: int, null_text: float) -> Sample:
        """Return sample number `position`; `null_text`: share of samples without a caption."""
        rng = np.random.Generator(np.random.Philox(key=[self.seed, position]))
        kind = rng.random()
        if kind < BACKGROUND:
            return Sample(self.scene(rng), hole_masks.random_mask(self.side, rng), "")
        kind -= BACKGROUND
        if kind < PRODUCT and self.photos:
            return self.product(rng)
        kind -= PRODUCT
        if kind < CAPTIONED_SCENE:
            return self.whole_scene(rng)
        kind -= CAPTIONED_SCENE
        found = self.object(rng, everything=kind < OBJECT_FROM_NOTHING)
        return found if rng.random() >= null_text else replace(found, text="")

    def scene(self, rng: np.random.Generator) -> Floats:
        """Return a random crop of a scene, scales log-uniform."""
        side = round(64 * 8 ** rng.random())
        crop = self.scenes.crop(int(rng.integers(len(self.scenes))), side, self.side, rng)
        return to_model(crop)

    def whole_scene(self, rng: np.random.Generator) -> Sample:
        """Return a captioned scene with a large hole or none known at all."""
        index = int(rng.integers(len(self.scenes)))
        crop = self.scenes.crop(index, int(rng.integers(400, 513)), self.side, rng)
        whole = np.ones((self.side, self.side), np.float32)
        mask = whole if rng.random() < 0.7 else hole_masks.random_mask(self.side, rng)
        return Sample(to_model(crop), mask, self.scenes.texts[index].lower())

    def product(self, rng: np.random.Generator) -> Sample:
        """Return a photograph of one thing, with its middle or all of it to generate."""
        index = int(rng.integers(len(self.photos)))
        entry, photo = self.products[index], self.photos[index]
        cut = round(min(photo.shape[:2]) * rng.uniform(0.85, 1.0))
        top = rng.integers(photo.shape[0] - cut + 1)
        left = rng.integers(photo.shape[1] - cut + 1)
        square = photo[top : top + cut, left : left + cut]
        if rng.random() < 0.5:
            square = square[:, ::-1]
        size = (self.side, self.side)
        small = cv2.resize(np.ascontiguousarray(square), size, interpolation=cv2.INTER_AREA)
        margin = rng.uniform(0.02, 0.2) * self.side
        whole = np.ones(size, np.float32)
        inner = hole_masks.box(self.side, margin, margin, self.side - margin, self.side - margin)
        mask = whole if rng.random() < 0.4 else inner
        text = self.captions.choose(entry.text, entry.label, "photo", rng)
        return Sample(to_model(np.asarray(small, np.uint8)), mask, text)

    def object(self, rng: np.random.Generator, everything: bool) -> Sample:
        """Return a cut-out on a scene, masked as a user would paint."""
        index, noun, called = self.choose(rng)
        entry, cutout = self.objects[index], self.cutouts[index]
        if rng.random() < 0.5:
            cutout = cutout[:, ::-1]
        longest = self.side * rng.uniform(0.4, 0.85)
        scale = longest / max(cutout.shape[:2])
        aspect = rng.uniform(0.93, 1.07)
        width = max(3, round(cutout.shape[1] * scale * aspect))
        height = max(3, round(cutout.shape[0] * scale))
        width, height = min(width, self.side), min(height, self.side)
        # Averaged with premultiplied alpha, so that what lies under alpha 0 does not bleed in.
        full = cutout.astype(np.float32) / 255
        full[..., :3] *= full[..., 3:]
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        rgba = cv2.resize(np.ascontiguousarray(full), (width, height), interpolation=how)
        # Users paint where the object goes, mostly near the middle of the crop.
        middle = self.side / 2 + rng.normal(0, self.side * 0.08, 2)
        left = int(np.clip(round(middle[0] - width / 2), 0, self.side - width))
        top = int(np.clip(round(middle[1] - height / 2), 0, self.side - height))
        picture = (self.scene(rng) + 1) / 2
        place = picture[top : top + height, left : left + width]
        gain = rng.uniform(0.85, 1.1)
        place[...] = place * (1 - rgba[..., 3:]) + np.clip(rgba[..., :3] * gain, 0, rgba[..., 3:])
        if everything:
            mask = np.ones((self.side, self.side), np.float32)
        else:
            grow = rng.uniform(0.5, 0.08 * self.side)
            edges = (left - grow, top - grow, left + width + grow, top + height + grow)
            shape = hole_masks.box if rng.random() < 0.5 else hole_masks.ellipse
            mask = shape(self.side, *edges)
        name = called or entry.label
        text = self.captions.choose(called or entry.text, name, entry.kind, rng)
        return Sample((picture * 2 - 1).astype(np.float32), mask, text, noun)

    def choose(self, rng: np.random.Generator) -> tuple[int, str, str]:
        """Draw (object index, its noun or "", name to call it or "" for its label)."""
        if not self.nouns or rng.random() > KNOWN_NOUN:
            return int(rng.integers(len(self.objects))), "", ""
        noun, indices = self.nouns[int(np.searchsorted(self.chances, rng.random()))]
        rendered = [index for index in indices if self.objects[index].kind != "drawing"]
        if rendered and rng.random() < RENDERED:
            indices = rendered
        return indices[rng.integers(len(indices))], noun, noun if rng.random() < 0.7 else ""

    def entries_used(self) -> list[Entry]:
        """Return every picture that samples are made of."""
        return [*self.scenes.entries, *self.objects, *self.products]

    def texts(self) -> set[str]:
        """Return every caption that may occur."""
        found = {text.lower() for text in self.scenes.texts}
        for entry in self.products:
            found |= self.captions.all(entry.text, entry.label, "photo")
        for entry in self.objects:
            found |= self.captions.all(entry.text, entry.label, entry.kind)
        for noun, indices in self.nouns:
            for kind in {self.objects[index].kind for index in indices}:
                found |= self.captions.all(noun, noun, kind)
        return found


class UpsampleDataset(InpaintDataset):
    """Compose samples for the upsampler: crops at full sharpness, some with an object."""

    def sample(self, position: int, null_text: float) -> Sample:
        """Return sample number `position`; `null_text`: share of samples without a caption."""
        rng = np.random.Generator(np.random.Philox(key=[self.seed, position]))
        if rng.random() < 0.3:
            found = self.object(rng, everything=False)
            return found if rng.random() >= null_text else replace(found, text="")
        picture = self.scene(rng)
        return Sample(picture, self.mask(rng), "")

    def scene(self, rng: np.random.Generator) -> Floats:
        """Return a random crop of a scene, scales log-uniform."""
        side = int(rng.integers(self.side, 3 * self.side + 1))
        return to_model(self.scenes.crop(int(rng.integers(len(self.scenes))), side, self.side, rng))

    def mask(self, rng: np.random.Generator) -> Floats:
        """Draw a painted shape, or the whole square for 30 % of the samples."""
        if rng.random() < 0.3:
            return np.ones((self.side, self.side), np.float32)
        return hole_masks.random_mask(self.side, rng)


def to_model(picture: Bytes) -> Floats:
    """Convert uint8 to float32 in -1 .. 1."""
    return picture.astype(np.float32) / 127.5 - 1
