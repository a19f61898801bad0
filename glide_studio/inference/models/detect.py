"""What a weight file holds, from the names and shapes of its tensors; nothing in it is executed.

safetensors: a JSON header (https://huggingface.co/docs/safetensors, "Format"). torch: a zip with a pickle,
or several pickles in a row, read by an unpickler that knows a handful of harmless names and can call
nothing else. The numbers themselves are not read, but they must all be there.
"""

from __future__ import annotations

import json
import math
import os
import pickle
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Literal

from glide_studio.errors import GlideError

Kind = Literal[
    "base", "base-inpaint", "upsample", "upsample-inpaint", "clip-image", "clip-text", "classifier"
]
Shape = tuple[int, ...]

CONFIG = "glide_studio"  # where our own files carry the description of their network
MOST_HEADER = 32 << 20  # bytes; the largest released network needs 0.1 MB
# Bytes of a number, by safetensors' names and by those of torch's storages.
BYTES = {"BOOL": 1, "U8": 1, "I8": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2, "I32": 4, "U32": 4,
         "F32": 4, "I64": 8, "U64": 8, "F64": 8}  # fmt: skip
STORAGES = {
    f"{name}Storage": size
    for size, names in {
        1: ("Bool", "Byte", "Char"),
        2: ("Half", "BFloat16", "Short"),
        4: ("Float", "Int"),
        8: ("Double", "Long", "ComplexFloat"),
    }.items()
    for name in names
}
ANCHORS = ("input_blocks.0.0.weight", "blocks.input.w_t", "blocks.input.w_voc")


def identify(path: Path) -> Kind:
    """Which network of GLIDE a file holds, released, fine-tuned or ours.

    Raises:
        GlideError: if it holds none; the sentence says what it is as far as that can be told.
    """
    shapes, config = read_shapes(path)
    if config is not None:
        stem = "upsample" if config.get("super_res") else "base"
        return f"{stem}-inpaint" if config.get("inpaint") else stem  # type: ignore[return-value]
    prefixes = [
        name.removesuffix(anchor)
        for name in shapes
        for anchor in ANCHORS
        if name == anchor or name.endswith("." + anchor)
    ]
    for prefix in prefixes:
        found = _kind({n.removeprefix(prefix): s for n, s in shapes.items()})
        if found is not None:
            return found
    raise GlideError(f"{path.name} holds no network of GLIDE; choose another file.")


def _kind(shapes: Mapping[str, Shape]) -> Kind | None:
    if "blocks.input.w_t" in shapes:
        return "clip-image"
    if "blocks.input.w_voc" in shapes:
        return "clip-text"
    if "out.2.positional_embedding" in shapes and "out.2.c_proj.weight" in shapes:
        return "classifier"
    stem = shapes.get("input_blocks.0.0.weight", ())
    if "transformer_proj.weight" not in shapes or len(stem) != 4:
        return None
    kinds: dict[int, Kind] = {3: "base", 7: "base-inpaint", 6: "upsample", 10: "upsample-inpaint"}
    return kinds.get(stem[1])


def read_shapes(path: Path) -> tuple[dict[str, Shape], dict[str, Any] | None]:
    """(name -> shape of every tensor, the config that our own files carry).

    Raises:
        GlideError: if the file is no weight file, damaged, or holds anything but tensors.
    """
    try:
        with open(path, "rb") as file:
            start = file.read(16)
            if start[8:9] == b"{":
                return _safetensors(file, path)
            if start.lstrip()[:1] == b"<":
                raise GlideError(
                    f"{path.name} is a web page and not a checkpoint; download it again."
                )
            if start[:2] == b"PK":
                return _zipped(path), None
            file.seek(0)
            return _pickles(file), None
    except FileNotFoundError:
        raise GlideError(f"There is no file {path}; choose another.") from None
    except GlideError:
        raise
    except Exception:
        # A hostile file may fail in any way that a parser can; all of them mean the same.
        raise GlideError(
            f"{path.name} is damaged, or holds other things than tensors; choose another file."
        ) from None


def _safetensors(file: IO[bytes], path: Path) -> tuple[dict[str, Shape], dict[str, Any] | None]:
    file.seek(0)
    (length,) = struct.unpack("<Q", file.read(8))
    if length > MOST_HEADER:
        raise ValueError("header too long")
    header: dict[str, Any] = json.loads(file.read(length))
    config = header.pop("__metadata__", {}).get(CONFIG)
    shapes, end = {}, 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"][0]):
        shape = tuple(int(side) for side in entry["shape"])
        first, last = entry["data_offsets"]
        if first != end or last - first != math.prod(shape) * BYTES[entry["dtype"]]:
            raise ValueError("offsets and shapes disagree")
        shapes[name], end = shape, last
    if path.stat().st_size != 8 + length + end:
        raise ValueError("truncated")
    return shapes, None if config is None else json.loads(config)


def check_sums(path: Path) -> None:
    """Compare the numbers of a zipped checkpoint with the CRC-32 that torch wrote beside each part.

    The other containers have none and pass.

    Raises:
        GlideError: if a part differs from its sum.
    """
    with open(path, "rb") as file:
        if file.read(2) != b"PK":
            return
    with zipfile.ZipFile(path) as archive:
        if archive.testzip() is not None:
            raise GlideError(f"Some numbers of {path.name} are damaged; download or copy it again.")


def _zipped(path: Path) -> dict[str, Shape]:
    with zipfile.ZipFile(path) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith("/data.pkl"))
        if archive.getinfo(name).file_size > MOST_HEADER:
            raise ValueError("header too long")
        with archive.open(name) as file:
            reader = _Inert(file)
            shapes = _tensors(reader.load())
        for key, size in reader.storages.items():
            if archive.getinfo(f"{name.removesuffix('data.pkl')}data/{key}").file_size != size:
                raise ValueError("numbers missing")
    return shapes


def _pickles(file: IO[bytes]) -> dict[str, Shape]:
    """The old container: magic number, version, system, the table, the keys, and after them the numbers."""
    for _ in range(3):
        _Inert(file).load()
    reader = _Inert(file)
    shapes = _tensors(reader.load())
    keys = _Inert(file).load()
    # Each storage is its length in eight bytes, and its numbers.
    numbers = sum(8 + reader.storages[str(key)] for key in keys)
    start = file.tell()
    if file.seek(0, os.SEEK_END) - start != numbers:
        raise ValueError("numbers missing")
    return shapes


class _Tensor:
    """Stands for a tensor whose numbers are not read."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape


def _rebuild(size: int, offset: int, shape: Shape, stride: Shape, *rest: object) -> _Tensor:
    """A view of a storage of `size` numbers."""
    if math.prod(shape):
        reach = sum((side - 1) * step for side, step in zip(shape, stride, strict=True))
        if min(offset, *stride, 0) < 0 or offset + reach >= size:
            raise ValueError("a tensor leaves its storage")
    return _Tensor(tuple(int(side) for side in shape))


class _Inert(pickle.Unpickler):
    """Knows the few names that a table of tensors is written with; any other is an error.

    storages: bytes of each storage that the table asks for, by its key.
    """

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        self.storages: dict[str, int] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild
        if (module, name) == ("torch._utils", "_rebuild_parameter"):
            return lambda tensor, *rest: tensor
        if module == "torch" and name.endswith("Storage"):
            return name
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a table of tensors")

    def persistent_load(self, pid: Any) -> int:
        """The numbers in a storage."""
        _, kind, key, _, size, *_ = pid
        self.storages[str(key)] = int(size) * STORAGES[kind]
        return int(size)


def _tensors(found: object) -> dict[str, Shape]:
    """Every tensor of nested tables, under its name with dots."""
    shapes: dict[str, Shape] = {}

    def walk(prefix: str, value: object) -> None:
        if isinstance(value, _Tensor):
            shapes[prefix.removesuffix(".").replace("_orig_mod.", "")] = value.shape
        elif isinstance(value, dict):
            for name, inner in value.items():
                walk(f"{prefix}{name}.", inner)

    walk("", found)
    return shapes
