"""What runs in a sandboxed child: `python -m glide_studio.io.sandbox.child TASK ...`.

Tasks: `read-image KIND PATH`, `read-layers KIND PATH`, `write-psd PATH` with the layers on standard
input, and `write-jpeg PATH` with the edit there. Codecs are imported by the task that needs them,
so that the window starts without.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, cast

from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Size
from glide_studio.io.images.picture import FREE_FILE, Announce, Format, check_size, decoding_error
from glide_studio.io.sandbox.protocol import read_line, read_value, write_line, write_message
from glide_studio.translation import defer, translate

try:
    import resource
except ImportError:  # Windows has none, and macOS does not enforce it; other limits hold there.
    resource = None  # type: ignore[assignment]

BASE_BYTES = 768 << 20  # memory beyond what the libraries have mapped
FILE_COPIES = 2  # of the file in memory: decoders take their own
MAX_CPU_S = 300  # in case the parent is gone
BYTES_PER_PIXEL = 56  # float32 work copies of RGBA beside 16-bit input and output
LAYERS_BYTES_PER_PIXEL = 16  # of each layer: as decoded, and converted to another depth
PR_SET_PDEATHSIG = 1

Decode = Callable[[str, bytes, Announce], Any]
"""(kind, data, announce) to the value that is sent to the parent."""


def serve(kind: str, path: Path, decode: Decode, out: IO[bytes]) -> None:
    """Decode one file and write the answer to `out`.

    The memory limit grows with the file, if its header explains its length, and with the pixels
    that `decode` announces.
    """
    _limit_resources(BASE_BYTES)
    write_line(out, {"stage": "ready"})

    def announce(size: Size, /, *, layers_area: int = 0) -> None:
        check_size(size)
        write_line(out, {"stage": "size", "width": size.width, "height": size.height})
        needed = BYTES_PER_PIXEL * size.area + LAYERS_BYTES_PER_PIXEL * layers_area
        _limit_resources(BASE_BYTES + needed)

    name = path.name
    try:
        length = path.stat().st_size
        if length > FREE_FILE:
            from glide_studio.io.sandbox.plausible_length import check_length

            check_length(kind, path, length)
            _limit_resources(BASE_BYTES + FILE_COPIES * length)
        value = decode(kind, path.read_bytes(), announce)
    except GlideError as error:
        text = translate("Read", "'{name}' was not opened: {error}")
        _refuse(out, text.format(name=name, error=error))
    except MemoryError:
        _refuse(
            out,
            translate(
                "Child",
                "'{name}' needs more memory to decode than its size explains; save a "
                "new copy of it from another program.",
            ).format(name=name),
        )
    except Exception as error:
        # Codecs raise exceptions of any kind for damaged data.
        _refuse(out, str(decoding_error(name, error)))
    else:
        write_message(out, {"stage": "done"}, value)


def read_image(kind: str, data: bytes, announce: Announce) -> Any:
    """Decode an image file."""
    from glide_studio.io.images.decode import decode

    return decode(cast(Format, kind), data, announce)


def read_layers(kind: str, data: bytes, announce: Announce) -> Any:
    """Decode a PSD or OpenRaster file."""
    if kind == "psd":
        from glide_studio.io.layered.psd_read import read_psd

        return read_psd(data, announce)
    from glide_studio.io.layered.ora_read import read_ora

    return read_ora(data, announce)


def write(task: str, path: Path, source: IO[bytes]) -> dict[str, Any]:
    """Read a value from `source` and write it into a temporary file; returns the answer.

    Raises:
        EOFError: if the parent went away before all was sent; nothing is written then.
    """
    from glide_studio.io.images.jpeg_blocks import CannotKeepBlocks, write_block_edit

    line = read_line(source)
    if line is None:
        raise EOFError
    value = read_value(source, line)
    try:
        if task == "write-psd":
            from glide_studio.io.layered.psd_write import write_psd_content

            return {"notes": write_psd_content(path, value)}
        write_block_edit(path, value)
        return {}
    except CannotKeepBlocks as error:
        return {"reason": str(error)}
    except GlideError as error:
        return {"refused": str(error)}
    except OSError as error:
        return {"errno": error.errno, "strerror": error.strerror}
    except MemoryError:
        return {
            "refused": translate(
                "Child", "There is not enough memory to write the file; close other documents."
            )
        }


def _refuse(out: IO[bytes], message: str) -> None:
    write_line(out, {"stage": "refused", "message": message})


def _limit_resources(more_bytes: int) -> None:
    """Cap this process's address space at `more_bytes` beyond what it has now, and its time."""
    statm = Path("/proc/self/statm")
    if resource is None or not statm.exists():
        return
    pages = int(statm.read_text().split()[0])
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    wanted = pages * resource.getpagesize() + more_bytes
    soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_S, MAX_CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def end_with_parent() -> None:
    """Let the system kill this process when its parent dies, where it offers that (Linux)."""
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent or parent == 1:
            os._exit(1)  # it died before the call


def main(arguments: list[str]) -> None:
    """Run one task."""
    end_with_parent()
    defer()  # the parent knows the language
    task, out = arguments[0], sys.stdout.buffer
    if task in ("write-psd", "write-jpeg"):
        write_line(out, write(task, Path(arguments[1]), sys.stdin.buffer))
    elif task == "read-image":
        kind, path = arguments[1:]
        serve(kind, Path(path), read_image, out)
    else:
        kind, path = arguments[1:]
        serve(kind, Path(path), read_layers, out)


if __name__ == "__main__":
    main(sys.argv[1:])
