"""A compiled network is the same network, cancelled and watched like any other."""

import shutil
from dataclasses import replace

import pytest
import torch

from glide_studio.glide.attention_maps import AttentionRecorder
from glide_studio.glide.guidance import NetworkDenoiser
from glide_studio.glide.schedule import squaredcos_cap_v2
from glide_studio.glide.torch_compile import compile_block, compile_network
from glide_studio.glide.weights import state_dict
from tests.glide.test_networks import TINY, inputs, network

CONFIG = replace(TINY, inpaint=True)


@pytest.fixture(autouse=True)
def forget() -> None:
    """No test finds what another has compiled."""
    torch.compiler.reset()


@torch.inference_mode()
@pytest.mark.slow
def test_blocks_are_compiled_and_compute_the_same() -> None:
    graphs = []

    def backend(graph: torch.fx.GraphModule, _: object) -> object:
        graphs.append(graph)
        return graph.forward

    plain, fast = network(CONFIG), compile_network(network(CONFIG), backend)
    x, t, condition = inputs(plain)
    torch.testing.assert_close(fast(x, t, condition), plain(x, t, condition))
    blocks = len(plain.input_blocks) + 1 + len(plain.output_blocks)
    assert len(graphs) == blocks  # each as a whole, without a break
    fast(x, t, condition)
    assert len(graphs) == blocks
    assert state_dict(fast).keys() == state_dict(plain).keys()


@torch.inference_mode()
def test_a_compiled_evaluation_is_ended_between_its_blocks() -> None:
    made = compile_network(network(CONFIG), "eager")
    x, t, condition = inputs(made)
    calls = []

    def stop() -> None:
        calls.append(1)
        if len(calls) == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        made(x, t, condition, stop)
    assert len(calls) == 3


@torch.inference_mode()
def test_a_compiled_network_tells_where_it_looks() -> None:
    schedule = squaredcos_cap_v2()
    maps = []
    for made in (network(CONFIG), compile_network(network(CONFIG), "eager")):
        x, _, condition = inputs(made)
        t = torch.full((2,), 500)
        denoiser = NetworkDenoiser(made, schedule, condition)
        denoiser(x, t)
        watched = AttentionRecorder(denoiser)
        watched(x, t)
        maps.append(watched.maps)
    torch.testing.assert_close(maps[0], maps[1])


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("c++") is None, reason="needs a C++ compiler")
@torch.inference_mode()
def test_what_inductor_makes_of_a_block_is_close() -> None:
    block = network(CONFIG).middle_block
    draw = torch.Generator().manual_seed(0)
    x, emb, text = (
        torch.randn(shape, generator=draw) for shape in ((2, 64, 8, 8), (2, 128), (2, 16, 6))
    )
    fast = compile_block(block, "inductor")(x, emb, text)
    torch.testing.assert_close(fast, block(x, emb, text), atol=5e-5, rtol=5e-5)
