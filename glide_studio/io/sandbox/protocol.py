"""The wire format between the program and its sandboxed children.

A message is one line of JSON, then raw buffers whose lengths the line names. Pictures travel as
tagged JSON values; arrays and bytes in them are numbers of buffers. Nothing is ever unpickled.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from glide_studio.translation import resolve

MAX_LINE = 64 << 20  # bytes of a line of JSON; PNG text is in it
CLASSES: Mapping[str, str] = {
    "Box": "glide_studio.imaging.geometry",
    "Size": "glide_studio.imaging.geometry",
    "Picture": "glide_studio.io.images.picture",
    "BlockEdit": "glide_studio.io.images.jpeg_blocks",
    "LayeredPicture": "glide_studio.io.layered.layered_picture",
    "LayerPart": "glide_studio.io.layered.layered_picture",
    "MaskPart": "glide_studio.io.layered.layered_picture",
}
"""The only objects that a message may hold, and their modules; a child imports what it needs."""
DTYPES = ("|u1", "<u2")
MALFORMED = (EOFError, KeyError, TypeError, ValueError, IndexError, AttributeError, MemoryError)
"""What reading a message raises if the other side does not keep to the format."""


def encode_value(value: Any) -> tuple[Any, list[Any]]:
    """Turn a value into (JSON, buffers); an array or bytes object used twice is sent once.

    Raises:
        TypeError: if it is neither JSON nor bytes, an array or one of CLASSES.
    """
    buffers: list[Any] = []
    numbers: dict[int, int] = {}

    def buffer(owner: Any, data: Any) -> int:
        if id(owner) not in numbers:
            numbers[id(owner)] = len(buffers)
            buffers.append(data)
        return numbers[id(owner)]

    def encode(one: Any) -> Any:
        if one is None or isinstance(one, (bool, int, float, str)):
            return one
        if isinstance(one, (list, tuple)):
            return [encode(inner) for inner in one]
        if isinstance(one, bytes):
            return {"type": "bytes", "buffer": buffer(one, one)}
        if isinstance(one, np.ndarray):
            flat = np.ascontiguousarray(one).reshape(-1).view(np.uint8).data
            place = buffer(one, flat)
            return {"type": "array", "buffer": place, "shape": one.shape, "dtype": one.dtype.str}
        if isinstance(one, Mapping):
            return {"type": "dict", "items": {key: encode(inner) for key, inner in one.items()}}
        if CLASSES.get(type(one).__name__) != type(one).__module__:
            raise TypeError(f"{type(one).__name__} cannot be sent.")
        fields = {field.name: getattr(one, field.name) for field in dataclasses.fields(one)}
        items = {name: encode(inner) for name, inner in fields.items()}
        return {"type": type(one).__name__, "items": items}

    return encode(value), buffers


def decode_value(value: Any, buffers: Sequence[NDArray[np.uint8]]) -> Any:
    """Rebuild what `encode_value` encoded; lists come back as tuples, texts translated.

    Raises:
        KeyError, TypeError, ValueError, IndexError: if it is not that.
    """
    arrays: dict[tuple[int, str, tuple[int, ...]], Any] = {}

    def array(one: dict[str, Any]) -> Any:
        shape = tuple(int(side) for side in one["shape"])
        key = int(one["buffer"]), str(one["dtype"]), shape
        if one["dtype"] not in DTYPES:
            raise ValueError(f"Arrays of {one['dtype']} are not sent.")
        if key not in arrays:
            flat = buffers[key[0]].view(np.dtype(key[1]))
            arrays[key] = flat.reshape(shape)
        return arrays[key]

    def decode(one: Any) -> Any:
        if isinstance(one, list):
            return tuple(decode(inner) for inner in one)
        if isinstance(one, str):
            return resolve(one)
        if not isinstance(one, dict):
            return one
        if one["type"] == "bytes":
            return bytes(buffers[one["buffer"]])
        if one["type"] == "array":
            return array(one)
        items = {name: decode(inner) for name, inner in one["items"].items()}
        if one["type"] == "dict":
            return items
        return getattr(import_module(CLASSES[one["type"]]), one["type"])(**items)

    return decode(value)


def write_line(out: IO[bytes], line: Mapping[str, Any]) -> None:
    """Write one JSON object as a line and flush it."""
    out.write(json.dumps(line).encode() + b"\n")
    out.flush()


def write_message(out: IO[bytes], line: Mapping[str, Any], value: Any) -> None:
    """Write `line` with a value in it, then the value's buffers."""
    encoded, buffers = encode_value(value)
    lengths = [memoryview(buffer).nbytes for buffer in buffers]
    write_line(out, {**line, "value": encoded, "buffers": lengths})
    for buffer in buffers:
        out.write(buffer)
    out.flush()


def read_value(pipe: IO[bytes], line: Mapping[str, Any]) -> Any:
    """Read the buffers that follow `line` and return the value in it.

    Raises:
        EOFError, KeyError, TypeError, ValueError, IndexError, MemoryError: if there is none.
    """
    buffers = [read_exactly(pipe, int(count)) for count in line["buffers"]]
    return decode_value(line["value"], buffers)


def read_line(pipe: IO[bytes]) -> dict[str, Any] | None:
    """Read the JSON object on the next line; None at the end or if there is none."""
    line = pipe.readline(MAX_LINE)
    if not line.endswith(b"\n"):
        return None
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def read_exactly(pipe: IO[bytes], count: int) -> NDArray[np.uint8]:
    """Read `count` bytes, [count].

    Raises:
        EOFError: if there are fewer.
    """
    buffer = np.empty(count, np.uint8)  # not filled with zeros first, as a bytearray would be
    view, at = buffer.data, 0
    while at < count:
        got = pipe.readinto(view[at:])  # type: ignore[attr-defined]
        if not got:
            raise EOFError
        at += got
    return buffer
