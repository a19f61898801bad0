"""Detect which network a weight file holds from the names and shapes of its tensors.

Nothing in a file is executed. safetensors: a JSON header (https://huggingface.co/docs/safetensors,
"Format"). torch: a zip with a pickle, or several pickles in a row, read by an unpickler that knows
a handful of harmless names. The values of the tensors are not read here, but they must all be
there.
"""

from __future__ import annotations

import json
import math
import os
import pickle
import stat
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Literal

from glide_studio.errors import GlideError
from glide_studio.glide.config import ANCHORS
from glide_studio.translation import translate

NetworkKind = Literal[
    "base", "base-inpaint", "upsample", "upsample-inpaint", "clip-image", "clip-text", "classifier"
]
Shape = tuple[int, ...]

CONFIG_KEY = "glide_studio"  # header key under which our own files carry their network's config
MAX_HEADER_BYTES = 32 << 20  # the largest released network needs 0.1 MB
MAX_ENTRIES = 200_000  # of nested tables, tensors included
BYTES_PER_ITEM = {"BOOL": 1, "U8": 1, "I8": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2, "I32": 4,
                  "U32": 4, "F32": 4, "I64": 8, "U64": 8, "F64": 8}  # fmt: skip
STORAGE_ITEM_BYTES = {
    f"{name}Storage": size
    for size, names in {
        1: (
            "Bool",
            "Byte",
            "Char",
        ),
        2: (
            "Half",
            "BFloat16",
            "Short",
        ),
        4: ("Float", "Int"),
        8: (
            "Double",
            "Long",
            "ComplexFloat",
        ),
    }.items()
    for name in names
}


def identify(path: Path) -> NetworkKind:
    """Detect which network of GLIDE a file holds, be it released, fine-tuned or trained here.

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
        found = _kind_of({n.removeprefix(prefix): s for n, s in shapes.items()})
        if found is not None:
            return found
    raise GlideError(
        translate("Detect", "{name} holds no network of GLIDE; choose another file.").format(
            name=path.name
        )
    )


def _kind_of(shapes: Mapping[str, Shape]) -> NetworkKind | None:
    if "blocks.input.w_t" in shapes:
        return "clip-image"
    if "blocks.input.w_voc" in shapes:
        return "clip-text"
    if "out.2.positional_embedding" in shapes and "out.2.c_proj.weight" in shapes:
        return "classifier"
    stem = shapes.get("input_blocks.0.0.weight", ())
    if "transformer_proj.weight" not in shapes or len(stem) != 4:
        return None
    kinds: dict[int, NetworkKind] = {
        3: "base", 7: "base-inpaint", 6: "upsample", 10: "upsample-inpaint"
    }  # fmt: skip
    return kinds.get(stem[1])


def read_shapes(path: Path) -> tuple[dict[str, Shape], dict[str, Any] | None]:
    """Return the shape of every tensor by name, and the config in the header of our own files.

    Raises:
        GlideError: if the file is not a weight file, is damaged, or holds anything but tensors.
    """
    check_regular(path)
    try:
        with open(path, "rb") as file:
            start = file.read(16)
            if start[8:9] == b"{":
                return _read_safetensors(file, path)
            if start.lstrip()[:1] == b"<":
                raise GlideError(
                    translate(
                        "Detect", "{name} is a web page and not a checkpoint; download it again."
                    ).format(name=path.name)
                )
            if start[:2] == b"PK":
                return _read_zip(path), None
            file.seek(0)
            return _read_legacy(file), None
    except GlideError:
        raise
    except Exception:
        # A hostile file may fail in any way that a parser can; all of them mean the same.
        raise GlideError(
            translate(
                "Detect",
                "{name} is damaged, or holds other things than tensors; choose another file.",
            ).format(name=path.name)
        ) from None


def check_regular(path: Path) -> None:
    """Check that a path is an ordinary file, since opening a pipe or device may block for ever.

    Raises:
        GlideError: if it is not.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        raise GlideError(
            translate("Detect", "There is no file {path}; choose another.").format(path=path)
        ) from None
    if not stat.S_ISREG(mode):
        raise GlideError(
            translate("Detect", "{name} is not an ordinary file; choose another.").format(
                name=path.name
            )
        )


def _read_safetensors(
    file: IO[bytes], path: Path
) -> tuple[dict[str, Shape], dict[str, Any] | None]:
    file.seek(0)
    (length,) = struct.unpack("<Q", file.read(8))
    if length > MAX_HEADER_BYTES:
        raise ValueError("header too long")
    header: dict[str, Any] = json.loads(file.read(length))
    text = header.pop("__metadata__", {}).get(CONFIG_KEY)
    config = None if text is None else json.loads(text)
    if config is not None and not isinstance(config, dict):
        raise GlideError(
            translate(
                "Detect", "The header of {name} does not describe a network; choose another file."
            ).format(name=path.name)
        )
    shapes, end = {}, 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"][0]):
        shape = tuple(int(side) for side in entry["shape"])
        first, last = entry["data_offsets"]
        if first != end or last - first != math.prod(shape) * BYTES_PER_ITEM[entry["dtype"]]:
            raise ValueError("offsets and shapes disagree")
        shapes[name], end = shape, last
    if path.stat().st_size != 8 + length + end:
        raise ValueError("truncated")
    return shapes, config


def check_crc(path: Path) -> None:
    """Compare the contents of a zipped checkpoint with the CRC-32 that torch wrote for each part.

    The other containers have none and pass.

    Raises:
        GlideError: if a part differs from its checksum.
    """
    with open(path, "rb") as file:
        if file.read(2) != b"PK":
            return
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip() is not None
    except (zipfile.BadZipFile, OSError, EOFError):
        damaged = True
    if damaged:
        raise GlideError(
            translate(
                "Detect", "Some numbers of {name} are damaged; download or copy it again."
            ).format(name=path.name)
        )


def _read_zip(path: Path) -> dict[str, Shape]:
    with zipfile.ZipFile(path) as archive:
        # torch stores without compression; a compressed part could unpack to any size.
        if any(info.compress_type != zipfile.ZIP_STORED for info in archive.infolist()):
            raise ValueError("compressed")
        (name,) = (n for n in archive.namelist() if n.endswith("/data.pkl"))
        if archive.getinfo(name).file_size > MAX_HEADER_BYTES:
            raise ValueError("header too long")
        with archive.open(name) as file:
            unpickler = _TensorUnpickler(file)
            shapes = _flatten(unpickler.load())
        for key, size in unpickler.storages.items():
            if archive.getinfo(f"{name.removesuffix('data.pkl')}data/{key}").file_size != size:
                raise ValueError("values missing")
    return shapes


def _read_legacy(file: IO[bytes]) -> dict[str, Shape]:
    """Read the old container: magic number, version, system, table, keys, and then the values."""
    limited: Any = _LimitedReader(file)
    for _ in range(3):
        _TensorUnpickler(limited).load()
    unpickler = _TensorUnpickler(limited)
    shapes = _flatten(unpickler.load())
    keys = _TensorUnpickler(limited).load()
    # Each storage is its length in eight bytes, and its values.
    size = sum(8 + unpickler.storages[str(key)] for key in keys)
    start = file.tell()
    if file.seek(0, os.SEEK_END) - start != size:
        raise ValueError("values missing")
    return shapes


class _LimitedReader:
    """The pickles at the start of a file; reading more than MAX_HEADER_BYTES is an error."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.left = file, MAX_HEADER_BYTES

    def read(self, size: int) -> bytes:
        self._spend(size)
        return self.file.read(size)

    def readline(self) -> bytes:
        line = self.file.readline(self.left)
        self._spend(len(line))
        return line

    def _spend(self, size: int) -> None:
        if not 0 <= size <= self.left:
            raise ValueError("header too long")
        self.left -= size


class _ShapeOnly:
    """Stands for a tensor whose values are not read."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape


def _rebuild_tensor(
    size: int, offset: int, shape: Shape, stride: Shape, *rest: object
) -> _ShapeOnly:
    """Return the shape of a view of a storage of `size` numbers."""
    if math.prod(shape):
        reach = sum((side - 1) * step for side, step in zip(shape, stride, strict=True))
        if min(offset, *stride, 0) < 0 or offset + reach >= size:
            raise ValueError("a tensor leaves its storage")
    return _ShapeOnly(tuple(int(side) for side in shape))


class _TensorUnpickler(pickle.Unpickler):
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
            return _rebuild_tensor
        if (module, name) == ("torch._utils", "_rebuild_parameter"):
            return lambda tensor, *rest: tensor
        if module == "torch" and name.endswith("Storage"):
            return name
        raise pickle.UnpicklingError(f"{module}.{name} is not part of a table of tensors")

    def persistent_load(self, pid: Any) -> int:
        """Return the number of items of a storage."""
        _, kind, key, _, size, *_ = pid
        self.storages[str(key)] = int(size) * STORAGE_ITEM_BYTES[kind]
        return int(size)


def _flatten(table: object) -> dict[str, Shape]:
    """Return the shape of every tensor of nested tables by its dotted name.

    Raises:
        ValueError: if there are more than MAX_ENTRIES, as where tables contain each other.
    """
    shapes: dict[str, Shape] = {}
    left = MAX_ENTRIES

    def walk(prefix: str, value: object) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise ValueError("too many entries")
        if isinstance(value, _ShapeOnly):
            shapes[prefix.removesuffix(".").replace("_orig_mod.", "")] = value.shape
        elif isinstance(value, dict):
            for name, inner in value.items():
                walk(f"{prefix}{name}.", inner)

    walk("", table)
    return shapes
