"""Checkpoints that are broken in every way we could think of, drawn by number.

`malformed(seed, whole, trap)` is the contents of a file that no loader may accept; whoever executes
a part of it creates the file `trap`.
"""

import io
import json
import os
import pickle
import random
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import safetensors.torch
import torch
from torch import Tensor

from glide_studio.glide.config import UNetConfig
from glide_studio.glide.weights import HEADER

StateDict = dict[str, Tensor]
Draw = random.Random
CONTAINERS = ("zip", "legacy", "safetensors")
PAGES = (
    "<!DOCTYPE html><html><title>404 Not Found</title></html>",
    "<html><body>Please sign in</body></html>",
    '<?xml version="1.0" encoding="utf-8"?><Error><Code>BlobNotFound</Code></Error>',
    '{"error": {"code": 403, "message": "quota exceeded"}}',
    "Too many requests\n",
    "version https://git-lfs.github.com/spec/v1\noid sha256:0000\nsize 1540150552\n",
)


class Payload:
    """Unpickled by the letter, it calls a function."""

    def __init__(self, function: Callable[..., object], *given: object) -> None:
        self.function, self.given = function, given

    def __reduce__(self) -> tuple[object, ...]:
        return self.function, self.given


def payload(draw: Draw, trap: Path) -> Payload:
    """One of the usual ways to run something."""
    code = f"open({str(trap)!r}, 'w')"
    ways = (
        Payload(os.system, f"touch {trap}"),
        Payload(eval, code),
        Payload(exec, code),
        Payload(open, str(trap), "w"),
        Payload(Path.touch, trap),
        Payload(getattr, Payload(__import__, "os"), "system"),
        Payload(torch.load, str(trap)),
    )
    return draw.choice(ways)


def packed(state: StateDict, container: str, config: UNetConfig) -> bytes:
    """The tensors as a file of that kind."""
    if container == "safetensors":
        return safetensors.torch.save(state, {HEADER: config.to_json()})
    buffer = io.BytesIO()
    torch.save(state, buffer, _use_new_zipfile_serialization=container == "zip")
    return buffer.getvalue()


def some(draw: Draw, state: StateDict) -> str:
    """The name of a tensor of more than one number."""
    return draw.choice([name for name, tensor in state.items() if tensor.numel() > 1])


def truncated(draw: Draw, state: StateDict, config: UNetConfig, trap: Path) -> bytes:
    """Cut off anywhere."""
    whole = packed(state, draw.choice(CONTAINERS), config)
    return whole[: draw.randrange(len(whole))]


def misshapen(draw: Draw, state: StateDict, config: UNetConfig, trap: Path) -> bytes:
    """One tensor of another shape."""
    name = some(draw, state)
    tensor = state[name]
    other = draw.choice((tensor[None], tensor[:-1], torch.cat([tensor, tensor]), torch.zeros(())))
    return packed(state | {name: other.contiguous()}, draw.choice(CONTAINERS), config)


def renamed(draw: Draw, state: StateDict, config: UNetConfig, trap: Path) -> bytes:
    """A tensor is missing, or one is unknown."""
    changed = dict(state)
    name = some(draw, state)
    if draw.random() < 0.7:
        changed[draw.choice((name + "_", "x." + name, name.upper()))] = changed.pop(name)
    else:
        changed["control." + name] = changed[name].clone()
    return packed(changed, draw.choice(CONTAINERS), config)


def mistyped(draw: Draw, state: StateDict, config: UNetConfig, trap: Path) -> bytes:
    """One tensor of integers or truth values."""
    name = some(draw, state)
    dtype = draw.choice((torch.int8, torch.int64, torch.bool))
    return packed(state | {name: state[name].to(dtype)}, draw.choice(CONTAINERS), config)


def not_finite(draw: Draw, state: StateDict, config: UNetConfig, trap: Path) -> bytes:
    """One number that is none."""
    name = some(draw, state)
    tensor = state[name].clone()
    tensor.flatten()[draw.randrange(tensor.numel())] = draw.choice(
        (float("nan"), float("inf"), float("-inf"))
    )
    if draw.random() < 0.5:
        tensor = tensor.half()
    return packed(state | {name: tensor}, draw.choice(CONTAINERS), config)


def page(draw: Draw, state: StateDict, config: UNetConfig, trap: Path) -> bytes:
    """What a server says instead."""
    blank = "".join(draw.choices(" \n\r\t", k=draw.randrange(4)))
    tail = draw.randbytes(draw.randrange(300))
    return (blank + draw.choice(PAGES)).encode() + tail


def trapped(draw: Draw, state: StateDict, config: UNetConfig, trap: Path) -> bytes:
    """A pickle that would run something."""
    bomb = payload(draw, trap)
    table: object = draw.choice(
        ({**state, "x": bomb}, {"x": bomb, **state}, {"model": state, "hook": bomb}, bomb, [bomb])
    )
    if draw.random() < 0.3:
        plain: object = [bomb] if isinstance(table, dict) else table
        return pickle.dumps(plain, protocol=draw.randrange(6))
    buffer = io.BytesIO()
    torch.save(table, buffer, _use_new_zipfile_serialization=draw.random() < 0.5)
    return buffer.getvalue()


def header(draw: Draw, state: StateDict, config: UNetConfig, trap: Path) -> bytes:
    """A safetensors file whose header lies."""
    whole = packed(state, "safetensors", config)
    (length,) = struct.unpack("<Q", whole[:8])
    table, rest = json.loads(whole[8 : 8 + length]), whole[8 + length :]
    entry = table[draw.choice([name for name in table if name != "__metadata__"])]
    first, last = entry["data_offsets"]
    lies: tuple[dict[str, object], ...] = (
        {"data_offsets": [first, last + 4]},
        {"data_offsets": [last, first - 4]},
        {"data_offsets": [first, 1 << 62]},
        {"data_offsets": "all"},
        {"dtype": "F12"},
        {"dtype": "F64"},
        {"shape": [1 << 40, 1 << 40]},
        {"shape": [-1, -4]},
        {"shape": "big"},
    )
    entry.update(draw.choice(lies))
    text = json.dumps(table).encode()
    if draw.random() < 0.2:
        text = text[: draw.randrange(len(text))]
    said = len(text) if draw.random() < 0.8 else draw.choice((1 << 62, 1 << 33, len(text) + 9999))
    return struct.pack("<Q", said) + text + rest


def rezipped(draw: Draw, state: StateDict, config: UNetConfig, trap: Path) -> bytes:
    """A zip whose pieces do not belong together."""
    source = io.BytesIO(packed(state, "zip", config))
    target = io.BytesIO()
    how = draw.choice(("no table", "no numbers", "short numbers", "rubbish table"))
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        data = [name for name in old.namelist() if "/data/" in name]
        victim = draw.choice(data)
        for name in old.namelist():
            contents = old.read(name)
            if name.endswith("/data.pkl"):
                if how == "no table":
                    continue
                if how == "rubbish table":
                    contents = draw.randbytes(len(contents))
            if name == victim and how == "no numbers":
                continue
            if name == victim and how == "short numbers":
                contents = contents[: len(contents) // 2]
            new.writestr(name, contents)
    return target.getvalue()


WAYS = (
    truncated,
    misshapen,
    renamed,
    mistyped,
    not_finite,
    page,
    trapped,
    header,
    rezipped,
)


def malformed(seed: int, state: StateDict, config: UNetConfig, trap: Path) -> tuple[str, bytes]:
    """(how it is broken, the contents) of malformed checkpoint number `seed`."""
    draw = random.Random(seed)
    way = WAYS[seed % len(WAYS)]
    return way.__name__, way(draw, state, config, trap)
