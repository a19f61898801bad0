"""A network whose blocks run through torch.compile, which fuses what lies between their large products.

It is slow to begin, at each new shape, and what it gains then depends on the device; so nobody gets it unasked.
Each block is compiled by itself (regional compilation), which takes a fraction of the time that the whole
network would. What is called between layers is called between blocks only, for it may raise anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import FunctionType, MethodType

import torch
from torch import Tensor

from glide_studio.glide.layers import OnBlock, TextKV, noop
from glide_studio.glide.unet import TimestepEmbedSequential, UNet


def compile_network(network: UNet, backend: str | Callable[..., object] = "inductor") -> UNet:
    """The network itself, changed so that each block is compiled when it first sees a shape.

    Nothing happens yet, and the weights keep their names. backend: of torch.compile; "inductor" needs a
    C++ compiler on a CPU, and Triton on CUDA.
    """
    for block in (*network.input_blocks, network.middle_block, *network.output_blocks):
        assert isinstance(block, TimestepEmbedSequential)
        block.forward = faster(block, backend)  # type: ignore[method-assign]
    return network


def shallow_copy(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The same function with a code object of its own.

    torch keeps what it has compiled with the code object, looks through all of it at each call, and gives up
    after eight; the blocks of a network are more than that.
    """
    assert isinstance(function, FunctionType)
    code = function.__code__.replace()
    return FunctionType(code, function.__globals__, function.__name__, function.__defaults__)


def faster(
    block: TimestepEmbedSequential, backend: str | Callable[..., object]
) -> Callable[..., Tensor]:
    """The block's forward, compiled."""
    plain = block.forward
    whole = torch.compile(
        MethodType(shallow_copy(TimestepEmbedSequential.forward), block), backend=backend
    )

    def forward(
        x: Tensor,
        emb: Tensor,
        text: Tensor | None,
        keys: Sequence[TextKV] = (),
        on_block: OnBlock = noop,
    ) -> Tensor:
        # Compiled code knows no hooks, and word maps are made by them.
        if any(layer._forward_pre_hooks for layer in block):
            return plain(x, emb, text, keys, on_block)
        out: Tensor = whole(x, emb, text, keys)
        on_block()
        return out

    return forward
