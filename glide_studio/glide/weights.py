"""Weight files: read, check, convert and write the released checkpoints and our own safetensors.

No code in a file is executed: `.pt` files are read with `weights_only`. A released file is a flat
dict whose names are ours without the prefix `text.`; our own files use the same names and hold the
`UNetConfig` in their header. The kind of a file follows from its contents, never from its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from glide_studio.glide.config import ANCHORS, OFFICIAL, UNetConfig
from glide_studio.glide.unet import UNet

HEADER = "glide_studio"

StateDict = dict[str, Tensor]


class WeightsError(ValueError):
    """A weight file that cannot be used; the text is one sentence for the user."""


def official_name(name: str) -> str:
    """Return our parameter name as the released files spell it."""
    return name.removeprefix("text.")


def state_dict(network: nn.Module) -> StateDict:
    """Return the network's tensors under their official names."""
    return {official_name(name): tensor for name, tensor in network.state_dict().items()}


def check_weights(network: nn.Module, state: Mapping[str, Tensor], source: str) -> None:
    """Check that `state` (official names) fits the network, which may be on the meta device.

    Raises:
        WeightsError: naming the first tensors that are missing, unknown, of another shape or kind,
            or not finite.
    """
    ours = state_dict(network)
    problems = [f"{name} is missing" for name in ours if name not in state]
    problems += [f"{name} is unknown" for name in state if name not in ours]
    for name, tensor in ours.items():
        given = state.get(name, tensor)
        if given.shape != tensor.shape:
            problems.append(f"{name} is {tuple(given.shape)} instead of {tuple(tensor.shape)}")
        elif given.is_floating_point() != tensor.is_floating_point():
            problems.append(f"{name} holds {given.dtype} instead of {tensor.dtype}")
    if not problems:
        problems = [f"{name} is not finite" for name in ours if not state[name].isfinite().all()]
    if problems:
        more = f" and {len(problems) - 3} more" if len(problems) > 3 else ""
        raise WeightsError(
            f"{source} does not fit the network: {'; '.join(problems[:3])}{more}; "
            "choose another file or model."
        )


def copy_weights(network: nn.Module, state: Mapping[str, Tensor], source: str) -> None:
    """Copy `state` (official names, any float dtype) into the network; all of it must fit.

    Raises:
        WeightsError: see `check_weights`.
    """
    check_weights(network, state, source)
    with torch.no_grad():
        for name, tensor in state_dict(network).items():
            tensor.copy_(state[name])


Network = TypeVar("Network", bound=nn.Module)


def materialize(
    network: Network, state: StateDict, source: str, device: torch.device | str = "cpu"
) -> Network:
    """Bring a network from the meta device to `device` with these tensors, ready for inference.

    `state` is emptied on the way, so that only one weight at a time is in memory twice.

    Raises:
        WeightsError: see `check_weights`; it is raised before memory is allocated.
    """
    check_weights(network, state, source)
    # Module.to_empty would do the same, but it imports half of torch's compiler, which takes
    # seconds.
    ready = {
        name: torch.empty(tensor.shape, dtype=tensor.dtype, device=device).copy_(
            state.pop(official_name(name))
        )
        for name, tensor in network.state_dict().items()
    }
    network.load_state_dict(ready, assign=True)
    return network.requires_grad_(False).eval()


def read_tensors(path: Path) -> tuple[StateDict, UNetConfig | None]:
    """Read the tensors of a file to the CPU, officially named, and the config in its header.

    Prefixes of compiled, wrapped and averaged networks are removed; of a network and its average
    (EMA) in one file the average is taken.

    Raises:
        WeightsError: if the file is not a table of tensors, or holds anything else.
        FileNotFoundError: if there is no such file.
    """
    with open(path, "rb") as file:
        start = file.read(16)
    if start[8:9] == b"{":
        return _read_safetensors(path)
    if start.lstrip()[:1] == b"<":
        raise WeightsError(f"{path.name} is a web page and not a checkpoint; download it again.")
    try:
        # Not mapped into memory: torch would not notice numbers that are missing.
        found: Any = torch.load(path, map_location="cpu", weights_only=True, mmap=False)
    except Exception:
        raise WeightsError(
            f"{path.name} is damaged, or holds other things than tensors; choose another file."
        ) from None
    return unwrap_checkpoint(found, path.name), None


def _read_safetensors(path: Path) -> tuple[StateDict, UNetConfig | None]:
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            header = (file.metadata() or {}).get(HEADER)
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except safetensors.SafetensorError as error:
        raise WeightsError(f"{path.name} is a damaged safetensors file: {error}.") from None
    try:
        config = None if header is None else UNetConfig.from_json(header)
    except ValueError as error:
        raise WeightsError(f"{path.name} cannot be used: {error}") from None
    return (unwrap_checkpoint(state, path.name) if config is None else state), config


def unwrap_checkpoint(found: object, source: str) -> StateDict:
    """Return the plain table of tensors inside a training checkpoint.

    Raises:
        WeightsError: if there is none.
    """
    if isinstance(found, dict):
        inner = [key for key in found if isinstance(found[key], dict) and found[key]]
        averages = [key for key in inner if "ema" in str(key).lower()]
        for key in averages or [key for key in inner if key in ("state_dict", "model")]:
            return unwrap_checkpoint(found[key], source)
        table = {
            str(name).replace("_orig_mod.", ""): tensor
            for name, tensor in found.items()
            if isinstance(tensor, Tensor)
        }
        prefixes = {
            name.removesuffix(anchor)
            for name in table
            for anchor in ANCHORS
            if name == anchor or name.endswith("." + anchor)
        }
        if len(table) == len(found) and prefixes:
            prefix = min(prefixes, key=lambda p: ("ema" not in p.lower(), len(p)))
            return {
                name.removeprefix(prefix): tensor
                for name, tensor in table.items()
                if name.startswith(prefix)
            }
    raise WeightsError(
        f"{source} does not hold the tensors of a GLIDE network; choose another file."
    )


def detect_config(state: Mapping[str, Tensor], source: str) -> UNetConfig:
    """Tell which released network these tensors are, by the shape of the first convolution.

    `copy_weights` checks that all the others are there and fit.

    Raises:
        WeightsError: if they are none of the four.
    """
    stem = state.get("input_blocks.0.0.weight")
    for config in OFFICIAL.values():
        if stem is not None and stem.shape == (config.channels, config.in_channels, 3, 3):
            return config
    raise WeightsError(f"{source} is none of the GLIDE diffusion networks; choose another file.")


def read(path: Path) -> tuple[StateDict, UNetConfig]:
    """Read the tensors of a diffusion network's file to the CPU, and the config of their network.

    Raises:
        WeightsError, FileNotFoundError: see `read_tensors` and `detect_config`.
    """
    state, config = read_tensors(path)
    return state, detect_config(state, path.name) if config is None else config


def load(
    path: Path, device: torch.device | str = "cpu", dtype: torch.dtype = torch.float32
) -> UNet:
    """Load the network of a file for inference; its large matrices in `dtype` (see `UNet.cast`).

    Raises:
        WeightsError, FileNotFoundError: see `read` and `check_weights`.
    """
    state, config = read(path)
    with torch.device("meta"):
        network = UNet(replace(config, dropout=0.0)).cast(dtype)
    return materialize(network, state, path.name, device)


def save(network: UNet, path: Path, dtype: torch.dtype = torch.float16) -> None:
    """Write the network as safetensors; see `write_tensors`."""
    write(state_dict(network), network.config, path, dtype)


def convert(source: Path, target: Path, dtype: torch.dtype = torch.float16) -> None:
    """Rewrite a diffusion network's file as one of ours, in `dtype`.

    Raises:
        WeightsError, FileNotFoundError: see `read` and `check_weights`; also if a number is too
            large for `dtype`.
    """
    state, config = read(source)
    with torch.device("meta"):
        network = UNet(config)
    check_weights(network, state, source.name)
    for name, tensor in state.items():
        if tensor.is_floating_point():
            state[name] = tensor.to(dtype)
    check_weights(network, state, f"{source.name} as {str(dtype).removeprefix('torch.')}")
    write(state, config, target, dtype)


def write(state: Mapping[str, Tensor], config: UNetConfig, path: Path, dtype: torch.dtype) -> None:
    """Write tensors under official names and their config; see `write_tensors`."""
    write_tensors(state, path, dtype, {HEADER: config.to_json()})


def write_tensors(
    state: Mapping[str, Tensor], path: Path, dtype: torch.dtype, header: dict[str, str]
) -> None:
    """Write tensors as safetensors; floats in `dtype`, integers as they are.

    An old file is overwritten in place: a caller that must not lose it gives a temporary path.
    """
    ready = {
        name: (tensor.to(dtype) if tensor.is_floating_point() else tensor).contiguous().cpu()
        for name, tensor in state.items()
    }
    safetensors.torch.save_file(ready, path, metadata=header)
