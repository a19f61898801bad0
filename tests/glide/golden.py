"""Where the golden numbers lie, and how to read them.

The folder is GLIDE_GOLDENS, or the small selection in `tests/goldens`. It holds `manifests/` and
sets (`a/`, ...) of one layout; a test runs once for every file or entry that is there.
"""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from glide_studio.glide.config import TextConfig, UNetConfig
from glide_studio.glide.text import TextStates
from glide_studio.glide.unet import Condition, UNet
from glide_studio.glide.weights import copy_weights

ROOT = Path(os.environ.get("GLIDE_GOLDENS") or Path(__file__).parent.parent / "goldens")

SINGLE_STEP = 1e-5
NETWORK = 5e-5
LOOP = 2e-4
SCHEDULE = 1e-12


def files(pattern: str) -> list[Path]:
    """Every golden file of that pattern, as test parameters."""
    return sorted(ROOT.glob(pattern))


def name(value: object) -> str:
    """A readable test id."""
    return str(value.relative_to(ROOT)) if isinstance(value, Path) else str(value)


@cache
def tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file."""
    return load_file(path)


def numbers(path: Path) -> Any:
    """The contents of a JSON file."""
    return json.loads(path.read_text("utf-8"))


def close(found: Tensor, golden: Tensor, tolerance: float) -> None:
    """Equal within an absolute tolerance that grows with values above 1."""
    torch.testing.assert_close(found.to(golden.dtype), golden, atol=tolerance, rtol=tolerance)


MULTIPLIERS = {64: (1, 2, 3, 4), 256: (1, 1, 2, 2, 4, 4)}


def text_config(options: dict[str, Any], vocabulary: int) -> TextConfig:
    """Our description of the text transformer of official options."""
    return TextConfig(
        context=options["text_ctx"],
        width=options["xf_width"],
        layers=options["xf_layers"],
        heads=options["xf_heads"],
        vocabulary=vocabulary,
    )


def unet_config(options: dict[str, Any], vocabulary: int) -> UNetConfig:
    """Our description of a network of official options."""
    size, given = options["image_size"], options["channel_mult"]
    return UNetConfig(
        size=size,
        channels=options["num_channels"],
        blocks=options["num_res_blocks"],
        multipliers=tuple(int(m) for m in given.split(",")) if given else MULTIPLIERS[size],
        attention=tuple(size // int(r) for r in options["attention_resolutions"].split(",")),
        head_width=options["num_head_channels"],
        dropout=options["dropout"],
        inpaint=options["inpaint"],
        super_res=options["super_res"],
        schedule=options["noise_schedule"],
        text=text_config(options, vocabulary),
    )


@cache
def unet(path: Path) -> UNet:
    """The network described by a golden JSON file, with the weights beside it."""
    about = numbers(path)
    network = UNet(unet_config(about["options"], about["n_vocab"]))
    copy_weights(network, tensors(path.with_suffix(".weights.safetensors")), path.name)
    return network.requires_grad_(False).eval()


def condition(
    text: TextStates,
    known: Tensor | None = None,
    mask: Tensor | None = None,
    low_res: Tensor | None = None,
) -> Condition:
    """A condition as the official code takes it; the pictures of one row serve the whole batch."""
    rows = text.vector.shape[0]
    grown = [p if p is None else p.expand(rows, *p.shape[1:]) for p in (known, mask, low_res)]
    return Condition(text, *grown)
