"""Pictures with nouns and captions for the noise-aware CLIP and classifier."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from pathlib import Path

import numpy as np

from glide_studio.training.captions import CaptionWriter
from glide_studio.training.image_folder import Entry, entries
from glide_studio.training.inpaint_dataset import InpaintDataset, Sample

# Shares of samples for CLIP; the rest are objects in scenes.
BACKGROUND = 0.06  # a scene without a caption: what no caption is about
PRODUCT = 0.10
CAPTIONED_SCENE = 0.06
ENOUGH = 4  # pictures of a noun, of which some may be kept for validation


def is_held_out(entry: Entry) -> bool:
    """Return True for the 1 in 16 cut-outs kept for validation, chosen by file name."""
    return sha256(entry.path.name.encode()).hexdigest().endswith("0")


class LabelledDataset(InpaintDataset):
    """Compose samples as `InpaintDataset` does, without holes, for CLIP and the classifier.

    The cut-outs have no validation split of their own: of nouns with enough pictures, some are kept back.
    objects_only: every sample is an object.
    """

    mirrored = 0.5

    def __init__(
        self,
        root: Path,
        captions: CaptionWriter,
        side: int,
        seed: int = 0,
        split: str = "train",
        objects_only: bool = False,
    ) -> None:
        super().__init__(root, captions, side, seed, split)
        self.objects_only = objects_only

    def find_objects(self, folder: Path, split: str) -> list[Entry]:
        """Return the cut-outs of the training split without those held out, or the latter for validation."""
        if split not in ("train", "validation"):
            return super().find_objects(folder, split)
        found = list(entries(folder, "train"))
        shown = Counter(entry.label.lower() for entry in found)
        pictures = {
            label: sum(shown[other] for other in labels)
            for labels in self.captions.nouns.values()
            for label in labels
        }
        kept = [is_held_out(e) and pictures.get(e.label.lower(), 0) >= ENOUGH for e in found]
        return [
            entry
            for entry, is_kept in zip(found, kept, strict=True)
            if is_kept != (split == "train")
        ]

    def sample(self, position: int, null_text: float) -> Sample:
        """Return sample number `position`; captions are never dropped."""
        rng = np.random.Generator(np.random.Philox(key=[self.seed, position]))
        kind = 1.0 if self.objects_only else rng.random()
        if kind < BACKGROUND:
            return Sample(self.scene(rng), np.ones((self.side, self.side), np.float32), "")
        if kind < BACKGROUND + PRODUCT and self.photos:
            return self.product(rng)
        if kind < BACKGROUND + PRODUCT + CAPTIONED_SCENE:
            return self.whole_scene(rng)
        return self.object(rng, everything=True)
