"""Decode risky files in a child process, which can be limited and killed."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, Any

if sys.platform == "linux":
    import fcntl

from glide_studio.atomic import atomic_write
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Size
from glide_studio.io.images.jpeg_blocks import BlockEdit, CannotKeepBlocks
from glide_studio.io.images.picture import Format, Picture, check_size, decoding_error
from glide_studio.io.layered.layered_picture import LayeredPicture
from glide_studio.io.sandbox.protocol import MALFORMED, read_line, read_value, write_message
from glide_studio.paths import PACKAGE
from glide_studio.translation import resolve, translate

CHILD = "glide_studio.io.sandbox.child"
PIPE_BYTES = 1 << 20
START_S = 60.0  # until the child has loaded its libraries, on a busy machine
DEADLINE_S = 2.0  # of processor time for a small file
BUSY_FACTOR = 4  # times the deadline on the clock, while other programs have the processor
TICK_S = 0.05
FILE_RATE = 4e6  # bytes of file a second that a slow machine decodes at least
PIXEL_RATE = 20e6  # pixels a second likewise
FREE_PIXELS, PIXELS_PER_BYTE = 20e6, 50  # pixels for which time is given


def decode_in_child(path: Path, form: Format, length: int) -> Picture:
    """Decode an image file of `length` bytes in a child.

    Raises:
        GlideError: if the file is damaged, too large, or takes too long.
    """
    picture = run(path, "read-image", form, length)
    if not isinstance(picture, Picture):
        raise decoding_error(path.name)
    return picture


def decode_layers_in_child(path: Path, kind: str, length: int) -> LayeredPicture:
    """Decode a layered file, kind "psd" or "ora", of `length` bytes in a child.

    Raises:
        GlideError: if the file is damaged, too large, or takes too long.
    """
    picture = run(path, "read-layers", kind, length)
    if not isinstance(picture, LayeredPicture):
        raise decoding_error(path.name)
    return picture


def write_psd_in_child(path: Path, picture: LayeredPicture) -> tuple[str, ...]:
    """Write a PSD in a child: it takes seconds of Python, which would stall the window.

    Returns sentences on what the format could not keep.

    Raises:
        GlideError: if the file cannot be written; an old one there stays as it was.
    """
    with atomic_write(path) as temporary:
        answer = _write_in_child("write-psd", temporary, picture)
        if answer is None:
            raise GlideError(
                translate(
                    "Parent", "'{name}' could not be written; save it as OpenRaster instead."
                ).format(name=path.name)
            )
        return tuple(resolve(note) for note in answer["notes"])


def write_jpeg_in_child(temporary: Path, edit: BlockEdit) -> bytes:
    """Return the JPEG of `edit`, without metadata; `temporary` is a file to work in.

    Raises:
        CannotKeepBlocks: for kinds of JPEG whose blocks cannot be replaced.
        GlideError: if there is not enough memory.
        OSError: if the file cannot be written.
    """
    answer = _write_in_child("write-jpeg", temporary, edit)
    if answer is None:
        raise CannotKeepBlocks(translate("Parent", "they cannot be read"))
    if "reason" in answer:
        raise CannotKeepBlocks(resolve(str(answer["reason"])))
    return temporary.read_bytes()


def _write_in_child(task: str, temporary: Path, value: Any) -> dict[str, Any] | None:
    """Send `value` to a child that writes `temporary`; returns its answer, None if it died.

    Raises:
        GlideError: with the child's own sentence.
        OSError: if it could not write.
    """
    with start(CHILD, task, str(temporary), stdin=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        _widen(child.stdin)
        try:
            write_message(child.stdin, {}, value)
            child.stdin.close()
        except BrokenPipeError:
            child.stdin.close()
        answer = read_line(child.stdout)
    if answer is not None and "refused" in answer:
        raise GlideError(resolve(str(answer["refused"])))
    if answer is not None and "errno" in answer:
        raise OSError(answer["errno"], answer["strerror"])
    return answer


def run(path: Path, task: str, kind: str, length: int, module: str = CHILD) -> Any:
    """Let a child process, `module` with `task`, decode the file at `path` as `kind`.

    length: bytes of the file, which set the deadline.

    Raises:
        GlideError: with the child's own sentence, or because it died or took too long.
    """
    with start(module, task, kind, str(path), stdin=subprocess.DEVNULL) as child:
        assert child.stdout is not None
        _widen(child.stdout)
        try:
            return _receive(child, child.stdout, path.name, length)
        finally:
            child.kill()


def start(module: str, *arguments: str, stdin: int) -> subprocess.Popen[bytes]:
    """Start a module of this program as a child whose output is piped here."""
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


def _widen(pipe: IO[bytes]) -> None:
    """Enlarge a pipe's buffer: with 64 KiB, hundreds of megabytes cost too many switches."""
    if sys.platform == "linux":
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def _receive(child: subprocess.Popen[bytes], pipe: IO[bytes], name: str, length: int) -> Any:
    watchdog = _Watchdog(child)
    try:
        watchdog.allow(START_S)
        line = read_line(pipe)
        watchdog.allow(DEADLINE_S + length / FILE_RATE)
        while line is not None:
            if line["stage"] == "done":
                return read_value(pipe, line)
            if line["stage"] == "refused":
                raise GlideError(resolve(str(line["message"])))
            if line["stage"] == "size":
                size = Size(int(line["width"]), int(line["height"]))
                check_size(size)
                pixels = min(size.area, FREE_PIXELS + PIXELS_PER_BYTE * length)
                watchdog.extend(pixels / PIXEL_RATE)
            line = read_line(pipe)
        raise EOFError
    except MALFORMED as error:
        if watchdog.expired:
            raise GlideError(
                translate(
                    "Parent",
                    "'{name}' took too long to decode and was given up; save a new copy of "
                    "it from another program.",
                ).format(name=name)
            ) from error
        raise decoding_error(name) from error
    finally:
        watchdog.stop()


class _Watchdog:
    """Kills a child that computes for longer than allowed.

    Where the platform does not tell a process's processor time, the clock counts.
    """

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self._child = child
        self._changed = threading.Condition()
        self._began = self._cpu_before = self._allowed = 0.0
        self._stopped = False
        self._thread: threading.Thread | None = None
        self.expired = False

    def allow(self, seconds: float) -> None:
        """Give the child so many seconds from now on."""
        with self._changed:
            self._began = time.monotonic()
            self._cpu_before = _cpu_seconds(self._child.pid) or 0.0
            self._allowed = seconds
            self._changed.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, name="decode watchdog")
            self._thread.start()

    def extend(self, seconds: float) -> None:
        """Give the child so many seconds more."""
        with self._changed:
            self._allowed += seconds
            self._changed.notify()

    def stop(self) -> None:
        """End the watch."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        with self._changed:
            while not self._stopped:
                remaining = self._remaining_seconds()
                if remaining <= 0:
                    self.expired = True
                    self._child.kill()
                    return
                self._changed.wait(max(remaining, TICK_S))

    def _remaining_seconds(self) -> float:
        elapsed = time.monotonic() - self._began
        cpu = _cpu_seconds(self._child.pid)
        if cpu is None or elapsed > BUSY_FACTOR * self._allowed:
            return self._allowed - elapsed
        return self._allowed - (cpu - self._cpu_before)


def _cpu_seconds(process: int) -> float | None:
    """Return the processor time that a process has used; None where it is not known."""
    try:
        text = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()  # the name before may hold anything
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
