"""Training samples for the noise-aware CLIP and classifier: an object alone, or in a photograph."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np

from glide_studio.training.image_folder import entries
from glide_studio.training.inpaint_dataset import Floats, Sample
from glide_studio.training.object_dataset import (
    CutOut,
    ObjectDataset,
    captions,
    choose_caption,
    names_of,
    read_levels,
    to_model,
    without_article,
)

BACKGROUND = 0.12  # share of samples that are a photograph without an object, and have no caption
IN_SCENE = 0.5  # share of the objects that stand in a photograph instead of alone
BLURRED = 0.25  # share of the samples in a photograph that are blurred, as enlarged crops are
FOLDERS = {"photo-cutouts": "photo", "renders": "render"}  # and the style of their pictures


class GuideDataset(ObjectDataset):
    """Endless samples of what guided networks draw and of what photographs show.

    root: holds `renders`, `photo-cutouts` and `scenes`. Pictures are premultiplied RGBA: an object
    on transparency, or on a random crop of a scene with alpha 1 everywhere. A sample's noun is the
    label of its object; with `by_name` its style and full name, as captions tell pictures of one
    noun apart: "photo: red apple". A sample without an object has neither noun nor caption.

    Raises:
        FileNotFoundError, ValueError: see `image_folder.entries`.
    """

    def __init__(
        self, root: Path, side: int, seed: int = 0, split: str = "train", by_name: bool = False
    ) -> None:
        self.by_name = by_name
        super().__init__(root, None, side, seed, split)
        self.labels = tuple(sorted(noun for noun, _ in self.nouns))

    def find_objects(self, root: Path, table: Path | None, split: str) -> list[CutOut]:
        """Read the objects with many views a noun."""
        return [
            CutOut(entry, entry.label.lower(), style, read_levels(entry.path))
            for folder, style in FOLDERS.items()
            for entry in entries(root / folder, split)
        ]

    def sample(self, position: int, null_text: float) -> Sample:
        """Return sample number `position`; captions are never dropped."""
        rng = np.random.Generator(np.random.Philox(key=[self.seed, position]))
        everything = np.ones((self.side, self.side), np.float32)
        light = np.exp(rng.normal(0, 0.15) + rng.normal(0, 0.06, 3))
        if rng.random() < BACKGROUND:
            return Sample(to_model(self.scene_rgba(rng), light), everything, "")
        found = self.objects[self.choose(rng)]
        in_scene = rng.random() < IN_SCENE
        longest = self.side * (rng.uniform(0.3, 1.0) if in_scene else rng.uniform(0.4, 0.95))
        flipped = bool(rng.random() < 0.5)
        rgba, _ = self.place(found, longest, 0.25 if in_scene else 0.06, rng, flipped)
        if in_scene:
            scene = self.scene_rgba(rng)
            shade = np.exp(rng.normal(0, 0.15))  # an object need not be lit as its scene is
            rgba[..., :3] = np.minimum(rgba[..., :3] * shade, rgba[..., 3:])
            rgba = rgba + (1 - rgba[..., 3:]) * scene
            if rng.random() < BLURRED:
                rgba = np.asarray(cv2.GaussianBlur(rgba, (0, 0), rng.uniform(0.3, 1.2)))
            rgba[..., 3] = 1
        return Sample(
            to_model(rgba, light), everything, choose_caption(found, rng), self.name(found)
        )

    def scene_rgba(self, rng: np.random.Generator) -> Floats:
        """Return a random crop of a scene as opaque RGBA in 0 .. 1, scales log-uniform."""
        side = round(64 * 8 ** rng.random())
        crop = self.scenes.crop(int(rng.integers(len(self.scenes))), side, self.side, rng)
        opaque = np.ones((self.side, self.side, 1), np.float32)
        return np.concatenate([crop.astype(np.float32) / 255, opaque], axis=-1)

    def name(self, found: CutOut) -> str:
        """Return what a sample's noun says of an object."""
        if not self.by_name:
            return found.noun
        full = names_of(found.noun, found.entry.text.lower())[-1]
        return f"{found.style}: {without_article(full)}"

    def names_of_captions(self) -> dict[str, frozenset[str]]:
        """Return for every caption the names, as of `by_name`, of the objects it describes."""
        fits = defaultdict(set)
        for found in self.objects:
            for text in captions(found):
                fits[text].add(self.name(found))
        return {text: frozenset(names) for text, names in fits.items()}
