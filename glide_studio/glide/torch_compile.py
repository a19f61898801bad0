"""Optional torch.compile for the blocks of a network.

Compiling takes time at each new shape, and the gain depends on the device, so it is off by default.
Each block is compiled by itself (regional compilation), in a fraction of the time that the whole
network takes. `on_block`, which may raise, is called between blocks and not inside of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import FunctionType, MethodType

import torch
from torch import Tensor

from glide_studio.glide.layers import OnBlock, TextKV, noop
from glide_studio.glide.unet import TimestepEmbedSequential, UNet


def compile_network(network: UNet, backend: str | Callable[..., object] = "inductor") -> UNet:
    """Change the network so that each block is compiled when it first meets a shape, and return it.

    Nothing is compiled yet, and the weights keep their names. backend: of torch.compile; "inductor"
    needs a C++ compiler on a CPU, and Triton on CUDA.
    """
    for block in (*network.input_blocks, network.middle_block, *network.output_blocks):
        assert isinstance(block, TimestepEmbedSequential)
        block.forward = compile_block(block, backend)  # type: ignore[method-assign]
    return network


def copy_function(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Return the function with a code object of its own.

    torch caches what it has compiled by code object and stops at eight entries; a network has more
    blocks.
    """
    assert isinstance(function, FunctionType)
    code = function.__code__.replace()
    return FunctionType(code, function.__globals__, function.__name__, function.__defaults__)


def compile_block(
    block: TimestepEmbedSequential, backend: str | Callable[..., object]
) -> Callable[..., Tensor]:
    """Return the block's forward, compiled."""
    plain = block.forward
    whole = torch.compile(
        MethodType(copy_function(TimestepEmbedSequential.forward), block), backend=backend
    )

    def forward(
        x: Tensor,
        emb: Tensor,
        text: Tensor | None,
        keys: Sequence[TextKV] = (),
        on_block: OnBlock = noop,
    ) -> Tensor:
        # Compiled code ignores hooks, by which `AttentionRecorder` works.
        if any(layer._forward_pre_hooks for layer in block):
            return plain(x, emb, text, keys, on_block)
        out: Tensor = whole(x, emb, text, keys)
        on_block()
        return out

    return forward
