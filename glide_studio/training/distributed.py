"""Train in several processes, one a device, as `torchrun` starts them.

Each process computes its share of a batch and gradients are averaged. Networks that fit a device are
wrap_data_parallel (DDP); large ones are sharded (FSDP: Zhao et al. 2023, arXiv 2304.11277).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor
from torch.nn.parallel import DistributedDataParallel

from glide_studio.errors import GlideError


@dataclass(frozen=True, slots=True)
class World:
    """How many processes train together (`size`), and which one this is (`rank`)."""

    rank: int = 0
    size: int = 1

    def share(self, batch: int) -> slice:
        """Return the rows of a batch that this process computes.

        Raises:
            ValueError: if the batch cannot be divided.
        """
        if batch % self.size:
            raise ValueError(f"A batch of {batch} cannot be shared by {self.size} processes.")
        each = batch // self.size
        return slice(self.rank * each, (self.rank + 1) * each)

    def mean(self, value: Tensor) -> float:
        """Average a scalar tensor over all processes."""
        if self.size == 1:
            return float(value)
        total = value.detach().clone()
        dist.all_reduce(total)
        return float(total) / self.size

    def mean_of(self, number: float) -> float:
        """Average a number over all processes."""
        return self.mean(torch.tensor(number, dtype=torch.float64))

    def any_process(self, flag: bool) -> bool:
        """Return True on every process if any process passes True."""
        return self.mean_of(float(flag)) > 0


def join() -> World:
    """Join the process group that `torchrun` announces; without it return a group of one."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        return World()
    dist.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")
    return World(dist.get_rank(), size)


def place(device: str) -> str:
    """Return this process's device: its own CUDA device if `name` is just "cuda".

    Raises:
        GlideError: if there is none.
    """
    if not device.startswith("cuda"):
        return device
    if not torch.cuda.is_available():
        raise GlideError(f"This machine has no device '{device}' that torch can use; choose cpu.")
    local = os.environ.get("LOCAL_RANK")
    return f"cuda:{local}" if device == "cuda" and local is not None else device


def leave(world: World) -> None:
    """Leave the process group."""
    if world.size > 1:
        dist.destroy_process_group()


def wrap_data_parallel(model: nn.Module, device: torch.device) -> nn.Module:
    """Wrap the model so that gradients are averaged over all processes (DDP)."""
    return DistributedDataParallel(model, [device] if device.type == "cuda" else None)


def shard(model: nn.Module, blocks: list[nn.Module], world: World, device: torch.device) -> None:
    """Shard the weights over all processes, block by block (FSDP)."""
    mesh = init_device_mesh(device.type, (world.size,))
    for block in blocks:
        fully_shard(block, mesh=mesh)
    fully_shard(model, mesh=mesh)


def whole(tree: Any) -> Any:
    """Gather every sharded tensor of nested dicts and lists on the CPU; all processes must call it."""
    if isinstance(tree, DTensor):
        return tree.full_tensor().cpu()
    if isinstance(tree, Mapping):
        return {key: whole(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [whole(value) for value in tree]
    return tree


def shard_like(tensor: Tensor, like: Tensor) -> Tensor:
    """Distribute a full tensor as `like` is distributed."""
    if isinstance(like, DTensor) and tensor.shape == like.shape:
        return distribute_tensor(tensor.to(like.device), like.device_mesh, like.placements)
    return tensor


def fill(network: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Load a full state into a network, sharded or not, strictly."""
    ours = network.state_dict()
    network.load_state_dict(
        {k: shard_like(v, ours[k]) if k in ours else v for k, v in state.items()}
    )


def load_optimizer_state(optimiser: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    """Load a full state into an optimizer whose weights may be sharded."""
    weights = [weight for group in optimiser.param_groups for weight in group["params"]]
    moments = {
        place: {
            name: shard_like(v, weights[place]) if isinstance(v, Tensor) else v
            for name, v in own.items()
        }
        for place, own in state["state"].items()
    }
    optimiser.load_state_dict(state | {"state": moments})
