"""Decodes PSD and OpenRaster apart: `python -m glide_studio.io.sandbox.layered_worker KIND PATH`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from glide_studio.io.images.picture import Announce
from glide_studio.io.layered.ora_read import read_ora
from glide_studio.io.layered.psd_read import read_psd
from glide_studio.io.sandbox.child import serve
from glide_studio.io.sandbox.protocol import to_answer

PER_PIXEL = 600  # bytes: some dozens of layers; more of them raise this process's limit no further


def decode_layers(kind: str, data: bytes, announce: Announce) -> tuple[dict[str, Any], list[Any]]:
    """A layered file as header and buffers."""
    read = {"psd": read_psd, "ora": read_ora}[kind]
    return to_answer(read(data, announce))


if __name__ == "__main__":
    serve(sys.argv[1], Path(sys.argv[2]), decode_layers, PER_PIXEL, sys.stdout.buffer)
