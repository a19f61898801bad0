"""The networks agree with the released code, block by block and as a whole."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from glide_studio.glide.config import OFFICIAL
from glide_studio.glide.layers import AttentionBlock, ResBlock, timestep_embedding
from glide_studio.glide.text import TextEncoder
from glide_studio.glide.unet import UNet
from glide_studio.glide.weights import state_dict
from tests.glide.golden import (
    NETWORK,
    close,
    condition,
    files,
    name,
    numbers,
    tensors,
    text_config,
    unet,
)

pytestmark = pytest.mark.golden
RUNS = ("out", "out.frac", "out.nonsquare", "out.no_inpaint_args")


def run(path: Path, which: str) -> Tensor:
    """The network's output for one of the recorded runs."""
    io, network = tensors(path.with_suffix(".io.safetensors")), unet(path)
    kind = which.removeprefix("out").removeprefix(".")
    given = io | {
        key.replace(f"{kind}.", ""): io[key] for key in io if key.startswith(f"in.{kind}.")
    }
    if kind == "no_inpaint_args":
        given = {key: value for key, value in given.items() if "inpaint" not in key}
    text = network.text(given["in.tokens"], given["in.mask"])
    seen = condition(
        text, given.get("in.inpaint_image"), given.get("in.inpaint_mask"), given.get("in.low_res")
    )
    return network(given["in.x"], given["in.timesteps"], seen)


@pytest.mark.parametrize(
    ("path", "which"),
    [
        (path, which)
        for path in files("*/models/unet_*.json")
        for which in RUNS
        if which in tensors(path.with_suffix(".io.safetensors"))
    ],
    ids=name,
)
def test_unet(path: Path, which: str) -> None:
    close(run(path, which), tensors(path.with_suffix(".io.safetensors"))[which], NETWORK)


@pytest.mark.parametrize("path", files("*/models/unet_*.json"), ids=name)
def test_every_block_of_the_unet(path: Path) -> None:
    io, network = tensors(path.with_suffix(".io.safetensors")), unet(path)
    seen: dict[str, Tensor] = {}

    def record(name: str, module: nn.Module) -> None:
        module.register_forward_hook(lambda _m, _i, out: seen.update({name: out}))

    for row in ("input_blocks", "output_blocks"):
        for i, block in enumerate(getattr(network, row)):
            record(f"{row}.{i}", block)
    record("middle_block", network.middle_block)
    record("time_embed", network.time_embed)
    seen["out"] = run(path, "out")
    seen["xf_out"], seen["xf_proj"], _ = network.text(io["in.tokens"], io["in.mask"])
    recorded = {key.removeprefix("dbg."): key for key in io if key.startswith("dbg.")}
    assert not recorded or set(recorded) == set(seen)
    for block, key in recorded.items():
        close(seen[block], io[key], NETWORK)


@pytest.mark.parametrize("path", files("*/models/text_transformer.json"), ids=name)
def test_text_transformer(path: Path) -> None:
    about, io = numbers(path), tensors(path.with_suffix(".io.safetensors"))
    encoder = TextEncoder(text_config(about["options"], about["n_vocab"]), about["xf_proj_dim"])
    encoder.load_state_dict(tensors(path.with_suffix(".weights.safetensors")))
    found = encoder(io["in.tokens"], io["in.mask"])
    close(found.sequence, io["out.xf_out"], NETWORK)
    close(found.vector, io["out.xf_proj"], NETWORK)


@pytest.mark.parametrize(
    ("path", "block"),
    [(path, b) for path in files("*/models/blocks.json") for b in numbers(path)["blocks"]],
    ids=name,
)
def test_block(path: Path, block: str) -> None:
    about = numbers(path)["blocks"][block]
    io = {
        key.removeprefix(f"{block}."): value
        for key, value in tensors(path.with_suffix(".safetensors")).items()
        if key.startswith(f"{block}.")
    }
    weights = {key.removeprefix("w."): io[key] for key in io if key.startswith("w.")}
    channels = about["channels"]
    module: nn.Module
    if "num_head_channels" in about:
        module = AttentionBlock(channels, about["num_head_channels"], about.get("encoder_channels"))
    else:
        how = "up" if about.get("up") else "down" if about.get("down") else "none"
        module = ResBlock(channels, about.get("out_channels", channels), about["emb"], how=how)
    module.load_state_dict(weights)
    with torch.no_grad():
        close(module(*(io[key] for key in ("in0", "in1") if key in io)), io["out"], NETWORK)


@pytest.mark.parametrize(
    ("path", "key"),
    [
        (p, k)
        for p in files("*/models/timestep_embedding.safetensors")
        for k in tensors(p)
        if k != "in.t"
    ],
    ids=name,
)
def test_timestep_embedding(path: Path, key: str) -> None:
    found = timestep_embedding(tensors(path)["in.t"], int(key.removeprefix("out.dim")))
    # Processors differ by one unit in the last place of exp; the frequency is multiplied by t.
    close(found, tensors(path)[key], 999 * 2**-24)


MANIFESTS = [
    *files("manifests/manifest_*sample*.json"),
    *files("manifests/manifest_base*.json"),
]


@pytest.mark.parametrize("path", MANIFESTS, ids=name)
def test_full_size_keys_and_shapes(path: Path) -> None:
    about = numbers(path)
    with torch.device("meta"):
        network = UNet(OFFICIAL[about["name"]])
    ours = {key: list(tensor.shape) for key, tensor in state_dict(network).items()}
    assert ours == {key: entry["shape"] for key, entry in about["state_dict"].items()}
    assert sum(p.numel() for p in network.parameters()) == about["n_params"]
    half = {key: str(t.dtype) for key, t in state_dict(network.cast(torch.float16)).items()}
    assert half == {
        key: f"torch.{entry['dtype_after_convert_to_fp16']}"
        for key, entry in about["state_dict"].items()
    }
