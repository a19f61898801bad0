"""Tiny real models that can do everything, and requests to them."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from glide_studio.api.request import Request
from glide_studio.api.sampling import Sampling
from glide_studio.glide import weights
from glide_studio.glide.classifier import Classifier
from glide_studio.glide.clip import CaptionEncoder, ImageEncoder
from glide_studio.glide.config import UNetConfig
from glide_studio.glide.unet import UNet
from glide_studio.imaging.geometry import Box
from glide_studio.inference.engine import LocalEngine
from glide_studio.inference.models.model_set import read_model, write_model


def shaken(network: nn.Module, seed: int) -> nn.Module:
    """The network with no parameter left at zero."""
    torch.manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return network


@pytest.fixture(scope="session")
def able_models(tiny_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`able`: the tiny set with a text-to-image base, CLIP and a classifier; `plain`: such a base alone."""
    folder = tmp_path_factory.mktemp("able-models")
    home = folder / "able"
    shutil.copytree(tiny_models / "tiny", home)
    tiny = read_model(tiny_models / "tiny")
    config = replace(weights.read(tiny.base)[1], inpaint=False)
    plain = shaken(UNet(config), 1)
    weights.save(plain, home / "plain.safetensors")
    encoders = {
        "clip-image": ImageEncoder(patch=16, width=64, layers=1, heads=1, embedding=16),
        "clip-text": CaptionEncoder(vocabulary=49_408, width=64, layers=1, heads=1, embedding=16),
        "classifier": Classifier(
            UNetConfig(channels=64, blocks=1, multipliers=(1, 1), attention=(2,), patch=8), 5
        ),
    }
    for number, (name, network) in enumerate(encoders.items()):
        save_file(shaken(network, 2 + number).state_dict(), home / f"{name}.safetensors")
    files = {role: home / path.name for role, path in tiny.files.items()}
    files["plain-base"] = home / "plain.safetensors"
    files |= {name: home / f"{name}.safetensors" for name in encoders}
    write_model(replace(tiny, name="able", folder=home, files=files))
    alone = folder / "plain"
    alone.mkdir()
    weights.save(plain, alone / "base.safetensors")
    files = {"base": alone / "base.safetensors"}
    write_model(replace(tiny, name="plain", folder=alone, files=files))
    return folder


@pytest.fixture
def able(able_models: Path) -> LocalEngine:
    return LocalEngine([able_models])


@pytest.fixture
def fill() -> Request:
    """A fill at the tiny cascade's own size, so that nothing is resampled."""
    rng = np.random.default_rng(5)
    image = rng.random((128, 128, 3), dtype=np.float32)
    mask = np.zeros((128, 128), np.float32)
    mask[30:90, 40:100] = 1
    sampling = Sampling(seed=3, count=2, steps=4, upsample_steps=2)
    return Request(
        "fill", "a red apple", Box(0, 0, 128, 128), sampling, image=image, mask=mask, model="able"
    )
