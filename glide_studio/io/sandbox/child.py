"""The other half of `helper`: what runs in the process that decodes a risky file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Size
from glide_studio.io.images.picture import Announce, check_size

try:
    import resource
except ImportError:  # Windows has none, and macOS does not keep to it; other limits hold there.
    resource = None  # type: ignore[assignment]

BASE = 768 << 20  # bytes beyond what the libraries have mapped
CPU = 300  # seconds, in case the parent is gone

Decode = Callable[[str, bytes, Announce], tuple[dict[str, Any], list[Any]]]
"""(kind, data, announce) to a JSON header and raw buffers."""


def serve(kind: str, path: Path, decode: Decode, per_pixel: int, out: IO[bytes]) -> None:
    """Decode one file and write the answer to `out`.

    per_pixel: bytes of memory that decoding may take for each pixel of the picture.
    """
    _limit(BASE)
    _say(out, {"stage": "ready"})

    def announce(size: Size) -> None:
        check_size(size)
        _say(out, {"stage": "size", "width": size.width, "height": size.height})
        _limit(BASE + per_pixel * size.area)

    name = path.name
    try:
        header, buffers = decode(kind, path.read_bytes(), announce)
    except GlideError as error:
        _refuse(out, f"'{name}' was not opened: {error}")
    except MemoryError:
        _refuse(
            out,
            f"'{name}' needs more memory to decode than its size explains;"
            " save it anew in another program.",
        )
    except Exception:
        # Codecs raise whatever they like; to the user all of it is the same.
        _refuse(out, f"'{name}' is damaged or incomplete; get the original file again.")
    else:
        lengths = [memoryview(buffer).nbytes for buffer in buffers]
        _say(out, {"stage": "done", **header, "buffers": lengths})
        for buffer in buffers:
            out.write(buffer)
        out.flush()


def _say(out: IO[bytes], line: dict[str, Any]) -> None:
    out.write(json.dumps(line).encode() + b"\n")
    out.flush()


def _refuse(out: IO[bytes], message: str) -> None:
    _say(out, {"stage": "refused", "message": message})


def _limit(beyond: int) -> None:
    """Cap this process's address space at `beyond` bytes more than it has now, and its time."""
    statm = Path("/proc/self/statm")
    if resource is None or not statm.exists():
        return
    pages = int(statm.read_text().split()[0])
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    wanted = pages * resource.getpagesize() + beyond
    soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
