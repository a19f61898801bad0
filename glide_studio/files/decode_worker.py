"""The child of `helper`: `python -m glide_studio.files.decode_worker KIND PATH`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, cast

from glide_studio.base.errors import GlideError
from glide_studio.base.geometry import Size
from glide_studio.files.helper import picture_header
from glide_studio.files.images import picture as limits
from glide_studio.files.images.decode import decode

try:
    import resource
except ImportError:  # Windows has none; the deadline and the limit on pixels hold there as well.
    resource = None  # type: ignore[assignment]

BASE = 768 << 20  # bytes beyond what the libraries have mapped
PER_PIXEL = 56  # bytes: float32 work copies of RGBA beside 16-bit input and output
CPU = 120  # seconds, in case the parent is gone


def main(arguments: Sequence[str], out: IO[bytes]) -> None:
    """Decode one file and write the answer to `out`."""
    kind, path = arguments
    _limit(BASE)
    _say(out, {"stage": "ready"})

    def announce(size: Size) -> None:
        limits.check_size(size)
        _say(out, {"stage": "size", "width": size.width, "height": size.height})
        _limit(BASE + PER_PIXEL * size.area)

    name = Path(path).name
    try:
        data = Path(path).read_bytes()
        header, buffers = picture_header(decode(cast(limits.Format, kind), data, announce))
    except GlideError as error:
        _say(out, {"stage": "refused", "message": f"'{name}' was not opened: {error}"})
        return
    except MemoryError:
        _say(
            out,
            {
                "stage": "refused",
                "message": f"'{name}' needs more memory to decode than its size explains;"
                " save it anew in another program.",
            },
        )
        return
    except Exception:
        _say(
            out,
            {
                "stage": "refused",
                "message": f"'{name}' is damaged or incomplete; get the original file again.",
            },
        )
        return
    lengths = [memoryview(buffer).nbytes for buffer in buffers]
    _say(out, {"stage": "done", **header, "buffers": lengths})
    for buffer in buffers:
        out.write(buffer)
    out.flush()


def _say(out: IO[bytes], line: dict[str, Any]) -> None:
    out.write(json.dumps(line).encode() + b"\n")
    out.flush()


def _limit(beyond: int) -> None:
    """Cap this process's address space at `beyond` bytes more than it has now, and its time."""
    if resource is None or not Path("/proc/self/statm").exists():
        return
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    wanted = pages * resource.getpagesize() + beyond
    resource.setrlimit(
        resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard)
    )
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main(sys.argv[1:], sys.stdout.buffer)
