"""Collate training samples into batches, optionally prefetched by worker processes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple, Protocol

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from glide_studio.training.inpaint_dataset import Sample

AHEAD = 4  # batches that each process keeps ready


class SampleSource(Protocol):
    """A deterministic, endless dataset: each sample is a function of its position."""

    def sample(self, position: int, null_text: float) -> Sample:
        """Sample number `position`; `null_text`: share of captions left out."""


class Batch(NamedTuple):
    """N samples. pictures: [N, C, S, S] float32, -1 .. 1, channels last. holes: [N, 1, S, S].

    Holes are 1 where to generate. scenes: [N, 3, S, S], where samples have them (see `Sample`).
    """

    pictures: Tensor
    holes: Tensor
    texts: list[str]
    nouns: list[str]
    scenes: Tensor | None = None


def collate(samples: list[Sample]) -> Batch:
    """Stack samples into one batch."""
    pictures = torch.from_numpy(np.stack([sample.picture for sample in samples]))
    holes = torch.from_numpy(np.stack([sample.mask for sample in samples]))
    scenes = [sample.scene for sample in samples if sample.scene is not None]
    return Batch(
        pictures.permute(0, 3, 1, 2),
        holes[:, None],
        [sample.text for sample in samples],
        [sample.noun for sample in samples],
        torch.from_numpy(np.stack(scenes)).permute(0, 3, 1, 2) if scenes else None,
    )


class BatchLoader(Dataset[Sample]):
    """Load the batches of a run.

    source: the dataset. null_text: share of captions left out. size: samples of a batch. workers:
    processes that compose ahead; 0 = compose on demand. Batches do not depend on `workers`.
    """

    def __init__(self, source: SampleSource, null_text: float, size: int, workers: int = 0) -> None:
        self.source, self.null_text, self.size, self.workers = source, null_text, size, workers
        self.coming: Iterator[Batch] | None = None
        self.expected = -1  # the first position of the next batch of `coming`

    def __getitem__(self, position: int) -> Sample:
        return self.source.sample(position, self.null_text)

    def batch(self, first: int, pinned: bool = False) -> Batch:
        """Return samples from position `first` on. pinned: in page-locked memory, to copy fast."""
        if self.workers == 0:
            return collate([self[first + index] for index in range(self.size)])
        if self.coming is None or first != self.expected:
            self.coming = self.prefetch(first, pinned)
        self.expected = first + self.size
        return next(self.coming)

    def prefetch(self, first: int, pinned: bool) -> Iterator[Batch]:
        """Iterate over the batches from position `first` on, composed by worker processes."""
        cv2.setNumThreads(1)  # worker processes inherit it; a forked pool of threads would hang
        loader = DataLoader(
            self,
            batch_sampler=(
                list(range(start, start + self.size)) for start in itertools.count(first, self.size)
            ),
            num_workers=self.workers,
            collate_fn=collate,
            pin_memory=pinned,
            prefetch_factor=AHEAD,
            multiprocessing_context="fork",  # the pictures are shared, not copied
        )
        return iter(loader)
