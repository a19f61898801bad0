"""Batches composed ahead are those composed when asked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from glide_studio.training.batch_loader import BatchLoader
from glide_studio.training.inpaint_dataset import Sample


@dataclass
class Numbers:
    """Sample i is a picture full of i."""

    side: int = 4

    def sample(self, position: int, null_text: float) -> Sample:
        picture = np.full((self.side, self.side, 3), position, np.float32)
        mask = np.full((self.side, self.side), null_text, np.float32)
        return Sample(picture, mask, f"number {position}", str(position))


@pytest.mark.parametrize("workers", [0, 2])
def test_batches_follow_each_other(workers: int) -> None:
    feed = BatchLoader(Numbers(), 0.25, size=3, workers=workers)
    for first in (12, 15, 18):
        batch = feed.batch(first)
        assert batch.pictures.shape == (3, 3, 4, 4)
        assert batch.pictures.is_contiguous(memory_format=torch.channels_last)
        assert batch.pictures[:, 0, 0, 0].tolist() == [first, first + 1, first + 2]
        assert batch.holes.shape == (3, 1, 4, 4)
        assert float(batch.holes.mean()) == 0.25
        assert batch.texts == [f"number {first + i}" for i in range(3)]
        assert batch.nouns == [str(first + i) for i in range(3)]


def test_composing_ahead_begins_anew_where_a_state_was_loaded() -> None:
    feed = BatchLoader(Numbers(), 0.0, size=2, workers=1)
    assert feed.batch(0).nouns == ["0", "1"]
    assert feed.batch(100).nouns == ["100", "101"]
    assert feed.batch(102).nouns == ["102", "103"]
