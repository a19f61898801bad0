"""Pictures to tensors and back."""

import cv2
import numpy as np
import torch

from glide_studio.glide.config import UNetConfig
from glide_studio.imaging.geometry import Size
from glide_studio.inference.pixels import back_project, known_mask, resize, to_pictures, to_tensor
from glide_studio.inference.sizes import working_size

CPU = torch.device("cpu")


def test_a_picture_survives_the_way_to_a_tensor_and_back() -> None:
    picture = np.random.default_rng(0).random((8, 12, 3), dtype=np.float32)
    tensor = to_tensor(picture, Size(12, 8), CPU)
    assert tensor.shape == (1, 3, 8, 12)
    np.testing.assert_allclose(to_pictures(tensor)[0], picture, atol=1e-6)


def test_a_cell_is_known_only_if_nothing_of_it_was_painted() -> None:
    mask = np.zeros((64, 64), np.float32)
    mask[10, 10] = 0.01
    known = known_mask(mask, Size(16, 16), CPU)[0, 0].numpy()
    assert known[2, 2] == 0
    assert known.sum() == 16 * 16 - 1


def test_enlarging_stays_inside_the_range_of_colors() -> None:
    edge = np.zeros((4, 4, 3), np.float32)
    edge[:, 2:] = 1
    big = resize(edge, Size(16, 16))
    assert big.min() >= 0
    assert big.max() <= 1


def test_other_shapes_keep_the_area_and_fit_the_network() -> None:
    config = UNetConfig(size=64, patch=2)
    assert config.step == 16
    assert working_size(Size(500, 500), config) == Size(64, 64)
    wide = working_size(Size(800, 200), config)
    assert wide == Size(128, 32)
    thin = working_size(Size(1, 4000), config)
    assert thin.width == 16
    assert thin.height % 16 == 0


def test_an_enlarged_picture_is_corrected_to_what_it_was_made_from() -> None:
    rng = np.random.default_rng(0)
    small = rng.random((12, 9, 3), dtype=np.float32) * 0.6 + 0.2
    large = cv2.resize(small, (36, 48), interpolation=cv2.INTER_CUBIC) + np.float32(0.1)
    found = back_project(np.clip(large, 0, 1), small)
    again = cv2.resize(found, (9, 12), interpolation=cv2.INTER_AREA)
    assert np.abs(again - small).max() < 0.03
    assert found.std() > 0.9 * large.std()  # the detail is still there
