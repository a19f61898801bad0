"""Tiny CLIPs and classifiers with random weights, added to a model set of the tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path


def add_guides(home: Path, nouns: Sequence[str], channels: int = 4) -> None:
    """Add a CLIP and a classifier that know `nouns` to the model set in `home`.

    channels: 4 for guides that see alpha, 3 for others.
    """
    import torch

    from glide_studio.glide import weights
    from glide_studio.glide.classifier import Classifier, class_header
    from glide_studio.glide.clip import CaptionEncoder, ImageEncoder
    from glide_studio.glide.config import UNetConfig
    from glide_studio.inference.models.model_set import read_model, write_model

    torch.manual_seed(0)
    config = UNetConfig(
        channels=64, blocks=1, multipliers=(1, 1), attention=(2,), patch=8, alpha=channels == 4
    )
    sizes = {"width": 64, "layers": 1, "heads": 1, "embedding": 16}
    networks = {
        "clip-image": ImageEncoder(patch=16, channels=channels, **sizes),
        "clip-text": CaptionEncoder(vocabulary=49_408, **sizes),
        "classifier": Classifier(config, len(nouns) + 1),
    }
    model = read_model(home)
    files = dict(model.files)
    for role, network in networks.items():
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.add_(0.05 * torch.randn_like(parameter))
        files[role] = home / f"{role}.safetensors"
        header = class_header([*nouns, ""]) if role == "classifier" else {}
        weights.write_tensors(network.state_dict(), files[role], torch.float32, header)
    write_model(replace(model, files=files, nouns=tuple(nouns)))
