"""Collate training samples into batches, optionally prefetched by worker processes."""

from __future__ import annotations

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
    """N samples. pictures: [N, C, S, S] float32, -1 .. 1, channels last. holes: [N, 1, S, S], 1 = generate.

    scenes: [N, 3, S, S], where samples have them (see `Sample`).
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

    source: the dataset. null_text: share of captions left out. stride: samples between the starts of
    consecutive batches. workers: processes that compose ahead; 0 = compose on demand. Batches do not
    depend on `workers`.
    """

    def __init__(
        self, source: SampleSource, null_text: float, stride: int, workers: int = 0
    ) -> None:
        self.source, self.null_text, self.stride, self.workers = source, null_text, stride, workers
        self.coming: Iterator[Batch] | None = None
        self.expected = -1  # the first position of the next batch of `coming`

    def __getitem__(self, position: int) -> Sample:
        return self.source.sample(position, self.null_text)

    def batch(self, positions: range, pinned: bool = False) -> Batch:
        """Return the samples at `positions`; pinned: in page-locked memory, for asynchronous copies."""
        if self.workers == 0:
            return collate([self[position] for position in positions])
        if self.coming is None or positions.start != self.expected:
            self.coming = self.prefetch(positions, pinned)
        self.expected = positions.start + self.stride
        return next(self.coming)

    def prefetch(self, positions: range, pinned: bool) -> Iterator[Batch]:
        """Iterate over the batches from `positions` on, composed by worker processes."""
        loader = DataLoader(
            self,
            batch_sampler=BatchPositions(positions, self.stride),
            num_workers=self.workers,
            collate_fn=collate,
            pin_memory=pinned,
            prefetch_factor=AHEAD,
            multiprocessing_context="fork",  # the pictures are shared, not copied
            worker_init_fn=use_one_thread,
        )
        return iter(loader)


class BatchPositions:
    """Yield the positions of one batch after another, endlessly."""

    def __init__(self, first: range, stride: int) -> None:
        self.first, self.stride = first, stride

    def __iter__(self) -> Iterator[list[int]]:
        begin = self.first.start
        while True:
            yield list(range(begin, begin + len(self.first)))
            begin += self.stride


def use_one_thread(worker: int) -> None:
    """Keep a worker process on one thread."""
    cv2.setNumThreads(1)
