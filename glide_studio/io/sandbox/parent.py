"""Decoding in a process of its own, so that a hostile file can neither crash, fill nor stall this one.

The child writes lines of JSON, each {"stage": ...}, and behind the last one raw buffers whose
lengths that line names. Nothing it says is ever unpickled or run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

import numpy as np

if sys.platform == "linux":
    import fcntl

from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Size
from glide_studio.io.images.picture import Format, Picture, check_size
from glide_studio.paths import PACKAGE

WORKER = "glide_studio.io.sandbox.decode_worker"
PIPE = 1 << 20  # bytes
START = 60.0  # seconds until the child has loaded its libraries, on a machine that is busy
DEADLINE = 2.0  # seconds for a small file
PATIENCE = 4  # times the deadline that may pass while other programs have the processor
TICK = 0.05  # seconds
FILE_RATE = 4e6  # bytes of file a second that a slow machine decodes at least
PIXEL_RATE = 20e6  # pixels a second likewise
FREE, CREDIT = 20e6, 50  # pixels for which time is given: at first, and for each byte of file
MAX_LINE = 64 << 20  # bytes of a line of JSON; text chunks are in it


@dataclass(frozen=True, slots=True)
class Answer:
    """What a child decoded: a header and its raw buffers."""

    header: dict[str, Any]
    buffers: list[bytearray]


def decode_in_child(path: Path, form: Format, length: int) -> Picture:
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
    with start(worker, kind, str(path), stdin=subprocess.DEVNULL) as child:
        assert child.stdout is not None
        widen(child.stdout)
        try:
            return _talk(child, child.stdout, path.name, length)
        finally:
            child.kill()


def start(module: str, *arguments: str, stdin: int) -> subprocess.Popen[bytes]:
    """A child of this program that runs one of its modules; its output is piped to us."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(PACKAGE.parent), os.environ.get("PYTHONPATH", "")]),
        # Threads would only add stacks to what the memory limit counts.
        **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"),
    }
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module, *arguments],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def widen(pipe: IO[bytes]) -> None:
    """Make a pipe hold more: pictures have hundreds of megabytes, 64 KiB cost a switch of process each."""
    if sys.platform == "linux":
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE)


def _talk(child: subprocess.Popen[bytes], pipe: IO[bytes], name: str, length: int) -> Answer:
    clock = _Clock(child)
    try:
        clock.allow(START)
        line = read_line(pipe)
        clock.allow(DEADLINE + length / FILE_RATE)
        while line is not None:
            if line["stage"] == "done":
                buffers = [read_exactly(pipe, int(count)) for count in line["buffers"]]
                return Answer(line, buffers)
            if line["stage"] == "refused":
                raise GlideError(str(line["message"]))
            if line["stage"] == "size":
                size = Size(int(line["width"]), int(line["height"]))
                check_size(size)
                clock.extend(min(size.area, FREE + CREDIT * length) / PIXEL_RATE)
            line = read_line(pipe)
        raise EOFError
    except (EOFError, KeyError, TypeError, ValueError, MemoryError) as error:
        if clock.late:
            raise GlideError(
                f"'{name}' took too long to decode and may be a trap;"
                " save it anew in another program."
            ) from error
        raise GlideError(
            f"'{name}' is damaged or incomplete; get the original file again."
        ) from error
    finally:
        clock.stop()


class _Clock:
    """Kills a child that computes for longer than it may; where a process's time is not known, that lasts."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self._child = child
        self._changed = threading.Condition()
        self._began = self._computed = self._given = 0.0
        self._stopped = False
        self._thread: threading.Thread | None = None
        self.late = False

    def allow(self, seconds: float) -> None:
        """From now on there are so many seconds."""
        with self._changed:
            self._began, self._computed = time.monotonic(), _computed(self._child.pid) or 0.0
            self._given = seconds
            self._changed.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, name="decode clock")
            self._thread.start()

    def extend(self, seconds: float) -> None:
        """There are so many seconds more."""
        with self._changed:
            self._given += seconds
            self._changed.notify()

    def stop(self) -> None:
        """There is no limit any more."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        with self._changed:
            while not self._stopped:
                left = self._left()
                if left <= 0:
                    self.late = True
                    self._child.kill()
                    return
                self._changed.wait(max(left, TICK))

    def _left(self) -> float:
        lasted = time.monotonic() - self._began
        spent = _computed(self._child.pid)
        if spent is None or lasted > PATIENCE * self._given:
            return self._given - lasted
        return self._given - (spent - self._computed)


def _computed(process: int) -> float | None:
    """Seconds of processor time that a process has used; None where the platform does not say."""
    try:
        text = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()  # the name before may hold anything
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def read_line(pipe: IO[bytes]) -> dict[str, Any] | None:
    """The JSON object on the next line; None at the end or if there is none."""
    line = pipe.readline(MAX_LINE)
    if not line.endswith(b"\n"):
        return None
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def read_exactly(pipe: IO[bytes], count: int) -> bytearray:
    """The next `count` bytes.

    Raises:
        EOFError: if there are fewer.
    """
    buffer = bytearray(count)
    view, at = memoryview(buffer), 0
    while at < count:
        got = pipe.readinto(view[at:])  # type: ignore[attr-defined]
        if not got:
            raise EOFError
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
