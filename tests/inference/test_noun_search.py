"""Find a noun in a photo, with a classifier whose answer is known: how much of a window is red."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from glide_studio.glide.classifier import Classifier
from glide_studio.glide.layers import noop
from glide_studio.imaging.geometry import Size
from glide_studio.inference.gradients import find_class
from glide_studio.inference.noun_search import NounSearch, count_steps, place_windows, reduced_size
from glide_studio.inference.text_selection import outline_object


class Redness(nn.Module):
    """Logits [N, 2]: red in the middle of an opaque picture, and nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.config = SimpleNamespace(size=64, picture_channels=4)
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        assert (x[:, 3] == 1).all()
        assert (t == 0).all()
        red = (x[:, 0] - x[:, 1:3].mean(1)).clamp(min=0)
        middle = red[:, 16:48, 16:48].mean((1, 2)) - 0.5 * red[:, :8].mean((1, 2))
        return torch.stack([12 * middle - 4 + self.bias, torch.zeros(len(x))], dim=1)


def photo(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """A textured gray-green photo with a red square, and the square."""
    rng = np.random.default_rng(0)
    image = np.float32((0.3, 0.5, 0.3)) + rng.normal(0, 0.04, (height, width, 3))
    mask = np.zeros((height, width), bool)
    mask[height // 3 : height // 3 + 60, width // 2 : width // 2 + 60] = True
    image[mask] = (0.9, 0.1, 0.1)
    return np.clip(image, 0, 1).astype(np.float32), mask


def search(image: np.ndarray) -> NounSearch:
    found = NounSearch(image, cast(Classifier, Redness()), 0, noop)
    steps = sum(1 for _ in found.run())
    assert steps == count_steps(Size(image.shape[1], image.shape[0]))
    return found


@pytest.mark.parametrize("size", [(240, 320), (700, 520)])
def test_what_the_classifier_sees_is_outlined(size: tuple[int, int]) -> None:
    image, mask = photo(*size)
    found = search(image)
    assert found.probability > 0.5
    assert found.relevance is not None
    outlined = outline_object(image, found.relevance) > 0
    assert (outlined & mask).sum() / (outlined | mask).sum() > 0.8


def test_a_photo_without_it_gives_nothing() -> None:
    image, mask = photo(240, 320)
    image[mask] = (0.3, 0.5, 0.3)
    found = search(image)
    assert found.probability < 0.05
    assert found.relevance is not None
    assert not outline_object(image, found.relevance).any()


@pytest.mark.parametrize("size", [Size(256, 256), Size(1000, 60), Size(3, 500), Size(4000, 3000)])
def test_windows_lie_inside_and_cover_the_photo(size: Size) -> None:
    reduced = reduced_size(size)
    assert min(reduced.width, reduced.height) <= 256
    seen = np.zeros((reduced.height, reduced.width), bool)
    for window in place_windows(reduced):
        assert 0 <= window.x <= window.x + window.side <= reduced.width
        assert 0 <= window.y <= window.y + window.side <= reduced.height
        seen[window.y : window.y + window.side, window.x : window.x + window.side] = True
    assert seen.all()


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("the tomatoes", "tomato"),
        ("Cherries", "cherry"),
        ("two teddy bears", "teddy bear"),
        ("the glasses", "glasses"),
        ("the cup", "cup"),
        ("a bear", None),
        ("", None),
    ],
)
def test_a_class_is_found_by_its_name_and_its_plural(prompt: str, name: str | None) -> None:
    names = ("tomato", "", "cherry", "teddy bear", "glasses", "cup")
    assert find_class(prompt, names) == (None if name is None else names.index(name))
