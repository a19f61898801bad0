"""Model files that a user could get wrong, drawn by number: broken, mistaken, hostile, or merely unusual.

`make(number, parts, folder)` writes one and returns how it was made and what to add. Sound variants are
among them, since a checker that refuses everything would pass as well.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import random
import struct
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor, nn

from glide_studio.glide.classifier import CLASSES, Classifier
from glide_studio.glide.clip import CaptionEncoder, ImageEncoder
from glide_studio.glide.config import TextConfig, UNetConfig
from glide_studio.glide.unet import UNet
from glide_studio.glide.weights import HEADER, state_dict
from tests.glide.malformed import CONTAINERS, WAYS

State = dict[str, Tensor]
Draw = random.Random

TEXT = TextConfig(context=8, width=16, layers=1, heads=2, rows=50)
BASE = UNetConfig(
    size=16, channels=32, blocks=1, multipliers=(1, 2), attention=(2,), head_width=32,
    inpaint=True, text=TEXT,
)  # fmt: skip
OFFICIAL = {
    "base": replace(BASE, inpaint=False),
    "base-inpaint": BASE,
    "upsample": replace(BASE, size=64, inpaint=False, super_res=True, schedule="linear"),
    "upsample-inpaint": replace(BASE, size=64, super_res=True, schedule="linear"),
}
"""Tiny networks that stand for the released ones, so that only the malformation speaks against a file."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The sound networks that files are made of. trap: what an executed payload would create."""

    unets: Mapping[str, State]
    encoders: Mapping[str, State]
    trap: Path


def shake(network: nn.Module) -> nn.Module:
    """Leave no parameter at zero."""
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return network


def make_parts(trap: Path) -> Parts:
    """Tiny networks of every kind with random weights."""
    torch.manual_seed(0)
    unets = {
        kind: {name: t.clone() for name, t in state_dict(shake(UNet(config))).items()}
        for kind, config in OFFICIAL.items()
    }
    classifier = Classifier(
        UNetConfig(channels=64, blocks=1, multipliers=(1, 1), attention=(2,), patch=8), 5
    )
    encoders = {
        "clip-image": ImageEncoder(patch=16, width=64, layers=1, heads=1, embedding=16),
        "clip-text": CaptionEncoder(vocabulary=49_408, width=64, layers=1, heads=1, embedding=16),
        "classifier": classifier,
    }
    return Parts(unets, {k: dict(shake(n).state_dict()) for k, n in encoders.items()}, trap)


def pack(state: object, container: str, header: dict[str, str] | None = None) -> bytes:
    """Tensors as a file of that kind."""
    if container == "safetensors":
        tensors = {name: tensor.contiguous() for name, tensor in dict(state).items()}  # type: ignore[call-overload]
        return safetensors.torch.save(tensors, header)
    buffer = io.BytesIO()
    torch.save(state, buffer, _use_new_zipfile_serialization=container == "zip")
    return buffer.getvalue()


def write(folder: Path, contents: bytes, name: str = "m.pt") -> Path:
    """A file of that name in a folder."""
    path = folder / name
    path.write_bytes(contents)
    return path


def broken_container(draw: Draw, parts: Parts, folder: Path) -> Path:
    """Cut, reshaped, renamed, mistyped, not finite, a web page, a payload, a lying header, half a zip."""
    way = draw.choice(WAYS)
    return write(folder, way(draw, dict(parts.unets["base-inpaint"]), BASE, parts.trap))


def lying_config(draw: Draw, parts: Parts, folder: Path) -> Path:
    """Our own container whose header describes another network, or none."""
    config = json.loads(BASE.to_json())
    text = config["text"]
    changes: tuple[object, ...] = (
        [1, 2], 5, "base", None, {}, {"super_res": False}, True,
        config | {"unheard": 1}, config | {"channels": 64}, config | {"channels": -32},
        config | {"channels": 1 << 40}, config | {"size": 7}, config | {"size": 10**9},
        config | {"size": -16}, config | {"size": 0}, config | {"multipliers": []},
        config | {"multipliers": [1, 2, 3]}, config | {"multipliers": "12"},
        config | {"attention": ["a"]}, config | {"attention": [1, 2]}, config | {"attention": []},
        config | {"head_width": 7}, config | {"norm_groups": 5}, config | {"patch": 4},
        config | {"head": 4}, config | {"sketch": 8}, config | {"predicts": "v"},
        config | {"schedule": "cosine"}, config | {"super_res": True}, config | {"inpaint": False},
        config | {"learned_variance": False}, config | {"blocks": 16}, config | {"size": "16"},
        config | {"residual_scale": float("nan")}, config | {"residual_scale": 1e30},
        config | {"text": []}, config | {"text": text | {"heads": 3}},
        config | {"text": text | {"context": 9}}, config | {"text": text | {"vocabulary": 50}},
        config | {"text": text | {"layers": 64}}, config | {"text": text | {"width": 8192}},
        config | {"text": text | {"rows": None}}, config | {"dropout": "much"},
    )  # fmt: skip
    said = json.dumps(draw.choice(changes))
    if draw.random() < 0.15:
        said = draw.choice(("{", "", "[" * 50_000, "\x00", '{"size": 1e999}', "9" * 5000))
    return write(
        folder, pack(parts.unets["base-inpaint"], "safetensors", {HEADER: said}), "m.safetensors"
    )


def stub(draw: Draw, parts: Parts, folder: Path) -> Path:
    """The few tensors by which a file is told, or half of them all."""
    kind = draw.choice(list(OFFICIAL))
    state = parts.unets[kind]
    keep = {"input_blocks.0.0.weight", "transformer_proj.weight", "out.2.bias"}
    if draw.random() < 0.5:
        keep |= set(draw.sample(sorted(state), len(state) // 2))
    return write(
        folder, pack({n: t for n, t in state.items() if n in keep}, draw.choice(CONTAINERS))
    )


def wrong_values(draw: Draw, parts: Parts, folder: Path) -> Path:
    """Numbers as no training leaves them: huge, infinite, none, integers, transposed."""
    state = dict(parts.unets["base-inpaint"])
    name = draw.choice([n for n, t in state.items() if t.ndim == 2 and t.shape[0] != t.shape[1]])
    tensor = state[name]
    if not tensor.is_floating_point():
        tensor = tensor.float()
    how = draw.randrange(6)
    changed = (
        tensor * 1e9,
        tensor.half() * float("inf"),
        tensor * float("nan"),
        tensor.to(torch.int32),
        tensor.T.contiguous(),
        tensor.to(torch.complex64),
    )[how]
    container = draw.choice(CONTAINERS[:2]) if how == 5 else draw.choice(CONTAINERS)
    return write(folder, pack(state | {name: changed}, container))


def bomb(draw: Draw, parts: Parts, folder: Path) -> Path:
    """Small files that would take endless time or memory."""
    how = draw.randrange(6)
    if how == 0:
        table: Any = {"x": 1}
        for _ in range(60):
            table = {"a": table, "b": table}
        return write(folder, pickled(table))
    if how == 1:
        deep: Any = {}
        for _ in range(400):
            deep = {"ema": deep}
        return write(folder, pickled(deep))
    if how == 2:  # a string of 2^40 bytes, says the opcode
        return write(folder, b"\x80\x04\x8e" + struct.pack("<Q", 1 << 40) + b"x")
    if how == 3:
        path = folder / "m.pt"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a/data.pkl", bytes(64 << 20))
        return path
    if how == 4:
        path = folder / "m.pt"
        source = io.BytesIO(pack(parts.unets["base-inpaint"], "zip"))
        with (
            zipfile.ZipFile(source) as old,
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new,
        ):
            for name in old.namelist():
                new.writestr(name, old.read(name))
            new.writestr("a/padding", bytes(200 << 20))
        return path
    header = json.dumps({f"t{i}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for i in range(100_000)})  # fmt: skip
    return write(folder, struct.pack("<Q", len(header)) + header.encode(), "m.safetensors")


def pickled(table: object) -> bytes:
    """A table in the old container, with its preamble."""
    parts = (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}, table, [])
    return b"".join(pickle.dumps(part, 2) for part in parts)


def no_file(draw: Draw, parts: Parts, folder: Path) -> Path:
    """Names behind which there is no ordinary file."""
    path, how = folder / "m.pt", draw.randrange(6)
    if how == 0:
        os.mkfifo(path)
    elif how == 1:
        path.symlink_to("/dev/zero")
    elif how == 2:
        path.symlink_to("nowhere.pt")
    elif how == 3:
        path.mkdir()
    elif how == 4:
        path.write_bytes(b"")
    else:
        path.symlink_to(path)
    return path if draw.random() < 0.5 else folder


def mistaken_set(draw: Draw, parts: Parts, folder: Path) -> Path:
    """A described folder whose roles or description are wrong."""
    header = {kind: {HEADER: config.to_json()} for kind, config in OFFICIAL.items()}
    for kind in ("base-inpaint", "upsample-inpaint"):
        contents = pack(parts.unets[kind], "safetensors", header[kind])
        write(folder, contents, f"{kind}.safetensors")
    write(folder, pack(parts.encoders["clip-image"], "safetensors"), "clip.safetensors")
    sound: dict[str, Any] = {
        "name": folder.name, "base": "base-inpaint.safetensors",
        "upsampler": "upsample-inpaint.safetensors", "side": 64,
    }  # fmt: skip
    wrong: tuple[object, ...] = (
        sound | {"base": sound["upsampler"], "upsampler": sound["base"]},
        sound | {"base": sound["upsampler"]}, sound | {"upsampler": sound["base"]},
        sound | {"plain-base": sound["base"]}, sound | {"clip-text": "clip.safetensors"},
        sound | {"clip-image": sound["base"]}, sound | {"classifier": sound["base"]},
        sound | {"base": "clip.safetensors"}, sound | {"base": "../secret"},
        sound | {"base": "/dev/zero"}, sound | {"base": "."}, sound | {"base": 7},
        sound | {"side": -1}, sound | {"side": 10**12}, sound | {"side": float("inf")},
        sound | {"side": [64]}, sound | {"nouns": "apple"}, sound | {"nouns": 5},
        sound | {"sampling": {"steps": 0}}, sound | {"sampling": [1]}, sound | {"name": "else"},
        [sound], 5, None, "objects", {},
    )  # fmt: skip
    path = folder / "model.json"
    how = draw.random()
    if how < 0.1:
        path.write_text("[" * 100_000)
    elif how < 0.2:
        path.write_bytes(draw.randbytes(200))
    elif how < 0.25:
        path.write_text(json.dumps(sound | {"summary": "x" * (2 << 20)}))
    else:
        path.write_text(json.dumps(draw.choice(wrong)))
    return folder


def wrong_encoder(draw: Draw, parts: Parts, folder: Path) -> Path:
    """A set with sound diffusion networks beside which CLIP or the classifier is not."""
    write(folder, pack(parts.unets["base-inpaint"], "zip"), "base.pt")
    kind = draw.choice(list(parts.encoders))
    state, header = dict(parts.encoders[kind]), None
    name = draw.choice([n for n, t in state.items() if t.ndim > 1])
    how = draw.randrange(5)
    if how == 0:
        del state[name]
    elif how == 1:
        state[name] = state[name] * float("nan")
    elif how == 2:
        state[name] = state[name][..., :-1].contiguous()
    elif how == 3:
        state[name] = state[name] * 1e12
    elif kind == "classifier":
        header = {CLASSES: draw.choice(('["a", "b"]', "[", "5", '{"a": 1}', "null"))}
    else:
        state = {n.replace("input", "inputs"): t for n, t in state.items()}
    write(folder, pack(state, "safetensors", header), "e.safetensors")
    return folder


def sound_variant(draw: Draw, parts: Parts, folder: Path) -> Path:
    """Sound weights in an unusual shape: half precision, prefixes, wrappers, averages, both networks."""
    kind = draw.choice(("base-inpaint", "base"))
    state, container = dict(parts.unets[kind]), draw.choice(CONTAINERS)
    dtype = draw.choice((torch.float16, torch.bfloat16, torch.float64, torch.float32))
    state = {n: t.to(dtype) if t.is_floating_point() else t for n, t in state.items()}
    prefix = draw.choice(("", "module.", "model.", "_orig_mod.", "ema.", "model.diffusion_model."))
    named = {prefix + n: t for n, t in state.items()}
    how = draw.randrange(5)
    if how == 0 and container != "safetensors":
        return write(folder, pack({"state_dict": named, "step": 7}, container))
    if how == 1 and container != "safetensors":
        other = {n: torch.zeros_like(t) for n, t in named.items()}
        return write(folder, pack({"model": other, "ema": named}, container))
    if how == 2:
        config = {HEADER: OFFICIAL[kind].to_json()}
        return write(folder, pack(state, "safetensors", config), "m.safetensors")
    if how == 3:
        write(folder, pack(parts.unets["upsample-inpaint"], "zip"), "up.pt")
        write(folder, pack(named, container), "base.ckpt")
        return folder
    return write(folder, pack(named, container))


KINDS: tuple[Callable[[Draw, Parts, Path], Path], ...] = (
    broken_container,
    lying_config,
    stub,
    wrong_values,
    bomb,
    no_file,
    mistaken_set,
    wrong_encoder,
    sound_variant,
    lying_config,
)


def make(number: int, parts: Parts, folder: Path) -> tuple[str, Path]:
    """Write model file number `number` into an empty folder: (how it was made, what to add)."""
    draw = random.Random(number)
    kind = KINDS[number % len(KINDS)]
    return kind.__name__, kind(draw, parts, folder)
