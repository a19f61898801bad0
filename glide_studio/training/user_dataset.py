"""A user's own pictures, mixed with older ones so that nothing is forgotten.

Cut-outs with alpha are composited on scenes; photographs are shown as they are, with a hole around
the middle. Rehearsal of older samples (Robins 1995, doi 10.1080/09540099550039318) prevents
forgetting.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from glide_studio.training.captions import CaptionWriter
from glide_studio.training.image_folder import OPAQUE, Entry, own_entries, read_rgba, shrink
from glide_studio.training.inpaint_dataset import Floats, InpaintDataset, Sample, Scenes

NEW = 0.4  # share of the own pictures where there are old ones to rehearse
NAME = 3  # words; a longer caption is a sentence, and no template fits around it
LARGEST = 256  # pixels of a photograph's shorter side that are kept


class UserCaptions(CaptionWriter):
    """Use captions as the pictures have them; expand short ones as names."""

    def choose(self, text: str, label: str, kind: str, rng: np.random.Generator) -> str:
        """Draw one caption."""
        sentence = len(text.split()) > NAME
        return text.lower() if sentence else super().choose(text, label, kind, rng)

    def all(self, text: str, label: str, kind: str) -> set[str]:
        """Return every caption that `choose` may return."""
        sentence = len(text.split()) > NAME
        return {text.lower()} if sentence else super().all(text, label, kind)


class UserDataset(InpaintDataset):
    """Compose samples of the pictures in one folder, mixed with older ones if there are any.

    folder: see `image_folder.entries`. old: the dataset to rehearse, or None; its scenes are the
    backgrounds of cut-outs, which are otherwise on smooth colors. split: of a folder that has them.
    only: labels to learn, empty = all.

    Raises:
        FileNotFoundError, ValueError: see `image_folder.own_entries`.
    """

    def __init__(
        self,
        folder: Path,
        side: int,
        seed: int = 0,
        split: str = "train",
        old: InpaintDataset | None = None,
        only: Collection[str] = (),
    ) -> None:
        found = own_entries(folder, split, only)
        pictures = [read_rgba(entry.path) for entry in found]
        cut = [bool(picture[..., 3].min() < OPAQUE) for picture in pictures]
        self.side, self.seed, self.captions, self.old = side, seed, UserCaptions(), old
        self.scenes = Scenes([]) if old is None else old.scenes
        both = list(zip(found, pictures, cut, strict=True))
        self.objects = [entry for entry, _, is_cut in both if is_cut]
        self.cutouts = [shrink(picture, 96) for _, picture, is_cut in both if is_cut]
        self.products = [entry for entry, _, is_cut in both if not is_cut]
        self.photos = [
            shrink(picture[..., :3], LARGEST) for _, picture, is_cut in both if not is_cut
        ]
        self.nouns, self.chances = [], np.zeros(0)

    def sample(self, position: int, null_text: float) -> Sample:
        """Return sample number `position`, old or new."""
        rng = np.random.Generator(np.random.Philox(key=[self.seed + 2, position]))
        if self.old is not None and rng.random() >= NEW:
            return self.old.sample(position, null_text)
        among = rng.integers(len(self.objects) + len(self.products))
        if among < len(self.objects):
            found = self.object(rng, everything=rng.random() < 0.1)
        else:
            found = self.product(rng)
        return found if rng.random() >= null_text else replace(found, text="")

    def scene(self, rng: np.random.Generator) -> Floats:
        """Return a crop of an old scene, or smooth colors."""
        if len(self.scenes):
            return super().scene(rng)
        few = rng.uniform(-1, 1, (3, 3, 3)).astype(np.float32)
        smooth = cv2.resize(few, (self.side, self.side), interpolation=cv2.INTER_CUBIC)
        return np.clip(smooth, -1, 1)

    def entries_used(self) -> list[Entry]:
        """Return every picture that samples are made of."""
        return super().entries_used() + ([] if self.old is None else self.old.entries_used())

    def texts(self) -> set[str]:
        """Return every caption that may occur."""
        old = set() if self.old is None else self.old.texts()
        return old | super().texts()
