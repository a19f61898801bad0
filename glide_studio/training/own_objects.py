"""A user's own objects to teach, among pictures of what the network knows.

Without older pictures at hand, the network draws some itself before it is taught (generative
replay: Shin et al. 2017, arXiv 1705.08690), so that what it knew keeps its look.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch

from glide_studio.glide import weights
from glide_studio.glide.pipeline import BASE_NOISE, BaseSettings, InpaintInputs, InpaintPipeline
from glide_studio.glide.samplers import philox_noise
from glide_studio.glide.tokenizers import Tokenizer
from glide_studio.training.captions import article
from glide_studio.training.image_folder import (
    MASK_SUFFIX,
    OPAQUE,
    Bytes,
    Entry,
    own_entries,
    read_rgba,
)
from glide_studio.training.inpaint_dataset import Sample, Scenes
from glide_studio.training.object_dataset import CutOut, ObjectDataset, levels_of

NEW = 0.5  # share of the own pictures
REPLAY_BATCH = 16
REPLAY_SETTINGS = BaseSettings(
    16,
    "ancestral",
    guidance=4.0,
    guidance_range=(0.45, 0.95),
    conditioning="none",
    mean_below=0.25,
)
"""As the bundled model draws: what it draws badly would be learned."""


class OwnObjectDataset(ObjectDataset):
    """Samples of a user's own objects, mixed with older ones.

    folder: see `image_folder.entries`; pictures with transparency, or photographs with a mask
    beside them, `cup.jpg` and `cup-mask.png`, white on the object. old: a dataset to rehearse,
    whose scenes are the backgrounds too. replay: pictures that the network itself has drawn, used
    where `old` is None. split, only: as in `user_dataset.UserDataset`.

    Raises:
        FileNotFoundError, ValueError: see `image_folder.own_entries`.
        ValueError: if a picture has neither transparency nor a mask.
    """

    def __init__(
        self,
        folder: Path,
        side: int,
        seed: int = 0,
        split: str = "train",
        old: ObjectDataset | None = None,
        only: Collection[str] = (),
        replay: Sequence[CutOut] = (),
    ) -> None:
        found = own_entries(folder, split, only)
        own = [
            CutOut(entry, entry.label.lower(), "photo", levels_of(read_object(entry)))
            for entry in found
        ]
        self.side, self.seed, self.old = side, seed, old
        self.scenes = Scenes([]) if old is None else old.scenes
        self.objects = [*own, *(replay if old is None else ())]
        of_noun = defaultdict(list)
        for index, cutout in enumerate(self.objects):
            of_noun[cutout.noun].append(index)
        self.nouns = list(of_noun.items())
        mine = np.array([indices[0] < len(own) for _, indices in self.nouns])
        chances = np.where(mine, NEW / mine.sum(), (1 - NEW) / max(1, (~mine).sum()))
        self.chances = np.cumsum(chances / chances.sum())

    def sample(self, position: int, null_text: float) -> Sample:
        """Return sample number `position`, old or new."""
        rng = np.random.Generator(np.random.Philox(key=[self.seed + 2, position]))
        if self.old is not None and rng.random() >= NEW:
            return self.old.sample(position, null_text)
        return super().sample(position, null_text)

    def scene(self, rng: np.random.Generator) -> Bytes:
        """Return a crop of an old scene, or smooth colors where there are none."""
        if len(self.scenes):
            return super().scene(rng)
        few = rng.uniform(0, 255, (3, 3, 3)).astype(np.float32)
        smooth = cv2.resize(few, (self.side, self.side), interpolation=cv2.INTER_CUBIC)
        return np.clip(smooth, 0, 255).astype(np.uint8)

    def entries_used(self) -> list[Entry]:
        """Return every picture that samples are made of."""
        return super().entries_used() + ([] if self.old is None else self.old.entries_used())

    def texts(self) -> set[str]:
        """Return every caption that may occur."""
        return super().texts() | (set() if self.old is None else self.old.texts())


def read_object(entry: Entry) -> Bytes:
    """Read an object, [H, W, 4] with straight alpha: its own, or that of the mask beside it.

    Raises:
        ValueError: if it has neither, or a file is not a picture.
    """
    pixels = read_rgba(entry.path)
    if pixels[..., 3].min() < OPAQUE:
        return pixels
    mask = entry.path.with_name(f"{entry.path.stem}{MASK_SUFFIX}.png")
    if not mask.is_file():
        raise ValueError(
            f"{entry.path.name} has no transparency and no mask; make one by 'glide-studio select "
            f"{entry.path.name} --box X,Y,W,H -o {mask.name}'."
        )
    inside = read_rgba(mask)[..., 0]
    if inside.shape != pixels.shape[:2]:
        raise ValueError(f"{mask.name} is not of the size of {entry.path.name}; make it again.")
    return np.concatenate([pixels[..., :3], inside[..., None]], axis=-1)


def draw_replay(
    init: Path, nouns: Sequence[str], tokenizer: Tokenizer, count: int, seed: int = 0
) -> list[CutOut]:
    """Let a network draw pictures of what it knows, `count` at most, one a noun.

    Raises:
        FileNotFoundError, WeightsError: if the weights cannot be used.
    """
    rng = np.random.default_rng(seed)
    chosen = [nouns[index] for index in rng.permutation(len(nouns))[:count]]
    network = weights.load(init).eval()
    pipeline = InpaintPipeline(lambda: network, lambda: network, tokenizer)
    side = network.config.size
    found = []
    for first in range(0, len(chosen), REPLAY_BATCH):
        some = chosen[first : first + REPLAY_BATCH]
        numbers = range(first, first + len(some))
        inputs = InpaintInputs(
            [f"{article(noun)} {noun}" for noun in some],
            torch.zeros(1, 3, side, side),
            torch.zeros(1, 1, side, side),
            philox_noise(seed, numbers, BASE_NOISE),
        )
        drawn = pipeline.base_stage(inputs, REPLAY_SETTINGS).run().clamp(-1, 1)
        for noun, picture in zip(some, drawn, strict=True):
            level = ((picture + 1) * 127.5).round().permute(1, 2, 0).numpy().astype(np.uint8)
            entry = Entry(init, f"{article(noun)} {noun}", noun, "replay", "train", "", "")
            found.append(CutOut(entry, noun, "photo", [level]))
    return found
