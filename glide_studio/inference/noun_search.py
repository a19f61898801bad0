"""Find a noun in a photo with the noise-aware classifier at t = 0.

Square windows of several sizes are classified. In the likeliest ones the pixels that matter are
found by occlusion (Zeiler & Fergus 2014, arXiv 1311.2901) and by the gradient (Simonyan et al.
2014, arXiv 1312.6034); both are laid over each other in the photo's place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from glide_studio.glide.classifier import Classifier
from glide_studio.glide.layers import OnBlock
from glide_studio.imaging.geometry import Size
from glide_studio.inference.gradients import call_after_blocks, guide_input
from glide_studio.inference.pixels import Floats, resize

SHORT_SIDE_PX = 256  # of the reduced photo, whose smallest windows have the classifier's own size
WINDOW_SHARES = (1.0, 0.7, 0.5, 0.35, 0.25)  # sides of windows over the shorter side
STRIDE = 0.25  # of a window's side
BATCH = 32  # windows classified together
LOOKED_INTO = 6  # windows, the likeliest, in which the pixels that matter are found
OCCLUDER = 0.3  # side of what hides a part of a window, over the window's
OCCLUSIONS = 8  # places of it across and down
BLUR = 1 / 8  # sigma of the blur that hides, over the window's side
SMOOTHING = 1 / 28  # sigma of the relevance in a window, over its side
FOUND_PROBABILITY = 0.17  # of the noun in the likeliest window; below it the noun is not there


@dataclass(frozen=True, slots=True)
class Window:
    """A square of a photo: left, top and side in pixels."""

    x: int
    y: int
    side: int


@dataclass(slots=True)
class NounSearch:
    """The search for one class in a photo.

    image: [h, w, 3], 0 .. 1. steps: how often `run` yields. probability: of the noun in the
    likeliest window. relevance: [h', w'] of the reduced photo, how much each pixel speaks for the
    noun; zeros where it was not found.
    """

    image: Floats
    network: Classifier
    number: int
    check_cancelled: OnBlock
    probability: float = 0.0
    relevance: Floats | None = None

    def run(self) -> Iterator[None]:
        """Search; yield after each batch of windows and each window that is looked into."""
        size = reduced_size(Size(self.image.shape[1], self.image.shape[0]))
        photo = resize(self.image, size)
        windows = place_windows(size)
        scores: list[Tensor] = []
        with call_after_blocks(self.network, self.check_cancelled):
            for first in range(0, len(windows), BATCH):
                x = torch.cat([self.input(photo, w) for w in windows[first : first + BATCH]])
                scores.append(self.log_probabilities(x))
                yield
            found = torch.cat(scores)
            self.probability = float(found.max().exp())
            self.relevance = np.zeros((size.height, size.width), np.float32)
            best = found.topk(min(LOOKED_INTO, len(windows))).indices.tolist()
            for index in best:
                if self.probability >= FOUND_PROBABILITY:
                    self.look_into(photo, windows[index], float(found[index].exp()))
                yield
        if self.probability >= FOUND_PROBABILITY:
            self.relevance *= mean_probability(windows, found.exp().tolist(), size)

    def look_into(self, photo: Floats, window: Window, weight: float) -> None:
        """Add what matters in a window to the relevance."""
        assert self.relevance is not None
        x = self.input(photo, window)
        both = normalize(self.occlusion(x)) * normalize(self.gradient(x))
        side = self.network.config.size
        sigma = SMOOTHING * side
        plane = normalize(np.sqrt(cv2.GaussianBlur(both, (0, 0), sigma)))
        height, width = self.relevance.shape
        place = np.s_[
            window.y : min(height, window.y + window.side),
            window.x : min(width, window.x + window.side),
        ]
        shape = self.relevance[place].shape
        self.relevance[place] += weight * cv2.resize(plane, shape[::-1])

    def input(self, photo: Floats, window: Window) -> Tensor:
        """Return a window as the classifier sees it, [1, C, S, S]."""
        config = self.network.config
        cut = photo[window.y : window.y + window.side, window.x : window.x + window.side]
        device = next(self.network.parameters()).device
        return guide_input(np.ascontiguousarray(cut), config.size, config.picture_channels, device)

    @torch.inference_mode()
    def log_probabilities(self, x: Tensor) -> Tensor:
        """Return log p(noun) of finished pictures [N, C, S, S] as [N]."""
        t = torch.zeros(len(x), dtype=torch.int64, device=x.device)
        return F.log_softmax(self.network(x, t), dim=-1)[:, self.number].float().cpu()

    def occlusion(self, x: Tensor) -> Floats:
        """Return by how much log p falls where a part of x [1, C, S, S] is hidden, [S, S]."""
        side = x.shape[-1]
        part = max(1, round(OCCLUDER * side))
        colors = np.ascontiguousarray(x[0, :3].permute(1, 2, 0).cpu().numpy())
        blurred = torch.from_numpy(cv2.GaussianBlur(colors, (0, 0), BLUR * side)).permute(2, 0, 1)
        origins = np.linspace(0, side - part, OCCLUSIONS).round().astype(int).tolist()
        places = [np.s_[y : y + part, w : w + part] for y in origins for w in origins]
        hidden = x.repeat(len(places), 1, 1, 1)
        for row, place in zip(hidden, places, strict=True):
            row[:3, *place] = blurred.to(x)[:, *place]
        falls = (self.log_probabilities(x) - self.log_probabilities(hidden)).clamp(min=0)
        total, count = np.zeros((2, side, side), np.float32)
        for place, fall in zip(places, falls.tolist(), strict=True):
            total[place] += fall
            count[place] += 1
        return np.asarray(total / count, np.float32)

    def gradient(self, x: Tensor) -> Floats:
        """Return how strongly log p depends on the colors of x [1, C, S, S], smoothed, [S, S]."""
        t = torch.zeros(1, dtype=torch.int64, device=x.device)
        with torch.inference_mode(False), torch.enable_grad():
            leaf = x.detach().clone().requires_grad_()
            value = F.log_softmax(self.network(leaf, t), dim=-1)[0, self.number]
            (found,) = torch.autograd.grad(value, leaf)
        strength = found[0, :3].abs().sum(0).cpu().numpy()
        return np.asarray(cv2.GaussianBlur(strength, (0, 0), SMOOTHING * x.shape[-1]), np.float32)


def count_steps(size: Size) -> int:
    """Return how often the search in a photo of that size yields."""
    windows = len(place_windows(reduced_size(size)))
    return -(-windows // BATCH) + min(LOOKED_INTO, windows)


def reduced_size(size: Size) -> Size:
    """Return the size at which a photo is searched."""
    scale = min(1.0, SHORT_SIDE_PX / min(size.width, size.height))
    return Size(max(1, round(size.width * scale)), max(1, round(size.height * scale)))


def place_windows(size: Size) -> list[Window]:
    """Return windows of all sizes that overlap and cover a photo."""
    found = []
    for share in WINDOW_SHARES:
        side = max(1, round(share * min(size.width, size.height)))
        found += [
            Window(x, y, side)
            for y in spread(size.height - side, STRIDE * side)
            for x in spread(size.width - side, STRIDE * side)
        ]
    return found


def spread(length: int, step: float) -> list[int]:
    """Return whole numbers from 0 to `length`, at most `step` apart."""
    count = 1 + int(np.ceil(length / max(1.0, step)))
    return sorted({round(place) for place in np.linspace(0, length, count).tolist()})


def mean_probability(windows: list[Window], probabilities: list[float], size: Size) -> Floats:
    """Average the windows over each pixel; they weigh more near their middle."""
    total = np.zeros((size.height, size.width), np.float32)
    count = np.full((size.height, size.width), 1e-3, np.float32)
    for window, probability in zip(windows, probabilities, strict=True):
        column = cv2.getGaussianKernel(window.side, window.side / 4).astype(np.float32)
        weight = (column / column.max()) @ (column / column.max()).T
        place = np.s_[window.y : window.y + window.side, window.x : window.x + window.side]
        total[place] += probability * weight
        count[place] += weight
    return total / count


def normalize(values: Floats) -> Floats:
    """Scale values of 0 and above so that the largest is 1."""
    return np.asarray(values / max(float(values.max()), 1e-9), np.float32)
