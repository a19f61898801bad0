"""Decoding in a process of its own, so that a hostile file can neither crash, fill nor stall this one.

The child writes lines of JSON, each {"stage": ...}, and behind the last one raw buffers whose
lengths that line names. Nothing it says is ever unpickled or run.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

import numpy as np

from glide_studio.base.errors import GlideError
from glide_studio.base.geometry import Size
from glide_studio.base.places import PACKAGE
from glide_studio.files.images.picture import Format, Picture, check_size

WORKER = "glide_studio.files.decode_worker"
START = 60.0  # seconds until the child has loaded its libraries, on a machine that is busy
DEADLINE = 5.0  # seconds for a small file
FILE_RATE = 20e6  # bytes of file a second that a slow machine decodes at least
PIXEL_RATE = 5e6  # pixels a second likewise
MAX_LINE = 64 << 20  # bytes of a line of JSON; text chunks are in it


@dataclass(frozen=True, slots=True)
class Answer:
    """What a child decoded: a header and its raw buffers."""

    header: dict[str, Any]
    buffers: list[bytearray]


def decode_apart(path: Path, form: Format, length: int) -> Picture:
    """Decode an image file of `length` bytes in a child.

    Raises:
        GlideError: if the file is damaged, too large, or takes too long.
    """
    return picture_from(run(path, form, length))


def require_heif(path: Path) -> None:
    """Refuse HEIF where its extra is not installed.

    Raises:
        GlideError: if it is not.
    """
    if find_spec("pillow_heif") is None:
        raise GlideError(
            f"'{path.name}' is a HEIF picture, which needs the package 'pillow-heif';"
            " install it or convert the file to JPEG or AVIF."
        )


def run(path: Path, kind: str, length: int, worker: str = WORKER) -> Answer:
    """Let a child, the module `worker`, decode the file at `path` as `kind`.

    Raises:
        GlideError: with the child's own sentence, or because it died or took too long.
    """
    command = [sys.executable, "-P", "-m", worker, kind, str(path)]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(PACKAGE.parent), os.environ.get("PYTHONPATH", "")]),
        # Threads would only add stacks to what the memory limit counts.
        **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"),
    }
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    ) as child:
        assert child.stdout is not None
        try:
            return _talk(child, child.stdout, path.name, DEADLINE + length / FILE_RATE)
        finally:
            child.kill()


def _talk(child: subprocess.Popen[bytes], pipe: IO[bytes], name: str, seconds: float) -> Answer:
    late = threading.Event()
    with _deadline(child, START, late):
        line = _line(pipe)
    pixels = 0
    while line is not None:
        if line.get("stage") == "done":
            with _deadline(child, seconds + pixels / PIXEL_RATE, late):
                buffers = [_exactly(pipe, int(count)) for count in line["buffers"]]
            if all(buffer is not None for buffer in buffers):
                return Answer(line, [buffer for buffer in buffers if buffer is not None])
            break
        if line.get("stage") == "refused":
            raise GlideError(str(line["message"]))
        if line.get("stage") == "size":
            size = Size(int(line["width"]), int(line["height"]))
            check_size(size)
            pixels = size.area
        with _deadline(child, seconds + pixels / PIXEL_RATE, late):
            line = _line(pipe)
    if late.is_set():
        raise GlideError(
            f"'{name}' took too long to decode and may be a trap; save it anew in another program."
        )
    raise GlideError(f"'{name}' is damaged or incomplete; get the original file again.")


@contextlib.contextmanager
def _deadline(
    child: subprocess.Popen[bytes], seconds: float, late: threading.Event
) -> Iterator[None]:
    def end() -> None:
        late.set()
        child.kill()

    timer = threading.Timer(seconds, end)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def _line(pipe: IO[bytes]) -> dict[str, Any] | None:
    line = pipe.readline(MAX_LINE)
    if not line.endswith(b"\n"):
        return None
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _exactly(pipe: IO[bytes], count: int) -> bytearray | None:
    buffer = bytearray(count)
    view, at = memoryview(buffer), 0
    while at < count:
        got = pipe.readinto(view[at:])  # type: ignore[attr-defined]
        if not got:
            return None
        at += got
    return buffer


def picture_header(picture: Picture) -> tuple[dict[str, Any], list[Any]]:
    """A picture as (JSON header, buffers), the other half of `picture_from`."""
    blobs = {name: getattr(picture, name) for name in ("icc", "exif", "xmp")}
    present = {name: blob for name, blob in blobs.items() if blob is not None}
    header = {
        "width": picture.size.width,
        "height": picture.size.height,
        "depth": picture.depth,
        "has_alpha": picture.has_alpha,
        "dpi": picture.dpi,
        "format": picture.format,
        "text": dict(picture.text),
        "notes": picture.notes,
        "blobs": list(present),
    }
    return header, [np.ascontiguousarray(picture.pixels).data, *present.values()]


def picture_from(answer: Answer) -> Picture:
    """The picture in a child's answer."""
    header, (pixels, *blobs) = answer.header, answer.buffers
    dtype: Any = np.uint8 if header["depth"] == 8 else np.uint16
    array = np.frombuffer(pixels, dtype).reshape(header["height"], header["width"], 4)
    found = {name: bytes(blob) for name, blob in zip(header["blobs"], blobs, strict=True)}
    return Picture(
        array,
        has_alpha=header["has_alpha"],
        icc=found.get("icc"),
        exif=found.get("exif"),
        xmp=found.get("xmp"),
        dpi=None if header["dpi"] is None else (header["dpi"][0], header["dpi"][1]),
        format=header["format"],
        text=header["text"],
        notes=tuple(header["notes"]),
    )
