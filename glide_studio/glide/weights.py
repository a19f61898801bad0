"""Weight files: the released checkpoints and our own safetensors, loaded with proof.

Nothing here unpickles code: `.pt` files are read with `weights_only`. A released file is a flat dict
whose names are ours without the prefix `text.`; our own files use the same names, and carry the
`UNetConfig` in their header.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from glide_studio.glide.config import OFFICIAL, UNetConfig
from glide_studio.glide.unet import UNet

HEADER = "glide_studio"


class WeightsError(ValueError):
    """A weight file that can not be used; the text is one sentence for the user."""


def official_name(name: str) -> str:
    """Our parameter name as the released files spell it."""
    return name.removeprefix("text.")


def state_dict(network: UNet) -> dict[str, Tensor]:
    """The network's tensors under their official names."""
    return {official_name(name): tensor for name, tensor in network.state_dict().items()}


def fill(network: UNet, state: Mapping[str, Tensor], source: str) -> None:
    """Copy `state` (official names, any float dtype) into the network, strictly.

    Raises:
        WeightsError: naming the first keys that are missing, unknown or of another shape.
    """
    ours = state_dict(network)
    problems = [f"{name} is missing" for name in ours if name not in state]
    problems += [f"{name} is unknown" for name in state if name not in ours]
    problems += [
        f"{name} is {tuple(state[name].shape)} instead of {tuple(tensor.shape)}"
        for name, tensor in ours.items()
        if name in state and state[name].shape != tensor.shape
    ]
    if problems:
        more = f" and {len(problems) - 3} more" if len(problems) > 3 else ""
        raise WeightsError(
            f"{source} does not fit the network: {'; '.join(problems[:3])}{more}; "
            "choose another file or model."
        )
    with torch.no_grad():
        for name, tensor in ours.items():
            tensor.copy_(state[name])


def read(path: Path) -> tuple[dict[str, Tensor], UNetConfig]:
    """The tensors of a file on the CPU, and the network they belong to.

    Raises:
        WeightsError: if the file is no weight file, holds code, or fits no known network.
        FileNotFoundError: if there is no such file.
    """
    if path.suffix == ".safetensors":
        try:
            with safetensors.safe_open(path, framework="pt") as file:
                header = (file.metadata() or {}).get(HEADER)
                state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except safetensors.SafetensorError as error:
            raise WeightsError(f"{path.name} is not a safetensors file: {error}.") from None
        if header is not None:
            return state, UNetConfig.from_json(header)
    else:
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
        except FileNotFoundError:
            raise
        except Exception as error:
            reason = str(error).split("\n")[0]
            raise WeightsError(f"{path.name} is not a checkpoint of tensors: {reason}") from None
        if not isinstance(state, dict) or not all(isinstance(v, Tensor) for v in state.values()):
            raise WeightsError(f"{path.name} does not hold a plain table of tensors.")
    return state, identify(state, path.name)


def identify(state: Mapping[str, Tensor], source: str) -> UNetConfig:
    """Which released network these tensors are: told by the number of keys and of input channels.

    Raises:
        WeightsError: if they are none of the four.
    """
    stem = state.get("input_blocks.0.0.weight")
    found = None if stem is None else (len(state), stem.shape[1])
    table = {
        (783, 3): "base",
        (783, 7): "base-inpaint",
        (797, 6): "upsample",
        (797, 10): "upsample-inpaint",
    }
    if found not in table:
        raise WeightsError(f"{source} is none of the GLIDE networks; choose another file.")
    return OFFICIAL[table[found]]


def load(path: Path, device: torch.device | str = "cpu") -> UNet:
    """The network of a file, in float32, ready for inference.

    Raises:
        WeightsError, FileNotFoundError: see `read` and `fill`.
    """
    state, config = read(path)
    with torch.device("meta"):
        network = UNet(replace(config, dropout=0.0))
    network.to_empty(device=device)
    fill(network, state, path.name)
    return network.requires_grad_(False).eval()


def save(network: UNet, path: Path, dtype: torch.dtype = torch.float16) -> None:
    """Write the network as safetensors, atomically; floats in `dtype`, integers as they are."""
    state = {
        name: (tensor.to(dtype) if tensor.is_floating_point() else tensor).contiguous().cpu()
        for name, tensor in state_dict(network).items()
    }
    partial = path.with_name(path.name + ".part")
    safetensors.torch.save_file(state, partial, metadata={HEADER: network.config.to_json()})
    with open(partial, "rb") as file:
        os.fsync(file.fileno())
    os.replace(partial, path)
