"""Tiny files that look like GLIDE's to whoever reads names and shapes."""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from glide_studio.inference.models.detect import NetworkKind
from glide_studio.inference.models.model_set import Role

STEMS = {"base": 3, "base-inpaint": 7, "upsample": 6, "upsample-inpaint": 10}


def shapes(kind: NetworkKind) -> dict[str, tuple[int, ...]]:
    if kind == "clip-image":
        return {"blocks.input.w_t": (5, 4), "blocks.output.f.w": (4, 4)}
    if kind == "clip-text":
        return {"blocks.input.w_voc": (7, 4), "blocks.output.f.w": (4, 4)}
    if kind == "classifier":
        return {
            "input_blocks.0.0.weight": (4, 3, 3, 3),
            "out.2.positional_embedding": (4, 5),
            "out.2.c_proj.weight": (9, 4, 1),
        }
    return {"input_blocks.0.0.weight": (4, STEMS[kind], 3, 3), "transformer_proj.weight": (4, 4)}


def arrays(
    kind: NetworkKind, value: float = 0.5
) -> dict[str, "np.ndarray[tuple[int, ...], np.dtype[np.float32]]"]:
    return {name: np.full(shape, value, np.float32) for name, shape in shapes(kind).items()}


def write(path: Path, kind: NetworkKind, value: float = 0.5) -> Path:
    """A safetensors file of that kind."""
    save_file(arrays(kind, value), path)
    return path


def accept(path: Path, role: Role) -> None:
    """Stands for the check of a network's values, which such files would not pass."""


def write_ours(path: Path, **config: bool) -> Path:
    """A file with our own header."""
    save_file({"a": np.zeros(2, np.float32)}, path, {"glide_studio": json.dumps(config)})
    return path
